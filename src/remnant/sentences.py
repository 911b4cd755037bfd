"""An outlook in sentences: both counts out of 100 people, the range, what it covers, and nothing the outlook does not hold.

Every function takes the answer of `outlook.outlook` and returns sentences, so that a page shows what the command says. The words
stand in the store of texts (`phrases.toml`); here stands which of them may be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from remnant.quantity import MONTH_DAYS, YEAR_DAYS
from remnant.report import hundred
from remnant.texts.phrases import phrase
from remnant.texts.store import ENGLISH

Result = dict[str, Any]
FEWEST_FORETOLD = 3
"""Published results that must have been foretold before a model can be said to fail."""
MANY = 5
"""People of 100 with cells left in whom it does not come back, from which on that is told."""
LEAST_AFTER = 3
"""Years that must be left after the one from which little risk is left: near the end of the look ahead there always is."""


PLACES = ("local", "regional", "distant")


@dataclass(frozen=True)
class Said:
    """One sentence, what it is about, and in which layer it stands."""

    name: str
    text: str
    layer: Literal["simple", "more"] = "simple"


def explain_outlook(result: Result, language: str = ENGLISH, *, death: bool = False) -> list[Said]:
    """Return the outlook of a course in plain sentences.

    Parameters
    ----------
    result : dict
        The answer of `outlook.outlook`, asked with draws; what lies ahead is told where it was asked with `ahead`.
    language : str
        Code of the language.
    death : bool
        Whether death of other causes was asked for; it is told only then.

    Returns
    -------
    list of Said
        For a disease with too little evidence, or whose model failed, only that no count is shown, and why.
    """
    if why_no_count(result):
        return [Said(why_no_count(result), phrase(f"outlook.{why_no_count(result)}", language))]
    said = [Said("slow", phrase("outlook.slow", language))]
    said += beside(result, language) if "against" in result else back(result, language)
    said += as_time_passes(result, language) + small_from(result, language) + left_behind(result, language)
    said += found_where(result, language) + found_how(result, language)
    if death:
        said += other_death(result, language)
    return said + what_counts_are(result, language)


def why_no_count(result: Result) -> str:
    """Return why no count is shown of a disease: `thin` evidence, or a model that `failed`; nothing where one may be shown.

    It failed where fewer than a third of the published results that it was not fitted to lie inside their 95% interval.
    """
    if result["course"]["evidence"] != "enough":
        return "thin"
    inside, of = result["course"]["foretold"]
    return "failed" if of >= FEWEST_FORETOLD and 3 * inside < of else ""


def may_count(result: Result) -> bool:
    """Return whether enough is known of the disease, and of how well the model does on it, for a count to be shown."""
    return not why_no_count(result)


def back(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return in how many of 100 it comes back, of those well by the time asked, with the range."""
    return [Said("back", _back_sentence("outlook.back", result, language))]


def left_behind(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return what is left in 100 people well at the time asked, the model's word and not a test's, and that it need not grow."""
    at = _index(result, _since(result))
    states = [result[name][at] for name in ("cured", "inactive", "active")]
    band = result["band"]["cured"]
    if None in (*states, band["low"][at], band["high"][at]):
        return []
    rests = any(share for share in result["inactive"])
    counts = hundred(states if rests else [states[0], 1 - states[0]])
    names = ("none", "sleeping", "growing") if rests else ("none", "growing")
    gaps = {name: _count(count, language) for name, count in zip(names, counts, strict=True)}
    reach = _reach(counts[0], (band["low"][at], band["high"][at]), language)
    key = "outlook.left-three" if rests else "outlook.left-two"
    said = [Said("left", phrase(key, language, who=_who(result, language), range=reach, **gaps), "more")]
    cells, share = 100 - counts[0], _share_back(result)
    if cells - hundred([share, 1 - share])[0] >= MANY:
        told = _back_sentence("outlook.left-but", result, language, cells=_count(cells, language))
        said.append(Said("left-but", told, "more"))
    return said


def as_time_passes(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return the year ahead of those well now and later, and whether it falls: each month only where that was computed."""
    chosen = result.get("ahead", {}).get("chosen")
    if not chosen:
        return []
    share = result["ahead"]["year"]["share"]
    first, middle, worst, last = (chosen[name] for name in ("first", "middle", "worst", "last"))
    counts = {i: hundred([share[i], 1 - share[i]])[0] for i in range(first, last + 1)}
    if result["ahead"]["falls"]:
        key, shown = "falls", [first, middle]
    elif counts[worst] > counts[first]:
        key, shown = ("rises-on", [first, worst]) if counts[worst] == counts[last] else ("rises", [first, worst, last])
    elif max(counts[middle], counts[last]) < counts[first]:
        key, shown = "falls-mostly", [first, middle]
    elif len(set(counts.values())) == 1:
        key, shown = "stays", [first, last]
    else:
        return []
    lead, *more = (_in_year(result, i, language) for i in dict.fromkeys(shown))
    said = [Said("ahead", phrase(f"outlook.{key}", language, year=lead))]
    return said + [
        Said(name, phrase(f"outlook.{name}", language, year=one))
        for name, one in zip(("later", "later-still"), more, strict=False)
    ]


def small_from(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return after how many well years little is left to come back; nothing where that is only because the look ahead ends."""
    below = result.get("ahead", {}).get("below", {"year": None})
    last, year = _last_year(result), below["year"]
    if year is None or last != round(last) or not _since(result) / YEAR_DAYS < year <= last - LEAST_AFTER:
        return []
    few = round(100 * below["remaining_risk"])
    gaps = {"years": year, "few": few, "rest": 100 - few, "last": round(last), "start": _start(result, language)}
    low, high = min(round(below["low"]), year), max(round(below["high"]), year)
    if low == high:
        return [Said("small", phrase("outlook.small-whole", language, **gaps), "more")]
    return [Said("small", phrase("outlook.small", language, low=low, high=high, **gaps), "more")]


def found_where(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return where it is first found, of 100 people in whom it comes back; only of kinds of places that the model has.

    Nothing is said of a cancer with one kind of place, nor of one of the blood.
    """
    kinds = {kind: one for kind, one in _found(result, "kind").items() if kind in PLACES and one["share"] > 0}
    if len(kinds) < 2:
        return []
    counts = _ranged_counts(list(kinds.values()), language)
    parts = [phrase(f"outlook.where-{kind}", language, count=count) for kind, count in zip(kinds, counts, strict=True)]
    places = "; ".join(parts[:-1]) + phrase("outlook.where-and", language) + parts[-1]
    return [Said("where", phrase("outlook.where", language, span=_span(result, language), places=places), "more")]


def found_how(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return how it is first found, of 100 people in whom it comes back; nothing where nobody is looked at."""
    routes = _found(result, "route")
    if not routes or not routes["visits"]["share"] > 0:
        return []
    visits = routes["visits"]
    counts = hundred([visits["share"], 1 - visits["share"]])
    gaps = {name: _count(count, language) for name, count in zip(("visit", "symptoms"), counts, strict=True)}
    gaps["range"] = _reach(counts[0], (visits["low"], visits["high"]), language)
    return [Said("how", phrase("outlook.how", language, span=_span(result, language), **gaps), "more")]


def beside(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return two courses side by side, and how far they are apart; neither is called the better one."""
    other = result["against"]
    pair = [("first", result), ("second", result | {k: v for k, v in other.items() if k != "difference"})]
    said = [Said(name, _back_sentence(f"outlook.{name}", one, language)) for name, one in pair]
    gap = other["difference"].get("given_free", other["difference"])
    return [*said, Said("apart", _apart(result, gap, language)), Said("not-ranked", phrase("outlook.not-ranked", language))]


def other_death(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return what else may come first, death included: said only when it is asked for."""
    first = result.get("first_found", {}).get("first", {})
    if "low" not in first.get("recurrence", {}):
        return []
    # a model without new cancers cannot say that they are rare
    key, names = "outlook.death", ["recurrence", "other_death", "second_primary", "neither"]
    if first["second_primary"]["share"] == 0:
        key, names = "outlook.death-two", ["recurrence", "other_death", "neither"]
    gap_of = {"recurrence": "back", "other_death": "died", "second_primary": "other", "neither": "free"}
    counts = _ranged_counts([first[name] for name in names], language)
    gaps = dict(zip((gap_of[name] for name in names), counts, strict=True))
    told = phrase(key, language, who=_who(result, language), span=_span(result, language), **gaps)
    return [Said("death", told, "more"), Said("death-after", phrase("outlook.death-after", language), "more")]


def what_counts_are(result: Result, language: str = ENGLISH) -> list[Said]:
    """Return what the range covers and what the counts leave out."""
    published = "published results" in result["made"]["band"]
    names = ["one-of-100", "range-published" if published else "range-wide", "this-cancer", "long-ago"]
    return [Said(name, phrase(f"outlook.{name}", language)) for name in names]


def time_words(days: float, language: str = ENGLISH, *, ahead: bool = False) -> str:
    """Return a time in whole years or, where it has none, in whole months; with `ahead` as it follows "in the next"."""
    months = max(round(days / MONTH_DAYS), 1)
    years = days / YEAR_DAYS
    if abs(years - round(years)) < 0.02 and round(years) > 0:
        count, unit = round(years), "year"
    else:
        count, unit = months, "month"
    name = f"time.{'span-' if ahead else ''}{unit}"
    return phrase(name, language) if count == 1 else phrase(f"{name}s", language, n=count)


def _back_sentence(key: str, result: Result, language: str, **more: str) -> str:
    share = _share_back(result)
    band = result["given_free"] if _since(result) > 0 else result["band"]["recurrence_free"]
    found, well = hundred([share, 1 - share])
    reach = _reach(found, (1 - band["high"][-1], 1 - band["low"][-1]), language)
    gaps = {"found": _count(found, language), "well": people(well, language), "range": reach}
    return phrase(key, language, who=_who(result, language), span=_span(result, language), **gaps, **more)


def _share_back(result: Result) -> float:
    """The share of those well at the time asked in whom it comes back by the last time."""
    held = result["given_free"] if _since(result) > 0 else result
    return 1 - float(held["recurrence_free"][-1])


def _in_year(result: Result, at: int, language: str) -> str:
    ahead = result["ahead"]["year"]
    share = ahead["share"][at]
    found, well = hundred([share, 1 - share])
    gaps = {"found": _count(found, language), "well": people(well, language)}
    gaps["range"] = _reach(found, (ahead["low"][at], ahead["high"][at]), language)
    gaps["start"] = _start(result, language)
    if ahead["start"][at] < 0.5:
        return phrase("outlook.in-year-0", language, **gaps)
    return phrase("outlook.in-year", language, since=time_words(ahead["start"][at], language), **gaps)


def _apart(result: Result, gap: Result, language: str) -> str:
    """Return the difference as it is, without a word on which is better."""
    more = gap["recurrence_free"][-1]
    sign = 1 if more >= 0 else -1
    count = hundred([abs(more), 1 - abs(more)])[0]
    low, high = (round(100 * end) for end in sorted((sign * gap["low"][-1], sign * gap["high"][-1])))
    low, high = min(low, count), max(high, count)
    span = _span(result, language)
    if count == 0:
        return phrase("outlook.apart-same", language, span=span, range=_either_way(max(-low, high), language))
    if low < 0:
        reach = phrase("outlook.apart-range-both", language, other=people(-low, language), same=people(high, language))
    elif low == high:
        reach = phrase("outlook.apart-range-none", language)
    else:
        reach = phrase("outlook.apart-range-one", language, low=people(low, language), high=people(high, language))
    which = phrase("outlook.first-name" if sign > 0 else "outlook.second-name", language)
    return phrase("outlook.apart", language, gap=_count(count, language), which=which, span=span, range=reach)


def _either_way(most: int, language: str) -> str:
    if most == 0:
        return phrase("outlook.apart-range-none", language)
    return phrase("outlook.apart-range-same", language, most=people(most, language))


def _found(result: Result, by: str) -> dict[str, dict[str, float]]:
    """Return the shares, with their ranges, of those in whom it comes back; nothing where there is no range."""
    shares: dict[str, dict[str, float]] = result.get("first_found", {}).get("found", {}).get(by, {})
    return shares if all("low" in one for one in shares.values()) else {}


def _ranged_counts(told: Sequence[dict[str, float]], language: str) -> list[str]:
    """Return counts of 100 people that sum to 100, each with its range in brackets."""
    whole = sum(one["share"] for one in told)
    counts = hundred([one["share"] / whole for one in told])
    return [_beside(count, (one["low"], one["high"]), language) for count, one in zip(counts, told, strict=True)]


def _who(result: Result, language: str) -> str:
    since = _since(result)
    if since == 0:
        return phrase("outlook.who", language)
    return phrase("outlook.who-well", language, since=time_words(since, language), start=_start(result, language))


def _start(result: Result, language: str) -> str:
    """Return what day 0 is the end of."""
    return phrase("time.treatment" if result["course"]["surgery"] is None else "time.operation", language)


def _span(result: Result, language: str) -> str:
    return time_words(result["times"][-1] - _since(result), language, ahead=True)


def _since(result: Result) -> float:
    return float(result.get("given_free", {}).get("since", 0.0))


def _last_year(result: Result) -> float:
    return round(result["times"][-1] / YEAR_DAYS, 6)


def _index(result: Result, day: float) -> int:
    return int(np.argmin(np.abs(np.array(result["times"]) - day)))


def _count(count: int, language: str, *, about: bool = True) -> str:
    """Return a count of 100 people in words; nobody is sure enough for 0 or 100."""
    if count <= 0 or count >= 100:
        return phrase("count.few" if count <= 0 else "count.most", language)
    return phrase("count.about", language, n=count) if about else str(count)


def people(count: int, language: str = ENGLISH) -> str:
    """Return a count of 100 people as a table says it: never 0 or 100."""
    return _count(count, language, about=False)


def range_words(count: int, band: tuple[float, float]) -> str:
    """Return the range around a count as a table says it, widened to whole people so that it holds the count.

    Parameters
    ----------
    count : int
        Of 100 people.
    band : (float, float)
        Shares from 0 to 1.
    """
    # where all draws agree, the range is the count itself
    return people(count) if _range_of(count, band)[0] == "whole" else _reach(count, band, ENGLISH).removeprefix("it could be ")


def _reach(count: int, band: tuple[float, float], language: str) -> str:
    """Return the range around a count, widened to whole people so that it holds the count."""
    name, ends = _range_of(count, band)
    return phrase(f"count.{name}", language, **{end: people(one, language) for end, one in ends.items()})


def _beside(count: int, band: tuple[float, float], language: str) -> str:
    """Return a count with its range in brackets."""
    name, ends = _range_of(count, band)
    told = {end: people(one, language) for end, one in ends.items()}
    return phrase(f"count.with-{name}", language, count=_count(count, language), **told)


def _range_of(count: int, band: tuple[float, float]) -> tuple[str, dict[str, int]]:
    """Return how a range is said, and its ends in whole people, such that it holds the count."""
    low, high = min(round(100 * band[0]), count), max(round(100 * band[1]), count)
    if low == high:
        return "whole", {}
    if low <= 0:
        return ("up-to", {"high": high}) if high < 100 else ("any", {})
    return ("least", {"low": low}) if high >= 100 else ("span", {"low": low, "high": high})
