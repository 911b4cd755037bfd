"""What an arm is worth: incremental net benefit, the cost of a quality-adjusted year, and acceptability over draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from remnant.outcome import NORMAL_95
from remnant.reading import Floats
from remnant.study.money import COST, QUALITY
from remnant.study.tally import BATCHES, Batches, Tally

CURVE_STEPS = 40
BEYOND = 1.5
"""The curve goes on to so many times the highest worth of a year asked for."""


def worth_of(tally: Tally, names: Sequence[str], asked: Sequence[float]) -> dict[str, Any]:
    """Return net benefits of each arm beside the first, and with draws how often each arm is the best.

    net benefit = worth of a year * quality-adjusted years - cost, a person

    Parameters
    ----------
    tally : Tally
        Of everybody, with costs and quality-adjusted years.
    names : sequence of str
        Of the arms.
    asked : sequence of float
        What a quality-adjusted year may cost.

    Returns
    -------
    dict
        `against`: for each further arm the cost of a quality-adjusted year gained (None where it gains none) and the net benefit
        at each worth, with the 95% interval over draws, or that of the sampling where there are none; `sampling_share`: part of
        its variance over draws that comes from sampling so few people a draw; `acceptability`: shares of draws in which each arm
        has the highest net benefit, by worth; `perfect`: what knowing all numbers would be worth a person, by worth.
    """
    pairs = [(one, tally.arms[0]) for one in tally.arms[1:]]
    drawn = _by_draw(tally)
    found: dict[str, Any] = {"asked": [*asked], "draws": len(tally.draws)}
    found["against"] = [
        {"arm": names[i], "against": names[0], "cost_of_a_year": _ratio(one, other),
         "net_benefit": [_benefit(one, other, worth, _gaps(drawn, i, worth)) for worth in asked]}
        for i, (one, other) in enumerate(pairs, 1)
    ]  # fmt: skip
    if drawn is None:
        return found
    curve = np.linspace(0, BEYOND * max(asked), CURVE_STEPS + 1)
    nets = [_nets(drawn, worth) for worth in curve]
    best = [[float(np.mean(net.argmax(axis=1) == arm)) for net in nets] for arm in range(len(names))]
    found["acceptability"] = {"worth": curve.tolist(), "arms": dict(zip(names, best, strict=True))}
    found["perfect"] = [float(net.max(axis=1).mean() - net.mean(axis=0).max()) for net in nets]
    return found


def _means(counts: Any) -> tuple[float, float]:
    people = float(counts["people"])
    return float(counts[COST]) / people, float(counts[QUALITY]) / people


def _by_draw(tally: Tally) -> Floats | None:
    """Return [draw][arm][cost, quality-adjusted years]; None where nothing is drawn."""
    if not tally.draws:
        return None
    return np.array([[_means(counts) for counts in arms] for arms in tally.draws])


def _nets(drawn: Floats, worth: float) -> Floats:
    return worth * drawn[:, :, 1] - drawn[:, :, 0]


def _gaps(drawn: Floats | None, arm: int, worth: float) -> Floats | None:
    return None if drawn is None else _nets(drawn, worth)[:, arm] - _nets(drawn, worth)[:, 0]


def _ratio(one: Batches, other: Batches) -> dict[str, Any]:
    """Return more cost, more quality-adjusted years, and their ratio: a cost of a year where both are more, or both less."""
    (cost, years), (cost_0, years_0) = _means(one.total), _means(other.total)
    more, gained = cost - cost_0, years - years_0
    ratio = more / gained if more * gained > 0 else None
    said = "saves and gains" if more <= 0 <= gained else "costs and loses" if more >= 0 >= gained else ""
    return {"more_cost": more, "more_years": gained, "value": ratio, "said": said}


def _benefit(one: Batches, other: Batches, worth: float, drawn: Floats | None) -> dict[str, Any]:
    def net(arm: Any, beside: Any) -> float:
        (cost, years), (cost_0, years_0) = _means(arm), _means(beside)
        return worth * (years - years_0) - (cost - cost_0)

    value = net(one.total, other.total)
    left = np.array([net(one.without(b), other.without(b)) for b in range(BATCHES)])
    error = float(np.sqrt((BATCHES - 1) / BATCHES * ((left - left.mean()) ** 2).sum()))
    found: dict[str, Any] = {"worth": worth, "value": value, "error": error}
    if drawn is None:
        return found | {
            "low": value - NORMAL_95 * error,
            "high": value + NORMAL_95 * error,
            "better": None,
            "sampling_share": None,
        }
    band = np.quantile(drawn, [0.025, 0.975])
    variance = float(drawn.var(ddof=1)) if len(drawn) > 1 else math.nan
    # sampling alone: a draw has one in so many of the people
    sampling = min(len(drawn) * error**2 / variance, 1.0) if variance > 0 else None
    return found | {
        "low": float(band[0]), "high": float(band[1]), "better": float((drawn > 0).mean()), "sampling_share": sampling,
    }  # fmt: skip
