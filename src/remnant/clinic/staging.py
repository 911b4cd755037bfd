"""Tables that turn T, N and M into a stage group."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from remnant.description import Description, Id
from remnant.errors import InputError


def covers(stage: str, group: str) -> bool:
    """Return whether a stage group lies in another: III covers IIIA, IIIB and IIIC."""
    return group == stage or (group.startswith(stage) and group[len(stage) :][:1] in ("A", "B", "C", "D"))


class StagingTable(Description):
    """One edition of the staging of some cancers."""

    id: Id
    diseases: Annotated[tuple[str, ...], Field(min_length=1)]
    edition: int | str
    source: tuple[str, ...]
    standing: Literal["read", "weak", "assumed"] = "read"
    why: str = ""
    t: tuple[str, ...] = ()
    n: tuple[str, ...] = ()
    m: tuple[str, ...] = ()
    rows: tuple[tuple[str, str, str, str], ...] = ()
    """T, N, M and the group; the first row that matches counts; "any" matches all, "N1" matches N1a."""
    groups: tuple[str, ...] = ()
    """Where there is no TNM: the groups that may be written."""

    def group(self, t: str, n: str, m: str) -> str:
        """Return the stage group of a T, N and M.

        Raises
        ------
        InputError
            If one of them is not in the table, with what is allowed.
        """
        for value, allowed in ((t, self.t), (n, self.n), (m, self.m)):
            if allowed and not any(known == value or known.startswith(value) or value.startswith(known) for known in allowed):
                raise InputError("patient.stage", f"must be one of {', '.join(allowed)} in {self.id}", value)
        for row in self.rows:
            if all(_matches(pattern, value) for pattern, value in zip(row, (t, n, m), strict=False)):
                return row[3]
        raise InputError("patient.stage", f"has no stage group in {self.id}", f"{t} {n} {m}")

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Every stage group, in the order of the table."""
        return tuple(dict.fromkeys([*self.groups, *(row[3] for row in self.rows)]))


def _matches(pattern: str, value: str) -> bool:
    if pattern in ("any", value):
        return True
    return value.startswith(pattern) and len(pattern) > 1 and not value[len(pattern) :][:1].isdigit()
