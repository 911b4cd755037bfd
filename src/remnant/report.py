"""One self-contained HTML file: sentences first, then pictures and tables, and what made the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from remnant.svg import DARK, LIGHT, colours, style

RESEARCH_ONLY = "For research and teaching. Not approved as a medical device; must not be used to choose care."


@dataclass(frozen=True)
class Figure:
    """A picture as an SVG element made by `remnant.svg`, and the sentence under it."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Table:
    """Cells as text; the first of each row names the row."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chosen: int | None = None
    """Row to stress; None for none."""


@dataclass(frozen=True)
class Section:
    """One question answered."""

    heading: str
    words: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A page: its title, its first sentences and its sections."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())
    short: tuple[str, ...] = ()
    """What was found, one sentence each, before everything else."""


def render(report: Report) -> str:
    """Return the report as one HTML file that asks nothing of the network.

    Parameters
    ----------
    report : Report
        Every text in it is escaped; only the SVG of figures is taken as it is.

    Returns
    -------
    str
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("remnant"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    look = {"light": colours(LIGHT), "dark": colours(DARK), "style": style()}
    return environment.get_template("report.html.j2").render(report=report, research_only=RESEARCH_ONLY, **look)


def hundred(shares: Sequence[float]) -> list[int]:
    """Return whole numbers of 100 people that sum to 100, each as near to its share as that allows.

    Parameters
    ----------
    shares : sequence of float
        From 0 to 1, summing to one.
    """
    exact = 100 * np.asarray(shares, dtype=float)
    whole = np.floor(exact + 1e-9).astype(int)
    missing = 100 - int(whole.sum())
    for i in np.argsort(whole - exact, kind="stable")[:missing]:
        whole[i] += 1
    return [int(count) for count in whole]


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share in 100, or `-` where there is none."""
    if share is None or not np.isfinite(share):
        return "-"
    text = f"{100 * share:.{digits}f}"
    return f"under {10.0**-digits:g}" if share > 0 and float(text) == 0 else text


def years_text(years: float) -> str:
    """Return a time in years as people say it."""
    rounded = round(years, 2)
    return "1 year" if rounded == 1 else f"{rounded:g} years"


def time_words(value: float, unit: str) -> str:
    """Return a time in its unit, and in years where these are easier to grasp: `913 days (2.5 years)`."""
    shown = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    per_year = {"days": 365.25, "months": 12.0}.get(unit)
    return f"{shown} {unit}" if per_year is None or value < per_year else f"{shown} {unit} ({value / per_year:.3g} years)"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits and no exponent where it can be read without."""
    if value is None or not np.isfinite(value):
        return "-"
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
