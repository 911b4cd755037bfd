"""How often an exam gives a false alarm, and how unlike people are in it."""

from __future__ import annotations

import re

import numpy as np

from remnant.clinic.exams import Exam
from remnant.reading import Floats
from remnant.study.people import uniform
from remnant.timeline_tables import Ints

PERSON_SHARE = re.compile(r"percent of people over (\d+(?:\.\d+)?) years")


def alarm_law(exam: Exam) -> tuple[float, float] | None:
    """Return the chance of a false alarm at one examination, and how unlike people are in it.

    The second number is the concentration s of a beta law with this mean: infinite where all people are alike. It is found
    from the share of people with any false alarm over some years, taken as one examination a year:
    B(a, b + n) / B(a, b) = 1 - share, with a = p s and b = (1 - p) s. None where no specificity is known.
    """
    if exam.specificity is None:
        return None
    chance = 1 - exam.specificity.size
    told = PERSON_SHARE.fullmatch(exam.false_alarms.unit) if exam.false_alarms is not None else None
    if told is None or exam.false_alarms is None or chance <= 0:
        return chance, np.inf
    return chance, _concentration(chance, exam.false_alarms.value / 100, round(float(told[1])))


def _concentration(chance: float, share: float, times: int) -> float:
    from scipy.optimize import brentq
    from scipy.special import betaln

    def too_few(log_s: float) -> float:
        s = np.exp(log_s)
        a, b = chance * s, (1 - chance) * s
        return float(-np.expm1(betaln(a, b + times) - betaln(a, b)) - share)

    if too_few(12.0) <= 0:
        return float("inf")
    return float(np.exp(brentq(too_few, -12.0, 12.0))) if too_few(-12.0) < 0 else float(np.exp(-12.0))


def proneness(seed: int, exam: str, law: tuple[float, float], patients: Ints) -> Floats:
    """Return each patient's chance of a false alarm at one examination."""
    chance, concentration = law
    if np.isinf(concentration) or chance <= 0 or chance >= 1:
        return np.full(len(patients), chance)
    from scipy.special import betaincinv

    at = uniform(seed, f"prone/{exam}", patients)
    return betaincinv(chance * concentration, (1 - chance) * concentration, at)
