"""What a person fills in and keeps: the self-check, in the page and on paper, and feedback as a file one may choose to send."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from remnant.errors import InputError
from remnant.selfcheck import SelfCheck, self_checks
from remnant.service import stamp
from remnant.support import support, support_leaflet
from remnant.web.asking import ask
from remnant.web.choices import chosen, country_choices, one
from remnant.web.limits import Fields, read_form
from remnant.web.render import DOORS, download, leaflet_page, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
CHECKS = tuple(self_checks())
ABOUT = (
    ("wrong", "something is wrong"), ("unclear", "something is hard to understand"), ("hurts", "something hurts to read"),
    ("missing", "something is missing"), ("good", "something helped"),
)  # fmt: skip


@router.get("/self-check/{name}")
def check_form(name: str) -> Response:
    """One check, to answer here or on paper."""
    return check_page(name, {})


def check_page(name: str, fields: Fields, **more: Any) -> Response:
    """Return one check, with what is in the fields filled in."""
    held: dict[str, Any] = {"form": _check(name), "countries": country_choices(), "emergency": support({})["emergency"]}
    picked = {key: values[0] for key, values in fields.items()}
    return page("self_check", f"A check for yourself: {held['form'].about}", picked=picked, here="/support", **held, **more)


def check_again(name: str) -> Callable[..., Response]:
    """Return what draws one check again."""
    return partial(check_page, name)


@router.post("/self-check/{name}")
def check_answer(request: Request, name: str, fields: Form) -> Response:
    """What the answers add up to, and who helps; nothing is kept."""
    form = _check(name)
    choices = [(str(i), words) for i, words in enumerate(form.choices)]
    answers = []
    for number, item in enumerate(form.items, 1):
        words = chosen(fields, f"q{number}", choices)
        if not words:
            raise InputError(f"q{number}", "needs an answer", "nothing", f'to "{item}"')
        answers.append(int(words))
    wanted: dict[str, Any] = {"topic": "self-check", "check": form.id, "answers": answers}
    country = one(fields, "country")
    result, warnings = ask(request, partial(support, wanted | ({"country": country} if country else {})))
    # to be told who helps elsewhere, the same answers go along: they are kept nowhere else
    kept = [(f"q{number}", str(answer)) for number, answer in enumerate(answers, 1)]
    places = {
        "action": f"/self-check/{form.id}",
        "hidden": kept,
        "countries": country_choices(),
        "country": country,
        "near": None,
    }
    return leaflet_page(support_leaflet(result), places=places, warnings=warnings, here="/support")


@router.get("/feedback")
def feedback() -> Response:
    """A form whose file the person may send, or not."""
    return feedback_form({})


def feedback_form(fields: Fields, **held: Any) -> Response:
    """Return the form, with what is in the fields filled in."""
    picked = {name: one(fields, name) for name in ("about", "page", "words")}
    return page("feedback", "Tell us what is wrong or missing", about=ABOUT, pages=DOORS, picked=picked, **held)


@router.post("/feedback.txt")
def feedback_file(fields: Form) -> Response:
    """What was written, as a file; it is not sent anywhere."""
    about, where = chosen(fields, "about", list(ABOUT)), chosen(fields, "page", list(DOORS))
    words = "\n".join(one(fields, "words").split("\r\n")).strip()
    if not words:
        raise InputError("words", "must say something", "nothing", "or leave it")
    made = stamp()
    lines = [
        f"{made['program']} {made['version']}",
        f"about: {dict(ABOUT).get(about, 'not said')}",
        f"page: {where or 'not said'}",
    ]
    return download("\n".join([*lines, "", words, ""]), "text/plain; charset=utf-8", "feedback.txt")


def _check(name: str) -> SelfCheck:
    if name not in self_checks():
        raise HTTPException(404)
    return self_checks()[name]
