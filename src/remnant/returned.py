"""When it has come back: where and what it is called, the choices side by side, and the questions that fit the situation."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from remnant.catalogue.evidence import data_folder, row_of
from remnant.course import Course
from remnant.course_file import asked_course
from remnant.description import Description, Id
from remnant.leaflet import Grid, Leaflet, Part, page, part, view
from remnant.plan_words import disease_words
from remnant.reading import Item
from remnant.report import RESEARCH_ONLY
from remnant.texts import phrase, text

Kind = Literal["local", "regional", "distant", "systemic", "second-primary"]
KINDS: tuple[str, ...] = ("local", "regional", "distant", "systemic", "second-primary")
PLACES = {
    "local": "the place where it began", "regional": "nearby lymph nodes or tissue", "bone": "the bones", "lung": "the lungs",
    "liver": "the liver", "brain": "the brain", "peritoneum": "the lining of the belly", "skin": "the skin",
    "nodes-distant": "lymph nodes elsewhere", "marrow": "the bone marrow", "other": "other parts of the body",
}  # fmt: skip
ADULT, HAVING_CHILDREN, WORKING = 18, 45, 67
"""Ages under which questions of a child, of having children later, and of work are among those offered."""
FIRST, WEIGHED = ("returned/nobodys-fault",), ("returned/what-the-team-looks-at", "returned/the-aim")
IN_PLACES = ("returned/where-it-can-come-back", "returned/the-name-stays", "returned/the-new-stage")
IN_BLOOD = ("returned/in-blood-and-lymph",)
HELPS = (
    "returned/clinical-trials", "returned/second-opinion", "returned/supportive-care", "returned/living-with-it",
    "support/feelings", "support/strengths",
)  # fmt: skip
LIMITS_LIFE = "returned/when-it-limits-life"
BY_KIND = {
    "local": "questions/same-place", "regional": "questions/same-place", "distant": "questions/other-places",
    "systemic": "questions/blood-and-lymph", "second-primary": "questions/new-cancer",
}  # fmt: skip
ASKED = ("set", "kind", "limits_life", "today")


class Found(Description):
    """What one study found of an option."""

    diseases: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids, or "solid" for every solid cancer."""
    kinds: tuple[Kind, ...]
    in_100: Annotated[int, Field(ge=1, le=99)]
    what: str
    survival: bool = False
    """Whether it counts people alive: shown only to those who ask."""
    source: str


class Option(Description):
    """One thing that can be done when cancer has come back."""

    id: Id
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    aims: Annotated[tuple[Literal["cure", "control", "comfort"], ...], Field(min_length=1)]
    diseases: tuple[str, ...] = ()
    """Empty for all."""
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Situation:
    """What decides which questions are offered."""

    phase: Literal["well", "returned"]
    age_years: float
    kind: str = ""
    """Empty: not known yet."""
    guideline: Literal["", "old", "none"] = ""
    limits_life: bool = False


def returned(request: dict[str, Any]) -> dict[str, Any]:
    """Answer what it means when cancer has come back, what can be done and what to ask.

    Parameters
    ----------
    request : dict
        `course`; optional `set`, `kind` (local, regional, distant, systemic or second-primary), `limits_life` (true to be told
        about length of life as well), `today`.

    Returns
    -------
    dict
        `disease`, `kind`, `naming`, `texts` (the first `before_options` of them come before the options), `options`, `questions`,
        `emergency`.

    Raises
    ------
    InputError
        If something in the request is not allowed.
    """
    asked = Item("", request).mapping(("course",), ASKED)
    course = asked_course(asked)
    kinds = kinds_of(course)
    kind = asked["kind"].text(kinds) if "kind" in asked else ""
    limits = asked["limits_life"].flag() if "limits_life" in asked else False
    today = date.fromisoformat(asked["today"].text()) if "today" in asked else date.today()
    disease = disease_words(course.disease.name)
    where = IN_BLOOD if "systemic" in kinds else IN_PLACES
    before = [*FIRST, *where, *WEIGHED]
    told = [*before, *HELPS, *([LIMITS_LIFE] if limits else [])]
    situation = Situation("returned", course.patient.age_years, kind, "", limits)
    return {
        "disease": course.disease.name, "called": disease, "kind": kind or None, "kinds": list(kinds),
        "naming": naming(course), "texts": [view(text(name), today) for name in told], "before_options": len(before),
        "options": [_option(one, course, kind, limits) for one in options_for(course, kind)],
        "questions": [view(text(name), today) for name in questions_for(situation)],
        "limits_life": limits, "emergency": phrase("support.emergency"), "banner": phrase("plan.draft"), "note": RESEARCH_ONLY,
    }  # fmt: skip


def returned_page(result: dict[str, Any]) -> str:
    """Return the answer of `returned` as one page to print."""
    return page(returned_leaflet(result))


def returned_leaflet(result: dict[str, Any]) -> Leaflet:
    """Return the answer of `returned` as the parts of a page."""
    before = result["before_options"]
    parts = [part(one) for one in result["texts"][:before]]
    parts[1:1] = [Part("What it is called", tuple(result["naming"]))] if result["naming"] else []
    note = () if result["limits_life"] else (phrase("returned.kept_back"),)
    rows = tuple(
        (one["title"], f"{one['simple']} Aim: {' or '.join(one['aims'])}.", " ".join(one["found"]), *one["points"])
        for one in result["options"]
    )
    heads = ("choice", "what it is, and its aim", "what was found", "harms", "what it asks of you", "daily life")
    parts.append(Part("Choices side by side", (phrase("returned.options"), *note), (), Grid(heads, rows, shape="wide")))
    parts += [part(one) for one in result["texts"][before:]]
    parts += [part(one, tick=True) for one in result["questions"]]
    title = f"When {result['called']} has come back"
    return Leaflet(title, result["banner"], (), tuple(parts), result["emergency"])


def kinds_of(course: Course) -> tuple[str, ...]:
    """Return the ways in which this cancer can be back, and a new cancer."""
    own = dict.fromkeys(place.kind for place in course.disease.places.values())
    return (*(kind for kind in KINDS if kind in own), "second-primary")


def naming(course: Course) -> list[str]:
    """Return what this cancer is called where it is found, and the places where it is first found outside."""
    disease = disease_words(course.disease.name)
    outside = [PLACES[name] for name, place in course.disease.places.items() if place.kind == "distant" and name != "other"]
    if not outside:
        return []
    listed = ", ".join(outside[:-1]) + (" or " if outside[1:] else "") + outside[-1]
    return [
        phrase("returned.name", disease=disease, place=outside[0]), phrase("returned.places_here", places=listed)
    ]  # fmt: skip


@cache
def options() -> tuple[Option, ...]:
    """Return every option, each with its evidence rows found."""
    document = tomllib.loads((data_folder() / "options.toml").read_text(encoding="utf-8"))
    found = tuple(Option.read(one, f"options.toml: {one.get('id')}") for one in document["option"])
    for option in found:
        for study in option.found:
            row_of(study.source)
    return found


def options_for(course: Course, kind: str) -> list[Option]:
    """Return the options for a cancer that is back in one way, or in any where it is not known yet; in no order of worth."""
    own = {kind} if kind else set(kinds_of(course)) - {"second-primary"}
    return [one for one in options() if own & set(one.kinds) and (not one.diseases or course.disease.id in one.diseases)]


def questions_for(situation: Situation) -> list[str]:
    """Return the ids of the lists of questions that fit a situation."""
    if situation.phase == "well":
        chosen = ["questions/no-guideline" if situation.guideline == "none" else "questions/follow-up"]
        chosen += ["questions/old-guideline"] if situation.guideline == "old" else []
        return chosen + (["questions/child"] if situation.age_years < ADULT else [])
    chosen = ["questions/it-has-come-back"] + ([BY_KIND[situation.kind]] if situation.kind else [])
    chosen += ["questions/child"] if situation.age_years < ADULT else []
    chosen += ["questions/having-children"] if situation.age_years < HAVING_CHILDREN else []
    chosen += ["questions/work-and-money"] if ADULT <= situation.age_years < WORKING else []
    return chosen + (["questions/limits-life"] if situation.limits_life else [])


def _option(one: Option, course: Course, kind: str, limits: bool) -> dict[str, Any]:
    words = view(text(f"options/{one.id}"), date.today())
    told = [study for study in one.found if _fits(study, course, kind) and (limits or not study.survival)]
    found = [_found(study) for study in told] or [phrase("returned.not_known")]
    return {
        "id": one.id, "title": words["title"], "simple": " ".join(words["simple"]),
        "aims": [phrase(f"returned.aims_{aim}") for aim in one.aims], "found": found,
        "points": [point.split(": ", 1)[1] for point in words["points"]],
        "sources": [study.source for study in told],
    }  # fmt: skip


def _found(study: Found) -> str:
    if study.survival:
        return phrase("returned.found_alive", count=study.in_100, what=study.what)
    return phrase("returned.found", count=study.in_100, what=study.what, rest=100 - study.in_100)


def _fits(study: Found, course: Course, kind: str) -> bool:
    solid = course.disease.kind == "solid"
    meant = course.disease.id in study.diseases or ("solid" in study.diseases and solid)
    return meant and (not kind or kind in study.kinds)
