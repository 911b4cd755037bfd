"""A cohort fit as sections of a report: the curve, the numbers, the rivals, and what was foretold from an early cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.report import Figure, Section, Table, hundred, number, percent, time_words
from remnant.svg import PLAIN, Axes, Line, line_chart

MOST_CURVES = 4
"""So many rivals in one picture beside our own."""
OURS = "remnant"
OBSERVED = "observed (Kaplan-Meier)"
SAID = {
    "mixing": "patients differ in how much was left by more than their covariates tell",
    "dormancy": "some lineages rest before they grow",
    "ages": "lineages are of all ages when follow-up begins, as a growing primary shed them",
}
"""What the forms of a fit mean."""


def fit_sections(result: dict[str, Any]) -> tuple[Section, ...]:
    """Return the sections for what `fit_cohort.fit` gives: the fit, the models beside it, the early cut where asked."""
    sections = [_fit(result)]
    if result.get("models"):
        sections.append(_models(result))
    if result.get("cut"):
        sections.append(_cut(result))
    return tuple(sections)


def fit_words(result: dict[str, Any]) -> list[str]:
    """Return the fit in a few plain sentences, each with how many will and how many will not."""
    data, curve = result["data"], result["curve"]
    until = _last_known(curve)
    found, well = hundred([1 - curve["recurrence_free"][until], curve["recurrence_free"][until]])
    words = [
        f"{data['patients']:,} patients; the cancer was found again in {data['found_again']:,} of them, and not in "
        f"{data['patients'] - data['found_again']:,} for as long as they were followed.",
        f"Out of 100 people like these, the fit expects it found again in {found} within "
        f"{time_words(curve['times'][until], data['unit'])}, and not in {well}.",
    ]
    if said := [SAID[part] for part in result["fit"]["form"].split(" and ") if part in SAID]:
        words.append(f"In this fit {' and '.join(said)}.")
    cured = result["cured"]
    if cured.get("share") is not None:
        interval = ""
        if cured.get("low") is not None:
            interval = f" (95% interval {percent(cured['low'], 0)} to {percent(cured['high'], 0)})"
        none, some = hundred([cured["share"], 1 - cured["share"]])
        words.append(
            f"As far as these data can tell, in the long run it never comes back in {none} of 100{interval} and does in {some}. "
            "That reaches beyond what anyone was followed for."
        )
    return words


def cut_words(result: dict[str, Any]) -> list[str]:
    """Return what was foretold from the early cut beside what was seen, and the models that came nearer or not so near."""
    cut, unit = result["cut"], result["data"]["unit"]
    last, seen = time_words(cut["times"][-1], unit), cut["observed"][-1]
    ours = next((m for m in cut["models"] if m["model"] == OURS), cut["models"][0])
    foretold = ours["foretold"][-1]
    words = [
        f"Told only what was known by {time_words(cut['time'], unit)}, the fit foretold {percent(foretold)} of 100 still well at "
        f"{last}. What was seen: {percent(seen)}{_interval(cut, -1)}."
    ]
    chosen = min((m for m in cut["models"] if m.get("aic") is not None), key=lambda m: m["aic"], default=None)
    if chosen is not None and chosen is not ours:
        there = chosen["foretold"][-1]
        words.append(f"The model that AIC would have chosen at the cut, {chosen['model']}, foretold {percent(there)}.")
    return words


def _last_known(curve: dict[str, Any]) -> int:
    """Return the last time at which something was observed; a fit may be foretold further than that."""
    known = [i for i, share in enumerate(curve["kaplan_meier"]) if share is not None]
    return known[-1] if known else len(curve["times"]) - 1


def _interval(curve: dict[str, Any], at: int) -> str:
    if curve.get("low") is None or curve["low"][at] is None:
        return ""
    return f" (95% interval {percent(curve['low'][at])} to {percent(curve['high'][at])})"


def _fit(result: dict[str, Any]) -> Section:
    data, curve = result["data"], result["curve"]
    times = _array(curve["times"])
    low, high = _array(curve.get("low")), _array(curve.get("high"))
    lines = [
        Line(OURS, times, _array(curve["recurrence_free"]), low=low, high=high),
        Line(OBSERVED, times, _array(curve["kaplan_meier"]), step=True, colour=PLAIN),
    ]
    risk = curve.get("at_risk") or {"times": [], "counts": []}
    under = tuple((time, f"{count:,}") for time, count in zip(risk["times"], risk["counts"], strict=True))
    axes = Axes(
        "Still well: fitted and observed",
        data["unit"],
        "still well, out of 100",
        (0.0, float(times[-1])),
        under=under,
        under_label="Patients still followed and well" if under else "",
    )
    band = " The shaded band is the 95% interval of the fit." if low is not None else ""
    figure = Figure(line_chart(axes, lines), f"The average over these patients beside what was observed.{band}")
    facts = (
        ("log-likelihood", f"{result['fit']['log_likelihood']:.2f}"),
        ("parameters", str(result["fit"]["parameters"])),
        ("AIC", f"{result['fit']['aic']:.2f}"),
    )
    return Section(
        "The fit", tuple(fit_words(result)), (figure,), (_curve_table(result), _coefficients(result)), facts, _fit_notes(result)
    )


def _fit_notes(result: dict[str, Any]) -> tuple[str, ...]:
    return (
        "Burden is how much was left after treatment: over 0 means more. Growth is how fast it comes back: over 0 means sooner.",
        "AIC weighs how well a model fits against how many numbers it needed; lower is better.",
        *(f"To keep in mind: {words}" for words in result["warnings"]),
    )


def _coefficients(result: dict[str, Any]) -> Table:
    rows = tuple(
        (row["name"], *(number(row.get(key)) for key in ("estimate", "standard_error", "low", "high")))
        for row in result["coefficients"]
    )
    return Table("What was estimated, with 95% intervals", ("number", "estimate", "standard error", "from", "to"), rows)


def _curve_table(result: dict[str, Any]) -> Table:
    curve = result["curve"]
    shown = np.unique(np.linspace(0, len(curve["times"]) - 1, 9).round().astype(int))[1:]
    headings = ["time", "found again, fitted", "still well, fitted"]
    banded = curve.get("low") is not None
    headings += (["95% from", "to"] if banded else []) + ["still well, observed"]
    rows = []
    for i in shown:
        free = curve["recurrence_free"][i]
        band = [percent(curve["low"][i]), percent(curve["high"][i])] if banded else []
        when = time_words(curve["times"][i], result["data"]["unit"])
        rows.append((when, percent(1 - free), percent(free), *band, percent(curve["kaplan_meier"][i])))
    return Table("Out of 100 people", tuple(headings), tuple(rows))


def _models(result: dict[str, Any]) -> Section:
    models = result["models"]
    best = min(range(len(models)), key=lambda i: models[i]["aic"])
    least = models[best]["aic"]
    headings = ("model", "parameters", "log-likelihood", "AIC", "over the best")
    rows = tuple(
        (m["model"], str(m["parameters"]), *(f"{value:.1f}" for value in (m["log_likelihood"], m["aic"], m["aic"] - least)))
        for m in models
    )
    words = (f"The same patients, the same covariates. Best by AIC: {models[best]['model']}.",)
    notes = (
        "Every model is at the top of its likelihood, as AIC asks; ours without its prior.",
        "Differences under 2 mean little; over 10 they mean a lot. A model that fits well may still foretell badly.",
        *(f"Not fitted: {name} ({reason})." for name, reason in (result.get("failed") or {}).items()),
    )
    table = Table("Models by AIC, best first", headings, rows, best)
    return Section("Beside the standard models", words, (), (table,), (), notes)


def _cut(result: dict[str, Any]) -> Section:
    cut, unit = result["cut"], result["data"]["unit"]
    times = _array(cut["times"])
    models = sorted(cut["models"], key=lambda m: m["model"] != OURS)
    band = _array(cut.get("low")), _array(cut.get("high"))
    lines = [
        Line(OBSERVED, times, _array(cut["observed"]), step=True, low=band[0], high=band[1], colour=PLAIN),
        *(Line(m["model"], times, _array(m["foretold"]), colour=i) for i, m in enumerate(models[: MOST_CURVES + 1])),
    ]
    mark = ((float(cut["time"]), f"known until {time_words(cut['time'], unit)}"),)
    axes = Axes(
        "Foretold from the early cut, and what happened", unit, "still well, out of 100", (0.0, float(times[-1])), marks=mark
    )
    observed = cut["observed"][-1]
    headings = ("model", "AIC at the cut", "foretold", "observed", "difference")
    rows = tuple(
        (
            m["model"],
            "-" if m.get("aic") is None else f"{m['aic']:.1f}",
            percent(m["foretold"][-1]),
            percent(observed),
            f"{100 * (m['foretold'][-1] - observed):+.1f}",
        )
        for m in cut["models"]
    )
    shaded = " The shaded band is the 95% interval of what was observed." if band[0] is not None else ""
    figure = Figure(line_chart(axes, lines), f"Every model saw only what lies left of the upright line.{shaded}")
    chosen = next((i for i, m in enumerate(cut["models"]) if m["model"] == OURS), None)
    table = Table(f"Still well at {time_words(times[-1], unit)}, out of 100", headings, rows, chosen)
    return Section("Foretold from an early cut", tuple(cut_words(result)), (figure,), (table,))


def _array(values: Any) -> Any:
    if values is None:
        return None
    array: Floats = np.array([np.nan if v is None else v for v in values], dtype=float)
    return array
