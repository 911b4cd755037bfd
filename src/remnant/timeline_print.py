"""A Timeline as a table that a person can check, line by line in the order of time."""

from __future__ import annotations

import math
from collections.abc import Iterator

from remnant.reading import Floats
from remnant.timeline import Founder, Timeline


def print_timeline(timeline: Timeline) -> str:
    """Return the Timeline as text: what exists, then every event in order of time."""
    rows = sorted(_events(timeline), key=lambda row: row[0])
    width = max((len(what) for _, what, _ in rows), default=0)
    lines = [*_head(timeline), "", f"{'day':>10}  {'what':<{width}}  numbers"]
    lines += [f"{day:>10g}  {what:<{width}}  {numbers}".rstrip() for day, what, numbers in rows]
    return "\n".join(lines)


def _head(timeline: Timeline) -> Iterator[str]:
    yield f"Timeline {timeline.name}".rstrip()
    kinds = (site if site == kind else f"{site} ({kind})" for site, kind in zip(timeline.sites, timeline.site_kinds, strict=True))
    yield f"sites     {', '.join(kinds)}"
    types = (t + (" (dormant)" if rests else "") for t, rests in zip(timeline.types, timeline.dormant, strict=True))
    yield f"types     {', '.join(types)}"
    for switch in timeline.switching:
        yield f"switching {switch.source} to {switch.target}: {switch.rate:g} per cell per day"
    for change in timeline.mutation:
        yield f"mutation  {change.source} to {change.target}: {change.probability:g} per division"
    yield (
        "symptoms  "
        + ", ".join(f"{s} {rate:g}" for s, rate in zip(timeline.sites, timeline.symptoms, strict=True))
        + " per cell per day"
    )
    if timeline.growth_spread:
        yield f"growth    speed differs between patients: sigma of ln g {timeline.growth_spread:g}"
    if math.isfinite(timeline.burden_spread):
        yield f"burden    differs between patients: gamma shape {timeline.burden_spread:g}"
    yield "times     " + (", ".join(f"{t:g}" for t in timeline.times) or "none asked yet")


def _events(timeline: Timeline) -> Iterator[tuple[float, str, str]]:
    yield timeline.zero, "zero", "detection counts from here"
    for epoch in timeline.epochs:
        yield epoch.start, "epoch: division", _table(timeline, epoch.division)
        yield epoch.start, "epoch: death", _table(timeline, epoch.death)
        if (epoch.extra_death != 0).any():
            yield epoch.start, "epoch: extra death", _table(timeline, epoch.extra_death)
    for founder in timeline.founders:
        yield _founder(founder)
    for pulse in timeline.pulses:
        yield pulse.time, "pulse: log-kill", _table(timeline, pulse.log_kill)
        if (pulse.log_kill_growth != 0).any():
            yield pulse.time, "pulse: log-kill per g", _table(timeline, pulse.log_kill_growth)
    for look in timeline.looks:
        seen = (f"{s} n50 {n:g}" for s, n in zip(timeline.sites, look.n50, strict=True) if math.isfinite(n))
        yield look.time, f"look: {look.exam}", ", ".join(seen) or "sees no site"
    for rise in timeline.rises:
        again = f", higher still on day {rise.repeat:g}" if rise.repeat > rise.time else ""
        image = ", ".join(f"{s} n50 {n:g}" for s, n in zip(timeline.sites, rise.n50, strict=True) if math.isfinite(n))
        made = ", ".join(f"{s} {n:g}" for s, n in zip(timeline.sites, rise.doubles, strict=True) if math.isfinite(n))
        words = f"up by {rise.by:g} since day {rise.before:g}{again}: image, {image}; cells that double the level: {made}"
        yield rise.time, f"rise: {rise.exam}", f"{words}; usual sigma {rise.usual_spread:g}, noise {rise.noise:g}"
    for cause, hazards in (("other death", timeline.other_death), ("second primary", timeline.second_primary)):
        for hazard in hazards:
            yield hazard.start, f"hazard: {cause}", f"{hazard.rate:g} per day"


def _founder(founder: Founder) -> tuple[float, str, str]:
    where = f"{founder.type} at {founder.site}" + (", already known" if founder.known else "")
    if founder.seeding is not None:
        s = founder.seeding
        grows = " times g" if s.growth_scales else ""
        return (
            s.start,
            "founders by seeding",
            f"{where}: {s.rate:g} per day at day {s.end:g}, growing {s.growth:g} per day{grows}",
        )
    assert founder.time is not None
    amount = f"mean {founder.mean:g}" if founder.mean is not None else f"exactly {founder.count}"
    return founder.time, "founders", f"{where}: {amount}"


def _table(timeline: Timeline, table: Floats) -> str:
    rows = []
    for site, row in zip(timeline.sites, table, strict=True):
        if len(set(row.tolist())) == 1:
            rows.append(f"{site} {row[0]:g}")
        else:
            rows.append(f"{site} " + " ".join(f"{t} {x:g}" for t, x in zip(timeline.types, row, strict=True)))
    return "; ".join(rows)
