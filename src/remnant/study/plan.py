"""A study resolved: for each arm and kind of people the Timelines, visits and prices, and a digest that names all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from remnant.clinic.exams import Exam
from remnant.course import Course
from remnant.description import nearest
from remnant.errors import InputError, said
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats, frozen
from remnant.study.alarms import alarm_law
from remnant.study.cell import Cell, cell_of, document_of, rules_of
from remnant.study.courses import courses_of
from remnant.study.design import Arm, Design, design_of
from remnant.study.level import level_of
from remnant.study.measured import NAMED, OF_TEST, names_in
from remnant.study.people import MOST_KINDS, Kind, kinds_of
from remnant.study.tested import assay_of, check_alike, days_of, with_test
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE
from remnant.timeline_tables import knots

LIVED = {
    "name", "seed", "patients", "chunk_patients", "years", "draws", "keep_events", "aftermath", "population", "visits", "arm",
    "test",
}  # fmt: skip


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
    level: float
    """How many times as much is left in everybody as the catalogue has it"""
    digest: str
    """Names the lives: people, arms, every Timeline and the visits"""

    @property
    def last_day(self) -> float:
        """The end of follow-up."""
        return self.design.years * YEAR_DAYS

    @property
    def branches(self) -> list[Cell]:
        """Every cell, and beside those in which a test decides that of those who are positive."""
        return [branch for row in self.cells for cell in row for branch in cell.branches()]

    @property
    def site_kinds(self) -> dict[str, str]:
        """Kind of each site of any course."""
        found: dict[str, str] = {}
        for cell in self.branches:
            found |= dict(zip(cell.timelines[0].sites, cell.timelines[0].site_kinds, strict=True))
        return found


@lru_cache(maxsize=4)
def plan_of_text(document: str, level: float | None = None) -> StudyPlan:
    """Return the plan of a study given as JSON, and its level where that is known; made once in each process."""
    return plan_of(design_of(json.loads(document)), None, level)


@lru_cache(maxsize=2)
def plan_of_draw(document: str, draw: int, level: float | None = None) -> StudyPlan:
    """Return the plan of a study given as JSON, with a draw of the catalogue's numbers (see `with_draw`)."""
    return plan_of(design_of(json.loads(document)), draw, level)


def text_of(design: Design) -> str:
    """Return a study as JSON, the same text for the same study."""
    return json.dumps(design.model_dump(mode="json"), sort_keys=True)


def plan_of(design: Design, draw: int | None = None, level: float | None = None) -> StudyPlan:
    """Return the plan of a study, with the best numbers of the catalogue, or with a draw of them.

    Parameters
    ----------
    design : Design
    draw : int, optional
        None for the best numbers.
    level : float, optional
        Of the best numbers (see `level_of`), where it is known; to find it may take minutes.

    Raises
    ------
    InputError
        If something in an arm or a group cannot be; names the arm and the group.
    """
    kinds = kinds_of(design.population)
    if len(kinds) > MOST_KINDS:
        allowed = f"must make at most {MOST_KINDS} kinds of people"
        raise InputError("population", allowed, f"{len(kinds)} kinds", "fewer groups or parts of what varies")
    level = level_of(design) if level is None else level
    cells = tuple(tuple(_cell(design, arm, (kind, level), draw) for kind in kinds) for arm in design.arm)
    exams = {name: exam for row in cells for cell in row for branch in cell.branches() for name, exam in branch.exams.items()}
    _check_entry(design, cells)
    grids = tuple(_grid([row[kind] for row in cells], design) for kind in range(len(kinds)))
    sorted_exams = {name: exams[name] for name in sorted(exams)}
    _check_names(design, cells, sorted_exams)
    return StudyPlan(design, tuple(kinds), cells, grids, sorted_exams, level, _digest(design, cells, sorted_exams))


def _check_names(design: Design, cells: Sequence[Sequence[Cell]], exams: Mapping[str, Exam]) -> None:
    """Refuse questions about a kind, place, route or exam that no arm has, before anything is sampled."""
    timelines = [timeline for row in cells for cell in row for branch in cell.branches() for timeline in branch.timelines]
    places = [name for one in timelines for name in (*one.site_kinds, *one.sites)]
    found = [*dict.fromkeys([*places, SYMPTOMS_ROUTE, *(exam for one in timelines for exam in one.exams), *COMPETING_CAUSES])]
    alarms = [name for name, exam in exams.items() if exam.rise is not None or alarm_law(exam) is not None]
    for where, asked in (("endpoint", design.endpoint), ("published", design.published)):
        for i, one in enumerate(asked):
            if one.measure in NAMED:
                _check_among(f"{where}.{i}.name", names_in(one.name), found)
            elif one.name and one.measure != OF_TEST:
                _check_among(f"{where}.{i}.name", [one.name], alarms if "false" in one.measure else [*exams])
            if one.given is not None and one.given.exam:
                _check_among(f"{where}.{i}.given.exam", [one.given.exam], [*exams])


def _check_among(where: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError(where, f"must be one of {', '.join(known)}", name, nearest(name, known))


def _cell(design: Design, arm: Arm, who: tuple[Kind, float], draw: int | None) -> Cell:
    """Return one kind of people in one arm, by how much is left in them as to the catalogue, with the tests that decide."""
    kind, level = who
    courses = courses_of(design, arm, kind, draw)
    try:
        cells = [_with_tests(design, arm.after(i > 0), course, level) for i, course in enumerate(courses)]
        if len(cells) == 1:
            return cells[0]
        check_alike(cells[0].assays[arm.test], cells[1].assays[arm.test])
    except InputError as error:
        raise said(f"arm {arm.name}, group {kind.group}: {error}", error.where) from None
    return replace(cells[0], decides=arm.test, positive=cells[1])


def _with_tests(design: Design, arm: Arm, course: Course, level: float) -> Cell:
    """Return a cell in which the tests that decide are done, and counted among its visits."""
    rules, tests = rules_of(course, arm) if design.aftermath else None, design.test
    cell = cell_of(course, design.years, rules, level)
    visits, exams = dict(cell.visits), dict(cell.exams)
    for test in tests:
        exams[test.exam] = with_test(course, test).exams[test.exam]
        visits[test.exam] = frozen(sorted({*visits.get(test.exam, []), *days_of(test)}))
    return replace(cell, visits=visits, exams=exams, assays={test.name: assay_of(course, test, level) for test in tests})


def _check_entry(design: Design, cells: Sequence[Sequence[Cell]]) -> None:
    """Refuse arms that are not alike until the tests by whose result people enter."""
    enter = design.population.enter
    for one in enter.tests if enter is not None else ():
        for arm, row in zip(design.arm, cells, strict=True):
            if any(cell.assays[one.test].key != first.assays[one.test].key for cell, first in zip(row, cells[0], strict=True)):
                allowed = f"all arms must be alike until test {one.test!r}, by whose result people enter"
                raise InputError("population.enter.tests", allowed, f"arm {arm.name!r}, which differs before")


def _grid(cells: Sequence[Cell], design: Design) -> Floats:
    last = design.years * YEAR_DAYS
    timelines = [timeline for cell in cells for branch in cell.branches() for timeline in branch.timelines]
    moments = {day for timeline in timelines for day in knots([timeline], (), last).tolist()}
    tests = {day for cell in cells for assay in cell.assays.values() for day in assay.days.tolist()}
    return frozen(sorted(moments | tests))


def _digest(design: Design, cells: Sequence[Sequence[Cell]], exams: Mapping[str, Exam]) -> str:
    """Return 64 hexadecimal digits that change with anything that could change a life; what is asked of lives does not."""
    digest = hashlib.sha256(json.dumps(design.model_dump(mode="json", include=LIVED), sort_keys=True).encode())
    for row in cells:
        for cell in row:
            digest.update(json.dumps(document_of(cell), sort_keys=True).encode())
    digest.update(json.dumps({name: exam.model_dump(mode="json") for name, exam in exams.items()}, sort_keys=True).encode())
    return digest.hexdigest()
