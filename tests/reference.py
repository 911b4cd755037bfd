"""The model in plain Python: one patient at a time, one event at a time, small numbers only.

Read this to see what a Timeline means. Nothing is clever: every division, death, switch and symptom of every cell is
drawn (Gillespie's direct method), every cell is tested by every look. A patient found before `zero` is drawn again.
"""

from __future__ import annotations

import math
from random import Random

MOST_CELLS = 50_000
KIND_ORDER = ("distant", "systemic", "regional", "local")


def live(doc: dict, rng: Random) -> dict:
    """Return one patient: the first finding after `zero` (day, site, route) or None, and the state at each asked time."""
    while True:
        life = attempt(doc, rng)
        if life is not None:
            break
    cause = competing_cause(doc, rng)
    return life | {"other": cause}


def attempt(doc: dict, rng: Random) -> dict | None:
    """Return one life, or None when it was found before `zero`."""
    zero, last = doc.get("zero", 0.0), max(doc["times"])
    g = math.exp((doc.get("growth_spread") or {}).get("sigma", 0.0) * rng.gauss(0, 1))
    shape = (doc.get("burden_spread") or {}).get("shape")
    u = 1.0 if shape is None else rng.gammavariate(shape, 1 / shape)
    arrivals = draw_founders(doc, rng, g, u)
    cells: dict[tuple[int, int, bool], int] = {}  # (site, type, already known) -> number of cells
    stops = sorted({day for day, _ in arrivals} | moments(doc, last) | {zero, last})
    now, states, levels, images = stops[0], {}, {}, []
    usual = {rise["exam"]: math.exp(rise.get("usual_spread", 0.0) * rng.gauss(0, 1)) for rise in doc.get("rises", [])}
    for stop in stops:
        symptom = run(doc, rng, g, cells, now, stop)
        if symptom is not None:
            return None if symptom[0] < zero else {"found": symptom, "states": states, "images": images}
        now = stop
        for day, key in arrivals:
            if day == now:
                cells[key] = cells.get(key, 0) + 1
        for pulse in doc.get("pulses", []):
            if pulse["time"] == now:
                for site, kind, known in cells:
                    kill = pulse["log_kill"][site][kind]
                    kill += g * pulse["log_kill_growth"][site][kind] if "log_kill_growth" in pulse else 0
                    number = cells[site, kind, known]
                    cells[site, kind, known] = sum(rng.random() < math.exp(-kill) for _ in range(number))
        finding = look(doc, rng, cells, now) or follow_rises(doc, rng, cells, now, (usual, levels, images))
        if finding is not None:
            return None if now < zero else {"found": finding, "states": states, "images": images}
        if now in doc["times"]:
            states[now] = state(doc, cells)
    return {"found": None, "states": states, "images": images}


def run(doc: dict, rng: Random, g: float, cells: dict, now: float, stop: float) -> tuple | None:
    """Let the cells live from `now` to `stop`; return the first symptom (day, site, route), if any."""
    zero = doc.get("zero", 0.0)
    epoch = [e for i, e in enumerate(doc["epochs"]) if i == 0 or e["start"] <= now][-1]
    while True:
        events = []
        for (site, kind, known), number in cells.items():
            name = doc["types"][kind]
            extra = epoch["extra_death"][site][kind] if "extra_death" in epoch else 0.0
            silent = known and now < zero
            events.append((number * g * epoch["division"][site][kind], "divide", site, kind, known))
            events.append((number * (g * epoch["death"][site][kind] + extra), "die", site, kind, known))
            events.append((0.0 if silent else number * doc["symptoms"][site], "symptom", site, kind, known))
            for switch in doc.get("switching", []):
                if switch["from"] == name:
                    events.append((number * switch["rate"], switch["to"], site, kind, known))
        total = sum(event[0] for event in events)
        now += rng.expovariate(total) if total > 0 else math.inf
        if now >= stop:
            return None
        _, what, site, kind, known = rng.choices(events, [event[0] for event in events])[0]
        if what == "symptom":
            return now, doc["sites"][site], "symptoms"
        if what == "divide":
            change(cells, (site, daughter(doc, rng, kind), known), +1)
        elif what == "die":
            change(cells, (site, kind, known), -1)
        else:
            change(cells, (site, kind, known), -1)
            change(cells, (site, doc["types"].index(what), known), +1)


def daughter(doc: dict, rng: Random, kind: int) -> int:
    """Return the type of the second daughter of a division; the first is of its mother's type."""
    chance = rng.random()
    for mutation in doc.get("mutation", []):
        if mutation["from"] == doc["types"][kind]:
            chance -= mutation["probability"]
            if chance < 0:
                return doc["types"].index(mutation["to"])
    return kind


def look(doc: dict, rng: Random, cells: dict, now: float) -> tuple | None:
    """Return what the looks of this moment find; the most advanced site names it, then the exam first in the file."""
    exams = [one.get("exam", "exam") for one in doc.get("looks", [])]
    here = [one for one in doc.get("looks", []) if one["time"] == now]
    here.sort(key=lambda one: exams.index(one.get("exam", "exam")))
    for site in sorted(range(len(doc["sites"])), key=lambda s: KIND_ORDER.index(site_kind(doc, s))):
        for one in here:
            n50 = one["n50"][site]
            if n50 is not None and rng.random() < 1 - 2 ** (-cells_there(doc, cells, site, now) / n50):
                return now, doc["sites"][site], one.get("exam", "exam")
    return None


def follow_rises(doc: dict, rng: Random, cells: dict, now: float, marker: tuple[dict, dict, list]) -> tuple | None:
    """Measure the markers due now and follow the rules that end now; return what an image finds. One origin per exam."""
    usual, levels, images = marker
    for rise in doc.get("rises", []):
        if now in (rise["before"], rise["time"], rise.get("repeat", rise["time"])) and (rise["exam"], now) not in levels:
            made = [(cells_there(doc, cells, site, now), rise["doubles"][site]) for site in range(len(doc["sites"]))]
            level = usual[rise["exam"]] + sum(n / doubles for n, doubles in made if doubles is not None)
            levels[rise["exam"], now] = level * math.exp(rise.get("noise", 0.0) * rng.gauss(0, 1))
    for rise in doc.get("rises", []):
        repeat = rise.get("repeat", rise["time"])
        if repeat != now:
            continue
        before, first, again = (levels[rise["exam"], day] for day in (rise["before"], rise["time"], repeat))
        if first < (1 + rise["by"]) * before or (repeat > rise["time"] and again <= first):
            continue
        images.append(now)
        for site in sorted(range(len(doc["sites"])), key=lambda s: KIND_ORDER.index(site_kind(doc, s))):
            n50 = rise["n50"][site]
            if n50 is not None and rng.random() < 1 - 2 ** (-cells_there(doc, cells, site, now) / n50):
                return now, doc["sites"][site], rise["exam"]
    return None


def cells_there(doc: dict, cells: dict, site: int, now: float) -> int:
    """Return the cells at a site that can be seen: not those of a primary that is known and not yet treated."""
    return sum(n for (s, _, known), n in cells.items() if s == site and not (known and now < doc.get("zero", 0.0)))


def state(doc: dict, cells: dict) -> str:
    dormant = [doc["types"].index(name) for name in doc.get("dormant_types", [])]
    alive = {kind for (_, kind, _), number in cells.items() if number}
    return "cured" if not alive else "inactive" if alive <= set(dormant) else "active"


def draw_founders(doc: dict, rng: Random, g: float, u: float) -> list[tuple[float, tuple[int, int, bool]]]:
    """Return (day, key) of every founder cell."""
    arrivals = []
    for row in doc["founders"]:
        key = (doc["sites"].index(row["site"]), doc["types"].index(row["type"]), bool(row.get("known", False)))
        if "count" in row:
            arrivals += [(row["time"], key)] * row["count"]
        elif "mean" in row:
            arrivals += [(row["time"], key)] * poisson(rng, u * row["mean"])
        else:
            seeding = row["seeding"]
            growth = seeding["growth"] * (g if seeding.get("growth_scales", 0) else 1)
            length = seeding["to"] - seeding["from"]
            top = u * seeding["rate"] * max(1.0, math.exp(-growth * length))
            for _ in range(poisson(rng, top * length)):  # thinning: keep an arrival in proportion to the intensity
                day = seeding["from"] + length * rng.random()
                if rng.random() * top < u * seeding["rate"] * math.exp(growth * (day - seeding["to"])):
                    arrivals.append((day, key))
    return arrivals


def competing_cause(doc: dict, rng: Random) -> tuple[float, str] | None:
    """Return day and name of the first competing cause, or None."""
    zero, first = doc.get("zero", 0.0), None
    for cause, rows in (doc.get("hazards") or {}).items():
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            start, end = max(zero, row["start"]), after["start"] if after else math.inf
            day = start + rng.expovariate(row["rate"]) if row["rate"] > 0 else math.inf
            if start < end and day < end and (first is None or day < first[0]):
                first = day, cause
    return first


def moments(doc: dict, last: float) -> set[float]:
    days = {row["time"] for key in ("pulses", "looks") for row in doc.get(key, [])}
    days |= {day for row in doc.get("rises", []) for day in (row["before"], row["time"], row.get("repeat", row["time"]))}
    days |= {epoch["start"] for epoch in doc["epochs"]} | set(doc["times"])
    return {day for day in days if day <= last}


def site_kind(doc: dict, site: int) -> str:
    default = {"local": "local", "regional": "regional", "nodes": "regional"}.get(doc["sites"][site], "distant")
    return doc["site_kinds"][site] if "site_kinds" in doc else default


def change(cells: dict, key: tuple[int, int, bool], by: int) -> None:
    cells[key] = cells.get(key, 0) + by
    if sum(cells.values()) > MOST_CELLS:
        raise OverflowError("too many cells for one event at a time")


def poisson(rng: Random, mean: float) -> int:
    number, left = 0, rng.expovariate(1.0)
    while left < mean:
        number, left = number + 1, left + rng.expovariate(1.0)
    return number
