"""The law of lineages that are awake from the start, at many growth speeds at once.

With x = D t and K of `remnant.fitter.law.node_rates`: F = (1 - e^-x) / (1 + K e^-x).
"""

import math

import numpy as np
from numba import njit

from remnant.fitter.bounds import LATE, WHOLE, first_beyond

LOG2_E = 1.0 / math.log(2.0)
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, the first with so few digits that a whole number times it is exact."""
SERIES = tuple(1.0 / math.factorial(n) for n in range(12, 1, -1))
"""1/12! to 1/2!; the term left out is below 2e-16."""


@njit(cache=True, error_model="numpy", forceinline=True)
def awake(x, k, e):
    """Return F, dF/dx and d2F/dx2 over dF/dx of one awake lineage at x = D t, given e = e^-x."""
    gone = x * (1.0 - x * (0.5 - x / 6.0)) if x < 1e-4 else 1.0 - e
    ke = k * e
    under = 1.0 / (1.0 + ke)
    return gone * under, e * (1.0 + k) * under * under, (ke - 1.0) * under


@njit(cache=True, error_model="numpy")
def fill_awake(t, nodes, first, last, course, bits):
    """Write F, dF/dt, dF/dlnT and d2F/dt dlnT at nodes first..last-1 into rows 0..3; return the first node where F is 1.

    `bits` is room for a whole number at each node.
    """
    rate, odds, center = nodes
    late = first_beyond(LATE, t, rate, center, first, last)
    course[0, late:last] = 1.0
    course[1:4, late:last] = 0.0
    fill_exponentials(t, rate, first, late, course, bits)
    for j in range(first, late):
        x = rate[j] * t
        f, slope, bend = awake(x, odds[j], course[1, j])
        course[0, j] = f
        course[1, j] = rate[j] * slope
        course[2, j] = -x * slope
        course[3, j] = -rate[j] * slope * (1.0 + x * bend)
    return first_beyond(WHOLE, t, rate, center, first, last)


@njit(cache=True, error_model="numpy")
def fill_exponentials(t, rate, first, last, course, bits):
    """Write e^-x, x = D t up to 700, to row 1: 2^k e^r with |r| below ln 2 / 2; row 0 and `bits` are room.

    A processor does several nodes of these loops at once, which it cannot where a library's function is called for each.
    """
    for j in range(first, last):
        x = -rate[j] * t
        k = np.rint(x * LOG2_E)
        r = (x - k * LN2_HIGH) - k * LN2_LOW
        p = SERIES[0]
        p = p * r + SERIES[1]
        p = p * r + SERIES[2]
        p = p * r + SERIES[3]
        p = p * r + SERIES[4]
        p = p * r + SERIES[5]
        p = p * r + SERIES[6]
        p = p * r + SERIES[7]
        p = p * r + SERIES[8]
        p = p * r + SERIES[9]
        p = p * r + SERIES[10]
        p = p * r + 1.0
        course[0, j] = p * r + 1.0
        bits[j] = (np.int64(k) + 1023) << 52
    power = bits.view(np.float64)
    for j in range(first, last):
        course[1, j] = course[0, j] * power[j]
