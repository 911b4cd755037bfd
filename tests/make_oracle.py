"""Writes tests/data/oracle/*.json: what the independent oracle answers to drawn and to hard Timelines.

Run from the repository root: `python tests/make_oracle.py [name ...]`; with names only those cases are made again.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numba
import numpy
import oracle
import scipy
from drawn import drawn_timelines
from hard import hard_timelines

FOLDER = Path(__file__).parent / "data" / "oracle"
SEED = 20241
DRAWN = 24
ACCURACY = 1e-8
PROGRAM = {
    "program": "tests/oracle.py",
    "method": "DOP853 on the backward equations, relative error 1e-12 a step; equal-weight growth grid; Gauss-Legendre in time",
    "python": sys.version.split()[0], "numpy": numpy.__version__, "scipy": scipy.__version__, "numba": numba.__version__,
}  # fmt: skip


def settled(document: dict) -> tuple[dict, dict]:
    """Return the answer and the incidence, each with a finer run beside it that must agree."""
    answer, finer = oracle.answer(document), oracle.answer(document, spacing=0.013)
    moved = max(numpy.max(numpy.abs(numpy.array(answer[k]) - finer[k])) for k in ("recurred", "cured", "inactive", "active"))
    scale = numpy.where(numpy.array(finer["recurred"]) > 0, finer["recurred"], 1)
    relative = numpy.max(numpy.abs(numpy.array(answer["recurred"]) - finer["recurred"]) / scale)
    pieces, incidence = 1.0, oracle.incidence(document)
    while max(abs(1 - total) for total in incidence["sum"]) > ACCURACY / 10 and pieces < 16:
        pieces *= 2
        incidence = oracle.incidence(document, pieces=pieces)
    off = max(abs(1 - total) for total in incidence["sum"])
    check = {"moved_by_finer_growth_grid": float(moved), "relative": float(relative), "sum_off_one": off, "pieces": pieces}
    if moved > ACCURACY or relative > ACCURACY or off > ACCURACY:
        raise ArithmeticError(f"{document['name']}: the oracle has not settled: {check}")
    return finer | {"check": check}, incidence


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for document in [*hard_timelines(), *drawn_timelines(DRAWN, SEED)]:
        if names and document["name"] not in names:
            continue
        start = time.process_time()
        try:
            answer, incidence = settled(document)
        except ArithmeticError as unsettled:
            print(unsettled, flush=True)
            continue
        case = {"made_by": PROGRAM, "drawn_with_seed": SEED if document["name"].startswith("drawn") else None,
                "timeline": document, "expected": answer | {"incidence": incidence}}  # fmt: skip
        (FOLDER / f"{document['name']}.json").write_text(json.dumps(case, indent=1) + "\n", "utf-8")
        print(f"{document['name']}: {time.process_time() - start:.1f} s", answer["check"], answer["recurrence_free"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
