"""A number with its unit, its range and where it was read; the table of units, at which units stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from remnant.description import Description, Number

YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12


@dataclass(frozen=True)
class Unit:
    """What a number in this unit measures, and by what it is multiplied inside."""

    measures: str
    factor: float


UNITS: dict[str, Unit] = {
    "days": Unit("time", 1.0),
    "weeks": Unit("time", 7.0),
    "months": Unit("time", MONTH_DAYS),
    "years": Unit("time", YEAR_DAYS),
    "per day": Unit("rate", 1.0),
    "per month": Unit("rate", 1 / MONTH_DAYS),
    "per year": Unit("rate", 1 / YEAR_DAYS),
    "percent per year": Unit("rate", 0.01 / YEAR_DAYS),
    "cells": Unit("cells", 1.0),
    "mm": Unit("length", 1.0),
    "cm": Unit("length", 10.0),
    "cells per cm3": Unit("density", 1.0),
    "lineages": Unit("lineages", 1.0),
    "Gy": Unit("dose", 1.0),
    "per Gy": Unit("radiosensitivity", 1.0),
    "share": Unit("share", 1.0),
    "percent": Unit("share", 0.01),
    "nats": Unit("kill", 1.0),
    "log10 cells": Unit("kill", math.log(10)),
    "per division": Unit("mutation", 1.0),
    "sd of ln": Unit("spread", 1.0),
    "shape": Unit("shape", 1.0),
    "ratio": Unit("ratio", 1.0),
    "mSv": Unit("radiation", 1.0),
}
BELOW_ONE = ("share",)


class Quantity(Description):
    """A number that knows its unit, how sure it is, and where it was read."""

    value: Number
    unit: str
    low: Number | None = None
    """Lower end of its 95% range; None where no range was read."""
    high: Number | None = None
    source: tuple[str, ...] = ()
    """Ids of the evidence rows it stands on; empty only for an assumption, which says why."""
    why: str = ""
    """How the number follows from its rows, or why it is assumed."""
    free: bool = False
    """Whether calibration may move it inside its range."""
    standing: Literal["read", "weak", "assumed"] = "read"
    """read in a source; weak: carried by rows nobody has read in their source; assumed: by nothing but its reason."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}")
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"low <= value <= high must hold, but low is {low:g}, value {self.value:g}, high {high:g}")
        if not self.source and not (self.standing == "assumed" and self.why):
            raise ValueError("a source is required; an assumption says standing = 'assumed' and why")
        if self.standing == "weak" and not self.why:
            raise ValueError("a number of weak standing says why")
        if UNITS[self.unit].measures in BELOW_ONE and not 0 <= self.size <= 1:
            raise ValueError("a share must be from 0 to 1 (0 to 100 percent)")
        return self

    @property
    def size(self) -> float:
        """The number inside: days, cells, Gy, shares, nats."""
        return self.value * UNITS[self.unit].factor

    @property
    def range(self) -> tuple[float, float]:
        """Lower and upper end inside; both the number itself where no range was read."""
        factor = UNITS[self.unit].factor
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return low * factor, high * factor

    def allowed(self, size: float) -> float:
        """Return an inside size that this quantity may have: shares are 1 at most."""
        return min(size, 1.0) if UNITS[self.unit].measures == "share" else size

    def with_size(self, size: float) -> Quantity:
        """Return this quantity at another number inside; its range widens to hold it."""
        value = size / UNITS[self.unit].factor
        low = None if self.low is None else min(self.low, value)
        high = None if self.high is None else max(self.high, value)
        return self.model_copy(update={"value": value, "low": low, "high": high})

    def __str__(self) -> str:
        reach = "" if self.low is None or self.high is None else f" ({self.low:g} to {self.high:g})"
        return f"{self.value:.4g}{reach} {self.unit}"


def _measuring(*measures: str, least: float = 0.0) -> AfterValidator:
    def check(quantity: Quantity) -> Quantity:
        if UNITS[quantity.unit].measures not in measures:
            allowed = [name for name, unit in UNITS.items() if unit.measures in measures]
            raise ValueError(f"unit must be one of {', '.join(allowed)}, but was {quantity.unit}")
        if not quantity.range[0] >= least:
            raise ValueError(f"must be {least:g} or more, but was {quantity}")
        return quantity

    read: Callable[[Quantity], Quantity] = check
    return AfterValidator(read)


Days = Annotated[Quantity, _measuring("time")]
Rate = Annotated[Quantity, _measuring("rate")]
Cells = Annotated[Quantity, _measuring("cells")]
Size = Annotated[Quantity, _measuring("length", "cells")]
Density = Annotated[Quantity, _measuring("density")]
Lineages = Annotated[Quantity, _measuring("lineages")]
Gray = Annotated[Quantity, _measuring("dose")]
PerGray = Annotated[Quantity, _measuring("radiosensitivity")]
Share = Annotated[Quantity, _measuring("share")]
Kill = Annotated[Quantity, _measuring("kill")]
PerDivision = Annotated[Quantity, _measuring("mutation")]
Spread = Annotated[Quantity, _measuring("spread")]
Shape = Annotated[Quantity, _measuring("shape")]
Ratio = Annotated[Quantity, _measuring("ratio")]
Sievert = Annotated[Quantity, _measuring("radiation")]


def sphere_cells(diameter_mm: float, per_cm3: float) -> float:
    """Return the cells of a sphere: density * pi D^3 / 6."""
    return per_cm3 * math.pi / 6 * (diameter_mm / 10) ** 3


def sphere_mm(cells: float, per_cm3: float) -> float:
    """Return the diameter of a sphere of so many cells, in mm; 0 for none."""
    return 10 * (6 * cells / (math.pi * per_cm3)) ** (1 / 3)
