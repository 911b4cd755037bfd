"""The backward walk: psi of every founder row for every lane, at one growth speed.

A lane is one question, "from this moment on, with these psi": a horizon with psi 0 (is it found by then?), with psi 1
(found or alive?), or with an infinitely small imaginary psi (how fast is it found then?). All lanes are walked together
from the last knot to the founders. At a knot, going backward: looks, then pulses, then the founders placed there.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from remnant.exact.chains import cross_chain
from remnant.exact.coupled import STAGES, cross_coupled
from remnant.exact.feeding import CLEAR_OF_POLE, MOST_NODES, WIDTH, faded, feed_stretch, is_short, nodes_for
from remnant.exact.onetype import days_to_pole, mapped, matrix_of, riccati_rates
from remnant.exact.paths import NUMBERS, add_path, find_path, is_long
from remnant.exact.plan import AT_A_MOMENT, CHAINED, CLOSED, FED
from remnant.exact.series import cross_series
from remnant.exact.waking import SAME, Kept, cross_alone, cross_fed, forget, new_kept
from remnant.reading import Floats
from remnant.timeline_tables import Ints

STEADY = 1e-15
MOST_EXPONENT = 700.0
LEAST_EXPONENT = -100.0
"""Seeding of less than e^-100 of the intensity at its end brings nothing."""
STIFF = 300.0
"""Fastest rate times days from which frozen steps cost less than series."""
BLOCK = 32
"""Lanes that share the steps of a series: neighbours in time."""
NEAR_POLE = 2.0
"""A lane nearer to its pole than the reach of a series over this goes by frozen steps."""


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


@njit(cache=True, error_model="numpy", _nrt=False)
def sighted_in(layout, track, panel):
    """Return whether what is there can be found in a panel."""
    return not (layout.track_known[track] == 1 and panel < layout.zero_knot)


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
def new_room(layout, lanes, fed):
    """Return room for the walks of these lanes."""
    rows, types = layout.row_track.shape[0], layout.reach.shape[1]
    return Room(
        np.zeros((types, lanes.knot.shape[0]), lanes.start.dtype), np.empty(lanes.knot.shape[0]), np.empty(types), np.empty(types),
        np.empty(rows, np.int64), np.empty(rows), np.empty(rows), np.empty(types, np.bool_), np.empty((types, lanes.knot.shape[0]), lanes.start.dtype), np.empty(NUMBERS), np.empty((MOST_NODES, 6)),
        np.empty((MOST_NODES, 6)), new_kept(types if fed else 0),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", _nrt=False)
def start_lane(x, lane, lanes, site):
    """Put into a lane what it starts with."""
    for k in range(x.shape[0]):
        x[k, lane] = lanes.start[lane, site, k]


@njit(cache=True, error_model="numpy", _nrt=False)
def find_rates(layout, place, room, epoch, sighted):
    """Fill b and d [type] in force in an epoch, at growth speed g; return sigma."""
    for k in range(room.b.shape[0]):
        room.b[k] = place.g * layout.division[epoch, place.site, k]
        room.d[k] = place.g * layout.death[epoch, place.site, k] + layout.extra[epoch, place.site, k]
    return layout.symptoms[place.site] if sighted else 0.0


@njit(cache=True, error_model="numpy")
def nearest_pole_of(x, lanes, kinds, moving, rates):
    """Return the least distance in days of the pole behind any psi that moves and is above its fixed point."""
    b, d, symptom, _, _ = rates
    nearest = np.inf
    for k in kinds:
        if moving[k]:
            for lane in range(lanes[0], lanes[1]):
                nearest = min(nearest, days_to_pole(b[k], d[k], symptom, x[k, lane]))
    return nearest


@njit(cache=True, error_model="numpy")
def cross_linked(x, lanes, guess, kinds, rates, days):
    """Move the lanes of types that change into each other back over `days`.

    By series; by frozen steps, which are exact near a pole and stable, where series would need many steps.
    """
    b, d, symptom, switching, _ = rates
    speed = 0.0
    for k in kinds:
        speed = max(speed, abs(b[k] - d[k] - symptom) + switching[k].sum())
    stiff = speed * days > STIFF
    reach = min(days, 1.0 / speed) if speed > 0.0 else days
    table, psi = np.empty((STAGES + 1, x.shape[0]), x.dtype), np.empty(x.shape[0], x.dtype)
    everything = np.ones(x.shape[0], np.bool_)
    easy, count = np.empty(x.shape[1], np.int64), 0
    for lane in range(lanes[0], lanes[1]):
        if stiff or NEAR_POLE * nearest_pole_of(x, (lane, lane + 1), kinds, everything, rates) < reach:
            psi[:] = x[:, lane]
            guess[lane] = cross_coupled(psi, kinds, rates, days, table, guess[lane])
            x[:, lane] = psi
        else:
            easy[count] = lane
            count += 1
    for low in range(0, count, BLOCK):
        chosen = easy[low : min(low + BLOCK, count)]
        block = x[:, chosen]
        cross_series(block, kinds, rates, days)
        for i in range(chosen.shape[0]):
            x[:, chosen[i]] = block[:, i]


@njit(cache=True, error_model="numpy")
def cross_all(x, lanes, guess, place, classes, rates, days, kept, linked):  # noqa: PLR0913  a kernel
    """Move the lanes from the first to before the last back over `days` of constant rates.

    `guess` keeps each lane's step, `kept` what a panel of the same length needs; `linked` is None where no type of the walk
    changes into others and does not rest: the compiler then leaves out what is there for those.
    """
    if place.sort == CLOSED:
        cross_alone(x, lanes, place.kinds, classes, rates, days)
    elif place.sort == FED:
        cross_fed(x, lanes, place.kinds, classes, rates, days, kept)
    elif linked is not None:
        if place.sort == CHAINED:
            cross_chain(x, lanes, place.kinds, rates, days)
        else:
            cross_linked(x, lanes, guess, place.kinds, rates, days)


@njit(cache=True, error_model="numpy")
def fastest_rate(kinds, moving, rates):
    """Return the fastest rate at which a psi of the types that still move relaxes."""
    b, d, symptom, switching, _ = rates
    fastest = 0.0
    for k in kinds:
        if moving[k]:
            _, _, speed = riccati_rates(b[k] - d[k] - symptom, b[k], symptom)
            fastest = max(fastest, speed, switching[k].sum())
    return fastest


@njit(cache=True, error_model="numpy")
def see_moving(before, after, lanes, kinds, moving):
    """Mark the types of which any psi moved by more than rounding; return whether there are any."""
    anything = False
    for k in kinds:
        moving[k] = False
        for lane in range(lanes[0], lanes[1]):
            moving[k] |= abs((after[k, lane] - before[k, lane]).real) > STEADY * abs(after[k, lane].real)
        anything |= moving[k]
    return anything


@njit(cache=True, error_model="numpy")
def fastest_seeding(slopes, since):
    """Return the fastest growth of the seeding rows that still bring anything; negative if none does."""
    fastest = -1.0
    for i in range(slopes.shape[0]):
        if slopes[i] * since[i] > LEAST_EXPONENT:
            fastest = max(fastest, abs(slopes[i]))
    return fastest


@njit(cache=True, error_model="numpy")
def add_seeds(out, row, weight, psi, lanes):
    """Add weight * psi of the lanes to what a row of seeding has found."""
    for lane in range(lanes[0], lanes[1]):
        out[row, lane] += weight * psi[lane]


@njit(cache=True, error_model="numpy", _nrt=False)
def seed_alone(x, lanes, layout, rates, days, rows, room, out):  # noqa: PLR0913  a kernel
    """Add each row's integral of intensity * psi over a panel to `out`, by its path; return False, and add nothing, if one cannot."""
    b, d, symptom, _, _ = rates
    for i in range(rows.shape[0]):
        k = layout.row_type[rows[i]]
        own = (b[k], d[k], symptom)
        if not (is_short(own, room.slopes[i], days) or is_long(own, room.slopes[i], days)):
            return False
    for i in range(rows.shape[0]):
        slope, k = room.slopes[i], layout.row_type[rows[i]]
        if slope * room.since[i] > LEAST_EXPONENT:
            own, weight = (b[k], d[k], symptom), np.exp(min(slope * room.since[i], MOST_EXPONENT))
            if is_short(own, slope, days):
                feed_stretch(x[k], out[rows[i]], lanes, weight * np.exp(-slope * days), own, -slope, days, room.spare)
            else:
                find_path(room.numbers, room.maps, own, slope)
                add_path(x[k], out[rows[i]], lanes, weight, (room.numbers, room.maps, room.spare), own, days)
    return True


@njit(cache=True, error_model="numpy")
def cross_seeded_by_nodes(layout, place, room, lanes, rates, days, right, rows, out, linked):  # noqa: PLR0913  a kernel
    """Do as `cross_seeded` for any types, stretch by stretch."""
    x, guess, kept, slopes, since = room.x, room.guess, room.kept, room.slopes[: rows.shape[0]], room.since
    u, moving, before = 0.0, room.moving, room.before
    for k in range(moving.shape[0]):
        moving[k] = True
    while u < days:
        for i in range(rows.shape[0]):
            since[i] = right - u - layout.knots[layout.row_end[rows[i]]]
        seeding = fastest_seeding(slopes, since)
        if seeding < 0.0:
            break
        pole = WIDTH / (CLEAR_OF_POLE * nearest_pole_of(x, lanes, place.kinds, moving, rates))
        rate = max(fastest_rate(place.kinds, moving, rates), seeding, pole)
        h = WIDTH / rate if (days - u) * rate > 1.001 * WIDTH else days - u
        nodes, weights, _ = nodes_for(rate * h)
        at = 0.0
        for k in place.kinds:
            for lane in range(lanes[0], lanes[1]):
                before[k, lane] = x[k, lane]
        for n in range(nodes.shape[0] + 1):
            to = nodes[n] if n < nodes.shape[0] else 1.0
            cross_all(x, lanes, guess, place, layout.type_class, rates, (to - at) * h, kept, linked)
            at = to
            for i in range(rows.shape[0] if n < nodes.shape[0] else 0):
                w = weights[n] * h * np.exp(min(slopes[i] * (since[i] - at * h), MOST_EXPONENT))
                add_seeds(out, rows[i], w, x[layout.row_type[rows[i]]], lanes)
        u = u + h if u + h < days else days
        if u < days and not see_moving(before, x, lanes, place.kinds, moving):
            for i in range(rows.shape[0]):
                w = np.exp(min(slopes[i] * (since[i] - h), MOST_EXPONENT)) * faded(slopes[i], days - u)
                add_seeds(out, rows[i], w, x[layout.row_type[rows[i]]], lanes)
            return
    if u < days:
        # no seeds are left
        cross_all(x, lanes, guess, place, layout.type_class, rates, days - u, kept, linked)


@njit(cache=True, error_model="numpy")
def cross_seeded(layout, place, room, lanes, rates, days, right, rows, out, linked):  # noqa: PLR0913  a kernel
    """Cross a panel in which founders are seeded, adding each row's integral of intensity * psi to `out`."""
    for i in range(rows.shape[0]):
        room.slopes[i] = layout.row_growth[rows[i]] * (place.g if layout.row_scales[rows[i]] else 1.0)
        room.since[i] = right - layout.knots[layout.row_end[rows[i]]]
    if place.sort == CLOSED and seed_alone(room.x, lanes, layout, rates, days, rows, room, out):
        cross_all(room.x, lanes, room.guess, place, layout.type_class, rates, days, room.kept, linked)
    else:
        cross_seeded_by_nodes(layout, place, room, lanes, rates, days, right, rows, out, linked)


@njit(cache=True, error_model="numpy", _nrt=False)
def seeding_in(layout, seeders, panel, rows):
    """Fill `rows` with those of the rows of seeding that seed throughout a panel; return how many."""
    count = 0
    for r in seeders:
        if layout.row_start[r] <= panel < layout.row_end[r]:
            rows[count] = r
            count += 1
    return count


@njit(cache=True, error_model="numpy", _nrt=False)
def compose(layout, place, track, merge, lanes, x):
    """Fill `x` just after knot `merge` for the lanes later than it, by products of 2 x 2 maps; return how many.

    Types alone only: the product from the merge knot extends rightward, so all horizons cost one pass.
    """
    count = 0
    while count < lanes.knot.shape[0] and (lanes.knot[count], lanes.offset[count]) > (merge, 0.0):
        count += 1
    for k in place.kinds:
        compose_type(layout, place, track, merge, lanes, x[k, :count], k)
    return count


@njit(cache=True, error_model="numpy", _nrt=False)
def compose_type(layout, place, track, merge, lanes, psi, k):  # noqa: PLR0913  a kernel
    """Fill `psi` of one type alone just after knot `merge`."""
    known, silent = layout.track_known[track] == 1, layout.silent[track]
    c11, c12, c21, c22 = 1.0, 0.0, 0.0, 1.0
    lane, j, last = psi.shape[0] - 1, merge, layout.knots.shape[0] - 1
    epoch, sees, days = -1, False, -1.0
    equation, roots, step = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 1.0)
    while lane >= 0:
        sighted = not (known and j < layout.zero_knot)
        survive = np.exp(-layout.kill[j, place.site, k] - place.g * layout.kill_growth[j, place.site, k])
        seen = -np.expm1(-layout.miss[j, place.site]) if sighted else 0.0
        while lane >= 0 and lanes.knot[lane] == j and lanes.offset[lane] == 0.0:
            y = survive * lanes.start[lane, place.site, k]
            psi[lane] = mapped(c11, c12, c21, c22, y)
            lane -= 1
        if j > merge:
            c11, c12 = c11 * survive * (1.0 - seen), c11 * survive * seen + c12
            c21, c22 = c21 * survive * (1.0 - seen), c21 * survive * seen + c22
        right = j + 1
        while right < last and silent[right] == 1:
            right += 1
        if j < last and (epoch != layout.epoch_of[j] or sees != sighted):
            epoch, sees, days = layout.epoch_of[j], sighted, -1.0
            b, symptom = place.g * layout.division[epoch, place.site, k], layout.symptoms[place.site] if sighted else 0.0
            death = place.g * layout.death[epoch, place.site, k] + layout.extra[epoch, place.site, k]
            equation = (b - death - symptom, b, symptom)
            roots = riccati_rates(equation[0], equation[1], equation[2])
        while lane >= 0 and j <= lanes.knot[lane] < right:
            after = layout.knots[lanes.knot[lane]] - layout.knots[j] + lanes.offset[lane]
            m11, m12, m21, m22 = matrix_of(roots[0], roots[1], roots[2], equation, after)
            y = mapped(m11, m12, m21, m22, lanes.start[lane, place.site, k])
            psi[lane] = mapped(c11, c12, c21, c22, y)
            lane -= 1
        if lane < 0:
            return
        length = layout.knots[right] - layout.knots[j]
        if abs(length - days) > SAME * length:
            days, step = length, matrix_of(roots[0], roots[1], roots[2], equation, length)
        m11, m12, m21, m22 = step
        c11, c12, c21, c22 = c11 * m11 + c12 * m21, c11 * m12 + c12 * m22, c21 * m11 + c22 * m21, c21 * m12 + c22 * m22
        size = max(c11, c12, c21, c22)
        c11, c12, c21, c22 = c11 / size, c12 / size, c21 / size, c22 / size
        j = right


@njit(cache=True, error_model="numpy", _nrt=False)
def pass_knot(layout, place, track, knot, x, active, lanes):  # noqa: PLR0913  a kernel
    """Apply looks to the lanes under way, start those of this knot, apply pulses to all; return how many are active."""
    if sighted_in(layout, track, knot):
        miss = layout.miss[knot, place.site]
        if miss > 0.0:
            missed, seen = np.exp(-miss), -np.expm1(-miss)
            for k in place.kinds:
                for lane in range(active):
                    x[k, lane] = seen + missed * x[k, lane]
    while active < lanes.knot.shape[0] and lanes.knot[active] == knot and lanes.offset[active] == 0.0:
        start_lane(x, active, lanes, place.site)
        active += 1
    for k in place.kinds:
        kill = layout.kill[knot, place.site, k] + place.g * layout.kill_growth[knot, place.site, k]
        if kill > 0.0:
            survive = np.exp(-kill)
            for lane in range(active):
                x[k, lane] *= survive
    return active


@njit(cache=True, error_model="numpy")
def pass_panel(layout, place, panel, right, room, active, lanes, rates, seeders, out, linked):  # noqa: PLR0913  a kernel
    """Move the active lanes from knot `right` back to knot `panel`, and start those between; return how many are active."""
    rows = room.rows[: seeding_in(layout, seeders, panel, room.rows)]
    first, start = active, layout.knots[panel]
    days = layout.knots[right] - start
    while active < lanes.knot.shape[0] and (lanes.knot[active], lanes.offset[active]) > (panel, 0.0):
        start_lane(room.x, active, lanes, place.site)
        active += 1
    # a plain 0 would be a type of its own, and all that is called be compiled twice
    low, high = np.int64(0), first
    while low < active:
        if low < high:
            if rows.shape[0]:
                cross_seeded(layout, place, room, (low, high), rates, days, start + days, rows, out, linked)
            else:
                cross_all(room.x, (low, high), room.guess, place, layout.type_class, rates, days, room.kept, linked)
        # lanes that start at the same moment inside the panel go together
        low, high = high, high + 1
        if low < active:
            days = layout.knots[lanes.knot[low]] - start + lanes.offset[low]
            while high < active and lanes.knot[high] == lanes.knot[low] and lanes.offset[high] == lanes.offset[low]:
                high += 1
    return active


@njit(cache=True, error_model="numpy", _nrt=False)
def take_lanes(out, row, x, kind, active):
    """Write psi of a type to a row."""
    for lane in range(active):
        out[row, lane] = x[kind, lane]


@njit(cache=True, error_model="numpy")
def rows_of(layout, track, seeded):
    """Return the rows of a track that are seeded, or those that are placed at a moment."""
    rows, count = np.empty(layout.row_track.shape[0], np.int64), 0
    for r in range(rows.shape[0]):
        if layout.row_track[r] == track and (layout.row_kind[r] != AT_A_MOMENT) == seeded:
            rows[count] = r
            count += 1
    return rows[:count]


@njit(cache=True, error_model="numpy")
def walk_track(layout, track, place, rows, lanes, room, out, linked):  # noqa: PLR0913  a kernel
    """Walk all lanes of one site back to its founders, writing psi (or its seeding integral) to out[row][lane].

    `rows` are those placed at a moment, and those seeded.
    """
    placed, seeders = rows
    for lane in range(lanes.knot.shape[0]):
        room.guess[lane] = np.inf
    forget(room.kept)
    top, active = layout.knots.shape[0] - 1, 0
    if place.sort == CLOSED:
        top = layout.track_last[track]
        active = compose(layout, place, track, top, lanes, room.x)
    epoch = layout.epoch_of[max(top - 1, 0)] if layout.epoch_of.shape[0] else np.int64(0)
    right, sees = top, sighted_in(layout, track, top - 1)
    rates = (room.b, room.d, find_rates(layout, place, room, epoch, sees), layout.switching, layout.mutation)
    for knot in range(top, layout.track_first[track] - 1, -1):
        if knot < top:
            if layout.silent[track, knot] == 1:
                continue
            if epoch != layout.epoch_of[knot] or sees != sighted_in(layout, track, knot):
                epoch, sees = layout.epoch_of[knot], sighted_in(layout, track, knot)
                symptom = find_rates(layout, place, room, epoch, sees)
                rates = (room.b, room.d, symptom, layout.switching, layout.mutation)
                forget(room.kept)
            active = pass_panel(layout, place, knot, right, room, active, lanes, rates, seeders, out, linked)
            right = knot
        active = pass_knot(layout, place, track, knot, room.x, active, lanes)
        for r in placed:
            if layout.row_start[r] == knot:
                take_lanes(out, r, room.x, layout.row_type[r], active)


# Without a runtime, numba counts no references: counting those of every array at every knot took most of the time. It is
# handed on to what is called from here, which therefore makes no arrays and returns none.
@njit(cache=True, error_model="numpy", _nrt=False)
def walk_quickly(layout, track, kinds, speeds, rows, lanes, room, out):  # noqa: PLR0913  a kernel
    """Walk a track whose types are alone, or rest and wake into such, at every growth speed."""
    for i in range(speeds.shape[0]):
        place = Place(layout.track_site[track], layout.track_class[track], kinds, speeds[i])
        walk_track(layout, track, place, rows, lanes, room, out[i], None)


@njit(cache=True, error_model="numpy", nogil=True)
def walk_speeds(layout, speeds, lanes, out):
    """Fill out[speed][row][lane] with psi of every founder row, for each growth speed g.

    For rows of seeding it is the integral over the seeding of exp(growth (t - end)) psi(t) dt, in days.
    """
    room = new_room(layout, lanes, (layout.track_class == FED).any())
    for track in range(layout.track_site.shape[0]):
        kinds = layout.order[layout.reach[track][layout.order] == 1]
        rows = (rows_of(layout, track, False), rows_of(layout, track, True))
        if layout.track_class[track] in (CLOSED, FED):
            walk_quickly(layout, track, kinds, speeds, rows, lanes, room, out)
        else:
            for i in range(speeds.shape[0]):
                place = Place(layout.track_site[track], layout.track_class[track], kinds, speeds[i])
                walk_track(layout, track, place, rows, lanes, room, out[i], True)
