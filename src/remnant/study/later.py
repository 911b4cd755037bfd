"""What became of people after a finding, as columns of a study's parts and as counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from remnant.clinic.decide import ENDS, GOALS, KINDS
from remnant.endpoints import histories_of, times_of
from remnant.product_limit import still_free
from remnant.quantity import MONTH_DAYS
from remnant.reading import Floats
from remnant.sampler.histories import named
from remnant.spent import DONE, STATES, Spent
from remnant.study.counting import summed
from remnant.study.measured import MOST_LINES
from remnant.timeline_tables import Ints

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
    kind: Ints
    """Number in KINDS; -1 for none"""
    lesions: Ints
    """Seen then"""
    goal: Ints
    """Number in GOALS of the first treatment of the recurrence; -1 for none"""
    lines: Ints
    again: Floats
    """Day on which it grew or came back after that; infinite for none"""
    second: Floats
    """Day on which a second cancer was found; infinite for none"""
    same_organ: Ints
    """1 where that is in the same organ"""
    harms: Ints
    """Serious side effects of what was given after the recurrence"""
    days: Floats
    """[patient][state] as in `spent.Spent`"""
    moments: Floats
    done: Floats
    done_days: Floats

    def kept(self, keep: Any) -> Later:
        """Return the people chosen."""
        return Later(*(getattr(self, one.name)[keep] for one in fields(self)))

    def since(self, day: float) -> Later:
        """Return the same with days told from another one; how time was spent stays as it is."""
        return replace(self, **{name: getattr(self, name) - day for name in DAYS}) if day else self

    @property
    def spent(self) -> Spent:
        """How the time after the first finding was spent."""
        return Spent(self.days, self.moments, self.done, self.done_days, self.harms)


def nothing_later(n: int) -> Later:
    """Return room for so many people of whom nothing is known yet."""
    none = lambda: np.full(n, -1, dtype=np.int64)  # noqa: E731
    whole = lambda: np.zeros(n, dtype=np.int64)  # noqa: E731
    never = lambda: np.full(n, np.inf)  # noqa: E731
    states, actions = (lambda: np.zeros((n, len(STATES)))), (lambda: np.zeros((n, len(DONE))))
    return Later(
        never(), none(), never(), none(), whole(), none(), whole(), never(), never(), whole(), whole(),
        states(), states(), actions(), actions(),
    )  # fmt: skip


def write_later(people: Any, kinds: Ints, into: Later, here: Ints) -> None:
    """Write what became of people into the rows `here`; `kinds` has the number in KINDS of each site."""
    found = {
        "end": people.end, "cause": people.cause, "proved": people.confirmed, "kind": np.append(kinds, -1)[people.site],
        "lesions": people.lesions, "goal": people.goal, "lines": people.lines, "again": people.again, "second": people.second,
        "same_organ": (people.second_alike > 0).astype(np.int64), "harms": people.harms, "days": people.days,
        "moments": people.moments, "done": people.done, "done_days": people.done_days,
    }  # fmt: skip
    for name, values in found.items():
        getattr(into, name)[here] = values


DAYS = {"end": "end", "proved": "proved", "again": "again", "second": "second"}
"""Columns of days; null for never."""
WHOLE = {"lesions": "lesions_proved", "lines": "lines", "same_organ": "second_in_organ", "harms": "side_effects"}
CODED = {"cause": ("end_cause", ENDS), "kind": ("recurrence_kind", KINDS), "goal": ("goal", GOALS)}
TABLES = {"days": STATES, "moments": STATES, "done": DONE, "done_days": DONE}
"""Columns for each state or action; null for people who were never found."""


def columns(later: Later) -> dict[str, Any]:
    """Return the columns of a part."""
    import pyarrow as pa

    found: dict[str, Any] = {}
    for name, column in DAYS.items():
        days = getattr(later, name)
        found[column] = pa.array(days, mask=~np.isfinite(days))
    found |= {column: named(names, getattr(later, name), 16) for name, (column, names) in CODED.items()}
    found |= {column: pa.array(getattr(later, name), pa.int16()) for name, column in WHOLE.items()}
    nothing = later.days.sum(axis=1) == 0
    for name, of in TABLES.items():
        table = getattr(later, name)
        found |= {f"{name} {one}": pa.array(table[:, i], mask=nothing) for i, one in enumerate(of)}
    return found


def read_columns(table: Any) -> Later | None:
    """Return what became of the people of a part; None where they were not followed after a finding."""
    if "end" not in table.column_names:
        return None

    def filled(name: str, missing: float) -> Any:
        return table[name].combine_chunks().fill_null(missing).to_numpy(zero_copy_only=False)

    def coded(name: str) -> Ints:
        return table[name].combine_chunks().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    found = {name: filled(column, np.inf) for name, column in DAYS.items()}
    found |= {name: coded(column) for name, (column, _) in CODED.items()}
    found |= {name: table[column].to_numpy().astype(np.int64) for name, column in WHOLE.items()}
    found |= {name: np.column_stack([filled(f"{name} {one}", 0.0) for one in of]) for name, of in TABLES.items()}
    return Later(**found)


def counted(later: Later, batch: Ints, batches: int, last_day: float) -> dict[str, Any]:
    """Return counts by batch: deaths by day, days alive, goals, and months from the proof of a recurrence to death or growth."""
    days = int(last_day) + 1
    dead, proved = later.cause >= 0, np.isfinite(later.proved)
    day = np.minimum(later.end[dead], days - 1).astype(np.int64)
    worse = np.minimum(later.again, later.end)
    second = later.second <= last_day

    def months(until: Floats) -> Ints:
        since = (np.minimum(until, last_day) - later.proved)[proved] / MONTH_DAYS
        return np.clip(np.floor(since), 0, MOST_MONTHS).astype(np.int64)

    shape = (batches, 2, MOST_MONTHS + 1)
    return {
        "died": summed((batches, len(ENDS), days), (batch[dead], later.cause[dead], day)),
        "second": summed((batches, days), (batch[second], np.minimum(later.second[second], days - 1).astype(np.int64))),
        "alive days": np.bincount(batch, np.minimum(later.end, last_day), minlength=batches),
        "proved": np.bincount(batch[proved], minlength=batches),
        "goal": summed((batches, len(GOALS)), (batch[later.goal >= 0], later.goal[later.goal >= 0])),
        "lines": summed((batches, MOST_LINES + 1), (batch[proved], np.clip(later.lines[proved], 0, MOST_LINES))),
        "after": summed(shape, (batch[proved], dead[proved].astype(np.int64), months(later.end))),
        "worse": summed(shape, (batch[proved], (worse <= last_day)[proved].astype(np.int64), months(worse))),
    }  # fmt: skip


def counted_endpoints(
    later: Later, asked: Sequence[tuple[str, str]], batch: Ints, batches: int, last_day: float
) -> dict[str, Any]:
    """Return by batch, for each end point and definition, days on which its time ended, without and with an event that counts."""
    if not asked:
        return {}
    name_of = lambda names, which: np.array([*names, None], dtype=object)[which]  # noqa: E731
    known = {
        "recurrence": later.proved, "kind": name_of(KINDS, later.kind), "second": later.second,
        "second_in_organ": later.same_organ > 0, "second_kind": np.where(np.isfinite(later.second), "second_primary", ""),
        "end": later.end, "cause": name_of(ENDS, later.cause),
    }  # fmt: skip
    histories, days = histories_of(known, last_day), int(last_day) + 1
    found = {}
    for name, definition in asked:
        times = times_of(histories, name, definition)
        day = np.minimum(times.day, days - 1).astype(np.int64)
        found[f"{name} {definition}"] = summed((batches, 2, days), (batch, times.event.astype(np.int64), day))
    return found


def survival_after(counts: Any, of: str = "after") -> Floats:
    """Return [month] the share alive so long after the proof of a recurrence, or unchanged (Kaplan and Meier 1958)."""
    censored, ended = counts[of].astype(float)
    return left(censored, ended)


def left(censored: Floats, ended: Floats) -> Floats:
    """Return [step] the share left after each step; who is censored in a step is at risk in it."""
    at_risk = np.cumsum((censored + ended)[::-1])[::-1]
    return still_free(ended, at_risk)
