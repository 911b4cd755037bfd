"""Curves over times from ln S at every growth speed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from remnant.exact.growth import Speeds, broad, log_mean
from remnant.exact.lineup import Lineup
from remnant.reading import Floats


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves over times, and what belongs to them; [time] each, or [time][class]."""

    recurred: Floats
    log_free: Floats
    cured: Floats
    inactive: Floats
    active: Floats

    def of(self, one: int) -> Curves:
        """Return the curves of one of the classes."""
        return Curves(*(getattr(self, field.name)[..., one] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Solved:
    """Curves with the growth speeds that were enough for them."""

    curves: Curves
    grid: Speeds
    log_denominator: float
    """ln of the chance to be free at `zero`, looks at `zero` left out."""


def shares(log_weight: Floats, log_s: Floats) -> Floats:
    """Return [speed, ...] how the patients of a column are shared between the growth speeds; NaN where there are none."""
    total = broad(log_weight, log_s) + log_s
    top = total.max(axis=0)
    with np.errstate(invalid="ignore"):
        parts = np.exp(total - top)
        return parts / parts.sum(axis=0)


def gap(later: Floats, earlier: Floats) -> Floats:
    """Return ln S - ln S of more that may have happened: at most 0, also where rounding or 0 / 0 says otherwise."""
    with np.errstate(invalid="ignore"):
        less = later - earlier
    return np.where(less < 0.0, less, 0.0)


def log_denominator(log_weight: Floats, log_s: Floats, lineup: Lineup) -> Floats:
    """Return ln of the chance to be free at `zero`, of each class, from ln S [speed][question] or [speed][question][class]."""
    return np.asarray(log_mean(log_weight, log_s[:, lineup.zero, None])[0])


def curves_of(log_weight: Floats, log_s: Floats, lineup: Lineup) -> Curves:
    """Return the curves from ln S [speed][question], or [speed][question][class]."""
    start, free = log_s[:, lineup.zero, None], log_s[:, lineup.found]
    given_start, given_free = shares(log_weight, start), shares(log_weight, free)
    recurred = -(given_start * np.expm1(gap(free, start))).sum(axis=0)
    log_free = log_mean(log_weight, free) - log_mean(log_weight, start)
    cured, inactive, active = (np.full_like(recurred, math.nan) for _ in range(3))
    if lineup.there is not None and lineup.awake is not None:
        there, awake, at = log_s[:, lineup.there], log_s[:, lineup.awake], lineup.told
        free, given_free = free[:, at], given_free[:, at]
        cured[at] = (given_free * np.exp(gap(there, free))).sum(axis=0)
        inactive[at] = -(given_free * np.exp(gap(awake, free)) * np.expm1(gap(there, awake))).sum(axis=0) + 0.0
        active[at] = -(given_free * np.expm1(gap(awake, free))).sum(axis=0) + 0.0
    return Curves(recurred, log_free, cured, inactive, active)
