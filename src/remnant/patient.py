"""The person: how old, when treated, and the stage at diagnosis, which nothing changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from remnant.description import Description, Number

TNM = re.compile(
    r"(?P<prefix>yc|yp|c|p|r)?"
    r"T(?P<t>\d[a-d]?|is|x|a|X|1mi|1a1|1a2)\s+(?:yc|yp|c|p)?N(?P<n>\d[a-d]?(?:mi)?|x|X)(?:\s+(?:c|p)?M(?P<m>\d[a-d]?|x|X))?"
)


@dataclass(frozen=True)
class Stage:
    """T, N and M as written, with the prefix of how they were found (c clinical, p on the specimen, y after treatment)."""

    t: str
    n: str
    m: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.prefix}{self.t} {self.n} {self.m}"


class Patient(Description):
    """One person, or people like this one."""

    stage: str = ""
    """TNM such as "T2 N1 M0", a stage group such as "III", or an extent of the disease; empty for its first extent."""
    age_years: Annotated[Number, Field(ge=0, le=110)] = 60.0
    sex: Literal["female", "male", ""] = ""
    """Empty: not said."""
    size_mm: Annotated[Number, Field(gt=0, le=400)] | None = None
    """Largest diameter of the primary; None for the disease's usual size."""
    screen_detected: Annotated[Number, Field(ge=0, le=1)] = 0.0
    """Share of people like this whose primary was found by screening, before it told."""
    goal: Literal["cure", "control", "comfort"] = "cure"
    """The most the person wants of treatment if it comes back: to be cured if that can be, to hold it, or to be comfortable."""
    treated_year: Annotated[int, Field(ge=1950, le=2100)] = 2020


def read_tnm(text: str) -> Stage | None:
    """Return the T, N and M of a text such as "pT2 N1a M0"; None where it is not written so. A missing M is M0."""
    found = TNM.fullmatch(text.strip())
    if found is None:
        return None
    return Stage(f"T{found['t']}", f"N{found['n']}", f"M{found['m'] or '0'}", found["prefix"] or "")
