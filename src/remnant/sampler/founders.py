"""How many founders a patient has and when they come: unit-rate arrivals counted below what the patient's burden allows.

A larger mean keeps the first founders of a smaller one. Up to 64 founders of a row are lesions of their own; more are one
pool, which is the same law for everything that can be found.
"""

import math

import numpy as np
from numba import njit

from remnant.sampler.draws import poisson
from remnant.sampler.kernel import law_of
from remnant.sampler.plan import BY_COUNT, BY_SEEDING, MOST_LESIONS
from remnant.sampler.pool import DIES, EMIT, EMITS, STAYS, write_law
from remnant.sampler.rng import GOLDEN, PURPOSE, STREAM, WORD, address, kind_stream, mixed, pair, pool_stream
from remnant.sampler.work import (
    BURDEN,
    EARLY,
    FAILED,
    LAST_DEATH,
    NONE,
    OF_FOUNDERS,
    OF_POOL,
    SCRATCH,
    SPEED,
    emitted,
    push,
)

MOST_COUNTED = 128.0
"""Expected founders of a row that are counted one by one; a larger number is drawn at once."""
MOST_SEEDS = 2048
"""Expected seeds of one row that each have their own day; more come in so many equal parts, each on its middle day."""
PARTS = 256
MOST_EXPONENT = 700.0
LEAST_EARLY = 1e-7
"""Chance of a seed to be found before `zero` below which it is no longer looked for while seeds are drawn."""


@njit(cache=True, error_model="numpy", _nrt=False)
def number_of_founders(plan, work, row):
    """Return how many founders a row brings to this patient, for rows without seeding."""
    if plan.row_kind[row] == BY_COUNT:
        return plan.row_amount[row]
    mean = work.life[BURDEN] * plan.row_amount[row]
    address(work.at, OF_FOUNDERS, np.uint64(plan.row_number[row]))
    if mean > MOST_COUNTED:
        return poisson(mean, work.at)
    # arrivals are below the mean while the product of their uniforms is above e^-mean: no logarithm for each
    number, product = -1.0, 1.0
    least = plan.row_none[row] if work.life[BURDEN] == 1.0 else math.exp(-mean)
    while product > least:
        u, v = pair(work.at)
        product *= u
        number += 1.0
        if product > least:
            product *= v
            number += 1.0
    return max(number, 0.0)


@njit(cache=True, error_model="numpy", _nrt=False)
def lesion_name(plan, row, ordinal):
    """Return the name of a lesion by its founder's row and place in it: that of the row, and an odd step for each place."""
    return plan.row_name[row] + np.uint64(ordinal) * GOLDEN


@njit(cache=True, error_model="numpy", _nrt=False)
def new_lesions(plan, work, lesions, row, ordinals, cells):
    """Add lesions of so many cells of the row's type, from one ordinal to before another; return the new number of lesions."""
    begin, end = ordinals
    after = lesions + end - begin
    if after > work.lesions:
        work.life[FAILED] = 1.0
        return lesions
    kinds, name = plan.kinds, lesion_name(plan, row, begin)
    for place in range(lesions * kinds, after * kinds):
        work.cells[place] = 0.0
    place = lesions * kinds + plan.row_type[row]
    for _ in range(begin, end):
        work.lesion_id[lesions] = name
        name += GOLDEN
        work.lesion_row[lesions] = row
        work.cells[place] = cells
        place += kinds
        lesions += 1
    if end > begin:
        work.life[LAST_DEATH] = max(work.life[LAST_DEATH], plan.row_start[row])
    return after


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def found_row(plan, work, lesions, row):
    """Place the founders of a row that begins at this knot; return the new number of lesions."""
    if plan.row_kind[row] == BY_SEEDING:
        plan_seeds(plan, work, row)
        return lesions
    number = number_of_founders(plan, work, row)
    if number > MOST_LESIONS:
        return new_lesions(plan, work, lesions, row, (NONE, NONE + 1), number)
    return new_lesions(plan, work, lesions, row, (NONE, np.int64(number)), 1.0)


@njit(cache=True, error_model="numpy", _nrt=False)
def seed_at(arrived, rate, growth, begin, end):
    """Return the day by which so much of the intensity rate e^(growth (t - end)) has come since `begin`."""
    span = growth * (end - begin)
    if abs(span) < 1e-12:
        return min(begin + arrived / rate, end)
    inside = math.exp(-min(span, MOST_EXPONENT)) if span < MOST_EXPONENT else 0.0
    inside += arrived * growth / rate
    return min(max(end + math.log(inside) / growth, begin), end) if inside > 0.0 else end


@njit(cache=True, error_model="numpy", _nrt=False)
def plan_seeds(plan, work, row):
    """Draw the days of all seeds of a row, in rising order; stop where one of the first was found before `zero`."""
    rate = work.life[BURDEN] * plan.row_amount[row]
    growth = plan.row_growth[row] * (work.life[SPEED] if plan.row_scales[row] else 1.0)
    begin, end = plan.row_start[row], plan.row_end[row]
    span = growth * (end - begin)
    whole = rate * (end - begin) if abs(span) < 1e-12 else -rate * math.expm1(min(-span, MOST_EXPONENT)) / growth
    first = row * work.seeds
    work.seed_next[row] = 0
    address(work.at, OF_FOUNDERS, np.uint64(plan.row_number[row]))
    count = 0
    if whole > MOST_SEEDS:
        hopeful = looks_early(plan, row)
        for i in range(PARTS):
            work.seed_day[first + i] = seed_at(whole * (i + 0.5) / PARTS, rate, growth, begin, end)
            work.seed_cells[first + i] = poisson(whole / PARTS, work.at)
            if hopeful:
                hopeful = check_early(plan, work, row, i) >= LEAST_EARLY
                if work.life[EARLY] > 0.0:
                    return
        count = PARTS
    else:
        arrived = -math.log(pair(work.at)[0])
        while arrived < whole:
            if count >= work.seeds:
                work.life[FAILED] = 1.0
                break
            work.seed_day[first + count] = seed_at(arrived, rate, growth, begin, end)
            work.seed_cells[first + count] = 1.0
            count += 1
            # from here on it is known that they share a lesion, and so their names
            if count == MOST_LESIONS + 1 and check_first(plan, work, row, count):
                return
            arrived -= math.log(pair(work.at)[0])
    work.seed_count[row] = count
    work.seed_lesions[row] = 1 if count <= MOST_LESIONS else 0


@njit(cache=True, error_model="numpy", _nrt=False)
def looks_early(plan, row):
    """Return whether symptoms of a row's first seeds are looked for as they are drawn: they count, and cells keep their type."""
    return plan.changing == 0 and plan.row_known[row] == 0 and plan.symptoms[plan.row_site[row]] > 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def check_early(plan, work, row, i):
    """Note whether seed i of a row is found in the interval of its day, before `zero`; return the chance of it for one cell.

    Where nearly everybody is found before `zero`, most attempts at a patient end at their first seeds. The draw is the one
    that carrying the seed would take, so that who is drawn again does not change.
    """
    at = row * work.seeds + i
    day, n, interval = work.seed_day[at], work.seed_cells[at], 0
    while plan.knots[interval + 1] <= day and interval + 1 < plan.last:
        interval += 1
    if interval >= plan.zero_knot:
        return 0.0
    kind, stream, purpose, word = plan.row_type[row], work.at[STREAM], work.at[PURPOSE], work.at[WORD]
    law = law_of(plan, work, interval, plan.row_site[row], 1, kind)
    b, d, emits = work.laws[law + STAYS], work.laws[law + DIES], work.laws[law + EMITS]
    write_law(work.laws, SCRATCH, b, d, emits, plan.knots[interval + 1] - day)
    address(work.at, OF_POOL, pool_stream(mixed(lesion_name(plan, row, NONE), np.uint64(i)), kind_stream(kind, day)))
    if n > 0.0 and emitted(n, work.laws[SCRATCH + EMIT], pair(work.at)[0]):
        work.life[EARLY] = 1.0
    work.at[STREAM], work.at[PURPOSE], work.at[WORD] = stream, purpose, word
    return work.laws[SCRATCH + EMIT]


@njit(cache=True, error_model="numpy", _nrt=False)
def check_first(plan, work, row, count):
    """Return whether one of the first so many seeds of a row is found before `zero`, and note it."""
    if looks_early(plan, row):
        for i in range(count):
            if check_early(plan, work, row, i) < LEAST_EARLY or work.life[EARLY] > 0.0:
                break
    return work.life[EARLY] > 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def sow(plan, work, lesions, row, until):
    """Make lesions of the seeds of a row that come before day `until`; return the new number of lesions.

    Their cells are put into the lesion by `push_seeds` when it is carried to the end of the interval.
    """
    first = row * work.seeds
    for i in range(work.seed_next[row], work.seed_count[row]):
        if work.seed_day[first + i] >= until:
            break
        if work.seed_lesions[row] == 1 or i == 0:
            lesions = new_lesions(plan, work, lesions, row, (i, i + 1), 0.0)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def push_seeds(plan, work, top, row, lesion, since, until):
    """Put the seeds of a lesion that come from day `since` to before day `until` on the stack; return its height."""
    kind = plan.row_type[row]
    first = row * work.seeds
    for i in range(work.seed_next[row], work.seed_count[row]):
        if work.seed_day[first + i] >= until:
            break
        if work.seed_day[first + i] >= since and (work.seed_lesions[row] == 0 or lesion == lesion_name(plan, row, i)):
            day = work.seed_day[first + i]
            stream = pool_stream(mixed(lesion, np.uint64(i)), kind_stream(kind, day))
            top = push(work, top, kind, work.seed_cells[first + i], day, stream)
    return top


@njit(cache=True, error_model="numpy", _nrt=False)
def pass_seeds(work, row, until):
    """Count the seeds that came before day `until` as sown."""
    i, first = work.seed_next[row], row * work.seeds
    while i < work.seed_count[row] and work.seed_day[first + i] < until:
        i += 1
    work.seed_next[row] = i
