"""What lies ahead of those who are well: the year that follows each year, whether it falls, and when little is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.outcome import Outcome
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats

MONTHS = 12
FALLS_BY = 1e-9
"""Least fall from one month to the next that is more than rounding of the engine."""


def ahead_of(outcome: Outcome, since: float, remaining_risk: float) -> dict[str, Any]:
    """Return what those who are well on a day have before them.

    Parameters
    ----------
    outcome : Outcome
        Asked at whole years from day 0, among others.
    since : float
        Day from which on it is told whether the year ahead falls.
    remaining_risk : float
        What counts as little left.

    Returns
    -------
    dict
        `year`: `start` (days), `share` found in the year that follows, of those well at its start, with `low` and `high` where
        there are draws. `falls`: whether that share gets lower from each month to the next, from `since` on. `below`:
        `remaining_risk`, and `year`, the first whole year from which the risk left until the last time is that small, with `low`
        and `high`; None where no year is.
    """
    last = float(outcome.times[-1])
    starts = np.array([day for day in outcome.times if _is_year(day) and day + YEAR_DAYS <= last + 0.5])
    year: dict[str, Any] = {"start": starts, "share": _in_a_year(outcome.times, outcome.recurrence_free, starts)}
    below: dict[str, Any] = {"remaining_risk": remaining_risk, "year": _small_from(outcome.times, outcome, remaining_risk)}
    if outcome.draws:
        drawn = outcome.drawn("recurrence_free")
        spread = np.array([_in_a_year(outcome.times, free, starts) for free in drawn])
        year["low"], year["high"] = np.quantile(spread, [0.025, 0.975], axis=0)
        whole = _whole_years(outcome.times)
        years = [_first_small(outcome.times[whole], free[whole], remaining_risk) for free in drawn]
        known = np.array([last / YEAR_DAYS if one is None else one for one in years], dtype=float)
        below["low"], below["high"] = np.quantile(known, [0.025, 0.975])
    return {"year": year, "below": below, "falls": _falls(outcome, since)}


def _in_a_year(times: Floats, free: Floats, starts: Floats) -> Floats:
    at = [int(np.argmin(np.abs(times - day))) for day in starts]
    after = [int(np.argmin(np.abs(times - day - YEAR_DAYS))) for day in starts]
    return 1 - free[after] / free[at]


def _falls(outcome: Outcome, since: float) -> bool:
    """Whether the share found in the year that follows gets lower with each month; by what the engine answers, not between."""
    days = np.arange(since, float(outcome.times[-1]) + 0.5, YEAR_DAYS / MONTHS)
    if len(days) < MONTHS + 2:
        return False
    free = outcome.answers.recurrence_free(days)
    ahead = 1 - free[MONTHS:] / free[:-MONTHS]
    return bool(np.all(np.diff(ahead) < -FALLS_BY))


def _small_from(times: Floats, outcome: Outcome, remaining_risk: float) -> int | None:
    whole = _whole_years(times)
    return _first_small(times[whole], outcome.recurrence_free[whole], remaining_risk)


def _first_small(times: Floats, free: Floats, remaining_risk: float) -> int | None:
    small = 1 - free[-1] / free <= remaining_risk
    return round(float(times[int(np.argmax(small))]) / YEAR_DAYS) if small.any() else None


def _whole_years(times: Floats) -> list[int]:
    return [i for i, day in enumerate(times) if _is_year(day)]


def _is_year(day: float) -> bool:
    return abs(day / YEAR_DAYS - round(day / YEAR_DAYS)) < 1e-9
