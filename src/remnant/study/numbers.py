"""From counts to the numbers a paper prints, with their errors, alone and between arms that share their patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from remnant.clinic.decide import GOALS
from remnant.endpoints import NAMES, usual_definition
from remnant.errors import InputError
from remnant.outcome import NORMAL_95
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.study.asked_tests import NEGATIVE, POSITIVE
from remnant.study.later import left, survival_after
from remnant.study.logrank import Fit, TwoArms, hazard_ratio, two_arms
from remnant.study.measured import BETWEEN_ARMS, LATER, Measured, names_in
from remnant.study.tally import BATCHES, EVENTS, LEAD_DAYS, Batches, Counts, Layout
from remnant.timeline import COMPETING_CAUSES

MONTHS = 12
MEDIANS = ("median-size", "median-time")
OF_EVENT = {"recurrence": 0, "second-primary": EVENTS.index("second_primary"), "other-death": EVENTS.index("other_death")}


@dataclass(frozen=True)
class Estimate:
    """A number of the study."""

    value: float
    error: float
    """Standard error from sampling so many patients; NaN where it cannot be told."""
    unpaired_error: float | None = None
    """Between arms: what the error would be if every arm had patients of its own."""

    @property
    def variance_ratio(self) -> float | None:
        """By how much shared patients cut the variance of a difference; None for a number of one arm."""
        if self.unpaired_error is None or not self.error > 0:
            return None
        return (self.unpaired_error / self.error) ** 2


def of_arm(measured: Measured, layout: Layout, arm: Batches) -> Estimate:
    """Return a number of one arm."""
    value = lambda counts: number(measured, layout, counts)  # noqa: E731
    if measured.measure in MEDIANS:
        return _median(measured, layout, arm.total)
    return Estimate(value(arm.total), _error([value(arm.without(b)) for b in range(BATCHES)]))


def _median(measured: Measured, layout: Layout, counts: Counts) -> Estimate:
    """Return a median, its error by Woodruff 1952, 10.1080/01621459.1952.10483443: leaving out batches fails for medians."""
    found, scale = _counted_values(measured, layout, counts)
    if not found.sum():
        return Estimate(math.nan, math.nan)
    reach = NORMAL_95 / 2 / math.sqrt(float(found.sum()))
    low, middle, high = (scale * _quantile(found, min(max(share, 0.0), 1.0)) for share in (0.5 - reach, 0.5, 0.5 + reach))
    return Estimate(middle, (high - low) / (2 * NORMAL_95))


def _counted_values(measured: Measured, layout: Layout, counts: Counts) -> tuple[Floats, float]:
    """Return how often each step of a size or a time was met, and the width of a step."""
    at = _until(measured, layout)
    if measured.measure == "median-size":
        return np.asarray(counts["size"][:at].sum(axis=0))[1:], 1.0
    return counts["day"][0, : int(_years(measured, layout) * YEAR_DAYS) + 1], 1 / YEAR_DAYS


def between(measured: Measured, layout: Layout, arms: tuple[Batches, Batches], compare: str) -> Estimate:
    """Return what sets an arm apart from another one.

    Parameters
    ----------
    measured : Measured
        What is compared; hazard ratios compare by themselves.
    layout : Layout
    arms : (Batches, Batches)
        This arm and the other one.
    compare : {"difference", "ratio"}
    """
    value = _comparison(measured, layout, compare)
    wholes = [arm.total for arm in arms]
    whole = value(wholes[0], wholes[1])
    if measured.measure in MEDIANS:
        apart = math.hypot(*(_median(measured, layout, whole).error for whole in wholes))
        return Estimate(whole, apart)
    paired, first, second = [], [], []
    for b in range(BATCHES):
        left = [arm.without(b) for arm in arms]
        paired.append(value(left[0], left[1]))
        first.append(value(left[0], wholes[1]))
        second.append(value(wholes[0], left[1]))
    return Estimate(whole, _error(paired), math.hypot(_error(first), _error(second)))


def lead_time(pair: Batches) -> tuple[Estimate, float]:
    """Return by how many years an arm finds sooner those found in both arms: the mean, and the median."""

    def mean(counts: Counts) -> float:
        return float(counts["earlier"] / counts["both"]) / YEAR_DAYS if counts["both"] > 0 else math.nan

    whole = pair.total
    steps = whole["earlier steps"]
    middle = (_quantile(steps, 0.5) - 0.5 - len(steps) // 2) * LEAD_DAYS / YEAR_DAYS if steps.sum() else math.nan
    return Estimate(mean(whole), _error([mean(pair.without(b)) for b in range(BATCHES)])), middle


def _comparison(measured: Measured, layout: Layout, compare: str) -> Callable[[Counts, Counts], float]:
    if measured.measure == "hazard-ratio":
        near: list[Fit] = []

        def ratio(arm: Counts, other: Counts) -> float:
            found = hazard_ratio(days_of(measured, layout, arm, other), near[0] if near else None)
            if not near and math.isfinite(found.log_ratio):
                # all others differ by one batch only
                near.append(found)
            return found.ratio

        return ratio

    def compared(arm: Counts, other: Counts) -> float:
        one, two = (number(measured, layout, counts) for counts in (arm, other))
        if compare == "ratio":
            return one / two if two else math.nan
        return one - two

    return compared


def days_of(measured: Measured, layout: Layout, arm: Counts, other: Counts) -> TwoArms:
    """Return events and people at risk by day, of recurrences or of any first event, for a hazard ratio."""
    last = int(_years(measured, layout) * YEAR_DAYS)
    if measured.endpoint == "death":
        return _deaths_of(arm, other, last)
    if measured.endpoint in NAMES:
        return _ends_of(_endpoint(measured, layout), arm, other, last)
    rows = [0] if measured.endpoint == "recurrence" else list(range(len(EVENTS)))
    both: list[Floats] = []
    for counts in (arm, other):
        days = counts["day"][:, : last + 1]
        exits = days.sum(axis=0).astype(float)
        exits[-1] += counts["people"] - exits.sum()
        both += [days[rows].sum(axis=0).astype(float), exits]
    return two_arms(both[0], both[1], both[2], both[3])


def _endpoint(measured: Measured, layout: Layout) -> str:
    """Return the name under which the times of an end point are counted."""
    return f"{measured.endpoint} {measured.definition or usual_definition(layout.design.population.course)}"


def _ends_of(name: str, arm: Counts, other: Counts, last: int) -> TwoArms:
    both: list[Floats] = []
    for counts in (arm, other):
        days = counts[name][:, : last + 1]
        exits = days.sum(axis=0).astype(float)
        exits[-1] += counts["people"] - exits.sum()
        both += [days[1].astype(float), exits]
    return two_arms(both[0], both[1], both[2], both[3])


def _deaths_of(arm: Counts, other: Counts, last: int) -> TwoArms:
    both: list[Floats] = []
    for counts in (arm, other):
        died = counts["died"][:, : last + 1].sum(axis=0).astype(float)
        exits = died.copy()
        exits[-1] += counts["people"] - exits.sum()
        both += [died, exits]
    return two_arms(both[0], both[1], both[2], both[3])


def number(measured: Measured, layout: Layout, counts: Counts) -> float:
    """Return a number of one arm from its counts; NaN where nobody is asked about.

    Shares are of one, times in years, sizes in mm.
    """
    people = float(counts["people"])
    at = _until(measured, layout)
    if people == 0:
        return math.nan
    events = counts["event"][:at].sum(axis=0)
    match measured.measure:
        case "recurrence" | "second-primary" | "other-death":
            return _of_event(measured, layout, counts, events) / people
        case "event-free":
            return 1 - float(events.sum()) / people
        case "free":
            return 1 - float(counts["net"][:at].sum()) / people
        case "share":
            return _ratio(_named(measured.name, layout, counts, at), float(events[0]))
        case "incidence":
            return _named(measured.name, layout, counts, at) / people
        case "share-above" | "people-above":
            larger = float(counts["size"][:at, math.floor(measured.above_mm or 0.0) + 1 :].sum())
            return _ratio(larger, float(events[0]) if measured.measure == "share-above" else people)
        case "median-size" | "median-time":
            return _median(measured, layout, counts).value
    if measured.measure in LATER:
        return _later(measured, layout, counts)
    return _of_exams(measured, layout, counts)


def _of_event(measured: Measured, layout: Layout, counts: Counts, events: Floats) -> float:
    """Return people with this first event; where they are followed further, a second cancer counts once found."""
    if measured.measure == "second-primary" and "second" in counts:
        return float(counts["second"][: int(_years(measured, layout) * YEAR_DAYS) + 1].sum())
    return float(events[OF_EVENT[measured.measure]])


def _later(measured: Measured, layout: Layout, counts: Counts) -> float:
    """Return a number of people followed after a recurrence."""
    people, last = float(counts["people"]), int(_years(measured, layout) * YEAR_DAYS) + 1
    match measured.measure:
        case "alive":
            return 1 - float(counts["died"][:, :last].sum()) / people
        case "cancer-death":
            return float(counts["died"][0, :last].sum()) / people
        case "life-years":
            return float(counts["alive days"]) / people / YEAR_DAYS
        case "treated-for-cure":
            return _ratio(float(counts["goal"][GOALS.index("cure")]), float(counts["proved"]))
        case "reached-line":
            return _ratio(float(counts["lines"][measured.line :].sum()), float(counts["proved"]))
        case "endpoint-free":
            return float(left(*counts[_endpoint(measured, layout)].astype(float))[last - 1])
    unchanged = measured.measure in ("unchanged-after-recurrence", "median-unchanged")
    alive = survival_after(counts, "worse" if unchanged else "after")
    if measured.measure in ("alive-after-recurrence", "unchanged-after-recurrence"):
        month = min(round(_years(measured, layout) * MONTHS), len(alive)) - 1
        return float(alive[month]) if counts["proved"] else math.nan
    gone = np.flatnonzero(alive <= 0.5)
    return (float(gone[0]) + 0.5) / MONTHS if len(gone) else math.nan


def _of_exams(measured: Measured, layout: Layout, counts: Counts) -> float:
    people, name = float(counts["people"]), measured.name
    match measured.measure:
        case "test-positive":
            results = counts["tests"][layout.tests.index(name)]
            return _ratio(float(results[POSITIVE]), float(results[POSITIVE] + results[NEGATIVE]))
        case "exams":
            return float(_of(name, layout.exams, counts["exams"])) / people
        case "exams-per-recurrence":
            return _ratio(float(_of(name, layout.exams, counts["exams"])), float(counts["event"][:, 0].sum()))
        case "scans":
            return _scans(layout, counts) / people
        case "scans-per-recurrence":
            return _ratio(_scans(layout, counts), float(counts["event"][:, 0].sum()))
        case "growth-found-by-symptoms" | "growth-found-by-exams":
            way = int(measured.measure == "growth-found-by-exams")
            return math.exp(_ratio(float(counts["log speed"][way]), float(counts["found by"][way])))
        case "false-alarms":
            return float(_of(name, layout.alarms, counts["alarms"])) / people
        case "people-with-false-alarms":
            at = layout.alarms.index(name) if name else len(layout.alarms)
            return float(counts["alarmed"][at]) / people
        case "event-free-years":
            return float(counts["free days"]) / people / YEAR_DAYS
    assert measured.measure in BETWEEN_ARMS
    raise InputError("endpoint", f"{measured.measure} is between two arms", measured.measure)


def _named(name: str, layout: Layout, counts: Counts, at: int) -> float:
    """Return first events of a kind, at a site, by a route, or of a competing cause."""
    if name in COMPETING_CAUSES:
        return float(counts["event"][:at, EVENTS.index(name)].sum())
    names = names_in(name)
    routes = [i for i, route in enumerate(layout.routes) if route in names]
    if routes:
        return float(counts["route"][:at, routes].sum())
    places = zip(layout.sites, layout.site_kinds, strict=True)
    sites = [i for i, (site, kind) in enumerate(places) if site in names or kind in names]
    return float(counts["site"][:at, sites].sum())


def _of(name: str, names: Sequence[str], counts: Floats) -> float:
    return float(counts[names.index(name)]) if name else float(counts.sum())


def _scans(layout: Layout, counts: Counts) -> float:
    return float(sum(counts["exams"][layout.exams.index(name)] for name in layout.scans))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def _quantile(counts: Floats, share: float) -> float:
    """Return the place below which this share of the counts lies, even within a step."""
    below = np.cumsum(counts)
    at = min(int(np.searchsorted(below, share * below[-1])), len(below) - 1)
    before = float(below[at - 1]) if at else 0.0
    return at + (share * float(below[-1]) - before) / max(float(counts[at]), 1.0)


def _until(measured: Measured, layout: Layout) -> int:
    """Return how many of the layout's steps of time lie before the end asked for."""
    return 1 + int(np.searchsorted(layout.years, _years(measured, layout) - 1e-9))


def _years(measured: Measured, layout: Layout) -> float:
    return layout.design.years_counted if measured.years is None else measured.years


def _error(replicates: Sequence[float]) -> float:
    """Return the jackknife's standard error from leaving out each batch."""
    values = np.array(replicates)
    if not np.isfinite(values).all():
        return math.nan
    return float(np.sqrt((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum()))
