"""The questions one Timeline answers: exactly, many at a time, or by sampled lives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from remnant.errors import InputError
from remnant.jit_cache import cache_folder
from remnant.outcome import Outcome
from remnant.timeline import Timeline

# set before the first kernel is compiled; see jit_cache
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))


def solve(timeline: Timeline, times: Iterable[float] | None = None) -> Outcome:
    """Return the exact outcome of a Timeline.

    recurrence_free(T) = E_g[S(T; g)] / E_g[S(zero; g)]

    Parameters
    ----------
    timeline : Timeline
    times : float[time], optional
        Days on the Timeline's own clock, from `zero` on; its own `times` unless given.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If a time is not allowed.
    ConvergenceError
        If an integral does not reach the accuracy promised.
    """
    return solve_many([timeline], times)[0]


def solve_many(timelines: Iterable[Timeline], times: Iterable[float] | None = None, threads: int | None = None) -> list[Outcome]:
    """Return the exact outcomes of many Timelines, on all cores; those that differ only in amounts share their work.

    Parameters
    ----------
    timelines : iterable of Timeline
        A population, draws of a posterior, a grid; may be empty.
    times : float[time], optional
        Days on every Timeline's own clock; each one's own `times` unless given.
    threads : int, optional
        Threads that work at the same time; all cores unless given.

    Returns
    -------
    list of Outcome
        In the order of `timelines`.

    Raises
    ------
    InputError
        If something given is not a Timeline or a time is not allowed.
    ConvergenceError
        If an integral does not reach the accuracy promised.
    """
    asked = [_checked(timeline, f"timelines[{i}]").with_times(times) for i, timeline in enumerate(timelines)]
    from remnant.exact.many import solve_all

    return solve_all(asked, threads)


class Other(TypedDict, total=False):
    """What seldom changes about a sample."""

    histories: bool
    first_patient: int
    threads: int | None
    grid: Sequence[float]


def sample(
    timeline: Timeline,
    patients: int = 100_000,
    seed: int = 1,
    times: Iterable[float] | None = None,
    device: str = "cpu",
    **other: Unpack[Other],
) -> Outcome:
    """Return the outcome of a Timeline from sampled lives, with standard errors and histories.

    Parameters
    ----------
    timeline : Timeline
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
    asked = _checked(timeline, "timeline").with_times(times)
    from remnant.sampler import SampleOptions, sample_timeline

    unknown = set(other) - set(Other.__annotations__)
    if unknown:
        raise TypeError(f"sample() got an unexpected keyword argument {min(unknown)!r}")
    return sample_timeline(asked, patients, seed, SampleOptions(device=device, **other))


def _checked(timeline: Any, where: str) -> Timeline:
    if not isinstance(timeline, Timeline):
        write = "read a document with Timeline.from_dict or Timeline.from_json"
        raise InputError(where, "must be a Timeline", type(timeline).__name__, write)
    return timeline
