"""Founders that nothing sees before the next knot are carried there as they are placed: it must change nobody's fate."""

from typing import Any

import numpy as np
import pytest
from drawn import drawn_timelines, small_timelines

from remnant.sampler.cpu import Run, run_blocks
from remnant.sampler.plan import Plan, lay_out
from remnant.timeline import Timeline

BY_LESION = ("lesion_id", "lesion_site", "lesion_cells")


def seen(plan: Plan) -> Plan:
    """Return the plan with lesions made of all founders at once."""
    return plan._replace(unseen_first=plan.row_first[1:].copy())


def unseen(plan: Plan) -> Plan:
    """Return the plan with no founders looked at on their day."""
    return plan._replace(unseen_first=plan.row_first[:-1].copy())


def fates(plan: Plan) -> list[Any]:
    """Return all that is written of 500 lives, the lesions of each in the order of their names."""
    lives = run_blocks(plan, Run(seed=3, first_patient=0, patients=500, times=plan.times, threads=1, deaths=False))[0]
    patient = np.repeat(np.arange(500), np.diff(lives.lesion_first))
    order = np.lexsort((lives.lesion_id, patient))
    return [array[order] if name in BY_LESION else array for name, array in lives._asdict().items()]


def same(one: list[Any], other: list[Any]) -> bool:
    """Return whether all that is written is the same, to the last bit."""
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one, other, strict=True))


DRAWN = [lay_out(Timeline.from_dict(document)) for document in (*drawn_timelines(40, 5), *small_timelines(60, 6))]


def test_unseen_founders_meet_the_fate_they_would_have_as_lesions():
    told = [plan for plan in DRAWN if (plan.unseen_first < plan.row_first[1:]).any()]
    assert len(told) > 30
    assert all(same(fates(plan), fates(seen(plan))) for plan in told)


@pytest.mark.parametrize("at_once", [{"pulses": [{"time": 0.0, "log_kill": [[1.0]]}]}, {"times": [0.0, 900.0]}])
def test_founders_seen_on_their_day_taken_as_unseen_would_not(at_once):
    epoch = {"start": 0.0, "division": [[0.02]], "death": [[0.015]]}
    document = {"sites": ["local"], "types": ["A"], "times": [900.0], "epochs": [epoch]}
    document |= {"founders": [{"site": "local", "type": "A", "mean": 4.0, "time": 0.0}], "symptoms": [1e-6]}
    plan = lay_out(Timeline.from_dict(document | at_once))
    assert (plan.unseen_first == plan.row_first[1:]).all()
    assert not same(fates(plan), fates(unseen(plan)))
