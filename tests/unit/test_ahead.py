"""Whether the year ahead falls each half month is the same answer, whether or not all of them are solved."""

from types import SimpleNamespace

import numpy as np
import pytest

from remnant import catalogue
from remnant.ahead import FALLS_BY, falls
from remnant.predict import solve
from remnant.quantity import YEAR_DAYS


@pytest.mark.parametrize("since", [0.0, 2.3 * YEAR_DAYS])
@pytest.mark.parametrize("name", ["ewing", "glioblastoma", "pancreas", "testis/seminoma", "wilms"])
def test_it_falls_where_every_half_month_does(name, since):
    course = catalogue.course(name)
    outcome = solve(course, [YEAR_DAYS * year for year in range(int(course.years) + 1)])
    days = np.arange(since, float(outcome.times[-1]) + 0.5, YEAR_DAYS / 24)
    free = outcome.answers.recurrence_free(days)
    known = bool(np.all(np.diff(1 - free[24:] / free[:-24]) < -FALLS_BY))
    assert falls(outcome, since) is known


def test_both_answers_are_met():
    course = catalogue.course("pancreas")
    outcome = solve(course, [YEAR_DAYS * year for year in range(int(course.years) + 1)])
    assert [falls(outcome, since) for since in (0.0, 2.3 * YEAR_DAYS)] == [False, True]


def test_a_rise_between_two_months_is_seen():
    """With no visits, the year ahead of stage III lymphoma is lower at each whole month, and rises from day 3 to day 33."""
    course = catalogue.course("dlbcl").replace_all({"patient.stage": "III", "follow_up": None}).replace("years", 7)
    outcome = solve(course, [YEAR_DAYS * year for year in range(8)])
    free = outcome.answers.recurrence_free(np.arange(0, 7 * YEAR_DAYS + 0.5, YEAR_DAYS / 12))
    assert np.all(np.diff(1 - free[12:] / free[:-12]) < -FALLS_BY)
    assert not falls(outcome, 0.0)


class Bent:
    """Answers in which the year ahead falls but for one half month, which the nearly right ones miss: they doubt, or do not."""

    def __init__(self, doubts):
        self.doubts = doubts

    def smooth(self, days):
        return np.exp(-0.3 * (1 - np.exp(-np.asarray(days) / 900.0)))

    def recurrence_free(self, times):
        return self.smooth(times) + 3e-3 * ((np.asarray(times) > 699) & (np.asarray(times) < 701))

    def nearly_free(self, times):
        return np.array([self.smooth(times), self.recurrence_free(times) if self.doubts else self.smooth(times)])


@pytest.mark.parametrize("doubts", [True, False])
def test_a_rise_that_nearly_right_answers_miss_is_looked_for_where_they_doubt(doubts):
    since = 700 - 45 * YEAR_DAYS / 24
    outcome = SimpleNamespace(times=np.array([0.0, 10 * YEAR_DAYS]), answers=Bent(doubts))
    assert falls(outcome, since) is not doubts
