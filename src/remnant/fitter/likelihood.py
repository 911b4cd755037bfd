"""The likelihood of a cohort, with exact gradients: exact, right-, left- and interval-censored times, late entry, weights."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from remnant.fitter.law import DENSITY, FINE, LOCAL, SURVIVAL, law
from remnant.reading import Floats

TINY = 1e-300
"""Least difference of two log-survivals; keeps an empty interval finite."""


@dataclass(frozen=True)
class Shape:
    """The parameters all patients share, on the scale of the clinic."""

    detection_days: float
    """Median detection time of one lineage at average covariates, days."""
    growth_spread: float
    """Standard deviation of ln growth speed between patients."""
    burden_variance: float = 0.0
    """1/k of the gamma factor on burden; 0 for none."""
    dormant_share: float = 0.0
    """Share of lineages that rest first; 0 for none."""
    waking: float = 1.0
    """Rate per day at which resting founders leave rest."""

    def as_array(self) -> Floats:
        """Return the five numbers in the order of `law`."""
        return np.array([self.detection_days, self.growth_spread, self.burden_variance, self.dormant_share, self.waking])


@dataclass(frozen=True)
class Biology:
    """What is held fixed, per unit of net growth at g = 1 (see `remnant.fitter.prior`)."""

    detection_cells: float
    lasting: float
    nodes: tuple[float, float] = FINE
    """How near and how far the nodes of growth speed are."""
    shedding: float = 0.0
    """Growth of the primary's shedding against that of lineages; 0 where all lineages begin on the last day."""

    def as_array(self) -> Floats:
        """Return division and symptom rate per unit of net growth, 1/lasting and 1/cells, the two of the nodes, and shedding."""
        return np.array([1.0 / self.lasting, 1.0 / self.detection_cells, *self.nodes, self.shedding])


def log_law(times: Floats, kinds: Floats, linear: tuple[Floats, Floats], shape: Shape, biology: Biology) -> Floats:
    """Return ln S (kind SURVIVAL) or ln of the density per day (DENSITY) at each point, and its gradient.

    Parameters
    ----------
    times : array [point]
        Days, 0 or more, in any order.
    kinds : array [point]
        SURVIVAL or DENSITY.
    linear : two arrays [point]
        ln m and the shift of ln growth speed.

    Returns
    -------
    array [point][1 + LOCAL]
    """
    order = np.argsort(times, kind="stable")
    written = np.empty((times.size, 1 + LOCAL))
    law(times[order], kinds[order], linear[0][order], linear[1][order], shape.as_array(), biology.as_array(), written)
    result = np.empty_like(written)
    result[order] = written
    return result


@dataclass(frozen=True, eq=False)
class Rows:
    """Distinct patients: equal rows are one row with their weights added."""

    entry: Floats
    """[row] day from which the patient is at risk; 0 for from the start."""
    lower: Floats
    """[row] last day known free; the event day where that is known."""
    upper: Floats
    """[row] day by which it was found; infinite if it was not."""
    weight: Floats
    """[row] patients like this."""
    burden: Floats
    """[row][covariate], standardised."""
    growth: Floats
    """[row][covariate], standardised."""

    @classmethod
    def of(cls, times: tuple[Floats, Floats, Floats], weight: Floats, burden: Floats, growth: Floats) -> Rows:
        """Return the distinct rows; `times` are entry, lower and upper in days."""
        table = np.column_stack([*times, burden, growth])
        distinct, where = np.unique(table, axis=0, return_inverse=True)
        added = np.bincount(where.ravel(), weights=weight, minlength=len(distinct)).astype(float)
        cut = 3 + burden.shape[1]
        entry, lower, upper = (np.ascontiguousarray(distinct[:, i]) for i in range(3))
        return cls(entry, lower, upper, added, distinct[:, 3:cut], distinct[:, cut:])

    @property
    def exact(self) -> NDArray[np.bool_]:
        """[row] whether the day of the event is known."""
        return self.lower == self.upper

    @property
    def between(self) -> NDArray[np.bool_]:
        """[row] whether it was found somewhere between lower and upper."""
        return (self.lower < self.upper) & np.isfinite(self.upper)

    def coarsened(self, most: int) -> Rows:
        """Return these rows without covariates and with times moved to at most `most` distinct ones: for starting values."""
        known = np.concatenate([self.lower, self.upper[np.isfinite(self.upper)]])
        grid = np.unique(np.quantile(known, np.linspace(0.0, 1.0, most), method="nearest"))

        def near(x: Floats) -> Floats:
            moved = x.copy()
            inside = np.isfinite(x) & (x > 0)
            moved[inside] = grid[np.clip(np.searchsorted(grid, x[inside]), 0, grid.size - 1)]
            return moved

        lower = near(self.lower)
        upper = np.where(self.exact, lower, np.maximum(near(self.upper), np.nextafter(lower, np.inf)))
        entry = np.where(self.entry > 0, np.minimum(near(self.entry), 0.999 * lower), 0.0)
        none = np.zeros((self.weight.size, 0))
        return Rows.of((entry, lower, upper), self.weight, none, none)

    def thinned(self, most: int) -> Rows:
        """Return about `most` rows at equal distances, weighted up: for starting values in very large cohorts."""
        chosen = np.unique(np.linspace(0, self.weight.size - 1, most).astype(int))
        parts = {field.name: getattr(self, field.name)[chosen] for field in fields(self)}
        return replace(Rows(**parts), weight=parts["weight"] * (self.weight.sum() / parts["weight"].sum()))

    @cached_property
    def points(self) -> Points:
        """The points at which the law is asked, in order of time."""
        asked = (
            (self.exact, self.lower),
            (~self.exact & (self.lower > 0), self.lower),
            (self.between, self.upper),
            (self.entry > 0, self.entry),
        )
        row = np.concatenate([np.flatnonzero(chosen) for chosen, _ in asked])
        time = np.concatenate([times[chosen] for chosen, times in asked])
        role = np.repeat(np.arange(4), [np.count_nonzero(chosen) for chosen, _ in asked])
        order = np.argsort(time, kind="stable")
        return Points(row[order], time[order], role[order])

    def terms(self, linear: tuple[Floats, Floats], shape: Shape, biology: Biology) -> Floats:
        """Return the log-likelihood of each row (density per day) and its gradient by the local parameters of `law`.

        Exact ln f(t); right-censored ln S(t); interval ln(S(lower) - S(upper)); late entry subtracts ln S(entry).

        Returns
        -------
        array [row][1 + LOCAL]
        """
        at = self.points
        kinds = np.where(at.role == 0, DENSITY, SURVIVAL)
        written = np.empty((at.row.size, 1 + LOCAL))
        law(at.time, kinds, linear[0][at.row], linear[1][at.row], shape.as_array(), biology.as_array(), written)
        parts = np.zeros((4, self.weight.size, 1 + LOCAL))
        parts[at.role, at.row] = written
        found, lower, upper, entry = parts
        result = found + lower - entry
        if self.between.any():
            gap = (upper[:, 0] - lower[:, 0])[self.between]
            empty = gap > -TINY  # a trial far out, where the curve no longer falls: unlikely, and without a slope
            gap = np.where(empty, -TINY, gap)
            share = np.where(empty, 0.0, np.exp(gap) / -np.expm1(gap))
            result[self.between, 0] += np.log(-np.expm1(gap))
            result[self.between, 1:] += share[:, None] * (lower - upper)[self.between, 1:]
        return result


@dataclass(frozen=True, eq=False)
class Points:
    """Points of the law, in order of time."""

    row: NDArray[np.intp]
    """[point] the row it belongs to."""
    time: Floats
    """[point] day."""
    role: NDArray[np.intp]
    """[point] 0 event day, 1 last day known free, 2 day by which it was found, 3 entry."""
