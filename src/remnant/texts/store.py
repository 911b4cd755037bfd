"""Reads the texts: one TOML file each, in a folder for each shelf, in a folder for each language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from remnant.catalogue.evidence import row_of
from remnant.description import nearest
from remnant.errors import InputError
from remnant.texts.text import Text

ENGLISH = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages there are texts in, by their code; English has them all, others have what was translated."""


def text(name: str, language: str = ENGLISH) -> Text:
    """Return one text.

    Parameters
    ----------
    name : str
        Shelf and name, such as "topics/sleeping-cells".
    language : str
        Code of the language, such as "en".

    Raises
    ------
    InputError
        If nothing is called so in that language, with near names.
    """
    known = texts(language)
    if name not in known:
        raise InputError("text", f"none is called {name!r} in {LANGUAGES[language]}", name, nearest(name, known))
    return known[name]


def list_texts(shelf: str = "", language: str = ENGLISH) -> list[str]:
    """Return the ids of the texts on a shelf, or of all of them."""
    return [name for name in texts(language) if not shelf or name.startswith(shelf + "/")]


@cache
def texts(language: str = ENGLISH) -> dict[str, Text]:
    """Return every text of a language by id.

    Raises
    ------
    InputError
        If there is no such language, or a file is not allowed: names file and path.
    """
    found: dict[str, Text] = {}
    for shelf in sorted((one for one in folder(language).iterdir() if one.is_dir()), key=lambda one: one.name):
        for file in sorted(shelf.iterdir(), key=lambda one: one.name):
            if file.name.endswith(".toml"):
                name = f"{shelf.name}/{file.name[:-5]}"
                found[name] = _read(file, f"texts/{language}/{name}.toml", name)
    return found


@cache
def document(name: str, language: str = ENGLISH) -> dict[str, Any]:
    """Return a data file that stands beside the shelves, such as "glossary", as plain data.

    Raises
    ------
    InputError
        If it is not there or is not TOML.
    """
    file = folder(language) / f"{name}.toml"
    if not file.is_file():
        raise InputError("language", f"has no {name}", language)
    return parse(file, f"texts/{language}/{name}.toml")


def folder(language: str) -> Traversable:
    """Return the folder of a language.

    Raises
    ------
    InputError
        If there are no texts in it.
    """
    if language not in LANGUAGES:
        raise InputError("language", f"must be one of {', '.join(LANGUAGES)}", language)
    return resources.files("remnant") / "texts" / "data" / language


def parse(file: Traversable, where: str) -> dict[str, Any]:
    """Return a TOML file as plain data."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, "must be TOML", str(error)) from None


def behind(one: Text) -> bool:
    """Return whether a translation was last looked at before the English text was."""
    original = texts(ENGLISH).get(one.id)
    return original is not None and one.reviewed < original.reviewed


def passages(language: str = ENGLISH) -> list[tuple[str, str, str]]:
    """Return all prose of a language as (where it stands, "simple" or "more", words): what the checks of plain words read."""
    from remnant.texts.glossary import glossary

    found = [(name, layer, words) for name, one in texts(language).items() for layer, words in one.layers.items()]
    found += [(name, "simple", one.picture.caption) for name, one in texts(language).items() if one.picture]
    return found + [(f"glossary: {term.id}", "more", term.plain) for term in glossary(language).values()]


def _read(file: Traversable, where: str, name: str) -> Text:
    one = Text.read(parse(file, where), where)
    if one.id != name:
        raise InputError(f"{where}: id", f"must be the name of the file, {name}", one.id)
    for source in one.source:
        row_of(source)
    return one
