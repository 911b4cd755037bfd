"""What the backward walk is given and works in: lanes, the place where it is, and space."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.exact.feeding import MOST_NODES
from remnant.exact.paths import NUMBERS
from remnant.exact.waking import Kept, new_kept
from remnant.reading import Floats
from remnant.timeline_tables import Ints


class Lanes(NamedTuple):
    """Lanes in falling order of time."""

    knot: Ints
    """[lane] knot at which it starts, or the knot to its left"""
    offset: Floats
    """[lane] days from that knot to its start; 0 at the knot itself"""
    start: NDArray[np.generic]
    """[lane][site][type] psi it starts with; at a knot, what holds between its looks and its pulses"""


class Place(NamedTuple):
    """Where a walk is: everything that is constant while it crosses panels at one site."""

    site: int
    sort: int
    kinds: Ints
    g: float


class Room(NamedTuple):
    """Space that a walk works in."""

    x: NDArray[np.generic]
    """[type][lane] psi"""
    guess: Floats
    """[lane] step that would do well next"""
    b: Floats
    """[type] rates in force"""
    d: Floats
    rows: Ints
    """[row] those that seed in a panel"""
    slopes: Floats
    since: Floats
    moving: NDArray[np.bool_]
    """[type] whether any psi still moves, with what it was: before[type][lane]"""
    before: NDArray[np.generic]
    numbers: Floats
    """of a path, with its maps and some more"""
    maps: Floats
    spare: Floats
    kept: Kept
    """what panels of the same length need"""


@njit(cache=True, error_model="numpy")
def new_room(layout, lanes, fed, rough):
    """Return room for the walks of these lanes; `rough` where answers to three digits are enough."""
    rows, shape = layout.row_track.shape[0], (layout.reach.shape[1], lanes.knot.shape[0])
    types = shape[0]
    return Room(
        np.zeros(shape, lanes.start.dtype), np.empty(shape[1]), np.empty(types), np.empty(types),
        np.empty(rows, np.int64), np.empty(rows), np.empty(rows),
        np.empty(types, np.bool_), np.empty(shape, lanes.start.dtype),
        np.empty(NUMBERS), np.empty((MOST_NODES, 6)), np.empty((MOST_NODES, 6)), new_kept(types if fed else 0, rough),
    )  # fmt: skip
