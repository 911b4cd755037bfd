"""What is done about the disease: operation, drugs, radiotherapy, and the regimens made of them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remnant.description import Description, Id, Number
from remnant.quantity import UNITS, Share

DRUG_CLASSES = ("chemotherapy", "hormone", "targeted", "immune")
Source = tuple[str, ...]
Whole = Annotated[int, Field(ge=1, le=2000)]
Day = Annotated[int, Field(ge=1, le=4000)]


class Harm(Description):
    """An unwanted effect and how many have it."""

    name: str
    value: Number
    low: Number | None = None
    high: Number | None = None
    unit: str
    source: Source
    why: str = ""
    standing: Literal["read", "weak", "assumed"] = "read"


class Marrow(Description):
    """Days after a dose on which blood counts are lowest and back: they limit how close cycles can be."""

    nadir_day: Number
    recovery_day: Number


class Drug(Description):
    """A medicine: what it is, when it reaches a cell, and what defeats it. What it does to a cancer stands in Effects."""

    id: Id
    name: str
    classes: Annotated[tuple[Literal["chemotherapy", "hormone", "targeted", "immune"], ...], Field(min_length=1)]
    group: str
    """Drugs of one group tend to fail together."""
    phase: Literal["none", "S", "M", "G2", "S/G2", "G1", "G2/M"]
    """Part of the cell cycle it kills in; none: cells that rest are reached too."""
    efflux_substrate: bool
    """Pumped out by P-glycoprotein."""
    inhibits_efflux: bool = False
    needs: Id | None = None
    """What cells must carry for it to act on them at all, such as er or her2; None for nothing."""
    defeated_by: tuple[Id, ...] = ()
    given: Literal["pulse", "course"]
    standard_dose: Annotated[Number, Field(gt=0)] | None = None
    """Pulses: total of one cycle for which a log-kill is stated."""
    standard_unit: str = ""
    half_life_days: Annotated[Number, Field(gt=0)] | None = None
    marrow: Marrow | None = None
    first_year: int | None = None
    source: Annotated[Source, Field(min_length=1)]
    standing: Literal["read", "weak"] = "read"
    why: str = ""
    harm: tuple[Harm, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.efflux_substrate != ("efflux" in self.defeated_by):
            raise ValueError("defeated_by holds efflux exactly when efflux_substrate is true")
        if self.given == "pulse" and self.standard_dose is None:
            raise ValueError("standard_dose is required for a drug given in pulses")
        return self


class Surgery(Description):
    """An operation that removes the primary on day 0."""

    margin: Literal["R0", "R1", "R2"] = "R0"
    """Clear, cells at the edge under the microscope, or to the eye."""
    delay_days: Annotated[Number, Field(ge=0, le=730)] = 0.0
    """Later than usual; the primary sheds cells meanwhile."""


class Give(Description):
    """One drug on some days of each cycle."""

    drug: Id
    dose: Annotated[Number, Field(gt=0)]
    unit: str
    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    """Days of the cycle, 1 for the first."""
    from_cycle: Whole = 1
    to_cycle: Whole | None = None
    cycle_days: Whole | None = None
    """Where this part has cycles of its own length."""
    starts_day: Day | None = None
    """Day of the regimen on which a part with cycles of its own starts; 1 for the first."""
    source: Source = ()
    standing: Literal["read", "weak"] = "read"
    why: str = ""


class Take(Description):
    """One drug that acts as long as it is taken."""

    drug: Id
    starts_day: Day = 1
    duration: Annotated[Number, Field(gt=0)]
    unit: Literal["days", "weeks", "months", "years"]
    dose: Annotated[Number, Field(gt=0)] | None = None
    dose_unit: str = ""
    source: Source = ()
    standing: Literal["read", "weak"] = "read"
    why: str = ""

    @property
    def duration_days(self) -> float:
        """How long it is taken, in days."""
        return self.duration * UNITS[self.unit].factor


class Irradiate(Description):
    """A course of fractions to the places in the field."""

    site: Annotated[tuple[Id, ...], Field(min_length=1)]
    fraction_gy: Annotated[Number, Field(gt=0, le=40)]
    fractions: Annotated[int, Field(ge=1, le=80)]
    per_week: Annotated[int, Field(ge=1, le=21)] = 5
    starts_day: Day = 1
    source: Source = ()
    standing: Literal["read", "weak"] = "read"
    why: str = ""

    @property
    def fraction_days(self) -> list[float]:
        """Days of the fractions after the first, weekends free; several a day are the same part of a day apart."""
        a_day = max(1, -(-self.per_week // 5))
        days_a_week = -(-self.per_week // a_day)
        return [
            7 * (i // self.per_week) + (i % self.per_week) // a_day % days_a_week + (i % a_day) / a_day
            for i in range(self.fractions)
        ]


class Regimen(Description):
    """Drugs and radiotherapy on their days; day 1 is the first."""

    id: Id
    name: str
    diseases: Annotated[tuple[str, ...], Field(min_length=1)]
    setting: Literal["neoadjuvant", "adjuvant", "long-term", "systemic", "radical", "maintenance"]
    kind: Literal["drugs", "radiotherapy", "both"]
    cycle_days: Whole | None = None
    cycles: Whole | None = None
    starts_after_days: Annotated[Number, Field(ge=0, le=3650)] | None = None
    """Days from day 0 (neoadjuvant: from its end to day 0); None for the usual one of its setting."""
    first_year: int | None = None
    source: Annotated[Source, Field(min_length=1)]
    standing: Literal["read", "weak"] = "read"
    why: str = ""
    give: tuple[Give, ...] = ()
    take: tuple[Take, ...] = ()
    irradiate: tuple[Irradiate, ...] = ()
    harm: tuple[Harm, ...] = ()
    deaths: Share | None = None
    """People who die of this treatment while it is given, as a share of those who begin it; None where it was not read."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.give or self.take or self.irradiate):
            raise ValueError("a regimen gives, takes or irradiates something")
        for part in self.give:
            length = part.cycle_days or self.cycle_days
            if self.cycles is None or length is None:
                raise ValueError("cycles and cycle_days are required where drugs are given")
            if max(part.days) > length:
                raise ValueError(f"days of {part.drug} must lie in the cycle of {length} days, but one is {max(part.days)}")
        return self

    def cycle_starts(self, part: Give) -> list[float]:
        """Return the days after the first of the regimen on which the cycles of a part begin.

        A part with a day of its own counts its cycles from there: cycle k begins (k - 1) cycles after it.
        """
        length = part.cycle_days or self.cycle_days or 1
        last = self.cycles or 1
        if part.to_cycle is not None:
            # a part without cycles of its own ends with the regimen, so that fewer cycles means fewer of every drug
            last = part.to_cycle if part.cycle_days or part.starts_day else min(part.to_cycle, last)
        offset = float((part.starts_day or 1) - 1)
        return [offset + length * (cycle - 1) for cycle in range(part.from_cycle, last + 1)]

    def doses(self) -> list[tuple[str, float, float]]:
        """Return every dose: drug, day after the first of the regimen, amount."""
        return sorted(
            (part.drug, start + day - 1, part.dose)
            for part in self.give
            for start in self.cycle_starts(part)
            for day in part.days
        )

    @property
    def drugs(self) -> tuple[str, ...]:
        """Ids of its drugs, each once."""
        return tuple(dict.fromkeys([*(part.drug for part in self.give), *(part.drug for part in self.take)]))
