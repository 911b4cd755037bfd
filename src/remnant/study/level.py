"""How much is left in the people of a trial, against those of the catalogue: one factor, from one number of the trial."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from remnant.errors import InputError
from remnant.outcome import Outcome
from remnant.predict import solve_classes_roughly
from remnant.quantity import YEAR_DAYS
from remnant.study.cell import leaving
from remnant.study.courses import courses_of
from remnant.study.design import Design, design_of
from remnant.study.measured import Published
from remnant.study.people import kinds_of, part_weights
from remnant.timeline import COMPETING_CAUSES

LEAST, MOST = 1 / 50, 50.0
CLOSE = 1e-3
"""Of the logarithm of the factor"""


def level_of(design: Design) -> float:
    """Return how many times as much is left in everybody as the catalogue has it, so that the number marked `sets_level` is met.

    It is found with the best numbers of the catalogue and `solve`, in the arm it was printed for; 1 where no number is marked.

    Raises
    ------
    InputError
        If no factor from 1/50 to 50 meets it.
    """
    if not any(one.sets_level for one in design.published):
        return 1.0
    return _level_of_text(json.dumps(design.model_dump(mode="json"), sort_keys=True))


@lru_cache(maxsize=16)
def _level_of_text(document: str) -> float:
    from scipy.optimize import brentq

    design = design_of(json.loads(document))
    one = next(one for one in design.published if one.sets_level)
    arm = next(arm for arm in design.arm if arm.name == one.arm)
    enters = design.entry_years * YEAR_DAYS
    asked = [enters, enters + (one.years if one.years is not None else design.years_counted) * YEAR_DAYS]
    people = [courses_of(design, arm, kind, None)[0].resolve(asked) for kind in kinds_of(design.population)]
    weights = _weights(design)

    def too_many(log_level: float) -> float:
        parts = [[(w, replace(t, rises=())) for w, t in leaving(of, math.exp(log_level))] for of in people]
        return float(weights @ [_share(one, outcome) for outcome in solve_classes_roughly(parts)]) - one.number

    low, high = (too_many(math.log(edge)) for edge in (LEAST, MOST))
    if low * high > 0:
        between = f"{one.number + low:.1%} and {one.number + high:.1%}"
        raise InputError(
            f"published, {one.words}: sets_level", f"must lie between {between}, for 1/50 to 50 times as much left", one.number
        )
    return math.exp(brentq(too_many, math.log(LEAST), math.log(MOST), xtol=CLOSE))


def _weights(design: Design) -> Any:
    """Return [kind] shares of kinds among those who enter."""
    weights = np.array([group.weight for group in design.population.groups], dtype=float)
    for _, vary in sorted(design.population.vary.items()):
        weights = np.outer(weights, part_weights(vary) / part_weights(vary).sum()).ravel()
    return weights / weights.sum()


def _share(one: Published, outcome: Outcome) -> float:
    """Return what a kind of people gives for the number, of those without an event when people enter."""
    kinds = outcome.incidence(by="kind")
    competing = [*COMPETING_CAUSES]
    if one.measure == "endpoint-free" and one.endpoint == "rfs":
        # a second cancer is passed over
        competing.remove("second_primary")
    found = sum((curve for name, curve in kinds.items() if name not in COMPETING_CAUSES), np.zeros(2))
    others = sum((kinds[name] for name in competing if name in kinds), np.zeros(2))
    if one.measure == "free":
        return float(outcome.recurrence_free[1] / outcome.recurrence_free[0])
    at_risk = 1 - found[0] - others[0]
    if one.measure == "recurrence":
        return float((found[1] - found[0]) / at_risk)
    return float((1 - found[1] - others[1]) / at_risk)
