"""Timelines chosen to be hard for an engine, each named after what makes it so."""

from __future__ import annotations

from typing import Any


def one(**more: Any) -> dict[str, Any]:
    """Return one type at one local site, growing 1% a day, with the given fields on top."""
    document: dict[str, Any] = {
        "sites": ["local"],
        "types": ["awake"],
        "epochs": [{"start": -1000.0, "division": [[0.05]], "death": [[0.04]]}],
        "symptoms": [3e-12],
        "founders": [{"site": "local", "type": "awake", "mean": 1.5, "time": 0.0}],
        "zero": 0.0,
        "times": [1800.0, 2600.0, 4000.0],
    }
    return document | more


def rates(division: Any, death: Any, start: float = -4000.0, **more: Any) -> dict[str, Any]:
    return {"start": start, "division": division, "death": death} | more


def look(time: float, n50: list[float | None], exam: str = "CT") -> dict[str, Any]:
    return {"time": time, "n50": n50, "exam": exam}


def resting(**more: Any) -> dict[str, Any]:
    """Return an awake and a dormant type in bone, waking one way."""
    return (
        one(
            sites=["bone"],
            types=["awake", "dormant"],
            dormant_types=["dormant"],
            epochs=[rates([[0.06, 0.0]], [[0.052, 2e-5]])],
            switching=[{"from": "dormant", "to": "awake", "rate": 4e-4}],
            founders=[
                {"site": "bone", "type": "dormant", "mean": 6.0, "time": 0.0},
                {"site": "bone", "type": "awake", "mean": 1.0, "time": 0.0},
            ],
            times=[2500.0, 4000.0, 8000.0],
        )
        | more
    )


def hard_timelines() -> list[dict[str, Any]]:
    """Return the documents."""
    cases = {
        "wide-growth": one(growth_spread={"sigma": 1.0}, times=[300.0, 1500.0, 6000.0]),
        "very-wide-growth-looks": one(
            growth_spread={"sigma": 1.2}, looks=[look(180.0 * i, [3e8]) for i in range(1, 9)], times=[180.0, 900.0, 5000.0]
        ),
        "very-long": one(times=[2_000.0, 100_000.0, 1_000_000.0]),
        "tiny-rates": one(epochs=[rates([[1e-7]], [[4e-8]])], symptoms=[1e-9], times=[100.0, 1e5, 5e6]),
        "tiny-answer": one(symptoms=[1e-30], times=[100.0, 500.0, 2000.0]),
        "critical": one(epochs=[rates([[0.05]], [[0.05]])], symptoms=[1e-6], times=[500.0, 3000.0, 20000.0]),
        "pure-death": one(epochs=[rates([[0.0]], [[0.01]])], symptoms=[1e-4], times=[10.0, 200.0, 900.0]),
        "resting-cells-stay": one(epochs=[rates([[0.0]], [[0.0]])], symptoms=[1e-4], times=[0.0, 200.0, 9000.0]),
        "sites-without-symptoms": one(
            sites=["local", "liver"],
            epochs=[rates([[0.05], [0.03]], [[0.04], [0.02]])],
            symptoms=[0.0, 0.0],
            founders=[{"site": site, "type": "awake", "mean": 1.0, "time": 0.0} for site in ("local", "liver")],
            looks=[look(1500.0, [1e8, None]), look(2100.0, [None, 1e8]), look(2600.0, [1e8, 1e9])],
        ),
        "dormancy-growth-spread": resting(
            growth_spread={"sigma": 0.8},
            switching=[{"from": "dormant", "to": "awake", "rate": 4e-4}, {"from": "awake", "to": "dormant", "rate": 2e-4}],
        ),
        "dormancy-one-way-spread": resting(growth_spread={"sigma": 0.6}, burden_spread={"shape": 0.8}, zero=1500.0),
        "mutation-back": one(
            types=["ss", "rs", "rr"],
            epochs=[
                rates([[0.07] * 3], [[0.058] * 3]),
                rates([[0.07] * 3], [[0.09, 0.07, 0.058]], 0.0),
                rates([[0.07] * 3], [[0.058] * 3], 150.0),
            ],
            mutation=[
                {"from": "ss", "to": "rs", "probability": 1e-5},
                {"from": "rs", "to": "rr", "probability": 3e-6},
                {"from": "rs", "to": "ss", "probability": 1e-6},
                {"from": "rr", "to": "rs", "probability": 2e-6},
            ],
            founders=[
                {"site": "local", "type": "ss", "mean": 50_000.0, "time": 0.0},
                {"site": "local", "type": "rs", "mean": 0.5, "time": 0.0},
            ],
            growth_spread={"sigma": 0.2},
        ),
        "frequent-mutation": one(
            types=["a", "b"],
            epochs=[rates([[0.05, 0.05]], [[0.04, 0.045]])],
            mutation=[{"from": "a", "to": "b", "probability": 0.6}, {"from": "b", "to": "a", "probability": 1.0}],
            founders=[{"site": "local", "type": "a", "mean": 4.0, "time": 0.0}],
            times=[3000.0, 5000.0, 9000.0],
        ),
        "switching-cycle": one(
            types=["a", "b", "c"],
            epochs=[rates([[0.06, 0.05, 0.0]], [[0.048, 0.04, 0.001]])],
            dormant_types=["c"],
            switching=[
                {"from": "a", "to": "b", "rate": 0.02},
                {"from": "b", "to": "c", "rate": 0.005},
                {"from": "c", "to": "a", "rate": 0.01},
            ],
            founders=[{"site": "local", "type": "c", "mean": 3.0, "time": -50.0}],
            times=[2500.0, 4000.0, 9000.0],
        ),
        "looks-at-one-moment": one(
            sites=["local", "nodes", "liver", "marrow"],
            site_kinds=["local", "regional", "distant", "systemic"],
            epochs=[rates([[0.05]] * 4, [[0.04]] * 4)],
            symptoms=[1e-12] * 4,
            founders=[
                {"site": site, "type": "awake", "mean": 0.5, "time": 0.0} for site in ("local", "nodes", "liver", "marrow")
            ],
            looks=[
                look(0.0, [1e8] * 4),
                look(1900.0, [None, 1e8, 1e9, 1e8], "CT"),
                look(1900.0, [1e8, 1e7, 1e9, None], "marker"),
                look(1900.0, [1e9] * 4, "CT"),
                look(2600.0, [1e8] * 4, "marker"),
                look(2600.0, [1e7] * 4, "CT"),
            ],
            times=[1900.0, 2600.0, 3000.0],
        ),
        "look-at-zero": one(
            zero=1700.0, looks=[look(1500.0, [1e8]), look(1700.0, [2e7]), look(2000.0, [1e8])], times=[1700.0, 2000.0, 2600.0]
        ),
        "known-before-zero": one(
            types=["s", "r"],
            epochs=[rates([[0.1, 0.1]], [[0.09, 0.09]])],
            symptoms=[1e-10],
            zero=0.0,
            times=[500.0, 1300.0, 3000.0],
            founders=[
                {"site": "local", "type": "s", "mean": 1e9, "time": -120.0, "known": True},
                {"site": "local", "type": "r", "mean": 3.0, "time": -120.0, "known": True},
            ],
            pulses=[{"time": -100.0 + 14 * i, "log_kill": [[4.0, 0.5]], "log_kill_growth": [[0.5, 0.0]]} for i in range(6)],
            looks=[look(-60.0, [1e6]), look(0.0, [1e6]), look(700.0, [1e6])],
            mutation=[{"from": "s", "to": "r", "probability": 1e-9}],
            growth_spread={"sigma": 0.15},
        ),
        "seeding-across-epochs": one(
            sites=["liver"],
            epochs=[rates([[0.05]], [[0.04]]), rates([[0.04]], [[0.042]], -300.0), rates([[0.05]], [[0.04]], 250.0)],
            founders=[
                {
                    "site": "liver",
                    "type": "awake",
                    "seeding": {"rate": 0.01, "growth": 0.009, "from": -2500.0, "to": 0.0, "growth_scales": 1},
                },
                {"site": "liver", "type": "awake", "seeding": {"rate": 0.0005, "growth": -0.001, "from": 100.0, "to": 900.0}},
            ],
            growth_spread={"sigma": 0.6},
            looks=[look(-200.0, [1e9]), look(700.0, [1e9]), look(1400.0, [1e9])],
            pulses=[{"time": -250.0, "log_kill": [[0.7]]}, {"time": 300.0, "log_kill": [[0.3]]}],
            times=[500.0, 900.0, 4000.0],
        ),
        "founders-after-zero": one(
            founders=[
                {"site": "local", "type": "awake", "mean": 1.0, "time": 900.0},
                {"site": "local", "type": "awake", "count": 2, "time": 2600.0},
                {"site": "local", "type": "awake", "mean": 0.2, "time": 0.0},
            ],
            burden_spread={"shape": 1.1},
            times=[1800.0, 2600.0, 6000.0],
        ),
        "late-landmark": resting(
            zero=5000.0, times=[5000.0, 6500.0, 12000.0], looks=[look(500.0 * i, [1e9]) for i in range(2, 14)]
        ),
        "growth-scaled-kill": one(
            pulses=[{"time": 21.0 * i, "log_kill": [[0.1]], "log_kill_growth": [[0.25]]} for i in range(1, 9)],
            growth_spread={"sigma": 0.5},
            founders=[{"site": "local", "type": "awake", "mean": 20.0, "time": 0.0}],
            times=[1500.0, 3000.0, 9000.0],
        ),
        "immune": one(
            epochs=[rates([[0.05]], [[0.04]], extra_death=[[0.009]]), rates([[0.05]], [[0.04]], 600.0, extra_death=[[0.002]])],
            growth_spread={"sigma": 0.4},
            founders=[{"site": "local", "type": "awake", "mean": 10.0, "time": 0.0}],
        ),
        "late-hazards": one(
            hazards={
                "other_death": [{"start": 1000.0, "rate": 1e-4}, {"start": 2200.0, "rate": 5e-4}],
                "second_primary": [{"start": -500.0, "rate": 2e-5}],
            },
            looks=[look(1900.0, [1e8])],
            growth_spread={"sigma": 0.3},
        ),
        "four-by-four": one(
            sites=["local", "nodes", "liver", "bone"],
            types=["ss", "rs", "rr", "asleep"],
            dormant_types=["asleep"],
            epochs=[rates([[0.05, 0.05, 0.05, 0.0]] * 4, [[0.04, 0.04, 0.041, 1e-5]] * 4)],
            symptoms=[3e-12, 2e-12, 1e-12, 5e-12],
            switching=[{"from": "asleep", "to": "ss", "rate": 3e-4}, {"from": "ss", "to": "asleep", "rate": 1e-4}],
            mutation=[{"from": "ss", "to": "rs", "probability": 1e-5}, {"from": "rs", "to": "rr", "probability": 1e-5}],
            founders=[{"site": site, "type": "asleep", "mean": 1.0, "time": 0.0} for site in ("liver", "bone")]
            + [{"site": site, "type": "ss", "mean": 0.5, "time": 0.0} for site in ("local", "nodes", "liver", "bone")],
            pulses=[{"time": 21.0 * i, "log_kill": [[0.4, 0.1, 0.0, 0.0]] * 4} for i in range(1, 5)],
            looks=[look(365.0 * i, [3e8, 1e9, 3e8, None]) for i in range(1, 8)],
            growth_spread={"sigma": 0.3},
            times=[1500.0, 2500.0, 5000.0],
        ),
        "counts-and-gamma": one(
            founders=[
                {"site": "local", "type": "awake", "count": 3, "time": 0.0},
                {"site": "local", "type": "awake", "mean": 2.0, "time": 0.0},
            ],
            burden_spread={"shape": 0.5},
            growth_spread={"sigma": 0.2},
        ),
        "equal-after-a-look": one(
            types=["a", "b", "c"],
            dormant_types=["c"],
            epochs=[rates([[0.23, 0.18, 0.0]], [[0.23, 0.18, 0.0]])],
            symptoms=[0.0],
            switching=[
                {"from": "c", "to": "a", "rate": 0.3},
                {"from": "a", "to": "c", "rate": 0.11},
                {"from": "c", "to": "b", "rate": 0.05},
            ],
            mutation=[{"from": "a", "to": "b", "probability": 0.3}],
            founders=[
                {"site": "local", "type": "a", "count": 2, "time": 0.0},
                {"site": "local", "type": "c", "count": 1, "time": 0.0},
            ],
            pulses=[{"time": 2.0, "log_kill": [[0.3, 1.0, 1.0]]}],
            looks=[look(5.0, [6.0]), look(9.0, [25.0])],
            times=[5.0, 9.5, 12.0],
        ),
        "unseen-for-long": resting(
            epochs=[rates([[0.9, 0.0]], [[0.1, 0.0]])],
            symptoms=[0.0],
            looks=[look(1500.0, [1e9])],
            times=[800.0, 1500.0, 2000.0],
            growth_spread={"sigma": 0.3},
        ),
        "waking-after-decades": resting(
            switching=[{"from": "dormant", "to": "awake", "rate": 1e-4}, {"from": "awake", "to": "dormant", "rate": 2e-4}],
            hazards={"other_death": [{"start": 0.0, "rate": 2e-5}]},
            times=[2500.0, 20_000.0, 150_000.0],
        ),
        "nothing-there": one(
            founders=[
                {"site": "local", "type": "awake", "mean": 0.0, "time": 0.0},
                {"site": "local", "type": "awake", "count": 0, "time": 0.0},
            ]
        ),
    }
    return [document | {"name": name} for name, document in cases.items()]
