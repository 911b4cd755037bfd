"""Which questions the curves of a Timeline ask of the walk, and where the answers stand."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.exact.lanes import Questions, before_zero, found_by, found_or_there
from remnant.exact.plan import Layout
from remnant.exact.resting import rests_apart
from remnant.reading import Floats
from remnant.timeline import Timeline


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


def line_up(timeline: Timeline, layout: Layout, times: Floats, states: bool) -> Lineup:
    """Return the questions of the curves at `times`; with `states` also those about cells that are there."""
    n = len(times)
    by_then = found_by(timeline, layout, times)
    questions = before_zero(timeline, layout).and_then(by_then)
    if not states:
        return Lineup(questions, 0, slice(1, n + 1), None, None)
    found, second, third = slice(1, n + 1), slice(n + 1, 2 * n + 1), slice(2 * n + 1, 3 * n + 1)
    questions = questions.and_then(found_or_there(timeline, by_then, awake_only=True))
    if not any(timeline.dormant):
        return Lineup(questions, 0, found, second, second)
    if rests_apart(timeline, layout):
        return Lineup(questions, 0, found, third, second, second)
    return Lineup(questions.and_then(found_or_there(timeline, by_then, awake_only=False)), 0, found, third, second)
