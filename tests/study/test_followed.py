"""Studies that follow people after a recurrence."""

import numpy as np
import pytest
from study_cases import COLON, design

from remnant.errors import InputError
from remnant.study.chunk import LIVES, run_chunk
from remnant.study.later import counted, read_columns, survival_after
from remnant.study.plan import plan_of

FOLLOWED = {"aftermath": True, "patients": 4000, "chunk_patients": 4000}


@pytest.fixture(scope="module")
def table():
    return run_chunk(plan_of(design(COLON, **FOLLOWED)), 0)[LIVES]


@pytest.fixture(scope="module")
def arms(table):
    n = table.num_rows // 2
    return [table.slice(i * n, n).to_pandas() for i in range(2)]


def test_first_findings_are_those_of_a_study_that_stops_there(table):
    plain = run_chunk(plan_of(design(COLON, patients=4000, chunk_patients=4000)), 0)[LIVES]
    assert table.select(plain.column_names).equals(plain)


def test_other_deaths_fall_on_the_same_day_in_both_arms(arms):
    both = (arms[0].end_cause == "death-other") & (arms[1].end_cause == "death-other")
    assert both.sum() > 300
    assert np.array_equal(arms[0].end[both], arms[1].end[both])
    assert (arms[0].end[both] == arms[0].other_time[both]).all()


def test_nobody_is_proved_before_being_found_or_after_death(arms):
    for arm in arms:
        proved = arm[arm.proved.notna()]
        assert (proved.proved >= proved.time).all()
        assert (proved.proved <= proved.end.fillna(np.inf)).all()
        assert proved.goal.notna().all() and arm[arm.proved.isna()].goal.isna().all()


def test_visits_find_sooner_and_more_are_treated_for_cure(arms):
    visits, none = (arm[arm.proved.notna()] for arm in arms)
    assert (visits.goal == "cure").mean() > (none.goal == "cure").mean() + 0.05


def test_counts_are_those_of_the_rows(table, arms):
    later = read_columns(table.slice(0, len(arms[0])))
    batch = np.arange(len(arms[0])) % 10
    counts = {name: values.sum(axis=0) for name, values in counted(later, batch, 10, 8 * 365.25).items()}
    assert counts["died"].sum(axis=1).tolist() == [
        (arms[0].end_cause == cause).sum() for cause in ("death-disease", "death-other")
    ]
    assert counts["alive days"] == pytest.approx(arms[0].end.fillna(8 * 365.25).sum(), rel=1e-12, abs=0)
    assert counts["proved"] == arms[0].proved.notna().sum()


def test_survival_after_a_recurrence_is_kaplan_and_meiers():
    lifelines = pytest.importorskip("lifelines", reason="the oracle is an extra")
    rng = np.random.default_rng(1)
    months, died = rng.integers(0, 60, 500), rng.random(500) < 0.6
    after = np.zeros((2, 721), dtype=int)
    np.add.at(after, (died.astype(int), months), 1)
    fitted = lifelines.KaplanMeierFitter().fit(months, died)
    found = survival_after({"after": after})
    assert found[[5, 20, 40]] == pytest.approx([float(fitted.predict(m)) for m in (5, 20, 40)], rel=1e-9, abs=0)


def test_survival_is_asked_only_where_people_are_followed():
    with pytest.raises(InputError, match="aftermath = true"):
        design(COLON, endpoint=[{"measure": "alive", "years": 5}])
