"""Follow-up plans with their files, what it means when it has come back, and support."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from remnant import catalogue, followup_plan
from remnant.countries import countries
from remnant.plan_page import plan_leaflet, plan_page
from remnant.returned import KINDS, returned, returned_leaflet
from remnant.support import support, support_leaflet, topics
from remnant.web.asking import ask
from remnant.web.choices import chosen, disease_in, diseases, offered, one, read_asked, usual_words
from remnant.web.limits import Fields, read_form
from remnant.web.render import download, leaflet_page, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
KIND_WORDS = {
    "local": "in the same place", "regional": "in lymph nodes or tissue close by", "distant": "in other places",
    "systemic": "in blood, marrow or lymph", "second-primary": "a new, different cancer",
}  # fmt: skip
CALENDAR, FHIR = "text/calendar; charset=utf-8", "application/fhir+json"


@router.get("/plan")
def choose() -> Response:
    """Which disease."""
    return page("plan_choose", "A draft of a follow-up plan", diseases=diseases(), here="/plan")


@router.post("/plan")
def form(fields: Form) -> Response:
    """The form of one disease; what an outlook already asked is filled in."""
    disease = disease_in(fields)
    course = catalogue.course(disease)
    held: dict[str, Any] = {"called": course.disease.name, "usual": usual_words(course), "offers": offered(disease)}
    picked = {name: one(fields, name) for name in ("stage", "tnm", "age", "follow_up")}
    return page("plan_form", f"Follow-up plan: {course.disease.name}", disease=disease, picked=picked, here="/plan", **held)


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
    return page("returned_form", "If it comes back", diseases=diseases(), kinds=_kinds(), here="/returned")


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
    held = {"topics": support({})["topics"], "countries": [(code, one.name) for code, one in countries().items()]}
    return page("support_form", "Support", emergency=support({})["emergency"], here="/support", **held)


@router.get("/support/{topic}")
def support_topic(topic: str) -> Response:
    """One topic of support, to read and print."""
    if topic not in topics():
        raise HTTPException(404)
    return leaflet_page(support_leaflet(support({"topic": topic})), here="/support")


@router.post("/support")
def support_near(request: Request, fields: Form) -> Response:
    """Who helps in a country and near a place."""
    wanted = {name: words for name in ("topic", "country", "near") if (words := one(fields, name))}
    result, warnings = ask(request, partial(support, wanted))
    return leaflet_page(support_leaflet(result), warnings=warnings, here="/support")


def _kinds() -> list[tuple[str, str]]:
    return [(kind, KIND_WORDS[kind]) for kind in KINDS]


def _plan_request(fields: Fields) -> dict[str, Any]:
    asked = read_asked(fields)
    request: dict[str, Any] = {"course": asked.disease, "start": one(fields, "start"), "set": asked.changes}
    optional = {name: words for name in ("country", "came_back", "restaged") if (words := one(fields, name))}
    return request | optional


def _named(fields: Fields) -> bool:
    return one(fields, "name_diagnosis") == "yes"
