"""What the catalogue knows of a disease, as a prior for a cohort: its curves are read as the fit reads a cohort's."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from remnant import catalogue
from remnant.course import Course
from remnant.errors import InputError
from remnant.fitter.prior import EVIDENCE, Normal, Prior
from remnant.predict import solve_classes
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats

DRAWS = 24
TIMES = 30
FEW = 1e-3
"""Lineages so few that 1 - S is one lineage's share found by each day."""
LONGEST_YEARS = 40.0
QUARTILES = 1.3489795003921634
"""Standard deviations between the quartiles of a normal law."""
BETWEEN_COHORTS = {"detection_days": 0.3, "growth_spread": 0.15, "burden_spread": 0.5, "dormant_share": 0.5, "waking": 0.3}
"""Standard deviation, on the scale of each belief, by which cohorts of one disease differ from one another: in how it was
found, staged and watched. Assumed; it keeps a cohort of some hundred recurrences free to overrule the prior."""


def prior_of(disease: str) -> Prior:
    """Return what is known of a disease before a cohort of it is looked at.

    The untreated course of the catalogue is solved for draws of its numbers. The median and quartiles of the time until
    one lineage is found give detection time and growth spread; burden spread and rest are the draws' own. Expected
    lineages and effects of covariates stay as in the default prior: they are what a cohort tells about itself.

    Parameters
    ----------
    disease : str
        An id of the catalogue.

    Raises
    ------
    InputError
        If the catalogue has no such disease, or it is too little known to give a prior.
    """
    return _prior_of(disease)


@cache
def _prior_of(disease: str) -> Prior:
    course = catalogue.course(disease).replace("regimen", []).replace("follow_up", "none")
    if course.disease.kind == "blood" or course.disease.evidence == "thin":
        allowed = "must be a solid cancer of which enough is known for a prior"
        raise InputError("disease", allowed, disease, "leave it out: the default prior is for every cancer")
    draws = course.draws(DRAWS)
    found = _detection([_one_lineage(draw) for draw in draws])
    beliefs: dict[str, Any] = {"detection_days": _normal(np.log(found[:, 1]), "detection_days")}
    beliefs["growth_spread"] = _normal(np.log(np.log(found[:, 2] / found[:, 0]) / QUARTILES), "growth_spread")
    if course.disease.burden_spread is not None:
        shapes = np.array([draw.get("disease.burden_spread").size for draw in draws])
        beliefs["burden_spread"] = _normal(-np.log(shapes), "burden_spread")
    if has_dormancy(disease):
        ratios, waking = (np.array([draw.get(f"disease.dormancy.{name}").size for draw in draws]) for name in ("ratio", "waking"))
        beliefs["dormant_share"] = _normal(np.log(ratios), "dormant_share")
        beliefs["waking"] = _normal(np.log(waking), "waking")
    return replace(EVIDENCE, **beliefs)


def has_dormancy(disease: str) -> bool:
    """Return whether cells of a disease of the catalogue rest."""
    resting = catalogue.Catalogue().disease(disease).dormancy
    return resting is not None and resting.ratio.size > 0


def _one_lineage(course: Course) -> Course:
    """Return a course in which hardly anything was left, so that no lineage is found before another, and none rests."""
    disease = course.disease
    numbers = {f"disease.extents.{name}.spread": FEW for name, one in disease.extents.items() if one.spread is not None}
    numbers["disease.residue.r0"] = FEW * 1e-3
    few = course.with_numbers(numbers)
    return few.model_copy(update={"disease": few.disease.model_copy(update={"dormancy": None, "burden_spread": None})})


def _detection(courses: list[Course]) -> Floats:
    """Return [course][quartile] days by which a quarter, a half and three quarters of lineages have been found."""
    days = np.concatenate([[0.0], np.geomspace(5.0, LONGEST_YEARS * YEAR_DAYS, TIMES)])
    quartiles = []
    for outcome in solve_classes([course.resolve(days.tolist()) for course in courses]):
        share = outcome.recurred / outcome.recurred[-1]
        quartiles.append(np.exp(np.interp([0.25, 0.5, 0.75], share[1:], np.log(days[1:]))))
    return np.array(quartiles)


def _normal(values: Floats, belief: str) -> Normal:
    return Normal(float(values.mean()), math.hypot(float(values.std(ddof=1)), BETWEEN_COHORTS[belief]))
