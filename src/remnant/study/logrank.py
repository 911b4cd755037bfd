"""Two arms by days: the hazard ratio of Cox's model with Efron's way with ties, and the log-rank test; both exact."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import polygamma, psi

from remnant.reading import Floats

MOST_STEPS = 60
LARGEST_LOG = 20.0


class TwoArms(NamedTuple):
    """Events and people at risk of two arms on each day."""

    events: Floats
    """[day] in the arm asked about"""
    at_risk: Floats
    other_events: Floats
    other_at_risk: Floats


def two_arms(events: Floats, exits: Floats, other_events: Floats, other_exits: Floats) -> TwoArms:
    """Return events and people at risk by day.

    Parameters
    ----------
    events, other_events : float[day]
        Events on each day.
    exits, other_exits : float[day]
        People last seen on each day, with or without an event; all of an arm leave on some day.
    """

    def at_risk(leaving: Floats) -> Floats:
        return np.cumsum(leaving[::-1])[::-1].astype(float)

    some = (events + other_events) > 0
    return TwoArms(events[some].astype(float), at_risk(exits)[some], other_events[some].astype(float), at_risk(other_exits)[some])


class Fit(NamedTuple):
    """Where the partial likelihood is highest."""

    log_ratio: float
    """NaN where an arm has no event"""
    information: float

    @property
    def ratio(self) -> float:
        """The hazard ratio of the first arm against the other."""
        return float(np.exp(self.log_ratio))

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the ratio, each arm with people of its own."""
        return float(1 / np.sqrt(self.information))


def hazard_ratio(arms: TwoArms, near: Fit | None = None) -> Fit:
    """Return the hazard ratio of the first arm against the other.

    Cox's partial likelihood of one covariate, ties by Efron 1977, 10.1080/01621459.1977.10480613: of d events on a day the
    l-th finds l/d of them gone from those at risk. The sums over l are differences of the digamma function.

    Parameters
    ----------
    arms : TwoArms
    near : Fit, optional
        A fit of nearly the same people: its information serves again, which saves most of the time. The ratio does not
        depend on it.
    """
    if arms.events.sum() == 0 or arms.other_events.sum() == 0:
        return Fit(float("nan"), float("nan"))
    beta = near.log_ratio if near is not None else 0.0
    for _ in range(MOST_STEPS):
        information = near.information if near is not None else _information(arms, beta)
        step = _score(arms, beta) / information
        beta = float(np.clip(beta + np.clip(step, -1.0, 1.0), -LARGEST_LOG, LARGEST_LOG))
        if abs(step) < 1e-10:
            break
    return Fit(beta, near.information if near is not None else _information(arms, beta))


class _Days(NamedTuple):
    """The chance that the l-th of d events of a day is in the first arm: p_l = q + k / (C - D l), as arrays over days."""

    d: Floats
    q: Floats
    k: Floats
    step: Floats
    top: Floats
    """C / D"""


def _days(arms: TwoArms, beta: float) -> _Days:
    """With theta = e^beta, C = n0 + theta n1, D = (d0 + theta d1) / d, q = theta d1 / (d D), k = theta n1 - q C."""
    theta = np.exp(beta)
    events, at_risk, other_events, other_at_risk = arms
    d = events + other_events
    whole, step = other_at_risk + theta * at_risk, (other_events + theta * events) / d
    q = theta * events / (d * step)
    return _Days(d, q, theta * at_risk - q * whole, step, whole / step)


def _score(arms: TwoArms, beta: float) -> float:
    """Return the slope of the log-likelihood: events of the first arm less the sum of their chances."""
    d, q, k, step, top = _days(arms, beta)
    once = (psi(top + 1) - psi(top - d + 1)) / step
    return float(arms.events.sum() - (d * q + k * once).sum())


def _information(arms: TwoArms, beta: float) -> float:
    """Return the sum of p_l (1 - p_l)."""
    d, q, k, step, top = _days(arms, beta)
    once = (psi(top + 1) - psi(top - d + 1)) / step
    twice = (polygamma(1, top - d + 1) - polygamma(1, top + 1)) / step**2
    chance = d * q + k * once
    square = d * q**2 + 2 * q * k * once + k**2 * twice
    return float(max(chance.sum() - square.sum(), 1e-300))


def log_rank(arms: TwoArms) -> float:
    """Return the log-rank statistic as a standard normal: above 0 for more events in the first arm than chance gives."""
    events, at_risk, other_events, other_at_risk = arms
    d, n = events + other_events, at_risk + other_at_risk
    share = at_risk / n
    # with one person left there is nothing to be decided by chance
    spread = np.where(n > 1, d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1), 0.0).sum()
    return float((events - d * share).sum() / np.sqrt(spread)) if spread > 0 else 0.0
