"""The backward walk: psi of every founder row for every lane, at one growth speed.

A lane is one question, "from this moment on, with these psi": a horizon with psi 0 (is it found by then?), with psi 1
(found or alive?), or with an infinitely small imaginary psi (how fast is it found then?). All lanes are walked together
from the last knot to the founders. At a knot, going backward: looks, then pulses, then the founders placed there.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit

from remnant.exact.crossing import cross_all, cross_quickly
from remnant.exact.onetype import mapped, matrix_of, riccati_rates
from remnant.exact.plan import AT_A_MOMENT, CLOSED, FED, Layout, Own, has_links, own_of
from remnant.exact.room import Lanes, Place, new_room
from remnant.exact.seeding import cross_seeded, seeding_in
from remnant.exact.waking import SAME, forget
from remnant.reading import Floats


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def sighted_in(layout, track, panel):
    """Return whether what is there can be found in a panel."""
    return not (layout.track_known[track] == 1 and panel < layout.zero_knot)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def start_lane(x, lane, lanes, site):
    """Put into a lane what it starts with."""
    for k in range(x.shape[0]):
        x[k, lane] = lanes.start[lane, site, k]


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def find_rates(layout, place, room, epoch, sighted):
    """Fill b and d [type] in force in an epoch, at growth speed g; return sigma."""
    for k in range(room.b.shape[0]):
        room.b[k] = place.g * layout.division[epoch, place.site, k]
        room.d[k] = place.g * layout.death[epoch, place.site, k] + layout.extra[epoch, place.site, k]
    return layout.symptoms[place.site] if sighted else 0.0


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def surviving(layout, place, knot, k):
    """Return the chance of a cell of one type to survive the pulses of a knot, at growth speed g."""
    survive, growth = layout.survive[knot, place.site, k], layout.kill_growth[knot, place.site, k]
    return survive * np.exp(-place.g * growth) if growth > 0.0 else survive


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
        survive = surviving(layout, place, j, k)
        missed, seen = (layout.missed[j, place.site], layout.seen[j, place.site]) if sighted else (1.0, 0.0)
        while lane >= 0 and lanes.knot[lane] == j and lanes.offset[lane] == 0.0:
            y = survive * lanes.start[lane, place.site, k]
            psi[lane] = mapped(c11, c12, c21, c22, y)
            lane -= 1
        if j > merge:
            c11, c12 = c11 * survive * missed, c11 * survive * seen + c12
            c21, c22 = c21 * survive * missed, c21 * survive * seen + c22
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


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def pass_knot(layout, place, track, knot, x, active, lanes):  # noqa: PLR0913  a kernel
    """Apply looks to the lanes under way, start those of this knot, apply pulses to all; return how many are active."""
    if sighted_in(layout, track, knot):
        missed, seen = layout.missed[knot, place.site], layout.seen[knot, place.site]
        if seen > 0.0:
            for k in place.kinds:
                for lane in range(active):
                    x[k, lane] = seen + missed * x[k, lane]
    while active < lanes.knot.shape[0] and lanes.knot[active] == knot and lanes.offset[active] == 0.0:
        start_lane(x, active, lanes, place.site)
        active += 1
    for k in place.kinds:
        survive = surviving(layout, place, knot, k)
        if survive < 1.0:
            for lane in range(active):
                x[k, lane] *= survive
    return active


@njit(cache=True, error_model="numpy", forceinline=True)
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
            elif linked is None:  # small and often: inlined, for handing all of this on takes longer than what is done with it
                cross_quickly(room.x, (low, high), place, layout.type_class, rates, days, room.kept)
            else:
                cross_all(room.x, (low, high), room.guess, place, layout.type_class, rates, days, room.kept, linked)
        # lanes that start at the same moment inside the panel go together
        low, high = high, high + 1
        if low < active:
            days = layout.knots[lanes.knot[low]] - start + lanes.offset[low]
            while high < active and lanes.knot[high] == lanes.knot[low] and lanes.offset[high] == lanes.offset[low]:
                high += 1
    return active


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
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
    if linked is None:  # which the compiler knows: what is inside is left out elsewhere
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


@njit(cache=True, error_model="numpy")
def walk_tracks(layout, speeds, lanes, room, out, linked):
    """Fill out[speed][row][lane] with psi of every founder row of one layout, for each growth speed g."""
    for track in range(layout.track_site.shape[0]):
        kinds = layout.order[layout.reach[track][layout.order] == 1]
        rows = (rows_of(layout, track, False), rows_of(layout, track, True))
        if linked is None:
            walk_quickly(layout, track, kinds, speeds, rows, lanes, room, out)
        elif layout.track_class[track] in (CLOSED, FED):
            walk_quickly(layout, track, kinds, speeds, rows, lanes, room, out)
        else:
            for i in range(speeds.shape[0]):
                place = Place(layout.track_site[track], layout.track_class[track], kinds, speeds[i])
                walk_track(layout, track, place, rows, lanes, room, out[i], linked)


@njit(cache=True, error_model="numpy", nogil=True)
def walk_speeds(layout, own, speeds, lanes, starts, out, linked, rough):  # noqa: PLR0913  a kernel
    """Fill out[class][speed][row][lane] with psi of every founder row, for each growth speed g.

    For rows of seeding it is the integral over the seeding of exp(growth (t - end)) psi(t) dt, in days. `own` is what each class
    has for itself in its layout, and `starts` in its lanes. `linked` is None where `has_links` is False: what is there for types
    that change into each other then need not be compiled. With `rough`, what wakes is integrated to three digits. All classes
    are walked in one call: who comes back from it waits for the interpreter.
    """
    room = new_room(layout, lanes, (layout.track_class == FED).any(), rough)
    for i in range(starts.shape[0]):
        walk_tracks(layout_of(layout, own, i), speeds, Lanes(lanes.knot, lanes.offset, starts[i]), room, out[i], linked)


@njit(cache=True, error_model="numpy")
def layout_of(layout, own, i):
    """Return the layout of one class."""
    return Layout(
        layout.knots, own.epoch_of[i], own.division[i], own.death[i], own.extra[i],
        layout.symptoms, layout.switching, layout.mutation,
        own.kill[i], own.kill_growth[i], own.survive[i], own.miss[i], own.missed[i], own.seen[i], layout.zero_knot,
        layout.track_site, layout.track_known, layout.track_class, layout.track_first, layout.track_last,
        layout.type_class, layout.order, layout.reach,
        layout.row_track, layout.row_type, layout.row_kind, layout.row_start, layout.row_end,
        layout.row_growth, layout.row_scales, own.silent[i],
    )  # fmt: skip


def walked(layouts: Sequence[Layout], lanes: Sequence[Lanes], g: Floats, *, rough: bool = False) -> Floats:
    """Return psi of every lane at growth speeds `g`, [layout][speed][row][lane]; `rough` to three digits.

    All layouts are of `lay_out_alike`, and all lanes start at the same moments.
    """
    linked = True if any(has_links(layout) for layout in layouts) else None
    own = Own(*(np.array(parts) for parts in zip(*(own_of(layout) for layout in layouts), strict=True)))
    starts = np.array([one.start for one in lanes])
    psi = np.zeros((len(layouts), len(g), len(layouts[0].row_track), len(lanes[0].knot)), starts.dtype)
    walk_speeds(layouts[0], own, np.ascontiguousarray(g), lanes[0], starts, psi, linked, rough)
    return psi
