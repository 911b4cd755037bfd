"""What is solved quickly is right to three digits, on every course of the catalogue; the twin with too few speeds is not."""

import numpy as np
import pytest

from remnant import catalogue
from remnant.exact import growth
from remnant.exact.incidence import EXACT, QUICK, incidence
from remnant.exact.rough import ask_roughly, rough_speeds
from remnant.exact.solve import solve_together
from remnant.predict import solve, solve_roughly, with_draws
from remnant.quantity import YEAR_DAYS

DAYS = np.array([0.0, 1.0, 2.0, 5.0, 10.0]) * YEAR_DAYS
THREE_DIGITS = 1e-3


def gap(name: str) -> float:
    _, timeline = catalogue.course(name).resolve(DAYS)[0]
    asked = ask_roughly([timeline], DAYS, DAYS, rough_speeds(timeline))
    exact, rough = solve_together([timeline], DAYS, DAYS)[0].curves, asked.solved(asked.walk())[0].curves
    names = ("recurred", "cured", "inactive", "active")
    return max(float(np.nanmax(np.abs(getattr(exact, one) - getattr(rough, one)))) for one in names)


@pytest.mark.parametrize("name", catalogue.list())
def test_few_growth_speeds_give_three_digits(name):
    assert gap(name) < THREE_DIGITS


def test_too_few_growth_speeds_would_be_found_out(monkeypatch):
    monkeypatch.setattr(growth, "ROUGH_STEP_OF_MANY_AGES", 2.0)
    monkeypatch.setattr(growth, "ROUGH_STEP_IN_Z", 4.0)
    assert gap("colon") > THREE_DIGITS


@pytest.mark.parametrize("name", ["breast/triple-negative", "lung/non-small-cell", "pancreas", "testis/non-seminoma"])
def test_ranges_from_few_growth_speeds_are_right_to_half_of_one_in_a_hundred(name):
    course, days = catalogue.course(name), DAYS.tolist()
    found, every = with_draws(solve(course, days), course, 40, days), solve_roughly(course.draws(40), days)
    for curve in ("recurrence_free", "cured", "inactive", "active"):
        ends = [np.quantile([getattr(one, curve) for one in many], (0.025, 0.975), axis=0) for many in (found.draws, every)]
        assert np.abs(ends[0] - ends[1]).max() < 5e-3


def test_draws_take_every_speed_where_the_course_itself_needs_them():
    speeds = {}
    for name in ("breast/triple-negative", "pancreas"):
        course, days = catalogue.course(name), DAYS.tolist()
        one = with_draws(solve(course, days), course, 12, days).draws[-1]
        made = one.provenance.get("growth_speeds") or one.answers.parts[0].provenance["growth_speeds"]
        speeds[name] = made, len(rough_speeds(course.resolve(days)[0][1]).g)
    assert speeds["breast/triple-negative"][0] < 0.6 * speeds["breast/triple-negative"][1]
    assert speeds["pancreas"][0] == speeds["pancreas"][1]


@pytest.mark.parametrize("name", ["colon", "testis/non-seminoma", "aml", "pancreas"])
def test_where_and_how_is_told_to_three_digits(name):
    _, timeline = catalogue.course(name).resolve(DAYS)[0]
    exact, quick = (incidence(timeline, DAYS, care) for care in (EXACT, QUICK))
    assert np.abs(exact.found - quick.found).max() < THREE_DIGITS
    total = quick.found.sum(axis=(0, 1)) + sum(np.asarray(one) for one in quick.causes.values()) + quick.event_free
    assert np.abs(total - 1).max() < 1e-9
