"""Few growth speeds, unchecked: curves right to three digits, for draws whose band is far wider than what is lost.

Hidden classes of one course differ in what kills and what is looked at. They are laid out on the same days and read together:
only the walks are made for each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remnant.cores import cores
from remnant.exact.curves import Solved, curves_of, log_denominator
from remnant.exact.growth import Speeds, few_speeds
from remnant.exact.lanes import to_lanes
from remnant.exact.lineup import Lineup, line_up
from remnant.exact.plan import Amounts, Layout, amounts, lay_out_alike
from remnant.exact.resting import Staying, rests_apart, staying, with_resting
from remnant.exact.room import Lanes
from remnant.exact.sums import Sums, summed, summed_rows
from remnant.exact.survival import log_survival
from remnant.exact.walk import walked
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints, of_each

AHEAD = 4
"""Courses laid out and not yet walked, for each thread that walks."""


@dataclass(frozen=True, eq=False)
class Roughly:
    """Timelines alike, laid out with the questions put to them."""

    layouts: list[Layout]
    lanes: list[Lanes]
    place: Ints
    """[question] its lane."""
    lineup: Lineup
    resting: Staying | None
    sums: Sums | None
    brought: Amounts
    shape: float
    few: Speeds

    def every_second(self) -> Roughly:
        """Return the same with every second growth speed."""
        return replace(self, few=self.few.every_second())

    def walk(self) -> Floats:
        """Return psi of every lane, [class][speed][founders][lane]: what takes long, and leaves the interpreter to others."""
        return walked(self.layouts, self.lanes, self.few.g, rough=True)

    def solved(self, lanes: Floats) -> list[Solved]:
        """Return the curves of each from what was walked: nearly all of so few growth speeds matter."""
        grid, lineup = self.few, self.lineup
        psi = with_resting(summed(self.sums, lanes)[..., self.place], grid.g, self.resting, lineup.apart, self.sums)
        # [speed][question][class]
        log_s = np.moveaxis(log_survival(psi, self.brought, self.shape), 0, -1)
        curves, left = curves_of(grid.log_weight, log_s, lineup), log_denominator(grid.log_weight, log_s, lineup)
        return [Solved(curves.of(i), grid, float(one)) for i, one in enumerate(left)]


def ask_roughly(timelines: Sequence[Timeline], times: Floats, states: Floats, few: Speeds) -> Roughly:
    """Return Timelines alike (see `alike`), laid out and asked about `times` and, on `states`, about cells (`solve_together`)."""
    first = timelines[0]
    layouts = lay_out_alike(timelines, times[-1:])
    laid = {id(timeline): layout for timeline, layout in zip(timelines, layouts, strict=True)}
    apart = rests_apart(first, layouts)

    def lanes_of(one: Timeline) -> tuple[Lineup, Lanes, Ints]:
        lineup = line_up(one, laid[id(one)], times, states, apart)
        return lineup, *to_lanes(lineup.questions)

    asked = of_each(timelines, "looks", lanes_of)
    lineup, _, place = asked[0]
    sums, brought = summed_rows(layouts[0], amounts(first))
    resting = staying(first, layouts, lineup.questions[lineup.apart]) if lineup.apart is not None else None
    lanes = [one for _, one, _ in asked]
    return Roughly(layouts, lanes, place, lineup, resting, sums, brought, first.burden_spread, few)


def alike(timelines: Sequence[Timeline]) -> list[list[int]]:
    """Return the places of Timelines that differ only in epochs, pulses, looks and hazards: hidden classes of one course."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, one in enumerate(timelines):
        shared = (one.founders, one.sites, one.types, one.switching, one.mutation, one.symptoms, one.times)
        key = (*(id(part) for part in shared), one.dormant_types, one.zero, one.growth_spread, one.burden_spread)
        groups.setdefault(key, []).append(i)
    return [*groups.values()]


def solve_roughly(
    courses: Iterable[list[Timeline]], threads: int | None = None, *, sparse: bool = False
) -> Iterator[tuple[list[Timeline], list[Solved]]]:
    """Yield each group of Timelines with their curves at their own times; see `ask_roughly`.

    With `sparse`, every second of the few growth speeds only; whoever asks has looked at what is lost.
    One thread takes them, lays out and reads while others walk: more that read would wait for the interpreter most of the time.
    """
    workers = threads or cores()
    under_way: deque[tuple[list[Timeline], list[list[int]], list[Roughly], list[Future[Floats]]]] = deque()

    def oldest() -> tuple[list[Timeline], list[Solved]]:
        timelines, places, asked, walks = under_way.popleft()
        return timelines, _in_order(places, [one.solved(psi.result()) for one, psi in zip(asked, walks, strict=True)])

    with ThreadPoolExecutor(workers) as pool:
        for timelines in courses:
            places = alike(timelines)
            asked = [_ask_at_own_times([timelines[i] for i in group], sparse) for group in places]
            if workers == 1:
                yield timelines, _in_order(places, [one.solved(one.walk()) for one in asked])
                continue
            under_way.append((timelines, places, asked, [pool.submit(one.walk) for one in asked]))
            if len(under_way) > AHEAD * workers:
                yield oldest()
        while under_way:
            yield oldest()


def _ask_at_own_times(timelines: list[Timeline], sparse: bool) -> Roughly:
    days, few = np.unique(timelines[0].times), rough_speeds(timelines[0])
    return ask_roughly(timelines, days, days, few.every_second() if sparse else few)


def _in_order(places: list[list[int]], solved: list[list[Solved]]) -> list[Solved]:
    found = {i: one for group, answers in zip(places, solved, strict=True) for i, one in zip(group, answers, strict=True)}
    return [found[i] for i in range(len(found))]


def rough_speeds(timeline: Timeline, *, finer: bool = False) -> Speeds:
    """Return the growth speeds that are enough for rough answers about a Timeline; with `finer`, one more between each two."""
    return few_speeds(timeline.growth_spread, _are_of_many_ages(timeline), finer=finer)


def _are_of_many_ages(timeline: Timeline) -> bool:
    """Return whether every founder is seeded over time, or rests and wakes at any time."""
    return all(f.seeding is not None or f.type in timeline.dormant_types for f in timeline.founders)
