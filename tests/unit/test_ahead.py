"""Whether the year ahead falls each month is the same answer, whether or not all months are solved."""

import numpy as np
import pytest

from remnant import catalogue
from remnant.ahead import FALLS_BY, _falls
from remnant.predict import solve
from remnant.quantity import YEAR_DAYS


@pytest.mark.parametrize("since", [0.0, 2.3 * YEAR_DAYS])
@pytest.mark.parametrize("name", ["ewing", "glioblastoma", "pancreas", "testis/seminoma", "wilms"])
def test_it_falls_where_every_month_does(name, since):
    course = catalogue.course(name)
    outcome = solve(course, [YEAR_DAYS * year for year in range(int(course.years) + 1)])
    days = np.arange(since, float(outcome.times[-1]) + 0.5, YEAR_DAYS / 12)
    free = outcome.answers.recurrence_free(days)
    known = bool(np.all(np.diff(1 - free[12:] / free[:-12]) < -FALLS_BY))
    assert _falls(outcome, since) is known


def test_both_answers_are_met():
    course = catalogue.course("pancreas")
    outcome = solve(course, [YEAR_DAYS * year for year in range(int(course.years) + 1)])
    assert [_falls(outcome, since) for since in (0.0, 2.3 * YEAR_DAYS)] == [False, True]
