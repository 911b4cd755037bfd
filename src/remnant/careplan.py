"""A follow-up plan: the visits of a guideline put on dates, with what to watch for and how old the guideline is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from remnant import catalogue
from remnant.clinic.followup import Guideline, Symptom, Visit
from remnant.countries import country_name, in_europe
from remnant.course import Course
from remnant.patient import read_tnm
from remnant.quantity import MONTH_DAYS
from remnant.resolve_stage import extent_of

OLD_YEARS = 5
"""A guideline older than this may well have been replaced; the plan says so."""
PREFERENCE = ("guideline", "local")
"""Kinds of schedule that may be chosen for a person, the first one first; a trial's arm or a cohort is never chosen."""


@dataclass(frozen=True)
class Series:
    """One line of a guideline on dates: the same exams, again and again."""

    exams: tuple[str, ...]
    months: tuple[float, ...]
    """Months after the end of treatment."""
    dates: tuple[date, ...]
    every_months: float | None
    """None where the guideline names single months."""
    allowed: tuple[float, float] | None
    """Months between visits where the guideline gives a range; the longer one is planned."""
    source: tuple[str, ...]
    standing: str
    why: str


@dataclass(frozen=True)
class PlannedVisit:
    """Everything due on one date."""

    on: date
    months: float
    exams: tuple[str, ...]
    sure: bool
    """Whether every line behind it was read in its source."""


@dataclass(frozen=True)
class CarePlan:
    """A plan for one course of care from a guideline and the day treatment ended."""

    course: Course
    start: date
    today: date
    guideline: Guideline | None
    """None where the catalogue holds none for this cancer."""
    others: tuple[Guideline, ...]
    """Other guidelines for this cancer, not used here."""
    groups: tuple[str, ...]
    """Names of the person's stage that guidelines use."""
    series: tuple[Series, ...]
    country: str = ""
    """Where the person lives; empty: not said."""
    came_back: date | None = None
    """Day on which the cancer was found again; the plan of the guideline ends there."""

    @property
    def visits(self) -> tuple[PlannedVisit, ...]:
        """Everything due, date by date."""
        found: dict[date, list[tuple[Series, float]]] = {}
        for series in self.series:
            for months, on in zip(series.months, series.dates, strict=True):
                found.setdefault(on, []).append((series, months))
        return tuple(
            PlannedVisit(
                on, due[0][1], tuple(dict.fromkeys(exam for one, _ in due for exam in one.exams)),
                all(one.standing == "read" for one, _ in due),
            )
            for on, due in sorted(found.items())
        )  # fmt: skip

    @property
    def age_years(self) -> int | None:
        """How old the guideline is, in years; None for none."""
        return None if self.guideline is None else self.today.year - self.guideline.year

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        """What to watch for, as the guideline lists it."""
        return () if self.guideline is None else self.guideline.symptom

    @property
    def from_elsewhere(self) -> bool:
        """Whether the guideline was written for another country than the person's."""
        return self.guideline is not None and bool(self.country) and not written_for(self.guideline, self.country)


def make_plan(course: Course, start: date, today: date, country: str = "", came_back: date | None = None) -> CarePlan:
    """Return the follow-up plan of a course.

    Parameters
    ----------
    course : Course
        Its stage says which lines of the guideline count; its follow-up is the guideline unless `country` has one of its own.
    start : date
        Day on which primary treatment ended: month 0 of every guideline.
    today : date
        Visits before it have passed; the age of the guideline is told on it.
    country : str
        Two letters such as "GB"; empty for the guideline the course names.
    came_back : date, optional
        Day on which the cancer was found again; no visit after it is planned.

    Returns
    -------
    CarePlan
        Without visits where no guideline is known for this cancer or this stage.

    Raises
    ------
    InputError
        If the stage is not one of this disease.
    """
    guideline, others = choose_guideline(course, country)
    groups = stage_names(course)
    lines = [] if guideline is None else guideline.visits(groups)
    series = tuple(one for line in lines if (one := _dated(line, start, came_back)).dates)
    return CarePlan(course, start, today, guideline, others, groups, series, country, came_back)


def stage_names(course: Course) -> tuple[str, ...]:
    """Return the names guidelines may use for this person's stage, and no wider ones.

    A TNM is also its stage group; an extent of the disease is also every group in it, as nothing narrower was said.

    Raises
    ------
    InputError
        If the stage is not one of this disease.
    """
    extent, stage = extent_of(course), course.patient.stage.strip()
    extents = course.disease.extents
    names = [stage] if stage else []
    tnm = read_tnm(stage) if stage and stage not in extents else None
    if tnm is not None and course.staging is not None and course.staging.rows:
        names.append(course.staging.group(tnm.t, tnm.n, tnm.m))
    elif not stage or stage in extents:
        names += extent.stages
    return tuple(dict.fromkeys([*names, *(name for name, one in extents.items() if one is extent)]))


def guidelines_for(disease: str) -> list[Guideline]:
    """Return every schedule of follow-up the catalogue holds for a disease that was meant for people, best first."""
    found = [one for name in catalogue.list_ids("guidelines") if disease in (one := catalogue.read("guidelines", name)).diseases]
    return sorted((one for one in found if one.kind in PREFERENCE), key=_rank)


def choose_guideline(course: Course, country: str) -> tuple[Guideline | None, tuple[Guideline, ...]]:
    """Return the guideline for somebody in a country, and the others.

    One of the country comes first, then one for Europe where it lies there, then the one the course names, then any.
    """
    known = guidelines_for(course.disease.id)
    own = [one for one in known if country and one.country == country]
    near = [one for one in known if country and written_for(one, country)]
    named = [course.follow_up] if course.follow_up else []
    fitting = [one for one in named if country and written_for(one, country)]
    own = [one for one in fitting if one.country == country] + own
    chosen = next(iter([*own, *fitting, *near, *named, *known]), None)
    return chosen, tuple(one for one in known if chosen is None or one.id != chosen.id)


def written_for(guideline: Guideline, country: str) -> bool:
    """Return whether a guideline was written for a country, by its own body or by a European one."""
    return guideline.country in (country, "INT") or (guideline.country == "EU" and in_europe(country))


def day_after(start: date, months: float) -> date:
    """Return the same day of the month so many months on; the last day of a shorter month; parts of a month in days."""
    whole = int(months)
    return start + relativedelta(months=whole) + timedelta(days=round((months - whole) * MONTH_DAYS))


def stages_covered(guideline: Guideline) -> tuple[str, ...]:
    """Return the stages a guideline has visits for."""
    return tuple(dict.fromkeys(stage for visit in guideline.visit for stage in visit.stages))


def guideline_words(guideline: Guideline, today: date) -> str:
    """Return body, country, year and age of a guideline in a few words."""
    age = today.year - guideline.year
    old = "this year" if age <= 0 else "1 year old" if age == 1 else f"{age} years old"
    return f"{guideline.body}, {country_name(guideline.country)}, {guideline.year} ({old})"


def _rank(guideline: Guideline) -> tuple[int, bool, int, str]:
    """National bodies before local habits, what was read before what was not, newest first."""
    return PREFERENCE.index(guideline.kind), _unsure(guideline.visit), -guideline.year, guideline.id


def _unsure(lines: Iterable[Visit]) -> bool:
    return any(line.standing != "read" for line in lines)


def _dated(line: Visit, start: date, end: date | None) -> Series:
    due = [(months, day_after(start, months)) for months in line.dates]
    due = [(months, on) for months, on in due if end is None or on < end]
    return Series(
        line.exams, tuple(months for months, _ in due), tuple(on for _, on in due), line.every_months, line.every_months_range,
        line.source, line.standing, line.why,
    )  # fmt: skip
