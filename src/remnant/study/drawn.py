"""Other numbers that the evidence allows as well: one draw of the catalogue, the same in every arm and group of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from scipy.special import betaincinv, expit, gammaincinv, logit, ndtri

from remnant.course import Course
from remnant.outcome import NORMAL_95
from remnant.quantity import UNITS, Quantity
from remnant.spent import Worth
from remnant.study.design import Design, Utilities
from remnant.study.people import uniform

LEAST_SPREAD = 1e-9


def with_draw(course: Course, seed: int, draw: int, kept: Sequence[str]) -> Course:
    """Return a course with a draw of its numbers.

    Numbers of the disease move together, as its calibration allows. Each number of an exam that has a range moves by itself,
    log-normal (shares: logit-normal) with that range as its 95%; what an exam sees moves alike at every place.

    Parameters
    ----------
    course : Course
    seed : int
        Of the study.
    draw : int
        From 0.
    kept : sequence of str
        Paths that the study sets itself; they stay.
    """
    numbers = course.numbers()
    sizes = course.drawn(draw)
    for path, quantity in numbers.items():
        parts = path.split(".")
        if parts[0] == "exams" and path not in sizes:
            z = ndtri(_chance(seed, draw, f"{parts[0]}.{parts[1]}.{parts[-1]}"))
            sizes |= {path: moved} if (moved := _moved(quantity, z)) is not None else {}
    return course.with_numbers({path: size for path, size in sizes.items() if not _among(path, kept)})


def _among(path: str, kept: Sequence[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in kept)


def _chance(seed: int, draw: int, name: str) -> float:
    return float(uniform(seed, f"draw/{name}", np.array([draw]))[0])


def _moved(quantity: Quantity, z: float) -> float | None:
    """Return where a normal number takes a quantity inside its range; None where it has none."""
    low, high = quantity.range
    if not 0 < low < high:
        return None
    if UNITS[quantity.unit].measures == "share":
        if high >= 1:
            return None
        return float(expit(logit(quantity.size) + z * (logit(high) - logit(low)) / (2 * NORMAL_95)))
    return quantity.size * math.exp(z * math.log(high / low) / (2 * NORMAL_95))


def drawn_prices(design: Design, draw: int | None) -> Mapping[str, Any]:
    """Return prices and worths of a draw, those of the file for None.

    They are `exams`, `regimens`, `false_alarm`, `recurrence`, `after`, `free` and `worth` (of the states after a recurrence).

    A price is gamma about its number with `spread` as relative standard deviation, a worth beta with `spread` as standard
    deviation over its number; each is drawn by itself.
    """
    costs, utilities = design.costs, design.utilities

    def price(name: str, value: float | None) -> float | None:
        if costs is None or value is None or draw is None or costs.spread < LEAST_SPREAD or value == 0:
            return value
        shape = costs.spread**-2
        return value * float(gammaincinv(shape, _chance(design.seed, draw, f"price/{name}"))) / shape

    return {
        "exams": {name: price(f"exams/{name}", value) for name, value in (costs.exams if costs else {}).items()},
        "regimens": {name: price(f"regimens/{name}", value) for name, value in (costs.regimens if costs else {}).items()},
        "false_alarm": price("false alarm", costs.false_alarm if costs else None),
        "recurrence": price("recurrence", costs.recurrence if costs else None),
        "after": {name: price(f"after/{name}", value) for name, value in (costs.after if costs else {}).items()},
        "free": _drawn_worth(design.seed, utilities, draw, "free", utilities.free) if utilities else None,
        "worth": _worth_after(design.seed, utilities, draw),
    }  # fmt: skip


def _worth_after(seed: int, utilities: Utilities | None, draw: int | None) -> Worth | None:
    known = utilities.worth if utilities is not None else None
    if utilities is None or known is None:
        return None
    return Worth(
        *(_drawn_worth(seed, utilities, draw, name, getattr(known, name)) for name in (one.name for one in fields(Worth)))
    )


def _drawn_worth(seed: int, utilities: Utilities, draw: int | None, name: str, mean: float) -> float:
    variance = (utilities.spread * mean) ** 2
    if draw is None or variance < LEAST_SPREAD**2 or not 0 < mean < 1 or variance >= mean * (1 - mean):
        return mean
    size = mean * (1 - mean) / variance - 1
    return float(betaincinv(mean * size, (1 - mean) * size, _chance(seed, draw, f"worth/{name}")))
