"""Draw the picture of the README from the exact engine's answer to a made-up Timeline."""

from __future__ import annotations

import json
from pathlib import Path

from remnant.report_outlook import states_picture
from remnant.service import solve
from remnant.svg import on_its_own

PICTURE = Path(__file__).with_name("img") / "outlook.svg"
EXAMPLE = Path(__file__).parent.parent / "examples" / "made_up_breast.json"


def picture() -> str:
    """Return the picture as a file of its own, light and dark."""
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return on_its_own(states_picture(solve({"timeline": document})))


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
