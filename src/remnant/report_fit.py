"""A cohort fit as sections of a report: the curve, the numbers, the rivals, and what was foretold from an early cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.report import Figure, Section, Table, hundred, number, percent
from remnant.svg import Axes, Line, line_chart

MOST_CURVES = 4


def fit_sections(result: dict[str, Any]) -> tuple[Section, ...]:
    """Return the sections for what `service.fit` gives: the fit, the models beside it, the early cut where asked."""
    sections = [_fit(result)]
    if result.get("models"):
        sections.append(_models(result))
    if result.get("cut"):
        sections.append(_cut(result))
    return tuple(sections)


def fit_words(result: dict[str, Any]) -> list[str]:
    """Return the fit in a few plain sentences."""
    data, curve = result["data"], result["curve"]
    found, well = hundred([1 - curve["recurrence_free"][-1], curve["recurrence_free"][-1]])
    words = [
        f"{data['patients']:,} patients; the cancer was found again in {data['found_again']:,} of them.",
        f"Out of 100 people like these, the fit expects it found again in {found} within {curve['times'][-1]:.4g} "
        f"{data['unit']}, and not in {well}.",
    ]
    cured = result["cured"]
    if cured.get("share") is not None:
        known = cured.get("low") is not None
        interval = f" (95% interval {percent(cured['low'], 0)} to {percent(cured['high'], 0)})" if known else ""
        none, some = hundred([cured["share"], 1 - cured["share"]])
        words.append(
            f"As far as these data can tell, in the long run it never comes back in {none} of 100{interval} and does in {some}."
        )
    return words


def cut_words(result: dict[str, Any]) -> list[str]:
    """Return what was foretold from the early cut beside what was seen."""
    cut, unit = result["cut"], result["data"]["unit"]
    foretold, seen = cut["models"][0]["foretold"][-1], cut["observed"][-1]
    return [
        f"Told only what was known by {cut['time']:.4g} {unit}, the fit foretold {percent(foretold)} of 100 still well at "
        f"{cut['times'][-1]:.4g} {unit}. What was seen: {percent(seen)}."
    ]


def _fit(result: dict[str, Any]) -> Section:
    data, curve = result["data"], result["curve"]
    times = _array(curve["times"])
    low, high = _array(curve.get("low")), _array(curve.get("high"))
    lines = [
        Line("remnant", times, _array(curve["recurrence_free"]), low=low, high=high),
        Line("observed (Kaplan-Meier)", times, _array(curve["kaplan_meier"]), step=True),
    ]
    axes = Axes("Recurrence-free: fitted and observed", data["unit"], "still well, out of 100", (0.0, float(times[-1])))
    band = " The shaded band is the 95% interval." if low is not None else ""
    figure = Figure(line_chart(axes, lines), f"The average over these patients beside what was observed.{band}")
    tables = (_coefficients(result), _curve_table(result))
    facts = (
        ("log-likelihood", f"{result['fit']['log_likelihood']:.2f}"),
        ("parameters", str(result["fit"]["parameters"])),
        ("AIC", f"{result['fit']['aic']:.2f}"),
    )
    notes = ("AIC weighs how well a model fits against how many numbers it needed; lower is better.", *result["warnings"])
    return Section("The fit", tuple(fit_words(result)), (figure,), tables, facts, notes)


def _coefficients(result: dict[str, Any]) -> Table:
    rows = tuple(
        (row["name"], *(number(row.get(key)) for key in ("estimate", "standard_error", "low", "high")))
        for row in result["coefficients"]
    )
    return Table("What was estimated, with 95% intervals", ("", "estimate", "standard error", "from", "to"), rows)


def _curve_table(result: dict[str, Any]) -> Table:
    curve = result["curve"]
    shown = np.unique(np.linspace(0, len(curve["times"]) - 1, 9).round().astype(int))[1:]
    headings = [f"time ({result['data']['unit']})", "fitted", "observed"]
    rows = [[f"{curve['times'][i]:.4g}", percent(curve["recurrence_free"][i]), percent(curve["kaplan_meier"][i])] for i in shown]
    if curve.get("low") is not None:
        headings += ["95% from", "to"]
        rows = [[*row, percent(curve["low"][i]), percent(curve["high"][i])] for row, i in zip(rows, shown, strict=True)]
    return Table("Still well, out of 100", tuple(headings), tuple(tuple(row) for row in rows))


def _models(result: dict[str, Any]) -> Section:
    models = result["models"]
    best = min(range(len(models)), key=lambda i: models[i]["aic"])
    headings = ("model", "parameters", "log-likelihood", "AIC", "over the best")
    rows = tuple(
        (
            m["model"],
            str(m["parameters"]),
            f"{m['log_likelihood']:.1f}",
            f"{m['aic']:.1f}",
            f"{m['aic'] - models[best]['aic']:.1f}",
        )
        for m in models
    )
    words = (f"The same patients, the same covariates. Best by AIC: {models[best]['model']}.",)
    notes = ("Differences under 2 mean little; over 10 they mean a lot.",)
    return Section(
        "Beside the standard models", words, (), (Table("Models by AIC, best first", headings, rows, best),), (), notes
    )


def _cut(result: dict[str, Any]) -> Section:
    cut, unit = result["cut"], result["data"]["unit"]
    times, models = _array(cut["times"]), cut["models"]
    lines = [
        Line(
            "observed (Kaplan-Meier)",
            times,
            _array(cut["observed"]),
            step=True,
            low=_array(cut.get("low")),
            high=_array(cut.get("high")),
        ),
        *(Line(m["model"], times, _array(m["foretold"])) for m in models[:MOST_CURVES]),
    ]
    mark = ((float(cut["time"]), f"known until {cut['time']:.4g} {unit}"),)
    axes = Axes(
        "Foretold from the early cut, and what happened",
        unit,
        "still well, out of 100",
        (0.0, float(times[-1])),
        (0.0, 1.0),
        mark,
    )
    headings = (
        "model",
        f"AIC at the cut, {cut['time']:.4g} {unit}",
        f"foretold at {times[-1]:.4g} {unit}",
        "observed",
        "foretold - observed",
    )
    rows = tuple(
        (
            m["model"],
            number(m.get("aic"), 6),
            percent(m["foretold"][-1]),
            percent(cut["observed"][-1]),
            f"{100 * (m['foretold'][-1] - cut['observed'][-1]):+.1f}",
        )
        for m in models
    )
    figure = Figure(line_chart(axes, lines), "Every model saw only what lies left of the upright line.")
    return Section(
        "Foretold from an early cut", tuple(cut_words(result)), (figure,), (Table("Still well, out of 100", headings, rows),)
    )


def _array(values: Any) -> Any:
    if values is None:
        return None
    array: Floats = np.array([np.nan if v is None else v for v in values], dtype=float)
    return array
