"""Competing first events: a hand calculation with ties, Greenwood for one cause, and lifelines where nothing is tied."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars
import pytest

from remnant.cohort import Cohort, Columns
from remnant.errors import InputError
from remnant.estimate import FirstEvents, aalen_johansen
from remnant.observed import kaplan_meier

DAYS = FirstEvents("time", "cause", "days")


def people(rows=300, seed=5):
    draw = np.random.default_rng(seed)
    return pd.DataFrame({"time": draw.uniform(1, 2000, rows), "cause": draw.choice([0, 1, 2], rows, p=[0.3, 0.4, 0.3])})


def test_ties_by_hand():
    """Ten people; day 100: two recur and one dies; day 200: one censored; day 300: one recurs, two die; four go on to 400.

    S: 7/10, then 7/10 * 3/6. Recurrence: 2/10, then + 7/10 * 1/6. Death: 1/10, then + 7/10 * 2/6.
    """
    causes = ["relapse", "relapse", "death", "", "relapse", "death", "death", None, 0, ""]
    frame = pd.DataFrame({"time": [100.0] * 3 + [200.0] + [300.0] * 3 + [400.0] * 3, "cause": causes})
    seen = aalen_johansen(frame, DAYS)
    np.testing.assert_allclose(seen.event_free, [0.7, 0.35], rtol=1e-15, atol=0)
    np.testing.assert_allclose(seen.incidence["relapse"], [0.2, 0.2 + 0.7 / 6], rtol=1e-14, atol=0)
    np.testing.assert_allclose(seen.incidence["death"], [0.1, 0.1 + 0.7 / 3], rtol=1e-14, atol=0)
    # before anybody is censored the variance is that of a share: 2/10 * 8/10 / 10
    assert seen.variance["relapse"][0] == pytest.approx(0.2 * 0.8 / 10, rel=1e-12, abs=0)
    assert seen.variance["death"][0] == pytest.approx(0.1 * 0.9 / 10, rel=1e-12, abs=0)
    assert seen.at("relapse", [0, 99, 100, 400]).tolist() == [0, 0, 0.2, seen.incidence["relapse"][1]]
    assert np.isnan(seen.at("relapse", [401.0]))[0]


def test_order_and_ties_do_not_matter():
    frame = people().assign(time=lambda f: np.ceil(f["time"] / 90) * 90)
    one, other = aalen_johansen(frame, DAYS), aalen_johansen(frame.sample(frac=1, random_state=1), DAYS)
    for name in one.incidence:
        np.testing.assert_array_equal(one.incidence[name], other.incidence[name])
        np.testing.assert_array_equal(one.variance[name], other.variance[name])
    whole = one.event_free + sum(one.incidence.values())
    np.testing.assert_allclose(whole, 1.0, rtol=1e-12, atol=0)


@pytest.mark.parametrize("late", [False, True])
def test_one_cause_is_kaplan_meier_and_greenwood_with_ties(late):
    frame = people().assign(time=lambda f: np.ceil(f["time"] / 30) * 30, cause=lambda f: (f["cause"] > 0).astype(int))
    frame["entry"] = np.minimum(np.random.default_rng(1).integers(0, 200, len(frame)), frame["time"] - 1)
    entry = "entry" if late else None
    frame = frame if late else frame.drop(columns="entry")
    ours = aalen_johansen(frame, FirstEvents("time", "cause", "days", entry))
    theirs = kaplan_meier(Cohort.read(frame, Columns("time", "cause", "days", entry)))
    np.testing.assert_array_equal(ours.days, theirs.days)
    np.testing.assert_allclose(1 - ours.incidence["1"], theirs.share, rtol=1e-12, atol=0)
    inside = theirs.share > 0
    greenwood = (theirs.share**2 * theirs.spread)[inside]
    np.testing.assert_allclose(ours.variance["1"][inside], greenwood, rtol=1e-9, atol=0)


@pytest.mark.parametrize("late", [False, True])
def test_as_lifelines_has_it_where_nothing_is_tied(late):
    lifelines = pytest.importorskip("lifelines")
    frame = people()
    frame["entry"] = np.minimum(np.random.default_rng(2).uniform(0, 300, len(frame)), frame["time"] * 0.9)
    ours = aalen_johansen(frame, FirstEvents("time", "cause", "days", "entry" if late else None))
    for cause in (1, 2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numpy, at lifelines' own first row
            theirs = lifelines.AalenJohansenFitter()
            theirs.fit(frame["time"], frame["cause"], cause, entry=frame["entry"] if late else None)
        at = theirs.cumulative_density_.index.get_indexer(ours.days)
        name = str(cause)
        np.testing.assert_allclose(ours.incidence[name], theirs.cumulative_density_.iloc[at, 0], rtol=1e-12, atol=0)
        known = np.isfinite(theirs.variance_.to_numpy()[at]) & (ours.incidence[name] > 0)
        assert known.sum() > 150
        np.testing.assert_allclose(ours.variance[name][known], theirs.variance_.to_numpy()[at][known], rtol=1e-9, atol=0)
        # lifelines calls the lower bound the upper one
        upper, lower = theirs.confidence_interval_.to_numpy()[at][known].T
        for mine, other in zip(ours.band(name, ours.days), sorted((lower, upper), key=np.sum), strict=True):
            np.testing.assert_allclose(mine[known], other, rtol=1e-9, atol=0)


def test_counting_other_causes_as_censored_is_another_answer():
    """The twin: one minus Kaplan-Meier of one cause, the others censored, is too high."""
    frame = people()
    naive = kaplan_meier(Cohort.read(frame.assign(cause=(frame["cause"] == 1).astype(int)), Columns("time", "cause", "days")))
    assert (1 - naive.at(1800.0)) - aalen_johansen(frame, DAYS).at("1", 1800.0) > 0.05


def test_the_variance_is_the_spread_of_repeats():
    """400 cohorts of 200: the mean variance within 0.15 of the variance of the estimates.

    The variance of 400 numbers has a standard error of sqrt(2/399) = 7% of itself, so a true agreement fails once in 30
    seeds at 15%; the seed is fixed and was not chosen (the first).
    """
    draw = np.random.default_rng(1)
    estimates, variances = [], []
    for _ in range(400):
        first, second, end = (draw.exponential(scale, 200) for scale in (900.0, 1500.0, 2500.0))
        time = np.ceil(np.minimum(np.minimum(first, second), end) / 60) * 60
        cause = np.where(np.minimum(first, second) > end, 0, np.where(first < second, 1, 2))
        seen = aalen_johansen(pd.DataFrame({"time": time, "cause": cause}), DAYS)
        estimates.append(float(seen.at("1", 600.0)))
        variances.append(float(seen.standard_error("1", 600.0)) ** 2)
    assert np.mean(variances) == pytest.approx(np.var(estimates, ddof=1), rel=0.15, abs=0)


def test_units_and_frames():
    frame = people()
    months = frame.assign(time=frame["time"] / 30.4375)
    ours, theirs = aalen_johansen(frame, DAYS), aalen_johansen(months, FirstEvents("time", "cause", "months"))
    np.testing.assert_allclose(ours.days, theirs.days, rtol=1e-12, atol=0)
    other = aalen_johansen(polars.DataFrame(frame.to_dict("list")), DAYS)
    np.testing.assert_array_equal(ours.incidence["2"], other.incidence["2"])


def test_the_last_one_at_risk():
    seen = aalen_johansen(pd.DataFrame({"time": [1.0, 2.0, 3.0], "cause": [1, 2, 1]}), DAYS)
    assert seen.event_free[-1] == 0
    np.testing.assert_allclose([v[-1] for v in seen.variance.values()], [2 / 27, 2 / 27], rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("frame", "columns", "words"),
    [
        ({"time": [1.0], "cause": [0]}, DAYS, "column `cause`: needs at least one patient with an event; came 'none of 1'"),
        ({"time": [-1.0], "cause": [1]}, DAYS, "row 1, column `time`: is not allowed; times are 0 or more, in days"),
        ({"time": [1.0], "why": [1]}, DAYS, "column `cause`: must be one of the columns"),
        ({"time": [], "cause": []}, DAYS, "at least one row"),
        (
            {"time": [1.0], "cause": [1], "in": [2.0]},
            FirstEvents("time", "cause", "days", "in"),
            "row 1, column `in`: must be before the time of the same patient, 1",
        ),
    ],
)
def test_what_is_not_allowed(frame, columns, words):
    with pytest.raises(InputError, match=words):
        aalen_johansen(pd.DataFrame(frame), columns)
    with pytest.raises(InputError, match="`unit`: must be one of days, months, years"):
        FirstEvents("time", "cause", "weeks")


def test_causes_that_are_not_there():
    with pytest.raises(InputError, match="`cause`: must be one of 1, 2; came 3"):
        aalen_johansen(people(), DAYS).at(3, [0.0])
