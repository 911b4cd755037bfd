"""A fit as a function to climb: parameters, their names and priors, log-posterior with exact gradient and curvature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np

from remnant.fitter.law import BURDEN, FINE, FRAILTY, LOCAL, SHARE, SHIFT, SPREAD, TIME, WAKING
from remnant.fitter.likelihood import Biology, Rows, Shape
from remnant.fitter.prior import Normal, Prior, ln_waking
from remnant.reading import Floats

STEP = 1e-4
"""Step of the differences of exact gradients that make the curvature; its error is about 1e-8 of the curvature."""
FURTHEST = 700.0
"""Bound on logarithms, so that trial steps far out give a number."""
SHORTEST_REST = ln_waking(3.0)
"""Shorter rest than of a half-life of three days is none, and takes ever longer to integrate."""


@dataclass(frozen=True)
class Form:
    """Which parameters there are."""

    burden: int
    """Covariates on burden."""
    growth: int
    """Covariates on growth speed."""
    mixing: bool = False
    """Whether burden has a gamma factor between patients."""
    dormancy: bool = False
    """Whether some lineages rest first."""
    ages: bool = False
    """Whether lineages are of all ages, shed by a primary that grew; not where some rest."""

    @cached_property
    def places(self) -> tuple[int, ...]:
        """For each parameter, the local parameter of `law` through which it acts."""
        shape = [TIME, SPREAD] + [FRAILTY] * self.mixing + [SHARE, WAKING] * self.dormancy
        return (BURDEN,) * (1 + self.burden) + (SHIFT,) * self.growth + tuple(shape)

    @property
    def words(self) -> str:
        """What it has beyond the plain model."""
        return " and ".join(name for name in ("mixing", "dormancy", "ages") if getattr(self, name)) or "plain"

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.places)

    @property
    def shape_start(self) -> int:
        """Place of the first parameter that all patients share apart from the intercept."""
        return 1 + self.burden + self.growth

    def biology(self, prior: Prior, nodes: tuple[float, float] = FINE) -> Biology:
        """Return what is held fixed."""
        return Biology(prior.detection_cells, prior.lasting, nodes, prior.shedding if self.ages else 0.0)

    def priors(self, prior: Prior) -> tuple[Normal, ...]:
        """Return the prior of each parameter."""
        shape = {
            TIME: prior.detection_days,
            SPREAD: prior.growth_spread,
            FRAILTY: prior.burden_spread,
            SHARE: prior.dormant_share,
            WAKING: prior.waking,
        }
        covariates = (prior.burden,) * self.burden + (prior.growth,) * self.growth
        return (prior.lineages, *covariates, *(shape[place] for place in self.places[self.shape_start :]))

    def shape(self, values: Floats) -> Shape:
        """Return what all patients share, on the scale of the clinic."""
        found = dict(zip(self.places[self.shape_start :], values[self.shape_start :], strict=True))
        spread = {"burden_variance": bounded_exp(found[FRAILTY])} if self.mixing else {}
        rest = (
            {"dormant_share": 1 / (1 + bounded_exp(-found[SHARE])), "waking": bounded_exp(found[WAKING])} if self.dormancy else {}
        )
        return Shape(bounded_exp(found[TIME]), bounded_exp(found[SPREAD]), **spread, **rest)

    def linear(self, values: Floats, burden: Floats, growth: Floats) -> tuple[Floats, Floats]:
        """Return ln m and the shift of ln growth speed of each row of the standardised covariates."""
        cut = 1 + self.burden
        return values[0] + burden @ values[1:cut], growth @ values[cut : self.shape_start]


def bounded_exp(x: float) -> float:
    """Return e^x, kept within what a float can hold."""
    return float(np.exp(np.clip(x, -FURTHEST, FURTHEST)))


@dataclass(frozen=True, eq=False)
class View:
    """What is seen from one point of a posterior."""

    values: Floats
    """[parameter] the point"""
    height: float
    """Log-posterior; minus infinity where it is not a number."""
    gradient: Floats
    """[parameter]"""
    local: Floats
    """[row][local parameter of the law] gradient of each row's log-likelihood"""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Log-likelihood plus log-prior of one form on these rows; values are standardised parameters."""

    rows: Rows
    form: Form
    prior: Prior
    nodes: tuple[float, float] = FINE
    """How near and how far the nodes of growth speed are."""

    @cached_property
    def biology(self) -> Biology:
        """What is held fixed."""
        return self.form.biology(self.prior, self.nodes)

    @cached_property
    def beliefs(self) -> tuple[Floats, Floats]:
        """Means and precisions of the priors; precision 0 for no opinion."""
        priors = self.form.priors(self.prior)
        return np.array([p.mean for p in priors]), np.array([1.0 / p.sd**2 for p in priors])

    @cached_property
    def designs(self) -> tuple[Floats, ...]:
        """For each local parameter the columns of the parameters that act through it."""
        one = np.ones((self.rows.weight.size, 1))
        columns = {BURDEN: np.hstack([one, self.rows.burden]), SHIFT: self.rows.growth}
        return tuple(columns.get(place, one) for place in self.active)

    @cached_property
    def active(self) -> tuple[int, ...]:
        """The local parameters in use."""
        return tuple(dict.fromkeys(self.form.places))

    def terms(self, values: Floats) -> Floats:
        """Return the log-likelihood of each row and its local gradient."""
        return self._terms_at(values, self.form.shape(values), 0.0, 0.0)

    def log_prior(self, values: Floats) -> float:
        """Return the log-prior, without the constants."""
        means, precisions = self.beliefs
        return -0.5 * float(precisions @ (values - means) ** 2)

    def view(self, values: Floats) -> View:
        """Return the log-posterior and its gradient; minus infinity where it is not a number, or rest is as good as none."""
        if self.form.dormancy and values[self.form.places.index(WAKING)] > SHORTEST_REST:
            return View(values, -np.inf, np.zeros_like(values), np.zeros((self.rows.weight.size, LOCAL)))
        terms = self.terms(values)
        means, precisions = self.beliefs
        away = values - means
        height = float(self.rows.weight @ terms[:, 0]) + self.log_prior(values)
        gradient = self._gather(terms[:, 1:]) - precisions * away
        if not (np.isfinite(height) and np.isfinite(gradient).all()):
            return View(values, -np.inf, np.zeros_like(values), terms[:, 1:])
        return View(values, height, gradient, terms[:, 1:])

    def curvature(self, here: View) -> Floats:
        """Return minus the Hessian of the log-posterior, from differences of the exact local gradients.

        A patient's likelihood depends on at most seven local numbers, so seven shifts serve any number of covariates.
        """
        values = here.values
        local = np.zeros((self.rows.weight.size, LOCAL, LOCAL))
        for place in self.active:
            local[:, place, :] = (self._shifted(values, place, STEP) - here.local) / STEP
        local = 0.5 * (local + local.transpose(0, 2, 1))
        matrix = np.zeros((self.form.size, self.form.size))
        slots = self._slots
        for i, j in combinations_with_replacement(range(len(self.active)), 2):
            weight = self.rows.weight * local[:, self.active[i], self.active[j]]
            block = self.designs[i].T @ (weight[:, None] * self.designs[j])
            matrix[slots[i], slots[j]] = block
            matrix[slots[j], slots[i]] = block.T
        return np.diag(self.beliefs[1]) - matrix

    def scores(self, here: View) -> Floats:
        """Return the gradient of each row's log-likelihood, [row][parameter]."""
        return np.hstack([d * here.local[:, [place]] for d, place in zip(self.designs, self.active, strict=True)])

    def information(self, here: View) -> Floats:
        """Return the sum of the squares of the rows' gradients, and what the prior adds: near the curvature in a good fit."""
        scores = self.scores(here)
        return np.diag(self.beliefs[1]) + (self.rows.weight[:, None] * scores).T @ scores

    @cached_property
    def _slots(self) -> tuple[slice, ...]:
        ends = np.cumsum([design.shape[1] for design in self.designs])
        return tuple(slice(end - design.shape[1], end) for end, design in zip(ends, self.designs, strict=True))

    def _gather(self, local: Floats) -> Floats:
        weighted = self.rows.weight[:, None] * local
        return np.concatenate([d.T @ weighted[:, place] for d, place in zip(self.designs, self.active, strict=True)])

    def _shifted(self, values: Floats, place: int, step: float) -> Floats:
        if place in (BURDEN, SHIFT):
            return self._terms_at(values, self.form.shape(values), step * (place == BURDEN), step * (place == SHIFT))[:, 1:]
        moved = values.copy()
        moved[self.form.places.index(place)] += step
        return self._terms_at(moved, self.form.shape(moved), 0.0, 0.0)[:, 1:]

    def _terms_at(self, values: Floats, shape: Shape, more_burden: float, more_shift: float) -> Floats:
        log_m, shift = self.form.linear(values, self.rows.burden, self.rows.growth)
        return self.rows.terms((log_m + more_burden, shift + more_shift), shape, self.biology)
