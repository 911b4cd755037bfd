"""Print the command line's own help into docs/cli.md; a test refuses a page that differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.main import get_command

from remnant.cli import app

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# Commands

This page is printed from the help of the commands by `make docs`. Do not edit it by hand.

Every command ends with exit code 0 when it did what was asked, and with 2 and one sentence on standard error when
something that came in is not allowed; then nothing is written. `--json` prints JSON, and only JSON, on standard output.
Warnings and progress go to standard error. Files are written whole or not at all.
"""


def page() -> str:
    """Return the page."""
    group: Any = get_command(app)
    parts = [HEAD, *(_command(name, command) for name, command in group.commands.items())]
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["remnant", name, *(a.metavar for a in arguments), "[OPTIONS]"])
    example = command.epilog.strip().replace(": ", ": `", 1) + "`"
    lines = [f"## remnant {name}", "", command.help.strip(), "", f"    {usage}", "", example, ""]
    lines += ["| option | meaning | without it |", "|---|---|---|"]
    lines += [f"| `{a.metavar}` | {a.help} | needed |" for a in arguments]
    lines += [f"| {_names(o)} | {o.help} | {_default(o)} |" for o in options]
    return "\n".join([*lines, ""])


def _names(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or 'VALUE'}"
    return ", ".join(f"`{name}{value}`" for name in (*option.opts, *option.secondary_opts))


def _default(option: Any) -> str:
    if option.required:
        return "needed"
    if option.is_flag:
        return f"`{option.opts[0] if option.default else (option.secondary_opts or ['off'])[0]}`"
    return "-" if option.default in (None, "") else f"`{option.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
