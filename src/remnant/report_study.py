"""A study as one HTML page: what was asked, what was found, published numbers beside it, pictures and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.report import Figure, Report, Section, Table, render
from remnant.report_worth import money_section
from remnant.study.measured import SHARES
from remnant.svg import PLAIN, Axes, Line, line_chart

TIMES = ("median-time", "event-free-years", "lead-time", "life-years", "median-after-recurrence", "median-unchanged")
RATIOS = ("hazard-ratio",)
COUNTS = (
    "growth-found-by-symptoms", "growth-found-by-exams", "exams", "exams-per-recurrence", "scans", "scans-per-recurrence",
    "false-alarms",
)  # fmt: skip
FOUND = (
    ("recurrence", "found again first"), ("other-death", "died of another cause first"),
    ("second-primary", "a second, different cancer first"),
    ("event-free", "none of these"), ("median-time", "median time to finding, of those found"),
    ("median-size", "median size of the largest lesion when found"),
    ("growth-found-by-symptoms", "growth speed of those found by symptoms, 1 is the middle"),
    ("growth-found-by-exams", "growth speed of those found by exams"), ("exams", "exams a person"),
    ("exams-per-recurrence", "exams for one recurrence found"),
    ("scans", "of them scans, a person"),
    ("scans-per-recurrence", "scans for one recurrence found"), ("false-alarms", "false alarms a person"),
    ("people-with-false-alarms", "people with any false alarm"), ("event-free-years", "years without an event"),
)  # fmt: skip
FOUND_LATER = (
    ("alive", "alive"),
    ("cancer-death", "died of the cancer"),
    ("life-years", "years of life"),
    ("treated-for-cure", "treated with the aim to cure, of recurrences"),
    ("median-after-recurrence", "median survival after a recurrence, years"),
)
"""Of people followed after a recurrence."""
SHARED = (("kind", "kind", "by kind"), ("site", "place", "by place"), ("route", "found by", "by what found them"))
MONTHS_PER_YEAR = 12


def study_page(result: dict[str, Any]) -> str:
    """Return the report of a study as one HTML file."""
    return render(study_report(result))


def study_report(result: dict[str, Any]) -> Report:
    """Return the report of a study.

    Parameters
    ----------
    result : dict
        As `study.answer.answer` gives it.
    """
    names = [arm["name"] for arm in result["arms"]]
    lead = [result["question"]] if result["question"] else []
    lead.append(
        f"{result['patients']:,} sampled people, each in {'both' if len(names) == 2 else 'all ' + str(len(names))} arms "
        f"({', '.join(names)}), followed for {result['years']:g} years."
    )
    lead += [f"{words}." for words in entry_words(result)]
    sections = [_found_section(result, names), _shares_section(result, names)]
    sections += [_against_section(result)] if result["against"] else []
    sections += [_published_section(result)] if result["published"] else []
    sections += [_power_section(result)] if result["power"] else []
    sections += [money_section(result), _made_section(result)]
    return Report(result["name"], tuple(lead), tuple(sections), tuple(_short(result)))


def _short(result: dict[str, Any]) -> list[str]:
    """Return what was found, a sentence each."""
    words = []
    for arm in result["arms"]:
        found = arm["numbers"]
        words.append(
            f"{arm['name']}: found again in {shown('recurrence', found['recurrence'])} of people, "
            f"with {shown('exams', found['exams'])} exams and {shown('false-alarms', found['false-alarms'])} false alarms each."
        )
    for one in result["against"]:
        lead = one["lead_time_years"]["value"]
        if lead is not None:
            sooner = "sooner" if lead >= 0 else "later"
            words.append(
                f"Those found in both are found {abs(lead) * MONTHS_PER_YEAR:.1f} months {sooner} with {one['arm']} "
                f"than with {one['against']}. {_lived(result, one)}"
            )
    return [*words, score_words(result)] if result["published"] else words


def _lived(result: dict[str, Any], one: dict[str, Any]) -> str:
    """Return what sooner finding is worth in years of life, where people are followed to death."""
    arms = {arm["name"]: arm["numbers"].get("life-years") for arm in result["arms"]}
    here, there = arms[one["arm"]], arms[one["against"]]
    if here is None or there is None:
        return "Sooner found is not longer lived: what follows is not part of these numbers."
    days = 365.25 * (here["value"] - there["value"])
    return (
        f"Sooner found is not longer lived: within {result['years']:g} years they live {days:+.0f} days beside it, in the mean."
    )


def _found_section(result: dict[str, Any], names: list[str]) -> Section:
    rows = tuple(tuple(row) for row in found_rows(result))
    ends = _whole(endpoint_rows(result))
    tables = [
        Table("What comes first, out of all people unless said otherwise", (f"by {result['years']:g} years", *names), rows),
        Table("Endpoints asked for, with 95% intervals of the sampling", ("endpoint", *names, f"against {names[0]}"), ends),
    ]
    return Section("What becomes of people", (), (_curve_figure(result),), tuple(tables))


def _whole(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """Return rows whose intervals and errors are not torn apart at the end of a line."""
    return tuple(
        tuple(
            cell.replace(" to ", "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}").replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")
            for cell in row
        )
        for row in rows
    )


def _curve_figure(result: dict[str, Any]) -> Figure:
    curves = [(arm["name"], arm["curves"]) for arm in result["arms"]]
    highest = max(max(curve["recurrence"]) for _, curve in curves)
    top = min(1.0, max(0.05, np.ceil(highest * 1.1 * 20) / 20))
    axes = Axes(
        "Found again over time, by arm", "years", "found again, out of 100", (0.0, float(result["years"])), (0.0, float(top))
    )
    lines = [Line(name, np.array(curve["years"]), np.array(curve["recurrence"]), step=True) for name, curve in curves]
    return Figure(
        line_chart(axes, lines), "People found again, other deaths and second cancers coming first left out of the count."
    )


def _shares_section(result: dict[str, Any], names: list[str]) -> Section:
    tables = []
    for by, heading, caption in SHARED:
        keys = [key for key in result["arms"][0]["shares"][by] if any(arm["shares"][by][key]["value"] for arm in result["arms"])]
        rows = tuple((key, *(shown("share", arm["shares"][by][key]) for arm in result["arms"])) for key in keys)
        tables.append(Table(f"Recurrences {caption}", (heading, *names), rows))
    exams = list(dict.fromkeys(exam for arm in result["arms"] for exam in arm["exams"]))
    rows = tuple((exam, *(_exam_words(arm["exams"].get(exam)) for arm in result["arms"])) for exam in exams)
    if rows:
        tables.append(Table("Exams a person, and false alarms among them", ("exam", *names), rows))
    notes = ("A place with several lesions counts once; at one visit the most advanced place names the event.",)
    return Section("Where and how it is found", (), _size_figures(result), tuple(tables), (), notes)


def _size_figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    axes = Axes("Size of the largest lesion when found, by arm", "mm", "recurrences not above it, out of 100", (0.0, 100.0))
    lines = [Line(arm["name"], np.array(arm["sizes"]["mm"]), np.array(arm["sizes"]["not_above"])) for arm in result["arms"]]
    if not any(line.y.any() for line in lines):
        return ()
    return (Figure(line_chart(axes, lines), "The further to the left, the smaller what is found."),)


def _exam_words(exam: dict[str, Any] | None) -> str:
    if exam is None:
        return "not done"
    alarms = "false alarms not known" if exam["false_alarms"] is None else f"{exam['false_alarms']:.3f} false"
    return f"{exam['per_person']:.2f} ({alarms})"


def _against_section(result: dict[str, Any]) -> Section:
    headings = (
        "arm",
        "against",
        "hazard ratio of recurrence",
        "of any event",
        "of death",
        "found sooner, months",
        "variance cut",
    )
    rows = _whole([compared_row(one) for one in result["against"]])
    notes = (
        "Arms share their people, so their difference has a small error; the last column is by how much the variance of the "
        "difference in recurrences is smaller than with people of its own in each arm.",
        "A hazard ratio above 1 for more exams shows sooner finding, not more disease.",
    )
    facts = tuple(
        (f"{one['arm']} and {one['against']}", f"{one['found_in_both']:,} found in both, {one['found_here_only']:,} in the first "
         f"only, {one['found_there_only']:,} in the second only") for one in result["against"]
    )  # fmt: skip
    return Section("Arms beside each other", (), (), (Table("Each arm beside the first", headings, rows),), facts, notes)


def _published_section(result: dict[str, Any]) -> Section:
    headings = ("published result", "arm", "published", "95% interval", "study ± error", "", "row")
    rows = _whole(published_rows(result))
    sources = dict.fromkeys(f"{one['evidence']}: {one['source']}, {one['link']} [{one['status']}]" for one in result["published"])
    misses = [
        f"Outside: {one['what']}, {one['arm']}. {one['miss'] or 'No reason known.'}"
        for one in result["published"]
        if one["inside"] is False
    ]
    tables = (Table("Published and sampled", headings, rows),)
    return Section(
        "Published numbers beside it", (score_words(result), *misses), _published_figures(result), tables, (), tuple(sources)
    )


def _published_figures(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return a picture of the shares among the published numbers, for other numbers have other units."""
    kept = [
        (row, one) for row, one in enumerate(result["published"], 1)
        if not one["compare"] and one["measure"] in SHARES and one["interval"] and one["study"]["low"] is not None
    ]  # fmt: skip
    if not kept:
        return ()
    at = np.array([row for row, _ in kept], dtype=float)
    printed = np.array([(one["published"], *one["interval"]) for _, one in kept]).T
    ours = np.array([[one["study"][key] for key in ("value", "low", "high")] for _, one in kept]).T
    axes = Axes(
        "Published shares and those of the study", "row of the table", "out of 100", (0.0, len(result["published"]) + 1.0)
    )
    lines = [
        Line(
            "published, with its 95% interval", at - 0.1, printed[0], low=printed[1], high=printed[2], points=True, colour=PLAIN
        ),
        Line("this study", at + 0.1, ours[0], low=ours[1], high=ours[2], points=True, colour=0),
    ]
    said = "; ".join(f"row {row}: {one['what']}, {one['arm']}" for row, one in kept)
    return (Figure(line_chart(axes, lines), f"{said[0].upper()}{said[1:]}."),)


def _power_section(result: dict[str, Any]) -> Section:
    tables = []
    for power in result["power"]:
        asked = power["asked"]
        rows = tuple(
            (f"{one['people_per_arm']:,}", f"{one['power']:.3f}", f"{one['error']:.3f}", f"{one['events']:.0f}")
            for one in power["sizes"]
        )
        caption = (
            f"{asked['arms'][0]} against {asked['arms'][1]}: {asked['endpoint']}, log-rank test at {asked['alpha']:g}, "
            f"entry over {asked['accrual_years']:g} years and {asked['follow_up_years']:g} years after the last entry, "
            f"{asked['trials']:,} trials drawn"
        )
        tables.append(Table(caption, ("people per arm", "power", "standard error", "events"), rows))
    return Section("Power of a trial of this size", (), (), tuple(tables))


def _made_section(result: dict[str, Any]) -> Section:
    facts = tuple((name, str(value)) for name, value in result["made"].items())
    return Section("What made these numbers", (), (), (), facts)


def found_rows(result: dict[str, Any]) -> list[list[str]]:
    """Return what is found in each arm, a row each."""
    known = result["arms"][0]["numbers"]
    rows = [(name, words) for name, words in (*FOUND, *FOUND_LATER) if name in known]
    return [[words, *(shown(name, arm["numbers"][name]) for arm in result["arms"])] for name, words in rows]


def endpoint_rows(result: dict[str, Any]) -> list[list[str]]:
    """Return the endpoints asked for, a row each."""
    rows = []
    for one in result["endpoints"]:
        arms = [ranged(one["measure"], arm) for arm in one["arms"]] or ["-" for _ in result["arms"]]
        gaps = [ranged(one["measure"], gap, gap=True) for gap in one["against_first"]]
        rows.append([one["what"], *arms, "; ".join(gaps) or "-"])
        if (over := one["over_draws"]) is not None:
            told = [_band(one["measure"], of, gap=False) for of in over["arms"]]
            less = "; ".join(_band(one["measure"], of, gap=True) for of in over["less_first"])
            rows.append([f"  over {result['draws']} draws", *told, less or "-"])
    return rows


def _band(measure: str, of: dict[str, Any], *, gap: bool) -> str:
    return "-" if of["low"] is None else f"{_one(measure, of['low'], gap)} to {_one(measure, of['high'], gap)}"


def compared_row(one: dict[str, Any]) -> list[str]:
    """Return an arm beside the first one as a row."""
    ratios = [ranged("hazard-ratio", one["hazard_ratio"][endpoint]) for endpoint in ("recurrence", "event-free")]
    ratios.append(ranged("hazard-ratio", one["hazard_ratio"]["death"]) if "death" in one["hazard_ratio"] else "not followed")
    lead = one["lead_time_years"]
    sooner = (
        "-" if lead["value"] is None else f"{lead['value'] * MONTHS_PER_YEAR:.1f} (median {lead['median'] * MONTHS_PER_YEAR:.1f})"
    )
    cut = one["difference"]["recurrence"]["variance_ratio"]
    return [one["arm"], one["against"], *ratios, sooner, "-" if cut is None else f"{cut:,.0f} times"]


def published_rows(result: dict[str, Any]) -> list[list[str]]:
    """Return published numbers beside the study's, a row each."""
    rows = []
    for one in result["published"]:
        gap = one["compare"] == "difference"
        kind = "hazard-ratio" if one["compare"] == "ratio" else one["measure"]
        interval = (
            "not printed" if one["interval"] is None else " to ".join(_one(kind, value, gap, 1) for value in one["interval"])
        )
        arm = one["arm"] + {"difference": " less ", "ratio": " over "}.get(one["compare"], " against " if one["against"] else "")
        inside = "level" if one["sets_level"] else {None: "-", True: "inside", False: "OUTSIDE"}[one["inside"]]
        told = [_one(kind, one["published"], gap, 1), interval, _with_error(kind, one["study"], gap)]
        rows.append([one["what"], arm + one["against"], *told, inside, one["evidence"]])
    return rows


def entry_words(result: dict[str, Any]) -> list[str]:
    """Return how many of the people entered, and how much is left in them as to the catalogue, where either was asked for."""
    entered, level = result["entered"], result["level"]
    words = [f"{entered:,} of them enter; all that follows is of these"] if entered < result["patients"] else []
    return words + ([f"{level:.2g} times as much is left in everybody as the catalogue has it"] if level != 1 else [])


def score_words(result: dict[str, Any]) -> str:
    """Return how many published numbers the study meets."""
    judged = [one["inside"] for one in result["published"] if one["inside"] is not None]
    level = sum(one["sets_level"] for one in result["published"])
    silent = len(result["published"]) - len(judged) - level
    rest = f"; {silent} without a printed interval" if silent else ""
    rest += "; one sets how much is left in everybody and is not judged" if level else ""
    return f"Published numbers: {sum(judged)} of {len(judged)} have the study inside their 95% interval{rest}."


def shown(measure: str, estimate: dict[str, Any]) -> str:
    """Return a number in its unit."""
    return "-" if estimate["value"] is None else _one(measure, estimate["value"], gap=False)


def ranged(measure: str, estimate: dict[str, Any], gap: bool = False) -> str:
    """Return a number with the 95% interval of its sampling."""
    if estimate["value"] is None:
        return "-"
    told = _one(measure, estimate["value"], gap)
    if estimate["low"] is None:
        return told
    return f"{told} ({_one(measure, estimate['low'], gap)} to {_one(measure, estimate['high'], gap)})"


def _with_error(measure: str, estimate: dict[str, Any], gap: bool) -> str:
    """Return a number with the standard error of its sampling, short enough for a table."""
    if estimate["value"] is None:
        return "-"
    told = _one(measure, estimate["value"], gap, 1)
    return told if estimate["error"] is None else f"{told} ± {_one(measure, estimate['error'], gap=False)}"


def _one(measure: str, value: float, gap: bool, digits: int = 2) -> str:
    sign = "+" if gap and measure not in RATIOS else ""
    # what is nothing at these digits has no sign
    value = 0.0 if abs(value) < 1e-9 else value
    if measure in RATIOS:
        return f"{value:.3f}"
    if measure in TIMES:
        return f"{value:{sign}.2f} y"
    if measure == "median-size":
        return f"{value:{sign}.1f} mm"
    if measure in COUNTS:
        return f"{value:{sign}.2f}"
    return f"{100 * value:{sign}.{digits}f}%"
