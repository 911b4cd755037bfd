"""Second cancers: found by tests before they tell, and named by a rule, never counted as a recurrence by themselves."""

import math

import numpy as np
import pytest

from remnant import catalogue
from remnant.catalogue.decisions import decisions_for, with_restaging
from remnant.catalogue.shelf import burdens
from remnant.clinic.classify import RULES, called, is_new_primary
from remnant.resolve_aftermath import after_of
from remnant.sampler.after_tables import _nobody, _room, looking
from remnant.sampler.aftermath import death_of_second, find_second
from remnant.sampler.rng import KEY
from remnant.simulate import simulate

MANY = 4.42
"""A false alarm in 100,000 per comparison."""


@pytest.fixture(scope="module")
def course():
    return catalogue.course("lung/non-small-cell").replace("years", 12.0)


@pytest.fixture(scope="module")
def plan(course):
    rules = decisions_for(course.disease.id)
    return after_of(with_restaging(course, rules), rules, burdens())


@pytest.fixture(scope="module")
def lives(course):
    return simulate(course, 6000, 4)


def share_found(plan, tells, people=4000):
    found, room = _nobody(people), _room()
    found.second[:] = np.inf
    for p in range(people):
        room.at[KEY] = np.uint64(p + 1)
        find_second(plan, room, found, p, tells, 1e6)
    return found


def test_one_look_finds_it_by_the_law_of_sight(plan):
    """A second cancer that tells on day 1000 had N e^(-r (1000 - day)) cells at a look: seen with 1 - e^(-x)."""
    one = plan._replace(
        second_days=np.array([700.0]), second_miss=np.array([math.log(2) / (0.3 * plan.second_cells)]),
        second_stream=np.array([7], dtype=np.uint64), last=1e5,
    )  # fmt: skip
    x = math.log(2) / 0.3 * math.exp(-300 * plan.second_growth)
    wanted = -math.expm1(-x)
    early = share_found(one, 1000.0).second == 700.0
    error = math.sqrt(wanted * (1 - wanted) / len(early))
    assert abs(early.mean() - wanted) < MANY * error
    assert abs(early.mean() - (-math.expm1(-math.log(2) / 0.3))) > MANY * error


def test_what_staging_saw_is_no_second_cancer(plan):
    """A look on day -10 that sees everything leaves none; a planted fault, the same look after day 0, leaves all."""
    one = plan._replace(second_miss=np.array([1.0]), second_stream=np.array([7], dtype=np.uint64), last=1e5)
    assert np.isinf(share_found(one._replace(second_days=np.array([-10.0])), 1000.0, 50).second).all()
    assert (share_found(one._replace(second_days=np.array([10.0])), 1000.0, 50).second == 10.0).all()


def test_without_looks_it_is_found_when_it_tells(plan):
    found = share_found(plan._replace(last=1e5), 1000.0, 50)
    assert (found.second == 1000.0).all() and (found.second_by == -1).all()


def test_tests_find_them_sooner_and_nobody_has_one_after_death(course, lives):
    people = lives.people.to_pandas()
    never = simulate(course.replace("follow_up", "none"), 6000, 4).people.to_pandas()
    both = people.second_primary.notna() & never.second_primary.notna() & people.suspected.isna() & never.suspected.isna()
    assert both.sum() > 200
    assert (people.second_primary[both] <= never.second_primary[both]).all()
    assert (people.second_primary[both] < never.second_primary[both]).mean() > 0.3
    assert not never.second_by_test.dropna().astype(bool).any()
    there = people[people.second_primary.notna()]
    assert (there.second_primary <= there.end.fillna(np.inf)).all()


def test_looks_are_those_that_see_its_place(course, plan):
    timeline = course.resolve()[0][1]
    seen = looking(plan, timeline)
    assert len(seen.second_days) > 5 and (np.diff(seen.second_days) >= 0).all()
    blind = looking(plan._replace(second_site=-1), timeline)
    assert len(blind.second_days) == 0


def test_every_recurrence_and_every_second_cancer_is_called_one_thing(lives):
    people = lives.people.to_pandas()
    proved, second = people.recurrence.notna(), people.second_primary.notna()
    assert (
        people.called[proved].isin(["local", "regional", "distant", "second_primary"]).all()
        and people.called[~proved].isna().all()
    )
    assert people.second_called[second].isin(["local", "second_primary"]).all() and people.second_called[~second].isna().all()
    assert people.kind[proved].isin(["local", "regional", "distant"]).all()
    taken = people[proved & (people.called == "second_primary")]
    assert (taken.kind == "local").all() and (taken.lesions == 1).all() and (taken.recurrence >= 2 * 365.25).all()
    # what looks the same within two years is taken for a recurrence by Martini and Melamed's rule, and only that
    mistaken = people[second & (people.second_called == "local")]
    assert (mistaken.second_primary < 2 * 365.25).all() and len(mistaken) > 5


def test_only_a_single_local_lesion_can_be_taken_for_a_new_cancer():
    for rule in RULES:
        for years in (0.5, 3.0, 9.0):
            assert called(rule, "distant", 1, years) == "distant" and called(rule, "local", 2, years) == "local"
            new = is_new_primary(rule, years, same_organ=True, same_histology=True)
            assert called(rule, "local", 1, years) == ("second_primary" if new else "local")


def deaths(plan, tells=1000.0, people=4000):
    found, room = share_found(plan._replace(second_days=np.empty(0), last=1e6), tells, people), _room()
    days = np.empty(people)
    for p in range(people):
        room.at[KEY] = np.uint64(p + 1)
        days[p] = death_of_second(plan, room, found, p, tells)
    return days


def test_five_years_after_a_second_cancer_as_many_are_alive_as_its_survival_says(plan, course):
    survival = next(one for one in burdens().second if "lung/*" in one.diseases).survival.size
    alive = deaths(plan) > 1000.0 + 5 * 365.25
    error = math.sqrt(survival * (1 - survival) / len(alive))
    assert abs(alive.mean() - survival) < MANY * error
    # planted faults: nobody dies of it, and survival read as of one year
    assert np.isinf(deaths(plan._replace(second_deaths=0.0))).all()
    assert (
        abs((deaths(plan._replace(second_deaths=5 * plan.second_deaths)) > 1000.0 + 5 * 365.25).mean() - survival) > MANY * error
    )


def test_some_die_of_a_second_cancer_after_it_tells_and_nobody_without_one(lives):
    people = lives.people.to_pandas()
    died = people[people.end_cause == "death-second"]
    assert len(died) > 100
    assert died.second_primary.notna().all() and (died.end >= died.second_primary).all()
    events = lives.events.to_pandas()
    assert (events.event == "death-second").sum() == len(died)
    assert any("dies of the second cancer" in line for line in lives.story(int(died.patient.iloc[0])))


def test_first_findings_and_other_deaths_do_not_depend_on_deaths_of_second_cancers(course, lives, monkeypatch):
    """Without these deaths everything is found on the same day, and nobody dies of another cause on another day."""
    import remnant.simulate as module

    none = burdens().model_copy(update={"second": ()})
    monkeypatch.setattr(module, "burdens", lambda: none)
    other, people = simulate(course, 6000, 4).people.to_pandas(), lives.people.to_pandas()
    assert not (other.end_cause == "death-second").any()
    spared = people.end_cause != "death-second"
    for column in ("suspected", "recurrence", "second_primary"):
        assert people[column][spared].fillna(-1).equals(other[column][spared].fillna(-1))
    otherwise = people.end_cause == "death-other"
    assert (other.end_cause[otherwise] == "death-other").all() and people.end[otherwise].equals(other.end[otherwise])
    # the last step before a death of a second cancer is shorter, so the cancer may kill in it on another day
    assert (people.end[spared].fillna(-1) != other.end[spared].fillna(-1)).mean() < 0.005
    assert (people.end[~spared] <= other.end[~spared].fillna(np.inf) + 30.0).all()
