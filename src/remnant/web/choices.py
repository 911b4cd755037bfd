"""What a form about a described example person offers, and how its fields become a request to a service."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from remnant import catalogue
from remnant.browse import regimens_for
from remnant.countries import countries
from remnant.course import NOTHING, Course
from remnant.description import nearest
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS
from remnant.web.limits import Fields

WHO = {"me": "somebody like me", "loved": "someone I care for", "child": "my child", "learning": "nobody: I want to learn"}
MOST_MORE = 40
"""Paths that a file may set beside those the form has fields for."""
UNKNOWN = ""
OWN = "own"
"""Written for `treatment` where the boxes that are ticked count."""
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """An example person as the form describes one."""

    disease: str
    changes: dict[str, Any]
    beside: dict[str, Any]
    since: float | None
    """Days free so far; None for not known."""
    taken: list[str] = field(default_factory=list)
    """What was taken for what is not known, one sentence each."""

    def course(self) -> Course:
        """Return the course of the example."""
        return catalogue.course(self.disease).replace_all(self.changes)


def diseases() -> Pairs:
    """Return every disease by id, with its name, in the order of names."""
    shelf = catalogue.Catalogue()
    return sorted(((name, shelf.disease(name).name) for name in catalogue.list_ids()), key=lambda one: one[1].casefold())


def one(fields: Fields, name: str, usual: str = "") -> str:
    """Return the one value of a field; the first where there are more."""
    return fields.get(name, [usual])[0]


def disease_in(fields: Fields) -> str:
    """Return the disease a form names. Only ids of the catalogue: never the name of a file.

    Raises
    ------
    InputError
        If there is no such disease.
    """
    name = one(fields, "disease")
    if name not in catalogue.list_ids():
        raise InputError("disease", "must be one of the list", name, nearest(name, catalogue.list_ids()))
    return name


def who_in(fields: Fields) -> str:
    """Return for whom somebody looks."""
    return chosen(fields, "who", list(WHO.items())) or "learning"


def chosen(fields: Fields, name: str, offered: Pairs) -> str:
    """Return what was chosen of a list; empty for nothing.

    Raises
    ------
    InputError
        If it is not on the list.
    """
    value = one(fields, name)
    if value and value not in dict(offered):
        raise InputError(name, f"must be one of {', '.join(dict(offered))}", value)
    return value


def number(fields: Fields, name: str, low: float, high: float) -> float | None:
    """Return a number of a form; None where the field is empty.

    Raises
    ------
    InputError
        If it is not a number from `low` to `high`.
    """
    words = one(fields, name)
    if not words:
        return None
    allowed = f"must be a number from {low:g} to {high:g}, or empty for not known"
    try:
        value = float(words.replace(",", "."))
    except ValueError:
        raise InputError(name, allowed, words) from None
    if not low <= value <= high:
        raise InputError(name, allowed, words)
    return value


def offered(disease: str) -> dict[str, Pairs]:
    """Return what the form of a disease offers: stages, regimens, plans of follow-up, and what may stand beside."""
    course, shelf = catalogue.course(disease), catalogue.Catalogue()
    stages = [(name, f"{name}: {extent.label}") for name, extent in course.disease.extents.items() if extent.stages or extent.n]
    regimens = [(name, shelf.regimen(name).name) for name in regimens_for(disease)]
    plans = [(name, plan_words(shelf.guideline(name))) for name in plans_for(disease)]
    beside = [("regimen:none", "no treatment after the first"), ("follow_up:none", "no visits: found by symptoms")]
    beside += [(f"regimen:{name}", f"treatment: {words}") for name, words in regimens]
    beside += [(f"follow_up:{name}", f"follow-up: {words}") for name, words in plans]
    return {
        "stages": stages or [(name, extent.label) for name, extent in course.disease.extents.items()], "regimens": regimens,
        "plans": [*plans, (NOTHING, "no visits: found by symptoms")], "beside": beside,
        "countries": country_choices(),
    }  # fmt: skip


def country_choices() -> Pairs:
    """Return every country for which something is known, by its two letters, with its name."""
    return [(code, one.name) for code, one in countries().items()]


def plans_for(disease: str) -> list[str]:
    """Return the plans of follow-up written for a disease."""
    shelf = catalogue.Catalogue()
    return [name for name in catalogue.list_ids("guidelines") if disease in shelf.guideline(name).diseases]


def plan_words(plan: Any) -> str:
    """Return a plan of follow-up by name, with its year."""
    return plan.name if str(plan.year) in plan.name else f"{plan.name}, {plan.year}"


def usual_words(course: Course) -> dict[str, str]:
    """Return what the usual course of a disease holds, in words: what is taken for what is not known."""
    return {
        "stage": course.patient.stage or next(iter(course.disease.extents)),
        "treatment": ", then ".join(one.name for one in course.regimen.values()) or "no further treatment",
        "follow_up": course.follow_up.name if course.follow_up else "no visits: found by symptoms",
        "age": f"{course.patient.age_years:g}", "years": f"{course.years:g}",
    }  # fmt: skip


def read_asked(fields: Fields) -> Asked:
    """Return the example person of a form.

    Raises
    ------
    InputError
        If a field is not allowed.
    """
    disease = disease_in(fields)
    course, offers = catalogue.course(disease), offered(disease)
    usual = usual_words(course)
    changes: dict[str, Any] = {}
    taken = []
    stage = one(fields, "tnm") or chosen(fields, "stage", offers["stages"])
    age = number(fields, "age", 0, 110)
    plan = chosen(fields, "follow_up", offers["plans"])
    changes |= {"patient.stage": stage} if stage else {}
    changes |= {"patient.age_years": age} if age is not None else {}
    changes |= {"follow_up": plan} if plan else {}
    if one(fields, "treatment") or any(fields.get("regimen", [])):
        changes["regimen"] = _regimens(fields, offers)
    changes |= more_of(fields)
    since = number(fields, "free", 0, course.years - 1)
    unknown = {
        "stage": not stage, "treatment": "regimen" not in changes, "follow_up": not plan, "age": age is None,
    }  # fmt: skip
    taken += [_taken(name, usual[name]) for name, missing in unknown.items() if missing]
    if since is None:
        taken.append("How long free so far was not said: the counts begin at the end of the first treatment.")
    return Asked(disease, changes, _beside(fields, offers), None if since is None else since * YEAR_DAYS, taken)


def more_of(fields: Fields) -> dict[str, Any]:
    """Return what a file has set that the form has no field for, by path.

    Raises
    ------
    InputError
        If the field does not hold that.
    """
    words = one(fields, "more")
    if not words:
        return {}
    try:
        held = json.loads(words)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or len(held) > MOST_MORE:
        raise InputError("more", f"must be what a file has set, up to {MOST_MORE} paths", words)
    return held


def _taken(name: str, usual: str) -> str:
    called = {"stage": "The stage", "treatment": "The treatment", "follow_up": "The follow-up", "age": "The age"}[name]
    return f"{called} was not said: that of the usual example was taken, {usual}. It is one example, not an average."


def _regimens(fields: Fields, offers: dict[str, Pairs]) -> list[str]:
    names = [name for name in fields.get("regimen", []) if name]
    if chosen(fields, "treatment", [(NOTHING, ""), (OWN, "")]) == NOTHING:
        if names:
            raise InputError("treatment", "must be these where treatments are ticked", NOTHING, "or tick none of them")
        return []
    for name in names:
        chosen({"regimen": [name]}, "regimen", offers["regimens"])
    if not names:
        raise InputError("treatment", "needs at least one treatment of the list", "none ticked", "or choose not known")
    return list(dict.fromkeys(names))


def _beside(fields: Fields, offers: dict[str, Pairs]) -> dict[str, Any]:
    wanted = chosen(fields, "beside", offers["beside"])
    if not wanted:
        return {}
    path, _, name = wanted.partition(":")
    if path == "regimen":
        return {"regimen": [] if name == NOTHING else [name]}
    return {"follow_up": name}
