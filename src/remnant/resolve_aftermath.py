"""From a course and its rules of decision to what life after detection reads: arrays, in days and cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from remnant.clinic.decide import ACTIONS, GOALS, KINDS, Decisions, Rule
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.resolve_biology import biology_of, cells_of, shedding
from remnant.resolve_stage import extent_of
from remnant.resolve_treatment import schedule_of
from remnant.sampler.after_state import STEP, After
from remnant.timeline_tables import Ints, whole_numbers

if TYPE_CHECKING:
    from remnant.course import Course

EVERYWHERE = "*"
MANY = 1e9


def after_of(course: Course, decisions: Decisions) -> After:
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
    return After(
        whole_numbers(KINDS.index(kind) for kind in kinds), _treatable(decisions, life.sites), _sight(course, decisions, density),
        np.array([rates.get(site, 0.0) for site in life.sites]), power, primary,
        whole_numbers(one.rests for one in life.cell_types), life.division, life.growth,
        disease.dormancy.waking.size if disease.dormancy is not None else 0.0, decisions.mutation.size, density / 1000.0,
        decisions.lethal.size, decisions.slows_from.size, decisions.most.size, decisions.workup.size, decisions.biopsy_finds.size,
        decisions.biopsy_again.size, _steps(decisions.visits_on_treatment.size), _steps(decisions.visits_in_remission.size),
        np.cumsum([one.size for one in decisions.ecog]), decisions.local.complete.size if decisions.local else 0.0,
        np.array([_rule(rule) for rule in decisions.rules]),
        np.array([[one.responders.size, one.kill.size, one.at_most.size] for one in decisions.lines]).reshape(-1, 3),
        float(course.years) * YEAR_DAYS,
    )  # fmt: skip


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
        MANY if rule.most_lines is None else rule.most_lines, float(rule.most_ecog),
        MANY if rule.most_local is None else rule.most_local,
        float(ACTIONS.index(rule.do)), float(GOALS.index(rule.goal)),
    ]  # fmt: skip
