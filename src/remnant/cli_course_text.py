"""Answers about courses of the catalogue as text for people."""

from __future__ import annotations

from typing import Any

from remnant.cli_text import table
from remnant.endpoints import NAMES
from remnant.report import RESEARCH_ONLY, percent, years_text
from remnant.report_course import LITTLE_KNOWN, ROUTES, course_words, outcome_words
from remnant.report_outlook import DAYS_PER_YEAR

ENDPOINT_YEARS = (1, 3, 5, 10, 15)


def outlook(result: dict[str, Any]) -> str:
    """Return the answer of `outlook.outlook` as text."""
    lines = [*course_words(result["course"]), "", *outcome_words(result), "", *_states(result), "", *_found(result, "kind"), ""]
    lines += [*_found(result, "site"), "", *_found(result, "route"), ""]
    if "against" in result:
        lines += ["Beside it: " + course_words(result["against"]["course"])[0], "", *_beside(result), ""]
    lines += [*_healthy(result["healthy"]), ""]
    if "ways_round" in result:
        lines += [*_ways_round(result), ""]
    if "why" in result:
        lines += [*_why(result), ""]
    if result["course"]["evidence"] == "thin":
        lines += [LITTLE_KNOWN, ""]
    said = [f"The range is {result['made']['band']}."] if "band" in result else []
    return "\n".join([*lines, *said, RESEARCH_ONLY])


def _healthy(found: dict[str, Any]) -> list[str]:
    """Return what treatment does to healthy parts, a line each."""
    return [*map(_tissue, found["tissues"]), *map(_blood, found["marrow"])]


def _tissue(one: dict[str, Any]) -> str:
    words = f"Radiotherapy, {one['tissue']}: {one['gray']:.0f} Gy, which does late what {one['in_twos']:.0f} Gy in fractions "
    words += f"of 2 Gy do (BED {one['bed']:.0f} Gy)."
    if one["share"] is not None:
        outside = ", outside the doses it was counted at" if one["beyond_what_was_counted"] else ""
        words += f" {one['complication'].capitalize()} within {one['within_years']:.0f} years: {percent(one['share'])} in 100"
        words += outside + "."
    return words + (f" {one['note']}" if one["note"] else "")


def _blood(one: dict[str, Any]) -> str:
    short = one["short_by_days"]
    back = "after they are back" if short == 0 else f"{short:.0f} day{'s' if short > 1 else ''} before they are back"
    words = f"Blood counts, {one['regimen']}: back {one['needed_days']:.0f} days after a cycle began ({one['drug']}); "
    return words + f"the next cycle comes after {one['cycle_days']:.0f} days, {back}."


def _ways_round(result: dict[str, Any]) -> list[str]:
    times = result["times"]
    at = [i for i, day in enumerate(times) if round(day / DAYS_PER_YEAR) in (2, 5, 10) or i == len(times) - 1]
    rows = [[one["words"], *(percent(one["recurrence_free"][i]) for i in at)] for one in result["ways_round"]]
    said = "Where every cell of the cancer pumps drugs out (P-glycoprotein), recurrence-free of 100 at"
    return [said, *table(["", *(_when(times[i]) for i in at)], rows)]


def simulation(result: dict[str, Any]) -> str:
    """Return the answer of `simulation.simulation` as text."""
    found = result["recurrence"]
    lines = [*course_words(result["course"]), "", f"Rules: {result['rules']['name']}", *result["rules"]["sentences"], ""]
    rows = [[str(one["year"]), percent(one["alive"]), percent(one["alive_and_free"])] for one in result["alive"]]
    lines += [*table(["year", "alive", "alive, never found"], rows), ""]
    lines.append(f"Found again and proved: {percent(found['share'])} in 100 (standard error {percent(found['se'])}).")
    for name, words in (("kind", "It was"), ("site", "Most advanced in"), ("goal", "The first goal was")):
        lines.append(f"{words}: " + ", ".join(f"{key} {percent(value)}" for key, value in found[name].items()) + " in 100.")
    headings = ["after a recurrence", "people", "median, months", *(f"alive at {m} m" for m in ("12", "24", "36", "60"))]
    rows = [
        [name, f"{one['people']:,}", "not reached" if one["median_months"] is None else f"{one['median_months']:.1f}",
         *(percent(value) for value in one["alive_at_months"].values())]
        for name, one in result["after_recurrence"].items()
    ]  # fmt: skip
    lines += ["", *table(headings, rows), ""]
    lines += [*_endpoints(result["endpoints"]), "", *_aside(result), ""]
    for story in result["stories"]:
        lines += [f"Patient {story['patient']}", *(f"  {line}" for line in story["lines"]), ""]
    lines += [f"Written: {', '.join(result['files'])}", ""] if result["files"] else []
    return "\n".join([*lines, RESEARCH_ONLY])


def _endpoints(found: dict[str, Any]) -> list[str]:
    """Return the shares free of each end point by the year."""
    at = [i for i, year in enumerate(found["years"]) if year in ENDPOINT_YEARS]
    rows = [[name.upper(), *(percent(found[name]["free"][i]) for i in at), ", ".join(found[name]["counts"])] for name in NAMES]
    heading = f"by {found['definition'].upper()}, free of it at"
    return table([heading, *(f"{found['years'][i]:g} y" for i in at), "events"], rows)


def _aside(result: dict[str, Any]) -> list[str]:
    """Return second cancers, what was done beside treatment, quality of life, and that nothing is costed."""
    second, worth = result["second_primary"], result["worth"]
    names = "; ".join(
        f"{words} called " + ", ".join(f"{key.replace('_', ' ')} {count:,}" for key, count in second[key_of].items())
        for words, key_of in (("recurrences", "recurrences_called"), ("second cancers", "second_cancers_called"))
        if second[key_of]
    )
    quality = "not told: no worths" if worth["quality_years"] is None else f"{worth['quality_years']:.2f} of {worth['years']:.2f}"
    return [
        f"A second cancer was found in {percent(second['share'])} in 100, "
        f"by a test in {percent(second['found_by_test'])} of 100 of these.",
        f"By the rule of {second['rule']}: {names or 'nothing to name'}.",
        f"After a finding, in 100 of those proved: in a trial {percent(worth['in_a_trial'])}, with early palliative care "
        f"{percent(worth['early_palliative_care'])}; serious side effects {worth['side_effects']:.2f} each.",
        f"Years after the first finding within the time followed, adjusted for quality: {quality}. Cost: not costed (no prices).",
    ]


def browse(result: dict[str, Any]) -> str:
    """Return the answer of `browse.browse` as text."""
    if "shelves" in result:
        shelves = ", ".join(f"{count} {name}" for name, count in result["shelves"].items())
        rows = [[d["id"], d["name"], d["evidence"], str(d["published_results"])] for d in result["diseases"]]
        return "\n".join([shelves, "", *table(["id", "disease", "evidence", "published results"], rows)])
    if "ids" in result:
        return "\n".join(result["ids"])
    if "evidence" in result:
        return _row(result["evidence"])
    if result["shelf"] == "diseases":
        return _disease(result)
    return "\n".join(
        [
            *_nested(result["entry"], ""),
            "",
            f"Second entry: {result['review'] or 'not made yet'}",
            "",
            *map(_row, result["sources"]),
        ]
    )


def validate(result: dict[str, Any]) -> str:
    """Return the answer of `validate` as text."""
    headings = ["published result", "use", "published", "95% interval", "model", "", "off by"]
    rows = [
        [r["id"], r["use"], r["shown"]["published"], r["shown"]["interval"], r["shown"]["model"],
         "inside" if r["inside"] else "OUTSIDE", f"{r['off']:+.1f} se"]
        for r in result["results"]
    ]  # fmt: skip
    s = result["score"]
    tail = [
        f"Fitted: {s['fitted_inside']} of {s['fitted']} inside the 95% interval of the published number. "
        f"Foretold: {s['predicted_inside']} of {s['predicted']}. Sources: {s['sources']}.",
        "Outside is shown, not removed: " + ("; ".join(result["misses"]) if result["misses"] else "none") + ".",
    ]
    laws = [
        [law["id"], law["what"], f"{law['published']:.3g}", f"{law['model']:.3g}", "agrees" if law["agrees"] else "DIFFERS"]
        for law in result["theory"]
    ]
    theory = [*table(["theory", "what", "published", "engine", ""], laws), ""] if laws else []
    return "\n".join([*table(headings, rows), "", *theory, *tail, RESEARCH_ONLY])


def _when(day: float) -> str:
    return years_text(day / DAYS_PER_YEAR)


def _states(result: dict[str, Any]) -> list[str]:
    band = result.get("band", {}).get("recurrence_free")
    given = result.get("given_free")
    headings = ["time", "well", *(["range"] if band else []), *(["well, given free so far"] if given else [])]
    headings += ["no cell left", "only resting", "growing unseen"]
    rows = []
    for i, day in enumerate(result["times"]):
        row = [_when(day), percent(result["recurrence_free"][i])]
        row += [f"{percent(band['low'][i])} to {percent(band['high'][i])}"] if band else []
        row += [percent(given["recurrence_free"][i])] if given else []
        rows.append(row + [percent(result[name][i]) for name in ("cured", "inactive", "active")])
    return ["Out of 100 people; the last three out of 100 of those still well", *table(headings, rows)]


def _found(result: dict[str, Any], by: str) -> list[str]:
    found = {name: values for name, values in result["incidence"][by].items() if any(values)}
    headings = [ROUTES[by], *(name.replace("_", " ") for name in found)]
    chosen = [i for i, day in enumerate(result["times"]) if day > 0]
    chosen = [i for i in chosen if i in (chosen[0], chosen[len(chosen) // 4], chosen[len(chosen) // 2], chosen[-1])]
    rows = [[_when(result["times"][i]), *(percent(values[i]) for values in found.values())] for i in chosen]
    return table(headings, rows)


def _beside(result: dict[str, Any]) -> list[str]:
    other = result["against"]
    gap = other["difference"]
    rows = []
    for i, day in enumerate(result["times"]):
        row = [_when(day), percent(result["recurrence_free"][i]), percent(other["recurrence_free"][i])]
        row.append(f"{100 * gap['recurrence_free'][i]:+.1f}")
        row += [f"{100 * gap['low'][i]:+.1f} to {100 * gap['high'][i]:+.1f}"] if "low" in gap else []
        rows.append(row)
    return table(["well, out of 100", "this course", "the other", "more well here", *(["range"] if "low" in gap else [])], rows)


def _why(result: dict[str, Any]) -> list[str]:
    rows = [
        [one["path"], one["number"], f"{percent(one['free_at_low'])} to {percent(one['free_at_high'])}",
         "-" if one["share"] is None else percent(one["share"], 0), ", ".join(one["source"]) or one["standing"]]
        for one in result["why"]
    ]  # fmt: skip
    return table(["what moves it most", "number and range", "well at its ends", "part in variance", "stands on"], rows)


def _disease(result: dict[str, Any]) -> str:
    rows = [
        [n["path"], f"{n['value']:.4g}", "-" if n["low"] is None else f"{n['low']:.3g} to {n['high']:.3g}", n["unit"],
         n["standing"], ", ".join(n["source"]) or "-"]
        for n in result["numbers"]
    ]  # fmt: skip
    lines = [*course_words(result["course"]), "", *table(["number", "value", "range", "unit", "standing", "rows"], rows), ""]
    lines += [f"Regimens: {', '.join(result['regimens']) or 'none'}", f"Published results: {len(result['published_results'])}"]
    return "\n".join([*lines, f"Second entry: {result['review'] or 'not made yet'}", "", *map(_row, result["sources"])])


def _row(row: dict[str, str]) -> str:
    reach = f" ({row['low']} to {row['high']})" if row["low"] and row["high"] else ""
    what = f"{row['id']}  {row['cancer']}: {row['what']}: {row['value']}{reach} {row['unit']}"
    return f"{what}. {row['source']}. {row['link']} [{row['status']}]"


def _nested(at: Any, indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in at.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}", *_nested(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [line for one in value for line in (f"{indent}{key}", *_nested(one, indent + "  "))]
        else:
            lines.append(f"{indent}{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return lines
