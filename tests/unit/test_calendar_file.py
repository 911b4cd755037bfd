"""Calendar files read back by two programs: the days of the plan, whole days, and nothing that tells the illness."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import vobject
from dateutil.rrule import rrulestr

from remnant import catalogue, followup_plan
from remnant.calendar_file import Entry, calendar_text
from remnant.careplan import CarePlan, make_plan
from remnant.errors import InputError
from remnant.plan_words import calendar_entry, disease_words

TODAY, MADE = date(2026, 11, 25), datetime(2026, 11, 25, 9, tzinfo=UTC)
DRAFT = "Draft: your team's plan comes first."
# leap days, ends of months, the days on which clocks change in Europe and America, and an ordinary one
STARTS = [date(2024, 2, 29), date(2025, 8, 31), date(2025, 3, 30), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1),
          date(2023, 1, 30), date(2026, 5, 12)]  # fmt: skip
COURSES = ["colon", "breast/er-positive", "kidney", "osteosarcoma", "testis/non-seminoma", "bladder/non-muscle-invasive"]


def plan_of(course: str, start: date) -> CarePlan:
    return make_plan(catalogue.course(course), start, TODAY)


def text_of(plan: CarePlan, named: bool = False) -> bytes:
    return calendar_text(plan, "Follow-up plan", lambda series: calendar_entry(plan, series, named), MADE)


def by_icalendar(text: bytes) -> list[tuple[str, list[date]]]:
    found = []
    for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
        first = event["DTSTART"].dt
        assert type(first) is date and event["DTEND"].dt - first == timedelta(days=1)
        assert event["DTSTART"].params["VALUE"] == "DATE"
        days = [first]
        if "RRULE" in event:
            rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=datetime(first.year, first.month, first.day))
            days = [one.date() for one in rule]
        found.append((str(event["UID"]), days))
    return found


def by_vobject(text: bytes) -> list[tuple[str, list[date]]]:
    found = []
    for event in vobject.readOne(text.decode()).vevent_list:
        days = (
            [one.date() if isinstance(one, datetime) else one for one in event.getrruleset(addRDate=True)]
            if event.rruleset
            else []
        )
        found.append((event.uid.value, days or [event.dtstart.value]))
    return found


def due(plan: CarePlan) -> list[date]:
    return sorted(on for series in plan.series for on in series.dates)


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("course", COURSES)
def test_two_programs_read_back_the_days_of_the_plan(course, start):
    plan = plan_of(course, start)
    text = text_of(plan)
    for read in (by_icalendar, by_vobject):
        assert sorted(day for _, days in read(text) for day in days) == due(plan)


def test_an_even_series_repeats_and_an_uneven_one_is_written_day_by_day():
    even, uneven = text_of(plan_of("colon", date(2026, 5, 12))), text_of(plan_of("colon", date(2025, 8, 31)))
    assert b"RRULE:FREQ=MONTHLY" in even and b"RRULE" not in uneven
    # what a rule would make of the 31st: months that have none are left out, so it is told apart
    naive = rrulestr("FREQ=MONTHLY;INTERVAL=6;COUNT=4", dtstart=datetime(2026, 2, 28))
    assert [one.date() for one in naive] != list(plan_of("colon", date(2025, 8, 31)).series[0].dates)


def test_a_day_moved_would_be_seen():
    plan = plan_of("kidney", date(2026, 5, 12))
    text = text_of(plan)
    moved = text.replace(b"DTSTART;VALUE=DATE:20261112", b"DTSTART;VALUE=DATE:20261113")
    moved = moved.replace(b"DTEND;VALUE=DATE:20261113", b"DTEND;VALUE=DATE:20261114")
    assert moved != text
    assert sorted(day for _, days in by_icalendar(moved) for day in days) != due(plan)


def test_the_same_plan_has_the_same_ids_and_another_has_others():
    plan, later = plan_of("colon", date(2026, 5, 12)), plan_of("colon", date(2026, 5, 13))
    ids = [uid for uid, _ in by_icalendar(text_of(plan))]
    assert len(set(ids)) == len(ids)
    assert ids == [uid for uid, _ in by_icalendar(text_of(plan, named=True))]
    assert not set(ids) & {uid for uid, _ in by_icalendar(text_of(later))}


@pytest.mark.parametrize("course", catalogue.list_ids())
def test_no_entry_tells_the_illness_unless_that_was_ticked(course):
    plan = plan_of(course, date(2026, 5, 12))
    telling = re.compile(r"cancer|tumou?r|lymphom|leuk|melanom|sarcom|cea|psa|ca-?\d|mammo|breast|bowel|bladder|marrow|chemo")
    hidden, named = (said(text_of(plan, ticked)) for ticked in (False, True))
    assert telling.findall(hidden) == []
    if plan.series:
        assert disease_words(plan.course.disease.name).casefold() in named and telling.findall(named)


def said(text: bytes) -> str:
    calendar = icalendar.Calendar.from_ical(text)
    shown = [str(event[name]) for event in calendar.walk("VEVENT") for name in ("SUMMARY", "DESCRIPTION")]
    return " ".join([str(calendar["X-WR-CALNAME"]), *shown]).casefold()


@pytest.mark.parametrize("named", [False, True])
def test_every_entry_says_that_it_is_a_draft(named):
    events = icalendar.Calendar.from_ical(text_of(plan_of("colon", date(2026, 5, 12)), named)).walk("VEVENT")
    assert events
    for event in events:
        assert str(event["SUMMARY"]).startswith("Draft") and DRAFT in str(event["DESCRIPTION"])
        assert event["STATUS"] == "TENTATIVE" and event["CLASS"] == "PRIVATE"


def test_lines_are_folded_and_end_as_the_format_asks():
    text = text_of(plan_of("colon", date(2026, 5, 12)), named=True)
    lines = text.split(b"\r\n")
    assert text.endswith(b"\r\n") and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75


def test_words_with_signs_of_the_format_come_back_as_they_were():
    plan = plan_of("colon", date(2026, 5, 12))
    said = "a; b, c \\ d\nnext line"
    text = calendar_text(plan, "x", lambda _: Entry("Draft; x", said), MADE)
    assert {str(event["DESCRIPTION"]) for event in icalendar.Calendar.from_ical(text).walk("VEVENT")} == {said}


def test_a_plan_without_visits_makes_no_calendar():
    with pytest.raises(InputError, match="no visit is known"):
        followup_plan.calendar({"course": "glioblastoma", "start": "2026-05-12"})
