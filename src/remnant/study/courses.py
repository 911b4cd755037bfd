"""The course of care of one kind of people in one arm."""

from __future__ import annotations

from remnant import catalogue
from remnant.clinic.followup import Guideline
from remnant.course import NOTHING, Course
from remnant.errors import InputError, said
from remnant.resolve import visits_of
from remnant.study.design import Arm, Design
from remnant.study.drawn import with_draw
from remnant.study.people import Kind
from remnant.study.tested import delayed, with_exams


def courses_of(design: Design, arm: Arm, kind: Kind, draw: int | None) -> list[Course]:
    """Return the course of one kind of people in one arm, and where a test decides, that of those who are positive after it."""
    course = course_of(design, arm.after(False), kind, draw)
    if not arm.test:
        return [course]
    test = next(one for one in design.test if one.name == arm.test)
    other = course_of(design, arm.after(True), kind, draw)
    return [delayed(course, other, test), delayed(other, course, test)]


def course_of(design: Design, arm: Arm, kind: Kind, draw: int | None) -> Course:
    """Return the course of one kind of people in one arm."""
    course = catalogue.course(kind.course)
    try:
        course = course.replace("years", float(design.years)).replace_all(kind.changes)
        if arm.regimen is not None:
            course = course.replace("regimen", list(arm.regimen))
        if arm.follow_up is not None:
            course = course.replace("follow_up", _schedule(design, arm, course))
        course = with_exams(course, [test.exam for test in design.test]).replace_all(arm.set)
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
