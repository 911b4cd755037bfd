"""Explains in plain words: why cancer can come back, by topic, and what is known of one course of care."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from remnant import catalogue
from remnant.catalogue.everyday import meant
from remnant.catalogue.evidence import evidence
from remnant.course import Course
from remnant.course_file import asked_course
from remnant.errors import InputError
from remnant.outlook import DRAWS, MOST_DRAWS, card_of, outlook
from remnant.quantity import YEAR_DAYS
from remnant.reading import Item
from remnant.sentences import explain_outlook, may_count
from remnant.service import plain, stamp
from remnant.texts.glossary import glossary, linked
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH, LANGUAGES, behind
from remnant.texts.text import Text, overdue
from remnant.topics import TOPICS, topic

LEAST_DRAWS = 20
"""A count is never told without its range, and fewer draws make none that can be trusted."""
OF_TOPICS = ("value", "language")
OF_COURSES = ("since", "years", "set", "against", "against_set", "draws", "seconds", "death", "language")
Progress = Callable[[str], None]


def explain(request: dict[str, Any], progress: Progress = lambda _: None) -> dict[str, Any]:
    """Answer a question about why cancer can come back.

    Parameters
    ----------
    request : dict
        `about`: a topic, a course (an id of the catalogue or a TOML file), or nothing for the list of topics. `language`.
        With a topic: `value` of its control. With a course: `since`, `years`, `set`, `against`, `against_set` and `draws` as in
        `outlook.outlook`; `death`, whether other causes of death are told as well.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `kind` is topics, topic or course. A topic: its words in two layers, `picture`, `control`, `words` (hard words), `sources`
        and when it was looked at. A course: `sentences`, the `topics` that fit it, and the `outlook` the sentences come from.

    Raises
    ------
    InputError
        If something in the request is not allowed; for an unknown topic or course, with near names.
    """
    asked = Item("", request).mapping((), ("about", *OF_TOPICS, *OF_COURSES))
    language = asked["language"].text(tuple(LANGUAGES)) if "language" in asked else ENGLISH
    if "about" not in asked:
        return _topics(language)
    name = asked["about"].text()
    if name in TOPICS:
        _refuse_others(asked, OF_TOPICS, "is for a course, not for a topic")
        value = asked["value"].number() if "value" in asked else None
        return explain_topic(name, value, language)
    if not name.endswith(".toml") and name not in catalogue.list_ids():
        known = [*TOPICS, *catalogue.list_ids()]
        raise InputError("about", f"no topic and no course is called {name!r}", name, meant(name, known))
    _refuse_others(asked, OF_COURSES, "is for a topic, not for a course")
    return _course(name, language, asked, progress)


def explain_topic(name: str, value: float | None = None, language: str = ENGLISH, today: date | None = None) -> dict[str, Any]:
    """Return a topic: its words, its picture for a value of its control, its hard words and what it stands on."""
    one = topic(name)
    held, picture = one.text(language), one.picture(value, language)
    words = held.picture
    assert words is not None
    headings, rows = picture.table()
    shown = {
        "title": words.title, "caption": picture.caption(), "svg": picture.svg(), "text": picture.text(),
        "table": {"headings": headings, "rows": rows},
    }  # fmt: skip
    control = {
        "name": one.control.name, "label": words.control, "unit": words.unit, "value": picture.value,
        "values": one.control.values, "shown": [words.with_unit(value) for value in one.control.values],
    }  # fmt: skip
    return plain(
        {"kind": "topic", "name": name, "language": language, "title": held.title, "simple": held.simple, "more": held.more}
        | {"picture": shown, "control": control, "words": hard_words(held, language)}
        | _standing(held, language, today or datetime.now(UTC).date()) | {"provenance": stamp(topic=name, engine="exact")}
        | {"note": phrase("page.research-only", language)}
    )  # fmt: skip


def hard_words(held: Text, language: str = ENGLISH) -> list[dict[str, str]]:
    """Return the glossary entries a text uses, in the order in which they are met."""
    met = [piece.term for piece in linked("\n".join(held.layers.values()), language) if piece.term]
    return [{"id": name, "term": glossary(language)[name].term, "plain": glossary(language)[name].plain} for name in met]


def topics_for(course: Course) -> list[str]:
    """Return the topics that fit a course, in the order in which they are best read."""
    disease, regimens = course.disease, course.regimen.values()
    fits = {
        "hidden-spread": any(place.kind in ("regional", "distant") for place in disease.places.values()),
        "sleeping-cells": disease.dormancy is not None and disease.dormancy.ratio.size > 0,
        "why-cycles": any(one.give for one in regimens),
        "radiotherapy": any(one.irradiate for one in regimens),
        "hold-or-kill": any(one.take for one in regimens),
        "resistance": bool(disease.escapes),
    }
    return [name for name in TOPICS if fits.get(name, True)]


def _topics(language: str) -> dict[str, Any]:
    rows = [{"name": name, "title": one.text(language).title} for name, one in TOPICS.items()]
    return {"kind": "topics", "language": language, "topics": rows, "note": phrase("page.research-only", language)}


def _course(name: str, language: str, asked: dict[str, Item], progress: Progress) -> dict[str, Any]:
    request = {key: one.value for key, one in asked.items() if key not in ("about", "language", "death")} | {"course": name}
    draws = asked["draws"].whole(LEAST_DRAWS, MOST_DRAWS) if "draws" in asked else DRAWS
    death = asked["death"].flag() if "death" in asked else False
    course = asked_course(asked | {"course": asked["about"]})
    _refuse_too_long(asked, course)
    result: dict[str, Any] = {"course": card_of(course)}
    if may_count(result):
        result = outlook(request | {"draws": draws, "ahead": True}, progress)
        if "against" in result and not may_count(result["against"]):
            allowed = "must be a course of a disease of which enough is known for a count"
            raise InputError("against", allowed, result["against"]["course"]["id"])
    said = explain_outlook(result, language, death=death)
    texts = {one: TOPICS[one].text(language) for one in topics_for(course)}
    topics = [{"name": one, "title": held.title, "simple": held.simple} for one, held in texts.items()]
    return plain(
        {"kind": "course", "language": language, "course": result["course"], "counts": may_count(result)}
        | {"sentences": [{"name": one.name, "layer": one.layer, "text": one.text} for one in said], "topics": topics}
        | ({"against": result["against"]["course"]} if "against" in result else {})
        | ({"outlook": result} if may_count(result) else {})
        | {"provenance": result.get("provenance") or stamp(course=name), "note": phrase("page.research-only", language)}
    )  # fmt: skip


def _refuse_too_long(asked: dict[str, Item], course: Course) -> None:
    """Refuse a time free so far after which nothing is looked at, in years as people write it."""
    years = asked["years"].number() if "years" in asked else course.years
    since = asked["since"].number() if "since" in asked else 0.0
    if since >= years * YEAR_DAYS:
        allowed = f"must be less than the {years:g} years that are looked at"
        raise InputError("since", allowed, f"{since / YEAR_DAYS:g} years", "look further with years, or ask for less")


def _standing(held: Text, language: str, today: date) -> dict[str, Any]:
    """Return what a text stands on, when it was looked at, and whether that is too long ago or behind the English text."""
    rows = [evidence()[name] for name in held.source]
    sources = [
        {"id": ", ".join(row.id for row in rows if row.source == title), "title": title, "link": link}
        for title, link in {row.source: row.link for row in rows}.items()
    ]
    sources += [{"id": link.seen.isoformat(), "title": link.title, "link": link.url} for link in held.links]
    warnings = [phrase("page.overdue", language, day=held.next_review.isoformat())] if overdue(held, today) else []
    warnings += [phrase("page.behind", language)] if behind(held) else []
    return {
        "phases": held.phases, "audience": held.audience, "sources": sources, "reviewed": held.reviewed.isoformat(),
        "next_review": held.next_review.isoformat(), "warnings": warnings,
    }  # fmt: skip


def _refuse_others(asked: dict[str, Item], allowed: tuple[str, ...], why: str) -> None:
    for key in asked:
        if key not in ("about", *allowed):
            raise InputError(key, why, asked[key].value, "leave it out")
