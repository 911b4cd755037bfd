"""What every fitted curve can be asked, ours and the standard models alike, so that one table holds them all."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from remnant.cohort import Rows
from remnant.reading import Floats


@runtime_checkable
class FittedCurve(Protocol):
    """A model of time to recurrence that was fitted to a cohort."""

    @property
    def name(self) -> str:
        """What a table of models calls it."""
        ...

    @property
    def log_likelihood(self) -> float:
        """At its top, densities per unit of time of the cohort (its `unit`), weights taken into account."""
        ...

    @property
    def parameters(self) -> int:
        """Number of parameters that were fitted."""
        ...

    def recurrence_free(self, times_days: Floats, rows: Rows) -> Floats:
        """Return the recurrence-free share of each patient.

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
        ...


def aic(curve: FittedCurve) -> float:
    """Return Akaike's criterion: 2 parameters - 2 log_likelihood; lower is better."""
    return 2.0 * curve.parameters - 2.0 * curve.log_likelihood
