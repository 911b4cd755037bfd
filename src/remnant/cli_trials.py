"""Commands for trials: whole lives of sampled people, and arms beside each other."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remnant.cli_frame import TRIALS, AsJson, Changes, CourseName, Patients, Seed, check, door, say


def simulate(
    course: CourseName,
    patients: Patients,
    seed: Seed,
    changes: Changes = None,
    years: Annotated[float | None, typer.Option("--years", metavar="Y", help="How long they are followed.")] = None,
    stories: Annotated[int, typer.Option("--stories", metavar="N", help="How many histories are told, line by line.")] = 3,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Write people.parquet and events.parquet.")] = None,
    primaries: Annotated[
        str | None,
        typer.Option("--primaries", metavar="RULE", help="Rule that names second tumours: seer, iarc or martini-melamed."),
    ] = None,
    definition: Annotated[
        str | None,
        typer.Option("--definition", metavar="D", help="Whose end points: datecan or steep; the disease's unless given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whole lives: what is found, what is done about it, and how it ends, with histories."""
    with door() as progress:
        from remnant import course_file
        from remnant.simulation import simulation

        request: dict[str, Any] = {"course": course, "patients": patients, "seed": seed, "stories": stories}
        given = (("years", years), ("out", out), ("primaries", primaries), ("definition", definition))
        request |= {"set": course_file.read_changes(changes or [])}
        request |= {name: value for name, value in given if value is not None}
        say(simulation(request, progress), as_json, "simulation")


def study(
    what: Annotated[
        str,
        typer.Argument(
            metavar="TRIAL.toml|status|report|show", help="A study to run, or what to tell of a folder.", show_default=False
        ),
    ],
    folder: Annotated[str | None, typer.Argument(metavar="[DIR]", help="With status, report and show: the folder.")] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Folder for the sampled lives; a run that was stopped goes on there."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes of this machine.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="URL", help="A Dask scheduler, such as tcp://host:8786, in place of processes."),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="F.html", help="Where the report goes, PDF if named so; else in the folder."),
    ] = None,
    patient: Annotated[int | None, typer.Option("--patient", metavar="K", help="With show: whose history is told.")] = None,
    arm: Annotated[str | None, typer.Option("--arm", metavar="NAME", help="With show: in this arm only.")] = None,
    as_json: AsJson = False,
) -> None:
    """An in-silico trial: arms of treatment or follow-up on the same sampled people; may be stopped and gone on with."""
    with door(lines=True) as progress:
        from remnant.studies import study as ask

        check({"report": report})
        request = {"what": what, "folder": folder, "out": out, "workers": workers, "cluster": cluster, "report": report}
        request |= {"patient": patient, "arm": arm}
        say(ask({name: value for name, value in request.items() if value is not None}, progress), as_json, "study")


def add_to(app: typer.Typer) -> None:
    """Add the commands for trials to the command line."""
    app.command(rich_help_panel=TRIALS, epilog="Example: remnant simulate colon --patients 100000 --seed 1 --out lives")(simulate)
    app.command(
        rich_help_panel=TRIALS,
        epilog="Example: remnant study studies/trisst.toml --out trisst --workers 2, then remnant study status trisst and "
        "remnant study report trisst",
    )(study)
