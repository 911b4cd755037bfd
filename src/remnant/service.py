"""The questions people ask: plain data in, plain data out, for every door alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from remnant.errors import InputError
from remnant.outcome import Outcome
from remnant.reading import Item
from remnant.report import RESEARCH_ONLY, Report, Section, render
from remnant.timeline import Timeline

MOST_PATIENTS = 10**9
MOST_SEED = 2**63 - 1
CURVES = ("recurrence_free", "cured", "inactive", "active")
Progress = Callable[[str], None]
"""Told what is being done, each time something else begins."""


def silent(_: str) -> None:
    """Tell nobody."""


def solve(request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """Answer what becomes of people after one course of care, exactly.

    Parameters
    ----------
    request : dict
        `timeline` (a Timeline document), optional `times` (days on its clock) and `incidence` (true or false).
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `name`, `zero`, `times`, one list over times for each curve, `incidence` where asked, `provenance`.

    Raises
    ------
    InputError
        If the request or the Timeline is not allowed.
    """
    asked = Item("", request).mapping(("timeline",), ("times", "incidence"))
    timeline = Timeline.from_dict(request["timeline"]).with_times(request.get("times"))
    from remnant.predict import solve as solve_exactly

    progress("solving")
    outcome = solve_exactly(timeline)
    if "incidence" in asked and asked["incidence"].flag():
        progress("finding where and how")
        return _answer(timeline, outcome, incidence=True)
    return _answer(timeline, outcome, incidence=False)


def sample(request: dict[str, Any], progress: Progress = silent) -> tuple[dict[str, Any], Any]:
    """Answer the same question by so many sampled lives.

    Parameters
    ----------
    request : dict
        `timeline`, `patients` (1 or more), `seed` (0 or more), optional `times`.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict, pyarrow.Table
        As `solve` with `incidence`, `standard_error`, `patients` and `seed`; and the histories, one row a patient.

    Raises
    ------
    InputError
        If the request or the Timeline is not allowed.
    """
    asked = Item("", request).mapping(("timeline", "patients", "seed"), ("times",))
    patients, seed = check_patients(request["patients"]), asked["seed"].whole(0, MOST_SEED)
    timeline = Timeline.from_dict(request["timeline"]).with_times(request.get("times"))
    from remnant.predict import sample as sample_lives

    progress(f"sampling {patients:,} patients")
    outcome = sample_lives(timeline, patients=patients, seed=seed)
    answer = _answer(timeline, outcome, incidence=True) | {"patients": patients, "seed": seed}
    return answer | {"standard_error": plain(outcome.standard_error)}, outcome.histories


def check_patients(patients: Any) -> int:
    """Return a number of patients, 1 or more.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to a thousand million.
    """
    return Item("patients", patients).whole(1, MOST_PATIENTS)


def beside(exact: dict[str, Any], sampled: dict[str, Any]) -> dict[str, Any]:
    """Return the exact answer with the sampled one beside it, and the largest gap in standard errors of the sample."""
    gaps = [
        abs(a - b) / error
        for a, b, error in zip(exact["recurrence_free"], sampled["recurrence_free"], sampled["standard_error"], strict=True)
        if error > 0
    ]
    kept = {key: sampled[key] for key in (*CURVES, "standard_error", "patients", "seed")}
    return exact | {"sampled": kept | {"largest_gap": max(gaps, default=0.0)}}


def outlook_page(result: dict[str, Any]) -> str:
    """Return the answer of `solve` as one self-contained HTML page."""
    from remnant.report_outlook import outlook_section, outlook_words

    section = outlook_section(result)
    lead = tuple(outlook_words(result)[:1])
    return render(Report(result["name"] or section.heading, lead, (section, made_by(result["provenance"]))))


def fit_page(result: dict[str, Any]) -> str:
    """Return the answer of `fit_cohort.fit` as one self-contained HTML page, without any patient's row."""
    from remnant.report_fit import fit_sections, fit_words

    sections = (*fit_sections(result), made_by(result["provenance"]))
    return render(Report("Recurrence in a cohort", tuple(fit_words(result)[1:2]), sections))


def made_by(provenance: dict[str, Any]) -> Section:
    """Return the section that says what made the numbers, so that they can be made again."""
    return Section("What made these numbers", (), (), (), facts_of(provenance), (RESEARCH_ONLY,))


def facts_of(provenance: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what made an answer as names and words, without what was not given and without the whole Timeline."""
    told = {name: value for name, value in provenance.items() if name != "timeline" and value is not None}
    return tuple((name.replace("_", " "), _short(value)) for name, value in told.items())


def stamp(**settings: Any) -> dict[str, Any]:
    """Return program, version, date and the settings given."""
    from importlib.metadata import version

    made = {"program": "remnant", "version": version("remnant"), "made_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    return made | settings


def plain(value: Any) -> Any:
    """Return plain data that JSON can hold: lists for arrays, None for what is not a finite number."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def read_times(text: str | None) -> dict[str, list[float]]:
    """Return the times of a request from a text such as "365,730"; nothing for no text.

    Raises
    ------
    InputError
        If something in it is not a number.
    """
    if text is None:
        return {}
    times = []
    for i, part in enumerate(text.split(",")):
        try:
            times.append(float(part))
        except ValueError:
            where, allowed = f"--times, number {i + 1}", "must be numbers of days with commas between, such as 365,730"
            raise InputError(where, allowed, part) from None
    return {"times": times}


def _answer(timeline: Timeline, outcome: Outcome, *, incidence: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {"name": timeline.name, "zero": outcome.zero, "times": plain(outcome.times)}
    answer |= {name: plain(getattr(outcome, name)) for name in CURVES}
    if incidence:
        answer["incidence"] = plain({by: outcome.incidence(by) for by in ("site", "kind", "route")})
        answer["event_free"] = plain(outcome.event_free)
    return answer | {"provenance": plain(stamp() | dict(outcome.provenance)), "note": RESEARCH_ONLY}


def _short(value: Any, limit: int = 200) -> str:
    text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
