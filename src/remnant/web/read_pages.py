"""Pages to read, about nobody: the first page, topics, words, evidence, validation, the model card, and the program's health."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from remnant import catalogue
from remnant.browse import browse
from remnant.catalogue.evidence import evidence
from remnant.catalogue.published import targets
from remnant.catalogue.shelf import SHELVES
from remnant.errors import InputError
from remnant.explain import explain
from remnant.leaflet import Leaflet, part, view
from remnant.service import stamp
from remnant.texts import glossary, list_texts, phrase, text
from remnant.theory import laws
from remnant.topics import TOPICS
from remnant.validation import answer as validated
from remnant.web.asking import ask
from remnant.web.render import leaflet_page, page

router = APIRouter()
NOT_FOUND = 404


@router.get("/")
def first() -> Response:
    """What this is and is not, and two doors."""
    return page("first", "Why cancer can come back, and what can be known", here="/")


@router.get("/why")
def topics() -> Response:
    """The ten topics."""
    return page("topics", "Why it can come back", topics=explain({})["topics"], here="/why")


@router.get("/why/{name}")
def topic(request: Request, name: str, value: str = "") -> Response:
    """One topic with its picture for a value of its control."""
    if name not in TOPICS:
        raise HTTPException(NOT_FOUND)
    result, warnings = ask(request, partial(explain, {"about": name} | _value(value)), keep=True)
    order = list(TOPICS)
    after = order[order.index(name) + 1 :][:1]
    following = [(one, TOPICS[one].text().title) for one in after]
    return page(
        "topic", result["title"], topic=result, following=following, made_up=phrase("page.made-up"),
        warnings=(*result["warnings"], *warnings), here="/why",
    )  # fmt: skip


def _value(words: str) -> dict[str, float]:
    if not words:
        return {}
    try:
        return {"value": float(words)}
    except ValueError:
        raise InputError("value", "must be one of the numbers shown", words) from None


@router.get("/words")
def words() -> Response:
    """Every hard word with its meaning."""
    terms = sorted(glossary().items(), key=lambda one: one[1].term.casefold())
    return page("words", "Words", terms=terms, here="/words")


@router.get("/questions")
def questions() -> Response:
    """All lists of questions for a talk with the team, to print and tick."""
    from datetime import date

    parts = tuple(part(view(text(name), date.today()), tick=True) for name in list_texts("questions"))
    lead = ("Print this page, or copy what fits. Tick what you want to ask, and take it with you.",)
    return leaflet_page(Leaflet("Questions to ask", phrase("plan.draft"), lead, parts), here="/questions")


@router.get("/evidence")
def shelves() -> Response:
    """What the catalogue holds."""
    return page("shelves", "Evidence", held=browse(), here="/evidence")


@router.get("/evidence/{name:path}")
def entry(name: str) -> Response:
    """One shelf, one entry with its numbers and sources, or one evidence row."""
    known = name in SHELVES or name in evidence() or any(name in catalogue.list_ids(shelf) for shelf in SHELVES)
    if not known:
        raise HTTPException(NOT_FOUND)
    held = browse(name)
    title = f"Evidence row {name}" if "evidence" in held else held["course"]["disease"] if "course" in held else name
    return page("entry", title, held=held, lines=_lines(held.get("entry", {})), here="/evidence")


def _lines(at: Any, path: str = "") -> list[tuple[str, str]]:
    """Return an entry as lines of a path and what stands there."""
    if isinstance(at, dict):
        return [line for key, one in at.items() for line in _lines(one, f"{path}.{key}" if path else str(key))]
    if isinstance(at, list):
        if all(not isinstance(one, dict | list) for one in at):
            return [(path, ", ".join(str(one) for one in at))]
        return [line for i, one in enumerate(at, 1) for line in _lines(one, f"{path} {i}")]
    return [(path, str(at))]


@router.get("/validation")
def validation() -> Response:
    """For which diseases the model stands beside published results."""
    return page("validation_list", "Validation", diseases=browse()["diseases"], published=len(targets()), here="/validation")


@router.get("/validation/{name:path}")
def validation_of(request: Request, name: str) -> Response:
    """Published results of one disease beside the model's, the misses included."""
    if name not in catalogue.list_ids():
        raise HTTPException(NOT_FOUND)
    result, warnings = ask(request, partial(validated, name), keep=True)
    called = catalogue.Catalogue().disease(name).name
    return page("validation", f"Validation: {called}", result=result, warnings=warnings, here="/validation")


@router.get("/card")
def card() -> Response:
    """What the model is for, what it stands on, and where it fails."""
    held = browse()
    return page("card", "Model card", held=held, results=len(targets()), made=stamp(), here="/card")


@router.get("/health")
def health(request: Request) -> Response:
    """Whether the program computes outlooks that are known."""
    found, _ = ask(request, laws)
    rows = [{"what": one.what, "known": one.published, "computed": one.model, "agrees": one.agrees} for one in found]
    well = all(one.agrees for one in found)
    return JSONResponse({"well": well, "checked": rows, **stamp()}, 200 if well else 503)
