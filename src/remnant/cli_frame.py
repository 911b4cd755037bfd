"""What every command of the command line shares: options, the door that turns errors into one sentence, and printing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

EVERYONE, PEOPLE, COHORTS, TRIALS, EVIDENCE = "For everyone", "People", "Cohorts", "Trials", "Evidence"
ENGINE = "The engines, on the machine format"
BAD_INPUT, STOPPED = 2, 130
SECONDS_BETWEEN_LINES = 5.0
PAGES = ("report", "print")
"""Files that are pages: HTML, or PDF where their name ends so."""
TEXTS = ("cli_study_text", "cli_explain_text", "cli_course_text", "cli_people_text", "cli_text")
"""Modules in which the text of an answer is looked for, by the name of its question."""
TimelineFile = Annotated[
    str, typer.Argument(metavar="TIMELINE.json", help="A Timeline in JSON; - reads standard input.", show_default=False)
]
Times = Annotated[
    str | None,
    typer.Option("--times", metavar="DAYS", help="Days to ask for, with commas between, instead of those in the file."),
]
CourseName = Annotated[
    str,
    typer.Argument(metavar="COURSE", help="An id of `remnant catalogue`, such as colon, or a TOML file.", show_default=False),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change something, such as patient.stage=III; may repeat."),
]
Against = Annotated[str | None, typer.Option("--against", metavar="COURSE", help="Set another course beside it.")]
AgainstChanges = Annotated[
    list[str] | None, typer.Option("--against-set", metavar="PATH=VALUE", help="Set this course with a change beside it.")
]
Patients = Annotated[int, typer.Option("--patients", metavar="N", help="How many lives, 1 or more.", show_default=False)]
Seed = Annotated[
    int, typer.Option("--seed", metavar="S", help="0 or more; the same seed gives the same lives.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]
ReportFile = Annotated[str | None, typer.Option("--report", metavar="F.html", help="Also write a report; PDF if named so.")]


@contextmanager
def door(lines: bool = False) -> Iterator[Any]:
    """Show warnings as one line each and what cannot be done as one sentence with exit code 2.

    With `lines`, progress goes to a log as well: a line now and then where there is no terminal.
    """
    import warnings

    from remnant.errors import RemnantError, RemnantWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RemnantWarning)
        warnings.showwarning = _show_warning
        try:
            with _bar(lines) as progress:
                yield progress
        except RemnantError as error:
            print(f"remnant: {_one_line(error)}", file=sys.stderr)
            raise typer.Exit(BAD_INPUT) from None
        except KeyboardInterrupt:
            print("remnant: stopped; nothing half-written was left", file=sys.stderr)
            raise typer.Exit(STOPPED) from None
        except MemoryError:
            print("remnant: this needs more memory than there is; ask for fewer patients or times", file=sys.stderr)
            raise typer.Exit(BAD_INPUT) from None


@contextmanager
def _bar(lines: bool) -> Iterator[Any]:
    """Show what is being done and for how long, on a terminal only."""
    if not sys.stderr.isatty():
        yield _line_now_and_then() if lines else lambda words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda words: bar.update(task, description=words)


def _line_now_and_then() -> Any:
    import time

    last = [time.monotonic()]

    def tell(words: str) -> None:
        if time.monotonic() - last[0] >= SECONDS_BETWEEN_LINES:
            last[0] = time.monotonic()
            print(f"remnant: {words}", file=sys.stderr, flush=True)

    return tell


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    print(f"remnant: warning: {_one_line(message)}", file=sys.stderr)


def _one_line(words: object) -> str:
    return " ".join(str(words).split())


def check(targets: dict[str, str | None]) -> None:
    """Refuse files that could not be written, before anything is computed for them; pages may be PDF."""
    from remnant.files import check_target
    from remnant.paper import check_paper

    for name, path in targets.items():
        if path is not None:
            check_target(path)
            if name in PAGES:
                check_paper(path, name)


def say(result: dict[str, Any], as_json: bool, question: str) -> None:
    """Print an answer as JSON, or as the text of its question."""
    if as_json:
        import json

        shown = json.dumps(result, indent=1, allow_nan=False)
    else:
        from importlib import import_module

        modules = (import_module(f"remnant.{name}") for name in TEXTS)
        shown = next(getattr(module, question) for module in modules if hasattr(module, question))(result)
    print(shown)
