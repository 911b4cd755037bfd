"""Follow-up plans with their files, what it means when it has come back, and support."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from remnant import catalogue, followup_plan
from remnant.plan_page import plan_leaflet, plan_page
from remnant.returned import KINDS, returned, returned_leaflet
from remnant.support import support, support_leaflet, topics
from remnant.web.asking import ask
from remnant.web.choices import chosen, country_choices, disease_in, diseases, offered, one, read_asked, usual_words
from remnant.web.limits import Fields, read_form
from remnant.web.render import download, leaflet_page, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
KIND_WORDS = {
    "local": "in the same place", "regional": "in lymph nodes or tissue close by", "distant": "in other places",
    "systemic": "in blood, marrow or lymph", "second-primary": "a new, different cancer",
}  # fmt: skip
OF_PLAN = ("start", "country", "came_back", "name_diagnosis")
"""Fields of the form of a plan beside those about the person."""
PHASE_WORDS = {
    "just-diagnosed": "You have just been told", "in-treatment": "You are in treatment",
    "well": "Treatment is over and you are well", "returned": "It has come back", "limits-life": "It limits life",
}  # fmt: skip
"""Where a person may be, as the page of support calls it."""
CALENDAR, FHIR = "text/calendar; charset=utf-8", "application/fhir+json"


@router.get("/plan")
def choose() -> Response:
    """Which disease."""
    return choose_page({})


def choose_page(fields: Fields, **held: Any) -> Response:
    """Return the form that asks which disease."""
    picked = one(fields, "disease")
    return page("plan_choose", "A draft of a follow-up plan", diseases=diseases(), picked=picked, here="/plan", **held)


@router.post("/plan")
def form(fields: Form) -> Response:
    """The form of one disease; what an outlook already asked is filled in."""
    return plan_form(fields)


def plan_form(fields: Fields, **more: Any) -> Response:
    """Return the form of one disease, with what is in the fields filled in."""
    disease = disease_in(fields)
    course = catalogue.course(disease)
    held: dict[str, Any] = {"called": course.disease.name, "usual": usual_words(course), "offers": offered(disease)}
    picked = {name: one(fields, name) for name in ("stage", "tnm", "age", "follow_up", *OF_PLAN)}
    title = f"Follow-up plan: {course.disease.name}"
    return page("plan_form", title, disease=disease, picked=picked, here="/plan", **held, **more)


@router.post("/plan/answer")
def plan(request: Request, fields: Form) -> Response:
    """The plan as a page to print, with its files."""
    result, warnings = ask(request, partial(followup_plan.answer, _plan_request(fields)))
    kept = [(name, value) for name, values in fields.items() for value in values]
    leaflet = plan_leaflet(result, _named(fields))
    return leaflet_page(leaflet, kept=kept, has_visits=bool(result["visits"]), warnings=warnings, here="/plan")


@router.post("/plan.ics")
def calendar(request: Request, fields: Form) -> Response:
    """The plan as a calendar file, which names no illness unless that was ticked."""
    made, _ = ask(request, partial(followup_plan.calendar, _plan_request(fields), _named(fields)))
    return download(made, CALENDAR, "plan.ics")


@router.post("/plan.fhir.json")
def fhir(request: Request, fields: Form) -> Response:
    """The plan as a FHIR R4 Bundle."""
    made, _ = ask(request, partial(followup_plan.fhir_bundle, _plan_request(fields)))
    return download(json.dumps(made, indent=1, ensure_ascii=False), FHIR, "plan.fhir.json")


@router.post("/plan.html")
def plan_file(request: Request, fields: Form) -> Response:
    """The plan as one file to keep and print, which needs no server."""
    result, _ = ask(request, partial(followup_plan.answer, _plan_request(fields)))
    return download(plan_page(result, _named(fields)), "text/html; charset=utf-8", "plan.html")


@router.get("/returned")
def back_form() -> Response:
    """Which disease, and how it is back."""
    return returned_form({})


def returned_form(fields: Fields, **held: Any) -> Response:
    """Return the form, with what is in the fields filled in."""
    picked = {name: one(fields, name) for name in ("disease", "kind", "age", "limits_life")}
    title = "If it comes back"
    return page("returned_form", title, diseases=diseases(), kinds=_kinds(), picked=picked, here="/returned", **held)


@router.post("/returned")
def back(request: Request, fields: Form) -> Response:
    """What it is called, the choices side by side, and questions."""
    asked = read_asked(fields)
    wanted: dict[str, Any] = {"course": asked.disease, "set": asked.changes, "limits_life": one(fields, "limits_life") == "yes"}
    kind = chosen(fields, "kind", _kinds())
    result, warnings = ask(request, partial(returned, wanted | ({"kind": kind} if kind else {})))
    return leaflet_page(returned_leaflet(result), warnings=warnings, here="/returned")


@router.get("/support")
def support_list() -> Response:
    """The topics of support, and a form for who helps where."""
    return support_form({})


def support_form(fields: Fields, **more: Any) -> Response:
    """Return the topics and the form, with what is in the fields filled in."""
    held = support({}) | {"countries": country_choices()}
    phases = [(words, support({"phase": phase})["topics"]) for phase, words in PHASE_WORDS.items()]
    picked = {name: one(fields, name) for name in ("topic", "country", "near")}
    shown = {name: held[name] for name in ("topics", "emergency", "countries")}
    return page("support_form", "Support", picked=picked, phases=phases, here="/support", **shown, **more)


@router.get("/support/{topic}")
def support_topic(topic: str) -> Response:
    """One topic of support, to read and print."""
    if topic not in topics():
        raise HTTPException(404)
    return leaflet_page(support_leaflet(support({"topic": topic})), places=places({"topic": [topic]}), here="/support")


@router.post("/support")
def support_near(request: Request, fields: Form) -> Response:
    """Who helps in a country and near a place."""
    wanted = {name: words for name in ("topic", "country", "near") if (words := one(fields, name))}
    result, warnings = ask(request, partial(support, wanted))
    return leaflet_page(support_leaflet(result), places=places(fields), warnings=warnings, here="/support")


def places(fields: Fields) -> dict[str, Any]:
    """Return what the form below a page of support holds: the same topic, for another country or town."""
    held = {"action": "/support", "hidden": [("topic", one(fields, "topic"))], "countries": country_choices()}
    return held | {name: one(fields, name) for name in ("country", "near")}


def _kinds() -> list[tuple[str, str]]:
    return [(kind, KIND_WORDS[kind]) for kind in KINDS]


def _plan_request(fields: Fields) -> dict[str, Any]:
    asked = read_asked(fields)
    request: dict[str, Any] = {"course": asked.disease, "start": one(fields, "start"), "set": asked.changes}
    optional = {name: words for name in ("country", "came_back", "restaged") if (words := one(fields, name))}
    return request | optional


def _named(fields: Fields) -> bool:
    return one(fields, "name_diagnosis") == "yes"
