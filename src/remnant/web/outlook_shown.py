"""The same counts as the sentences, as circles and tables: one rounding for all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from remnant.catalogue.fitted import Check, checks
from remnant.course import Course
from remnant.quantity import YEAR_DAYS
from remnant.report import Figure, Table, hundred, years_text
from remnant.sentences import people, range_words
from remnant.svg import Layer, people_chart

DIED = "died"
"""Begins the row of a table that counts deaths."""
FOUND, WELL = 3, 0
"""Colours."""
MOST_ROWS = 7
CIRCLES_WIDTH = 280
USES = {"fit": "fitted", "predict": "foretold"}
STANDINGS = {
    "calibrated": "fitted to published results", "read": "as published", "weak": "known from weak sources", "assumed": "assumed",
}  # fmt: skip
OF_FINDING = ("share-kind", "share-site", "share-route")
"""Measures of published results that are like the counts of where and how it is found."""
LEFT = {
    "cured": "no cancer cell left, as far as the model can tell", "inactive": "only cells that rest",
    "active": "cells that grow, too few to find",
}  # fmt: skip
NAMES = {
    "local": ("kind", "where: near the place where it began"), "regional": ("kind", "where: in lymph nodes or tissue close by"),
    "distant": ("kind", "where: in another part of the body"), "visit": ("route", "how: at a check-up"),
    "symptoms": ("route", "how: people notice it themselves"),
}  # fmt: skip


def shares_well(result: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return years from day 0 and the share still well at each, of those well at the time asked."""
    given = result.get("given_free", {})
    since = float(given.get("since", 0.0))
    free = np.array((given if since > 0 else result)["recurrence_free"], dtype=float)
    times = np.array(result["times"], dtype=float)
    kept = times >= since - 1e-6
    return times[kept] / YEAR_DAYS, free[kept]


def icons(result: dict[str, Any]) -> list[Figure]:
    """Return 100 circles for the last time, and as many for the course beside it."""
    if "against" not in result:
        return [_circles("", result)]
    courses = [("On the first course: ", result), ("On the second course: ", result["against"])]
    return [_circles(heading, one) for heading, one in courses]


def _circles(heading: str, result: dict[str, Any]) -> Figure:
    years, free = shares_well(result)
    found, well = hundred([1 - free[-1], free[-1]])
    who = f"people like this who are well after {years_text(years[0])}" if years[0] > 0 else "people like this"
    words = (
        f"{heading}of 100 {who}, it comes back in {people(found)} by {years_text(years[-1])}, and in {people(well)} it does not."
    )
    words = words[0].upper() + words[1:]
    layers = [Layer("comes back", found, FOUND), Layer("does not", well, WELL)]
    return Figure(people_chart(words, [(f"by {years_text(years[-1])}", layers)], CIRCLES_WIDTH), words)


def well_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a few later times with the counts of 100 that are the sentences' and the circles', and the range."""
    years, free = shares_well(result)
    given = result.get("given_free", {})
    band = given if float(given.get("since", 0.0)) > 0 else result["band"]["recurrence_free"]
    low, high = (np.array(band[end], dtype=float)[-len(years) :] for end in ("low", "high"))
    rows: list[tuple[str, ...]] = []
    # the first time is when everybody is well, by what was asked
    for i in np.unique(np.linspace(1, len(years) - 1, min(MOST_ROWS, len(years) - 1)).round().astype(int)):
        found, well = hundred([1 - free[i], free[i]])
        rows.append((years_text(years[i]), people(found), range_words(found, (1 - high[i], 1 - low[i])), people(well)))
    return rows


def left_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what may be left now in 100 people who are well at the time asked; nothing where it cannot be told."""
    since = float(result.get("given_free", {}).get("since", 0.0))
    at = int(np.argmin(np.abs(np.array(result["times"]) - since)))
    shares = [result[name][at] for name in LEFT]
    if None in shares:
        return []
    rests = any(result["inactive"])
    names = list(LEFT) if rests else ["cured", "active"]
    counts = hundred(shares if rests else [shares[0], 1 - shares[0]])
    return [(LEFT[name], people(count)) for name, count in zip(names, counts, strict=True)]


def where_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return where and how it is first found, of 100 people in whom it is found after the time asked.

    Only kinds of places and ways of finding that the model has, and none where there is one alone.
    """
    since = float(result.get("given_free", {}).get("since", 0.0))
    at = int(np.argmin(np.abs(np.array(result["times"]) - since)))
    rows: list[tuple[str, str]] = []
    for by in ("kind", "route"):
        shares = dict.fromkeys((name for name, group in NAMES.items() if group[0] == by), 0.0)
        for name, values in result["incidence"][by].items():
            called = name if name in NAMES else "visit" if by == "route" else ""
            if called:
                shares[called] += values[-1] - values[at]
        held = {name: share for name, share in shares.items() if share > 0}
        if len(held) > 1:
            counts = hundred([share / sum(held.values()) for share in held.values()])
            rows += [(NAMES[name][1], people(count)) for name, count in zip(held, counts, strict=True)]
    return rows


def without_death(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """Return tables without what they say of death: nobody asked for it here."""
    return tuple(replace(one, rows=tuple(row for row in one.rows if not str(row[0]).startswith(DIED))) for one in tables)


def standing(disease: str, numbers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the counts stand on: how the numbers behind them stand, and the published results that are like them.

    Parameters
    ----------
    disease : str
    numbers : list of dict
        What `number_rows` gives.

    Returns
    -------
    dict
        `numbers`: how many of each standing. `often` and `where`: results like the counts of who has it come back, and like
        those of where and how it is found: `rows` (trial and measure, use, whether they are met, evidence), and `counts` of each
        use: how many are met, of how many.
    """
    kinds = Counter(one["standing"] for one in numbers)
    of_finding: dict[bool, list[Check]] = {False: [], True: []}
    for one in checks(disease):
        of_finding[one.target.measure in OF_FINDING].append(one)
    told = [f"{count} {STANDINGS[name]}" for name, count in kinds.most_common()]
    return {"numbers": told, "often": _alike(of_finding[False]), "where": _alike(of_finding[True])}


def _alike(found: list[Check]) -> dict[str, Any]:
    """Return results of one trial and measure together, with how many were fitted or foretold, and met."""
    rows: dict[tuple[str, str, bool], list[str]] = {}
    for one in found:
        words = f"{one.target.trial}, {one.target.measure.replace('-', ' ')}"
        rows.setdefault((words, USES[one.target.use], one.inside), []).append(one.target.evidence)
    met: Counter[tuple[str, bool]] = Counter((one.target.use, one.inside) for one in found)
    counts = {use: (met[use, True], met[use, True] + met[use, False]) for use in USES}
    return {"rows": [(*key, ids) for key, ids in rows.items()], "counts": counts}


def number_rows(course: Course) -> list[dict[str, Any]]:
    """Return every number of a course with its source and how it stands."""
    return [
        {"path": path, "number": str(one), "standing": "calibrated" if one.free else one.standing, "source": one.source}
        for path, one in course.numbers().items()
    ]
