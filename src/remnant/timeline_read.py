"""Reads and checks the Timeline file format."""

from __future__ import annotations

import math
from collections.abc import Callable

from remnant.errors import InputError
from remnant.reading import Floats, Item, frozen
from remnant.timeline import (
    COMPETING_CAUSES,
    FORMAT_VERSION,
    SITE_KINDS,
    SYMPTOMS_ROUTE,
    UNNAMED_EXAM,
    Epoch,
    Founder,
    Hazard,
    Look,
    Mutation,
    Pulse,
    Rise,
    Seeding,
    Switch,
    Timeline,
    default_site_kind,
    empty_table,
)

# Wide enough for any biology, narrow enough that no product below overflows.
MOST_RATE_PER_DAY = 1e4
MOST_DAYS = 1e7
MOST_CELLS = 1e18
MOST_LOG_KILL = 1e6
MOST_GROWTH_SPREAD = 4.0
MOST_COUNT = 10**15
LEAST_SHAPE, MOST_SHAPE = 1e-3, 1e9
"""Of the spread of burden between patients."""
MOST_LOG_SEEDING = 600.0
MOST_RISES = 64
"""Of one Timeline: the sampler notes each in one bit of a number."""

_REQUIRED = ("sites", "types", "epochs", "symptoms", "founders")
_OPTIONAL = (
    "version", "name", "expected", "dormant_types", "site_kinds", "switching", "mutation", "pulses", "looks",
    "rises", "growth_spread", "burden_spread", "zero", "times", "hazards",
)  # fmt: skip
Shape = tuple[int, int]


def read_timeline(document: Item) -> Timeline:
    """Return the checked Timeline of a document."""
    top = document.mapping(_REQUIRED, _OPTIONAL)
    if "version" in top and top["version"].value != FORMAT_VERSION:
        raise InputError("version", f"must be {FORMAT_VERSION}", top["version"].value)
    sites, types = top["sites"].names(least=1), top["types"].names(least=1)
    shape = (len(sites), len(types))
    zero = top["zero"].number(-MOST_DAYS, MOST_DAYS) if "zero" in top else 0.0
    causes = top["hazards"].mapping((), COMPETING_CAUSES) if "hazards" in top else {}
    timeline = Timeline(
        sites=sites,
        types=types,
        dormant_types=top["dormant_types"].names(among=types) if "dormant_types" in top else (),
        site_kinds=_site_kinds(top.get("site_kinds"), sites),
        epochs=_epochs(top["epochs"], shape),
        switching=tuple(Switch(*pair) for pair in _pairs(top.get("switching"), types, "rate", MOST_RATE_PER_DAY)),
        mutation=_mutation(top.get("mutation"), types),
        founders=tuple(_founder(item, sites, types) for item in top["founders"].items()),
        pulses=tuple(_pulse(item, shape) for item in _list(top.get("pulses"))),
        looks=tuple(_look(item, shape[0]) for item in _list(top.get("looks"))),
        rises=_rises(top.get("rises"), shape[0]),
        symptoms=top["symptoms"].row(shape[0], "site", _rate),
        growth_spread=_spread(top.get("growth_spread"), "sigma", 0.0, lambda i: i.number(0, MOST_GROWTH_SPREAD)),
        burden_spread=_spread(top.get("burden_spread"), "shape", math.inf, lambda i: i.number(LEAST_SHAPE, MOST_SHAPE)),
        zero=zero,
        times=read_times(top["times"], zero) if "times" in top else frozen([]),
        other_death=_hazards(causes.get("other_death")),
        second_primary=_hazards(causes.get("second_primary")),
        name=top["name"].text() if top.get("name") and top["name"].value else "",
    )
    check_founders_in_time(timeline)
    return timeline


def read_times(item: Item, zero: float) -> Floats:
    """Return the times asked for, in days, none before `zero`."""
    times = []
    for one in item.items(least=1):
        day = one.number(-MOST_DAYS, MOST_DAYS)
        if day < zero:
            raise InputError(one.path, f"must not be before zero, day {zero:g}", day)
        times.append(day)
    return frozen(times)


def check_founders_in_time(timeline: Timeline) -> None:
    """Refuse founders later than the last time asked for."""
    if timeline.times.size == 0:
        return
    last = float(timeline.times.max())
    for i, founder in enumerate(timeline.founders):
        if founder.last > last:
            where = f"founders[{i}].seeding.to" if founder.seeding else f"founders[{i}].time"
            raise InputError(where, f"must not be after the last time asked for, day {last:g}", founder.last)


def _list(item: Item | None) -> list[Item]:
    return item.items() if item is not None else []


def _rate(item: Item) -> float:
    return item.number(0, MOST_RATE_PER_DAY)


def _rates(item: Item, shape: Shape) -> Floats:
    return item.table(shape, 0, MOST_RATE_PER_DAY)


def _day(item: Item) -> float:
    return item.number(-MOST_DAYS, MOST_DAYS)


def _site_kinds(item: Item | None, sites: tuple[str, ...]) -> tuple[str, ...]:
    if item is None:
        return tuple(default_site_kind(site) for site in sites)
    kinds = item.items()
    if len(kinds) != len(sites):
        raise InputError(item.path, f"must have one kind per site, {len(sites)}", f"{len(kinds)} of them")
    return tuple(kind.text(among=SITE_KINDS) for kind in kinds)


def _epochs(item: Item, shape: Shape) -> tuple[Epoch, ...]:
    epochs: list[Epoch] = []
    for one in item.items(least=1):
        fields = one.mapping(("start", "division", "death"), ("extra_death",))
        start = _day(fields["start"])
        if epochs and start <= epochs[-1].start:
            raise InputError(fields["start"].path, f"must be after the epoch before it, day {epochs[-1].start:g}", start)
        division, death = (_rates(fields[name], shape) for name in ("division", "death"))
        extra = _rates(fields["extra_death"], shape) if "extra_death" in fields else empty_table(shape)
        epochs.append(Epoch(start, division, death, extra))
    return tuple(epochs)


def _pairs(item: Item | None, types: tuple[str, ...], number: str, most: float) -> list[tuple[str, str, float]]:
    pairs: list[tuple[str, str, float]] = []
    for one in _list(item):
        fields = one.mapping(("from", "to", number))
        source, target = fields["from"].text(among=types), fields["to"].text(among=types)
        if source == target:
            raise InputError(fields["to"].path, "must differ from `from`", target)
        if any((source, target) == pair[:2] for pair in pairs):
            raise InputError(one.path, "must not repeat an earlier from-to pair", f"{source} to {target}")
        pairs.append((source, target, fields[number].number(0, most)))
    return pairs


def _mutation(item: Item | None, types: tuple[str, ...]) -> tuple[Mutation, ...]:
    mutations = tuple(Mutation(*pair) for pair in _pairs(item, types, "probability", 1.0))
    for name in types:
        total = math.fsum(m.probability for m in mutations if m.source == name)
        if total > 1:
            raise InputError("mutation", f"probabilities from {name!r} must sum to at most 1", total)
    return mutations


def _founder(item: Item, sites: tuple[str, ...], types: tuple[str, ...]) -> Founder:
    fields = item.mapping(("site", "type"), ("time", "mean", "count", "seeding", "known"))
    given = [key for key in ("mean", "count", "seeding") if key in fields]
    if len(given) != 1:
        raise InputError(item.path, "needs exactly one of mean, count, seeding", ", ".join(given) or "none")
    if ("time" in fields) == (given[0] == "seeding"):
        rule = "`time` goes with mean and count, and only with them"
        raise InputError(f"{item.path}.time", rule, fields["time"].value if "time" in fields else "nothing")
    return Founder(
        site=fields["site"].text(among=sites),
        type=fields["type"].text(among=types),
        time=_day(fields["time"]) if "time" in fields else None,
        mean=fields["mean"].number(0, MOST_CELLS) if "mean" in fields else None,
        count=fields["count"].whole(0, MOST_COUNT) if "count" in fields else None,
        seeding=_seeding(fields["seeding"]) if "seeding" in fields else None,
        known=fields["known"].flag() if "known" in fields else False,
    )


def _seeding(item: Item) -> Seeding:
    fields = item.mapping(("rate", "growth", "from", "to"), ("growth_scales",))
    start, end = _day(fields["from"]), _day(fields["to"])
    if end <= start:
        raise InputError(fields["to"].path, f"must be after `from`, day {start:g}", end)
    growth = fields["growth"].number(-MOST_RATE_PER_DAY, MOST_RATE_PER_DAY)
    if -growth * (end - start) > MOST_LOG_SEEDING:
        raise InputError(fields["growth"].path, f"must not shrink by more than e^{MOST_LOG_SEEDING:g} in all", growth)
    scales = fields["growth_scales"].value if "growth_scales" in fields else 0
    if scales not in (0, 1):
        raise InputError(fields["growth_scales"].path, "must be 0 or 1", scales)
    return Seeding(fields["rate"].number(0, MOST_CELLS), growth, start, end, bool(scales))


def _pulse(item: Item, shape: Shape) -> Pulse:
    fields = item.mapping(("time", "log_kill"), ("log_kill_growth",))
    kill = fields["log_kill"].table(shape, 0, MOST_LOG_KILL)
    growth = fields["log_kill_growth"].table(shape, 0, MOST_LOG_KILL) if "log_kill_growth" in fields else empty_table(shape)
    return Pulse(_day(fields["time"]), kill, growth)


def _look(item: Item, sites: int) -> Look:
    fields = item.mapping(("time", "n50"), ("exam",))
    return Look(_day(fields["time"]), fields["n50"].row(sites, "site", _cells), _exam(fields.get("exam")))


def _cells(item: Item) -> float:
    return math.inf if item.value is None else item.number(0, above=0)


def _exam(item: Item | None) -> str:
    exam = item.text() if item is not None else UNNAMED_EXAM
    if item is not None and exam == SYMPTOMS_ROUTE:
        raise InputError(item.path, f"must not be {SYMPTOMS_ROUTE!r}, the route without an exam", exam)
    return exam


def _rises(item: Item | None, sites: int) -> tuple[Rise, ...]:
    rises = tuple(_rise(one, sites) for one in _list(item))
    if item is not None and len(rises) > MOST_RISES:
        raise InputError(item.path, f"must have at most {MOST_RISES} rises", len(rises))
    return rises


def _rise(item: Item, sites: int) -> Rise:
    fields = item.mapping(("time", "before", "by", "doubles", "n50", "exam"), ("repeat", "usual_spread", "noise"))
    time, before = _day(fields["time"]), _day(fields["before"])
    if before >= time:
        raise InputError(fields["before"].path, f"must be before `time`, day {time:g}", before)
    repeat = _day(fields["repeat"]) if "repeat" in fields else time
    if repeat < time:
        raise InputError(fields["repeat"].path, f"must not be before `time`, day {time:g}", repeat)
    spreads = [fields[name].number(0, MOST_GROWTH_SPREAD) if name in fields else 0.0 for name in ("usual_spread", "noise")]
    return Rise(
        time, before, repeat, fields["by"].number(0, MOST_RATE_PER_DAY), fields["doubles"].row(sites, "site", _cells),
        fields["n50"].row(sites, "site", _cells), _exam(fields["exam"]), *spreads,
    )  # fmt: skip


def _spread(item: Item | None, key: str, absent: float, read: Callable[[Item], float]) -> float:
    return absent if item is None else read(item.mapping((key,))[key])


def _hazards(item: Item | None) -> tuple[Hazard, ...]:
    hazards: list[Hazard] = []
    for one in _list(item):
        fields = one.mapping(("start", "rate"))
        start = _day(fields["start"])
        if hazards and start <= hazards[-1].start:
            raise InputError(fields["start"].path, f"must be after the one before it, day {hazards[-1].start:g}", start)
        hazards.append(Hazard(start, _rate(fields["rate"])))
    return tuple(hazards)
