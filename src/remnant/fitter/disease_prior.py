"""What the catalogue knows of a disease, as a prior for a cohort: its curves are read as the fit reads a cohort's."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from remnant import catalogue
from remnant.calibrate import calibrate, draws_of
from remnant.cohort import Cohort, Columns
from remnant.course import Course
from remnant.errors import InputError
from remnant.fitter.fitting import fit_law
from remnant.fitter.law import BURDEN, FRAILTY, SHARE, SPREAD, TIME, WAKING
from remnant.fitter.prior import EVIDENCE, Normal, Prior
from remnant.outcome import Outcome
from remnant.predict import solve_classes_roughly
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats

DRAWS = 24
PEOPLE = 1000
"""Weight of the people a curve is read as; the reading does not depend on it."""
LOOKS_YEARS = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10, 12, 15)
BELIEFS = {
    BURDEN: "lineages", TIME: "detection_days", SPREAD: "growth_spread", FRAILTY: "burden_spread", SHARE: "dormant_share",
    WAKING: "waking",
}  # fmt: skip
BETWEEN_COHORTS = {
    "lineages": 1.0, "detection_days": 0.3, "growth_spread": 0.15, "burden_spread": 0.7, "dormant_share": 0.5, "waking": 0.3,
}  # fmt: skip
"""Standard deviation, on the scale of each belief, by which cohorts of one disease differ: in stages, treatment, and in how
it was found and watched. Assumed; it keeps a cohort of some hundred recurrences free to overrule the prior."""


def prior_of(disease: str, without: str | None = None) -> Prior:
    """Return what is known of a disease before a cohort of it is looked at.

    The untreated course of the catalogue is solved for draws of its numbers, and each curve is read as a cohort is: the
    fit's own numbers of it, over the draws, are the prior. Effects of covariates stay as in the default prior.

    Parameters
    ----------
    disease : str
        An id of the catalogue.
    without : str, optional
        How the name of a trial begins: the catalogue is calibrated again as if its results had never been published, so that
        the trial itself can be foretold. Takes a minute or two; None for the calibration that is kept.

    Raises
    ------
    InputError
        If the catalogue has no such disease, it is too little known to give a prior, or no trial of it has that name.
    """
    return _prior_of(disease, without)


@cache
def _prior_of(disease: str, without: str | None) -> Prior:
    course = catalogue.course(disease).replace("regimen", []).replace("follow_up", "none")
    if course.disease.kind == "blood" or course.disease.evidence == "thin":
        allowed = "must be a solid cancer of which enough is known for a prior"
        raise InputError("disease", allowed, disease, "leave it out: the default prior is for every cancer")
    days = [0.0, *(YEAR_DAYS * year for year in LOOKS_YEARS)]
    draws = course.draws(DRAWS) if without is None else _draws_without(course, without)
    outcomes = solve_classes_roughly([draw.resolve(days) for draw in draws])
    read = np.array([_as_the_fit_reads_it(outcome, course) for outcome in outcomes])
    places = _places(course)
    beliefs: dict[str, Any] = {BELIEFS[place]: _normal(read[:, i], BELIEFS[place]) for i, place in enumerate(places)}
    return replace(EVIDENCE, **beliefs)


def _draws_without(course: Course, trial: str) -> list[Course]:
    """Return draws of a course as a calibration that never saw a trial leaves them."""
    found = calibrate(course.disease.effects.id, without=trial)
    disease = course.disease.id
    usual = found.problem.courses[disease].replace("regimen", []).replace("follow_up", "none")
    return [usual.with_numbers(found.problem.numbers_of(disease, values)) for values in draws_of(found, DRAWS)]


def has_dormancy(disease: str) -> bool:
    """Return whether cells of a disease of the catalogue rest."""
    resting = catalogue.Catalogue().disease(disease).dormancy
    return resting is not None and resting.ratio.size > 0


def _places(course: Course) -> tuple[int, ...]:
    """Return the shared parameters of the fit's law that the disease has, in their inner order."""
    mixing = (FRAILTY,) if course.disease.burden_spread is not None else ()
    return (BURDEN, TIME, SPREAD, *mixing, *((SHARE, WAKING) if has_dormancy(course.disease.id) else ()))


def _as_the_fit_reads_it(outcome: Outcome, course: Course) -> Floats:
    """Return the inner values the fit gives to people who recur as a curve says, looked at on its days."""
    import pandas

    free = outcome.recurrence_free
    table = pandas.DataFrame(
        {"lower": outcome.times, "upper": [*outcome.times[1:], np.inf], "weight": PEOPLE * np.append(-np.diff(free), free[-1])}
    )
    columns = Columns(None, None, "days", lower="lower", upper="upper", weights="weight")
    cohort = Cohort.read(table[table.weight > 0], columns, "", "")
    mixing, rests = course.disease.burden_spread is not None, has_dormancy(course.disease.id)
    return fit_law(cohort, EVIDENCE, mixing=mixing, dormancy=rests, ages=False, quiet=True).fitted.values


def _normal(values: Floats, belief: str) -> Normal:
    return Normal(float(values.mean()), math.hypot(float(values.std(ddof=1)), BETWEEN_COHORTS[belief]))
