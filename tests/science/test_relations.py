"""What must stay the same, and what must move which way, whatever the Timeline.

Exact answers of types that do not feed each other are compared to 1e-9; where types feed each other the engine
promises 1e-8 and a change of panels moves it within that: 1e-7.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from checks import STATES, close, near
from drawn import drawn_timelines
from hard import one, resting

import remnant as rm

COURSES = drawn_timelines(10, 411)
IDS = [document["name"] for document in COURSES]


def solve(document: dict[str, Any], times: Any = None) -> Any:
    return rm.solve(rm.Timeline.from_dict(document), times)


def sample(document: dict[str, Any], patients: int = 400, **more: Any) -> Any:
    return rm.sample(rm.Timeline.from_dict(document), patients=patients, **({"seed": 3} | more))


def bound(document: dict[str, Any]) -> float:
    return 1e-7 if document.get("switching") or document.get("mutation") else 1e-9


def same(one: Any, two: Any, rel: float) -> None:
    close(one.recurred, two.recurred, rel, "recurred")
    for name in STATES:
        near(getattr(one, name), getattr(two, name), rel, name)
    near(one.event_free, two.event_free, rel, "event_free")
    for name, values in two.incidence("site").items():
        near(one.incidence("site")[name], values, max(rel, 1e-8), name)


def faster(document: dict[str, Any], c: float) -> dict[str, Any]:
    """Return the document with every rate times c and every day divided by c."""
    times = {"time", "start", "from", "to", "zero"}
    speeds = {"division", "death", "extra_death", "symptoms", "rate", "growth"}

    def scaled(value: Any, by: float) -> Any:
        return [scaled(v, by) for v in value] if isinstance(value, list) else value * by

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: walk(v, k) for k, v in value.items()}
        if key in speeds:
            return scaled(value, c)
        if key == "times" or (key in times and not isinstance(value, str)):
            return scaled(value, 1 / c)
        return [walk(v) for v in value] if isinstance(value, list) else value

    return walk(document)


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_rates_times_c_and_times_over_c(document):
    same(solve(faster(document, 2.5)), solve(document), 1e-7)


def test_rates_alone_times_c_is_another_answer():
    document = one()
    quick = faster(document, 1.01)
    with pytest.raises(AssertionError):
        same(solve(quick | {"times": document["times"]}), solve(document), 1e-7)


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_an_epoch_cut_in_two_changes_nothing(document):
    cut = copy.deepcopy(document)
    last = cut["epochs"][-1]
    day = max(last["start"], 0.0) + 0.37 * cut["times"][0]
    cut["epochs"].append(last | {"start": day})
    cut["epochs"].insert(0, cut["epochs"][0] | {"start": cut["epochs"][0]["start"] - 500.0})
    same(solve(cut), solve(document), bound(document))


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_what_has_no_effect_changes_nothing(document):
    more = copy.deepcopy(document)
    nothing = [[0.0] * len(document["types"]) for _ in document["sites"]]
    more["pulses"].append({"time": document["times"][0] * 0.61, "log_kill": nothing, "log_kill_growth": nothing})
    more.setdefault("looks", []).append(
        {"time": document["times"][0] * 0.43, "n50": [None] * len(document["sites"]), "exam": "blind"}
    )
    more["founders"].append({"site": document["sites"][0], "type": document["types"][0], "mean": 0.0, "time": document["zero"]})
    more["founders"].append({"site": document["sites"][0], "type": document["types"][0], "count": 0, "time": document["zero"]})
    same(solve(more), solve(document), bound(document))
    assert not np.any(solve(more).incidence("route")["blind"])


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_a_mean_split_in_two_rows_changes_nothing(document):
    split = copy.deepcopy(document)
    for row in document["founders"]:
        if "mean" in row:
            at = split["founders"].index(row)
            split["founders"][at : at + 1] = [row | {"mean": 0.3 * row["mean"]}, row | {"mean": 0.7 * row["mean"]}]
        elif "seeding" in row:
            middle = (row["seeding"]["from"] + row["seeding"]["to"]) / 2
            at = split["founders"].index(row)
            g = row["seeding"]["growth"]
            if row["seeding"].get("growth_scales", 0) == 0:
                early = row["seeding"] | {
                    "to": middle,
                    "rate": row["seeding"]["rate"] * math.exp(g * (middle - row["seeding"]["to"])),
                }
                split["founders"][at : at + 1] = [row | {"seeding": early}, row | {"seeding": row["seeding"] | {"from": middle}}]
    same(solve(split), solve(document), max(bound(document), 1e-8))


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_order_of_sites_and_types_does_not_matter(document):
    sites, types = list(range(len(document["sites"])))[::-1], list(range(len(document["types"])))[::-1]
    turned = copy.deepcopy(document)

    def table(rows: Any) -> Any:
        return [[rows[s][k] for k in types] for s in sites]

    for epoch in turned["epochs"]:
        epoch.update({key: table(epoch[key]) for key in ("division", "death", "extra_death") if key in epoch})
    for pulse in turned["pulses"]:
        pulse.update({key: table(pulse[key]) for key in ("log_kill", "log_kill_growth") if key in pulse})
    for look in turned.get("looks", []):
        look["n50"] = [look["n50"][s] for s in sites]
    turned["symptoms"] = [document["symptoms"][s] for s in sites]
    turned["sites"], turned["types"] = [document["sites"][s] for s in sites], [document["types"][k] for k in types]
    if "site_kinds" in turned:
        turned["site_kinds"] = [document["site_kinds"][s] for s in sites]
    before, after = solve(document), solve(turned)
    close(after.recurred, before.recurred, bound(document), "recurred")
    for name in STATES:
        near(getattr(after, name), getattr(before, name), bound(document), name)
    for name, values in before.incidence("kind").items():
        near(after.incidence("kind")[name].sum(), values.sum(), 1.0 if len(sites) > 1 and document.get("looks") else 1e-8, name)
    close(sum(after.incidence("site").values()), sum(before.incidence("site").values()), 1e-6, "all sites")


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_sums(document):
    outcome = solve(document)
    near(outcome.cured + outcome.inactive + outcome.active, np.ones(3), 1e-12, "states")
    near(outcome.recurred + outcome.recurrence_free, np.ones(3), 1e-14, "recurred")
    kinds = outcome.incidence("kind")
    near(sum(kinds.values()) + outcome.event_free, np.ones(3), 1e-9, "kinds, causes and free")
    causes = kinds["other_death"] + kinds["second_primary"]
    for by in ("site", "route"):
        near(sum(outcome.incidence(by).values()) + causes + outcome.event_free, np.ones(3), 1e-9, by)
    for by in ("site", "kind", "route"):
        for name, values in outcome.incidence(by).items():
            assert np.all(np.diff(values) >= -1e-12), f"{by} {name} falls: {values}"
            assert np.all(values >= 0), f"{by} {name} is negative: {values}"
    assert np.all(np.diff(outcome.recurrence_free) <= 0)


@pytest.mark.parametrize("document", COURSES, ids=IDS)
def test_conditional(document):
    outcome = solve(document)
    since = document["times"][0]
    close(outcome.conditional(since) * outcome.recurrence_free[0], outcome.recurrence_free, 1e-9, "conditional")
    later = outcome.conditional(document["times"][1])
    assert math.isnan(later[0])
    assert later[1] == pytest.approx(1.0, rel=1e-12, abs=0)


@pytest.mark.parametrize("document", COURSES[:5], ids=IDS[:5])
def test_more_times_change_none(document):
    times = sorted({*document["times"], *np.linspace(document["zero"], document["times"][-1], 11).tolist()})
    dense = solve(document, times)
    some = [times.index(t) for t in document["times"]]
    alone = solve(document)
    close(dense.recurred[some], alone.recurred, bound(document), "recurred")
    near(dense.cured[some], alone.cured, bound(document), "cured")


def test_times_may_come_in_any_order_and_twice():
    document = resting()
    mixed = solve(document, [8000.0, 2500.0, 4000.0, 2500.0])
    plain = solve(document)
    close(mixed.recurred, plain.recurred[[2, 0, 1, 0]], 1e-9, "recurred")
    close(mixed.active, plain.active[[2, 0, 1, 0]], 1e-9, "active")
    close(mixed.event_free, plain.event_free[[2, 0, 1, 0]], 1e-9, "event_free")


def test_solve_many_is_solve_of_each():
    timelines = [rm.Timeline.from_dict(document) for document in COURSES[:6]]
    for many, timeline in zip(rm.solve_many(timelines), timelines, strict=True):
        close(many.recurred, rm.solve(timeline).recurred, 1e-9, "recurred")


def test_would_be_found_is_what_one_more_look_finds():
    visits = [{"time": day, "n50": [3e8], "exam": "CT"} for day in (700.0, 1400.0)]
    document = one(looks=visits, times=[2100.0, 4000.0])
    chance = solve(document).would_be_found("CT", 2100.0)
    looked = solve(document | {"looks": [*visits, {"time": 2100.0, "n50": [3e8], "exam": "CT"}]})
    plain = solve(document)
    close(chance, (looked.recurred[0] - plain.recurred[0]) / plain.recurrence_free[0], 1e-6, "found")


def test_time_to_is_where_the_risk_left_falls_to_the_level():
    document = one(looks=[], times=[1000.0, 6000.0])
    outcome = solve(document)
    day = outcome.time_to(0.05, tolerance_days=0.01)
    around = solve(document, [day - 1, day + 1, 6000.0]).recurrence_free
    assert 1 - around[2] / around[0] > 0.05 > 1 - around[2] / around[1]


AWAKE = [{"start": -1000.0, "division": [[0.05]], "death": [[0.04]]}]
MOVES = [
    # what is changed, the curve, its sign, the least relative change
    ("more division", one(), {"epochs": [AWAKE[0] | {"division": [[0.0505]]}]}, "recurred", +1, 0.02),
    ("more death", one(), {"epochs": [AWAKE[0] | {"death": [[0.0405]]}]}, "recurred", -1, 0.02),
    ("extra death", one(), {"epochs": [AWAKE[0] | {"extra_death": [[0.0005]]}]}, "recurred", -1, 0.02),
    ("more founders", one(), {"founders": [one()["founders"][0] | {"mean": 1.8}]}, "recurred", +1, 0.1),
    ("later founders", one(), {"founders": [one()["founders"][0] | {"time": 100.0}]}, "recurred", -1, 0.05),
    ("more symptoms", one(), {"symptoms": [6e-12]}, "recurred", +1, 0.02),
    ("a pulse", one(), {"pulses": [{"time": 20.0, "log_kill": [[0.5]]}]}, "recurred", -1, 0.1),
    ("the pulse comes late", one(pulses=[{"time": 20.0, "log_kill": [[0.5]]}]), {"pulses": [{"time": 300.0, "log_kill": [[0.5]]}]}, "recurred", +1, 0.02),
    ("a look", one(), {"looks": [{"time": 1790.0, "n50": [1e7]}]}, "recurred", +1, 0.5),
    ("a sharper look", one(looks=[{"time": 1790.0, "n50": [1e8]}]), {"looks": [{"time": 1790.0, "n50": [1e7]}]}, "recurred", +1, 0.1),
    ("an earlier look", one(looks=[{"time": 1790.0, "n50": [1e8]}]), {"looks": [{"time": 1600.0, "n50": [1e8]}]}, "recurred", -1, 0.1),
    ("unequal burden", one(), {"burden_spread": {"shape": 1.0}}, "recurred", -1, 0.01),
    ("unequal growth", one(), {"growth_spread": {"sigma": 0.5}}, "recurred", +1, 0.1),
    ("a later landmark", one(), {"zero": 1700.0}, "recurred", -1, 0.02),
    ("faster waking", resting(), {"switching": [{"from": "dormant", "to": "awake", "rate": 6e-4}]}, "recurred", +1, 0.1),
    ("faster waking leaves fewer at rest", resting(), {"switching": [{"from": "dormant", "to": "awake", "rate": 6e-4}]}, "inactive", -1, 0.1),
    ("more at rest are not cured", resting(), {"founders": [resting()["founders"][0] | {"mean": 9.0}]}, "cured", -1, 0.2),
    ("a pulse cures", one(), {"pulses": [{"time": 20.0, "log_kill": [[0.5]]}]}, "cured", +1, 0.05),
]  # fmt: skip


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move[0].replace(" ", "-"))
def test_each_parameter_moves_its_result_its_way(move):
    _, document, change, curve, sign, least = move
    before, after = (float(getattr(solve(d), curve)[0]) for d in (document, document | change))
    assert sign * (after / before - 1) > least, f"{before} became {after}"


def test_hazards_move_incidence_and_not_recurrence_free():
    plain, sick = solve(one()), solve(one(hazards={"other_death": [{"start": 0.0, "rate": 2e-4}]}))
    close(sick.recurred, plain.recurred, 0.0, "recurred")
    assert sick.incidence("site")["local"][-1] < 0.8 * plain.incidence("site")["local"][-1]
    assert sick.incidence("kind")["other_death"][-1] > 0.3


def plain_rows(outcome: Any, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
    return outcome.histories.slice(start, None if stop is None else stop - start).to_pylist()


def text(rows: list[dict[str, Any]]) -> str:
    return repr(rows)


@pytest.mark.parametrize("document", COURSES[:5], ids=IDS[:5])
def test_one_more_patient_changes_nobody(document):
    few, more = sample(document, 40), sample(document, 41)
    assert text(plain_rows(few)) == text(plain_rows(more, 0, 40))
    assert more.histories.num_rows == 41


@pytest.mark.parametrize("document", COURSES[:5], ids=IDS[:5])
def test_chunks_give_the_same_table(document):
    whole = plain_rows(sample(document, 42))
    for size in (21, 6):
        parts = [row for first in range(0, 42, size) for row in plain_rows(sample(document, size, first_patient=first))]
        assert text(parts) == text(whole)


def test_another_seed_is_another_table():
    document = COURSES[0]
    assert text(plain_rows(sample(document, 40))) == text(plain_rows(sample(document, 40)))
    assert text(plain_rows(sample(document, 40))) != text(plain_rows(sample(document, 40, seed=4)))


def test_the_curves_are_those_of_the_table():
    document = one()
    outcome = sample(document, 2000)
    again = sample(document, 2000, histories=False)
    assert again.histories is None
    close(again.recurrence_free, outcome.recurrence_free, 0.0, "recurrence_free")
    share = np.array(
        [sum(not (row["time"] is not None and row["time"] <= t) for row in plain_rows(outcome)) / 2000 for t in document["times"]]
    )
    near(outcome.recurrence_free, share, 1e-12, "recurrence_free")


def test_arms_of_one_seed_share_their_patients():
    """A stronger kill leaves fewer recurrences in nearly the same patients: the arms' difference is not noise."""
    weak, strong = (one(pulses=[{"time": 20.0, "log_kill": [[kill]]}], times=[4000.0]) for kill in (0.5, 0.7))
    arms = [
        [row["time"] is not None and row["time"] <= 4000.0 for row in plain_rows(sample(arm, 4000))] for arm in (weak, strong)
    ]
    gained = sum(a and not b for a, b in zip(*arms, strict=True))
    lost = sum(b and not a for a, b in zip(*arms, strict=True))
    assert gained > 5 * lost, f"{gained} gained and {lost} lost"
