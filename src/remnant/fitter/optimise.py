"""Finds the top of a posterior: Newton steps with exact gradients, kept uphill and inside a region that is trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.fitter.model import Posterior
from remnant.reading import Floats

MOST_STEPS = 100
GAIN_LEFT = 1e-9
"""The climb ends when a Newton step promises less than this in log-posterior."""
FIRST_RADIUS, MOST_RADIUS = 1.0, 4.0


@dataclass(frozen=True, eq=False)
class Top:
    """Where a climb ended."""

    values: Floats
    height: float
    """Log-posterior."""
    converged: bool
    steps: int


def climb(posterior: Posterior, start: Floats, gain_left: float = GAIN_LEFT) -> Top:
    """Return the top reached from `start` by Newton steps in a trust region.

    Parameters
    ----------
    posterior : Posterior
        What to climb.
    start : array [parameter]
        Where the climb begins; its height must be finite.
    gain_left : float
        Promised gain of log-posterior at which it stops.

    Returns
    -------
    Top
    """
    here, radius = np.array(start), FIRST_RADIUS
    height, gradient = posterior.climb(here)
    if not np.isfinite(height):
        return Top(here, -np.inf, False, 0)
    curvature = posterior.curvature(here)
    for step in range(MOST_STEPS):
        move, promise = trusted_step(gradient, curvature, radius)
        if promise < gain_left:
            return Top(here, height, True, step)
        there = here + move
        new_height, new_gradient = posterior.climb(there)
        gained = new_height - height
        if gained > 0.75 * promise:
            radius = min(max(radius, 2.0 * float(np.linalg.norm(move))), MOST_RADIUS)
        elif not gained > 0.25 * promise:
            radius = 0.3 * float(np.linalg.norm(move))
        if gained > 0.0:
            here, height, gradient = there, new_height, new_gradient
            curvature = posterior.curvature(here)
        elif promise < 1e-6 * (1.0 + abs(height)) * 1e-3 or radius < 1e-10:
            return Top(here, height, promise < 1e-4, step)
    return Top(here, height, False, MOST_STEPS)


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
