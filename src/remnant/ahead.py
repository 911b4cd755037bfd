"""What lies ahead of those who are well: the year that follows each year, whether it falls, and when little is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.outcome import Outcome
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats

STEPS = 24
"""Half months in a year. A risk can rise for some weeks between two whole months and yet be lower at each of them."""
FIRST = (0, 1, 2, 4, 8, 12)
"""Half months that are compared before all are: a risk that rises over some of them rises at one."""
LIKELIEST = 3
"""Steps of half a month that are looked at next: those over which the risk rises most by nearly right answers."""
DOUBT = 2.0
"""How many times what two nearly right answers differ by a fall must be to be taken for one."""
LATER = 5.0
"""Years after which the year ahead is told a second time."""
FALLS_BY = 1e-9
"""Least fall from one half month to the next that is more than rounding of the engine."""


def ahead_of(outcome: Outcome, since: float, remaining_risk: float, risk_falls: bool) -> dict[str, Any]:
    """Return what those who are well on a day have before them.

    Parameters
    ----------
    outcome : Outcome
        Asked at whole years from day 0, among others; its draws, if any, solved on `days_of_draws`.
    since : float
        Day from which on it is told whether the year ahead falls.
    remaining_risk : float
        What counts as little left.
    risk_falls : bool
        What `falls` found.

    Returns
    -------
    dict
        `year`: `start` (days), `share` found in the year that follows, of those well at its start, and `low` and `high` of the
        chosen ones where there are draws. `chosen`: which years stand for all of them (see `windows`). `falls`: whether that
        share gets lower from each half month to the next, from `since` on. `below`: `remaining_risk`, and `year`, the first whole
        year from which the risk left until the last time is that small, with `low` and `high`; None where no year is.
    """
    starts, chosen = _starts(outcome), windows(outcome, since)
    year: dict[str, Any] = {"start": starts, "share": _in_a_year(outcome.times, outcome.recurrence_free, starts)}
    below: dict[str, Any] = {"remaining_risk": remaining_risk, "year": _small_from(outcome.times, outcome, remaining_risk)}
    if outcome.draws:
        drawn = outcome.drawn("recurrence_free")
        year |= {end: np.full(len(starts), np.nan) for end in ("low", "high")}
        for at in chosen.values():
            spread = [_in_a_year(outcome.times, free, starts[[at]])[0] for free in drawn]
            year["low"][at], year["high"][at] = np.quantile(spread, [0.025, 0.975])
        whole = _whole_years(outcome.times)
        years = [_first_small(outcome.times[whole], free[whole], remaining_risk) for free in drawn]
        known = np.array([float(outcome.times[-1]) / YEAR_DAYS if one is None else one for one in years], dtype=float)
        below["low"], below["high"] = np.quantile(known, [0.025, 0.975])
    return {"year": year, "chosen": chosen, "below": below, "falls": risk_falls}


def windows(outcome: Outcome, since: float) -> dict[str, int]:
    """Return which years stand for all that follow: the first, one 5 years later, the worst and the last; none for under two."""
    starts = _starts(outcome)
    after = [i for i, day in enumerate(starts) if day >= since - 0.5]
    if len(after) < 2:
        return {}
    share = _in_a_year(outcome.times, outcome.recurrence_free, starts)
    first, later = after[0], starts[after[0]] + LATER * YEAR_DAYS
    middle, worst = min(after, key=lambda i: abs(starts[i] - later)), max(after, key=lambda i: share[i])
    return {"first": first, "middle": middle, "worst": worst, "last": after[-1]}


def days_of_draws(outcome: Outcome, since: float) -> list[float]:
    """Return the days on which draws are solved, so that the range of each year that is told is not one between two days."""
    starts = _starts(outcome)
    at = [float(starts[i]) for i in windows(outcome, since).values()]
    return sorted(
        {float(outcome.times[0]), since, *at, *(_day(outcome.times, day + YEAR_DAYS) for day in at), float(outcome.times[-1])}
    )


def half_months(since: float, until: float) -> Floats:
    """Return the days, half a month apart, on which it is looked at whether the year ahead falls; see `first_half_months`."""
    return np.arange(since, until + 0.5, YEAR_DAYS / STEPS)


def first_half_months(since: float, until: float) -> list[float]:
    """Return those of the half months that `ahead_of` asks for first: solved with all else, they take little time."""
    days = half_months(since, until)
    return [float(days[at]) for at in sorted({*FIRST, *(first + STEPS for first in FIRST)}) if at < len(days)]


def _starts(outcome: Outcome) -> Floats:
    last = float(outcome.times[-1])
    return np.array([day for day in outcome.times if _is_year(day) and day + YEAR_DAYS <= last + 0.5])


def _day(times: Floats, day: float) -> float:
    return float(times[int(np.argmin(np.abs(times - day)))])


def _in_a_year(times: Floats, free: Floats, starts: Floats) -> Floats:
    at = [int(np.argmin(np.abs(times - day))) for day in starts]
    after = [int(np.argmin(np.abs(times - day - YEAR_DAYS))) for day in starts]
    return 1 - free[after] / free[at]


def falls(outcome: Outcome, since: float) -> bool:
    """Return whether the share found in the year that follows gets lower with each half month, by what the engine answers."""
    days = half_months(since, float(outcome.times[-1]))
    if len(days) < STEPS + 2:
        return False
    free_on, first = outcome.answers.recurrence_free, np.array([at for at in FIRST if at + STEPS < len(days)])
    if not _less_each_time(1 - free_on(days[first + STEPS]) / free_on(days[first])):
        return False
    nearly = np.diff(_year_after(outcome.answers.nearly_free(days)))
    unsure = np.flatnonzero(nearly[0] > -DOUBT * np.abs(nearly[1] - nearly[0]) - FALLS_BY)
    # one half month in which it does not fall is enough: where it is likely, and does, all others are not solved
    for steps in (unsure[np.argsort(nearly[0, unsure])[-LIKELIEST:]], unsure):
        ends = np.array([[0], [1], [STEPS], [STEPS + 1]]) + steps
        free = free_on(days[ends.ravel()]).reshape(ends.shape)
        if not _less_each_time(1 - free[2:] / free[:2]):
            return False
    return True


def _year_after(free: Floats) -> Floats:
    """Return the share found in the year that follows each half month, from the share free at each."""
    return 1 - free[..., STEPS:] / free[..., :-STEPS]


def _less_each_time(risk: Floats) -> bool:
    return bool(np.all(np.diff(risk, axis=0) < -FALLS_BY))


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
