"""What is solved quickly is right to three digits, on every course of the catalogue; the twin with too few speeds is not."""

import numpy as np
import pytest

from remnant import catalogue
from remnant.exact import growth
from remnant.exact.incidence import EXACT, QUICK, incidence
from remnant.exact.solve import solve_together
from remnant.quantity import YEAR_DAYS

DAYS = np.array([0.0, 1.0, 2.0, 5.0, 10.0]) * YEAR_DAYS
THREE_DIGITS = 1e-3


def gap(name: str) -> float:
    _, timeline = catalogue.course(name).resolve(DAYS)[0]
    exact, rough = (solve_together([timeline], DAYS, rough=rough)[0].curves for rough in (False, True))
    names = ("recurred", "cured", "inactive", "active")
    return max(float(np.nanmax(np.abs(getattr(exact, one) - getattr(rough, one)))) for one in names)


@pytest.mark.parametrize("name", catalogue.list())
def test_few_growth_speeds_give_three_digits(name):
    assert gap(name) < THREE_DIGITS


def test_too_few_growth_speeds_would_be_found_out(monkeypatch):
    monkeypatch.setattr(growth, "ROUGH_STEP_OF_MANY_AGES", 2.0)
    monkeypatch.setattr(growth, "ROUGH_STEP_IN_Z", 4.0)
    assert gap("colon") > THREE_DIGITS


@pytest.mark.parametrize("name", ["colon", "testis/non-seminoma", "aml", "pancreas"])
def test_where_and_how_is_told_to_three_digits(name):
    _, timeline = catalogue.course(name).resolve(DAYS)[0]
    exact, quick = (incidence(timeline, DAYS, care) for care in (EXACT, QUICK))
    assert np.abs(exact.found - quick.found).max() < THREE_DIGITS
    total = quick.found.sum(axis=(0, 1)) + sum(np.asarray(one) for one in quick.causes.values()) + quick.event_free
    assert np.abs(total - 1).max() < 1e-9
