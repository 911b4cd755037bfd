"""Life tables: what is read, and what is refused with the row and column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars
import pytest

from remnant.errors import DataWarning, InputError
from remnant.lifetable import YEAR, Background, LifeTable


def table(**changes):
    return pd.DataFrame({"age": [0, 1, 50, 100], "q": [0.004, 0.001, 0.01, 0.3]} | changes)


def test_frames_and_files_give_the_same(tmp_path):
    path = tmp_path / "deaths.csv"
    table().to_csv(path, index=False)
    ours = LifeTable.read(table())
    assert ours.sexes == () and ours.years.size == 0 and ours.rates.shape == (1, 1, 4)
    for other in (LifeTable.from_csv(path), LifeTable.read(polars.DataFrame(table().to_dict("list")))):
        np.testing.assert_array_equal(other.rates, ours.rates)
    assert not ours.rates.flags.writeable


def test_rows_may_stand_in_any_order():
    shuffled = LifeTable.read(table().iloc[[2, 0, 3, 1]])
    np.testing.assert_array_equal(shuffled.rates, LifeTable.read(table()).rates)


def test_shapes():
    ours = LifeTable.read(table())
    assert ours.survival(30, [0.0, 10.0]).shape == (2,)
    assert ours.survival([30, 40, 50], [0.0, 10.0]).shape == (3, 2)
    assert ours.survival(30, [10.0, 0.0])[1] == 1.0


def test_the_last_row_holds_with_a_warning():
    ours = LifeTable.read(table())
    with pytest.warns(DataWarning, match="ends at age 100: its last row is taken to hold until age 112"):
        alive = ours.survival(100.0, [12 * YEAR])
    np.testing.assert_allclose(alive, 0.7**12, rtol=1e-9, atol=0)
    with pytest.warns(DataWarning, match="until age 112"):
        ours.event_free([1.0], [12 * YEAR], [100.0])


def test_a_closing_row_is_left_out_with_a_warning():
    with pytest.warns(DataWarning, match="the closing row with q = 1 at age 100 is left out"):
        ours = LifeTable.read(table(q=[0.004, 0.001, 0.01, 1.0]))
    assert ours.ages.tolist() == [0, 1, 50]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"q": [0.004, 1.0, 0.01, 0.3]},
            "row 2, column `q`: must be a chance to die within a year, 0 or more and under 1; came 1",
        ),
        ({"q": [4.0, 1.0, 10.0, 300.0]}, "divide the column"),
        ({"q": [0.004, -0.1, 0.01, 0.3]}, "row 2, column `q`"),
        ({"q": [0.004, None, 0.01, 0.3]}, "row 2, column `q`: must be a number; came 'nothing'"),
        ({"age": [0, 1, 1, 100]}, "row 3, column `age`: must stand once"),
        ({"age": [0, 1, -50, 100]}, "row 3, column `age`"),
        ({"age": ["0", "1", "50", "100+"]}, "row 4, column `age`: must be a number; came '100\\+'"),
        ({"rate": [0.1] * 4}, "must have one of the columns `q` and `rate`"),
        ({"sex": ["f", "f", None, "f"]}, "row 3, column `sex`"),
        ({"sex": ["f", "m", "f", "f"]}, "must have a row for every age of every sex and year; came 'none for age 1, sex f'"),
        ({"year": [2000, 2000, 2001, 2001]}, "none for age 50, year 2000"),
    ],
)
def test_what_is_not_allowed(changes, words):
    with pytest.raises(InputError, match=words):
        LifeTable.read(table(**changes))


def test_rates_for_a_thousand_people_are_refused():
    with pytest.raises(InputError, match="at most 2; came 12; if it is for 1,000 or 100,000 people, divide the column"):
        LifeTable.read(pd.DataFrame({"age": [0, 60], "rate": [1.5, 12.0]}))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"years": [1], "q": [0.1]}), "column `age`: is required"),
        (pd.DataFrame({"age": [1], "qx": [0.1]}), "name the chance to die within a year `q`"),
        (pd.DataFrame({"age": [1], "q": [0.1]}).iloc[:0], "at least one row"),
        (pd.DataFrame({"age": [1], "q": [1.0]}), "must be under 1 at some age"),
        ([1, 2], "must be a pandas or polars DataFrame"),
    ],
)
def test_tables_that_are_not_life_tables(frame, words):
    with pytest.raises(InputError, match=words):
        LifeTable.read(frame)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ages": [-1.0]}, "`age_years`: must be ages in years, 0"),
        ({"ages": [np.nan]}, "`age_years`"),
        ({"ages": []}, "`age_years`"),
        ({"ages": [50.0], "sexes": "f"}, "`sex`: must be left out"),
        ({"ages": [50.0], "years": 2000}, "`year`: must be left out"),
    ],
)
def test_people_that_are_not_allowed(given, words):
    with pytest.raises(InputError, match=words):
        Background(LifeTable.read(table()), **given)


def test_what_the_table_asks_must_be_told():
    frame = pd.concat([table(sex=s, year=y) for s in ("f", "m") for y in (2000, 2001)])
    ours = LifeTable.read(frame)
    assert ours.sexes == ("f", "m") and ours.years.tolist() == [2000, 2001]
    for given, words in (
        ({}, "`sex`: is required"),
        ({"sexes": "f"}, "`year`: is required"),
        ({"sexes": "x", "years": 2000}, "must be one of the life table's, f, m; came 'x'"),
        ({"sexes": ["f", "m", "f"], "years": 2000}, "one for all or one a person, 2; came '3 of them'"),
        ({"sexes": "f", "years": 1999}, "`year`: must be a calendar year, 2000"),
    ):
        with pytest.raises(InputError, match=words):
            Background(ours, np.array([50.0, 60.0]), **given)
    with pytest.warns(DataWarning, match="ends at year 2001"):
        ours.survival(50.0, [3 * YEAR], sex="f", year=2000)


@pytest.mark.parametrize(
    ("free", "days", "words"),
    [
        ([1.0, 0.5], [0.0], "one share for each of 1 days"),
        ([[1.0]] * 3, [0.0], "for each of 2 people"),
        ([1.0, 1.2], [0.0, 1.0], "must be shares from 0 to 1"),
        ([0.5, 0.6], [0.0, 1.0], "must never rise; came 'a rise of 0.1'"),
        ([1.0, 0.6], [1.0, 1.0], "`days`: must be rising numbers"),
        ([1.0, 0.6], [-1.0, 1.0], "`days`: must be rising numbers"),
        ([1.0, np.nan], [0.0, 1.0], "must be shares"),
    ],
)
def test_curves_that_are_not_allowed(free, days, words):
    with pytest.raises(InputError, match=words):
        LifeTable.read(table()).event_free(free, days, [50.0, 60.0])


def test_days_before_zero_are_refused():
    with pytest.raises(InputError, match="`days`: must be finite numbers, 0 or more"):
        LifeTable.read(table()).survival(50.0, [-1.0])


def test_what_recurred_on_day_0_and_what_reaches_0():
    seen = LifeTable.read(table()).event_free([0.9, 0.5, 0.0], [0.0, 100.0, 200.0], [50.0])
    assert seen.event_free[0] == pytest.approx(0.9, rel=1e-12, abs=0)
    assert seen.recurred[0] == pytest.approx(0.1, rel=1e-12, abs=0)
    assert seen.event_free[-1] < 1e-290 and np.isfinite(seen.mean_days).all()
    assert seen.recurred[-1] + seen.died[-1] == pytest.approx(1.0, rel=1e-12, abs=0)
