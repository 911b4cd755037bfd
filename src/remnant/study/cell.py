"""One kind of people in one arm: the Timelines they live by, their visits, and the tests that decide about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from remnant import catalogue
from remnant.catalogue.decisions import decisions_for, with_restaging
from remnant.catalogue.shelf import burdens
from remnant.clinic.decide import Decisions
from remnant.clinic.exams import Exam
from remnant.course import Course
from remnant.predict import solve_classes
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats, frozen
from remnant.resolve import classes_of, rises_between, visits_of
from remnant.sampler.after_state import After
from remnant.study.design import Arm
from remnant.study.people import traits_of
from remnant.timeline import Founder, Timeline


@dataclass(frozen=True, eq=False)
class Assay:
    """A test that decides, in one kind of people in one arm: lives up to it, in which it would be the first finding."""

    name: str
    exam: str
    days: Floats
    timelines: tuple[Timeline, ...]
    """[class] up to the last of these days"""
    traits: tuple[frozenset[str], ...]
    shares: Floats
    early: tuple[str, ...]
    key: str
    """Names all of it: arms that are the same until the test have its results in common"""


@dataclass(frozen=True, eq=False)
class Cell:
    """One kind of people in one arm."""

    timelines: tuple[Timeline, ...]
    """[class] of each hidden class"""
    traits: tuple[frozenset[str], ...]
    shares: Floats
    """[class] among those who enter"""
    visits: Mapping[str, Floats]
    """Days on which each exam is done in those who come, tests that decide among them."""
    exams: Mapping[str, Exam]
    density: float
    """Cells per cm3"""
    regimens: tuple[str, ...]
    early: tuple[str, ...]
    """[class] names all that happens before `zero`: who is drawn again does not depend on anything else"""
    after: After | None = None
    """What becomes of recurrences; None where people are followed to the first finding only."""
    assays: Mapping[str, Assay] = field(default_factory=dict)
    """Tests that decide, by name"""
    decides: str = ""
    """Name of the test after which those who are positive are treated as in `positive`; empty for none"""
    positive: Cell | None = None

    def branches(self) -> Iterator[Cell]:
        """Yield this cell, and that of those who are positive where a test decides."""
        yield self
        if self.positive is not None:
            yield self.positive


def rules_of(course: Course, arm: Arm) -> Decisions:
    """Return the rules of decision of an arm."""
    found: Decisions = decisions_for(course.disease.id) if arm.decisions is None else catalogue.read("decisions", arm.decisions)
    return found


def leaving(parts: Sequence[tuple[float, Timeline]], level: float) -> list[tuple[float, Timeline]]:
    """Return weighted Timelines in which so many times as much is left: means of founders and rates of seeding, not counts."""
    if level == 1.0:
        return [*parts]
    return [
        (weight, replace(timeline, founders=tuple(_times(one, level) for one in timeline.founders))) for weight, timeline in parts
    ]


def _times(founder: Founder, level: float) -> Founder:
    if founder.seeding is not None:
        return replace(founder, seeding=replace(founder.seeding, rate=founder.seeding.rate * level))
    return founder if founder.mean is None else replace(founder, mean=founder.mean * level)


def cell_of(course: Course, years: float, rules: Decisions | None, level: float = 1.0) -> Cell:
    """Return the people of a course, without tests that decide.

    Parameters
    ----------
    course : Course
    years : float
        How long they are followed.
    rules : Decisions, optional
        After a recurrence; None where people are followed to the first finding only.
    level : float
        So many times as much is left in everybody as the catalogue has it.
    """
    from remnant.resolve_aftermath import after_of

    parts = leaving(course.resolve([years * YEAR_DAYS]), level)
    days: dict[str, list[float]] = {}
    visits = visits_of(course)
    for day, exam in visits:
        days.setdefault(exam, []).append(day)
    for _, rule, *_ in rises_between(course, visits):
        days.setdefault(rule.images, [])
    return Cell(
        tuple(timeline for _, timeline in parts), tuple(traits_of(one) for one in classes_of(course)), shares_of(parts),
        {exam: frozen(of) for exam, of in days.items()}, {exam: course.exams[exam] for exam in days},
        course.disease.cells.density.size, tuple(course.regimen), tuple(digest_before(timeline) for _, timeline in parts),
        after_of(with_restaging(course, rules), rules, burdens()) if rules is not None else None,
    )  # fmt: skip


def shares_of(parts: Sequence[tuple[float, Timeline]]) -> Floats:
    """Return the shares of hidden classes among those who enter: their weights, times the chance of not being found before zero.

    Where nothing before zero differs between them, that chance is the same and need not be solved.
    """
    weights = np.array([weight for weight, _ in parts])
    if len({digest_before(timeline) for _, timeline in parts}) > 1:
        at_zero = [[(1.0, replace(timeline.with_times([timeline.zero]), rises=()))] for _, timeline in parts]
        weights = weights * [outcome.share_at_zero for outcome in solve_classes(at_zero)]
    return frozen(weights / weights.sum())


def digest_before(timeline: Timeline, day: float | None = None) -> str:
    """Return what names all that happens before `zero`, or up to a later day, that day's pulses and looks with it."""
    document = timeline.to_dict()

    def early(one: dict[str, Any], starts: bool) -> bool:
        at = one.get("repeat", one.get("time", one.get("start", 0.0)))
        return bool(at < timeline.zero if day is None else at < day if starts else at <= day)

    listed = {
        name: [one for one in document.get(name, []) if early(one, name == "epochs")]
        for name in ("epochs", "pulses", "looks", "rises")
    }
    if not listed["epochs"]:
        listed["epochs"] = document["epochs"][:1]
    always = {name: document[name] for name in document if name not in (*listed, "times", "hazards", "name")}
    return hashlib.sha256(json.dumps(listed | always, sort_keys=True).encode()).hexdigest()


def plain(after: After | None) -> list[Any]:
    """Return what a life after detection reads as plain data."""
    return [] if after is None else [one.tolist() if isinstance(one, np.ndarray) else one for one in after]


def document_of(cell: Cell) -> list[Any]:
    """Return all that could change a life of a cell as plain data."""
    found: list[Any] = [timeline.to_dict() for timeline in cell.timelines]
    found += [cell.shares.tolist(), {exam: days.tolist() for exam, days in cell.visits.items()}, cell.density, plain(cell.after)]
    found += [[one.name, one.exam, one.days.tolist(), one.key] for one in cell.assays.values()]
    return found + ([cell.decides, document_of(cell.positive)] if cell.positive is not None else [])
