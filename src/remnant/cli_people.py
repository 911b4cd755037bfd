"""Commands for people: the follow-up plan, what it means when it has come back, and support."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remnant.cli_frame import PEOPLE, AsJson, Changes, CourseName, door, say
from remnant.cli_frame import check as refuse

Country = Annotated[str | None, typer.Option("--country", metavar="NAME", help="Where you live: a name or two letters.")]
PrintFile = Annotated[str | None, typer.Option("--print", metavar="F.html", help="Also write a page to print; PDF if named so.")]


def plan(
    course: CourseName,
    start: Annotated[
        str, typer.Option("--start", metavar="DATE", help="Day treatment ended, such as 2026-05-31.", show_default=False)
    ],
    changes: Changes = None,
    country: Country = None,
    came_back: Annotated[
        str | None, typer.Option("--came-back", metavar="DATE", help="Day the cancer was found again; the plan stops there.")
    ] = None,
    restaged: Annotated[
        str | None, typer.Option("--restaged", metavar="rTNM", help='With --came-back: its T, N and M then, such as "rT0 N0 M1".')
    ] = None,
    ics: Annotated[str | None, typer.Option("--ics", metavar="F.ics", help="Also write a calendar file.")] = None,
    name_diagnosis: Annotated[
        bool, typer.Option("--name-diagnosis", help="Let the calendar name illness and tests, and the page its illness.")
    ] = False,
    fhir: Annotated[str | None, typer.Option("--fhir", metavar="F.json", help="Also write a FHIR R4 Bundle.")] = None,
    print_file: PrintFile = None,
    as_json: AsJson = False,
) -> None:
    """A draft of follow-up: dated visits by guideline, what each is for, signs to watch for, who to call."""
    with door() as progress:
        from remnant import course_file, followup_plan, plan_files

        files = {"ics": ics, "fhir": fhir, "print": print_file}
        refuse(files)
        asked = {"country": country, "came_back": came_back, "restaged": restaged}
        request: dict[str, Any] = {"course": course, "start": start, "set": course_file.read_changes(changes or [])}
        request |= {name: value for name, value in asked.items() if value is not None}
        result = followup_plan.answer(request)
        plan_files.write(request, result, files, name_diagnosis, progress)
        say(result, as_json, "plan")


def returned(
    course: CourseName,
    changes: Changes = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="K", help="How it is back: local, regional, distant, systemic or second-primary."),
    ] = None,
    limits_life: Annotated[
        bool, typer.Option("--limits-life", help="Also tell about length of life, and care when it is limited.")
    ] = False,
    print_file: PrintFile = None,
    as_json: AsJson = False,
) -> None:
    """When it has come back: what it is called, the choices side by side, and questions to ask."""
    with door():
        from remnant import course_file, paper
        from remnant.returned import returned as ask
        from remnant.returned import returned_page

        refuse({"print": print_file})
        request: dict[str, Any] = {"course": course, "set": course_file.read_changes(changes or []), "limits_life": limits_life}
        result = ask(request | ({"kind": kind} if kind is not None else {}))
        if print_file is not None:
            paper.write_page(print_file, returned_page(result))
        say(result, as_json, "returned")


def support(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="A topic; nothing for a list of them.")] = None,
    country: Country = None,
    near: Annotated[str | None, typer.Option("--near", metavar="PLACE", help="A town, or a postcode where known.")] = None,
    audience: Annotated[
        str | None, typer.Option("--for", metavar="WHO", help="List topics for person, family, friends, parents or young.")
    ] = None,
    phase: Annotated[
        str | None,
        typer.Option("--phase", metavar="P", help="List topics for just-diagnosed, in-treatment, well, returned or limits-life."),
    ] = None,
    check: Annotated[str | None, typer.Option("--check", metavar="NAME", help="A self-check: mood or worry.")] = None,
    answers: Annotated[
        str | None,
        typer.Option("--answers", metavar="0,1,..", help="With --check: your answers; - reads them from standard input."),
    ] = None,
    print_file: PrintFile = None,
    as_json: AsJson = False,
) -> None:
    """Feelings, daily life, when to seek help, and who gives it where you live."""
    with door():
        from remnant import files, paper, selfcheck
        from remnant.support import support as ask
        from remnant.support import support_page

        refuse({"print": print_file})
        asked = {"topic": topic, "country": country, "near": near, "audience": audience, "phase": phase, "check": check}
        request: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        if answers is not None:
            request["answers"] = selfcheck.read_answers(files.read_text(answers) if answers == files.STDIN else answers)
        result = ask(request)
        if print_file is not None:
            paper.write_page(print_file, support_page(result))
        say(result, as_json, "support")


def add_to(app: typer.Typer) -> None:
    """Add the commands for people to the command line."""
    app.command(
        rich_help_panel=PEOPLE,
        epilog="Example: remnant plan colon --start 2026-05-31 --country GB --ics plan.ics",
    )(plan)
    app.command(rich_help_panel=PEOPLE, epilog="Example: remnant returned colon --kind distant --print returned.html")(returned)
    app.command(rich_help_panel=PEOPLE, epilog="Example: remnant support when-to-seek-help --country GB --near Bristol")(support)
