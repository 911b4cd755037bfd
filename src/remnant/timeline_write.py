"""Writes a Timeline as the plain data of its file format."""

from __future__ import annotations

import math
from typing import Any

from remnant.reading import Floats
from remnant.timeline import FORMAT_VERSION, Epoch, Founder, Hazard, Look, Pulse, Rise, Timeline


def write_timeline(timeline: Timeline) -> dict[str, Any]:
    """Return the document that reads back to this Timeline; what is absent or has no effect is left out."""
    document: dict[str, Any] = {"version": FORMAT_VERSION}
    if timeline.name:
        document["name"] = timeline.name
    document |= {
        "sites": list(timeline.sites),
        "types": list(timeline.types),
        "dormant_types": list(timeline.dormant_types),
        "site_kinds": list(timeline.site_kinds),
        "epochs": [_epoch(epoch) for epoch in timeline.epochs],
        "switching": [{"from": s.source, "to": s.target, "rate": s.rate} for s in timeline.switching],
        "mutation": [{"from": m.source, "to": m.target, "probability": m.probability} for m in timeline.mutation],
        "founders": [_founder(founder) for founder in timeline.founders],
        "pulses": [_pulse(pulse) for pulse in timeline.pulses],
        "looks": [_look(look) for look in timeline.looks],
        "symptoms": timeline.symptoms.tolist(),
        "zero": timeline.zero,
    }
    if timeline.times.size:
        document["times"] = timeline.times.tolist()
    if timeline.growth_spread > 0:
        document["growth_spread"] = {"sigma": timeline.growth_spread}
    if math.isfinite(timeline.burden_spread):
        document["burden_spread"] = {"shape": timeline.burden_spread}
    if timeline.rises:
        document["rises"] = [_rise(rise) for rise in timeline.rises]
    causes = {"other_death": timeline.other_death, "second_primary": timeline.second_primary}
    if hazards := {cause: _hazards(rows) for cause, rows in causes.items() if rows}:
        document["hazards"] = hazards
    return document


def _any(table: Floats) -> bool:
    return bool((table != 0).any())


def _epoch(epoch: Epoch) -> dict[str, Any]:
    fields = {"start": epoch.start, "division": epoch.division.tolist(), "death": epoch.death.tolist()}
    return fields | ({"extra_death": epoch.extra_death.tolist()} if _any(epoch.extra_death) else {})


def _pulse(pulse: Pulse) -> dict[str, Any]:
    fields = {"time": pulse.time, "log_kill": pulse.log_kill.tolist()}
    return fields | ({"log_kill_growth": pulse.log_kill_growth.tolist()} if _any(pulse.log_kill_growth) else {})


def _look(look: Look) -> dict[str, Any]:
    return {"time": look.time, "n50": _cells(look.n50), "exam": look.exam}


def _cells(row: Floats) -> list[float | None]:
    return [None if math.isinf(cells) else cells for cells in row.tolist()]


def _rise(rise: Rise) -> dict[str, Any]:
    numbers = {name: getattr(rise, name) for name in ("time", "before", "repeat", "by", "exam", "usual_spread", "noise")}
    return numbers | {"doubles": _cells(rise.doubles), "n50": _cells(rise.n50)}


def _founder(founder: Founder) -> dict[str, Any]:
    fields: dict[str, Any] = {"site": founder.site, "type": founder.type}
    if founder.seeding is not None:
        seeding = founder.seeding
        fields["seeding"] = {
            "rate": seeding.rate, "growth": seeding.growth, "from": seeding.start, "to": seeding.end,
            "growth_scales": int(seeding.growth_scales),
        }  # fmt: skip
    else:
        fields["time"] = founder.time
        fields |= {"mean": founder.mean} if founder.mean is not None else {"count": founder.count}
    return fields | ({"known": True} if founder.known else {})


def _hazards(rows: tuple[Hazard, ...]) -> list[dict[str, float]]:
    return [{"start": row.start, "rate": row.rate} for row in rows]
