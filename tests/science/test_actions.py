"""What is done after a recurrence: trials, early palliative care, side effects, and what the person wants."""

import math

import numpy as np
import pytest

from remnant import catalogue
from remnant.catalogue.decisions import decisions_for
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS
from remnant.simulate import simulate

MANY = 4.42
"""A false alarm in 100,000 per comparison."""


@pytest.fixture(scope="module")
def course():
    return catalogue.course("colon").replace("years", 10.0).replace("regimen", [])


@pytest.fixture(scope="module")
def lives(course):
    return simulate(course, 8000, 6)


def near(hits, people, wanted):
    return abs(hits / people - wanted) < MANY * math.sqrt(wanted * (1 - wanted) / people)


@pytest.mark.parametrize("goal, allowed", [("control", {"control", "comfort"}), ("comfort", {"comfort"})])
def test_nobody_is_treated_for_more_than_they_want(course, goal, allowed):
    chosen = simulate(course.replace("patient.goal", goal), 3000, 6)
    assert set(chosen.people["goal"].to_pylist()) - {None} == allowed
    events = set(chosen.events["event"].to_pylist())
    if goal == "comfort":
        assert not events & {"local-treatment", "line", "trial", "side-effect", "death-treatment"}


def test_what_the_person_wants_changes_nothing_before_it_comes_back(course, lives):
    people = simulate(course.replace("patient.goal", "comfort"), 8000, 6).people
    assert people["suspected"].equals(lives.people["suspected"]) and people["recurrence"].equals(lives.people["recurrence"])


def test_a_goal_that_is_none_is_refused(course):
    with pytest.raises(InputError, match="goal"):
        course.replace("patient.goal", "forever")


def test_trials_take_the_share_for_whom_there_is_one(lives):
    """Of people who had a line and went on to a trial or to a further line, those for whom there is a trial get it."""
    events, people = lives.events.to_pandas(), lives.people.to_pandas().set_index("patient")
    after_one = events[events.event.isin(["line", "trial"])].groupby("patient").event.nth(1)
    second = events[events.event.isin(["line", "trial"])].groupby("patient").event.apply(list)
    second = second[second.map(len) > 1].map(lambda one: one[1])
    assert len(after_one) == len(second) > 500
    share = decisions_for("colon").trial.takes_part.size
    assert (second == "trial").mean() < share + MANY * math.sqrt(share / len(second))
    assert people.trial.sum() == (events.event == "trial").sum()


def test_side_effects_and_deaths_of_treatment_come_in_their_shares(lives):
    rules, events = decisions_for("colon"), lives.events.to_pandas()
    counts = events.event.value_counts()
    given = {"local-treatment": rules.local, "line": rules.lines[0], "trial": rules.trial}
    n = {name: int(counts.get(name, 0)) for name in given}
    for happened, column in (("side-effect", "harms"), ("death-treatment", "deadly")):
        wanted = sum(n[name] * getattr(one, column).size for name, one in given.items())
        assert abs(counts[happened] - wanted) < MANY * math.sqrt(wanted)
    people = lives.people.to_pandas()
    assert people.side_effects.sum() == counts["side-effect"]
    assert (people.end_cause == "death-treatment").sum() == counts["death-treatment"]


def test_rules_that_ask_for_what_is_not_described_are_refused():
    rules = decisions_for("colon")
    for missing in ("trial", "palliative"):
        with pytest.raises(InputError, match=missing):
            type(rules).read(rules.model_dump() | {missing: None}, "decisions/test.toml")


def test_early_palliative_care_adds_days_and_quality(course, lives):
    """All who are offered it, against none: in people treated to hold it, more are alive two years later."""
    rules = decisions_for("colon")
    shares = [rules.palliative.takes_part.model_copy(update={"value": value}) for value in (0.0, 1.0)]
    found = []
    for share in shares:
        care = rules.palliative.model_copy(update={"takes_part": share})
        people = simulate(course, 8000, 6, rules.model_copy(update={"palliative": care})).people.to_pandas()
        early = people[(people.recurrence < 6 * YEAR_DAYS) & (people.goal == "control")]
        found.append(((early.end.fillna(np.inf) > early.recurrence + 2 * YEAR_DAYS).mean(), early.quality_years.mean()))
    assert found[1][0] > found[0][0] + 0.01 and found[1][1] > found[0][1]


def test_endpoints_follow_from_the_histories(lives):
    people = lives.people.to_pandas()
    last = 10 * YEAR_DAYS
    os = lives.endpoint("os")
    assert np.array_equal(os.event, people.end.notna() & (people.end <= last))
    dfs, rfs, ttr = (lives.endpoint(name, "datecan") for name in ("dfs", "rfs", "ttr"))
    assert (dfs.day <= rfs.day).all() and (rfs.day <= os.day).all()
    assert np.array_equal(
        ttr.event, (people.recurrence.notna() & (people.called != "second_primary")) | (people.end_cause == "death-disease")
    )
    # a local lesion taken for a new cancer counts as one, not as a relapse
    taken = people.called == "second_primary"
    assert np.array_equal(rfs.event[~taken], (people.recurrence.notna() | people.end.notna())[~taken])


def test_quality_lies_between_nothing_and_the_best_state(lives):
    people, best = lives.people.to_pandas(), decisions_for("colon").utility.free.size
    years = (people.days_remission + people.days_treated + people.days_comfort) / YEAR_DAYS
    gain = decisions_for("colon").palliative.gain.size
    assert (people.quality_years <= (best + gain) * years + 1e-9).all()
    assert (people.quality_years[people.suspected.isna()] == 0).all()
    assert near((people.quality_years > 0).sum(), len(people), people.suspected.notna().mean())


def test_a_transplant_ends_it_in_its_share_of_those_in_whom_the_line_worked():
    """Of people with leukaemia whose first line was given to its end, about so many have no cell left; without it hardly any."""
    course, rules = catalogue.course("aml").replace("years", 8.0), decisions_for("aml")
    bare = rules.model_copy(update={"lines": tuple(one.model_copy(update={"ends": None}) for one in rules.lines)})
    alive = []
    for chosen in (rules, bare):
        people = simulate(course, 3000, 2, chosen).people.to_pandas()
        early = people[people.recurrence < 3 * YEAR_DAYS]
        alive.append((early.end.fillna(np.inf) > early.recurrence + 5 * YEAR_DAYS).mean())
    assert alive[0] > 0.08 and alive[1] < 0.02
