"""Rules on the rise of a marker laid out for the forward walk: who is measured when, and what is compared with what."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.sampler.rng import mixed, tick
from remnant.timeline import SYMPTOMS_ROUTE, Rise, Timeline
from remnant.timeline_tables import LN2, sites_by_advance, whole_numbers

Marker = tuple[str, float, float, tuple[float, ...]]
"""Rules of one name, spread, noise and origin read the same measurements."""


def look_stream(name: str, day: float) -> int:
    """Return 64 bits that name a look of a moment for the random numbers."""
    return int(mixed(np.uint64(named(name)), np.uint64(tick(day))))


def named(name: str) -> int:
    """Return 64 bits that stand for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _marker(rise: Rise) -> Marker:
    return rise.exam, rise.usual_spread, rise.noise, tuple(rise.doubles.tolist())


def rises_laid_out(timeline: Timeline, at: dict[float, int]) -> tuple[Any, ...]:
    """Return the fields of a Plan from `rises` to `rise_stream`; rules that need a day outside the walk are left out."""
    kept = [(i, one) for i, one in enumerate(timeline.rises) if all(day in at for day in (one.time, one.before, one.repeat))]
    rules = sorted(kept, key=lambda pair: (at[pair[1].repeat], pair[0]))
    markers = list(dict.fromkeys(_marker(one) for _, one in rules))
    days = {(at[day], markers.index(_marker(one)), day) for _, one in rules for day in (one.before, one.time, one.repeat)}
    levels = sorted(days)
    place = {(marker, day): i for i, (_, marker, day) in enumerate(levels)}
    routes = (SYMPTOMS_ROUTE, *timeline.exams)

    def level(one: Rise, day: float) -> int:
        return place[markers.index(_marker(one)), day]

    def first(of: list[int]) -> Any:
        return np.searchsorted(of, np.arange(len(at) + 1)).astype(np.int64)

    return (
        len(rules), whole_numbers(sites_by_advance(timeline)),
        first([knot for knot, _, _ in levels]), whole_numbers(marker for _, marker, _ in levels),
        np.array([look_stream(f"level/{markers[marker][0]}", day) for _, marker, day in levels], dtype=np.uint64),
        np.array([named(f"usual/{name}") for name, *_ in markers], dtype=np.uint64),
        np.array([spread for _, spread, _, _ in markers], dtype=float),
        np.array([noise for _, _, noise, _ in markers], dtype=float),
        _per_cell([np.array(doubles) for *_, doubles in markers], 1.0, timeline),
        first([at[one.repeat] for _, one in rules]), whole_numbers(i for i, _ in rules),
        whole_numbers(level(one, one.before) for _, one in rules), whole_numbers(level(one, one.time) for _, one in rules),
        whole_numbers(level(one, one.repeat) if one.repeat > one.time else -1 for _, one in rules),
        np.array([1.0 + one.by for _, one in rules], dtype=float), whole_numbers(routes.index(one.exam) for _, one in rules),
        _per_cell([one.n50 for _, one in rules], LN2, timeline),
        np.array(
            [[look_stream(f"{one.exam}/image/{site}", one.repeat) for site in timeline.sites] for _, one in rules],
            dtype=np.uint64,
        ).reshape(len(rules), len(timeline.sites)),
    )  # fmt: skip


def _per_cell(cells: list[Floats], amount: float, timeline: Timeline) -> Floats:
    """Return [row][site] an amount divided by each number of cells; 0 where that is infinite."""
    return amount / np.array(cells, dtype=float).reshape(len(cells), len(timeline.sites))
