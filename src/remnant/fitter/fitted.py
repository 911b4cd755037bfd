"""A finished fit: what it learnt, without any patient's row, so that it can be saved, loaded and asked again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remnant.cohort import Cohort, Design, Rows, TimeUnit
from remnant.fitter.likelihood import Biology
from remnant.fitter.model import Form, Posterior
from remnant.fitter.prior import Prior
from remnant.reading import Floats

OURS = "remnant"


@dataclass(frozen=True, eq=False)
class Scaling:
    """Centre and spread of each covariate in the cohort that was fitted; inside, covariates are standardised."""

    burden_mean: Floats
    burden_sd: Floats
    growth_mean: Floats
    growth_sd: Floats

    @classmethod
    def of(cls, cohort: Cohort) -> Scaling:
        """Return weighted means and standard deviations of a cohort's covariates."""
        parts = []
        for matrix in (cohort.burden.matrix, cohort.growth.matrix):
            if matrix.shape[1] == 0:
                parts += [np.zeros(0), np.zeros(0)]
                continue
            mean = np.average(matrix, axis=0, weights=cohort.weight)
            parts += [mean, np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=cohort.weight))]
        return cls(*parts)

    def apply(self, rows: Rows) -> tuple[Floats, Floats]:
        """Return standardised covariates on burden and on growth."""
        return (rows.burden - self.burden_mean) / self.burden_sd, (rows.growth - self.growth_mean) / self.growth_sd


@dataclass(frozen=True)
class Told:
    """What the fit was told about, in numbers that name nobody."""

    patients: int
    events: int
    last_day: float
    """Last day on which anything was known."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """Our model, fitted. Values are on the inner scale: logarithms (logit of a share), covariates standardised."""

    form: Form
    prior: Prior
    values: Floats
    """[parameter]"""
    covariance: Floats
    """[parameter][parameter] inverse of the curvature of the log-posterior at the top"""
    log_likelihood: float
    """At `values`, densities per unit of time of the cohort; the prior is not in it."""
    converged: bool
    burden: Design
    """How rows are encoded; holds no row."""
    growth: Design
    scaling: Scaling
    unit: TimeUnit
    told: Told
    name: str = OURS

    @property
    def parameters(self) -> int:
        """Number of parameters that were fitted."""
        return self.form.size

    @cached_property
    def biology(self) -> Biology:
        """What is held fixed."""
        return self.form.biology(self.prior)

    @property
    def aic(self) -> float:
        """2 parameters - 2 log_likelihood."""
        return 2.0 * self.parameters - 2.0 * self.log_likelihood

    def encode(self, frame: object) -> Rows:
        """Return the covariates of other patients, encoded as those of the cohort were.

        Raises
        ------
        InputError
            If a column or cell is missing or not allowed.
        """
        return Rows(self.burden.encode(frame), self.growth.encode(frame))

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
        from remnant.fitter.curves import log_free

        return np.exp(log_free(self, np.asarray(times_days, dtype=float), rows))


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit with the cohort it came from, for what needs the patients again: profiles, draws, comparisons."""

    fitted: Fitted
    posterior: Posterior
    cohort: Cohort
    mixing: bool | None
    """As it was asked for; None where AIC chose. The same for what follows."""
    dormancy: bool | None
    ages: bool | None
