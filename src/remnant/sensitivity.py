"""Which numbers move an answer most: each over its range, then shares of variance by Sobol's method."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, sobol_indices

from remnant.course import Course
from remnant.outcome import NORMAL_95
from remnant.predict import solve_classes_roughly
from remnant.quantity import Quantity
from remnant.reading import Floats

Progress = Callable[[str], None]
SOBOL_POINTS = 32
SOBOL_SEED = 3
MOST_SOBOL = 5


@dataclass(frozen=True)
class Influence:
    """What one number does to the recurrence-free share on a day."""

    path: str
    quantity: Quantity
    at_low: float
    """Recurrence-free share with the number at the lower end of its range."""
    at_high: float
    share: float | None = None
    """Share of variance it has a part in (Sobol total index), among the most influential; None beyond them."""

    @property
    def move(self) -> float:
        """How far the answer moves over the range."""
        return abs(self.at_high - self.at_low)


def influences(course: Course, day: float, sobol: bool = True, progress: Progress = lambda _: None) -> list[Influence]:
    """Return the numbers of a course by how far each moves the recurrence-free share on a day, the most first.

    Each number that has a range is put at both ends of it, the others left alone; then total Sobol indices (scipy) tell,
    for the few that move it most, the share of variance each has a part in.

    Parameters
    ----------
    course : Course
    day : float
        From day 0.
    sobol : bool
        Whether shares of variance are computed.
    progress : callable
        Told what is being done.
    """
    ranged = {path: one for path, one in course.numbers().items() if _counts(path, one)}
    progress(f"moving {len(ranged)} numbers over their ranges")
    ends = [course.with_numbers({path: end}) for path, one in ranged.items() for end in one.range]
    free = _free(ends, day)
    found = [Influence(path, one, free[2 * i], free[2 * i + 1]) for i, (path, one) in enumerate(ranged.items())]
    found.sort(key=lambda one: -one.move)
    if not sobol or not found or found[0].move == 0:
        return found
    leading = [one for one in found if one.move > 0][:MOST_SOBOL]
    progress(f"sharing out the variance among {len(leading)} numbers")
    shares = _total_indices(course, leading, day)
    told = [Influence(o.path, o.quantity, o.at_low, o.at_high, s) for o, s in zip(leading, shares, strict=True)]
    return told + found[len(leading) :]


def _counts(path: str, one: Quantity) -> bool:
    low, high = one.range
    return path.startswith("disease.") and 0 < low < high


def _free(courses: list[Course], day: float) -> list[float]:
    return [float(o.recurrence_free[-1]) for o in solve_classes_roughly([course.resolve([0.0, day]) for course in courses])]


def _total_indices(course: Course, leading: list[Influence], day: float) -> Floats:
    middle = np.array([math.log(one.quantity.size) for one in leading])
    spread = np.array([math.log(one.quantity.range[1] / one.quantity.range[0]) for one in leading]) / (2 * NORMAL_95)

    def answer(points: Floats) -> Floats:
        # [number][point] -> [output][point]
        sizes = np.exp(middle[:, None] + spread[:, None] * points)
        courses = [
            course.with_numbers({one.path: _inside(one, float(size)) for one, size in zip(leading, column, strict=True)})
            for column in sizes.T
        ]
        return np.array([_free(courses, day)])

    if len(leading) == 1:
        return np.ones(1)
    rng = np.random.default_rng(SOBOL_SEED)
    found = sobol_indices(func=answer, n=SOBOL_POINTS, dists=[norm()] * len(leading), rng=rng)
    return np.clip(np.atleast_1d(np.squeeze(found.total_order)), 0.0, 1.0)


def _inside(one: Influence, size: float) -> float:
    return min(size, 1.0) if one.quantity.unit in ("share", "percent") else size
