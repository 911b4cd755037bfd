"""Services that support people: lines, counsellors, groups, forums, stories, centres, by country, kept in one table.

The table is `catalogue/data/evidence/support.tsv`, one row a service; a row more is a service more. A phone number is shown only
with the page it was read on and the date of that page; else the name is shown, and that the number is to be checked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from remnant.catalogue.evidence import data_folder
from remnant.countries import in_europe
from remnant.errors import InputError
from remnant.places import Place, kilometres, locate

WORLD = "XX"
EUROPE = "EU"
UNSURE = "SECONDARY"
"""Stands in the note of a row whose number was read in a list of others, not on a page of the service or of a newspaper."""
NUMBER = re.compile(r"\d[\d ()-]{4,}\d")
"""What may be a phone number, wherever it stands in a row."""
NOTES = ("not seen", "not confirmed", "own page says")
"""Begin what a row says to the makers of the table, and not to a person who needs help."""
KINDS = {
    "crisis": "In a crisis", "nurse_line": "Nurse lines", "helpline": "Support lines", "counselling": "Counselling",
    "group": "Groups", "forum": "Forums", "stories": "People's stories", "centre": "Centres", "parents": "Parents and children",
    "young_people": "Young people",
    "money": "Money and work", "second_opinion": "Second opinion", "trials": "Clinical trials", "palliative": "Comfort care",
}  # fmt: skip
"""Kinds of service in the order they are shown, and what they are called."""


@dataclass(frozen=True)
class Service:
    """One service, as it was read."""

    id: str
    country: str
    kind: str
    name: str
    town: str
    phone: str
    hours: str
    cost: str
    languages: str
    url: str
    source: str
    page_date: str
    status: str
    note: str
    place: Place | None
    """Town centre; None where no town is told or known."""

    @property
    def sure(self) -> bool:
        """Whether the phone number may be shown: read at a source with a date."""
        return bool(self.phone and self.source and self.page_date) and self.status == "seen" and UNSURE not in self.note

    @property
    def called(self) -> str:
        """Its name; without the number that may be part of it, where that may not be shown."""
        return self.name if self.sure else " ".join(NUMBER.sub("", self.name).split())

    def shown(self, words: str) -> str:
        """Return words of this row as they may be shown: without notes to the makers of the table, and without parts that hold
        a number where its phone number may not be shown.
        """
        parts = [part for part in re.split(r"\s*;\s*(?![^(]*\))", words) if part and not any(note in part for note in NOTES)]
        return "; ".join(part for part in parts if self.sure or not NUMBER.search(part))

    def is_for(self, disease: str) -> bool:
        """Return whether it is for people with this cancer: where no cancer is named for it, it is for any."""
        named = cancers_of().get(self.id, ())
        return not named or disease in named or disease.split("/")[0] in named


@cache
def services() -> tuple[Service, ...]:
    """Return every service of the table."""
    lines = (data_folder() / "evidence" / "support.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(read_rows(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)))


@cache
def cancers_of() -> dict[str, tuple[str, ...]]:
    """Return the diseases, or families of them, that services are for; those that are for any cancer are not listed."""
    lines = (data_folder() / "services_for.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["id"]: tuple(row["cancers"].split(", ")) for row in rows}


def read_rows(rows: Iterable[dict[str, str]]) -> list[Service]:
    """Return services from rows of a table with the columns of support.tsv."""
    same = (
        "id", "country", "kind", "name", "town", "phone", "hours", "cost", "languages", "url", "source", "page_date", "status",
    )  # fmt: skip
    return [Service(**{name: row[name].strip() for name in same}, note=row["note"].strip(), place=_place(row)) for row in rows]


def services_in(country: str, kinds: Iterable[str] = ()) -> list[Service]:
    """Return the services of a country, with those for the whole world: by kind, those first whose number may be shown.

    Parameters
    ----------
    country : str
        Two letters; empty for those of the whole world only.
    kinds : iterable of str
        Only these; empty for all.
    """
    wanted, order = set(kinds), list(KINDS)
    where = {country, WORLD, *([EUROPE] if in_europe(country) else [])}
    found = [one for one in services() if one.country in where and (not wanted or one.kind in wanted)]
    return sorted(
        found,
        key=lambda one: (
            order.index(one.kind) if one.kind in KINDS else len(order),
            not one.sure,
            one.country != country,
            one.id,
        ),
    )


def nearest_services(place: Place, most: int = 5) -> list[tuple[float, Service]]:
    """Return the services with a place that lie nearest, each with its distance in km, in the country of the place."""
    here = [one for one in services() if one.place is not None and one.country == place.country]
    measured = [(kilometres(place, one.place), one) for one in here if one.place is not None]
    return sorted(measured, key=lambda one: (one[0], one[1].id))[:most]


def _place(row: dict[str, str]) -> Place | None:
    if row["latitude"] and row["longitude"]:
        return Place(row["country"], row["town"], float(row["latitude"]), float(row["longitude"]))
    if not row["town"]:
        return None

    try:
        return locate(row["town"], row["country"])
    except InputError:
        return None
