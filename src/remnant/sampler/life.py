"""One patient from the first founder to the last asked day, or to the first finding.

At a knot, in this order: founders placed there exist, pulses act, looks are taken, the asked state is noted. Between knots
every lesion is carried by itself; when a symptom came first in an interval, the interval is crossed again up to that day,
with the same random numbers, to know what was there when it was noticed. A patient found before `zero` is drawn again.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.sampler.draws import gamma, normal
from remnant.sampler.founders import found_row, pass_seeds, push_seeds, sow
from remnant.sampler.kernel import (
    BURDEN,
    FAILED,
    FOUND_DAY,
    FOUND_ROUTE,
    FOUND_SITE,
    LAST_DEATH,
    OF_CAUSE,
    OF_LOOK,
    OF_PATIENT,
    SERIAL,
    SPEED,
    cross,
    note_death,
    pool_stream,
    push,
    stride,
    thin,
)
from remnant.sampler.plan import BY_SEEDING
from remnant.sampler.rng import KEY, address, mixed, pair, tick
from remnant.timeline_tables import Ints

FREE, FOUND, BEFORE_ZERO = 0, 1, 2
CURED, INACTIVE, ACTIVE = 0, 1, 2
MOST_ATTEMPTS = 100_000
"""Attempts at one patient; all found before zero means an acceptance well below 1 in 10,000."""
GAVE_UP, FULL = 1, 2


class Lives(NamedTuple):
    """What is written about a block of patients."""

    day: Floats
    """[patient] first finding; infinite for none by the last asked day"""
    site: Ints
    route: Ints
    cause_day: Floats
    """[patient] first competing cause; infinite for none"""
    cause: Ints
    speed: Floats
    burden: Floats
    last_death: Floats
    """[patient] day on which the last cell died; NaN where cells are left or none ever was"""
    attempts: Ints
    states: Ints
    """[time][CURED, INACTIVE, ACTIVE] patients free at an asked time, by what is left"""
    probe: Floats
    """[2] patients free at the probed moment, and the sum of their chances that the exam finds something"""
    lesion_first: Ints
    """[patient + 1] where the lesions of a patient begin"""
    lesion_cells: Floats
    """[lesion] cells of the lesions at the site where it was found, on that day"""
    types: NDArray[np.uint64]
    """[patient] bits of the types in them"""


@njit(cache=True, error_model="numpy", _nrt=False)
def start_patient(plan, work, seed, patient, attempt):
    """Give a patient growth speed and burden."""
    life = work.life
    work.at[KEY] = mixed(mixed(np.uint64(seed), np.uint64(attempt)), np.uint64(patient))
    life[SERIAL] += 1.0
    life[FOUND_DAY], life[LAST_DEATH] = math.inf, -math.inf
    work.found_stream[0] = np.uint64(0)
    life[SPEED], life[BURDEN] = 1.0, 1.0
    if plan.growth_spread > 0.0:
        address(work.at, OF_PATIENT, np.uint64(1))
        life[SPEED] = math.exp(plan.growth_spread * normal(work.at))
    if plan.burden_shape > 0.0:
        address(work.at, OF_PATIENT, np.uint64(2))
        life[BURDEN] = gamma(plan.burden_shape, work.at) / plan.burden_shape


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def load_lesion(plan, work, lesion, day):
    """Put the pools of a lesion on the empty stack; return its height."""
    top = 0
    for k in range(work.cells.shape[1]):
        n = work.cells[lesion, k]
        if n > 0.0:
            top = push(work, top, k, n, day, pool_stream(work.lesion_id[lesion], k, day))
    return top


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_interval(plan, work, lesions, interval, end):
    """Carry all lesions to day `end`."""
    for i in range(lesions):
        row = work.lesion_row[i]
        sighted = 0 if plan.row_known[row] == 1 and interval < plan.zero_knot else 1
        cross_lesion(plan, work, i, row, interval, sighted, end)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_lesion(plan, work, lesion, row, interval, sighted, end):
    """Carry one lesion to day `end`, or at least to the first symptom, in one stride or in several."""
    day, site = plan.knots[interval], plan.row_site[row]
    seeded = plan.row_kind[row] == BY_SEEDING
    kinds = work.fresh.shape[0]
    while day < end:
        until = end
        if plan.changing == 1:
            until = stride(plan, work, interval, site, sighted, lesion, day, end)
        top = load_lesion(plan, work, lesion, day)
        if seeded:
            top = push_seeds(plan, work, top, row, work.lesion_id[lesion], day, until)
        for k in range(kinds):
            work.fresh[k] = 0.0
        cross(plan, work, top, interval, site, sighted, day, until)
        for k in range(kinds):
            work.cells[lesion, k] = work.fresh[k]
        if work.life[FOUND_DAY] < until:
            return
        day = until


@njit(cache=True, error_model="numpy", _nrt=False)
def copy_cells(source, target, lesions):
    """Copy the cells of so many lesions."""
    for i in range(lesions):
        for k in range(source.shape[1]):
            target[i, k] = source[i, k]


@njit(cache=True, error_model="numpy", _nrt=False)
def sow_interval(plan, work, lesions, end):
    """Make lesions of all seeds that come before day `end`; return the new number of lesions."""
    for row in range(plan.row_site.shape[0]):
        if plan.row_start[row] < end and plan.row_kind[row] == BY_SEEDING and work.seed_next[row] < work.seed_count[row]:
            lesions = sow(plan, work, lesions, row, end)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def pass_interval(plan, work, lesions, interval):
    """Carry a patient to the next knot, or to the first symptom before it; return FREE, FOUND or BEFORE_ZERO, and lesions."""
    end = plan.knots[interval + 1]
    lesions = sow_interval(plan, work, lesions, end)
    copy_cells(work.cells, work.before, lesions)
    until = end
    while True:
        cross_interval(plan, work, lesions, interval, until)
        if not work.life[FOUND_DAY] < until:
            break
        if interval < plan.zero_knot:
            return BEFORE_ZERO, lesions
        until = work.life[FOUND_DAY]
        copy_cells(work.before, work.cells, lesions)
    if until < end:
        return FOUND, lesions
    for row in range(plan.row_site.shape[0]):
        if plan.row_kind[row] == BY_SEEDING and plan.row_start[row] < end:
            pass_seeds(work, row, end)
    return FREE, drop_empty(plan, work, lesions, interval)


@njit(cache=True, error_model="numpy", _nrt=False)
def drop_empty(plan, work, lesions, interval):
    """Forget lesions without cells, unless more seeds of theirs may come; return how many are left."""
    left = 0
    for i in range(lesions):
        total = 0.0
        for k in range(work.cells.shape[1]):
            total += work.cells[i, k]
        row = work.lesion_row[i]
        waits = plan.row_kind[row] == BY_SEEDING and work.seed_lesions[row] == 0 and work.seed_next[row] < work.seed_count[row]
        if total > 0.0 or waits:
            if left < i:
                work.lesion_id[left], work.lesion_row[left] = work.lesion_id[i], row
                for k in range(work.cells.shape[1]):
                    work.cells[left, k] = work.cells[i, k]
            left += 1
    return left


@njit(cache=True, error_model="numpy", _nrt=False)
def pulse(plan, work, lesions, knot):
    """Let the pulses of a knot act; return how many lesions are left."""
    day, g = plan.knots[knot], work.life[SPEED]
    died = False
    for i in range(lesions):
        site = plan.row_site[work.lesion_row[i]]
        for k in range(work.cells.shape[1]):
            kill = plan.kill[knot, site, k] + g * plan.kill_growth[knot, site, k]
            if kill > 0.0 and work.cells[i, k] > 0.0:
                work.cells[i, k] = thin(work, work.lesion_id[i], k, day, work.cells[i, k], math.exp(-kill))
                died = True
    if not died:
        return lesions
    note_death(work, day)
    return drop_empty(plan, work, lesions, knot)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cells_at(plan, work, lesions, site, knot):
    """Return the cells at a site that a look at a knot could see."""
    total = 0.0
    for i in range(lesions):
        row = work.lesion_row[i]
        if plan.row_site[row] == site and not (plan.row_known[row] == 1 and knot < plan.zero_knot):
            for k in range(work.cells.shape[1]):
                total += work.cells[i, k]
    return total


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def look(plan, work, lesions, knot):
    """Take the looks of a knot; return whether one of them found something, which is then noted in the life."""
    day = plan.knots[knot]
    for i in range(plan.look_first[knot], plan.look_first[knot + 1]):
        cells = cells_at(plan, work, lesions, plan.look_site[i], knot)
        if cells > 0.0:
            address(work.at, OF_LOOK, mixed(plan.look_stream[i], tick(day)))
            if pair(work.at)[0] < -math.expm1(-cells * plan.look_miss[i]):
                work.life[FOUND_DAY] = day
                work.life[FOUND_SITE] = plan.look_site[i]
                work.life[FOUND_ROUTE] = plan.look_route[i]
                return True
    return False


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def what_is_left(plan, work, lesions):
    """Return CURED, INACTIVE or ACTIVE."""
    state = CURED
    for i in range(lesions):
        for k in range(work.cells.shape[1]):
            if work.cells[i, k] > 0.0:
                if plan.dormant[k] == 0:
                    return ACTIVE
                state = INACTIVE
    return state


@njit(cache=True, error_model="numpy", _nrt=False)
def probe(plan, work, lesions, lives):
    """Add the chance that the exam thought of finds something in this patient."""
    miss = 0.0
    for i in range(lesions):
        site = plan.row_site[work.lesion_row[i]]
        for k in range(work.cells.shape[1]):
            miss += work.cells[i, k] * plan.probe_miss[site]
    lives.probe[0] += 1.0
    lives.probe[1] -= math.expm1(-miss)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def begin_knot(plan, work, lesions, knot):
    """Place the founders of a knot and let its pulses act; return the new number of lesions."""
    for row in range(plan.row_first[knot], plan.row_first[knot + 1]):
        lesions = found_row(plan, work, lesions, row)
    if plan.pulsed[knot] == 1:
        lesions = pulse(plan, work, lesions, knot)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def live(plan, work, lives, since):
    """Follow a patient whose key, speed and burden are set; return FREE, FOUND or BEFORE_ZERO, and lesions.

    States of asked times are written to `since` [time], -1 where it was found before.
    """
    lesions, last = 0, plan.knots.shape[0] - 1
    since[:] = -1
    work.seed_count[:] = 0
    for knot in range(last + 1):
        lesions = begin_knot(plan, work, lesions, knot)
        if knot == plan.probe_knot:
            probe(plan, work, lesions, lives)
        if look(plan, work, lesions, knot):
            return (BEFORE_ZERO if knot < plan.zero_knot else FOUND), lesions
        if plan.asked[knot] >= 0:
            since[plan.asked[knot]] = what_is_left(plan, work, lesions)
        if knot == last:
            break
        if lesions == 0 and knot >= plan.last_founder:
            nothing_more(plan, since, lives, knot)
            break
        fate, lesions = pass_interval(plan, work, lesions, knot)
        if fate != FREE:
            return fate, lesions
    return FREE, lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def nothing_more(plan, since, lives, knot):
    """Write what becomes of a patient without cells: nothing."""
    for later in range(knot + 1, plan.knots.shape[0]):
        if plan.asked[later] >= 0:
            since[plan.asked[later]] = CURED
    if plan.probe_knot > knot:
        lives.probe[0] += 1.0


@njit(cache=True, error_model="numpy", _nrt=False)
def other_cause(plan, work, lives, patient):
    """Draw the first competing cause."""
    zero = plan.knots[plan.zero_knot]
    lives.cause_day[patient], lives.cause[patient] = math.inf, -1
    steps, i = plan.hazard_start.shape[0], 0
    while i < steps:
        cause = plan.hazard_cause[i]
        address(work.at, OF_CAUSE, np.uint64(cause + 1))
        left = -math.log(pair(work.at)[0])
        while i < steps and plan.hazard_cause[i] == cause:
            begin = max(zero, plan.hazard_start[i])
            until = plan.hazard_start[i + 1] if i + 1 < steps and plan.hazard_cause[i + 1] == cause else math.inf
            rate = plan.hazard_rate[i]
            if until > begin and left >= 0.0:
                if rate > 0.0 and left < rate * (until - begin):
                    day = begin + left / rate
                    if day < lives.cause_day[patient]:
                        lives.cause_day[patient], lives.cause[patient] = day, cause
                    left = -1.0
                elif rate > 0.0:
                    left -= rate * (until - begin)
            i += 1


@njit(cache=True, error_model="numpy", _nrt=False)
def write_finding(plan, work, lives, lesions, patient, used):
    """Write the lesions at the site where it was found; return how many lesions are written by now."""
    site = int(work.life[FOUND_SITE])
    lives.site[patient], lives.route[patient] = site, int(work.life[FOUND_ROUTE])
    bits = np.uint64(0)
    for i in range(lesions):
        if plan.row_site[work.lesion_row[i]] == site:
            total = 0.0
            for k in range(work.cells.shape[1]):
                if work.cells[i, k] > 0.0:
                    total += work.cells[i, k]
                    bits |= np.uint64(1) << np.uint64(k)
            if total > 0.0:
                if used < lives.lesion_cells.shape[0]:
                    lives.lesion_cells[used] = total
                used += 1
    lives.types[patient] = bits
    return used


@njit(cache=True, error_model="numpy", nogil=True, _nrt=False)
def live_block(plan, work, lives, seed, first_patient, since):
    """Follow a block of patients; return 0, GAVE_UP or FULL, and how many lesions were to be written."""
    used = 0
    for patient in range(lives.day.shape[0]):
        attempt = 0
        while True:
            seen = lives.probe[0], lives.probe[1]
            start_patient(plan, work, seed, first_patient + patient, attempt)
            fate, lesions = live(plan, work, lives, since)
            attempt += 1
            if work.life[FAILED] > 0.0:
                return FULL, used
            if fate != BEFORE_ZERO:
                break
            lives.probe[0], lives.probe[1] = seen
            if attempt >= MOST_ATTEMPTS:
                return GAVE_UP, used
        lives.attempts[patient] = attempt
        lives.speed[patient], lives.burden[patient] = work.life[SPEED], work.life[BURDEN]
        other_cause(plan, work, lives, patient)
        for i in range(since.shape[0]):
            if since[i] >= 0:
                lives.states[i, since[i]] += 1
        lives.lesion_first[patient] = used
        lives.day[patient], lives.last_death[patient] = work.life[FOUND_DAY], math.nan
        lives.site[patient], lives.route[patient], lives.types[patient] = -1, -1, np.uint64(0)
        if fate == FOUND:
            used = write_finding(plan, work, lives, lesions, patient, used)
        elif lesions == 0 and work.life[LAST_DEATH] > -math.inf:
            lives.last_death[patient] = work.life[LAST_DEATH]
    lives.lesion_first[lives.day.shape[0]] = used
    return 0, used
