"""From a course and its rules of decision to what life after detection reads: arrays, in days and cells."""

from __future__ import annotations

import math
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import numpy as np

from remnant.clinic.decide import ACTIONS, GOALS, KINDS, Burdens, Decisions, Line, Rule
from remnant.errors import InputError
from remnant.quantity import UNITS, YEAR_DAYS, Quantity
from remnant.reading import Floats
from remnant.resolve_biology import biology_of, cells_of, shedding
from remnant.resolve_stage import extent_of
from remnant.resolve_treatment import schedule_of
from remnant.sampler.after_state import STEP, After
from remnant.timeline_tables import LN2, Ints, whole_numbers

if TYPE_CHECKING:
    from remnant.course import Course

EVERYWHERE = "*"
MANY = 1e9
SURVIVAL_YEARS = 5.0
"""After which survival with a second cancer is told."""


def after_of(course: Course, decisions: Decisions, burdens: Burdens) -> After:
    """Return what becomes of recurrences on a course under rules of decision.

    Raises
    ------
    InputError
        If an exam of restaging is not among those of the course.
    """
    disease, schedule = course.disease, schedule_of(course)
    extent = extent_of(course)
    life = biology_of(course, extent, schedule)
    density = disease.cells.density.size
    kinds = [disease.places[site].kind for site in life.sites]
    power, rates, primary = shedding(course, extent, life, schedule)
    # lymphoma grows in lumps, as solid cancers do
    lumps = all(UNITS[place.symptoms.unit].measures == "length" for place in disease.places.values())
    bears = burdens.solid if lumps else burdens.blood
    lethal = bears.at_death.size * life.growth / np.array(life.symptoms)
    trial, (site, cells, growth, shares) = decisions.trial, _second(course, density)
    return After(
        whole_numbers(KINDS.index(kind) for kind in kinds), _treatable(decisions, life.sites), _sight(course, decisions, density),
        np.array([rates.get(site, 0.0) for site in life.sites]), power, primary,
        whole_numbers(one.rests for one in life.cell_types), life.division, life.growth,
        disease.dormancy.waking.size if disease.dormancy is not None else 0.0, decisions.mutation.size, density / 1000.0,
        lethal, bears.slows_from.size, decisions.workup.size, decisions.biopsy_finds.size,
        decisions.biopsy_again.size, _steps(decisions.visits_on_treatment.size), _steps(decisions.visits_in_remission.size),
        np.cumsum([one.size for one in decisions.ecog]), _local(decisions), np.array([_rule(rule) for rule in decisions.rules]),
        np.array([_line(one) for one in decisions.lines]).reshape(-1, 6),
        np.array([*_line(trial), trial.takes_part.size] if trial is not None else [0.0] * 7),
        _palliative(decisions), float(GOALS.index(course.patient.goal)),
        site, np.empty(0), np.empty(0), np.empty(0, dtype=np.uint64), cells, growth, shares,
        _second_deaths(course, burdens), float(course.years) * YEAR_DAYS,
    )  # fmt: skip


def _share(share: Quantity | None) -> float:
    return share.size if share is not None else 0.0


def _local(decisions: Decisions) -> Floats:
    local = decisions.local
    if local is None:
        return np.array([0.0, 0.0, 0.0, 1.0])
    feasible = local.feasible.size if local.feasible is not None else 1.0
    return np.array([local.complete.size, _share(local.harms), _share(local.deadly), feasible])


def _line(line: Line) -> list[float]:
    return [line.responders.size, line.kill.size, line.at_most.size, _share(line.harms), _share(line.deadly), _share(line.ends)]


def _palliative(decisions: Decisions) -> Floats:
    care = decisions.palliative
    return np.array([0.0, 1.0] if care is None else [care.takes_part.size, care.hazard.size])


def _second(course: Course, density: float) -> tuple[int, float, float, Floats]:
    """Return the place of a second cancer, its cells when it tells, its growth, and shares by kind; looks come by `looking`."""
    disease, place = course.disease, course.disease.second_in
    inside = disease.second_in_organ.size if disease.second_in_organ is not None else float(place is not None)
    shares = np.array([inside, _share(disease.second_alike)])
    doubling = disease.primary_doubling_time
    site = [*disease.places].index(place) if place is not None and doubling is not None else -1
    cells = cells_of(disease.places[place].symptoms, density) if place is not None else 1.0
    growth = LN2 / doubling.size if doubling is not None else 0.0
    return site, cells, growth, shares


def _second_deaths(course: Course, burdens: Burdens) -> float:
    """Return the deaths per day of those with a second cancer, from the day on which it tells."""
    for one in burdens.second:
        if any(fnmatch(course.disease.id, pattern) for pattern in one.diseases):
            return -math.log(one.survival.size) / (SURVIVAL_YEARS * YEAR_DAYS)
    return 0.0


def _treatable(decisions: Decisions, sites: tuple[str, ...]) -> Ints:
    places = decisions.local.places if decisions.local is not None else ()
    return whole_numbers(site in places or EVERYWHERE in places for site in sites)


def _sight(course: Course, decisions: Decisions, density: float) -> Floats:
    """Return [site] the cells that the most sensitive exam of restaging sees half of the time."""
    best = {site: math.inf for site in course.disease.places}
    for name in decisions.restaging:
        if name not in course.exams:
            raise InputError(f"exams.{name}", "is required by the rules of decision", "nothing")
        for site, sight in course.exams[name].sees.items():
            if site in best:
                best[site] = min(best[site], cells_of(sight.n50, density))
    for site, place in course.disease.places.items():
        # what no exam of restaging sees is found when it tells
        if not math.isfinite(best[site]):
            best[site] = cells_of(place.symptoms, density)
    return np.array([best[site] for site in course.disease.places])


def _steps(days: float) -> Ints:
    return whole_numbers([max(round(days / STEP), 1)])


def _rule(rule: Rule) -> list[float]:
    return [
        float(sum(1 << KINDS.index(kind) for kind in rule.kinds)),
        MANY if rule.most_lesions is None else rule.most_lesions, MANY if rule.most_mm is None else rule.most_mm,
        float(rule.treatable), 0.0 if rule.least_free_days is None else rule.least_free_days.size,
        MANY if rule.most_lines is None else rule.most_lines, float(rule.least_lines), float(rule.most_ecog),
        MANY if rule.most_local is None else rule.most_local, float(rule.palliative),
        float(ACTIONS.index(rule.do)), float(GOALS.index(rule.goal)),
    ]  # fmt: skip
