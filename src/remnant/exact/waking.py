"""Types that rest and wake, with what they wake into, over a stretch of constant rates.

Visits come at equal distances, so that most stretches of one growth speed have few lengths: what a length needs is kept.
Tables are handed on by value, which takes longer than what is done with them: the small functions between the walk and the
arithmetic are inlined. What they call would be inlined too if it did not say otherwise, and be compiled once for every copy.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.exact.feeding import MOST_NODES, WIDTH, faded, feed_by, feed_slowly, stretch_of
from remnant.exact.onetype import NOTHING, riccati_rates, step_matrix
from remnant.exact.paths import NUMBERS, add_path, find_path
from remnant.exact.plan import CLOSED, FED
from remnant.reading import Floats
from remnant.timeline_tables import Ints

SAME = 1e-13
"""Two stretches whose lengths differ by less, relative, are the same."""
SLOTS = 4
FEW_HOPS = 4
"""So many stretches of nodes cost less than a path, for all lanes go together."""


class Kept(NamedTuple):
    """What stretches of some lengths need, at the rates in force."""

    days: Floats
    """[slot] its length; negative for none"""
    next: Ints
    """[0] the slot that is filled next"""
    step: Floats
    """[slot][type][4] map of a type alone over the stretch"""
    stay: Floats
    """[slot][type][2] share of resting cells that go on resting, and that are found"""
    nodes: Ints
    """[slot][type][type] nodes; 0 where a stretch is too wide for them"""
    maps: Floats
    """[slot][type][type][node][6]"""
    whole: Floats
    """[slot][type][type][5] psi above which the pole is near, and (p, D, m21, m22)"""
    found: Ints
    """[type][type] whether the path of a wide stretch is there"""
    numbers: Floats
    """[type][type][NUMBERS] of that path, and its maps [type][type][node][6]"""
    hops: Floats
    spare: Floats
    """[node][6] work space"""
    rough: NDArray[np.bool_]
    """[0] whether few nodes do"""


@njit(cache=True, error_model="numpy")
def new_kept(types, rough):
    """Return room for stretches of so many types; `rough` where answers to three digits are enough."""
    return Kept(
        np.full(SLOTS, -1.0), np.zeros(1, np.int64), np.empty((SLOTS, types, 4)), np.empty((SLOTS, types, 2)),
        np.zeros((SLOTS, types, types), np.int64), np.empty((SLOTS, types, types, MOST_NODES, 6)),
        np.empty((SLOTS, types, types, 5)), np.zeros((types, types), np.int64), np.empty((types, types, NUMBERS)),
        np.empty((types, types, MOST_NODES, 6)), np.empty((MOST_NODES, 6)), np.full(1, rough),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def forget(kept):
    """Keep nothing: other rates are in force."""
    for slot in range(kept.days.shape[0]):
        kept.days[slot] = -1.0
    for k in range(kept.found.shape[0]):
        for j in range(kept.found.shape[1]):
            kept.found[k, j] = 0


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_alone(x, lanes, kinds, classes, rates, days):
    """Move the lanes of those of the types that never change back over `days`."""
    b, d, symptom, _, _ = rates
    for k in kinds:
        if classes[k] == CLOSED:
            move(x[k, lanes[0] : lanes[1]], step_matrix(b[k], d[k], symptom, days))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def move(psi, step):
    """Apply the map of a type alone."""
    m11, m12, m21, m22 = step
    m22 += NOTHING
    for lane in range(psi.shape[0]):
        psi[lane] = (m11 * psi[lane] + m12) / (m21 * psi[lane] + m22)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def leaving(switching, k):
    """Return the rate per day at which cells of a type turn into others."""
    total = 0.0
    for j in range(switching.shape[0]):
        total += switching[k, j]
    return total


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def fill_slot(kept, kinds, classes, rates, days):
    """Fill the slot that has stood longest; return it."""
    slot = kept.next[0]
    kept.next[0] = (slot + 1) % SLOTS
    kept.days[slot] = days
    b, d, symptom, switching, _ = rates
    for k in kinds:
        if classes[k] == CLOSED:
            m11, m12, m21, m22 = step_matrix(b[k], d[k], symptom, days)
            kept.step[slot, k, 0], kept.step[slot, k, 1], kept.step[slot, k, 2], kept.step[slot, k, 3] = m11, m12, m21, m22
        elif classes[k] == FED:
            fade = d[k] + symptom + leaving(switching, k)
            kept.stay[slot, k, 0], kept.stay[slot, k, 1] = np.exp(-fade * days), symptom * faded(fade, days)
            for j in kinds:
                if switching[k, j] > 0.0:
                    own = (b[j], d[j], symptom)
                    _, _, speed = riccati_rates(b[j] - d[j] - symptom, b[j], symptom)
                    kept.nodes[slot, k, j] = 0
                    if speed * days <= WIDTH:
                        count, bound, whole = stretch_of(kept.maps[slot, k, j], own, fade, days, kept.rough[0])
                        kept.nodes[slot, k, j], kept.whole[slot, k, j, 0] = count, bound
                        for i in range(4):
                            kept.whole[slot, k, j, i + 1] = whole[i]
    return slot


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def slot_for(kept, kinds, classes, rates, days):
    """Return the slot that holds what a stretch of this length needs, filled if it was not there."""
    for slot in range(SLOTS):
        if abs(kept.days[slot] - days) <= SAME * days:
            return slot
    return fill_slot(kept, kinds, classes, rates, days)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def feed(x, out, lanes, weight, rates, fade, days, by):  # noqa: PLR0913  a kernel
    """Add weight * integral of e^(-fade (days - u)) psi(u; x) du over `days` to `out`, for the lanes (first, last + 1).

    Parameters
    ----------
    x : array[lane]
        psi of the fed type's target at the right end.
    weight : float
        Waking rate per day.
    rates : tuple
        b, d, sigma of the target.
    fade : float
        Rate per day at which resting cells leave; at most WIDTH / days.
    by : tuple
        What is kept, the slot of these days, and both types.
    """
    kept, slot, k, j = by
    count = kept.nodes[slot, k, j]
    if count > 0:
        w = kept.whole[slot, k, j]
        feed_by(x, out, lanes, weight, (kept.maps[slot, k, j, :count], w[0], (w[1], w[2], w[3], w[4])), rates, fade, days)
    elif rates[0] == 0.0:
        feed_slowly(x, out, lanes, weight, rates, fade, days)
    else:
        if kept.found[k, j] == 0:
            find_path(kept.numbers[k, j], kept.hops[k, j], rates, -fade)
            kept.found[k, j] = 1
        add_path(x, out, lanes, weight * np.exp(-fade * days), (kept.numbers[k, j], kept.hops[k, j], kept.spare), rates, days)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def pieces_of(kinds, classes, rates, days):
    """Return into how many stretches of equal length the days are cut."""
    b, d, symptom, switching, _ = rates
    slowest, fastest = 0.0, 0.0
    for k in kinds:
        if classes[k] == FED:
            slowest = max(slowest, d[k] + symptom + leaving(switching, k))
        else:
            fastest = max(fastest, riccati_rates(b[k] - d[k] - symptom, b[k], symptom)[2])
    fastest = max(fastest, slowest)
    rate = fastest if fastest * days < FEW_HOPS * WIDTH else slowest
    return max(1, int(np.ceil(rate * days / WIDTH)))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def rest_longer(x, lanes, k, kinds, rates, days, by):  # noqa: PLR0913  a kernel
    """Move the lanes of a resting type back over one stretch; `by` is what is kept, and the slot of these days."""
    b, d, symptom, switching, _ = rates
    kept, slot = by
    stay, found = kept.stay[slot, k, 0], kept.stay[slot, k, 1]
    psi = x[k, lanes[0] : lanes[1]]
    for lane in range(psi.shape[0]):
        psi[lane] = stay * psi[lane] + found
    fade = d[k] + symptom + leaving(switching, k)
    for j in kinds:
        if switching[k, j] > 0.0:
            feed(x[j], x[k], lanes, switching[k, j], (b[j], d[j], symptom), fade, days, (kept, slot, k, j))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_fed(x, lanes, kinds, classes, rates, days, kept):  # noqa: PLR0913  a kernel
    """Move the lanes of types that rest and wake, and of what they wake into, back over `days`."""
    pieces = pieces_of(kinds, classes, rates, days)
    slot = slot_for(kept, kinds, classes, rates, days / pieces)
    for _ in range(pieces):
        for k in kinds:
            if classes[k] == FED:
                rest_longer(x, lanes, k, kinds, rates, days / pieces, (kept, slot))
        for k in kinds:
            if classes[k] == CLOSED:
                step = kept.step[slot, k]
                move(x[k, lanes[0] : lanes[1]], (step[0], step[1], step[2], step[3]))
