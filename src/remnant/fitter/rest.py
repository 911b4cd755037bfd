"""The law of lineages that rest first and wake at a rate omega: F_rest(t) = integral of omega e^(-omega s) F(t - s) ds.

Its integrals are carried from one time to the next at every growth speed. Between two near times four Gauss-Legendre points
are enough at most speeds, and are taken at all of them at once.
"""

import numpy as np
from numba import njit

from remnant.fitter.awake import awake, fill_exponentials
from remnant.fitter.bounds import GAUSS_NODES, GAUSS_WEIGHTS, first_beyond

PANEL = 1.5
"""Longest quadrature panel in units of 1/D; eight Gauss-Legendre points then err by less than 1e-11."""
SHORT = 0.4
"""Longest panel, in units of 1/D and of 1/omega, on which four points err by less than 1e-12."""
FEW_NODES, FEW_WEIGHTS = np.polynomial.legendre.leggauss(4)
NOTHING, ALL = -34.0, 36.0
"""Beyond ln K + these, F is no longer 0, and is 1, to 1e-15."""


@njit(cache=True, error_model="numpy")
def advance_rest(t0, t1, nodes, waking, state, room, bits):
    """Carry the three integrals of resting lineages from t0 to t1 at every node.

    state rows: I0 = omega int e^(-omega s) F, IT = the same of dF/dlnT, I1 = omega int omega s e^(-omega s) F; s = t - y.
    room [2 or more][node] and bits [node] are written over.
    """
    rate, _, center = nodes
    late = waking * (t1 - t0)
    if late == 0.0:
        return
    decay, woken = np.exp(-late), -np.expm1(-late)
    for j in range(rate.size):
        old = state[0, j]
        state[0, j] = decay * old
        state[1, j] *= decay
        state[2, j] = decay * (state[2, j] + late * old)
    whole = first_beyond(ALL, t0, rate, center, 0, rate.size)
    for j in range(whole, rate.size):
        state[0, j] += woken
        state[2, j] += woken - late * decay
    fast = min(np.searchsorted(rate, SHORT / (t1 - t0)), whole) if late <= SHORT else 0
    rest_shortly(t0, t1, nodes, waking, state, fast, room, bits)
    for j in range(fast, whole):
        rest_long(t0, t1, (rate[j], nodes[1][j], center[j]), waking, state[:, j])


@njit(cache=True, error_model="numpy")
def rest_shortly(t0, t1, nodes, waking, state, last, room, bits):
    """Add what comes between two near times, at all nodes up to `last` at once."""
    rate, odds, _ = nodes
    half = 0.5 * (t1 - t0)
    for i in range(FEW_NODES.size):
        y = t0 + half * (1.0 + FEW_NODES[i])
        late = waking * (t1 - y)
        weight = half * FEW_WEIGHTS[i] * waking * np.exp(-late)
        fill_exponentials(y, rate, 0, last, room, bits)
        for j in range(last):
            x = rate[j] * y
            f, slope, _ = awake(x, odds[j], room[1, j])
            state[0, j] += weight * f
            state[1, j] -= weight * x * slope
            state[2, j] += weight * late * f


@njit(cache=True, error_model="numpy")
def rest_long(t0, t1, node, waking, state):
    """Add what comes between two times that are far apart for the growth of a node, panel by panel."""
    d, k, center = node
    begin = min(max(t0, (center + NOTHING) / d), t1)
    full = min(max(t0, (center + ALL) / d), t1)
    if full > begin:
        panels = int(np.ceil((full - begin) * max(d, waking) / PANEL))
        width = (full - begin) / panels
        for p in range(panels):
            middle = begin + (p + 0.5) * width
            for i in range(GAUSS_NODES.size):
                y = middle + 0.5 * width * GAUSS_NODES[i]
                x = d * y
                f, slope, _ = awake(x, k, np.exp(-x))
                late = waking * (t1 - y)
                weight = 0.5 * width * GAUSS_WEIGHTS[i] * waking * np.exp(-late)
                state[0] += weight * f
                state[1] -= weight * x * slope
                state[2] += weight * late * f
    if t1 > full:
        rest = waking * (t1 - full)
        tail = np.exp(-rest)
        state[0] += -np.expm1(-rest)
        state[2] += -np.expm1(-rest) - rest * tail


@njit(cache=True, error_model="numpy")
def mix_rest(share, waking, state, first, last, course):
    """Turn rows 0..3 into those of the mixture of awake and resting lineages; rows 4..7: derivatives by share and waking."""
    for j in range(first, last):
        f, ft, fk, ftk = course[0, j], course[1, j], course[2, j], course[3, j]
        i0, it, i1 = state[0, j], state[1, j], state[2, j]
        course[0, j] = (1.0 - share) * f + share * i0
        course[1, j] = (1.0 - share) * ft + share * waking * (f - i0)
        course[2, j] = (1.0 - share) * fk + share * it
        course[3, j] = (1.0 - share) * ftk + share * waking * (fk - it)
        turn = share * (1.0 - share)
        course[4, j] = turn * (i0 - f)
        course[5, j] = turn * (waking * (f - i0) - ft)
        by_waking = i0 - i1
        course[6, j] = share * by_waking
        course[7, j] = share * waking * (f - i0 - by_waking)
