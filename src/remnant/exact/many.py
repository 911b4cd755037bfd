"""Many Timelines at once: those that differ only in how much was left behind share one walk, the rest share the cores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from remnant.cores import cores
from remnant.errors import RefusedError
from remnant.exact.answers import to_outcome
from remnant.exact.curves import Solved
from remnant.exact.lanes import NO_DAYS
from remnant.exact.rough import solve_roughly
from remnant.exact.solve import solve_together
from remnant.outcome import Outcome
from remnant.reading import Floats
from remnant.timeline import Timeline

MOST_TOGETHER = 64
"""Timelines that share one walk; more would hold too many numbers at a time."""


def solve_all(
    timelines: list[Timeline], threads: int | None = None, *, quick: bool = False, also: Floats = NO_DAYS
) -> list[Outcome]:
    """Return the outcome of every Timeline, in order; `quick` as in `to_outcome`.

    On days in `also`, none before `zero`, the share free is solved in the same walks: the answers of the Outcomes know it.
    """
    for timeline in timelines:
        _check_no_rises(timeline)
    groups = list(_batches(timelines))
    workers = min(threads or cores(), len(groups))
    if workers <= 1:
        solved = [_solve(timelines, group, also) for group in groups]
    else:
        with ThreadPoolExecutor(workers) as pool:
            solved = list(pool.map(lambda group: _solve(timelines, group, also), groups))
    outcomes: dict[int, Outcome] = {}
    for group, (days, answers) in zip(groups, solved, strict=True):
        for i, answer in zip(group, answers, strict=True):
            outcomes[i] = to_outcome(timelines[i], answer, days, quick=quick)
    return [outcomes[i] for i in range(len(timelines))]


def solve_all_roughly(
    courses: Iterable[list[Timeline]], threads: int | None = None, *, sparse: bool = False
) -> Iterator[list[Outcome]]:
    """Yield the outcomes of the Timelines of each course, right to three digits (see `exact.rough`)."""
    for timelines, solved in solve_roughly(map(_checked, courses), threads, sparse=sparse):
        yield [
            to_outcome(one, answer, np.unique(one.times), quick=True, bare=True)
            for one, answer in zip(timelines, solved, strict=True)
        ]


def _checked(timelines: list[Timeline]) -> list[Timeline]:
    for timeline in timelines:
        _check_no_rises(timeline)
    return timelines


def _check_no_rises(timeline: Timeline) -> None:
    """Refuse a Timeline in which a marker is read by its rise.

    Raises
    ------
    RefusedError
    """
    if timeline.rises:
        words = "a marker read by its rise remembers what was measured before, which `solve` cannot follow"
        raise RefusedError(f"rises ({timeline.rises[0].exam}): {words}; `sample`, `simulate` and `study` can")


def _solve(timelines: list[Timeline], group: list[int], also: Floats) -> tuple[Floats, list[Solved]]:
    together = [timelines[i] for i in group]
    days = np.union1d(together[0].times, also)
    return days, solve_together(together, days, together[0].times)


def _batches(timelines: list[Timeline]) -> Iterable[list[int]]:
    """Return the places of Timelines that share one walk."""
    groups: dict[str, list[int]] = {}
    for i, timeline in enumerate(timelines):
        groups.setdefault(_walk_key(timeline) if len(timelines) > 1 else "", []).append(i)
    for group in groups.values():
        for first in range(0, len(group), MOST_TOGETHER):
            yield group[first : first + MOST_TOGETHER]


def _walk_key(timeline: Timeline) -> str:
    """Return a text that is the same for Timelines with the same walk."""
    document = timeline.to_dict()
    for amount in ("hazards", "burden_spread", "name"):
        document.pop(amount, None)
    for founder in document["founders"]:
        if "seeding" in founder:
            founder["seeding"] = founder["seeding"] | {"rate": 1.0}
        else:
            founder.pop("mean", None)
            founder.pop("count", None)
    return json.dumps(document, sort_keys=True)
