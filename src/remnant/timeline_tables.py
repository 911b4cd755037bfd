"""A Timeline as arrays: the tables that both engines read, each in its own way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.timeline import Timeline

Ints = NDArray[np.int64]
Made = TypeVar("Made")
LN2 = math.log(2.0)
MOST_ADVANCED_FIRST = ("distant", "systemic", "regional", "local")
"""At one moment what is found is called by the first of these kinds, then by file order."""


def whole_numbers(values: Iterable[float]) -> Ints:
    """Return the values as an array of whole numbers."""
    return np.array(values if isinstance(values, list) else [*values], dtype=np.int64)


def knots(timelines: Sequence[Timeline], more: Iterable[float], last: float) -> Floats:
    """Return the days up to `last` at which something happens, with `more` days, rising and each once.

    Several Timelines have the same founders and the same `zero`, and get the same days.
    """
    founders, zero = timelines[0].founders, timelines[0].zero
    placed = {day for f in founders for day in (f.first, f.last)}
    first = min([zero, *placed])
    days = {zero, *more} | placed
    for epochs in each_part(timelines, "epochs"):
        days.update([epoch.start for epoch in epochs])
    for moments in (*each_part(timelines, "pulses"), *each_part(timelines, "looks")):
        days.update([one.time for one in moments])
    for rises in each_part(timelines, "rises"):
        days.update([day for rise in rises for day in (rise.before, rise.time, rise.repeat)])
    return np.array(sorted(day for day in days if first <= day <= last), dtype=float)


def each_part(timelines: Sequence[Timeline], part: str) -> list[Any]:
    """Return what Timelines have as one of their parts, once where they share it."""
    return [*{id(getattr(one, part)): getattr(one, part) for one in timelines}.values()]


def of_each(timelines: Sequence[Timeline], part: str, make: Callable[[Timeline], Made]) -> list[Made]:
    """Return what is made of one part of each Timeline; where they share it, it is made once."""
    made: dict[int, Made] = {}
    for one in timelines:
        key = id(getattr(one, part))
        if key not in made:
            made[key] = make(one)
    return [made[id(getattr(one, part))] for one in timelines]


def epoch_of(timeline: Timeline, at: Floats) -> Ints:
    """Return the epoch in force from each knot to the next."""
    starts = np.array([epoch.start for epoch in timeline.epochs])
    return np.maximum(np.searchsorted(starts, at[:-1], side="right") - 1, 0).astype(np.int64)


def rates(timeline: Timeline) -> tuple[Floats, Floats, Floats]:
    """Return division, death and extra death, each [epoch][site][type] per cell per day."""
    epochs = timeline.epochs
    return (
        np.array([e.division for e in epochs]),
        np.array([e.death for e in epochs]),
        np.array([e.extra_death for e in epochs]),
    )


def changes(timeline: Timeline) -> tuple[Floats, Floats]:
    """Return switching per cell per day and mutation per division, each [from][to]."""
    kinds = len(timeline.types)
    switching, mutation = np.zeros((kinds, kinds)), np.zeros((kinds, kinds))
    for s in timeline.switching:
        switching[timeline.types.index(s.source), timeline.types.index(s.target)] = s.rate
    for m in timeline.mutation:
        mutation[timeline.types.index(m.source), timeline.types.index(m.target)] = m.probability
    return switching, mutation


def kills(timeline: Timeline, at: dict[float, int]) -> tuple[Floats, Floats]:
    """Return the log-kill of all pulses of each knot, and what it gains per unit of growth speed, each [knot][site][type]."""
    shape = (len(at), len(timeline.sites), len(timeline.types))
    kill, kill_growth = np.zeros(shape), np.zeros(shape)
    inside = [pulse for pulse in timeline.pulses if pulse.time in at]
    if inside:
        knot = whole_numbers([at[pulse.time] for pulse in inside])
        np.add.at(kill, knot, np.array([pulse.log_kill for pulse in inside]))
        np.add.at(kill_growth, knot, np.array([pulse.log_kill_growth for pulse in inside]))
    return kill, kill_growth


def sites_by_advance(timeline: Timeline) -> list[int]:
    """Return the sites in the order in which looks of one moment are taken."""
    return sorted(range(len(timeline.sites)), key=lambda i: MOST_ADVANCED_FIRST.index(timeline.site_kinds[i]))
