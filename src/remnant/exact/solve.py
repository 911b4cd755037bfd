"""Curves of one Timeline, or of several that differ only in how much was left behind: one walk answers them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remnant.errors import ConvergenceError
from remnant.exact.growth import COARSEST, Speeds, few_speeds, log_mean, speeds
from remnant.exact.lanes import Question, before_zero, found_by, found_or_there, to_lanes
from remnant.exact.plan import Amounts, Layout, amounts, has_links, lay_out
from remnant.exact.resting import rests_apart, staying, with_resting
from remnant.exact.survival import log_survival
from remnant.exact.walk import walk_speeds
from remnant.reading import Floats
from remnant.timeline import Timeline

MOST_HALVINGS = 6
NEGLIGIBLE = 1e-11
"""Growth speeds that carry less than this share of everything asked for are not walked."""
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


@dataclass(frozen=True, eq=False)
class Lineup:
    """Which lane of the walk belongs to which curve."""

    questions: list[Question]
    zero: int
    found: slice
    there: slice | None
    awake: slice | None
    apart: slice | None = None
    """Questions about awake cells, the answers to which with resting cells added follow in the walk."""


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
    lineup = _line_up(first, layout, times, states)
    brought = [amounts(timeline) for timeline in timelines]
    shapes = [timeline.burden_spread for timeline in timelines]
    walk = walk_questions(layout, lineup.questions)
    if lineup.apart is not None:
        walk = with_resting(walk, staying(first, layout, lineup.questions[lineup.apart]), lineup.apart)
    if rough:
        # nearly all of so few matter
        grid = few_speeds(first.growth_spread, _are_of_many_ages(first))
        return [
            Solved(_curves(grid.log_weight, log, lineup), grid, _log_denominator(grid.log_weight, log, lineup))
            for log in _logs(walk(grid.g), brought, shapes)
        ]
    psi = _first_grid(speeds(first.growth_spread, 0), walk, lambda psi: _logs(psi, brought, shapes), lineup)
    logs: list[Floats] = []
    for halvings in range(MOST_HALVINGS + 1):
        grid = speeds(first.growth_spread, halvings)
        if halvings:
            psi = _filled(psi, grid.g, walk, _matter(grid.log_weight[::2], logs, lineup))
        logs = _logs(psi, brought, shapes)
        weight = grid.log_weight
        solved = [Solved(_curves(weight, log, lineup), grid, _log_denominator(weight, log, lineup)) for log in logs]
        coarse = [_curves(grid.coarse, log, lineup) for log in logs]
        if all(_settled(s.curves, c) for s, c in zip(solved, coarse, strict=True)):
            matter = _matter(grid.log_weight, logs, lineup)
            return [replace(s, grid=grid.only(matter)) for s in solved]
    raise ConvergenceError(f"the growth integral did not settle with {len(grid.g)} speeds; `sample` can answer this Timeline")


def _logs(psi: Floats, brought: Sequence[Amounts], shapes: Sequence[float]) -> list[Floats]:
    return [log_survival(psi, a, k) for a, k in zip(brought, shapes, strict=True)]


def walk_questions(layout: Layout, questions: list[Question]) -> Callable[[Floats], Floats]:
    """Return the function that takes growth speeds to psi of every question, [speed][row][question]."""
    lanes, place = to_lanes(questions)
    linked = True if has_links(layout) else None

    def walk(g: Floats) -> Floats:
        psi = np.zeros((len(g), len(layout.row_track), len(questions)), lanes.start.dtype)
        walk_speeds(layout, np.ascontiguousarray(g), lanes, psi, linked)
        return psi[:, :, place]

    return walk


def _are_of_many_ages(timeline: Timeline) -> bool:
    """Return whether every founder is seeded over time, or rests and wakes at any time."""
    return all(f.seeding is not None or f.type in timeline.dormant_types for f in timeline.founders)


def _first_grid(grid: Speeds, walk: Callable[[Floats], Floats], logs: Callable[[Floats], list[Floats]], lineup: Lineup) -> Floats:
    """Return psi at the speeds of the first grid: every fourth, then what lies between those that matter."""
    step = COARSEST if len(grid.g) > COARSEST else 1
    psi = walk(grid.g[::step])
    while step > 1:
        matter = _matter(grid.log_weight[::step], logs(psi), lineup)
        step //= 2
        psi = _filled(psi, grid.g[::step], walk, matter)
    return psi


def _filled(psi: Floats, g: Floats, walk: Callable[[Floats], Floats], matter: NDArray[np.bool_]) -> Floats:
    """Return psi at the speeds `g`, every second of which is known: walked beside speeds that matter, copied elsewhere."""
    finer = np.empty((len(g), *psi.shape[1:]))
    finer[::2] = psi
    finer[1::2] = psi[:-1]
    walked = 1 + 2 * np.nonzero(matter[:-1] | matter[1:])[0]
    finer[walked] = walk(g[walked])
    return finer


def _matter(log_weight: Floats, logs: Sequence[Floats], lineup: Lineup) -> NDArray[np.bool_]:
    """Return which growth speeds carry more than a negligible part of any answer."""
    matter = np.zeros(len(log_weight), dtype=bool)
    for log_s in logs:
        start, free = log_s[:, lineup.zero, None], log_s[:, lineup.found]
        given = _shares(log_weight, start)
        gone = -given * np.expm1(_gap(free, start))
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = np.hstack([given, _shares(log_weight, free), gone / gone.sum(axis=0)])
        matter |= ~(np.nan_to_num(parts) < NEGLIGIBLE).all(axis=1)
    return matter


def _line_up(timeline: Timeline, layout: Layout, times: Floats, states: bool) -> Lineup:
    n = len(times)
    questions = [before_zero(timeline, layout), *found_by(timeline, layout, times)]
    if not states:
        return Lineup(questions, 0, slice(1, n + 1), None, None)
    found, second, third = slice(1, n + 1), slice(n + 1, 2 * n + 1), slice(2 * n + 1, 3 * n + 1)
    questions += found_or_there(timeline, layout, times, awake_only=True)
    if not any(timeline.dormant):
        return Lineup(questions, 0, found, second, second)
    if rests_apart(timeline, layout):
        return Lineup(questions, 0, found, third, second, second)
    questions += found_or_there(timeline, layout, times, awake_only=False)
    return Lineup(questions, 0, found, third, second)


def _log_denominator(log_weight: Floats, log_s: Floats, lineup: Lineup) -> float:
    return float(log_mean(log_weight, log_s[:, lineup.zero, None])[0])


def _curves(log_weight: Floats, log_s: Floats, lineup: Lineup) -> Curves:
    start, free = log_s[:, lineup.zero, None], log_s[:, lineup.found]
    given_start, given_free = _shares(log_weight, start), _shares(log_weight, free)
    recurred = -(given_start * np.expm1(_gap(free, start))).sum(axis=0)
    log_free = log_mean(log_weight, free) - log_mean(log_weight, start)
    if lineup.there is None or lineup.awake is None:
        nothing = np.full_like(recurred, math.nan)
        return Curves(recurred, log_free, nothing, nothing, nothing)
    there, awake = log_s[:, lineup.there], log_s[:, lineup.awake]
    cured = (given_free * np.exp(_gap(there, free))).sum(axis=0)
    inactive = -(given_free * np.exp(_gap(awake, free)) * np.expm1(_gap(there, awake))).sum(axis=0)
    active = -(given_free * np.expm1(_gap(awake, free))).sum(axis=0)
    return Curves(recurred, log_free, cured, inactive + 0.0, active + 0.0)


def _shares(log_weight: Floats, log_s: Floats) -> Floats:
    """Return how the patients of a column are shared between the growth speeds; NaN where there are none."""
    total = log_weight[:, None] + log_s
    top = total.max(axis=0)
    with np.errstate(invalid="ignore"):
        parts = np.exp(total - top)
        return parts / parts.sum(axis=0)


def _gap(later: Floats, earlier: Floats) -> Floats:
    """Return ln S - ln S of more that may have happened: at most 0, also where rounding or 0 / 0 says otherwise."""
    with np.errstate(invalid="ignore"):
        gap = later - earlier
    return np.where(gap < 0.0, gap, 0.0)


def _settled(fine: Curves, coarse: Curves) -> bool:
    with np.errstate(invalid="ignore"):
        moved = np.abs(fine.recurred - coarse.recurred) > SETTLED * np.abs(fine.recurred)
        states = [np.abs(getattr(fine, n) - getattr(coarse, n)) > SETTLED_STATE for n in ("cured", "inactive", "active")]
    return not (moved.any() or np.any(states))
