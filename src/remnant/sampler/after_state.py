"""What a life after detection reads, what is noted in it, and the lesions it holds."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.sampler.draws import poisson
from remnant.sampler.rng import address
from remnant.timeline_tables import Ints

STEP = 30.0
LEVELS = 4
"""Of resistance: cells of level j withstand the first j lines."""
REST = LEVELS
WIDTH = LEVELS + 1
LESIONS = 96
"""Followed one by one; further ones join the last of all."""
SURE = 1e7
LEFT_OF_TREATED = 1e-3
"""Cells left of a lesion that local treatment did not end."""
WAKES = 0.5
"""Chance that a woken cell founds a lineage that lives on, as before detection."""
GROWS_BY, MEASURABLE_MM, SHRINKS_TO = 1.2, 5.0, 0.7
"""Progression and response of the sum of diameters (RECIST 1.1, 10.1016/j.ejca.2008.10.026)."""

# purposes of random numbers, after those of the life before
OF_GROWTH, OF_SIGHT, OF_CHOICE, OF_END, OF_SHED, OF_PERSON, OF_SECOND, OF_HARM = np.arange(16, 24, dtype=np.uint64)

# events
(
    FOUND, BIOPSY_NEGATIVE, CONFIRMED, LOCAL_TREATMENT, LINE, COMFORT, RESPONSE, NONE_SEEN, PROGRESSION, LINE_ENDS,
    DIED_OF_DISEASE, DIED_OTHERWISE, DIED_OF_TREATMENT, SECOND_PRIMARY, TRIAL, PALLIATIVE_CARE, SIDE_EFFECT, DIED_OF_SECOND,
) = range(18)  # fmt: skip
# what is going on; the last goes beside the others
REMISSION, TREATED, CARED, SUPPORTED = range(4)
STATES = 4
# what is done, as it is counted
ACTIONS = 3
# columns of rules, of treatments
(
    KINDS_OF, MOST_LESIONS, MOST_MM, TREATABLE, LEAST_FREE, MOST_LINES, LEAST_LINES, MOST_ECOG, MOST_LOCAL, PALLIATIVE, DO, GOAL,
) = range(12)  # fmt: skip
DO_LOCAL, DO_LINE, DO_TRIAL, DO_COMFORT = range(4)
RESPONDERS, KILL, AT_MOST, HARMS, DEADLY, ENDS = range(6)
COMPLETE, LOCAL_HARMS, LOCAL_DEADLY, FEASIBLE = range(4)
TAKES_PART, HAZARD = range(2)
# numbers of one person
(
    NOW, CAUSE_DAY, TREATED_UNTIL, SINCE, LINES, GIVEN, LINE_AT, KILLING, BASE_MM, NADIR_MM, ECOG, WHAT, SAW_NONE, SHRANK, LOCALS,
    HELPED, TRIED, DEAD, CLEARS, CAUSE_IS,
) = range(20)  # fmt: skip
PERSON = 20
BY_DISEASE, OTHERWISE, BY_TREATMENT, BY_SECOND = range(4)


class After(NamedTuple):
    """What a life after detection reads; nothing in it depends on the person."""

    site_kind: Ints
    """[site] 0 local, 1 regional, 2 distant, 3 systemic"""
    treatable: Ints
    """[site] whether local treatment can be done"""
    n50: Floats
    """[site] cells seen half of the time by the exams of restaging"""
    shed: Floats
    """[site] founders a day from a local lesion as large as the primary"""
    shed_power: float
    primary: float
    """Cells of the primary"""
    rests: Ints
    """[type]"""
    division: float
    growth: float
    waking: float
    mutation: float
    per_mm3: float
    lethal: Floats
    """[site] cells under which people die at the rate at which a small lesion grows in the median person"""
    slows_from: float
    """Cells of a lesion that grows half as fast as a small one in the median person"""
    workup: float
    biopsy_finds: float
    biopsy_again: float
    every_treated: Ints
    """[1] steps between visits"""
    every_free: Ints
    ecog: Floats
    """[grade] chance of at most this grade"""
    local: Floats
    """[COMPLETE, LOCAL_HARMS, LOCAL_DEADLY, FEASIBLE]"""
    rules: Floats
    """[rule][column]"""
    lines: Floats
    """[line][column]"""
    trial: Floats
    """[column] of what is given in a clinical trial, and at its end the share who take part"""
    palliative: Floats
    """[TAKES_PART, HAZARD] of early palliative care"""
    wish: float
    """The most the person wants: 0 cure, 1 control, 2 comfort"""
    second_site: int
    """Where a second cancer would grow; -1 where no test sees it"""
    second_days: Floats
    """[look] days on which tests look where a second cancer would grow"""
    second_miss: Floats
    """[look] -ln of the chance that one cell is missed"""
    second_stream: NDArray[np.uint64]
    """[look] names the exam and the day"""
    second_cells: float
    """Cells with which it tells"""
    second_growth: float
    second_shares: Floats
    """[2] in the same organ, and of the same histology"""
    second_deaths: float
    """Deaths per day of those with a second cancer, from the day on which it tells"""
    last: float
    """The last day"""


class People(NamedTuple):
    """What became of everybody, found or not."""

    end: Floats
    """[patient] day of death; infinite if alive on the last day"""
    cause: Ints
    """BY_DISEASE, OTHERWISE, BY_TREATMENT or BY_SECOND, -1 alive"""
    confirmed: Floats
    """[patient] day on which a recurrence was proved; infinite for none"""
    site: Ints
    """The most advanced site seen then"""
    lesions: Ints
    largest_mm: Floats
    lines: Ints
    goal: Ints
    """Of the first treatment of the recurrence; -1 for none"""
    again: Floats
    """[patient] day on which it grew or came back after that; infinite for none"""
    harms: Ints
    """Serious side effects of what was given after the recurrence"""
    second: Floats
    """[patient] day on which a second cancer was found; infinite for none"""
    second_by: Ints
    """Look that found it; -1 for none or symptoms"""
    second_alike: Ints
    """1 in the same organ, 2 of the same histology too, else 0"""
    days: Floats
    """[patient][state] after the first finding: no cancer seen, treated, no longer treated, and with early palliative care"""
    moments: Floats
    """[patient][state] the same, each day times its number: tells when, for discounting"""
    done: Floats
    """[patient][action] local treatments, lines of drugs, trials"""
    done_days: Floats
    """[patient][action] their days, summed"""


class Log(NamedTuple):
    """Events in order, person after person."""

    patient: Ints
    day: Floats
    event: Ints
    site: Ints
    number: Ints
    """Lesions seen, or the line"""
    mm: Floats
    """The largest seen"""
    sites: Ints
    """Bits of the sites seen"""
    used: Ints
    """[1] events so far, written or not"""


class Room(NamedTuple):
    """Room for one life."""

    at: NDArray[np.uint64]
    me: Floats
    """[PERSON]"""
    lesions: Ints
    """[1] how many"""
    site: Ints
    seen: Ints
    name: NDArray[np.uint64]
    cells: Floats
    """[lesion][level or rest]"""


@njit(cache=True, error_model="numpy", _nrt=False)
def note(log, patient, day, event, site, count, mm, sites):
    """Write an event if there is room; count it anyway."""
    i = log.used[0]
    if i < log.day.shape[0]:
        log.patient[i], log.day[i], log.event[i] = patient, day, event
        log.site[i], log.number[i], log.mm[i], log.sites[i] = site, count, mm, sites
    log.used[0] = i + 1


@njit(cache=True, error_model="numpy", _nrt=False)
def size(room, i):
    """Return the cells of a lesion."""
    total = 0.0
    for j in range(WIDTH):
        total += room.cells[i, j]
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def diameter(plan, cells):
    """Return the diameter of so many cells, mm."""
    return (6.0 * cells / (math.pi * plan.per_mm3)) ** (1.0 / 3.0)


@njit(cache=True, error_model="numpy", _nrt=False)
def add_lesion(room, site, name, level, cells):
    """Add a lesion; the last place takes in all that come when there is no more room."""
    i = min(room.lesions[0], LESIONS - 1)
    if room.lesions[0] < LESIONS:
        room.lesions[0] += 1
        room.site[i], room.seen[i], room.name[i] = site, 0, name
        for j in range(WIDTH):
            room.cells[i, j] = 0.0
    room.cells[i, level] += cells


@njit(cache=True, error_model="numpy", _nrt=False)
def drop_gone(room):
    """Forget lesions without cells."""
    left = 0
    for i in range(room.lesions[0]):
        if size(room, i) > 0.0:
            if left < i:
                room.site[left], room.seen[left], room.name[left] = room.site[i], room.seen[i], room.name[i]
                for j in range(WIDTH):
                    room.cells[left, j] = room.cells[i, j]
            left += 1
    room.lesions[0] = left


@njit(cache=True, error_model="numpy", _nrt=False)
def largest_of(room):
    """Return the largest lesion; -1 for none."""
    best, most = -1, 0.0
    for i in range(room.lesions[0]):
        if size(room, i) > most:
            best, most = i, size(room, i)
    return best


@njit(cache=True, error_model="numpy", _nrt=False)
def nobody_yet(people, p):
    """Write that nothing has happened to a person."""
    people.end[p], people.cause[p] = math.inf, -1
    people.confirmed[p], people.site[p], people.goal[p] = math.inf, -1, -1
    people.lesions[p], people.largest_mm[p], people.lines[p] = 0, 0.0, 0
    people.again[p], people.harms[p] = math.inf, 0
    people.second[p], people.second_by[p], people.second_alike[p] = math.inf, -1, 0
    for state in range(STATES):
        people.days[p, state], people.moments[p, state] = 0.0, 0.0
    for action in range(ACTIONS):
        people.done[p, action], people.done_days[p, action] = 0.0, 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def spend(people, p, me, until):
    """Write that a person was in their state until a day, which is now."""
    days, middle = until - me[NOW], 0.5 * (until + me[NOW])
    state = int(me[WHAT])
    people.days[p, state] += days
    people.moments[p, state] += days * middle
    if me[HELPED] > 0.0:
        people.days[p, SUPPORTED] += days
        people.moments[p, SUPPORTED] += days * middle
    me[NOW] = until


@njit(cache=True, error_model="numpy", _nrt=False)
def resist_before(plan, room, i):
    """Let cells of a lesion have become resistant while it grew: of N cells, N mutation / s ln(N s), s = growth / division.

    Bozic et al. 2013, eLife 2:e00747; level after level.
    """
    established = plan.growth / plan.division
    address(room.at, OF_GROWTH, room.name[i])
    for level in range(LEVELS - 1):
        n = room.cells[i, level]
        share = plan.mutation / established * math.log(max(n * established, 1.0))
        changed = min(poisson(n * min(share, 0.5), room.at), n)
        room.cells[i, level] -= changed
        room.cells[i, level + 1] += changed


@njit(cache=True, error_model="numpy", _nrt=False)
def take_over(plan, room, lives, p):
    """Take over the lesions of a person's first finding; return how many lie at its site, and the largest of these (mm)."""
    room.lesions[0] = 0
    here, largest = 0, 0.0
    for i in range(lives.lesion_first[p], lives.lesion_first[p + 1]):
        total = 0.0
        for k in range(lives.lesion_cells.shape[1]):
            total += lives.lesion_cells[i, k]
        add_lesion(room, lives.lesion_site[i], lives.lesion_id[i], 0, 0.0)
        at = room.lesions[0] - 1
        for k in range(lives.lesion_cells.shape[1]):
            room.cells[at, REST if plan.rests[k] == 1 else 0] += lives.lesion_cells[i, k]
        resist_before(plan, room, at)
        if lives.lesion_site[i] == lives.site[p]:
            here += 1
            largest = max(largest, diameter(plan, total))
    return here, largest
