"""Tests whose result decides: what is done next in an arm, and who enters. They say what is so and cannot compute."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from remnant.clinic.followup import Visit
from remnant.description import Description, Id, Number

NOT_TESTED, NEGATIVE, POSITIVE = range(3)
RESULTS = ("not tested", "negative", "positive")
"""As results are numbered; not tested are those who were found again or had died by then."""
Months = Annotated[Number, Field(gt=0, le=600)]


class DecidingTest(Description):
    """An exam done on everybody who is alive and not found again by then, whose result finds nothing yet but is known.

    It sees what the exam of the catalogue sees, is silent in the same people, and is falsely positive as often.
    """

    name: Annotated[str, Field(min_length=1)]
    exam: Id
    months: Annotated[tuple[Months, ...], Field(min_length=1, max_length=50)]
    """After the end of primary treatment; positive where it is so at any of them."""
    result_days: Annotated[Number, Field(ge=0, le=365)] = 0.0
    """From the last of them to its result: what the result decides begins then at the earliest; 0 for the same day."""
    source: tuple[str, ...] = ()
    why: str = ""


class Then(Description):
    """What is done after a result, where it is not what the arm says."""

    follow_up: str | tuple[Visit, ...] | None = None
    regimen: tuple[str, ...] | None = None
    decisions: str | None = None
    set: dict[str, Any] = {}
    source: tuple[str, ...] = ()
    why: str = ""


class Entry(Description):
    """A result that those who enter have."""

    test: str
    positive: bool = True


class Enter(Description):
    """Who of the people sampled enters, and from when time counts."""

    tests: tuple[Entry, ...] = ()
    """Results in the first arm; all arms are alike until the last of these tests."""
    months: Annotated[Number, Field(ge=0, le=600)] = 0.0
    """After the end of primary treatment: those who enter are alive then, without a recurrence or a second cancer in any arm.
    All times asked for count from it; 0 for the end of primary treatment itself."""
    source: tuple[str, ...] = ()
    why: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.tests and not self.months:
            raise ValueError("enter has tests, months or both")
        return self
