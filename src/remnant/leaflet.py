"""What people take away: texts as plain data, and a self-contained page to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from remnant.catalogue.evidence import row_of
from remnant.report import RESEARCH_ONLY
from remnant.texts import Piece, Text, glossary, linked, overdue, phrase

ADDRESS = re.compile(r"(https?://[^\s;,)]+)")


@dataclass(frozen=True)
class Grid:
    """A table for people: the first cell of a row names it. A row is grey where it is past."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    grey: frozenset[int] = frozenset()
    shape: str = ""
    """"wide" where there is much in each cell, "dates" where the first cell is a day; empty for neither."""


@dataclass(frozen=True)
class Part:
    """One part of a page: first what is simple, then a list, a table, and more behind a fold."""

    heading: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    grid: Grid | None = None
    after: tuple[str, ...] = ()
    """Sentences below the table."""
    more: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    """Sources and reviews."""
    tick: bool = False
    """Whether the points are to be ticked off by hand."""
    lines: int = 0
    """Empty lines to write on."""


@dataclass(frozen=True)
class Leaflet:
    """A page to print. The banner stands at the top, and on paper on every page."""

    title: str
    banner: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...]
    emergency: str = ""


def view(text: Text, today: date) -> dict[str, Any]:
    """Return a text as plain data: its layers in paragraphs, what it stands on and whether its review is overdue."""
    sources = [{"id": name, "title": row_of(name).source, "link": row_of(name).link} for name in text.source]
    sources += [{"id": "", "title": link.title, "link": link.url} for link in text.links]
    return {
        "id": text.id, "title": text.title, "simple": paragraphs(text.simple), "more": paragraphs(text.more),
        "points": list(text.points), "sources": sources, "reviewed": text.reviewed.isoformat(),
        "next_review": text.next_review.isoformat(), "overdue": overdue(text, today),
    }  # fmt: skip


def paragraphs(words: str) -> list[str]:
    """Return a text cut at its empty lines, each paragraph on one line."""
    return [" ".join(part.split()) for part in words.split("\n\n") if part.strip()]


def part(seen: dict[str, Any], *, tick: bool = False, lines: int = 0) -> Part:
    """Return a text seen by `view` as a part of a page."""
    small = (sources_line(seen),)
    return Part(
        seen["title"], tuple(seen["simple"]), tuple(seen["points"]), more=tuple(seen["more"]), small=small, tick=tick, lines=lines
    )


def sources_line(seen: dict[str, Any]) -> str:
    """Return what a text stands on and when it was looked at, in one line."""
    named = "; ".join(
        dict.fromkeys(f"{one['title']} ({one['link']})" if one["link"] else one["title"] for one in seen["sources"])
    )
    line = f"Stands on: {named}. Looked at {seen['reviewed']}, next look by {seen['next_review']}."
    return line + (" " + phrase("page.overdue", day=seen["next_review"]) if seen["overdue"] else "")


def page(leaflet: Leaflet) -> str:
    """Return the page as one HTML file that asks nothing of the network, with hard words linked to their meaning."""
    body, words = inside(leaflet)
    held = {"leaflet": leaflet, "research_only": RESEARCH_ONLY, "body": body, "words": words}
    return _environment().get_template("leaflet.html.j2").render(**held)


def inside(leaflet: Leaflet) -> tuple[str, str]:
    """Return what stands on the page, as HTML without a frame, and the hard words it uses."""
    environment, marked = _environment(), _Marked()
    environment.filters["pieces"] = marked.pieces
    body = environment.get_template("leaflet_body.html.j2").render(leaflet=leaflet)
    return body, environment.get_template("leaflet_words.html.j2").render(terms=marked.terms())


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("remnant"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


class _Marked:
    """Marks each hard word where a page uses it first, and remembers which were met; addresses are links."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def pieces(self, words: str) -> list[Piece]:
        found: list[Piece] = []
        for stretch in ADDRESS.split(words):
            new = [Piece(stretch)] if ADDRESS.fullmatch(stretch) else linked(stretch, known=frozenset(self.met))
            self.met |= {piece.term for piece in new if piece.term}
            found += new
        return found

    def terms(self) -> list[Any]:
        return [term for name, term in glossary().items() if name in self.met]
