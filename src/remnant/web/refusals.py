"""What a form refuses, said at the field it is about, above the same form with what was written still in it.

Going back in the browser would not do: answers are not stored (`no-store`), so the browser has nothing to go back to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from remnant.errors import RemnantError
from remnant.web import care_pages, kept_pages, outlook_pages
from remnant.web.limits import Fields
from remnant.web.render import DOORS, page

SENTENCE = re.compile(r"`(?P<where>[^`]*)`: (?P<allowed>.*); came (?P<came>.*?)(?:; (?P<write>[^;]*))?", re.S)
"""How a refusal of this project is built."""
NOTHING = ("'nothing'", "''", "None", "'none ticked'", "'not ticked'")
FIELDS = {
    "disease": "Which cancer", "stage": "Stage at diagnosis", "tnm": "T, N and M", "age": "Age", "follow_up": "Follow-up",
    "free": "How long free so far", "beside": "Something else beside it", "start": "Day treatment ended", "country": "Country",
    "came_back": "Day it was found again", "kind": "How it is back", "near": "Town or postcode", "topic": "Topic",
    "words": "Your words", "about": "What it is about", "page": "On which page", "file": "The file", "unit": "Unit of the times",
}  # fmt: skip
"""What a field is called on its form."""
OTHERS = {
    "gate": ("gate", "The box to tick"), "treatment": ("t-treatment-", "Treatment"), "regimen": ("t-treatment-", "Treatment"),
    "who": ("", "For whom"),
}  # fmt: skip
"""The same of what is no single field: where it stands, and what it is called."""
SAME = {"patient.stage": "tnm", "patient.age_years": "age", "since": "free"}
"""Paths of a course that are another field of the form."""
Draw = Callable[..., Response]
AGAIN: dict[str, Draw] = {
    "/outlook": outlook_pages.gate_page, "/outlook/load": outlook_pages.gate_page,
    "/outlook/answer": outlook_pages.example_form, "/outlook.html": outlook_pages.example_form,
    "/outlook.toml": outlook_pages.example_form, "/plan": care_pages.choose_page, "/plan/answer": care_pages.plan_form,
    "/plan.html": care_pages.plan_form, "/plan.ics": care_pages.plan_form, "/returned": care_pages.returned_form,
    "/support": care_pages.support_form, "/feedback.txt": kept_pages.feedback_form,
    **{f"/self-check/{name}": kept_pages.check_again(name) for name in kept_pages.CHECKS},
}  # fmt: skip
"""Which form is drawn again, by where it is sent."""


@dataclass(frozen=True)
class Refused:
    """One refusal as a page says it."""

    called: str
    words: str
    field: str = ""
    """Id of the field on its form; empty where there is none."""


def refused_page(request: Request, error: RemnantError) -> Response:
    """Return the form again with what was not allowed above it; a page of its own where no form fits.

    Parameters
    ----------
    request : Request
        What was written stands in its state, where it could be read.
    error : RemnantError
    """
    said = refusal_words(str(error))
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    draw: Draw | None = AGAIN.get(request.url.path)
    fields: Fields | None = getattr(request.state, "fields", None)
    if draw is not None and fields is not None:
        try:
            return draw(fields, refused=said, status=status)
        except RemnantError:
            pass  # what is wrong is what the form itself is drawn from, such as the disease
    begin = "/" + request.url.path.split("/")[1].split(".")[0]
    held: dict[str, Any] = {"called": said.called, "words": said.words, "here": begin if begin in dict(DOORS) else ""}
    return page("refused", "Something here is not allowed", status=status, **held)


def refusal_words(sentence: str) -> Refused:
    """Return a refusal as a page says it: the name of the field, what is allowed, what was written, what to write."""
    words = " ".join(sentence.split())
    found = SENTENCE.fullmatch(words)
    if found is None:
        return Refused("Please look again", words)
    where = SAME.get(found["where"], found["where"])
    field, called = (f"f-{where}", FIELDS[where]) if where in FIELDS else OTHERS.get(where, ("", where))
    number = re.fullmatch(r"q(\d+)", where)
    field, called = (f"q{number[1]}-0", f"Question {number[1]}") if number else (field, called)
    came = "" if found["came"] in NOTHING else f" You wrote {found['came']}."
    write = found["write"] or ""
    write = "" if write.startswith("known are") else write  # they stand in the list of the form
    return Refused(called, f"{found['allowed']}.{came}{' ' if write else ''}{_sentence(write)}", field)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if not words or words[-1] in ".?!" else ".")
