"""The validation of the catalogue as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from remnant.catalogue.published import SHARES, Target
from remnant.service import plain, stamp
from remnant.theory import laws
from remnant.validate import Checked, score, validate

Progress = Callable[[str], None]


def answer(disease: str | None = None, progress: Progress = lambda _: None) -> dict[str, Any]:
    """Return published results beside the model's, the score, and each miss with what may explain it.

    Parameters
    ----------
    disease : str, optional
        A disease, or the first part of its id; all unless given.
    progress : callable
        Told what is being done.
    """
    checked = validate(disease, progress)
    misses = [f"{one.target.id}: {one.target.miss or 'no reason known'}" for one in checked if not one.inside]
    theory = [asdict(law) | {"agrees": law.agrees} for law in laws()] if disease is None else []
    results = [_row(one) for one in checked]
    return plain({"results": results, "score": asdict(score(checked)), "misses": misses, "theory": theory, "provenance": stamp()})


def _row(one: Checked) -> dict[str, Any]:
    target, (low, high) = one.target, one.target.interval
    row = target.row
    return {
        "id": target.id, "disease": target.disease, "trial": target.trial, "measure": target.measure, "use": target.use,
        "published": target.published, "low": low, "high": high, "interval_is": target.interval_is, "model": one.model,
        "inside": one.inside, "off": one.off, "evidence": target.evidence, "source": row.source, "link": row.link,
        "shown": {"published": _shown(target, target.published), "interval": f"{_shown(target, low)} to {_shown(target, high)}",
                  "model": _shown(target, one.model)},
    }  # fmt: skip


def _shown(target: Target, value: float) -> str:
    if target.measure in (*SHARES, "difference"):
        return f"{100 * value:.1f}%"
    if target.measure == "hazard":
        return f"{100 * value:.1f}%/y"
    return f"{value:.2f} y" if target.measure.startswith("median") else f"{value:.2f}"
