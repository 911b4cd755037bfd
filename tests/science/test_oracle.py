"""The exact engine against an independent adaptive ODE solution of drawn and of hard Timelines.

The expected values are in tests/data/oracle, written by tests/make_oracle.py; each file says what made it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import oracle
import pytest
from checks import check_curves, check_incidence, golden_expected, golden_incidence
from drawn import drawn_timelines
from hard import hard_timelines
from scipy.integrate import solve_ivp

import remnant as rm

DATA = Path(__file__).parents[1] / "data"
CASES = sorted((DATA / "oracle").glob("*.json"))


class Answer:
    """An oracle's answer with the names of an Outcome."""

    def __init__(self, document):
        for name, value in oracle.answer(document).items():
            setattr(self, name, np.array(value))
        self.found = oracle.incidence(document, pieces=4.0) if "hazards" in document else {}
        self.event_free = np.array(self.found.get("event_free", []))

    def incidence(self, by):
        names = self.found["kind"] | self.found["causes"] if by == "kind" else self.found[by]
        return {name: np.array(values) for name, values in names.items()}


def read(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_solve_gives_what_the_oracle_gives(path):
    case = read(path)
    outcome = rm.solve(rm.Timeline.from_dict(case["timeline"]))
    check_curves(outcome, case["expected"])
    check_incidence(outcome, case["expected"]["incidence"])


def test_cases_are_those_of_the_programs():
    made = {case["timeline"]["name"]: case["timeline"] for case in map(read, CASES)}
    seeds = {case["drawn_with_seed"] for case in map(read, CASES)} - {None}
    drawn = [document for seed in seeds for document in drawn_timelines(24, seed)]
    assert made == {document["name"]: document for document in json.loads(json.dumps(hard_timelines() + drawn))}
    assert len(made) >= 40


@pytest.mark.parametrize("path", sorted((DATA / "golden").glob("*.json")), ids=lambda path: path.stem)
def test_oracle_gives_the_golden_answers(path):
    document = read(path)
    answer = Answer(document)
    check_curves(answer, golden_expected(document), rel=1e-9, within=1e-9)
    if "incidence" in document["expected"]:
        check_incidence(answer, golden_incidence(document), within=1e-9)


def test_the_oracles_steps_are_those_of_scipy():
    """One coupled sweep by the oracle and by scipy's own integrator, written out again from MODEL section 3."""
    b, d, x, sigma, g = np.array([0.3, 0.2]), np.array([0.2, 0.25]), np.array([0.01, 0.0]), 1e-3, 1.7
    switch, mutate = np.array([[0.0, 0.02], [0.03, 0.0]]), np.array([[0.0, 0.1], [0.2, 0.0]])

    def slope(_, p):
        q = p[::-1]
        w, m = np.array([switch[0, 1], switch[1, 0]]), np.array([mutate[0, 1], mutate[1, 0]])
        return (g * (b - d) - x - sigma) * p - g * b * p**2 + sigma + w * (q - p) + g * b * m * (q - p) * (1 - p)

    wanted = solve_ivp(slope, (0, 40), [0.0, 0.0], method="DOP853", rtol=1e-12, atol=1e-18).y[:, -1]
    got = np.zeros(4)
    none, flags = np.zeros(0), np.zeros(0, np.int64)
    oracle.flow(got, 40.0, 0.0, g, b, d, x, sigma, switch, mutate, flags, none, none, none, 1e-12)
    np.testing.assert_allclose(got[:2], wanted, rtol=1e-10, atol=0)
