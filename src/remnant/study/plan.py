"""A study resolved: for each arm and kind of people the Timelines, visits and prices, and a digest that names all of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from remnant import catalogue
from remnant.catalogue.decisions import decisions_for, with_restaging
from remnant.catalogue.shelf import burdens
from remnant.clinic.decide import Decisions
from remnant.clinic.exams import Exam
from remnant.clinic.followup import Guideline
from remnant.course import NOTHING, Course
from remnant.description import nearest
from remnant.errors import InputError, said
from remnant.predict import solve_classes
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats, frozen
from remnant.resolve import classes_of, rises_between, visits_of
from remnant.sampler.after_state import After
from remnant.study.design import Arm, Design, design_of
from remnant.study.drawn import with_draw
from remnant.study.measured import NAMED, names_in
from remnant.study.people import MOST_KINDS, Kind, kinds_of, traits_of
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE, Timeline
from remnant.timeline_tables import knots

LIVED = {
    "name", "seed", "patients", "chunk_patients", "years", "draws", "keep_events", "aftermath", "population", "visits", "arm",
}  # fmt: skip
PERSON_SHARE = re.compile(r"percent of people over (\d+(?:\.\d+)?) years")


@dataclass(frozen=True, eq=False)
class Cell:
    """One kind of people in one arm."""

    timelines: tuple[Timeline, ...]
    """[class] of each hidden class"""
    traits: tuple[frozenset[str], ...]
    shares: Floats
    """[class] among those who enter"""
    visits: Mapping[str, Floats]
    """Days on which each exam is done in those who come."""
    density: float
    """Cells per cm3"""
    regimens: tuple[str, ...]
    early: tuple[str, ...]
    """[class] names all that happens before `zero`: who is drawn again does not depend on anything else"""
    after: After | None = None
    """What becomes of recurrences; None where people are followed to the first finding only."""


@dataclass(frozen=True, eq=False)
class StudyPlan:
    """All that chunks are made from."""

    design: Design
    kinds: tuple[Kind, ...]
    cells: tuple[tuple[Cell, ...], ...]
    """[arm][kind]"""
    grids: tuple[Floats, ...]
    """[kind] moments of all arms, so that a patient takes the same steps in each"""
    exams: Mapping[str, Exam]
    """Every exam done in any arm."""
    digest: str
    """Names the lives: people, arms, every Timeline and the visits"""

    @property
    def last_day(self) -> float:
        """The end of follow-up."""
        return self.design.years * YEAR_DAYS

    @property
    def site_kinds(self) -> dict[str, str]:
        """Kind of each site of any course."""
        found: dict[str, str] = {}
        for cells in self.cells:
            for cell in cells:
                found |= dict(zip(cell.timelines[0].sites, cell.timelines[0].site_kinds, strict=True))
        return found


@lru_cache(maxsize=4)
def plan_of_text(document: str) -> StudyPlan:
    """Return the plan of a study given as JSON; made once in each process."""
    return plan_of(design_of(json.loads(document)))


@lru_cache(maxsize=2)
def plan_of_draw(document: str, draw: int) -> StudyPlan:
    """Return the plan of a study given as JSON, with a draw of the catalogue's numbers (see `with_draw`)."""
    return plan_of(design_of(json.loads(document)), draw)


def text_of(design: Design) -> str:
    """Return a study as JSON, the same text for the same study."""
    return json.dumps(design.model_dump(mode="json"), sort_keys=True)


def plan_of(design: Design, draw: int | None = None) -> StudyPlan:
    """Return the plan of a study, with the best numbers of the catalogue, or with a draw of them.

    Raises
    ------
    InputError
        If something in an arm or a group cannot be; names the arm and the group.
    """
    kinds = kinds_of(design.population)
    if len(kinds) > MOST_KINDS:
        allowed = f"must make at most {MOST_KINDS} kinds of people"
        raise InputError("population", allowed, f"{len(kinds)} kinds", "fewer groups or parts of what varies")
    courses = [[course_of(design, arm, kind, draw) for kind in kinds] for arm in design.arm]
    cells = tuple(tuple(_cell(course, design, arm) for course in row) for row, arm in zip(courses, design.arm, strict=True))
    exams: dict[str, Exam] = {}
    for row, of_arm in zip(courses, cells, strict=True):
        for course, cell in zip(row, of_arm, strict=True):
            exams |= {name: course.exams[name] for name in cell.visits}
    grids = tuple(_grid([row[kind] for row in cells], design) for kind in range(len(kinds)))
    sorted_exams = {name: exams[name] for name in sorted(exams)}
    _check_names(design, cells, sorted_exams)
    return StudyPlan(design, tuple(kinds), cells, grids, sorted_exams, _digest(design, cells, sorted_exams))


def _check_names(design: Design, cells: Sequence[Sequence[Cell]], exams: Mapping[str, Exam]) -> None:
    """Refuse questions about a kind, place, route or exam that no arm has, before anything is sampled."""
    timelines = [timeline for row in cells for cell in row for timeline in cell.timelines]
    places = [name for one in timelines for name in (*one.site_kinds, *one.sites)]
    found = [*dict.fromkeys([*places, SYMPTOMS_ROUTE, *(exam for one in timelines for exam in one.exams), *COMPETING_CAUSES])]
    alarms = [name for name, exam in exams.items() if exam.rise is not None or alarm_law(exam) is not None]
    for where, asked in (("endpoint", design.endpoint), ("published", design.published)):
        for i, one in enumerate(asked):
            if one.measure in NAMED:
                _check_among(f"{where}.{i}.name", names_in(one.name), found)
            elif one.name:
                _check_among(f"{where}.{i}.name", [one.name], alarms if "false" in one.measure else [*exams])
            if one.given is not None and one.given.exam:
                _check_among(f"{where}.{i}.given.exam", [one.given.exam], [*exams])


def _check_among(where: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError(where, f"must be one of {', '.join(known)}", name, nearest(name, known))


def course_of(design: Design, arm: Arm, kind: Kind, draw: int | None) -> Course:
    """Return the course of one kind of people in one arm."""
    course = catalogue.course(kind.course)
    try:
        course = course.replace("years", float(design.years)).replace_all(kind.changes)
        if arm.regimen is not None:
            course = course.replace("regimen", list(arm.regimen))
        if arm.follow_up is not None:
            course = course.replace("follow_up", _schedule(design, arm, course))
        course = course.replace_all(arm.set)
        if draw is not None:
            course = with_draw(course, design.seed, draw, [*kind.changes, *arm.set])
        if arm.follow_up not in (None, NOTHING) and not visits_of(course):
            allowed = "must have visits for people of this stage, within the years of the study"
            raise InputError("follow_up", allowed, course.patient.stage, 'write "none" where no visit is meant')
        return course
    except InputError as error:
        raise said(f"arm {arm.name}, group {kind.group}: {error}", error.where) from None


def _schedule(design: Design, arm: Arm, course: Course) -> Guideline | str | None:
    if isinstance(arm.follow_up, str):
        return None if arm.follow_up == NOTHING else arm.follow_up
    assert arm.follow_up is not None
    return Guideline(
        id="own-schedule", name=f"{design.name}: {arm.name}", diseases=(course.disease.id,), body=design.name, year=0,
        source=arm.source or (design.name,), why=arm.why,
        visit=(*design.visits, *arm.follow_up),
    )  # fmt: skip


def _cell(course: Course, design: Design, arm: Arm) -> Cell:
    parts = course.resolve([design.years * YEAR_DAYS])
    days: dict[str, list[float]] = {}
    visits = visits_of(course)
    for day, exam in visits:
        days.setdefault(exam, []).append(day)
    for _, rule, *_ in rises_between(course, visits):
        days.setdefault(rule.images, [])
    return Cell(
        tuple(timeline for _, timeline in parts), tuple(traits_of(one) for one in classes_of(course)), _shares(parts),
        {exam: frozen(of) for exam, of in days.items()}, course.disease.cells.density.size, tuple(course.regimen),
        tuple(hashlib.sha256(_before_zero(timeline).encode()).hexdigest() for _, timeline in parts),
        _after(course, arm) if design.aftermath else None,
    )  # fmt: skip


def rules_of(course: Course, arm: Arm) -> Decisions:
    """Return the rules of decision of an arm."""
    found: Decisions = decisions_for(course.disease.id) if arm.decisions is None else catalogue.read("decisions", arm.decisions)
    return found


def _after(course: Course, arm: Arm) -> After:
    from remnant.resolve_aftermath import after_of

    rules = rules_of(course, arm)
    return after_of(with_restaging(course, rules), rules, burdens())


def _shares(parts: Sequence[tuple[float, Timeline]]) -> Floats:
    """Return the shares of hidden classes among those who enter: their weights, times the chance of not being found before zero.

    Where nothing before zero differs between them, that chance is the same and need not be solved.
    """
    weights = np.array([weight for weight, _ in parts])
    if len({_before_zero(timeline) for _, timeline in parts}) > 1:
        at_zero = [[(1.0, replace(timeline.with_times([timeline.zero]), rises=()))] for _, timeline in parts]
        weights = weights * [outcome.share_at_zero for outcome in solve_classes(at_zero)]
    return frozen(weights / weights.sum())


def _before_zero(timeline: Timeline) -> str:
    document = timeline.to_dict()
    early = {
        name: [one for one in document.get(name, []) if one.get("time", one.get("start", 0.0)) < timeline.zero]
        for name in ("epochs", "pulses", "looks", "rises")
    }
    if not early["epochs"]:
        early["epochs"] = document["epochs"][:1]
    always = {name: document[name] for name in document if name not in (*early, "times", "hazards", "name")}
    return json.dumps(early | always, sort_keys=True)


def _grid(cells: Sequence[Cell], design: Design) -> Floats:
    last = design.years * YEAR_DAYS
    moments = {day for cell in cells for timeline in cell.timelines for day in knots(timeline, (), last).tolist()}
    return frozen(sorted(moments))


def _digest(design: Design, cells: Sequence[Sequence[Cell]], exams: Mapping[str, Exam]) -> str:
    """Return 64 hexadecimal digits that change with anything that could change a life; what is asked of lives does not."""
    digest = hashlib.sha256(json.dumps(design.model_dump(mode="json", include=LIVED), sort_keys=True).encode())
    for row in cells:
        for cell in row:
            whole: list[Any] = [timeline.to_dict() for timeline in cell.timelines]
            whole += [
                cell.shares.tolist(),
                {exam: days.tolist() for exam, days in cell.visits.items()},
                cell.density,
                plain(cell.after),
            ]
            digest.update(json.dumps(whole, sort_keys=True).encode())
    digest.update(json.dumps({name: exam.model_dump(mode="json") for name, exam in exams.items()}, sort_keys=True).encode())
    return digest.hexdigest()


def plain(after: After | None) -> list[Any]:
    """Return what a life after detection reads as plain data."""
    return [] if after is None else [one.tolist() if isinstance(one, np.ndarray) else one for one in after]


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
