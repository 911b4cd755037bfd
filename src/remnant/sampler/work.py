"""Room for one life at a time, what is noted in it, and the stack on which pools wait."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.sampler.draws import binomial
from remnant.sampler.pool import descendants_at_emission, write_law
from remnant.sampler.rng import address, pair, pool_stream
from remnant.timeline_tables import Ints

# purposes of random numbers
OF_PATIENT, OF_FOUNDERS, OF_POOL, OF_PULSE, OF_LOOK, OF_CAUSE, OF_DEATH, OF_USUAL, OF_LEVEL, OF_IMAGE = np.arange(
    10, dtype=np.uint64
)
CHILD, REST = np.uint64(0x1000), np.uint64(0x2000)

# numbers of a life
SPEED, BURDEN, SERIAL, FOUND_DAY, FOUND_SITE, FOUND_ROUTE, LAST_DEATH, WANT_DEATH, FAILED, EARLY = range(10)
LIFE = 10
STACK = 4096
NONE = np.int64(0)
"""A count that starts at 0: numba would compile kernels again for a plain 0"""
SCRATCH = NONE
"""First row of the laws: of whatever part of an interval is at hand"""


class Work(NamedTuple):
    """Room for one life at a time; one for each thread."""

    lesions: int
    """Room for so many"""
    stack: int
    seeds: int
    """Room for so many of each row"""
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
    drawn: Ints
    """[1] listed pools whose first pair has been used"""
    drawn_stream: NDArray[np.uint64]
    """[pool] pools at the start of the interval, those of calm lesions first"""
    drawn_u: Floats
    drawn_v: Floats
    drawn_cells: Ints
    """[pool] where the cells of a calm lesion's pool are"""
    drawn_law: Ints
    """[pool] number of its law"""
    living: Ints
    """[place] pools of one cell that is not gone by the end of the interval"""
    turning: Ints
    """[lesion] lesions that are not calm"""
    stack_type: Ints
    stack_cells: Floats
    stack_day: Floats
    stack_stream: NDArray[np.uint64]
    laws: Floats
    """[1 + law][LAW] laws of whole intervals, after one of a part of an interval"""
    law_serial: Ints
    """[1 + law] the life and interval it belongs to"""
    seed_day: Floats
    """[row][seed]"""
    seed_cells: Floats
    seed_count: Ints
    seed_next: Ints
    seed_lesions: Ints
    """[row] whether each seed is a lesion of its own"""
    unseen: Ints
    """[row] founders that nothing sees before the next knot"""
    levels: Floats
    """[level] what was measured of markers"""
    rung: NDArray[np.uint64]
    """[2] bits of rules on a rise whose level was higher, and of those of them that led to an image"""
    since: Ints
    """[time] what was left at an asked time; -1 where it was found before"""


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def push(work, top, kind, cells, day, stream):
    """Put a pool on the stack; return its new height."""
    if cells <= 0.0:
        return top
    if top >= work.stack:
        work.life[FAILED] = 1.0
        return top
    work.stack_type[top], work.stack_cells[top], work.stack_day[top], work.stack_stream[top] = kind, cells, day, stream
    return top + 1


@njit(cache=True, error_model="numpy", _nrt=False)
def note_death(work, day):
    """Note that cells died on a day, if none did later."""
    if day > work.life[LAST_DEATH]:
        work.life[LAST_DEATH] = day


@njit(cache=True, error_model="numpy", _nrt=False)
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


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def emitted(n, emit, u):
    """Return whether one of n cells emits: n * emit is an upper bound of the chance, so most pools need no logarithm."""
    return u < n * emit and math.log1p(-u) > n * math.log1p(-emit)


@njit(cache=True, error_model="numpy", _nrt=False)
def noticed(work, b, d, emits, n, days, v):
    """Return how many cells a pool has become on the day its symptom came; v is the second uniform of its first pair."""
    write_law(work.laws, SCRATCH, b, d, emits, days)
    return descendants_at_emission(work.laws, SCRATCH, n, v, work.at)


@njit(cache=True, error_model="numpy", _nrt=False)
def thin(plan, work, lesion, kind, knot, n, keep):
    """Return how many of n cells survive a pulse that each survives with chance `keep`."""
    address(work.at, OF_PULSE, pool_stream(work.lesion_id[lesion], plan.streams[knot * plan.kinds + kind]))
    return binomial(n, keep, pair(work.at)[0], work.at)
