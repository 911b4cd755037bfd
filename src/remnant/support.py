"""Support for people: texts by topic, services by country and near a place, a short private check, and the emergency sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from remnant.catalogue.everyday import meant
from remnant.countries import country_name, in_words, read_country
from remnant.errors import InputError
from remnant.leaflet import Grid, Leaflet, Part, page, part, view
from remnant.places import Place, has_towns, locate
from remnant.reading import Item
from remnant.report import RESEARCH_ONLY
from remnant.selfcheck import Checked, SelfCheck, add_up, self_check, self_checks
from remnant.services import KINDS, Service, nearest_services, services_in
from remnant.texts import list_texts, phrase, text
from remnant.texts.text import AUDIENCES, PHASES

SHELF = "support"
SELF_CHECK = "self-check"
LIMITS_LIFE = "limits-life"
FAR_KM = 100
NEAREST = 5
CALL = ("crisis", "nurse_line", "helpline", "counselling")
"""Kinds of service that a high sum names."""
TOPIC_SERVICES = {
    "money-and-insurance": ("money",), "work": ("money",), "parents": ("parents",), "telling-children": ("parents",),
    "when-to-seek-help": CALL, SELF_CHECK: CALL, "fear-of-return": ("nurse_line", "helpline", "counselling", "group", "forum"),
}  # fmt: skip
"""Services shown first beside a topic; all of them where a topic names none."""
ASKED = ("topic", "country", "near", "phase", "audience", "check", "answers", "today")


def topics() -> list[str]:
    """Return the topics of support."""
    return [name.split("/")[1] for name in list_texts(SHELF)]


def support(request: dict[str, Any]) -> dict[str, Any]:
    """Answer with texts of support and who gives it.

    Parameters
    ----------
    request : dict
        All optional: `topic`, `country`, `near` (a town or postcode), `phase` and `audience` (to choose among the topics),
        `check` (which self-check) with `answers` (one number for each question), `today`.

    Returns
    -------
    dict
        `topics` (id and title), `texts` where a topic was asked, `services`, `near`, `check`, `emergency`, `notes`.

    Raises
    ------
    InputError
        If a topic, country, place or answer is not known, with near names.
    """
    asked = Item("", request).mapping((), ASKED)
    today = date.fromisoformat(asked["today"].text()) if "today" in asked else date.today()
    topic = _topic(asked["topic"].text()) if "topic" in asked else ""
    country = read_country(asked["country"].text()) if "country" in asked else ""
    near = asked["near"].text() if "near" in asked else ""
    no_map = bool(near and country) and not has_towns(country)
    place = locate(near, country) if near and not no_map else None
    country = country or (place.country if place else "")
    checked = _checks(asked, topic)
    notes = [phrase("support.no_map", country=in_words(country))] if no_map else []
    kinds = CALL if any(one["result"] and one["result"]["call"] for one in checked) else TOPIC_SERVICES.get(topic, ())
    found = _services(country, kinds or (() if country else CALL)) if topic or country else []
    return {
        "topic": topic or None, "topics": _titles(asked), "country": country_name(country) if country else None,
        "texts": [view(text(f"{SHELF}/{topic}"), today)] if topic else [],
        "services": [service_view(one) for one in found], "kinds": {kind: KINDS[kind] for kind in KINDS},
        "near": _near(place), "check": checked, "notes": [*notes, *_notes(country, found, bool(topic))],
        "emergency": phrase("support.emergency"), "note": RESEARCH_ONLY,
    }  # fmt: skip


def _services(country: str, kinds: Sequence[str]) -> list[Service]:
    """Return the services of some kinds, or all of a country where it has none of these."""
    found = services_in(country, kinds)
    return found if not country or any(one.country == country for one in found) else services_in(country)


def service_view(one: Service) -> dict[str, Any]:
    """Return a service as it may be shown: its number only where it was read at a source with a date."""
    where = one.url or one.source
    shown = phrase("support.read_at", number=one.phone, source=one.source, date=one.page_date) if one.sure else ""
    return {
        "id": one.id, "name": one.called, "kind": one.kind, "town": one.town or None, "phone": one.phone if one.sure else None,
        "call": shown or phrase("support.check", where=where),
        "hours": one.shown(one.hours) if one.sure else "",
        "cost": one.shown(one.cost), "languages": one.shown(one.languages), "url": one.url,
        "source": one.source, "page_date": one.page_date or None, "country": one.country,
    }  # fmt: skip


def support_page(result: dict[str, Any]) -> str:
    """Return the answer of `support` as one page to print."""
    return page(support_leaflet(result))


def support_leaflet(result: dict[str, Any]) -> Leaflet:
    """Return the answer of `support` as the parts of a page."""
    checked = [one for one in result["check"] if one["result"]]
    # who has filled in a check is told what it means, not what it is
    parts = [part(one) for one in result["texts"] if not checked]
    parts += [_check_part(one) for one in result["check"]]
    where = f"Who can help: {result['country']}" if result["country"] else "Who can help"
    parts += [Part(where, tuple(result["notes"]))]
    title, parts[0] = parts[0].heading, replace(parts[0], heading="")
    if result["near"]:
        near = result["near"]
        rows = tuple((one["name"], one["town"] or "", how_far(one["km"]), one["call"]) for one in near["services"])
        parts.append(Part(near["says"], (), (), Grid(("place", "town", "how far", "how to reach it"), rows)))
    for kind, called in result["kinds"].items():
        found = [one for one in result["services"] if one["kind"] == kind]
        if found:
            parts.append(Part(called, (), (), _who_table(found)))
    return Leaflet(title, result["emergency"], (), tuple(parts))


def grouped(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return services with those in one row that are reached in one way, such as the centres of one charity."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for one in found:
        together.setdefault((one["call"], one["hours"], one["languages"]), []).append(one["name"])
    return [
        {"name": _joined(names), "call": call, "hours": hours, "languages": languages}
        for (call, hours, languages), names in together.items()
    ]


def how_far(km: int) -> str:
    """Return a distance between town centres in words."""
    return f"{km} km" if km else "in this town"


def check_words(form: SelfCheck, done: Checked) -> list[str]:
    """Return what a sum means: whom to call, never a diagnosis."""
    name = "check_high" if done.sum >= form.call_from else "check_low"
    told = [phrase("support.check_day")] if done.same_day else []
    return [*told, phrase(f"support.{name}", sum=done.sum, most=done.most, limit=form.call_from), phrase("support.check_kept")]


def _who_table(found: list[dict[str, Any]]) -> Grid:
    """Return services as a table, without columns that are empty in all rows."""
    heads = {"name": "who", "call": "how to reach them", "hours": "when", "languages": "languages"}
    rows = grouped(found)
    held = [name for name in heads if any(one[name] for one in rows)]
    return Grid(tuple(heads[name] for name in held), tuple(tuple(one[name] for name in held) for one in rows))


def _joined(names: Sequence[str]) -> str:
    """Return several names as one, with the words they all begin with only once."""
    if len(names) == 1:
        return names[0]
    words = [name.split() for name in names]
    same = 0
    while all(len(one) > same + 1 and one[same] == words[0][same] for one in words):
        same += 1
    rest = [" ".join(one[same:]).removeprefix("(").removesuffix(")") for one in words]
    return f"{' '.join(words[0][:same])}: {', '.join(rest)}" if same else "; ".join(names)


def _topic(name: str) -> str:
    wanted = "-".join(name.casefold().split()).replace("_", "-")
    if wanted not in topics():
        raise InputError("topic", f"must be one of {', '.join(topics())}", name, meant(wanted, topics()))
    return wanted


def _titles(asked: dict[str, Item]) -> list[dict[str, str]]:
    phase = asked["phase"].text(PHASES) if "phase" in asked else ""
    audience = asked["audience"].text(AUDIENCES) if "audience" in asked else ""
    held = [text(f"{SHELF}/{name}") for name in topics()]
    return [
        {"id": one.id.split("/")[1], "title": one.title}
        for one in held
        if (not phase or phase in one.phases) and (not audience or audience in one.audience)
    ]


def _checks(asked: dict[str, Item], topic: str) -> list[dict[str, Any]]:
    if "check" not in asked and "answers" not in asked:
        return [_check(one, None) for one in self_checks().values()] if topic == SELF_CHECK else []
    if "check" not in asked:
        raise InputError("check", f"must say which one: {', '.join(self_checks())}", "nothing")
    form = self_check(asked["check"].text())
    return [_check(form, [one.value for one in asked["answers"].items()] if "answers" in asked else None)]


def _check(form: SelfCheck, answers: Sequence[int] | None) -> dict[str, Any]:
    done = None if answers is None else add_up(form, answers)
    return {
        "id": form.id, "name": form.name, "about": form.about, "credit": form.credit, "stem": form.stem,
        "choices": list(form.choices), "items": list(form.items), "how": phrase("support.check_how"),
        "call_from": form.call_from, "same_day_items": list(form.same_day_items), "source": list(form.source),
        "result": None if done is None else done.model_dump() | {"says": check_words(form, done)},
    }  # fmt: skip


def _check_part(one: dict[str, Any]) -> Part:
    heading = f"A check for {one['about']} ({one['name']})"
    if one["result"]:
        return Part(heading, tuple(one["result"]["says"]), small=(one["credit"],))
    heads = ("question", *(f"{choice} ({i})" for i, choice in enumerate(one["choices"])))
    rows = tuple((f"{i}. {item}", *("☐" for _ in one["choices"])) for i, item in enumerate(one["items"], 1))
    limit = phrase("support.check_limit", limit=one["call_from"])
    day = tuple(phrase("support.check_item", item=i) for i in one["same_day_items"])
    return Part(heading, (one["how"], one["stem"]), (), Grid(heads, rows), (limit, *day), small=(one["credit"],))


def _near(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    found = nearest_services(place, NEAREST)
    close = [(km, one) for km, one in found if km <= FAR_KM] or found[:1]
    says = phrase("support.near", town=place.town)
    if close and close[0][0] > FAR_KM:
        says = phrase("support.near_none", far=FAR_KM, town=place.town, km=round(close[0][0]))
    listed = [service_view(one) | {"km": round(km)} for km, one in close]
    return {"town": place.town, "country": country_name(place.country), "says": says, "services": listed}


def _notes(country: str, found: list[Service], told: bool) -> list[str]:
    if not country:
        return [phrase("support.no_country")]
    if told and not any(one.country == country for one in found):
        return [phrase("support.none_here", country=in_words(country))]
    return [phrase("support.how_to_add")]
