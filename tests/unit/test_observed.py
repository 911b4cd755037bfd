"""What was observed: the Kaplan-Meier curve against a hand calculation and against lifelines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from remnant.cohort import Cohort, Columns
from remnant.observed import at_risk, kaplan_meier


def cohort(rows=200, seed=3):
    draw = np.random.default_rng(seed)
    time = draw.integers(20, 900, rows).astype(float)
    entry = np.minimum(draw.integers(0, 300, rows), time - 1).astype(float)
    return pd.DataFrame(
        {"time": time, "event": draw.integers(0, 2, rows), "entry": entry, "weight": draw.integers(1, 4, rows).astype(float)}
    )


def test_by_hand():
    """Four patients: found on day 100 and 300, last seen on day 200 and 400: 3/4, then half of it."""
    frame = pd.DataFrame({"time": [100.0, 200.0, 300.0, 400.0], "event": [1, 0, 1, 0]})
    seen = kaplan_meier(Cohort.read(frame, Columns("time", "event", "days")))
    assert seen.at([0, 99, 100, 299, 300, 400]).tolist() == [1, 1, 0.75, 0.75, 0.375, 0.375]
    assert np.isnan(seen.at([401.0]))[0], "beyond the last day nothing is known"
    low, high = seen.band([0.0, 100.0])
    assert low[0] == high[0] == 1 and 0 < low[1] < 0.75 < high[1] < 1


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_as_lifelines_has_it(late, weighted):
    lifelines = pytest.importorskip("lifelines")
    frame = cohort()
    more = ({"entry": "entry"} if late else {}) | ({"weights": "weight"} if weighted else {})
    seen = kaplan_meier(Cohort.read(frame, Columns("time", "event", "days", **more)))
    given = {"entry": frame["entry"] if late else None, "weights": frame["weight"] if weighted else None}
    theirs = lifelines.KaplanMeierFitter().fit(frame["time"], frame["event"], **given)
    days = np.linspace(0, frame["time"].max(), 333)
    np.testing.assert_allclose(seen.at(days), theirs.predict(days).to_numpy(), rtol=1e-12, atol=0)
    table = theirs.confidence_interval_survival_function_
    at = np.searchsorted(table.index.to_numpy(), days, side="right") - 1
    for ours, column in zip(seen.band(days), range(2), strict=True):
        np.testing.assert_allclose(ours, table.to_numpy()[at, column], rtol=1e-9, atol=0)


def test_entering_late_is_not_being_watched_from_the_start():
    """The twin of the test above: without the entry times the curve is another one."""
    frame = cohort()
    late, early = (
        kaplan_meier(Cohort.read(frame, Columns("time", "event", "days", **more))) for more in ({"entry": "entry"}, {})
    )
    assert np.nanmax(np.abs(late.at([300.0, 600.0]) - early.at([300.0, 600.0]))) > 0.01


def test_who_is_still_followed():
    frame = pd.DataFrame({"time": [100.0, 200.0, 300.0], "event": [1, 0, 1], "entry": [0.0, 150.0, 0.0]})
    assert at_risk(Cohort.read(frame, Columns("time", "event", "days", entry="entry")), [0, 100, 101, 200, 301]).tolist() == [
        2,
        2,
        1,
        2,
        0,
    ]


def test_found_between_two_visits_counts_when_it_was_found():
    frame = pd.DataFrame({"free": [100.0, 200.0, 110.0, 210.0], "found": [150.0, np.inf, 150.0, np.inf]})
    seen = kaplan_meier(Cohort.read(frame, Columns(None, None, "days", lower="free", upper="found")))
    assert seen.at([149.0, 150.0]).tolist() == [1, 0.5]
