"""Results as text for people: plain tables that survive a pipe, a log and a narrow window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remnant.report import RESEARCH_ONLY, number, percent, years_text
from remnant.report_fit import cut_words, fit_words
from remnant.report_outlook import CAUSES, DAYS_PER_YEAR, outlook_words


def solve(result: dict[str, Any]) -> str:
    """Return the answer of `service.solve` as text."""
    return _lines([result["name"] or "The course given", "", *outlook_words(result), "", *_outlook_tables(result), RESEARCH_ONLY])


def sample(result: dict[str, Any]) -> str:
    """Return the answer of `service.sample` as text."""
    head = f"{result['name'] or 'The course given'}: {result['patients']:,} sampled patients, seed {result['seed']}"
    return _lines([head, "", *outlook_words(result), "", *_outlook_tables(result), RESEARCH_ONLY])


def fit(result: dict[str, Any]) -> str:
    """Return the answer of `fit_cohort.fit` as text."""
    parts = [*fit_words(result), "", *_coefficients(result), "", *_contributions(result), ""]
    if result.get("models"):
        parts += [*models_table(result), ""]
    if result.get("cut"):
        parts += [*cut_words(result), "", *cut_table(result), ""]
    parts += [f"wrote {path}" for path in result.get("written", [])]
    return _lines([*parts, RESEARCH_ONLY])


def demo(result: dict[str, Any]) -> str:
    """Return what `demo.run` found: the table of models, then five plain lines."""
    return _lines(["", *models_table(result["fit"]), "", *cut_table(result["fit"]), "", RESEARCH_ONLY, "", *result["lines"]])


def models_table(result: dict[str, Any]) -> list[str]:
    """Return the models beside each other, best first."""
    models = result["models"]
    best = min(m["aic"] for m in models)
    rows = [
        [m["model"], str(m["parameters"]), f"{m['log_likelihood']:.1f}", f"{m['aic']:.1f}", f"{m['aic'] - best:.1f}"]
        for m in models
    ]
    return table(["model", "parameters", "log-likelihood", "AIC", "over the best"], rows)


def cut_table(result: dict[str, Any]) -> list[str]:
    """Return what each model foretold from the cut beside what was observed, out of 100 people."""
    cut, unit = result["cut"], result["data"]["unit"]
    seen, last = cut["observed"][-1], cut["times"][-1]
    headings = [f"told until {cut['time']:.4g} {unit}", f"foretold at {last:.4g}", "observed", "difference"]
    rows = [
        [m["model"], percent(m["foretold"][-1]), percent(seen), f"{100 * (m['foretold'][-1] - seen):+.1f}"] for m in cut["models"]
    ]
    return table(headings, rows)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with the first column to the left and the others to the right."""
    widths = [max(len(row[i]) for row in (headings, *rows)) for i in range(len(headings))]
    shown = [
        [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        for row in (headings, *rows)
    ]
    lines = ["  ".join(row).rstrip() for row in shown]
    return [lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def _coefficients(result: dict[str, Any]) -> list[str]:
    keys = ("estimate", "standard_error", "low", "high")
    rows = [[row["name"], *(number(row.get(key)) for key in keys)] for row in result["coefficients"]]
    return table(["estimated", "estimate", "standard error", "95% from", "to"], rows)


def _contributions(result: dict[str, Any]) -> list[str]:
    rows = [
        [row["name"], number(row["prior"]), f"{number(row['prior_low'])} to {number(row['prior_high'])}", number(row["estimate"]),
         percent(row["told_by_cohort"], 0)]
        for row in result["contributions"]
    ]  # fmt: skip
    return table(["known before and after", "prior", "95%", "estimate", "told by the cohort, of 100"], rows)


def _outlook_tables(result: dict[str, Any]) -> list[str]:
    errors = result.get("standard_error")
    headings = ["time", "still well", *(["standard error"] if errors else []), "none left", "only resting", "growing unseen"]
    rows = []
    for i, day in enumerate(result["times"]):
        states = [percent(result[name][i], 2) for name in ("cured", "inactive", "active")]
        error = [percent(errors[i], 3)] if errors else []
        rows.append([_when(result, day), percent(result["recurrence_free"][i], 2), *error, *states])
    lines = ["Out of 100 people; the last three out of 100 of those still well", *table(headings, rows), ""]
    if "incidence" in result:
        lines += [*_incidence_table(result, "site"), "", *_incidence_table(result, "route"), ""]
    return lines


def _incidence_table(result: dict[str, Any], by: str) -> list[str]:
    shares = dict(result["incidence"][by])
    shares |= {
        words: result["incidence"]["kind"][name] for name, words in CAUSES.items() if any(result["incidence"]["kind"][name])
    }
    shares["none of these"] = result["event_free"]
    rows = [[_when(result, day), *(percent(values[i], 2) for values in shares.values())] for i, day in enumerate(result["times"])]
    return table([f"first event, by {by}", *shares], rows)


def _when(result: dict[str, Any], day: float) -> str:
    return f"day {round(day, 1):g} ({years_text((day - result['zero']) / DAYS_PER_YEAR)})"


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)
