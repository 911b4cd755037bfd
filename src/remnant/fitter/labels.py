"""Names and natural scale of the parameters: what a table of estimates shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.errors import InputError
from remnant.fitter.fitted import Fitted
from remnant.fitter.law import BURDEN, FRAILTY, SHARE, SHIFT, SPREAD, TIME, WAKING
from remnant.fitter.model import bounded_exp
from remnant.reading import Floats

LINEAGES = "lineages"
WORDS = {
    TIME: "detection time",
    SPREAD: "growth spread",
    FRAILTY: "burden variance",
    SHARE: "resting share",
    WAKING: "rest half-life",
}
"""Expected lineages that will be found, at average covariates; median time until one of them is found, at average
covariates; standard deviation of ln growth speed; 1/k of the gamma factor on burden; share of lineages that rest first;
time in which half of the resting founders leave rest."""


@dataclass(frozen=True)
class Label:
    """One parameter."""

    part: str
    """burden, growth or shape"""
    name: str
    """A covariate, or a word of `WORDS`."""
    place: int
    """The local parameter of the law through which it acts."""
    scale: float
    """Inner value of a coefficient per unit of the covariate; days in one unit of time."""


def labels(fitted: Fitted) -> tuple[Label, ...]:
    """Return the parameters in their inner order."""
    scaling, day = fitted.scaling, fitted.unit.days
    burden = [Label("burden", n, BURDEN, float(s)) for n, s in zip(fitted.burden.names, scaling.burden_sd, strict=True)]
    growth = [Label("growth", n, SHIFT, float(s)) for n, s in zip(fitted.growth.names, scaling.growth_sd, strict=True)]
    shape = [Label("shape", WORDS[place], place, day) for place in fitted.form.places[fitted.form.shape_start :]]
    return (Label("shape", LINEAGES, BURDEN, 1.0), *burden, *growth, *shape)


def places_of(marks: Sequence[Label], names: Sequence[str] | None) -> list[int]:
    """Return the places of the parameters with these names; of all without any.

    Raises
    ------
    InputError
        If no parameter is called so.
    """
    for name in names or ():
        if name not in {mark.name for mark in marks}:
            raise InputError("names", f"must be among {', '.join(mark.name for mark in marks)}", name)
    return [place for place, mark in enumerate(marks) if names is None or mark.name in names]


def natural(label: Label, value: float) -> float:
    """Return an inner value on the scale that people read: per unit of the covariate, times in the unit of the cohort."""
    if label.part != "shape":
        return value / label.scale
    if label.place == SHARE:
        return 1.0 / (1.0 + bounded_exp(-value))
    if label.place == TIME:
        return bounded_exp(value) / label.scale
    if label.place == WAKING:
        return float(np.log(2.0)) * bounded_exp(-value) / label.scale
    return bounded_exp(value)


def slope(label: Label, value: float) -> float:
    """Return the size of d natural / d inner."""
    if label.part != "shape":
        return 1.0 / label.scale
    here = natural(label, value)
    return here * (1.0 - here) if label.place == SHARE else here


def naturals(fitted: Fitted, draws: Floats) -> Floats:
    """Return draws [draw][parameter] of inner values on the natural scale."""
    marks = labels(fitted)
    return np.array([[natural(mark, float(value)) for mark, value in zip(marks, row, strict=True)] for row in draws])


def ordered(label: Label, low: float, high: float) -> tuple[float, float]:
    """Return an interval of inner values on the natural scale, the smaller end first."""
    ends = natural(label, low), natural(label, high)
    return min(ends), max(ends)
