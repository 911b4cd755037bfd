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
from remnant.sampler.founders import found_row
from remnant.sampler.interval import BEFORE_ZERO, FOUND, FREE, drop_empty, pass_interval
from remnant.sampler.pointers import pointers
from remnant.sampler.rng import KEY, address, mixed, pair
from remnant.sampler.seeing import look, look_after_rises
from remnant.sampler.work import (
    BURDEN,
    EARLY,
    FAILED,
    FOUND_DAY,
    FOUND_ROUTE,
    FOUND_SITE,
    LAST_DEATH,
    NONE,
    OF_CAUSE,
    OF_PATIENT,
    SERIAL,
    SPEED,
    WANT_DEATH,
    note_death,
    thin,
)
from remnant.timeline import COMPETING_CAUSES
from remnant.timeline_tables import Ints

CURED, INACTIVE, ACTIVE, STATES = 0, 1, 2, 3
CAUSES = len(COMPETING_CAUSES)
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
    cause_days: Floats
    """[patient][cause] day of each competing cause by itself; infinite for none"""
    speed: Floats
    burden: Floats
    last_death: Floats
    """[patient] day on which the last cell died; NaN where cells are left or none ever was, or where it is not asked for"""
    attempts: Ints
    states: Ints
    """[time][CURED, INACTIVE, ACTIVE] patients free at an asked time, by what is left"""
    probe: Floats
    """[2] patients free at the probed moment, and the sum of their chances that the exam finds something"""
    lesion_first: Ints
    """[patient + 1] where the lesions of a patient begin"""
    lesion_cells: Floats
    """[lesion][type] cells on the day of the first finding, at every site"""
    lesion_site: Ints
    lesion_id: NDArray[np.uint64]
    """[lesion] its name, for the random numbers of what comes after"""
    rose: NDArray[np.uint64]
    """[patient] bits of the rules on a rise whose first condition held, as they stand in the Timeline"""
    imaged: NDArray[np.uint64]
    """[patient] bits of those of them that led to an image"""
    types: NDArray[np.uint64]
    """[patient] bits of the types in the lesions at the site where it was found"""


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def start_patient(plan, work, tried, patient):
    """Give a patient growth speed and burden; `tried` names the seed and the attempt."""
    life = work.life
    work.at[KEY] = mixed(tried, np.uint64(patient))
    life[SERIAL] += 1.0
    life[FOUND_DAY], life[LAST_DEATH] = math.inf, -math.inf
    life[EARLY] = 0.0
    work.found_stream[0] = np.uint64(0)
    work.rung[0], work.rung[1] = np.uint64(0), np.uint64(0)
    life[SPEED], life[BURDEN] = 1.0, 1.0
    if plan.growth_spread > 0.0:
        address(work.at, OF_PATIENT, np.uint64(1))
        life[SPEED] = math.exp(plan.growth_spread * normal(work.at))
    if plan.burden_shape > 0.0:
        address(work.at, OF_PATIENT, np.uint64(2))
        life[BURDEN] = gamma(plan.burden_shape, work.at) / plan.burden_shape


@njit(cache=True, error_model="numpy", _nrt=False)
def pulse(plan, work, lesions, knot):
    """Let the pulses of a knot act; return how many lesions are left."""
    g, kinds = work.life[SPEED], plan.kinds
    died = False
    for i in range(lesions):
        first = (knot * plan.sites + plan.row_site[work.lesion_row[i]]) * kinds
        for k in range(kinds):
            kill, n = plan.kill[first + k] + g * plan.kill_growth[first + k], work.cells[i * kinds + k]
            if kill > 0.0 and n > 0.0:
                work.cells[i * kinds + k] = thin(plan, work, i, k, knot, n, math.exp(-kill))
                died = True
    if not died:
        return lesions
    note_death(work, plan.knots[knot])
    return drop_empty(plan, work, lesions, knot)


@njit(cache=True, error_model="numpy", _nrt=False)
def what_is_left(plan, work, lesions):
    """Return CURED, INACTIVE or ACTIVE."""
    state = CURED
    for i in range(lesions):
        for k in range(plan.kinds):
            if work.cells[i * plan.kinds + k] > 0.0:
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
        for k in range(i * plan.kinds, i * plan.kinds + plan.kinds):
            miss += work.cells[k] * plan.probe_miss[site]
    lives.probe[0] += 1.0
    lives.probe[1] -= math.expm1(-miss)


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def begin_knot(plan, work, lesions, knot):
    """Place the founders of a knot, but for those nothing sees, and let its pulses act; return the new number of lesions."""
    for row in range(plan.row_first[knot], plan.unseen_first[knot]):
        lesions = found_row(plan, work, lesions, row)
        if work.life[EARLY] > 0.0:
            return lesions
    if plan.pulsed[knot] == 1:
        lesions = pulse(plan, work, lesions, knot)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def found_at(plan, work, lives, lesions, knot):
    """Take the looks of a knot and follow rising markers; return whether something was found."""
    if knot == plan.probe_knot:
        probe(plan, work, lesions, lives)
    return look(plan, work, lesions, knot) or (plan.rises > 0 and look_after_rises(plan, work, lesions, knot))


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def live(plan, work, lives):
    """Follow a patient whose key, speed and burden are set; return FREE, FOUND or BEFORE_ZERO, and lesions."""
    lesions = NONE
    for i in range(plan.times):
        work.since[i] = -1
    for row in range(plan.rows):
        work.seed_count[row] = 0
    for knot in range(plan.last + 1):
        lesions = begin_knot(plan, work, lesions, knot)
        if work.life[EARLY] > 0.0:
            return BEFORE_ZERO, lesions
        if found_at(plan, work, lives, lesions, knot):
            return (BEFORE_ZERO if knot < plan.zero_knot else FOUND), lesions
        if plan.asked[knot] >= 0:
            work.since[plan.asked[knot]] = what_is_left(plan, work, lesions)
        if knot == plan.last:
            break
        if lesions == 0 and knot >= plan.last_founder and plan.rises == 0:
            nothing_more(plan, work, lives, knot)
            break
        fate, lesions = pass_interval(plan, work, lesions, knot)
        if fate != FREE:
            return fate, lesions
    return FREE, lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def nothing_more(plan, work, lives, knot):
    """Write what becomes of a patient without cells: nothing."""
    for later in range(knot + 1, plan.last + 1):
        if plan.asked[later] >= 0:
            work.since[plan.asked[later]] = CURED
    if plan.probe_knot > knot:
        lives.probe[0] += 1.0


@njit(cache=True, error_model="numpy", _nrt=False)
def other_cause(plan, work, lives, patient):
    """Draw the first competing cause."""
    zero = plan.knots[plan.zero_knot]
    lives.cause_day[patient], lives.cause[patient] = math.inf, -1
    for cause in range(CAUSES):
        lives.cause_days[patient * CAUSES + cause] = math.inf
    steps, i = plan.steps, 0
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
                    lives.cause_days[patient * CAUSES + cause] = day
                    if day < lives.cause_day[patient]:
                        lives.cause_day[patient], lives.cause[patient] = day, cause
                    left = -1.0
                elif rate > 0.0:
                    left -= rate * (until - begin)
            i += 1


@njit(cache=True, error_model="numpy", _nrt=False)
def write_finding(plan, work, lives, lesions, patient, used, room):
    """Write every lesion there is on the day of the finding; return how many lesions are written by now."""
    site = int(work.life[FOUND_SITE])
    lives.site[patient], lives.route[patient] = site, int(work.life[FOUND_ROUTE])
    bits = np.uint64(0)
    for i in range(lesions):
        total, place = 0.0, plan.row_site[work.lesion_row[i]]
        for k in range(plan.kinds):
            n = work.cells[i * plan.kinds + k]
            total += n
            if n > 0.0 and place == site:
                bits |= np.uint64(1) << np.uint64(k)
        if total > 0.0:
            if used < room:
                for k in range(plan.kinds):
                    lives.lesion_cells[used * plan.kinds + k] = work.cells[i * plan.kinds + k]
                lives.lesion_site[used], lives.lesion_id[used] = place, work.lesion_id[i]
            used += 1
    lives.types[patient] = bits
    return used


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def live_and_write(plan, work, lives, seed, tried, number, patient, used, room):
    """Follow one patient through as many attempts as it takes; return 0, GAVE_UP or FULL, and the lesions written by now."""
    attempt = lives.attempts[patient]
    if attempt > 0:
        tried = mixed(np.uint64(seed), np.uint64(attempt))
    while True:
        free, seen = lives.probe[0], lives.probe[1]
        start_patient(plan, work, tried, number)
        fate, lesions = live(plan, work, lives)
        attempt += 1
        if work.life[FAILED] > 0.0:
            return FULL, used
        if fate != BEFORE_ZERO:
            break
        lives.probe[0], lives.probe[1] = free, seen
        tried = mixed(np.uint64(seed), np.uint64(attempt))
        if attempt >= MOST_ATTEMPTS:
            return GAVE_UP, used
    lives.attempts[patient] = attempt
    lives.speed[patient], lives.burden[patient] = work.life[SPEED], work.life[BURDEN]
    other_cause(plan, work, lives, patient)
    for i in range(plan.times):
        if work.since[i] >= 0:
            lives.states[i * STATES + work.since[i]] += 1
    lives.lesion_first[patient] = used
    lives.rose[patient], lives.imaged[patient] = work.rung[0], work.rung[1]
    lives.day[patient], lives.last_death[patient] = work.life[FOUND_DAY], math.nan
    lives.site[patient], lives.route[patient], lives.types[patient] = -1, -1, np.uint64(0)
    if fate == FOUND:
        used = write_finding(plan, work, lives, lesions, patient, used, room)
    elif work.life[WANT_DEATH] > 0.0 and lesions == 0 and work.life[LAST_DEATH] > -math.inf:
        lives.last_death[patient] = work.life[LAST_DEATH]
    return 0, used


@njit(cache=True, error_model="numpy", nogil=True, _nrt=False)
def live_block(plan, work, lives, seed, numbers):
    """Follow the patients of these numbers; return 0, GAVE_UP or FULL, and how many lesions were to be written."""
    tried = mixed(np.uint64(seed), np.uint64(0))
    used, patients, room = NONE, lives.day.shape[0], lives.lesion_site.shape[0]
    plan_at, work_at, lives_at = pointers(plan), pointers(work), pointers(lives)
    for patient in range(patients):
        ended, used = live_and_write(plan_at, work_at, lives_at, seed, tried, numbers[patient], patient, used, room)
        if ended != 0:
            return ended, used
    lives.lesion_first[patients] = used
    return 0, used
