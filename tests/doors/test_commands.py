"""Every command: help with an example, a documented page, JSON that parses, text for people, imports that stay light."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys

import pytest
from doors.cases import RESTING, ROOT, SAMPLE, Page, run, run_alone, write_timeline
from typer.main import get_command

from remnant.cli import app
from remnant.report import RESEARCH_ONLY

COMMANDS = get_command(app).commands


def test_the_commands_are_these():
    people, trials = ["explain", "plan", "returned", "serve", "support"], ["simulate", "study"]
    assert sorted(COMMANDS) == sorted([*people, *trials, "catalogue", "demo", "fit", "outlook", "sample", "solve", "validate"])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_says_what_it_does_with_an_example_that_uses_known_options(name):
    shown = run(name, "--help")
    assert shown.code == 0 and "Example:" in shown.out
    command = COMMANDS[name]
    assert command.help and all(option.help for option in command.params)
    known = {word for option in command.params for word in (*option.opts, *option.secondary_opts)}
    assert command.epilog.startswith(f"Example: remnant {name}")
    assert set(re.findall(r"--[a-z-]+", command.epilog)) <= known


def test_help_groups_the_commands():
    shown = run("--help").out
    assert all(group in shown for group in ("For everyone", "Cohorts", "Trials", "The engines"))


def test_the_page_of_commands_is_what_the_help_says():
    spec = importlib.util.spec_from_file_location("make_cli_reference", ROOT / "docs" / "make_cli_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_on_the_page(name):
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split(f"## remnant {name}\n")[1].split("\n## ")[0]
    for option in COMMANDS[name].params:
        if option.param_type_name == "option":
            assert all(f"`{word}" in page for word in (*option.opts, *option.secondary_opts))


def test_version():
    from importlib.metadata import version

    assert run("--version").out == f"remnant {version('remnant')}\n"


@pytest.mark.parametrize("words", [["--help"], ["fit", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['remnant', *{words!r}]\n"
        "try:\n    runpy.run_module('remnant.cli', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'scipy', 'pandas', 'pyarrow', 'matplotlib', 'lifelines', 'iminuit', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_solve_for_people():
    shown = run("solve", RESTING, "--incidence")
    assert shown.code == 0 and shown.err == ""
    assert RESEARCH_ONLY in shown.out and "Out of 100 people" in shown.out
    assert all(word in shown.out for word in ("local", "bone", "scan", "symptoms", "10 years"))
    for found, not_found in re.findall(r"found again in (\d+) .*?, and not in (\d+)", shown.out):
        assert int(found) + int(not_found) == 100


def test_solve_for_machines():
    shown = run("solve", RESTING, "--times", "365,3652", "--incidence", "--json")
    result = json.loads(shown.out)
    assert result["times"] == [365, 3652] and result["note"] == RESEARCH_ONLY
    sites = result["incidence"]["site"].values()
    for i in range(2):
        assert sum(result[state][i] for state in ("cured", "inactive", "active")) == pytest.approx(1, rel=1e-9, abs=0)
        found = 1 - result["event_free"][i]
        assert sum(site[i] for site in sites) == pytest.approx(found, rel=1e-6, abs=0)
    assert "incidence" not in json.loads(run("solve", RESTING, "--json").out)


def test_solve_reads_standard_input():
    piped, named = (
        json.loads(r.out) for r in (run("solve", "-", "--json", stdin=RESTING.read_text()), run("solve", RESTING, "--json"))
    )
    assert piped["recurrence_free"] == named["recurrence_free"]


def test_sample_for_people_and_machines(tmp_path):
    out = tmp_path / "lives.parquet"
    shown = run("sample", RESTING, "--patients", "2000", "--seed", "3", "--out", out)
    assert shown.code == 0 and RESEARCH_ONLY in shown.out and "2,000 sampled patients, seed 3" in shown.out
    from pyarrow.parquet import read_table

    assert read_table(out).num_rows == 2000
    first, again = (json.loads(run("sample", RESTING, "--patients", "2000", "--seed", "3", "--json").out) for _ in range(2))
    assert first["recurrence_free"] == again["recurrence_free"] and first["patients"] == 2000
    other = json.loads(run("sample", RESTING, "--patients", "2000", "--seed", "4", "--json").out)
    assert first["recurrence_free"] != other["recurrence_free"]


def test_sample_agrees_with_solve():
    """Five times, each |z| < 4.0: a false alarm in about 1 of 3,000 seeds; the seed is fixed."""
    exact = json.loads(run("solve", RESTING, "--json").out)
    lives = json.loads(run("sample", RESTING, "--patients", "20000", "--seed", "1", "--json").out)
    z = [
        (a - b) / e
        for a, b, e in zip(exact["recurrence_free"], lives["recurrence_free"], lives["standard_error"], strict=True)
        if e > 0
    ]
    assert z and max(abs(one) for one in z) < 4.0


def test_a_report_of_an_outlook_is_one_file_for_everyone(tmp_path):
    page_path = tmp_path / "outlook.html"
    assert run("solve", SAMPLE, "--times", "1826,3652", "--report", page_path).code == 0
    page = Page(page_path.read_text(encoding="utf-8"))
    assert page.addresses == []
    assert {"main", "h1", "title", "table", "svg"} <= set(page.tags) and ("html", "lang", "en") in page.attributes
    assert RESEARCH_ONLY in "".join(page.words)


def test_a_command_in_its_own_process_shows_one_sentence(tmp_path):
    ran = run_alone("solve", tmp_path / "none.json")
    assert ran.code == 2 and ran.out == "" and ran.err.count("\n") == 1 and "Traceback" not in ran.err


def test_warnings_are_one_line_each(tmp_path):
    path = write_timeline(tmp_path, founders=[{"site": "local", "type": "awake", "count": 10**9, "time": 0}], looks=[])
    ran = run("solve", path, "--times", "3652")
    assert ran.code == 0
    assert all(line.startswith("remnant: warning: ") for line in ran.err.splitlines())
