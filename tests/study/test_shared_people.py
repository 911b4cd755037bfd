"""A patient is the same person in every arm, whatever the chunk and the number of others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_cases import COLON, design

from remnant.predict import solve_classes_roughly
from remnant.quantity import YEAR_DAYS
from remnant.study.alarms import _concentration
from remnant.study.chunk import run_chunk
from remnant.study.design import Population
from remnant.study.people import class_of, kind_of, kinds_of, part_weights, uniform, values_of
from remnant.study.plan import plan_of

MIXED = Population.read(
    {
        "course": "colon",
        "group": [{"name": "a", "weight": 0.2}, {"name": "b", "weight": 0.5}, {"name": "c", "weight": 0.3}],
        "vary": {
            "patient.age_years": {"normal": [60.0, 10.0], "parts": 4},
            "patient.sex": {"values": ["male", "female"], "weights": [3.0, 1.0]},
        },
    }
)
CLASSES = [frozenset(), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})]


def lives(made, chunks=None):
    import pyarrow as pa

    plan = plan_of(made)
    return pa.concat_tables(run_chunk(plan, chunk)["lives"] for chunk in range(chunks or made.chunks)).to_pandas()


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**8), st.integers(1, 300), st.integers(1, 300))
def test_who_a_patient_is_does_not_depend_on_the_others(seed, first, one, two):
    patients = np.arange(first, first + one + two)
    whole = kind_of(MIXED, seed, patients)
    assert np.array_equal(whole, np.concatenate([kind_of(MIXED, seed, patients[:one]), kind_of(MIXED, seed, patients[one:])]))
    shares = np.array([0.4, 0.1, 0.3, 0.2])
    assert class_of(CLASSES, shares, seed, patients)[one - 1] == class_of(CLASSES, shares, seed, patients[one - 1 : one])[0]


@given(st.integers(0, 2**63 - 1), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_arms_agree_on_a_trait_that_both_tell_apart(seed, a, b):
    patients = np.arange(200)
    both = class_of(CLASSES, np.array([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b]), seed, patients)
    alone = class_of([frozenset(), frozenset({"b"})], np.array([1 - b, b]), seed, patients)
    assert np.mean(np.isin(both, [2, 3]) == (alone == 1)) > 0.98


def test_shares_of_kinds_and_classes_are_those_asked_for():
    patients = np.arange(200_000)
    weights = np.array([0.2, 0.5, 0.3])[:, None, None] * np.full(4, 0.25)[:, None] * np.array([0.75, 0.25])
    counted = np.bincount(kind_of(MIXED, 1, patients), minlength=24) / len(patients)
    error = np.sqrt(weights.ravel() * (1 - weights.ravel()) / len(patients))
    assert np.abs((counted - weights.ravel()) / error).max() < 4.5
    shares = np.array([0.42, 0.08, 0.3, 0.2])
    counted = np.bincount(class_of(CLASSES, shares, 1, patients), minlength=4) / len(patients)
    assert np.abs((counted - shares) / np.sqrt(shares * (1 - shares) / len(patients))).max() < 4.5
    assert len(kinds_of(MIXED)) == 24


def test_uniforms_of_other_names_are_independent():
    patients = np.arange(100_000)
    one, two = uniform(1, "group", patients), uniform(1, "trait/a", patients)
    for other in (two, uniform(2, "group", patients), np.roll(one, 1)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(len(patients))
    assert abs(one.mean() - 0.5) < 5 / np.sqrt(12 * len(patients)) and 0 < one.min() < one.max() < 1


def test_parts_of_a_distribution_are_its_middles():
    age = MIXED.vary["patient.age_years"]
    assert values_of(age) == pytest.approx([48.4965, 56.8136, 63.1864, 71.5035], rel=1e-4, abs=0)
    assert part_weights(MIXED.vary["patient.sex"]).tolist() == [3.0, 1.0]


def test_arms_share_their_people():
    rows = lives(design(COLON))
    usual, none = (rows[rows.arm == name].reset_index() for name in ("usual", "none"))
    for same in ("patient", "group", "growth_speed", "burden", "attempts", "other_time"):
        assert usual[same].equals(none[same]), same
    for trait in ("fails", "stays away"):
        left, right = usual.traits.str.contains(trait), none.traits.str.contains(trait)
        assert 0 < left.sum() < len(left) and left.equals(right)
    # founders, treatment and growth are the same: those found before any visit are found on the same day in the same way,
    # and those who stay away have the same life in both arms
    first_visit = min(days.min() for days in plan_of(design(COLON)).cells[0][0].visits.values())
    early = none.time < first_visit
    away = usual.traits.str.contains("stays away")
    assert early.sum() > 5 and away.sum() > 300
    for group in (early, away):
        assert usual[group].time.equals(none[group].time) and usual[group].largest_mm.equals(none[group].largest_mm)
    assert usual.time.count() > none.time.count() and not usual.time.equals(none.time)


def test_people_of_another_seed_are_others():
    one, two = lives(design(COLON)), lives(design(COLON, seed=6))
    assert (one.growth_speed == two.growth_speed).mean() < 0.01


def test_the_size_of_chunks_changes_nothing():
    rows = [lives(design(chunk_patients=size)).sort_values(["arm", "patient"], ignore_index=True) for size in (1200, 170)]
    assert rows[0].equals(rows[1])


def test_one_more_patient_changes_nobody_else():
    few, many = lives(design(patients=150)), lives(design(patients=300))
    order = ["arm", "patient"]
    first = many[many.patient < 150].sort_values(order, ignore_index=True)
    assert few.sort_values(order, ignore_index=True).equals(first)


def exact_free(plan, arm, weights):
    """Share free of recurrence at the end, exactly, over kinds of people."""
    outcomes = solve_classes_roughly([list(zip(cell.shares, cell.timelines, strict=True)) for cell in plan.cells[arm]])
    return float(np.dot(weights, [outcome.recurrence_free[-1] for outcome in outcomes]))


@pytest.mark.parametrize(("weights", "agrees"), [((2 / 3, 1 / 3), True), ((1 / 3, 2 / 3), False)])
def test_first_detection_is_that_of_the_exact_engine(weights, agrees):
    made = design(patients=20_000, chunk_patients=20_000)
    plan, rows = plan_of(made), lives(made)
    for arm, name in enumerate(("seven", "three")):
        free = 1 - (rows[rows.arm == name].time <= made.years * YEAR_DAYS).mean()
        error = np.sqrt(free * (1 - free) / made.patients)
        assert (abs(free - exact_free(plan, arm, weights)) < 4 * error) == agrees


def test_hidden_classes_in_a_study_are_those_of_the_exact_engine():
    made = design(COLON, patients=20_000, chunk_patients=20_000)
    plan, rows = plan_of(made), lives(made)
    for arm, name in enumerate(("usual", "none")):
        free = rows[rows.arm == name].time.isna().mean()
        assert abs(free - exact_free(plan, arm, [1.0])) < 4 * np.sqrt(free * (1 - free) / made.patients)


def test_first_events_are_ordered():
    rows = lives(design(COLON))
    recurred = rows["first"] == "recurrence"
    assert (rows[recurred].first_time == rows[recurred].time).all()
    assert not (rows[recurred].other_time < rows[recurred].time).any()
    died = rows["first"] == "other_death"
    assert died.any() and (rows[died].first_time == rows[died].other_time).all()
    assert rows[rows["first"] == "none"].first_time.isna().all()
    assert (rows[rows.arm == "none"].filter(like="exams ") == 0).all(axis=None)


def yearly(concentration):
    """Share of people with any false alarm at seven examinations, from sampled people."""
    from remnant.study.alarms import proneness

    patients = np.arange(100_000)
    chance = proneness(1, "ct", (0.12, concentration), patients)
    rings = [uniform(1, f"false alarm/ct/{year}", patients) < chance for year in range(7)]
    return np.mean(rings), np.any(rings, axis=0).mean()


@pytest.mark.parametrize(("concentration", "agrees"), [(_concentration(0.12, 0.53, 7), True), (np.inf, False)])
def test_false_alarms_come_as_often_and_to_as_many_people_as_published(concentration, agrees):
    # CL0099 and CL0132: 12 in 100 scans, and 53 in 100 people over seven yearly scans
    often, people = yearly(concentration)
    assert abs(often - 0.12) < 0.003
    assert (abs(people - 0.53) < 0.008) == agrees
