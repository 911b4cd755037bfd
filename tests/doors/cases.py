"""What the door tests share: how to run a command, small cohorts and Timelines, and how to read a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "made_up_breast.json"
RESTING = ROOT / "examples" / "resting_cells.json"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def run(*words: str | Path, stdin: str | None = None) -> Ran:
    """Run a command in this process."""
    from remnant.cli import app

    result = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def run_alone(*words: str | Path, folder: Path | None = None) -> Ran:
    """Run a command as people do, in a process of its own."""
    command = [sys.executable, "-m", "remnant.cli", *(str(word) for word in words)]
    environment = os.environ | {"PYTHONWARNINGS": ""}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def timeline(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(RESTING.read_text(encoding="utf-8"))
    return document | changes


def write_timeline(folder: Path, **changes: Any) -> Path:
    path = folder / "timeline.json"
    path.write_text(json.dumps(timeline(**changes)), encoding="utf-8")
    return path


def cohort(rows: int = 150, seed: int = 5) -> dict[str, list[Any]]:
    """Made-up patients: some never come back, larger and node-positive cancers more often, watched for up to 3000 days."""
    draw = np.random.default_rng(seed)
    nodes = draw.poisson(2, rows)
    size = draw.uniform(10, 50, rows).round(1)
    found = draw.random(rows) < 1 - np.exp(-0.3 - 0.15 * nodes)
    day = np.where(found, draw.lognormal(6.5, 0.7, rows), np.inf)
    watched = draw.uniform(300, 3000, rows)
    time = np.maximum(np.minimum(day, watched).round(), 1)
    return {"time": time.tolist(), "event": (day <= watched).astype(int).tolist(), "nodes": nodes.tolist(), "size": size.tolist()}


def write_cohort(folder: Path, columns: dict[str, list[Any]] | None = None, name: str = "cohort.csv") -> Path:
    columns = cohort() if columns is None else columns
    rows = zip(*columns.values(), strict=True)
    path = folder / name
    path.write_text(
        "\n".join([",".join(columns), *(",".join(str(cell) for cell in row) for row in rows)]) + "\n", encoding="utf-8"
    )
    return path


class Page(HTMLParser):
    """The elements of a page, its addresses, its words and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def addresses(self) -> list[str]:
        """Everything that could be fetched: all but places on the page itself and the name of SVG."""
        return [
            value
            for tag, name, value in self.attributes
            if value and name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href") and not value.startswith("#")
        ]
