"""Commands for trials: whole lives of sampled people."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remnant.cli_frame import TRIALS, AsJson, Changes, CourseName, door, say


def simulate(
    course: CourseName,
    patients: Annotated[int, typer.Option("--patients", metavar="N", help="How many lives, 1 or more.", show_default=False)],
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="0 or more; the same seed gives the same lives.", show_default=False)
    ],
    changes: Changes = None,
    years: Annotated[float | None, typer.Option("--years", metavar="Y", help="How long they are followed.")] = None,
    stories: Annotated[int, typer.Option("--stories", metavar="N", help="How many histories are told, line by line.")] = 3,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Write people.parquet and events.parquet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Whole lives: what is found, what is done about it, and how it ends, with histories."""
    with door() as progress:
        from remnant import course_file
        from remnant.simulation import simulation

        request: dict[str, Any] = {"course": course, "patients": patients, "seed": seed, "stories": stories}
        request |= {"set": course_file.read_changes(changes or [])}
        request |= {name: value for name, value in (("years", years), ("out", out)) if value is not None}
        say(simulation(request, progress), as_json, "simulation")


def add_to(app: typer.Typer) -> None:
    """Add the commands for trials to the command line."""
    app.command(rich_help_panel=TRIALS, epilog="Example: remnant simulate colon --patients 100000 --seed 1 --out lives")(simulate)
