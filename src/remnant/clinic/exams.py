"""Tests: what each of them sees, where, and how often it is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from remnant.description import Description, Id, Number
from remnant.quantity import Share, Sievert, Size


class Sight(Description):
    """What a test sees at one site."""

    n50: Size
    """Size seen half of the time: a lesion of N cells is seen with probability 1 - 2^(-N / n50)."""


class PersonShare(Description):
    """A share of people over a time, with its source."""

    value: Number
    low: Number | None = None
    high: Number | None = None
    unit: str
    source: tuple[str, ...]
    why: str = ""
    standing: Literal["read", "weak", "assumed"] = "read"


class Exam(Description):
    """A test at a visit; history and physical examination are tests too."""

    id: Id
    name: str
    kind: Literal["history", "physical", "imaging", "blood", "endoscopy", "marrow"]
    first_year: int | None = None
    cancers: tuple[str, ...] = ()
    """Diseases it is for; empty for any."""
    specificity: Share | None = None
    """Chance of a negative result where there is nothing, per examination."""
    false_alarms: PersonShare | None = None
    non_shedders: Share | None = None
    """Markers: share of people whose tumour does not make it."""
    radiation_msv: Sievert | None = None
    cost: PersonShare | None = None
    sees: Annotated[dict[Id, Sight], Field(min_length=0)] = {}
    source: tuple[str, ...] = ()
    standing: Literal["read", "weak", "assumed"] = "read"
    why: str = ""
