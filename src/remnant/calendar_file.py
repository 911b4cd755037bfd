"""A follow-up plan as an iCalendar file: whole days, nothing that tells the illness unless that was asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from icalendar import Calendar, Event

from remnant.careplan import CarePlan, Series, day_after

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/remnant/follow-up-plan")
MOST_EVEN_DAY = 28
"""Every month has a day 28: from a later day on, a monthly rule of a calendar skips short months, so single days are written."""
FEWEST_REPEATED = 3


@dataclass(frozen=True)
class Entry:
    """What one calendar entry says."""

    summary: str
    description: str


def calendar_text(plan: CarePlan, name: str, words: Callable[[Series], Entry], made: datetime) -> bytes:
    """Return a plan as the text of an iCalendar file.

    Parameters
    ----------
    plan : CarePlan
        Its series become entries: one that repeats where the day exists in every month, else one for each date.
    name : str
        Name of the calendar.
    words : callable
        Gives summary and description of the entries of a series.
    made : datetime
        When the plan was made, in UTC.

    Returns
    -------
    bytes
        Lines end as RFC 5545 asks. The same plan gives the same UIDs, so that a second import replaces the first.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//remnant//follow-up plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for at, series in enumerate(plan.series):
        for event in _events(plan, at, series, words(series), made):
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(plan: CarePlan, at: int, series: Series, entry: Entry, made: datetime) -> Iterator[Event]:
    if _repeats_evenly(plan.start, series):
        rule = {"freq": "monthly", "interval": int(series.every_months or 0), "count": len(series.dates)}
        yield _event(entry, series.dates[0], _uid(plan, at, "rule"), made, rule)
        return
    for months, on in zip(series.months, series.dates, strict=True):
        yield _event(entry, on, _uid(plan, at, f"{months:g}"), made)


def _event(entry: Entry, on: date, uid: str, made: datetime, rule: dict[str, object] | None = None) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made.astimezone(UTC))
    # a date without a time is a whole day wherever it is read, on days when clocks change as well
    event.add("dtstart", on)
    event.add("dtend", date.fromordinal(on.toordinal() + 1))
    if rule is not None:
        event.add("rrule", rule)
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("class", "PRIVATE")
    event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    return event


def _repeats_evenly(start: date, series: Series) -> bool:
    """Return whether a monthly rule of a calendar gives the very dates of a series."""
    every = series.every_months
    if every is None or every != int(every) or len(series.dates) < FEWEST_REPEATED or series.dates[0].day > MOST_EVEN_DAY:
        return False
    return (
        series.dates == tuple(day_after(series.dates[0], every * i) for i in range(len(series.dates)))
        and start.day <= MOST_EVEN_DAY
    )


def _uid(plan: CarePlan, at: int, which: str) -> str:
    what = (plan.course.id, plan.guideline.id if plan.guideline else "", plan.start.isoformat(), *plan.groups, str(at), which)
    return f"{uuid.uuid5(NAMESPACE, '|'.join(what))}@remnant"
