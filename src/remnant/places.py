"""Where a town or postcode lies, offline: towns of the countries in which a service has a place, and postcode areas of a few."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import cache

from remnant.catalogue.evidence import data_folder
from remnant.countries import country_name, in_words
from remnant.description import nearest
from remnant.errors import InputError

EARTH_KM = 6371.0


@dataclass(frozen=True)
class Place:
    """A town and where it lies, to about a kilometre."""

    country: str
    town: str
    latitude: float
    longitude: float


def locate(text: str, country: str = "") -> Place:
    """Return the town that a text names, by itself or by its postcode.

    Parameters
    ----------
    text : str
        A town, or a postcode where postcode areas are known.
    country : str
        Two letters, or empty for any; then a town found in several countries is asked about.

    Raises
    ------
    InputError
        If no such town is known there, with near names, or it lies in several countries.
    """
    wanted = " ".join(text.split())
    postcode = _by_postcode(wanted, country)
    if postcode is not None:
        return postcode
    known = [place for place in _towns() if not country or place.country == country]
    found = [place for place in known if place.town.casefold() == wanted.casefold()]
    if len({place.country for place in found}) > 1:
        where = ", ".join(sorted(country_name(place.country) for place in found))
        raise InputError("near", f"is a town in several countries ({where})", text, "say which by the country")
    if found:
        return found[0]
    if not known:
        raise InputError("near", f"cannot be used: no town of {in_words(country)} is known here", text, "leave it out")
    near = "" if any(letter.isdigit() for letter in wanted) else nearest(wanted.title(), [place.town for place in known])
    raise InputError("near", _allowed(country), text, near)


def has_towns(country: str) -> bool:
    """Return whether towns of a country are known: only of those in which a service has a place."""
    return any(place.country == country for place in _towns())


def kilometres(one: Place, other: Place) -> float:
    """Return how far two places lie apart, as the crow flies, in km."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(other.longitude - one.longitude)
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def _allowed(country: str) -> str:
    known = sorted({one for one, _ in _areas()})
    if not country or country in known:
        return f"must be a town, or a postcode in {' or '.join(country_name(one) for one in known)}"
    return "must be a town; postcodes of this country are not known here"


def _by_postcode(wanted: str, country: str) -> Place | None:
    """Return the town of a postcode's area: the longest beginning that is known."""
    if not re.fullmatch(r"(?=.*\d)[A-Za-z0-9]{1,4}(?: ?[A-Za-z0-9]{3,4})?", wanted):
        return None
    letters = re.match(r"[A-Z]*", wanted.upper())
    begins = (wanted.upper()[:3], letters[0] if letters else "")  # a routing key of Ireland, or the letters of an area
    for (area_country, prefix), town in _areas().items():
        if (not country or country == area_country) and prefix in begins:
            return next(place for place in _towns() if (place.country, place.town) == (area_country, town))
    return None


@cache
def _areas() -> dict[tuple[str, str], str]:
    return {(row["country"], row["prefix"]): row["town"] for row in _rows("postcodes.tsv")}


@cache
def _towns() -> tuple[Place, ...]:
    return tuple(
        Place(row["country"], row["town"], float(row["latitude"]), float(row["longitude"])) for row in _rows("towns.tsv")
    )


def _rows(name: str) -> list[dict[str, str]]:
    lines = (data_folder() / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
