"""Background mortality against closed forms, and planted faults that the closed forms must find."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from remnant.lifetable import YEAR, LifeTable

REL = 1e-9


def flat(rate):
    """The same rate at every age from 0 to 110."""
    return LifeTable.read(pd.DataFrame({"age": np.arange(111), "rate": np.full(111, rate)}))


def rising(sexes=False, years=False):
    """Rates that double every eight years of age; men's are twice women's; each calendar year brings 2% less."""
    rows = [
        {"age": age, "sex": sex, "year": year, "rate": 4e-5 * 2 ** (age / 8) * (2 if sex == "m" else 1) * 0.98 ** (year - 2000)}
        for age in range(101)
        for sex in ("f", "m")
        for year in range(2000, 2040)
    ]
    frame = pd.DataFrame(rows)
    frame = frame if sexes else frame[frame["sex"] == "f"].drop(columns="sex")
    return LifeTable.read(frame if years else frame[frame["year"] == 2000].drop(columns="year"))


def walked(rate, age, days, steps=200_000):
    """Cumulative hazard by a fine sum: rate(age in years, years since day 0), deaths a person-year."""
    since = (np.arange(steps) + 0.5) * days / steps / YEAR
    return float(np.sum([rate(age + u, u) for u in since]) * days / steps / YEAR)


@pytest.mark.parametrize("rate", [1e-6, 0.01, 0.7])
def test_constant_rate(rate):
    days = np.array([0.0, 1.0, 365.25, 9000.3])
    np.testing.assert_allclose(flat(rate).survival(50.3, days), np.exp(-rate * days / YEAR), rtol=REL, atol=0)


def test_a_yearly_chance_is_the_chance_of_one_year():
    table = LifeTable.read(pd.DataFrame({"age": [0, 50], "q": [0.01, 0.2]}))
    alive = table.survival(49.0, [YEAR, 2 * YEAR])
    np.testing.assert_allclose(alive, [0.99, 0.99 * 0.8], rtol=REL, atol=0)


@pytest.mark.parametrize(("death", "recurrence"), [(0.02, 0.05), (0.5, 1e-6), (1e-7, 0.3)])
def test_two_constant_rates_compete(death, recurrence):
    """event free exp(-(h + m) t); recurred h / (h + m) of the rest; mean time (1 - exp(-(h + m) t)) / (h + m)."""
    days = np.linspace(0, 20 * YEAR, 81)
    t, both = days / YEAR, death + recurrence
    seen = flat(death).event_free(np.exp(-recurrence * t), days, [40.0, 61.7])
    gone = -np.expm1(-both * t)
    np.testing.assert_allclose(seen.event_free, np.exp(-both * t), rtol=REL, atol=0)
    np.testing.assert_allclose(seen.recurred, recurrence / both * gone, rtol=REL, atol=0)
    np.testing.assert_allclose(seen.died, death / both * gone, rtol=REL, atol=0)
    np.testing.assert_allclose(seen.mean_days, gone / both * YEAR, rtol=REL, atol=0)
    np.testing.assert_allclose(seen.alive, np.exp(-death * t), rtol=REL, atol=0)
    np.testing.assert_allclose(seen.event_free + seen.recurred + seen.died, 1.0, rtol=1e-12, atol=0)


def test_nobody_dies_or_nobody_recurs():
    days = np.array([0.0, 700.0, 1400.0])
    free = np.array([1.0, 0.7, 0.4])
    immortal = flat(0.0).event_free(free, days, [60.0])
    np.testing.assert_allclose(immortal.event_free, free, rtol=1e-12, atol=0)
    assert (immortal.died == 0).all() and (immortal.alive == 1).all()
    cured = flat(0.03).event_free(np.ones(3), days, [60.0])
    assert (cured.recurred == 0).all()
    np.testing.assert_allclose(cured.event_free, np.exp(-0.03 * days / YEAR), rtol=REL, atol=0)
    np.testing.assert_allclose(flat(0.0).event_free(np.ones(3), days, [60.0]).mean_days, days, rtol=1e-12, atol=0)


def test_a_rate_that_changes_inside_the_interval_asked():
    """One step from day 0 to five years, in which the age of 50 is passed after 2.5 years: exact by pieces."""
    table = LifeTable.read(pd.DataFrame({"age": [0, 50, 60], "rate": [0.01, 0.4, 0.5]}))
    h, (m1, m2), half = 0.1, (0.01, 0.4), 2.5
    seen = table.event_free([np.exp(-5 * h)], [5 * YEAR], [47.5])
    first, second = np.exp(-(h + m1) * half), np.exp(-(h + m2) * half)
    np.testing.assert_allclose(seen.event_free, first * second, rtol=REL, atol=0)
    recurred = h / (h + m1) * (1 - first) + first * h / (h + m2) * (1 - second)
    np.testing.assert_allclose(seen.recurred, recurred, rtol=REL, atol=0)
    np.testing.assert_allclose(
        seen.mean_days, ((1 - first) / (h + m1) + first * (1 - second) / (h + m2)) * YEAR, rtol=REL, atol=0
    )


def test_the_old_and_the_young_are_averaged_as_people():
    """The mean of products is not the product of means: here those who recur more also die more."""
    table, days = rising(), np.array([0.0, 5 * YEAR, 15 * YEAR])
    curves = np.array([[1.0, 0.95, 0.9], [1.0, 0.4, 0.2]])
    seen = table.event_free(curves, days, [45.0, 80.0])
    alive = table.survival([45.0, 80.0], days)
    np.testing.assert_allclose(seen.event_free, (curves * alive).mean(axis=0), rtol=REL, atol=0)
    product = curves.mean(axis=0) * alive.mean(axis=0)
    assert (seen.event_free - product)[-1] > 0.05, "the twin: multiplying the means must give another answer"


def test_ages_sexes_and_years_are_walked_together():
    table = rising(sexes=True, years=True)

    def rate(age, since):
        year = np.floor(2005.25 + since)
        return 4e-5 * 2 ** (np.floor(age) / 8) * 2 * 0.98 ** (year - 2000)

    seen = -np.log(table.survival(70.6, 10 * YEAR, sex="m", year=2005.25))[0]
    # the sum is as fine as its steps: each of about twenty jumps lies inside one of 200,000 of them
    np.testing.assert_allclose(seen, walked(rate, 70.6, 10 * YEAR), rtol=1e-4, atol=0)
    still = -np.log(rising(sexes=True).survival(70.6, 10 * YEAR, sex="m"))[0]
    assert still > 1.1 * seen, "the twin: a table that stands still in time must give more deaths"
    woman = -np.log(table.survival(70.6, 10 * YEAR, sex="f", year=2005.25))[0]
    np.testing.assert_allclose(seen, 2 * woman, rtol=REL, atol=0)


def test_growing_older_counts():
    """The twin of the constant rate: a rate frozen at the age of day 0 must give another answer."""
    table = rising()
    frozen_at_start = np.exp(-table.rates[0, 0, 60] * 10)
    assert frozen_at_start - table.survival(60.0, [10 * YEAR])[0] > 0.02


def test_death_takes_from_recurrence():
    """The twin of competing: counting recurrences as if nobody died must give more of them."""
    days = np.array([0.0, 10 * YEAR])
    seen = flat(0.08).event_free([1.0, 0.5], days, [60.0])
    assert 0.5 - seen.recurred[-1] > 0.1


def test_finer_days_change_nothing_for_a_constant_rate():
    coarse, fine = np.linspace(0, 3000, 4), np.linspace(0, 3000, 301)
    table = rising()
    few, many = (table.event_free(np.exp(-d / 4000), d, [55.0, 77.7]) for d in (coarse, fine))
    for name in ("event_free", "recurred", "died", "alive", "mean_days"):
        np.testing.assert_allclose(getattr(few, name), getattr(many, name)[::100], rtol=1e-11, atol=0)
