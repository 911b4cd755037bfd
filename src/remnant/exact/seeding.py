"""Founders that are seeded while a panel is crossed: each row's integral of intensity * psi."""

import numpy as np
from numba import njit

from remnant.exact.crossing import cross_all, nearest_pole_of
from remnant.exact.feeding import CLEAR_OF_POLE, WIDTH, faded, feed_stretch, is_short, nodes_for
from remnant.exact.onetype import riccati_rates
from remnant.exact.paths import add_path, find_path, is_long
from remnant.exact.plan import CLOSED

STEADY = 1e-15
MOST_EXPONENT = 700.0
LEAST_EXPONENT = -100.0
"""Seeding of less than e^-100 of the intensity at its end brings nothing."""


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def seeding_in(layout, seeders, panel, rows):
    """Fill `rows` with those of the rows of seeding that seed throughout a panel; return how many."""
    count = 0
    for r in seeders:
        if layout.row_start[r] <= panel < layout.row_end[r]:
            rows[count] = r
            count += 1
    return count


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


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def seed_alone(x, lanes, layout, rates, days, rows, room, out):  # noqa: PLR0913  a kernel
    """Add each row's integral of intensity * psi over a panel to `out`, by its path; False, and nothing added, if one cannot."""
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
def seed_stretch(layout, place, room, lanes, rates, width, days, rows, out, linked):  # noqa: PLR0913  a kernel
    """Cross a stretch no wider than WIDTH, node by node."""
    nodes, weights, _ = nodes_for(width)
    at = 0.0
    for n in range(nodes.shape[0] + 1):
        to = nodes[n] if n < nodes.shape[0] else 1.0
        cross_all(room.x, lanes, room.guess, place, layout.type_class, rates, (to - at) * days, room.kept, linked)
        at = to
        for i in range(rows.shape[0] if n < nodes.shape[0] else 0):
            w = weights[n] * days * np.exp(min(room.slopes[i] * (room.since[i] - at * days), MOST_EXPONENT))
            add_seeds(out, rows[i], w, room.x[layout.row_type[rows[i]]], lanes)


@njit(cache=True, error_model="numpy", forceinline=False)
def cross_seeded_by_nodes(layout, place, room, lanes, rates, days, right, rows, out, linked):  # noqa: PLR0913  a kernel
    """Do as `cross_seeded` for any types, stretch by stretch."""
    x, slopes, since = room.x, room.slopes[: rows.shape[0]], room.since
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
        for k in place.kinds:
            for lane in range(lanes[0], lanes[1]):
                before[k, lane] = x[k, lane]
        seed_stretch(layout, place, room, lanes, rates, rate * h, h, rows, out, linked)
        u = u + h if u + h < days else days
        if u < days and not see_moving(before, x, lanes, place.kinds, moving):
            for i in range(rows.shape[0]):
                w = np.exp(min(slopes[i] * (since[i] - h), MOST_EXPONENT)) * faded(slopes[i], days - u)
                add_seeds(out, rows[i], w, x[layout.row_type[rows[i]]], lanes)
            return
    if u < days:
        # no seeds are left
        cross_all(x, lanes, room.guess, place, layout.type_class, rates, days - u, room.kept, linked)


@njit(cache=True, error_model="numpy", forceinline=True)
def cross_seeded(layout, place, room, lanes, rates, days, right, rows, out, linked):  # noqa: PLR0913  a kernel
    """Cross a panel in which founders are seeded, adding each row's integral of intensity * psi to `out`."""
    for i in range(rows.shape[0]):
        room.slopes[i] = layout.row_growth[rows[i]] * (place.g if layout.row_scales[rows[i]] else 1.0)
        room.since[i] = right - layout.knots[layout.row_end[rows[i]]]
    if place.sort == CLOSED and seed_alone(room.x, lanes, layout, rates, days, rows, room, out):
        cross_all(room.x, lanes, room.guess, place, layout.type_class, rates, days, room.kept, linked)
    else:
        cross_seeded_by_nodes(layout, place, room, lanes, rates, days, right, rows, out, linked)
