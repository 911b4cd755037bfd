"""Countries as people write them: two letters, a name, or another name; and where guidelines for Europe count."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from remnant.catalogue.evidence import data_folder
from remnant.description import nearest
from remnant.errors import InputError

WITH_THE = ("United ", "Netherlands")
"""How the names begin that have an article in a sentence."""
WORLD = {"XX": "worldwide", "INT": "several countries", "": "no country named"}


@dataclass(frozen=True)
class Country:
    """A country for which there is something to show."""

    code: str
    name: str
    also: tuple[str, ...]
    europe: bool


@cache
def countries() -> dict[str, Country]:
    """Return the countries known, by their two letters."""
    lines = (data_folder() / "countries.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {
        row["code"]: Country(row["code"], row["name"], tuple(filter(None, row["also"].split(", "))), row["europe"] == "yes")
        for row in rows
    }


def read_country(text: str) -> str:
    """Return the two letters of a country written in any of its ways.

    Raises
    ------
    InputError
        If nothing is known for it, with near names.
    """
    known = {name.casefold(): one.code for one in countries().values() for name in (one.code, one.name, *one.also)}
    wanted = " ".join(text.split())
    if wanted.casefold() in known:
        return known[wanted.casefold()]
    names = [name for one in countries().values() for name in (one.name, *one.also)]
    raise InputError("country", "must be a country for which something is known", text, nearest(wanted.title(), names))


def in_europe(code: str) -> bool:
    """Return whether guidelines written for Europe count in a country."""
    return code in countries() and countries()[code].europe


def in_words(code: str) -> str:
    """Return the name of a country as it stands in a sentence: the United States."""
    name = country_name(code)
    return f"the {name}" if name.startswith(WITH_THE) else name


def country_name(code: str) -> str:
    """Return the name of a country, or of the world."""
    return WORLD[code] if code in WORLD else countries()[code].name if code in countries() else code
