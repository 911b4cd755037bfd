"""Observed patients: when each was last known free and by when the cancer was found again, and what was known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.cohort_design import Design, read_design
from remnant.cohort_read import TABLE, Columns, Source, TimeUnit, read_csv, read_times, to_frame, warn_of_suspects
from remnant.errors import InputError
from remnant.reading import Floats, frozen

__all__ = ["Cohort", "Columns", "Design", "Rows", "Source", "TimeUnit", "read_csv"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rows:
    """Covariates of some patients as numbers, in the columns of a cohort's two designs."""

    burden: Floats
    """[patient][column of burden]"""
    growth: Floats
    """[patient][column of growth]"""

    @property
    def size(self) -> int:
        """Number of patients."""
        return int(self.burden.shape[0])


@dataclass(frozen=True, eq=False)
class Cohort:
    """Patients of one study, times in days.

    An exact event has lower == upper; who was not found again has upper = infinity; found somewhere between two looks has
    lower < upper < infinity, with lower = 0 where no look came before.
    """

    entry: Floats
    """[patient] day from which the patient was watched; 0 for from the start"""
    lower: Floats
    """[patient] last day known free; the event's day where it is exact"""
    upper: Floats
    """[patient] day by which it was found; infinity for not found"""
    weight: Floats
    """[patient] over 0; 1 for everybody unless given"""
    burden: Design
    """What tells how much was left."""
    growth: Design
    """What tells how fast it grows."""
    unit: TimeUnit
    """Unit of the times in the table this was read from, and of times in results."""

    @property
    def size(self) -> int:
        """Number of patients."""
        return int(self.lower.size)

    @property
    def events(self) -> int:
        """Number of patients found again."""
        return int(np.isfinite(self.upper).sum())

    @property
    def observed(self) -> Bools:
        """[patient] whether the day it was found is exact."""
        return self.upper == self.lower

    @property
    def right_censored(self) -> Bools:
        """[patient] whether it was not found."""
        return np.isinf(self.upper)

    @property
    def interval(self) -> Bools:
        """[patient] whether it was found somewhere between two days."""
        return (self.upper > self.lower) & np.isfinite(self.upper)

    @property
    def last_day(self) -> float:
        """Last day on which anything was known."""
        return float(max(self.lower.max(), self.upper[np.isfinite(self.upper)].max(initial=0.0)))

    @property
    def rows(self) -> Rows:
        """The covariates of its own patients."""
        return Rows(self.burden.matrix, self.growth.matrix)

    @classmethod
    def read(
        cls,
        frame: Any,
        columns: Columns,
        burden: str | Sequence[str] = "",
        growth: str | Sequence[str] = "",
        source: Source = TABLE,
    ) -> Cohort:
        """Return the cohort of a table with one row a patient.

        Parameters
        ----------
        frame : pandas or polars DataFrame
        columns : Columns
            Which columns hold times and events, and the unit of the times.
        burden, growth : str or list of str
            Formulas ("nodes + C(grade)") or lists of columns; empty for none.
        source : Source
            Names the table in messages; rows count from 1 unless it says otherwise.

        Returns
        -------
        Cohort

        Raises
        ------
        InputError
            If something in it is not allowed; names row and column.
        """
        table = to_frame(frame)
        times = read_times(table, columns, source)
        designs = [read_design(table, formula, what, source) for what, formula in (("burden", burden), ("growth", growth))]
        warn_of_suspects(table, times, columns, source)
        unit = TimeUnit.named(columns.unit)
        days = [frozen(unit.to_days(values)) for values in (times.entry, times.lower, times.upper)]
        return cls(days[0], days[1], days[2], frozen(times.weight), designs[0], designs[1], unit)

    @classmethod
    def from_csv(
        cls, path: str | Path, columns: Columns, burden: str | Sequence[str] = "", growth: str | Sequence[str] = ""
    ) -> Cohort:
        """Return the cohort of a CSV file; as `read`, and rows count as in a spreadsheet: the names are row 1.

        Raises
        ------
        InputError
            If the file cannot be read or something in it is not allowed; names file, row and column.
        """
        return cls.read(read_csv(path), columns, burden, growth, Source(str(path), 2))

    def encode(self, frame: Any) -> Rows:
        """Return the covariates of other patients, encoded as this cohort's were.

        Raises
        ------
        InputError
            If a column or cell is missing or not allowed.
        """
        return Rows(self.burden.encode(frame), self.growth.encode(frame))

    def some(self, keep: Any) -> Cohort:
        """Return some of its patients, by mask or index."""
        entry, lower, upper, weight = (frozen(a[keep]) for a in (self.entry, self.lower, self.upper, self.weight))
        return Cohort(entry, lower, upper, weight, self.burden.rows(keep), self.growth.rows(keep), self.unit)

    def known_by(self, day: float) -> Cohort:
        """Return what was known by `day` after each patient's zero: later events and visits have not happened yet.

        Who was free on that day, or was found later, is censored there; who was found between a look before and a look
        after it is censored at the look before; who entered later is left out.

        Raises
        ------
        InputError
            If `day` is not over 0, or nobody had been found again by then.
        """
        if not (np.isfinite(day) and 0 < day < self.last_day):
            allowed = f"must be over 0 and before the last day known, {self.last_day:g}"
            raise InputError("cut", allowed, day, "days are meant here")
        early = self.some(self.entry < day)
        late = early.upper > day
        lower = np.where(late, np.minimum(early.lower, day), early.lower)
        known = replace(early, lower=frozen(lower), upper=frozen(np.where(late, np.inf, early.upper)))
        if known.events == 0:
            raise InputError("cut", "must leave at least one patient found again", f"none by day {day:g}")
        return known
