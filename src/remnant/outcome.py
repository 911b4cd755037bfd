"""What an engine answers: curves over time that know their error and what made them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from remnant.errors import InputError
from remnant.reading import Floats

KINDS = ("local", "regional", "distant", "systemic", "second_primary", "other_death")
By = Literal["site", "kind", "route"]
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Incidence:
    """Cumulative incidence of the first event by site and route, and of the causes that compete."""

    sites: tuple[str, ...]
    site_kinds: tuple[str, ...]
    routes: tuple[str, ...]
    """`symptoms` first, then the exams in file order."""
    found: Floats
    """[site][route][time] share found there, that way, by that time."""
    causes: Mapping[str, Floats]
    """other_death and second_primary over times; zeros where no hazard was given."""
    event_free: Floats
    """[time] share free of recurrence and of every competing cause."""

    def by(self, what: By) -> dict[str, Floats]:
        """Return cumulative incidence by site, by kind (with competing causes) or by route."""
        if what == "site":
            return {site: self.found[i].sum(axis=0) for i, site in enumerate(self.sites)}
        if what == "route":
            return {route: self.found[:, i].sum(axis=0) for i, route in enumerate(self.routes)}
        if what != "kind":
            raise InputError("by", "must be one of site, kind, route", what)
        kinds = {kind: np.zeros_like(self.event_free) for kind in KINDS}
        for i, kind in enumerate(self.site_kinds):
            kinds[kind] = kinds[kind] + self.found[i].sum(axis=0)
        return kinds | {cause: np.asarray(values) for cause, values in self.causes.items()}


class Answers(Protocol):
    """What an engine goes on answering after it returned its Outcome."""

    def recurrence_free(self, times: Floats) -> Floats:
        """Return the recurrence-free share at other times."""
        ...

    def nearly_free(self, times: Floats) -> Floats:
        """Return [2][time] the recurrence-free share at other times, sooner; the first is wrong by less than both differ."""
        ...

    def recurred(self, times: Floats) -> Floats:
        """Return 1 - recurrence_free at other times, without loss of small digits."""
        ...

    def incidence(self, times: Floats) -> Incidence:
        """Return the cumulative incidence of first events."""
        ...

    def found_by(self, exam: str, at: float) -> float:
        """Return the chance that this exam finds something on day `at` in those free until then."""
        ...


@dataclass(frozen=True, eq=False)
class Outcome:
    """The course of a disease after treatment, as one curve for each question.

    Every array runs over `times` (days on the Timeline's own clock). `cured`, `inactive` and `active` are shares
    of those still recurrence-free at that time and sum to one: no living cancer cell, only resting cells, or
    cells that divide but were not found. `recurrence_free` ignores competing causes.
    """

    times: Floats
    recurrence_free: Floats
    cured: Floats
    inactive: Floats
    active: Floats
    standard_errors: Mapping[str, Floats]
    """By the name of a curve; zeros for the exact engine."""
    zero: float
    answers: Answers = field(repr=False)
    provenance: Mapping[str, Any] = field(repr=False)
    """What made this: engine, version, resolved Timeline, seed and settings."""
    causes_free: Mapping[str, Floats] | None = None
    """By competing cause: share that it has not reached by each time; None where only lives can tell."""
    share_at_zero: float = 1.0
    """Chance of not having been found before `zero`; every curve is given that."""
    histories: Any = field(default=None, repr=False)
    """Sampled patients as a pyarrow Table; None for the exact engine."""
    draws: Sequence[Outcome] = field(default=(), repr=False)
    """Outcomes of draws of the numbers behind it, at some of its times, that make the band; empty for none."""

    @property
    def standard_error(self) -> Floats:
        """Standard error of `recurrence_free` over times; zeros for the exact engine."""
        return self.standard_errors["recurrence_free"]

    @property
    def recurred(self) -> Floats:
        """Share found again by each time: 1 - recurrence_free, without loss of small digits."""
        return self.answers.recurred(self.times)

    @property
    def band(self) -> tuple[Floats, Floats] | None:
        """95% band of `recurrence_free`: over the draws if there are any, else from sampling error, else None."""
        if self.draws:
            low, high = np.quantile(self.drawn("recurrence_free"), [0.025, 0.975], axis=0)
            return low, high
        if not self.standard_error.any():
            return None
        half = NORMAL_95 * self.standard_error
        return np.clip(self.recurrence_free - half, 0, 1), np.clip(self.recurrence_free + half, 0, 1)

    def drawn(self, curve: str) -> Floats:
        """Return a curve of every draw at the times of this outcome, [draw][time]; monotone between the times of the draws."""
        from scipy.interpolate import PchipInterpolator

        values = np.array([getattr(draw, curve) for draw in self.draws])
        days, first = np.unique(self.draws[0].times, return_index=True)
        if len(days) == 1:
            return np.repeat(values[:, :1], len(self.times), axis=1)
        return np.asarray(PchipInterpolator(days, values[:, first], axis=1)(self.times))

    def incidence(self, by: By = "site") -> dict[str, Floats]:
        """Return the cumulative incidence of the first event, competing causes taken into account.

        Parameters
        ----------
        by : {"site", "kind", "route"}
            `kind` adds second_primary and other_death; a route is `symptoms` or the name of an exam.

        Returns
        -------
        dict of str to float[time]
        """
        return self.answers.incidence(self.times).by(by)

    @property
    def event_free(self) -> Floats:
        """Share free of recurrence and of competing causes at each time."""
        if self.causes_free is not None:
            return self.recurrence_free * np.prod([*self.causes_free.values()], axis=0)
        return self.answers.incidence(self.times).event_free

    @property
    def cancer_free(self) -> Floats:
        """Share free of recurrence and of a second primary at each time, other deaths ignored; NaN where only lives can tell."""
        if self.causes_free is None:
            return np.full(len(self.times), math.nan)
        return self.recurrence_free * self.causes_free["second_primary"]

    def conditional(self, since_days: float) -> Floats:
        """Return the chance to be free at each time given free at `since_days`; NaN at earlier times.

        recurrence_free(t) / recurrence_free(since)
        """
        since = _day_from(since_days, self.zero, "since_days")
        free = float(self.answers.recurrence_free(np.array([since]))[0])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.times >= since, self.recurrence_free / free, np.nan)

    def would_be_found(self, exam: str, at: float) -> float:
        """Return the chance that this exam on day `at` finds a recurrence in those free until then."""
        return self.answers.found_by(exam, _day_from(at, self.zero, "at"))

    def time_to(self, remaining_risk: float = 0.02, tolerance_days: float = 0.5) -> float:
        """Return the first day from which the risk left until the last time is at most `remaining_risk`.

        The risk left on day t is 1 - recurrence_free(last) / recurrence_free(t).

        Parameters
        ----------
        remaining_risk : float
            From 0 to 1; 0 is reached only at the last time.
        tolerance_days : float
            How precisely the day is found.

        Returns
        -------
        float
            Day on the Timeline's clock, not before `zero`.
        """
        if not 0 <= remaining_risk <= 1:
            raise InputError("remaining_risk", "must be from 0 to 1", remaining_risk)
        low, high = self.zero, float(self.times.max())
        target = (
            float(self.answers.recurrence_free(np.array([high]))[0]) / (1 - remaining_risk) if remaining_risk < 1 else math.inf
        )
        # recurrence_free never rises, so the days with enough of the risk behind them are those after one crossing
        while high - low > tolerance_days:
            days = np.linspace(low, high, 18)[:-1]
            behind = self.answers.recurrence_free(days) <= target
            if not behind.any():
                low = float(days[-1])
                continue
            first = int(np.argmax(behind))
            if first == 0:
                return low
            low, high = float(days[first - 1]), float(days[first])
        return high

    def to_dict(self) -> dict[str, Any]:
        """Return the curves as plain data, for JSON."""
        curves = {
            name: getattr(self, name) for name in ("times", "recurrence_free", "cured", "inactive", "active", "standard_error")
        }
        document: dict[str, Any] = {name: _plain(values) for name, values in curves.items()}
        document["incidence"] = {by: {k: _plain(v) for k, v in self.incidence(by).items()} for by in ("site", "kind", "route")}
        document["event_free"] = _plain(self.event_free)
        if self.band is not None:
            document["band"] = {"level": 0.95, "low": _plain(self.band[0]), "high": _plain(self.band[1])}
        return document | {"provenance": dict(self.provenance)}


def _day_from(day: float, zero: float, name: str) -> float:
    if not (isinstance(day, int | float | np.integer | np.floating) and math.isfinite(day) and day >= zero):
        raise InputError(name, f"must be a day from zero, {zero:g}, on", day)
    return float(day)


def _plain(values: ArrayLike) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in np.asarray(values, dtype=float).tolist()]
