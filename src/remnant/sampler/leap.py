"""A large pool over a short stretch with totals of its emissions."""

import math

import numpy as np
from numba import njit

from remnant.sampler.draws import binomial, normal, poisson, whole_below
from remnant.sampler.pool import (
    DIES,
    EMIT,
    LEAVES,
    LONGEST,
    MUTATES,
    OTHER,
    STAYS,
    SYMPTOM,
    descendants,
    mean_path,
    time_of_emission,
    write_law,
)
from remnant.sampler.rng import mixed, pair
from remnant.sampler.work import CHILD, REST, SCRATCH, SPEED, emitted, note_symptom, noticed, push, was_noticed

MANY = 30.0
"""Expected emissions of a stretch above which a pool leaps."""
CROWD = 1000.0
"""A pool of so many cells whose stride is short leaps for one expected emission already."""
FEW = 8.0
"""Emitted cells of a leap that each get their own time; more are placed at the nodes."""
NODE_0, NODE_1 = 0.5 - math.sqrt(1.0 / 12.0), 0.5 + math.sqrt(1.0 / 12.0)
"""Gauss-Legendre nodes of a stride."""


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def surely_below(number, rate, net, days):
    """Return whether rate * mean_path(net, days) is below a number, when that can be said without an exponential."""
    x = net * days
    return rate * days < number if x <= 0.0 else x <= 1.0 and 1.72 * rate * days < number


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def leaps(law, row, n, days):
    """Return whether a pool leaps over `days`: many emissions are expected and the days are few enough."""
    other = law[row + OTHER]
    if other == 0.0 or days > 1.000001 * law[row + LONGEST]:
        return False
    net = law[row + STAYS] - law[row + DIES] - law[row + LEAVES]
    many = MANY if n < CROWD else 1.0
    return not surely_below(many, n * other, net, days) and n * other * mean_path(net, days) > many


@njit(cache=True, error_model="numpy", _nrt=False)
def leap_days(plan, work, interval, site, row, kind):
    """Return the longest leap.

    |net| h <= 0.5: the path between its drawn ends is near e^(net t), of which the log-mean gives the area exactly.
    s (b + d) h^2 <= 0.12: the path's own wobble adds s (b + d) h^2 / 12 <= 1% to the variance of a number of emissions.
    leaves h <= 0.1. (b + d) h <= 4 of the emitted type: two nodes give the share of emitted cells that last to the end of
    the stride within 1%.
    """
    law = work.laws
    b, d, leaves = law[row + STAYS], law[row + DIES], law[row + LEAVES]
    rate = max(0.2 * abs(b - d - leaves), leaves)
    days = 0.1 / rate if rate > 0.0 else math.inf
    wobble = (leaves + law[row + MUTATES]) * (b + d + leaves)
    if wobble > 0.0:
        days = min(days, math.sqrt(0.12 / wobble))
    kinds, g = plan.kinds, work.life[SPEED]
    first = (plan.epoch_of[interval] * plan.sites + site) * kinds
    for j in range(kinds):
        if plan.switching[kind * kinds + j] > 0.0 or plan.mutation[kind * kinds + j] > 0.0:
            lively = g * (plan.division[first + j] + plan.death[first + j]) + plan.extra[first + j]
            if lively * days > 4.0:
                days = 4.0 / lively
    return days


@njit(cache=True, error_model="numpy", _nrt=False)
def leap(plan, work, top, row, what, n, span, stream, u, v):
    """Carry a large pool over a short step with totals of its emissions; return the height of the stack.

    u and v are the first pair of its stream, where the address is.

    The pool itself divides at b, dies at d and loses cells by switching; emitting a mutant leaves it as it is. So its
    end is drawn exactly (given no symptom), and emissions are Poisson on the path between its ends.
    """
    kind, site = what
    begin, day, end = span
    law = work.laws
    b, d, leaves, symptom = law[row + STAYS], law[row + DIES], law[row + LEAVES], law[row + SYMPTOM]
    days = end - day
    if was_noticed(work, end, stream):
        work.fresh[kind] += noticed(work, b, d + leaves, symptom, n, days, v)
        return top
    write_law(law, SCRATCH, b, d + leaves, symptom, days)
    if emitted(n, law[SCRATCH + EMIT], u):
        note_symptom(work, day + min(time_of_emission(b, d + leaves, symptom, n, u), days), site, stream)
        return top
    n_then = descendants(law, SCRATCH, n, v, work.at)
    work.fresh[kind] += n_then
    area = days * (n if n_then == n else (n_then - n) / math.log(n_then / n) if n_then > 0.0 else 0.5 * n)
    left = removed(n, n_then, area, b, d + leaves, work.at)
    left = binomial(left, leaves / (d + leaves), pair(work.at)[0], work.at) if leaves > 0.0 else 0.0
    net, kinds = b - d - leaves, plan.kinds
    for j in range(kinds):
        number = poisson(law[row + MUTATES] * share_of(plan.mutation, kinds, kind, j) * area, work.at)
        if plan.switching[kind * kinds + j] > 0.0:
            going = binomial(left, min(1.0, plan.switching[kind * kinds + j] / leaves), pair(work.at)[0], work.at)
            left -= going
            leaves -= plan.switching[kind * kinds + j]
            number += going
        if number > 0.0:
            top = place(work, top, j, number, (day, days, net), mixed(stream, CHILD + np.uint64(j)), day == begin)
    return top


@njit(cache=True, error_model="numpy", _nrt=False)
def share_of(mutation, kinds, kind, target):
    """Return the share of a type's mutants that are of type `target`; 0 where it has none."""
    if mutation[kind * kinds + target] <= 0.0:
        return 0.0
    total = 0.0
    for j in range(kinds):
        total += mutation[kind * kinds + j]
    return mutation[kind * kinds + target] / total


@njit(cache=True, error_model="numpy", _nrt=False)
def removed(n, n_then, area, b, d, at):
    """Return how many cells a pool lost on its way from n to n_then.

    Without divisions n - n_then. Else births and deaths are Poisson of means b area and d area whose difference is known:
    deaths are near normal about the root r of r (r + gain) = (b area)(d area), gain = n_then - n, with variance
    r (r + gain) / (2 r + gain).
    """
    if b <= 0.0:
        return n - n_then
    gain = n_then - n
    product = b * area * d * area
    root = math.sqrt(gain * gain + 4.0 * product)
    mean = 2.0 * product / (root + gain) if gain > 0.0 else 0.5 * (root - gain)
    return max(0.0, -gain, whole_below(mean + math.sqrt(product / root) * normal(at) + 0.5)) if root > 0.0 else 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def place(work, top, kind, number, span, stream, finely):
    """Put emitted cells on the stack, at times of a density e^(net t) over the step; return the height of the stack.

    Cells that emitted cells emit in the same step are some hundredths of these, and go to the middle all together.
    """
    day, days, net = span
    if number <= FEW:
        keep_stream, left = stream, number
        while left > 0.0:
            u, _ = pair(work.at)
            x = net * days
            since = days * u if abs(x) < 1e-12 else math.log1p(u * math.expm1(x)) / net
            keep_stream = mixed(keep_stream, REST)
            top = push(work, top, kind, 1.0, day + min(since, days), keep_stream)
            left -= 1.0
        return top
    if not finely:
        return push(work, top, kind, number, day + 0.5 * days, mixed(stream, REST))
    early, late = math.exp(net * days * NODE_0), math.exp(net * days * NODE_1)
    first = binomial(number, early / (early + late), pair(work.at)[0], work.at)
    top = push(work, top, kind, first, day + NODE_0 * days, mixed(stream, CHILD))
    return push(work, top, kind, number - first, day + NODE_1 * days, mixed(stream, REST))
