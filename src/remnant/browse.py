"""What the catalogue holds, as plain data: shelves, entries with every number and its source, evidence rows."""

from __future__ import annotations

from typing import Any

from remnant import catalogue
from remnant.catalogue.evidence import EvidenceRow, evidence
from remnant.catalogue.published import targets
from remnant.catalogue.review import reviews
from remnant.catalogue.shelf import SHELVES
from remnant.description import nearest
from remnant.errors import InputError
from remnant.outlook import card_of
from remnant.quantity import Quantity
from remnant.service import plain
from remnant.services import services
from remnant.texts import phrase


def browse(name: str | None = None) -> dict[str, Any]:
    """Return the catalogue's shelves, one shelf, one entry, or one evidence row.

    Parameters
    ----------
    name : str, optional
        Nothing for all shelves; a shelf such as "regimens"; an id such as "colon" or "colon/mfolfox6"; an evidence row such
        as "BRE053".

    Raises
    ------
    InputError
        If nothing is called so, with near names.
    """
    if name is None:
        counts = {shelf: len(catalogue.list_ids(shelf)) for shelf in SHELVES}
        return {"shelves": counts | {"evidence": len(evidence()), "published": len(targets())}, "diseases": _diseases()}
    if name in SHELVES:
        return {"shelf": name, "ids": catalogue.list_ids(name)}
    if name in evidence():
        return {"evidence": _row(evidence()[name])}
    found = [shelf for shelf in SHELVES if name in catalogue.list_ids(shelf)]
    if not found:
        known = [*SHELVES, *(one for shelf in SHELVES for one in catalogue.list_ids(shelf)), *evidence()]
        raise InputError("catalogue", f"nothing is called {name!r}", name, nearest(name, known))
    return _entry(found[0], name)


def _diseases() -> list[dict[str, Any]]:
    results = [t.disease for t in targets()]
    return [
        {"id": name, "name": one.name, "evidence": one.evidence, "published_results": results.count(name)}
        for name in catalogue.list_ids()
        for one in [catalogue.Catalogue().disease(name)]
    ]


def _entry(shelf: str, name: str) -> dict[str, Any]:
    if shelf == "diseases":
        return _disease(name)
    thing = catalogue.read(shelf, name)
    document = thing.model_dump(exclude_defaults=True)
    rows = [evidence()[source] for source in _sources(document)]
    return plain(
        {"shelf": shelf, "entry": document, "review": reviews().get(f"{shelf}/{name}"), "sources": [_row(r) for r in rows]}
    )


def _disease(name: str) -> dict[str, Any]:
    course = catalogue.course(name)
    numbers = {path: one for path, one in course.numbers().items() if path.startswith("disease.")}
    rows = [evidence()[source] for one in numbers.values() for source in one.source]
    return plain({
        "shelf": "diseases", "course": card_of(course), "numbers": [_number(path, one) for path, one in numbers.items()],
        "regimens": regimens_for(name), "review": reviews().get(f"diseases/{name}"),
        "published_results": [t.id for t in targets() if t.disease == name],
        "sources": [_row(row) for row in {row.id: row for row in rows}.values()],
    })  # fmt: skip


def regimens_for(disease: str) -> list[str]:
    """Return the regimens meant for a disease."""
    return [
        name
        for name in catalogue.list_ids("regimens")
        if any(disease == one or disease.startswith(one + "/") for one in catalogue.Catalogue().regimen(name).diseases)
    ]


def _number(path: str, one: Quantity) -> dict[str, Any]:
    return {
        "path": path, "value": one.value, "low": one.low, "high": one.high, "unit": one.unit, "source": list(one.source),
        "standing": "calibrated" if one.free else one.standing, "why": one.why,
    }  # fmt: skip


def _row(row: EvidenceRow) -> dict[str, str]:
    what, value, note = row.what, row.value, row.note
    if row.table == "support":
        # a phone number without a source and a date is shown nowhere
        service = next(one for one in services() if one.id == row.id)
        value = value if service.sure or not value else phrase("support.check", where=row.link)
        what, note = f"{service.kind}, {service.called}", service.shown(note)
    return {
        "id": row.id, "cancer": row.cancer, "what": what, "value": value, "low": row.low, "high": row.high,
        "unit": row.unit, "note": note, "source": row.source, "link": row.link, "status": row.status,
    }  # fmt: skip


def _sources(at: Any) -> list[str]:
    """Return every evidence id named in a document, each once."""
    found: dict[str, None] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.update(dict.fromkeys(value.get("source") or ()))
            for one in value.values():
                look(one)
        elif isinstance(value, list | tuple):
            for one in value:
                look(one)

    look(at)
    return [one for one in found if one in evidence()]
