"""Finds the top of a posterior: Newton steps with exact gradients, kept uphill and inside a region that is trusted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remnant.fitter.model import View
from remnant.reading import Floats

MOST_STEPS = 100
GAIN_LEFT = 1e-7
"""The climb ends when a Newton step promises less than this in log-posterior."""
SHORT = 1e-2
"""A step that promises less than this leaves the curvature as it is, to some thousandths."""
ROUGH_GAIN = 1e-4
"""Promised gain of log-posterior at which a climb that only looks for a start ends."""
FAIR = 0.5
"""Share of what it promised that a step must gain for its curvature to be kept, but for what the step taught."""
LOST_DIGITS = 1e-9
"""Relative to the height: a step that promises less cannot be told from rounding."""
FIRST_RADIUS, MOST_RADIUS = 1.0, 4.0
STALLED_STEPS, STALLED_GAIN = 12, 1e-3
"""A climb that gained less than this over so many steps follows a bent ridge that data do not hold, and ends unconverged."""


class Hill(Protocol):
    """Something to climb: a posterior, or a posterior with some parameters held."""

    def view(self, values: Floats) -> View:
        """Return height and gradient at a point."""
        ...

    def curvature(self, here: View) -> Floats:
        """Return minus the second derivatives at a point."""
        ...


class RoughHill(Hill, Protocol):
    """Something to climb of which the information in its rows is known as well."""

    def information(self, here: View) -> Floats:
        """Return what the curvature is on average, from gradients alone."""
        ...


@dataclass(frozen=True, eq=False)
class Top:
    """Where a climb ended."""

    values: Floats
    height: float
    """Log-posterior."""
    converged: bool
    steps: int
    curvature: Floats
    """[parameter][parameter] minus the second derivatives there (empty where the climb could not begin)"""


def climb(hill: Hill, start: Floats, gain_left: float = GAIN_LEFT) -> Top:
    """Return the top reached from `start` by Newton steps in a trust region.

    Parameters
    ----------
    hill : Posterior or Held
        What to climb.
    start : array [parameter]
        Where the climb begins; its height must be finite.
    gain_left : float
        Promised gain of log-posterior at which it stops.

    Returns
    -------
    Top
    """
    here = hill.view(np.array(start, dtype=float))
    return _climb(hill, here, hill.curvature, None, gain_left)


def climb_roughly(hill: RoughHill, start: Floats, gain_left: float = ROUGH_GAIN) -> Top:
    """Return the top reached from `start`, for a climb that only looks for a start of another.

    The curvature begins as the information in the gradients of the rows, and is learnt from how the gradient changes from
    step to step; it is only computed where that foretells the gain badly.
    """
    here = hill.view(np.array(start, dtype=float))
    return _climb(hill, here, hill.information, learnt, gain_left)


def _climb(hill: Hill, here: View, first: Callable[[View], Floats], learn: Callable[..., Floats] | None, gain_left: float) -> Top:
    if not np.isfinite(here.height):
        return Top(here.values, -np.inf, False, 0, np.zeros((0, 0)))
    radius, curvature, stale = FIRST_RADIUS, first(here), False
    heights: deque[float] = deque(maxlen=STALLED_STEPS)
    for step in range(MOST_STEPS):
        if not np.isfinite(curvature).all():
            return Top(here.values, here.height, False, step, np.nan_to_num(curvature))
        move, promise = trusted_step(here.gradient, curvature, radius)
        if promise < gain_left:
            return Top(here.values, here.height, True, step, curvature)
        if len(heights) == STALLED_STEPS and here.height - heights[0] < STALLED_GAIN:
            return Top(here.values, here.height, False, step, curvature)
        heights.append(here.height)
        there = hill.view(here.values + move)
        gained, length = there.height - here.height, float(np.linalg.norm(move))
        radius = _trusted(radius, length, gained, promise)
        if gained > 0.0:
            before, here = here, there
            if learn and gained > FAIR * promise:
                curvature = learn(curvature, move, before.gradient - here.gradient)
                continue
            # the last step is so short that the curvature hardly changes: it serves once more
            stale = not stale and promise < SHORT and gained > 0.75 * promise
            curvature = curvature if stale else hill.curvature(here)
        elif promise < LOST_DIGITS * (1.0 + abs(here.height)) or radius < 1e-10:
            return Top(here.values, here.height, promise < 1e-4, step, curvature)
        elif learn:
            curvature = hill.curvature(here)
    return Top(here.values, here.height, False, MOST_STEPS, curvature)


def _trusted(radius: float, length: float, gained: float, promise: float) -> float:
    """Return the next radius after a step of this length."""
    if gained > 0.75 * promise:
        return min(max(radius, 2.0 * length), MOST_RADIUS)
    return radius if gained > 0.25 * promise else 0.3 * length


def learnt(curvature: Floats, move: Floats, change: Floats) -> Floats:
    """Return the curvature nearest to the one believed that gives the fall of the gradient seen over a step (BFGS)."""
    told, expected = float(change @ move), curvature @ move
    believed = float(expected @ move)
    if not (told > 1e-12 * float(np.linalg.norm(change) * np.linalg.norm(move)) and believed > 0.0):
        return curvature
    return curvature - np.outer(expected, expected) / believed + np.outer(change, change) / told


def trusted_step(gradient: Floats, curvature: Floats, radius: float) -> tuple[Floats, float]:
    """Return the best step of the quadratic model within `radius`, and the gain it promises.

    The step solves (curvature + shift) step = gradient with the least shift, 0 or more, that makes the matrix positive
    and the step short enough.
    """
    eigenvalues, vectors = np.linalg.eigh(curvature)
    along = vectors.T @ gradient
    floor = max(1e-10 * float(np.abs(eigenvalues).max()), 1e-12)

    def step_for(shift: float) -> Floats:
        return along / (eigenvalues + shift)

    shift = max(0.0, floor - float(eigenvalues[0]))
    step = step_for(shift)
    if float(np.linalg.norm(step)) > radius:
        low, high = shift, shift + float(np.linalg.norm(gradient)) / radius + floor
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if float(np.linalg.norm(step_for(middle))) > radius else (low, middle)
        step = step_for(high)
    promise = float(along @ step - 0.5 * (eigenvalues * step) @ step)
    return vectors @ step, promise
