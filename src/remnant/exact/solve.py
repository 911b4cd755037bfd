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
from remnant.exact.refining import Known, gap, matter, refined, shares
from remnant.exact.resting import Staying, staying, with_resting
from remnant.exact.room import Lanes
from remnant.exact.survival import log_survival
from remnant.exact.walk import walk_speeds
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints

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


def solve_together(
    timelines: Sequence[Timeline], times: Floats, *, states: bool = True, rough: bool = False, sparse: bool = False
) -> list[Solved]:
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
    sparse : bool
        Every second of those only; whoever asks has looked at what is lost.

    Raises
    ------
    ConvergenceError
        If the growth integral does not settle.
    """
    asked = ask(timelines, times, states=states, rough=rough, sparse=sparse)
    if asked.rough is not None:
        return asked.roughly(asked.walk_few())
    lineup, spread = asked.lineup, timelines[0].growth_spread
    grid = speeds(spread, 0)
    known = _first_grid(grid, asked, cheap=not (asked.layout.track_class > CLOSED).any())
    for halvings in range(MOST_HALVINGS + 1):
        if halvings:
            grid = speeds(spread, halvings)
            known = refined(known, grid.g, asked.psi, asked.logs, grid.log_weight, lineup)
        logs, weight = asked.logs(known.psi), grid.log_weight
        solved = [Solved(_curves(weight, log, lineup), grid, _log_denominator(weight, log, lineup)) for log in logs]
        coarse = [_curves(grid.coarse, log, lineup) for log in logs]
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
    """From growth speeds to psi of every lane, [speed][founders][lane]: what takes long, and leaves the interpreter to others."""
    place: list[int]
    """[question] its lane."""
    resting: Staying | None
    sums: Sums | None
    """How founders make one row; None for each by itself."""
    brought: list[Amounts]
    shapes: list[float]
    rough: Speeds | None
    """The few growth speeds that are enough; None for as many as it takes."""

    def psi(self, g: Floats) -> Floats:
        """Return psi of every question, [speed][row][question]."""
        return self.questions(self.walk(g), g)

    def questions(self, lanes: Floats, g: Floats) -> Floats:
        """Return psi of every question from that of every lane."""
        psi = (lanes if self.sums is None else self.sums.of(lanes))[..., self.place]
        if self.resting is None or self.lineup.apart is None:
            return psi
        return with_resting(psi, g, self.resting, self.lineup.apart, self.sums.matrix if self.sums is not None else None)

    def logs(self, psi: Floats) -> list[Floats]:
        """Return ln S of every question for each Timeline."""
        return [log_survival(psi, a, k) for a, k in zip(self.brought, self.shapes, strict=True)]

    @property
    def few(self) -> Speeds:
        """The few growth speeds of who asked roughly."""
        if self.rough is None:
            raise ValueError("asked exactly: no few growth speeds are enough")
        return self.rough

    def walk_few(self) -> Floats:
        """Return psi of every lane at the few growth speeds: what may be done beside other things."""
        return self.walk(self.few.g)

    def roughly(self, lanes: Floats) -> list[Solved]:
        """Return the curves from what was walked at the few growth speeds: nearly all of so few matter."""
        grid = self.few
        logs = self.logs(self.questions(lanes, grid.g))
        weight, lineup = grid.log_weight, self.lineup
        return [Solved(_curves(weight, log, lineup), grid, _log_denominator(weight, log, lineup)) for log in logs]


def ask(timelines: Sequence[Timeline], times: Floats, *, states: bool = True, rough: bool = False, sparse: bool = False) -> Asked:
    """Return Timelines laid out and asked; see `solve_together`."""
    first = timelines[0]
    layout = lay_out(first, times[-1:])
    lineup = line_up(first, layout, times, states)
    lanes, place = to_lanes(lineup.questions)
    sums, brought = None, [amounts(timeline) for timeline in timelines]
    if len(timelines) == 1:
        sums, merged = _sums(layout, brought[0])
        brought = [merged]
    resting = staying(first, layout, lineup.questions[lineup.apart]) if lineup.apart is not None else None
    few = (rough_speeds(first).every_second() if sparse else rough_speeds(first)) if rough else None
    shapes = [timeline.burden_spread for timeline in timelines]
    return Asked(layout, lineup, walk_lanes(layout, lanes, rough=rough), place, resting, sums, brought, shapes, few)


def walk_lanes(layout: Layout, lanes: Lanes, *, rough: bool = False) -> Callable[[Floats], Floats]:
    """Return the function that takes growth speeds to psi of every lane, [speed][row][lane]; `rough` to three digits."""
    linked = True if has_links(layout) else None

    def walk(g: Floats) -> Floats:
        psi = np.zeros((len(g), len(layout.row_track), len(lanes.knot)), lanes.start.dtype)
        walk_speeds(layout, np.ascontiguousarray(g), lanes, psi, linked, rough)
        return psi

    return walk


def walk_questions(layout: Layout, questions: list[Question], *, rough: bool = False) -> Callable[[Floats], Floats]:
    """Return the function that takes growth speeds to psi of every question, [speed][row][question]."""
    lanes, place = to_lanes(questions)
    walk = walk_lanes(layout, lanes, rough=rough)
    return lambda g: walk(g)[:, :, place]


@dataclass(frozen=True, eq=False)
class Sums:
    """How Poisson rows of one track and type make one row: the sum of mean psi is all that counts of them.

    A primary that shrank and grew again before its operation has seeded in a hundred stretches.
    """

    order: Ints
    """Founders, those of one row together"""
    starts: Ints
    """[row] its first founders in that order"""
    share: Floats
    """[founders] in that order, the mean that each brings; 1 for those in exact numbers"""

    def of(self, psi: Floats) -> Floats:
        """Return [..., row, lane] from [..., founders, lane]; equal lanes give equal sums, to the last digit."""
        return np.asarray(np.add.reduceat(psi[..., self.order, :] * self.share[:, None], self.starts, axis=-2))

    @property
    def matrix(self) -> Floats:
        """[row][founders]"""
        row = np.searchsorted(self.starts, np.arange(len(self.order)), side="right") - 1
        matrix = np.zeros((len(self.starts), len(self.order)))
        matrix[row, self.order] = self.share
        return matrix


def _sums(layout: Layout, brought: Amounts) -> tuple[Sums | None, Amounts]:
    """Return how founders make rows, and the amounts of those; None for no founders."""
    kinds = layout.row_track * len(layout.type_class) + layout.row_type
    if not kinds.size:
        return None, brought
    # rows with an exact number each stay by themselves
    alone = brought.count > 0
    kinds = np.where(alone, -1 - np.arange(len(kinds)), kinds)
    order = np.argsort(kinds, kind="stable")
    _, starts = np.unique(kinds[order], return_index=True)
    count = brought.count[order][starts]
    return Sums(order, starts, np.where(alone, 1.0, brought.mean)[order]), Amounts(np.where(count == 0, 1.0, 0.0), count)


def rough_speeds(timeline: Timeline) -> Speeds:
    """Return the growth speeds that are enough for rough answers about a Timeline."""
    return few_speeds(timeline.growth_spread, _are_of_many_ages(timeline))


def _are_of_many_ages(timeline: Timeline) -> bool:
    """Return whether every founder is seeded over time, or rests and wakes at any time."""
    return all(f.seeding is not None or f.type in timeline.dormant_types for f in timeline.founders)


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
