"""A picture of a topic: what the engine found and the words around it, as SVG, as a table, and as bars of text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.report import hundred
from remnant.svg import Axes, Layer, Line, area_chart, line_chart, people_chart, ticks
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH
from remnant.texts.text import PictureWords
from remnant.topic_models import Drawn

COLOURS = {
    "none": 0, "seen": 0, "cycles": 0, "kept-in": 0, "kills": 0, "helped": 0, "tumour": 0, "sleeping": 4, "liver": 4, "holds": 4,
    "growing": 1, "left": 1, "missed": 1, "lungs": 1, "once": 1, "thrown-out": 1, "without": 1, "back": 3, "bones": 3,
    "nodes": 2, "healthy": 2, "no-drug": 5,
}  # fmt: skip
"""By what a part shows: the same thing has the same colour in every picture."""
NO_PEOPLE = ("months", "visits")
"""What the engine found that is no count of 100 people."""
ROWS = 6
"""Moments shown in a table of curves, about."""
BAR = 50
"""Characters of a bar for 100 people."""


@dataclass(frozen=True)
class Picture:
    """What the engine found, with its words in one language."""

    drawn: Drawn
    words: PictureWords
    value: float
    """Of the control."""
    language: str = ENGLISH

    def svg(self) -> str:
        """Return the picture as an SVG element that takes its colours from the page."""
        drawn, labels = self.drawn, self.labels
        if drawn.groups:
            return people_chart(self._said(), [(labels[name], self._layers(counts)) for name, counts in drawn.groups])
        assert drawn.x is not None
        marks = tuple((at, labels[name]) for at, name in drawn.marks)
        axes = Axes(self._said(), self.words.x, self.words.y, (0.0, float(drawn.x[-1])), marks=marks)
        if drawn.stacked:
            return area_chart(axes, drawn.x, [Layer(labels[name], y, COLOURS[name]) for name, y in drawn.curves.items()])
        return line_chart(axes, [Line(labels[name], drawn.x, y, colour=COLOURS[name]) for name, y in drawn.curves.items()])

    @property
    def labels(self) -> dict[str, str]:
        """What each part is called, with the value of the control in its place."""
        return {name: self._filled(label) for name, label in self.words.labels.items()}

    def table(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return headings and rows with the same counts as the picture, out of 100 people."""
        drawn, labels = self.drawn, self.labels
        if drawn.groups:
            parts = [name for name in labels if any(name in counts for _, counts in drawn.groups)]
            rows = tuple((labels[part], *(str(counts.get(part, 0)) for _, counts in drawn.groups)) for part in parts)
            return (phrase("page.of-100", self.language), *(labels[name] for name, _ in drawn.groups)), rows
        assert drawn.x is not None
        moments = [int(np.argmin(np.abs(drawn.x - at))) for at in ticks(0.0, float(drawn.x[-1]), ROWS)]
        rows = tuple((f"{drawn.x[i]:.3g}", *map(str, self._counts(i))) for i in moments)
        return (self.words.x, *(labels[name] for name in drawn.curves)), rows

    def text(self) -> list[str]:
        """Return the picture as lines of text, with a bar for each count, for a terminal."""
        headings, rows = self.table()
        if self.drawn.groups:
            columns = [(heading, [(row[0], int(row[i + 1])) for row in rows]) for i, heading in enumerate(headings[1:])]
        else:
            columns = [(f"{self.words.x}: {row[0]}", list(zip(headings[1:], map(int, row[1:]), strict=True))) for row in rows]
        widest = max(len(label) for _, bars in columns for label, _ in bars)
        lines: list[str] = []
        for heading, bars in columns:
            lines.append(heading)
            lines += [f"  {label.ljust(widest)}  {'#' * round(BAR * count / 100)} {count}" for label, count in bars]
        return lines

    def caption(self) -> str:
        """Return the sentence under the picture with what the engine found; none of 100 and all of them are said in words."""
        facts = {
            name: str(count) if name in NO_PEOPLE else count_words(count, self.language)
            for name, count in self.drawn.facts.items()
        }
        return self._filled(self.words.caption, **facts)

    def _filled(self, words: str, **facts: str) -> str:
        return words.format(value=f"{self.value:g}", amount=self.words.with_unit(self.value), **facts)

    def _said(self) -> str:
        return f"{self.words.title}. {self.caption()}"

    def _counts(self, at: int) -> list[int]:
        shares = [float(y[at]) for y in self.drawn.curves.values()]
        return hundred(shares) if self.drawn.stacked else [hundred([share, 1 - share])[0] for share in shares]

    def _layers(self, counts: dict[str, int]) -> list[Layer]:
        parts = [name for name in self.words.labels if any(name in held for _, held in self.drawn.groups)]
        return [Layer(self.labels[name], counts.get(name, 0), COLOURS[name]) for name in parts]


def count_words(count: int, language: str = ENGLISH) -> str:
    """Return a count of 100 people; never 0 and never 100, because nobody is that sure."""
    if count <= 0:
        return phrase("page.fewer-than-1", language)
    return phrase("page.more-than-99", language) if count >= 100 else str(count)
