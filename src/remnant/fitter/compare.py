"""Our model beside the standard ones: by AIC on all that is known, and by what each foretells from an early cut."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remnant.averaging import AveragedCurve, akaike_weights
from remnant.cohort import Cohort
from remnant.errors import InputError
from remnant.fitter.curve_model import FittedCurve, aic
from remnant.fitter.curves import mean_free
from remnant.fitter.fitted import OURS, Fit
from remnant.fitter.fitting import MOST_DORMANT, fit_law
from remnant.fitter.rivals import fit_rivals
from remnant.observed import at_risk, kaplan_meier
from remnant.reading import Floats

STILL_FOLLOWED = 0.1
"""Share of the patients still followed and well at the last time at which what was foretold is judged."""
AVERAGED = "average by AIC"
WITHOUT_PRIOR = "remnant, no prior"


@dataclass(frozen=True, eq=False)
class Foretold:
    """What was foretold from an early cut, and what was seen."""

    day: float
    """The cut."""
    last_day: float
    """The last day that is well observed."""
    known: Cohort
    """What was known by the cut."""
    ours: Fit
    """Our model with its prior, told only that."""
    curves: dict[str, FittedCurve]
    """Every model told only that."""
    aics: dict[str, float]
    """At the cut, each model at the top of its likelihood; an average has none."""
    failed: dict[str, str]
    cohort: Cohort

    def observed(self, days: Floats) -> Floats:
        """Return the Kaplan-Meier share [time] of all that became known."""
        return kaplan_meier(self.cohort).at(days)

    def mean(self, name: str, days: Floats) -> Floats:
        """Return what a model foretold for these patients on average [time]."""
        return mean_free(self.curves[name], days, self.cohort.rows, self.cohort.weight)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models fitted to one cohort."""

    curves: tuple[FittedCurve, ...]
    """Each at the top of its likelihood, best AIC first."""
    failed: dict[str, str]
    """Models that could not be fitted, and why."""
    cut: Foretold | None = None

    @property
    def weights(self) -> dict[str, float]:
        """Akaike weights by name, summing to 1."""
        return akaike_weights(self.curves)

    @property
    def averaged(self) -> AveragedCurve:
        """All curves averaged by their Akaike weights."""
        return AveragedCurve(self.curves, self.weights, AVERAGED)


def compare(fit: Fit, cut_day: float | None = None, progress: Callable[[str], None] | None = None) -> Comparison:
    """Return our model beside the standard models.

    Parameters
    ----------
    fit : Fit
    cut_day : float, optional
        Also tell every model only what was known by this day.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the cut is not inside the follow-up.
    RefusedError
        If lifelines is not installed.
    """
    tell = progress or (lambda words: None)
    foretold = None if cut_day is None else foretell(fit, cut_day, tell)
    tell("fitting the standard models")
    rivals, failed = fit_rivals(fit.cohort)
    return Comparison(tuple(sorted([*_own(fit.cohort, fit), *rivals], key=aic)), failed, foretold)


def foretell(fit: Fit, cut_day: float, progress: Callable[[str], None], *, rivals: bool = True) -> Foretold:
    """Return what every model foretells when told only what was known by a day.

    Our model foretells with the prior of the fit (named `remnant`) and without one; both carry the AIC without.
    """
    known = fit.cohort.known_by(cut_day)
    last = well_observed(fit.cohort)
    if cut_day >= last:
        allowed = f"must be before the last time well observed, {fit.cohort.unit.from_days(last):g}"
        raise InputError("cut", allowed, float(fit.cohort.unit.from_days(cut_day)))
    progress("fitting what was known by the cut")
    ours = fit_law(known, fit.fitted.prior, mixing=fit.mixing, dormancy=fit.dormancy, ages=fit.ages, quiet=True)
    own = _own(known, fit)
    curves: dict[str, FittedCurve] = {OURS: ours.fitted, WITHOUT_PRIOR: own[0]}
    aics = {OURS: aic(own[0]), WITHOUT_PRIOR: aic(own[0])}
    failed: dict[str, str] = {}
    if rivals:
        others, failed = fit_rivals(known)
        every = (*own, *others)
        curves |= {c.name: c for c in every[1:]} | {AVERAGED: AveragedCurve(every, akaike_weights(every), AVERAGED)}
        aics |= {c.name: aic(c) for c in every[1:]}
    return Foretold(cut_day, last, known, ours, curves, aics, failed, fit.cohort)


def well_observed(cohort: Cohort) -> float:
    """Return the last day, rounded down to three digits, on which a tenth of the patients were still followed and well."""
    last = np.where(np.isfinite(cohort.upper), cohort.upper, cohort.lower)
    days = np.unique(last)
    enough = at_risk(cohort, days) >= STILL_FOLLOWED * cohort.weight.sum()
    day = float(days[enough].max()) if enough.any() else float(days[0])
    digit = 10.0 ** (math.floor(math.log10(day)) - 2) if day > 0 else 1.0
    # rounded, so that it is nobody's own day
    return math.floor(day / digit) * digit


def table(found: Comparison) -> Any:
    """Return a comparison as a pandas DataFrame, best AIC first."""
    import pandas

    best = aic(found.curves[0])
    rows: dict[str, dict[str, Any]] = {}
    for curve in found.curves:
        value = aic(curve)
        rows[curve.name] = {
            "parameters": curve.parameters,
            "log_likelihood": curve.log_likelihood,
            "AIC": value,
            "over_best": value - best,
            "weight": found.weights[curve.name],
        }
    cut = found.cut
    if cut is not None:
        seen = float(cut.observed(np.array([cut.last_day]))[0])
        for name in cut.curves:
            told = float(cut.mean(name, np.array([cut.last_day]))[0])
            rows.setdefault(name, {})
            rows[name] |= {"AIC_at_cut": cut.aics.get(name), "foretold": told, "observed": seen, "error": told - seen}
    for name, reason in found.failed.items():
        rows.setdefault(name, {})["note"] = f"not fitted: {reason}"
    for name, reason in (cut.failed if cut else {}).items():
        row = rows.setdefault(name, {})
        row["note"] = "; ".join(filter(None, [row.get("note"), f"not fitted at the cut: {reason}"]))
    frame = pandas.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "model"
    return frame


def _own(cohort: Cohort, fit: Fit) -> list[FittedCurve]:
    """Return our model without a prior: first as it was asked for, then the other forms, named by what they have."""
    prior = fit.fitted.prior.without_opinion()
    first = fit_law(cohort, prior, mixing=fit.mixing, dormancy=fit.dormancy, ages=fit.ages, quiet=True).fitted
    few = fit.posterior.rows.weight.size <= MOST_DORMANT
    awake: list[dict[str, bool]] = [{}, {"mixing": True}]
    resting = [one | {"dormancy": True} for one in awake]
    others = resting if fit.dormancy else [*awake, *(one | {"ages": True} for one in awake), *(resting if few else [])]
    nothing = {"mixing": False, "dormancy": False, "ages": False}
    wanted = [nothing | one for one in others]
    wanted = [one for one in wanted if one != {name: getattr(first.form, name) for name in nothing}]
    found = [fit_law(cohort, prior, **one, quiet=True).fitted for one in wanted]
    return [first, *(replace(one, name=f"{OURS}, {one.form.words}") for one in found)]
