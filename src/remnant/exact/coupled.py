"""Types that change into each other: every type's exact step with its neighbours frozen, symmetric, extrapolated.

One step goes through the types in order 1..K and back K..1, half a step each way; it is symmetric and stable at any
growth speed, so its error has even powers only and Richardson extrapolation over 1, 2, 3, 4 sub-steps gives order 8.
"""

import numpy as np
from numba import njit

from remnant.exact.onetype import mapped, riccati_matrix

TOLERANCE = 1e-9
"""Largest relative gap between the last two extrapolations of a step; the better one is kept, with a far smaller error."""
TINIEST = 1e-290
STAGES = 4
ORDER = 1.0 / 7.0
"""The gap grows as the seventh power of the step."""


@njit(cache=True, error_model="numpy")
def frozen_step(psi, k, rates, days):
    """Return psi[k] after `days` with the other types held.

    psi' = [b - d - sigma - sum s - sum b mu - sum b mu psi_j] psi - b (1 - sum mu) psi^2 + sigma + sum s psi_j + sum b mu psi_j
    """
    division, death, symptom, switching, mutation = rates
    b = division[k]
    alpha = psi[k] - psi[k] + (b - death[k] - symptom)
    beta = psi[k] - psi[k] + symptom
    mutates = 0.0
    for j in range(psi.shape[0]):
        s, m = switching[k, j], b * mutation[k, j]
        if s > 0.0 or m > 0.0:
            alpha -= s + m + m * psi[j]
            beta += (s + m) * psi[j]
            mutates += m
    m11, m12, m21, m22 = riccati_matrix(alpha, b - mutates, beta, days)
    return mapped(m11, m12, m21, m22, psi[k])


@njit(cache=True, error_model="numpy")
def symmetric_run(psi, kinds, rates, days, steps):
    """Advance `psi` in place over `days` in `steps` symmetric steps through the types `kinds`."""
    h = days / steps
    last = kinds.shape[0] - 1
    psi[kinds[0]] = frozen_step(psi, kinds[0], rates, 0.5 * h)
    for n in range(steps):
        for i in range(1, last):
            psi[kinds[i]] = frozen_step(psi, kinds[i], rates, 0.5 * h)
        psi[kinds[last]] = frozen_step(psi, kinds[last], rates, h)
        for i in range(last - 1, 0, -1):
            psi[kinds[i]] = frozen_step(psi, kinds[i], rates, 0.5 * h)
        # the last half of this step and the first half of the next see the same neighbours
        psi[kinds[0]] = frozen_step(psi, kinds[0], rates, h if n < steps - 1 else 0.5 * h)


@njit(cache=True, error_model="numpy")
def extrapolate(psi, kinds, rates, days, table):
    """Try one step over `days`; return its relative error, the stages used, and leave the answer in table[0].

    `table` is work space, [STAGES + 1][type].
    """
    error = np.inf
    for stage in range(STAGES):
        new = table[stage + 1]
        for k in kinds:
            new[k] = psi[k]
        symmetric_run(new, kinds, rates, days, stage + 1)
        error = 0.0
        for k in kinds:
            value = before = new[k]
            # Neville: row back + 1 holds the best of the stages back .. stage - 1, and becomes that of back .. stage
            for back in range(stage - 1, -1, -1):
                ratio = (stage + 1.0) / (back + 1.0)
                before = value
                value = value + (value - table[back + 1, k]) / (ratio * ratio - 1.0)
                table[back + 1, k] = value
            table[0, k] = value
            if stage > 0:
                error = max(error, abs((value - before).real) / (abs(value.real) + TINIEST))
        if stage > 0 and error < TOLERANCE:
            return error, stage
    return error, STAGES - 1


@njit(cache=True, error_model="numpy")
def cross_coupled(psi, kinds, rates, days, table, guess):
    """Advance `psi` in place over `days`; return the step that would do well next.

    Parameters
    ----------
    psi : array[type]
    kinds : int array
        The types that take part.
    rates : tuple
        division, death [type], symptom, switching, mutation [from][to].
    table : array[STAGES + 1][type]
        Work space.
    guess : float
        First step to try, in days.
    """
    left = days
    step = guess
    while left > 0.0:
        h = min(step, left)
        if left - h < 1e-9 * left:
            h = left
        error, stage = extrapolate(psi, kinds, rates, h, table)
        if error > TOLERANCE and h > 1e-12 * days:
            step = h * max(0.2, 0.8 * (TOLERANCE / error) ** ORDER)
            continue
        for k in kinds:
            psi[k] = table[0, k]
        left -= h
        if stage < STAGES - 1:
            step = max(step, h * 2.0)
        else:
            step = max(step, h) if left <= 0.0 else h * min(4.0, max(0.5, 0.8 * (TOLERANCE / (error + 1e-300)) ** ORDER))
    return step
