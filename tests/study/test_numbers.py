"""Numbers of a study against outside implementations, against exact formulas, and with planted faults."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_cases import COLON, design

from remnant.execute import Place
from remnant.study.answer import answer
from remnant.study.design import Measured, Power
from remnant.study.logrank import Fit, hazard_ratio, log_rank, two_arms
from remnant.study.numbers import between, of_arm
from remnant.study.plan import plan_of
from remnant.study.power import power_of
from remnant.study.run import run_study
from remnant.study.tally import BATCHES, Batches, Tally, layout_of, parts

SPACED = COLON["arm"][1] | {"name": "yearly", "follow_up": [{"exams": ["ct-chest-abdomen-pelvis"], "months": [12, 36]}]}
GIVEN = {"arm": "yearly", "exam": "ct-chest-abdomen-pelvis", "by_days": 400.0}
PRICES = {"usual": 100.0, "recurrence": 20_000.0}


def money(exams):
    return {
        "costs": {
            "currency": "EUR", "year": 2020, "source": ["made up for a test"], "exams": dict.fromkeys(exams, 100.0),
            "regimens": {"colon/mfolfox6": 5000.0}, "false_alarm": 0.0, "recurrence": PRICES["recurrence"],
        },
        "utilities": {"free": 0.8, "source": ["made up for a test"]},
    }  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A follow-up comparison: its folder, layout, counts and rows."""
    out = tmp_path_factory.mktemp("colon")
    made = design(COLON, patients=12_000, chunk_patients=3000, arm=[COLON["arm"][0], SPACED])
    plan = plan_of(made)
    made = design(COLON, patients=12_000, chunk_patients=3000, arm=[COLON["arm"][0], SPACED], **money(plan.exams))
    folder = run_study(plan_of(made), out, Place(), lambda _: None)
    layout = layout_of(folder)
    tally = Tally(layout, None)
    for part in parts(folder, layout, lambda _: None):
        tally.add(part, [{}, {}])
    from pyarrow.dataset import dataset

    rows = dataset(str(out / "lives")).to_table().to_pandas().sort_values(["arm", "patient"])
    return folder, layout, tally, {name: rows[rows.arm == name].reset_index() for name in ("usual", "yearly")}


@pytest.fixture(scope="module")
def told(study):
    """What the study says."""
    return answer(study[0], lambda _: None)


def drawn(seed, n, ties):
    """Times, events and arm of two arms with ties, as arrays."""
    random = np.random.default_rng(seed)
    arm = random.integers(0, 2, n)
    time = random.exponential(np.where(arm == 1, 80.0, 120.0))
    time = np.ceil(time / ties) * ties
    stop = random.integers(30, 200, n)
    return np.minimum(time, stop).astype(int), (time <= stop).astype(int), arm


def by_day(time, event, arm, which):
    days = time.max() + 1
    counts = [np.bincount(time[arm == which], event[arm == which], days), np.bincount(time[arm == which], minlength=days)]
    return counts[0], counts[1]


@pytest.mark.parametrize(("seed", "n", "ties"), [(1, 300, 1), (2, 120, 30), (3, 60, 10)])
def test_hazard_ratio_and_log_rank_are_those_of_lifelines(seed, n, ties):
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `compare`")
    import pandas as pd
    from lifelines.statistics import logrank_test

    time, event, arm = drawn(seed, n, ties)
    arms = two_arms(*by_day(time, event, arm, 1), *by_day(time, event, arm, 0))
    table = pd.DataFrame({"t": time, "e": event, "arm": arm})
    fitted = lifelines.CoxPHFitter().fit(table, "t", "e", fit_options={"precision": 1e-10})
    ours = hazard_ratio(arms)
    assert ours.log_ratio == pytest.approx(fitted.params_["arm"], rel=1e-5, abs=0)
    assert ours.error == pytest.approx(fitted.standard_errors_["arm"], rel=1e-5, abs=0)
    theirs = logrank_test(time[arm == 1], time[arm == 0], event[arm == 1], event[arm == 0]).test_statistic
    assert log_rank(arms) ** 2 == pytest.approx(theirs, rel=1e-9, abs=0)


@given(st.integers(0, 1000), st.floats(-0.5, 0.5))
@settings(max_examples=25)
def test_a_hazard_ratio_turns_round_with_its_arms_and_forgets_where_it_started(seed, off):
    time, event, arm = drawn(seed, 80, 10)
    one, two = (by_day(time, event, arm, which) for which in (1, 0))
    fit = hazard_ratio(two_arms(*one, *two))
    near = Fit(-fit.log_ratio + off, fit.information * (1 + off))
    assert hazard_ratio(two_arms(*two, *one), near).ratio == pytest.approx(1 / fit.ratio, rel=1e-7, abs=0)


def test_an_arm_without_events_has_no_hazard_ratio():
    none, some = np.zeros(5), np.array([0.0, 1, 0, 0, 9])
    assert math.isnan(hazard_ratio(two_arms(none, some, np.array([0.0, 1, 0, 0, 0]), some)).ratio)


def test_shares_and_their_errors_are_those_of_the_rows(study):
    _, layout, tally, rows = study
    for i, name in enumerate(("usual", "yearly")):
        row, counts = rows[name], tally.arms[i]
        n, found = len(row), row[row["first"] == "recurrence"]
        expected = {
            "recurrence": (row["first"] == "recurrence").mean(), "event-free": (row["first"] == "none").mean(),
            "free": row.time.isna().mean(), "other-death": (row["first"] == "other_death").mean(),
            "exams": row.filter(like="exams ").to_numpy().sum() / n,
            "scans": row["exams ct-chest-abdomen-pelvis"].sum() / n,
            "false-alarms": row.filter(like="false alarms ").to_numpy().sum() / n,
            "people-with-false-alarms": (row.filter(like="false alarms ") > 0).any(axis=1).mean(),
            "event-free-years": row.first_time.fillna(8 * 365.25).mean() / 365.25,
        }  # fmt: skip
        for measure, value in expected.items():
            estimate = of_arm(Measured.read({"measure": measure}), layout, counts)
            assert estimate.value == pytest.approx(value, rel=1e-9, abs=0), measure
            if measure in ("recurrence", "event-free", "other-death"):
                assert estimate.error == pytest.approx(math.sqrt(value * (1 - value) / n), rel=0.35, abs=0)
        for way, chosen in (("symptoms", found.route == "symptoms"), ("exams", found.route != "symptoms")):
            asked = Measured.read({"measure": f"growth-found-by-{way}"})
            expected_speed = np.exp(np.log(found[chosen].growth_speed).mean())
            assert of_arm(asked, layout, counts).value == pytest.approx(expected_speed, rel=1e-9, abs=0)
        shares = {"liver": (found.site == "liver").mean(), "symptoms": (found.route == "symptoms").mean()}
        for of, value in shares.items():
            asked = Measured.read({"measure": "share", "name": of})
            assert of_arm(asked, layout, counts).value == pytest.approx(value, rel=1e-9, abs=0)
        above = Measured.read({"measure": "people-above", "above_mm": 20.0})
        larger = (found.largest_mm > 20).sum() / n
        assert of_arm(above, layout, counts).value == pytest.approx(larger, rel=1e-9, abs=0)
        for measure, value, step in (
            ("median-size", found.largest_mm.median(), 1),
            ("median-time", found.time.median() / 365.25, 0.01),
        ):
            assert abs(of_arm(Measured.read({"measure": measure}), layout, counts).value - value) < step


def test_times_are_counted_up_to_and_with_the_visit_of_that_day(study):
    _, layout, tally, rows = study
    row = rows["yearly"]
    # a quarter of recurrences of this arm are found at the visits of months 12 and 36
    found = ((row["first"] == "recurrence") & (row.time <= 3 * 365.25)).mean()
    assert ((row["first"] == "recurrence") & (row.time == 3 * 365.25)).mean() > 0.01
    by_then = of_arm(Measured.read({"measure": "recurrence", "years": 3.0}), layout, tally.arms[1])
    assert by_then.value == pytest.approx(found, rel=1e-9, abs=0)


def test_the_error_of_a_paired_difference_is_that_of_the_pairs(study):
    _, layout, tally, rows = study
    gap = between(Measured.read({"measure": "recurrence"}), layout, (tally.arms[1], tally.arms[0]), "difference")
    each = (rows["yearly"]["first"] == "recurrence").astype(int) - (rows["usual"]["first"] == "recurrence").astype(int)
    assert gap.value == pytest.approx(each.mean(), rel=1e-9, abs=0)
    assert gap.error == pytest.approx(each.std() / math.sqrt(len(each)), rel=0.3, abs=0)


def test_shared_patients_cut_the_variance_of_a_follow_up_comparison_at_least_five_times(study):
    _, layout, tally, _ = study
    for measure in ("recurrence", "event-free", "event-free-years", "hazard-ratio"):
        gap = between(Measured.read({"measure": measure}), layout, (tally.arms[1], tally.arms[0]), "difference")
        assert gap.variance_ratio >= 5, measure


def test_people_who_are_not_shared_cut_nothing(study):
    # the planted fault: the patients of one arm are moved on by one batch, so nobody meets himself
    _, layout, tally, _ = study
    moved = Batches({name: np.roll(counts, 1, axis=0) for name, counts in tally.arms[1].items()})
    gap = between(Measured.read({"measure": "recurrence"}), layout, (moved, tally.arms[0]), "difference")
    assert gap.variance_ratio < 2


def test_lead_time_is_that_of_those_found_in_both(study, told):
    rows, said = study[3], told["against"][0]
    earlier = (rows["usual"].time - rows["yearly"].time).dropna()
    assert said["lead_time_years"]["value"] == pytest.approx(earlier.mean() / 365.25, rel=1e-9, abs=0)
    assert abs(said["lead_time_years"]["median"] - earlier.median() / 365.25) < 5 / 365.25
    assert said["found_in_both"] == len(earlier) and said["lead_time_years"]["value"] < -0.1


def test_costs_and_quality_are_those_of_the_rows(study, told):
    rows, said = study[3], told["money"]
    assert said["not_costed"] == []
    for one, row in zip(said["cost"], rows.values(), strict=True):
        each = 5000 + 100 * row.filter(like="exams ").sum(axis=1) + PRICES["recurrence"] * (row["first"] == "recurrence")
        assert one["value"] == pytest.approx(each.mean(), rel=1e-9, abs=0)
    for one, row in zip(said["quality years"], rows.values(), strict=True):
        assert one["value"] == pytest.approx(0.8 * row.first_time.fillna(8 * 365.25).mean() / 365.25, rel=1e-9, abs=0)


def test_discounting_makes_what_comes_later_less():
    from remnant.study.money import _annuity, _worth

    days = np.array([0.0, 365.25, 3652.5])
    assert _worth(days, 0.035) == pytest.approx([1.0, 1 / 1.035, 1.035**-10], rel=1e-12, abs=0)
    grid = np.linspace(0, 10, 200_001)
    assert _annuity(days, 0.035)[2] == pytest.approx(np.trapezoid(1.035**-grid, grid), rel=1e-8, abs=0)
    assert _annuity(days, 0.0).tolist() == [0.0, 1.0, 10.0]


def test_what_has_no_price_is_named(tmp_path):
    folder = run_study(plan_of(design(patients=100)), tmp_path, Place(), lambda _: None)
    said = answer(folder, lambda _: None)["money"]
    assert said["not_costed"] == ["no prices were given"] and "cost" not in said and "quality years" not in said


def exponential(rate, days=2000):
    """Counts of an arm in which everybody recurs at a constant rate per day."""
    counts = np.zeros((3, days))
    counts[0] = 1e6 * np.diff(-np.exp(-rate * np.arange(days + 1)))
    return {"day": counts, "people": 1e6}


@pytest.mark.parametrize(("ratio", "size"), [(1.0, 300), (1.35, 300), (1.35, 600)])
def test_power_is_that_of_schoenfeld_for_proportional_hazards(ratio, size):
    # Schoenfeld 1981, 10.1093/biomet/68.1.316: power = Phi(sqrt(d / 4) |ln ratio| - 1.96)
    from scipy.special import ndtr

    asked = Power.read(
        {"arms": ["a", "b"], "endpoint": "recurrence", "people_per_arm": [size], "follow_up_years": 4.0, "trials": 600}
    )
    found = power_of(asked, (exponential(0.0008 * ratio), exponential(0.0008)), 1)[0]
    middle = math.sqrt(found.events / 4) * abs(math.log(ratio))
    expected = ndtr(middle - 1.96) + ndtr(-middle - 1.96)
    assert abs(found.power - expected) < 4 * math.sqrt(expected * (1 - expected) / 600) + 0.01


def test_entry_over_time_leaves_fewer_events():
    keys = {"arms": ["a", "b"], "endpoint": "recurrence", "people_per_arm": [500], "trials": 20}
    long = Power.read(keys | {"follow_up_years": 4.0})
    short = Power.read(keys | {"follow_up_years": 1.0, "accrual_years": 3.0})
    arms = (exponential(0.0005), exponential(0.0005))
    events = [power_of(asked, arms, 1)[0].events for asked in (long, short)]
    inside = [1 - math.exp(-0.0005 * 365.25 * years) for years in (4, 2.5)]
    assert events == pytest.approx([1000 * inside[0], 1000 * inside[1]], rel=0.03, abs=0)


def test_given_chooses_people_by_what_another_arm_saw(study, tmp_path):
    folder, _, _, rows = study
    asked = [{"measure": "free", "given": GIVEN | {"positive": positive}} for positive in (True, False)]
    made = design(COLON, patients=3000, arm=[COLON["arm"][0], SPACED], endpoint=asked)
    folder = run_study(plan_of(made), tmp_path, Place(), lambda _: None)
    said = answer(folder, lambda _: None)["endpoints"]
    usual, yearly = (rows[name][rows[name].patient < 3000] for name in ("usual", "yearly"))
    exam = "ct-chest-abdomen-pelvis"
    seen = ((yearly.route == exam) & (yearly.time <= 400)) | (yearly[f"false alarms {exam}"] > 0)
    for one, chosen in zip(said, (seen, ~seen), strict=True):
        assert one["arms"][0]["value"] == pytest.approx(usual[chosen].time.isna().mean(), rel=1e-9, abs=0)


def test_batches_hold_everybody_once(study):
    _, layout, tally, _ = study
    assert tally.arms[0].total["people"] == layout.design.patients and len(tally.arms[0]["people"]) == BATCHES


def peak(made, out):
    import tracemalloc

    import pyarrow as pa

    tracemalloc.start()
    folder = run_study(plan_of(made), out, Place(), lambda _: None)
    layout = layout_of(folder)
    tally = Tally(layout, None)
    for part in parts(folder, layout, lambda _: None):
        tally.add(part, [{}, {}])
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, pa.total_allocated_bytes()


def test_memory_is_flat_in_the_number_of_patients(tmp_path):
    few, few_left = peak(design(patients=1000, chunk_patients=500), tmp_path / "few")
    many, many_left = peak(design(patients=6000, chunk_patients=500), tmp_path / "many")
    assert many < 1.1 * few and many_left <= few_left + 2**20


def test_a_report_stands_alone(told):
    from remnant.report_study import study_page

    page = study_page(told)
    assert "For research and teaching" in page and "<svg" in page
    assert not any(word in page for word in ('src="http', 'href="http', "@import", "<script"))


def test_the_picture_of_published_numbers_shows_each_of_the_study():
    from remnant.report_study import _published_figures

    shares = (0.2, 0.5, 0.8)
    rows = [
        {"what": "w", "arm": "a", "compare": "", "measure": "recurrence", "published": 0.1, "interval": [0.05, 0.15],
         "study": {"value": one, "low": one - 0.01, "high": one + 0.01}}
        for one in shares
    ]  # fmt: skip
    (figure,) = _published_figures({"published": rows})
    heights = {float(text.split('"')[0]) for text in figure.svg.split('class="d0"')[1:] for text in text.split('cy="')[1:2]}
    assert len(heights) == len(shares) + 1
