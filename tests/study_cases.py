"""Small studies for tests, and what lies in a folder."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

from remnant.study.design import Design, design_of

SEMINOMA: dict[str, Any] = {
    "name": "small",
    "seed": 3,
    "patients": 1200,
    "chunk_patients": 40,
    "years": 6,
    "population": {
        "course": "testis/seminoma",
        "group": [
            {"name": "low", "weight": 2, "set": {"disease.extents.I.spread": 0.13}},
            {"name": "high", "weight": 1, "set": {"disease.extents.I.spread": 0.6}},
        ],
    },
    "arm": [
        {"name": "seven", "follow_up": "testis/trisst-seven-scans-2008"},
        {"name": "three", "follow_up": "testis/trisst-three-scans-2008"},
    ],
}
COLON: dict[str, Any] = {
    "name": "colon",
    "seed": 5,
    "patients": 3000,
    "chunk_patients": 1000,
    "years": 8,
    "population": {"course": "colon", "set": {"attends": 0.8}},
    "arm": [{"name": "usual"}, {"name": "none", "follow_up": "none"}],
}


def design(document: dict[str, Any] = SEMINOMA, **changes: Any) -> Design:
    """Return a small study with some keys changed."""
    return design_of(copy.deepcopy(document) | changes)


def contents(folder: Path) -> dict[str, str]:
    """Return what every file of a study's folder holds, but for its lock and the report."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("lock", "report.html")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
