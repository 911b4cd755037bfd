"""Reads the table of a cohort: names the row and column of whatever is not allowed, and warns of what is suspicious."""

from __future__ import annotations

import csv
import math
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.errors import DataWarning, InputError
from remnant.reading import Floats

DAYS_IN = {"days": 1.0, "months": 30.4375, "years": 365.25}
SHORTEST_DAYS, LONGEST_DAYS = 60.0, 60.0 * 365.25
"""A longest follow-up outside of these is more likely a wrong unit than a study of cancer recurrence."""
LONGEST_BORDER = 5
"""So many different rows in the same order at the head and at the foot of a table are a table pasted twice."""
_SEPARATORS = (",", ";", "\t")
_HEAD_BYTES = 65536
_FIX = "correct or drop the row"


@dataclass(frozen=True)
class TimeUnit:
    """The unit of the times in a table."""

    name: str
    """days, months or years"""
    days: float
    """Days in one of them: 1, 30.4375 or 365.25."""

    @classmethod
    def named(cls, name: Any) -> TimeUnit:
        """Return the unit of that name.

        Raises
        ------
        InputError
            If it is not one of days, months, years.
        """
        if not isinstance(name, str) or name not in DAYS_IN:
            raise InputError("unit", f"must be one of {', '.join(DAYS_IN)}", name)
        return cls(name, DAYS_IN[name])

    def to_days(self, times: Any) -> Floats:
        """Return times of this unit in days."""
        return np.asarray(times, dtype=float) * self.days

    def from_days(self, days: Any) -> Floats:
        """Return days in this unit."""
        return np.asarray(days, dtype=float) / self.days


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what: `duration` with `event`, or `lower` with `upper`."""

    duration: str | None
    """Time to recurrence or to the end of follow-up."""
    event: str | None
    """1 where the cancer was found again at that time, 0 where not."""
    unit: str
    """Of every time: days, months or years."""
    entry: str | None = None
    """Time from which a patient was watched (late entry); without it everybody from 0."""
    lower: str | None = None
    """Last time known to be free; 0 for none."""
    upper: str | None = None
    """Time by which it was found; empty or infinite for never, equal to `lower` where the time is exact."""
    weights: str | None = None
    """Over 0; without it everybody counts once."""

    def __post_init__(self) -> None:
        TimeUnit.named(self.unit)
        for name in ("duration", "event", "entry", "lower", "upper", "weights"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                raise InputError(name, "must be the name of a column", value)
        simple, bounded = (self.duration, self.event), (self.lower, self.upper)
        for (first, second), (one, other) in ((simple, ("duration", "event")), (bounded, ("lower", "upper"))):
            if (first is None) != (second is None):
                missing = one if first is None else other
                raise InputError(missing, f"must be given where `{other if missing == one else one}` is", None)
        if (simple[0] is None) == (bounded[0] is None):
            came = "none of them" if simple[0] is None else "all of them"
            raise InputError("columns", "must be either `duration` with `event` or `lower` with `upper`", came)

    @property
    def used(self) -> tuple[str, ...]:
        """The columns named, times first."""
        names = (self.duration, self.event, self.lower, self.upper, self.entry, self.weights)
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True)
class Source:
    """Names the rows of a table in messages."""

    name: str
    """The file, or a word for the table."""
    first_row: int
    """Number of the first patient's row: 2 in a file, whose names are row 1 as in a spreadsheet; 1 in a data frame."""

    def cell(self, index: int, column: str) -> str:
        """Return the place of a cell; `index` counts from 0."""
        return f"{self.name}`, row {index + self.first_row}, column `{column}"

    def column(self, column: str) -> str:
        """Return the place of a column."""
        return f"{self.name}`, column `{column}"


TABLE = Source("table", 1)


@dataclass(frozen=True, eq=False)
class Times:
    """Times of a cohort in the unit of its table; see `Cohort` for their meaning."""

    entry: Floats
    lower: Floats
    upper: Floats
    weight: Floats


def read_csv(path: str | Path) -> Any:
    """Return the table of a CSV file; commas, semicolons or tabs separate.

    Parameters
    ----------
    path : str or Path
        Names in the first row, one patient in each row below, UTF-8.

    Returns
    -------
    pandas.DataFrame
        Empty rows at the foot are left out; others are kept, so that rows can be counted.

    Raises
    ------
    InputError
        If it cannot be read, is empty, is not text, or is not a table.
    """
    name = str(path)
    try:
        with Path(name).open("rb") as file:
            return _table(name, file.read(_HEAD_BYTES), path)
    except OSError as error:
        raise InputError(name, "must be a file that can be read", error.strerror or str(error)) from None


def read_csv_bytes(data: bytes, name: str) -> Any:
    """Return the table of what a CSV file holds, as `read_csv` does; `name` is what to call it."""
    return _table(name, data[:_HEAD_BYTES], BytesIO(data))


def _table(name: str, head: bytes, source: Any) -> Any:
    import pandas

    names, separator = _header(name, head)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            table = pandas.read_csv(
                source, sep=separator, encoding="utf-8-sig", skip_blank_lines=False, index_col=False, low_memory=False
            )
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, pandas.errors.ParserWarning, ValueError) as error:
        raise InputError(name, "must be a table in CSV", " ".join(str(error).split())) from None
    table.columns = names
    last = len(table)
    while last and table.iloc[last - 1].isna().all():
        last -= 1
    if last == 0:
        raise InputError(name, "must have a row of names and at least one row of values", "no row of values")
    return table.iloc[:last]


def to_frame(frame: Any) -> Any:
    """Return a pandas DataFrame of any frame that narwhals knows, its rows numbered from 0.

    Raises
    ------
    InputError
        If it is not a data frame.
    """
    import narwhals
    import pandas

    if isinstance(frame, pandas.DataFrame):
        return frame.reset_index(drop=True)
    try:
        table = narwhals.from_native(frame, eager_only=True).to_pandas()
    except (TypeError, AttributeError):
        raise InputError("frame", "must be a pandas or polars DataFrame", type(frame).__name__) from None
    return table.reset_index(drop=True)


def read_times(table: Any, columns: Columns, source: Source) -> Times:
    """Return the checked times of every patient, in the unit of the table.

    Raises
    ------
    InputError
        If a column or cell is missing or not allowed, or nobody was found again.
    """
    if len(table) == 0:
        raise InputError(source.name, "must have at least one row of values", "no rows")
    for name in columns.used:
        if name not in table.columns:
            known = ", ".join(f"`{c}`" for c in list(table.columns)[:20])
            raise InputError(source.column(name), f"must be one of the columns {known}", "no such column")
    lower, upper = _bounds(table, columns, source)
    entry = np.zeros(len(table))
    if columns.entry is not None:
        entry = _time(table, columns.entry, columns.unit, source)
        _check_entry(entry, lower, upper, columns, source)
    weight = np.ones(len(table))
    if columns.weights is not None:
        weight = numbers(table, columns.weights, source)
        refuse(~(weight > 0) | np.isinf(weight), table, columns.weights, source, "must be a finite number over 0")
    if np.isinf(upper).all():
        name = columns.event or columns.upper or ""
        came = f"none of {len(table)}"
        raise InputError(source.column(name), "needs at least one patient whose cancer was found again", came)
    return Times(entry, lower, upper, weight)


def warn_of_suspects(table: Any, times: Times, columns: Columns, source: Source) -> None:
    """Warn of data that can be fitted but should not be trusted: one event, a wrong unit, rows that stand twice."""
    found = int(np.isfinite(times.upper).sum())
    if found == 1:
        message = f"the cancer was found again in only 1 of {len(table)} patients: almost nothing can be learnt from it"
        warnings.warn(f"`{source.name}`: {message}", DataWarning, stacklevel=4)
    longest = float(max(times.lower.max(), times.upper[np.isfinite(times.upper)].max()))
    days = longest * TimeUnit.named(columns.unit).days
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        why = "longer than anyone is followed" if days > LONGEST_DAYS else "very short for recurrence"
        message = f"the longest time is {longest:g} {columns.unit}, {why}: is the unit right?"
        warnings.warn(f"`{source.name}`: {message}", DataWarning, stacklevel=4)
    again = _repeated_rows(table, columns)
    if again:
        message = (
            f"{again} duplicated rows, more than equal times explain: if patients stand in the table twice, "
            "intervals come out too narrow"
        )
        warnings.warn(f"`{source.name}`: {message}", DataWarning, stacklevel=4)


def cell_error(source: Source, index: int, column: str, allowed: str, came: Any, write: str = "") -> InputError:
    """Return the error about one cell; `index` counts rows from 0."""
    return InputError(source.cell(index, column), allowed, shown(came), write)


def shown(value: Any) -> Any:
    """Return a value as Python prints it shortest: 3 for 3.0, nan for nan, texts as they are."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return int(value)
    return value


def first_true(mask: NDArray[np.bool_]) -> int:
    """Return the index of the first true value."""
    return int(np.argmax(mask))


def _header(name: str, head: bytes) -> tuple[list[str], str]:
    """Return the names in the first row and what separates them, after checking that it is text."""
    if not head.strip():
        raise InputError(name, "must not be empty", "an empty file")
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # a character cut in two at the end of the piece is no fault of the file
        if b"\x00" in head or error.start < len(head) - 4:
            raise InputError(name, "must be text in UTF-8", f"a byte that is not, at {error.start}") from None
        text = head[: error.start].decode("utf-8-sig")
    if "\x00" in text:
        raise InputError(name, "must be text in UTF-8", "a binary file")
    first = text.splitlines()[0]
    separator = max(_SEPARATORS, key=first.count)
    names = next(csv.reader([first], delimiter=separator), [])
    names = [one.strip() or f"column {i + 1}" for i, one in enumerate(names)]
    for one in names:
        if names.count(one) > 1:
            raise InputError(name, "must give every column another name", f"`{one}` twice")
    if not names:
        raise InputError(name, "must have a row of names", "an empty first row")
    return names, separator


def _bounds(table: Any, columns: Columns, source: Source) -> tuple[Floats, Floats]:
    if columns.duration is not None and columns.event is not None:
        time = _time(table, columns.duration, columns.unit, source)
        event = numbers(table, columns.event, source)
        allowed = "must be 1 for found again or 0 for not"
        refuse((event != 0) & (event != 1), table, columns.event, source, allowed, "correct the coding or the row")
        return _no_event_at_zero(time, np.where(event == 1, time, np.inf), columns, source)
    lower_name, upper_name = columns.lower or "", columns.upper or ""
    lower = _time(table, lower_name, columns.unit, source)
    upper = numbers(table, upper_name, source, missing=math.inf)
    refuse(upper < lower, table, upper_name, source, f"must not be before `{lower_name}`")
    return _no_event_at_zero(lower, upper, columns, source)


def _no_event_at_zero(lower: Floats, upper: Floats, columns: Columns, source: Source) -> tuple[Floats, Floats]:
    """What is found at time 0 was found by the first time that the table can tell from 0: left-censored there."""
    at_zero = upper == 0
    if not at_zero.any():
        return lower, upper
    finite = np.concatenate([lower, upper[np.isfinite(upper)]])
    positive = finite[finite > 0]
    if positive.size == 0:
        name = columns.duration or columns.upper or ""
        raise InputError(source.column(name), "needs at least one time over 0", "only 0")
    first = float(positive.min())
    message = f"{int(at_zero.sum())} patients found again at time 0 are taken as found by {first:g} {columns.unit}"
    warnings.warn(f"`{source.name}`: {message}, the shortest time in the table", DataWarning, stacklevel=5)
    return lower, np.where(at_zero, first, upper)


def _check_entry(entry: Floats, lower: Floats, upper: Floats, columns: Columns, source: Source) -> None:
    """Who enters late was free then: an exact or censored time comes after it, an interval does not begin before it."""
    name = columns.entry or ""
    interval = np.isfinite(upper) & (upper > lower)
    wrong = np.where(interval, entry > lower, (entry >= lower) & (entry > 0))
    if wrong.any():
        row = first_true(wrong)
        allowed = f"must be before the time of the same patient, {shown(lower[row])}"
        raise cell_error(source, row, name, allowed, entry[row], _FIX)


def _time(table: Any, name: str, unit: str, source: Source) -> Floats:
    values = numbers(table, name, source)
    refuse(~np.isfinite(values) | (values < 0), table, name, source, f"is not allowed; times are 0 or more, in {unit}")
    return values


def numbers(table: Any, name: str, source: Source, missing: float | None = None) -> Floats:
    """Return a column as floats; empty cells are refused unless `missing` says what they mean.

    Raises
    ------
    InputError
        If a cell is not a number, is empty, or (where `missing` is given) is under 0; names the row.
    """
    import pandas

    column = table[name]
    if pandas.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        if pandas.api.types.is_datetime64_any_dtype(column) or pandas.api.types.is_timedelta64_dtype(column):
            raise InputError(source.column(name), "must be numbers, not dates", str(column.iloc[0]))
        values = pandas.to_numeric(column, errors="coerce").to_numpy(dtype=float)
        text = np.isnan(values) & column.notna().to_numpy()
        if text.any():
            row = first_true(text)
            raise cell_error(source, row, name, "must be a number", column.iloc[row], _FIX)
    empty = np.isnan(values)
    if empty.any() and missing is None:
        raise cell_error(source, first_true(empty), name, "must be a number", "nothing", _FIX)
    if missing is not None:
        values = np.where(empty, missing, values)
        if (values < 0).any():
            row = first_true(values < 0)
            raise cell_error(source, row, name, "must be 0 or more", values[row], _FIX)
    return values


def refuse(wrong: Any, table: Any, name: str, source: Source, allowed: str, write: str = _FIX) -> None:
    """Refuse a column if any of its rows is `wrong` (a mask over rows).

    Raises
    ------
    InputError
        About the first row that is wrong.
    """
    if wrong.any():
        row = first_true(wrong)
        raise cell_error(source, row, name, allowed, table[name].iloc[row], write)


def _repeated_rows(table: Any, columns: Columns) -> int:
    """Return how many rows repeat an earlier one, or 0 where equal times explain as many.

    Rows are compared in all columns but those that number them (whole numbers or texts, all different). Two patients who
    agree in everything but time agree in time as often as two of the whole cohort with the same event do; where the rows
    that agree in everything are far more than that (chance under 1 in 100, with three times as many allowed for), they
    are called duplicates. A table whose head stands again at its foot is called duplicated whatever its times.
    """
    import pandas

    kept = [name for name in table.columns if not _numbers_rows(table[name])]
    compared = table[kept]
    rows = pandas.util.hash_pandas_object(compared, index=False).to_numpy()
    again = len(rows) - len(np.unique(rows))
    if again == 0:
        return 0
    if _repeats_its_head(rows):
        return again
    timed = [name for name in (columns.duration, columns.lower, columns.upper, columns.entry) if name in kept]
    others = compared.drop(columns=timed)
    groups = pandas.util.hash_pandas_object(others, index=False).to_numpy() if others.shape[1] else np.zeros(len(rows))
    outcome = table[columns.event].to_numpy() if columns.event else table[columns.upper].isna().to_numpy()
    moments = pandas.util.hash_pandas_object(table[timed], index=False).to_numpy()
    expected = 0.0
    for value in pandas.unique(outcome):
        here = outcome == value
        ties = _pairs(moments[here]) / max(_pairs(np.zeros(int(here.sum()))), 1)
        expected += _pairs(groups[here]) * ties
    observed = _pairs(rows)
    return again if _poisson_tail(observed, 3.0 * expected) < 0.01 else 0


def _numbers_rows(column: Any) -> bool:
    import pandas

    if pandas.api.types.is_float_dtype(column) or pandas.api.types.is_bool_dtype(column):
        return False
    return bool(column.nunique(dropna=False) == len(column))


def _repeats_its_head(rows: NDArray[np.uint64]) -> bool:
    """Whether the last rows are the first ones again, in their order."""
    for start in np.flatnonzero(rows[1:] == rows[0]) + 1:
        length = len(rows) - start
        if np.array_equal(rows[start:], rows[:length]) and len(np.unique(rows[:length])) >= LONGEST_BORDER:
            return True
    return False


def _pairs(values: Any) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1)).sum() / 2)


def _poisson_tail(observed: float, mean: float) -> float:
    """Return the chance of `observed` or more of a Poisson number."""
    from scipy.special import gammainc

    return float(gammainc(observed, mean)) if mean > 0 else 0.0
