"""Ways round cells that pump drugs out."""

import pytest

import remnant as rm
from remnant import catalogue
from remnant.efflux import ways_round
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS

FIVE = [0.0, 5 * YEAR_DAYS]


AC = {"regimen": ["breast/ac"], "follow_up": "none"}


@pytest.fixture(scope="module")
def free():
    ways = ways_round(catalogue.course("breast/er-negative", calibrated=False).replace_all(AC))
    outcomes = rm.solve_many([way.course for way in ways], FIVE)
    return {way.id: float(one.recurrence_free[-1]) for way, one in zip(ways, outcomes, strict=True)}


def test_the_pump_costs_what_its_drug_gained(free):
    without = catalogue.course("breast/er-negative", calibrated=False).replace_all(
        {"regimen": ["breast/ac"], "follow_up": "none"}
    )
    give = without.regimen["breast/ac"].give
    alone = without.regimen["breast/ac"].model_copy(update={"give": tuple(one for one in give if one.drug != "doxorubicin")})
    kept = without.model_copy(update={"regimen": {"breast/ac": alone}})
    assert free["pumped"] == pytest.approx(float(rm.solve(kept, FIVE).recurrence_free[-1]), rel=1e-9, abs=0)
    assert free["no-pump"] > free["pumped"] + 0.005


def test_an_inhibited_pump_is_no_pump(free):
    assert free["inhibitor"] == pytest.approx(free["no-pump"], rel=1e-9, abs=0)


def test_a_drug_that_is_not_carried_helps_and_turn_about_helps_half_as_much(free):
    assert free["pumped"] < free["alternation"] < free["non-substrate"] < free["no-pump"]


def test_a_course_without_a_carried_drug_is_refused():
    with pytest.raises(InputError, match="must have a drug that the pump carries"):
        ways_round(catalogue.course("breast/er-negative").replace("regimen", ["breast/cmf"]))
