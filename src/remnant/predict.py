"""The questions a course of care or a Timeline answers: exactly, many at a time, or by sampled lives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import numpy as np

from remnant.cores import cores
from remnant.course import Course
from remnant.errors import InputError
from remnant.jit_cache import cache_folder
from remnant.mixture import CURVES as STATES
from remnant.mixture import mix
from remnant.outcome import Outcome
from remnant.reading import Floats
from remnant.timeline import Timeline

# set before the first kernel is compiled; see jit_cache
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))

MOST_DRAWN = 7
"""Times at which draws are solved; between them their curves are smooth, and are interpolated."""
TRIED, LOST_IN_DRAWS = 4, 0.0015
"""Draws solved with half as many growth speeds as well, and the share these may be wrong by for the rest to be solved so."""


def solve(asked: Course | Timeline, times: Iterable[float] | None = None, draws: int = 0) -> Outcome:
    """Return the exact outcome of a course of care or of a Timeline.

    recurrence_free(T) = E_g[S(T; g)] / E_g[S(zero; g)], over the hidden classes of people where a course has some

    Parameters
    ----------
    asked : Course or Timeline
    times : float[time], optional
        Days on the Timeline's own clock, from `zero` on (courses: from the end of primary treatment); a Timeline's own
        `times`, or once a year, unless given.
    draws : int
        Courses only: how many draws of the numbers behind it make the band; 0 for no band.

    Returns
    -------
    Outcome
        Curves are exact; of a course, where and how a recurrence is found is told to three digits, for it takes far less time.

    Raises
    ------
    InputError
        If a time is not allowed, or draws are asked of a Timeline.
    ConvergenceError
        If an integral does not reach the accuracy promised.
    """
    if draws and not isinstance(asked, Course):
        raise InputError("draws", "must be 0 for a Timeline: its numbers know no range", draws)
    outcome = solve_many([asked], times)[0]
    if not isinstance(asked, Course) or draws == 0:
        return outcome
    return with_draws(outcome, asked, draws, few_of(outcome.times.tolist()))


def with_draws(
    outcome: Outcome, course: Course, draws: int, days: Sequence[float], room: Callable[[float], int] | None = None
) -> Outcome:
    """Return the outcome of a course with draws of the numbers behind it, solved on the days given and smooth between them.

    The first draws are solved with half as many growth speeds as well; where that loses little, so are the others.

    Parameters
    ----------
    outcome : Outcome
    course : Course
    draws : int
        How many.
    days : sequence of float
    room : callable, optional
        From the seconds that a draw takes to how many there is time for; all unless given.
    """
    begun = time.perf_counter()
    tried = course.draws(min(draws, TRIED))
    first = solve_roughly(tried, days)
    if room is not None:
        draws = min(draws, room((time.perf_counter() - begun) / len(tried)))
    rest = course.draws(draws)[TRIED:]
    again = solve_roughly(tried, days, sparse=True) if len(rest) > TRIED else []
    sparse = bool(again) and max(_lost(*pair) for pair in zip(first, again, strict=True)) < LOST_IN_DRAWS
    return replace(outcome, draws=(*first, *solve_roughly(rest, days, sparse=sparse)))


def _lost(one: Outcome, other: Outcome) -> float:
    """Return the largest difference of any curve of two outcomes."""
    return max(float(np.nanmax(np.abs(getattr(one, name) - getattr(other, name)))) for name in ("recurrence_free", *STATES))


def solve_roughly(
    courses: Sequence[Course], times: Sequence[float], threads: int | None = None, *, sparse: bool = False
) -> list[Outcome]:
    """Return the outcome of each course at `times`, right to three digits, some ten times sooner."""
    return solve_classes_roughly((course.resolve(times) for course in courses), threads, sparse=sparse)


def found_roughly(courses: Sequence[Course], start: float, end: float, threads: int | None = None) -> tuple[Floats, Floats]:
    """Return where and how a recurrence is found first between two days, by the place where it began (see `exact.origins`).

    Parameters
    ----------
    courses : sequence of Course
        Draws of one course, such that all have the same places.
    start, end : float
        Days.
    threads : int, optional
        Threads that work at the same time; all cores unless given.

    Returns
    -------
    float[course][site][noticed, seen at a visit]
        Share of those free of recurrence on day 0.
    float[course]
        Share of them who are free of everything on the first day.
    """
    from remnant.exact.origins import found_between

    def answer(course: Course) -> tuple[Floats, float]:
        classes = course.resolve([start, end])
        found = found_between([timeline for _, timeline in classes], start, end)
        parts = [(weight, one) for (weight, _), one in zip(classes, found, strict=True)]
        whole = sum(weight * one.at_zero for weight, one in parts)
        shares = [(weight * one.at_zero / whole, one) for weight, one in parts]
        return np.sum([share * one.places for share, one in shares], axis=0), sum(share * one.free for share, one in shares)

    with ThreadPoolExecutor(threads or cores()) as pool:
        answers = list(pool.map(answer, courses))
    return np.array([places for places, _ in answers]), np.array([free for _, free in answers])


def few_of(times: Sequence[float]) -> list[float]:
    """Return the times at which draws are solved: some of those asked for, the first and the last among them."""
    days = sorted({*times})
    if len(days) <= MOST_DRAWN:
        return days
    return [days[round(i * (len(days) - 1) / (MOST_DRAWN - 1))] for i in range(MOST_DRAWN)]


def solve_many(
    asked: Iterable[Course | Timeline], times: Iterable[float] | None = None, threads: int | None = None
) -> list[Outcome]:
    """Return the exact outcomes of many courses or Timelines, on all cores; those that differ only in amounts share their work.

    Parameters
    ----------
    asked : iterable of Course or Timeline
        A population, draws of a posterior, a grid; may be empty.
    times : float[time], optional
        Days on every clock; each one's own unless given.
    threads : int, optional
        Threads that work at the same time; all cores unless given.

    Returns
    -------
    list of Outcome
        In the order of `asked`.

    Raises
    ------
    InputError
        If something given is not a course or a Timeline, or a time is not allowed.
    ConvergenceError
        If an integral does not reach the accuracy promised.
    """
    wanted, every = [*times] if times is not None else None, [*asked]
    classes = [_classes(one, wanted, f"asked[{i}]") for i, one in enumerate(every)]
    return solve_classes(classes, threads, quick=all(isinstance(one, Course) for one in every))


def solve_classes(
    asked: Sequence[Sequence[tuple[float, Timeline]]],
    threads: int | None = None,
    *,
    quick: bool = True,
    also: Sequence[float] = (),
) -> list[Outcome]:
    """Return the exact outcome of each group of weighted Timelines, each asked at its own times (see `Course.resolve`).

    With `quick`, the curves are exact and where and how a recurrence is found is right to three digits. What the answers of the
    Outcomes are asked about days in `also` takes no further time.
    """
    from remnant.exact.many import solve_all

    timelines, more = [timeline for parts in asked for _, timeline in parts], np.asarray(also, dtype=float)
    outcomes = iter(solve_all(timelines, threads, quick=quick, also=more))
    return [mix([(weight, next(outcomes)) for weight, _ in parts]) for parts in asked]


def solve_classes_roughly(
    asked: Iterable[Sequence[tuple[float, Timeline]]], threads: int | None = None, *, sparse: bool = False
) -> list[Outcome]:
    """Return the outcome of each group of weighted Timelines, right to three digits, some ten times sooner than exactly.

    Few growth speeds are used and not checked, with `sparse` every second of those.
    """
    from remnant.exact.many import solve_all_roughly

    weights: list[list[float]] = []

    def timelines() -> Iterator[list[Timeline]]:
        for parts in asked:
            weights.append([weight for weight, _ in parts])
            yield [timeline for _, timeline in parts]

    solved = solve_all_roughly(timelines(), threads, sparse=sparse)
    return [mix([*zip(weights[i], outcomes, strict=True)]) for i, outcomes in enumerate(solved)]


class Other(TypedDict, total=False):
    """What seldom changes about a sample."""

    histories: bool
    first_patient: int
    threads: int | None
    grid: Sequence[float]


def sample(
    asked: Course | Timeline,
    patients: int = 100_000,
    seed: int = 1,
    times: Iterable[float] | None = None,
    device: str = "cpu",
    **other: Unpack[Other],
) -> Outcome:
    """Return the outcome of a course of care or a Timeline from sampled lives, with standard errors and histories.

    Parameters
    ----------
    asked : Course or Timeline
    patients : int
        How many lives, 1 or more.
    seed : int
        0 or more; the same seed gives the same lives on any machine, with any number of threads.
    times : float[time], optional
        Days on the Timeline's own clock, from `zero` on; its own `times` unless given.
    device : {"cpu", "cuda"}
        Where the lives are sampled; cuda is refused in this version.
    histories : bool
        Whether the table of patients is kept; True unless given.
    first_patient : int
        Number of the first patient, 0 unless given: the patients of a chunk are those of the whole sample.
    threads : int
        Threads that work at the same time; all cores unless given.
    grid : float[day]
        Further days at which a step ends: given the moments of all arms of a study, arms share their patients.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If something given is not allowed.
    RefusedError
        If the device cannot be used.
    SamplingError
        If nearly every patient is detected before `zero`.
    """
    classes = _classes(asked, [*times] if times is not None else None, "asked")
    from remnant.sampler import SampleOptions, sample_timeline
    from remnant.sampler.sample import whole

    unknown = set(other) - set(Other.__annotations__)
    if unknown:
        raise TypeError(f"sample() got an unexpected keyword argument {min(unknown)!r}")
    if len(classes) == 1:
        return sample_timeline(classes[0][1], patients, seed, SampleOptions(device=device, **other))
    first = other.get("first_patient", 0)
    parts = []
    for (weight, timeline), count in zip(classes, shared_out(whole("patients", patients, 1, 10**12), classes), strict=True):
        options = SampleOptions(device=device, **(other | {"first_patient": first}))
        parts.append((weight, sample_timeline(timeline, count, seed, options)))
        first += count
    return mix(parts)


def _classes(asked: Any, times: list[float] | None, where: str) -> list[tuple[float, Timeline]]:
    """Return weighted Timelines: those a course stands for, or the one given."""
    if isinstance(asked, Course):
        return asked.resolve(times)
    if isinstance(asked, Timeline):
        return [(1.0, asked.with_times(times))]
    write = "take a course from remnant.catalogue.course, or read a document with Timeline.from_dict or Timeline.from_json"
    raise InputError(where, "must be a Course or a Timeline", type(asked).__name__, write)


def shared_out(patients: int, classes: list[tuple[float, Timeline]]) -> list[int]:
    """Return how many patients each class gets: by weight, at least one each."""
    ends = [round(patients * sum(w for w, _ in classes[: i + 1])) for i in range(len(classes))]
    counts = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return [max(count, 1) for count in counts]
