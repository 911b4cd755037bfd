"""What became of people after a finding, as columns of a study's parts and as counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.clinic.decide import GOALS
from remnant.product_limit import still_free
from remnant.quantity import MONTH_DAYS
from remnant.reading import Floats
from remnant.sampler.histories import named
from remnant.study.counting import summed
from remnant.study.measured import MOST_LINES
from remnant.timeline_tables import Ints

ENDS = ("death-disease", "death-other")
MOST_MONTHS = 720
"""After the proof of a recurrence."""


@dataclass(frozen=True)
class Later:
    """[patient] how each life went on, where people are followed after a finding."""

    end: Floats
    """Day of death; infinite if alive on the last day."""
    cause: Ints
    """Number in ENDS; -1 for alive"""
    proved: Floats
    """Day on which a recurrence was proved; infinite for none."""
    goal: Ints
    """Number in GOALS of the first treatment of the recurrence; -1 for none"""
    lines: Ints

    def kept(self, keep: Any) -> Later:
        """Return the people chosen."""
        return Later(*(getattr(self, name)[keep] for name in Later.__dataclass_fields__))


def nothing_later(n: int) -> Later:
    """Return room for so many people of whom nothing is known yet."""
    whole = lambda: np.full(n, -1, dtype=np.int64)  # noqa: E731
    return Later(np.full(n, np.inf), whole(), np.full(n, np.inf), whole(), np.zeros(n, dtype=np.int64))


def columns(later: Later) -> dict[str, Any]:
    """Return the columns of a part."""
    import pyarrow as pa

    return {
        "end": pa.array(later.end, mask=~np.isfinite(later.end)), "end_cause": named(ENDS, later.cause, 16),
        "proved": pa.array(later.proved, mask=~np.isfinite(later.proved)), "goal": named(GOALS, later.goal, 16),
        "lines": pa.array(later.lines, pa.int16()),
    }  # fmt: skip


def read_columns(table: Any) -> Later | None:
    """Return what became of the people of a part; None where they were not followed after a finding."""
    if "end" not in table.column_names:
        return None

    def coded(name: str) -> Ints:
        return table[name].combine_chunks().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    def day(name: str) -> Floats:
        return table[name].combine_chunks().fill_null(np.inf).to_numpy(zero_copy_only=False)

    return Later(day("end"), coded("end_cause"), day("proved"), coded("goal"), table["lines"].to_numpy().astype(np.int64))


def counted(later: Later, batch: Ints, batches: int, last_day: float) -> dict[str, Any]:
    """Return counts by batch: deaths by day, days alive, goals, and months from the proof of a recurrence to death or the end."""
    days = int(last_day) + 1
    dead, proved = later.cause >= 0, np.isfinite(later.proved)
    day = np.minimum(later.end[dead], days - 1).astype(np.int64)
    since = (np.minimum(later.end, last_day) - later.proved)[proved] / MONTH_DAYS
    month = np.clip(np.floor(since), 0, MOST_MONTHS).astype(np.int64)
    return {
        "died": summed((batches, len(ENDS), days), (batch[dead], later.cause[dead], day)),
        "alive days": np.bincount(batch, np.minimum(later.end, last_day), minlength=batches),
        "proved": np.bincount(batch[proved], minlength=batches),
        "goal": summed((batches, len(GOALS)), (batch[later.goal >= 0], later.goal[later.goal >= 0])),
        "lines": summed((batches, MOST_LINES + 1), (batch[proved], np.clip(later.lines[proved], 0, MOST_LINES))),
        "after": summed((batches, 2, MOST_MONTHS + 1), (batch[proved], dead[proved].astype(np.int64), month)),
    }  # fmt: skip


def survival_after(counts: Any) -> Floats:
    """Return [month] the share alive so long after the proof of a recurrence, by the Kaplan-Meier estimate."""
    censored, died = counts["after"].astype(float)
    at_risk = np.cumsum((censored + died)[::-1])[::-1]
    return still_free(died, at_risk)
