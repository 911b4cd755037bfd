"""The integral over growth speed g = exp(sigma Z): equal steps in z, halved until nothing moves.

Given g, detection is sharp (a logistic in ln g of width about 0.05), so a Gauss-Hermite rule is wrong; equal steps
converge geometrically once they resolve it: each halving squares the error. Speeds where psi is smooth need no walk
(`refining`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats

REACH = 8.0
"""Standard deviations covered on either side; what lies beyond weighs 1e-15."""
STEP_IN_LN_G = 0.03
STEP_IN_Z = 0.4
ROUGH_SLOWEST, ROUGH_FASTEST = -5.5, 4.5
"""Standard deviations: of those who are well after many years, more than one would think grow slowly."""
ROUGH_STEP_IN_LN_G = 0.2
ROUGH_STEP_OF_MANY_AGES = 0.25
"""The same where no founder that divides is placed on one day: lesions of many ages are not found all at once."""
ROUGH_STEP_IN_Z = 0.5
COARSEST, FEWEST = 16, 16
"""Every so many-th speed of the first grid is walked first if that leaves at least so many."""
COARSEST_OF_CHEAP = 4
"""The same where a walk costs less than telling where it can be spared."""


@dataclass(frozen=True, eq=False)
class Speeds:
    """Growth speeds with the logarithms of their weights."""

    g: Floats
    log_weight: Floats
    coarse: Floats
    """The same weights on every second speed only (doubled), to tell how much the last halving moved."""

    def only(self, matter: NDArray[np.bool_]) -> Speeds:
        """Return some of the speeds."""
        return Speeds(self.g[matter], self.log_weight[matter], self.coarse[matter])

    def every_second(self) -> Speeds:
        """Return every second of the speeds, the outermost among them, with twice the weight; of one, that one."""
        if len(self.g) < 2:
            return self
        return Speeds(self.g[::2], self.log_weight[::2] + math.log(2.0), self.coarse[::2] + math.log(2.0))


def speeds(sigma: float, halvings: int) -> Speeds:
    """Return the growth speeds of a spread `sigma` (0 for one speed) after so many halvings of the first step."""
    if sigma == 0:
        return Speeds(np.ones(1), np.zeros(1), np.zeros(1))
    lots = math.ceil(2 * REACH / min(STEP_IN_Z, STEP_IN_LN_G / sigma) / COARSEST)
    steps = COARSEST * lots * 2**halvings
    z = np.linspace(-REACH, REACH, steps + 1)
    log_weight = -0.5 * z * z - math.log(math.sqrt(2 * math.pi) / (z[1] - z[0]))
    coarse = np.where(np.arange(steps + 1) % 2 == 0, log_weight + math.log(2.0), -math.inf)
    return Speeds(np.exp(sigma * z), log_weight, coarse)


def few_speeds(sigma: float, many_ages: bool, *, finer: bool = False) -> Speeds:
    """Return few growth speeds: enough for answers about courses to three digits, if need be for founders of many ages only.

    With `finer`, one more midway between each two of them.
    """
    if sigma == 0:
        return speeds(0.0, 0)
    step = ROUGH_STEP_OF_MANY_AGES if many_ages else ROUGH_STEP_IN_LN_G
    half = math.ceil(0.5 * (ROUGH_FASTEST - ROUGH_SLOWEST) / min(ROUGH_STEP_IN_Z, step / sigma))
    z = np.linspace(ROUGH_SLOWEST, ROUGH_FASTEST, (4 if finer else 2) * half + 1)
    log_weight = -0.5 * z * z
    log_weight -= math.log(float(np.exp(log_weight).sum()))
    return Speeds(np.exp(sigma * z), log_weight, log_weight)


def broad(log_weight: Floats, values: Floats) -> Floats:
    """Return weights of speeds such that they can be added to values [speed, ...]."""
    return log_weight.reshape(-1, *[1] * (values.ndim - 1))


def log_mean(log_weight: Floats, log_values: Floats) -> Floats:
    """Return ln of the weighted mean over the first axis of exp(log_values), without overflow or underflow."""
    total = broad(log_weight, log_values) + log_values
    top = total.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.exp(total - safe).sum(axis=0))
