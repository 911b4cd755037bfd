"""Survival by cycle for a health-economic model: who is still well at each cycle's start and end, and who recurs within it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from remnant.cohort import Rows, TimeUnit
from remnant.errors import InputError
from remnant.lifetable import Background, EventFree
from remnant.outcome import Outcome
from remnant.reading import Floats, frozen

if TYPE_CHECKING:
    from remnant.fitter.curve_model import FittedCurve

MOST_CYCLES = 100_000
WITHIN = 12
"""So many pieces of a cycle in which recurrence and death compete at constant rates."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Cycles:
    """Cycles of equal length from day 0 on, enough to reach the last day asked."""

    length_days: float
    """Over 0."""
    last_days: float
    """Over 0; the last cycle is whole and ends then or later."""
    unit: TimeUnit
    """Of the times in the table."""

    def __post_init__(self) -> None:
        for name, value in (("cycle_days", self.length_days), ("last_days", self.last_days)):
            if not (isinstance(value, int | float | np.number) and math.isfinite(value) and value > 0):
                raise InputError(name, "must be a number of days over 0", value)
        if self.last_days / self.length_days > MOST_CYCLES:
            came = f"{self.last_days / self.length_days:.0f} of them"
            raise InputError("cycle_days", f"must give at most {MOST_CYCLES} cycles", came, "are both in the same unit?")

    @property
    def count(self) -> int:
        """Number of cycles."""
        return max(1, math.ceil(self.last_days / self.length_days - _ROUNDING))


@dataclass(frozen=True, eq=False)
class CycleTable:
    """One row a cycle; arrays over cycles."""

    unit: TimeUnit
    start_days: Floats
    end_days: Floats
    recurrence_free_start: Floats
    """Share not yet found again; other causes of death ignored."""
    recurrence_free_end: Floats
    background: EventFree | None
    """The same people when they also die of other causes, on every cycle's start and on the last end; None if not asked."""

    @property
    def probability_of_recurrence(self) -> Floats:
        """Chance to recur within the cycle for who begins it well: 1 - S(end) / S(start); 0 where nobody is left."""
        return _of_those(self.recurrence_free_start - self.recurrence_free_end, self.recurrence_free_start)

    @property
    def half_cycle_membership(self) -> Floats:
        """Share well in the middle of the cycle, as the mean of its start and end (half-cycle correction)."""
        return (self.recurrence_free_start + self.recurrence_free_end) / 2

    @property
    def columns(self) -> dict[str, Any]:
        """The table by column, times in the unit; with a background also what is left when people die of other causes."""
        unit = self.unit
        table = {
            "cycle": np.arange(1, self.start_days.size + 1),
            f"start_{unit.name}": unit.from_days(self.start_days),
            f"end_{unit.name}": unit.from_days(self.end_days),
            "recurrence_free_start": self.recurrence_free_start,
            "recurrence_free_end": self.recurrence_free_end,
            "probability_of_recurrence": self.probability_of_recurrence,
            "half_cycle_membership": self.half_cycle_membership,
        }
        return table | (_competing(self.background) if self.background is not None else {})

    @property
    def frame(self) -> Any:
        """The table as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.columns)

    @property
    def csv(self) -> str:
        """The table as CSV: names in the first row, every digit of every number."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        table = self.columns
        writer.writerow(table)
        writer.writerows(zip(*(values.tolist() for values in table.values()), strict=True))
        return text.getvalue()


def curve_cycles(
    curve: FittedCurve, rows: Rows, cycles: Cycles, background: Background | None = None, weights: Floats | None = None
) -> CycleTable:
    """Return a fitted curve by cycle, averaged over patients.

    Parameters
    ----------
    curve : FittedCurve
    rows : Rows
        Covariates of the patients, such as `cohort.rows`.
    cycles : Cycles
    background : Background, optional
        Their other causes of death; one person for every row, or one for all.
    weights : float[row], optional
        How many people each row stands for; each one unless given.

    Returns
    -------
    CycleTable

    Raises
    ------
    InputError
        If the curve gives something that is not a share, or there are no patients, or not one person or weight a row.
    """
    if rows.size == 0:
        raise InputError("rows", "needs at least one patient", "none")
    if background is not None and background.size not in (1, rows.size):
        raise InputError("background", f"must be one person for all or one a row, {rows.size}", f"{background.size} people")
    if weights is not None and background is not None and background.size > 1:
        raise InputError(
            "weights", "must not be given with other causes of each row by itself", weights, "give one person for all"
        )
    if weights is not None and weights.shape != (rows.size,):
        raise InputError("weights", f"must be one a row, {rows.size}", f"{weights.size} of them")
    return _table(lambda days: curve.recurrence_free(days, rows), cycles, background, weights)


def outcome_cycles(outcome: Outcome, cycles: Cycles, background: Background | None = None) -> CycleTable:
    """Return an outlook by cycle; cycles are counted from its zero.

    Parameters
    ----------
    outcome : Outcome
        Its recurrence-free share ignores causes of death in its Timeline, so a background counts none of them twice.
    cycles : Cycles
    background : Background, optional
        Other causes of death of one or several people who share the outlook.

    Returns
    -------
    CycleTable
    """
    return _table(lambda days: outcome.answers.recurrence_free(outcome.zero + days)[None, :], cycles, background)


def cycles_csv(
    curve: FittedCurve, rows: Rows, cycles: Cycles, background: Background | None = None, weights: Floats | None = None
) -> str:
    """Return a fitted curve by cycle as CSV; see `curve_cycles`."""
    return curve_cycles(curve, rows, cycles, background, weights).csv


def outcome_cycles_csv(outcome: Outcome, cycles: Cycles, background: Background | None = None) -> str:
    """Return an outlook by cycle as CSV; see `outcome_cycles`."""
    return outcome_cycles(outcome, cycles, background).csv


def _table(
    ask: Callable[[Floats], Floats], cycles: Cycles, background: Background | None, weights: Floats | None = None
) -> CycleTable:
    within = 1 if background is None else WITHIN
    asked = frozen(np.arange(cycles.count * within + 1) / within * cycles.length_days)
    curves = np.asarray(ask(asked), dtype=float)
    mean = np.average(curves, axis=0, weights=weights)
    free, days = mean[::within], asked[::within]
    if not (np.isfinite(free).all() and free.min() >= 0 and free.max() <= 1 + _ROUNDING):
        raise InputError("curve", "must give shares from 0 to 1", f"from {free.min():g} to {free.max():g}")
    competing = None
    if background is not None:
        # one person's mortality for patients with several curves: the answer is linear in them, so their mean will do
        whole = background.event_free(curves if background.size > 1 else mean, asked)
        competing = EventFree(**{name.name: frozen(getattr(whole, name.name)[::within]) for name in fields(whole)})
    start, end = frozen(days[:-1]), frozen(days[1:])
    return CycleTable(cycles.unit, start, end, frozen(free[:-1]), frozen(free[1:]), competing)


def _competing(seen: EventFree) -> dict[str, Floats]:
    start, end = seen.event_free[:-1], seen.event_free[1:]
    return {
        "background_survival_start": seen.alive[:-1],
        "background_survival_end": seen.alive[1:],
        "event_free_start": start,
        "event_free_end": end,
        "probability_of_recurrence_first": _of_those(np.diff(seen.recurred), start),
        "probability_of_death_first": _of_those(np.diff(seen.died), start),
        "event_free_half_cycle_membership": (start + end) / 2,
        "mean_event_free_days_in_cycle": np.diff(seen.mean_days),
    }


def _of_those(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
