"""Published results that the catalogue is fitted to or tried on, each standing on its evidence row."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from remnant.catalogue.evidence import EvidenceRow, data_folder, row_of
from remnant.description import Description, Id, Number
from remnant.errors import InputError
from remnant.outcome import NORMAL_95

Measure = Literal[
    "recurrence", "free", "event-free", "late-recurrence", "incidence", "hazard", "cancer-hazard",
    "risk-ratio", "rate-ratio", "hazard-ratio", "event-ratio", "cumulative-ratio",
    "difference", "median-time", "median-free", "median-event-free", "share-within", "share-kind", "share-site", "share-route",
]  # fmt: skip
SHARES = (
    "recurrence", "free", "event-free", "late-recurrence", "incidence", "share-within", "share-kind", "share-site", "share-route",
)  # fmt: skip
MEDIANS = ("median-time", "median-free", "median-event-free")
COX = ("hazard-ratio", "event-ratio")
"""Hazard ratios of recurrence, and of recurrence or death: what Cox regression finds in the two curves. A `risk-ratio` is of
shares with a recurrence, a `rate-ratio` of recurrences per person-year, a `cumulative-ratio` of ln shares free of events."""
COMPARED = (*COX, "risk-ratio", "rate-ratio", "cumulative-ratio", "difference")
SUM_TO_ONE = 1e-6
UNTOLD_ERROR = 0.10
"""Relative standard error taken where neither an interval nor a number of people or events was printed."""


class People(Description):
    """People of a trial who are alike, where a result is about several kinds together."""

    share: Annotated[Number, Field(gt=0, le=1)]
    disease: Id | None = None
    """Theirs, where it is not that of the result."""
    base: dict[str, Any] = {}
    """What they had in place of the usual course, besides what all of the trial had."""


class Target(Description):
    """One published number: of whom, of what, when, and where it was read."""

    id: Id
    disease: Id
    trial: str
    """Trial or cohort; results of one share their people."""
    base: dict[str, Any] = {}
    """What the people of the trial had in place of the catalogue's usual course, by path."""
    people: tuple[People, ...] = ()
    """Kinds of people the result is about together; none where they are alike."""
    people_from: str = ""
    """Where their shares come from."""
    against: dict[str, Any] | None = None
    """Comparisons: what the other arm had besides; the result is this arm against the other."""
    measure: Measure
    years: Annotated[Number, Field(gt=0)] | None = None
    from_years: Annotated[Number, Field(ge=0)] = 0.0
    name: str = ""
    """Kind, site or route that a share is of; several together are joined by +."""
    starts_after_days: Annotated[Number, Field(ge=0)] = 0.0
    """When the trial's clock starts, from day 0; people are free of recurrence then."""
    evidence: str
    value: Number | None = None
    """Where the row's own value is not the number meant: shares of one, years, rates, ratios; `why` says how it follows."""
    low: Number | None = None
    high: Number | None = None
    n: int | None = None
    """People, where the row does not say it."""
    events: int | None = None
    se: Number | None = None
    """Printed standard error, in the unit of the row."""
    use: Literal["fit", "predict"]
    why: str = ""
    miss: str = ""
    """Where the model lies outside the interval: what may explain it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.measure in COMPARED and self.against is None:
            raise ValueError(f"against is required for a {self.measure}")
        if self.against is not None and self.measure not in COMPARED:
            raise ValueError(f"against goes with {', '.join(COMPARED)}, not with {self.measure}")
        if self.people and abs(sum(one.share for one in self.people) - 1) > SUM_TO_ONE:
            raise ValueError(f"people: shares must sum to 1, not {sum(one.share for one in self.people):g}")
        if self.people and not self.people_from:
            raise ValueError("people_from is required: where the shares of people come from")
        if self.measure not in MEDIANS and self.years is None:
            raise ValueError(f"years is required for {self.measure}")
        if (self.value is not None or self.low is not None) and not self.why:
            raise ValueError("why is required where value or range do not stand in the row")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The kinds, sites or routes that a share is of."""
        return tuple(self.name.split("+"))

    @property
    def row(self) -> EvidenceRow:
        """The evidence row it stands on."""
        return row_of(self.evidence)

    @property
    def scale(self) -> float:
        """By what the row's number is multiplied: shares of one, years, rates per year."""
        unit = self.row.unit
        if unit.startswith(("percent", "%")) or unit.startswith("per 100 person-years"):
            return 0.01
        if unit.startswith("percentage points"):
            return 0.01
        return 1 / 12 if unit.startswith("months") else 1.0

    @property
    def published(self) -> float:
        """The published number inside: shares of one, years, rates per year, ratios."""
        if self.value is not None:
            return self.value
        if self.row.number is None:
            raise InputError(f"targets: {self.id}", "needs a value, for its row holds words", self.row.value)
        return self.row.number * self.scale

    def to_scale(self, value: float) -> float:
        """Return a number on the scale on which errors are even: logit of shares, ln of rates, ratios and times."""
        if self.measure == "difference":
            return value
        if self.measure in SHARES:
            inside = min(max(value, 1e-9), 1 - 1e-9)
            return math.log(inside / (1 - inside))
        return math.log(max(value, 1e-12))

    def from_scale(self, value: float) -> float:
        """Return the number of a value on the even scale."""
        if self.measure == "difference":
            return value
        return 1 / (1 + math.exp(-value)) if self.measure in SHARES else math.exp(value)

    def off(self, model: float) -> float:
        """Return model less published, in standard errors of the published number."""
        return (self.to_scale(model) - self.to_scale(self.published)) / self.error

    @property
    def error(self) -> float:
        """Standard error on the even scale, from what was printed."""
        low, high = self._printed_range()
        if low is not None and high is not None and low < high:
            return (self.to_scale(high) - self.to_scale(low)) / (2 * NORMAL_95)
        value = self.published
        if self.se is not None:
            at = self.to_scale(value + self.se * self.scale) - self.to_scale(value - self.se * self.scale)
            return at / 2
        people = self.n or _whole(self.row)
        if self.measure in SHARES and people:
            return 1 / math.sqrt(people * max(value * (1 - value), 1e-6))
        if self.events:
            return (2 if self.against is not None else 1) / math.sqrt(self.events)
        if self.measure in SHARES:
            return UNTOLD_ERROR / max(1 - value, 0.05)
        return UNTOLD_ERROR

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the published number: the printed one, or one from people, events or a stated guess."""
        middle, half = self.to_scale(self.published), NORMAL_95 * self.error
        return self.from_scale(middle - half), self.from_scale(middle + half)

    @property
    def interval_is(self) -> str:
        """Where the interval comes from."""
        low, high = self._printed_range()
        if low is not None and high is not None and low < high:
            return "printed"
        if self.se is not None:
            return "from the printed standard error"
        if self.measure in SHARES and (self.n or _whole(self.row)):
            return "from the number of people"
        return "from the number of events" if self.events else "none printed; a tenth taken"

    def _printed_range(self) -> tuple[float | None, float | None]:
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.row.range is None or self.value is not None:
            return None, None
        return self.row.range[0] * self.scale, self.row.range[1] * self.scale


def _whole(row: EvidenceRow) -> int | None:
    """Return the people of a recurrence row; their number is the last thing in its note."""
    last = row.note.rsplit(", ", 1)[-1] if row.table == "recurrence" else ""
    return int(last) if last.isdigit() and int(last) > 20 else None


@cache
def targets() -> tuple[Target, ...]:
    """Return every published result the catalogue is fitted to or tried on, in the order of the files."""
    folder = data_folder() / "targets"
    found: list[Target] = []
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        found += [_read(trial, one, f"targets/{file.name}") for trial in document.get("trial", []) for one in trial["result"]]
    seen: set[str] = set()
    for target in found:
        if target.id in seen:
            raise InputError("targets", "ids must not repeat", target.id)
        seen.add(target.id)
    return tuple(found)


def _read(trial: dict[str, Any], result: dict[str, Any], where: str) -> Target:
    shared = {key: value for key, value in trial.items() if key not in ("result", "name", "base")}
    base = {**trial.get("base", {}), **result.get("base", {})}
    return Target.read({"trial": trial["name"], **shared, **result, "base": base}, f"{where}: {result.get('id', trial['name'])}")
