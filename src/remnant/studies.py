"""Studies: from a TOML file to a folder of sampled lives, and from the folder to results and a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from remnant.errors import InputError
from remnant.execute import Place
from remnant.service import plain
from remnant.study.answer import answer
from remnant.study.design import Design, read_design
from remnant.study.folder import RECEIPTS, Folder, is_running
from remnant.study.plan import StudyPlan, plan_of
from remnant.study.run import duration, run_study
from remnant.study_story import story_of

Progress = Callable[[str], None]
MOST_WORKERS = 1024
TOLD = ("status", "report", "show")
"""What is told of a folder."""


@dataclass(frozen=True)
class StudyResult:
    """The folder of a study that has been run."""

    folder: Folder

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What the study says, as plain data."""
        return plain(answer(self.folder, lambda _: None))

    @property
    def lives(self) -> Any:
        """The sampled lives as a pyarrow Dataset: one row for each arm and patient, never all in memory at once."""
        from pyarrow.dataset import dataset

        return dataset(str(self.folder.path / "lives"), format="parquet")

    @property
    def events(self) -> Any:
        """Each event after a finding as a pyarrow Dataset, one row each; a study with `keep_events` has them."""
        from pyarrow.dataset import dataset

        return dataset(str(self.folder.path / "events"), format="parquet")

    def story(self, patient: int, arm: str = "") -> dict[str, Any]:
        """Return the history of one person, line by line, in an arm or in each; see `study_story.story_of`."""
        return story_of(self.folder, patient, arm)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the self-contained report, as PDF where the name of its file ends so, else as HTML; return where.

        Parameters
        ----------
        path : path, optional
            `report.html` in the folder unless given.
        """
        from remnant.paper import write_page
        from remnant.report_study import study_page

        target = Path(path) if path is not None else self.folder.path / "report.html"
        write_page(target, study_page(self.summary))
        return target


@dataclass(frozen=True)
class Study:
    """An in-silico trial: arms of treatment or follow-up on the same sampled people."""

    design: Design

    @classmethod
    def load(cls, path: str | Path) -> Study:
        """Return the study of a TOML file.

        Raises
        ------
        InputError
            If it cannot be read, or something in it is not allowed.
        """
        return cls(read_design(path))

    @cached_property
    def plan(self) -> StudyPlan:
        """The study resolved: Timelines of every arm and kind of people."""
        return plan_of(self.design)

    def run(
        self, out: str | Path, workers: int = 1, cluster: str | None = None, progress: Progress = lambda _: None
    ) -> StudyResult:
        """Do what is missing in a folder, and return its result; the result does not depend on where it is done.

        Parameters
        ----------
        out : path
            The folder; made where it is not there. A folder of another study is refused.
        workers : int
            Processes of this machine; 1 for this process.
        cluster : str, optional
            Address of a Dask scheduler, such as "tcp://host:8786", in place of processes of this machine.
        progress : callable
            Told how far it is, how fast, and how long it will take.

        Raises
        ------
        InputError, FolderError, WorkerError
            In one sentence that says what to do; what was done before is kept.
        """
        if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MOST_WORKERS:
            raise InputError("workers", f"must be a whole number from 1 to {MOST_WORKERS}", workers)
        progress("resolving arms and groups")
        return StudyResult(run_study(self.plan, out, Place(workers, cluster or ""), progress))


def study(request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Answer a request about a study: run it, say how far it is, or report it.

    Parameters
    ----------
    request : dict
        `what`: "status", "report" or "show" (with `patient`, and `arm` for one arm only) with `folder`, else the path of a TOML
        file with `out`, and `workers` or `cluster`;
        `report`: where the report goes.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        Plain data.
    """
    what = request["what"]
    if what in TOLD:
        if not request.get("folder"):
            raise InputError("DIR", f"is required: remnant study {what} DIR", "nothing")
        folder = Folder(Path(request["folder"]))
        if what == "status":
            return status(folder)
        if what == "show":
            if "patient" not in request:
                raise InputError("--patient", "is required: remnant study show DIR --patient K", "nothing")
            return plain(story_of(folder, request["patient"], request.get("arm", "")))
        return _reported(StudyResult(folder), request, progress)
    if request.get("folder"):
        raise InputError("study", "one file is run at a time", request["folder"], "write --out DIR for the folder")
    if not request.get("out"):
        raise InputError("--out", "is required: the folder for the sampled lives", "nothing", "add --out DIR")
    made = Study.load(what).run(request["out"], request.get("workers", 1), request.get("cluster"), progress)
    return _reported(made, request, progress)


def _reported(made: StudyResult, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    summary = plain(answer(made.folder, progress))
    made.__dict__["summary"] = summary
    return summary | {"folder": str(made.folder.path), "report": str(made.report(request.get("report")))}


def status(folder: Folder) -> dict[str, Any]:
    """Return how far a study is: what is done, what is left, how fast it went last, and whether a run works on it now."""
    manifest = folder.manifest
    done = folder.done()
    written = sorted(folder.receipt_path(chunk).stat().st_mtime for chunk in done)
    recent = written[-50:]
    # pace of the last receipts: an earlier pause does not count
    pace = (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 and recent[-1] > recent[0] else None
    left = manifest["chunks"] - len(done)
    running = is_running(folder.path)
    bad = [said for c in range(manifest["chunks"]) if (said := folder.complaint(c, deep=False)) not in (None, "missing")]
    lives = manifest["patients"] * len(manifest["arms"]) / manifest["chunks"]
    return {
        "name": manifest["name"], "folder": str(folder.path), "chunks": manifest["chunks"], "done": len(done), "left": left,
        "patients": manifest["patients"], "arms": manifest["arms"], "running": running, "not_whole": bad,
        "lives_per_second": None if pace is None else pace * lives,
        "time_left": duration(left / pace) if pace and running and left else None, "digest": manifest["digest"],
        "receipts": str(folder.path / RECEIPTS),
    }  # fmt: skip
