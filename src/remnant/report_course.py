"""The outlook of a course of the catalogue in words, pictures and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.report import Figure, Section, Table, hundred, percent, years_text
from remnant.report_outlook import DAYS_PER_YEAR, outlook_section
from remnant.svg import Axes, Line, line_chart

ROUTES = {"kind": "first event, kind", "site": "first found at", "route": "first found by"}
MARGINS = {
    "R0": "operated, nothing seen at the edge",
    "R1": "operated, cells at the edge",
    "R2": "operated, some left",
    None: "not operated",
}
LITTLE_KNOWN = (
    "Too little has been published on this disease for its numbers to be relied on; they show how it may go, not how often."
)


def course_words(card: dict[str, Any]) -> list[str]:
    """Return a course in one line, and what is to be known about it."""
    treatment = ", then ".join(card["treatment"]) or "no further treatment"
    line = f"{card['disease']}, {card['extent']}; {MARGINS[card['surgery']]}; {treatment}; follow-up: {card['follow_up']}."
    return [line, *([card["note"]] if card["note"] else [])]


def outcome_words(result: dict[str, Any]) -> list[str]:
    """Return the outlook in a few plain sentences with both counts and the range."""
    years = np.array(result["times"], dtype=float) / DAYS_PER_YEAR
    free = np.array(result["recurrence_free"], dtype=float)
    band = result.get("band", {}).get("recurrence_free")
    words = [_sentence("people like this", f"within {years_text(years[-1])}", 1 - free[-1], _recurred(band, -1))]
    if "given_free" in result and result["given_free"]["since"] > 0:
        given = result["given_free"]
        since = given["since"] / DAYS_PER_YEAR
        later = 1 - float(given["recurrence_free"][-1])
        reach = _recurred(given if "low" in given else None, -1)
        words.append(_sentence(f"people still well after {years_text(since)}", f"by {years_text(years[-1])}", later, reach))
    below = result["below"]
    if below["day"] < result["times"][-1]:
        since = years_text(round(below["day"] / DAYS_PER_YEAR, 1))
        few = f"{100 * below['remaining_risk']:.0f} in 100 of those still well"
        words.append(f"From about {since} on, fewer than {few} have it come back later, until {years_text(years[-1])}.")
    if "against" in result:
        words.append(_against_words(result, years[-1]))
    return words


def course_sections(result: dict[str, Any]) -> list[Section]:
    """Return the sections of a report on a course."""
    shown = result | {"name": course_words(result["course"])[0].rstrip(".")}
    first = outlook_section(shown)  # with the picture of sampled lives where there are some
    notes = (*first.notes, *([LITTLE_KNOWN] if result["course"]["evidence"] == "thin" else []))
    words = (*course_words(result["course"]), *outcome_words(result), *first.words[2:])
    figures = (_well_figure(result), *first.figures)
    sections = [Section("Outlook", words, figures, first.tables, (), (*notes, *_range_note(result)))]
    if "against" in result:
        sections.append(_beside_section(result))
    if "why" in result:
        sections.append(_why_section(result))
    return sections


def _range_note(result: dict[str, Any]) -> tuple[str, ...]:
    return (f"The range is {result['made']['band']}.",) if "band" in result else ()


def _sentence(who: str, when: str, share: float, reach: tuple[float, float] | None) -> str:
    found, well = hundred([share, 1 - share])
    counts = _counts(found, well)
    ranged = "" if reach is None else f"; it could be {_whole(reach[0])} to {_whole(reach[1])}"
    return f"Of 100 {who}, {counts[0]} have it come back {when} and {counts[1]} do not{ranged}."


def _counts(found: int, well: int) -> tuple[str, str]:
    if found == 0:
        return "fewer than 1", "more than 99"
    return ("more than 99", "fewer than 1") if well == 0 else (f"about {found}", str(well))


def _whole(share: float) -> str:
    return str(min(max(round(100 * share), 1), 99))


def _recurred(band: dict[str, Any] | None, at: int) -> tuple[float, float] | None:
    return None if band is None else (1 - float(band["high"][at]), 1 - float(band["low"][at]))


def _against_words(result: dict[str, Any], years: float) -> str:
    gap = result["against"]["difference"]
    more = 100 * float(gap["recurrence_free"][-1])
    here, there = ("this course", "the other") if more >= 0 else ("the other course", "this one")
    reach = f" (range {100 * gap['low'][-1]:+.0f} to {100 * gap['high'][-1]:+.0f})" if "low" in gap else ""
    count = "fewer than 1 more" if abs(more) < 0.5 else f"about {abs(more):.0f} more"
    return (
        f"Beside the other course: of 100 people, {count} are still well at {years_text(years)} on {here} than on {there}{reach}."
    )


def _well_figure(result: dict[str, Any]) -> Figure:
    years = np.array(result["times"], dtype=float) / DAYS_PER_YEAR
    free = np.array(result["recurrence_free"], dtype=float)
    band = result.get("band", {}).get("recurrence_free")
    low, high = (np.array(band[end], dtype=float) for end in ("low", "high")) if band else (None, None)
    lines = [Line("this course", years, free, low=low, high=high)]
    if "against" in result:
        lines.append(Line("the other course", years, np.array(result["against"]["recurrence_free"], dtype=float)))
    if "given_free" in result:
        given = np.array([np.nan if v is None else v for v in result["given_free"]["recurrence_free"]], dtype=float)
        lines.append(Line(f"those well after {years_text(result['given_free']['since'] / DAYS_PER_YEAR)}", years, given))
    axes = Axes("Still well over time", "years", "out of 100 people", (0.0, float(years[-1])))
    return Figure(line_chart(axes, lines), "The shaded band is the range: what is not known about the numbers behind the curve.")


def _beside_section(result: dict[str, Any]) -> Section:
    other, gap = result["against"], result["against"]["difference"]
    rows = tuple(
        (years_text(day / DAYS_PER_YEAR), percent(result["recurrence_free"][i]), percent(other["recurrence_free"][i]),
         f"{100 * gap['recurrence_free'][i]:+.1f}",
         f"{100 * gap['low'][i]:+.1f} to {100 * gap['high'][i]:+.1f}" if "low" in gap else "-")
        for i, day in enumerate(result["times"]) if day > 0
    )  # fmt: skip
    table = Table("Still well, out of 100 people", ("time", "this course", "the other", "more well here", "range"), rows)
    note = "The two are set side by side, not ranked: harms and burdens of treatment are not in these numbers."
    return Section("Beside another course", (course_words(other["course"])[0],), (), (table,), (), (note,))


def _why_section(result: dict[str, Any]) -> Section:
    rows = tuple(
        (one["path"], one["number"], f"{percent(one['free_at_low'])} to {percent(one['free_at_high'])}",
         "-" if one["share"] is None else percent(one["share"], 0), ", ".join(one["source"]) or one["standing"])
        for one in result["why"]
    )  # fmt: skip
    headings = ("number", "value and range", "well at its ends, of 100", "part in variance, %", "stands on")
    words = ("Each number was moved over its range with the others left alone; those that move the answer most come first.",)
    return Section("What moves the answer most", words, (), (Table("Numbers", headings, rows),))
