"""Background mortality: a life table, and what it leaves of a recurrence-free curve when people also die of other causes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.cohort_read import DAYS_IN, TABLE, Source, cell_error, first_true, numbers, read_csv, refuse, shown, to_frame
from remnant.errors import DataWarning, InputError
from remnant.reading import Floats, frozen

YEAR = DAYS_IN["years"]
HIGHEST_RATE = 2.0
"""Deaths a person-year; nobody's mortality is higher at any age, so more is a rate for 1,000 or 100,000 people."""
ROUNDING = 1e-9
"""By so much a recurrence-free curve may rise, or leave 0 to 1: the accuracy of an engine."""
_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class LifeTable:
    """Deaths a person-year, constant within each age band, and within each calendar year where the table tells them apart."""

    ages: Floats
    """[age band] age in years at which the band begins; the last band has no end"""
    sexes: tuple[str, ...]
    """Empty where the table does not tell the sexes apart."""
    years: Floats
    """[period] calendar year in which the period begins; empty where the table does not tell years apart"""
    rates: Floats
    """[sex][period][age band] deaths a person-year; one sex and one period where they are not told apart"""

    @classmethod
    def read(cls, frame: Any, source: Source = TABLE) -> LifeTable:
        """Return the life table of a data frame with one row for each age (of each sex and year).

        rate = -ln(1 - q)

        Parameters
        ----------
        frame : pandas or polars DataFrame
            Column `age` (years, where the band begins) and either `q` (chance to die within one year, 0 or more and under
            1) or `rate` (deaths a person-year, 0 or more; 0 for nobody dies); `sex` and `year` where there are several.
            A closing row with q = 1 is a convention, not an observation: it is left out, with a warning.
        source : Source
            Names the table in messages.

        Returns
        -------
        LifeTable

        Raises
        ------
        InputError
            If a column or a row is missing or not allowed; names row and column.
        """
        table = to_frame(frame)
        _check_columns(table, source)
        age = numbers(table, "age", source)
        refuse(~np.isfinite(age) | (age < 0), table, "age", source, "must be an age in years, 0 or more")
        sex = _sexes(table, source)
        year = numbers(table, "year", source) if "year" in table.columns else np.zeros(len(table))
        rate, kept = _rates(table, age, source)
        ages, sexes, years = np.unique(age[kept]), tuple(dict.fromkeys(sex)), np.unique(year[kept])
        rates = np.full((len(sexes), years.size, ages.size), np.nan)
        places = [sexes.index(one) for one in sex]
        for row in np.flatnonzero(kept):
            at = places[row], int(np.searchsorted(years, year[row])), int(np.searchsorted(ages, age[row]))
            if not np.isnan(rates[at]):
                raise cell_error(
                    source, int(row), "age", "must stand once for each sex and year", age[row], "drop one of the rows"
                )
            rates[at] = rate[row]
        _check_complete(rates, ages, sexes, years, source)
        return cls(
            frozen(ages), sexes if "sex" in table.columns else (), frozen(years if "year" in table.columns else []), frozen(rates)
        )

    @classmethod
    def from_csv(cls, path: str | Path) -> LifeTable:
        """Return the life table of a CSV file; as `read`, and rows count as in a spreadsheet.

        Raises
        ------
        InputError
            If the file cannot be read or something in it is not allowed.
        """
        return cls.read(read_csv(path), Source(str(path), 2))

    def survival(self, age_years: ArrayLike, days: ArrayLike, sex: Any = None, year: Any = None) -> Floats:
        """Return the share still alive on each day, as far as other causes of death go.

        B(t) = exp(-integral over 0..t of rate(age + u, year + u) du)

        Parameters
        ----------
        age_years : float or float[person]
            Age on day 0, not before the table begins. Beyond its end the last row holds, with a warning.
        days : float[time]
            0 or more, in any order; on day 0 everybody is alive.
        sex : str or list of str, optional
            One for all or one a person; required if and only if the table has the column.
        year : float or float[person], optional
            Calendar year of day 0 (2020.5 is its middle); required if and only if the table has the column.

        Returns
        -------
        float[time], or float[person][time] if `age_years` is a list

        Raises
        ------
        InputError
            If something given is not allowed.
        """
        people = Background(self, np.atleast_1d(np.asarray(age_years, dtype=float)), sex, year)
        alive = people.survival(days)
        return alive[0] if np.ndim(age_years) == 0 else alive

    def event_free(
        self, recurrence_free: ArrayLike, days: ArrayLike, ages: ArrayLike, sexes: Any = None, years: Any = None
    ) -> EventFree:
        """Return what becomes of people who can recur and can die of other causes; see `Background.event_free`."""
        return Background(self, np.atleast_1d(np.asarray(ages, dtype=float)), sexes, years).event_free(recurrence_free, days)


@dataclass(frozen=True, eq=False)
class EventFree:
    """What becomes of people who can recur and can die of other causes, averaged over them; arrays over `days`."""

    days: Floats
    """Days from 0."""
    event_free: Floats
    """Share alive without recurrence."""
    recurred: Floats
    """Share whose first event by then was a recurrence (cumulative incidence, death competing)."""
    died: Floats
    """Share who died before any recurrence. The three sum to 1."""
    alive: Floats
    """Share who would be alive if nobody recurred."""
    mean_days: Floats
    """Mean days spent alive without recurrence until each day (restricted mean event-free time)."""


@dataclass(frozen=True, eq=False)
class Background:
    """The people whose other causes of death a life table tells."""

    table: LifeTable
    ages: Floats
    """[person] years of age on day 0"""
    sexes: Any = None
    """One for all or one a person; None where the table does not tell the sexes apart."""
    years: Any = None
    """Calendar year of day 0, one for all or one a person; None where the table does not tell years apart."""

    def __post_init__(self) -> None:
        ages = np.asarray(self.ages, dtype=float)
        first = float(self.table.ages[0])
        if ages.ndim != 1 or ages.size == 0 or not np.isfinite(ages).all() or (ages < first).any():
            wrong = ages[~(ages >= first)] if ages.ndim == 1 else ages
            came = wrong.tolist()[0] if wrong.size else ages.tolist()
            raise InputError("age_years", f"must be ages in years, {first:g} (where the life table begins) or more", came)
        object.__setattr__(self, "ages", frozen(ages))
        object.__setattr__(self, "sexes", self._all("sex", self.sexes, self.table.sexes))
        object.__setattr__(self, "years", self._all("year", self.years, tuple(self.table.years)))
        self._check_known()

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.ages.size)

    def survival(self, days: ArrayLike) -> Floats:
        """Return the share still alive on each day, float[person][time].

        Raises
        ------
        InputError
            If a day is not allowed.
        """
        asked = np.atleast_1d(np.asarray(days, dtype=float))
        if not (np.isfinite(asked).all() and (asked >= 0).all()):
            raise InputError("days", "must be finite numbers, 0 or more", asked.tolist())
        last = float(asked.max(initial=0.0))
        self._warn_beyond(last)
        alive = np.empty((self.size, asked.size))
        for person in range(self.size):
            edges, rates = self._pieces(person, last)
            hazard = np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])
            alive[person] = np.exp(-np.interp(asked, edges, hazard))
        return alive

    def event_free(self, recurrence_free: ArrayLike, days: ArrayLike) -> EventFree:
        """Return what becomes of these people when they can recur and can die of other causes.

        event_free(t) = mean over people of S(t) B(t);  recurred(t) = mean of integral over 0..t of B(u) (-dS(u))

        Person by person, because the old both die sooner and are weighed less later on. Between two of the days S falls
        at a constant rate; with B, whose rate is constant within each age band, the integrals are then exact.

        Parameters
        ----------
        recurrence_free : float[time] or float[person][time]
            S, from 0 to 1 and never rising; other causes of death ignored. What is missing on day 0 recurred on day 0.
        days : float[time]
            Rising, from 0 on.

        Returns
        -------
        EventFree

        Raises
        ------
        InputError
            If a curve or a day is not allowed.
        """
        asked = _rising(days)
        free = _curves(recurrence_free, self.size, asked.size)
        self._warn_beyond(float(asked[-1]))
        # what each person's curve is on day 0 stands before the rest
        start = np.ones((free.shape[0], 1))
        knots, hazard = np.concatenate([[0.0], asked]), -np.log(np.maximum(np.hstack([start, free]), _SMALLEST))
        totals = np.zeros((5, asked.size))
        for person in range(self.size):
            own = hazard[person if len(hazard) > 1 else 0]
            totals += self._course(person, knots, own)
        event_free, recurred, died, alive, mean = totals / self.size
        return EventFree(frozen(asked), *(frozen(a) for a in (event_free, recurred, died, alive, mean)))

    def _course(self, person: int, knots: Floats, hazard: Floats) -> Floats:
        """Return event_free, recurred, died, alive and days spent free of one person on each day asked, exactly by pieces."""
        edges, rates = self._pieces(person, float(knots[-1]))
        at_zero = hazard[1] if knots[1] == 0 else 0.0
        first = 1 if knots[1] == 0 else 0
        grid = np.union1d(edges, knots)
        step = np.diff(grid)
        recur = np.diff(np.interp(grid, knots[first:], hazard[first:]))
        middle = np.searchsorted(edges, (grid[:-1] + grid[1:]) / 2, side="right") - 1
        die = (rates[middle] if rates.size else np.zeros(0)) * step
        both = recur + die
        left = np.exp(-at_zero - np.concatenate([[0.0], np.cumsum(both)]))
        gone = left[:-1] * -np.expm1(-both)
        share = np.divide(recur, both, out=np.zeros_like(both), where=both > 0)
        spent = step * left[:-1] * np.divide(-np.expm1(-both), both, out=np.ones_like(both), where=both > 0)
        sums = np.zeros((4, grid.size))
        sums[:, 1:] = np.cumsum([gone * share, gone * (1 - share), die, spent], axis=1)
        recurred = -np.expm1(-at_zero) + sums[0]
        return np.array([left, recurred, sums[1], np.exp(-sums[2]), sums[3]])[:, np.searchsorted(grid, knots[1:])]

    def _pieces(self, person: int, last: float) -> tuple[Floats, Floats]:
        """Return days from 0 to `last` between which a person's rate is constant, and the deaths a day between them."""
        age = self.ages[person]
        breaks = [(self.table.ages - age) * YEAR]
        if self.years is not None:
            breaks.append((self.table.years - self.years[person]) * YEAR)
        inner = np.unique(np.concatenate(breaks))
        edges = np.concatenate([[0.0], inner[(inner > 0) & (inner < last)], [last]])
        middle = (edges[:-1] + edges[1:]) / 2 / YEAR
        bands = np.searchsorted(self.table.ages, age + middle, side="right") - 1
        periods = np.zeros(bands.size, dtype=int)
        if self.years is not None:
            periods = np.searchsorted(self.table.years, self.years[person] + middle, side="right") - 1
        sex = self.table.sexes.index(self.sexes[person]) if self.sexes is not None else 0
        return edges, self.table.rates[sex, periods, bands] / YEAR

    def _all(self, name: str, given: Any, known: tuple[Any, ...]) -> Any:
        """Return one value a person, or None where the table does not ask."""
        if not known:
            if given is not None:
                raise InputError(name, f"must be left out: the life table has no column `{name}`", given)
            return None
        if given is None:
            raise InputError(name, f"is required: the life table has a column `{name}`", None)
        values = [given] if isinstance(given, str) or np.ndim(given) == 0 else list(given)
        values = values * self.size if len(values) == 1 else values
        if len(values) != self.size:
            raise InputError(name, f"must be one for all or one a person, {self.size}", f"{len(values)} of them")
        return tuple(values)

    def _check_known(self) -> None:
        if self.sexes is not None:
            named = tuple(str(shown(one)).strip() for one in self.sexes)
            for one in named:
                if one not in self.table.sexes:
                    raise InputError("sex", f"must be one of the life table's, {', '.join(self.table.sexes)}", one)
            object.__setattr__(self, "sexes", named)
        if self.years is not None:
            first = float(self.table.years[0])
            for one in self.years:
                if not (isinstance(one, int | float | np.number) and np.isfinite(one) and one >= first):
                    raise InputError("year", f"must be a calendar year, {first:g} (where the life table begins) or later", one)
            object.__setattr__(self, "years", frozen(self.years))

    def _warn_beyond(self, last: float) -> None:
        """Warn of people who outlive the table."""
        reached = [("age", float(self.ages.max()) + last / YEAR, float(self.table.ages[-1]))]
        if self.years is not None:
            reached.append(("year", float(self.years.max()) + last / YEAR, float(self.table.years[-1])))
        for what, until, end in reached:
            if until > end + 1:
                message = f"the life table ends at {what} {end:g}: its last row is taken to hold until {what} {until:.0f}"
                warnings.warn(message, DataWarning, stacklevel=4)


def _check_columns(table: Any, source: Source) -> None:
    if len(table) == 0:
        raise InputError(source.name, "must have at least one row of values", "no rows")
    given = [name for name in ("q", "rate") if name in table.columns]
    known = ", ".join(f"`{c}`" for c in list(table.columns)[:20])
    if "age" not in table.columns:
        raise InputError(source.column("age"), "is required: years of age", f"columns {known}")
    if len(given) != 1:
        write = "name the chance to die within a year `q`, or the deaths a person-year `rate`"
        raise InputError(source.name, "must have one of the columns `q` and `rate`", given or f"columns {known}", write)


def _sexes(table: Any, source: Source) -> list[str]:
    if "sex" not in table.columns:
        return [""] * len(table)
    empty = table["sex"].isna().to_numpy()
    if empty.any():
        raise cell_error(source, first_true(empty), "sex", "must name a sex", "nothing")
    return [str(shown(one)).strip() for one in table["sex"]]


def _rates(table: Any, age: Floats, source: Source) -> tuple[Floats, NDArray[np.bool_]]:
    """Return deaths a person-year of every row, and which rows tell something."""
    everything = np.ones(len(table), dtype=bool)
    if "rate" in table.columns:
        rate = numbers(table, "rate", source)
        refuse(~np.isfinite(rate) | (rate < 0), table, "rate", source, "must be deaths a person-year, 0 or more")
        write = "if it is for 1,000 or 100,000 people, divide the column"
        refuse(rate > HIGHEST_RATE, table, "rate", source, f"must be deaths a person-year, at most {HIGHEST_RATE:g}", write)
        return rate, everything
    q = numbers(table, "q", source)
    closing = (q == 1) & (age == age.max())
    if closing.any() and not closing.all():
        message = f"the closing row with q = 1 at age {age.max():g} is left out: the row before it is taken to hold on"
        warnings.warn(f"`{source.name}`: {message}", DataWarning, stacklevel=4)
    write = "if it is for 1,000 or 100,000 people, divide the column"
    refuse(
        ~((q >= 0) & (q < 1)) & ~closing,
        table,
        "q",
        source,
        "must be a chance to die within a year, 0 or more and under 1",
        write,
    )
    if closing.all():
        raise InputError(source.column("q"), "must be under 1 at some age", "1 in every row")
    return -np.log1p(-np.where(closing, 0.0, q)), ~closing


def _check_complete(rates: Floats, ages: Floats, sexes: tuple[str, ...], years: Floats, source: Source) -> None:
    missing = np.argwhere(np.isnan(rates))
    if missing.size:
        sex, year, age = missing[0]
        where = (
            f"age {ages[age]:g}"
            + (f", sex {sexes[sex]}" if sexes[sex] else "")
            + (f", year {years[year]:g}" if years.size > 1 else "")
        )
        raise InputError(source.name, "must have a row for every age of every sex and year", f"none for {where}", "add the row")


def _rising(days: ArrayLike) -> Floats:
    asked = np.atleast_1d(np.asarray(days, dtype=float))
    if asked.ndim != 1 or asked.size == 0 or not np.isfinite(asked).all() or asked[0] < 0 or (np.diff(asked) <= 0).any():
        raise InputError("days", "must be rising numbers from 0 on", asked.tolist())
    return asked


def _curves(recurrence_free: ArrayLike, people: int, times: int) -> Floats:
    """Return curves that are allowed, float[person or 1][time], freed of rounding."""
    free = np.atleast_2d(np.asarray(recurrence_free, dtype=float))
    if free.ndim != 2 or free.shape[1] != times or free.shape[0] not in (1, people):
        allowed = f"must be one share for each of {times} days, for all or for each of {people} people"
        raise InputError("recurrence_free", allowed, f"shape {free.shape}")
    if not (np.isfinite(free).all() and free.min() >= -ROUNDING and free.max() <= 1 + ROUNDING):
        raise InputError("recurrence_free", "must be shares from 0 to 1", f"from {free.min():g} to {free.max():g}")
    if (np.diff(free, axis=1) > ROUNDING).any():
        raise InputError("recurrence_free", "must never rise", f"a rise of {np.diff(free, axis=1).max():.3g}")
    return np.minimum.accumulate(np.clip(free, 0.0, 1.0), axis=1)
