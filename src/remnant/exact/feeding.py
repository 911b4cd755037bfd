"""Cells that rest and wake: their psi is linear in the closed psi of the cells they become.

psi_rest(h) = e^(-lambda h) psi_rest(0) + integral over u from 0 to h of e^(-lambda (h - u)) [sigma + sum w_j psi_j(u)] du
"""

import numpy as np
from numba import njit

from remnant.exact.onetype import NOTHING, SMALL, matrix_of, riccati_rates, to_pole

# Gauss-Legendre on [0, 1]. On a stretch of width W = D u the logistic psi has poles at +-i pi, and where psi starts above
# its fixed point one at -delta; n nodes leave rho^(-2 n) with rho = z + sqrt(z^2 - 1) at the pole z of the stretch [-1, 1].
# 3 nodes to 0.08, 4 to 0.5, 6 to 1.5 and 9 to 2.5 keep 1e-11, and so they do where delta is at least `clear` stretches.
WIDTH = 2.5
_GL = {n: np.polynomial.legendre.leggauss(n) for n in (2, 3, 4, 6, 9)}
NODES_2, WEIGHTS_2 = 0.5 + 0.5 * _GL[2][0], 0.5 * _GL[2][1]
NODES_3, WEIGHTS_3 = 0.5 + 0.5 * _GL[3][0], 0.5 * _GL[3][1]
NODES_4, WEIGHTS_4 = 0.5 + 0.5 * _GL[4][0], 0.5 * _GL[4][1]
NODES_6, WEIGHTS_6 = 0.5 + 0.5 * _GL[6][0], 0.5 * _GL[6][1]
NODES_9, WEIGHTS_9 = 0.5 + 0.5 * _GL[9][0], 0.5 * _GL[9][1]
CLEAR_3, CLEAR_4, CLEAR_6, CLEAR_9 = 16.5, 5.2, 1.7, 0.67
# for rough answers: 2 nodes to 0.5, 3 to 1.5 and 4 to 2.5 keep 1e-4
ROUGHLY_CLEAR_2, ROUGHLY_CLEAR_3, ROUGHLY_CLEAR_4 = 4.0, 1.25, 0.6
MOST_NODES = 9
CLEAR_OF_POLE = 1.5
"""A stretch no longer than this many times its distance from a pole keeps 1e-11 with 9 nodes."""


@njit(cache=True, error_model="numpy")
def nodes_for(width):
    """Return Gauss-Legendre nodes and weights on [0, 1] for a stretch of this width in units of 1/D, and its least clearance."""
    if width < 0.08:
        return NODES_3, WEIGHTS_3, CLEAR_3
    if width < 0.5:
        return NODES_4, WEIGHTS_4, CLEAR_4
    if width < 1.5:
        return NODES_6, WEIGHTS_6, CLEAR_6
    return NODES_9, WEIGHTS_9, CLEAR_9


@njit(cache=True, error_model="numpy")
def few_nodes_for(width):
    """Do as `nodes_for` for rough answers."""
    if width < 0.5:
        return NODES_2, WEIGHTS_2, ROUGHLY_CLEAR_2
    if width < 1.5:
        return NODES_3, WEIGHTS_3, ROUGHLY_CLEAR_3
    return NODES_4, WEIGHTS_4, ROUGHLY_CLEAR_4


@njit(cache=True, error_model="numpy")
def faded(rate, days):
    """Return the integral of e^(-rate s) ds over `days`; `days` itself where the rate is 0."""
    return -np.expm1(-rate * days) / rate if rate != 0.0 else days


@njit(cache=True, error_model="numpy")
def is_short(rates, fade, days):
    """Return whether one stretch of nodes is enough."""
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    return max(speed, abs(fade)) * days <= WIDTH


@njit(cache=True, error_model="numpy", _nrt=False)
def stretch_maps(maps, roots, rates, days, fade, rough):
    """Fill maps[node] with (m11, m12, m21, m22, weight, weight without fading); return how many, and the least clearance."""
    b, d, symptom = rates
    p, q, speed = roots
    equation = (b - d - symptom, b, symptom)
    width = days * max(speed, abs(fade))
    nodes, weights, clear = few_nodes_for(width) if rough else nodes_for(width)
    for i in range(nodes.shape[0]):
        u = nodes[i] * days
        m11, m12, m21, m22 = matrix_of(p, q, speed, equation, u)
        plain = weights[i] * days
        maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3] = m11, m12, m21, m22 + NOTHING
        maps[i, 4], maps[i, 5] = plain * np.exp(-fade * (days - u)), plain
    return nodes.shape[0], clear


@njit(cache=True, error_model="numpy", _nrt=False)
def beside_pole(psi, maps, whole, rates, fade, days):
    """Return what the nodes leave out of the integral over u of e^(-fade (days - u)) psi(u) where the pole of psi is near.

    With K0 the fading at the pole, [e^(-fade (days - u)) - K0] psi(u) has no pole, and the integral of psi is a logarithm:
    the nodes are wrong by K0 times what they leave out of that. `whole` is (p, D, m21, m22) of the stretch.
    """
    b, d, symptom = rates
    p, speed, m21, m22 = whole
    if speed * days < SMALL:
        gap = (0.5 * (b - d - symptom) * days + np.log(m21 * psi + m22)) / b
    else:
        gap = (0.5 * p * days + np.log((m21 * psi + m22) / (2.0 * speed))) / b
    for i in range(maps.shape[0]):
        gap -= maps[i, 5] * (maps[i, 0] * psi + maps[i, 1]) / (maps[i, 2] * psi + maps[i, 3])
    now = psi.real
    # the pole moves as time does: an infinitely small imaginary part is carried along
    pole = to_pole(p, speed, b, now) + (psi - now) / (symptom + (b - d - symptom) * now - b * now * now)
    return np.exp(-fade * (days + pole)) * gap


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def stretch_of(maps, rates, fade, days, rough):
    """Fill maps of the nodes of a stretch of width <= WIDTH; return how many, psi above which its pole is near, and `whole`."""
    b, d, symptom = rates
    p, q, speed = riccati_rates(b - d - symptom, b, symptom)
    count, clear = stretch_maps(maps, (p, q, speed), rates, days, fade, rough)
    # delta < clear * days
    above = 2.0 * speed / np.expm1(speed * clear * days) if speed * days > 1e-8 else 2.0 / (clear * days)
    _, _, m21, m22 = matrix_of(p, q, speed, (b - d - symptom, b, symptom), days)
    return count, (p + above) / (2.0 * b) if b > 0.0 else np.inf, (p, speed, m21, m22)


@njit(cache=True, error_model="numpy", _nrt=False)
def add_nodes(psi, gain, weight, maps):
    """Add weight * sum over the nodes of w psi(u) to `gain`: three nodes over one denominator, for division is what costs."""
    left = maps.shape[0] % 3
    for i in range(left):
        m11, m12, m21, m22, w = maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3], weight * maps[i, 4]
        for lane in range(psi.shape[0]):
            gain[lane] += w * ((m11 * psi[lane] + m12) / (m21 * psi[lane] + m22))
    for i in range(left, maps.shape[0], 3):
        a11, a12, a21, a22 = weight * maps[i, 4] * maps[i, 0], weight * maps[i, 4] * maps[i, 1], maps[i, 2], maps[i, 3]
        w = weight * maps[i + 1, 4]
        b11, b12, b21, b22 = w * maps[i + 1, 0], w * maps[i + 1, 1], maps[i + 1, 2], maps[i + 1, 3]
        w = weight * maps[i + 2, 4]
        c11, c12, c21, c22 = w * maps[i + 2, 0], w * maps[i + 2, 1], maps[i + 2, 2], maps[i + 2, 3]
        for lane in range(psi.shape[0]):
            here = psi[lane]
            under1, under2, under3 = a21 * here + a22, b21 * here + b22, c21 * here + c22
            both = (a11 * here + a12) * under2 + (b11 * here + b12) * under1
            gain[lane] += (both * under3 + (c11 * here + c12) * (under1 * under2)) / (under1 * under2 * under3)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def feed_stretch(x, out, lanes, weight, rates, fade, days, maps):  # noqa: PLR0913  a kernel
    """Add weight * integral of e^(-fade (days - u)) psi(u; x) du to `out` for the lanes, over a stretch of width <= WIDTH.

    `maps` is work space, [MOST_NODES][6].
    """
    count, bound, whole = stretch_of(maps, rates, fade, days, False)
    feed_by(x, out, lanes, weight, (maps[:count], bound, whole), rates, fade, days)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def feed_by(x, out, lanes, weight, stretch, rates, fade, days):  # noqa: PLR0913  a kernel
    """Do as `feed_stretch` with what `stretch_of` gives."""
    maps, bound, whole = stretch
    # indices from 0 up let the compiler use wide arithmetic
    psi, gain = x[lanes[0] : lanes[1]], out[lanes[0] : lanes[1]]
    any_near = False
    for lane in range(psi.shape[0]):
        any_near |= psi[lane].real > bound
    add_nodes(psi, gain, weight, maps)
    if any_near:
        for lane in range(psi.shape[0]):
            if psi[lane].real > bound:
                gain[lane] += weight * beside_pole(psi[lane], maps, whole, rates, fade, days)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def feed_slowly(x, out, lanes, weight, rates, fade, days):  # noqa: PLR0913  a kernel
    """Do as `feed_stretch` for a target that never divides, over any days."""
    b, d, symptom = rates
    p, q, speed = riccati_rates(b - d - symptom, b, symptom)
    steady, stay = symptom / speed, np.exp(-fade * days)
    kept, gone = faded(fade, days), stay * faded(speed - fade, days)
    for lane in range(lanes[0], lanes[1]):
        out[lane] += weight * (steady * kept + (x[lane] - steady) * gone)
