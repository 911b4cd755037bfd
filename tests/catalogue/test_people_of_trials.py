"""Published results about several kinds of people together, and cells that rest by extent."""

import json
import math

import pytest

from remnant import catalogue
from remnant.catalogue.published import Target, targets
from remnant.errors import InputError
from remnant.measures import Arm, arms, measure, people_of
from remnant.predict import solve_classes_roughly
from remnant.resolve import visits_of

SHARES = {"N0": 0.3, "N2": 0.7}
MIXED = [{"share": share, "base": {"patient.stage": stage}} for stage, share in SHARES.items()]
BASE = {"regimen": [], "follow_up": "none"}


def a_target(measured: str, **other) -> Target:
    own = {"people": MIXED, "people_from": "a test", "use": "predict", "years": 10, "from_years": 5} | other
    document = {"id": "a-test", "disease": "breast/er-positive", "trial": "a test", "base": BASE, "measure": measured}
    return Target.read(document | {"evidence": "BRE017"} | own, "a test")


@pytest.fixture(scope="module")
def solved():
    usual = {"breast/er-positive": catalogue.course("breast/er-positive")}
    people = people_of([a_target("recurrence")], usual)
    outcomes = solve_classes_roughly([course.resolve(days) for _, course, days in people])
    return {part.key: one for (part, _, _), one in zip(people, outcomes, strict=True)}


def alone(solved, stage: str) -> Arm:
    return next(Arm(((1.0, one),)) for key, one in solved.items() if json.loads(key)[1]["patient.stage"] == stage)


def test_shares_of_people_are_averaged_and_never_ratios(solved):
    """The planted fault, the mean of each group's own late recurrence, is far from what all of them together show."""
    each = {stage: alone(solved, stage) for stage in SHARES}
    late = measure(a_target("late-recurrence"), solved)
    well = [sum(share * each[stage].free(365.25 * years) for stage, share in SHARES.items()) for years in (5, 10)]
    assert late == pytest.approx(1 - well[1] / well[0], rel=1e-12, abs=0)
    of_each = sum(share * (1 - each[stage].free(365.25 * 10) / each[stage].free(365.25 * 5)) for stage, share in SHARES.items())
    assert abs(of_each / late - 1) > 0.01


def test_a_hazard_of_cancer_counts_second_cancers_too(solved):
    rate = catalogue.course("breast/er-positive").disease.second_primary.size * 365.25
    plain, both = (measure(a_target(one), solved) for one in ("hazard", "cancer-hazard"))
    assert both - plain == pytest.approx(rate, rel=1e-9, abs=0)


def test_both_arms_have_the_same_kinds_of_people():
    target = a_target("difference", against={"regimen": ["breast/tamoxifen-5y"]})
    without, with_drug = arms(target)
    assert [one.share for one in without] == [one.share for one in with_drug] == [*SHARES.values()]
    assert all("regimen" in one.paths and "patient.stage" in one.paths for one in with_drug)
    assert {one.key for one in without}.isdisjoint(one.key for one in with_drug)


def test_a_plan_of_follow_up_has_visits_for_the_people_of_every_result():
    """Else they would be found by symptoms alone and nobody would know; the planted fault, an extent no plan knows, is seen."""
    usual = {name: catalogue.course(name) for name in catalogue.list_ids()}
    for _, course, _ in people_of(targets(), usual):
        assert course.follow_up is None or visits_of(course), (course.patient.stage, course.follow_up.id)
    unknown = usual["testis/seminoma"].replace("disease.extents.low-risk.stages", ()).replace("patient.stage", "low-risk")
    assert unknown.follow_up is not None
    assert not visits_of(unknown)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"people": MIXED[:1]}, "shares must sum to 1, not 0.3"),
        ({"people_from": ""}, "people_from is required"),
        ({"people": [MIXED[0] | {"share": 0.0}, MIXED[1]]}, "greater than 0"),
    ],
)
def test_people_that_cannot_be_are_refused(own, words):
    with pytest.raises(InputError, match=words):
        a_target("recurrence", **own)


@pytest.mark.parametrize("steepness", [None, 0.0, 0.3, 1.0])
def test_resting_cells_go_with_a_power_of_the_growing_ones(steepness):
    """Unless told otherwise so many rest for each that grows; the planted fault is that rule where a power was given."""
    course = catalogue.course("breast/er-positive")
    if steepness is None:
        course = course.replace("disease.dormancy.steepness", None)
    else:
        course = course.replace("disease.dormancy.steepness", steepness) if steepness else _flat(course)
    extents = course.disease.extents
    resting, growing = [], []
    for stage in ("N0", "N2"):
        timeline = course.replace("patient.stage", stage).resolve([365.25])[0][1]
        resting.append(sum(one.mean for one in timeline.founders if one.type == "resting"))
        growing.append(extents[stage].spread.size)
    expected = (growing[1] / growing[0]) ** (1.0 if steepness is None else steepness)
    assert resting[1] / resting[0] == pytest.approx(expected, rel=1e-9, abs=0)
    if steepness not in (None, 1.0):
        assert abs(math.log(resting[1] / resting[0]) - math.log(growing[1] / growing[0])) > 0.5


def _flat(course):
    return course.replace("disease.dormancy.steepness", {"value": 0.0, "unit": "ratio", "standing": "assumed", "why": "a test"})
