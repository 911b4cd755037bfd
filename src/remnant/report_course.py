"""The outlook of a course of the catalogue in words, pictures and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.report import Figure, Section, Table, percent, years_text
from remnant.report_outlook import DAYS_PER_YEAR, outlook_section
from remnant.sentences import explain_outlook
from remnant.svg import Axes, Line, line_chart
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH

NOT_HERE = ("slow",)
NO_DRAWS = "No range was asked for, and without one nothing is said in words. The tables hold the figures."
NO_VISITS = "no visits: found by symptoms"
"""As `outlook.card_of` says it of a course without follow-up."""
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


def course_words(card: dict[str, Any], language: str = ENGLISH) -> list[str]:
    """Return a course in one line, and what is to be known about it."""
    if language != ENGLISH:
        return _course_words_in(card, language)
    treatment = ", then ".join(card["treatment"]) or "no further treatment"
    line = f"{card['disease']}, {card['extent']}; {MARGINS[card['surgery']]}; {treatment}; follow-up: {card['follow_up']}."
    return [line, *([card["note"]] if card["note"] else [])]


def disease_name(card: dict[str, Any], language: str = ENGLISH) -> str:
    """Return the name of the disease of a course."""
    return str(card["disease"]) if language == ENGLISH else phrase(f"disease.{card['id']}", language)


def _course_words_in(card: dict[str, Any], language: str) -> list[str]:
    """Return a course in one line of another language; treatments and plans have their names in English."""

    def say(name: str, **gaps: str) -> str:
        return phrase(f"card.{name}", language, **gaps)

    stage = say("stage-usual") if card["stage"] == "usual" else say("stage", stage=card["stage"])
    treatment = say("then").join(card["treatment"]) or say("no-treatment")
    plan = say("no-visits") if card["follow_up"] == NO_VISITS else card["follow_up"]
    operated = say(card["surgery"] or "none")
    return [
        f"{disease_name(card, language)}, {stage}; {operated}; {treatment}; {say('follow-up', plan=plan)}.",
        phrase("page.in-english", language),
    ]


def outcome_words(result: dict[str, Any]) -> list[str]:
    """Return the outlook in a few plain sentences, those of `explain`; without draws there is no range, and so no sentence."""
    if "band" not in result:
        return [NO_DRAWS]
    return [one.text for one in explain_outlook(result) if one.name not in NOT_HERE]


def course_sections(result: dict[str, Any]) -> list[Section]:
    """Return the sections of a report on a course."""
    shown = result | {"name": course_words(result["course"])[0].rstrip(".")}
    first = outlook_section(shown)  # with the picture of sampled lives where there are some
    notes = (*first.notes, *([LITTLE_KNOWN] if result["course"]["evidence"] == "thin" else []))
    words = (*course_words(result["course"]), *outcome_words(result))
    figures = (_well_figure(result), *first.figures)
    tables = (*first.tables, *_ranges_tables(result))
    sections = [Section("Outlook", words, figures, tables, (), (*notes, *_range_note(result)))]
    if "against" in result:
        sections.append(_beside_section(result))
    if "why" in result:
        sections.append(_why_section(result))
    return sections


def _ranges_tables(result: dict[str, Any]) -> list[Table]:
    """Return where and how it is found, of those in whom it comes back, with ranges; nothing without draws."""
    first = result.get("first_found", {})
    tables = []
    for by, caption in (("site", "Where it is found"), ("route", "How it is found")):
        shares = {name: one for name, one in first.get("found", {}).get(by, {}).items() if "low" in one}
        ranges = {name: f"{percent(one['low'])} to {percent(one['high'])}" for name, one in shares.items()}
        rows = tuple((name, percent(one["share"]), ranges[name]) for name, one in shares.items())
        if rows:
            since, last = (years_text(first[day] / DAYS_PER_YEAR) for day in ("from", "to"))
            title = f"{caption}, out of 100 people in whom it comes back from {since} to {last}"
            tables.append(Table(title, ("found first", "of 100", "range"), rows))
    return tables


def _range_note(result: dict[str, Any]) -> tuple[str, ...]:
    return (f"The range is {result['made']['band']}.",) if "band" in result else ()


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
