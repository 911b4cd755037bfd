"""The files of a follow-up plan: calendar, FHIR and a page to print, all made before the first is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from remnant import followup_plan
from remnant.files import write_bytes
from remnant.paper import page_bytes
from remnant.plan_page import plan_page


def write(
    request: dict[str, Any],
    result: dict[str, Any],
    files: Mapping[str, str | None],
    name_diagnosis: bool,
    progress: Callable[[str], None],
) -> None:
    """Write the files asked for.

    Parameters
    ----------
    request : dict
        As `followup_plan.read_plan` takes it.
    result : dict
        What `followup_plan.answer` gave for it.
    files : mapping of {"ics", "fhir", "print"} to path or None
        Where to write each; None for not at all.
    name_diagnosis : bool
        Whether the calendar and the page may name the illness.
    progress : callable
        Told what is being done.

    Raises
    ------
    InputError
        If a file cannot be made or written; then none is.
    """
    made: dict[str, bytes] = {}
    if files.get("ics") is not None:
        made["ics"] = followup_plan.calendar(request, name_diagnosis)
    page = files.get("print")
    if page is not None:
        made["print"] = page_bytes(page, plan_page(result, name_diagnosis))
    if files.get("fhir") is not None:
        made["fhir"] = json.dumps(followup_plan.fhir_bundle(request, progress), indent=1, ensure_ascii=False).encode("utf-8")
    for kind, content in made.items():
        path = files[kind]
        assert path is not None
        write_bytes(path, content)
