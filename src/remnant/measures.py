"""From the curves of a course to the kind of number a paper prints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from remnant.catalogue.published import COX, MEDIANS, Target
from remnant.course import Course
from remnant.outcome import By, Outcome
from remnant.quantity import YEAR_DAYS

MONTHS = 12
"""Points a year on which a median or a hazard ratio is found."""
FURTHEST_RATIO = 1e4
"""A hazard ratio is looked for up to this, and down to one over it."""
SHARED: dict[str, By] = {"share-kind": "kind", "share-site": "site", "share-route": "route"}


@dataclass(frozen=True)
class Part:
    """People of one arm of a trial who are alike."""

    share: float
    disease: str
    changes: tuple[Mapping[str, Any], ...]
    """What they have in place of the catalogue's usual course, one after the other."""

    @property
    def key(self) -> str:
        """A text that is the same for the same people, whatever their share."""
        return json.dumps([self.disease, *self.changes], sort_keys=True)

    @property
    def paths(self) -> set[str]:
        """The paths that the trial sets itself."""
        return {path for changes in self.changes for path in changes}

    def course(self, usual: Mapping[str, Course]) -> Course:
        """Return their course, from the usual one of each disease."""
        course = usual[self.disease]
        for changes in self.changes:
            course = course.replace_all(changes)
        return course


@dataclass(frozen=True, eq=False)
class Arm:
    """What becomes of the people of one arm: those who are alike, with their shares."""

    parts: tuple[tuple[float, Outcome], ...]
    """Shares are of those whom the trial took, so of people not found before day 0."""

    def free(self, day: float) -> float:
        """Return the share free of recurrence, no other cause taken into account."""
        return self._mean(lambda outcome: outcome.recurrence_free[_place(outcome, day)])

    def event_free(self, day: float) -> float:
        """Return the share alive without recurrence and without a second cancer."""
        return self._mean(lambda outcome: outcome.event_free[_place(outcome, day)])

    def cancer_free(self, day: float) -> float:
        """Return the share free of recurrence and of a second cancer, other deaths not taken into account."""
        return self._mean(lambda outcome: outcome.cancer_free[_place(outcome, day)])

    def found(self, by: By, day: float) -> dict[str, float]:
        """Return the share found by a day, by kind, site or route."""
        each = [outcome.incidence(by) for _, outcome in self.parts]
        places = [_place(outcome, day) for _, outcome in self.parts]
        names = dict.fromkeys(name for one in each for name in one)
        shares = [share for share, _ in self.parts]
        return {
            name: float(sum(w * one[name][at] for w, one, at in zip(shares, each, places, strict=True) if name in one))
            for name in names
        }

    def _mean(self, curve: Callable[[Outcome], float]) -> float:
        return float(sum(share * curve(outcome) for share, outcome in self.parts))


Share = Callable[[float], float]


def days_of(target: Target) -> tuple[float, ...]:
    """Return the days on which a target needs the curves."""
    start, year = target.starts_after_days, YEAR_DAYS
    if target.measure in MEDIANS:
        last = target.years or 15.0
        return tuple(start + year * i / MONTHS for i in range(int(last * MONTHS) + 1))
    if target.measure in COX:
        since, end = target.from_years, target.years or 0.0
        count = max(round((end - since) * MONTHS), 1)
        return tuple(start + year * (since + (end - since) * i / count) for i in range(count + 1))
    years = {0.0, target.from_years, target.years or 0.0}
    return tuple(start + year * one for one in sorted(years))


def arms(target: Target) -> list[list[Part]]:
    """Return the people of the arm a target is about, and of the other one where it compares."""
    changes = (target.base,) if target.against is None else (target.base, target.against)
    people = [(one.share, one.disease or target.disease, one.base) for one in target.people] or [(1.0, target.disease, {})]
    return [
        [Part(share, disease, (changes[0] | own, *changes[1:last])) for share, disease, own in people]
        for last in range(1, len(changes) + 1)
    ]


def people_of(wanted: Iterable[Target], usual: Mapping[str, Course]) -> list[tuple[Part, Course, list[float]]]:
    """Return people who are alike once, with their course and every day on which some result needs them."""
    found: dict[str, tuple[Part, set[float]]] = {}
    for target in wanted:
        for part in (part for arm in arms(target) for part in arm):
            found.setdefault(part.key, (part, set()))[1].update(days_of(target))
    return [(part, part.course(usual), sorted(days)) for part, days in found.values()]


def measure(target: Target, solved: Mapping[str, Outcome]) -> float:
    """Return what a target measures.

    Parameters
    ----------
    target : Target
    solved : mapping of str to Outcome
        By the key of each part of `arms(target)`, with at least the days of `days_of(target)` among their times.

    Returns
    -------
    float
        Shares of one, years, rates per year, or ratios.
    """
    first, *others = (Arm(tuple((part.share, solved[part.key]) for part in arm)) for arm in arms(target))
    start = target.starts_after_days
    end = start + YEAR_DAYS * (target.years or 0.0)
    since = start + YEAR_DAYS * target.from_years
    if others:
        return _compared(target, first, others[0], (since, end))
    match target.measure:
        case "free" | "recurrence" | "late-recurrence" | "event-free" | "share-within":
            return _share(target, first, (start, since, end))
        case "hazard":
            return _hazard(first.free, since, end)
        case "cancer-hazard":
            return _hazard(first.cancer_free, since, end)
        case "median-time":
            return _quantile_of_recurrences(target, first, 0.5)
        case "median-free":
            return _time_to_fall(target, first.free)
        case "median-event-free":
            return _time_to_fall(target, first.event_free)
    return _of_incidence(target, first, end)


def _compared(target: Target, first: Arm, other: Arm, days: tuple[float, float]) -> float:
    """Return the first arm against the other, between two days."""
    since, end = days
    match target.measure:
        case "difference":
            return abs(other.free(end) - first.free(end))
        case "risk-ratio":
            return (1 - first.free(end) / first.free(since)) / max(1 - other.free(end) / other.free(since), 1e-12)
        case "hazard-ratio":
            return cox_ratio(first.free, other.free, days_of(target))
        case "event-ratio":
            return cox_ratio(first.event_free, other.event_free, days_of(target))
        case "cumulative-ratio":
            return _hazard(first.event_free, since, end) / max(_hazard(other.event_free, since, end), 1e-12)
    return _hazard(first.free, since, end) / max(_hazard(other.free, since, end), 1e-12)


def cox_ratio(first: Share, other: Share, days: Sequence[float]) -> float:
    """Return the hazard ratio that Cox regression finds in two arms of equal size, watched to the last day.

    sum d1 = sum r n1 / (r n1 + n0) (d1 + d0), with n at risk and d events of each arm in each stretch. Where the ratio changes
    with time, stretches with many events weigh most, as in the number a trial prints.

    Parameters
    ----------
    first, other : callable
        Share of each arm without an event by a day; never rises.
    days : sequence of float
        Days, rising; the first is when the clock starts.

    Returns
    -------
    float
        Of the first arm against the other, between 1e-4 (no event in the first) and 1e4.

    References
    ----------
    Cox 1972, J R Stat Soc B 34:187, doi:10.1111/j.2517-6161.1972.tb00899.x
    """
    well = np.array([[share(day) for day in days] for share in (first, other)])
    well /= well[:, :1]
    events, at_risk = well[:, :-1] - well[:, 1:], (well[:, :-1] + well[:, 1:]) / 2

    def too_many(log_ratio: float) -> float:
        weighted = math.exp(log_ratio) * at_risk[0]
        return float(np.sum(weighted / (weighted + at_risk[1]) * events.sum(axis=0)) - events[0].sum())

    edge = math.log(FURTHEST_RATIO)
    if too_many(-edge) >= 0:
        return 1 / FURTHEST_RATIO
    if too_many(edge) <= 0:
        return FURTHEST_RATIO
    return math.exp(brentq(too_many, -edge, edge, xtol=1e-10))


def _share(target: Target, arm: Arm, days: tuple[float, float, float]) -> float:
    """Return a share of people between the trial's start, `from_years` and `years`."""
    start, since, end = days
    match target.measure:
        case "event-free":
            # survival without recurrence: other deaths and second cancers count against it
            return arm.event_free(end) / arm.event_free(start)
        case "late-recurrence":
            return 1 - arm.free(end) / arm.free(since)
        case "share-within":
            # `from_years` is within which; `years` is by when all are counted
            return (arm.free(start) - arm.free(since)) / (arm.free(start) - arm.free(end))
    free = arm.free(end) / arm.free(start)
    return free if target.measure == "free" else 1 - free


def _of_incidence(target: Target, arm: Arm, end: float) -> float:
    if target.measure == "incidence":
        return sum(arm.found("site", end).values())
    found = arm.found(SHARED[target.measure], end)
    return sum(found[name] for name in target.names) / sum(arm.found("site", end).values())


def _place(outcome: Outcome, day: float) -> int:
    return int(np.argmin(np.abs(outcome.times - day)))


def _hazard(well: Share, since: float, end: float) -> float:
    """Return events per person-year among those well, between two days."""
    return math.log(well(since) / well(end)) * YEAR_DAYS / (end - since)


def _quantile_of_recurrences(target: Target, arm: Arm, share: float) -> float:
    days = np.array(days_of(target))
    found = np.array([1 - arm.free(day) / arm.free(days[0]) for day in days])
    return float(np.interp(share * found[-1], found, days - days[0])) / YEAR_DAYS


def _time_to_fall(target: Target, well: Share) -> float:
    """Return the years until half of those well on the first day no longer are."""
    days = np.array(days_of(target))
    gone = np.array([1 - well(day) / well(days[0]) for day in days])
    return float(np.interp(0.5, gone, days - days[0])) / YEAR_DAYS
