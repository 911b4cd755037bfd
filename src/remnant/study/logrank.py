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


def hazard_ratio(arms: TwoArms, start: float = 1.0) -> tuple[float, float]:
    """Return the hazard ratio of the first arm against the other, and the standard error of its logarithm.

    Cox's partial likelihood of one covariate, ties by Efron 1977, 10.1080/01621459.1977.10480613: of d events on a day the
    l-th finds l/d of them gone from those at risk. The sums over l are differences of the digamma function.

    Parameters
    ----------
    arms : TwoArms
    start : float
        Hazard ratio to start from; the answer does not depend on it.

    Returns
    -------
    (float, float)
        NaN where an arm has no event.
    """
    if arms.events.sum() == 0 or arms.other_events.sum() == 0:
        return float("nan"), float("nan")
    beta = float(np.log(start))
    for _ in range(MOST_STEPS):
        score, information = _score(arms, beta)
        step = score / information
        beta = float(np.clip(beta + np.clip(step, -1.0, 1.0), -LARGEST_LOG, LARGEST_LOG))
        if abs(step) < 1e-10:
            break
    return float(np.exp(beta)), float(1 / np.sqrt(_score(arms, beta)[1]))


def _score(arms: TwoArms, beta: float) -> tuple[float, float]:
    """Return the slope of the log-likelihood and its information.

    With p_l = theta (n1 - l d1/d) / (C - D l) the chance that the l-th event of a day is in the first arm,
    p_l = q + k / (C - D l), q = theta d1 / (d D), k = theta n1 - q C.
    """
    theta = np.exp(beta)
    events, at_risk, other_events, other_at_risk = arms
    d = events + other_events
    whole, step = other_at_risk + theta * at_risk, (other_events + theta * events) / d
    q = theta * events / (d * step)
    k = theta * at_risk - q * whole
    top = whole / step
    once = (psi(top + 1) - psi(top - d + 1)) / step
    twice = (polygamma(1, top - d + 1) - polygamma(1, top + 1)) / step**2
    chance = d * q + k * once
    square = d * q**2 + 2 * q * k * once + k**2 * twice
    return float(events.sum() - chance.sum()), float(max(chance.sum() - square.sum(), 1e-300))


def log_rank(arms: TwoArms) -> float:
    """Return the log-rank statistic as a standard normal: above 0 for more events in the first arm than chance gives."""
    events, at_risk, other_events, other_at_risk = arms
    d, n = events + other_events, at_risk + other_at_risk
    share = at_risk / n
    # with one person left there is nothing to be decided by chance
    spread = np.where(n > 1, d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1), 0.0).sum()
    return float((events - d * share).sum() / np.sqrt(spread)) if spread > 0 else 0.0
