"""Tests: what each of them sees, where, and how often it is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from remnant.description import Description, Id, Number
from remnant.quantity import Days, Share, Sievert, Size, Spread


class Sight(Description):
    """What a test sees at one site."""

    n50: Size
    """Size seen half of the time: a lesion of N cells is seen with probability 1 - 2^(-N / n50)."""


class MarkerRise(Description):
    """A rule on the rise of a marker since the test before, in place of its level; what has risen is looked for by an image.

    level = usual + cells / (those of a lesion that adds the usual level), and people differ in what is usual.
    """

    by: Share
    """How much higher than at the test before."""
    within: Days
    """Tests further apart are not compared."""
    repeat: Days | None = None
    """When the test is repeated; the level must be higher still. None for no repeat."""
    images: Id
    """The exam that is done then, on the day of the last test."""
    adds_usual: Size
    """Size of a lesion, anywhere, that adds as much to the level as is usual in the middle one of all people."""
    usual_spread: Spread
    """Of the usual level, between people."""
    noise: Spread
    """Of one measurement, within a person."""


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
    rise: MarkerRise | None = None
    """Markers read by their rise: nothing is seen by the level itself, and `sees` is empty."""
    sees: Annotated[dict[Id, Sight], Field(min_length=0)] = {}
    source: tuple[str, ...] = ()
    standing: Literal["read", "weak", "assumed"] = "read"
    why: str = ""
