"""The exact engine against formulas that can be derived on one sheet of paper; relative errors only.

Types that do not feed each other follow a closed form in the engine too: 1e-9. Types that do (waking, mutation) are
promised to 1e-8 a step of the ratio: 1e-7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from checks import close
from scipy.integrate import quad

import remnant as rm

ALONE, COUPLED = 1e-9, 1e-7


def course(**more: Any) -> dict[str, Any]:
    """Return one founder cell of one dying type, asked for on days 10, 50 and 200."""
    document: dict[str, Any] = {
        "sites": ["bone"], "types": ["a"], "symptoms": [0.0], "times": [10.0, 50.0, 200.0],
        "epochs": [{"start": -1000.0, "division": [[0.0]], "death": [[0.01]]}],
        "founders": [{"site": "bone", "type": "a", "count": 1, "time": 0.0}],
    }  # fmt: skip
    return document | more


def rates(division: list[float], death: list[float], **more: Any) -> list[dict[str, Any]]:
    return [{"start": -1000.0, "division": [division], "death": [death]} | more]


def founder(**more: Any) -> dict[str, Any]:
    return {"site": "bone", "type": "a", "time": 0.0} | more


def look(time: float, n50: float = 1.0) -> dict[str, Any]:
    return {"time": time, "n50": [n50]}


@dataclass(frozen=True)
class Case:
    """A document, the curve that has a formula, its values over the document's times, and a planted fault."""

    name: str
    document: dict[str, Any]
    curve: str
    wanted: Any
    rel: float
    fault: dict[str, Any]


def extinction(b: float, d: float, t: float) -> float:
    grown = math.exp((b - d) * t)
    return d * (grown - 1) / (b * grown - d) if b != d else b * t / (1 + b * t)


def noticed(b: float, d: float, sigma: float, t: float) -> float:
    """Return the chance that the lineage of one cell makes symptoms within t: a Riccati equation by tanh."""
    r = b - d - sigma
    root = math.sqrt(r * r + 4 * b * sigma)
    half = math.tanh(root * t / 2)
    return 2 * sigma * half / (root - r * half)


def over(document: dict[str, Any], formula: Any) -> np.ndarray:
    return np.array([formula(t) for t in document["times"]])


def birth_death_cases() -> list[Case]:
    grows, steady = course(epochs=rates([0.05], [0.03])), course(epochs=rates([0.04], [0.04]))
    swapped, slower = {"epochs": rates([0.03], [0.05])}, {"epochs": rates([0.04], [0.039])}
    poisson = grows | {"founders": [founder(mean=3.0)]}
    few = grows | {"founders": [founder(count=4)]}
    felt = course(epochs=rates([0.06], [0.05]), symptoms=[1e-3])
    even = course(epochs=rates([0.05], [0.05]), symptoms=[2e-3])
    dying = course(symptoms=[2e-3])
    many = course(epochs=rates([0.06], [0.05]), symptoms=[1e-3], founders=[founder(mean=2.5), founder(mean=0.5)])
    lost = {"symptoms": [1.001e-3]}
    return [
        Case("extinct one cell", grows, "cured", over(grows, lambda t: extinction(0.05, 0.03, t)), ALONE, swapped),
        Case("extinct critical", steady, "cured", over(steady, lambda t: extinction(0.04, 0.04, t)), ALONE, slower),
        Case("extinct four cells", few, "cured", over(few, lambda t: extinction(0.05, 0.03, t) ** 4), ALONE, swapped),
        Case(
            "extinct Poisson",
            poisson,
            "cured",
            over(poisson, lambda t: math.exp(-3 * (1 - extinction(0.05, 0.03, t)))),
            ALONE,
            swapped,
        ),
        Case("noticed", felt, "recurred", over(felt, lambda t: noticed(0.06, 0.05, 1e-3, t)), ALONE, lost),
        Case("noticed critical", even, "recurred", over(even, lambda t: noticed(0.05, 0.05, 2e-3, t)), ALONE, lost),
        Case("noticed dying", dying, "recurred", over(dying, lambda t: 2e-3 / 0.012 * -math.expm1(-0.012 * t)), ALONE, lost),
        Case(
            "noticed Poisson", many, "recurred", over(many, lambda t: -math.expm1(-3 * noticed(0.06, 0.05, 1e-3, t))), ALONE, lost
        ),
        Case(
            "noticed at last", felt | {"times": [1e5]}, "recurred", [(0.009 + math.sqrt(0.009**2 + 2.4e-4)) / 0.12], ALONE, lost
        ),
    ]


def look_cases() -> list[Case]:
    c = 0.5  # n50 of one cell: a cell is seen half of the time
    single = course(looks=[look(10.0)])
    twice = course(looks=[look(10.0), look(50.0, 2.0)])
    c2 = 1 - 2**-0.5
    yule = course(epochs=rates([0.03], [0.0]), looks=[look(50.0, 7.0)], times=[50.0, 200.0])
    q = 2 ** (-1 / 7)
    unseen = q * math.exp(-1.5) / (1 - q * (1 - math.exp(-1.5)))
    killed = single | {"pulses": [{"time": 5.0, "log_kill": [[1.3]]}]}
    same_day = single | {"pulses": [{"time": 10.0, "log_kill": [[1.3]]}]}
    pulse_late = {"pulses": [{"time": 10.5, "log_kill": [[1.3]]}]}
    tiny = course(looks=[look(10.0, 1e12)])
    two = [math.log1p(-c * math.exp(-0.1)), math.log(1 - c * math.exp(-0.1) - (1 - c) * c2 * math.exp(-0.5))]
    return [
        Case("one look", single, "recurred", [c * math.exp(-0.1)] * 3, ALONE, {"looks": []}),
        Case("two looks", twice, "recurrence_free", np.exp([two[0], two[1], two[1]]), ALONE, {"looks": twice["looks"][:1]}),
        Case("look at Yule", yule, "recurrence_free", [unseen] * 2, ALONE, {"looks": [look(50.0, 7.1)]}),
        Case("pulse then look", killed, "recurred", [c * math.exp(-1.4)] * 3, ALONE, {"pulses": []}),
        Case("pulse acts before a look", same_day, "recurred", [c * math.exp(-1.4)] * 3, ALONE, pulse_late),
        Case(
            "hardly seen",
            tiny,
            "recurred",
            [-math.expm1(-math.log(2) / 1e12) * math.exp(-0.1)] * 3,
            ALONE,
            {"looks": [look(10.0, 2e12)]},
        ),
        Case(
            "look of last day counts",
            course(looks=[look(200.0)]),
            "recurred",
            [0, 0, c * math.exp(-2)],
            ALONE,
            {"looks": [look(199.0)]},
        ),
    ]


def seeding_cases() -> list[Case]:
    c, d, span = 0.5, 0.01, 300.0
    seeding = {"rate": 0.02, "growth": 0.0, "from": -span, "to": 0.0}
    row = {"site": "bone", "type": "a", "seeding": seeding}
    flat = course(founders=[row], looks=[look(10.0)])
    growing = flat | {"founders": [row | {"seeding": seeding | {"growth": 0.004}}]}
    placed = 0.02 * -math.expm1(-d * span) / d
    grown = 0.02 * -math.expm1(-(d + 0.004) * span) / (d + 0.004)
    gamma = flat | {"burden_spread": {"shape": 0.7}}
    late = flat | {"founders": [row | {"seeding": seeding | {"from": -299.0}}]}
    cut = flat | {"looks": [look(-100.0)], "zero": -200.0, "times": [-100.0, 0.0]}
    early = 0.02 * -math.expm1(-d * 200) / d
    return [
        Case("seeding", flat, "recurred", [-math.expm1(-c * math.exp(-0.1) * placed)] * 3, ALONE, late),
        Case("seeding grows", growing, "recurred", [-math.expm1(-c * math.exp(-0.1) * grown)] * 3, ALONE, flat),
        Case(
            "seeding with gamma",
            gamma,
            "recurrence_free",
            [(1 + c * math.exp(-0.1) * placed / 0.7) ** -0.7] * 3,
            ALONE,
            {"burden_spread": {"shape": 0.71}},
        ),
        Case("look amid seeding", cut, "recurred", [-math.expm1(-c * early)] * 2, ALONE, cut | {"looks": [look(-90.0)]}),
    ]


def spread_cases() -> list[Case]:
    b, c = 0.03, 1 - 2 ** (-1 / 500)

    def seen(t: float, sigma: float) -> float:
        def unseen(z: float) -> float:
            shrunk = math.exp(-b * t * math.exp(sigma * z))
            return c / (1 - (1 - c) * (1 - shrunk)) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        pieces = np.linspace(-9, 9, 73)
        return sum(quad(unseen, low, high, epsabs=0, epsrel=1e-12)[0] for low, high in zip(pieces, pieces[1:], strict=False))

    wide = course(epochs=rates([b], [0.0]), growth_spread={"sigma": 0.7}, looks=[look(200.0, 500.0)], times=[200.0])
    immune = course(
        epochs=rates([0.0], [0.0], extra_death=[[0.01]]), growth_spread={"sigma": 0.7}, looks=[look(50.0)], times=[50.0]
    )
    moved = {"epochs": rates([0.0], [0.01])}
    pulse = {"time": 5.0, "log_kill": [[0.2]], "log_kill_growth": [[0.6]]}
    scaled = course(epochs=rates([0.0], [0.0]), growth_spread={"sigma": 0.5}, looks=[look(10.0)], pulses=[pulse], times=[10.0])
    mean = sum(
        quad(lambda z: 0.5 * math.exp(-0.2 - 0.6 * math.exp(0.5 * z) - z * z / 2) / math.sqrt(2 * math.pi), low, low + 3)[0]
        for low in (-9, -6, -3, 0, 3, 6)
    )
    flat = [pulse | {"log_kill": [[0.8]], "log_kill_growth": [[0.0]]}]
    return [
        Case("growth spread", wide, "recurred", [seen(200.0, 0.7)], 1e-8, {"growth_spread": {"sigma": 0.69}}),
        Case("extra death keeps its pace", immune, "recurred", [0.5 * math.exp(-0.5)], ALONE, moved),
        Case("kill grows with speed", scaled, "recurred", [mean], 1e-8, {"pulses": flat}),
    ]


def coupled_cases() -> list[Case]:
    sigma, d, w, lost = 1e-3, 0.02, 0.004, 1e-4
    one, two, f = d + sigma, w + lost + sigma, sigma / (d + sigma)
    rest = course(
        types=["a", "z"], dormant_types=["z"], symptoms=[sigma], epochs=rates([0.0, 0.0], [d, lost]),
        switching=[{"from": "z", "to": "a", "rate": w}], founders=[founder(type="z", count=1)],
    )  # fmt: skip

    def woken(t: float) -> float:
        awake = w * f * (math.exp(-one * t) - math.exp(-two * t)) / (two - one)
        return (sigma + w * f) * -math.expm1(-two * t) / two - awake

    beta, c = 0.02, 0.5
    budding = course(
        types=["a", "m", "n"], epochs=rates([beta, 0.0, 0.0], [0.0, 0.0, 0.0]), looks=[look(50.0)], times=[50.0],
        mutation=[{"from": "a", "to": "m", "probability": 0.4}, {"from": "a", "to": "n", "probability": 0.6}],
    )  # fmt: skip
    slow = {"switching": [{"from": "z", "to": "a", "rate": w * 1.001}]}
    resting = rest | {"symptoms": [0.0], "times": [100.0]}
    awake_left = w * (math.exp(-d * 100) - math.exp(-(w + lost) * 100)) / (w + lost - d)
    return [
        Case("waking", rest, "recurred", over(rest, woken), COUPLED, slow),
        Case("still resting", resting, "inactive", [math.exp(-(w + lost) * 100)], COUPLED, slow),
        Case("woken and alive", resting, "active", [awake_left], COUPLED, slow),
        Case("budding mutants", budding, "recurrence_free", [(1 - c) * math.exp(-beta * 50 * c)], COUPLED, {"mutation": []}),
    ]


def landmark_cases() -> list[Case]:
    d, sigma = 0.01, 2e-3
    late = course(symptoms=[sigma], zero=30.0, times=[30.0, 90.0])
    gone = lambda t: sigma / (d + sigma) * -math.expm1(-(d + sigma) * t)  # noqa: E731
    known = late | {"founders": [founder(count=1, known=True)]}
    from_zero = math.exp(-d * 30) * gone(60.0)
    gamma = course(symptoms=[sigma], founders=[founder(mean=3.0)], burden_spread={"shape": 1.4})
    return [
        Case("landmark", late, "recurred", [0.0, (gone(90.0) - gone(30.0)) / (1 - gone(30.0))], ALONE, {"zero": 0.0}),
        Case("known until zero", known, "recurred", [0.0, from_zero], ALONE, late),
        Case(
            "gamma",
            gamma,
            "recurrence_free",
            over(gamma, lambda t: (1 + 3 * gone(t) / 1.4) ** -1.4),
            ALONE,
            {"burden_spread": {"shape": 1.5}},
        ),
    ]


CASES = birth_death_cases() + look_cases() + seeding_cases() + spread_cases() + coupled_cases() + landmark_cases()


def check(case: Case, document: dict[str, Any]) -> None:
    close(getattr(rm.solve(rm.Timeline.from_dict(document)), case.curve), case.wanted, case.rel, case.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_closed_form(case):
    check(case, case.document)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_planted_fault_fails(case):
    with pytest.raises(AssertionError):
        check(case, case.document | case.fault)


def dying_with_causes(late: float = 0.0) -> dict[str, Any]:
    return course(
        symptoms=[2e-3],
        hazards={"other_death": [{"start": late, "rate": 3e-3}], "second_primary": [{"start": late, "rate": 1e-3}]},
    )


def check_competing(document: dict[str, Any]) -> None:
    outcome, kinds = rm.solve(rm.Timeline.from_dict(document)), rm.solve(rm.Timeline.from_dict(document)).incidence("kind")
    s, d, h = 2e-3, 0.01, 4e-3
    found = over(document, lambda t: s / (d + s + h) * -math.expm1(-(d + s + h) * t))
    free = over(
        document, lambda t: d / (d + s) * -math.expm1(-h * t) / h + s / (d + s) * -math.expm1(-(d + s + h) * t) / (d + s + h)
    )
    close(kinds["distant"], found, 1e-8, "distant")
    close(kinds["other_death"], 3e-3 * free, 1e-8, "other_death")
    close(kinds["second_primary"], 1e-3 * free, 1e-8, "second_primary")
    gone = over(document, lambda t: s / (d + s) * -math.expm1(-(d + s) * t))
    close(outcome.event_free, (1 - gone) * np.exp(-h * np.array(document["times"])), 1e-9, "event_free")
    close(outcome.recurred, gone, 1e-9, "recurred")


def test_competing_causes():
    check_competing(dying_with_causes())


def test_competing_causes_that_start_late_fail_the_same_check():
    with pytest.raises(AssertionError):
        check_competing(dying_with_causes(late=5.0))


def test_causes_alone():
    document = dying_with_causes(late=20.0) | {"founders": []}
    outcome = rm.solve(rm.Timeline.from_dict(document))
    gone = -np.expm1(-4e-3 * np.maximum(np.array(document["times"]) - 20, 0))
    close(outcome.recurrence_free, np.ones(3), 0.0, "recurrence_free")
    close(outcome.cured, np.ones(3), 0.0, "cured")
    close(outcome.incidence("kind")["other_death"], 0.75 * gone, 1e-9, "other_death")
    close(outcome.event_free, 1 - gone, 1e-9, "event_free")


def test_a_look_is_called_by_the_most_advanced_site():
    """Cells that neither divide nor die, one at each site, seen half of the time by each exam on one day."""
    document = {
        "sites": ["local", "nodes", "marrow", "lung"], "site_kinds": ["local", "regional", "systemic", "distant"],
        "types": ["a"], "epochs": [{"start": 0.0, "division": [[0.0]] * 4, "death": [[0.0]] * 4}], "symptoms": [0.0] * 4,
        "founders": [{"site": site, "type": "a", "count": 1, "time": 0.0} for site in ("local", "nodes", "marrow", "lung")],
        "looks": [{"time": 5.0, "n50": [1.0] * 4, "exam": "CT"}, {"time": 5.0, "n50": [1.0, None, 1.0, 1.0], "exam": "marker"}],
        "times": [4.0, 5.0],
    }  # fmt: skip
    outcome = rm.solve(rm.Timeline.from_dict(document))
    close(outcome.recurred, [0.0, 1 - 0.5**7], 1e-12, "recurred")
    shares = {"lung": 0.75, "marrow": 0.75 / 4, "nodes": 0.5 / 16, "local": 0.75 / 32}
    for site, share in shares.items():
        close(outcome.incidence("site")[site], [0.0, share], 1e-9, site)
    marker = 0.25 + 0.25 / 4 + 0.25 / 32
    close(outcome.incidence("route")["marker"], [0.0, marker], 1e-9, "marker")
    close(outcome.incidence("route")["CT"], [0.0, 1 - 0.5**7 - marker], 1e-9, "CT")
