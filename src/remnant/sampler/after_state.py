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
OF_GROWTH, OF_SIGHT, OF_CHOICE, OF_END, OF_SHED, OF_PERSON = np.arange(16, 22, dtype=np.uint64)

# events
(
    FOUND, BIOPSY_NEGATIVE, CONFIRMED, LOCAL_TREATMENT, LINE, COMFORT, RESPONSE, NONE_SEEN, PROGRESSION, LINE_ENDS,
    DIED_OF_DISEASE, DIED_OTHERWISE, SECOND_PRIMARY,
) = range(13)  # fmt: skip
# what is going on
REMISSION, TREATED, CARED = range(3)
STATES = 3
# columns of rules, of lines and of local treatment
KINDS_OF, MOST_LESIONS, MOST_MM, TREATABLE, LEAST_FREE, MOST_LINES, MOST_ECOG, MOST_LOCAL, DO, GOAL = range(10)
DO_LOCAL, DO_LINE, DO_COMFORT = range(3)
RESPONDERS, KILL, AT_MOST = range(3)
# numbers of one person
NOW, CAUSE_DAY, TREATED_UNTIL, SINCE, LINES, LINE_AT, KILLING, BASE_MM, NADIR_MM, ECOG, WHAT, SAW_NONE, SHRANK, LOCALS = range(14)
PERSON = 14


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
    lethal: float
    slows_from: float
    most: float
    workup: float
    biopsy_finds: float
    biopsy_again: float
    every_treated: Ints
    """[1] steps between visits"""
    every_free: Ints
    ecog: Floats
    """[grade] chance of at most this grade"""
    complete: float
    rules: Floats
    """[rule][column]"""
    lines: Floats
    """[line][column]"""
    last: float
    """The last day"""


class People(NamedTuple):
    """What became of everybody, found or not."""

    end: Floats
    """[patient] day of death; infinite if alive on the last day"""
    cause: Ints
    """0 disease, 1 otherwise, -1 alive"""
    confirmed: Floats
    """[patient] day on which a recurrence was proved; infinite for none"""
    site: Ints
    """The most advanced site seen then"""
    lesions: Ints
    largest_mm: Floats
    lines: Ints
    goal: Ints
    """Of the first treatment of the recurrence; -1 for none"""
    days: Floats
    """[patient][state] after the first finding: no cancer seen, treated, no longer treated"""


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
def burden(room):
    """Return all cells there are."""
    total = 0.0
    for i in range(room.lesions[0]):
        total += size(room, i)
    return total


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
    for state in range(STATES):
        people.days[p, state] = 0.0


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
