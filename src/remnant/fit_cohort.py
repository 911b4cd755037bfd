"""The question of a cohort: read a table, fit it, set it beside the standard models, foretell from an early cut."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remnant import files
from remnant.errors import InputError, RemnantWarning
from remnant.paper import page_bytes
from remnant.reading import Item
from remnant.report import RESEARCH_ONLY
from remnant.service import Progress, fit_page, plain, silent, stamp

COLUMNS = ("duration", "event", "entry", "lower", "upper", "weights")
ASKED = (
    "data",
    "unit",
    *COLUMNS,
    "burden",
    "growth",
    "disease",
    "mixing",
    "dormancy",
    "ages",
    "compare",
    "cut",
    "horizon",
    "cycles",
    "cycle_length",
)
UNITS = ("days", "months", "years")
GRID = 120
"""So many times in a curve; a million patients need no more, and few enough hold nobody's own time."""
SHOWN_AT_RISK = 6
MOST_CYCLES = 100_000
OURS = "remnant"
ALPHA = 0.05


def fit(request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """Answer what a cohort tells about recurrence, within its follow-up and beyond.

    Parameters
    ----------
    request : dict
        `data` (a CSV file, `-` for standard input, or a data frame), `unit`, and `duration` with `event` or `lower` with
        `upper`; optional `entry`, `weights`, `burden`, `growth`, `disease` (of the catalogue: what is known of it is the
        prior), `mixing`, `dormancy`, `ages`, `compare`, `cut`, `horizon`, `cycle_length`. Times are in `unit`.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `data`, `fit`, `coefficients`, `contributions`, `cured`, `curve`, `models`, `cut` and `cycles` where asked, `saved`
        (the fit itself),
        `warnings`, `provenance`. No patient's row.

    Raises
    ------
    InputError
        If the request or the table is not allowed.
    """
    question = _question(request)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RemnantWarning)
        progress("reading the table")
        result = _answer(question, _Known.read(question), progress)
    told = {" ".join(str(w.message).split()): w.category for w in caught if issubclass(w.category, RemnantWarning)}
    for words, category in told.items():
        warnings.warn(words, category, stacklevel=2)
    return plain(result | {"warnings": list(told), "note": RESEARCH_ONLY})


def write(result: dict[str, Any], targets: dict[str, str | None]) -> None:
    """Write what was asked for beside the answer: `report` (HTML or PDF), `save` (JSON), `cycles` (CSV); note them in `written`.

    Raises
    ------
    InputError
        If a place cannot be written.
    """
    asked = {name: path for name, path in targets.items() if path is not None}
    contents = {
        "report": lambda: page_bytes(asked["report"], fit_page(result)),
        "save": lambda: (json.dumps(result["saved"], indent=1, allow_nan=False) + "\n").encode("utf-8"),
        "cycles": lambda: result["cycles"].encode("utf-8"),
    }
    ready = {name: contents[name]() for name in asked}
    for name, path in asked.items():
        files.write_bytes(path, ready[name])
    result["written"] = list(asked.values())


def _question(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request with every option checked that can be checked before the table is read."""
    asked = Item("", request).mapping(("data", "unit"), ASKED)
    question: dict[str, Any] = {"data": request["data"], "unit": asked["unit"].text(among=UNITS)}
    question |= {name: asked[name].text() if name in asked else None for name in COLUMNS}
    question |= {name: request.get(name, "") for name in ("burden", "growth")}
    question["disease"] = asked["disease"].text() if request.get("disease") is not None else None
    question["compare"] = asked["compare"].flag() if "compare" in asked else False
    question["dormancy"] = asked["dormancy"].flag() if request.get("dormancy") is not None else None
    question |= {name: asked[name].flag() if name in asked else None for name in ("mixing", "ages")}
    for name in ("cut", "horizon", "cycle_length"):
        question[name] = asked[name].number(above=0.0) if name in asked else None
    if request.get("cycles") is not None and question["cycle_length"] is None:
        raise InputError("cycle_length", "is required with cycles", "nothing", "add --cycle-length")
    return question


def _answer(question: dict[str, Any], known: _Known, progress: Progress) -> dict[str, Any]:
    from remnant.fitter.fitting import fit_law
    from remnant.fitter.saved import to_dict

    cohort = known.cohort
    last = _last_day(question, known)
    progress(f"fitting {cohort.size:,} patients")
    prior, dormancy, ages = _known_before(question)
    fit = fit_law(cohort, prior, mixing=question["mixing"], dormancy=dormancy, ages=ages)
    fitted = fit.fitted
    result: dict[str, Any] = {
        "data": {"patients": cohort.size, "found_again": cohort.events, "unit": cohort.unit.name},
        "fit": {
            "form": fitted.form.words,
            "log_likelihood": fitted.log_likelihood,
            "parameters": fitted.parameters,
            "aic": fitted.aic,
        },
        "coefficients": _coefficients(fitted),
        "contributions": _contributions(fitted),
        "cured": _cured(fit),
        "curve": _curve(fit, known, last),
        "models": [],
        "failed": {},
        "cut": None,
    }
    result |= _beside(question, fit, progress)
    if question["cycle_length"] is not None:
        from remnant.cycles import Cycles, cycles_csv

        progress("writing cycles")
        cycles = Cycles(question["cycle_length"] * cohort.unit.days, last, cohort.unit)
        result["cycles"] = cycles_csv(fitted, cohort.rows, cycles, weights=cohort.weight)
    settings = {name: question[name] for name in ("burden", "growth", "disease", "mixing", "cut", "horizon")}
    known_before = "the default, from the evidence" if question["disease"] is None else f"the catalogue's {question['disease']}"
    settings |= {"dormancy": dormancy, "ages": ages, "prior": known_before, "data": _short_name(question["data"])}
    return result | {"saved": to_dict(fitted) | {"alpha": ALPHA}, "provenance": stamp(**settings)}


def _known_before(question: dict[str, Any]) -> tuple[Any, bool | None, bool | None]:
    """Return the prior, whether lineages rest and whether they are of all ages: as the disease named does, or the default."""
    from remnant.fitter.choices import choose
    from remnant.fitter.prior import EVIDENCE

    return choose(question["disease"], EVIDENCE, question["dormancy"], question["ages"])


def _contributions(fitted: Any) -> list[dict[str, Any]]:
    """Return what was believed of each shared number, what was found, and the share of it that the cohort told."""
    from remnant.fitter.frames import contributions

    table = contributions(fitted, ALPHA)
    keys = ("prior", "prior_low", "prior_high", "estimate", "told_by_cohort")
    rows = [(name, numbers) for (part, name), *numbers in table.itertuples(name=None) if part == "shape"]
    return [{"name": name} | dict(zip(keys, numbers, strict=True)) for name, numbers in rows]


def _last_day(question: dict[str, Any], known: _Known) -> float:
    """Return the last day to foretell, after checking every time that was asked for against the follow-up."""
    unit, longest = known.cohort.unit, known.cohort.last_day
    if question["cut"] is not None and not question["cut"] < unit.from_days(longest):
        allowed = f"must be before the last time known, {float(unit.from_days(longest)):g} {unit.name}"
        raise InputError("cut", allowed, question["cut"])
    last = longest if question["horizon"] is None else question["horizon"] * unit.days
    length = question["cycle_length"]
    if length is not None and last > MOST_CYCLES * length * unit.days:
        raise InputError("cycle_length", f"must give at most {MOST_CYCLES:,} cycles", length, "write a longer one")
    return float(last)


def _coefficients(fitted: Any) -> list[dict[str, Any]]:
    from remnant.fitter.frames import summary

    rows = []
    for (part, name), *numbers in summary(fitted, ALPHA).itertuples(name=None):
        row = {"name": name if part == "shape" else f"{part}: {name}"}
        rows.append(row | dict(zip(("estimate", "standard_error", "low", "high"), numbers, strict=True)))
    return rows


def _cured(fit: Any) -> dict[str, float]:
    from remnant.fitter.curves import mean_cured

    found = mean_cured(fit.fitted, fit.cohort.rows, fit.cohort.weight, ALPHA)
    return {"share": float(found.estimate[0]), "low": float(found.low[0]), "high": float(found.high[0])}


def _curve(fit: Any, known: _Known, last: float) -> dict[str, Any]:
    from remnant.fitter.curves import mean_band
    from remnant.observed import at_risk

    cohort, unit = known.cohort, known.cohort.unit
    days = np.linspace(0.0, last, GRID)
    found = mean_band(fit.fitted, days, cohort.rows, cohort.weight, ALPHA)
    shown = np.linspace(0.0, min(last, cohort.last_day), SHOWN_AT_RISK)[:-1]
    counts = [round(count) for count in at_risk(cohort, shown).tolist()]
    return {
        "times": unit.from_days(days),
        "recurrence_free": found.estimate,
        "low": found.low,
        "high": found.high,
        "kaplan_meier": known.observed.at(days),
        "at_risk": {"times": unit.from_days(shown), "counts": counts},
    }


def _beside(question: dict[str, Any], fit: Any, progress: Progress) -> dict[str, Any]:
    """Return the models beside ours and what was foretold from the cut, where asked."""
    from remnant.fitter.compare import compare, foretell
    from remnant.fitter.curve_model import aic

    cut = None if question["cut"] is None else question["cut"] * fit.cohort.unit.days
    if not question["compare"]:
        return {} if cut is None else {"cut": _cut(foretell(fit, cut, progress, rivals=False))}
    found = compare(fit, cut, progress)
    models = [
        {"model": c.name, "parameters": c.parameters, "log_likelihood": c.log_likelihood, "aic": aic(c)} for c in found.curves
    ]
    return {"models": models, "failed": found.failed, "cut": None if found.cut is None else _cut(found.cut)}


def _cut(foretold: Any) -> dict[str, Any]:
    from remnant.observed import kaplan_meier

    unit = foretold.cohort.unit
    days = np.linspace(0.0, foretold.last_day, GRID)
    seen = kaplan_meier(foretold.cohort)
    low, high = seen.band(days)
    names = sorted(foretold.curves, key=lambda name: foretold.aics.get(name, np.inf))
    models = [{"model": name, "aic": foretold.aics.get(name), "foretold": foretold.mean(name, days)} for name in names]
    times = {"time": float(unit.from_days(foretold.day)), "times": unit.from_days(days)}
    return times | {"observed": seen.at(days), "low": low, "high": high, "models": models, "failed": foretold.failed}


@dataclass(frozen=True, eq=False)
class _Known:
    """The table as it was read, the cohort in it, and what was observed, in days."""

    frame: Any
    cohort: Any
    observed: Any

    @classmethod
    def read(cls, question: dict[str, Any]) -> _Known:
        """Read the table; messages name the file, the row as a spreadsheet counts, and the column."""
        from remnant.cohort import Cohort, Columns, Source
        from remnant.observed import kaplan_meier

        columns = Columns(unit=question["unit"], **{name: question[name] for name in COLUMNS})
        frame = read_table(question["data"])
        source = {"source": Source(_name(question["data"]), 2)} if isinstance(question["data"], str) else {}
        cohort = Cohort.read(frame, columns, question["burden"], question["growth"], **source)
        return cls(frame, cohort, kaplan_meier(cohort))


def read_table(data: Any) -> Any:
    """Return the table of a CSV file (`-` for standard input); a data frame is returned as it is.

    Raises
    ------
    InputError
        If the file cannot be read or is not a table with a row of names and at least one row of values.
    """
    if not isinstance(data, str):
        return data
    from remnant.cohort_read import read_csv, read_csv_bytes

    if data != files.STDIN:
        return read_csv(data)
    return read_csv_bytes(files.read_text(data).encode(), _name(data))


def _name(data: str) -> str:
    return "standard input" if data == files.STDIN else data


def _short_name(data: Any) -> str:
    """Return what to call the table in a report: no folder of anybody's machine."""
    return Path(_name(data)).name if isinstance(data, str) else "a data frame"
