"""Which questions the curves of a Timeline ask of the walk, and where the answers stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.exact.lanes import Questions, before_zero, found_by, found_or_there
from remnant.exact.plan import Layout
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints


@dataclass(frozen=True, eq=False)
class Lineup:
    """Which lane of the walk belongs to which curve."""

    questions: Questions
    zero: int
    found: slice
    there: slice | None
    awake: slice | None
    apart: slice | None = None
    """Questions about awake cells, the answers to which with resting cells added follow in the walk."""
    told: Ints | None = None
    """Which of the days asked about are those of `there` and `awake`."""


def line_up(timeline: Timeline, layout: Layout, times: Floats, states: Floats, apart: bool) -> Lineup:
    """Return the questions of the curves at `times`; on those that are among `states` also those about cells that are there.

    `apart` where cells at rest may be added to what is awake (see `rests_apart`).
    """
    by_then = found_by(timeline, layout, times)
    questions, n = before_zero(timeline, layout).and_then(by_then), len(times)
    found, told = slice(1, n + 1), np.flatnonzero(np.isin(times, states))
    if not told.size:
        return Lineup(questions, 0, found, None, None)
    m = len(told)
    second, third = slice(n + 1, n + m + 1), slice(n + m + 1, n + 2 * m + 1)
    then = by_then[told]
    questions = questions.and_then(found_or_there(timeline, then, awake_only=True))
    if not any(timeline.dormant):
        return Lineup(questions, 0, found, second, second, told=told)
    if apart:
        return Lineup(questions, 0, found, third, second, second, told)
    return Lineup(questions.and_then(found_or_there(timeline, then, awake_only=False)), 0, found, third, second, told=told)
