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
from remnant.outlook import FEWER, card_of
from remnant.report_course import course_sections, course_words
from remnant.sentences import may_count
from remnant.web.asking import ask, ask_within
from remnant.web.choices import WHO, Asked, chosen, disease_in, diseases, more_of, offered, one, read_asked, usual_words, who_in
from remnant.web.computing import Ask, Told
from remnant.web.limits import Fields, read_form
from remnant.web.outlook_shown import icons, left_rows, number_rows, standing, well_rows, where_rows, without_death
from remnant.web.render import download, page
from remnant.web.scenario import course_text, read_scenario

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]


@router.get("/outlook")
def gate() -> Response:
    """Ask first whom this fits, and offer not to look now."""
    return gate_page({})


@router.post("/outlook")
def form(fields: Form) -> Response:
    """The form of one disease."""
    behind_gate(fields)
    return example_form(fields)


@router.post("/outlook/load")
def load(request: Request, fields: Form) -> Response:
    """The form again, filled in from a file that was saved before."""
    behind_gate(fields)
    held, _ = ask(request, partial(read_scenario, one(fields, "file")))
    return example_form({"who": [who_in(fields)]} | held)


def gate_page(fields: Fields, **held: Any) -> Response:
    """Return the gate, with what is in the fields filled in."""
    picked = {"who": one(fields, "who", "learning"), "disease": one(fields, "disease")}
    return page("gate", "Before you look at an outlook", who=WHO, diseases=diseases(), picked=picked, here="/outlook", **held)


def behind_gate(fields: Fields) -> None:
    """Refuse who has not passed the gate.

    Raises
    ------
    InputError
        If it was not ticked.
    """
    if one(fields, "gate") != "yes":
        raise InputError("gate", "must be ticked before numbers are shown", "not ticked", 'or choose "not now"')


def example_form(fields: Fields, **more: Any) -> Response:
    """Return the form of one disease, with what is in the fields filled in."""
    disease = disease_in(fields)
    course = catalogue.course(disease)
    picked = {name: one(fields, name) for name in ("stage", "tnm", "age", "follow_up", "free", "beside", "treatment", "more")}
    held: dict[str, Any] = {"disease": disease, "usual": usual_words(course), "offers": offered(disease), "who": who_in(fields)}
    held |= {"picked": picked, "regimens": fields.get("regimen", []), "more": more_of(fields)}
    title = f"An example person: {course.disease.name}"
    return page("form", title, note=course.disease.note, here="/outlook", **held, **more)


@router.post("/outlook/answer")
def answer(request: Request, fields: Form) -> Response:
    """The outlook in words, circles, a curve and tables."""
    asked, who = read_asked(fields), who_in(fields)
    result, warnings = explained(request, fields, asked)
    held: dict[str, Any] = {"icons": [], "rows": [], "others": [], "left": [], "where": [], "curve": None, "tables": ()}
    if result["counts"]:
        told = result["outlook"]
        held = {
            "icons": icons(told), "rows": well_rows(told),
            "others": well_rows(told["against"]) if "against" in told else [],
            "left": left_rows(told), "where": where_rows(told),
            "curve": course_curve(result), "tables": without_death(course_sections(told)[0].tables),
        }  # fmt: skip
    lines = course_words(result["course"])
    other = dict(offered(asked.disease)["beside"])[one(fields, "beside")] if asked.beside else ""
    draws = result["outlook"]["made"]["draws"] if result["counts"] else FEWER[-1]
    kept = [(name, value) for name, values in fields.items() if name != "draws" for value in values] + [("draws", str(draws))]
    course = asked.course()
    numbers = number_rows(course)
    return page(
        "answer", f"Outlook: {result['course']['disease']}", result=result, who=who, lines=lines, other=other, kept=kept,
        taken=asked.taken, numbers=numbers, standing=standing(course.disease.id, numbers), draws=draws, warnings=warnings,
        here="/outlook", **held,
    )  # fmt: skip


@router.post("/outlook.json")
def as_json(request: Request, fields: Form) -> Response:
    """The same numbers for machines, as the command line prints them."""
    asked = read_asked(fields)
    refuse_what_is_not_known(asked)
    result, _ = explained(request, fields, asked)
    return download(json.dumps(result["outlook"], indent=1, allow_nan=False), "application/json", "outlook.json")


@router.post("/outlook.html")
def as_page(request: Request, fields: Form) -> Response:
    """The words and the curve as one file to keep, which needs no server."""
    result, _ = explained(request, fields, read_asked(fields))
    return download(explain_page(result), "text/html; charset=utf-8", "outlook.html")


@router.post("/outlook.toml")
def as_course(fields: Form) -> Response:
    """The example as a course file, which the command line takes in place of an id."""
    asked = read_asked(fields)
    card_of(asked.course())  # refuses what the file could not be read with
    return download(course_text(asked, fields), "application/toml", "example.toml")


def explained(request: Request, fields: Fields, asked: Asked) -> Told:
    """Return the words and numbers of an example, and warnings.

    A file holds as many draws as the page it was asked from; without a page, as many as there is time for.
    """
    draws = chosen(fields, "draws", [(str(draws), "") for draws in FEWER])
    if draws:
        return ask(request, partial(explain, request_of(asked, int(draws))), keep=True)

    def question(seconds: float) -> Ask:
        return partial(explain, request_of(asked, FEWER[0]) | {"seconds": seconds})

    return ask_within(request, question)


def refuse_what_is_not_known(asked: Asked) -> None:
    """Refuse a course of which no count may be told: files have the same gate as words.

    Raises
    ------
    InputError
        If too little is known of it, or the model failed on it.
    """
    if not may_count({"course": card_of(asked.course())}):
        raise InputError("disease", "must be one of which enough is known for a count", asked.disease)


def request_of(asked: Asked, draws: int) -> dict[str, Any]:
    """Return the question of `explain.explain` that a form asks."""
    request: dict[str, Any] = {"about": asked.disease, "set": asked.changes, "draws": draws}
    request |= {"since": asked.since} if asked.since else {}
    return request | ({"against_set": asked.changes | asked.beside} if asked.beside else {})
