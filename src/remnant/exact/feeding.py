"""Cells that rest and wake: their psi is linear in the closed psi of the cells they become.

psi_rest(h) = e^(-lambda h) psi_rest(0) + integral over u from 0 to h of e^(-lambda (h - u)) [sigma + sum w_j psi_j(u)] du
"""

import numpy as np
from numba import njit

from remnant.exact.onetype import NOTHING, days_to_pole, mapped, riccati_rates, step_matrix

# Gauss-Legendre on [0, 1]. On a stretch of width W = D u the logistic psi has poles at +-i pi, and where psi starts above
# its fixed point one at -delta; n nodes leave rho^(-2 n) with rho = z + sqrt(z^2 - 1) at the pole z of the stretch [-1, 1].
# 4 nodes to 0.5, 6 to 1.5 and 9 to 2.5 keep 1e-11, and so they do where delta is at least h times what stands beside.
WIDTH = 2.5
_GL = {n: np.polynomial.legendre.leggauss(n) for n in (4, 6, 9)}
NODES_4, WEIGHTS_4 = 0.5 + 0.5 * _GL[4][0], 0.5 * _GL[4][1]
NODES_6, WEIGHTS_6 = 0.5 + 0.5 * _GL[6][0], 0.5 * _GL[6][1]
NODES_9, WEIGHTS_9 = 0.5 + 0.5 * _GL[9][0], 0.5 * _GL[9][1]
CLEAR_4, CLEAR_6, CLEAR_9 = 5.2, 1.7, 0.67
STEADY = 1e-14
CLEAR_OF_POLE = 1.5
"""A stretch no longer than this many times its distance from a pole keeps 1e-11 with 9 nodes."""
MOST_TERMS = 60


@njit(cache=True)
def nodes_for(width):
    """Return Gauss-Legendre nodes and weights on [0, 1] for a stretch of this width in units of 1/D, and its least clearance."""
    if width < 0.5:
        return NODES_4, WEIGHTS_4, CLEAR_4
    if width < 1.5:
        return NODES_6, WEIGHTS_6, CLEAR_6
    return NODES_9, WEIGHTS_9, CLEAR_9


@njit(cache=True)
def pole_of(b, d, symptom, psi):
    """Return the distance of the pole behind psi in days; an infinitely small imaginary part is carried along."""
    now = psi.real
    speed = symptom + (b - d - symptom) * now - b * now * now
    return psi - psi + days_to_pole(b, d, symptom, now) + (psi - now) / speed


@njit(cache=True)
def faded_pole(delta, fade, days):
    """Return the integral over u of e^(-fade (days - u)) / (u + delta): e^(-fade (days + delta)) times a gap of Ei."""
    far = delta + days
    total = np.log(far / delta)
    one, two = delta - delta + 1.0, delta - delta + 1.0
    for k in range(1, MOST_TERMS):
        one *= fade * delta / k
        two *= fade * far / k
        total += (two - one) / k
        if two.real < 1e-17:
            break
    return np.exp(-fade * far) * total


@njit(cache=True)
def feed_stretch(x, out, weight, rates, fade, days):
    """Add weight * integral of e^(-fade (days - u)) psi(u; x) du to `out` for every lane, over a stretch of width <= WIDTH.

    Where the pole behind psi is near, 1 / (b (u + delta)) is taken out and integrated in closed form.
    """
    b, d, symptom = rates
    p, _, speed = riccati_rates(b - d - symptom, b, symptom)
    nodes, weights, clear = nodes_for(days * max(speed, fade))
    for i in range(nodes.shape[0]):
        u = nodes[i] * days
        m11, m12, m21, m22 = step_matrix(b, d, symptom, u)
        m22 += NOTHING
        w = weight * weights[i] * days * np.exp(-fade * (days - u))
        for lane in range(x.shape[0]):
            out[lane] += w * ((m11 * x[lane] + m12) / (m21 * x[lane] + m22))
    # delta < clear * days
    above = 2.0 * speed / np.expm1(speed * clear * days) if speed * days > 1e-8 else 2.0 / (clear * days)
    for lane in range(x.shape[0]):
        if 2.0 * b * x[lane].real - p > above:
            delta = pole_of(b, d, symptom, x[lane])
            gap = faded_pole(delta, fade, days)
            for i in range(nodes.shape[0]):
                u = nodes[i] * days
                gap -= weights[i] * days * np.exp(-fade * (days - u)) / (u + delta)
            out[lane] += weight / b * gap


@njit(cache=True)
def faded(rate, days):
    """Return the integral of e^(-rate s) ds over `days`; `days` itself where the rate is 0."""
    return -np.expm1(-rate * days) / rate if rate != 0.0 else days


@njit(cache=True)
def feed(x, out, weight, rates, fade, days):
    """Add weight * integral of e^(-fade (days - u)) psi(u; x) du over `days` to `out`, for every lane of `x`.

    Parameters
    ----------
    x : array[lane]
        psi of the fed type's target at the right end.
    weight : float
        Waking rate per day.
    rates : tuple
        b, d, sigma of the target.
    fade : float
        Rate per day at which resting cells leave; at most WIDTH / days.
    """
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    if speed * days <= WIDTH:
        feed_stretch(x, out, weight, rates, fade, days)
        return
    hop, left, psi = WIDTH / speed, days, x.copy()
    m11, m12, m21, m22 = step_matrix(b, d, symptom, hop)
    while left > 1.001 * hop:
        left -= hop
        feed_stretch(psi, out, weight * np.exp(-fade * left), rates, fade, hop)
        steady = True
        for lane in range(x.shape[0]):
            after = mapped(m11, m12, m21, m22, psi[lane])
            steady &= abs((after - psi[lane]).real) <= STEADY * abs(after.real)
            psi[lane] = after
        if steady:
            out += weight * faded(fade, left) * psi
            return
    feed_stretch(psi, out, weight, rates, fade, left)
