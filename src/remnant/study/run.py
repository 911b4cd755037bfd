"""A study run: what is missing is done, wherever workers are, and kept part by part by one writer."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remnant.errors import DataWarning, WorkerError
from remnant.execute import Place, do_all
from remnant.study.chunk import run_chunk
from remnant.study.folder import Folder, Part, code_digest, keep, locked, open_for, part_of
from remnant.study.plan import StudyPlan, plan_of_draw, plan_of_text, text_of

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """A chunk to be done by whoever has the same code and catalogue."""

    study: str
    """The study as JSON"""
    digest: str
    code: str
    level: float
    chunk: int


def do_chunk(task: Task) -> Part:
    """Return the part of a chunk.

    Raises
    ------
    WorkerError
        If this process has other code or another catalogue than the one that asks.
    """
    plan = plan_of_text(task.study, task.level)
    if (plan.digest, code_digest()) != (task.digest, task.code):
        raise WorkerError(
            "a worker has other code, another catalogue or another kind of processor than this run; its result is refused"
        )
    draw = plan.design.draw_of(task.chunk)
    drawn = plan if draw is None else plan_of_draw(task.study, draw, task.level)
    return part_of(task.chunk, run_chunk(drawn, task.chunk, plan), plan)


def run_study(plan: StudyPlan, out: str | Path, place: Place, progress: Progress) -> Folder:
    """Do what is missing in the folder of a study.

    Parameters
    ----------
    plan : StudyPlan
    out : path
        The folder; made where it is not there.
    place : Place
        Where chunks are done; the result does not depend on it.
    progress : callable
        Told how far it is, how fast, and how long it will take.

    Raises
    ------
    FolderError
        If the folder holds something else, another run works there, or the disk is full.
    WorkerError
        If workers keep dying.
    """
    with locked(out):
        folder = open_for(plan, out)
        missing = _missing(folder, plan, progress)
        text, code = text_of(plan.design), code_digest()
        tasks = [Task(text, plan.digest, code, plan.level, chunk) for chunk in missing]
        report = _Report(plan, len(missing), progress)
        if place.workers > 1 and not place.cluster:
            # the first one here: its kernels are compiled once, and the workers find them made
            here, tasks = tasks[:1], tasks[1:]
            _do(folder, here, Place(), report)
        _do(folder, tasks, place, report)
    return folder


def _do(folder: Folder, tasks: Sequence[Task], place: Place, report: _Report) -> None:
    for _, part in do_all(do_chunk, tasks, place):
        keep(folder, part)
        report.one_more(part.chunk)


def _missing(folder: Folder, plan: StudyPlan, progress: Progress) -> list[int]:
    """Return the chunks to be done; parts that are not whole are told, and done again."""
    missing = []
    for chunk in range(plan.design.chunks):
        if chunk % 100 == 0:
            progress(f"checking parts: {chunk:,} of {plan.design.chunks:,}")
        said = folder.complaint(chunk)
        if said is None:
            continue
        missing.append(chunk)
        if said != "missing":
            warnings.warn(f"{said}: chunk {chunk} is done again", DataWarning, stacklevel=2)
    return missing


class _Report:
    """Tells how far a run is."""

    def __init__(self, plan: StudyPlan, chunks: int, progress: Progress) -> None:
        self.plan, self.chunks, self.progress = plan, chunks, progress
        self.done, self.patients, self.since = 0, 0, time.monotonic()
        progress(f"{chunks:,} of {plan.design.chunks:,} chunks to do")

    def one_more(self, chunk: int) -> None:
        """Count a chunk that is kept."""
        first, last = self.plan.design.patients_of(chunk)
        self.done, self.patients = self.done + 1, self.patients + last - first
        spent = max(time.monotonic() - self.since, 1e-9)
        left = spent / self.done * (self.chunks - self.done)
        lives = self.patients * len(self.plan.design.arm) / spent
        self.progress(f"chunk {self.done:,} of {self.chunks:,}, {lives:,.0f} lives a second, {duration(left)} left")


def duration(seconds: float) -> str:
    """Return a time in words, such as "2 min 05 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
