"""Visits after treatment: a guideline's, or one's own."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remnant.clinic.staging import covers
from remnant.description import Description, Id, Number

Month = Annotated[Number, Field(ge=0, le=600)]


class Visit(Description):
    """Exams done at some months after the end of primary treatment."""

    stages: tuple[str, ...] = ("any",)
    """Stage or risk groups it is for."""
    exams: Annotated[tuple[Id, ...], Field(min_length=1)]
    every_months: Annotated[Number, Field(gt=0, le=240)] | None = None
    every_months_range: tuple[Number, Number] | None = None
    """What the guideline allows where it gives a range."""
    from_months: Month = 0.0
    to_months: Month | None = None
    months: tuple[Month, ...] = ()
    source: tuple[str, ...] = ()
    standing: Literal["read", "weak"] = "read"
    why: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.months) == (self.every_months is not None):
            raise ValueError("visits have either months or every_months")
        if self.every_months is not None and self.to_months is None:
            raise ValueError("to_months is required with every_months")
        return self

    @property
    def dates(self) -> list[float]:
        """Months of the visits: the first is one interval after from_months, the last at to_months at the latest."""
        if self.every_months is None or self.to_months is None:
            return sorted(self.months)
        count = int((self.to_months - self.from_months) / self.every_months + 1e-9)
        return [self.from_months + self.every_months * (i + 1) for i in range(count)]


class Symptom(Description):
    """Something to watch for between visits."""

    text: str
    urgency: Literal["now", "soon", "next-visit"]
    source: tuple[str, ...] = ()
    standing: Literal["read", "weak"] = "read"
    why: str = ""


class Guideline(Description):
    """A plan of follow-up as a body of a country and a year wrote it."""

    id: Id
    name: str
    diseases: Annotated[tuple[str, ...], Field(min_length=1)]
    body: str
    kind: Literal["guideline", "local", "trial", "cohort"] = "guideline"
    """A body's guideline; the habit of one place; the schedule of a trial's arm or of a cohort, which advises nobody."""
    country: str = ""
    year: int
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    standing: Literal["read", "weak"] = "read"
    why: str = ""
    visit: tuple[Visit, ...] = ()
    symptom: tuple[Symptom, ...] = ()
    not_done: tuple[Id, ...] = ()

    def visits(self, groups: tuple[str, ...]) -> list[Visit]:
        """Return the visits for somebody of these stage and risk groups."""
        return [
            one for one in self.visit if any(stage == "any" or covers(stage, group) for stage in one.stages for group in groups)
        ]
