"""Climbs on hills of which the top is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.fitter.model import View
from remnant.fitter.optimise import MOST_STEPS, STALLED_STEPS, climb


@dataclass(frozen=True)
class BentRidge:
    """-sharp (y - x^2)^2 + rise (1 - e^(-x)) - fall (x - 3)^2: along y = x^2 it rises little, or to a top at x = 3."""

    sharp: float
    rise: float
    fall: float

    def view(self, values):
        x, y = values
        off = y - x * x
        height = -self.sharp * off**2 + self.rise * (1.0 - np.exp(-x)) - self.fall * (x - 3.0) ** 2
        gradient = np.array(
            [4.0 * self.sharp * off * x + self.rise * np.exp(-x) - 2.0 * self.fall * (x - 3.0), -2.0 * self.sharp * off]
        )
        return View(values, height, gradient, np.zeros((0, 0)))

    def curvature(self, here):
        x, y = here.values
        across = 4.0 * self.sharp * (3.0 * x * x - y) + self.rise * np.exp(-x) + 2.0 * self.fall
        return self.sharp * np.array([[across / self.sharp, -4.0 * x], [-4.0 * x, 2.0]])


def test_a_climb_along_a_ridge_that_rises_goes_to_its_top():
    top = climb(BentRidge(30.0, 0.0, 0.5), np.array([0.0, 0.0]))
    assert top.converged
    assert -1e-6 < top.height <= 0.0


def test_a_climb_along_a_ridge_that_gains_nothing_ends_and_says_so():
    top = climb(BentRidge(1e4, 9e-4, 0.0), np.array([0.5, 0.25]))
    assert not top.converged
    assert STALLED_STEPS <= top.steps < MOST_STEPS // 2
