"""What comes in at the door as arrays in days, and what goes out as pandas frames in the unit of the cohort."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from remnant.cohort import Rows
from remnant.errors import InputError
from remnant.fitter.curves import Band
from remnant.fitter.fitted import Fitted
from remnant.fitter.labels import Label, labels, natural, ordered, slope
from remnant.reading import Floats

GRID = 120
"""Steps of a curve where no times were asked for."""


def interval_names(alpha: float) -> list[str]:
    """Return the names of the ends of an interval, with the level in them."""
    level = f"{100 * (1 - alpha):g}%"
    return [f"lower {level}", f"upper {level}"]


def summary(fitted: Fitted, alpha: float) -> Any:
    """Return estimates, standard errors and intervals as a pandas DataFrame by (part, name).

    Intervals are symmetric on the inner scale (logarithm; logit of a share), so they stay where the parameter may be.
    """
    import pandas

    away = float(ndtri(1.0 - 0.5 * alpha))
    errors = np.sqrt(np.diag(fitted.covariance)).tolist()
    marks, rows = labels(fitted), []
    for mark, value, error in zip(marks, fitted.values.tolist(), errors, strict=True):
        ends = ordered(mark, value - away * error, value + away * error)
        rows.append([natural(mark, value), slope(mark, value) * error, *ends])
    return pandas.DataFrame(rows, columns=["estimate", "standard error", *interval_names(alpha)], index=by_label(marks))


def contributions(fitted: Fitted, alpha: float) -> Any:
    """Return, for each parameter, what was believed, what was found, and the share of that which the cohort told."""
    import pandas

    away = float(ndtri(1.0 - 0.5 * alpha))
    marks, rows = labels(fitted), []
    variances = np.diag(fitted.covariance).tolist()
    for mark, value, variance, belief in zip(marks, fitted.values, variances, fitted.form.priors(fitted.prior), strict=True):
        told = 1.0 if np.isinf(belief.sd) else min(max(1.0 - variance / belief.sd**2, 0.0), 1.0)
        ends = ordered(mark, belief.mean - away * belief.sd, belief.mean + away * belief.sd)
        rows.append([natural(mark, belief.mean), *ends, natural(mark, float(value)), told])
    names = [f"prior {name}" for name in interval_names(alpha)]
    return pandas.DataFrame(rows, columns=["prior", *names, "estimate", "told by the cohort"], index=by_label(marks))


def by_label(marks: tuple[Label, ...] | list[Label]) -> Any:
    """Return the pandas index (part, name) of parameters."""
    import pandas

    return pandas.MultiIndex.from_tuples([(mark.part, mark.name) for mark in marks], names=["part", "name"])


def over_time(fitted: Fitted, times: Floats, data: Floats, columns: Any) -> Any:
    """Return a pandas DataFrame with a row for each time."""
    import pandas

    return pandas.DataFrame(data, index=pandas.Index(times, name=fitted.unit.name), columns=columns)


def by_patient(found: Band, names: Any, alpha: float) -> Any:
    """Return a pandas DataFrame with a row for each patient: estimate and interval."""
    import pandas

    data = np.column_stack([found.estimate, found.low, found.high])
    return pandas.DataFrame(data, index=names, columns=["estimate", *interval_names(alpha)])


def read_times(fitted: Fitted, times: Any) -> tuple[Floats, Floats]:
    """Return times in the unit of the cohort and in days; without any, a grid over its follow-up.

    Raises
    ------
    InputError
        If one is not a number of 0 or more.
    """
    if times is None:
        asked = np.linspace(0.0, float(fitted.unit.from_days(fitted.told.last_day)), GRID + 1)
    else:
        asked = np.atleast_1d(read_numbers(times, "times"))
    if asked.ndim != 1 or not (np.isfinite(asked) & (asked >= 0)).all():
        raise InputError("times", f"must be 0 or more, in {fitted.unit.name}", times)
    return asked, fitted.unit.to_days(asked)


def read_rows(fitted: Fitted, frame: Any, conditional_after: Any) -> tuple[Rows, Any, Floats | None]:
    """Return covariates, the names of the patients, and the days each has been free already (None for not given).

    Raises
    ------
    InputError
        If a column or cell is missing or not allowed, or `conditional_after` does not fit the rows.
    """
    import pandas

    rows = fitted.encode(frame)
    names = frame.index if isinstance(frame, pandas.DataFrame) else pandas.RangeIndex(rows.size)
    if conditional_after is None:
        return rows, names, None
    given = read_numbers(conditional_after, "conditional_after")
    if given.ndim > 1 or (given.ndim == 1 and given.size != rows.size):
        raise InputError("conditional_after", f"must be one number, or one for each of {rows.size} patients", given.shape)
    if not (np.isfinite(given) & (given >= 0)).all():
        raise InputError("conditional_after", f"must be 0 or more, in {fitted.unit.name}", conditional_after)
    return rows, names, np.broadcast_to(fitted.unit.to_days(given), (rows.size,)).copy()


def read_numbers(values: Any, what: str) -> Floats:
    """Return numbers as an array.

    Raises
    ------
    InputError
        If something in it is not a number.
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(what, "must be numbers", values) from None
