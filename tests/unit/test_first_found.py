"""Where and how it is found: the quick way agrees with the exact incidence, in the course and in its draws, and ranges hold."""

from __future__ import annotations

import numpy as np
import pytest

from remnant import catalogue
from remnant.exact import origins
from remnant.first_found import DRAWS, Drawn, first_found, where_one_more_lies
from remnant.predict import found_roughly, solve, solve_roughly, with_draws
from remnant.quantity import YEAR_DAYS

COURSES = [("stomach", 0.0, 5.0), ("dlbcl", 1.0, 5.0), ("osteosarcoma", 2.0, 6.0), ("testis/seminoma", 0.0, 6.0)]
NEAR = 0.02
"""Places are those of origin, and of several seen on one day the most advanced names them: in colon a place lies 0.014 off."""
NEAR_RANGE = 0.03
"""Single draws lie further off (0.1 at most, where little comes back); ends of ranges up to 0.025, of one 0.63 wide."""


def exact_shares(outcome, since):
    """Exact shares by place and, last, the share found at a visit, of those in whom it comes back."""
    places = outcome.answers.incidence(outcome.times)
    at = int(np.argmin(np.abs(outcome.times - since)))
    gain = places.found[:, :, -1] - places.found[:, :, at]
    return np.array([*gain.sum(axis=1), gain[:, 1:].sum()]) / gain.sum()


def rough_shares(places):
    return np.array([*places.sum(axis=1), places[:, 1].sum()]) / places.sum()


@pytest.mark.parametrize(("name", "since", "years"), COURSES)
def test_the_quick_way_agrees_with_the_exact_one(name, since, years):
    course, days = catalogue.course(name), [0.0, since * YEAR_DAYS, years * YEAR_DAYS]
    outcome = solve(course, days)
    (places,), (free,) = found_roughly([course], days[1], days[2])
    assert np.abs(rough_shares(places) - exact_shares(outcome, days[1])).max() < NEAR
    kinds = outcome.incidence("kind")
    assert free == pytest.approx(1 - sum(values[1] for values in kinds.values()), rel=0.01, abs=0)
    back = sum(kinds[kind][-1] - kinds[kind][1] for kind in ("local", "regional", "distant", "systemic"))
    assert places.sum() == pytest.approx(back, rel=0.1, abs=0)


def test_a_quick_way_that_forgets_the_looks_is_found(monkeypatch):
    """The planted fault: looks see nothing."""
    monkeypatch.setattr(origins, "seen_at", lambda timeline, *_: origins.unseen(timeline))
    course, days = catalogue.course("osteosarcoma"), [0.0, 2 * YEAR_DAYS, 6 * YEAR_DAYS]
    (places,), _ = found_roughly([course], days[1], days[2])
    assert np.abs(rough_shares(places) - exact_shares(solve(course, days), days[1])).max() > NEAR


@pytest.mark.parametrize(
    ("name", "since", "years"), [COURSES[0], *(pytest.param(*one, marks=pytest.mark.verify) for one in COURSES[1:])]
)
def test_ranges_are_those_of_the_exact_shares_of_the_same_draws(name, since, years):
    course, days = catalogue.course(name), [0.0, since * YEAR_DAYS, years * YEAR_DAYS]
    draws = [course, *course.draws(DRAWS, every=True)]
    exact = np.array([exact_shares(one, days[1]) for one in solve_roughly(draws, days)])
    rough = np.array([rough_shares(places) for places in found_roughly(draws, days[1], days[2])[0]])
    middle = exact_shares(solve(course, days), days[1])
    for at in np.nonzero((middle > 1e-6) & (middle < 1 - 1e-6))[0]:
        mine, true = (np.array(where_one_more_lies(shares[:, at], middle[at])) for shares in (rough, exact))
        assert np.abs(mine - true).max() < NEAR_RANGE, at
        fault = np.array(where_one_more_lies(rough[:1, at].repeat(len(rough)), middle[at]))
        assert np.abs(fault - true).max() > NEAR_RANGE, "a range of draws that are all alike would have passed"


def test_more_numbers_are_drawn_for_where_and_how_than_for_when():
    course = catalogue.course("colon")
    few, every = ([one.numbers() for one in course.draws(3, every=every)] for every in (False, True))
    for path in ("disease.places.lung.share", "disease.residue.r0", "exams.cea.sees.liver.n50"):
        assert few[0][path].size == few[1][path].size and every[0][path].size != every[1][path].size
    assert few[2]["disease.cells.doubling_time"].size == every[2]["disease.cells.doubling_time"].size


@pytest.fixture(scope="module")
def told():
    course, days = catalogue.course("osteosarcoma"), [0.0, YEAR_DAYS, 2 * YEAR_DAYS, 6 * YEAR_DAYS]
    outcome = with_draws(solve(course, days), course, 20, days)
    drawn = Drawn(*found_roughly([course, *course.draws(DRAWS, every=True)], days[1], days[-1]))
    return outcome, drawn, first_found(outcome, YEAR_DAYS, drawn, 0.2)


def test_shares_sum_to_one_and_lie_in_their_ranges(told):
    _, _, found = told
    for shares in (*found["found"].values(), found["first"]):
        assert sum(one["share"] for one in shares.values()) == pytest.approx(1, rel=1e-9, abs=0)
    for shares in (*found["found"].values(), *found["people"].values()):
        assert all(one["low"] <= one["share"] <= one["high"] for one in shares.values())
    back = sum(one["share"] for one in found["people"]["site"].values())
    assert back == pytest.approx(found["first"]["recurrence"]["share"], rel=1e-9, abs=0)


def test_other_deaths_have_a_wider_range_where_their_hazard_has_one(told):
    outcome, drawn, found = told
    known = first_found(outcome, YEAR_DAYS, drawn, 0.0)["first"]["other_death"]
    unsure = found["first"]["other_death"]
    assert unsure["share"] == known["share"]
    assert unsure["high"] - unsure["low"] > 2 * (known["high"] - known["low"])


def test_too_few_draws_have_no_range(told):
    outcome, _, _ = told
    bare = first_found(solve(catalogue.course("osteosarcoma"), outcome.times), YEAR_DAYS, None)
    assert not any("low" in one for one in (*bare["found"]["site"].values(), *bare["first"].values()))
