"""The question of whole lives: how many are found, what it is called, what is done, and how it ends; plain dict in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.catalogue.decisions import decisions_for
from remnant.clinic.classify import RULES
from remnant.clinic.decide import GOALS
from remnant.course_file import asked_course
from remnant.endpoints import DEFINITIONS, NAMES, counts, usual_definition
from remnant.files import make_folder, write_parquet
from remnant.outlook import MOST_YEARS, card_of
from remnant.product_limit import followed_at, still_free
from remnant.quantity import MONTH_DAYS, YEAR_DAYS
from remnant.reading import Floats, Item
from remnant.report import RESEARCH_ONLY
from remnant.sampler.sample import standard_error
from remnant.service import MOST_SEED, check_patients, plain, stamp
from remnant.simulate import DAYS_IN, Simulated, days_of, simulate

STORIES = 3
AFTER_MONTHS = (12, 24, 36, 60)
Bools = NDArray[np.bool_]
Progress = Callable[[str], None]


def simulation(request: dict[str, Any], progress: Progress = lambda _: None) -> dict[str, Any]:
    """Answer what becomes of so many sampled people, after a recurrence too.

    Parameters
    ----------
    request : dict
        `course` (a catalogue id or a TOML file), `patients`, `seed`; optional `set` (path to value), `years`, `out` (a folder
        for people.parquet and events.parquet), `stories` (histories told, 3 unless given), `primaries` (rule by which second
        tumours are named: seer, iarc, martini-melamed), `definition` of end points (datecan, steep).
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `course`, `rules`, `alive` by year, `recurrence` (share, by kind, goal and lines), `after_recurrence` (survival, median
        months, with standard errors), `stories`, `files`.

    Raises
    ------
    InputError
        If something in the request is not allowed.
    """
    asked = Item("", request).mapping(
        ("course", "patients", "seed"), ("set", "years", "out", "stories", "primaries", "definition")
    )
    course = asked_course(asked)
    if "years" in asked:
        course = course.replace("years", asked["years"].number(0, MOST_YEARS, above=0))
    patients, seed = check_patients(request["patients"]), asked["seed"].whole(0, MOST_SEED)
    folder = make_folder(asked["out"].text()) if "out" in asked else None
    progress(f"following {patients:,} people")
    rules = decisions_for(course.disease.id)
    if "primaries" in asked:
        rules = rules.model_copy(update={"new_primary": asked["primaries"].text(RULES)})
    definition = asked["definition"].text(DEFINITIONS) if "definition" in asked else usual_definition(course.disease.id)
    lives = simulate(course, patients, seed, rules)
    progress("counting")
    people = {name: lives.people[name] for name in lives.people.column_names}
    result: dict[str, Any] = {
        "course": card_of(lives.course),
        "rules": {"name": lives.decisions.name, "sentences": lives.decisions.sentences()},
    }
    result |= {"patients": patients, "seed": seed, "alive": _alive(people, course.years)}
    result |= {"recurrence": _recurrence(lives), "after_recurrence": _after(people, course.years * YEAR_DAYS)}
    result |= {"second_primary": _second(lives), "endpoints": _endpoints(lives, definition), "worth": _worth(lives)}
    result["stories"] = _stories(lives, asked["stories"].whole(0, 1000) if "stories" in asked else STORIES)
    result["files"] = _write(lives, folder) if folder is not None else []
    made = stamp(course=course.id, engine="sampler", patients=patients, seed=seed)
    return dict(plain(result | {"provenance": made, "note": RESEARCH_ONLY}))


def _alive(people: dict[str, Any], years: float) -> list[dict[str, float]]:
    end, found = days_of(people["end"]), days_of(people["suspected"])
    n = float(len(end))
    rows = []
    for year in range(int(years) + 1):
        day = year * YEAR_DAYS
        alive, free = float(np.sum(end > day)), float(np.sum((end > day) & (found > day)))
        error = float(standard_error(np.array([alive]), np.array([n]))[0])
        rows.append({"year": year, "alive": alive / n, "alive_se": error, "alive_and_free": free / n})
    return rows


def _recurrence(lives: Simulated) -> dict[str, Any]:
    table = lives.people
    proved = np.isfinite(days_of(table["recurrence"]))
    n, found = len(proved), int(proved.sum())
    share: dict[str, Any] = {"share": found / n, "se": float(standard_error(np.array([float(found)]), np.array([float(n)]))[0])}
    for name in ("kind", "site", "goal"):
        values = np.array(table[name].to_pylist(), dtype=object)[proved]
        share[name] = {str(one): float(np.mean(values == one)) for one in sorted({*values} - {None})}
    lines = table["lines"].to_numpy()[proved]
    share["lines"] = {str(k): float(np.mean(lines == k)) for k in np.unique(lines).tolist()}
    share["mean_days"] = {name: float(table[name].to_numpy()[proved].mean()) if found else 0.0 for name in DAYS_IN}
    return share


def _after(people: dict[str, Any], last: float) -> dict[str, Any]:
    """Return survival after the proof of a recurrence, by the Kaplan-Meier estimate, in all and by goal."""
    begin, end = days_of(people["recurrence"]), days_of(people["end"])
    goal = np.array(people["goal"].to_pylist(), dtype=object)
    found = np.isfinite(begin)
    groups = {"all": found} | {name: found & (goal == name) for name in GOALS}
    return {name: _survival(np.minimum(end, last)[at] - begin[at], (end <= last)[at]) for name, at in groups.items() if at.any()}


def _left_after(days: Floats, ended: Bools) -> tuple[Floats, Floats]:
    """Return the days on which someone ended or left, and the share still free after each."""
    at, which = np.unique(days, return_inverse=True)
    return at, still_free(np.bincount(which, weights=ended, minlength=len(at)), followed_at(at, days))


def _left_by(at: Floats, curve: Floats, days: Sequence[float]) -> list[float]:
    steps = np.searchsorted(at, np.array(days), side="right")
    return [float(curve[step - 1]) if step else 1.0 for step in steps]


def _survival(days: Floats, died: Bools) -> dict[str, Any]:
    at, curve = _left_after(days, died)
    fallen = np.flatnonzero(curve <= 0.5)
    alive = dict(zip(map(str, AFTER_MONTHS), _left_by(at, curve, [m * MONTH_DAYS for m in AFTER_MONTHS]), strict=True))
    median = float(at[fallen[0]]) / MONTH_DAYS if len(fallen) else None
    return {"people": len(days), "median_months": median, "alive_at_months": alive}


def _second(lives: Simulated) -> dict[str, Any]:
    """Return how many have a second cancer found, how, and what they and recurrences are called by the rule asked for."""
    table = lives.people
    found = np.isfinite(days_of(table["second_primary"]))
    n = int(found.sum())
    by_test = table["second_by_test"].fill_null(False).to_numpy(zero_copy_only=False)
    called = {
        name: dict(sorted(Counter(one for one in table[name].to_pylist() if one is not None).items()))
        for name in ("called", "second_called")
    }
    return {
        "share": n / len(found), "found_by_test": float(by_test[found].mean()) if n else 0.0, "rule": lives.decisions.new_primary,
        "recurrences_called": called["called"], "second_cancers_called": called["second_called"],
    }  # fmt: skip


def _endpoints(lives: Simulated, definition: str) -> dict[str, Any]:
    """Return by the year the share free of each end point, by the Kaplan-Meier estimate."""
    years = [float(year) for year in range(1, int(lives.course.years) + 1)]
    found: dict[str, Any] = {"definition": definition, "years": years}
    for name in NAMES:
        times = lives.endpoint(name, definition)
        at, curve = _left_after(times.day, times.event)
        found[name] = {"counts": [*counts(name, definition)], "free": _left_by(at, curve, [year * YEAR_DAYS for year in years])}
    return found


def _worth(lives: Simulated) -> dict[str, Any]:
    """Return mean quality-adjusted years after the first finding of those proved; there are no prices, so nothing is costed."""
    table = lives.people
    proved = np.isfinite(days_of(table["recurrence"]))
    quality = table["quality_years"].to_numpy()[proved] if "quality_years" in table.column_names else None
    mean = float(quality.mean()) if quality is not None and len(quality) else None
    years = sum(table[name].to_numpy()[proved] for name in DAYS_IN[:3]) / YEAR_DAYS
    return {
        "years": float(years.mean()) if proved.any() else 0.0, "quality_years": mean, "cost": None,
        "side_effects": float(table["side_effects"].to_numpy()[proved].mean()) if proved.any() else 0.0,
        "in_a_trial": float(table["trial"].to_numpy(zero_copy_only=False)[proved].mean()) if proved.any() else 0.0,
        "early_palliative_care": float(table["supported"].to_numpy(zero_copy_only=False)[proved].mean()) if proved.any() else 0.0,
    }  # fmt: skip


def _stories(lives: Simulated, count: int) -> list[dict[str, Any]]:
    proved = np.flatnonzero(np.isfinite(days_of(lives.people["recurrence"])))[:count]
    numbers = lives.people["patient"].to_numpy()[proved].tolist()
    return [{"patient": number, "lines": lives.story(number)} for number in numbers]


def _write(lives: Simulated, folder: Path) -> list[str]:
    names = []
    for name, table in (("people", lives.people), ("events", lives.events)):
        path = str(folder / f"{name}.parquet")
        write_parquet(path, table)
        names.append(path)
    return names
