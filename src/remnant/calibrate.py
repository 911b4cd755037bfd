"""Fits the free numbers of a family of cancers to its published results, several diseases and trials at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from remnant import catalogue
from remnant.catalogue.published import Target, targets
from remnant.course import Course
from remnant.description import nearest
from remnant.errors import InputError
from remnant.measures import Part, arms, measure, people_of
from remnant.outcome import NORMAL_95, Outcome
from remnant.predict import solve_classes_roughly
from remnant.quantity import Quantity
from remnant.reading import Floats

STEP = 1e-3
"""Of ln number, for one-sided differences; what few growth speeds lose moves smoothly with the numbers, and drops out."""
DRAWS = 200
DRAWS_SEED = 20
MOST_STEPS = 40
FURTHEST = 3.0
"""A free number stays within so many standard deviations of its prior."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class FreeNumber:
    """A number calibration may move: whose it is, and what was known before."""

    owners: tuple[str, ...]
    path: str
    prior: float
    """ln of the number its file starts from."""
    spread: float
    """Standard deviation of ln number: its range is 95%."""

    @property
    def key(self) -> str:
        """Owners and path, as kept in a file."""
        return ",".join(self.owners) + "|" + self.path


@dataclass(frozen=True, eq=False)
class Problem:
    """Free numbers, courses and targets of one family."""

    family: str
    courses: dict[str, Course]
    free: tuple[FreeNumber, ...]
    targets: tuple[Target, ...]

    def predict(self, values: Sequence[Floats]) -> list[Floats]:
        """Return what each target measures, for each set of ln numbers; all courses of all sets are solved together."""
        plans = [self._plan(value) for value in values]
        outcomes = solve_classes_roughly([course.resolve(days) for plan in plans for course, days in plan.values()])
        each: list[Floats] = []
        at = iter(outcomes)
        for plan in plans:
            solved: dict[str, Outcome] = {key: next(at) for key in plan}
            each.append(np.array([measure(t, solved) for t in self.targets]))
        return each

    def _plan(self, values: Floats) -> dict[str, tuple[Course, list[float]]]:
        """Return people who are alike once, with every day that some target needs of them."""
        moved = {disease: self.numbers_of(disease, values) for disease in self.courses}
        return {
            # what a trial sets itself is not moved
            part.key: (course.with_numbers({k: v for k, v in moved[part.disease].items() if k not in part.paths}), days)
            for part, course, days in self._people
        }

    @cached_property
    def _people(self) -> list[tuple[Part, Course, list[float]]]:
        return people_of(self.targets, self.courses)

    @cached_property
    def _numbers(self) -> dict[str, dict[str, Quantity]]:
        return {name: course.numbers() for name, course in self.courses.items()}

    def numbers_of(self, disease: str, values: Floats) -> dict[str, float]:
        """Return the free numbers of a disease, by path in a course, for a set of ln numbers."""
        known = self._numbers[disease]
        mine = [(one.path, math.exp(value)) for one, value in zip(self.free, values, strict=True) if disease in one.owners]
        return {path: known[path].allowed(size) for path, size in mine}


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What a calibration found."""

    problem: Problem
    best: Floats
    covariance: Floats
    predicted: Floats
    chi_square: float
    """Sum of squared residuals of the fitted results, in their own errors."""

    @property
    def degrees(self) -> int:
        """Fitted results less numbers that they, and not their prior, decide."""
        fitted = sum(t.use == "fit" for t in self.problem.targets)
        prior = np.array([one.spread for one in self.problem.free])
        decided = float(np.sum(1 - np.diag(self.covariance) / prior**2))
        return max(round(fitted - decided), 1)

    @property
    def inflation(self) -> float:
        """By what the spread of draws is widened because the results are missed by more than their errors."""
        return math.sqrt(max(self.chi_square / self.degrees, 1.0))


def families() -> list[str]:
    """Return the families that can be calibrated: the files of effects with at least one published result to fit."""
    owners = {disease: catalogue.Catalogue().disease(disease).effects.id for disease in catalogue.list_ids()}
    return sorted({owners[t.disease] for t in targets() if t.use == "fit" and t.disease in owners})


def problem_of(family: str, without: str | None = None) -> Problem:
    """Return the free numbers, courses and published results of a family, as their files have them.

    No earlier calibration is looked at: a prior comes from the evidence alone, and a second run finds the same.

    Parameters
    ----------
    family : str
    without : str, optional
        Results of trials whose name begins so are left out, as if they had never been published.

    Raises
    ------
    InputError
        If nothing is to be fitted in it, or no trial has such a name.
    """
    members = [name for name in catalogue.list_ids() if catalogue.Catalogue().disease(name).effects.id == family]
    courses = {name: catalogue.course(name, calibrated=False) for name in members}
    known = tuple(t for t in targets() if t.disease in courses)
    chosen = tuple(t for t in known if without is None or not t.trial.startswith(without))
    if without is not None and len(chosen) == len(known):
        trials = sorted({t.trial for t in known})
        raise InputError("without", "must be how the name of a trial begins", without, nearest(without, trials))
    if not any(t.use == "fit" for t in chosen):
        raise InputError("family", f"must be one of {', '.join(families())}", family)
    return Problem(family, courses, _free(courses, chosen), chosen)


def calibrate(family: str, progress: Progress = lambda _: None, without: str | None = None) -> Calibrated:
    """Fit the free numbers of a family to its published results.

    Least squares on the scale of `Target.to_scale`, each free number with a log-normal prior from its range.

    Parameters
    ----------
    family : str
        Name of a file of effects.
    progress : callable
        Told what is being done.
    without : str, optional
        As in `problem_of`.
    """
    problem = problem_of(family, without)
    only = Problem(problem.family, problem.courses, problem.free, tuple(t for t in problem.targets if t.use == "fit"))
    wanted = np.array([t.to_scale(t.published) for t in only.targets])
    errors = np.array([t.error for t in only.targets])
    prior, spread = (np.array([getattr(one, what) for one in problem.free]) for what in ("prior", "spread"))

    def residuals(scaled: Floats) -> Floats:
        return _residuals(only, only.predict([prior + spread * scaled])[0], wanted, errors, scaled)

    def jacobian(scaled: Floats) -> Floats:
        points = [scaled, *(scaled + STEP / spread[i] * np.eye(len(scaled))[i] for i in range(len(scaled)))]
        rows = only.predict([prior + spread * point for point in points])
        each = [_residuals(only, row, wanted, errors, point) for row, point in zip(rows, points, strict=True)]
        progress(f"misfit {float(each[0] @ each[0]):.2f}")
        return np.array([(one - each[0]) * spread[i] / STEP for i, one in enumerate(each[1:])]).T

    start = np.zeros(len(prior))
    found = least_squares(residuals, start, jacobian, bounds=(-FURTHEST, FURTHEST), max_nfev=MOST_STEPS, xtol=1e-3, ftol=1e-3)
    inside = found.jac.T @ found.jac
    covariance = np.linalg.inv(inside) * np.outer(spread, spread)
    best = prior + spread * found.x
    predicted = problem.predict([best])[0]
    off = [t.off(float(value)) for t, value in zip(problem.targets, predicted, strict=True) if t.use == "fit"]
    return Calibrated(problem, best, covariance, predicted, float(np.sum(np.square(off))))


def draws_of(found: Calibrated, count: int = DRAWS) -> Floats:
    """Return [draw][number] ln numbers: normal about the best fit, as wide as the results and the priors leave them."""
    rng = np.random.default_rng(DRAWS_SEED)
    root = np.linalg.cholesky(found.covariance + 1e-14 * np.eye(len(found.best)))
    steps = rng.standard_normal((count, len(found.best))) @ root.T * found.inflation
    prior, spread = (np.array([getattr(one, what) for one in found.problem.free]) for what in ("prior", "spread"))
    return np.clip(found.best + steps, prior - FURTHEST * spread, prior + FURTHEST * spread)


def to_document(found: Calibrated) -> dict[str, Any]:
    """Return what is kept of a calibration: numbers, draws, and every result with its residual."""
    rows = [
        {"id": t.id, "use": t.use, "published": _short(t.published), "model": _short(value),
         "residual": _short(t.off(float(value)))}
        for t, value in zip(found.problem.targets, found.predicted, strict=True)
    ]  # fmt: skip
    return {
        "name": found.problem.family, "paths": [one.key for one in found.problem.free],
        "best": [_short(v) for v in found.best], "sd": [_short(v) for v in np.sqrt(np.diag(found.covariance))],
        "prior": [_short(one.prior) for one in found.problem.free],
        "prior_sd": [_short(one.spread) for one in found.problem.free],
        "chi_square": _short(found.chi_square), "degrees": found.degrees, "inflation": _short(found.inflation),
        "targets": rows, "draws": [[_short(v, 4) for v in row] for row in draws_of(found)],
    }  # fmt: skip


def keep(found: Calibrated, folder: Path) -> Path:
    """Write a calibration beside the data it came from."""
    path = folder / f"{found.problem.family}.json"
    document = to_document(found)
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in document.items() if key not in ("targets", "draws")]
    for key in ("targets", "draws"):
        lines.append(f" {json.dumps(key)}: [\n  " + ",\n  ".join(json.dumps(one) for one in document[key]) + "\n ]")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def _free(courses: dict[str, Course], chosen: tuple[Target, ...]) -> tuple[FreeNumber, ...]:
    """Return the free numbers; those of effects belong to every disease of the family together."""
    used = {part.disease for t in chosen if t.use == "fit" for arm in arms(t) for part in arm}
    found: dict[str, FreeNumber] = {}
    for name, course in courses.items():
        for path, quantity in course.numbers().items():
            shared = path.startswith("disease.effects.")
            if not quantity.free or not (shared or name in used):
                continue
            low, high = quantity.range
            owners = tuple(courses) if shared else (name,)
            one = FreeNumber(owners, path, math.log(_start(quantity)), math.log(high / low) / (2 * NORMAL_95))
            found[one.key] = one
    return tuple(found.values())


def _start(quantity: Any) -> float:
    low, high = quantity.range
    if not 0 < low < high:
        raise InputError("free", "a free number needs a range over 0", str(quantity))
    return float(quantity.size)


def _residuals(problem: Problem, got: Floats, wanted: Floats, errors: Floats, scaled: Floats) -> Floats:
    values = np.array([t.to_scale(float(value)) for t, value in zip(problem.targets, got, strict=True)])
    return np.concatenate([(values - wanted) / errors, scaled])


def _short(value: float, digits: int = 6) -> float:
    return float(f"{value:.{digits}g}")
