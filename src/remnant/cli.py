"""Commands: options in, a question to `service`, text out. The only place that prints."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remnant import cli_people, cli_serve, cli_trials
from remnant.cli_frame import (
    COHORTS,
    ENGINE,
    EVERYONE,
    EVIDENCE,
    PEOPLE,
    Against,
    AgainstChanges,
    AsJson,
    Changes,
    CourseName,
    Patients,
    ReportFile,
    Seed,
    TimelineFile,
    Times,
)
from remnant.cli_frame import check as _check
from remnant.cli_frame import door as _door
from remnant.cli_frame import say as _say

app = typer.Typer(
    name="remnant",
    help="Why, when and where cancer comes back after treatment: exact and sampled answers, and fits to cohorts.",
    epilog="For research and teaching. Not approved as a medical device; must not be used to choose care.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"remnant {version('remnant')}")
        raise typer.Exit


VersionFlag = Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_version)]


@app.callback()
def options(version: VersionFlag = False) -> None:
    """Hold what stands before a command."""


@app.command(rich_help_panel=EVERYONE, epilog="Example: remnant demo --out remnant-demo")
def demo(
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Folder for the report; made if it is not there.")
    ] = "remnant-demo",
    patients: Annotated[
        int, typer.Option("--patients", metavar="N", help="Sampled patients beside the exact outlook.")
    ] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """The main job on real patients: fit, compare, foretell, and write one HTML report."""
    with _door() as progress:
        from remnant.demo import run

        _say(run(out, patients, progress), as_json, "demo")


@app.command(
    rich_help_panel=COHORTS,
    epilog='Example: remnant fit trial.csv --duration time --event relapse --unit days --burden "nodes + size" --cut 900',
)
def fit(
    data: Annotated[
        str, typer.Argument(metavar="DATA.csv", help="One row a patient; - reads standard input.", show_default=False)
    ],
    unit: Annotated[
        str, typer.Option("--unit", metavar="U", help="Unit of every time: days, months or years.", show_default=False)
    ],
    duration: Annotated[
        str | None, typer.Option("--duration", metavar="C", help="Column of times to recurrence or end of follow-up.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="C", help="Column that is 1 for found again, 0 for not.")
    ] = None,
    entry: Annotated[
        str | None, typer.Option("--entry", metavar="C", help="Column of times from which each was watched (late entry).")
    ] = None,
    lower: Annotated[
        str | None, typer.Option("--lower", metavar="C", help="With --upper: column of last times known to be free.")
    ] = None,
    upper: Annotated[
        str | None, typer.Option("--upper", metavar="C", help="With --lower: column of times found by; empty if never.")
    ] = None,
    weights: Annotated[str | None, typer.Option("--weights", metavar="C", help="Column of weights.")] = None,
    burden: Annotated[
        str, typer.Option("--burden", metavar="FORMULA", help='What tells how much was left, such as "nodes + size".')
    ] = "",
    growth: Annotated[
        str, typer.Option("--growth", metavar="FORMULA", help='What tells how fast it grows, such as "C(grade)".')
    ] = "",
    disease: Annotated[
        str | None, typer.Option("--disease", metavar="ID", help="Take what the catalogue knows of a disease as the prior.")
    ] = None,
    mixing: Annotated[
        bool | None,
        typer.Option(
            "--mixing/--no-mixing", help="Let patients differ in burden beyond the covariates; AIC chooses unless told."
        ),
    ] = None,
    dormancy: Annotated[
        bool | None,
        typer.Option("--dormancy/--no-dormancy", help="Let cells rest and wake; as the disease does or AIC chooses unless told."),
    ] = None,
    ages: Annotated[
        bool | None,
        typer.Option(
            "--ages/--no-ages", help="Let what is left be of all ages, shed by a primary that grew; AIC chooses unless told."
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare/--no-compare", help="Fit the standard models beside it.")] = True,
    cut: Annotated[
        float | None, typer.Option("--cut", metavar="T", help="Also fit what was known by T, and foretell the rest.")
    ] = None,
    horizon: Annotated[
        float | None, typer.Option("--horizon", metavar="T", help="Last time foretold; otherwise the longest follow-up.")
    ] = None,
    report: ReportFile = None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="FIT.json", help="Save the fit, without any patient's row.")
    ] = None,
    cycles: Annotated[
        str | None, typer.Option("--cycles", metavar="F.csv", help="Write the share still well at each model cycle.")
    ] = None,
    cycle_length: Annotated[
        float | None, typer.Option("--cycle-length", metavar="T", help="Length of a cycle, in --unit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a cohort, set it beside the standard models, and foretell beyond its follow-up."""
    with _door() as progress:
        from remnant import fit_cohort

        request = {k: v for k, v in locals().items() if k in fit_cohort.ASKED and v is not None}
        files = {"report": report, "save": save, "cycles": cycles}
        _check(files)
        result = fit_cohort.fit(request, progress)
        fit_cohort.write(result, files)
        _say(result, as_json, "fit")


@app.command(rich_help_panel=ENGINE, epilog="Example: remnant solve timeline.json --times 365,1826,3652 --incidence")
def solve(
    timeline: TimelineFile,
    times: Times = None,
    incidence: Annotated[bool, typer.Option("--incidence", help="Also where and how it is first found.")] = False,
    report: ReportFile = None,
    as_json: AsJson = False,
) -> None:
    """What becomes of people after one course of care, exactly."""
    with _door() as progress:
        from remnant import files, paper, service

        _check({"report": report})
        request = {"timeline": files.read_json(timeline), "incidence": incidence or report is not None}
        result = service.solve(request | service.read_times(times), progress)
        if report is not None:
            paper.write_page(report, service.outlook_page(result))
        _say(result, as_json, "solve")


@app.command(
    rich_help_panel=ENGINE, epilog="Example: remnant sample timeline.json --patients 100000 --seed 1 --out lives.parquet"
)
def sample(
    timeline: TimelineFile,
    patients: Patients,
    seed: Seed,
    times: Times = None,
    out: Annotated[str | None, typer.Option("--out", metavar="F.parquet", help="Write the histories, one row a patient.")] = None,
    as_json: AsJson = False,
) -> None:
    """The same answer by sampled lives, with standard errors."""
    with _door() as progress:
        from remnant import files, service

        _check({"out": out})
        request = {"timeline": files.read_json(timeline), "patients": patients, "seed": seed}
        result, histories = service.sample(request | service.read_times(times), progress)
        if out is not None:
            files.write_parquet(out, histories)
        _say(result, as_json, "sample")


@app.command(
    rich_help_panel=PEOPLE,
    epilog="Example: remnant outlook colon --since 2y --set patient.stage=II --against-set regimen=[]",
)
def outlook(
    course: CourseName,
    years: Annotated[float | None, typer.Option("--years", metavar="Y", help="How far to look, from day 0.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="Time free so far, such as 3y, 18m or 400d.")] = None,
    changes: Changes = None,
    against: Against = None,
    against_changes: AgainstChanges = None,
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="Draws behind the range; 0 for none.")] = 200,
    why: Annotated[bool, typer.Option("--why", help="Name the numbers that move the answer most.")] = False,
    ways_round: Annotated[
        bool, typer.Option("--ways-round", help="What helps where cells pump drugs out: another drug, an inhibitor, turn about.")
    ] = False,
    report: ReportFile = None,
    as_json: AsJson = False,
) -> None:
    """What becomes of people on a course of care: when, where and how it may come back."""
    with _door() as progress:
        from remnant import course_file, paper
        from remnant.outlook import outlook as ask

        _check({"report": report})
        request: dict[str, Any] = {"course": course, "draws": draws, "why": why, "ways_round": ways_round, "ahead": True}
        request |= {"set": course_file.read_changes(changes or [])}
        if years is not None:
            request["years"] = years
        if since is not None:
            request["since"] = course_file.read_span(since, "--since")
        if against is not None:
            request["against"] = against
        if against_changes:
            request["against_set"] = course_file.read_changes(against_changes)
        result = ask(request, progress)
        if report is not None:
            from remnant.outlook_page import outlook_page

            paper.write_page(report, outlook_page(result))
        _say(result, as_json, "outlook")


@app.command(rich_help_panel=PEOPLE, epilog="Example: remnant explain colon --since 3y --report colon.html")
def explain(
    about: Annotated[
        str | None,
        typer.Argument(
            metavar="TOPIC or COURSE",
            help="A topic, or a course such as colon; nothing for the topics.",
        ),
    ] = None,
    value: Annotated[
        float | None, typer.Option("--value", metavar="V", help="With a topic: what its picture is drawn for.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help="With a course: time free so far, such as 3y.")
    ] = None,
    years: Annotated[
        float | None, typer.Option("--years", metavar="Y", help="With a course: how far to look, from day 0.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change something in the course; may repeat.")
    ] = None,
    against: Against = None,
    against_changes: AgainstChanges = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", metavar="N", help="With a course: draws behind the range, 20 or more; 200 unless given."),
    ] = None,
    death: Annotated[bool, typer.Option("--death", help="Tell of death from other causes as well.")] = False,
    language: Annotated[str, typer.Option("--language", metavar="L", help="en or de.")] = "en",
    report: ReportFile = None,
    as_json: AsJson = False,
) -> None:
    """Why cancer can come back, in plain words with a picture; and what is known of a course of care, out of 100 people."""
    with _door() as progress:
        from remnant import course_file, paper
        from remnant.explain import explain as ask

        _check({"report": report})
        given = {"about": about, "value": value, "years": years, "against": against, "death": death or None, "draws": draws}
        request: dict[str, Any] = {name: one for name, one in given.items() if one is not None} | {"language": language}
        if since is not None:
            request["since"] = course_file.read_span(since, "--since")
        for name, texts in (("set", changes), ("against_set", against_changes)):
            if texts:
                request[name] = course_file.read_changes(texts)
        result = ask(request, progress)
        if report is not None:
            from remnant.explain_page import explain_page

            paper.write_page(report, explain_page(result))
        _say(result, as_json, "explain")


cli_serve.add_to(app)
cli_people.add_to(app)
cli_trials.add_to(app)


@app.command(rich_help_panel=EVIDENCE, epilog="Example: remnant catalogue colon")
def catalogue(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A shelf, an entry or an evidence row; nothing for an overview.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What is known: diseases, regimens, drugs, exams, guidelines, staging, each number with its source."""
    with _door():
        from remnant.browse import browse

        _say(browse(name), as_json, "browse")


@app.command(rich_help_panel=EVIDENCE, epilog="Example: remnant validate colon")
def validate(
    disease: Annotated[
        str | None, typer.Argument(metavar="[DISEASE]", help="One disease, or the first part of its id; all unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Published results beside what the model gives for the same people, and an honest score."""
    with _door() as progress:
        from remnant.validation import answer

        _say(answer(disease, progress), as_json, "validate")


def main() -> None:
    """Run the command line."""
    import os

    from remnant.jit_cache import cache_folder

    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    app()


if __name__ == "__main__":
    main()
