"""What treatment does to healthy parts: late effects of radiotherapy by tissue, and blood counts between cycles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatch

from scipy.special import expit, logit

from remnant import catalogue
from remnant.course import Course
from remnant.resolve_treatment import Fraction, schedule_of
from remnant.tissue import Tissue
from remnant.treatment import Regimen


@dataclass(frozen=True)
class TissueDose:
    """What one tissue gets of a course's radiotherapy."""

    tissue: Tissue
    gray: float
    """Dose in all."""
    bed: float
    """Biologically effective dose, sum of d (1 + d / alpha_beta), Gy."""
    in_twos: float
    """The dose in fractions of 2 Gy that does as much, Gy."""
    complications: float | None
    """Share of people with the complication; None where no dose response was read."""
    beyond: bool
    """Whether the dose lies outside those the complication was counted at."""


@dataclass(frozen=True)
class MarrowGap:
    """Cycles of one regimen against the days blood counts need."""

    regimen: Regimen
    cycle_days: float
    needed_days: float
    """Days from the start of a cycle until counts are back after the slowest of its drugs."""
    drug: str
    """That drug."""

    @property
    def short(self) -> float:
        """Days by which the next cycle comes before counts are back; 0 for none."""
        return max(self.needed_days - self.cycle_days, 0.0)


def tissue_doses(course: Course) -> list[TissueDose]:
    """Return what healthy tissue near the fields of a course gets, all of the dose taken as reaching it.

    BED = sum d (1 + d / (alpha/beta)); complications follow a logistic law in ln dose through the two doses they were counted
    at.

    Parameters
    ----------
    course : Course

    Returns
    -------
    list of TissueDose
        One for each tissue in a field; empty without radiotherapy.
    """
    fractions = schedule_of(course).fractions
    found = []
    for name in catalogue.list_ids("tissues"):
        tissue: Tissue = catalogue.read("tissues", name)
        reached = [one.gray for one in fractions if _near(tissue, course.disease.id, one)]
        if reached:
            found.append(_dose(tissue, reached))
    return found


def marrow_gaps(course: Course) -> list[MarrowGap]:
    """Return, for each regimen in cycles, how its cycles stand against the recovery of the marrow.

    Parameters
    ----------
    course : Course
        As written, whatever `course.marrow` says.
    """
    gaps = []
    for regimen in course.regimen.values():
        needs = course.marrow_needs(regimen)
        if needs is not None and (regimen.cycles or 1) > 1:
            gaps.append(MarrowGap(regimen, float(regimen.cycle_days or 1), needs[0], needs[1]))
    return gaps


def _near(tissue: Tissue, disease: str, fraction: Fraction) -> bool:
    return any(fnmatch(disease, one.disease) and one.place in fraction.sites for one in tissue.near)


def _dose(tissue: Tissue, fractions: list[float]) -> TissueDose:
    ratio = tissue.alpha_beta.size
    bed = sum(d * (1 + d / ratio) for d in fractions)
    in_twos = bed / (1 + 2 / ratio)
    law = tissue.complication
    if law is None:
        return TissueDose(tissue, sum(fractions), bed, in_twos, None, False)
    (low, at_low), (high, at_high) = ((one.dose.size, one.share.size) for one in (law.lower, law.upper))
    slope = (logit(at_high) - logit(at_low)) / math.log(high / low)
    share = float(expit(logit(at_low) + slope * math.log(in_twos / low)))
    return TissueDose(tissue, sum(fractions), bed, in_twos, share, not low <= in_twos <= high)
