"""Fits a cohort: standardises, climbs, measures the curvature, and says where the answer should not be trusted."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from remnant.cohort import Cohort
from remnant.errors import FitWarning
from remnant.fitter.curves import found_by
from remnant.fitter.fitted import Fit, Fitted, Scaling, Told
from remnant.fitter.law import BURDEN, FRAILTY, SHARE, SPREAD, TIME, WAKING
from remnant.fitter.likelihood import Rows
from remnant.fitter.model import Form
from remnant.fitter.optimise import Top
from remnant.fitter.prior import DAYS_PER_YEAR, EVIDENCE, Prior, ln_waking
from remnant.fitter.search import search
from remnant.reading import Floats

SPANNED = {
    BURDEN: (math.log(1e-4), math.log(100.0)),
    TIME: (math.log(1.0), math.log(200 * DAYS_PER_YEAR)),
    SPREAD: (math.log(0.02), math.log(5.0)),
    FRAILTY: (math.log(1e-3), math.log(1e3)),
    SHARE: (-7.0, 7.0),
    WAKING: (ln_waking(200 * DAYS_PER_YEAR), ln_waking(7.0)),
}
"""Beyond these a shared parameter has left what cancers do: nothing holds it there but the edge of the model."""
SAID = {
    BURDEN: "the expected number of lineages",
    TIME: "the detection time",
    SPREAD: "the spread of growth speed",
    FRAILTY: "the spread of burden",
    SHARE: "the share of lineages that rest",
    WAKING: "the time lineages rest",
}
SEEN_ENOUGH = 0.5
"""Share of the lineages that will ever be found, of which fewer found by the end of follow-up leave the cured share open."""
FOUND_ENOUGH = 0.75
"""Share of the lineages that do not rest which must have been found by the end of follow-up before rest is thought of."""
MOST_DORMANT = 20_000
"""In more distinct patients than this, dormancy is fitted only where it was asked for: it takes long."""
FLAT = 1e-7
"""Curvature relative to the largest below which a direction is not told by data or prior."""


def fit_law(
    cohort: Cohort,
    prior: Prior = EVIDENCE,
    *,
    mixing: bool | None = None,
    dormancy: bool | None = None,
    ages: bool | None = None,
    quiet: bool = False,
) -> Fit:
    """Return our model fitted to a cohort.

    The top of log-likelihood + log-prior; with `Prior.flat()` maximum likelihood.

    Parameters
    ----------
    cohort : Cohort
    prior : Prior
        What is believed before the data, and what is held fixed.
    mixing : bool or None
        Whether burden has a gamma factor between patients, beyond the covariates; None to choose by AIC.
    dormancy : bool or None
        Whether some lineages rest first; None to choose by AIC, where `FOUND_ENOUGH` of those that do not rest have been
        found by the end of follow-up, and there are no more than `MOST_DORMANT` distinct patients.
    ages : bool or None
        Whether lineages are of all ages, shed by a primary that grew; None to choose by AIC. Not where some rest.
    quiet : bool
        Whether to leave out warnings, for fits that are only steps of another answer.

    Returns
    -------
    Fit

    Warns
    -----
    FitWarning
        Where the answer should not be trusted, and why.
    """
    scaling = Scaling.of(cohort)
    burden, growth = scaling.apply(cohort.rows)
    rows = Rows.of((cohort.entry, cohort.lower, cohort.upper), cohort.weight, burden, growth)
    plain, written = Form(burden.shape[1], growth.shape[1]), partial(_written, cohort, scaling, prior)
    undecided = dormancy is None and not ages and rows.weight.size <= MOST_DORMANT
    resting = _forms(plain, mixing, True, ages) if undecided else ()

    def found_enough(form: Form, values: Floats) -> bool:
        return found_by(written(form, values), cohort.last_day) >= FOUND_ENOUGH

    posterior, top = search(rows, _forms(plain, mixing, bool(dormancy), ages), prior, resting, found_enough)
    covariance, told_all = _covariance(top.curvature)
    per_unit = float(cohort.weight[cohort.observed].sum()) * math.log(cohort.unit.days)
    fitted = replace(
        written(posterior.form, top.values),
        covariance=covariance,
        log_likelihood=top.height - posterior.log_prior(top.values) + per_unit,
        converged=top.converged,
    )
    if not quiet:
        for words in _doubts(fitted, top, told_all, cohort):
            warnings.warn(words, FitWarning, stacklevel=3)
    return Fit(fitted, posterior, cohort, mixing, dormancy, ages)


def _forms(plain: Form, mixing: bool | None, dormancy: bool, ages: bool | None) -> tuple[Form, ...]:
    """Return the forms to choose from; None stands for both."""
    mixed = (False, True) if mixing is None else (mixing,)
    aged = (False, True) if ages is None and not dormancy else (bool(ages),)
    return tuple(replace(plain, mixing=more, dormancy=dormancy, ages=old) for more, old in product(mixed, aged))


def _written(cohort: Cohort, scaling: Scaling, prior: Prior, form: Form, values: Floats) -> Fitted:
    """Return a fit of a cohort, written down without its rows, before its likelihood and curvature are measured."""
    return Fitted(
        form,
        prior,
        values,
        np.zeros((0, 0)),
        math.nan,
        False,
        cohort.burden.rows(slice(0, 0)),
        cohort.growth.rows(slice(0, 0)),
        scaling,
        cohort.unit,
        Told(cohort.size, cohort.events, cohort.last_day),
    )


def _covariance(curvature: Floats) -> tuple[Floats, bool]:
    """Return the inverse curvature and whether every direction is told; directions that are not get a wide variance."""
    eigenvalues, vectors = np.linalg.eigh(curvature)
    floor = FLAT * float(np.abs(eigenvalues).max())
    inverse = vectors / np.maximum(eigenvalues, floor) @ vectors.T
    return 0.5 * (inverse + inverse.T), bool((eigenvalues > floor).all())


def _doubts(fitted: Fitted, top: Top, told_all: bool, cohort: Cohort) -> list[str]:
    words = []
    if not top.converged:
        words.append("the fit did not converge: the top of the likelihood was not reached")
    ends = []
    shared = dict(zip(fitted.form.places, fitted.values, strict=True)) | {BURDEN: fitted.values[0]}
    for place, (low, high) in SPANNED.items():
        if place not in shared:
            continue
        value = shared[place]
        if not low < value < high:
            ends.append(place)
            words.append(f"{SAID[place]} went to its {'lower' if value <= low else 'upper'} end: the data do not hold it")
    if not told_all and not ends:
        words.append("some parameters are not told apart by these data: their intervals are too narrow or have no meaning")
    if cohort.events < fitted.form.size:
        words.append(f"{cohort.events} events for {fitted.form.size} parameters: the prior decides most of this fit")
    seen = found_by(fitted, cohort.last_day)
    if seen < SEEN_ENOUGH:
        words.append(
            f"by the end of follow-up only {100 * seen:.0f} of 100 lineages that will be found have been found: the cured share "
            "and what lies beyond follow-up come from the model and its prior, not from these data"
        )
    return words
