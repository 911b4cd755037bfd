"""The outlook of one course of care as a section of a report: from plain results to words, a picture and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.report import Figure, Section, Table, hundred, percent, years_text
from remnant.svg import Axes, Layer, Line, area_chart, line_chart, people_chart

DAYS_PER_YEAR = 365.25
STATES = (
    ("cured", "no cancer cell left"),
    ("inactive", "only resting cells"),
    ("active", "growing cells, too few to find"),
    ("found", "found again"),
)
COLOURS = {"cured": 0, "inactive": 4, "active": 1, "found": 3}
CAUSES = {"other_death": "died of another cause first", "second_primary": "a second, different cancer first"}


def outlook_section(result: dict[str, Any]) -> Section:
    """Return what becomes of people after one course of care.

    Parameters
    ----------
    result : dict
        As `service.solve` gives it, with or without `sampled` and `incidence`.
    """
    years = _years(result)
    figures, tables = [*_people_figure(result, years), _states_figure(result)], [_states_table(result, years)]
    if "sampled" in result:
        figures.append(_sampled_figure(result, years))
    if "incidence" in result:
        tables += [_incidence_table(result, years, "site"), _incidence_table(result, years, "route")]
    notes = ("Cells rest or grow unseen until a test or a symptom shows them. These are averages; no one is the average.",)
    words = (f"The course: {result['name']}.", *outlook_words(result)) if result["name"] else tuple(outlook_words(result))
    return Section("Outlook after one course of care", words, tuple(figures), tuple(tables), (), notes)


def outlook_words(result: dict[str, Any]) -> list[str]:
    """Return the outlook in a few plain sentences, each with both counts of 100 people."""
    years, free = _years(result), _curve(result, "recurrence_free")
    last = int(np.argmax(years))
    found, well = hundred([1 - free[last], free[last]])
    words = [f"Out of 100 people, the cancer is found again in {found} within {years_text(years[last])}, and not in {well}."]
    states = [_curve(result, name)[last] for name in ("cured", "inactive", "active")]
    if np.isfinite(states).all():
        none, resting, growing = hundred(states)
        words.append(
            f"Out of 100 people still well at that time, {none} have no cancer cell left, {resting} have only cells that rest, "
            f"and {growing} have cells that grow but are too few to find."
        )
    words += _words_given_well(years, free, last)
    return words + _words_on_causes(result, last)


def _words_given_well(years: Floats, free: Floats, last: int) -> list[str]:
    half = [i for i in range(len(years)) if 0 < years[i] <= years[last] / 2]
    if not half or not free[half[-1]] > 0:
        return []
    since = half[-1]
    found, well = hundred([1 - free[last] / free[since], free[last] / free[since]])
    return [
        f"Out of 100 people well at {years_text(years[since])}, it is found again in {found} "
        f"by {years_text(years[last])}, and not in {well}."
    ]


def _words_on_causes(result: dict[str, Any], last: int) -> list[str]:
    if "incidence" not in result:
        return []
    causes = {words: result["incidence"]["kind"][name][last] for name, words in CAUSES.items()}
    if not any(causes.values()):
        return []
    free = result["event_free"][last]
    counts = hundred([1 - free - sum(causes.values()), *causes.values(), free])
    others = ", ".join(f"{count} {words}" for count, words in zip(counts[1:], causes, strict=False))
    return [f"With everything else that can happen in life: {counts[0]} found again, {others}, {counts[-1]} none of these."]


def states_picture(result: dict[str, Any]) -> str:
    """Return the states over time as an SVG element: what is left in everyone, stacked to 100 people."""
    years = _years(result)
    free = _curve(result, "recurrence_free")
    shares = {name: free * _curve(result, name) for name in ("cured", "inactive", "active")} | {"found": 1 - free}
    axes = Axes("People over time, out of 100, by what is left of the cancer", "years", "out of 100 people", _span(years))
    return area_chart(axes, years, [Layer(words, np.nan_to_num(shares[name]), COLOURS[name]) for name, words in STATES])


def _people_figure(result: dict[str, Any], years: Floats) -> list[Figure]:
    free = _curve(result, "recurrence_free")
    states = {name: _curve(result, name) for name in ("cured", "inactive", "active")}
    known = [i for i in _chosen(years, 4) if years[i] > 0 and all(np.isfinite(values[i]) for values in states.values())][-3:]
    if not known:
        return []
    groups = []
    for i in known:
        counts = hundred([*(free[i] * values[i] for values in states.values()), 1 - free[i]])
        layers = [Layer(words, count, COLOURS[name]) for (name, words), count in zip(STATES, counts, strict=True)]
        groups.append((f"after {years_text(years[i])}", layers))
    said = "; ".join(f"{heading}: " + ", ".join(f"{g.share} {g.label}" for g in layers) for heading, layers in groups)
    return [
        Figure(
            people_chart(f"100 people {said}", groups), f"Each dot is one of 100 people like these. {said[0].upper()}{said[1:]}."
        )
    ]


def _states_figure(result: dict[str, Any]) -> Figure:
    return Figure(
        states_picture(result), "Everyone is in one of these groups at each time. Other causes of death are left out here."
    )


def _sampled_figure(result: dict[str, Any], years: Floats) -> Figure:
    sampled = result["sampled"]
    free, error = (np.array(sampled[name], dtype=float) for name in ("recurrence_free", "standard_error"))
    lowest = float(np.floor(10 * min(free.min(), _curve(result, "recurrence_free").min())) / 10)
    axes = Axes("Recurrence-free: computed and sampled", "years", "still well, out of 100", _span(years), (max(lowest, 0.0), 1.0))
    lines = [
        Line("computed exactly", years, _curve(result, "recurrence_free")),
        Line(f"{sampled['patients']:,} sampled lives", years, free, low=free - 2 * error, high=free + 2 * error, points=True),
    ]
    return Figure(
        line_chart(axes, lines),
        f"Two engines, one answer: the largest gap is {sampled['largest_gap']:.1f} standard errors of the sample.",
    )


def _states_table(result: dict[str, Any], years: Floats) -> Table:
    headings = ("time", "still well", "found again", *(f"of those well: {words}" for _, words in STATES[:3]))
    rows = []
    for i in _chosen(years):
        free = result["recurrence_free"][i]
        rows.append(
            (
                years_text(years[i]),
                percent(free),
                percent(max(1 - free, 0.0)),
                *(percent(result[name][i]) for name, _ in STATES[:3]),
            )
        )
    return Table("What is left, out of 100 people", headings, tuple(rows))


def _incidence_table(result: dict[str, Any], years: Floats, by: str) -> Table:
    shown = _chosen(years)
    headings = ("first found" + (" at" if by == "site" else " by"), *(years_text(years[i]) for i in shown))
    shares = dict(result["incidence"][by]) | {
        words: result["incidence"]["kind"][name] for name, words in CAUSES.items() if any(result["incidence"]["kind"][name])
    }
    rows = tuple((name, *(percent(values[i]) for i in shown)) for name, values in shares.items())
    return Table(
        f"{'Where' if by == 'site' else 'How'} it is first found, out of 100 people, other causes taken into account",
        headings,
        rows,
    )


def _years(result: dict[str, Any]) -> Floats:
    return (np.array(result["times"], dtype=float) - result["zero"]) / DAYS_PER_YEAR


def _curve(result: dict[str, Any], name: str) -> Floats:
    return np.array([np.nan if value is None else value for value in result[name]], dtype=float)


def _span(years: Floats) -> tuple[float, float]:
    return min(0.0, float(years.min())), max(float(years.max()), 1e-6)


def _chosen(years: Floats, most: int = 6) -> list[int]:
    """Pick a few times for a table, the last among them."""
    order = np.argsort(years, kind="stable")
    return [int(i) for i in order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(int))]]
