"""From a course of care in clinical words to Timelines: the one place where units, schedules and biology become arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from remnant.clinic.exams import MarkerRise
from remnant.errors import InputError
from remnant.quantity import MONTH_DAYS, YEAR_DAYS
from remnant.reading import Floats, Item, frozen
from remnant.resolve_biology import Biology, biology_of, cells_of, founders
from remnant.resolve_stage import extent_of, groups_of
from remnant.resolve_treatment import Schedule, effect_of, epochs, pulses, schedule_of
from remnant.timeline import Epoch, Founder, Hazard, Look, Pulse, Rise, Timeline
from remnant.timeline_limits import check_limits
from remnant.timeline_read import read_times

if TYPE_CHECKING:
    from remnant.course import Course

STAGING_DAY = -1.0
"""Staging tests are taken as done the day before primary treatment ends, and as having seen nothing elsewhere."""


@dataclass(frozen=True)
class HiddenClass:
    """A kind of people nobody tells apart: whether drugs work, markers show, they come to visits, screening found it."""

    weight: float
    drugs_that_fail: frozenset[str]
    silent_markers: frozenset[str]
    comes: bool
    found_early: bool
    """Whether screening found the primary."""


def resolve(course: Course, times: Iterable[float] | None) -> list[tuple[float, Timeline]]:
    """Return the weighted Timelines of a course, one for each hidden class; see `Course.resolve`."""
    extent = extent_of(course)
    schedule = schedule_of(course)
    life = biology_of(course, extent, schedule)
    asked = [*times] if times is not None else [YEAR_DAYS * year for year in range(int(course.years) + 1)]
    spread = extent.burden_spread or course.disease.burden_spread
    looks = _Looks(course, life, groups_of(course, extent))
    plain = Timeline(
        sites=life.sites, types=life.types, dormant_types=life.dormant,
        site_kinds=tuple(course.disease.places[site].kind for site in life.sites),
        epochs=(), founders=(), switching=life.waking, mutation=life.mutation, symptoms=frozen(life.symptoms),
        growth_spread=life.speed_spread, burden_spread=spread.size if spread is not None else math.inf,
        times=read_times(Item("times", asked), 0.0), other_death=_other_death(course, schedule),
        second_primary=(Hazard(0.0, second.size),) if (second := course.disease.second_primary) is not None else (),
    )  # fmt: skip
    left: dict[bool, tuple[Founder, ...]] = {}
    rates: dict[frozenset[str], tuple[Epoch, ...]] = {}
    moments: dict[frozenset[str], tuple[Pulse, ...]] = {}
    dosed, taken = ({one.drug for one in given} for given in (schedule.doses, schedule.taken))
    weighted = []
    for one in classes_of(course):
        early, fail_as_dose, fail_as_taken = one.found_early, one.drugs_that_fail & dosed, one.drugs_that_fail & taken
        if early not in left:
            left[early] = founders(course, extent, life, schedule, early)
        if fail_as_taken not in rates:
            rates[fail_as_taken] = epochs(course, life, schedule, fail_as_taken)
        if fail_as_dose not in moments:
            moments[fail_as_dose] = pulses(course, life, schedule, fail_as_dose)
        timeline = replace(
            plain, epochs=rates[fail_as_taken], pulses=moments[fail_as_dose], founders=left[early],
            looks=looks.of(one), rises=looks.rises_of(one),
        )  # fmt: skip
        weighted.append((one.weight, timeline))
    check_limits([timeline for _, timeline in weighted])
    return weighted


def classes_of(course: Course) -> list[HiddenClass]:
    """Return the kinds of people that treatment and follow-up of this course tell apart, in the order of `resolve`."""
    given = dict.fromkeys(drug for regimen in course.regimen.values() for drug in regimen.drugs)
    works = [(name, effect_of(course, name).responders) for name in given if name in course.disease.effects.drugs]
    splits: list[list[tuple[float, str]]] = [[(q.size, ""), (1 - q.size, name)] for name, q in works if q is not None]
    seen = dict.fromkeys(exam for visit in course.follow_up.visit for exam in visit.exams) if course.follow_up else {}
    markers = [(name, course.exams[name].non_shedders) for name in seen if name in course.exams]
    quiet = [[(1 - q.size, ""), (q.size, name)] for name, q in markers if q is not None]
    comes = [(course.attends, True), (1 - course.attends, False)]
    screened = course.patient.screen_detected
    found = [(screened, True), (1 - screened, False)] if screened > 0 else [(1.0, False)]
    classes = []
    parts = itertools.product(itertools.product(*splits), itertools.product(*quiet), comes, found)
    for drug_part, marker_part, (share, there), (part, early) in parts:
        weight = share * part * math.prod(w for w, _ in drug_part) * math.prod(w for w, _ in marker_part)
        fails = frozenset(name for _, name in drug_part if name)
        classes.append(HiddenClass(weight, fails, frozenset(name for _, name in marker_part if name), there, early))
    return [one for one in classes if one.weight > 0]


def visits_of(course: Course, groups: tuple[str, ...] | None = None) -> list[tuple[float, str]]:
    """Return every day on which an exam is done by the follow-up of a course, and the exam, in order; what it can see or not.

    Parameters
    ----------
    course : Course
    groups : tuple of str, optional
        Names of the stage of the patient; found from the course unless given.
    """
    if course.follow_up is None:
        return []
    visits = course.follow_up.visits(groups_of(course, extent_of(course)) if groups is None else groups)
    done = {(month * MONTH_DAYS, exam) for visit in visits for month in visit.dates for exam in visit.exams}
    return sorted(one for one in done if one[0] <= course.years * YEAR_DAYS)


def rises_between(course: Course, visits: Sequence[tuple[float, str]]) -> Iterator[tuple[str, MarkerRise, float, float, float]]:
    """Yield each pair of tests of a marker that is read by its rise: exam, rule, days of both tests and of the repeat."""
    for exam in dict.fromkeys(exam for _, exam in visits):
        rule = course.exams[exam].rise if exam in course.exams else None
        days = [day for day, name in visits if name == exam] if rule is not None else []
        for before, day in itertools.pairwise(days):
            if rule is not None and day - before <= rule.within.size:
                yield exam, rule, before, day, day + (rule.repeat.size if rule.repeat is not None else 0.0)


@dataclass(frozen=True, eq=False)
class _Looks:
    """The looks of a course: staging, and visits for those who come."""

    course: Course
    life: Biology
    groups: tuple[str, ...]
    made: dict[frozenset[str] | None, tuple[Look, ...]] = field(default_factory=dict)
    """What classes whose markers are silent, or who do not come (None), have in common."""

    def of(self, one: HiddenClass) -> tuple[Look, ...]:
        """Return the looks of one hidden class, in order of time."""
        key = one.silent_markers if one.comes else None
        if key not in self.made:
            visits = [look for look in self.visits if look.exam not in one.silent_markers] if one.comes else []
            self.made[key] = (*self.staging, *visits)
        return self.made[key]

    def rises_of(self, one: HiddenClass) -> tuple[Rise, ...]:
        """Return the rules on the rise of a marker of one hidden class."""
        return tuple(rise for rise in self.rises if rise.exam not in one.silent_markers) if one.comes else ()

    @cached_property
    def done(self) -> list[tuple[float, str]]:
        """Every day of a visit, and the exam."""
        return visits_of(self.course, self.groups)

    @cached_property
    def rises(self) -> list[Rise]:
        """Every rule on a rise of every visit but the first, for those whose markers show."""
        density, sites = self.course.disease.cells.density.size, self.life.sites
        return [
            Rise(
                day, before, repeat, rule.by.size, frozen([cells_of(rule.adds_usual, density)] * len(sites)),
                self._sight(rule.images), exam, rule.usual_spread.size, rule.noise.size,
            )
            for exam, rule, before, day, repeat in rises_between(self.course, self.done)
        ]  # fmt: skip

    @cached_property
    def staging(self) -> list[Look]:
        """What was done before treatment and saw nothing elsewhere."""
        course = self.course
        if course.disease.kind == "blood":
            return []
        looks = []
        for name in course.disease.staging:
            if name not in course.exams:
                raise InputError(f"disease.staging: {name}", "must be among the exams of the course", name)
            # what is left at the place of the primary cannot be told from the primary that is still there
            local = np.array([course.disease.places[site].kind == "local" for site in self.life.sites])
            looks.append(Look(STAGING_DAY, frozen(np.where(local, np.inf, self._sight(name))), name))
        return [look for look in looks if np.isfinite(look.n50).any()]

    @cached_property
    def visits(self) -> list[Look]:
        """Every look of every visit, for those whose markers show."""
        sights = {exam: self._sight(exam) for exam in dict.fromkeys(exam for _, exam in self.done)}
        return [Look(day, sights[exam], exam) for day, exam in self.done if np.isfinite(sights[exam]).any()]

    def _sight(self, exam: str) -> Floats:
        """Return [site] the cells an exam sees half of the time; infinite where it cannot see."""
        if exam not in self.course.exams:
            raise InputError(f"exams.{exam}", "is required by the follow-up", "nothing")
        sees, density = self.course.exams[exam].sees, self.course.disease.cells.density.size
        return frozen([cells_of(sees[site].n50, density) if site in sees else math.inf for site in self.life.sites])


def _other_death(course: Course, schedule: Schedule) -> tuple[Hazard, ...]:
    """Return the hazards of death: that of the population at that age, and on treatment."""
    dangers = [one for one in schedule.dangers if one.end > 0]
    if course.mortality is None and not dangers:
        return ()
    years = [YEAR_DAYS * year for year in range(math.ceil(course.years))]
    days = sorted({*years, *(max(day, 0.0) for one in dangers for day in (one.start, one.end))})
    return tuple(
        Hazard(day, _at_age(course, day) + sum(one.rate for one in dangers if one.start <= day < one.end)) for day in days
    )


def _at_age(course: Course, day: float) -> float:
    """Return deaths per day from other causes on a day: the middle of each year of age stands for the year."""
    law = course.mortality
    if law is None:
        return 0.0
    more = course.disease.other_deaths.size if course.disease.other_deaths is not None else 1.0
    growth = math.log(2) * YEAR_DAYS / law.doubling.size
    years_over_60 = course.patient.age_years + day // YEAR_DAYS + 0.5 - 60
    return float(more * law.at_60.size * math.exp(growth * years_over_60))
