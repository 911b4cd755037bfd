"""How much is left in a trial's people, found from one of its numbers: met in its arm, the same factor in all, and not judged."""

import math

import pytest
from study_cases import COLON, design

from remnant.errors import InputError
from remnant.studies import Study
from remnant.study.level import level_of

MANY = 4.42
"""A false alarm in 100,000 per comparison."""
PRINTED = {"measure": "event-free", "years": 3, "arm": "usual", "hits": [85], "people": [100], "evidence": "CL0559"}
BOTH = {"patients": 4000, "chunk_patients": 4000, "years": 4}


def levelled(**changes):
    other = PRINTED | {"arm": "none"}
    return design(COLON, **BOTH, published=[PRINTED | {"sets_level": True} | changes, other])


def test_the_number_is_met_in_its_arm_and_not_judged(tmp_path):
    summary = Study(levelled()).run(tmp_path / "level").summary
    first, other = summary["published"]
    assert abs(first["study"]["value"] - 0.85) < MANY * math.hypot(first["study"]["error"], 0.001)
    assert first["inside"] is None and first["sets_level"]
    assert other["inside"] is True and not other["sets_level"]
    # a planted fault: the factor left out
    plain = Study(design(COLON, **BOTH, published=[PRINTED])).run(tmp_path / "plain").summary["published"][0]
    assert abs(plain["study"]["value"] - 0.85) > MANY * plain["study"]["error"] and plain["inside"] is not None


def test_more_events_mean_that_more_is_left():
    assert level_of(levelled(hits=[70])) > level_of(levelled()) > 0
    assert level_of(design(COLON, **BOTH)) == 1.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measure": "second-primary"}, "sets_level goes with recurrence, free"),
        ({"given": {"group": "everybody"}}, "sets_level goes with recurrence, free"),
        ({"compare": "ratio", "against": "none", "hits": [8, 9], "people": [10, 10]}, "sets_level goes with"),
    ],
)
def test_other_numbers_cannot_set_it(changes, words):
    with pytest.raises(InputError, match=words):
        levelled(**changes)


def test_a_number_beyond_reach_is_told():
    with pytest.raises(InputError, match="must lie between .* for 1/50 to 50 times as much left"):
        level_of(levelled(hits=[100]))
