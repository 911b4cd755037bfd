"""A test of the same person decides: people stay who they are, its result is known before what it decides, and it is told."""

import math

import numpy as np
import pytest
from study_cases import COLON, design

import remnant.study.chunk as chunk_module
from remnant.errors import InputError
from remnant.predict import solve_classes
from remnant.studies import Study
from remnant.study.asked_tests import NEGATIVE, POSITIVE
from remnant.study.chunk import EVENTS, LIVES, run_chunk
from remnant.study.courses import course_of
from remnant.study.people import kinds_of
from remnant.study.plan import plan_of
from remnant.study.tested import Results, with_test

MANY = 4.42
"""A false alarm in 100,000 per comparison."""
PEOPLE = {"patients": 4000, "chunk_patients": 4000, "years": 5}
GUIDED = {
    "population": {"course": "colon", "set": {"patient.stage": "III", "regimen": []}},
    "test": [{"name": "dna", "exam": "ctdna", "months": [1, 2], "result_days": 14}],
    "arm": [
        {"name": "nothing"},
        {"name": "guided", "test": "dna", "positive": {"regimen": ["colon/mfolfox6"]}},
        {"name": "all", "regimen": ["colon/mfolfox6"], "set": {"regimen.colon/mfolfox6.starts_after_days": 61.0 + 14.0}},
    ],
}
DAY = 2 * 365.25 / 12


def guided(**changes):
    return design(COLON, **(PEOPLE | GUIDED | changes))


def arms_of(made):
    table = run_chunk(plan_of(made), 0)[LIVES].to_pandas()
    return [table[table.arm == one.name].set_index("patient") for one in made.arm]


@pytest.fixture(scope="module")
def arms():
    return arms_of(guided())


def test_each_lives_the_life_of_the_arm_that_the_result_sends_them_to(arms):
    nothing, led, _ = arms
    positive = led["test dna"] == "positive"
    assert positive.sum() > 300
    for column in ("time", "site", "route", "other_time", "growth_speed", "burden", "attempts", "lesions", "largest_mm"):
        same = (nothing[column] == led[column]) | (nothing[column].isna() & led[column].isna())
        assert same[~positive].all(), column
    assert (nothing.time[positive].fillna(np.inf) != led.time[positive].fillna(np.inf)).sum() > 100
    # what the result decides comes after it: until then nothing differs
    early = nothing.time <= DAY
    assert early.sum() > 3 and (nothing.time[early] == led.time[early]).all()
    assert (nothing.other_time.fillna(-1) == led.other_time.fillna(-1)).all()


def test_results_are_the_same_in_arms_that_are_alike_until_the_test(arms):
    assert (arms[0]["test dna"] == arms[1]["test dna"]).all() and (arms[0]["test dna"] == arms[2]["test dna"]).all()


def test_who_was_found_or_had_died_is_not_tested(arms):
    gone = np.minimum(arms[0].time.fillna(np.inf), arms[0].other_time.fillna(np.inf)) <= DAY / 2
    assert (arms[0]["test dna"][gone] == "not tested").all()
    there = np.minimum(arms[0].time.fillna(np.inf), arms[0].other_time.fillna(np.inf)) > DAY
    assert (arms[0]["test dna"][there] != "not tested").all()


def _share_positive_wanted(made):
    """By `solve`: what one test would find in people who are there, and false alarms in the others."""
    kind, test = kinds_of(made.population)[0], made.test[0]
    course = with_test(course_of(made, made.arm[0], kind, None), test)
    day = test.months[0] * 365.25 / 12
    outcome = solve_classes([course.resolve([day * 0.999, day])])[0]
    routes = {name: np.diff(curve)[0] for name, curve in outcome.incidence(by="route").items()}
    free = 1 - sum(curve[0] for curve in outcome.incidence(by="kind").values())
    seen = routes["ctdna"] / free
    return seen + (1 - seen) * (1 - course.exams["ctdna"].specificity.size)


def test_as_many_are_positive_as_solve_says():
    made = guided(arm=GUIDED["arm"][:1], test=[GUIDED["test"][0] | {"months": [1.5]}])
    wanted, found = _share_positive_wanted(made), arms_of(made)[0]["test dna"]
    tested = found[found != "not tested"]
    error = math.sqrt(wanted * (1 - wanted) / len(tested))
    assert abs((tested == "positive").mean() - wanted) < MANY * error
    # a planted fault: false alarms left out
    assert abs((tested == "positive").mean() - (wanted - 0.017)) > MANY * error / 2


def test_numbers_of_the_exam_can_be_set_and_are_drawn():
    sharp = {"exams.ctdna.specificity": 100.0}
    plain = arms_of(guided(arm=[{"name": "a"}, {"name": "b", "set": sharp}]))
    usual, sure = (arm["test dna"] == "positive" for arm in plain)
    # false alarms and nothing else are gone
    assert 0 < usual.sum() - sure.sum() < 0.05 * len(sure) and not (sure & ~usual).any()
    made = guided(draws=2, patients=1000, chunk_patients=500)
    kind = kinds_of(made.population)[0]
    exams = [course_of(made, made.arm[0], kind, draw).exams["ctdna"] for draw in (0, 1)]
    assert exams[0].sees["liver"].n50.size != exams[1].sees["liver"].n50.size


def test_a_result_that_treats_the_wrong_people_is_noticed(monkeypatch):
    """A planted fault: results swapped, so that those who are negative are treated."""
    usual = chunk_module.results_of

    def swapped(*of):
        found = usual(*of)
        turned = {POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}
        return Results(np.array([turned.get(one, one) for one in found.result.tolist()]), found.day)

    monkeypatch.setattr(chunk_module, "results_of", swapped)
    nothing, led, _ = arms_of(guided())
    true_positive = arms_of(guided())[0]["test dna"] == "negative"
    same = nothing.time.fillna(-1) == led.time.fillna(-1)
    assert same[true_positive].all() and not same[~true_positive].all()


def test_who_enters_and_from_when(tmp_path):
    made = guided(
        population=GUIDED["population"] | {"enter": {"months": 3, "tests": [{"test": "dna"}]}},
        endpoint=[{"measure": "event-free", "years": 2}, {"measure": "test-positive", "name": "dna"}],
        published=[{"measure": "event-free", "years": 2, "arm": "nothing", "hits": [49], "people": [100], "evidence": "CL0568"}],
    )  # fmt: skip
    summary = Study(made).run(tmp_path / "entered").summary
    nothing, led, everybody = arms_of(made)
    first = [arm.first_time.fillna(np.inf) for arm in (nothing, led, everybody)]
    entry = 3 * 365.25 / 12
    enter = (nothing["test dna"] == "positive") & np.all([one > entry for one in first], axis=0)
    assert summary["entered"] == enter.sum() and 200 < enter.sum() < 4000
    free = [(one[enter] > entry + 2 * 365.25).mean() for one in first]
    told = [one["value"] for one in summary["endpoints"][0]["arms"]]
    assert told == pytest.approx(free, rel=1e-9, abs=0)
    assert [one["value"] for one in summary["endpoints"][1]["arms"]] == [1.0, 1.0, 1.0]
    assert free[1] > free[0] + 0.02


def test_a_study_that_nobody_enters_is_refused(tmp_path):
    enter = {"tests": [{"test": "dna"}, {"test": "dna", "positive": False}]}
    made = guided(population=GUIDED["population"] | {"enter": enter}, arm=GUIDED["arm"][:1], patients=50, chunk_patients=50)
    with pytest.raises(InputError, match="population.enter.*must leave somebody who enters; came 'nobody of 50 sampled'"):
        Study(made).run(tmp_path / "nobody").summary  # noqa: B018


def test_results_are_events_of_a_history(tmp_path):
    made = guided(keep_events=True, aftermath=True, patients=300, chunk_patients=300)
    tables = run_chunk(plan_of(made), 0)
    events, lives = tables[EVENTS].to_pandas(), tables[LIVES].to_pandas()
    told = events[events.event.isin(["test-negative", "test-positive"])]
    assert len(told) == (lives["test dna"] != "not tested").sum()
    assert (told.event == "test-positive").sum() == (lives["test dna"] == "positive").sum()
    assert (events.groupby(["patient", "arm"], observed=True).day.diff().dropna() >= 0).all()
    result = Study(made).run(tmp_path / "told")
    who = int(lives.patient[lives["test dna"] == "positive"].iloc[0])
    assert any("a test that decides is positive" in line for line in result.story(who, "guided")["arms"][0]["lines"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test": []}, "arm guided: test must be among the tests of the study, none, but is 'dna'"),
        ({"arm": [{"name": "a", "test": "dna"}]}, "test goes with positive, negative or both"),
        ({"arm": [{"name": "a", "positive": {"regimen": []}}]}, "test goes with positive, negative or both"),
        ({"endpoint": [{"measure": "alive", "given": {"test": "rna"}}], "aftermath": True}, "given.test must be among"),
        ({"endpoint": [{"measure": "test-positive"}]}, "name is required for test-positive: a test of the study"),
        ({"test": [GUIDED["test"][0] | {"months": [60]}]}, "months must lie within the 5 years"),
        ({"population": GUIDED["population"] | {"enter": {"months": 60}}}, "must lie within the 5 years"),
        ({"population": GUIDED["population"] | {"enter": {}}}, "enter has tests, months or both"),
        ({"test": [*GUIDED["test"], *GUIDED["test"]]}, "tests have different names"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        guided(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"arm": [{"name": "a", "test": "dna", "positive": {"set": {"patient.stage": "II"}}}]},
            "arm a, group everybody: .positive and negative.: must be the same until day 61",
        ),
        (
            {"arm": [GUIDED["arm"][0], {"name": "b", "regimen": ["colon/mfolfox6"]}],
             "population": GUIDED["population"] | {"enter": {"tests": [{"test": "dna"}]}}},
            "all arms must be alike until test 'dna'.*arm 'b'",
        ),
    ],
)  # fmt: skip
def test_what_differs_before_the_result_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        plan_of(guided(**changes))
