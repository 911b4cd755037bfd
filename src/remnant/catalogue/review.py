"""Blind second entry: what somebody who had not seen the first file chose and typed, and what follows for its status."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any

from remnant.catalogue.evidence import data_folder
from remnant.catalogue.shelf import document_of
from remnant.treatment import Regimen

STATUS = ("not reviewed", "reviewed: agrees", "reviewed: differs")


@cache
def second_entries() -> dict[str, dict[str, Any]]:
    """Return the second entries by shelf and id, such as "regimens/colon/mfolfox6"."""
    folder = data_folder() / "second"
    return (
        {name: tomllib.loads(file.read_text(encoding="utf-8")) for name, file in _files(folder, "").items()}
        if folder.is_dir()
        else {}
    )


@cache
def reviews() -> dict[str, str]:
    """Return the review status of every entry that was made a second time; it is worked out, never typed."""
    return {name: STATUS[1] if not differences(name) else STATUS[2] for name in second_entries()}


@cache
def differences(name: str) -> tuple[str, ...]:
    """Return in what the second entry differs from the first, one sentence each; empty where they agree."""
    shelf, _, entry = name.partition("/")
    first, second = document_of(shelf, entry), second_entries()[name]
    if shelf == "diseases":
        return tuple(_compare(_choices(first, second), _choices(second, second), ""))
    held = {"name": entry, "diseases": ["any"], "source": ["none"]}
    one, other = (_schedule(Regimen.read(held | document, name)) for document in (first, second))
    return tuple(_compare(one, other, ""))


def _choices(document: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return the choices a description of a disease rests on, as far as the second entry was asked for them."""
    found: dict[str, Any] = {"kind": document.get("kind"), "cells rest for years": "dormancy" in document}
    if "division" in asked.get("cells", {}):
        found["divisions per day"] = _two_digits(document["cells"]["division"]["value"])
    if "primary_doubling_time" in asked:
        found["doubling time of the primary"] = _two_digits(document.get("primary_doubling_time", {}).get("value", 0.0))
    found["places"] = sorted(f"{name}: {one['kind']}, by {one['route']}" for name, one in document["places"].items())
    return found


def _two_digits(value: float) -> float:
    """Return a number to two digits: 0.139 and 0.14 are one choice."""
    return float(f"{value:.2g}")


def _schedule(regimen: Regimen) -> dict[str, Any]:
    """Return what a regimen comes to: when each drug and fraction is given, however it was written down."""
    return {
        "doses": [f"{drug} {dose:g} on day {day + 1:g}" for drug, day, dose in regimen.doses()],
        "taken": [f"{take.drug} {take.duration_days:.0f} days from day {take.starts_day}" for take in regimen.take],
        "fractions": [
            f"{field.fraction_gy:.2f} Gy to {', '.join(sorted(field.site))} on day {field.starts_day + day:g}"
            for field in regimen.irradiate
            for day in field.fraction_days
        ],
    }


def _compare(first: Any, second: Any, path: str) -> list[str]:
    """Compare what the second entry holds; what it leaves out was not asked of it."""
    if isinstance(second, dict) and isinstance(first, dict):
        return [
            line for key, value in second.items() for line in _compare(first.get(key), value, f"{path}.{key}" if path else key)
        ]
    if isinstance(second, list) and isinstance(first, list):
        only = [f"{path}: only in the first: {one}" for one in first if one not in second]
        return only + [f"{path}: only in the second: {one}" for one in second if one not in first]
    if isinstance(second, int | float) and isinstance(first, int | float) and not isinstance(second, bool):
        same = abs(first - second) <= 1e-9 * max(abs(first), abs(second))
        return [] if same else [f"{path}: {first:g}, second has {second:g}"]
    return [] if first == second else [f"{path}: {first!r}, second has {second!r}"]


def _files(folder: Traversable, before: str) -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    for one in folder.iterdir():
        if one.is_dir():
            found |= _files(one, f"{before}{one.name}/")
        elif one.name.endswith(".toml"):
            found[before + one.name[:-5]] = one
    return found
