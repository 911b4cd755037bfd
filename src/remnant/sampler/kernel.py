"""One lesion over one stretch of days: its pools grow, die, emit symptoms, mutants and cells that switch.

A pool is a number of equal cells from one moment on. Pools wait on a stack; each is carried to the end of the stretch,
or to its next emission, which puts the rest of it and the new cell back on the stack. Where more than `MANY` emissions
are expected, the lesion goes in strides and the pool leaps: a stride so short that the path between its two ends is nearly
exponential, totals of emissions from the mean path, and emitted cells placed at Gauss-Legendre nodes of the stride (see
`leap_days` for the error).

Only `math`, scalars and arrays given from outside, no defaults: the same functions can be compiled for a graphics card.
Kernels with one caller are `inline="always"`, written into it before compiling: every kernel that is compiled by itself
is optimised again with all that it calls.
"""

import math

import numpy as np
from numba import njit

from remnant.sampler.leap import MANY, leap, leap_days, leaps, surely_below
from remnant.sampler.pool import (
    DIES,
    EMIT,
    EMITS,
    LAW,
    LEAVES,
    LONGEST,
    MUTATES,
    OTHER,
    STAYS,
    SYMPTOM,
    descendants,
    descendants_at_emission,
    mean_path,
    time_of_emission,
    time_of_extinction,
    write_law,
)
from remnant.sampler.rng import address, mixed, pair
from remnant.sampler.work import (
    CHILD,
    NONE,
    OF_DEATH,
    OF_POOL,
    REST,
    SCRATCH,
    SERIAL,
    SPEED,
    WANT_DEATH,
    emitted,
    note_death,
    note_symptom,
    noticed,
    push,
    was_noticed,
)


@njit(cache=True, error_model="numpy", _nrt=False)
def fill_law(plan, work, interval, site, sighted, kind, row):
    """Write the law of one type over an interval to a row of the laws."""
    g, kinds, law = work.life[SPEED], plan.kinds, work.laws
    at = (plan.epoch_of[interval] * plan.sites + site) * kinds + kind
    b = g * plan.division[at]
    mutating, leaves = 0.0, 0.0
    for j in range(kind * kinds, kind * kinds + kinds):
        mutating += plan.mutation[j]
        leaves += plan.switching[j]
    law[row + STAYS] = b * max(0.0, 1.0 - mutating)
    law[row + DIES] = g * plan.death[at] + plan.extra[at]
    law[row + SYMPTOM] = plan.symptoms[site] if sighted else 0.0
    law[row + LEAVES] = leaves
    law[row + MUTATES] = b * mutating
    law[row + OTHER] = leaves + law[row + MUTATES]
    law[row + EMITS] = law[row + SYMPTOM] + law[row + OTHER]
    write_law(law, row, law[row + STAYS], law[row + DIES], law[row + EMITS], plan.knots[interval + 1] - plan.knots[interval])
    if plan.turns[kind] == 1:
        law[row + LONGEST] = leap_days(plan, work, interval, site, row, kind)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def laws_before(plan, interval):
    """Return how many laws stand before those of an interval: without a spread of growth all are kept."""
    return 1 + (interval * plan.sites * 2 * plan.kinds if plan.growth_spread == 0.0 else NONE)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def laws_owner(plan, work, interval):
    """Return what marks a law as made: for everybody, or for this life and interval."""
    return 1 if plan.growth_spread == 0.0 else np.int64(work.life[SERIAL]) * (plan.last + 1) + interval + 2


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def law_by_number(plan, work, interval, number, owner):
    """Return the row of a law over a whole interval, made when it is first needed."""
    if work.law_serial[number] != owner:
        work.law_serial[number] = owner
        place = number - laws_before(plan, interval)
        site, kind = place // (2 * plan.kinds), place % plan.kinds
        fill_law(plan, work, interval, site, place // plan.kinds % 2, kind, number * LAW)
    return number * LAW


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def law_of(plan, work, interval, site, sighted, kind):
    """Return the row of the law of one type over a whole interval."""
    number = laws_before(plan, interval) + (site * 2 + sighted) * plan.kinds + kind
    return law_by_number(plan, work, interval, number, laws_owner(plan, work, interval))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def stride(plan, work, interval, site, sighted, lesion, day, end):
    """Return the day to which a lesion can be carried at once.

    That is `end`, or the day by which `MANY` emissions are expected at the fastest growth of its types, or where that is
    sooner than the longest leap, the longest leap. Then its pools of one type become one again.
    """
    fastest, most, cells = -math.inf, 0.0, 0.0
    law = work.laws
    for k in range(plan.kinds):
        if plan.turns[k] == 0:
            # a type that never emits makes none that do
            continue
        row = law_of(plan, work, interval, site, sighted, k)
        other = law[row + OTHER]
        if other > 0.0:
            cells += work.cells[lesion * plan.kinds + k]
            most = max(most, other)
            # cells that left or were born changed may emit as well, so they count as growth
            fastest = max(fastest, law[row + STAYS] + law[row + MUTATES] - law[row + DIES])
    if surely_below(MANY, cells * most, fastest, end - day) or cells * most * mean_path(fastest, end - day) <= MANY:
        return end
    few = math.log1p(MANY * fastest / (cells * most)) / fastest if fastest > 1e-9 else MANY / (cells * most)
    for k in range(plan.kinds):
        if plan.turns[k] == 1:
            row = law_of(plan, work, interval, site, sighted, k)
            if law[row + OTHER] > 0.0:
                end = min(end, day + max(few, law[row + LONGEST]))
    return end


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def carry(plan, work, interval, row, n, day, end, stream, u, v):
    """Return how many cells a pool has become by day `end`; -1 if it emits before."""
    law = work.laws
    b, d, emits = law[row + STAYS], law[row + DIES], law[row + EMITS]
    if was_noticed(work, end, stream):
        return noticed(work, b, d, emits, n, end - day, v)
    if day != plan.knots[interval] or end != plan.knots[interval + 1]:
        row = SCRATCH
        write_law(law, row, b, d, emits, end - day)
    if emits > 0.0 and emitted(n, law[row + EMIT], u):
        return -1.0
    n_then = descendants(law, row, n, v, work.at)
    if n_then == 0.0 and work.life[WANT_DEATH] > 0.0:
        address(work.at, OF_DEATH, stream)
        note_death(work, day + time_of_extinction(b, d, emits, n, end - day, pair(work.at)[0]))
    return n_then


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross(plan, work, top, interval, site, sighted, begin, end):
    """Carry all pools on the stack to day `end`; what they become is added to `fresh`.

    A symptom is noted in the life if it is the first.
    """
    while top > 0:
        top -= 1
        kind, n, day, stream = work.stack_type[top], work.stack_cells[top], work.stack_day[top], work.stack_stream[top]
        row = law_of(plan, work, interval, site, sighted, kind)
        address(work.at, OF_POOL, stream)
        u, v = pair(work.at)
        top = cross_pool(plan, work, top, row, interval, (kind, site), n, (begin, day, end), stream, u, v)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_pool(plan, work, top, row, interval, what, n, span, stream, u, v):
    """Carry a pool to the end of a span, or to its first emission; return the height of the stack, where what is left is put.

    u and v are the first pair of its stream, where the address is.
    """
    _, day, end = span
    if leaps(work.laws, row, n, end - day):
        return leap(plan, work, top, row, what, n, span, stream, u, v)
    n_then = carry(plan, work, interval, row, n, day, end, stream, u, v)
    if n_then < 0.0:
        return emission(plan, work, top, row, what, n, (day, end), stream, u, v)
    work.fresh[what[0]] += n_then
    return top


@njit(cache=True, error_model="numpy", _nrt=False)
def emission(plan, work, top, row, what, n, span, stream, u, v):
    """Let a pool emit for the first time between the days of `span`; return the height of the stack."""
    kind, site = what
    day, until = span
    law = work.laws
    b, d, symptom, emits = law[row + STAYS], law[row + DIES], law[row + SYMPTOM], law[row + EMITS]
    wait = min(time_of_emission(b, d, emits, n, u), until - day)
    which, _ = pair(work.at)
    which *= emits
    if which < symptom:
        note_symptom(work, day + wait, site, stream)
        return top
    write_law(law, SCRATCH, b, d, emits, wait)
    n_then = descendants_at_emission(law, SCRATCH, n, v, work.at)
    which -= symptom
    target, switched = chosen(plan, kind, which, law[row + LEAVES], law[row + MUTATES])
    top = push(work, top, kind, n_then - switched, day + wait, mixed(stream, REST))
    return push(work, top, target, 1.0, day + wait, mixed(stream, CHILD))


@njit(cache=True, error_model="numpy", _nrt=False)
def chosen(plan, kind, which, leaves, mutates):
    """Return the type of an emitted cell, and 1 if it left its pool (0 if it is a daughter)."""
    kinds = plan.kinds
    target, switched = kind, 0.0
    if which < leaves:
        for j in range(kinds):
            if plan.switching[kind * kinds + j] > 0.0:
                target, switched = j, 1.0
                which -= plan.switching[kind * kinds + j]
                if which < 0.0:
                    break
        return target, switched
    which = (which - leaves) / mutates
    total = 0.0
    for j in range(kinds):
        total += plan.mutation[kind * kinds + j]
    which *= total
    for j in range(kinds):
        if plan.mutation[kind * kinds + j] > 0.0:
            target = j
            which -= plan.mutation[kind * kinds + j]
            if which < 0.0:
                break
    return target, switched
