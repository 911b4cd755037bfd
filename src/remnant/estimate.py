"""What was observed where several first events compete: the Aalen-Johansen curves of a table, ties counted exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.cohort_read import TABLE, Source, TimeUnit, cell_error, first_true, numbers, refuse, shown, to_frame
from remnant.errors import InputError
from remnant.product_limit import followed_at, still_free
from remnant.reading import Floats, frozen

NORMAL_95 = 1.959963984540054
_CENSORED = ("", "0", "0.0", "False")


@dataclass(frozen=True)
class FirstEvents:
    """Which columns of a table hold first events that compete."""

    duration: str
    """Time to the first event or to the end of follow-up."""
    cause: str
    """What it was, a number or a word; 0 or empty for none."""
    unit: str
    """Of every time: days, months or years."""
    entry: str | None = None
    """Time from which a patient was watched (late entry); without it everybody from 0."""

    def __post_init__(self) -> None:
        TimeUnit.named(self.unit)


@dataclass(frozen=True, eq=False)
class CompetingObserved:
    """Stairs of cumulative incidence by cause, right-continuous; arrays over steps."""

    days: Floats
    """[step] days on which anybody had a first event"""
    event_free: Floats
    """[step] share free of every cause from that day on (Kaplan-Meier)"""
    incidence: Mapping[str, Floats]
    """By cause, [step] share whose first event by then was that; with `event_free` they sum to 1."""
    variance: Mapping[str, Floats]
    """By cause, [step] variance of the incidence"""
    last_day: float
    """Last day on which anybody was followed; beyond it nothing is known."""

    def at(self, cause: str, days: ArrayLike) -> Floats:
        """Return the cumulative incidence of a cause on these days; NaN beyond the last day known.

        Raises
        ------
        InputError
            If the cause is not one of the table's.
        """
        return self._steps(days, self.incidence[self._known(cause)])

    def standard_error(self, cause: str, days: ArrayLike) -> Floats:
        """Return the standard error of the cumulative incidence on these days; 0 before the first event.

        Raises
        ------
        InputError
            If the cause is not one of the table's.
        """
        return np.sqrt(self._steps(days, self.variance[self._known(cause)]))

    def band(self, cause: str, days: ArrayLike) -> tuple[Floats, Floats]:
        """Return the 95% interval on these days, from the log(-log) of the incidence, so that it stays inside 0 to 1.

        F ** exp(+-1.96 se / (F ln F))

        Raises
        ------
        InputError
            If the cause is not one of the table's.
        """
        share, error = self.at(cause, days), self.standard_error(cause, days)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = NORMAL_95 * error / (share * np.log(share))
            low, high = share ** np.exp(-away), share ** np.exp(away)
        sure = (share == 0) | (share == 1)
        return np.where(sure, share, low), np.where(sure, share, high)

    def _known(self, cause: str) -> str:
        if str(cause) not in self.incidence:
            raise InputError("cause", f"must be one of {', '.join(self.incidence)}", cause)
        return str(cause)

    def _steps(self, days: ArrayLike, heights: Floats) -> Floats:
        asked = np.asarray(days, dtype=float)
        place = np.searchsorted(self.days, asked, side="right")
        return np.where(asked <= self.last_day, np.concatenate([[0.0], heights])[place], np.nan)


def aalen_johansen(frame: Any, columns: FirstEvents, source: Source = TABLE) -> CompetingObserved:
    """Return the cumulative incidence of each cause that competes to be the first event.

    F_j(t) = sum over days u <= t of S(u-) d_j(u) / n(u);  S is the Kaplan-Meier curve of any first event

    Events on the same day are counted on that day, whatever their causes, so a table has one answer.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row a patient.
    columns : FirstEvents
    source : Source
        Names the table in messages.

    Returns
    -------
    CompetingObserved
        Times in days. The variance is the delta method's, Greenwood's where there is one cause.

    Raises
    ------
    InputError
        If something in the table is not allowed, or nobody had an event.

    References
    ----------
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704; variance: Marubini and Valsecchi, Analysing Survival Data
    from Clinical Trials and Observational Studies, 1995, section 10.2.
    """
    table = to_frame(frame)
    time, entry, cause = _read(table, columns, source)
    names = sorted(set(cause) - {""})
    if not names:
        raise InputError(source.column(columns.cause), "needs at least one patient with an event", f"none of {len(table)}")
    days, counts = _counts(time, cause, names)
    followed = followed_at(days, time, entry)
    events = counts.sum(axis=0)
    free = still_free(events, followed)
    before = np.concatenate([[1.0], free[:-1]])
    incidence = np.cumsum(before * counts / followed, axis=1)
    variance = [_variance(incidence[i], before, counts[i], events, followed) for i in range(len(names))]
    return CompetingObserved(
        frozen(days),
        frozen(free),
        MappingProxyType({name: frozen(incidence[i]) for i, name in enumerate(names)}),
        MappingProxyType({name: frozen(variance[i]) for i, name in enumerate(names)}),
        float(time.max()),
    )


def _read(table: Any, columns: FirstEvents, source: Source) -> tuple[Floats, Floats, NDArray[np.str_]]:
    """Return days of the first event or end, days of entry, and the cause, empty for none."""
    if len(table) == 0:
        raise InputError(source.name, "must have at least one row of values", "no rows")
    for name in (columns.duration, columns.cause, columns.entry):
        if name is not None and name not in table.columns:
            known = ", ".join(f"`{c}`" for c in list(table.columns)[:20])
            raise InputError(source.column(name), f"must be one of the columns {known}", "no such column")
    unit = TimeUnit.named(columns.unit)
    allowed = f"is not allowed; times are 0 or more, in {columns.unit}"
    time, entry = numbers(table, columns.duration, source), np.zeros(len(table))
    refuse(~np.isfinite(time) | (time < 0), table, columns.duration, source, allowed)
    if columns.entry is not None:
        entry = numbers(table, columns.entry, source)
        refuse(~np.isfinite(entry) | (entry < 0), table, columns.entry, source, allowed)
        wrong = (entry >= time) & (entry > 0)
        if wrong.any():
            row = first_true(wrong)
            raise cell_error(
                source, row, columns.entry, f"must be before the time of the same patient, {shown(time[row])}", entry[row]
            )
    column = table[columns.cause]
    cause = np.array(["" if empty else str(shown(one)).strip() for one, empty in zip(column, column.isna(), strict=True)])
    return unit.to_days(time), unit.to_days(entry), np.where(np.isin(cause, _CENSORED), "", cause)


def _counts(time: Floats, cause: NDArray[np.str_], names: list[str]) -> tuple[Floats, Floats]:
    """Return the days with events, and how many of each cause there were, [cause][day]."""
    days = np.unique(time[cause != ""])
    counts = [np.bincount(np.searchsorted(days, time[cause == name]), minlength=days.size) for name in names]
    return days, np.array(counts, dtype=float)


def _variance(incidence: Floats, before: Floats, own: Floats, events: Floats, followed: Floats) -> Floats:
    """Return the variance of one cause's incidence on each day.

    Var F(t) = sum of (F(t) - F(u))^2 d / (n (n - d)) + S(u-)^2 d_j (n - d_j) / n^3 - 2 (F(t) - F(u)) S(u-) d_j / n^2
    """
    # once nobody is left F stays as it is, so those terms are 0 whatever Greenwood's sum is
    left = followed - events
    each = np.divide(events, followed * left, out=np.zeros_like(events), where=left > 0)
    mixed = before * own / followed**2
    squared = incidence**2 * np.cumsum(each) - 2 * incidence * np.cumsum(each * incidence) + np.cumsum(each * incidence**2)
    alone = np.cumsum(before**2 * own * (followed - own) / followed**3)
    crossed = incidence * np.cumsum(mixed) - np.cumsum(mixed * incidence)
    return np.maximum(squared + alone - 2 * crossed, 0.0)
