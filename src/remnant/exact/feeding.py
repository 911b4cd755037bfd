"""Cells that rest and wake: their psi is linear in the closed psi of the cells they become.

psi_rest(h) = e^(-lambda h) psi_rest(0) + integral over u from 0 to h of e^(-lambda (h - u)) [sigma + sum w_j psi_j(u)] du
"""

import numpy as np
from numba import njit

from remnant.exact.onetype import NOTHING, days_to_pole, mapped, riccati_rates, step_matrix

# Gauss-Legendre on [0, 1]; on a stretch of width W = D * u the logistic psi has poles at +-i pi,
# so n nodes leave (pi/(W/2) + sqrt(1 + (pi/(W/2))^2))^(-2n): 4 nodes to 0.25, 6 to 1, 9 to 2.5 keep 1e-11.
WIDTH = 2.5
_GL = {n: np.polynomial.legendre.leggauss(n) for n in (4, 6, 9)}
NODES_4, WEIGHTS_4 = 0.5 + 0.5 * _GL[4][0], 0.5 * _GL[4][1]
NODES_6, WEIGHTS_6 = 0.5 + 0.5 * _GL[6][0], 0.5 * _GL[6][1]
NODES_9, WEIGHTS_9 = 0.5 + 0.5 * _GL[9][0], 0.5 * _GL[9][1]
DECAYED_9 = np.exp(-WIDTH * NODES_9)
STEADY = 1e-14
CLEAR_OF_POLE = 1.5
"""A stretch no longer than this many times its distance from a pole keeps 1e-11 with 9 nodes."""


@njit(cache=True)
def nodes_for(width):
    """Return Gauss-Legendre nodes and weights on [0, 1] for a stretch of this width in units of 1/D."""
    if width < 0.25:
        return NODES_4, WEIGHTS_4
    if width < 1.0:
        return NODES_6, WEIGHTS_6
    return NODES_9, WEIGHTS_9


@njit(cache=True)
def feed_short(x, out, weight, rates, fade, days):
    """Add weight * integral of e^(-fade (days - u)) psi(u; x) du to `out` for every lane, over a stretch of width <= WIDTH."""
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    nodes, weights = nodes_for(days * max(speed, fade, WIDTH / (CLEAR_OF_POLE * nearest_pole(x, rates))))
    for i in range(nodes.shape[0]):
        u = nodes[i] * days
        m11, m12, m21, m22 = step_matrix(b, d, symptom, u)
        w = weight * weights[i] * days * np.exp(-fade * (days - u))
        for lane in range(x.shape[0]):
            out[lane] += w * mapped(m11, m12, m21, m22, x[lane])


@njit(cache=True)
def feed_long(x, out, weight, rates, fade, days):
    """As `feed_short` over a stretch of any width: each lane walks on until its psi is steady, the rest is closed."""
    b, d, symptom = rates
    p, q, speed = riccati_rates(b - d - symptom, b, symptom)
    hop = WIDTH / speed
    inner = np.exp(fade * hop * NODES_9) * WEIGHTS_9 * (weight * hop)
    hop_decay, hop_gain = np.exp(-WIDTH), np.exp(fade * hop)
    hops = int(days / hop)
    for lane in range(x.shape[0]):
        a, c = p * x[lane] + 2.0 * symptom, 2.0 * b * x[lane] + q
        ae, ce = q * x[lane] - 2.0 * symptom, p - 2.0 * b * x[lane]
        decayed, scale, total, before, u = 1.0, np.exp(-fade * days), x[lane] - x[lane], x[lane], 0.0
        steady = False
        for _ in range(hops):
            part = x[lane] - x[lane]
            for i in range(9):
                e = decayed * DECAYED_9[i]
                part += inner[i] * ((a + ae * e) / (c + ce * e + NOTHING))
            total += scale * part
            decayed *= hop_decay
            scale *= hop_gain
            u += hop
            after = (a + ae * decayed) / (c + ce * decayed + NOTHING)
            if abs((after - before).real) <= STEADY * abs(after.real):
                steady = True
                before = after
                break
            before = after
        rest = days - u
        if steady:
            total += weight * before * faded(fade, rest)
        elif rest > 0.0:
            for i in range(9):
                e = decayed * np.exp(-speed * rest * NODES_9[i])
                w = weight * WEIGHTS_9[i] * rest * np.exp(-fade * rest * (1.0 - NODES_9[i]))
                total += w * ((a + ae * e) / (c + ce * e + NOTHING))
        out[lane] += total


@njit(cache=True)
def nearest_pole(x, rates):
    """Return the least distance in days of any lane's pole."""
    b, d, symptom = rates
    nearest = np.inf
    for lane in range(x.shape[0]):
        nearest = min(nearest, days_to_pole(b, d, symptom, x[lane]))
    return nearest


@njit(cache=True)
def feed_near_pole(x, out, weight, rates, fade, days):
    """As `feed` where psi starts above its fixed point: stretches grow with the distance from the pole behind the start."""
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    for lane in range(x.shape[0]):
        psi, u, before = x[lane], 0.0, x[lane]
        while u < days:
            h = min(days - u, WIDTH / speed if speed > 0.0 else days, CLEAR_OF_POLE * days_to_pole(b, d, symptom, psi))
            if days - u < 1.001 * h:
                h = days - u
            for i in range(NODES_9.shape[0]):
                m11, m12, m21, m22 = step_matrix(b, d, symptom, NODES_9[i] * h)
                w = weight * WEIGHTS_9[i] * h * np.exp(-fade * (days - u - NODES_9[i] * h))
                out[lane] += w * mapped(m11, m12, m21, m22, psi)
            m11, m12, m21, m22 = step_matrix(b, d, symptom, h)
            before, psi = psi, mapped(m11, m12, m21, m22, psi)
            u += h
            if abs((psi - before).real) <= STEADY * abs(psi.real):
                break
        if u < days:
            out[lane] += weight * psi * faded(fade, days - u)


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
    width = speed * days
    if width <= WIDTH:
        if CLEAR_OF_POLE * nearest_pole(x, rates) < days:
            feed_near_pole(x, out, weight, rates, fade, days)
        else:
            feed_short(x, out, weight, rates, fade, days)
    else:
        hop = WIDTH / speed
        for lane in range(x.shape[0]):
            if CLEAR_OF_POLE * days_to_pole(b, d, symptom, x[lane]) < hop:
                feed_near_pole(x[lane : lane + 1], out[lane : lane + 1], weight, rates, fade, days)
            else:
                feed_long(x[lane : lane + 1], out[lane : lane + 1], weight, rates, fade, days)
