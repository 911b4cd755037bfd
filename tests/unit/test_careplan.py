"""A plan is the guideline on dates: each visit of each file, no other, on the right day."""

from __future__ import annotations

import calendar
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant import catalogue
from remnant.careplan import choose_guideline, day_after, guidelines_for, make_plan, stage_names
from remnant.countries import read_country
from remnant.errors import InputError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "src/remnant/catalogue/data/guidelines").rglob("*.toml"))
START, TODAY = date(2026, 5, 31), date(2026, 11, 25)


def read(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def by_hand(start: date, months: float) -> date:
    """The same day of the month, or the last one of a shorter month; written without the program."""
    at = start.year * 12 + start.month - 1 + int(months)
    year, month = divmod(at, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def meant_for(stage: str, name: str) -> bool:
    return stage in ("any", name) or (name.startswith(stage) and name[len(stage) :][:1] in tuple("ABCD"))


def visits_by_hand(document: dict, names: tuple[str, ...], start: date) -> set[tuple[date, str]]:
    """What a guideline file asks of somebody whose stage has these names, read from the file itself."""
    due = set()
    for line in document.get("visit", []):
        if not any(meant_for(stage, name) for stage in line["stages"] for name in names):
            continue
        months = list(line.get("months", []))
        if "every_months" in line:
            at = line["from_months"] + line["every_months"]
            while at <= line["to_months"]:
                months.append(at)
                at += line["every_months"]
        due |= {(by_hand(start, m), exam) for m in months for exam in line["exams"]}
    return due


def courses_of(document: dict):
    """The course of each disease of a guideline, at each stage that both the file and the disease know."""
    for disease in document["diseases"]:
        course = catalogue.course(disease).replace("follow_up", document["id"])
        yield course
        for stage in sorted({stage for line in document.get("visit", []) for stage in line["stages"]} - {"any"}):
            try:
                staged = course.replace("patient.stage", stage)
                stage_names(staged)
            except InputError:
                continue
            yield staged


def planned(course, document: dict) -> set[tuple[date, str]]:
    plan = make_plan(course, START, TODAY, "")
    assert plan.guideline is not None and plan.guideline.id == document["id"]
    return {(visit.on, exam) for visit in plan.visits for exam in visit.exams}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_plan_equals_the_guideline_file(path):
    document = read(path)
    for course in courses_of(document):
        assert planned(course, document) == visits_by_hand(document, stage_names(course), START)


def test_enough_guidelines_were_compared_with_visits():
    documents = [read(path) for path in FILES]
    compared = [d["id"] for d in documents if any(visits_by_hand(d, stage_names(c), START) for c in courses_of(d))]
    assert len(compared) >= 40


@pytest.mark.parametrize("fault", ["a month late", "a visit less", "another exam", "the first one too"])
def test_a_plan_with_a_planted_fault_is_told_apart(fault):
    document = read(ROOT / "src/remnant/catalogue/data/guidelines/colon/nccn-2022.toml")
    course = next(courses_of(document))
    line = document["visit"][0]
    if fault == "a month late":
        line |= {"from_months": line["from_months"] + 1, "to_months": line["to_months"] + 1}
    elif fault == "a visit less":
        line["to_months"] -= line["every_months"]
    elif fault == "another exam":
        line["exams"] = ["history", "physical", "ca-19-9"]
    else:
        document["visit"].append({"stages": ["any"], "exams": line["exams"], "months": [0]})
    assert planned(course, document) != visits_by_hand(document, stage_names(course), START)


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.integers(0, 240), st.integers(0, 240))
def test_months_keep_the_day_or_end_with_the_month(start, months, more):
    on = day_after(start, months)
    assert on == by_hand(start, months)
    assert on.day == start.day or (on.day < start.day and (on + timedelta(days=1)).day == 1)
    assert day_after(start, months + more) >= on
    assert (on.year - start.year) * 12 + on.month - start.month == months


def test_a_leap_day_and_the_end_of_a_month():
    assert day_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert day_after(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert day_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert day_after(date(2026, 1, 1), 1.5) == date(2026, 2, 16)


def test_the_country_chooses_the_guideline_and_a_trial_never_does():
    course = catalogue.course("colon")
    assert choose_guideline(course, "GB")[0].id == "colon/nice-2022"
    assert choose_guideline(course, "JP")[0].id == "colon/jsccr-2022"
    assert choose_guideline(course, "US")[0].id == "colon/nccn-2022"
    assert choose_guideline(course, "FR")[0].id == "colon/esmo-2022"  # Europe's, where France has none
    assert choose_guideline(course, "NZ")[0].id == course.follow_up.id
    assert {one.kind for disease in catalogue.list_ids() for one in guidelines_for(disease)} == {"guideline", "local"}
    assert make_plan(course, START, TODAY, "NZ").from_elsewhere and not make_plan(course, START, TODAY, "FR").from_elsewhere


def test_a_schedule_that_is_no_guideline_says_so_by_its_kind():
    kinds = {read(path)["id"]: read(path).get("kind", "guideline") for path in FILES}
    for name, kind in kinds.items():
        said = read(catalogue_file(name))["name"].lower()
        assert (kind in ("trial", "cohort")) == ("not a guideline" in said), name


def catalogue_file(name: str) -> Path:
    return ROOT / "src/remnant/catalogue/data/guidelines" / f"{name}.toml"


def test_a_tnm_counts_as_its_own_group_and_no_wider():
    course = catalogue.course("breast/er-positive")
    assert "IIB" in stage_names(course) and "IB" not in stage_names(course)
    melanoma = catalogue.course("melanoma").replace("patient.stage", "T1a N0 M0")
    exams = {exam for visit in make_plan(melanoma, START, TODAY).visits for exam in visit.exams}
    assert exams == {"history", "physical"}


def test_a_plan_stops_when_it_has_come_back():
    back = date(2027, 6, 1)
    plan = make_plan(catalogue.course("colon"), START, TODAY, came_back=back)
    assert plan.visits and all(visit.on < back for visit in plan.visits)


def test_what_nobody_read_is_not_sure():
    plan = make_plan(catalogue.course("colon"), START, TODAY, "GB")
    assert {visit.sure for visit in plan.visits if "ct-chest-abdomen-pelvis" in visit.exams} == {False}
    assert {visit.sure for visit in plan.visits if visit.exams == ("cea",)} == {True}


@pytest.mark.parametrize(
    ("text", "code"),
    [("uk", "GB"), ("GB", "GB"), (" united  kingdom ", "GB"), ("Deutschland", "DE"), ("usa", "US")],
)
def test_a_country_is_known_by_any_of_its_names(text, code):
    assert read_country(text) == code


def test_an_unknown_country_gives_near_names():
    with pytest.raises(InputError, match="did you mean Germany"):
        read_country("germny")
    with pytest.raises(InputError, match="must be a country"):
        read_country("Atlantis")
