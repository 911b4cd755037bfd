"""Studies that follow people after a recurrence."""

import numpy as np
import pytest
from study_cases import COLON, design

from remnant.clinic.decide import ENDS
from remnant.errors import InputError
from remnant.studies import Study
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
    assert both.sum() > 100
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
    assert counts["died"].sum(axis=1).tolist() == [(arms[0].end_cause == cause).sum() for cause in ENDS]
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


WORTH = {"free": 0.8, "remission": 0.8, "treated": 0.6, "comfort": 0.4, "harm": 0.1, "source": ["T5-002"]}
PRICES = {
    "currency": "EUR", "year": 2020, "source": ["a list"], "exams": {}, "regimens": {}, "false_alarm": 0.0,
    "after": {"local": 1e4, "line": 2e4, "trial": 0.0, "comfort": 5e3, "supported": 1e3, "side-effect": 2e3},
}  # fmt: skip


ASKED = [{"measure": "endpoint-free", "endpoint": name, "years": 5} for name in ("dfs", "rfs", "ttr", "os")]
CHOSEN = {"recurs_in": "usual", "kinds": ["distant"], "lesions": [1, 2]}
ASKED += [{"measure": name, "years": 2, "given": CHOSEN} for name in ("alive-after-recurrence", "unchanged-after-recurrence")]


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    free = plan_of(design(COLON, **FOLLOWED))
    cells = [cell for row in free.cells for cell in row]
    prices = PRICES | {"exams": {exam: 0.0 for cell in cells for exam in cell.visits}}
    prices |= {"regimens": {name: 0.0 for cell in cells for name in cell.regimens}}
    study = Study(design(COLON, **FOLLOWED, endpoint=ASKED, utilities=WORTH, costs=prices))
    return study.run(out=tmp_path_factory.mktemp("followed") / "run").summary


def asked_of(answer, number):
    return [one["value"] for one in answer["endpoints"][number]["arms"]]


def test_endpoints_are_those_of_the_rows(answer, arms):
    """By Kaplan and Meier over days; nobody leaves before the last day, so with all deaths counted it is a plain share."""
    day = 5 * 365.25
    for at, arm in enumerate(arms):
        first = np.minimum(arm.proved.fillna(np.inf), arm.end.fillna(np.inf))
        assert asked_of(answer, 1)[at] == pytest.approx((first >= int(day) + 1).mean(), rel=1e-9, abs=0)
        assert asked_of(answer, 3)[at] == pytest.approx((arm.end.fillna(np.inf) >= int(day) + 1).mean(), rel=1e-9, abs=0)
        assert asked_of(answer, 0)[at] <= asked_of(answer, 1)[at] < asked_of(answer, 2)[at]


def test_people_with_few_distant_lesions_are_chosen(answer, arms):
    """The same people in both arms: those whose recurrence in the first arm is distant with one or two lesions."""
    usual = arms[0]
    chosen = usual.proved.notna() & (usual.recurrence_kind == "distant") & usual.lesions_proved.between(1, 2)
    assert 100 < chosen.sum() < usual.proved.notna().sum()
    for at in (4, 5):
        assert 0 < asked_of(answer, at)[0] < 1
    assert asked_of(answer, 5)[0] < asked_of(answer, 4)[0]
    early = usual[chosen & (usual.proved < 5 * 365.25)]
    alive = (early.end.fillna(np.inf) > early.proved + 730.5).mean()
    assert asked_of(answer, 4)[0] == pytest.approx(alive, rel=0.06, abs=0)


def test_quality_and_cost_go_on_to_the_end(answer, arms):
    money, last = answer["money"], 8 * 365.25
    assert money["not_costed"] == [] and money["quality_of"] == "to the end"
    for at, arm in enumerate(arms):
        free = np.minimum(np.minimum(arm.time.fillna(np.inf), arm.end.fillna(np.inf)), last)
        state = {name: arm[f"days {name}"].fillna(0) for name in ("remission", "treated", "comfort")}
        days = 0.8 * free + sum(WORTH[name] * state[name] for name in state)
        wanted = days / 365.25 - 0.1 * 0.25 * arm.side_effects
        assert money["quality years"][at]["value"] == pytest.approx(wanted.mean(), rel=1e-9, abs=0)
        done = {name: arm[f"done {name}"].fillna(0) for name in ("local", "line", "trial")}
        cost = 1e4 * done["local"] + 2e4 * done["line"] + 5e3 * state["comfort"] / 365.25
        cost += 1e3 * arm["days supported"].fillna(0) / 365.25 + 2e3 * arm.side_effects
        assert money["cost"][at]["value"] == pytest.approx(cost.mean(), rel=1e-9, abs=0)
    assert money["cost"][1]["more"] is not None and money["quality years"][1]["more"] is not None


def test_what_has_no_price_after_a_recurrence_is_named():
    with pytest.raises(InputError, match="not both"):
        design(COLON, **FOLLOWED, costs=PRICES | {"recurrence": 1.0})
    with pytest.raises(InputError, match="surgery"):
        design(COLON, **FOLLOWED, costs=PRICES | {"after": {"surgery": 1.0}})


@pytest.mark.parametrize(
    "asked, words",
    [({"measure": "endpoint-free"}, "dfs, rfs, ttr, os"), ({"measure": "alive", "definition": "steep"}, "dfs, rfs, ttr, os"),
     ({"measure": "alive", "given": {"lesions": [1, 5]}}, "recurs_in")],
)  # fmt: skip
def test_end_points_and_people_that_cannot_be_are_refused(asked, words):
    with pytest.raises(InputError, match=words):
        design(COLON, **FOLLOWED, endpoint=[asked])


def test_second_cancers_count_when_they_are_found(table):
    later = read_columns(table)
    assert np.isinf(later.second).all()
    lung = design(COLON, **FOLLOWED | {"patients": 1000, "chunk_patients": 1000, "population": {"course": "lung/non-small-cell"}})
    whole = run_chunk(plan_of(lung), 0)[LIVES]
    scans, none = (read_columns(whole.slice(i * 1000, 1000)) for i in range(2))
    both = np.isfinite(scans.second) & np.isfinite(none.second)
    assert both.sum() > 10
    assert np.isfinite(scans.second).sum() > np.isfinite(none.second).sum()
    there = np.isfinite(scans.second)
    assert (scans.second[there] <= scans.end[there]).all()
