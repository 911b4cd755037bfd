"""An example as a small file: written for the person to keep, and read again into the fields of the form."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from remnant import catalogue
from remnant.course import NOTHING
from remnant.course_file import COURSE_KEYS
from remnant.description import nearest
from remnant.errors import InputError
from remnant.outlook import card_of
from remnant.reading import dotted
from remnant.web.choices import OWN, Asked, offered
from remnant.web.limits import Fields

ON_PAGE = ("free", "beside", "who")
"""What is asked of an example, beside what it is."""
NAME = "the file"


def course_text(asked: Asked, fields: Fields) -> str:
    """Return an example as a course file: what it starts from, what was said, and what was asked of it."""
    # JSON writes strings, numbers and lists of strings as TOML does
    lines = [f"{json.dumps(path)} = {json.dumps(value)}" for path, value in asked.changes.items()]
    page = [f"{name} = {json.dumps(fields[name][0])}" for name in ON_PAGE if fields.get(name, [""])[0]]
    return "\n".join([f"start = {json.dumps(asked.disease)}", "", "[set]", *lines, *(["", "[page]", *page] if page else []), ""])


def read_scenario(text: str) -> Fields:
    """Return the fields of the form from a course file; what the form has no field for comes in `more`.

    Raises
    ------
    InputError
        If it is not TOML, starts from no course of the catalogue, or sets what a course does not have.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(NAME, "must be TOML, as this page writes it", type(error).__name__) from None
    for key in document:
        if key not in COURSE_KEYS:
            raise InputError(f"{NAME}: {key}", f"unknown key; allowed are {', '.join(COURSE_KEYS)}", document[key])
    start, held, page = document.get("start"), document.get("set", {}), document.get("page", {})
    if start not in catalogue.list_ids():
        near = nearest(str(start), catalogue.list_ids())
        raise InputError(f"{NAME}: start", "must be an id of the catalogue", start, near)
    if not isinstance(held, dict) or not isinstance(page, dict):
        raise InputError(NAME, "must have tables for set and page", held)
    try:
        changes = dotted(held)
    except RecursionError:
        raise InputError(f"{NAME}: set", "must not be nested so deeply", "thousands of tables in one another") from None
    course = catalogue.course(start).replace_all(changes)
    card_of(course)  # refuses a stage that is none
    fields, more = _fields(start, changes)
    for name in page:
        if name not in ON_PAGE or not isinstance(page[name], str):
            raise InputError(f"{NAME}: page.{name}", f"must be one of {', '.join(ON_PAGE)}, as text", page[name])
    fields |= {name: [page[name]] for name in ON_PAGE if name in page}
    return fields | ({"more": [_as_json(more)]} if more else {})


def _fields(start: str, changes: dict[str, Any]) -> tuple[Fields, dict[str, Any]]:
    offers, more = offered(start), dict(changes)
    fields: Fields = {"disease": [start]}
    stage = more.get("patient.stage")
    if isinstance(stage, str):
        fields["stage" if stage in dict(offers["stages"]) else "tnm"] = [stage]
        del more["patient.stage"]
    age = more.get("patient.age_years")
    if isinstance(age, int | float) and not isinstance(age, bool):
        fields["age"] = [f"{age:.12g}"]
        del more["patient.age_years"]
    if more.get("follow_up") in dict(offers["plans"]):
        fields["follow_up"] = [more.pop("follow_up")]
    names = more.get("regimen")
    if isinstance(names, list) and all(name in dict(offers["regimens"]) for name in names):
        fields["treatment"] = [OWN if names else NOTHING]
        fields |= {"regimen": list(names)} if names else {}
        del more["regimen"]
    return fields, more


def _as_json(more: dict[str, Any]) -> str:
    try:
        return json.dumps(more, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InputError(f"{NAME}: set", "must hold numbers, words and lists", type(more).__name__) from None
