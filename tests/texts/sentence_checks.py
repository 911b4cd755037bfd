"""Reads sentences as a person would, number by number, and compares them with the outcome they come from.

Nothing here is shared with the code that writes them: how a sentence is read, rounding, ranges and claims are worked out again.
"""

from __future__ import annotations

import re
from itertools import count as counting
from typing import NamedTuple

import numpy as np
from scipy import stats
from words import LIMITS, grade

from remnant import texts
from remnant.sentences import explain_outlook

YEAR = 365.25
END = r"\d+|more than 99"
COUNT = r"(?:about )?(?:\d+|fewer than 1|more than 99)"
RANGE = (
    r"it could be (?P<low>\d+) to (?P<high>\d+|more than 99)|it could be up to (?P<upto>\d+)|it could be (?P<least>\d+) or more|"
    r"(?P<any>it could be any count)|(?P<whole>that is so over the whole range)"
)
BESIDE = r"\d+ to (?:\d+|more than 99)|up to \d+|\d+ or more|it could be any count|over the whole range"
BRACKETS = r"The range of each count is in brackets\."
SPAN = r"(?P<span>\d+ (?:years?|months?))"
WHO = r"people like this(?: who are well (?P<since>\d+ (?:years?|months?)) after (?:the operation|treatment))?"
BACK = rf"of 100 {WHO}, N will have the cancer come back in the next {SPAN} and N will not; (?:{RANGE})\."
YEAR_AHEAD = (
    rf"of 100 people well (?:(?P<since>\d+ (?:years?|months?)) after|right after) (?:the operation|treatment), "
    rf"it comes back in N in the (?:next|first) year, and in N it does not; (?:{RANGE})\."
)
CLAIM = (
    r"(?P<claim>Each month that passes well lowers the risk|The risk gets lower over the years, though not with each month|"
    r"The risk is higher for a time later on|The risk does not get lower over these years|"
    r"The risk stays much the same over the years): "
)
PATTERNS = {
    "back": BACK.replace("of 100", "Of 100", 1),
    "first": "On the first course: " + BACK,
    "second": "On the second course: " + BACK,
    "ahead": CLAIM + YEAR_AHEAD,
    "later": "Later on, " + YEAR_AHEAD,
    "later-still": "Later still, " + YEAR_AHEAD,
    "left": rf"Of 100 {WHO}, N have no cancer cells left, as far as the model can tell; in N some cells (?:grow, too few to find|"
    rf"sleep, and in N some cells grow, too few to find)\. For the first count, (?:{RANGE})\.",
    "left-but": rf"Cells that are left do not always bring it back: of 100 {WHO}, N have some left, but it comes back in N in "
    rf"the next {SPAN}, and in N it does not; (?:{RANGE})\.",
    "small": r"After (?P<years>\d+) well years, it comes back in (?P<few>\d+) or fewer of 100 people up to (?P<last>\d+) years "
    r"after (?:the operation|treatment), and in (?P<rest>\d+) or more it does not; (?:it could take (?P<low>\d+) to "
    r"(?P<high>\d+) years|that is so over the whole range)\.",
    "where": rf"Of 100 people in whom it comes back within those {SPAN}, it is found (?:near the place where it began in NB)?"
    r"(?:(?:; )?(?:and )?in lymph nodes close by in NB)?(?:; and in another part of the body in NB)?\. "
    rf"{BRACKETS}",
    "how": rf"Of 100 people in whom it comes back within those {SPAN}, it is found at a check-up in N, and N notice it "
    rf"themselves\. For the first count, (?:{RANGE})\.",
    "death": rf"You asked for this too\. Of 100 {WHO}, in the next {SPAN}: it comes back first in NB; NB die of something else "
    rf"first; (?:NB get a new, different cancer first; and none of these|and neither) happens in NB\. {BRACKETS}",
    "apart": rf"The two are (?:N of 100 people apart at the end of those {SPAN}: more are well on the (?P<which>first|second) "
    rf"course|fewer than 1 of 100 people apart at the end of those [\w ]+); (?:it could be (?P<low>\d+|fewer than 1) to "
    rf"(?P<high>{END})|it could also be up to (?P<same>{END}) that way, or up to (?P<other>{END}) the other way|"
    rf"it could be up to (?P<most>{END}) either way|that is so over the whole range)\.",
}
"""How each sentence is read; N is a count of 100 people, and B a range in brackets."""
RISK_WORDS = re.compile(
    r"\b(?:risks?|chances?|likely|unlikely|rare|rarely|seldom|often|high|higher|low|lower|small|most|mostly)\b", re.I
)
RANKING = re.compile(r"\b(?:better|best|worse|worst|recommend\w*|should|prefer\w*|superior|choose)\b", re.I)
DEATH = re.compile(r"\b(?:die|dies|died|death|dead|live|lives|survival|survive\w*)\b", re.I)


class Words(NamedTuple):
    """What a language says of numbers, risk, rank, cells and death."""

    number: re.Pattern[str]
    of_100: re.Pattern[str]
    risk: re.Pattern[str]
    ranking: re.Pattern[str]
    no_cell: str
    as_far: str
    death: re.Pattern[str]


ENGLISH = Words(
    re.compile(r"\babout \d|\bfewer than 1\b|\b\d+ will\b"), re.compile(r"\bof 100\b", re.I), RISK_WORDS, RANKING,
    "no cancer cell", "as far as the model can tell", DEATH,
)  # fmt: skip


def read(name, text):
    """Return the counts of a sentence in order and everything else it says; None where it is not built as it must be."""
    number, brackets = counting(), counting()
    pattern = re.sub(r"\bNB\b", lambda _: rf"N \((?P<b{next(brackets)}>{BESIDE})\)", PATTERNS[name])
    pattern = re.sub(r"\bN\b", lambda _: f"(?P<n{next(number)}>{COUNT})", pattern)
    found = re.fullmatch(pattern, text)
    if found is None:
        return None
    groups = found.groupdict()
    told = [value(groups[f"n{i}"]) for i in range(next(number)) if groups[f"n{i}"] is not None]
    return told, {key: text for key, text in groups.items() if not re.fullmatch(r"n\d+", key) and text is not None}


def in_brackets(rest):
    """The ranges in brackets in order, as `check_range` takes them."""
    ranges = []
    for key in sorted(key for key in rest if re.fullmatch(r"b\d", key)):
        numbers = re.findall(r"more than 99|\d+", rest[key])
        if rest[key].startswith("up to"):
            ranges.append({"upto": numbers[0]})
        elif rest[key].endswith("or more"):
            ranges.append({"least": numbers[0]})
        elif numbers:
            ranges.append({"low": numbers[0], "high": numbers[1]})
        else:
            ranges.append({"whole": ""} if "whole" in rest[key] else {})
    return ranges


def value(text):
    return 0 if text == "fewer than 1" else 100 if text == "more than 99" else int(text.removeprefix("about "))


def rounded(told, share, slack=0.0):
    """Whether a whole count is the share to its rounding."""
    return abs(told - 100 * share) <= 0.5 + slack + 1e-6


def ends(rest, told):
    if "whole" in rest:
        return told, told
    low = int(rest.get("low") or rest.get("least") or 0)
    return low, value(rest["high"]) if "high" in rest else int(rest.get("upto", 100))


def check_range(text, rest, told, band, slack=0.0):
    """Complaints about the range around a count: each end is that of the band, or the count where the band leaves it out."""
    low, high = ends(rest, told)
    wrong = [] if low <= told <= high else [f"range without its count: {text}"]
    for end, share in zip((low, high), band, strict=True):
        beyond = share > told / 100 if end == low else share < told / 100
        if not (rounded(end, share, slack) or (end == told and beyond)):
            wrong.append(f"{end} is not the end {100 * share:.2f} of the band: {text}")
    return wrong


def check_counts(text, told, shares):
    """Complaints about counts that sum to 100; of several, rounding may move each by less than one."""
    wrong = [] if sum(told) == 100 else [f"counts {told} do not sum to 100: {text}"]
    if len(told) != len(shares):
        return [*wrong, f"{len(told)} counts for {len(shares)} shares: {text}"]
    close = rounded if len(told) == 2 else lambda count, share: abs(count - 100 * share) < 1
    return wrong + [f"{n} is not {100 * s:.3f}: {text}" for n, s in zip(told, shares, strict=True) if not close(n, s)]


def check_words(said, asked_death=False):
    """Complaints about the words alone: grades, words to avoid, bare numbers and bare words of risk, ranking, promises, death."""
    wrong = []
    for layer, limit in LIMITS.items():
        prose = " ".join(one.text for one in said if one.layer == layer)
        if prose and grade(prose) > limit:
            wrong.append(f"grade {grade(prose):.1f} in the layer {layer}: {prose}")
    for one in said:
        wrong += [f"word to avoid: {word}" for word, _ in texts.avoided_in(one.text)]
        if re.search(r"\d[.,]\d|%", one.text):
            wrong.append(f"decimals: {one.text}")
        if re.search(r"\b(?:about|in) (?:0|100)\b|\b(?:0|100) (?:of 100|will|have|or)\b", one.text):
            wrong.append(f"0 or 100 of 100: {one.text}")
        for sentence in re.split(r"(?<=[.!?]) ", one.text):
            wrong += _check_sentence(sentence, asked_death, ENGLISH)
    return wrong


def _check_sentence(sentence, asked_death, words):
    tests = {
        "bare number": words.number.search(sentence) and not words.of_100.search(sentence),
        "bare word of risk": words.risk.search(sentence) and not re.search(r"\d", sentence),
        "ranks or advises": words.ranking.search(sentence),
        "more certain than the model": words.no_cell in sentence and words.as_far not in sentence,
        "death was not asked for": not asked_death and words.death.search(sentence),
    }
    return [f"{name}: {sentence}" for name, found in tests.items() if found]


def check_claim(text, outcome, since):
    """Complaints about what is said of the risk over time, worked out again week by week and year by year."""
    answer, last = outcome.answers.recurrence_free, outcome.times[-1]
    years = np.arange(np.ceil(since / YEAR - 1e-9), np.floor(last / YEAR + 1e-9)) * YEAR
    yearly = 1 - answer(years + YEAR) / answer(years)
    weeks = np.arange(since, last - YEAR + 0.5, 7.0)
    weekly = 1 - answer(weeks + YEAR) / answer(weeks)
    rises = yearly.max() > yearly[0]
    holds = {
        # a month is 30 days and more, so four weeks apart some window may lie between two months that were compared
        "Each month": np.all(weekly[5:] < weekly[:-5]) and np.all(np.diff(yearly) < 0),
        "The risk gets lower": yearly[-1] < yearly[0] and not yearly.max() > yearly[0] + 0.01,
        "The risk is higher": rises and yearly[-1] < yearly.max(),
        "The risk does not get lower": rises and yearly[-1] > yearly[0] - 0.01,
        "The risk stays": np.ptp(yearly) <= 0.01 + 1e-9,
    }
    return [f"claims what is not so: {text}" for words, so in holds.items() if words in text and not so]


def check_outlook(outcome, said, since=0.0, drawn=None, deaths=0.0):
    """All complaints about the sentences on one course, against the Outcome they come from.

    `drawn` holds where and how it is found in draws, and `deaths` the spread of the ln of the hazard of other deaths.
    """
    by_name = {one.name: one.text for one in said}
    wrong = check_words(said, asked_death="death" in by_name)
    for name in PATTERNS.keys() & by_name.keys():
        got = read(name, by_name[name])
        if got is None:
            wrong.append(f"not built as it must be: {by_name[name]}")
            continue
        if name in ("where", "how", "death"):
            wrong += _check_found(name, by_name[name], got, outcome, since, drawn, deaths)
        else:
            wrong += _check_named(name, by_name[name], got, outcome, since)
    return wrong


def _check_named(name, text, got, outcome, since):
    told, rest = got
    last = float(outcome.times[-1])
    wrong = []
    if "span" in rest and name != "apart":
        wrong += [] if abs(days(rest["span"]) - (last - since)) < 16 else [f"another time than {last - since:.0f} days: {text}"]
    if name in ("ahead", "later", "later-still"):
        start = days(rest["since"]) if "since" in rest else 0.0
        share, band = share_back(outcome, start, start + YEAR)
        wrong += check_counts(text, told, [share, 1 - share]) + check_range(text, rest, told[0], band)
        return wrong + (check_claim(text, outcome, since) if name == "ahead" else [])
    if "since" in rest and abs(days(rest["since"]) - since) > 16:
        wrong.append(f"another time free than {since:.0f} days: {text}")
    if name in ("back", "first"):
        share, band = share_back(outcome, since, last)
        return wrong + check_counts(text, told, [share, 1 - share]) + check_range(text, rest, told[0], band)
    if name in ("left", "left-but"):
        return wrong + _check_left(name, text, got, outcome, since)
    if name == "small":
        return wrong + _check_small(text, rest, outcome)
    return wrong


def _check_left(name, text, got, outcome, since):
    told, rest = got
    at = int(np.argmin(np.abs(outcome.times - since)))
    if name == "left-but":
        share, band = share_back(outcome, since, float(outcome.times[-1]))
        close = abs(told[0] - 100 * (1 - outcome.cured[at])) < 1  # one of several counts that sum to 100
        wrong = [] if close and told[0] > told[1] else [f"cells left do bring it back: {text}"]
        return wrong + check_counts(text, told[1:], [share, 1 - share]) + check_range(text, rest, told[1], band)
    states = [states[at] for states in (outcome.cured, outcome.inactive, outcome.active)]
    shares = states if outcome.inactive.any() else [states[0], 1 - states[0]]
    band = np.quantile([np.interp(since, one.times, one.cured) for one in outcome.draws], [0.025, 0.975])
    return check_counts(text, told, shares) + check_range(text, rest, told[0], band)


def _check_small(text, rest, outcome):
    years, few, last = (int(rest[key]) for key in ("years", "few", "last"))
    free = outcome.answers.recurrence_free(np.array([years - 1, years, last]) * YEAR)
    before, left = 1 - free[2] / free[0], 1 - free[2] / free[1]
    so = left <= few / 100 < before and few + int(rest["rest"]) == 100 and abs(last * YEAR - outcome.times[-1]) < 1
    low, high = (int(rest.get(key, years)) for key in ("low", "high"))
    return [] if so and low <= years <= high and years <= last - 3 else [f"little is left at another time: {text}"]


def _check_found(name, text, got, outcome, since, drawn, deaths):
    told, rest = got
    places = drawn.places[drawn.places.sum(axis=(1, 2)) > 1e-9]  # where nothing comes back it is found nowhere
    last = float(outcome.times[-1])
    wrong = [] if abs(days(rest["span"]) - (last - since)) < 16 else [f"another time than {last - since:.0f} days: {text}"]
    if "since" in rest and abs(days(rest["since"]) - since) > 16:
        wrong.append(f"another time free than {since:.0f} days: {text}")
    found = outcome.answers.incidence(np.array([since, last]))
    table = {key: values[1] - values[0] for key, values in found.by("route" if name == "how" else "kind").items()}
    if name == "death":
        others = [table["other_death"], table["second_primary"]]
        parts = np.array([found.event_free[0] - found.event_free[1] - sum(others), *others, found.event_free[1]])
        bands = what_first(outcome, since, parts / parts.sum(), deaths)
        if len(told) == 3:
            wrong += [f"new cancers left out: {text}"] if table["second_primary"] > 0 else []
            parts, bands = np.delete(parts, 2), np.delete(bands, 2, axis=0)
    elif name == "where":
        words = {"local": "near the place", "regional": "in lymph nodes", "distant": "in another part"}
        kinds = [kind for kind, named in words.items() if named in text]
        wrong += [f"other places than there are: {text}"] if kinds != [kind for kind in words if table[kind] > 0] else []
        parts = np.array([table[key] for key in kinds])
        rough = np.array([places[:, np.array(found.site_kinds) == kind].sum(axis=(1, 2)) for kind in kinds])
        bands = [one_more(row, part / parts.sum()) for row, part in zip(rough / rough.sum(axis=0), parts, strict=True)]
    else:
        parts = np.array([sum(share for key, share in table.items() if key != "symptoms"), table["symptoms"]])
        bands = [one_more(places[:, :, 1].sum(axis=1) / places.sum(axis=(1, 2)), parts[0] / parts.sum())]
    wrong += check_counts(text, told, parts / parts.sum())
    ranges = [rest] if name == "how" else in_brackets(rest)
    slack = 1.0 if name == "death" else 0.0  # many hazards reach a little further than 41
    for count, one, band in zip(told, ranges, bands, strict=False):
        wrong += check_range(text, one, count, band, slack)
    return wrong


def one_more(shares, exact):
    """Where 95% of further draws would have a share, by Student's t in ln odds; the first share is the course's own, roughly."""
    if exact == 0:
        return 0.0, 0.0
    odds = [np.log(share / (1 - share)) for share in np.clip([*shares, exact], 1e-9, 1 - 1e-9)]
    own, seen, known = odds[0], np.array(odds[1:-1]), odds[-1]
    width = stats.t(len(seen) - 1).interval(0.95)[1] * np.sqrt(np.var(seen, ddof=1) * (1 + 1 / len(seen)))
    middle = seen.mean() - own + known
    return tuple(1 / (1 + np.exp(-(middle + side * width))) for side in (-1, 1))


def what_first(outcome, since, exact, deaths, tries=400):
    """The ranges of what comes first, by adding up half months, with many hazards of other deaths."""
    at = outcome.times >= since - 0.5
    own = outcome.answers.incidence(outcome.times)
    alive = np.log(own.event_free / outcome.recurrence_free)[at]
    shares = np.diff(np.array([own.causes["other_death"], own.causes["second_primary"]])[:, at], axis=1)
    hazards = -np.diff(alive) * shares / np.maximum(shares.sum(axis=0), 1e-300)
    grid = np.linspace(outcome.times[at][0], outcome.times[-1], 24 * len(hazards) + 1)
    steps = [np.diff(np.interp(grid, outcome.times[at], np.concatenate([[0], np.cumsum(one)]))) for one in hazards]

    def first(free, factor):
        free = np.exp(np.interp(grid, outcome.times[at], np.log(np.maximum(free[at], 1e-300))))
        free, each = free / free[0], np.array([factor * steps[0], steps[1]])
        here = np.exp(-np.concatenate([[0], np.cumsum(each.sum(axis=0))]))
        middle = (free[1:] + free[:-1]) * (here[1:] + here[:-1]) / 4
        died, new = (each * middle).sum(axis=1)
        return np.array([1 - died - new - free[-1] * here[-1], died, new, free[-1] * here[-1]])

    def odds(share):
        held = np.clip(share, 1e-9, 1 - 1e-9)
        return np.log(held / (1 - held))

    factors = np.exp(deaths * stats.norm.ppf((np.arange(tries) + 0.5) / tries)) if deaths else np.ones(1)
    curves = outcome.drawn("recurrence_free")[:40]
    drawn = np.array([first(free, factor) for free in curves for factor in factors[:: max(len(curves) // 5, 1)]])
    shifted = odds(drawn) - odds(first(outcome.recurrence_free, 1.0)) + odds(exact)
    return (1 / (1 + np.exp(-np.quantile(shifted, [0.025, 0.975], axis=0)))).T


def share_back(outcome, start, end):
    """The share of those well at `start` in whom it comes back by `end`, and the 95% band over the draws."""

    def one(answers):
        free = answers.recurrence_free(np.array([start, end]))
        return float(1 - free[1] / free[0])

    def drawn(draw):
        at = [int(np.argmin(np.abs(draw.times - day))) for day in (start, end)]
        assert np.abs(draw.times[at] - [start, end]).max() < 1, "a draw was not solved on a day of a range that is told"
        return 1 - draw.recurrence_free[at[1]] / draw.recurrence_free[at[0]]

    return one(outcome.answers), np.quantile([drawn(draw) for draw in outcome.draws], [0.025, 0.975])


def days(text):
    number, unit = text.split()
    return int(number) * (YEAR if unit.startswith("year") else YEAR / 12)


GERMAN_RANKING = re.compile(r"\b(?:besser\w*|beste\w*|schlechter\w*|empf\w+|sollten?|vorzuziehen|überlegen)\b", re.I)
GERMAN_RISK = re.compile(r"\b(?:Risiko|Risiken|Chancen?|wahrscheinlich|selten|oft|meist\w*|hoch|höher|niedrig|gering)\b")
GERMAN_DEATH = re.compile(r"\b(?:sterben|stirbt|gestorben|Tod|tot|leben|lebt|überleben)\b", re.I)
GERMAN = Words(
    re.compile(r"\betwa \d|weniger als 1\b"), re.compile(r"\bvon 100\b", re.I), GERMAN_RISK, GERMAN_RANKING,
    "keine Krebszellen", "soweit das Modell", GERMAN_DEATH,
)  # fmt: skip


def complaints_in_german(result):
    """Complaints about the German sentences: those of the English ones, number by number, easy and with no word to avoid."""
    wrong = []
    for death in (False, True):
        english, german = (explain_outlook(result, language, death=death) for language in ("en", "de"))
        if [(one.name, one.layer) for one in english] != [(one.name, one.layer) for one in german]:
            wrong.append("other sentences than in English")
        for one, other in zip(english, german, strict=False):
            if _numbers(one.text, "fewer than 1", "more than 99") != _numbers(other.text, "weniger als 1", "mehr als 99"):
                wrong.append(f"other numbers than in English: {other.text} | {one.text}")
        wrong += check_german_words(german, death)
    return wrong


def _numbers(text, few, many):
    # a year ahead is 12 months in German, and half the range of a month has no number of its own
    text = text.replace(few, " 0 ").replace(many, " 100 ").replace("12 Monaten", "1").replace("30 Tagen", "1")
    return sorted(int(one) for one in re.findall(r"\d+", text))


def check_german_words(said, asked_death=False):
    """Complaints about German sentences by themselves; grades are those of the first Vienna formula."""
    wrong = []
    for layer, limit in LIMITS.items():
        prose = " ".join(one.text for one in said if one.layer == layer)
        if prose and grade(prose, "de") > limit:
            wrong.append(f"grade {grade(prose, 'de'):.1f} in the layer {layer}: {prose}")
    for one in said:
        wrong += [f"word to avoid: {word} in {one.text}" for word, _ in texts.avoided_in(one.text, "de")]
        if re.search(r"\d[.,]\d|%|\{", one.text):
            wrong.append(f"decimals or gaps: {one.text}")
        for sentence in re.split(r"(?<=[.!?]) ", one.text):
            wrong += _check_sentence(sentence, asked_death, GERMAN)
    return wrong
