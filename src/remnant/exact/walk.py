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
from remnant.exact.feeding import CLEAR_OF_POLE, WIDTH, faded, feed, nodes_for
from remnant.exact.onetype import NOTHING, days_to_pole, mapped, riccati_rates, step_matrix
from remnant.exact.plan import AT_A_MOMENT, CHAINED, CLOSED, FED
from remnant.exact.seeding import add_seeded, goes_by_series
from remnant.exact.series import cross_series
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


@njit(cache=True, error_model="numpy", inline="always")
def panel_rates(layout, place, panel, sighted):
    """Return b, d [type], sigma, switching and mutation in force in a panel, at growth speed g."""
    epoch = layout.epoch_of[panel]
    b = place.g * layout.division[epoch, place.site]
    d = place.g * layout.death[epoch, place.site] + layout.extra[epoch, place.site]
    return b, d, layout.symptoms[place.site] if sighted else 0.0, layout.switching, layout.mutation


@njit(cache=True, error_model="numpy")
def cross_alone(x, lanes, kinds, classes, rates, days):
    """Move the lanes of those of the types that never change back over `days`."""
    b, d, symptom, _, _ = rates
    for k in kinds:
        if classes[k] == CLOSED:
            m11, m12, m21, m22 = step_matrix(b[k], d[k], symptom, days)
            m22 += NOTHING
            psi = x[k, lanes[0] : lanes[1]]
            for lane in range(psi.shape[0]):
                psi[lane] = (m11 * psi[lane] + m12) / (m21 * psi[lane] + m22)


@njit(cache=True, error_model="numpy", inline="always")
def leaving(switching, k):
    """Return the rate per day at which cells of a type turn into others."""
    total = 0.0
    for j in range(switching.shape[0]):
        total += switching[k, j]
    return total


@njit(cache=True, error_model="numpy")
def cross_fed(x, lanes, kinds, classes, rates, days):
    """Move the lanes of types that rest and wake, and of what they wake into, back over `days`."""
    b, d, symptom, switching, _ = rates
    fastest = 0.0
    for k in kinds:
        if classes[k] == FED:
            fastest = max(fastest, d[k] + symptom + leaving(switching, k))
    pieces = max(1, int(np.ceil(fastest * days / WIDTH)))
    h = days / pieces
    for _ in range(pieces):
        for k in kinds:
            if classes[k] == FED:
                fade = d[k] + symptom + leaving(switching, k)
                stay, found = np.exp(-fade * h), symptom * faded(fade, h)
                psi = x[k, lanes[0] : lanes[1]]
                for lane in range(psi.shape[0]):
                    psi[lane] = stay * psi[lane] + found
                for j in kinds:
                    if switching[k, j] > 0.0:
                        feed(x[j], x[k], lanes, switching[k, j], (b[j], d[j], symptom), fade, h)
        cross_alone(x, lanes, kinds, classes, rates, h)


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
def cross_all(x, lanes, guess, place, classes, rates, days):  # noqa: PLR0913  a kernel
    """Move the lanes from the first to before the last back over `days` of constant rates; `guess` keeps each lane's step."""
    if place.sort == CLOSED:
        cross_alone(x, lanes, place.kinds, classes, rates, days)
    elif place.sort == FED:
        cross_fed(x, lanes, place.kinds, classes, rates, days)
    elif place.sort == CHAINED:
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


@njit(cache=True, error_model="numpy")
def seed_alone(x, lanes, layout, rates, days, rows, seeded, out):  # noqa: PLR0913  a kernel
    """Add each row's integral of intensity * psi over a panel to `out`, by series; return False, and add nothing, if one cannot."""
    b, d, symptom, _, _ = rates
    slopes, since = seeded
    for i in range(rows.shape[0]):
        k = layout.row_type[rows[i]]
        if not goes_by_series((b[k], d[k], symptom), slopes[i], days):
            return False
    for i in range(rows.shape[0]):
        if slopes[i] * since[i] > LEAST_EXPONENT:
            k = layout.row_type[rows[i]]
            weight = np.exp(min(slopes[i] * since[i], MOST_EXPONENT))
            add_seeded(x[k], out[rows[i]], lanes, weight, slopes[i], (b[k], d[k], symptom), days)
    return True


@njit(cache=True, error_model="numpy")
def cross_seeded(x, lanes, guess, place, layout, rates, days, right, rows, out):  # noqa: PLR0913  a kernel
    """Cross a panel in which founders are seeded, adding each row's integral of intensity * psi to `out`."""
    slopes, since = np.empty(rows.shape[0]), np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        slopes[i] = layout.row_growth[rows[i]] * (place.g if layout.row_scales[rows[i]] else 1.0)
        since[i] = right - layout.knots[layout.row_end[rows[i]]]
    if place.sort == CLOSED and seed_alone(x, lanes, layout, rates, days, rows, (slopes, since), out):
        cross_all(x, lanes, guess, place, layout.type_class, rates, days)
        return
    u, moving = 0.0, np.ones(x.shape[0], np.bool_)
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
        before, at = x.copy(), 0.0
        for n in range(nodes.shape[0] + 1):
            to = nodes[n] if n < nodes.shape[0] else 1.0
            cross_all(x, lanes, guess, place, layout.type_class, rates, (to - at) * h)
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
        cross_all(x, lanes, guess, place, layout.type_class, rates, days - u)


@njit(cache=True, error_model="numpy", inline="always")
def seeding_rows(layout, track, panel):
    """Return the rows of a track that seed throughout a panel."""
    rows, count = np.empty(layout.row_track.shape[0], np.int64), 0
    for r in range(layout.row_track.shape[0]):
        seeds = layout.row_track[r] == track and layout.row_kind[r] != AT_A_MOMENT
        if seeds and layout.row_start[r] <= panel < layout.row_end[r]:
            rows[count] = r
            count += 1
    return rows[:count]


@njit(cache=True, error_model="numpy")
def compose(layout, place, track, merge, lanes, x):
    """Fill `x` just after knot `merge` for the lanes later than it, by products of 2 x 2 maps; return how many.

    Types alone only: the product from the merge knot extends rightward, so all horizons cost one pass.
    """
    count = 0
    while count < lanes.knot.shape[0] and (lanes.knot[count], lanes.offset[count]) > (merge, 0.0):
        count += 1
    known = layout.track_known[track] == 1
    for k in place.kinds:
        c11, c12, c21, c22 = 1.0, 0.0, 0.0, 1.0
        lane = count - 1
        for j in range(merge, layout.knots.shape[0]):
            sighted = not (known and j < layout.zero_knot)
            survive = np.exp(-layout.kill[j, place.site, k] - place.g * layout.kill_growth[j, place.site, k])
            seen = -np.expm1(-layout.miss[j, place.site]) if sighted else 0.0
            while lane >= 0 and lanes.knot[lane] == j and lanes.offset[lane] == 0.0:
                y = survive * lanes.start[lane, place.site, k]
                x[k, lane] = mapped(c11, c12, c21, c22, y)
                lane -= 1
            if lane < 0:
                break
            if j > merge:
                c11, c12 = c11 * survive * (1.0 - seen), c11 * survive * seen + c12
                c21, c22 = c21 * survive * (1.0 - seen), c21 * survive * seen + c22
            b, d, symptom, _, _ = panel_rates(layout, place, j, sighted)
            while lane >= 0 and lanes.knot[lane] == j:
                m11, m12, m21, m22 = step_matrix(b[k], d[k], symptom, lanes.offset[lane])
                s = lanes.start[lane, place.site, k]
                y = mapped(m11, m12, m21, m22, s)
                x[k, lane] = mapped(c11, c12, c21, c22, y)
                lane -= 1
            days = layout.knots[j + 1] - layout.knots[j] if j + 1 < layout.knots.shape[0] else 0.0
            m11, m12, m21, m22 = step_matrix(b[k], d[k], symptom, days)
            c11, c12, c21, c22 = c11 * m11 + c12 * m21, c11 * m12 + c12 * m22, c21 * m11 + c22 * m21, c21 * m12 + c22 * m22
            size = max(c11, c12, c21, c22)
            c11, c12, c21, c22 = c11 / size, c12 / size, c21 / size, c22 / size
    return count


@njit(cache=True, error_model="numpy", inline="always")
def pass_knot(layout, place, track, knot, x, active, lanes):  # noqa: PLR0913  a kernel
    """Apply looks to the lanes under way, start those of this knot, apply pulses to all; return how many are active."""
    if not (layout.track_known[track] == 1 and knot < layout.zero_knot):
        miss = layout.miss[knot, place.site]
        if miss > 0.0:
            missed, seen = np.exp(-miss), -np.expm1(-miss)
            for k in place.kinds:
                psi = x[k]
                for lane in range(active):
                    psi[lane] = seen + missed * psi[lane]
    while active < lanes.knot.shape[0] and lanes.knot[active] == knot and lanes.offset[active] == 0.0:
        x[:, active] = lanes.start[active, place.site]
        active += 1
    for k in place.kinds:
        kill = layout.kill[knot, place.site, k] + place.g * layout.kill_growth[knot, place.site, k]
        if kill > 0.0:
            psi, survive = x[k], np.exp(-kill)
            for lane in range(active):
                psi[lane] *= survive
    return active


@njit(cache=True, error_model="numpy", inline="always")
def pass_panel(layout, place, track, panel, x, guess, active, lanes, out):  # noqa: PLR0913  a kernel
    """Move the active lanes across a panel and start those inside it; return how many are active."""
    sighted = not (layout.track_known[track] == 1 and panel < layout.zero_knot)
    rates = panel_rates(layout, place, panel, sighted)
    rows = seeding_rows(layout, track, panel)
    first, days = active, layout.knots[panel + 1] - layout.knots[panel]
    while active < lanes.knot.shape[0] and lanes.knot[active] == panel and lanes.offset[active] > 0.0:
        x[:, active] = lanes.start[active, place.site]
        active += 1
    # a plain 0 would be a type of its own, and all that is called be compiled twice
    low, high = np.int64(0), first
    while low < active:
        if low < high:
            if rows.shape[0]:
                right = layout.knots[panel] + days
                cross_seeded(x, (low, high), guess, place, layout, rates, days, right, rows, out)
            else:
                cross_all(x, (low, high), guess, place, layout.type_class, rates, days)
        # lanes that start at the same moment inside the panel go together
        low, high = high, high + 1
        if low < active:
            days = lanes.offset[low]
            while high < active and lanes.offset[high] == days:
                high += 1
    return active


@njit(cache=True, error_model="numpy")
def walk_track(layout, track, g, lanes, out):
    """Walk all lanes of one site back to its founders, writing psi (or its seeding integral) to out[row][lane]."""
    place = Place(layout.track_site[track], layout.track_class[track], layout.order[layout.reach[track][layout.order] == 1], g)
    x = np.zeros((layout.reach.shape[1], lanes.knot.shape[0]), lanes.start.dtype)
    guess = np.full(lanes.knot.shape[0], np.inf)
    top, active = layout.knots.shape[0] - 1, 0
    rows = np.nonzero(layout.row_track == track)[0]
    if place.sort == CLOSED:
        top = layout.row_end[rows].max()
        active = compose(layout, place, track, top, lanes, x)
    for knot in range(top, layout.track_first[track] - 1, -1):
        if knot < top:
            active = pass_panel(layout, place, track, knot, x, guess, active, lanes, out)
        active = pass_knot(layout, place, track, knot, x, active, lanes)
        for r in rows:
            if layout.row_kind[r] == AT_A_MOMENT and layout.row_start[r] == knot:
                out[r, :active] = x[layout.row_type[r], :active]


@njit(cache=True, error_model="numpy", nogil=True)
def walk_speeds(layout, speeds, lanes, out):
    """Fill out[speed][row][lane] with psi of every founder row, for each growth speed g.

    For rows of seeding it is the integral over the seeding of exp(growth (t - end)) psi(t) dt, in days.
    """
    for i in range(speeds.shape[0]):
        for track in range(layout.track_site.shape[0]):
            walk_track(layout, track, speeds[i], lanes, out[i])
