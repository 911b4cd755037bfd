"""What is seen of a recurrence at a visit, and which treatment the rules choose."""

import math

import numpy as np
from numba import njit

from remnant.sampler.after_state import (
    AT_MOST,
    BASE_MM,
    CARED,
    COMFORT,
    CONFIRMED,
    DO,
    DO_LINE,
    DO_LOCAL,
    ECOG,
    GOAL,
    GROWS_BY,
    KILL,
    KILLING,
    KINDS_OF,
    LEAST_FREE,
    LEFT_OF_TREATED,
    LINE,
    LINE_AT,
    LINE_ENDS,
    LINES,
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
    OF_PERSON,
    OF_SIGHT,
    PROGRESSION,
    REMISSION,
    RESPONDERS,
    RESPONSE,
    SAW_NONE,
    SHRANK,
    SHRINKS_TO,
    SINCE,
    TREATABLE,
    TREATED,
    TREATED_UNTIL,
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
def holds(plan, room, rule, seen):
    """Return whether a rule holds for what is seen."""
    me = room.me
    count, largest, site = seen
    if (int(plan.rules[rule, KINDS_OF]) >> plan.site_kind[site]) & 1 == 0:
        return False
    if count > plan.rules[rule, MOST_LESIONS] or largest > plan.rules[rule, MOST_MM]:
        return False
    if me[ECOG] > plan.rules[rule, MOST_ECOG] or me[LINES] > plan.rules[rule, MOST_LINES]:
        return False
    if me[LOCALS] > plan.rules[rule, MOST_LOCAL]:
        return False
    if me[NOW] - me[SINCE] < plan.rules[rule, LEAST_FREE]:
        return False
    if plan.rules[rule, DO] == DO_LINE and me[LINES] >= plan.lines.shape[0]:
        return False
    if plan.rules[rule, TREATABLE] > 0.0:
        for i in range(room.lesions[0]):
            if room.seen[i] == 1 and plan.treatable[room.site[i]] == 0:
                return False
    return True


@njit(cache=True, error_model="numpy", _nrt=False)
def decide(plan, room, log, patient, seen, bits, tick):
    """Choose and begin the next treatment; return its goal."""
    me = room.me
    count, largest, site = seen
    rule = 0
    while rule < plan.rules.shape[0] - 1 and not holds(plan, room, rule, seen):
        rule += 1
    do, goal = plan.rules[rule, DO], int(plan.rules[rule, GOAL])
    me[KILLING], me[LINE_AT] = 0.0, -1.0
    if do == DO_LOCAL:
        for i in range(room.lesions[0]):
            if room.seen[i] == 1:
                address(room.at, OF_CHOICE, mixed(room.name[i], tick))
                left = 0.0 if pair(room.at)[0] < plan.complete else LEFT_OF_TREATED
                for j in range(WIDTH):
                    room.cells[i, j] = math.floor(room.cells[i, j] * left)
                room.seen[i] = 0
        me[LOCALS] += 1.0
        me[WHAT], me[SINCE] = REMISSION, me[NOW]
        note(log, patient, me[NOW], LOCAL_TREATMENT, site, count, largest, bits)
    elif do == DO_LINE:
        line = int(me[LINES])
        me[LINES] += 1.0
        address(room.at, OF_PERSON, np.uint64(10 + line))
        works = pair(room.at)[0] < plan.lines[line, RESPONDERS]
        me[KILLING] = plan.lines[line, KILL] if works else 0.0
        me[LINE_AT] = line
        me[TREATED_UNTIL] = me[NOW] + plan.lines[line, AT_MOST]
        me[WHAT], me[SAW_NONE], me[SHRANK] = TREATED, 0.0, 0.0
        me[BASE_MM] = me[NADIR_MM] = -1.0
        note(log, patient, me[NOW], LINE, site, line + 1, largest, bits)
    else:
        me[WHAT] = CARED
        note(log, patient, me[NOW], COMFORT, site, count, largest, bits)
    return goal


@njit(cache=True, error_model="numpy", _nrt=False)
def visit(plan, room, log, patient, tick):
    """See what there is to see, and act on it."""
    me = room.me
    count, largest, total, site, bits, new = look_everywhere(plan, room, tick)
    if me[WHAT] == REMISSION:
        if count > 0:
            note(log, patient, me[NOW], CONFIRMED, site, count, largest, bits)
            decide(plan, room, log, patient, (count, largest, site), bits, tick)
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
        me[SINCE] = me[NOW]
        decide(plan, room, log, patient, (count, largest, site), bits, tick)
        return
    if total <= SHRINKS_TO * me[BASE_MM] and me[SHRANK] == 0.0:
        note(log, patient, me[NOW], RESPONSE, site, count, largest, bits)
        me[SHRANK] = 1.0
    me[NADIR_MM] = min(me[NADIR_MM], total)


@njit(cache=True, error_model="numpy", _nrt=False)
def end_of_line(plan, room, log, patient):
    """Stop a line that has been given long enough; what it held back goes on."""
    me = room.me
    note(log, patient, me[NOW], LINE_ENDS, -1, int(me[LINE_AT]) + 1, 0.0, 0)
    me[KILLING], me[LINE_AT], me[SINCE] = 0.0, -1.0, me[NOW]
    # lesions that are still there are watched; they are treated again when they grow
    if me[SAW_NONE] > 0.0:
        me[WHAT] = REMISSION
