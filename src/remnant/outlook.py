"""The outlook of a course: exact curves with bands, given the time free so far, beside another course, and what moves it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from remnant.ahead import ahead_of, days_of_draws, falls, first_half_months
from remnant.catalogue.fitted import fitted_numbers, foretold
from remnant.course import Course
from remnant.course_file import asked_changes, asked_course, read_course
from remnant.first_found import DRAWS as FOUND_DRAWS
from remnant.first_found import FEWEST, Drawn, first_found
from remnant.outcome import NORMAL_95, Outcome
from remnant.predict import MOST_DRAWN, few_of, found_roughly, solve, solve_classes, solve_many, with_draws
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats, Item
from remnant.resolve_stage import extent_of
from remnant.service import plain, stamp

if TYPE_CHECKING:
    from remnant.sensitivity import Influence

DRAWS = 200
MOST_DRAWS = 2000
FEWER = (100, 50, 20)
"""How many draws there may be where time is short."""
MOST_YEARS = 60
REMAINING = 0.02
CURVES = ("recurrence_free", "cured", "inactive", "active")
ASKED = ("set", "years", "since", "against", "against_set", "draws", "seconds", "why", "ways_round", "ahead")
PRECISION = (
    "curves exact; where and how a recurrence is found to three digits",
    "curves exact; where and how a recurrence is found to three digits, ends of ranges to 0.5 in 100; draws solved at "
    f"{MOST_DRAWN} of these times at most, and monotone between",
)
TOLD = 12
"""Numbers named by `why`."""
Progress = Callable[[str], None]


def outlook(request: dict[str, Any], progress: Progress = lambda _: None) -> dict[str, Any]:
    """Answer what becomes of people on a course of care.

    Parameters
    ----------
    request : dict
        `course` (a catalogue id or a TOML file); optional `set` (path to value), `years` (1 to 60), `since` (days free so far),
        `against` (another course) or `against_set` (changes to this one), `draws` (0 to 2000, 200 unless given), `seconds`
        (to answer in: draws are fewer where there is no time for all, but not fewer than 20), `why`,
        `ways_round` (what helps where cells pump drugs out), `ahead`.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        `course`, `zero`, `times`, curves and `band` over times, `incidence` by site, kind and route, `event_free`, `first_found`
        (where, how and what comes first from `since` on, with ranges; see `first_found.first_found`), `given_free`
        where `since` was asked, `below` (day from which the remaining risk is small), `against` with `difference`, `healthy`
        (late effects of radiotherapy, blood counts between cycles), `why`, `ways_round`, `ahead` (see `ahead.ahead_of`).

    Raises
    ------
    InputError
        If something in the request is not allowed.
    """
    begun = time.perf_counter()
    asked = Item("", request).mapping(("course",), ASKED)
    course = asked_course(asked)
    years = asked["years"].number(0, MOST_YEARS, above=0) if "years" in asked else course.years
    draws = asked["draws"].whole(0, MOST_DRAWS) if "draws" in asked else DRAWS
    seconds = asked["seconds"].number(0) if "seconds" in asked else None
    since = asked["since"].number(0, years * YEAR_DAYS) if "since" in asked else None
    course = course.replace("years", years)
    days = _days(years, since)
    other = _other(asked, course)
    progress("solving" + (f", with {draws} draws of the numbers behind it" if draws else ""))
    looks_ahead = "ahead" in asked and asked["ahead"].flag()
    also = first_half_months(since or 0.0, days[-1]) if looks_ahead else ()
    outcome = solve_classes([course.resolve(days)], also=also)[0]
    few = days_of_draws(outcome, since or 0.0) if looks_ahead else few_of(days)
    # where and how it is found takes the processor, and draws the interpreter: side by side they take less time
    with ThreadPoolExecutor(1) as pool:
        meanwhile = pool.submit(_beside_draws, outcome, course, since or 0.0, draws, looks_ahead)
        if draws:
            room = _room(seconds, time.perf_counter() - begun, 1 if other is None else 2) if seconds is not None else None
            outcome = with_draws(outcome, course, draws, few, room)
            draws = len(outcome.draws)
        drawn, risk_falls = meanwhile.result()
    result = _card(course) | _curves(outcome, since)
    if days[-1] > (since or 0.0):
        result["first_found"] = first_found(outcome, since or 0.0, drawn, _deaths_spread(course))
    result["made"] = {"draws": draws, "band": _band_is(course, draws), "precision": PRECISION[draws > 0]}
    if other is not None:
        progress("solving the other course")
        other = other.replace("years", years)
        beside = solve(other, days)
        beside = with_draws(beside, other, draws, few) if draws else beside
        result["against"] = _card(other) | _curves(beside, since) | {"difference": _difference(outcome, beside, since)}
    if looks_ahead:
        result["ahead"] = ahead_of(outcome, since or 0.0, REMAINING, risk_falls)
    if "why" in asked and asked["why"].flag():
        from remnant.sensitivity import influences

        found = influences(course, years * YEAR_DAYS, progress=progress)
        result["why"] = [_told(one) for one in found[:TOLD]]
    result["healthy"] = _healthy(course)
    if "ways_round" in asked and asked["ways_round"].flag():
        progress("solving ways round the pump")
        result["ways_round"] = _ways_round(course, days)
    return plain(result | {"provenance": stamp(course=course.id, engine="exact", numbers=_standings(course)) | result["made"]})


def _beside_draws(outcome: Outcome, course: Course, since: float, draws: int, ahead: bool) -> tuple[Drawn | None, bool]:
    """Let the outcome find where and how it comes back, which it keeps; return the same for draws, and whether the risk falls."""
    outcome.incidence("kind")
    drawn = drawn_of(course, since, draws) if since < outcome.times[-1] else None
    return drawn, ahead and falls(outcome, since)


def _room(seconds: float, spent: float, courses: int) -> Callable[[float], int]:
    """Return the function from the seconds that a draw takes to how many there is time for, once the curves were solved.

    Where and how it is found takes as long as so many more draws, and what is found beside them slows the first ones down.
    """
    left = (seconds - spent) / courses

    def fit(each: float) -> int:
        return next((draws for draws in FEWER if (draws + FOUND_DRAWS) * each <= left), FEWER[-1])

    return fit


def card_of(course: Course) -> dict[str, Any]:
    """Return what a course is, in words and ids."""
    extent = extent_of(course)
    return {
        "id": course.id, "disease": course.disease.name, "stage": course.patient.stage or "usual", "extent": extent.label,
        "surgery": None if course.surgery is None else course.surgery.margin,
        "treatment": [one.name for one in course.regimen.values()],
        "follow_up": course.follow_up.name if course.follow_up else "no visits: found by symptoms",
        "evidence": course.disease.evidence, "foretold": foretold(course.disease.id), "note": course.disease.note,
    }  # fmt: skip


def _card(course: Course) -> dict[str, Any]:
    return {"course": card_of(course)}


def _other(asked: dict[str, Item], course: Course) -> Course | None:
    if "against" not in asked and "against_set" not in asked:
        return None
    start = read_course(asked["against"].text()) if "against" in asked else course
    return start.replace_all(asked_changes(asked, "against_set"))


def _days(years: float, since: float | None) -> list[float]:
    whole = [YEAR_DAYS * year for year in range(int(years) + 1)]
    return sorted({*whole, years * YEAR_DAYS, *([since] if since is not None else [])})


def _curves(outcome: Outcome, since: float | None) -> dict[str, Any]:
    result: dict[str, Any] = {"zero": outcome.zero, "times": outcome.times}
    result |= {name: getattr(outcome, name) for name in CURVES}
    if outcome.band is not None:
        result["band"] = {"level": 0.95} | {name: _band(outcome, name) for name in CURVES}
    result["incidence"] = {by: outcome.incidence(by) for by in ("site", "kind", "route")}
    # told as precisely as the places and routes beside it, so that all sum to everybody
    result["event_free"] = 1 - sum(result["incidence"]["kind"].values())
    if since is not None:
        result["given_free"] = _given_free(outcome, since)
    result["below"] = {"remaining_risk": REMAINING, "day": _day_below(outcome)}
    return result


def _day_below(outcome: Outcome) -> float:
    """Return the first day from which the risk left until the last time is small, between the days that were solved."""
    from scipy.interpolate import PchipInterpolator

    days = np.linspace(outcome.times[0], outcome.times[-1], 2000)
    free = np.exp(PchipInterpolator(outcome.times, np.log(np.maximum(outcome.recurrence_free, 1e-300)))(days))
    return float(days[np.argmax(1 - free[-1] / free <= REMAINING)])


def _band(outcome: Outcome, name: str) -> dict[str, Floats]:
    low, high = np.nanquantile(outcome.drawn(name), [0.025, 0.975], axis=0)
    return {"low": low, "high": high}


def _given_free(outcome: Outcome, since: float) -> dict[str, Any]:
    at = int(np.argmin(np.abs(outcome.times - since)))
    free = np.where(outcome.times >= since, outcome.recurrence_free / outcome.recurrence_free[at], np.nan)
    given: dict[str, Any] = {"since": since, "recurrence_free": free}
    if outcome.draws:
        drawn = outcome.drawn("recurrence_free")
        curves = drawn / drawn[:, [at]]
        curves[:, outcome.times < since] = np.nan
        given["low"], given["high"] = (np.quantile(curves, q, axis=0) for q in (0.025, 0.975))
    return given


def drawn_of(course: Course, since: float, draws: int) -> Drawn | None:
    """Return where and how it is found in a course and in draws of every number that tells them apart; None for too few."""
    if draws <= FEWEST:
        return None
    return Drawn(*found_roughly([course, *course.draws(min(draws, FOUND_DRAWS), every=True)], since, course.years * YEAR_DAYS))


def _deaths_spread(course: Course) -> float:
    """Return the standard deviation of the ln of the hazard of other deaths: its range holds 95%."""
    rate = course.mortality.at_60 if course.mortality else None
    if rate is None or rate.low is None or rate.high is None or not rate.low > 0:
        return 0.0
    return float(np.log(rate.high / rate.low)) / (2 * NORMAL_95)


def _healthy(course: Course) -> dict[str, Any]:
    """Return what treatment does to healthy parts, as far as it was read."""
    from remnant.healthy import marrow_gaps, tissue_doses

    tissues = [
        {"tissue": one.tissue.name, "gray": one.gray, "bed": one.bed, "in_twos": one.in_twos,
         "complication": one.tissue.complication.name if one.tissue.complication else None,
         "within_years": one.tissue.complication.years if one.tissue.complication else None,
         "share": one.complications, "beyond_what_was_counted": one.beyond, "source": list(one.tissue.alpha_beta.source),
         "note": one.tissue.note}
        for one in tissue_doses(course)
    ]  # fmt: skip
    marrow = [
        {"regimen": one.regimen.name, "cycle_days": one.cycle_days, "needed_days": one.needed_days, "drug": one.drug,
         "short_by_days": one.short, "taken_as": course.marrow}
        for one in marrow_gaps(course)
    ]  # fmt: skip
    return {"tissues": tissues, "marrow": marrow}


def _ways_round(course: Course, days: list[float]) -> list[dict[str, Any]]:
    from remnant.efflux import ways_round

    ways = ways_round(course)
    outcomes = solve_many([way.course for way in ways], days)
    return [
        {"id": way.id, "words": way.words, "recurrence_free": one.recurrence_free}
        for way, one in zip(ways, outcomes, strict=True)
    ]


def _difference(outcome: Outcome, other: Outcome, since: float | None) -> dict[str, Any]:
    """Return how many more are recurrence-free on this course than on the other; draws are paired, so its band is its own."""
    difference = _gap(outcome, other, 0)
    if since is not None:
        difference["given_free"] = _gap(outcome, other, int(np.argmin(np.abs(outcome.times - since))))
    return difference


def _gap(outcome: Outcome, other: Outcome, at: int) -> dict[str, Any]:
    free = [one.recurrence_free / one.recurrence_free[at] for one in (outcome, other)]
    gap: dict[str, Any] = {"recurrence_free": free[0] - free[1]}
    if outcome.draws and len(outcome.draws) == len(other.draws):
        drawn = [one.drawn("recurrence_free") for one in (outcome, other)]
        pairs = drawn[0] / drawn[0][:, [at]] - drawn[1] / drawn[1][:, [at]]
        gap["low"], gap["high"] = np.quantile(pairs, [0.025, 0.975], axis=0)
    return gap


def _band_is(course: Course, draws: int) -> str:
    if draws == 0:
        return "none"
    if fitted_numbers(course.disease.id):
        return "what the published results leave open about the numbers behind the course; not what fate holds for one person"
    return "the ranges of the numbers behind the course, each by itself; not fitted to results, and not one person's fate"


def _standings(course: Course) -> dict[str, int]:
    found: dict[str, int] = {}
    for quantity in course.numbers().values():
        kind = "calibrated" if quantity.free else quantity.standing
        found[kind] = found.get(kind, 0) + 1
    return found


def _told(one: Influence) -> dict[str, Any]:
    return {
        "path": one.path, "number": str(one.quantity), "source": list(one.quantity.source), "standing": one.quantity.standing,
        "free_at_low": one.at_low, "free_at_high": one.at_high, "move": one.move, "share": one.share,
    }  # fmt: skip
