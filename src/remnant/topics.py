"""Why cancer can come back: ten topics, each with a text, one picture drawn by the engine, and a control that changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remnant import topic_models as models
from remnant.description import nearest
from remnant.errors import InputError
from remnant.picture import Picture
from remnant.texts.store import ENGLISH, text
from remnant.texts.text import Text
from remnant.topic_models import Drawn


@dataclass(frozen=True)
class Control:
    """The one number of a picture that a reader can change."""

    name: str
    values: tuple[float, ...]
    """Those that are allowed, from the least to the most."""
    usual: float

    def read(self, value: float | None) -> float:
        """Return an allowed value; the usual one for None.

        Raises
        ------
        InputError
            If it is none of those allowed.
        """
        if value is None:
            return self.usual
        if value not in self.values:
            raise InputError("value", f"must be one of {', '.join(f'{one:g}' for one in self.values)}", value)
        return value


@dataclass(frozen=True)
class Topic:
    """One reason why cancer can come back."""

    name: str
    control: Control
    draw: Callable[[float], Drawn]

    def text(self, language: str = ENGLISH) -> Text:
        """Return what it says, in one language."""
        return text(f"topics/{self.name}", language)

    def picture(self, value: float | None = None, language: str = ENGLISH) -> Picture:
        """Return its picture for a value of its control.

        Raises
        ------
        InputError
            If the value is not allowed.
        """
        words = self.text(language).picture
        assert words is not None
        chosen = self.control.read(value)
        return Picture(self.draw(chosen), words, chosen, language)


def _topic(name: str, control: Control, draw: Callable[[float], Drawn]) -> tuple[str, Topic]:
    return name, Topic(name, control, draw)


TOPICS: dict[str, Topic] = dict([
    _topic("cells-left-behind", Control("cells-left", (0.5, 1, 3, 7, 20), 1), models.cells_left_behind),
    _topic("too-few-to-see", Control("spot-mm", (2, 4, 8, 16), 8), models.too_few_to_see),
    _topic("hidden-spread", Control("lump-mm", (20, 30, 40, 50), 30), models.hidden_spread),
    _topic("sleeping-cells", Control("sleep-years", (2, 5, 10, 20), 10), models.sleeping_cells),
    _topic("why-cycles", Control("cycles", (2, 4, 6, 8), 4), models.why_cycles),
    _topic("radiotherapy", Control("gray", (1, 2, 3, 4, 6), 2), models.radiotherapy),
    _topic("hold-or-kill", Control("drug-years", (1, 2, 5, 8), 2), models.hold_or_kill),
    _topic("resistance", Control("pump-cells", (0, 1, 2, 5, 10), 2), models.resistance),
    _topic("immune-system", Control("killed-a-month", (0, 5, 10, 15, 20, 25), 15), models.immune_system),
    _topic("remission-and-cure", Control("years-later", (1, 2, 5, 10, 15), 5), models.remission_and_cure),
])  # fmt: skip
"""In the order in which they are best read."""


def topic(name: str) -> Topic:
    """Return a topic.

    Raises
    ------
    InputError
        If none is called so, with near names.
    """
    if name not in TOPICS:
        raise InputError("topic", f"none is called {name!r}", name, nearest(name, TOPICS))
    return TOPICS[name]
