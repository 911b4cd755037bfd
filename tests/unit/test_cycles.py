"""Survival by cycle: identities of the table, the text, and what is refused."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import remnant as rm
from remnant.cohort import Rows, TimeUnit
from remnant.cycles import Cycles, curve_cycles, cycles_csv, outcome_cycles, outcome_cycles_csv
from remnant.errors import InputError
from remnant.lifetable import YEAR, Background, LifeTable

DAYS, MONTHS, YEARS = (TimeUnit.named(name) for name in ("days", "months", "years"))


@dataclass(frozen=True)
class Constant:
    """A curve with a constant rate a year for each patient: the first column of growth."""

    name: str = "constant"
    log_likelihood: float = -1.0
    parameters: int = 1

    def recurrence_free(self, times_days, rows):
        return np.exp(-rows.growth[:, :1] * times_days[None, :] / YEAR)


def patients(*rates):
    return Rows(np.zeros((len(rates), 0)), np.array(rates, dtype=float)[:, None])


def deaths(rate=0.03):
    return LifeTable.read(pd.DataFrame({"age": np.arange(111), "rate": np.full(111, rate)}))


def read(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_the_columns_agree_with_the_curve():
    rows = patients(0.02, 0.3)
    table = read(cycles_csv(Constant(), rows, Cycles(YEAR / 12, 20 * YEAR, MONTHS)))
    assert list(table) == [
        "cycle",
        "start_months",
        "end_months",
        "recurrence_free_start",
        "recurrence_free_end",
        "probability_of_recurrence",
        "half_cycle_membership",
    ]
    assert table["cycle"].tolist() == list(range(1, 241))
    np.testing.assert_allclose(table["end_months"], np.arange(1, 241), rtol=1e-12, atol=0)
    curve = Constant().recurrence_free(MONTHS.to_days(table["end_months"]), rows).mean(axis=0)
    np.testing.assert_allclose(table["recurrence_free_end"], curve, rtol=1e-12, atol=0)
    product = np.cumprod(1 - table["probability_of_recurrence"])
    np.testing.assert_allclose(product, table["recurrence_free_end"], rtol=1e-12, atol=0)
    np.testing.assert_array_equal(table["recurrence_free_start"][1:], table["recurrence_free_end"][:-1])
    middle = (table["recurrence_free_start"] + table["recurrence_free_end"]) / 2
    np.testing.assert_allclose(table["half_cycle_membership"], middle, rtol=1e-15, atol=0)


def test_a_constant_rate_has_a_constant_probability():
    table = curve_cycles(Constant(), patients(0.1), Cycles(30.0, 3000.0, DAYS))
    np.testing.assert_allclose(table.probability_of_recurrence, -np.expm1(-0.1 * 30 / YEAR), rtol=1e-9, atol=0)


def test_every_digit_is_written():
    table = curve_cycles(Constant(), patients(0.123456), Cycles(77.7, 1000.0, YEARS))
    written = read(table.csv)
    for name, values in table.columns.items():
        np.testing.assert_array_equal(written[name], values)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(table.csv), float_precision="round_trip"), table.frame)


def test_units_are_only_the_clock_of_the_table():
    rows = patients(0.02)
    days, years = (curve_cycles(Constant(), rows, Cycles(YEAR, 10 * YEAR, unit)) for unit in (DAYS, YEARS))
    np.testing.assert_array_equal(days.recurrence_free_end, years.recurrence_free_end)
    assert years.columns["end_years"].tolist() == list(range(1, 11))
    assert days.columns["end_days"][0] == YEAR


@pytest.mark.parametrize(
    ("length", "last", "count"), [(30.0, 90.0, 3), (30.0, 91.0, 4), (30.0, 10.0, 1), (0.1, 0.3, 3), (30.4375, 365.25, 12)]
)
def test_the_last_cycle_is_whole(length, last, count):
    assert Cycles(length, last, DAYS).count == count


def test_recurrence_and_death_compete_in_each_cycle():
    h, m = 0.1, 0.03
    table = curve_cycles(Constant(), patients(h), Cycles(YEAR / 2, 30 * YEAR, YEARS), Background(deaths(m), np.array([50.0])))
    columns, gone = table.columns, -np.expm1(-(h + m) / 2)
    np.testing.assert_allclose(columns["probability_of_recurrence_first"], h / (h + m) * gone, rtol=1e-9, atol=0)
    np.testing.assert_allclose(columns["probability_of_death_first"], m / (h + m) * gone, rtol=1e-9, atol=0)
    np.testing.assert_allclose(columns["event_free_end"], np.exp(-(h + m) * columns["end_years"]), rtol=1e-9, atol=0)
    np.testing.assert_allclose(columns["background_survival_end"], np.exp(-m * columns["end_years"]), rtol=1e-9, atol=0)
    stays = 1 - columns["probability_of_recurrence_first"] - columns["probability_of_death_first"]
    np.testing.assert_allclose(np.cumprod(stays), columns["event_free_end"], rtol=1e-12, atol=0)
    spent = columns["event_free_start"] * gone / (h + m) * YEAR
    np.testing.assert_allclose(columns["mean_event_free_days_in_cycle"], spent, rtol=1e-9, atol=0)
    alone = curve_cycles(Constant(), patients(h), Cycles(YEAR / 2, 30 * YEAR, YEARS))
    np.testing.assert_array_equal(alone.probability_of_recurrence, table.probability_of_recurrence)


def test_each_patient_has_their_own_age():
    """The old recur more here: person by person is not the same as the mean person; the twin is one age for both."""
    table = LifeTable.read(pd.DataFrame({"age": np.arange(111), "rate": 4e-5 * 2 ** (np.arange(111) / 8)}))
    rows, cycles = patients(0.01, 0.5), Cycles(YEAR, 15 * YEAR, YEARS)
    own, one = (curve_cycles(Constant(), rows, cycles, Background(table, np.array(ages))) for ages in ([45.0, 85.0], [65.0]))
    curves = Constant().recurrence_free(own.end_days, rows)
    expected = (curves * table.survival([45.0, 85.0], own.end_days)).mean(axis=0)
    np.testing.assert_allclose(own.columns["event_free_end"], expected, rtol=1e-9, atol=0)
    expected = curves.mean(axis=0) * table.survival(65.0, own.end_days)
    np.testing.assert_allclose(one.columns["event_free_end"], expected, rtol=1e-9, atol=0)
    assert (own.columns["event_free_end"] - one.columns["event_free_end"])[-1] > 0.02


def test_an_outlook_by_cycle():
    timeline = rm.Timeline.from_json(Path(__file__).parents[2] / "examples" / "resting_cells.json")
    times = np.arange(1, 11) * YEAR
    outcome = rm.solve(timeline, timeline.zero + times)
    table = outcome_cycles(outcome, Cycles(YEAR, 10 * YEAR, YEARS), Background(deaths(), np.array([60.0, 70.0])))
    np.testing.assert_allclose(table.recurrence_free_end, outcome.recurrence_free, rtol=1e-9, atol=0)
    assert table.recurrence_free_start[0] == pytest.approx(1.0, rel=1e-12, abs=0)
    np.testing.assert_allclose(
        table.columns["event_free_end"], outcome.recurrence_free * np.exp(-0.03 * times / YEAR), rtol=1e-9, atol=0
    )
    plain = read(outcome_cycles_csv(outcome, Cycles(YEAR, 10 * YEAR, YEARS)))
    np.testing.assert_allclose(plain["recurrence_free_end"], table.recurrence_free_end, rtol=1e-12, atol=0)


def test_where_nobody_is_left_nobody_recurs():
    @dataclass(frozen=True)
    class Gone(Constant):
        def recurrence_free(self, times_days, rows):
            return np.where(times_days < 2, 1.0, 0.0)[None, :]

    table = curve_cycles(Gone(), patients(1.0), Cycles(1.0, 4.0, DAYS))
    assert table.probability_of_recurrence.tolist() == [0.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((0.0, 10.0), "`cycle_days`: must be a number of days over 0; came 0.0"),
        ((10.0, -1.0), "`last_days`"),
        ((float("nan"), 10.0), "`cycle_days`"),
        (("30", 10.0), "`cycle_days`"),
        ((1e-4, 3650.0), "at most 100000 cycles"),
    ],
)
def test_cycles_that_are_not_allowed(given, words):
    with pytest.raises(InputError, match=words):
        Cycles(*given, DAYS)


def test_people_that_do_not_fit():
    cycles = Cycles(30.0, 300.0, DAYS)
    with pytest.raises(InputError, match="one person for all or one a row, 2; came '3 people'"):
        curve_cycles(Constant(), patients(0.1, 0.2), cycles, Background(deaths(), np.array([50.0, 60.0, 70.0])))
    with pytest.raises(InputError, match="needs at least one patient"):
        curve_cycles(Constant(), patients(), cycles)
    with pytest.raises(InputError, match="must give shares from 0 to 1"):
        curve_cycles(Constant(), patients(-0.5), cycles)


def test_a_row_that_stands_for_two_people_is_two_rows():
    cycles = Cycles(YEAR, 10 * YEAR, YEARS)
    twice = curve_cycles(Constant(), patients(0.1, 0.1, 0.4), cycles)
    weighed = curve_cycles(Constant(), patients(0.1, 0.4), cycles, weights=np.array([2.0, 1.0]))
    assert weighed.recurrence_free_end == pytest.approx(twice.recurrence_free_end, rel=1e-12, abs=0)
    assert weighed.recurrence_free_end[-1] > curve_cycles(Constant(), patients(0.1, 0.4), cycles).recurrence_free_end[-1]


def test_weights_that_do_not_fit_the_rows_are_refused():
    with pytest.raises(InputError, match="must be one a row, 2"):
        curve_cycles(Constant(), patients(0.1, 0.4), Cycles(YEAR, 10 * YEAR, YEARS), weights=np.ones(3))
