"""The evidence tables: each row one number read in one source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from remnant.description import nearest
from remnant.errors import InputError

TABLES = ("biology", "clinic", "recurrence", "treatment", "support")
UNSUPPORTED = ("remembered",)
"""Status of rows nobody has read in their source: they may start a number, never carry it alone."""


@dataclass(frozen=True)
class EvidenceRow:
    """One number, what it is a number of, and where it was read."""

    id: str
    table: str
    cancer: str
    what: str
    value: str
    low: str
    high: str
    unit: str
    note: str
    source: str
    link: str
    """DOI or PMID."""
    status: str
    """seen, computed or remembered."""

    @property
    def number(self) -> float | None:
        """The value as a number; None where it is words."""
        return _number(self.value)

    @property
    def range(self) -> tuple[float, float] | None:
        """The range printed with it; None for none."""
        low, high = _number(self.low), _number(self.high)
        return None if low is None or high is None else (low, high)

    @property
    def carries(self) -> bool:
        """Whether a number may stand on this row alone."""
        return self.status not in UNSUPPORTED


def data_folder() -> Traversable:
    """Return the folder of the catalogue's data files."""
    return resources.files("remnant") / "catalogue" / "data"


@cache
def evidence() -> dict[str, EvidenceRow]:
    """Return every evidence row by id."""
    rows: dict[str, EvidenceRow] = {}
    for table in TABLES:
        lines = (data_folder() / "evidence" / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows[row["id"]] = _read(table, row)
    return rows


def row_of(name: str) -> EvidenceRow:
    """Return one evidence row.

    Raises
    ------
    InputError
        If there is none of this id, with near ones.
    """
    if name not in evidence():
        raise InputError("source", "must be the id of an evidence row", name, nearest(name, evidence()))
    return evidence()[name]


def _read(table: str, row: dict[str, str]) -> EvidenceRow:
    def cell(*names: str) -> str:
        return ", ".join(text for name in names if (text := (row.get(name) or "").strip()))

    if table == "recurrence":
        what, note = cell("quantity", "subgroup", "treatment_arm"), cell("time_years", "n_patients")
    elif table == "support":
        what, note = cell("kind", "name"), cell("note")
    else:
        what, note = cell("item", "quantity"), cell("note", "population_or_note")
    return EvidenceRow(
        row["id"], table, cell("cancer", "country"), what, cell("value", "phone"), cell("low"), cell("high"), cell("unit"), note,
        cell("source"), cell("doi_or_pmid", "url"), cell("status"),
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
