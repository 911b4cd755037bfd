"""What `explain` answers as text for people, at a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

from remnant.explain_page import course_lead
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH
from remnant.texts.text import paragraphs

WIDTH = 96


def explain(result: dict[str, Any]) -> str:
    """Return the answer of `explain.explain` as text."""
    return {"topics": _topics, "topic": _topic, "course": _course}[result["kind"]](result)


def _topics(result: dict[str, Any]) -> str:
    widest = max(len(one["name"]) for one in result["topics"])
    lines = [f"  {one['name'].ljust(widest)}  {one['title']}" for one in result["topics"]]
    return "\n".join([phrase("page.topics", result["language"]), "", *lines, "", result["note"]])


def _topic(result: dict[str, Any]) -> str:
    language, control = result["language"], result["control"]
    picture = result["picture"]
    values = ", ".join(f"{value:g}" for value in control["values"])
    change = f"{control['label']} (--value {values} {control['unit']}; {phrase('page.now', language)} {control['value']:g})"
    words = [f"{one['term']}: {one['plain']}" for one in result["words"]]
    sources = [f"{one['id']} {', '.join(filter(None, (one['title'], one['link'])))}" for one in result["sources"]]
    reviewed = phrase("page.reviewed", language, day=result["reviewed"], next=result["next_review"])
    parts = [
        [result["title"].upper()], result["warnings"], _wrapped(result["simple"]), [picture["title"] + ":", *picture["text"]],
        _wrapped(f"{picture['caption']} {phrase('page.made-up', language)}"), [f"{phrase('page.change', language)}: {change}"],
        _headed("page.more", _wrapped(result["more"]), language), _headed("page.words", words, language),
        _headed("page.sources", [*sources, reviewed], language), [result["note"]],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts if part)


def _course(result: dict[str, Any]) -> str:
    language = result["language"]
    lead = course_lead(result)
    simple, more = (
        [line for one in result["sentences"] if one["layer"] == layer for line in _wrapped(one["text"])]
        for layer in ("simple", "more")
    )
    parts = [_wrapped(lead), simple, _headed("page.more", more, language)]
    if result["counts"]:
        widest = max(len(one["name"]) for one in result["topics"])
        told = "" if language == ENGLISH else f"--language {language} "
        rows = [f"  remnant explain {told}{one['name'].ljust(widest)}  {one['title']}" for one in result["topics"]]
        parts.append(_headed("page.read-on", rows, language))
    else:
        parts += [[one["title"].upper(), *_wrapped(one["simple"])] for one in result["topics"]]
    return "\n\n".join("\n".join(part) for part in [*parts, [result["note"]]] if part)


def _headed(name: str, lines: list[str], language: str) -> list[str]:
    return [phrase(name, language).upper(), *lines] if lines else []


def _wrapped(words: str) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs(words):
        lines += [*([""] if lines else []), *textwrap.wrap(paragraph, WIDTH)]
    return lines
