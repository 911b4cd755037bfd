"""A course as people ask for it: an id of the catalogue or a TOML file, with changes by path, and times in plain words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from remnant import catalogue
from remnant.course import Course
from remnant.errors import InputError
from remnant.files import read_toml
from remnant.quantity import MONTH_DAYS, YEAR_DAYS
from remnant.reading import Item, dotted

SPAN = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>y|years?|m|months?|w|weeks?|d|days?)?\s*")
COURSE_KEYS = ("start", "set", "page")
SPAN_DAYS = {"y": YEAR_DAYS, "m": MONTH_DAYS, "w": 7.0, "d": 1.0}


def read_course(name: str) -> Course:
    """Return a course by its catalogue id, or from a TOML file with `start` (an id) and `[set]` (path = value).

    A table `[page]`, in which the page in a browser notes what was asked of the course, is left to it.

    Raises
    ------
    InputError
        If there is no such entry or file, or something in the file is not allowed.
    """
    if not name.endswith(".toml"):
        return catalogue.course(name)
    document = read_toml(name)
    for key in document:
        if key not in COURSE_KEYS:
            raise InputError(f"{name}: {key}", f"unknown key; allowed are {', '.join(COURSE_KEYS)}", document[key])
    if not isinstance(document.get("start"), str):
        raise InputError(f"{name}: start", "must be an id of the catalogue", document.get("start"), 'such as start = "colon"')
    changes = document.get("set", {})
    if not isinstance(changes, dict):
        raise InputError(f"{name}: set", 'must be a table such as [set] with "patient.stage" = "III"', changes)
    return catalogue.course(document["start"]).replace_all(dotted(changes))


def asked_course(asked: Mapping[str, Item]) -> Course:
    """Return the course of a request: its `course`, changed by its `set` where there is one."""
    return read_course(asked["course"].text()).replace_all(asked_changes(asked, "set"))


def asked_changes(asked: Mapping[str, Item], key: str) -> dict[str, Any]:
    """Return changes by path from a request; none where it has no such key.

    Raises
    ------
    InputError
        If it is not a mapping.
    """
    if key not in asked:
        return {}
    if not isinstance(asked[key].value, Mapping):
        raise InputError(key, "must be a mapping of paths to values", asked[key].value)
    return dict(asked[key].value)


def read_changes(texts: Iterable[str]) -> dict[str, Any]:
    """Return changes from texts such as "patient.stage=T2 N1 M0" or "regimen=[]"; values are TOML, else plain text.

    Raises
    ------
    InputError
        If a text has no `=`.
    """
    changes = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise InputError("--set", "must be path=value, such as patient.stage=III", text)
        changes[path.strip()] = _value(value.strip())
    return changes


def read_span(text: str, where: str) -> float:
    """Return days from a text such as "3y", "18 months" or "400d"; a bare number is years.

    Raises
    ------
    InputError
        If it is written otherwise.
    """
    found = SPAN.fullmatch(text)
    if found is None:
        raise InputError(where, "must be a time such as 3y, 18m or 400d", text)
    return float(found["number"]) * SPAN_DAYS[(found["unit"] or "y")[0]]


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
