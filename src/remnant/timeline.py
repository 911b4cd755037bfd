"""The waist of the system: one course of care as plain arrays, in days and cells.

A Timeline is also a published file format (JSON); the fields are those of the dataclasses below.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remnant.errors import InputError
from remnant.reading import Floats, Item, frozen

FORMAT_VERSION = 1
SITE_KINDS = ("local", "regional", "distant", "systemic")
COMPETING_CAUSES = ("other_death", "second_primary")
SYMPTOMS_ROUTE = "symptoms"
UNNAMED_EXAM = "exam"


@dataclass(frozen=True, eq=False)
class Epoch:
    """A stretch of time with constant rates, from `start` to the next epoch."""

    start: float
    """Day on which these rates begin; before the first epoch its rates hold."""
    division: Floats
    """[site][type] divisions per cell per day; 0 for cells that rest."""
    death: Floats
    """[site][type] deaths per cell per day."""
    extra_death: Floats
    """[site][type] further deaths per cell per day that do not scale with growth speed; 0 for none."""


@dataclass(frozen=True)
class Switch:
    """Cells of `source` become `target` at `rate` per cell per day (dormant to awake is waking)."""

    source: str
    target: str
    rate: float


@dataclass(frozen=True)
class Mutation:
    """At each division of `source`, one daughter is `target` with `probability`."""

    source: str
    target: str
    probability: float


@dataclass(frozen=True)
class Seeding:
    """A primary that sheds founders: a Poisson process of intensity rate * exp(growth * (t - end)) per day."""

    rate: float
    """Founders per day at `end`; 0 for none."""
    growth: float
    """Growth of the intensity per day; 0 for a constant intensity."""
    start: float
    """First day of seeding."""
    end: float
    """Last day of seeding (the day the primary is removed)."""
    growth_scales: bool = False
    """Whether `growth` is multiplied by the patient's growth speed g."""


@dataclass(frozen=True)
class Founder:
    """Founder cells of one type at one site: exactly one of mean, count and seeding is given."""

    site: str
    type: str
    time: float | None = None
    """Day on which they are placed; None for seeding."""
    mean: float | None = None
    """Mean of a Poisson number of cells."""
    count: int | None = None
    """Exact number of cells, untouched by burden spread."""
    seeding: Seeding | None = None
    known: bool = False
    """Already diagnosed: cannot be found before `zero`."""

    @property
    def first(self) -> float:
        """Day of the first founder of this row."""
        return self.seeding.start if self.seeding else self.last

    @property
    def last(self) -> float:
        """Day of the last founder of this row."""
        return self.seeding.end if self.seeding else self.time if self.time is not None else -math.inf


@dataclass(frozen=True, eq=False)
class Pulse:
    """A moment at which each cell survives independently with probability exp(-log_kill - g * log_kill_growth)."""

    time: float
    log_kill: Floats
    """[site][type] natural-log kill; 0 leaves the cells alone."""
    log_kill_growth: Floats
    """[site][type] log-kill per unit of growth speed g; 0 for none."""


@dataclass(frozen=True, eq=False)
class Look:
    """A test that sees a lesion of N cells at a site with probability 1 - 2^(-N / n50)."""

    time: float
    n50: Floats
    """[site] cells seen half of the time; infinite where the test cannot see."""
    exam: str = UNNAMED_EXAM


@dataclass(frozen=True, eq=False)
class Rise:
    """A marker in the blood read by its rise since an earlier test: what is higher by so much is looked for by an image.

    The level of a person with n cells at site s is usual + sum over s of n / doubles, usual = exp(usual_spread * Z), Z
    standard normal, once a person; what is measured is level * exp(noise * Z'), Z' once each day and exam. Where the level on
    day `time` is at least 1 + `by` times that on day `before`, and that on day `repeat` is higher still, an image on day `repeat`
    sees a lesion of N cells with probability 1 - 2^(-N / n50). `solve` refuses Timelines with rises.
    """

    time: float
    before: float
    """Day of the earlier test."""
    repeat: float
    """Day on which the level must be higher still; `time` for no second test."""
    by: float
    """Share by which the level is higher; 0 for any rise."""
    doubles: Floats
    """[site] cells that add the middle one of all people's usual levels; infinite where cells add nothing."""
    n50: Floats
    """[site] of the image; infinite where it cannot see."""
    exam: str
    """Name of the rule: the route of what it finds."""
    usual_spread: float = 0.0
    """Standard deviation of ln of the usual level between people; 0 for none."""
    noise: float = 0.0
    """Standard deviation of ln of what is measured, within a person; 0 for none."""


@dataclass(frozen=True)
class Hazard:
    """A competing hazard per day from `start` to the next one; none before the first."""

    start: float
    rate: float


@dataclass(frozen=True, eq=False)
class Timeline:
    """Everything the engines know about a course of care (see `Timeline.from_dict`)."""

    sites: tuple[str, ...]
    types: tuple[str, ...]
    epochs: tuple[Epoch, ...]
    symptoms: Floats
    """[site] rate per cell per day at which the disease makes itself known; 0 for never."""
    founders: tuple[Founder, ...]
    times: Floats
    """Days asked for, none before `zero`."""
    dormant_types: tuple[str, ...] = ()
    site_kinds: tuple[str, ...] = ()
    switching: tuple[Switch, ...] = ()
    mutation: tuple[Mutation, ...] = ()
    pulses: tuple[Pulse, ...] = ()
    looks: tuple[Look, ...] = ()
    rises: tuple[Rise, ...] = ()
    growth_spread: float = 0.0
    """Standard deviation of ln g, the patient's growth speed; 0 for none."""
    burden_spread: float = math.inf
    """Shape of the gamma factor (mean 1) on every founder mean and seeding rate; infinite for none."""
    zero: float = 0.0
    """Landmark day: end of primary treatment unless said; detection counts from here."""
    other_death: tuple[Hazard, ...] = ()
    second_primary: tuple[Hazard, ...] = ()
    name: str = ""

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Timeline:
        """Read and check a Timeline written as plain data.

        Parameters
        ----------
        document : dict
            The fields of MODEL §2, times in days, rates per cell per day.

        Returns
        -------
        Timeline

        Raises
        ------
        InputError
            Names the path of the first thing that is not allowed, what was allowed and what came.
        """
        from remnant.timeline_read import read_timeline

        return read_timeline(Item("", document))

    @classmethod
    def from_json(cls, source: str | Path) -> Timeline:
        """Read a Timeline from a JSON text or from the path of a JSON file."""
        text = source if isinstance(source, str) and source.lstrip().startswith("{") else Path(source).read_text("utf-8")
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            where = "Timeline" if text is source else str(source)
            raise InputError(where, f"must be JSON (line {error.lineno}, column {error.colno})", error.msg) from None
        return cls.from_dict(document)

    def to_dict(self) -> dict[str, Any]:
        """Return the Timeline as plain data that `from_dict` reads back to the same Timeline."""
        from remnant.timeline_write import write_timeline

        return write_timeline(self)

    def to_json(self, indent: int | None = 1) -> str:
        """Return the Timeline as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def with_times(self, times: Iterable[float] | None) -> Timeline:
        """Return this Timeline asked at other times (days on its own clock); None keeps its own."""
        if times is None:
            if self.times.size == 0:
                raise InputError("times", "at least one time must be given", "none")
            return self
        from remnant.timeline_read import check_founders_in_time, read_times

        asked = replace(self, times=read_times(Item("times", [*times]), self.zero))
        check_founders_in_time(asked)
        return asked

    @property
    def has_growth_spread(self) -> bool:
        """Whether patients differ in growth speed."""
        return self.growth_spread > 0

    @property
    def dormant(self) -> tuple[bool, ...]:
        """[type] whether the type rests."""
        return tuple(name in self.dormant_types for name in self.types)

    @property
    def exams(self) -> tuple[str, ...]:
        """Names of the exams in file order, each once; rules on a rise after looks."""
        looks, rises = [look.exam for look in self.looks], [rise.exam for rise in self.rises]
        return tuple(dict.fromkeys(looks + rises))

    def sight(self, exam: str, day: float) -> Floats:
        """Return [site] n50 of an exam as it was last used by `day`, or as it is first used after it.

        Raises
        ------
        InputError
            If no look is called so.
        """
        looks = sorted((look for look in self.looks if look.exam == exam), key=lambda look: look.time)
        if not looks:
            known = ", ".join(dict.fromkeys(look.exam for look in self.looks)) or "which has none"
            raise InputError("exam", f"must be one of the looks of this Timeline, {known}", exam)
        return ([look for look in looks if look.time <= day] or looks[:1])[-1].n50

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.to_json(indent=None))

    def __str__(self) -> str:
        from remnant.timeline_print import print_timeline

        return print_timeline(self)


def default_site_kind(site: str) -> str:
    """Return the kind a site name implies: local, regional (also nodes), otherwise distant."""
    return {"local": "local", "regional": "regional", "nodes": "regional"}.get(site, "distant")


def empty_table(timeline_shape: tuple[int, int]) -> Floats:
    """Return a read-only [site][type] table of zeros."""
    return frozen([[0.0] * timeline_shape[1]] * timeline_shape[0])
