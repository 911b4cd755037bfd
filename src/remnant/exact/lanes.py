"""The questions put to the backward walk, each a lane: from which moment on, and with which psi."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.exact.plan import Layout
from remnant.exact.room import Lanes
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import LN2


@dataclass(frozen=True, eq=False)
class Question:
    """What a lane starts with."""

    knot: int
    offset: float
    """Days after the knot."""
    psi: NDArray[Any]
    """[site][type], real or with an infinitely small imaginary part."""


def to_lanes(questions: list[Question]) -> tuple[Lanes, list[int]]:
    """Return the lanes in falling order of time, and for each question its lane."""
    order = sorted(range(len(questions)), key=lambda i: (-questions[i].knot, -questions[i].offset))
    place = [0] * len(questions)
    for lane, i in enumerate(order):
        place[i] = lane
    asked = [questions[i] for i in order]
    starts = np.array([q.psi for q in asked])
    return Lanes(np.array([q.knot for q in asked]), np.array([q.offset for q in asked]), starts), place


def knot_at(layout: Layout, day: float) -> int:
    """Return the knot of a day that is one."""
    return int(np.searchsorted(layout.knots, day))


def seen_at(timeline: Timeline, layout: Layout, knot: int) -> Floats:
    """Return psi just before the looks of a knot, for cells that are lost track of after them, [site][type]."""
    return np.repeat(layout.seen[knot][:, None], len(timeline.types), axis=1)


def unseen(timeline: Timeline) -> Floats:
    """Return psi of cells that are lost track of: nothing is found any more."""
    return np.zeros((len(timeline.sites), len(timeline.types)))


def before_zero(timeline: Timeline, layout: Layout) -> Question:
    """Return the question: found before `zero`, looks at `zero` left out."""
    return Question(layout.zero_knot, 0.0, unseen(timeline))


def found_by(timeline: Timeline, layout: Layout, days: Iterable[float]) -> list[Question]:
    """Return for each day the question: found by then, looks of that day included."""
    nothing = unseen(timeline)
    at = np.asarray([*days], dtype=float)
    before = np.searchsorted(layout.knots, at, side="right") - 1
    offsets = at - layout.knots[before]
    # no look is taken inside a panel
    return [
        Question(knot, offset, nothing if offset else seen_at(timeline, layout, knot))
        for knot, offset in zip(before.tolist(), offsets.tolist(), strict=True)
    ]


def found_or_there(timeline: Timeline, found: Iterable[Question], awake_only: bool) -> list[Question]:
    """Return for each question of `found_by` the one: found by then, or a living cell (if asked, an awake one) there."""
    there = ~np.array(timeline.dormant) if awake_only else np.ones(len(timeline.types), dtype=bool)
    return [Question(one.knot, one.offset, np.where(there, 1.0, one.psi)) for one in found]


def chance_seen(n50: Floats) -> Floats:
    """Return -ln of the chance that one cell is missed: ln 2 / n50, 0 where the exam cannot see."""
    return LN2 / n50
