"""Planted faults: the very checks of the golden, oracle and agreement tests must fail on a wrong engine.

A fault is planted by giving the engine a Timeline that differs from the one the expected answer belongs to in just
the way a wrong engine would misread it. And every guard of the engines has a case that trips it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks import check_curves, check_incidence, check_normal, check_scores, curve_scores, golden_expected, golden_incidence
from hard import one, resting

import remnant as rm
from remnant.errors import InputError, PrecisionWarning, SamplingError

DATA = Path(__file__).parents[1] / "data"
Document = dict[str, Any]


def golden(name: str) -> Document:
    return json.loads(next((DATA / "golden").glob(f"{name}*.json")).read_text("utf-8"))


def oracle_case(name: str) -> Document:
    return json.loads((DATA / "oracle" / f"{name}.json").read_text("utf-8"))


def without(key: str) -> Callable[[Document], Document]:
    return lambda document: {k: v for k, v in document.items() if k != key}


def epochs(document: Document, change: Callable[[Document], Document]) -> Document:
    return document | {"epochs": [change(epoch) for epoch in document["epochs"]]}


def swapped(document: Document) -> Document:
    return epochs(document, lambda epoch: epoch | {"division": epoch["death"], "death": epoch["division"]})


def shifted(document: Document) -> Document:
    moved = copy.deepcopy(document)
    moved["epochs"][1]["start"] += 1.0
    return moved


def halved(document: Document) -> Document:
    return document | {
        "pulses": [pulse | {"log_kill": [[k / 2 for k in row] for row in pulse["log_kill"]]} for pulse in document["pulses"]]
    }


def one_look_less(document: Document) -> Document:
    return document | {"looks": document["looks"][1:]}


def scaled_extra_death(document: Document) -> Document:
    def change(epoch: Document) -> Document:
        death = [[d + x for d, x in zip(*rows, strict=True)] for rows in zip(epoch["death"], epoch["extra_death"], strict=True)]
        return {k: v for k, v in epoch.items() if k != "extra_death"} | {"death": death}

    return epochs(document, change)


def plain_kill(document: Document) -> Document:
    def change(pulse: Document) -> Document:
        kill = [
            [a + b for a, b in zip(*rows, strict=True)] for rows in zip(pulse["log_kill"], pulse["log_kill_growth"], strict=True)
        ]
        return {"time": pulse["time"], "log_kill": kill}

    return document | {"pulses": [change(pulse) for pulse in document["pulses"]]}


def backwards(document: Document) -> Document:
    return document | {"switching": [row | {"from": row["to"], "to": row["from"]} for row in document["switching"]]}


def one_way(document: Document) -> Document:
    return document | {"switching": document["switching"][:1]}


def never_known(document: Document) -> Document:
    return document | {"founders": [{k: v for k, v in row.items() if k != "known"} for row in document["founders"]]}


def steady_seeding(document: Document) -> Document:
    rows = [row | {"seeding": row["seeding"] | {"growth": 0.0}} if "seeding" in row else row for row in document["founders"]]
    return document | {"founders": rows}


def poisson_counts(document: Document) -> Document:
    rows = [{k: v for k, v in row.items() if k != "count"} | {"mean": row["count"]} for row in document["founders"]]
    return document | {"founders": rows}


def sites_confused(document: Document) -> Document:
    return document | {"symptoms": document["symptoms"][::-1]}


def no_landmark(document: Document) -> Document:
    return document | {"zero": 0.0}


FAULTS: list[tuple[str, Callable[[Document], Document]]] = [
    ("01", swapped), ("02", swapped), ("03", halved), ("04", one_look_less), ("05", shifted), ("06", backwards), ("07", one_way),
    ("08", without("mutation")), ("09", steady_seeding), ("09", sites_confused), ("10", without("growth_spread")),
    ("11", without("burden_spread")), ("12", scaled_extra_death), ("12", plain_kill), ("14", no_landmark),
    ("15", poisson_counts), ("15", without("mutation")), ("15", shifted), ("16", without("burden_spread")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=lambda value: getattr(value, "__name__", value))
def test_the_golden_check_fails(name, fault):
    document = golden(name)
    check_curves(rm.solve(rm.Timeline.from_dict(document)), golden_expected(document))
    with pytest.raises(AssertionError):
        check_curves(rm.solve(rm.Timeline.from_dict(fault(document))), golden_expected(document))


def test_the_oracle_check_sees_who_was_known():
    """A primary under treatment that could have been found anew before the landmark."""
    case = oracle_case("known-before-zero")
    check_curves(rm.solve(rm.Timeline.from_dict(case["timeline"])), case["expected"])
    with pytest.raises(AssertionError):
        check_curves(rm.solve(rm.Timeline.from_dict(never_known(case["timeline"]))), case["expected"])


def late_hazards(document: Document) -> Document:
    changed = copy.deepcopy(document)
    changed["hazards"]["other_death"][1]["start"] += 10.0
    return changed


def exam_renamed(document: Document) -> Document:
    return document | {"looks": [look | {"exam": "MRI"} for look in document["looks"]]}


ORACLE_FAULTS: list[tuple[str, Callable[[Document], Document]]] = [
    ("known-before-zero", never_known), ("equal-after-a-look", one_way), ("equal-after-a-look", without("mutation")),
    ("unseen-for-long", without("looks")), ("waking-after-decades", one_way), ("looks-at-one-moment", without("looks")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault"), ORACLE_FAULTS, ids=lambda value: getattr(value, "__name__", value))
def test_the_oracle_check_fails(name, fault):
    case = json.loads((DATA / "oracle" / f"{name}.json").read_text("utf-8"))
    with pytest.raises(AssertionError):
        check_curves(rm.solve(rm.Timeline.from_dict(fault(case["timeline"]))), case["expected"])


@pytest.mark.parametrize(
    "fault", [late_hazards, sites_confused, exam_renamed, without("hazards")], ids=["late", "sites", "exam", "hazards"]
)
def test_the_incidence_check_fails(fault):
    document = golden("16")
    with pytest.raises(AssertionError):
        check_incidence(rm.solve(rm.Timeline.from_dict(fault(document))), golden_incidence(document))


def test_the_incidence_check_sees_the_order_of_sites():
    """Looks at one moment credited to the least advanced site first."""
    case = json.loads((DATA / "oracle" / "looks-at-one-moment.json").read_text("utf-8"))
    turned = case["timeline"] | {"site_kinds": ["distant", "systemic", "regional", "local"]}
    outcome = rm.solve(rm.Timeline.from_dict(turned))
    check_curves(outcome, case["expected"])
    with pytest.raises(AssertionError):
        check_incidence(outcome, case["expected"]["incidence"] | {"kind": {}})


SAMPLED: list[tuple[str, Document, Callable[[Document], Document]]] = [
    ("swapped", one(), lambda d: epochs(d, lambda e: e | {"division": [[0.049]], "death": [[0.041]]})),
    ("half-kill", one(pulses=[{"time": 20.0, "log_kill": [[0.6]]}]), halved),
    ("look-ignored", one(looks=[{"time": 1790.0, "n50": [1e7]}]), without("looks")),
    ("waking-ignored", resting(), without("switching")),
    ("spread-ignored", one(growth_spread={"sigma": 0.4}), without("growth_spread")),
    ("burden-ignored", one(burden_spread={"shape": 1.0}), without("burden_spread")),
    ("landmark-ignored", one(zero=2000.0, times=[2600.0]), no_landmark),
    ("mutation-ignored", oracle_case("frequent-mutation")["timeline"], without("mutation")),
]


@pytest.mark.parametrize(("name", "document", "fault"), SAMPLED, ids=[row[0] for row in SAMPLED])
def test_the_agreement_check_fails(name, document, fault):
    patients = 6_000
    solved = rm.solve(rm.Timeline.from_dict(document))
    right = rm.sample(rm.Timeline.from_dict(document), patients=patients, seed=11, histories=False)
    check_scores(np.concatenate(list(curve_scores(right, solved, patients, 1).values())))
    wrong = rm.sample(rm.Timeline.from_dict(fault(document)), patients=patients, seed=11, histories=False)
    with pytest.raises(AssertionError):
        check_scores(np.concatenate(list(curve_scores(wrong, solved, patients, 1).values())))


def test_the_check_of_normality_fails_on_wrong_error_bars():
    scores = np.random.default_rng(4).normal(size=104)
    check_normal(scores)
    for wrong in (1.35 * scores, 0.7 * scores, scores + 0.5):
        with pytest.raises(AssertionError):
            check_normal(wrong)


def test_the_comparisons_see_small_things():
    """An absolute tolerance would let a hundredfold error of a rate pass; these do not."""
    from checks import close

    close([3e-13], [3e-13], 1e-9)
    for got, wanted in (([3.1e-13], [3e-13]), ([1e-20], [0.0]), ([np.nan], [0.5]), ([0.5, 0.5], [0.5])):
        with pytest.raises(AssertionError):
            close(got, wanted, 1e-6)


def test_guard_nothing_left_of_recurrence_free():
    document = one(founders=[{"site": "local", "type": "awake", "mean": 1e7, "time": 0.0}], times=[4000.0])
    with pytest.warns(PrecisionWarning):
        outcome = rm.solve(rm.Timeline.from_dict(document))
    assert np.isnan(outcome.cured).all()
    assert outcome.recurrence_free[0] < 1e-300
    assert outcome.recurred[0] == pytest.approx(1.0, rel=1e-12, abs=0)


def test_guard_nearly_everybody_found_before_zero():
    document = one(founders=[{"site": "local", "type": "awake", "mean": 100.0, "time": -4000.0}], zero=0.0)
    with pytest.raises(SamplingError, match="zero"):
        rm.sample(rm.Timeline.from_dict(document), patients=50, seed=1)


@pytest.mark.parametrize(
    ("patients", "seed", "where"), [(0, 1, "patients"), (-5, 1, "patients"), (2.5, 1, "patients"), (10, -1, "seed")]
)
def test_guard_patients_and_seed(patients, seed, where):
    with pytest.raises(InputError) as caught:
        rm.sample(rm.Timeline.from_dict(one()), patients=patients, seed=seed)
    assert caught.value.where == where


def test_guard_no_times():
    document = {key: value for key, value in one().items() if key != "times"}
    for ask in (rm.solve, lambda timeline: rm.sample(timeline, patients=10, seed=1)):
        with pytest.raises(InputError) as caught:
            ask(rm.Timeline.from_dict(document))
        assert caught.value.where == "times"


@pytest.mark.parametrize("times", [[-1.0], [float("nan")], ["soon"], []])
def test_guard_times(times):
    with pytest.raises(InputError):
        rm.solve(rm.Timeline.from_dict(one()), times=times)


def test_guard_outcome_questions():
    outcome = rm.solve(rm.Timeline.from_dict(one()))
    for ask in (
        lambda: outcome.conditional(-1.0), lambda: outcome.incidence("colour"), lambda: outcome.time_to(1.5),
        lambda: outcome.would_be_found("PET", 100.0), lambda: outcome.would_be_found("CT", -100.0),
    ):  # fmt: skip
        with pytest.raises(InputError):
            ask()
