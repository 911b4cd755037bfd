"""What `explain` answers as one self-contained page: words first, hard words explained, a picture to change without scripts."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.report import Figure
from remnant.report_course import course_words, disease_name
from remnant.report_outlook import DAYS_PER_YEAR
from remnant.sentences import time_words
from remnant.service import facts_of
from remnant.svg import DARK, LIGHT, Axes, Line, colours, line_chart, style
from remnant.texts.glossary import Piece, glossary, linked
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH
from remnant.texts.text import paragraphs
from remnant.topics import TOPICS

Page = dict[str, Any]


def explain_page(result: dict[str, Any]) -> str:
    """Return the answer of `explain.explain` as one HTML file that asks nothing of the network.

    Parameters
    ----------
    result : dict
        Of kind topic or course.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("remnant"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    look = {"light": colours(LIGHT), "dark": colours(DARK), "style": style(), "research_only": result["note"]}
    page = _topic(result) if result["kind"] == "topic" else _course(result)
    return environment.get_template("explain.html.j2").render(**look, **_headings(result["language"]), **page)


def _headings(language: str) -> Page:
    names = {
        "more_heading": "more", "words_heading": "words", "sources_heading": "sources", "numbers": "numbers", "change": "change",
        "made_up": "made-up",
    }  # fmt: skip
    return {key: phrase(f"page.{name}", language) for key, name in names.items()} | {"language": language}


def _topic(result: dict[str, Any]) -> Page:
    language = result["language"]
    simple, met = _linked(result["simple"], language, frozenset())
    more, _ = _linked(result["more"], language, met)
    control = result["control"]
    gaps = {"day": result["reviewed"], "next": result["next_review"]}
    return {
        "title": result["title"], "warnings": result["warnings"], "simple": simple, "more": more, "words": result["words"],
        "pictures": [_shown(result, i) for i in range(len(control["values"]))], "control": control["label"],
        "figures": (), "topics": (), "reviewed": phrase("page.reviewed", language, **gaps),
        "facts": [(one["id"], ", ".join(filter(None, (one["title"], one["link"])))) for one in result["sources"]],
    }  # fmt: skip


def _shown(result: dict[str, Any], at: int) -> Page:
    value = result["control"]["values"][at]
    picture = TOPICS[result["name"]].picture(value, result["language"])
    headings, rows = picture.table()
    return {
        "value": result["control"]["shown"][at], "chosen": value == result["control"]["value"],
        "svg": picture.svg(), "caption": picture.caption(),
        "headings": headings, "rows": rows,
    }  # fmt: skip


def _course(result: dict[str, Any]) -> Page:
    language = result["language"]
    lead = course_lead(result)
    said = {layer: [one["text"] for one in result["sentences"] if one["layer"] == layer] for layer in ("simple", "more")}
    simple, met = _linked("\n\n".join(said["simple"]), language, frozenset())
    more, met = _linked("\n\n".join(said["more"]), language, met)
    topics = []
    for one in result["topics"]:
        parts, met = _linked(one["simple"], language, met)
        topics.append({"name": one["name"], "title": one["title"], "parts": parts})
    entries = glossary(language)
    return {
        "title": disease_name(result["course"], language), "warnings": (), "simple": [[Piece(lead)], *simple],
        "more": more if said["more"] else (),
        "words": [{"id": name, "term": entries[name].term, "plain": entries[name].plain} for name in entries if name in met],
        "pictures": (), "control": "", "figures": [course_curve(result)] if result["counts"] else [], "topics": topics,
        "reviewed": "", "facts": facts_of(result["provenance"]),
    }  # fmt: skip


def course_lead(result: dict[str, Any]) -> str:
    """Return which course is spoken of, or which two."""
    language = result["language"]
    first, *more = course_words(result["course"], language)
    lead = f"{phrase('page.course', language)}: {first}"
    if "against" in result:
        lead += f" {phrase('page.second-course', language)}: {course_words(result['against'], language)[0]}"
    return " ".join([lead, *more]) if language != ENGLISH else lead


def course_curve(result: dict[str, Any]) -> Figure:
    """Return how many are still well over time, of those well at the time asked, with the range; on two courses, both."""
    held, language = result["outlook"], result["language"]
    since = held.get("given_free", {}).get("since", 0.0)
    times = np.array(held["times"], dtype=float)
    years = times[times >= since - 0.5] / DAYS_PER_YEAR
    if "against" in held:
        pair = ("page.well-first", held), ("page.well-second", held["against"])
        lines = [_well_line(phrase(name, language), one, since, times) for name, one in pair]
    else:
        lines = [_well_line(phrase("page.well", language), held, since, times)]
    start = phrase("time.treatment" if result["course"]["surgery"] is None else "time.operation", language)
    title = phrase("page.curve", language, start=start)
    axes = Axes(
        title,
        phrase("page.years-after", language, start=start),
        phrase("page.of-100", language),
        (float(years[0]), float(years[-1])),
    )
    caption = phrase("page.curve-range", language, span=time_words(float(times[-1] - since), language, ahead=True))
    return Figure(line_chart(axes, lines), f"{title}. {caption}")


def _well_line(label: str, held: dict[str, Any], since: float, times: np.ndarray) -> Line:
    given = held["given_free"] if since > 0 else {"recurrence_free": held["recurrence_free"]} | held["band"]["recurrence_free"]
    shown = times >= since - 0.5
    free, low, high = (np.array(given[key], dtype=float)[shown] for key in ("recurrence_free", "low", "high"))
    return Line(label, times[shown] / DAYS_PER_YEAR, free, low=low, high=high)


def _linked(words: str, language: str, met: frozenset[str]) -> tuple[list[list[Piece]], frozenset[str]]:
    """Return paragraphs in pieces, with each hard word marked where the page uses it first, and what was met by then."""
    parts = []
    for paragraph in paragraphs(words):
        pieces = linked(paragraph, language, met)
        met |= {piece.term for piece in pieces if piece.term}
        parts.append(pieces)
    return parts, met
