"""Small charts as inline SVG: they scale, print, follow light and dark pages and ask nothing of the network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.reading import Floats

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 52
LEGEND_ROW = 22
UNDER = 34
"""Height of the figures under the axis."""
CHARACTER = 7.2
"""Width of a letter of the legend, so that entries do not run into one another."""
DASHES = ("", "7 4", "2 3", "9 3 2 3", "12 4", "")
MOST_POINTS = 400
PLAIN = 5
"""The quiet colour without dashes, for what was observed."""

LIGHT = ("#005a9c", "#b3421b", "#2b7a3f", "#7a3e9d", "#7a5c00", "#4a5563")
DARK = ("#7cc0ff", "#ff9d76", "#86d69b", "#d3a6f2", "#e3c566", "#b8c2cf")


@dataclass(frozen=True, eq=False)
class Line:
    """One curve, with a band where `low` and `high` are given."""

    label: str
    x: Floats
    y: Floats
    step: bool = False
    """Drawn as stairs, as a Kaplan-Meier curve is."""
    low: Floats | None = None
    high: Floats | None = None
    points: bool = False
    """Drawn as points with error bars from low to high, as sampled figures are."""
    colour: int | None = None
    """Which colour of the palette; None for the next one."""


@dataclass(frozen=True)
class Axes:
    """What the picture is about, for those who see it and for those who have it read out."""

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float] = (0.0, 1.0)
    marks: tuple[tuple[float, str], ...] = ()
    """Upright lines: where, and what they say."""
    under: tuple[tuple[float, str], ...] = ()
    """Figures under the axis, such as patients still watched: where, and what they say."""
    under_label: str = ""
    """What the figures under the axis are; empty for none."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One share of a whole, over time or at one moment."""

    label: str
    share: Any
    """From 0 to 1; an array over time in `area_chart`, a whole number of people in `people_chart`."""
    colour: int


def line_chart(axes: Axes, lines: Sequence[Line]) -> str:
    """Return curves over time as an SVG element."""
    numbers = [i if line.colour is None else line.colour for i, line in enumerate(lines)]
    body = [_curve(axes, line, number) for line, number in zip(lines, numbers, strict=True)]
    kinds = [(line.label, number, "point" if line.points else "line") for line, number in zip(lines, numbers, strict=True)]
    return _document(axes, body, kinds)


def area_chart(axes: Axes, x: ArrayLike, layers: Sequence[Layer]) -> str:
    """Return shares that sum to one, stacked from the bottom up in the order given, as an SVG element."""
    times = np.asarray(x, dtype=float)
    base = np.zeros_like(times)
    body = []
    for layer in layers:
        top = base + np.asarray(layer.share, dtype=float)
        body.append(f'<path class="a{layer.colour}" d="{_closed(axes, times, base, top)}"/>')
        base = top
    return _document(axes, body, [(layer.label, layer.colour, "area") for layer in reversed(layers)])


def people_chart(title: str, groups: Sequence[tuple[str, Sequence[Layer]]], width: int = WIDTH) -> str:
    """Return, for each group, 100 people as dots in ten rows of ten, coloured by what became of them.

    Parameters
    ----------
    title : str
        For those who have the picture read out.
    groups : sequence of (heading, layers)
        The shares of the layers of one group are whole numbers that sum to 100.
    width : int
        Of the picture; ten dots need 190.
    """
    column, dot = (width - 2 * RIGHT) / max(len(groups), 1), 19
    parts = []
    for at, (heading, layers) in enumerate(groups):
        left = RIGHT + at * column + (column - 10 * dot) / 2
        colours = [layer.colour for layer in layers for _ in range(int(layer.share))]
        parts.append(f'<text class="label" x="{left + 5 * dot:.0f}" y="18" text-anchor="middle">{escape(heading)}</text>')
        for i, colour in enumerate(colours):
            x, y = left + dot * (i % 10) + dot / 2, 34 + dot * (i // 10) + dot / 2
            parts.append(f'<circle class="p{colour}" cx="{x:.1f}" cy="{y:.1f}" r="7"/>')
    below = 34 + 10 * dot + 22
    legend, height = _legend([(layer.label, layer.colour, "dot") for layer in groups[0][1]], RIGHT, below)
    head = (
        f'<svg viewBox="0 0 {width} {below + height}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )
    return "\n".join([head, *parts, *legend, "</svg>"])


def style() -> str:
    """Return the CSS of the charts; the colours come from the variables of `colours`."""
    rules = [
        "svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }",
        "svg .tick { fill: var(--soft); font-size: 12px; }",
        "svg .grid { stroke: var(--rule); stroke-width: 1; fill: none; }",
        "svg .mark { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 3; fill: none; }",
    ]
    for i in range(len(LIGHT)):
        rules.append(f"svg .l{i} {{ stroke: var(--c{i}); stroke-width: 2.5; fill: none; }}")
        rules.append(
            f"svg .b{i} {{ fill: var(--c{i}); opacity: .18; }} "
            f"svg .a{i} {{ fill: var(--c{i}); opacity: .82; stroke: var(--page); stroke-width: 1.5; }}"
        )
        rules.append(f"svg .d{i}, svg .p{i} {{ fill: var(--c{i}); }}")
    return "\n".join(rules)


def colours(palette: Sequence[str]) -> str:
    """Return CSS variables for a palette, `LIGHT` or `DARK`."""
    return " ".join(f"--c{i}: {colour};" for i, colour in enumerate(palette))


def on_its_own(svg: str) -> str:
    """Return an SVG element as a file of its own, with its colours for light and dark pages and a ground behind it."""
    light = f":root {{ --ink: #1c2430; --soft: #566173; --rule: #c9d0d9; --page: #fff; {colours(LIGHT)} }}"
    dark = f":root {{ --ink: #e8ecf1; --soft: #aab4c2; --rule: #424c5a; --page: #14181e; {colours(DARK)} }}"
    look = f"<style>{light} @media (prefers-color-scheme: dark) {{ {dark} }} {style()}</style>"
    ground = '<rect width="100%" height="100%" fill="var(--page)"/>'
    return svg.replace(">", f">{look}{ground}", 1) + "\n"


def _document(axes: Axes, body: Sequence[str], entries: Sequence[tuple[str, int, str]]) -> str:
    below = HEIGHT + 10 + (UNDER if axes.under_label else 0)
    legend, height = _legend(entries, LEFT, below)
    size = f'viewBox="0 0 {WIDTH} {below + height}"'
    parts = [
        f'<svg {size} role="img" aria-label="{escape(axes.title)}" xmlns="http://www.w3.org/2000/svg">',
        *_grid(axes),
        *body,
        *_marks(axes),
        *_under(axes),
        *legend,
        "</svg>",
    ]
    return "\n".join(parts)


def _under(axes: Axes) -> list[str]:
    if not axes.under_label:
        return []
    parts = [f'<text class="tick" x="{LEFT}" y="{HEIGHT + 6}">{escape(axes.under_label)}</text>']
    for x, words in axes.under:
        parts.append(
            f'<text class="tick" x="{_across(axes, x):.1f}" y="{HEIGHT + 24}" text-anchor="middle">{escape(words)}</text>'
        )
    return parts


def _across(axes: Axes, x: float) -> float:
    low, high = axes.x_range
    return LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _up(axes: Axes, y: float) -> float:
    low, high = axes.y_range
    return TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _grid(axes: Axes) -> list[str]:
    parts = []
    for y in ticks(*axes.y_range):
        at = _up(axes, y)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_per_hundred(y)}</text>')
    for x in ticks(*axes.x_range):
        at = _across(axes, x)
        parts.append(f'<path class="grid" d="M{at:.1f} {HEIGHT - BOTTOM}v5"/>')
        parts.append(f'<text class="tick" x="{at:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{x:g}</text>')
    middle, centre = (TOP + HEIGHT - BOTTOM) / 2, (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="label" x="{centre:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(axes.x_label)}</text>')
    turned = f'transform="rotate(-90 16 {middle:.0f})"'
    parts.append(f'<text class="label" x="16" y="{middle:.0f}" text-anchor="middle" {turned}>{escape(axes.y_label)}</text>')
    return parts


def _marks(axes: Axes) -> list[str]:
    parts = []
    for x, words in axes.marks:
        at = _across(axes, x)
        anchor, shift = ("start", 6) if at < (LEFT + WIDTH) / 2 else ("end", -6)
        parts.append(f'<path class="mark" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text class="label" x="{at + shift:.1f}" y="{HEIGHT - BOTTOM - 10}" text-anchor="{anchor}">{escape(words)}</text>'
        )
    return parts


def _curve(axes: Axes, line: Line, number: int) -> str:
    inside = np.isfinite(line.y) & (line.x >= axes.x_range[0]) & (line.x <= axes.x_range[1])
    x, y = line.x[inside], line.y[inside]
    low = line.low[inside] if line.low is not None else None
    high = line.high[inside] if line.high is not None else None
    if line.points:
        return _dots(axes, x, y, low, high, number)
    if line.step:
        x, y, low, high = _stairs(x, y, low, high)
    keep = _thinned(len(x))
    x, y = x[keep], y[keep]
    band = ""
    if low is not None and high is not None:
        band = f'<path class="b{number}" d="{_closed(axes, x, low[keep], high[keep])}"/>'
    return f'{band}<path class="l{number}"{_dash(number)} d="{_path(axes, x, y)}"/>'


def _dots(axes: Axes, x: Floats, y: Floats, low: Floats | None, high: Floats | None, number: int) -> str:
    parts = []
    for i in range(len(x)):
        across = _across(axes, x[i])
        if low is not None and high is not None:
            parts.append(f'<path class="l{number}" d="M{across:.1f} {_up(axes, low[i]):.1f}V{_up(axes, high[i]):.1f}"/>')
        parts.append(f'<circle class="d{number}" cx="{across:.1f}" cy="{_up(axes, y[i]):.1f}" r="3"/>')
    return "".join(parts)


def _stairs(x: Floats, *heights: Floats | None) -> tuple[Floats, Floats, Floats | None, Floats | None]:
    across = np.repeat(x, 2)[1:]
    y, low, high = (None if h is None else np.repeat(h, 2)[:-1] for h in heights)
    assert y is not None
    return across, y, low, high


def _thinned(count: int) -> NDArray[np.intp]:
    """Pick points for the picture only; it also keeps a report from holding every patient's time."""
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MOST_POINTS).round().astype(np.intp))


def _path(axes: Axes, x: Floats, y: Floats) -> str:
    return "M" + "L".join(f"{_across(axes, a):.1f} {_up(axes, b):.1f}" for a, b in zip(x, y, strict=True))


def _closed(axes: Axes, x: Floats, low: Floats, high: Floats) -> str:
    return _path(axes, np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]])) + "Z"


def _legend(entries: Sequence[tuple[str, int, str]], left: int, top: int) -> tuple[list[str], int]:
    parts, x, y = [], float(left), top
    for label, number, kind in entries:
        needed = 44 + CHARACTER * len(label)
        if x > left and x + needed > WIDTH - RIGHT:
            x, y = float(left), y + LEGEND_ROW
        parts.append(_sign(number, kind, x, y))
        parts.append(f'<text class="label" x="{x + 32:.0f}" y="{y}">{escape(label)}</text>')
        x += needed
    return parts, y - top + 20


def _sign(number: int, kind: str, x: float, y: float) -> str:
    if kind == "area":
        return f'<rect class="a{number}" x="{x:.0f}" y="{y - 10}" width="24" height="13"/>'
    if kind == "dot":
        return f'<circle class="p{number}" cx="{x + 18:.0f}" cy="{y - 4}" r="7"/>'
    if kind == "point":
        bar = f'<path class="l{number}" d="M{x + 14:.0f} {y - 11}v14"/>'
        return f'{bar}<circle class="d{number}" cx="{x + 14:.0f}" cy="{y - 4}" r="3"/>'
    return f'<path class="l{number}"{_dash(number)} d="M{x:.0f} {y - 4}h26"/>'


def _dash(number: int) -> str:
    dash = DASHES[number % len(DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Return round numbers from `low` to `high`, about so many, for an axis; whole ones where they are one and more apart."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999 and (s != 2.5 or power != 1))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _per_hundred(share: float) -> str:
    return f"{100 * share:g}"
