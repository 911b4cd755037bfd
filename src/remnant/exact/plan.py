"""A Timeline laid out for the backward walk: knots, rates and kills as arrays, founders as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import LN2, Ints, changes, epoch_of, kills, knots, of_each, rates, whole_numbers

CLOSED, FED, CHAINED, COUPLED = 0, 1, 2, 3
"""A type alone; one that rests and wakes into types alone; one that never comes back from what it becomes; any other."""
AT_A_MOMENT, BY_SEEDING = 0, 1


class Layout(NamedTuple):
    """What the compiled walk reads; nothing here depends on the growth speed g or on how many founders there are."""

    knots: Floats
    """[knot] days at which something happens, rising."""
    epoch_of: Ints
    """[panel] epoch in force between knot j and knot j + 1."""
    division: Floats
    """[epoch][site][type]"""
    death: Floats
    extra: Floats
    symptoms: Floats
    """[site]"""
    switching: Floats
    """[from][to] rate per cell per day"""
    mutation: Floats
    """[from][to] probability per division"""
    kill: Floats
    """[knot][site][type] log-kill of all pulses of that moment"""
    kill_growth: Floats
    survive: Floats
    """[knot][site][type] chance of a cell to survive `kill`: taken once, not at every growth speed"""
    miss: Floats
    """[knot][site] -ln of the chance that one cell is missed by all looks of that moment"""
    missed: Floats
    """[knot][site] that chance"""
    seen: Floats
    """[knot][site] 1 less that chance"""
    zero_knot: int
    track_site: Ints
    """[track] a site, once for ordinary founders and once for those already known, and so for types that never meet"""
    track_known: Ints
    track_class: Ints
    """[track] CLOSED, FED, CHAINED or COUPLED: the hardest type that its founders can reach"""
    track_first: Ints
    """[track] knot of its first founder"""
    track_last: Ints
    """[track] knot of its last founder"""
    type_class: Ints
    order: Ints
    """Types, each after all that it can become where that is possible"""
    reach: Ints
    """[track][type] whether a founder of the track can become this type"""
    row_track: Ints
    """[row] founders of one row of the Timeline"""
    row_type: Ints
    row_kind: Ints
    row_start: Ints
    """[row] knot of the founders, or of the first seed"""
    row_end: Ints
    """[row] knot of the founders, or of the last seed"""
    row_growth: Floats
    row_scales: Ints
    silent: Ints
    """[track][knot] whether nothing happens there to a lineage of the track: the panels on both sides are one"""


class Own(NamedTuple):
    """What each of several layouts alike has for itself, [class] first: fields of `Layout`."""

    epoch_of: Ints
    division: Floats
    death: Floats
    extra: Floats
    kill: Floats
    kill_growth: Floats
    survive: Floats
    miss: Floats
    missed: Floats
    seen: Floats
    silent: Ints


own_of = attrgetter(*Own._fields)
"""What one layout has for itself."""


@dataclass(frozen=True, eq=False)
class Amounts:
    """How many founders each row brings, apart from the layout so that a population shares the walk."""

    mean: Floats
    """[row] Poisson mean, or seeding rate per day at its end; 0 where a count is given."""
    count: Floats
    """[row] exact number; 0 where a mean is given."""


class Rows(NamedTuple):
    """Founders as arrays: each is one row."""

    site: Ints
    type: Ints
    known: Ints
    first: Floats
    """Day of the first founder"""
    last: Floats
    seeded: Ints
    growth: Floats
    scales: Ints


def lay_out(timeline: Timeline, extra_knots: Iterable[float] = ()) -> Layout:
    """Return the layout of a Timeline whose knots are its events and `extra_knots` (days); its times need not be among them."""
    return lay_out_alike([timeline], extra_knots)[0]


def lay_out_alike(timelines: Sequence[Timeline], extra_knots: Iterable[float] = ()) -> list[Layout]:
    """Return the layouts, all on the same knots, of Timelines that differ only in epochs, pulses, looks and hazards."""
    first, extra = timelines[0], [*extra_knots]
    last = max([first.zero, *first.times.tolist(), *extra])
    days = knots(timelines, [*extra, last], last)
    at = {day: j for j, day in enumerate(days.tolist())}
    links, rows = changes(first), _rows(first)
    most = max(len(one.epochs) for one in timelines)
    lived = of_each(timelines, "epochs", lambda one: (epoch_of(one, days), _filled_up(rates(one), most)))
    killed = of_each(timelines, "pulses", lambda one: _kills(one, at))
    looked = of_each(timelines, "looks", lambda one: _misses(one, at))
    # what divides in one of them may divide in all
    divides = np.any([_divides(tables[0]) for _, tables in lived], axis=0)
    edges = _edges(divides, *links)
    closure = _closure(edges)
    type_class = _classes(edges, closure, divides)
    row_track, tracks = _tracks(rows, edges)
    row_start, row_end = np.searchsorted(days, rows.first), np.searchsorted(days, rows.last)
    reach = _reach(row_track, rows.type, len(tracks), closure)
    site, known = np.ascontiguousarray(tracks.T)[:2]
    begins, ends = np.full(len(tracks), len(days), dtype=np.int64), np.zeros(len(tracks), dtype=np.int64)
    np.minimum.at(begins, row_track, row_start)
    np.maximum.at(ends, row_track, row_end)
    zero = at[first.zero]
    shared = (
        zero, site, known, (type_class * reach).max(axis=1, initial=0), begins, ends, type_class, _targets_first(closure), reach,
        row_track, rows.type, np.where(rows.seeded == 1, BY_SEEDING, AT_A_MOMENT), row_start, row_end, rows.growth, rows.scales,
    )  # fmt: skip
    layouts = []
    for (epochs, tables), kill, look in zip(lived, killed, looked, strict=True):
        silent = _silent(epochs, tables, kill[:2], look[0], (site, reach))
        silent[:, [0, zero, len(days) - 1]] = 0
        silent[row_track, row_start], silent[row_track, row_end] = 0, 0
        layouts.append(Layout._make((days, epochs, *tables, first.symptoms, *links, *kill, *look, *shared, silent)))
    return layouts


def _rows(timeline: Timeline) -> Rows:
    sites = {name: i for i, name in enumerate(timeline.sites)}
    types = {name: i for i, name in enumerate(timeline.types)}
    found = []
    for one in timeline.founders:
        seeding = one.seeding
        place = (sites[one.site], types[one.type], one.known)
        if seeding is None:
            found.append((*place, one.last, one.last, 0, 0.0, 0))
        else:
            found.append((*place, seeding.start, seeding.end, 1, seeding.growth, seeding.growth_scales))
    # each field without gaps whatever the number of founders: kernels would be compiled again for those with gaps
    table = np.ascontiguousarray(np.array(found, dtype=float).reshape(len(found), len(Rows._fields)).T)
    whole = table.astype(np.int64)
    return Rows(whole[0], whole[1], whole[2], table[3], table[4], whole[5], table[6], whole[7])


def _tracks(rows: Rows, edges: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the track of each row, and [track][site, known, family]; in the order of their first rows.

    Types that never meet are walked apart: those seeded for decades need not carry along those placed on one day.
    """
    family = _families(edges)[rows.type]
    keys = [*zip(rows.site.tolist(), rows.known.tolist(), family.tolist(), strict=True)]
    place = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return whole_numbers([place[key] for key in keys]), np.array([*place], dtype=np.int64).reshape(len(place), 3)


def has_links(layout: Layout) -> bool:
    """Return whether a type changes into others other than by waking into types alone."""
    return bool((layout.track_class > FED).any())


def amounts(timeline: Timeline) -> Amounts:
    """Return how many founders each row of the Timeline brings."""
    mean = [f.seeding.rate if f.seeding else f.mean or 0.0 for f in timeline.founders]
    return Amounts(np.array(mean, dtype=float), np.array([f.count or 0 for f in timeline.founders], dtype=float))


def _divides(division: Floats) -> NDArray[np.bool_]:
    return np.asarray((division > 0).any(axis=(0, 1)))


def _edges(divides: NDArray[np.bool_], switching: Floats, mutation: Floats) -> NDArray[np.bool_]:
    return np.asarray((switching > 0) | ((mutation > 0) & divides[:, None]))


def _classes(edges: NDArray[np.bool_], closure: NDArray[np.bool_], divides: NDArray[np.bool_]) -> Ints:
    alone = np.asarray(~edges.any(axis=1))
    fed = ~alone & ~divides & ~(edges & ~alone[None, :]).any(axis=1)
    # a type that comes back, or becomes one that does
    returns = closure[:, (closure & closure.T).sum(axis=0) > 1].any(axis=1)
    return np.where(alone, CLOSED, np.where(fed, FED, np.where(returns, COUPLED, CHAINED))).astype(np.int64)


def _closure(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which types a type is or can become."""
    closure = np.eye(len(edges), dtype=bool) | edges
    # each squaring doubles the steps that are looked at
    for _ in range(len(edges).bit_length()):
        closure = closure @ closure
    return closure


def _families(edges: NDArray[np.bool_]) -> Ints:
    """Return for each type the first of those that it can meet in a lineage, whichever founds it."""
    return np.argmax(_closure(edges | edges.T), axis=1)


def _targets_first(closure: NDArray[np.bool_]) -> Ints:
    return np.argsort(closure.sum(axis=1), kind="stable").astype(np.int64)


def _reach(row_track: Ints, row_type: Ints, tracks: int, closure: NDArray[np.bool_]) -> Ints:
    founding = np.zeros((tracks, len(closure)), dtype=bool)
    founding[row_track, row_type] = True
    return (founding @ closure).astype(np.int64)


def _silent(
    epochs: Ints, tables: tuple[Floats, ...], killed: tuple[Floats, Floats], miss: Floats, tracks: tuple[Ints, Ints]
) -> Ints:
    """Return [track][knot] where nothing happens, from what its types meet at its site: other rates, kills and looks."""
    site, reach = tracks
    happens = (killed[0] > 0) | (killed[1] > 0)
    for table in tables:
        happens[1:-1] |= table[epochs[:-1]] != table[epochs[1:]]
    met = (happens[:, site] & (reach == 1)).any(axis=2) | (miss[:, site] > 0)
    return np.ascontiguousarray(~met.T).astype(np.int64)


def _filled_up(tables: tuple[Floats, ...], epochs: int) -> tuple[Floats, ...]:
    """Return tables by epoch, the last epoch again as often as it takes."""
    return tuple(table[np.minimum(np.arange(epochs), len(table) - 1)] for table in tables)


def _kills(timeline: Timeline, at: dict[float, int]) -> tuple[Floats, Floats, Floats]:
    """Return what pulses kill at each knot, what it gains with growth speed, and the chance to survive the first of these."""
    kill, growth = kills(timeline, at)
    return kill, growth, np.exp(-kill)


def _misses(timeline: Timeline, at: dict[float, int]) -> tuple[Floats, Floats, Floats]:
    """Return [knot][site] -ln of the chance that one cell is missed by all looks of a knot, that chance, and 1 less it."""
    miss = np.zeros((len(at), len(timeline.sites)))
    inside = [look for look in timeline.looks if look.time in at]
    if inside:
        np.add.at(miss, whole_numbers([at[look.time] for look in inside]), LN2 / np.array([look.n50 for look in inside]))
    return miss, np.exp(-miss), -np.expm1(-miss)
