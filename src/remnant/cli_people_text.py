"""Answers for people as text: the follow-up plan, what it means when it has come back, and support."""

from __future__ import annotations

import textwrap
from typing import Any

from remnant.leaflet import sources_line
from remnant.plan_page import line_notes, sentence
from remnant.support import grouped, how_far
from remnant.texts import phrase

WIDTH = 100
KEEP: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
"""Addresses stay whole."""
ASPECTS = ("harms", "what it asks", "daily life")


def plan(result: dict[str, Any]) -> str:
    """Return the answer of `followup_plan.answer` as text."""
    lines = [result["draft"], "", f"Follow-up plan after {result['called']}{_stage(result['stage'])}", ""]
    lines += [_wrapped(note) for note in result["notes"]] + [""]
    if result["visits"]:
        lines += [*_visits(result["visits"]), ""]
        noted = line_notes(result)
        lines += [phrase("plan.lines"), *_points(list(noted)), ""] if noted else []
        for one in result["exams"]:
            lines += [one["title"], *_points([*one["simple"], *one["points"], *one["numbers"]]), ""]
    if result["not_done"]:
        lines += [_wrapped(phrase("plan.not_done", exams=result["not_done"])), ""]
    lines += _signs(result)
    lines += _text(result["texts"]["who-to-call"])
    lines += [line for one in result["lines"] for line in _points([f"{one['name']}: {one['call']}"])]
    lines += [""] + [line for one in result["questions"] for line in _text(one)]
    told = [result["texts"][name] for name in ("what-to-watch-for", "call-at-once", "who-to-call")]
    return "\n".join([*lines, *_standing([*told, *result["exams"], *result["questions"]]), result["note"]])


def returned(result: dict[str, Any]) -> str:
    """Return the answer of `returned.returned` as text."""
    lines = [result["emergency"], "", *map(_wrapped, result["naming"]), ""]
    for one in result["texts"]:
        lines += _text(one)
    lines += ["Choices side by side; they are not ranked", ""]
    for one in result["options"]:
        lines += [f"{one['title']} ({', '.join(one['aims'])})", *_points([one["simple"], *one["found"]])]
        lines += [
            *_points(
                [f"{name}: {words}" for name, words in zip(("harms", "what it asks", "daily life"), one["points"], strict=True)]
            ),
            "",
        ]
    for one in result["questions"]:
        lines += _text(one)
    return "\n".join([*lines, *_standing([*result["texts"], *result["questions"]]), result["note"]])


def support(result: dict[str, Any]) -> str:
    """Return the answer of `support.support` as text."""
    lines = [result["emergency"], ""]
    for one in result["texts"]:
        lines += _text(one)
    for one in result["check"]:
        lines += _check(one)
    if result["near"]:
        lines += [
            result["near"]["says"],
            *_points([f"{one['name']}, {how_far(one['km'])}: {one['call']}" for one in result["near"]["services"]]),
            "",
        ]
    for kind, called in result["kinds"].items():
        listed = grouped([one for one in result["services"] if one["kind"] == kind])
        found = [f"{one['name']}: {one['call']}{_hours(one)}" for one in listed]
        lines += [called, *_points(found), ""] if found else []
    if not result["topic"]:
        lines += ["Topics", *(f"  {one['id']:<22} {one['title']}" for one in result["topics"]), ""]
    return "\n".join([*lines, *map(_wrapped, result["notes"]), "", *_standing(result["texts"]), result["note"]])


def _visits(visits: list[dict[str, Any]]) -> list[str]:
    width = max(len(one["day"]) for one in visits)
    rows = [(one["day"], f"month {one['months']:g}{', past' if one['past'] else ''}", one) for one in visits]
    shown = [(f"{day:<{width}}  {when:<16}  ", f"{one['what']}{'' if one['read'] else ' *'}") for day, when, one in rows]
    return [textwrap.fill(what, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), **KEEP) for lead, what in shown]


def _stage(name: str) -> str:
    """Return a stage after a comma; nothing for the name of a group that is a word of this catalogue."""
    return "" if name[:1].islower() else f", stage {name}"


def _signs(result: dict[str, Any]) -> list[str]:
    own = result["symptoms"]
    watch, once = result["texts"]["what-to-watch-for"], result["texts"]["call-at-once"]
    soon = [sentence(one) for one in [*own["soon"], *own["next-visit"]]] or watch["points"]
    lines = [watch["title"], *map(_wrapped, watch["simple"]), *_points(soon), ""]
    return [
        *lines,
        once["title"],
        *map(_wrapped, once["simple"]),
        *_points([*once["points"], *map(sentence, own["now"]), result["emergency"]]),
        "",
    ]


def _text(one: dict[str, Any]) -> list[str]:
    return [one["title"], *map(_wrapped, one["simple"]), *_points(one["points"]), ""]


def _standing(texts: list[dict[str, Any]]) -> list[str]:
    """Return what the texts above stand on, once each, below all of them: long addresses are hard to read past."""
    lines = [f"{one['title']}: {sources_line(one).removeprefix('Stands on: ')}" for one in texts]
    return [phrase("page.sources"), *_points(list(dict.fromkeys(lines))), ""] if lines else []


def _check(one: dict[str, Any]) -> list[str]:
    heading = f"A check for {one['about']} ({one['name']})"
    credit = _wrapped(one["credit"])
    if one["result"]:
        return [heading, *map(_wrapped, one["result"]["says"]), credit, ""]
    choices = "; ".join(f"{i} {choice.lower()}" for i, choice in enumerate(one["choices"]))
    items = [_wrapped(f"{i}. {item}") for i, item in enumerate(one["items"], 1)]
    means = [phrase("support.check_limit", limit=one["call_from"])]
    means += [phrase("support.check_item", item=item) for item in one["same_day_items"]]
    adding = f"To add up here: remnant support --check {one['id']} --answers 0,1,... (or --answers - and type them)"
    return [heading, one["how"], one["stem"], choices, *items, *map(_wrapped, [*means, adding]), credit, ""]


def _hours(one: dict[str, Any]) -> str:
    return f"; {one['hours']}" if one["hours"] else ""


def _points(points: list[str]) -> list[str]:
    return [textwrap.fill(point, WIDTH, initial_indent="  - ", subsequent_indent="    ", **KEEP) for point in points]


def _wrapped(words: str) -> str:
    return textwrap.fill(words, WIDTH, **KEEP)
