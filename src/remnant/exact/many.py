"""Many Timelines at once: those that differ only in how much was left behind share one walk, the rest share the cores."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from remnant.cores import cores
from remnant.errors import RefusedError
from remnant.exact.answers import to_outcome
from remnant.exact.solve import Asked, Solved, ask, solve_together
from remnant.outcome import Outcome
from remnant.reading import Floats
from remnant.timeline import Timeline

NO_DAYS = np.empty(0)
AHEAD = 4
"""Timelines laid out and not yet walked, for each thread that walks."""
MOST_TOGETHER = 64
"""Timelines that share one walk; more would hold too many numbers at a time."""


def solve_all(
    timelines: list[Timeline],
    threads: int | None = None,
    *,
    rough: bool = False,
    sparse: bool = False,
    quick: bool = False,
    also: Floats = NO_DAYS,
) -> list[Outcome]:
    """Return the outcome of every Timeline, in order; `rough` and `sparse` as in `solve_together`, `quick` as in `to_outcome`.

    Days in `also`, none before `zero`, are solved in the same walks: the answers of the Outcomes know them.
    """
    for timeline in timelines:
        if timeline.rises:
            words = "a marker read by its rise remembers what was measured before, which `solve` cannot follow"
            raise RefusedError(f"rises ({timeline.rises[0].exam}): {words}; `sample`, `simulate` and `study` can")
    # draws differ in their rates: to look for those that share a walk would only cost time
    groups = [[i] for i in range(len(timelines))] if rough else list(_batches(timelines))
    workers = min(threads or cores(), len(groups))
    if rough:
        solved = list(_solved_roughly(timelines, also, workers, sparse=sparse))
    elif workers <= 1:
        solved = [_solve(timelines, group, also) for group in groups]
    else:
        with ThreadPoolExecutor(workers) as pool:
            solved = list(pool.map(lambda group: _solve(timelines, group, also), groups))
    outcomes: dict[int, Outcome] = {}
    for group, (days, answers) in zip(groups, solved, strict=True):
        for i, answer in zip(group, answers, strict=True):
            outcomes[i] = to_outcome(timelines[i], answer, days, quick=quick or rough, bare=rough)
    return [outcomes[i] for i in range(len(timelines))]


def _solve(timelines: list[Timeline], group: list[int], also: Floats) -> tuple[Floats, list[Solved]]:
    together = [timelines[i] for i in group]
    days = np.union1d(together[0].times, also)
    return days, solve_together(together, days)


def _solved_roughly(
    timelines: list[Timeline], also: Floats, workers: int, *, sparse: bool
) -> Iterator[tuple[Floats, list[Solved]]]:
    """Yield days and curves of each Timeline: one thread lays them out and reads them, while others walk.

    More than one thread that reads would wait for the interpreter most of the time.
    """
    under_way: deque[tuple[Floats, Asked, Future[Floats]]] = deque()

    def oldest() -> tuple[Floats, list[Solved]]:
        days, asked, walked = under_way.popleft()
        return days, asked.roughly(walked.result())

    with ThreadPoolExecutor(max(workers, 1)) as pool:
        for timeline in timelines:
            days = np.union1d(timeline.times, also)
            asked = ask([timeline], days, rough=True, sparse=sparse)
            if workers > 1:
                under_way.append((days, asked, pool.submit(asked.walk_few)))
            else:
                yield days, asked.roughly(asked.walk_few())
            if len(under_way) > AHEAD * workers:
                yield oldest()
        while under_way:
            yield oldest()


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
