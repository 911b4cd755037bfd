"""Draws valid Timelines that use every feature in combination.

`plausible` draws biology (lesions of 1e9 cells, years); `small` draws courses of a few dozen cells that the
event-by-event reference can follow. Each is a pure function of its seed.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

SITE_POOL = ("local", "nodes", "liver", "bone", "lung", "marrow", "regional")
TYPE_POOL = ("ss", "rs", "sr", "rr")


def drawn_timelines(count: int, seed: int) -> list[dict[str, Any]]:
    """Return `count` plausible documents."""
    return [plausible(Random(f"{seed}-{i}")) | {"name": f"drawn-{seed}-{i}"} for i in range(count)]


def small_timelines(count: int, seed: int) -> list[dict[str, Any]]:
    """Return `count` documents of small numbers."""
    return [small(Random(f"small-{seed}-{i}")) | {"name": f"small-{seed}-{i}"} for i in range(count)]


def plausible(rng: Random) -> dict[str, Any]:
    """Return a course with growth of 0.4-1.5% a day, found at 1e8-1e11 cells, with one to four sites and types."""
    sites = rng.sample(SITE_POOL, rng.choice([1, 1, 2, 2, 3, 4]))
    dormant = rng.random() < 0.45
    types = list(TYPE_POOL[: rng.choice([1, 1, 2, 2, 3] if not dormant else [1, 1, 2])]) + (["asleep"] if dormant else [])
    net, speed = math.exp(rng.uniform(math.log(0.004), math.log(0.015))), rng.uniform(0.02, 0.1)
    to_detection = math.log(1e10) / net
    doc: dict[str, Any] = {"sites": sites, "types": types, "dormant_types": ["asleep"] if dormant else []}
    doc["symptoms"] = [math.exp(rng.uniform(math.log(1e-12), math.log(1e-10))) if rng.random() < 0.9 else 0.0 for _ in sites]
    if not any(doc["symptoms"]):
        doc["symptoms"][0] = 5e-12
    zero = rng.choice([0.0, 0.0, 0.0, 120.0, round(0.6 * to_detection)])
    if rng.random() < 0.15:
        doc["site_kinds"] = [rng.choice(["local", "regional", "distant", "systemic"]) for _ in sites]
    doc |= {"zero": zero, "times": sorted(round(zero + to_detection * share) for share in (0.8, rng.uniform(0.9, 1.4), 2.0))}
    _epochs(rng, doc, net, speed, to_detection)
    _links(rng, doc, strength=1.0)
    _founders(rng, doc, net, mean=1.2)
    _events(rng, doc, to_detection)
    _spreads(rng, doc, to_detection)
    return doc


def _epochs(rng: Random, doc: dict[str, Any], net: float, speed: float, length: float) -> None:
    def table(value):
        return [[value(site, kind) for kind in doc["types"]] for site in doc["sites"]]

    pace = {site: rng.uniform(0.8, 1.15) for site in doc["sites"]}
    resting = rng.choice([0.0, 0.0, 2e-5])
    division = table(lambda site, kind: 0.0 if kind == "asleep" else speed * pace[site])
    death = table(lambda site, kind: resting if kind == "asleep" else (speed - net) * pace[site])
    epochs = [{"start": -3000.0, "division": division, "death": death}]
    if rng.random() < 0.5:
        slow = {kind: rng.uniform(0.5, 0.95) if i == 0 else 1.0 for i, kind in enumerate(doc["types"])}
        kill = {kind: rng.uniform(0.9, 1.1) if i == 0 else 1.0 for i, kind in enumerate(doc["types"])}
        start = rng.choice([0.0, 40.0, -60.0])
        on = {
            "start": start,
            "division": [[b * slow[k] for b, k in zip(row, doc["types"], strict=True)] for row in division],
            "death": [[d * kill[k] for d, k in zip(row, doc["types"], strict=True)] for row in death],
        }
        off = {"start": start + round(rng.uniform(0.1, 0.5) * length), "division": division, "death": death}
        epochs += [on, off]
    if rng.random() < 0.3:
        for epoch in epochs:
            epoch["extra_death"] = table(lambda site, kind: 0.0 if kind == "rr" else round(0.15 * net, 6))
    doc["epochs"] = epochs


def _links(rng: Random, doc: dict[str, Any], strength: float) -> None:
    awake = [kind for kind in doc["types"] if kind != "asleep"]
    if "asleep" in doc["types"]:
        doc["switching"] = [{"from": "asleep", "to": awake[0], "rate": strength * rng.uniform(1e-4, 8e-4)}]
        if rng.random() < 0.4:
            doc["switching"].append({"from": awake[0], "to": "asleep", "rate": strength * rng.uniform(5e-5, 3e-4)})
        if len(awake) > 1 and rng.random() < 0.5:
            doc["switching"].append({"from": "asleep", "to": awake[1], "rate": strength * rng.uniform(1e-5, 2e-4)})
    if len(awake) > 1 and rng.random() < 0.85:
        doc["mutation"] = [
            {"from": one, "to": two, "probability": strength * math.exp(rng.uniform(math.log(1e-7), math.log(1e-4)))}
            for one, two in zip(awake, awake[1:], strict=False)
        ]
        if rng.random() < 0.3:
            doc["mutation"].append({"from": awake[1], "to": awake[0], "probability": strength * 1e-6})


def _founders(rng: Random, doc: dict[str, Any], net: float, mean: float) -> None:
    rows: list[dict[str, Any]] = []
    for site in doc["sites"]:
        for kind in doc["types"]:
            draw = rng.random()
            where = {"site": site, "type": kind}
            if draw < 0.5:
                day = rng.choice([0.0, 0.0, -100.0, doc["zero"]])
                rows.append(where | {"mean": mean * math.exp(rng.gauss(0, 0.8)) * (3 if kind == "asleep" else 1), "time": day})
            elif draw < 0.6:
                rows.append(where | {"count": rng.choice([1, 2, 5, 40]), "time": 0.0})
            elif draw < 0.85:
                end = rng.choice([0.0, 30.0])
                seeding = {
                    "rate": mean * net * rng.uniform(0.3, 1.5),
                    "growth": net * rng.uniform(0.6, 1.2),
                    "from": end - 2000.0,
                    "to": end,
                }
                seeding |= {"growth_scales": 1} if rng.random() < 0.5 else {}
                rows.append(where | {"seeding": seeding})
            elif draw < 0.9 and kind != "asleep":
                rows.append(where | {"mean": 10.0 ** rng.uniform(6, 8), "time": -90.0, "known": True})
    doc["founders"] = rows or [{"site": doc["sites"][0], "type": doc["types"][0], "mean": mean, "time": 0.0}]
    if any(row.get("known") for row in rows):
        table = [[17.0 + rng.random() for _ in doc["types"]] for _ in doc["sites"]]
        growth_free = {"time": -20.0, "log_kill": table}
        doc["pulses"] = [growth_free]


def _events(rng: Random, doc: dict[str, Any], length: float) -> None:
    pulses = doc.setdefault("pulses", [])
    if rng.random() < 0.6:
        for cycle in range(rng.choice([1, 4, 8])):
            kills = [
                [
                    (0.0 if kind in ("asleep", "rr") else 0.2) + 0.4 * rng.random() * (i == 0)
                    for i, kind in enumerate(doc["types"])
                ]
                for _ in doc["sites"]
            ]
            pulses.append({"time": 14.0 + 21.0 * cycle, "log_kill": kills})
            if rng.random() < 0.3:
                pulses[-1]["log_kill_growth"] = [[0.2 * (kind != "asleep") for kind in doc["types"]] for _ in doc["sites"]]
    if rng.random() < 0.7:
        looks, every = [], round(length / rng.choice([3, 6, 12]))
        exams = rng.choice([["CT"], ["CT", "marker"], ["exam"]])
        first = rng.choice([-60.0, doc["zero"], doc["zero"] + every])
        for visit in range(rng.choice([2, 5, 12])):
            for exam in exams:
                n50 = [None if rng.random() < 0.15 else 10.0 ** rng.uniform(7.5, 9.5) for _ in doc["sites"]]
                looks.append({"time": first + visit * every, "n50": n50, "exam": exam})
        doc["looks"] = looks


def _spreads(rng: Random, doc: dict[str, Any], length: float) -> None:
    if rng.random() < 0.5:
        doc["growth_spread"] = {"sigma": rng.choice([0.1, 0.3, 0.5, 0.8])}
    if rng.random() < 0.4:
        doc["burden_spread"] = {"shape": rng.uniform(0.6, 4.0)}
    if rng.random() < 0.5:
        rate = 0.2 / length
        late = doc["zero"] + round(0.4 * length)
        doc["hazards"] = {"other_death": [{"start": rng.choice([doc["zero"], late]), "rate": rate}]}
        if rng.random() < 0.5:
            doc["hazards"]["second_primary"] = [{"start": doc["zero"] - 50.0, "rate": rate / 3}, {"start": late, "rate": rate}]


def small(rng: Random) -> dict[str, Any]:
    """Return a course of days and dozens of cells with every feature more likely than not."""
    sites = rng.sample(SITE_POOL, rng.choice([1, 2, 3]))
    types = ["ss", "rs", "asleep"][: rng.choice([1, 2, 3, 3])]
    if len(types) == 2 and rng.random() < 0.5:
        types = ["ss", "asleep"]
    zero, last = rng.choice([0.0, 0.0, 3.0]), 12.0
    doc: dict[str, Any] = {"sites": sites, "types": types, "dormant_types": [kind for kind in types if kind == "asleep"]}
    doc |= {"zero": zero, "times": [zero + 2.0, 9.0, last], "symptoms": [rng.choice([0.0, 0.004, 0.02]) for _ in sites]}
    doc["epochs"] = []
    for start in [-9.0, 1.0, 6.0][: rng.choice([1, 2, 3])]:
        division = [[0.0 if kind == "asleep" else rng.uniform(0.1, 0.6) for kind in types] for _ in sites]
        death = [[0.02 if kind == "asleep" else rng.uniform(0.1, 0.6) for kind in types] for _ in sites]
        doc["epochs"].append({"start": start, "division": division, "death": death})
        if rng.random() < 0.5:
            doc["epochs"][-1]["extra_death"] = [[rng.uniform(0, 0.1) for _ in types] for _ in sites]
    _links(rng, doc, strength=1.0)
    for row in doc.get("switching", []):
        row["rate"] *= 400
    for row in doc.get("mutation", []):
        row["probability"] = rng.uniform(0.02, 0.3)
    _small_founders(rng, doc)
    doc["pulses"] = [
        {"time": day, "log_kill": [[rng.choice([0.0, 0.3, 1.0]) for _ in types] for _ in sites]} for day in (-2.0, 2.0, 4.0)
    ]
    doc["pulses"][1]["log_kill_growth"] = [[rng.choice([0.0, 0.4]) for _ in types] for _ in sites]
    days = [(-3.0, "CT"), (zero, "CT"), (5.0, "CT"), (5.0, "marker"), (9.0, "CT"), (9.0, "marker")]
    doc["looks"] = [{"time": day, "exam": exam, "n50": [rng.choice([None, 6.0, 25.0]) for _ in sites]} for day, exam in days]
    if rng.random() < 0.6:
        doc["growth_spread"] = {"sigma": rng.choice([0.2, 0.5])}
    if rng.random() < 0.6:
        doc["burden_spread"] = {"shape": rng.uniform(0.7, 3.0)}
    if rng.random() < 0.7:
        doc["hazards"] = {
            "other_death": [{"start": -1.0, "rate": 0.01}, {"start": 4.0, "rate": 0.05}],
            "second_primary": [{"start": 3.5, "rate": 0.03}],
        }
    return doc


def _small_founders(rng: Random, doc: dict[str, Any]) -> None:
    rows: list[dict[str, Any]] = []
    for site in doc["sites"]:
        for kind in doc["types"]:
            where = {"site": site, "type": kind}
            seeding = {"rate": rng.uniform(0.1, 0.4), "growth": rng.choice([-0.1, 0.0, 0.2]), "from": -6.0, "to": 2.5}
            seeding["growth_scales"] = rng.choice([0, 1])
            choices: list[dict[str, Any]] = [
                {"mean": rng.uniform(0.4, 1.5), "time": 0.0},
                {"count": rng.choice([1, 3]), "time": -1.0},
            ]
            choices += [{"seeding": seeding}, {"mean": 3.0, "time": -4.0, "known": True}, {"mean": 1.0, "time": 5.0}]
            rows.append(where | rng.choice(choices))
    doc["founders"] = rows
