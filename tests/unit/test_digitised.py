"""Digitised curves: small cases by hand, repairs with a warning, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars
import pytest

from remnant.digitised import rebuild
from remnant.errors import DataWarning, InputError

pytestmark = pytest.mark.filterwarnings("ignore:only the number at risk at the start is known")

CURVE = {"time": [2.0, 5.0, 8.0], "survival": [0.9, 0.8, 0.7]}
RISK = {"time": [0, 6], "at_risk": [10, 8]}


def test_nobody_censored_by_hand():
    rebuilt = rebuild(CURVE, RISK)
    assert rebuilt["time"].tolist() == [2, 5, 8] + [8] * 7
    assert rebuilt["event"].tolist() == [1, 1, 1] + [0] * 7


def test_one_censored_by_hand():
    """10 at risk, 1 of 10 at day 2; 8 before day 6, so one left between: halfway, day 3. Then 1 of 8."""
    rebuilt = rebuild({"time": [2, 8], "survival": [0.9, 0.9 * 7 / 8]}, RISK)
    inside = rebuilt[rebuilt["time"] < 8]
    assert inside["time"].tolist() == [2, 3] and inside["event"].tolist() == [1, 0]
    assert rebuilt["event"].sum() == 2 and len(rebuilt) == 10


def test_every_kind_of_table_gives_the_same():
    first = rebuild(CURVE, RISK)
    for make in (pd.DataFrame, polars.DataFrame):
        pd.testing.assert_frame_equal(rebuild(make(CURVE), make(RISK)), first)
    arrays = {name: np.array(values) for name, values in CURVE.items()}
    pd.testing.assert_frame_equal(rebuild(arrays, RISK), first)


def test_the_number_at_zero_alone():
    rebuilt = rebuild(CURVE, 10)
    assert rebuilt["event"].sum() == 3 and (rebuilt["time"][rebuilt["event"] == 0] == 8).all()
    assert rebuild(CURVE, 1000, 200)["event"].sum() == 200


def test_a_number_at_risk_beyond_the_end():
    """Whoever is at risk at day 12 was followed until then: the curve goes on level; a 0 there tells nothing more."""
    longer = rebuild(CURVE, {"time": [0, 6, 12], "at_risk": [10, 8, 7]})
    assert longer["time"].max() == 12 and longer["event"].sum() == 3
    pd.testing.assert_frame_equal(rebuild(CURVE, {"time": [0, 6, 12], "at_risk": [10, 8, 0]}), rebuild(CURVE, RISK))


def test_a_curve_that_ends_at_0():
    rebuilt = rebuild({"time": [1, 2], "survival": [0.5, 0.0]}, 4)
    assert rebuilt["event"].tolist() == [1, 1, 1, 1]


def test_the_foot_of_a_vertical_piece_counts():
    both = {"time": [2, 2, 5, 5, 8, 8], "survival": [1.0, 0.9, 0.9, 0.8, 0.8, 0.7]}
    pd.testing.assert_frame_equal(rebuild(both, RISK), rebuild(CURVE, RISK))


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({"time": [2, 3, 5, 8], "survival": [0.9, 0.904, 0.8, 0.7]}, "rises of up to 0.004 were smoothed"),
        ({"time": [5, 2, 8], "survival": [0.8, 0.9, 0.7]}, "points were put in order of time"),
        ({"time": [1, 2, 5, 8], "survival": [1.004, 0.9, 0.8, 0.7]}, "shares above 1 or below 0 were put back"),
        ({"time": [2, 5, 8], "survival": [0.6, 0.3, -0.01]}, "shares above 1 or below 0 were put back"),
    ],
)
def test_reading_noise_is_repaired_with_a_warning(curve, words):
    with pytest.warns(DataWarning, match=words):
        rebuilt = rebuild(curve, 10)
    assert len(rebuilt) == 10 and rebuilt["event"].sum() >= 3


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        (
            {"time": [2, 5], "survival": [100.0, 80.0]},
            "row 1, column `survival`: .*came 100; these are percent: divide the column by 100",
        ),
        ({"time": [2, 5], "survival": [0.9, 1.1]}, "row 2, column `survival`: must be a share from 0 to 1; came 1.1"),
        ({"time": [2, 5], "survival": [0.9, 900]}, "came 900; correct or drop the row"),
        ({"time": [2, 5], "survival": [0.9, -0.5]}, "row 2, column `survival`"),
        ({"time": [2, 5], "survival": [0.9, None]}, "row 2, column `survival`: must be a number; came 'nothing'"),
        ({"time": [-2, 5], "survival": [0.9, 0.8]}, "row 1, column `time`: must be 0 or more"),
        ({"time": [0, 5], "survival": [0.1, 0.3]}, "write 1 - incidence if it shows who recurred"),
        ({"time": [0, 5], "survival": [0.9, 0.8]}, "must be 1 at time 0; came 0.9"),
        ({"time": [0], "survival": [1.0]}, "needs at least one time over 0"),
        ({"time": [2, 5], "share": [0.9, 0.8]}, "`curve`, column `survival`: must be one of the columns `time`, `share`"),
        ({"time": [2, 5], "survival": [0.9]}, "must be lists of equal length"),
        ({"time": [], "survival": []}, "at least one row"),
        ([0.9, 0.8], "must be a data frame or lists with time and survival; came 'list'"),
    ],
)
def test_curves_that_are_not_allowed(curve, words):
    with pytest.raises(InputError, match=words):
        rebuild(curve, 10)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"time": [6, 12], "at_risk": [8, 5]}, "row 1, column `time`: must begin with the number at risk at time 0"),
        ({"time": [0, 6], "at_risk": [8, 9]}, "row 2, column `at_risk`: must not rise"),
        ({"time": [0, 0], "at_risk": [8, 7]}, "row 2, column `time`: must come after the row before it"),
        ({"time": [0, 6], "at_risk": [8, 7.5]}, "row 2, column `at_risk`: must be a whole number"),
        ({"time": [0, 6], "at_risk": [0, 0]}, "row 1, column `at_risk`: must be over 0"),
        ({"time": [0, 6], "n": [8, 7]}, "`at_risk`, column `at_risk`: must be one of the columns"),
        (0, "must be over 0"),
        (True, "must be a data frame or lists"),
    ],
)
def test_numbers_at_risk_that_are_not_allowed(numbers, words):
    with pytest.raises(InputError, match=words):
        rebuild(CURVE, numbers)


@pytest.mark.parametrize("total", [0, 11, 2.5, True])
def test_totals_that_are_not_allowed(total):
    with pytest.raises(InputError, match="`total_events`: must be a whole number from 1 to the 10 at risk at time 0"):
        rebuild(CURVE, 10, total)


def test_what_cannot_be_met_is_warned_of():
    with pytest.warns(DataWarning, match="3 events were rebuilt, 9 were given"):
        rebuild(CURVE, 10, 9)
    with pytest.warns(DataWarning, match="away from the one that was read"):
        rebuild({"time": [2.0, 5.0], "survival": [0.95, 0.93]}, 4)


def test_a_lone_number_at_risk_is_warned_of():
    with pytest.warns(DataWarning, match="only the number at risk at the start is known"):
        rebuild(CURVE, 1000)
