"""What the documents tell people to type works."""

from __future__ import annotations

import re
import runpy
import shlex

import pytest
from doors.cases import ROOT
from typer.main import get_command

from remnant.cli import app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(block.strip().splitlines()) == 4
    exec(compile(block, "README.md", "exec"), {})
    assert "bone" in capsys.readouterr().out


def test_the_python_of_the_format_page_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "timeline.md").read_text(encoding="utf-8"), re.S)
    exec(compile(block, "timeline.md", "exec"), {})
    assert "bone" in capsys.readouterr().out


def test_the_python_of_the_fit_page_runs(capsys):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "fit.md").read_text(encoding="utf-8"), re.S)
    exec(compile(block, "fit.md", "exec"), {})
    assert "lineages" in capsys.readouterr().out


def test_commands_of_the_readme_name_options_that_exist():
    lines = re.findall(r"^    (remnant \w+.*)$", README, re.M)
    assert len(lines) >= 4
    for line in lines:
        _, name, *words = shlex.split(line, comments=True)
        command = get_command(app).commands[name]
        known = {word for option in command.params for word in (*option.opts, *option.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_examples_run(path, capsys):
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out
