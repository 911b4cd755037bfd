"""From the curves of a course to the kind of number a paper prints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from remnant.catalogue.published import MEDIANS, Target
from remnant.course import Course
from remnant.outcome import Outcome
from remnant.quantity import YEAR_DAYS

Share = Callable[[Outcome, float], float]
MONTHS = 12
"""Points a year on which a median is found."""


def days_of(target: Target) -> tuple[float, ...]:
    """Return the days on which a target needs the curves."""
    start, year = target.starts_after_days, YEAR_DAYS
    if target.measure in MEDIANS:
        last = target.years or 15.0
        return tuple(start + year * i / MONTHS for i in range(int(last * MONTHS) + 1))
    years = {0.0, target.from_years, target.years or 0.0}
    return tuple(start + year * one for one in sorted(years))


def arms(target: Target, course: Course) -> list[Course]:
    """Return the arm a target is about, and the other one where it compares."""
    arm = course.replace_all(target.base)
    return [arm] if target.against is None else [arm, arm.replace_all(target.against)]


def arm_keys(target: Target) -> list[str]:
    """Return a text for each arm of `arms`, the same for the same arm: its disease, then what was changed, as JSON."""
    parts: list[Any] = [target.disease, target.base]
    base = json.dumps(parts, sort_keys=True)
    return [base] if target.against is None else [base, json.dumps([*parts, target.against], sort_keys=True)]


def needs_incidence(target: Target) -> bool:
    """Return whether a target is about places, routes or competing causes."""
    return target.measure in ("incidence", "share-kind", "share-site", "share-route")


def measure(target: Target, outcomes: Sequence[Outcome]) -> float:
    """Return what a target measures, from the outcome of each arm.

    Parameters
    ----------
    target : Target
    outcomes : sequence of Outcome
        Of the arms of `arms(target, course)`, with at least the days of `days_of(target)` among their times.

    Returns
    -------
    float
        Shares of one, years, rates per year, or ratios.
    """
    first = outcomes[0]
    start = target.starts_after_days
    end = start + YEAR_DAYS * (target.years or 0.0)
    since = start + YEAR_DAYS * target.from_years
    match target.measure:
        case "free" | "recurrence" | "late-recurrence" | "event-free" | "share-within":
            return _share(target, first, (start, since, end))
        case "hazard":
            return _hazard(_free, first, since, end)
        case "rate-ratio" | "hazard-ratio":
            return _hazard(_free, first, since, end) / max(_hazard(_free, outcomes[1], since, end), 1e-12)
        case "event-ratio":
            return _hazard(_event_free, first, since, end) / max(_hazard(_event_free, outcomes[1], since, end), 1e-12)
        case "difference":
            return abs(_free(outcomes[1], end) - _free(first, end))
        case "median-time":
            return _quantile_of_recurrences(target, first, 0.5)
        case "median-free":
            return _time_to_fall(target, _free, first)
        case "median-event-free":
            return _time_to_fall(target, _event_free, first)
    return _of_incidence(target, first, end)


def _share(target: Target, outcome: Outcome, days: tuple[float, float, float]) -> float:
    """Return a share of people between the trial's start, `from_years` and `years`."""
    start, since, end = days
    match target.measure:
        case "event-free":
            # survival without recurrence: other deaths and second cancers count against it
            return _event_free(outcome, end) / _event_free(outcome, start)
        case "late-recurrence":
            return 1 - _free(outcome, end) / _free(outcome, since)
        case "share-within":
            # `from_years` is within which; `years` is by when all are counted
            return (_free(outcome, start) - _free(outcome, since)) / (_free(outcome, start) - _free(outcome, end))
    free = _free(outcome, end) / _free(outcome, start)
    return free if target.measure == "free" else 1 - free


def _of_incidence(target: Target, outcome: Outcome, end: float) -> float:
    at = _place(outcome, end)
    if target.measure == "incidence":
        kinds = outcome.incidence("kind")
        return float(sum(kinds[kind][at] for kind in ("local", "regional", "distant", "systemic")))
    found = outcome.incidence({"share-kind": "kind", "share-site": "site", "share-route": "route"}[target.measure])  # type: ignore[arg-type]
    all_found = outcome.incidence("site")
    return float(found[target.name][at] / sum(values[at] for values in all_found.values()))


def _free(outcome: Outcome, day: float) -> float:
    return float(outcome.recurrence_free[_place(outcome, day)])


def _event_free(outcome: Outcome, day: float) -> float:
    return float(outcome.event_free[_place(outcome, day)])


def _place(outcome: Outcome, day: float) -> int:
    return int(np.argmin(np.abs(outcome.times - day)))


def _hazard(well: Share, outcome: Outcome, since: float, end: float) -> float:
    """Return events per person-year among those well, between two days."""
    return math.log(well(outcome, since) / well(outcome, end)) * YEAR_DAYS / (end - since)


def _quantile_of_recurrences(target: Target, outcome: Outcome, share: float) -> float:
    days = np.array(days_of(target))
    found = np.array([1 - _free(outcome, day) / _free(outcome, days[0]) for day in days])
    return float(np.interp(share * found[-1], found, days - days[0])) / YEAR_DAYS


def _time_to_fall(target: Target, well: Share, outcome: Outcome) -> float:
    """Return the years until half of those well on the first day no longer are."""
    days = np.array(days_of(target))
    gone = np.array([1 - well(outcome, day) / well(outcome, days[0]) for day in days])
    return float(np.interp(0.5, gone, days - days[0])) / YEAR_DAYS
