"""Tests that decide: what they see in each person, drawn before what they decide, so that people stay the same people.

Up to the last day of a test all branches of an arm are the same lives with the same random numbers. They are lived once with the
test as the first finding; who would be found by it is positive, and so is who has a false alarm. Then everybody lives the course
that the result decides, in which the test finds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remnant import catalogue
from remnant.clinic.followup import Guideline, Visit
from remnant.course import Course
from remnant.errors import InputError
from remnant.quantity import MONTH_DAYS
from remnant.reading import Floats, frozen
from remnant.resolve import classes_of
from remnant.resolve_treatment import BEFORE_ZERO, USUAL_START_DAYS
from remnant.sampler.cpu import Run, run_blocks
from remnant.sampler.histories import joined
from remnant.sampler.plan import lay_out
from remnant.study.alarms import alarm_law, proneness
from remnant.study.asked_tests import NEGATIVE, NOT_TESTED, POSITIVE, DecidingTest
from remnant.study.cell import Assay, Cell, digest_before, leaving, shares_of
from remnant.study.people import class_of, traits_of, uniform
from remnant.timeline import COMPETING_CAUSES, Timeline
from remnant.timeline_tables import Ints

DEATH = COMPETING_CAUSES.index("other_death")


def days_of(test: DecidingTest) -> list[float]:
    """Return the days of a test, in order."""
    return sorted(month * MONTH_DAYS for month in test.months)


def with_test(course: Course, test: DecidingTest) -> Course:
    """Return a course with a test among its visits, where it counts as a finding."""
    visit = Visit(exams=(test.exam,), months=test.months)
    plan = course.follow_up or Guideline(
        id="own-schedule", name=test.name, diseases=(course.disease.id,), body=test.name, year=0, source=(test.name,)
    )
    followed = course.replace("follow_up", plan.model_copy(update={"visit": (*plan.visit, visit)}))
    # its exams are those of the course, with numbers that a study sets or draws, and not those of the catalogue again
    return _keeping(course, followed.model_copy(update={"exams": followed.exams | course.exams}))


def with_exams(course: Course, names: Sequence[str]) -> Course:
    """Return a course that knows further exams of the catalogue, so that their numbers can be set and drawn."""
    missing = {name: catalogue.read("exams", name) for name in names if name not in course.exams}
    return _keeping(course, course.model_copy(update={"exams": course.exams | missing})) if missing else course


def _keeping(course: Course, changed: Course) -> Course:
    """Return a changed course with the catalogue of the one it was made from."""
    return changed if course._shelf is None else changed.on(course._shelf)


def assay_of(course: Course, test: DecidingTest, level: float = 1.0) -> Assay:
    """Return a test in the people of a course, in whom so many times as much is left as the catalogue has it."""
    tested, days = with_test(course, test), days_of(test)
    parts = [(weight, _until(timeline, days[-1])) for weight, timeline in leaving(tested.resolve([days[-1]]), level)]
    timelines = tuple(timeline for _, timeline in parts)
    shares, traits = shares_of(parts), tuple(traits_of(one) for one in classes_of(tested))
    key = _key([test.exam, days, alarm_law(tested.exams[test.exam])], [digest_before(one, days[-1]) for one in timelines], shares)
    return Assay(
        test.name, test.exam, frozen(days), timelines, traits, shares, tuple(digest_before(one) for one in timelines), key
    )


def _key(about: list[Any], lives: list[str], shares: Floats) -> str:
    """Return what names a test; hidden classes that are the same until it, as where a drug fails that comes later, are one."""
    totals = {one: float(sum(share for life, share in zip(lives, shares, strict=True) if life == one)) for one in lives}
    named = [about, sorted((life, f"{share:.9f}") for life, share in totals.items())]
    return hashlib.sha256(repr(named).encode()).hexdigest()


def _until(timeline: Timeline, day: float) -> Timeline:
    """Return a Timeline as far as a day."""
    looks = tuple(one for one in timeline.looks if one.time <= day)
    rises = tuple(one for one in timeline.rises if one.repeat <= day)
    return replace(timeline, looks=looks, rises=rises)


def delayed(course: Course, other: Course, test: DecidingTest) -> Course:
    """Return a course whose treatments that the result decides begin once it is known.

    Parameters
    ----------
    course : Course
        Of one result.
    other : Course
        Of the other; what both are given is not decided by the test.
    test : DecidingTest
    """
    known, first = days_of(test)[-1] + test.result_days, True
    regimens = dict(course.regimen)
    for name, regimen in course.regimen.items():
        usual = USUAL_START_DAYS[regimen.setting] if first else None
        begins = regimen.starts_after_days if regimen.starts_after_days is not None else usual
        if regimen.setting not in BEFORE_ZERO and name not in other.regimen and begins is not None and begins < known:
            regimens[name] = regimen.model_copy(update={"starts_after_days": known})
        if regimen.setting == "adjuvant" and (regimen.give or regimen.irradiate):
            first = False
    return _keeping(course, course.model_copy(update={"regimen": regimens}))


def check_alike(one: Assay, other: Assay) -> None:
    """Refuse results that are treated apart before the test.

    Raises
    ------
    InputError
        If anything differs until its last day.
    """
    if one.key != other.key:
        allowed = f"must be the same until day {one.days[-1]:.0f}, the last of test {one.name}"
        raise InputError("positive and negative", allowed, "what differs before", "let treatment and visits differ after it only")


@dataclass(frozen=True)
class Results:
    """[patient] what a test showed."""

    result: Ints
    """NOT_TESTED, NEGATIVE or POSITIVE"""
    day: Floats
    """Of the first positive, else of the last one; infinite where it was not done"""

    def of(self, which: Any) -> Results:
        """Return those of some patients."""
        return Results(self.result[which], self.day[which])


def results_of(cell: Cell, assay: Assay, plan: Any, who: tuple[int, Ints, Ints], tried: Any) -> Results:
    """Return the results of a test.

    Parameters
    ----------
    cell : Cell
    assay : Assay
        Of that cell.
    plan : StudyPlan
    who : (int, int[patient], int[patient])
        Kind of the people, their numbers, and their places in the chunk.
    tried : chunk.Tried
        Attempts at them known so far.
    """
    kind, patients, here = who
    seed, days = plan.design.seed, assay.days.tolist()
    found = Results(np.full(len(patients), NOT_TESTED), np.full(len(patients), np.inf))
    which = class_of(assay.traits, assay.shares, seed, patients)
    law = alarm_law(cell.exams[assay.exam])
    for number in np.unique(which).tolist():
        at, comes = np.flatnonzero(which == number), "stays away" not in assay.traits[number]
        if not comes:
            continue
        timeline, early = assay.timelines[number], assay.early[number]
        failed = tried.failed(early, here[at])
        lives = joined(run_blocks(lay_out(timeline, plan.grids[kind]), Run(seed, 0, len(at), 1, 1, False, patients[at], failed)))
        tried.note(early, here[at], lives.attempts)
        by_test = lives.route == (1 + timeline.exams.index(assay.exam) if assay.exam in timeline.exams else -2)
        chance = proneness(seed, assay.exam, law, patients[at]) if law is not None else np.zeros(len(at))
        result, on = found.result[at], found.day[at]
        for day in days:
            there = (lives.cause_days.reshape(len(at), -1)[:, DEATH] > day) & (result != POSITIVE)
            seen = there & by_test & (lives.day == day)
            there &= (lives.day > day) | seen
            seen |= there & (uniform(seed, f"false alarm/{assay.exam}/{day!r}", patients[at]) < chance)
            done = seen | (there & (day == days[-1]))
            result[done], on[done] = np.where(seen, POSITIVE, NEGATIVE)[done], day
        found.result[at], found.day[at] = result, on
    return found
