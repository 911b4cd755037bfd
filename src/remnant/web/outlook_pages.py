"""The outlook of a described example person: a gate, a form, and a layered answer."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from remnant import catalogue
from remnant.errors import InputError
from remnant.explain import explain
from remnant.explain_page import course_curve, explain_page
from remnant.outlook import card_of, outlook
from remnant.report_course import course_sections, course_words
from remnant.sentences import may_count
from remnant.web.choices import WHO, Asked, disease_in, diseases, offered, one, read_asked, usual_words, who_in
from remnant.web.limits import Fields, read_form
from remnant.web.outlook_shown import icons, left_rows, number_rows, well_rows, where_rows
from remnant.web.render import download, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
DRAWS = 100
"""Behind the range: enough for whole people of 100, and quick. Told on the page."""


@router.get("/outlook")
def gate() -> Response:
    """Ask first whom this fits, and offer not to look now."""
    return page("gate", "Before you look at an outlook", who=WHO, diseases=diseases(), here="/outlook")


@router.post("/outlook")
def form(fields: Form) -> Response:
    """The form of one disease."""
    if one(fields, "gate") != "yes":
        raise InputError("gate", "must be ticked before numbers are shown", "not ticked", 'or choose "not now"')
    disease = disease_in(fields)
    course = catalogue.course(disease)
    held: dict[str, Any] = {"disease": disease, "usual": usual_words(course), "offers": offered(disease), "who": who_in(fields)}
    return page("form", f"An example person: {course.disease.name}", note=course.disease.note, here="/outlook", **held)


@router.post("/outlook/answer")
def answer(request: Request, fields: Form) -> Response:
    """The outlook in words, circles, a curve and tables."""
    asked, who = read_asked(fields), who_in(fields)
    result, warnings = request.app.state.work.do(partial(explain, request_of(asked)))
    held: dict[str, Any] = {"icons": [], "rows": [], "left": [], "where": [], "curve": None, "tables": ()}
    if result["counts"]:
        told = result["outlook"]
        held = {
            "icons": icons(told), "rows": well_rows(told), "left": left_rows(told), "where": where_rows(told),
            "curve": course_curve(result), "tables": course_sections(told)[0].tables,
        }  # fmt: skip
    lines = course_words(result["course"])
    other = course_words(result["against"])[0] if "against" in result else ""
    kept = [(name, value) for name, values in fields.items() for value in values]
    course = catalogue.course(asked.disease).replace_all(asked.changes)
    return page(
        "answer", f"Outlook: {result['course']['disease']}", result=result, who=who, lines=lines, other=other, kept=kept,
        taken=asked.taken, numbers=number_rows(course), draws=DRAWS, warnings=warnings, here="/outlook", **held,
    )  # fmt: skip


@router.post("/outlook.json")
def as_json(request: Request, fields: Form) -> Response:
    """The same numbers for machines, as the command line prints them."""
    asked = request_of(read_asked(fields))
    refuse_what_is_not_known(asked)
    named = {key: value for key, value in asked.items() if key != "about"} | {"course": asked["about"], "ahead": True}
    result, _ = request.app.state.work.do(partial(outlook, named))
    return download(json.dumps(result, indent=1, allow_nan=False), "application/json", "outlook.json")


@router.post("/outlook.html")
def as_page(request: Request, fields: Form) -> Response:
    """The words and the curve as one file to keep, which needs no server."""
    result, _ = request.app.state.work.do(partial(explain, request_of(read_asked(fields))))
    return download(explain_page(result), "text/html; charset=utf-8", "outlook.html")


@router.post("/outlook.toml")
def as_course(fields: Form) -> Response:
    """The example as a course file, which the command line takes in place of an id."""
    asked = read_asked(fields)
    card_of(catalogue.course(asked.disease).replace_all(asked.changes))  # refuses what the file could not be read with
    return download(course_text(asked), "application/toml", "example.toml")


def course_text(asked: Asked) -> str:
    """Return an example as a course file: what it starts from, and what was said."""
    # JSON writes strings, numbers and lists of strings as TOML does
    lines = [f"{json.dumps(path)} = {json.dumps(value)}" for path, value in asked.changes.items()]
    return "\n".join([f"start = {json.dumps(asked.disease)}", "", "[set]", *lines, ""])


def refuse_what_is_not_known(request: dict[str, Any]) -> None:
    """Refuse a course of which no count may be told: files have the same gate as words.

    Raises
    ------
    InputError
        If too little is known of it, or the model failed on it.
    """
    course = catalogue.course(request["about"]).replace_all(request["set"])
    if not may_count({"course": card_of(course)}):
        raise InputError("disease", "must be one of which enough is known for a count", request["about"])


def request_of(asked: Asked) -> dict[str, Any]:
    """Return the question of `explain.explain` that a form asks."""
    request: dict[str, Any] = {"about": asked.disease, "set": asked.changes, "draws": DRAWS}
    request |= {"since": asked.since} if asked.since else {}
    return request | ({"against_set": asked.changes | asked.beside} if asked.beside else {})
