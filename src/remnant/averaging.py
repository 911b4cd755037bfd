"""Several models as one: the mean of their curves, weighed by how well they fit or as the user says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from remnant.cohort import Rows
from remnant.errors import InputError
from remnant.fitter.curve_model import FittedCurve, aic
from remnant.reading import Floats


@dataclass(frozen=True, eq=False)
class AveragedCurve:
    """The weighted mean of fitted curves; can be asked what any fitted curve can."""

    curves: tuple[FittedCurve, ...]
    weights: Mapping[str, float]
    """By the name of the curve; sum to 1, 0 for left out."""
    name: str = "average"
    log_likelihood: float = field(default=math.nan, init=False)
    """Not a number: a mean of curves was not fitted itself, so it has no AIC to stand in a table beside theirs."""

    @property
    def parameters(self) -> int:
        """Number of parameters of all curves whose weight is over 0."""
        return sum(curve.parameters for curve in self.curves if self.weights[curve.name] > 0)

    def recurrence_free(self, times_days: Floats, rows: Rows) -> Floats:
        """Return the recurrence-free share of each patient.

        S(t) = sum over curves of weight * S_curve(t)

        Parameters
        ----------
        times_days : float[time]
            Days from the cohort's zero, 0 or more.
        rows : Rows
            Covariates, in the columns of the cohort that was fitted.

        Returns
        -------
        float[patient][time]
        """
        used = [curve for curve in self.curves if self.weights[curve.name] > 0]
        return np.sum([self.weights[c.name] * c.recurrence_free(times_days, rows) for c in used], axis=0)


def akaike_weights(curves: Sequence[FittedCurve]) -> dict[str, float]:
    """Return how much the data favour each of several models fitted to the same cohort.

    weight = exp(-delta / 2) / sum of exp(-delta / 2), with delta = AIC - the lowest AIC

    They weigh what was seen; they do not know which model is right beyond the follow-up.

    Parameters
    ----------
    curves : list of FittedCurve
        Each with another name, at least one.

    Returns
    -------
    dict of str to float
        In the order of `curves`; sums to 1.

    Raises
    ------
    InputError
        If there is none, two share a name, or an AIC is not a finite number.

    References
    ----------
    Burnham and Anderson 2004, 10.1177/0049124104268644.
    """
    names = _names(curves)
    criteria = [aic(curve) for curve in curves]
    for name, value in zip(names, criteria, strict=True):
        if not math.isfinite(value):
            raise InputError(f"curves: {name}", "must have a finite AIC", value, "leave it out, or give weights yourself")
    lowest = min(criteria)
    shares = [math.exp(-(value - lowest) / 2) for value in criteria]
    return {name: share / math.fsum(shares) for name, share in zip(names, shares, strict=True)}


def averaged(curves: Sequence[FittedCurve], weights: Mapping[str, float] | None = None) -> AveragedCurve:
    """Return the weighted mean of fitted curves.

    Parameters
    ----------
    curves : list of FittedCurve
        Fitted to the same cohort, each with another name, at least one.
    weights : mapping of name to float, optional
        One for every curve, 0 or more, not all 0; divided by their sum. Akaike's weights unless given.

    Returns
    -------
    AveragedCurve

    Raises
    ------
    InputError
        If curves or weights are not allowed.
    """
    names = _names(curves)
    given = akaike_weights(curves) if weights is None else dict(weights)
    for name in given:
        if name not in names:
            raise InputError(f"weights: {name}", f"must be the name of a curve, one of {', '.join(names)}", name)
    for name in names:
        value = given.get(name)
        if not (isinstance(value, int | float | np.number) and math.isfinite(value) and value >= 0):
            raise InputError(f"weights: {name}", "must be a number, 0 or more", value, "write 0 to leave the curve out")
    total = math.fsum(given.values())
    if total <= 0:
        raise InputError("weights", "must not all be 0", [given[name] for name in names])
    return AveragedCurve(tuple(curves), MappingProxyType({name: float(given[name]) / total for name in names}))


def _names(curves: Sequence[FittedCurve]) -> list[str]:
    names = [curve.name for curve in curves]
    if not names:
        raise InputError("curves", "needs at least one fitted curve", "none")
    for name in names:
        if names.count(name) > 1:
            raise InputError("curves", "must give every curve another name", f"`{name}` twice")
    return names
