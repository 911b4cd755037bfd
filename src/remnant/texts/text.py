"""One text for people: what it says in two layers, for whom and when, what it stands on and when it was last looked at."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from remnant.description import Description, Id

Phase = Literal["just-diagnosed", "in-treatment", "well", "returned", "limits-life"]
Audience = Literal["person", "family", "friends", "parents", "young"]
PHASES: tuple[str, ...] = get_args(Phase)
"""When a text fits. `limits-life` is shown only when it is asked for."""
AUDIENCES: tuple[str, ...] = get_args(Audience)
Words = Annotated[str, Field(min_length=1)]


class Link(Description):
    """A page somebody read, for what no evidence row holds."""

    title: Words
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    seen: date
    """Day on which it was read."""


class PictureWords(Description):
    """What stands in and under the picture of a text."""

    title: Words
    """What it shows, for those who have the picture read out."""
    x: str = ""
    """Words along the axis; empty where the picture has none."""
    y: str = ""
    """Words up the axis; empty where the picture has none."""
    labels: dict[Id, Words]
    """What each part is called, by the name the drawing knows it by. In it and in the caption {value} is that of the
    control, {amount} the same with its unit."""
    caption: Words
    """One or two sentences under the picture; {names} are filled with what the engine found."""
    control: Words
    """What the reader can change, as a short label."""
    unit: str = ""
    """What the values of the control are counted in."""
    unit_of_one: str = ""
    """The same for a value of 1, where that differs."""

    def with_unit(self, value: float) -> str:
        """Return a value of the control as people write it."""
        return f"{value:g} {self.unit_of_one if value == 1 and self.unit_of_one else self.unit}"


class Text(Description):
    """A text for people, in one language."""

    id: Id
    """Shelf and name, as the file: topics/sleeping-cells."""
    title: Words
    simple: Words
    """First layer, reading grade 6 or below; paragraphs have an empty line between them."""
    more: str = ""
    """Second layer, reading grade 9 or below; empty for none."""
    points: tuple[Words, ...] = ()
    """Short lines to read one by one, such as questions to ask; they belong to the first layer."""
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    audience: Annotated[tuple[Audience, ...], Field(min_length=1)]
    source: tuple[str, ...] = ()
    """Ids of evidence rows it stands on."""
    links: tuple[Link, ...] = ()
    """Pages read, for what no evidence row holds."""
    reviewed: date
    """Day of the last look at every sentence."""
    next_review: date
    picture: PictureWords | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.source and not self.links:
            raise ValueError("a text needs a source: ids of evidence rows in `source`, or pages read in `links`")
        if self.next_review <= self.reviewed:
            raise ValueError("next_review must be after reviewed")
        return self

    @property
    def layers(self) -> dict[str, str]:
        """The words of the first layer, with title and points, and those of the second."""
        simple = "\n\n".join([self.simple, *self.points])
        return {"simple": simple} | ({"more": self.more} if self.more else {})


def overdue(text: Text, today: date) -> bool:
    """Return whether the next review of a text is past."""
    return today > text.next_review


def paragraphs(words: str) -> list[str]:
    """Return the paragraphs of a text, each on one line."""
    return [" ".join(part.split()) for part in words.strip().split("\n\n")]
