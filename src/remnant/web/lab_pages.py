"""For researchers: a study from its folder, a cohort fitted and forgotten, a Timeline solved."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from remnant import service
from remnant.cohort_read import read_csv_bytes
from remnant.errors import FolderError, InputError
from remnant.fit_cohort import COLUMNS, UNITS, fit
from remnant.report import Report
from remnant.report_fit import fit_sections, fit_words
from remnant.report_outlook import outlook_section, outlook_words
from remnant.report_study import study_report
from remnant.studies import StudyResult
from remnant.study.folder import Folder
from remnant.web.asking import ask
from remnant.web.choices import diseases, one
from remnant.web.limits import Fields, read_form
from remnant.web.render import download, page

router = APIRouter()
Form = Annotated[Fields, Depends(read_form)]
MANIFEST = "study.json"
TABLE = "the table"
COLUMN_WORDS = {
    "duration": "time until it was found again, or last seen well", "event": "whether it was found again (1 or 0)",
    "lower": "last seen well", "upper": "found again at", "entry": "late entry", "weights": "weights",
}  # fmt: skip


@router.get("/lab")
def lab(request: Request) -> Response:
    """The three questions of researchers."""
    held: dict[str, Any] = {"studies": list(studies_in(request.app.state.studies)), "units": [(unit, unit) for unit in UNITS]}
    held |= {"columns": [(name, COLUMN_WORDS[name]) for name in COLUMNS], "diseases": diseases()}
    return page("lab", "For researchers", may_list=request.app.state.studies is not None, here="/lab", **held)


@router.get("/lab/study/{name}")
def study(request: Request, name: str) -> Response:
    """The figures of a study, from its folder."""
    folder = studies_in(request.app.state.studies).get(name)
    if folder is None:
        raise HTTPException(404)
    report, warnings = ask(request, partial(read_study, folder), keep=True, long=True)
    return report_page(report, warnings)


@router.post("/lab/fit")
def fitted(request: Request, fields: Form) -> Response:
    """A cohort fitted; the table is forgotten with the answer."""
    wanted = {name: words for name in (*COLUMNS, "burden", "growth", "disease", "unit") if (words := one(fields, name))}
    numbers = {name: words for name in ("cut", "horizon") if (words := one(fields, name))}
    compare = one(fields, "compare") == "yes"
    (report, saved), warnings = ask(request, partial(fit_table, one(fields, "file"), wanted, numbers, compare), long=True)
    if one(fields, "as") == "json":
        return download(json.dumps(saved, indent=1, allow_nan=False), "application/json", "fit.json")
    return report_page(report, warnings)


@router.post("/lab/timeline")
def timeline(request: Request, fields: Form) -> Response:
    """A Timeline solved exactly."""
    report, warnings = ask(request, partial(solve_timeline, one(fields, "file")))
    return report_page(report, warnings)


def report_page(report: Report, warnings: list[str]) -> Response:
    """Return a report in the house's frame."""
    return page("report", report.title, report=report, warnings=warnings, here="/lab")


def studies_in(place: Path | None) -> dict[str, Path]:
    """Return the folders of studies in a place, by name."""
    if place is None or not place.is_dir():
        return {}
    return {one.name: one for one in sorted(place.iterdir()) if (one / MANIFEST).is_file()}


def read_study(folder: Path) -> Report:
    """Return the report of a study that was run."""
    try:
        return study_report(StudyResult(Folder(folder)).summary)
    except FolderError as error:
        raise FolderError(str(error).replace(str(folder), folder.name)) from None  # a reader need not know where it lies


def fit_table(text: str, wanted: dict[str, str], numbers: dict[str, str], compare: bool) -> tuple[Report, Any]:
    """Return the report of a fitted cohort, and the fit itself."""
    request: dict[str, Any] = dict(wanted) | {name: _number(name, words) for name, words in numbers.items()}
    result = fit(request | {"data": read_csv_bytes(text.encode(), TABLE), "compare": compare})
    sections = (*fit_sections(result), service.made_by(result["provenance"]))
    return Report("Recurrence in a cohort", tuple(fit_words(result)), sections), result["saved"]


def solve_timeline(text: str) -> Report:
    """Return the report of a Timeline document."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("file", "must be a Timeline in JSON", text[:20]) from None
    if not isinstance(document, dict):
        raise InputError("file", "must be a Timeline in JSON", document)
    result = service.solve({"timeline": document, "incidence": True})
    sections = (outlook_section(result), service.made_by(result["provenance"]))
    return Report(result["name"] or "A Timeline", tuple(outlook_words(result)), sections)


def _number(name: str, words: str) -> float:
    try:
        return float(words)
    except ValueError:
        raise InputError(name, "must be a number", words) from None
