"""The question of a cohort: read a table, fit it, set it beside the standard models, foretell from an early cut."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from remnant import files
from remnant.errors import InputError, RemnantWarning
from remnant.reading import Floats, Item
from remnant.report import RESEARCH_ONLY
from remnant.service import Progress, fit_page, plain, silent, stamp

COLUMNS = ("duration", "event", "entry", "lower", "upper", "weights")
ASKED = ("data", "unit", *COLUMNS, "burden", "growth", "mixing", "dormancy", "compare", "cut", "horizon", "cycles", "cycle_length")
UNITS = ("days", "months", "years")
GRID = 120
MOST_CYCLES = 100_000
OURS = "remnant"


def fit(request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """Answer what a cohort tells about recurrence, within its follow-up and beyond.

    Parameters
    ----------
    request : dict
        `data` (a CSV file, `-` for standard input, or a data frame), `unit`, and `duration` with `event` or `lower` with
        `upper`; optional `entry`, `weights`, `burden`, `growth`, `mixing`, `dormancy`, `compare`, `cut`, `horizon`.
        Times are in `unit`.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `data`, `fit`, `coefficients`, `cured`, `curve`, `models` and `cut` where asked, `saved` (the fit itself),
        `warnings`, `provenance`. No patient's row.

    Raises
    ------
    InputError
        If the request or the table is not allowed.
    """
    asked = Item("", request).mapping(("data", "unit"), ASKED)
    unit = asked["unit"].text(among=UNITS)
    frame = read_table(request["data"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RemnantWarning)
        result = _fitted(request, frame, unit, progress)
    told = list(dict.fromkeys(" ".join(str(w.message).split()) for w in caught if issubclass(w.category, RemnantWarning)))
    for words in told:
        warnings.warn(words, RemnantWarning, stacklevel=2)
    return plain(result | {"warnings": told, "note": RESEARCH_ONLY})


def read_table(data: Any) -> Any:
    """Return the table of a CSV file (`-` for standard input); a data frame is returned as it is.

    Raises
    ------
    InputError
        If the file cannot be read or is not a table with a row of names and at least one row of values.
    """
    if not isinstance(data, str):
        return data
    import pandas

    text = files.read_text(data)
    try:
        frame = pandas.read_csv(io.StringIO(text), low_memory=False)
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, ValueError) as error:
        raise InputError(data, "must be a table in CSV", str(error).strip()) from None
    if frame.empty:
        raise InputError(data, "must have a row of names and at least one row of values", f"{len(frame)} rows of values")
    return frame
