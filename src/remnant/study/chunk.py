"""One chunk of patients in every arm: a function of the plan and the chunk's number, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from remnant.reading import Floats
from remnant.sampler.after_state import Log
from remnant.sampler.after_tables import follow_lives, looking
from remnant.sampler.cpu import Run, run_blocks
from remnant.sampler.histories import found_lesions, joined, named
from remnant.sampler.life import Lives
from remnant.sampler.plan import lay_out
from remnant.study.asked_tests import NOT_TESTED, POSITIVE, RESULTS
from remnant.study.cell import Cell
from remnant.study.events import events_of, in_one, tests_of
from remnant.study.exams_done import ExamsDone
from remnant.study.later import Later, columns, nothing_later, write_later
from remnant.study.people import class_of, kind_of
from remnant.study.plan import StudyPlan
from remnant.study.tested import Results, results_of
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE
from remnant.timeline_tables import Ints

RECURRENCE, NONE = "recurrence", "none"
LIVES, EVENTS = "lives", "events"


class Rows(NamedTuple):
    """One arm of a chunk, an entry a patient."""

    tests: dict[str, Results]

    time: Floats
    """Infinite for none by the end."""
    site: Ints
    route: Ints
    lesions: Ints
    largest: Floats
    """mm; NaN for none"""
    other_time: Floats
    cause: Ints
    speed: Floats
    burden: Floats
    attempts: Ints
    traits: Ints
    later: Later


def run_chunk(plan: StudyPlan, chunk: int, names_of: StudyPlan | None = None) -> dict[str, Any]:
    """Return the tables of a chunk, by name: `lives` has one row for each arm and patient, arm after arm.

    Where the study keeps events, `events` has one row for each event after a finding.

    Parameters
    ----------
    plan : StudyPlan
    chunk : int
        From 0.
    names_of : StudyPlan, optional
        Whose names stand in the tables, so that all chunks number them alike; the plan's own unless given.

    Returns
    -------
    dict of str to pyarrow.Table
    """
    import pyarrow as pa

    patients = np.arange(*plan.design.patients_of(chunk))
    kinds = kind_of(plan.design.population, plan.design.seed, patients)
    names = _Names(names_of or plan)
    people = _Chunk(plan, patients, kinds, Tried.none(len(patients)), {})
    arms = [_arm_tables(people, arm, names) for arm in range(len(plan.cells))]
    tables = {LIVES: pa.concat_tables([lives for lives, _ in arms])}
    return tables | ({EVENTS: pa.concat_tables([events for _, events in arms])} if plan.design.keep_events else {})


class _Names:
    """Every name that stands in a table, so that all chunks number them alike."""

    def __init__(self, plan: StudyPlan) -> None:
        timelines = [t for cell in plan.branches for t in cell.timelines]
        self.sites = _each_once(site for t in timelines for site in t.sites)
        self.routes = _each_once([SYMPTOMS_ROUTE, *(exam for t in timelines for exam in t.exams)])
        self.traits = _each_once(_words(traits) for cell in plan.branches for traits in cell.traits)
        self.groups = _each_once(kind.group for kind in plan.kinds)
        self.arms = [arm.name for arm in plan.design.arm]


def _each_once(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _words(traits: frozenset[str]) -> str:
    return ", ".join(sorted(traits))


class Tried(NamedTuple):
    """Attempts at each patient in the first arm, for arms that are the same until `zero`."""

    attempts: Ints
    """[patient of the chunk]; 0 before the first arm is done"""
    early: Ints
    """[patient] number of what happens to them before `zero` there"""
    numbers: dict[str, int]
    """Of each `Cell.early`"""

    @classmethod
    def none(cls, patients: int) -> Tried:
        """Return that nothing is known of so many patients."""
        return cls(np.zeros(patients, dtype=np.int64), np.full(patients, -1), {})

    def failed(self, early: str, here: Ints) -> Ints:
        """Return how many attempts at each of these patients are known to be found before `zero`."""
        same = self.early[here] == self._number(early)
        return np.where(same, np.maximum(self.attempts[here] - 1, 0), 0)

    def note(self, early: str, here: Ints, attempts: Ints) -> None:
        """Note the attempts at patients of whom none are known yet."""
        new = self.attempts[here] == 0
        self.early[here[new]], self.attempts[here[new]] = self._number(early), attempts[new]

    def _number(self, early: str) -> int:
        return self.numbers.setdefault(early, len(self.numbers))


@dataclass(frozen=True)
class _Chunk:
    """The people of a chunk, and what is known of them so far."""

    plan: StudyPlan
    patients: Ints
    kinds: Ints
    tried: Tried
    tested: dict[tuple[str, int], Results]
    """By what names a test and by kind, of the people of that kind: arms that are alike until a test share its results"""

    def branches(self, arm: int, rows: Rows) -> Iterator[tuple[Cell, int, Ints]]:
        """Yield each cell of an arm, that of a positive result too, its kind and the places of its people; note all results."""
        for kind in np.unique(self.kinds).tolist():
            cell, at = self.plan.cells[arm][kind], np.flatnonzero(self.kinds == kind)
            split = [(cell, at)]
            if cell.positive is not None:
                positive = self._results(cell, cell.decides, kind, at).result == POSITIVE
                split = [(cell, at[~positive]), (cell.positive, at[positive])]
            for branch, here in split:
                for name in branch.assays:
                    # up to the test that decides, both branches are the same lives
                    found = self._results(cell if name == cell.decides else branch, name, kind, at).of(np.isin(at, here))
                    rows.tests[name].result[here], rows.tests[name].day[here] = found.result, found.day
                yield branch, kind, here

    def _results(self, cell: Cell, name: str, kind: int, at: Ints) -> Results:
        assay = cell.assays[name]
        if (assay.key, kind) not in self.tested:
            self.tested[assay.key, kind] = results_of(cell, assay, self.plan, (kind, self.patients[at], at), self.tried)
        return self.tested[assay.key, kind]


def _arm_tables(people: _Chunk, arm: int, names: _Names) -> tuple[Any, Any]:
    """Return the lives of an arm, and its events, None where they are not kept."""
    import pyarrow as pa

    plan, patients, kinds = people.plan, people.patients, people.kinds
    rows = _empty(len(patients), [one.name for one in plan.design.test])
    exams, events = ExamsDone.none(plan, len(patients)), []
    for cell, kind, at in people.branches(arm, rows):
        which = class_of(cell.traits, cell.shares, plan.design.seed, patients[at])
        for number in np.unique(which).tolist():
            here = at[which == number]
            failed = people.tried.failed(cell.early[number], here)
            lives, log = _fill(plan, (cell, number, kind, failed), patients[here], here, rows, names)
            if plan.design.keep_events and log is not None:
                noted = tests_of(log, [(one.result[here], one.day[here]) for one in rows.tests.values()])
                events.append(events_of(noted, (cell.timelines[number].sites, names.sites), patients[here]))
            people.tried.note(cell.early[number], here, lives.attempts)
            stop = np.minimum(np.minimum(rows.time[here], rows.other_time[here]), plan.last_day)
            if "stays away" not in cell.traits[number]:
                exams.count_visits(cell, (patients[here], here), stop)
            exams.count_rises(cell.timelines[number], (lives.rose, lives.imaged), here, stop)
    groups = np.array([names.groups.index(kind.group) for kind in plan.kinds])
    stop, first = _first(plan, rows)
    whole = {
        "patient": pa.array(patients), "arm": named(names.arms, np.full(len(patients), arm), 16),
        "group": named(names.groups, groups[kinds], 16), "kind_of_people": pa.array(kinds, pa.int16()),
        "traits": named(names.traits, rows.traits, 16),
        "first": named([NONE, RECURRENCE, *COMPETING_CAUSES], first, 16), "first_time": pa.array(stop, mask=first == 0),
        "time": pa.array(rows.time, mask=~np.isfinite(rows.time)),
        "site": named(names.sites, rows.site, 16), "route": named(names.routes, rows.route, 16),
        "lesions": pa.array(rows.lesions, pa.int32(), mask=rows.site < 0),
        "largest_mm": pa.array(rows.largest, mask=np.isnan(rows.largest)),
        "other_time": pa.array(rows.other_time, mask=rows.cause < 0), "other_cause": named(COMPETING_CAUSES, rows.cause, 16),
        "growth_speed": pa.array(rows.speed), "burden": pa.array(rows.burden), "attempts": pa.array(rows.attempts, pa.int32()),
    }  # fmt: skip
    whole |= columns(rows.later) if plan.design.aftermath else {}
    whole |= {f"test {name}": named(RESULTS, one.result, 16) for name, one in rows.tests.items()}
    whole |= {f"exams {exam}": pa.array(count, pa.int16()) for exam, count in exams.done.items()}
    whole |= {f"false alarms {exam}": pa.array(count, pa.int16()) for exam, count in exams.alarms.items()}
    return pa.table(whole), in_one(events, arm, names.arms) if plan.design.keep_events else None


def _empty(n: int, tests: Sequence[str]) -> Rows:
    whole = lambda: np.full(n, -1, dtype=np.int64)  # noqa: E731
    real = lambda: np.full(n, np.nan)  # noqa: E731
    numbers = (real(), whole(), whole(), whole(), real(), real(), whole(), real(), real(), whole(), whole())
    results = {name: Results(np.full(n, NOT_TESTED), real()) for name in tests}
    return Rows(results, *numbers, nothing_later(n))


def _fill(
    plan: StudyPlan, what: tuple[Cell, int, int, Ints], patients: Ints, here: Ints, rows: Rows, names: _Names
) -> tuple[Lives, Log | None]:
    """Sample the patients of one hidden class, write them into the rows `here`; return their lives and what came after."""
    cell, number, kind, failed = what
    timeline = cell.timelines[number]
    run = Run(plan.design.seed, 0, len(patients), 1, 1, False, patients, failed)
    lives = joined(run_blocks(lay_out(timeline, plan.grids[kind]), run))
    exams = (SYMPTOMS_ROUTE, *timeline.exams)
    rows.time[here] = lives.day
    rows.site[here] = _renumbered(lives.site, timeline.sites, names.sites)
    rows.route[here] = _renumbered(lives.route, exams, names.routes)
    first, cells = found_lesions(lives)
    rows.lesions[here] = np.diff(first)
    rows.largest[here] = _largest_mm(first, cells, cell.density)
    within = lives.cause_day <= plan.last_day
    rows.other_time[here] = np.where(within, lives.cause_day, np.inf)
    rows.cause[here] = np.where(within, lives.cause, -1)
    rows.speed[here], rows.burden[here], rows.attempts[here] = lives.speed, lives.burden, lives.attempts
    rows.traits[here] = names.traits.index(_words(cell.traits[number]))
    log = None
    if cell.after is not None:
        people, log = follow_lives(looking(cell.after, timeline), lives, plan.design.seed, patients)
        write_later(people, cell.after.site_kind, rows.later, here)
    return lives, log


def _renumbered(which: Ints, of: Sequence[str], among: Sequence[str]) -> Ints:
    new = np.array([*(among.index(name) for name in of), -1])
    return new[which]


def _largest_mm(begins: Ints, cells: Floats, density: float) -> Floats:
    """Return the diameter of the largest lesion at the site of the finding, as a sphere; NaN for none."""
    first, last = begins[:-1], begins[1:]
    found = last > first
    largest = np.full(len(first), np.nan)
    if found.any():
        largest[found] = np.maximum.reduceat(cells, first[found])
    return 10 * (6 * largest / (np.pi * density)) ** (1 / 3)


def _first(plan: StudyPlan, rows: Rows) -> tuple[Floats, Ints]:
    """Return the day of the first event or the end, and which: 0 none, 1 recurrence, 2 and on the competing causes."""
    recurred = (rows.time <= plan.last_day) & (rows.time <= rows.other_time)
    other = ~recurred & (rows.cause >= 0)
    stop = np.minimum(np.minimum(rows.time, rows.other_time), plan.last_day)
    return stop, np.where(recurred, 1, np.where(other, 2 + rows.cause, 0))
