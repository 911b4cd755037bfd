"""What is asked of the arms of a study, and published numbers of that kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from remnant.catalogue.evidence import EvidenceRow, row_of
from remnant.description import Description, Number
from remnant.endpoints import NAMES
from remnant.outcome import NORMAL_95

Name = Literal[
    "recurrence", "free", "event-free", "other-death", "second-primary", "share", "incidence", "share-above", "people-above",
    "median-size", "median-time", "hazard-ratio", "lead-time", "exams", "exams-per-recurrence", "scans", "scans-per-recurrence",
    "growth-found-by-symptoms", "growth-found-by-exams",
    "false-alarms", "people-with-false-alarms", "event-free-years", "alive", "cancer-death", "life-years", "treated-for-cure",
    "reached-line", "alive-after-recurrence", "median-after-recurrence", "endpoint-free", "unchanged-after-recurrence",
    "median-unchanged", "test-positive",
]  # fmt: skip
SHARES = (
    "recurrence", "free", "event-free", "other-death", "second-primary", "share", "incidence", "share-above", "people-above",
    "people-with-false-alarms", "alive", "cancer-death", "treated-for-cure", "reached-line", "alive-after-recurrence",
    "endpoint-free", "unchanged-after-recurrence", "test-positive",
)  # fmt: skip
LATER = (
    "alive", "cancer-death", "life-years", "treated-for-cure", "reached-line", "alive-after-recurrence",
    "median-after-recurrence", "endpoint-free", "unchanged-after-recurrence", "median-unchanged",
)  # fmt: skip
"""What is known only of people followed after a recurrence."""
BETWEEN_ARMS = ("hazard-ratio", "lead-time")
NAMED = ("share", "incidence")
OF_TEST = "test-positive"
WHOLE_STUDY = (
    "lead-time", "exams", "exams-per-recurrence", "scans", "scans-per-recurrence", "false-alarms", "people-with-false-alarms",
    "growth-found-by-symptoms", "growth-found-by-exams",
    "event-free-years", "life-years", "treated-for-cure", "reached-line", "median-after-recurrence", "median-unchanged",
    "test-positive",
)  # fmt: skip
UNITS = {
    "share": 1.0,
    "percent": 0.01,
    "years": 1.0,
    "months": 1 / 12,
    "days": 1 / 365.25,
    "mm": 1.0,
    "number": 1.0,
    "ratio": 1.0,
}
"""What a printed number is multiplied by: shares of one, years, mm, numbers."""
MOST_LINES = 6
NORMAL_90 = 1.6448536269514722


class Given(Description):
    """Only people of whom this is so; what was seen in one arm may choose people in another, for arms share their people."""

    group: str = ""
    """Group of the population."""
    arm: str = ""
    """Arm in which an exam was done."""
    exam: str = ""
    """That exam; positive where it found a recurrence or gave a false alarm."""
    by_days: Annotated[Number, Field(gt=0)] | None = None
    positive: bool = True
    test: str = ""
    """A test of the study that decides: those of whom it was positive, or negative, in `arm`, in the first one unless given."""
    found: bool = False
    """Whether false alarms are left out: positive is then only where it found a recurrence."""
    recurs_in: str = ""
    """Arm in which a recurrence was proved,"""
    recurs_years: tuple[Number, Number] | None = None
    """between these years after primary treatment, any unless given; needs people followed after a recurrence."""
    kinds: tuple[Literal["local", "regional", "distant", "systemic"], ...] = ()
    """Of that recurrence; any unless given."""
    lesions: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None
    """Least and most seen then; any number unless given."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.test and (self.exam or self.by_days is not None):
            raise ValueError("give a test of the study, or an exam of its visits, not both")
        if not self.test and (bool(self.arm) != bool(self.exam) or bool(self.arm) != (self.by_days is not None)):
            raise ValueError("arm, exam and by_days are given together")
        if self.found and not self.exam:
            raise ValueError("found goes with arm, exam and by_days")
        how = self.recurs_years is not None or bool(self.kinds) or self.lesions is not None
        if bool(self.recurs_in) != how:
            raise ValueError("recurs_in is given together with recurs_years, kinds or lesions")
        return self


class Measured(Description):
    """One kind of number, asked of every arm."""

    measure: Name
    """recurrence: share found again first; free: other causes set aside; event-free: alive, no recurrence, no second cancer;
    share: part of the recurrences that are of a kind, at a site or found by a route; incidence: the same of all people;
    alive-after-recurrence: so many years after its proof; unchanged-after-recurrence: alive then, and it has not grown or come
    back since its treatment began; treated-for-cure, reached-line: of those proved; endpoint-free: of an end point by name;
    share-above, people-above: largest lesion above a size, of recurrences and of people; scans: exams that are images;
    growth-found-by-...: middle growth speed of those found so, 1 for that of all people; test-positive: of those on whom a test
    that decides was done."""
    years: Annotated[Number, Field(gt=0)] | None = None
    """By when; the years of the study unless given. `months` in its place is read as a twelfth each."""
    name: str = ""
    """share, incidence: a kind, site or route, or several routes or several places with commas between; exams and false
    alarms: an exam, or empty for all; test-positive: the test of the study."""
    above_mm: Annotated[Number, Field(gt=0)] | None = None
    line: Annotated[int, Field(ge=1, le=MOST_LINES)] | None = None
    """reached-line: the first line of drugs after the proof of a recurrence is 1."""
    endpoint: Literal["recurrence", "event-free", "death", "dfs", "rfs", "ttr", "os"] = "recurrence"
    """hazard-ratio, endpoint-free: of what; the last four by a definition, from whole histories."""
    definition: Literal["", "datecan", "steep"] = ""
    """Of dfs, rfs, ttr and os; empty: STEEP for breast cancer, DATECAN for the others."""
    given: Given | None = None

    @model_validator(mode="before")
    @classmethod
    def _months(cls, document: Any) -> Any:
        if not isinstance(document, Mapping) or "months" not in document:
            return document
        months = document["months"]
        if "years" in document or isinstance(months, bool) or not isinstance(months, int | float):
            raise ValueError("months is a number in place of years")
        return {name: value for name, value in document.items() if name != "months"} | {"years": months / 12}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.measure in (*NAMED, OF_TEST) and not self.name:
            of = "a test of the study" if self.measure == OF_TEST else "a kind, site or route"
            raise ValueError(f"name is required for {self.measure}: {of}")
        if (self.measure in ("share-above", "people-above")) != (self.above_mm is not None):
            raise ValueError("above_mm goes with share-above and people-above")
        if (self.measure == "reached-line") != (self.line is not None):
            raise ValueError("line goes with reached-line, and only with it")
        if self.above_mm is not None and self.above_mm != int(self.above_mm):
            raise ValueError("above_mm is a whole number of mm")
        if (self.measure == "endpoint-free" and self.endpoint not in NAMES) or (self.definition and self.endpoint not in NAMES):
            raise ValueError(f"endpoint-free and definition need endpoint = one of {', '.join(NAMES)}")
        if self.years is not None and self.measure in WHOLE_STUDY:
            raise ValueError(f"{self.measure} is of the whole study: leave years out")
        return self

    @property
    def later(self) -> bool:
        """Whether it is known only of people followed after a recurrence."""
        if self.given is not None and self.given.recurs_in:
            return True
        return self.measure in LATER or (self.measure == "hazard-ratio" and self.endpoint in ("death", *NAMES))

    def check(self, arms: Sequence[str], groups: Sequence[str], years: float) -> None:
        """Refuse names that are not in the study, and times beyond it."""
        if self.years is not None and self.years > years:
            raise ValueError(f"{self.measure}: years must be at most the {years:g} of the study, but is {self.years:g}")
        if self.given is not None:
            if self.given.arm and self.given.arm not in arms:
                raise ValueError(f"given.arm must be among {', '.join(arms)}, but is {self.given.arm!r}")
            if self.given.recurs_in and self.given.recurs_in not in arms:
                raise ValueError(f"given.recurs_in must be among {', '.join(arms)}, but is {self.given.recurs_in!r}")
            if self.given.group and self.given.group not in groups:
                raise ValueError(f"given.group must be among {', '.join(groups)}, but is {self.given.group!r}")

    @property
    def words(self) -> str:
        """What it is, in words."""
        above, ends = f"{self.above_mm or 0:g} mm", f"of {self.endpoint} {self.definition}".strip()
        of = {"hazard-ratio": ends, "endpoint-free": ends, "share-above": above, "people-above": above}
        of["reached-line"] = f"{self.line} of drugs"
        parts = [self.measure.replace("-", " "), of.get(self.measure, self.name)]
        parts.append(f"by {self.years:.3g} years" if self.years is not None else "")
        if self.given is not None:
            sign = "positive" if self.given.positive else "negative"
            sign = "the first to find it" if self.given.found and self.given.positive else sign
            parts += [f"in {self.given.group}" if self.given.group else ""]
            if self.given.recurs_years is not None:
                low, high = self.given.recurs_years
                parts += [f"of recurrences between {low:g} and {high:g} years in arm {self.given.recurs_in}"]
            parts += [f"of {' or '.join(self.given.kinds)} recurrences" if self.given.kinds else ""]
            parts += ["of those with {} to {} lesions".format(*self.given.lesions) if self.given.lesions is not None else ""]
            parts += [f"where {self.given.exam} is {sign} in arm {self.given.arm}" if self.given.exam else ""]
            parts += [f"where {self.given.test} is {sign}" if self.given.test else ""]
        return " ".join(part for part in parts if part)


class Published(Measured):
    """One published number of the trial, to be set beside the study's."""

    arm: str
    against: str = ""
    """Comparisons: the other arm."""
    compare: Literal["", "difference", "ratio"] = ""
    """This arm less the other, or divided by it; empty for a number of one arm."""
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    level: Literal[90, 95] = 95
    """Of the printed interval, percent."""
    unit: Literal["share", "percent", "years", "months", "days", "mm", "number", "ratio"] = "share"
    hits: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """People with it, in this arm and the other one; in place of value, low and high."""
    people: tuple[Annotated[int, Field(gt=0)], ...] = ()
    """Of how many; with a value that was printed without an interval, the people of that arm."""
    sets_level: bool = False
    """Whether it sets how much is left in everybody, by one factor that is the same in every arm: what the trial's people were
    like is then taken from it and not foretold, so it is not judged. One number of a study, of one arm, may."""
    evidence: str
    """Id of the evidence row it was read in."""
    why: str = ""
    """What follows from the row's words, and how."""
    miss: str = ""
    """Where the study lies outside the interval: what may explain it."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        both = self.compare != "" or self.measure in BETWEEN_ARMS
        if both != bool(self.against):
            raise ValueError("against goes with compare, hazard-ratio and lead-time")
        counted = 2 if self.compare else 1
        if self.people and not self.hits and (counted != 1 or len(self.people) != 1 or self.value is None):
            raise ValueError("people without hits goes with the value of one arm, for its interval")
        if self.people and not self.hits and (self.low is not None or self.measure not in SHARES):
            raise ValueError("people without hits goes with a share that was printed without an interval")
        if self.hits:
            if len(self.hits) != counted or len(self.people) != counted or self.value is not None or self.measure not in SHARES:
                raise ValueError("hits and people are one for each arm of a share, in place of value")
            if any(hit > of for hit, of in zip(self.hits, self.people, strict=True)):
                raise ValueError("hits are at most people")
            if self.compare == "ratio" and 0 in self.hits:
                raise ValueError("a ratio needs hits in both arms")
        elif self.value is None:
            raise ValueError("value, or hits and people, is required")
        if self.sets_level and (both or self.given is not None or not self.can_set_level):
            kinds = "recurrence, free, event-free, or endpoint-free of dfs or rfs"
            raise ValueError(f"sets_level goes with {kinds}, of one whole arm")
        row_of(self.evidence)
        return self

    def check(self, arms: Sequence[str], groups: Sequence[str], years: float) -> None:
        """Refuse names that are not in the study, and times beyond it."""
        super().check(arms, groups, years)
        for one in (self.arm, self.against):
            if one and one not in arms:
                raise ValueError(f"published: an arm must be among {', '.join(arms)}, but is {one!r}")

    @property
    def can_set_level(self) -> bool:
        """Whether it is of a kind that `solve` knows, so that how much is left can be found from it."""
        ends = self.measure == "endpoint-free" and self.endpoint in ("dfs", "rfs")
        return self.measure in ("recurrence", "free", "event-free") or ends

    @property
    def row(self) -> EvidenceRow:
        """The evidence row it stands on."""
        return row_of(self.evidence)

    @property
    def number(self) -> float:
        """The published number inside: shares of one, years, mm, ratios."""
        if self.hits:
            parts = [hit / of for hit, of in zip(self.hits, self.people, strict=True)]
            if self.compare:
                return parts[0] - parts[1] if self.compare == "difference" else parts[0] / parts[1]
            return parts[0]
        assert self.value is not None
        return self.value * UNITS[self.unit]

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the published number; None where neither interval nor people were printed."""
        if self.hits:
            return self._counted_interval()
        if self.people:
            return _wilson(self.number * self.people[0], self.people[0])
        if self.low is None or self.high is None:
            return None
        low, high = self.low * UNITS[self.unit], self.high * UNITS[self.unit]
        if self.level == 95:
            return low, high
        middle, wider = self.number, NORMAL_95 / NORMAL_90
        if self.measure == "hazard-ratio" or self.compare == "ratio":
            return middle * (low / middle) ** wider, middle * (high / middle) ** wider
        return middle - (middle - low) * wider, middle + (high - middle) * wider

    def _counted_interval(self) -> tuple[float, float]:
        parts = [_wilson(hit, of) for hit, of in zip(self.hits, self.people, strict=True)]
        if not self.compare:
            return parts[0]
        share = [hit / of for hit, of in zip(self.hits, self.people, strict=True)]
        if self.compare == "ratio":
            error = math.sqrt(sum(1 / hit - 1 / of for hit, of in zip(self.hits, self.people, strict=True)))
            return self.number * math.exp(-NORMAL_95 * error), self.number * math.exp(NORMAL_95 * error)
        # Newcombe 1998, method 10: the difference from the two Wilson intervals
        below = math.hypot(share[0] - parts[0][0], parts[1][1] - share[1])
        above = math.hypot(parts[0][1] - share[0], share[1] - parts[1][0])
        return self.number - below, self.number + above


def names_in(text: str) -> list[str]:
    """Return the names in a text with commas between."""
    return [name.strip() for name in text.split(",")]


def _wilson(hits: float, people: int) -> tuple[float, float]:
    """Return the 95% interval of a share by Wilson's score."""
    z2, share = NORMAL_95**2, hits / people
    middle = (share + z2 / (2 * people)) / (1 + z2 / people)
    half = NORMAL_95 / (1 + z2 / people) * math.sqrt(share * (1 - share) / people + z2 / (4 * people**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
