"""The question of a cohort: read a table, fit it, set it beside the standard models, foretell from an early cut."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant import files
from remnant.errors import InputError, RemnantWarning
from remnant.reading import Floats, Item
from remnant.report import RESEARCH_ONLY
from remnant.service import Progress, fit_page, plain, silent, stamp

COLUMNS = ("duration", "event", "entry", "lower", "upper", "weights")
ASKED = (
    "data",
    "unit",
    *COLUMNS,
    "burden",
    "growth",
    "mixing",
    "dormancy",
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


def fit(request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """Answer what a cohort tells about recurrence, within its follow-up and beyond.

    Parameters
    ----------
    request : dict
        `data` (a CSV file, `-` for standard input, or a data frame), `unit`, and `duration` with `event` or `lower` with
        `upper`; optional `entry`, `weights`, `burden`, `growth`, `mixing`, `dormancy`, `compare`, `cut`, `horizon`,
        `cycle_length`. Times are in `unit`.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `data`, `fit`, `coefficients`, `cured`, `curve`, `models`, `cut` and `cycles` where asked, `saved` (the fit itself),
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
    """Write what was asked for beside the answer: `report` (HTML), `save` (JSON), `cycles` (CSV); note them in `written`.

    Raises
    ------
    InputError
        If a place cannot be written.
    """
    texts = {
        "report": lambda: fit_page(result),
        "save": lambda: json.dumps(result["saved"], indent=1, allow_nan=False) + "\n",
        "cycles": lambda: result["cycles"],
    }
    asked = {name: path for name, path in targets.items() if path is not None}
    ready = {name: texts[name]() for name in asked}
    for name, path in asked.items():
        files.write_text(path, ready[name])
    result["written"] = list(asked.values())


def _question(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request with every option checked that can be checked before the table is read."""
    asked = Item("", request).mapping(("data", "unit"), ASKED)
    question: dict[str, Any] = {"data": request["data"], "unit": asked["unit"].text(among=UNITS)}
    question |= {name: asked[name].text() if name in asked else None for name in COLUMNS}
    question |= {name: request.get(name, "") for name in ("burden", "growth")}
    question |= {name: asked[name].flag() if name in asked else False for name in ("mixing", "dormancy", "compare")}
    for name in ("cut", "horizon", "cycle_length"):
        question[name] = asked[name].number(above=0.0) if name in asked else None
    if request.get("cycles") is not None and question["cycle_length"] is None:
        raise InputError("cycle_length", "is required with cycles", "nothing", "add --cycle-length")
    return question


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
    from remnant.cohort import read_csv

    if data != files.STDIN:
        return read_csv(data)
    import tempfile
    from pathlib import Path

    text = files.read_text(data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _name(data)
        path.write_text(text, encoding="utf-8")
        try:
            return read_csv(path)
        except InputError as error:
            error.args = (str(error).replace(str(path), _name(data)),)
            raise


def _name(data: str) -> str:
    return "standard input" if data == files.STDIN else data
