"""The exact engine: courses a second of one core, and the cost of `solve` for every reference Timeline.

Two kinds of course of catalogue size are drawn: three sites, 20 times, about 60 events, growth spread 0.8. In a
population the rates differ, so that nothing is shared; where only amounts differ, one walk answers 64 courses.

    python benchmarks/exact.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from timing import cpu_seconds

import remnant as rm

GOLDEN = Path(__file__).parents[1] / "tests" / "data" / "golden"
SITES = ["local", "bone", "liver"]
ALONE = {"types": ["sensitive", "resting"], "dormant_types": ["resting"]}
LINKED = {"types": ["sensitive", "resistant", "resting"], "dormant_types": ["resting"]}
CYCLE = [21.0 * i for i in range(8)]
VISITS = [180.0 + 90.0 * i for i in range(12)] + [1440.0 + 180.0 * i for i in range(20)]
DRUG = [(170.0, 0.95), (1995.0, 1.0)]
STEPS = 400


def course(rng: np.random.Generator, linked: bool) -> dict[str, Any]:
    """Return a course: eight cycles, a drug for five years, 32 visits with a scan; a marker at twelve of them."""
    kinds = LINKED if linked else ALONE
    awake = len(kinds["types"]) - 1
    speed, net = rng.uniform(0.03, 0.07), rng.uniform(0.006, 0.012)
    pace = rng.uniform(0.8, 1.2, len(SITES))
    rows = lambda awake_rate, resting: [[awake_rate * p] * awake + [resting] for p in pace]  # noqa: E731
    epochs = [{"start": -2000.0, "division": rows(speed, 0.0), "death": rows(speed - net, 1e-5)}]
    for start, slow in DRUG:
        division = [[row[0] * slow, *row[1:]] for row in rows(speed, 0.0)]
        epochs.append({"start": start, "division": division, "death": rows(speed - net, 1e-5)})
    kill = [[rng.uniform(0.2, 0.6)] + [0.05] * (awake - 1) + [0.0] for _ in SITES]
    looks = [{"time": day, "n50": [3e8, 1e9, 3e8], "exam": "CT"} for day in VISITS]
    looks += [{"time": day, "n50": [None, 1e8, 1e8], "exam": "marker"} for day in VISITS[:12]]
    founders = [{"site": site, "type": "resting", "mean": rng.uniform(1, 5), "time": 0.0} for site in SITES]
    founders += [{"site": site, "type": "sensitive", "mean": rng.uniform(1, 50), "time": 0.0} for site in SITES]
    waking = {"from": "resting", "to": "sensitive", "rate": rng.uniform(1e-4, 6e-4)}
    document = kinds | {
        "sites": SITES, "epochs": epochs, "symptoms": [3e-11, 1e-11, 3e-12], "looks": looks, "founders": founders,
        "pulses": [{"time": day, "log_kill": kill} for day in CYCLE], "switching": [waking],
        "growth_spread": {"sigma": 0.8}, "zero": 0.0, "times": [182.625 * (i + 1) for i in range(20)],
    }  # fmt: skip
    if linked:
        document["mutation"] = [{"from": "sensitive", "to": "resistant", "probability": 1e-6}]
    return document


def population(count: int, linked: bool, seed: int = 1) -> list[rm.Timeline]:
    """Return courses that differ in their rates."""
    rng = np.random.default_rng(seed)
    return [rm.Timeline.from_dict(course(rng, linked)) for _ in range(count)]


def alike(count: int, linked: bool, seed: int = 1) -> list[rm.Timeline]:
    """Return courses that differ only in how much was left behind."""
    rng = np.random.default_rng(seed)
    document = course(rng, linked)
    factors = rng.uniform(0.1, 10, count)
    rows = [[row | {"mean": row["mean"] * factor} for row in document["founders"]] for factor in factors]
    return [rm.Timeline.from_dict(document | {"founders": founders}) for founders in rows]


def reference_sweep(document: dict[str, Any], growth: float = 1.0) -> np.ndarray:
    """Return what a user would write: the backward equations by Runge-Kutta of order 4 with NumPy, at one growth speed.

    One lane a time, all sites at once, 400 steps in a row over the course; the events are left out.
    """
    epoch = document["epochs"][0]
    b, d = growth * np.array(epoch["division"]), growth * np.array(epoch["death"])
    sigma = np.array(document["symptoms"])[:, None]
    waking = document["switching"][0]["rate"]

    def slope(psi: np.ndarray) -> np.ndarray:
        out = (b - d - sigma) * psi - b * psi * psi + sigma
        out[:, -1] += waking * (psi[:, 0] - psi[:, -1])
        return out

    psi, h = np.zeros_like(b), document["times"][-1] / STEPS
    for _ in range(STEPS):
        k1 = slope(psi)
        k2 = slope(psi + 0.5 * h * k1)
        k3 = slope(psi + 0.5 * h * k2)
        k4 = slope(psi + h * k3)
        psi = psi + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return psi


def rate(name: str, timelines: list[rm.Timeline], reference: float) -> None:
    seconds = cpu_seconds(lambda: rm.solve_many(timelines)) / len(timelines)
    print(f"{name:46s} {1 / seconds:8.1f} courses per second of one core; one costs {seconds / reference:8.2f} reference sweeps")


def main() -> None:
    document = course(np.random.default_rng(1), linked=False)
    reference = cpu_seconds(lambda: reference_sweep(document))
    print(f"reference sweep (NumPy, {STEPS} Runge-Kutta steps, one growth speed, one time): {1e3 * reference:.2f} ms\n")
    rate("one-way dormancy, rates differ", population(8, linked=False), reference)
    rate("one-way dormancy, only amounts differ", alike(64, linked=False), reference)
    rate("mutation and dormancy, rates differ", population(3, linked=True), reference)
    rate("mutation and dormancy, only amounts differ", alike(64, linked=True), reference)
    print("\nsolve of the reference Timelines:")
    costs = []
    for path in sorted(GOLDEN.glob("*.json")):
        timeline = rm.Timeline.from_json(path)
        costs.append(cpu_seconds(lambda: rm.solve(timeline)))  # noqa: B023
        print(f"  {path.stem:28s} {1e3 * costs[-1]:8.2f} ms {costs[-1] / reference:8.2f} reference sweeps")
    print(f"  {'median':28s} {1e3 * np.median(costs):8.2f} ms")


if __name__ == "__main__":
    main()
