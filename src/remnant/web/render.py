"""Templates to pages, in one house style."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse, Response

from remnant.leaflet import Leaflet, inside, paragraphs
from remnant.report import RESEARCH_ONLY
from remnant.svg import DARK, LIGHT, colours, style
from remnant.texts import phrase
from remnant.texts.glossary import Piece, linked

DOORS = (
    ("/why", "Why it can come back"), ("/outlook", "See an outlook"), ("/plan", "Follow-up plan"),
    ("/returned", "If it comes back"), ("/questions", "Questions"), ("/support", "Support"), ("/words", "Words"),
    ("/evidence", "Evidence"), ("/validation", "Validation"), ("/card", "Model card"), ("/lab", "For researchers"),
)  # fmt: skip
"""What stands at the head of every page, in this order."""


def page(template: str, title: str, *, status: int = 200, **held: Any) -> HTMLResponse:
    """Return a page of the house.

    Parameters
    ----------
    template : str
        Name of a file in templates/web, without its ending.
    title : str
        Stands in the window and as the first heading.
    status : int
        Of HTTP.
    **held
        What the template shows; all of it is escaped.
    """
    shown = {
        "title": title,
        "doors": DOORS,
        "research_only": RESEARCH_ONLY,
        "warnings": (),
        "here": "",
        "draft": phrase("plan.draft"),
    } | held
    return HTMLResponse(environment().get_template(f"web/{template}.html.j2").render(**shown), status)


def leaflet_page(leaflet: Leaflet, **held: Any) -> HTMLResponse:
    """Return a page to print in the house's frame."""
    body, words = inside(leaflet)
    return page("leaflet", leaflet.title, body=body, words=words, banner=leaflet.banner, **held)


def download(made: str | bytes, kind: str, name: str) -> Response:
    """Return a file to keep."""
    return Response(made, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def look() -> Response:
    """Return the one stylesheet."""
    css = (
        environment()
        .get_template("web/look.css.j2")
        .render(
            light=colours(LIGHT),
            dark=colours(DARK),
            style=style(),
            research_only=RESEARCH_ONLY,
            draft=phrase("plan.draft"),
            emergency=phrase("support.emergency"),
        )
    )
    return Response(css, media_type="text/css")


@cache
def environment() -> Any:
    """Return the place of the templates."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("remnant"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["prose"] = prose
    return made


def prose(words: str) -> list[list[Piece]]:
    """Return a text in paragraphs and these in pieces, each hard word marked where it is used first."""
    met: frozenset[str] = frozenset()
    parts = []
    for one in paragraphs(words):
        pieces = linked(one, known=met)
        met |= {piece.term for piece in pieces if piece.term}
        parts.append(pieces)
    return parts
