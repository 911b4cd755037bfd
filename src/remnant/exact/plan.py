"""A Timeline laid out for the backward walk: knots, rates and kills as arrays, founders as rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.timeline import Founder, Timeline

Ints = NDArray[np.int64]

CLOSED, FED, COUPLED = 0, 1, 2
"""A type alone; a type that rests and wakes into types alone; any other."""
AT_A_MOMENT, BY_SEEDING = 0, 1
LN2 = math.log(2.0)


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
    miss: Floats
    """[knot][site] -ln of the chance that one cell is missed by all looks of that moment"""
    zero_knot: int
    track_site: Ints
    """[track] a site, once for ordinary founders and once for those already known"""
    track_known: Ints
    track_class: Ints
    """[track] CLOSED, FED or COUPLED: the hardest type that its founders can reach"""
    track_first: Ints
    """[track] knot of its first founder"""
    type_class: Ints
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


@dataclass(frozen=True, eq=False)
class Amounts:
    """How many founders each row brings, apart from the layout so that a population shares the walk."""

    mean: Floats
    """[row] Poisson mean, or seeding rate per day at its end; 0 where a count is given."""
    count: Floats
    """[row] exact number; 0 where a mean is given."""


def lay_out(timeline: Timeline, extra_knots: Iterable[float] = ()) -> Layout:
    """Return the layout of a Timeline whose knots include `extra_knots` (days) beside its own moments."""
    founders = timeline.founders
    knots = _knots(timeline, extra_knots)
    at = {day: j for j, day in enumerate(knots.tolist())}
    rates, changes = _rates(timeline), _changes(timeline)
    type_class = _classes(rates[0], *changes)
    track_keys = list(dict.fromkeys((timeline.sites.index(f.site), f.known) for f in founders))
    row_track = [track_keys.index((timeline.sites.index(f.site), f.known)) for f in founders]
    row_type = [timeline.types.index(f.type) for f in founders]
    row_start = [at[_first_day(f)] for f in founders]
    reach = _reach(row_track, row_type, len(track_keys), _edges(rates[0], *changes))
    return Layout(
        knots, _epoch_of(timeline, knots), *rates, timeline.symptoms, *changes, *_events(timeline, knots, at),
        at[timeline.zero],
        _ints(key[0] for key in track_keys),
        _ints(key[1] for key in track_keys),
        _ints((type_class * reach[i]).max() for i in range(len(track_keys))),
        _ints(min(s for s, t in zip(row_start, row_track, strict=True) if t == i) for i in range(len(track_keys))),
        type_class, reach, _ints(row_track), _ints(row_type),
        _ints(BY_SEEDING if f.seeding else AT_A_MOMENT for f in founders),
        _ints(row_start), _ints(at[f.last] for f in founders),
        np.array([f.seeding.growth if f.seeding else 0.0 for f in founders], dtype=float),
        _ints(f.seeding is not None and f.seeding.growth_scales for f in founders),
    )  # fmt: skip


def amounts(timeline: Timeline) -> Amounts:
    """Return how many founders each row of the Timeline brings."""
    mean = [f.seeding.rate if f.seeding else f.mean or 0.0 for f in timeline.founders]
    return Amounts(np.array(mean, dtype=float), np.array([f.count or 0 for f in timeline.founders], dtype=float))


def _ints(values: Iterable[float]) -> Ints:
    return np.array([*values], dtype=np.int64)


def _first_day(founder: Founder) -> float:
    return founder.seeding.start if founder.seeding else founder.last


def _knots(timeline: Timeline, extra: Iterable[float]) -> Floats:
    days = {timeline.zero, *timeline.times.tolist(), *extra}
    days |= {e.start for e in timeline.epochs} | {p.time for p in timeline.pulses} | {k.time for k in timeline.looks}
    days |= {day for f in timeline.founders for day in (_first_day(f), f.last)}
    first = min([timeline.zero, *(_first_day(f) for f in timeline.founders)])
    last = max([timeline.zero, *timeline.times.tolist(), *extra])
    return np.array(sorted(day for day in days if first <= day <= last), dtype=float)


def _epoch_of(timeline: Timeline, knots: Floats) -> Ints:
    starts = np.array([epoch.start for epoch in timeline.epochs])
    return np.maximum(np.searchsorted(starts, knots[:-1], side="right") - 1, 0).astype(np.int64)


def _rates(timeline: Timeline) -> tuple[Floats, Floats, Floats]:
    epochs = timeline.epochs
    return (
        np.array([e.division for e in epochs]),
        np.array([e.death for e in epochs]),
        np.array([e.extra_death for e in epochs]),
    )


def _changes(timeline: Timeline) -> tuple[Floats, Floats]:
    kinds = len(timeline.types)
    switching, mutation = np.zeros((kinds, kinds)), np.zeros((kinds, kinds))
    for s in timeline.switching:
        switching[timeline.types.index(s.source), timeline.types.index(s.target)] = s.rate
    for m in timeline.mutation:
        mutation[timeline.types.index(m.source), timeline.types.index(m.target)] = m.probability
    return switching, mutation


def _divides(division: Floats) -> NDArray[np.bool_]:
    return np.asarray((division > 0).any(axis=(0, 1)))


def _edges(division: Floats, switching: Floats, mutation: Floats) -> NDArray[np.bool_]:
    divides = _divides(division)
    return np.asarray((switching > 0) | ((mutation > 0) & divides[:, None]))


def _classes(division: Floats, switching: Floats, mutation: Floats) -> Ints:
    edges = _edges(division, switching, mutation)
    divides = _divides(division)
    alone = np.asarray(~edges.any(axis=1))
    fed = ~alone & ~divides & ~(edges & ~alone[None, :]).any(axis=1)
    return np.where(alone, CLOSED, np.where(fed, FED, COUPLED)).astype(np.int64)


def _reach(row_track: list[int], row_type: list[int], tracks: int, edges: NDArray[np.bool_]) -> Ints:
    closure = np.eye(len(edges), dtype=bool) | edges
    for _ in range(len(edges)):
        closure = closure | ((closure.astype(int) @ closure.astype(int)) > 0)
    reach = np.zeros((tracks, len(edges)), dtype=np.int64)
    for track, kind in zip(row_track, row_type, strict=True):
        reach[track] |= closure[kind].astype(np.int64)
    return reach


def _events(timeline: Timeline, knots: Floats, at: dict[float, int]) -> tuple[Floats, Floats, Floats]:
    shape = (len(knots), len(timeline.sites), len(timeline.types))
    kill, kill_growth, miss = np.zeros(shape), np.zeros(shape), np.zeros(shape[:2])
    for pulse in timeline.pulses:
        if pulse.time in at:
            kill[at[pulse.time]] += pulse.log_kill
            kill_growth[at[pulse.time]] += pulse.log_kill_growth
    for look in timeline.looks:
        if look.time in at:
            miss[at[look.time]] += LN2 / look.n50
    return kill, kill_growth, miss
