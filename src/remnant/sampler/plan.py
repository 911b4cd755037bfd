"""A Timeline laid out for the forward walk: knots, rates, kills and looks as arrays, founders as rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.sampler.rise_plan import look_stream, rises_laid_out
from remnant.sampler.rng import kind_stream, mixed
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE, Founder, Timeline
from remnant.timeline_tables import LN2, Ints, changes, epoch_of, kills, knots, rates, sites_by_advance, whole_numbers

BY_MEAN, BY_COUNT, BY_SEEDING = 0, 1, 2
MOST_LESIONS = 64
"""Founders of one row that are followed one by one."""


class Plan(NamedTuple):
    """What a life reads; nothing in it depends on the patient."""

    last: int
    """The last knot"""
    sites: int
    kinds: int
    """Types of cells"""
    rows: int
    times: int
    """Asked times"""
    steps: int
    """Steps of competing hazards"""
    knots: Floats
    """[knot] days at which something happens, rising."""
    epoch_of: Ints
    """[interval] epoch in force from knot j to knot j + 1."""
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
    changing: int
    """Whether any type changes into another"""
    turns: Ints
    """[type] whether it changes into another"""
    noticed: int
    """Whether any site gives symptoms"""
    seeded_until: int
    """Knot from which on no founders come over time; 0 for none"""
    streams: NDArray[np.uint64]
    """[knot][type] names a type from that moment on"""
    dormant: Ints
    """[type] whether it rests"""
    pulsed: Ints
    """[knot] whether a pulse kills anything"""
    kill: Floats
    """[knot][site][type] log-kill of all pulses of that moment"""
    kill_growth: Floats
    look_first: Ints
    """[knot + 1] where the looks of a knot begin among the looks"""
    look_site: Ints
    """[look] one exam of one site, the most advanced site first"""
    look_route: Ints
    look_miss: Floats
    """[look] -ln of the chance that one cell is missed"""
    look_stream: NDArray[np.uint64]
    """[look] names the moment, the exam, the site and which of equal looks of a moment it is"""
    rises: int
    """Rules on a rise of a marker; 0 for none"""
    advance: Ints
    """Sites, the most advanced first"""
    level_first: Ints
    """[knot + 1] where the measurements of a knot begin among the measurements"""
    level_marker: Ints
    level_stream: NDArray[np.uint64]
    marker_stream: NDArray[np.uint64]
    marker_spread: Floats
    marker_noise: Floats
    marker_adds: Floats
    """[marker][site] what a cell adds to the level"""
    rise_first: Ints
    """[knot + 1] where the rules that end at a knot begin among the rules"""
    rise_number: Ints
    """[rule] its place in the Timeline"""
    rise_before: Ints
    """[rule] measurement"""
    rise_level: Ints
    rise_again: Ints
    """[rule] measurement that must be higher still; -1 for none"""
    rise_factor: Floats
    rise_route: Ints
    rise_miss: Floats
    """[rule][site] -ln of the chance that the image misses one cell"""
    rise_stream: NDArray[np.uint64]
    """[rule][site]"""
    asked: Ints
    """[knot] which of the asked times it is; -1 for none"""
    zero_knot: int
    row_first: Ints
    """[knot + 1] where the rows that begin at a knot begin among the rows"""
    unseen_first: Ints
    """[knot] where the rows begin, among those that begin there, whose founders nothing sees before the next knot"""
    row_number: Ints
    """[row] its number in the Timeline; rows are in order of their first knot"""
    row_name: NDArray[np.uint64]
    """[row] names it for the random numbers of its lesions"""
    row_site: Ints
    row_type: Ints
    row_kind: Ints
    row_amount: Floats
    row_none: Floats
    """[row] chance of no founders at a burden of 1"""
    row_known: Ints
    row_laws: Ints
    """[from `zero` on, before it][row] place of the law of a row's first type among those of an interval"""
    row_start: Floats
    """[row] day of the founders, or of the first seed"""
    row_end: Floats
    row_growth: Floats
    row_scales: Ints
    last_founder: int
    """Knot by which the last founder has been placed"""
    growth_spread: float
    burden_shape: float
    """0 for no spread of burden"""
    hazard_start: Floats
    """[step] day from which a competing hazard holds, cause after cause"""
    hazard_rate: Floats
    hazard_cause: Ints
    probe_knot: int
    """Knot at which one more exam is thought of; -1 for none"""
    probe_miss: Floats
    """[site] -ln of the chance that this exam misses one cell"""


def lay_out(timeline: Timeline, grid: Iterable[float] = (), probe: tuple[float, Floats] | None = None) -> Plan:
    """Return the plan of a Timeline.

    Parameters
    ----------
    timeline : Timeline
    grid : iterable of float
        Further days at which a step ends, so that arms of a study with different events take the same steps.
    probe : (day, float[site]), optional
        A day on which one more exam is thought of, and its n50 by site.
    """
    founders = timeline.founders
    moments = knots([timeline], [*timeline.times.tolist(), *grid, *([probe[0]] if probe else [])], float(timeline.times.max()))
    at = {day: j for j, day in enumerate(moments.tolist())}
    kill, kill_growth = kills(timeline, at)
    pulsed = ((kill > 0) | (kill_growth > 0)).any(axis=(1, 2))
    unseen = _unseen(timeline, probe)
    order = sorted(range(len(founders)), key=lambda i: (at[founders[i].first], unseen[i]))
    rows = [founders[i] for i in order]
    placed = [at[founders[i].last] + unseen[i] for i in order]
    days = np.unique(timeline.times)
    return Plan(  # type: ignore[call-arg]  # some arguments come as tuples, whose lengths are not typed
        len(moments) - 1, len(timeline.sites), len(timeline.types), len(rows), len(days),
        sum(len(steps) for steps in _hazard_steps(timeline)),
        moments, epoch_of(timeline, moments), *rates(timeline), timeline.symptoms, *changes(timeline),
        int(bool(timeline.switching or timeline.mutation)), whole_numbers(_turns(timeline)), int((timeline.symptoms > 0).any()),
        max((at[f.last] + 1 for f in rows if f.seeding), default=0),
        moment_streams(moments, len(timeline.types)), whole_numbers(timeline.dormant),
        np.asarray(pulsed, dtype=np.int64), kill, kill_growth,
        *_looks(timeline, at), *rises_laid_out(timeline, at),
        whole_numbers(int(np.searchsorted(days, day)) if day in days else -1 for day in moments),
        at[timeline.zero], *_row_places([at[f.first] for f in rows], [unseen[i] for i in order], len(at)),
        *_rows(timeline, rows, order), max(placed, default=0),
        timeline.growth_spread, 0.0 if math.isinf(timeline.burden_spread) else timeline.burden_spread,
        *_hazards(timeline),
        at[probe[0]] if probe else -1, LN2 / probe[1] if probe else np.zeros(len(timeline.sites)),
    )  # fmt: skip


def _turns(timeline: Timeline) -> Any:
    switching, mutation = changes(timeline)
    return ((switching > 0) | (mutation > 0)).any(axis=1)


def _looks(timeline: Timeline, at: dict[float, int]) -> tuple[Any, ...]:
    """Return the looks knot by knot: at one moment the most advanced site first, then the exams in file order."""
    routes = (SYMPTOMS_ROUTE, *timeline.exams)
    sites = sites_by_advance(timeline)
    found: list[tuple[int, int, int, float, int]] = []
    counts: dict[tuple[int, int, int], int] = {}
    for look in sorted((k for k in timeline.looks if k.time in at), key=lambda k: routes.index(k.exam)):
        for place, site in enumerate(sites):
            if math.isfinite(look.n50[site]):
                knot, route = at[look.time], routes.index(look.exam)
                again = counts[knot, route, site] = counts.get((knot, route, site), -1) + 1
                stream = look_stream(f"{look.exam}/{timeline.sites[site]}/{again}", look.time)
                found.append((knot, place, route, LN2 / look.n50[site], stream))
    found.sort(key=lambda one: one[:3])
    first = np.searchsorted([one[0] for one in found], np.arange(len(at) + 1))
    return (
        first.astype(np.int64), whole_numbers(sites[one[1]] for one in found), whole_numbers(one[2] for one in found),
        np.array([one[3] for one in found], dtype=float), np.array([one[4] for one in found], dtype=np.uint64),
    )  # fmt: skip


def moment_streams(moments: Floats, kinds: int) -> NDArray[np.uint64]:
    """Return what names each type from each moment on, [moment][type]."""
    streams = [[kind_stream(kind, day) for kind in range(kinds)] for day in moments.tolist()]
    return np.array(streams, dtype=np.uint64)


def _unseen(timeline: Timeline, probe: tuple[float, Floats] | None) -> list[bool]:
    """Return for each row whether nothing sees its founders, a few that keep their type, before the next knot."""
    seen = {*timeline.times.tolist(), *(look.time for look in timeline.looks), *(pulse.time for pulse in timeline.pulses)}
    seen |= {probe[0]} if probe else set()
    turns = dict(zip(timeline.types, _turns(timeline), strict=True))
    return [
        not (f.seeding or timeline.rises or turns[f.type]) and f.first not in seen and f.first < timeline.times.max()
        and _amount(f) <= MOST_LESIONS
        for f in timeline.founders
    ]  # fmt: skip


def _row_places(knot_of: list[int], unseen: list[bool], count: int) -> tuple[Any, ...]:
    """Return where the rows of each knot begin, and where those that nothing sees begin among them."""
    first = np.searchsorted(knot_of, np.arange(count + 1))
    hidden = np.searchsorted([2 * knot + late for knot, late in zip(knot_of, unseen, strict=True)], 2 * np.arange(count) + 1)
    return first.astype(np.int64), hidden.astype(np.int64)


def _rows(timeline: Timeline, rows: list[Founder], order: list[int]) -> tuple[Any, ...]:
    kinds = [BY_SEEDING if f.seeding else BY_COUNT if f.count is not None else BY_MEAN for f in rows]
    amounts = [_amount(f) for f in rows]
    return (
        whole_numbers(order), row_names(order), whole_numbers(timeline.sites.index(f.site) for f in rows),
        whole_numbers(timeline.types.index(f.type) for f in rows),
        whole_numbers(kinds), np.array(amounts, dtype=float), np.array([math.exp(-one) for one in amounts], dtype=float),
        whole_numbers(f.known for f in rows), _row_laws(timeline, rows),
        np.array([f.first for f in rows], dtype=float), np.array([f.last for f in rows], dtype=float),
        np.array([f.seeding.growth if f.seeding else 0.0 for f in rows], dtype=float),
        whole_numbers(f.seeding is not None and f.seeding.growth_scales for f in rows),
    )  # fmt: skip


def _amount(row: Founder) -> float:
    return row.seeding.rate if row.seeding else float(row.count if row.count is not None else row.mean or 0.0)


def row_names(numbers: Iterable[int]) -> NDArray[np.uint64]:
    """Return what names rows by their numbers in the Timeline."""
    return np.array([mixed(np.uint64(number + 1), np.uint64(0)) for number in numbers], dtype=np.uint64)


def _row_laws(timeline: Timeline, rows: list[Founder]) -> Any:
    """Return the law of each row, [from zero on, before it][row]: known lesions are not noticed before `zero`."""
    site = whole_numbers(timeline.sites.index(f.site) for f in rows)
    unseen = whole_numbers(f.known for f in rows)
    return len(timeline.types) * np.stack([site * 2 + 1, site * 2 + 1 - unseen])


def _hazard_steps(timeline: Timeline) -> list[Any]:
    return [getattr(timeline, cause) for cause in COMPETING_CAUSES]


def _hazards(timeline: Timeline) -> tuple[Any, ...]:
    steps = [(step.start, step.rate, i) for i, steps in enumerate(_hazard_steps(timeline)) for step in steps]
    return (
        np.array([s[0] for s in steps], dtype=float), np.array([s[1] for s in steps], dtype=float),
        whole_numbers(s[2] for s in steps),
    )  # fmt: skip
