"""Curves of one Timeline, or of several that differ only in how much was left behind: one walk answers them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remnant.errors import ConvergenceError
from remnant.exact.curves import Curves, Solved, curves_of, log_denominator
from remnant.exact.growth import COARSEST, COARSEST_OF_CHEAP, FEWEST, Speeds, speeds
from remnant.exact.lanes import Questions, to_lanes
from remnant.exact.lineup import Lineup, line_up
from remnant.exact.plan import CLOSED, Amounts, Layout, amounts, lay_out
from remnant.exact.refining import Known, matter, refined
from remnant.exact.resting import Staying, rests_apart, staying, with_resting
from remnant.exact.sums import Sums, summed, summed_rows
from remnant.exact.survival import log_survival
from remnant.exact.walk import walked
from remnant.reading import Floats
from remnant.timeline import Timeline

MOST_HALVINGS = 6
SETTLED = 1e-5
"""Largest relative move of 1 - recurrence_free at the last halving; the next would move it by about the square of that."""
SETTLED_STATE = 1e-5
"""The same for the shares cured, inactive and active."""


def solve_together(timelines: Sequence[Timeline], times: Floats, states: Floats) -> list[Solved]:
    """Return the curves of Timelines that differ only in amounts, burden spread, hazards and name.

    Parameters
    ----------
    timelines : sequence of Timeline
        At least one.
    times : float[time]
        Days, rising, each once, not before `zero`.
    states : float[time]
        Those of the days on which cured, inactive and active are asked for; NaN on all others.

    Raises
    ------
    ConvergenceError
        If the growth integral does not settle.
    """
    asked = _ask(timelines, times, states)
    lineup, spread = asked.lineup, timelines[0].growth_spread
    grid = speeds(spread, 0)
    known = _first_grid(grid, asked, cheap=not (asked.layout.track_class > CLOSED).any())
    for halvings in range(MOST_HALVINGS + 1):
        if halvings:
            grid = speeds(spread, halvings)
            known = refined(known, grid.g, asked.psi, asked.logs, grid.log_weight, lineup)
        logs, weight = asked.logs(known.psi), grid.log_weight
        solved = [Solved(curves_of(weight, log, lineup), grid, float(log_denominator(weight, log, lineup))) for log in logs]
        coarse = [curves_of(grid.coarse, log, lineup) for log in logs]
        if all(_settled(s.curves, c) for s, c in zip(solved, coarse, strict=True)):
            marked = matter(grid.log_weight, logs, lineup)
            return [replace(s, grid=grid.only(marked)) for s in solved]
    raise ConvergenceError(f"the growth integral did not settle with {len(grid.g)} speeds; `sample` can answer this Timeline")


@dataclass(frozen=True, eq=False)
class Asked:
    """Timelines that differ only in amounts, laid out with the questions put to them."""

    layout: Layout
    lineup: Lineup
    walk: Callable[[Floats], Floats]
    """From growth speeds to psi of every question, [speed][founders][question]."""
    resting: Staying | None
    sums: Sums | None
    """How founders make one row; None for each by itself."""
    brought: list[Amounts]
    shapes: list[float]

    def psi(self, g: Floats) -> Floats:
        """Return psi of every question, [speed][row][question]."""
        psi = summed(self.sums, self.walk(g))
        return with_resting(psi[None], g, self.resting, self.lineup.apart, self.sums)[0]

    def logs(self, psi: Floats) -> list[Floats]:
        """Return ln S of every question for each Timeline."""
        return [log_survival(psi, a, k) for a, k in zip(self.brought, self.shapes, strict=True)]


def _ask(timelines: Sequence[Timeline], times: Floats, states: Floats) -> Asked:
    first = timelines[0]
    layout = lay_out(first, times[-1:])
    lineup = line_up(first, layout, times, states, rests_apart(first, [layout]))
    sums, brought = None, [amounts(timeline) for timeline in timelines]
    if len(timelines) == 1:
        sums, merged = summed_rows(layout, brought[0])
        brought = [merged]
    resting = staying(first, [layout], lineup.questions[lineup.apart]) if lineup.apart is not None else None
    shapes = [timeline.burden_spread for timeline in timelines]
    return Asked(layout, lineup, walk_questions(layout, lineup.questions), resting, sums, brought, shapes)


def walk_questions(layout: Layout, questions: Questions) -> Callable[[Floats], Floats]:
    """Return the function that takes growth speeds to psi of every question, [speed][row][question]."""
    lanes, place = to_lanes(questions)
    return lambda g: walked([layout], [lanes], g)[0][:, :, place]


def _first_grid(grid: Speeds, asked: Asked, *, cheap: bool) -> Known:
    """Return psi at the speeds of the first grid: a few that are all walked, then what lies between."""
    step = COARSEST_OF_CHEAP if cheap else COARSEST
    while step > 1 and len(grid.g) < FEWEST * step:
        step //= 2
    known = Known(asked.psi(grid.g[::step]), cheap=cheap)
    while step > 1:
        step //= 2
        weight = grid.log_weight[::step] + math.log(step)
        known = refined(known, grid.g[::step], asked.psi, asked.logs, weight, asked.lineup)
    return known


def _settled(fine: Curves, coarse: Curves) -> bool:
    with np.errstate(invalid="ignore"):
        moved = np.abs(fine.recurred - coarse.recurred) > SETTLED * np.abs(fine.recurred)
        states = [np.abs(getattr(fine, n) - getattr(coarse, n)) > SETTLED_STATE for n in ("cured", "inactive", "active")]
    return not (moved.any() or np.any(states))
