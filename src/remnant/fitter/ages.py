"""The law of lineages of all ages: a primary that grew has shed them until it was removed, at a rate that grew with it.

A lineage shed a days before has been there a days; of those that were not found by then, the share found by day t is

    F(t) = 1 - G(L) / G(ln K),    L = ln K - x,  x = D t,    G(L) = rho integral of e^(-rho s) h(L - s) ds, s > 0

with h(L) = 1 / (1 + e^-L), K and D as in `remnant.fitter.law`, and rho the growth of shedding over D. For rho without end all
are shed on the last day, and F is that of `awake`. G solves dG/dL = rho (h - G), and is found once, for all times and growth
speeds, on equal steps of L; between them a polynomial of degree 5 with the exact slopes and bends errs by 1e-10 of it.
"""

import numpy as np
from numba import njit

from remnant.fitter.bounds import GAUSS_NODES, GAUSS_WEIGHTS, LATE, WHOLE, first_beyond

LOWEST = -44.0
"""Below this G is rho/(1 + rho) e^L to the last digit."""
STEP = 0.1
STEEP = 1.5
"""Longest piece of a step in units of 1/rho that eight points integrate."""
TERMS = 6
"""Of the polynomial of a step: that of G, or of 1 - G where L is 0 or more, so that neither loses its digits."""


@njit(cache=True, error_model="numpy")
def grow(grid, n, rho):
    """Fill grid[n] from grid[n - 1]: G and 1 - G, each summed from what is positive."""
    pieces = int(np.ceil(rho * STEP / STEEP))
    width = STEP / pieces
    decay = np.exp(-rho * STEP)
    grid[n, 0], grid[n, 1] = decay * grid[n - 1, 0], decay * grid[n - 1, 1]
    for p in range(pieces):
        for i in range(GAUSS_NODES.size):
            late = (p + 0.5 - 0.5 * GAUSS_NODES[i]) * width
            odds = np.exp(LOWEST + n * STEP - late)
            weight = 0.5 * width * GAUSS_WEIGHTS[i] * rho * np.exp(-rho * late)
            grid[n, 0] += weight * odds / (1.0 + odds)
            grid[n, 1] += weight / (1.0 + odds)


@njit(cache=True, error_model="numpy")
def bent(value, at, rho, found):
    """Return slope and bend per step of G, or of 1 - G where `found`, at L = `at`."""
    odds = np.exp(at)
    h, rest = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    slope = rho * ((rest if found else h) - value)
    bend = rho * ((-h if found else h) * rest - slope)
    return slope * STEP, bend * STEP * STEP


@njit(cache=True, error_model="numpy")
def new_table(rho, top):
    """Return [step][TERMS], the polynomials of every step from LOWEST to `top` or a little further."""
    count = int(np.ceil((top - LOWEST) / STEP)) + 1
    grid, table = np.empty((count + 1, 2)), np.empty((count, TERMS))
    grid[0, 0] = np.exp(LOWEST) * rho / (1.0 + rho)
    grid[0, 1] = 1.0 - grid[0, 0]
    for n in range(count):
        grow(grid, n + 1, rho)
        at = LOWEST + n * STEP
        found = at >= 0.0
        y0, y1 = grid[n, int(found)], grid[n + 1, int(found)]
        s0, b0 = bent(y0, at, rho, found)
        s1, b1 = bent(y1, at + STEP, rho, found)
        table[n, 0], table[n, 1], table[n, 2] = y0, s0, 0.5 * b0
        table[n, 3] = 10.0 * (y1 - y0) - 6.0 * s0 - 4.0 * s1 - 1.5 * b0 + 0.5 * b1
        table[n, 4] = -15.0 * (y1 - y0) + 8.0 * s0 + 7.0 * s1 + 1.5 * b0 - b1
        table[n, 5] = 6.0 * (y1 - y0) - 3.0 * (s0 + s1) - 0.5 * b0 + 0.5 * b1
    return table


@njit(cache=True, error_model="numpy")
def looked_up(table, rho, at):
    """Return at L = `at` G where L is below 0, else 1 - G; and dG/dL and d2G/dL2."""
    odds = np.exp(at)
    if at <= LOWEST:
        value = odds * rho / (1.0 + rho)
        return value, value, value
    place = (at - LOWEST) / STEP
    n = min(int(place), table.shape[0] - 1)
    u, p = place - n, table[n]
    value = p[0] + u * (p[1] + u * (p[2] + u * (p[3] + u * (p[4] + u * p[5]))))
    h, rest = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    slope = rho * (h - value if at < 0.0 else value - rest)
    return value, slope, rho * (h * rest - slope)


@njit(cache=True, error_model="numpy")
def gone(table, rho, x, center, missed):
    """Return F, dF/dx and d2F/dx2 at x = D t; `missed` is 1 - G at L = ln K, which is over 0."""
    at, whole = center - x, 1.0 - missed
    value, slope, bend = looked_up(table, rho, at)
    f = 1.0 - value / whole if at < 0.0 else (value - missed) / whole
    return f, slope / whole, -bend / whole


@njit(cache=True, error_model="numpy")
def median_of(table, rho, center):
    """Return the x at which F is 1/2."""
    missed = looked_up(table, rho, center)[0]
    low, high = 0.0, center + WHOLE
    for _ in range(60):
        x = 0.5 * (low + high)
        if gone(table, rho, x, center, missed)[0] < 0.5:
            low = x
        else:
            high = x
    return x


@njit(cache=True, error_model="numpy")
def fill_aged(t, nodes, aged, first, last, course):
    """Write F, dF/dt, dF/dlnT and d2F/dt dlnT at nodes first..last-1 into rows 0..3; return the first node where F is 1.

    `aged` holds the table, rho, and 1 - G at ln K of each node.
    """
    rate, _, center = nodes
    table, rho, missed = aged
    late = first_beyond(LATE, t, rate, center, first, last)
    course[0, late:last] = 1.0
    course[1:4, late:last] = 0.0
    for j in range(first, late):
        x = rate[j] * t
        f, slope, bend = gone(table, rho, x, center[j], missed[j])
        course[0, j] = f
        course[1, j] = rate[j] * slope
        course[2, j] = -x * slope
        course[3, j] = -rate[j] * (slope + x * bend)
    return first_beyond(WHOLE, t, rate, center, first, last)


@njit(cache=True, error_model="numpy")
def age_nodes(nodes, rho, usual):
    """Return the nodes with their rates such that F(days) = 1/2 at g = 1, where K is `usual`; and what `fill_aged` needs.

    They come with rates for lineages that begin on the last day, found by half at x = ln(K + 2). For rho 0 they are left so.
    """
    rate, odds, center = nodes
    if rho == 0.0:
        return nodes, (np.empty((0, TERMS)), rho, rate)
    table = new_table(rho, max(center.max(), np.log(usual)))
    missed = np.empty(rate.size)
    for j in range(rate.size):
        missed[j] = looked_up(table, rho, center[j])[0]
    return (rate * (median_of(table, rho, np.log(usual)) / np.log(usual + 2.0)), odds, center), (table, rho, missed)
