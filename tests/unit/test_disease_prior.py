"""A prior from the catalogue: what it brings, that a cohort can overrule it, and what each contributed."""

import numpy as np
import pandas as pd
import pytest

import remnant as rm
from remnant.errors import InputError
from remnant.fitter.disease_prior import prior_of
from remnant.fitter.prior import EVIDENCE, Prior


@pytest.fixture(scope="module")
def colon() -> Prior:
    return prior_of("colon")


def test_it_knows_more_than_the_default_and_says_so(colon):
    assert colon.detection_days.sd < EVIDENCE.detection_days.sd
    assert colon.growth_spread.sd < EVIDENCE.growth_spread.sd
    assert colon.burden == EVIDENCE.burden and colon.growth == EVIDENCE.growth


def test_slow_and_fast_diseases_differ(colon):
    assert prior_of("breast/er-positive").detection_days.mean > colon.detection_days.mean + 0.2


def cohort(people: int, days: float, seed: int) -> pd.DataFrame:
    """Half recur, at log-normal times about `days`; watched for four times that."""
    rng = np.random.default_rng(seed)
    times = np.where(rng.random(people) < 0.5, days * np.exp(0.5 * rng.standard_normal(people)), np.inf)
    end = 4 * days
    return pd.DataFrame({"time": np.minimum(times, end), "event": (times <= end).astype(int)})


def test_a_cohort_that_contradicts_it_overrules_it(colon):
    slow = cohort(2000, 4000.0, seed=1)
    table = rm.RecurrenceFitter("colon").fit(slow, "time", "event", unit="days").contributions
    told = table.loc[("shape", "detection time")]
    assert told["estimate"] > 3 * told["prior"] and told["told by the cohort"] > 0.9


def test_few_people_say_little(colon):
    table = rm.RecurrenceFitter("colon", mixing=False).fit(cohort(40, 500.0, seed=2), "time", "event", unit="days").contributions
    many = rm.RecurrenceFitter("colon", mixing=False).fit(cohort(4000, 500.0, seed=2), "time", "event", unit="days").contributions
    row = ("shape", "growth spread")
    assert table.loc[row, "told by the cohort"] < many.loc[row, "told by the cohort"] - 0.1


@pytest.mark.parametrize(("disease", "says"), [("colom", "did you mean colon"), ("aml", "solid cancer")])
def test_what_gives_no_prior_is_refused(disease, says):
    with pytest.raises(InputError, match=says):
        rm.RecurrenceFitter(disease)


def test_a_disease_and_a_prior_together_are_refused():
    with pytest.raises(InputError, match="must be left out"):
        rm.RecurrenceFitter("colon", prior=Prior.flat())


def test_a_trial_can_be_left_out_of_what_is_known():
    """Planted fault: a prior that looked at the trial all the same would be the one that is kept."""
    kept, left_out = prior_of("stomach"), prior_of("stomach", without="CLASSIC")
    assert left_out.detection_days.mean != pytest.approx(kept.detection_days.mean, rel=1e-6, abs=0)
    assert left_out.detection_days.sd > kept.detection_days.sd
    with pytest.raises(InputError, match="must be how the name of a trial begins"):
        prior_of("stomach", without="no such trial")
