"""Finds the top of a posterior: Newton steps with exact gradients, kept uphill and inside a region that is trusted."""

from __future__ import annotations

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
LOST_DIGITS = 1e-9
"""Relative to the height: a step that promises less cannot be told from rounding."""
FIRST_RADIUS, MOST_RADIUS = 1.0, 4.0


class Hill(Protocol):
    """Something to climb: a posterior, or a posterior with some parameters held."""

    def view(self, values: Floats) -> View:
        """Return height and gradient at a point."""
        ...

    def curvature(self, here: View) -> Floats:
        """Return minus the second derivatives at a point."""
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
    here, radius = hill.view(np.array(start, dtype=float)), FIRST_RADIUS
    if not np.isfinite(here.height):
        return Top(here.values, -np.inf, False, 0, np.zeros((0, 0)))
    curvature, stale = hill.curvature(here), False
    for step in range(MOST_STEPS):
        if not np.isfinite(curvature).all():
            return Top(here.values, here.height, False, step, np.nan_to_num(curvature))
        move, promise = trusted_step(here.gradient, curvature, radius)
        if promise < gain_left:
            return Top(here.values, here.height, True, step, curvature)
        there = hill.view(here.values + move)
        gained, length = there.height - here.height, float(np.linalg.norm(move))
        if gained > 0.75 * promise:
            radius = min(max(radius, 2.0 * length), MOST_RADIUS)
        elif not gained > 0.25 * promise:
            radius = 0.3 * length
        if gained > 0.0:
            here = there
            # the last step is so short that the curvature hardly changes: it serves once more
            stale = not stale and promise < SHORT and gained > 0.75 * promise
            curvature = curvature if stale else hill.curvature(here)
        elif promise < LOST_DIGITS * (1.0 + abs(here.height)) or radius < 1e-10:
            return Top(here.values, here.height, promise < 1e-4, step, curvature)
    return Top(here.values, here.height, False, MOST_STEPS, curvature)


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
