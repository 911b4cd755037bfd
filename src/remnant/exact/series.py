"""Types that change into each other, over a stretch that is not stiff: Taylor series of psi in time, many lanes at once.

The backward equations are quadratic, so every coefficient follows from those before it by products of series:

    psi_k' = beta_k + alpha_k psi_k - gamma_k psi_k^2 + sum_j (s + m)_kj psi_j - psi_k sum_j m_kj psi_j,     m = b mu
"""

import numpy as np
from numba import njit

ORDER = 18
FIRST_CHECK = 4
KEPT = 1e-12
"""Largest of the last two terms of a series, relative to psi."""
REACH = 3.0
"""Longest step in units of the fastest rate; a steady psi stays steady up to twice of that."""
STILL = 1e-13
TINIEST = 1e-290


@njit(cache=True, error_model="numpy")
def links(kinds, rates):
    """Return alpha, gamma [type] and beta of the types `kinds`, with what flows [from][to] by switching and by mutation."""
    division, death, symptom, switching, mutation = rates
    size = kinds.shape[0]
    alpha, gamma = np.empty(size), np.empty(size)
    flow, mutant = np.zeros((size, size)), np.zeros((size, size))
    for i in range(size):
        k = kinds[i]
        for j in range(size):
            mutant[i, j] = division[k] * mutation[k, kinds[j]]
            flow[i, j] = switching[k, kinds[j]] + mutant[i, j]
        alpha[i] = division[k] - death[k] - symptom - flow[i].sum()
        gamma[i] = division[k] - mutant[i].sum()
    return alpha, gamma, symptom, flow, mutant


@njit(cache=True, error_model="numpy")
def fastest(c, linked, resting):
    """Return the fastest rate at which any psi of these lanes can change, but for types at rest."""
    alpha, gamma, _, flow, _ = linked
    worst = 0.0
    for k in range(alpha.shape[0]):
        if resting[k]:
            continue
        top = 0.0
        for lane in range(c.shape[2]):
            top = max(top, c[0, k, lane].real)
        worst = max(worst, abs(alpha[k]) + gamma[k] * top + flow[k].sum())
    return worst


@njit(cache=True, error_model="numpy")
def take_square(new, c, n, k, weight):
    """Subtract weight times the n-th term of psi_k^2."""
    for i in range((n + 1) // 2):
        one, two = c[i, k], c[n - i, k]
        for lane in range(new.shape[0]):
            new[lane] -= 2.0 * weight * one[lane] * two[lane]
    if n % 2 == 0:
        one = c[n // 2, k]
        for lane in range(new.shape[0]):
            new[lane] -= weight * one[lane] * one[lane]


@njit(cache=True, error_model="numpy")
def take_mutants(new, c, mix, n, k, mutant, weight):  # noqa: PLR0913  a kernel
    """Subtract weight times the n-th term of psi_k sum_j m_kj psi_j, the sum of which is kept in `mix`."""
    mix[n, k] = 0.0
    for j in range(mutant.shape[0]):
        if mutant[k, j] > 0.0:
            mixed, there, share = mix[n, k], c[n, j], mutant[k, j]
            for lane in range(new.shape[0]):
                mixed[lane] += share * there[lane]
    for i in range(n + 1):
        mixed, two = mix[i, k], c[n - i, k]
        for lane in range(new.shape[0]):
            new[lane] -= weight * mixed[lane] * two[lane]


@njit(cache=True, error_model="numpy")
def next_term(c, mix, n, linked, resting):
    """Fill c[n + 1] from the terms up to n; types at rest have none."""
    alpha, gamma, beta, flow, mutant = linked
    share = 1.0 / (n + 1)
    for k in range(alpha.shape[0]):
        new, old = c[n + 1, k], c[n, k]
        if resting[k]:
            new[:] = 0.0
            mix[n, k] = 0.0
            continue
        own, given = alpha[k] * share, beta * share if n == 0 else 0.0
        for lane in range(new.shape[0]):
            new[lane] = own * old[lane] + given
        take_square(new, c, n, k, gamma[k] * share)
        for j in range(alpha.shape[0]):
            if flow[k, j] > 0.0:
                there, weight = c[n, j], flow[k, j] * share
                for lane in range(new.shape[0]):
                    new[lane] += weight * there[lane]
        if mutant[k].any():
            take_mutants(new, c, mix, n, k, mutant, share)


@njit(cache=True, error_model="numpy")
def measure(c, h, size):
    """Fill `size` with psi over `h` days as far as its first terms tell, so that a psi that starts at 0 has one too."""
    for k in range(c.shape[1]):
        own, power = size[k], 1.0
        own[:] = TINIEST
        for i in range(min(c.shape[1], ORDER) + 1):
            term = c[i, k]
            for lane in range(c.shape[2]):
                own[lane] = max(own[lane], abs(term[lane].real) * power)
            power *= h


@njit(cache=True, error_model="numpy")
def left_out(c, n, h, size):
    """Return the larger of terms n - 1 and n over `h` days, relative to psi and to KEPT; the worst of all lanes and types."""
    one, two = h ** (n - 1) / KEPT, h**n / KEPT
    worst = 0.0
    for k in range(c.shape[1]):
        before, last, own = c[n - 1, k], c[n, k], size[k]
        for lane in range(c.shape[2]):
            term = max(abs(before[lane].real) * one, abs(last[lane].real) * two)
            if term > worst * own[lane]:
                worst = term / own[lane]
    return worst


@njit(cache=True, error_model="numpy")
def expand(c, mix, linked, resting, longest):
    """Fill the series from its first term; return how many terms are enough for a step, and the step."""
    h, size = longest, np.empty(c.shape[1:])
    first = min(ORDER, max(FIRST_CHECK, c.shape[1] + c.shape[1] % 2))
    for n in range(ORDER):
        next_term(c, mix, n, linked, resting)
        if n + 1 == first:
            measure(c, h, size)
        if n + 1 >= first and n % 2 == 1 and left_out(c, n + 1, h, size) <= 1.0:
            return n + 1, h
    for _ in range(60):
        measure(c, h, size)
        over = left_out(c, ORDER, h, size)
        if over <= 1.0:
            break
        h *= max(0.1, 0.97 * over ** (-1.0 / (ORDER - 1.0)))
    return ORDER, h


@njit(cache=True, error_model="numpy")
def settle(c, mix, linked, left, resting):
    """Mark the types whose psi will not move by more than rounding in the days left; return whether all are marked.

    A psi whose slope is 0 rests only if every psi that it follows rests too.
    """
    flow, size = linked[3], c.shape[1]
    next_term(c, mix, 0, linked, resting)
    for k in range(size):
        still = True
        for lane in range(c.shape[2]):
            still &= abs(c[1, k, lane].real) * left <= STILL * abs(c[0, k, lane].real)
        resting[k] |= still
    for _ in range(size):
        for k in range(size):
            for j in range(size):
                resting[k] &= resting[j] or flow[k, j] == 0.0
    return resting.all()


@njit(cache=True, error_model="numpy")
def cross_series(x, kinds, rates, days):
    """Move the lanes of types that change into each other back over `days`, in place.

    Parameters
    ----------
    x : array[type][lane]
    kinds : int array
        The types that take part.
    rates : tuple
        division, death [type], symptom, switching, mutation [from][to].
    days : float
    """
    linked = links(kinds, rates)
    size, lanes = kinds.shape[0], x.shape[1]
    c, mix = np.empty((ORDER + 1, size, lanes), x.dtype), np.empty((ORDER + 1, size, lanes), x.dtype)
    for k in range(size):
        c[0, k] = x[kinds[k]]
    left, resting = days, np.zeros(size, np.bool_)
    while left > 0.0:
        if settle(c, mix, linked, left, resting):
            break
        speed = fastest(c, linked, resting)
        longest = min(left, REACH / speed) if speed > 0.0 else left
        terms, h = expand(c, mix, linked, resting, longest)
        if left - h < 1e-9 * left:
            h = left
        for k in range(size):
            total = c[terms, k]
            for n in range(terms - 1, -1, -1):
                term = c[n, k]
                for lane in range(lanes):
                    total[lane] = total[lane] * h + term[lane]
            c[0, k] = total
        left -= h
    for k in range(size):
        x[kinds[k]] = c[0, k]
