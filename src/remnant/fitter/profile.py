"""Profile intervals: how far one parameter can move before the best that the others can do falls by so much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from remnant.fitter.fitted import Fit
from remnant.fitter.model import Posterior, View
from remnant.fitter.optimise import climb
from remnant.reading import Floats

FURTHEST = 12.0
"""Standard errors after which a side is called open."""
NEAR = 1e-3
"""Closeness in log-posterior at which the search of an end stops."""
MOST_STEPS = 30


@dataclass(frozen=True, eq=False)
class Held:
    """A posterior with one parameter held; a hill of the others."""

    posterior: Posterior
    place: int
    value: float

    def full(self, free: Floats) -> Floats:
        """Return all parameters."""
        return np.insert(free, self.place, self.value)

    def view(self, free: Floats) -> View:
        """Return height and gradient of the others."""
        seen = self.posterior.view(self.full(free))
        return View(free, seen.height, np.delete(seen.gradient, self.place), seen.local)

    def curvature(self, here: View) -> Floats:
        """Return minus the second derivatives of the others."""
        whole = self.posterior.curvature(View(self.full(here.values), here.height, here.gradient, here.local))
        return np.delete(np.delete(whole, self.place, 0), self.place, 1)


def profile_interval(fit: Fit, place: int, alpha: float) -> tuple[float, float]:
    """Return the interval of one parameter, on the inner scale; infinite where a side is open.

    The ends are where max over the others of log-posterior = top - chi2(1, 1 - alpha) / 2 (with a flat prior the
    likelihood-ratio interval).

    Parameters
    ----------
    fit : Fit
    place : int
        Which parameter, in their inner order.
    alpha : float
        1 - level.

    Returns
    -------
    low, high : float

    References
    ----------
    Venzon and Moolgavkar 1988, 10.2307/2347496.
    """
    drop = 0.5 * float(chdtri(1, alpha))
    low, high = (_end(fit, place, drop, side) for side in (-1.0, 1.0))
    return low, high


def _end(fit: Fit, place: int, drop: float, side: float) -> float:
    values, covariance = fit.fitted.values, fit.fitted.covariance
    top = fit.posterior.view(values).height
    error = float(np.sqrt(covariance[place, place]))
    course = covariance[:, place] / covariance[place, place]
    inside, outside = 0.0, np.inf
    fell_inside, fell_outside = 0.0, np.inf
    distance, others = np.sqrt(2.0 * drop) * error, np.delete(values, place)
    follow = np.delete(course, place)
    for _ in range(MOST_STEPS):
        held = Held(fit.posterior, place, values[place] + side * distance)
        best = climb(held, others + follow * side * distance, gain_left=1e-4)
        if not np.isfinite(best.height):
            best = climb(held, others, gain_left=1e-4)
        fell = top - best.height
        if abs(fell - drop) < NEAR:
            return float(values[place] + side * distance)
        if fell < drop:
            inside, fell_inside = distance, fell
        else:
            outside, fell_outside = distance, fell
        if not np.isfinite(outside):
            if distance >= FURTHEST * error:
                return side * np.inf
            distance = min(distance * min(max(np.sqrt(drop / max(fell, 1e-9)), 1.1), 2.0), FURTHEST * error)
            continue
        # the root of the fall is nearly straight in the distance
        a, b = np.sqrt(max(fell_inside, 0.0)), np.sqrt(max(fell_outside, 0.0)) if np.isfinite(fell_outside) else np.inf
        share = (np.sqrt(drop) - a) / (b - a) if np.isfinite(b) and b > a else 0.5
        distance = inside + float(np.clip(share, 0.05, 0.95)) * (outside - inside)
    return float(values[place] + side * distance)
