"""The reference answers: relative error of 1 - recurrence_free and of recurrence_free below 1e-6, states within 1e-6."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checks import check_curves, check_incidence, golden_expected, golden_incidence

import remnant as rm

GOLDEN = sorted((Path(__file__).parents[1] / "data" / "golden").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path):
    document = json.loads(path.read_text("utf-8"))
    outcome = rm.solve(rm.Timeline.from_dict(document))
    check_curves(outcome, golden_expected(document))
    if "incidence" in document["expected"]:
        check_incidence(outcome, golden_incidence(document))


def test_all_are_there():
    assert len(GOLDEN) == 16


def test_solve_many_gives_the_same():
    documents = [json.loads(path.read_text("utf-8")) for path in GOLDEN]
    for document, outcome in zip(documents, rm.solve_many([rm.Timeline.from_dict(d) for d in documents]), strict=True):
        check_curves(outcome, golden_expected(document))
