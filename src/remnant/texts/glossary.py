"""Hard words in one plain sentence each, and where in a text each is used first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field

from remnant.description import Description, Id
from remnant.errors import InputError
from remnant.texts.store import ENGLISH, document


class Term(Description):
    """A word people meet, and what it means."""

    id: Id
    term: str
    forms: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ways it is written in texts, in lower case: remission, remissions."""
    plain: str
    """One plain sentence."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `term` is the id of a glossary entry where the stretch is its first use."""

    words: str
    term: str = ""


@cache
def glossary(language: str = ENGLISH) -> dict[str, Term]:
    """Return the glossary of a language by id.

    Raises
    ------
    InputError
        If an entry is not allowed or two share a way of writing.
    """
    where = f"texts/{language}/glossary.toml"
    terms: dict[str, Term] = {}
    forms: dict[str, str] = {}
    for name, entry in document("glossary", language).items():
        term = Term.read({"id": name, **entry}, f"{where}: {name}")
        for form in term.forms:
            if form in forms:
                raise InputError(f"{where}: {name}.forms", f"must not repeat one of {forms[form]}", form)
            forms[form] = name
        terms[name] = term
    return terms


def linked(words: str, language: str = ENGLISH, known: frozenset[str] = frozenset()) -> list[Piece]:
    """Return a text in pieces, with each hard word marked where it is used first.

    Parameters
    ----------
    words : str
        Plain text; the pieces joined give it back letter by letter.
    language : str
        Code of the language.
    known : frozenset of str
        Ids of terms that were met before and are not marked again.

    Returns
    -------
    list of Piece
    """
    met, pieces, at = set(known), [], 0
    for found in _pattern(language).finditer(words):
        term = _by_form(language)[found[0].lower()]
        if term in met:
            continue
        met.add(term)
        pieces += [Piece(words[at : found.start()]), Piece(found[0], term)]
        at = found.end()
    return [piece for piece in (*pieces, Piece(words[at:])) if piece.words]


@cache
def _by_form(language: str) -> dict[str, str]:
    return {form: term.id for term in glossary(language).values() for form in term.forms}


@cache
def _pattern(language: str) -> re.Pattern[str]:
    longest_first = sorted(_by_form(language), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)
