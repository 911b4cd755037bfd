"""What a person fills in and keeps: the self-check, in the page and on paper, and feedback as a file one may choose to send."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from remnant.countries import countries
from remnant.errors import InputError
from remnant.selfcheck import SelfCheck, self_checks
from remnant.service import stamp
from remnant.support import support, support_leaflet
from remnant.web.asking import ask
from remnant.web.choices import chosen, one
from remnant.web.limits import Fields, read_form
from remnant.web.render import DOORS, download, leaflet_page, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
ABOUT = (
    ("wrong", "something is wrong"), ("unclear", "something is hard to understand"), ("hurts", "something hurts to read"),
    ("missing", "something is missing"), ("good", "something helped"),
)  # fmt: skip


@router.get("/self-check/{name}")
def check_form(name: str) -> Response:
    """One check, to answer here or on paper."""
    held: dict[str, Any] = {"form": _check(name), "countries": [(code, one.name) for code, one in countries().items()]}
    held |= {"emergency": support({})["emergency"], "here": "/support"}
    return page("self_check", f"A check for yourself: {held['form'].about}", **held)


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
    return leaflet_page(support_leaflet(result), warnings=warnings, here="/support")


@router.get("/feedback")
def feedback() -> Response:
    """A form whose file the person may send, or not."""
    return page("feedback", "Tell us what is wrong or missing", about=ABOUT, pages=DOORS)


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
