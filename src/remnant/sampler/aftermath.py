"""Life after detection: the lesions of the first finding go on under rules that decide, until death or the last day.

Time goes in steps that end on a grid of `STEP` days from day 0, so that arms of a study with one seed stay together. Lesions
are seen at visits only, each with chance 1 - 2^(-N / n50) by the exams of restaging. What is drawn is addressed like
everything else in a life."""

import math

import numpy as np
from numba import njit

from remnant.sampler.after_growth import load, pass_days, shed_before
from remnant.sampler.after_rules import decide, end_of_line, look_everywhere, visit
from remnant.sampler.after_state import (
    BIOPSY_NEGATIVE,
    BY_DISEASE,
    BY_SECOND,
    CARED,
    CAUSE_DAY,
    CAUSE_IS,
    CONFIRMED,
    DEAD,
    DIED_OF_DISEASE,
    DIED_OF_SECOND,
    DIED_OTHERWISE,
    ECOG,
    FOUND,
    GIVEN,
    HELPED,
    KILLING,
    LINE_AT,
    LINES,
    LOCALS,
    NOW,
    OF_PERSON,
    OF_SECOND,
    OTHERWISE,
    REMISSION,
    SECOND_PRIMARY,
    SINCE,
    STEP,
    TREATED,
    TREATED_UNTIL,
    TRIED,
    WHAT,
    diameter,
    largest_of,
    nobody_yet,
    note,
    size,
    spend,
    take_over,
)
from remnant.sampler.rng import KEY, address, mixed, pair

HEAVY = 0.1
"""Of what is lethal: such a burden makes people one ECOG grade less fit."""


@njit(cache=True, error_model="numpy", _nrt=False)
def prove(plan, room, people, log, patient, speed):
    """Work up a suspicion: a biopsy, again if it misses, then restaging and the first decision; return whether alive."""
    me = room.me
    address(room.at, OF_PERSON, np.uint64(1))
    u, v = pair(room.at)
    me[ECOG] = 0.0
    while me[ECOG] < plan.ecog.shape[0] - 1 and v > plan.ecog[int(me[ECOG])]:
        me[ECOG] += 1.0
    ends = me[NOW] + plan.workup
    if u >= plan.biopsy_finds:
        if not reach(plan, room, people, log, patient, speed, ends):
            return False
        note(log, patient, me[NOW], BIOPSY_NEGATIVE, -1, 0, 0.0, 0)
        ends += plan.biopsy_again
    if not reach(plan, room, people, log, patient, speed, ends):
        return False
    tick = np.uint64(np.int64(ends * 16.0) + 5)
    count, largest, _, site, bits, _ = look_everywhere(plan, room, tick)
    if count == 0:
        # what raised the suspicion is there: the largest lesion is taken as seen
        i = largest_of(room)
        if i < 0:
            me[WHAT] = REMISSION
            return True
        room.seen[i] = 1
        count, largest, site, bits = 1, diameter(plan, size(room, i)), room.site[i], 1 << room.site[i]
    if load(plan, room) > HEAVY:
        me[ECOG] = min(me[ECOG] + 1.0, 4.0)
    note(log, patient, me[NOW], CONFIRMED, site, count, largest, bits)
    people.confirmed[patient], people.site[patient] = me[NOW], site
    people.lesions[patient], people.largest_mm[patient] = count, largest
    people.goal[patient] = decide(plan, room, people, log, patient, (count, largest, site), bits, tick)
    return me[DEAD] == 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def die_otherwise(people, log, patient, day, cause):
    """Write a death from something else than the cancer or its treatment: a second cancer, or any other cause."""
    people.end[patient], people.cause[patient] = day, int(cause)
    note(log, patient, day, DIED_OF_SECOND if cause == BY_SECOND else DIED_OTHERWISE, -1, 0, 0.0, 0)


@njit(cache=True, error_model="numpy", _nrt=False)
def reach(plan, room, people, log, patient, speed, day):
    """Carry a person to a day; return whether they are alive then, else write how they died."""
    me = room.me
    until = min(day, me[CAUSE_DAY])
    if until >= plan.last:
        until = plan.last
    if until > me[NOW] and pass_days(plan, room, people, patient, speed, until):
        people.end[patient], people.cause[patient] = me[NOW], BY_DISEASE
        note(log, patient, me[NOW], DIED_OF_DISEASE, -1, 0, 0.0, 0)
        return False
    if me[CAUSE_DAY] <= me[NOW]:
        die_otherwise(people, log, patient, me[NOW], me[CAUSE_IS])
        return False
    return me[NOW] < plan.last


@njit(cache=True, error_model="numpy", _nrt=False)
def follow(plan, room, people, log, patient, speed):
    """Follow one person from the first finding on; lesions, key and days are set."""
    me = room.me
    me[WHAT], me[LINES], me[LOCALS], me[SINCE], me[KILLING], me[LINE_AT] = REMISSION, 0.0, 0.0, 0.0, 0.0, -1.0
    me[GIVEN], me[HELPED], me[TRIED], me[DEAD] = 0.0, 0.0, 0.0, 0.0
    shed_before(plan, room, speed)
    if not prove(plan, room, people, log, patient, speed):
        people.lines[patient] = int(me[LINES])
        return
    step = np.int64(math.floor(me[NOW] / STEP)) + 1
    while True:
        if not reach(plan, room, people, log, patient, speed, step * STEP):
            break
        if me[WHAT] == TREATED and me[LINE_AT] >= 0.0 and me[NOW] >= me[TREATED_UNTIL]:
            end_of_line(plan, room, log, patient)
        every = plan.every_treated[0] if me[WHAT] == TREATED else plan.every_free[0]
        if me[WHAT] != CARED and step % every == 0:
            visit(plan, room, people, log, patient, np.uint64(np.int64(me[NOW] * 16.0) + 5))
            if me[DEAD] > 0.0:
                break
        if room.lesions[0] == 0 and me[WHAT] != TREATED:
            # nothing is left: only the other causes remain
            last = min(me[CAUSE_DAY], plan.last)
            if last > me[NOW]:
                spend(people, patient, me, last)
            if me[CAUSE_DAY] <= plan.last:
                die_otherwise(people, log, patient, me[CAUSE_DAY], me[CAUSE_IS])
            break
        step += 1
    people.lines[patient] = int(me[LINES])


@njit(cache=True, error_model="numpy", _nrt=False)
def find_second(plan, room, people, p, tells, until):
    """Find a second cancer by the tests of follow-up before the day on which it would tell, if one sees it, else on that day.

    It grows to `second_cells` by the day on which it tells, at one speed; follow-up ends on the day `until`. What tests before
    day 0 would have seen was treated with the first cancer and is no second one.
    """
    address(room.at, OF_PERSON, np.uint64(40))
    u, v = pair(room.at)
    day, by = tells, -1
    for k in range(plan.second_days.shape[0]):
        look = plan.second_days[k]
        if look >= min(tells, until):
            break
        cells = plan.second_cells * math.exp(-plan.second_growth * (tells - look))
        address(room.at, OF_SECOND, plan.second_stream[k])
        if pair(room.at)[0] < -math.expm1(-cells * plan.second_miss[k]):
            day, by = look, k
            break
    if 0.0 < day < plan.last:
        same = u < plan.second_shares[0]
        people.second[p], people.second_by[p] = day, by
        people.second_alike[p] = (2 if v < plan.second_shares[1] else 1) if same else 0


@njit(cache=True, error_model="numpy", _nrt=False)
def death_of_second(plan, room, people, p, tells):
    """Return the day on which a second cancer kills, counted from the day on which it tells in every arm; infinite for none."""
    if not people.second[p] < math.inf or not plan.second_deaths > 0.0:
        return math.inf
    address(room.at, OF_PERSON, np.uint64(41))
    return tells - math.log(pair(room.at)[0]) / plan.second_deaths


@njit(cache=True, error_model="numpy", nogil=True, _nrt=False)
def follow_block(plan, room, lives, people, log, seed, numbers):
    """Follow everybody of a block: those found go on, the others die of other causes or live."""
    for p in range(lives.day.shape[0]):
        other, second = lives.cause_days[p, 0], lives.cause_days[p, 1]
        nobody_yet(people, p)
        room.at[KEY] = mixed(mixed(np.uint64(seed), np.uint64(lives.attempts[p] - 1)), np.uint64(numbers[p]))
        cause = OTHERWISE
        if second < math.inf:
            find_second(plan, room, people, p, second, min(min(lives.day[p], other), plan.last))
            killed = death_of_second(plan, room, people, p, second)
            if killed < other:
                other, cause = killed, BY_SECOND
        if lives.day[p] < min(other, plan.last):
            room.me[NOW], room.me[CAUSE_DAY], room.me[CAUSE_IS] = lives.day[p], other, cause
            here, largest = take_over(plan, room, lives, p)
            note(log, p, lives.day[p], FOUND, lives.site[p], here, largest, 1 << lives.site[p])
            follow(plan, room, people, log, p, lives.speed[p])
        elif other <= plan.last:
            die_otherwise(people, log, p, other, cause)
        if people.second[p] < people.end[p]:
            note(log, p, people.second[p], SECOND_PRIMARY, -1, 0, 0.0, 0)
        else:
            people.second[p], people.second_by[p], people.second_alike[p] = math.inf, -1, 0
