"""Whether lineages rest is chosen by AIC: where it was drawn, not where it was not, and not before it can show."""

from __future__ import annotations

import numpy as np
import pytest
from fits import drawn

from remnant.cohort import Cohort, Columns
from remnant.fitter.curves import found_by
from remnant.fitter.fitting import FOUND_ENOUGH, fit_law
from remnant.fitter.model import SHORTEST_REST
from remnant.fitter.prior import Prior

REST = (0.6, 1500.0)
"""Most lineages rest for four years."""


def cohort(seed, **more):
    return Cohort.read(drawn(2000, seed, days=400.0, **more), Columns("time", "event", "days"), ["b0"], ["g0"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rest_is_chosen_where_it_was_drawn(seed):
    fitted = fit_law(cohort(seed, rest=REST), quiet=True).fitted
    assert fitted.form.dormancy
    assert fitted.aic < fit_law(cohort(seed, rest=REST), dormancy=False, quiet=True).fitted.aic


def test_it_is_seldom_chosen_where_it_was_not():
    """AIC adds two needless numbers to about 1 of 10 cohorts: more than 2 of 8 come once in 30 choices of seeds."""
    assert sum(fit_law(cohort(seed), quiet=True).fitted.form.dormancy for seed in range(8)) <= 2


def test_it_is_not_thought_of_before_most_that_do_not_rest_are_found():
    early = cohort(1, rest=REST).known_by(450.0)
    fitted = fit_law(early, quiet=True).fitted
    assert found_by(fitted, early.last_day) < FOUND_ENOUGH and not fitted.form.dormancy
    assert fit_law(early, dormancy=True, quiet=True).fitted.form.dormancy, "it can be asked for"


def test_lineages_of_all_ages_do_not_rest():
    assert not fit_law(cohort(1, rest=REST), ages=True, quiet=True).fitted.form.dormancy


def test_rest_of_less_than_three_days_is_none():
    """Its integrals would take ever longer, and a climb without a prior could run that way for minutes."""
    fit = fit_law(cohort(1, rest=REST), dormancy=True, quiet=True)
    values = fit.fitted.values.copy()
    values[-1] = SHORTEST_REST - 1e-6
    assert np.isfinite(fit.posterior.view(values).height)
    values[-1] = SHORTEST_REST + 1e-6
    assert fit.posterior.view(values).height == -np.inf


@pytest.mark.parametrize("mixing", [False, True])
def test_where_nobody_is_cured_lineages_of_all_ages_are_fitted_too(mixing):
    """Without a prior the top without ages lies at millions of lineages, where nothing is left of the law with them."""
    datasets = pytest.importorskip("lifelines.datasets")
    told = Cohort.read(datasets.load_larynx(), Columns("time", "death", "months"), ["age"])
    fitted = fit_law(told, Prior.flat(), mixing=mixing, dormancy=False, ages=True, quiet=True).fitted
    assert fitted.converged and fitted.aic < 311
