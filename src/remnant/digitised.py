"""A cohort rebuilt from a printed Kaplan-Meier curve that was digitised, with the numbers at risk printed under it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.cohort_read import Source, cell_error, first_true, numbers, refuse, shown, to_frame
from remnant.errors import DataWarning, InputError
from remnant.reading import Floats

READING_NOISE = 0.02
"""A share read off a picture may be so far above 1 or below 0 and is then put back, with a warning."""
LARGEST_RISE = 0.05
"""A curve that rises by more was not read with noise: two curves are mixed up, or it shows who recurred."""
LARGEST_GAP = 0.02
"""A rebuilt curve further than that from the one that was read is warned of."""
MISSED_EVENTS = 0.02
"""A total that is missed by more than this share of it, and by more than one, is warned of: rounding misses less."""
CURVE, AT_RISK = Source("curve", 1), Source("at_risk", 1)


def rebuild(curve: Any, at_risk: Any, total_events: int | None = None) -> Any:
    """Return patients whose Kaplan-Meier curve and numbers at risk are those that were printed.

    Within each interval between two numbers at risk as many people are censored, evenly over it, as bring the number at
    risk to the printed one; events follow from the drops of the curve: d = n (1 - S / S before). After the last number
    at risk people are censored as often as before it, or so that the events are `total_events` where those are known;
    with the number at risk at 0 alone and no `total_events`, nobody is censored before the end of the curve.

    Parameters
    ----------
    curve : data frame, or mapping of lists
        Columns `time` (0 or more) and `survival` (from 0 to 1; not percent). Noise of reading is smoothed, with a warning.
    at_risk : data frame, mapping of lists, or int
        Columns `time` (rising, from 0 on) and `at_risk` (people followed and still well just before it); an int is the
        number at 0 where that alone is known.
    total_events : int, optional
        Number of events in the whole curve, where the publication tells it.

    Returns
    -------
    pandas.DataFrame
        Columns `time` (in the unit of the curve) and `event` (1 for an event, 0 for censored), one row a patient, for
        `Cohort.read` or `RecurrenceFitter.fit`. No covariates: rebuild each arm by itself and add a column.

    Raises
    ------
    InputError
        If something in it is not allowed; names row and column.

    References
    ----------
    Guyot, Ades, Ouwens and Welton 2012, 10.1186/1471-2288-12-9.
    """
    import pandas

    times, share = _read_curve(curve)
    starts, counts = _read_at_risk(at_risk)
    total = _read_total(total_events, counts)
    steps = _steps(times, share, starts, counts)
    cohort = _Cohort(steps, [], [], steps.counts[0], 1.0)
    for interval in range(steps.size - 1):
        cohort = _meet(cohort, interval, int(steps.counts[interval + 1]))
    cohort = _finish(cohort, total)
    cohort.warn(total)
    if len(counts) == 1 and total is None:
        message = "only the number at risk at the start is known: nobody is taken as censored before the curve ends"
        warnings.warn(f"{message}, so that errors come out too small", DataWarning, stacklevel=2)
    rest = [float(steps.times[-1])] * cohort.left
    time = np.concatenate([cohort.events, cohort.censored, rest])
    event = np.repeat([1, 0, 0], [len(cohort.events), len(cohort.censored), len(rest)])
    order = np.lexsort([-event, time])
    return pandas.DataFrame({"time": time[order], "event": event[order]})


@dataclass(frozen=True, eq=False)
class _Steps:
    """The curve with a point at each number at risk; interval i goes from point first[i] up to first[i + 1]."""

    times: Floats
    share: Floats
    first: Any
    counts: Any

    @property
    def size(self) -> int:
        return len(self.first)

    def span(self, interval: int) -> tuple[float, float, range]:
        """Return where an interval begins and ends, and the points in it; the last holds the end of the curve."""
        last = interval == self.size - 1
        stop = len(self.times) if last else int(self.first[interval + 1])
        end = float(self.times[-1] if last else self.times[stop])
        return float(self.times[self.first[interval]]), end, range(int(self.first[interval]), stop)


@dataclass(frozen=True, eq=False)
class _Cohort:
    """Patients rebuilt so far: times of events and of censoring, how many are left, and where their curve is."""

    steps: _Steps
    events: list[float]
    censored: list[float]
    left: int
    share: float
    gap: float = 0.0
    """Largest distance of their curve from the one that was read."""

    def after(self, interval: int, censored: int) -> _Cohort:
        """Return the cohort at the end of an interval in which so many are censored, evenly over it."""
        begin, end, points = self.steps.span(interval)
        times = begin + (end - begin) * np.arange(1, censored + 1) / (censored + 1)
        events, left, share, gap, gone = list(self.events), self.left, self.share, self.gap, 0
        for point in points:
            day = float(self.steps.times[point])
            leaving = int(np.searchsorted(times, day, side="left"))
            left, gone = left - (min(leaving, gone + left) - gone), min(leaving, gone + left)
            drop = min(max(math.floor(left * (1 - self.steps.share[point] / share) + 0.5), 0), left) if share > 0 else 0
            if drop:
                events += [day] * drop
                share, left = share * (1 - drop / left), left - drop
            if left:
                gap = max(gap, abs(share - float(self.steps.share[point])))
        more = min(len(times) - gone, left)
        kept = [*self.censored, *times[: gone + more].tolist()]
        return _Cohort(self.steps, events, kept, left - more, share, gap)

    def warn(self, total: int | None) -> None:
        """Warn where the printed numbers could not be met."""
        if self.gap > LARGEST_GAP:
            message = (
                f"the rebuilt curve is up to {self.gap:.3f} away from the one that was read: do the numbers at risk belong to it?"
            )
            warnings.warn(message, DataWarning, stacklevel=3)
        if total is not None and abs(len(self.events) - total) > max(1, MISSED_EVENTS * total):
            message = (
                f"{len(self.events)} events were rebuilt, {total} were given: curve and numbers at risk allow no nearer number"
            )
            warnings.warn(message, DataWarning, stacklevel=3)


def _meet(cohort: _Cohort, interval: int, wanted: int) -> _Cohort:
    """Return the cohort after an interval with the number censored that leaves as many as were printed, or nearly."""
    return _search(lambda censored: cohort.after(interval, censored), lambda after: after.left - wanted, cohort.left)


def _finish(cohort: _Cohort, total: int | None) -> _Cohort:
    """Return the cohort at the end of the curve."""
    last = cohort.steps.size - 1
    begin, end, _ = cohort.steps.span(last)
    if total is not None:
        # who is censored is not there to have an event later, so more censored means fewer events
        return _search(lambda censored: cohort.after(last, censored), lambda after: len(after.events) - total, cohort.left)
    before = begin - float(cohort.steps.times[0])
    expected = round(len(cohort.censored) * (end - begin) / before) if before > 0 else 0
    return cohort.after(last, min(expected, cohort.left))


def _search(after: Any, excess: Any, most: int) -> _Cohort:
    """Return the outcome, of 0 to `most` censored, whose excess is nearest to 0; it falls as more are, but for rounding."""
    low, high = 0, most
    tried: dict[int, tuple[int, _Cohort]] = {}

    def look(censored: int) -> int:
        if censored not in tried:
            seen = after(censored)
            tried[censored] = (excess(seen), seen)
        return tried[censored][0]

    while low < high:
        middle = (low + high) // 2
        if look(middle) <= 0:
            high = middle
        else:
            low = middle + 1
    # rounding makes the excess rise here and there: a few neighbours settle who is nearest
    for censored in range(max(low - 3, 0), min(low + 3, most) + 1):
        look(censored)
    best = min(tried, key=lambda censored: (abs(tried[censored][0]), censored))
    return tried[best][1]


def _steps(times: Floats, share: Floats, starts: Floats, counts: Any) -> _Steps:
    """Put a point of the curve on each number at risk; beyond its end the curve goes on level."""
    known = counts > 0
    last = max(float(times[-1]), float(starts[known][-1]))
    keep = starts <= last
    starts, counts = starts[keep], counts[keep]
    grid = np.union1d(times, starts)
    level = share[np.searchsorted(times, grid, side="right") - 1]
    return _Steps(grid, level, np.searchsorted(grid, starts), counts)


def _read_curve(curve: Any) -> tuple[Floats, Floats]:
    """Return times that rise from 0 and shares that fall from 1."""
    table = _table(curve, "curve", ("time", "survival"))
    time, share = numbers(table, "time", CURVE), numbers(table, "survival", CURVE)
    refuse(~np.isfinite(time) | (time < 0), table, "time", CURVE, "must be 0 or more")
    if share.max() > 1 + READING_NOISE:
        row = first_true(share > 1 + READING_NOISE)
        percent = (
            "these are percent: divide the column by 100"
            if share.max() <= 100 + 100 * READING_NOISE
            else "correct or drop the row"
        )
        raise cell_error(CURVE, row, "survival", "must be a share from 0 to 1", share[row], percent)
    refuse(~(share >= -READING_NOISE), table, "survival", CURVE, "must be a share from 0 to 1")
    repairs = []
    if (share > 1).any() or (share < 0).any():
        repairs.append("shares above 1 or below 0 were put back")
    if (np.diff(time) < 0).any():
        repairs.append("points were put in order of time")
    order = np.lexsort([-share, time])
    time, share = time[order], np.clip(share[order], 0.0, 1.0)
    share = _falling(share, repairs)
    # of a vertical piece of the curve the foot counts
    last = np.append(np.diff(time) > 0, True)
    time, share = time[last], share[last]
    if time[-1] == 0:
        raise InputError("curve", "needs at least one time over 0", "only 0")
    if repairs:
        warnings.warn(f"`curve`: {'; '.join(repairs)}", DataWarning, stacklevel=4)
    return _from_one(time, share)


def _falling(share: Floats, repairs: list[str]) -> Floats:
    """Return the falling curve nearest in squares to one that was read with noise."""
    rise = float(np.max(share - np.minimum.accumulate(share)))
    if rise > LARGEST_RISE:
        write = "write 1 - incidence if it shows who recurred; take the curves apart if there are two"
        raise InputError("curve", f"must fall, but for reading noise of up to {LARGEST_RISE:g}", f"a rise of {rise:.3g}", write)
    if rise == 0:
        return share
    from scipy.optimize import isotonic_regression

    repairs.append(f"rises of up to {rise:.3g} were smoothed")
    return np.asarray(isotonic_regression(share, increasing=False).x, dtype=float)


def _from_one(time: Floats, share: Floats) -> tuple[Floats, Floats]:
    if time[0] > 0:
        return np.concatenate([[0.0], time]), np.concatenate([[1.0], share])
    if share[0] < 1 - READING_NOISE:
        raise InputError("curve", "must be 1 at time 0", shown(share[0]), "is the first point that of another time?")
    return time, np.concatenate([[1.0], share[1:]])


def _read_at_risk(at_risk: Any) -> tuple[Floats, Any]:
    if isinstance(at_risk, int | np.integer) and not isinstance(at_risk, bool):
        at_risk = {"time": [0], "at_risk": [int(at_risk)]}
    table = _table(at_risk, "at_risk", ("time", "at_risk"))
    time, count = numbers(table, "time", AT_RISK), numbers(table, "at_risk", AT_RISK)
    refuse(~np.isfinite(time) | (time < 0), table, "time", AT_RISK, "must be 0 or more")
    refuse((count < 0) | (count != np.floor(count)), table, "at_risk", AT_RISK, "must be a whole number, 0 or more")
    if time[0] != 0:
        raise cell_error(AT_RISK, 0, "time", "must begin with the number at risk at time 0", time[0], "add a row")
    if count[0] == 0:
        raise cell_error(AT_RISK, 0, "at_risk", "must be over 0 at time 0", 0)
    refuse(np.append(False, np.diff(time) <= 0), table, "time", AT_RISK, "must come after the row before it")
    refuse(np.append(False, np.diff(count) > 0), table, "at_risk", AT_RISK, "must not rise")
    return time, count.astype(int)


def _read_total(total: Any, counts: Any) -> int | None:
    if total is None:
        return None
    if isinstance(total, bool) or not isinstance(total, int | np.integer) or not 1 <= total <= counts[0]:
        raise InputError("total_events", f"must be a whole number from 1 to the {counts[0]} at risk at time 0", total)
    return int(total)


def _table(given: Any, name: str, columns: tuple[str, str]) -> Any:
    import pandas

    if isinstance(given, Mapping):
        try:
            given = pandas.DataFrame(dict(given))
        except ValueError as error:
            raise InputError(name, "must be lists of equal length", str(error)) from None
    try:
        table = to_frame(given)
    except InputError:
        allowed = f"must be a data frame or lists with {columns[0]} and {columns[1]}"
        raise InputError(name, allowed, type(given).__name__) from None
    for column in columns:
        if column not in table.columns:
            known = ", ".join(f"`{c}`" for c in list(table.columns)[:20])
            raise InputError(f"{name}`, column `{column}", f"must be one of the columns {known}", "no such column")
    if len(table) == 0:
        raise InputError(name, "must have at least one row of values", "no rows")
    return table
