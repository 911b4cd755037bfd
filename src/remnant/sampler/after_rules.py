"""What is seen of a recurrence at a visit, and which treatment the rules choose."""

import math

import numpy as np
from numba import njit

from remnant.sampler.after_state import (
    AT_MOST,
    BASE_MM,
    BY_TREATMENT,
    CARED,
    CLEARS,
    COMFORT,
    COMPLETE,
    CONFIRMED,
    DEAD,
    DEADLY,
    DIED_OF_TREATMENT,
    DO,
    DO_COMFORT,
    DO_LINE,
    DO_LOCAL,
    DO_TRIAL,
    ECOG,
    ENDS,
    FEASIBLE,
    GIVEN,
    GOAL,
    GROWS_BY,
    HARMS,
    HELPED,
    KILL,
    KILLING,
    KINDS_OF,
    LEAST_FREE,
    LEAST_LINES,
    LEFT_OF_TREATED,
    LINE,
    LINE_AT,
    LINE_ENDS,
    LINES,
    LOCAL_DEADLY,
    LOCAL_HARMS,
    LOCAL_TREATMENT,
    LOCALS,
    MEASURABLE_MM,
    MOST_ECOG,
    MOST_LESIONS,
    MOST_LINES,
    MOST_LOCAL,
    MOST_MM,
    NADIR_MM,
    NONE_SEEN,
    NOW,
    OF_CHOICE,
    OF_HARM,
    OF_PERSON,
    OF_SIGHT,
    PALLIATIVE,
    PALLIATIVE_CARE,
    PROGRESSION,
    REMISSION,
    RESPONDERS,
    RESPONSE,
    SAW_NONE,
    SHRANK,
    SHRINKS_TO,
    SIDE_EFFECT,
    SINCE,
    TAKES_PART,
    TREATABLE,
    TREATED,
    TREATED_UNTIL,
    TRIAL,
    TRIED,
    WHAT,
    WIDTH,
    diameter,
    note,
    size,
)
from remnant.sampler.rng import address, mixed, pair
from remnant.timeline_tables import LN2


@njit(cache=True, error_model="numpy", _nrt=False)
def look_everywhere(plan, room, tick):
    """Restage; return lesions seen, the largest and the sum (mm), the most advanced site, bits of sites, and how many are new."""
    count, largest, total, site, bits, new = 0, 0.0, 0.0, -1, 0, 0
    for i in range(room.lesions[0]):
        n = size(room, i)
        if n <= 0.0 or not plan.n50[room.site[i]] < math.inf:
            if n <= 0.0:
                room.seen[i] = 0
            continue
        address(room.at, OF_SIGHT, mixed(room.name[i], tick))
        if pair(room.at)[0] >= -math.expm1(-LN2 * n / plan.n50[room.site[i]]):
            continue
        new += 1 if room.seen[i] == 0 else 0
        room.seen[i] = 1
        mm = diameter(plan, n)
        count += 1
        total += mm
        largest = max(largest, mm)
        bits |= 1 << room.site[i]
        if site < 0 or plan.site_kind[room.site[i]] > plan.site_kind[site]:
            site = room.site[i]
    return count, largest, total, site, bits, new


@njit(cache=True, error_model="numpy", _nrt=False)
def fits(plan, room, rule, seen):
    """Return whether what is seen is what a rule is for: place, number, size, and where all of it can be treated."""
    count, largest, site = seen
    if (int(plan.rules[rule, KINDS_OF]) >> plan.site_kind[site]) & 1 == 0:
        return False
    if count > plan.rules[rule, MOST_LESIONS] or largest > plan.rules[rule, MOST_MM]:
        return False
    if plan.rules[rule, TREATABLE] > 0.0:
        for i in range(room.lesions[0]):
            if room.seen[i] == 1 and plan.treatable[room.site[i]] == 0:
                return False
    return True


@njit(cache=True, error_model="numpy", _nrt=False)
def can_be_done(plan, room, rule):
    """Return whether lesions can be treated as they lie, a line is still to be given, or the person takes part in a trial."""
    do = plan.rules[rule, DO]
    if do == DO_LINE:
        return room.me[GIVEN] < plan.lines.shape[0]
    if do == DO_LOCAL:
        return takes_part(room, 32, plan.local[FEASIBLE])
    if do == DO_TRIAL:
        return room.me[TRIED] == 0.0 and takes_part(room, 30, plan.trial[plan.trial.shape[0] - 1])
    return True


@njit(cache=True, error_model="numpy", _nrt=False)
def holds(plan, room, rule, seen):
    """Return whether a rule holds for what is seen, what was done before, how fit the person is, and what they want."""
    me = room.me
    if me[ECOG] > plan.rules[rule, MOST_ECOG] or plan.rules[rule, GOAL] < plan.wish:
        return False
    if me[LINES] > plan.rules[rule, MOST_LINES] or me[LINES] < plan.rules[rule, LEAST_LINES]:
        return False
    if me[LOCALS] > plan.rules[rule, MOST_LOCAL] or me[NOW] - me[SINCE] < plan.rules[rule, LEAST_FREE]:
        return False
    return fits(plan, room, rule, seen) and can_be_done(plan, room, rule)


@njit(cache=True, error_model="numpy", _nrt=False)
def takes_part(room, which, share):
    """Return whether a person is one of those who are offered something and take it; asked again, the answer is the same."""
    address(room.at, OF_PERSON, np.uint64(which))
    return pair(room.at)[0] < share


@njit(cache=True, error_model="numpy", _nrt=False)
def bear(room, people, log, patient, harms, deadly, tick):
    """Let a treatment do harm, or end the life."""
    me = room.me
    address(room.at, OF_HARM, tick)
    u, v = pair(room.at)
    if u < harms:
        note(log, patient, me[NOW], SIDE_EFFECT, -1, 0, 0.0, 0)
        people.harms[patient] += 1
    if v < deadly:
        note(log, patient, me[NOW], DIED_OF_TREATMENT, -1, 0, 0.0, 0)
        people.end[patient], people.cause[patient] = me[NOW], BY_TREATMENT
        me[DEAD] = 1.0


@njit(cache=True, error_model="numpy", _nrt=False)
def treat_locally(plan, room, tick):
    """Take out or destroy every lesion that is seen; now and then a little of one is left."""
    for i in range(room.lesions[0]):
        if room.seen[i] == 1:
            address(room.at, OF_CHOICE, mixed(room.name[i], tick))
            left = 0.0 if pair(room.at)[0] < plan.local[COMPLETE] else LEFT_OF_TREATED
            for j in range(WIDTH):
                room.cells[i, j] = math.floor(room.cells[i, j] * left)
            room.seen[i] = 0


@njit(cache=True, error_model="numpy", _nrt=False)
def give_drugs(me, line, works):
    """Begin a line of drugs or what a trial gives: cells that withstand all lines before it are reached by it."""
    me[KILLING], me[CLEARS] = (line[KILL], line[ENDS]) if works else (0.0, 0.0)
    me[LINE_AT] = me[LINES]
    me[LINES] += 1.0
    me[TREATED_UNTIL] = me[NOW] + line[AT_MOST]
    me[WHAT], me[SAW_NONE], me[SHRANK] = TREATED, 0.0, 0.0
    me[BASE_MM] = me[NADIR_MM] = -1.0


@njit(cache=True, error_model="numpy", _nrt=False)
def decide(plan, room, people, log, patient, seen, bits, tick):
    """Choose and begin the next treatment; return its goal."""
    me = room.me
    count, largest, site = seen
    rule = 0
    while rule < plan.rules.shape[0] - 1 and not holds(plan, room, rule, seen):
        rule += 1
    do, goal = int(plan.rules[rule, DO]), int(plan.rules[rule, GOAL])
    me[KILLING], me[LINE_AT] = 0.0, -1.0
    if plan.rules[rule, PALLIATIVE] > 0.0 and me[HELPED] == 0.0 and takes_part(room, 31, plan.palliative[TAKES_PART]):
        me[HELPED] = 1.0
        note(log, patient, me[NOW], PALLIATIVE_CARE, -1, 0, 0.0, 0)
    if do == DO_COMFORT:
        me[WHAT] = CARED
        note(log, patient, me[NOW], COMFORT, site, count, largest, bits)
        return goal
    people.done[patient, do] += 1.0
    people.done_days[patient, do] += me[NOW]
    if do == DO_LOCAL:
        treat_locally(plan, room, tick)
        me[LOCALS] += 1.0
        me[WHAT], me[SINCE] = REMISSION, me[NOW]
        note(log, patient, me[NOW], LOCAL_TREATMENT, site, count, largest, bits)
        bear(room, people, log, patient, plan.local[LOCAL_HARMS], plan.local[LOCAL_DEADLY], tick)
        return goal
    if do == DO_LINE:
        line, number = plan.lines[int(me[GIVEN])], int(me[GIVEN]) + 1
        me[GIVEN] += 1.0
        note(log, patient, me[NOW], LINE, site, number, largest, bits)
    else:
        line, number = plan.trial, 0
        me[TRIED] = 1.0
        note(log, patient, me[NOW], TRIAL, site, number, largest, bits)
    give_drugs(me, line, takes_part(room, 10 + number, line[RESPONDERS]))
    bear(room, people, log, patient, line[HARMS], line[DEADLY], tick)
    return goal


@njit(cache=True, error_model="numpy", _nrt=False)
def visit(plan, room, people, log, patient, tick):
    """See what there is to see, and act on it."""
    me = room.me
    count, largest, total, site, bits, new = look_everywhere(plan, room, tick)
    if me[WHAT] == REMISSION:
        if count > 0:
            note(log, patient, me[NOW], CONFIRMED, site, count, largest, bits)
            people.again[patient] = min(people.again[patient], me[NOW])
            decide(plan, room, people, log, patient, (count, largest, site), bits, tick)
        return
    if count == 0:
        if me[SAW_NONE] == 0.0:
            note(log, patient, me[NOW], NONE_SEEN, -1, 0, 0.0, 0)
            me[SAW_NONE] = 1.0
        me[NADIR_MM] = 0.0
        return
    if me[BASE_MM] < 0.0:
        me[BASE_MM] = me[NADIR_MM] = total
        return
    if total > max(GROWS_BY * me[NADIR_MM], me[NADIR_MM] + MEASURABLE_MM) or (new > 0 and total > me[NADIR_MM] + MEASURABLE_MM):
        note(log, patient, me[NOW], PROGRESSION, site, count, largest, bits)
        people.again[patient] = min(people.again[patient], me[NOW])
        me[SINCE] = me[NOW]
        decide(plan, room, people, log, patient, (count, largest, site), bits, tick)
        return
    if total <= SHRINKS_TO * me[BASE_MM] and me[SHRANK] == 0.0:
        note(log, patient, me[NOW], RESPONSE, site, count, largest, bits)
        me[SHRANK] = 1.0
    me[NADIR_MM] = min(me[NADIR_MM], total)


@njit(cache=True, error_model="numpy", _nrt=False)
def end_of_line(plan, room, log, patient):
    """Stop a line that has been given long enough; what it held back goes on."""
    me = room.me
    note(log, patient, me[NOW], LINE_ENDS, -1, 0, 0.0, 0)
    address(room.at, OF_PERSON, np.uint64(50 + int(me[LINES])))
    if pair(room.at)[0] < me[CLEARS]:
        # a transplant after it reaches cells that withstand the line, resting ones too
        room.lesions[0] = 0
        note(log, patient, me[NOW], NONE_SEEN, -1, 0, 0.0, 0)
        me[WHAT] = REMISSION
    me[KILLING], me[LINE_AT], me[SINCE] = 0.0, -1.0, me[NOW]
    # lesions that are still there are watched; they are treated again when they grow
    if me[SAW_NONE] > 0.0:
        me[WHAT] = REMISSION
