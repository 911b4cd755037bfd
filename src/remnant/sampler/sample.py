"""The Outcome of sampled lives: curves with standard errors, first findings by site and route, histories."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from remnant.cores import cores
from remnant.errors import InputError, RefusedError
from remnant.outcome import Incidence, Outcome
from remnant.reading import Floats
from remnant.sampler.cpu import Run, run_blocks
from remnant.sampler.histories import histories_table, joined
from remnant.sampler.life import Lives
from remnant.sampler.plan import lay_out
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE, Timeline

MOST_PATIENTS = 10**9
MOST_SEED = 2**63 - 1
STATES = ("cured", "inactive", "active")


@dataclass(frozen=True)
class SampleOptions:
    """What seldom changes about a sample."""

    device: str = "cpu"
    """Where lives are sampled."""
    histories: bool = True
    """Whether the table of patients is kept."""
    first_patient: int = 0
    """Number of the first patient, so that chunks of one sample can be made apart."""
    threads: int | None = None
    """Threads that work at the same time; all cores unless given. The answer does not depend on it."""
    grid: Sequence[float] = field(default=())
    """Further days at which a step ends: with the union of the moments of all arms, arms stay coupled."""


def sample_timeline(timeline: Timeline, patients: int, seed: int, options: SampleOptions) -> Outcome:
    """Return the Outcome of so many sampled patients; see `remnant.sample`."""
    patients = whole("patients", patients, 1, MOST_PATIENTS)
    seed = whole("seed", seed, 0, MOST_SEED)
    first = whole("first_patient", options.first_patient, 0, MOST_PATIENTS)
    threads = cores() if options.threads is None else whole("threads", options.threads, 1, 4096)
    if options.device not in ("cpu", "cuda"):
        raise InputError("device", "must be one of cpu, cuda", options.device)
    if options.device == "cuda":
        raise RefusedError("device cuda is not in this version; use device='cpu'")
    run = Run(seed, first, patients, len(np.unique(timeline.times)), threads, options.histories)
    return _outcome(timeline, _lives(timeline, run, options.grid), run, options)


def lives_of(timeline: Timeline, patients: int, seed: int, first_patient: int = 0) -> Lives:
    """Return the lives of so many patients up to their first finding; see `remnant.sample`."""
    seed = whole("seed", seed, 0, MOST_SEED)
    return _lives(timeline, Run(seed, first_patient, patients, len(np.unique(timeline.times)), cores(), False))


def _lives(timeline: Timeline, run: Run, grid: Sequence[float] = ()) -> Lives:
    return joined(run_blocks(lay_out(timeline, grid), run))


def whole(name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`.

    Raises
    ------
    InputError
        If it is not.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(name, f"must be a whole number from {low} to {high}", value) from None
    if isinstance(value, bool) or not low <= number <= high:
        raise InputError(name, f"must be a whole number from {low} to {high}", value)
    return number


@dataclass(frozen=True, eq=False)
class SampledAnswers:
    """Answers that need the patients again: counts, or one more exam."""

    timeline: Timeline
    lives: Lives
    run: Run
    grid: Sequence[float]

    def recurrence_free(self, times: Floats) -> Floats:
        """Return the share not found by `times` (days up to the last one asked for)."""
        return 1.0 - self.recurred(times)

    def nearly_free(self, times: Floats) -> Floats:
        """Return the same twice: lives that were sampled are looked up."""
        return np.array([self.recurrence_free(times)] * 2)

    def recurred(self, times: Floats) -> Floats:
        """Return the share found by `times`."""
        return np.searchsorted(self._found_days, self._within(times), side="right") / self.run.patients

    def incidence(self, times: Floats) -> Incidence:
        """Return the cumulative incidence of first events at `times` (days, any order)."""
        days, lives = self._within(times), self.lives
        routes = (SYMPTOMS_ROUTE, *self.timeline.exams)
        first = lives.day <= lives.cause_day
        found = np.zeros((len(self.timeline.sites), len(routes), len(days)))
        for site in range(found.shape[0]):
            for route in range(found.shape[1]):
                found[site, route] = _share(lives.day[first & (lives.site == site) & (lives.route == route)], days, self.run)
        causes = {
            name: _share(lives.cause_day[~first & (lives.cause == i)], days, self.run) for i, name in enumerate(COMPETING_CAUSES)
        }
        free = 1.0 - _share(np.minimum(lives.day, lives.cause_day), days, self.run)
        return Incidence(self.timeline.sites, self.timeline.site_kinds, routes, found, causes, free)

    def found_by(self, exam: str, at: float) -> float:
        """Return the mean chance that one more exam on day `at` finds something in those free just before."""
        self._within(np.array([at]))
        plan = lay_out(self.timeline, self.grid, (at, self.timeline.sight(exam, at)))
        free, seen = joined(run_blocks(plan, self.run)).probe
        return float(seen / free) if free > 0 else math.nan

    @cached_property
    def _found_days(self) -> Floats:
        return np.sort(self.lives.day)

    def _within(self, times: Floats) -> Floats:
        days = np.asarray(times, float)
        last = float(self.timeline.times.max())
        if days.size and days.max() > last:
            raise InputError("times", f"must not be after the last day that was sampled, {last:g}", float(days.max()))
        return days


def _share(days: Floats, times: Floats, run: Run) -> Floats:
    return np.searchsorted(np.sort(days), times, side="right") / run.patients


def _outcome(timeline: Timeline, lives: Lives, run: Run, options: SampleOptions) -> Outcome:
    back = np.unique(timeline.times, return_inverse=True)[1]
    answers = SampledAnswers(timeline, lives, run, options.grid)
    counts = lives.states[back].astype(float)
    free = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        states = {name: counts[:, i] / free for i, name in enumerate(STATES)}
    errors = {name: standard_error(counts[:, i], free) for i, name in enumerate(STATES)}
    errors["recurrence_free"] = standard_error(free, np.full_like(free, run.patients))
    made = {
        "engine": "sampler", "version": version("remnant"), "patients": run.patients, "seed": run.seed,
        "first_patient": run.first_patient, "device": options.device, "attempts": int(lives.attempts.sum()),
        "timeline": timeline.to_dict(),
    }  # fmt: skip
    table = histories_table(timeline, lives, run.first_patient) if options.histories else None
    return Outcome(
        times=timeline.times, recurrence_free=free / run.patients, **states, standard_errors=errors, zero=timeline.zero,
        answers=answers, provenance=made, histories=table, share_at_zero=run.patients / int(lives.attempts.sum()),
    )  # fmt: skip


def standard_error(hits: Floats, trials: Floats) -> Floats:
    """Return the standard error of a share, sqrt(p (1 - p) / n).

    Where all or none were hit p is taken half a count inside, so that no error is said to be 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(hits, 0.5, trials - 0.5) / trials
        return np.sqrt(np.maximum(share * (1 - share), 0.0) / trials)
