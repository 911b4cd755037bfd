"""Counts of a study, part by part: memory does not grow with the number of patients.

Every count is kept for each of `BATCHES` batches of patients. The same patients stand in a batch in every arm, so leaving
out one batch after the other gives the error of any number, and of any difference of arms with what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from remnant.clinic.decide import KINDS
from remnant.endpoints import NAMES, usual_definition
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.study.asked_tests import NEGATIVE, POSITIVE, RESULTS
from remnant.study.chunk import LIVES, NONE, RECURRENCE
from remnant.study.counting import summed
from remnant.study.design import Design
from remnant.study.folder import Folder
from remnant.study.later import Later, counted, counted_endpoints, read_columns
from remnant.study.measured import Given
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE
from remnant.timeline_tables import Ints

BATCHES = 100
EVENTS = (RECURRENCE, *COMPETING_CAUSES)
MOST_MM = 400
LEAD_DAYS = 5
"""Width of the steps in which lead times are counted, for their median."""
Progress = Callable[[str], None]
Counts = Mapping[str, Any]
"""Counts by what they are of"""


@dataclass(frozen=True)
class Layout:
    """What is counted."""

    design: Design
    sites: tuple[str, ...]
    site_kinds: tuple[str, ...]
    routes: tuple[str, ...]
    exams: tuple[str, ...]
    alarms: tuple[str, ...]
    """Exams whose false alarms are known"""
    scans: tuple[str, ...]
    """Exams that are images"""
    tests: tuple[str, ...] = ()
    """Tests that decide"""

    @cached_property
    def years(self) -> Floats:
        """Times at which first events are counted exactly."""
        whole = set(np.arange(1, int(self.design.years_counted) + 1, dtype=float).tolist())
        asked = {one.years for one in (*self.design.endpoint, *self.design.published) if one.years is not None}
        return np.array(sorted(whole | asked | {self.design.years_counted}))

    @cached_property
    def endpoints(self) -> tuple[tuple[str, str], ...]:
        """End points asked for by name, and by whose definition."""
        usual = usual_definition(self.design.population.course)
        asked = (*self.design.endpoint, *self.design.published)
        return tuple(sorted({(one.endpoint, one.definition or usual) for one in asked if one.endpoint in NAMES}))

    @property
    def days(self) -> int:
        """Whole days of follow-up, for hazards and medians."""
        return int(self.last_day) + 1

    @property
    def last_day(self) -> float:
        """The end of follow-up, on the clock of those who enter."""
        return self.design.years_counted * YEAR_DAYS

    @property
    def entry_day(self) -> float:
        """When people enter: all times are told from it."""
        return self.design.entry_years * YEAR_DAYS

    @property
    def lead_steps(self) -> int:
        """Steps in which lead times are counted, to either side."""
        return int(self.last_day) // LEAD_DAYS + 1


@dataclass(frozen=True)
class ArmRows:
    """One arm of a part as arrays; names are numbers of the layout."""

    time: Floats
    first_time: Floats
    event: Ints
    """Number in EVENTS; -1 for none"""
    site: Ints
    route: Ints
    largest: Floats
    exams: Ints
    """[exam][patient]"""
    alarms: Ints
    tests: Ints
    """[test][patient] number in RESULTS"""
    kind: Ints
    speed: Floats
    """Growth speed, 1 for the middle one of all people"""
    later: Later | None


@dataclass(frozen=True)
class PartRows:
    """The patients of a part, in the same order in every arm."""

    patient: Ints
    group: Ints
    groups: Sequence[str]
    arms: tuple[ArmRows, ...]
    entered: Any
    """[patient] whether they are among those who enter"""
    draw: int | None
    """The draw of the catalogue they live by; None for its best numbers"""

    def chosen(self, given: Given | None, layout: Layout) -> Any:
        """Return [patient] whether each is one of whom this is so."""
        keep = self.entered.copy()
        if given is None:
            return keep
        if given.group:
            keep &= self.group == self.groups.index(given.group) if given.group in self.groups else False
        if given.test:
            names = [one.name for one in layout.design.arm]
            arm = self.arms[names.index(given.arm) if given.arm else 0]
            keep &= arm.tests[layout.tests.index(given.test)] == (POSITIVE if given.positive else NEGATIVE)
        elif given.arm:
            arm = self.arms[[one.name for one in layout.design.arm].index(given.arm)]
            route = layout.routes.index(given.exam) if given.exam in layout.routes else -2
            positive = (arm.route == route) & (arm.time <= (given.by_days or 0.0))
            if given.exam in layout.alarms and not given.found:
                positive |= arm.alarms[layout.alarms.index(given.exam)] > 0
            keep &= positive == given.positive
        if given.recurs_in:
            later = self.arms[[one.name for one in layout.design.arm].index(given.recurs_in)].later
            keep &= _recurs_so(given, later) if later is not None else False
        return keep


def _recurs_so(given: Given, later: Later) -> Any:
    """Return [patient] whether each has a recurrence at such a time, of such a kind, with so many lesions."""
    low, high = (years * YEAR_DAYS for years in given.recurs_years or (0.0, np.inf))
    keep = (later.proved >= low) & (later.proved < high)
    if given.kinds:
        keep &= np.isin(later.kind, [KINDS.index(kind) for kind in given.kinds])
    if given.lesions is not None:
        keep &= (later.lesions >= given.lesions[0]) & (later.lesions <= given.lesions[1])
    return keep


def layout_of(folder: Folder) -> Layout:
    """Return what is counted in a folder, from its manifest and the names of its first part."""
    from pyarrow.parquet import read_schema, read_table

    from remnant.study.design import design_of

    manifest = folder.manifest
    path = folder.part_path(LIVES, 0)
    names = read_schema(path).names
    table = read_table(path, columns=["site", "route"])
    of = {name: tuple(table[name].chunk(0).dictionary.to_pylist()) for name in ("site", "route")}
    starts = ("exams ", "false alarms ", "test ")
    listed = {start: tuple(n.removeprefix(start) for n in names if n.startswith(start)) for start in starts}
    kinds = tuple(manifest["site_kinds"][site] for site in of["site"])
    design, scans = design_of(manifest["study"]), tuple(manifest["scans"])
    return Layout(design, of["site"], kinds, of["route"], listed["exams "], listed["false alarms "], scans, listed["test "])


def parts(folder: Folder, layout: Layout, progress: Progress) -> Iterator[PartRows]:
    """Yield the parts of a finished study one after the other."""
    from pyarrow.parquet import read_table

    for chunk in range(layout.design.chunks):
        if chunk % 20 == 0:
            progress(f"reading parts: {chunk:,} of {layout.design.chunks:,}")
        yield _part(read_table(folder.part_path(LIVES, chunk)), layout, layout.design.draw_of(chunk))


def _part(table: Any, layout: Layout, draw: int | None) -> PartRows:
    n = table.num_rows // len(layout.design.arm)
    arms = tuple(_arm(table.slice(i * n, n), layout) for i in range(len(layout.design.arm)))
    group = table.slice(0, n)["group"].combine_chunks()
    return PartRows(
        table["patient"][:n].to_numpy(), group.indices.to_numpy(zero_copy_only=False), group.dictionary.to_pylist(), arms,
        _entered(layout, arms), draw,
    )  # fmt: skip


def _entered(layout: Layout, arms: Sequence[ArmRows]) -> Any:
    """Return [patient] whether each enters: without an event in any arm by then, and with the results that are asked for."""
    enter = layout.design.population.enter
    keep = np.ones(len(arms[0].time), dtype=bool)
    if enter is None:
        return keep
    if layout.entry_day:
        keep &= np.all([arm.first_time > 0 for arm in arms], axis=0)
    for one in enter.tests:
        keep &= arms[0].tests[layout.tests.index(one.test)] == (POSITIVE if one.positive else NEGATIVE)
    return keep


def _arm(table: Any, layout: Layout) -> ArmRows:
    def real(name: str, missing: float) -> Floats:
        return table[name].combine_chunks().fill_null(missing).to_numpy(zero_copy_only=False)

    def coded(name: str) -> Ints:
        return table[name].combine_chunks().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

    def counts(start: str, of: Sequence[str]) -> Ints:
        return np.array([table[start + name].to_numpy() for name in of], np.int64).reshape(len(of), table.num_rows)

    entry, later = layout.entry_day, read_columns(table)
    names = table["first"].combine_chunks().dictionary.to_pylist()
    number = np.array([-1 if name == NONE else EVENTS.index(name) for name in names])
    return ArmRows(
        real("time", np.inf) - entry, real("first_time", layout.last_day + entry) - entry, number[coded("first")], coded("site"),
        coded("route"), real("largest_mm", np.nan), counts("exams ", layout.exams), counts("false alarms ", layout.alarms),
        np.array([coded(f"test {name}") for name in layout.tests], np.int64).reshape(-1, table.num_rows),
        coded_kind(table), real("growth_speed", 1.0), later.since(entry) if later is not None else None,
    )  # fmt: skip


def coded_kind(table: Any) -> Ints:
    """Return [patient] the kind of people each is of."""
    return table["kind_of_people"].to_numpy().astype(np.int64)


class Batches(dict[str, Any]):
    """Counts by what they are of, each [batch] and on."""

    @cached_property
    def total(self) -> Counts:
        """Counts over all batches; asked for when nothing is added any more."""
        return {name: of.sum(axis=0) for name, of in self.items()}

    def without(self, batch: int) -> Counts:
        """Return counts over all batches but one."""
        return _Without(self, batch)


class _Without(Mapping[str, Any]):
    """Counts without one batch, each made when it is asked for: most numbers need one or two of them."""

    def __init__(self, of: Batches, batch: int) -> None:
        self.of, self.batch = of, batch

    def __getitem__(self, name: str) -> Any:
        return self.of.total[name] - self.of[name][self.batch]

    def __iter__(self) -> Iterator[str]:
        return iter(self.of)

    def __len__(self) -> int:
        return len(self.of)


class Tally:
    """Counts of each arm, and of each arm beside the first, in people of whom something is so."""

    def __init__(self, layout: Layout, given: Given | None) -> None:
        self.layout, self.given = layout, given
        self.arms = [Batches() for _ in layout.design.arm]
        self.pairs = [Batches() for _ in layout.design.arm]
        self.draws: list[list[dict[str, Any]]] = [[{} for _ in layout.design.arm] for _ in range(layout.design.draws)]
        """[draw][arm] counts of each draw by itself"""

    def add(self, part: PartRows, money: Sequence[Mapping[str, Floats]]) -> None:
        """Count a part; `money` has for each arm sums of each patient, such as costs."""
        keep = part.chosen(self.given, self.layout)
        batch = part.patient[keep] % BATCHES
        for i, (arm, sums) in enumerate(zip(part.arms, money, strict=True)):
            more = dict(_counted(self.layout, _kept(arm, keep), batch))
            more |= {name: summed((BATCHES,), (batch,), values[keep]) for name, values in sums.items()}
            _add(self.arms[i], more)
            if part.draw is not None:
                _add(self.draws[part.draw][i], {name: of.sum(axis=0) for name, of in more.items()})
        first = _kept(part.arms[0], keep)
        for arm, into in zip(part.arms, self.pairs, strict=True):
            _add(into, _paired(self.layout, _kept(arm, keep), first, batch))


def _kept(arm: ArmRows, keep: Any) -> ArmRows:
    if keep.all():
        return arm
    later = arm.later.kept(keep) if arm.later is not None else None
    arrays = {name: getattr(arm, name)[..., keep] for name in ArmRows.__dataclass_fields__ if name != "later"}
    return ArmRows(**arrays, later=later)


def _add(into: dict[str, Any], more: Counts) -> None:
    for name, counts in more.items():
        if name in into:
            into[name] += counts
        else:
            into[name] = counts


def _counted(layout: Layout, arm: ArmRows, batch: Ints) -> Counts:
    years = len(layout.years) + 1
    edges = layout.years * YEAR_DAYS
    hit, found = arm.event >= 0, arm.event == 0
    by = np.searchsorted(edges, arm.first_time, side="left")
    day = np.minimum(arm.first_time, layout.days - 1).astype(np.int64)
    net = np.isfinite(arm.time)
    size = np.clip(np.ceil(np.nan_to_num(arm.largest[found])), 0, MOST_MM).astype(np.int64)
    rung = arm.alarms > 0
    by_exam = (arm.route[found] != layout.routes.index(SYMPTOMS_ROUTE)).astype(np.int64)
    zeros = np.zeros(len(batch), np.int64)
    exams = [summed((BATCHES,), (batch,), of.astype(float)) for of in arm.exams]
    alarms = [summed((BATCHES,), (batch,), of.astype(float)) for of in arm.alarms]
    last_day = layout.last_day
    later = counted(arm.later, batch, BATCHES, last_day) if arm.later is not None else {}
    if arm.later is not None:
        later |= counted_endpoints(arm.later, layout.endpoints, batch, BATCHES, last_day)
    alarmed = [summed((BATCHES,), (batch,), of.astype(float)) for of in [*rung, rung.any(axis=0) if len(rung) else zeros]]
    return later | {
        "people": summed((BATCHES,), (batch,)),
        "day": summed((BATCHES, len(EVENTS), layout.days), (batch[hit], arm.event[hit], day[hit])),
        "event": summed((BATCHES, years, len(EVENTS)), (batch[hit], by[hit], arm.event[hit])),
        "net": summed((BATCHES, years), (batch[net], np.searchsorted(edges, arm.time[net], side="left"))),
        "site": summed((BATCHES, years, len(layout.sites)), (batch[found], by[found], arm.site[found])),
        "route": summed((BATCHES, years, len(layout.routes)), (batch[found], by[found], arm.route[found])),
        "size": summed((BATCHES, years, MOST_MM + 1), (batch[found], by[found], size)),
        "exams": np.array(exams).reshape(len(exams), BATCHES).T, "alarms": np.array(alarms).reshape(len(alarms), BATCHES).T,
        "alarmed": np.array(alarmed).T,
        "tests": np.array([summed((BATCHES, len(RESULTS)), (batch, of)) for of in arm.tests]).reshape(
            len(arm.tests), BATCHES, len(RESULTS)).transpose(1, 0, 2),
        "found by": summed((BATCHES, 2), (batch[found], by_exam)),
        "log speed": summed((BATCHES, 2), (batch[found], by_exam), np.log(arm.speed[found])),
        "free days": summed((BATCHES,), (batch,), arm.first_time),
    }  # fmt: skip


def _paired(layout: Layout, arm: ArmRows, other: ArmRows, batch: Ints) -> Counts:
    """Return counts of an arm beside another one: who is found in both, and how much earlier in this one."""
    here, there = np.isfinite(arm.time), np.isfinite(other.time)
    both = here & there
    earlier = other.time[both] - arm.time[both]
    steps = layout.lead_steps
    step = np.clip(np.round(earlier / LEAD_DAYS), -steps, steps).astype(np.int64) + steps
    ones = lambda mask: summed((BATCHES,), (batch[mask],))  # noqa: E731
    return {
        "both": ones(both), "here only": ones(here & ~there), "there only": ones(there & ~here),
        "earlier": summed((BATCHES,), (batch[both],), earlier),
        "earlier steps": summed((BATCHES, 2 * steps + 1), (batch[both], step)),
    }  # fmt: skip
