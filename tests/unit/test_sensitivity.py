"""Which numbers move an answer: ends of ranges, shares of variance, and a number that moves nothing."""

import pytest

from remnant import catalogue
from remnant.quantity import YEAR_DAYS
from remnant.sensitivity import MOST_SOBOL, influences


@pytest.fixture(scope="module")
def found():
    course = catalogue.course("colon").replace("regimen", []).replace("follow_up", "none")
    return influences(course, 5 * YEAR_DAYS)


def test_the_most_influential_come_first(found):
    moves = [one.move for one in found]
    assert moves[0] > 0.2 and moves[:MOST_SOBOL] == sorted(moves[:MOST_SOBOL], reverse=True)


def test_more_left_behind_leaves_fewer_well(found):
    spread = next(one for one in found if one.path == "disease.extents.III.spread")
    assert spread.at_low > spread.at_high + 0.1 and spread.share is not None and spread.share > 0.1


def test_what_this_course_does_not_use_moves_nothing(found):
    assert next(one for one in found if one.path == "disease.effects.drugs.oxaliplatin.log_kill").move == 0
    assert next(one for one in found if one.path == "disease.extents.I.spread").move == 0


def test_shares_of_variance_are_shares(found):
    shares = [one.share for one in found if one.share is not None]
    assert len(shares) == MOST_SOBOL and all(0 <= share <= 1 for share in shares)
