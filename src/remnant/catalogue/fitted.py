"""Calibrated numbers: what `calibrate` found, with draws and residuals, kept beside the sources."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from remnant.catalogue.evidence import data_folder
from remnant.catalogue.published import Target, targets
from remnant.course import Course
from remnant.outcome import NORMAL_95
from remnant.quantity import Quantity
from remnant.reading import Floats

OF_FINDING = ("disease.places.", "disease.residue.", "exams.")
"""Numbers that tell where and how it is found; calibration to curves leaves most of them alone."""
DRAWS_SEED = 1
SLOWER = 1.01
"""Least doubling time of a draw, against that of cells of which none dies."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibration left: numbers by disease and path, and how sure they are."""

    name: str
    paths: tuple[str, ...]
    """Each a disease or an effects file, a bar, and the path in it."""
    best: Floats
    """ln of each number inside, at the best fit."""
    draws: Floats
    """[draw][number] ln of each number."""
    targets: tuple[dict[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Check:
    """A published result, and whether what was calibrated lies inside its 95% interval."""

    target: Target
    inside: bool


@cache
def calibrations() -> tuple[Calibration, ...]:
    """Return every calibration that was kept."""
    folder = data_folder() / "fitted"
    if not folder.is_dir():
        return ()
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return tuple(_read(json.loads(one.read_text(encoding="utf-8"))) for one in files)


def fitted_numbers(disease: str) -> dict[str, float]:
    """Return the calibrated numbers of a disease, inside units, by path in a course; empty for none."""
    return {path: float(np.exp(value)) for path, value in _row(_own(disease), None).items()}


def foretold(disease: str) -> tuple[int, int]:
    """Return how many published results a disease's calibration foretold inside their 95% interval, and of how many.

    Results it was fitted to do not count.
    """
    inside = [one.inside for one in checks(disease) if one.target.use == "predict"]
    return sum(inside), len(inside)


def checks(disease: str) -> list[Check]:
    """Return how a disease's calibration stands to every published result about it."""
    found = [(_targets().get(row["id"]), row["residual"]) for one in calibrations() for row in one.targets]
    return [Check(target, abs(off) <= NORMAL_95) for target, off in found if target is not None and target.disease == disease]


@cache
def _targets() -> dict[str, Target]:
    return {target.id: target for target in targets()}


def draws_of(course: Course, count: int, *, every: bool = False) -> list[dict[str, float]]:
    """Return draws of the numbers of a course.

    Those of its calibration where there is one: they move together, as the published results allow. Otherwise each number
    that has a range is drawn by itself, log-normal with that range as its 95%.

    Parameters
    ----------
    course : Course
    count : int
        How many; the first ones are the same for any count.
    every : bool
        Whether the numbers that tell places and tests apart are drawn as well where calibration leaves them alone.

    Returns
    -------
    list of dict of str to float
        Inside units, by path.
    """
    numbers = course.numbers()
    if own := _own(course.disease.id):
        drawn = [_row(own, i) for i in range(count)]
        if every:
            others = _each_by_itself({p: q for p, q in numbers.items() if p.startswith(OF_FINDING) and p not in drawn[0]}, count)
            drawn = [other | one for other, one in zip(others, drawn, strict=True)]
    else:
        starts = ("disease.", *OF_FINDING) if every else ("disease.",)
        drawn = _each_by_itself({p: q for p, q in numbers.items() if p.startswith(starts)}, count)
    inside = [{path: numbers[path].allowed(math.exp(value)) for path, value in draw.items() if path in numbers} for draw in drawn]
    return [possible(draw, numbers) for draw in inside]


def _each_by_itself(numbers: dict[str, Quantity], count: int) -> list[dict[str, float]]:
    """Return draws, in logarithms, of each number that has a range."""
    ranged = {path: one for path, one in numbers.items() if 0 < one.range[0] < one.range[1]}
    spread = {path: math.log(one.range[1] / one.range[0]) / (2 * NORMAL_95) for path, one in ranged.items()}
    steps = np.random.default_rng(DRAWS_SEED).standard_normal((count, len(ranged)))
    return [{p: math.log(q.size) + spread[p] * z for (p, q), z in zip(ranged.items(), row, strict=True)} for row in steps]


def possible(draw: dict[str, float], numbers: dict[str, Quantity]) -> dict[str, float]:
    """Return a draw with growth no faster than division: the tail of a draw does not know that cells cannot do more."""
    doubling, division = "disease.cells.doubling_time", "disease.cells.division"
    if doubling not in draw:
        return draw
    least = SLOWER * math.log(2) / draw.get(division, numbers[division].size)
    return draw | {doubling: max(draw[doubling], least)}


def _own(disease: str) -> list[tuple[Calibration, int, str]]:
    """Return which numbers of the calibrations are those of a disease: where each stands, and its path in a course."""
    own = []
    for one in calibrations():
        for column, path in enumerate(one.paths):
            owner, inside = path.split("|")
            if disease in owner.split(","):
                own.append((one, column, inside))
    return own


def _row(own: list[tuple[Calibration, int, str]], draw: int | None) -> dict[str, float]:
    """Return the best numbers, or those of a draw."""
    rows = [one.best if draw is None else one.draws[draw % len(one.draws)] for one, _, _ in own]
    return {inside: float(row[column]) for row, (_, column, inside) in zip(rows, own, strict=True)}


def _read(document: dict[str, Any]) -> Calibration:
    return Calibration(
        document["name"], tuple(document["paths"]), np.array(document["best"], dtype=float),
        np.array(document["draws"], dtype=float), tuple(document["targets"]),
    )  # fmt: skip
