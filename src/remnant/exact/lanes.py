"""The questions put to the backward walk, each a lane: from which moment on, and with which psi."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.exact.plan import Layout
from remnant.exact.room import Lanes
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import LN2, Ints

NO_DAYS = np.empty(0)


@dataclass(frozen=True, eq=False)
class Questions:
    """What lanes start with."""

    knot: Ints
    """[question]"""
    offset: Floats
    """[question] days after the knot"""
    psi: NDArray[Any]
    """[question][site][type], real or with an infinitely small imaginary part"""

    def __len__(self) -> int:
        """Return how many are asked."""
        return len(self.knot)

    def __getitem__(self, some: slice | Ints) -> Questions:
        """Return some of them."""
        return Questions(self.knot[some], self.offset[some], self.psi[some])

    def and_then(self, *others: Questions) -> Questions:
        """Return these and others, in order."""
        every = (self, *others)
        return Questions(*(np.concatenate([getattr(one, field.name) for one in every]) for field in fields(self)))


def questions_of(rows: Sequence[tuple[int, float, NDArray[Any]]]) -> Questions:
    """Return questions, each given as knot, days after it and psi [site][type]."""
    knots, offsets, psi = zip(*rows, strict=True)
    return Questions(np.array(knots), np.array(offsets), np.array(psi))


def to_lanes(questions: Questions) -> tuple[Lanes, Ints]:
    """Return the lanes in falling order of time, and for each question its lane."""
    order = np.lexsort((-questions.offset, -questions.knot))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Lanes(questions.knot[order], questions.offset[order], questions.psi[order]), place


def knot_at(layout: Layout, day: float) -> int:
    """Return the knot of a day that is one."""
    return int(np.searchsorted(layout.knots, day))


def seen_at(timeline: Timeline, layout: Layout, knot: int) -> Floats:
    """Return psi just before the looks of a knot, for cells that are lost track of after them, [site][type]."""
    return np.repeat(layout.seen[knot][:, None], len(timeline.types), axis=1)


def unseen(timeline: Timeline) -> Floats:
    """Return psi of cells that are lost track of: nothing is found any more."""
    return np.zeros((len(timeline.sites), len(timeline.types)))


def before_zero(timeline: Timeline, layout: Layout) -> Questions:
    """Return the question: found before `zero`, looks at `zero` left out."""
    return questions_of([(layout.zero_knot, 0.0, unseen(timeline))])


def found_by(timeline: Timeline, layout: Layout, days: Iterable[float]) -> Questions:
    """Return for each day the question: found by then, looks of that day included."""
    at = np.asarray([*days], dtype=float)
    before = np.searchsorted(layout.knots, at, side="right") - 1
    offset = at - layout.knots[before]
    # no look is taken inside a panel
    seen = np.where(offset[:, None] > 0, 0.0, layout.seen[before])
    return Questions(before, offset, np.repeat(seen[:, :, None], len(timeline.types), axis=2))


def found_or_there(timeline: Timeline, found: Questions, awake_only: bool) -> Questions:
    """Return for each question of `found_by` the one: found by then, or a living cell (if asked, an awake one) there."""
    there = ~np.array(timeline.dormant) if awake_only else np.ones(len(timeline.types), dtype=bool)
    return Questions(found.knot, found.offset, np.where(there, 1.0, found.psi))


def chance_seen(n50: Floats) -> Floats:
    """Return -ln of the chance that one cell is missed: ln 2 / n50, 0 where the exam cannot see."""
    return LN2 / n50
