"""The follow-up plan of a course: dated visits with their purpose, signs to watch for, who to call, and how sure all of it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from remnant import careplan, catalogue
from remnant.careplan import CarePlan, Series, make_plan
from remnant.countries import country_name, read_country
from remnant.course_file import asked_course
from remnant.errors import InputError
from remnant.fhir import Chance, Told, bundle
from remnant.leaflet import view
from remnant.outlook import DRAWS, card_of
from remnant.patient import Stage, read_tnm
from remnant.plan_words import (
    calendar_entry,
    date_notes,
    day_words,
    disease_words,
    exam_list,
    exam_name,
    exam_numbers,
    guideline_notes,
    person_note,
    rhythm,
    say,
)  # fmt: skip
from remnant.quantity import YEAR_DAYS
from remnant.reading import Item
from remnant.report import RESEARCH_ONLY
from remnant.returned import Situation, questions_for
from remnant.sentences import may_count
from remnant.service import plain, stamp
from remnant.services import cancers_of, services_in
from remnant.support import service_view
from remnant.texts import phrase, text

FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)
HORIZONS = (5, 10)
"""Years after the end of treatment for which a chance is handed on."""
TEXTS = ("plan/what-this-is", "plan/what-to-watch-for", "plan/call-at-once", "plan/who-to-call")
LINES = ("nurse_line", "helpline")
MOST_LINES = 5
RECTAL = "after rectal cancer: "
"""Begins a sign in a guideline for colon and rectum that is one of rectal cancer only."""
ASKED = ("set", "country", "came_back", "restaged", "today")
Progress = Callable[[str], None]


def read_plan(request: dict[str, Any]) -> CarePlan:
    """Return the plan a request asks for.

    Parameters
    ----------
    request : dict
        `course` (a catalogue id or a TOML file) and `start` (day treatment ended, YYYY-MM-DD); optional `set` (path to value),
        `country`, `came_back` (day it was found again), `restaged` (its T, N and M then, such as "rT0 N0 M1") and `today`.

    Raises
    ------
    InputError
        If something in the request is not allowed.
    """
    asked = Item("", request).mapping(("course", "start"), ASKED)
    course = asked_course(asked)
    today = _day(asked["today"]) if "today" in asked else date.today()
    start = _day(asked["start"])
    country = read_country(asked["country"].text()) if "country" in asked else ""
    back = _day(asked["came_back"]) if "came_back" in asked else None
    if back is not None and back < start:
        raise InputError("came_back", f"must be on or after the day treatment ended, {start.isoformat()}", back.isoformat())
    _restaged(request, back)
    return make_plan(course, start, today, country, back)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Answer with the follow-up plan of a course, as `read_plan` reads it.

    Returns
    -------
    dict
        `disease`, `stage`, `start`, `guideline` with its country, year and age, `notes` (what is known and what is not),
        `visits` (date, months, exams, whether read and whether past), `series`, `exams` with purpose, what each can and cannot
        see, `not_done`, `symptoms`, `texts`, `questions`, `lines` of the country, `draft`, `provenance`.
    """
    plan = read_plan(request)
    guideline = plan.guideline
    exams = dict.fromkeys(exam for visit in plan.visits for exam in visit.exams)
    return plain({
        "disease": plan.course.disease.name, "called": disease_words(plan.course.disease.name),
        "stage": plan.course.patient.stage or plan.groups[0], "start": plan.start.isoformat(), "today": plan.today.isoformat(),
        "country": country_name(plan.country) if plan.country else None,
        "came_back": plan.came_back.isoformat() if plan.came_back else None,
        "guideline": None if guideline is None else _guideline(plan), "other_guidelines": [_named(one) for one in plan.others],
        "notes": guideline_notes(plan) + date_notes(plan),
        "visits": [
            {"date": one.on.isoformat(), "day": day_words(one.on), "months": one.months, "exams": list(one.exams),
             "what": exam_list(one.exams), "read": one.sure, "past": one.on < plan.today}
            for one in plan.visits
        ],
        "series": [_series(one) for one in plan.series],
        "exams": [_exam(one, plan) for one in exams],
        "not_done": exam_list(guideline.not_done) if guideline is not None and guideline.not_done else "",
        "symptoms": _symptoms(plan), "texts": {name.split("/")[1]: view(text(name), plan.today) for name in TEXTS},
        "questions": [view(text(one), plan.today) for one in questions_for(_situation(plan))],
        "lines": _lines(plan.country, plan.course.disease.id),
        "draft": say("draft"), "emergency": phrase("support.emergency"), "note": RESEARCH_ONLY,
        "provenance": stamp(course=plan.course.id, guideline=guideline.id if guideline else None),
    })  # fmt: skip


def calendar(request: dict[str, Any], name_diagnosis: bool = False) -> bytes:
    """Return the plan as an iCalendar file.

    Raises
    ------
    InputError
        If no visit is known, so that there is nothing to write.
    """
    from remnant.calendar_file import calendar_text

    plan = read_plan(request)
    if not plan.visits:
        allowed = "no visit is known for this cancer and stage, so there is nothing to put in a calendar"
        raise InputError("ics", allowed, plan.course.patient.stage, "leave it out, and read the plan itself")
    title = say("title_for", disease=disease_words(plan.course.disease.name)) if name_diagnosis else say("title")

    def words(series: Series) -> Any:
        return calendar_entry(plan, series, name_diagnosis)

    return calendar_text(plan, f"{title}. {say('draft')}", words, datetime.now(UTC))


def fhir_bundle(request: dict[str, Any], progress: Progress = lambda _: None) -> dict[str, Any]:
    """Return the plan as a FHIR R4 Bundle, with the chance that the cancer is found again where enough is known to tell one."""
    plan = read_plan(request)
    chances, no_number = _chances(plan, progress)
    program = stamp()
    exams = {exam for series in plan.series for exam in series.exams} | set(plan.guideline.not_done if plan.guideline else ())
    names = {exam: exam_name(exam) for exam in exams}
    told = Told(
        say("draft") + " " + RESEARCH_ONLY, say("method", version=program["version"]), names,
        no_number, f"remnant {program['version']}",
    )  # fmt: skip
    return bundle(plan, chances, told, _restaged(request, plan.came_back))


def _chances(plan: CarePlan, progress: Progress) -> tuple[list[Chance], str]:
    """Return the chance to be found again by some years after treatment, for those who are well today."""
    if plan.came_back is not None:
        return [], say("no_number_back")
    if not may_count({"course": card_of(plan.course)}):
        return [], say("no_number")
    since = max(0.0, float((plan.today - plan.start).days))
    years = [year for year in HORIZONS if year * YEAR_DAYS > since + YEAR_DAYS / 2]
    if not years:
        return [], say("no_number")
    progress("solving the chance that it is found again")
    return _chances_by(plan, since, years), ""


def _chances_by(plan: CarePlan, since: float, years: list[int]) -> list[Chance]:
    import numpy as np

    from remnant.predict import solve

    times = [0.0, *([since] if since > 0 else []), *(year * YEAR_DAYS for year in years)]
    outcome = solve(plan.course.replace("years", float(years[-1])), times, DRAWS)
    first = len(times) - len(years) - 1
    drawn = outcome.drawn("recurrence_free") if outcome.draws else None
    found = []
    for i, year in enumerate(years, first + 1):
        share = 1 - float(outcome.recurrence_free[i] / outcome.recurrence_free[first])
        low = high = None
        if drawn is not None:
            low, high = (float(end) for end in np.quantile(1 - drawn[:, i] / drawn[:, first], [0.025, 0.975]))
        until = careplan.day_after(plan.start, 12.0 * year)
        found.append(Chance(share, low, high, max(plan.today, plan.start), until))
    return found


def _situation(plan: CarePlan) -> Situation:
    if plan.came_back is not None:
        return Situation("returned", plan.course.patient.age_years)
    old = (plan.age_years or 0) >= careplan.OLD_YEARS or plan.from_elsewhere
    return Situation("well", plan.course.patient.age_years, "", "none" if not plan.visits else "old" if old else "")


def _lines(country: str, disease: str) -> list[dict[str, Any]]:
    """Return a few lines of a country for people with this cancer: those first that are for it alone, or whose number is sure."""
    known = [one for one in services_in(country, LINES) if one.is_for(disease)] if country else []
    return [service_view(one) for one in sorted(known, key=lambda one: (not one.sure, one.id not in cancers_of()))[:MOST_LINES]]


def _guideline(plan: CarePlan) -> dict[str, Any]:
    assert plan.guideline is not None
    return _named(plan.guideline) | {
        "age_years": plan.age_years, "standing": plan.guideline.standing, "why": plan.guideline.why,
        "source": list(plan.guideline.source), "written_for_country": not plan.from_elsewhere,
    }  # fmt: skip


def _named(guideline: Any) -> dict[str, Any]:
    return {
        "id": guideline.id, "name": guideline.name, "body": guideline.body, "kind": guideline.kind, "year": guideline.year,
        "country": guideline.country, "country_name": country_name(guideline.country),
    }  # fmt: skip


def _series(one: Series) -> dict[str, Any]:
    return {
        "exams": list(one.exams), "what": exam_list(one.exams), "rhythm": rhythm(one), "months": list(one.months),
        "dates": [on.isoformat() for on in one.dates], "source": list(one.source), "standing": one.standing, "why": one.why,
        "note": person_note(one.why),
    }  # fmt: skip


def _exam(name: str, plan: CarePlan) -> dict[str, Any]:
    return view(text(f"exams/{name}"), plan.today) | {"id": name, "numbers": exam_numbers(catalogue.read("exams", name))}


def _symptoms(plan: CarePlan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"now": [], "soon": [], "next-visit": []}
    for one in plan.symptoms:
        if plan.course.disease.id == "rectum" or not one.text.startswith(RECTAL):
            found[one.urgency].append(one.text.removeprefix(RECTAL))
    return found


def _day(item: Item) -> date:
    """Return a day written as YYYY-MM-DD, in the years a plan can be for."""
    words = item.text()
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise InputError(item.path, "must be a day such as 2026-05-31", words) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InputError(item.path, f"must be from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}", words)
    return day


def _restaged(request: dict[str, Any], back: date | None) -> Stage | None:
    if "restaged" not in request:
        return None
    words = str(request["restaged"])
    stage = read_tnm(words)
    if stage is None or stage.prefix != "r":
        raise InputError("restaged", 'must be a T, N and M with the r of restaging, such as "rT0 N0 M1"', words)
    if back is None:
        raise InputError("restaged", "needs the day on which the cancer was found again", words, "add came_back")
    return stage
