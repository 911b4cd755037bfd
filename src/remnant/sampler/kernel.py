"""One lesion over one stretch of days: its pools grow, die, emit symptoms, mutants and cells that switch.

A pool is a number of equal cells from one moment on. Pools wait on a stack; each is carried to the end of the stretch,
or to its next emission, which puts the rest of it and the new cell back on the stack. Where more than `MANY` emissions
are expected, the lesion goes in strides and the pool leaps: a stride so short that the path between its two ends is nearly
exponential, totals of emissions from the mean path, and emitted cells placed at Gauss-Legendre nodes of the stride (see
`leap_days` for the error).

Only `math`, scalars and arrays given from outside, no defaults: the same functions can be compiled for a graphics card.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.sampler.draws import binomial, normal, poisson
from remnant.sampler.pool import (
    descendants,
    descendants_at_emission,
    mean_path,
    pool_law,
    time_of_emission,
    time_of_extinction,
)
from remnant.sampler.rng import address, mixed, pair, tick
from remnant.timeline_tables import Ints

MANY = 30.0
"""Expected emissions of a stretch above which a pool leaps."""
CROWD = 1000.0
"""A pool of so many cells whose stride is short leaps for one expected emission already."""
FEW = 8.0
"""Emitted cells of a leap that each get their own time; more are placed at the nodes."""
NODE_0, NODE_1 = 0.5 - math.sqrt(1.0 / 12.0), 0.5 + math.sqrt(1.0 / 12.0)
"""Gauss-Legendre nodes of a stride."""

# purposes of random numbers
OF_PATIENT, OF_FOUNDERS, OF_POOL, OF_PULSE, OF_LOOK, OF_CAUSE, OF_DEATH = range(7)
CHILD, REST = np.uint64(0x1000), np.uint64(0x2000)

# columns of a law
EMIT, SURVIVE, SUCCESS, STAYS, DIES, SYMPTOM, LEAVES, MUTATES, LONGEST = range(9)
LAW = 9
# numbers of a life
SPEED, BURDEN, SERIAL, FOUND_DAY, FOUND_SITE, FOUND_ROUTE, LAST_DEATH, WANT_DEATH, FAILED = range(9)
LIFE = 9
STACK = 4096


class Work(NamedTuple):
    """Room for one life at a time; one for each thread."""

    at: NDArray[np.uint64]
    life: Floats
    found_stream: NDArray[np.uint64]
    """[1] the pool whose symptom came first"""
    lesion_id: NDArray[np.uint64]
    lesion_row: Ints
    cells: Floats
    """[lesion][type]"""
    before: Floats
    """[lesion][type] as they were at the start of the interval"""
    fresh: Floats
    """[type] cells of the lesion at hand at the end of the stretch"""
    stack_type: Ints
    stack_cells: Floats
    stack_day: Floats
    stack_stream: NDArray[np.uint64]
    laws: Floats
    """[law][LAW] laws of whole intervals"""
    law_serial: Ints
    """[law] the life and interval it belongs to"""
    seed_day: Floats
    """[row][seed]"""
    seed_cells: Floats
    seed_count: Ints
    seed_next: Ints
    seed_lesions: Ints
    """[row] whether each seed is a lesion of its own"""


@njit(cache=True, error_model="numpy", _nrt=False)
def fill_law(plan, work, interval, site, sighted, kind, days, row):
    """Write the law of one type over `days` of an interval into row `row` of the laws."""
    g = work.life[SPEED]
    epoch = plan.epoch_of[interval]
    b = g * plan.division[epoch, site, kind]
    mutating, leaves = 0.0, 0.0
    for j in range(plan.mutation.shape[0]):
        mutating += plan.mutation[kind, j]
        leaves += plan.switching[kind, j]
    law = work.laws
    law[row, STAYS] = b * max(0.0, 1.0 - mutating)
    law[row, DIES] = g * plan.death[epoch, site, kind] + plan.extra[epoch, site, kind]
    law[row, SYMPTOM] = plan.symptoms[site] if sighted else 0.0
    law[row, LEAVES] = leaves
    law[row, MUTATES] = b * mutating
    emits = law[row, SYMPTOM] + leaves + law[row, MUTATES]
    law[row, EMIT], law[row, SURVIVE], law[row, SUCCESS] = pool_law(law[row, STAYS], law[row, DIES], emits, days)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def law_of(plan, work, interval, site, sighted, kind):
    """Return the row of the law of one type over a whole interval, made when it is first needed."""
    kinds, sites = plan.mutation.shape[0], plan.symptoms.shape[0]
    slot = (site * 2 + sighted) * kinds + kind
    row = slot + (interval * sites * 2 * kinds if plan.growth_spread == 0.0 else 0)
    serial = 1 if plan.growth_spread == 0.0 else np.int64(work.life[SERIAL]) * plan.knots.shape[0] + interval + 2
    if work.law_serial[row] != serial:
        work.law_serial[row] = serial
        fill_law(plan, work, interval, site, sighted, kind, plan.knots[interval + 1] - plan.knots[interval], row)
        work.laws[row, LONGEST] = leap_days(plan, work, interval, site, row, kind)
    return row


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def push(work, top, kind, cells, day, stream):
    """Put a pool on the stack; return its new height."""
    if cells <= 0.0:
        return top
    if top >= work.stack_type.shape[0]:
        work.life[FAILED] = 1.0
        return top
    work.stack_type[top], work.stack_cells[top], work.stack_day[top], work.stack_stream[top] = kind, cells, day, stream
    return top + 1


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def stride(plan, work, interval, site, sighted, lesion, day, end):
    """Return the day to which a lesion can be carried at once.

    That is `end`, or the day by which `MANY` emissions are expected at the fastest growth of its types, or where that is
    sooner than the longest leap, the longest leap. Then its pools of one type become one again.
    """
    kinds = plan.mutation.shape[0]
    fastest, most, cells = -math.inf, 0.0, 0.0
    for k in range(kinds):
        row = law_of(plan, work, interval, site, sighted, k)
        other = work.laws[row, LEAVES] + work.laws[row, MUTATES]
        if other > 0.0:
            # a type that never emits makes none that do
            cells += work.cells[lesion, k]
            most = max(most, other)
            # cells that left or were born changed may emit as well, so they count as growth
            fastest = max(fastest, work.laws[row, STAYS] + work.laws[row, MUTATES] - work.laws[row, DIES])
    if cells * most * mean_path(fastest, end - day) <= MANY:
        return end
    few = math.log1p(MANY * fastest / (cells * most)) / fastest if fastest > 1e-9 else MANY / (cells * most)
    for k in range(kinds):
        row = law_of(plan, work, interval, site, sighted, k)
        if work.laws[row, LEAVES] + work.laws[row, MUTATES] > 0.0:
            end = min(end, day + max(few, work.laws[row, LONGEST]))
    return end


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross(plan, work, top, interval, site, sighted, begin, end):
    """Carry all pools on the stack to day `end`; what they become is added to `fresh`.

    A symptom is noted in the life if it is the first.
    """
    law = work.laws
    while top > 0:
        top -= 1
        kind, n, day, stream = work.stack_type[top], work.stack_cells[top], work.stack_day[top], work.stack_stream[top]
        row = law_of(plan, work, interval, site, sighted, kind)
        b, d, other = law[row, STAYS], law[row, DIES], law[row, LEAVES] + law[row, MUTATES]
        emits = other + law[row, SYMPTOM]
        if other > 0.0 and leaps(law, row, n, end - day):
            top = leap(plan, work, top, row, (kind, site), n, (begin, day, end), stream)
            continue
        if was_noticed(work, end, stream):
            work.fresh[kind] += noticed(work, b, d, emits, n, end - day, stream)
            continue
        if day == plan.knots[interval] and end == plan.knots[interval + 1]:
            emit, survive, success = law[row, EMIT], law[row, SURVIVE], law[row, SUCCESS]
        else:
            emit, survive, success = pool_law(b, d, emits, end - day)
        address(work.at, OF_POOL, stream)
        u, v = pair(work.at)
        # n * emit is an upper bound of the chance, so most pools need no logarithm
        if u < n * emit and math.log1p(-u) > n * math.log1p(-emit):
            top = emission(plan, work, top, row, (kind, site), n, (day, end), stream, u, v)
            continue
        n_then = descendants(n, survive, success, v, work.at)
        work.fresh[kind] += n_then
        if n_then == 0.0 and work.life[WANT_DEATH] > 0.0:
            address(work.at, OF_DEATH, stream)
            note_death(work, day + time_of_extinction(b, d, emits, n, end - day, pair(work.at)[0]))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def leaps(law, row, n, days):
    """Return whether a pool leaps over `days`: many emissions are expected and the days are few enough."""
    if days > 1.000001 * law[row, LONGEST]:
        return False
    net = law[row, STAYS] - law[row, DIES] - law[row, LEAVES]
    return n * (law[row, LEAVES] + law[row, MUTATES]) * mean_path(net, days) > (MANY if n < CROWD else 1.0)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def note_death(work, day):
    """Note that cells died on a day, if none did later."""
    if day > work.life[LAST_DEATH]:
        work.life[LAST_DEATH] = day


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def note_symptom(work, day, site, stream):
    """Note a symptom if it is the first."""
    if day < work.life[FOUND_DAY]:
        work.life[FOUND_DAY] = day
        work.life[FOUND_SITE] = site
        work.life[FOUND_ROUTE] = 0.0
        work.found_stream[0] = stream


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def was_noticed(work, until, stream):
    """Return whether the interval is crossed again up to the first symptom, and this pool gave it."""
    return until == work.life[FOUND_DAY] and stream == work.found_stream[0]


@njit(cache=True, error_model="numpy", _nrt=False)
def noticed(work, b, d, emits, n, days, stream):
    """Return how many cells a pool has become on the day its symptom came."""
    address(work.at, OF_POOL, stream)
    _, v = pair(work.at)
    _, survive, success = pool_law(b, d, emits, days)
    return descendants_at_emission(n, survive, success, v, work.at)


@njit(cache=True, error_model="numpy", _nrt=False)
def emission(plan, work, top, row, what, n, span, stream, u, v):
    """Let a pool emit for the first time between the days of `span`; return the height of the stack."""
    kind, site = what
    day, until = span
    law = work.laws
    b, d = law[row, STAYS], law[row, DIES]
    symptom = law[row, SYMPTOM]
    emits = symptom + law[row, LEAVES] + law[row, MUTATES]
    wait = min(time_of_emission(b, d, emits, n, u), until - day)
    which, _ = pair(work.at)
    which *= emits
    if which < symptom:
        note_symptom(work, day + wait, site, stream)
        return top
    _, survive, success = pool_law(b, d, emits, wait)
    n_then = descendants_at_emission(n, survive, success, v, work.at)
    which -= symptom
    target, switched = chosen(plan, kind, which, law[row, LEAVES], law[row, MUTATES])
    top = push(work, top, kind, n_then - switched, day + wait, mixed(stream, REST))
    return push(work, top, target, 1.0, day + wait, mixed(stream, CHILD))


@njit(cache=True, error_model="numpy", _nrt=False)
def chosen(plan, kind, which, leaves, mutates):
    """Return the type of an emitted cell, and 1 if it left its pool (0 if it is a daughter)."""
    kinds = plan.mutation.shape[0]
    target, switched = kind, 0.0
    if which < leaves:
        for j in range(kinds):
            if plan.switching[kind, j] > 0.0:
                target, switched = j, 1.0
                which -= plan.switching[kind, j]
                if which < 0.0:
                    break
        return target, switched
    which = (which - leaves) / mutates
    total = 0.0
    for j in range(kinds):
        total += plan.mutation[kind, j]
    which *= total
    for j in range(kinds):
        if plan.mutation[kind, j] > 0.0:
            target = j
            which -= plan.mutation[kind, j]
            if which < 0.0:
                break
    return target, switched


@njit(cache=True, error_model="numpy", _nrt=False)
def leap_days(plan, work, interval, site, row, kind):
    """Return the longest leap.

    |net| h <= 0.5: the path between its drawn ends is near e^(net t), of which the log-mean gives the area exactly.
    s (b + d) h^2 <= 0.12: the path's own wobble adds s (b + d) h^2 / 12 <= 1% to the variance of a number of emissions.
    leaves h <= 0.1. (b + d) h <= 4 of the emitted type: two nodes give the share of emitted cells that last to the end of
    the stride within 1%.
    """
    law = work.laws
    b, d, leaves = law[row, STAYS], law[row, DIES], law[row, LEAVES]
    rate = max(0.2 * abs(b - d - leaves), leaves)
    days = 0.1 / rate if rate > 0.0 else math.inf
    wobble = (leaves + law[row, MUTATES]) * (b + d + leaves)
    if wobble > 0.0:
        days = min(days, math.sqrt(0.12 / wobble))
    epoch, g = plan.epoch_of[interval], work.life[SPEED]
    for j in range(plan.mutation.shape[0]):
        if plan.switching[kind, j] > 0.0 or plan.mutation[kind, j] > 0.0:
            lively = g * (plan.division[epoch, site, j] + plan.death[epoch, site, j]) + plan.extra[epoch, site, j]
            if lively * days > 4.0:
                days = 4.0 / lively
    return days


@njit(cache=True, error_model="numpy", _nrt=False)
def leap(plan, work, top, row, what, n, span, stream):
    """Carry a large pool over a short step with totals of its emissions; return the height of the stack.

    The pool itself divides at b, dies at d and loses cells by switching; emitting a mutant leaves it as it is. So its
    end is drawn exactly (given no symptom), and emissions are Poisson on the path between its ends.
    """
    kind, site = what
    begin, day, end = span
    law = work.laws
    b, d, leaves, symptom = law[row, STAYS], law[row, DIES], law[row, LEAVES], law[row, SYMPTOM]
    days = end - day
    if was_noticed(work, end, stream):
        work.fresh[kind] += noticed(work, b, d + leaves, symptom, n, days, stream)
        return top
    address(work.at, OF_POOL, stream)
    u, v = pair(work.at)
    emit, survive, success = pool_law(b, d + leaves, symptom, days)
    if u < n * emit and math.log1p(-u) > n * math.log1p(-emit):
        note_symptom(work, day + min(time_of_emission(b, d + leaves, symptom, n, u), days), site, stream)
        return top
    n_then = descendants(n, survive, success, v, work.at)
    work.fresh[kind] += n_then
    area = days * (n if n_then == n else (n_then - n) / math.log(n_then / n) if n_then > 0.0 else 0.5 * n)
    left = removed(n, n_then, area, b, d + leaves, work.at)
    left = binomial(left, leaves / (d + leaves), pair(work.at)[0], work.at) if leaves > 0.0 else 0.0
    net = b - d - leaves
    for j in range(plan.mutation.shape[0]):
        number = poisson(law[row, MUTATES] * share_of(plan.mutation, kind, j) * area, work.at)
        if plan.switching[kind, j] > 0.0:
            going = binomial(left, min(1.0, plan.switching[kind, j] / leaves), pair(work.at)[0], work.at)
            left -= going
            leaves -= plan.switching[kind, j]
            number += going
        if number > 0.0:
            top = place(work, top, j, number, (day, days, net), mixed(stream, CHILD + np.uint64(j)), day == begin)
    return top


@njit(cache=True, error_model="numpy", _nrt=False)
def share_of(mutation, kind, target):
    """Return the share of a type's mutants that are of type `target`; 0 where it has none."""
    if mutation[kind, target] <= 0.0:
        return 0.0
    total = 0.0
    for j in range(mutation.shape[0]):
        total += mutation[kind, j]
    return mutation[kind, target] / total


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
    return max(0.0, -gain, math.floor(mean + math.sqrt(product / root) * normal(at) + 0.5)) if root > 0.0 else 0.0


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


@njit(cache=True, error_model="numpy", _nrt=False)
def pool_stream(lesion, kind, day):
    """Return the stream of a type of a lesion from a knot on."""
    return mixed(lesion, mixed(np.uint64(kind + 1), tick(day)))


@njit(cache=True, error_model="numpy", _nrt=False)
def thin(work, lesion, kind, day, n, keep):
    """Return how many of n cells survive a pulse that each survives with chance `keep`."""
    address(work.at, OF_PULSE, pool_stream(lesion, kind, day))
    return binomial(n, keep, pair(work.at)[0], work.at)
