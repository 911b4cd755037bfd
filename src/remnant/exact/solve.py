"""Curves of one Timeline, or of several that differ only in how much was left behind: one walk answers them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remnant.errors import ConvergenceError
from remnant.exact.growth import COARSEST, COARSEST_OF_CHEAP, FEWEST, Speeds, few_speeds, log_mean, speeds
from remnant.exact.lanes import Question, to_lanes
from remnant.exact.lineup import Lineup, line_up
from remnant.exact.plan import CLOSED, Amounts, Layout, amounts, has_links, lay_out
from remnant.exact.refining import Known, Logs, gap, matter, refined, shares
from remnant.exact.resting import staying, with_resting
from remnant.exact.survival import log_survival
from remnant.exact.walk import walk_speeds
from remnant.reading import Floats
from remnant.timeline import Timeline

MOST_HALVINGS = 6
SETTLED = 1e-5
"""Largest relative move of 1 - recurrence_free at the last halving; the next would move it by about the square of that."""
SETTLED_STATE = 1e-5
"""The same for the shares cured, inactive and active."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves over times, and what belongs to them."""

    recurred: Floats
    log_free: Floats
    cured: Floats
    inactive: Floats
    active: Floats


@dataclass(frozen=True, eq=False)
class Solved:
    """Curves with the growth speeds that were enough for them."""

    curves: Curves
    grid: Speeds
    log_denominator: float
    """ln of the chance to be free at `zero`, looks at `zero` left out."""


def solve_together(timelines: Sequence[Timeline], times: Floats, *, states: bool = True, rough: bool = False) -> list[Solved]:
    """Return the curves of Timelines that differ only in amounts, burden spread, hazards and name.

    Parameters
    ----------
    timelines : sequence of Timeline
        At least one.
    times : float[time]
        Days, rising, each once, not before `zero`.
    states : bool
        Whether cured, inactive and active are asked for; NaN otherwise.
    rough : bool
        Few growth speeds, and no check that they are enough: for draws, whose band is far wider than what is lost.

    Raises
    ------
    ConvergenceError
        If the growth integral does not settle.
    """
    first = timelines[0]
    layout = lay_out(first, times[-1:])
    lineup = line_up(first, layout, times, states)
    brought = [amounts(timeline) for timeline in timelines]
    shapes = [timeline.burden_spread for timeline in timelines]
    walk, sums = walk_questions(layout, lineup.questions, rough=rough), None
    if len(timelines) == 1:
        sums, merged = _sums(layout, brought[0])
        walk, brought = _summed(walk, sums), [merged]
    if lineup.apart is not None:
        walk = with_resting(walk, staying(first, layout, lineup.questions[lineup.apart]), lineup.apart, sums)
    if rough:
        # nearly all of so few matter
        grid = rough_speeds(first)
        return [
            Solved(_curves(grid.log_weight, log, lineup), grid, _log_denominator(grid.log_weight, log, lineup))
            for log in _logs(walk(grid.g), brought, shapes)
        ]
    logs_of = lambda psi: _logs(psi, brought, shapes)  # noqa: E731
    grid = speeds(first.growth_spread, 0)
    known = _first_grid(grid, walk, logs_of, lineup, cheap=not (layout.track_class > CLOSED).any())
    for halvings in range(MOST_HALVINGS + 1):
        if halvings:
            grid = speeds(first.growth_spread, halvings)
            known = refined(known, grid.g, walk, logs_of, grid.log_weight, lineup)
        logs, weight = logs_of(known.psi), grid.log_weight
        solved = [Solved(_curves(weight, log, lineup), grid, _log_denominator(weight, log, lineup)) for log in logs]
        coarse = [_curves(grid.coarse, log, lineup) for log in logs]
        if all(_settled(s.curves, c) for s, c in zip(solved, coarse, strict=True)):
            marked = matter(grid.log_weight, logs, lineup)
            return [replace(s, grid=grid.only(marked)) for s in solved]
    raise ConvergenceError(f"the growth integral did not settle with {len(grid.g)} speeds; `sample` can answer this Timeline")


def _logs(psi: Floats, brought: Sequence[Amounts], shapes: Sequence[float]) -> list[Floats]:
    return [log_survival(psi, a, k) for a, k in zip(brought, shapes, strict=True)]


def walk_questions(layout: Layout, questions: list[Question], *, rough: bool = False) -> Callable[[Floats], Floats]:
    """Return the function that takes growth speeds to psi of every question, [speed][row][question]; `rough` to three digits."""
    lanes, place = to_lanes(questions)
    linked = True if has_links(layout) else None

    def walk(g: Floats) -> Floats:
        psi = np.zeros((len(g), len(layout.row_track), len(questions)), lanes.start.dtype)
        walk_speeds(layout, np.ascontiguousarray(g), lanes, psi, linked, rough)
        return psi[:, :, place]

    return walk


def _sums(layout: Layout, brought: Amounts) -> tuple[Floats, Amounts]:
    """Return how Poisson rows of one track and type make one row, [row][founders], and the amounts of those rows.

    The sum of mean psi is all that counts of them: a primary that shrank and grew again before its operation has seeded in a
    hundred stretches.
    """
    kinds = layout.row_track * len(layout.type_class) + layout.row_type
    # rows with an exact number each stay by themselves
    alone = brought.count > 0
    kinds = np.where(alone, -1 - np.arange(len(kinds)), kinds)
    names, place = np.unique(kinds, return_inverse=True)
    sums, count = np.zeros((len(names), len(kinds))), np.zeros(len(names))
    sums[place, np.arange(len(kinds))] = np.where(alone, 1.0, brought.mean)
    count[place] = brought.count
    return sums, Amounts(np.where(count == 0, 1.0, 0.0), count)


def _summed(walk: Callable[[Floats], Floats], sums: Floats) -> Callable[[Floats], Floats]:
    return lambda g: sums @ walk(g)


def rough_speeds(timeline: Timeline) -> Speeds:
    """Return the growth speeds that are enough for rough answers about a Timeline."""
    return few_speeds(timeline.growth_spread, _are_of_many_ages(timeline))


def _are_of_many_ages(timeline: Timeline) -> bool:
    """Return whether every founder is seeded over time, or rests and wakes at any time."""
    return all(f.seeding is not None or f.type in timeline.dormant_types for f in timeline.founders)


def _first_grid(grid: Speeds, walk: Callable[[Floats], Floats], logs: Logs, lineup: Lineup, *, cheap: bool) -> Known:
    """Return psi at the speeds of the first grid: a few that are all walked, then what lies between."""
    step = COARSEST_OF_CHEAP if cheap else COARSEST
    while step > 1 and len(grid.g) < FEWEST * step:
        step //= 2
    known = Known(walk(grid.g[::step]), cheap=cheap)
    while step > 1:
        step //= 2
        known = refined(known, grid.g[::step], walk, logs, grid.log_weight[::step] + math.log(step), lineup)
    return known


def _log_denominator(log_weight: Floats, log_s: Floats, lineup: Lineup) -> float:
    return float(log_mean(log_weight, log_s[:, lineup.zero, None])[0])


def _curves(log_weight: Floats, log_s: Floats, lineup: Lineup) -> Curves:
    start, free = log_s[:, lineup.zero, None], log_s[:, lineup.found]
    given_start, given_free = shares(log_weight, start), shares(log_weight, free)
    recurred = -(given_start * np.expm1(gap(free, start))).sum(axis=0)
    log_free = log_mean(log_weight, free) - log_mean(log_weight, start)
    if lineup.there is None or lineup.awake is None:
        nothing = np.full_like(recurred, math.nan)
        return Curves(recurred, log_free, nothing, nothing, nothing)
    there, awake = log_s[:, lineup.there], log_s[:, lineup.awake]
    cured = (given_free * np.exp(gap(there, free))).sum(axis=0)
    inactive = -(given_free * np.exp(gap(awake, free)) * np.expm1(gap(there, awake))).sum(axis=0)
    active = -(given_free * np.expm1(gap(awake, free))).sum(axis=0)
    return Curves(recurred, log_free, cured, inactive + 0.0, active + 0.0)


def _settled(fine: Curves, coarse: Curves) -> bool:
    with np.errstate(invalid="ignore"):
        moved = np.abs(fine.recurred - coarse.recurred) > SETTLED * np.abs(fine.recurred)
        states = [np.abs(getattr(fine, n) - getattr(coarse, n)) > SETTLED_STATE for n in ("cured", "inactive", "active")]
    return not (moved.any() or np.any(states))
