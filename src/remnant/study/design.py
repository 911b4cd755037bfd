"""The file of a study: people, arms, what is asked, published results. It says what is so and cannot compute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from remnant.clinic.followup import Visit
from remnant.description import Description, Number
from remnant.files import read_toml
from remnant.reading import dotted
from remnant.spent import PRICED, Worth
from remnant.study.asked_tests import DecidingTest, Enter, Then
from remnant.study.measured import OF_TEST, Given, Measured, Published

Positive = Annotated[Number, Field(gt=0)]
Price = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Words = Annotated[str, Field(min_length=1)]
DEFAULT_ENDPOINTS = (Measured(measure="recurrence"), Measured(measure="event-free"))
__all__ = [
    "Arm", "Costs", "DecidingTest", "Design", "Discount", "Enter", "Given", "Group", "Measured", "Population", "Power",
    "Published", "Then", "Vary",
]  # fmt: skip


class Vary(Description):
    """A number that differs between people, in equal parts of its distribution: each part is one kind of people."""

    normal: tuple[Number, Number] | None = None
    """Mean and standard deviation."""
    uniform: tuple[Number, Number] | None = None
    values: tuple[Any, ...] | None = None
    weights: tuple[Positive, ...] | None = None
    """Of `values`; equal unless given."""
    low: Number | None = None
    """Values of a normal distribution below it are taken as it."""
    high: Number | None = None
    parts: Annotated[int, Field(ge=1, le=50)] = 5

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(one is not None for one in (self.normal, self.uniform, self.values)) != 1:
            raise ValueError("give one of normal, uniform, values")
        if self.weights is not None and (self.values is None or len(self.weights) != len(self.values)):
            raise ValueError("weights are one for each of values")
        if self.normal is not None and self.normal[1] < 0:
            raise ValueError("a standard deviation is 0 or more")
        return self


class Group(Description):
    """People of one kind among those who enter."""

    name: Words
    weight: Positive = 1.0
    """Share among those who enter, in proportion to the other groups."""
    course: str = ""
    """Id of the catalogue where it is not the population's."""
    set: dict[str, Any] = {}
    """Path and value of what is different in them, as in `Course.replace`."""


class Population(Description):
    """Who enters: a usual course of care, what is different in everybody, groups, and numbers that vary."""

    course: Words
    set: dict[str, Any] = {}
    group: tuple[Group, ...] = ()
    vary: dict[str, Vary] = {}
    enter: Enter | None = None
    """Who of them enters, and from when time counts; None for everybody, from the end of primary treatment."""
    source: tuple[str, ...] = ()
    why: str = ""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, or everybody as one."""
        return self.group or (Group(name="everybody"),)


class Arm(Description):
    """What is done in one arm, where it differs from the usual course."""

    name: Words
    follow_up: str | tuple[Visit, ...] | None = None
    """Id of a schedule of the catalogue, "none", or visits; None for that of the course."""
    regimen: tuple[str, ...] | None = None
    """Ids of regimens; None for those of the course."""
    decisions: str | None = None
    """Id of the rules of decision after a recurrence, in a study with `aftermath`; None for those of the disease."""
    set: dict[str, Any] = {}
    test: str = ""
    """Name of the test that decides in this arm; empty for none."""
    positive: Then | None = None
    """What is done where it is positive,"""
    negative: Then | None = None
    """and where it is not: also in those who were not tested."""
    source: tuple[str, ...] = ()
    why: str = ""

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if bool(self.test) != (self.positive is not None or self.negative is not None):
            raise ValueError("test goes with positive, negative or both: what is done after each result")
        return self

    def after(self, positive: bool) -> Arm:
        """Return the arm of those with a result: as this one, but for what is done after it."""
        then = self.positive if positive else self.negative
        if then is None:
            return self
        said = {name: getattr(then, name) for name in ("follow_up", "regimen", "decisions")}
        said = {name: value for name, value in said.items() if value is not None}
        return self.model_copy(update=said | {"set": {**self.set, **then.set}, "source": self.source + then.source})


class Costs(Description):
    """Prices, all from the file: there are no default prices."""

    currency: Words
    year: int
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    exams: dict[str, Price] = {}
    """Of one examination, by exam."""
    regimens: dict[str, Price] = {}
    """Of one whole treatment, by regimen."""
    false_alarm: Price | None = None
    """Of the work-up of one false alarm."""
    recurrence: Price | None = None
    """Of one recurrence, from its finding on; in place of `after`."""
    after: dict[str, Price] = {}
    """What is done after a recurrence, in a study with `aftermath`: each local, line and trial, each year of comfort and of early
    palliative care (supported), each serious side-effect."""
    spread: Annotated[Number, Field(ge=0, le=3)] = 0.0
    """Standard deviation of each price over it, in a study with `draws`; 0 for prices that are known."""
    year_is_worth: Annotated[tuple[Price, ...], Field(max_length=20)] = ()
    """What a quality-adjusted year may cost; nothing is said of it where it is not given."""
    why: str = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.after:
            if name not in PRICED:
                raise ValueError(f"after must have prices of {', '.join(PRICED)}, but one is of {name!r}")
        if self.after and self.recurrence is not None:
            raise ValueError("give a price of a recurrence as a whole, or of what is done after it, not both")
        return self


class Utilities(Description):
    """Worth of a year of life in a state, 1 for full health."""

    free: Share
    remission: Share | None = None
    """After a recurrence was found, while no cancer is seen; with the next two in a study with `aftermath`, where quality is then
    counted to the end."""
    treated: Share | None = None
    comfort: Share | None = None
    supported: Share = 0.0
    """Added with early palliative care."""
    harm: Share = 0.0
    """Taken off for three months after each serious side effect."""
    spread: Annotated[Number, Field(ge=0, le=1)] = 0.0
    """Standard deviation over it, in a study with `draws`; 0 for a worth that is known."""
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    why: str = ""

    @property
    def worth(self) -> Worth | None:
        """Worth of the states after a recurrence; None where one is missing."""
        if self.remission is None or self.treated is None or self.comfort is None:
            return None
        return Worth(self.remission, self.treated, self.comfort, self.supported, self.harm)


class Discount(Description):
    """Rate per year at which what comes later counts less."""

    costs: Share
    effects: Share


class Power(Description):
    """Trials of a given size, drawn from the sampled lives."""

    arms: tuple[str, str]
    endpoint: Literal["recurrence", "event-free"] = "event-free"
    people_per_arm: Annotated[tuple[Annotated[int, Field(ge=2, le=1_000_000)], ...], Field(min_length=1)]
    accrual_years: Annotated[Number, Field(ge=0)] = 0.0
    """People enter evenly over this time."""
    follow_up_years: Positive
    """From the last one's entry to the analysis."""
    alpha: Annotated[Number, Field(gt=0, lt=1)] = 0.05
    """Two-sided level of the log-rank test."""
    trials: Annotated[int, Field(ge=10, le=100_000)] = 1000


class Design(Description):
    """A whole study."""

    name: Words
    question: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    patients: Annotated[int, Field(ge=1, le=10**9)] = 100_000
    """How many; each of them is in every arm."""
    chunk_patients: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    years: Annotated[Number, Field(gt=0, le=60)] = 15.0
    """How long they are followed, from the end of primary treatment."""
    draws: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Draws of the numbers of the catalogue, each for as many of the patients; 0 for its best numbers."""
    keep_events: bool = False
    """Whether each event of each person is kept, in a study with `aftermath`: one row each, in `events`."""
    aftermath: bool = False
    """Whether people are followed after a recurrence too: proof, treatment under rules of decision, death."""
    population: Population
    visits: tuple[Visit, ...] = ()
    """What is done in every arm that lists visits of its own."""
    test: tuple[DecidingTest, ...] = ()
    """Tests whose result decides what is done, or who enters, or whom a number is of."""
    arm: Annotated[tuple[Arm, ...], Field(min_length=1, max_length=20)]
    """The first is the one that others are compared with."""
    endpoint: tuple[Measured, ...] = DEFAULT_ENDPOINTS
    published: tuple[Published, ...] = ()
    power: tuple[Power, ...] = ()
    costs: Costs | None = None
    utilities: Utilities | None = None
    discount: Discount | None = None
    why: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [one.name for one in self.arm]
        if self.visits and not any(isinstance(one.follow_up, tuple) for one in self.arm):
            raise ValueError("visits are of arms that list visits of their own in follow_up, but none does")
        if len({*names}) < len(names):
            raise ValueError("arms have different names")
        groups = [one.name for one in self.population.groups]
        if len({*groups}) < len(groups):
            raise ValueError("groups have different names")
        for one in (*self.endpoint, *self.published):
            one.check(names, groups, self.years_counted)
            if one.later and not self.aftermath:
                raise ValueError(f"{one.measure} needs aftermath = true in the study")
        for trial in self.power:
            for name in trial.arms:
                if name not in names:
                    raise ValueError(f"power.arms must be among {', '.join(names)}, but one is {name!r}")
            if trial.accrual_years + trial.follow_up_years > self.years_counted:
                raise ValueError("power: accrual and follow-up are not longer than the years of the study")
        return self

    @model_validator(mode="after")
    def _parts(self) -> Self:
        if self.keep_events and not self.aftermath:
            raise ValueError("keep_events needs aftermath = true")
        if self.draws and self.patients % (self.draws * self.chunk_patients):
            allowed = f"patients must be a multiple of draws times chunk_patients, {self.draws * self.chunk_patients:,}"
            raise ValueError(f"draws: {allowed}, so that every draw has as many, but are {self.patients:,}")
        return self

    @model_validator(mode="after")
    def _tests(self) -> Self:
        names = [one.name for one in self.test]
        if len({*names}) < len(names):
            raise ValueError("tests have different names")
        asked = [(f"arm {one.name}: test", one.test) for one in self.arm if one.test]
        asked += [("name of test-positive", one.name) for one in (*self.endpoint, *self.published) if one.measure == OF_TEST]
        asked += [("given.test", one.given.test) for one in (*self.endpoint, *self.published) if one.given and one.given.test]
        if self.population.enter is not None:
            asked += [("population.enter.tests", one.test) for one in self.population.enter.tests]
            if self.years_counted <= 0:
                raise ValueError(f"population.enter.months must lie within the {self.years:g} years of the study")
        for where, name in asked:
            if name not in names:
                raise ValueError(f"{where} must be among the tests of the study, {', '.join(names) or 'none'}, but is {name!r}")
        for test in self.test:
            if max(test.months) / 12 >= self.years:
                raise ValueError(f"test {test.name}: months must lie within the {self.years:g} years of the study")
        return self

    @model_validator(mode="after")
    def _one_level(self) -> Self:
        levels = [one for one in self.published if one.sets_level]
        if len(levels) > 1:
            raise ValueError(f"one published number sets the level, but {len(levels)} have sets_level = true")
        if levels and next(one for one in self.arm if one.name == levels[0].arm).test:
            raise ValueError(f"sets_level needs an arm in which no test decides, but arm {levels[0].arm!r} has one")
        return self

    @property
    def entry_years(self) -> float:
        """Years from the end of primary treatment to when people enter."""
        return self.population.enter.months / 12 if self.population.enter is not None else 0.0

    @property
    def years_counted(self) -> float:
        """Years for which people are followed after they enter."""
        return self.years - self.entry_years

    @property
    def chunks(self) -> int:
        """How many chunks the patients make."""
        return -(-self.patients // self.chunk_patients)

    def draw_of(self, chunk: int) -> int | None:
        """Return the draw of a chunk; None for the best numbers."""
        return chunk % self.draws if self.draws else None

    def patients_of(self, chunk: int) -> tuple[int, int]:
        """Return the first patient of a chunk and the one after its last."""
        first = chunk * self.chunk_patients
        return first, min(first + self.chunk_patients, self.patients)


def read_design(path: str | Path) -> Design:
    """Return the study of a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, or something in it is not allowed: names the file and the path in it.
    """
    return design_of(read_toml(path), str(path))


def design_of(document: dict[str, Any], where: str = "study") -> Design:
    """Return the study of a plain document, as read from TOML or JSON."""
    return Design.read(_flat_sets(document), where)


def _flat_sets(document: Any) -> Any:
    """Return the document with nested tables under `set` written as dotted paths."""
    if isinstance(document, list):
        return [_flat_sets(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {k: dotted(v) if k == "set" and isinstance(v, dict) else _flat_sets(v) for k, v in document.items()}
