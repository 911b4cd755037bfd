"""Quality-adjusted life and cost after a finding, against sums by hand and day by day."""

import numpy as np
import pytest

from remnant.spent import PRICED, Spent, Worth, costs, quality_years

WORTH = Worth(0.8, 0.6, 0.4, 0.05, 0.1)
PRICES = dict(zip(PRICED, (1000.0, 200.0, 300.0, 5000.0, 400.0, 70.0), strict=True))
YEAR = 365.25


def one(begin=0.0):
    """A year in remission from a day on, then half a year treated with support, then a quarter in comfort with support."""
    spans = [(0.0, YEAR), (YEAR, 1.5 * YEAR), (1.5 * YEAR, 1.75 * YEAR), (YEAR, 1.75 * YEAR)]
    days = np.array([[b - a for a, b in spans]])
    moments = np.array([[(b - a) * (begin + (a + b) / 2) for a, b in spans]])
    done = np.array([[1.0, 2.0, 0.0]])
    return Spent(days, moments, done, np.array([[begin, 2 * begin + YEAR, 0.0]]), np.array([1]))


def test_without_discounting_it_is_a_sum_by_hand():
    assert quality_years(one(), WORTH) == pytest.approx([0.8 + 0.3 + 0.1 + 0.05 * 0.75 - 0.025], rel=1e-12, abs=0)
    assert costs(one(), PRICES) == pytest.approx([1000 + 400 + 0.25 * 5000 + 0.75 * 400 + 70], rel=1e-12, abs=0)


@pytest.mark.parametrize("rate", [0.015, 0.035, 0.05])
def test_discounting_by_the_mean_day_of_a_state_is_close_to_day_by_day(rate):
    begin = 4 * YEAR
    day = np.arange(0, 1.75 * YEAR, 0.25) + 0.125
    state = np.where(day < YEAR, 0.8, np.where(day < 1.5 * YEAR, 0.65, 0.45))
    wanted = (state * (1 + rate) ** (-(begin + day) / YEAR)).sum() * 0.25 / YEAR
    plain = Worth(0.8, 0.6, 0.4, 0.05, 0.0)
    assert quality_years(one(begin), plain, rate) == pytest.approx([wanted], rel=5e-4, abs=0)
    assert quality_years(one(begin), plain) != pytest.approx([wanted], rel=0.01, abs=0)


def test_costs_count_less_later():
    assert costs(one(4 * YEAR), PRICES, 0.03)[0] < costs(one(), PRICES, 0.03)[0] < costs(one(), PRICES)[0]
    assert costs(one(4 * YEAR), PRICES)[0] == pytest.approx(costs(one(), PRICES)[0], rel=1e-12, abs=0)


def test_who_was_never_found_has_neither():
    nobody = Spent(np.zeros((1, 4)), np.zeros((1, 4)), np.zeros((1, 3)), np.zeros((1, 3)), np.array([0]))
    assert quality_years(nobody, WORTH, 0.03).tolist() == [0.0] and costs(nobody, PRICES, 0.03).tolist() == [0.0]
