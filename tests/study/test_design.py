"""The file of a study: what it may hold, and how it refuses the rest."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_cases import SEMINOMA, design

from remnant.errors import InputError
from remnant.study.design import Measured, Published, design_of, read_design
from remnant.study.plan import plan_of, plan_of_text, text_of

READY = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))


def changed(path, value):
    document = copy.deepcopy(SEMINOMA)
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["patient"], 3, "unknown key"),
        (["patients"], 0, "greater than or equal to 1"),
        (["years"], -1, "greater than 0"),
        (["arm"], [], "at least 1"),
        (["arm", 1, "name"], "seven", "different names"),
        (["population", "group", 1, "name"], "low", "different names"),
        (["population", "group", 0, "weight"], 0, "greater than 0"),
        (["population", "vary"], {"patient.age_years": {"parts": 3}}, "give one of normal, uniform, values"),
        (["endpoint"], [{"measure": "share"}], "name is required"),
        (["endpoint"], [{"measure": "people-above"}], "above_mm"),
        (["endpoint"], [{"measure": "recurrence", "years": 7}], "at most the 6 of the study"),
        (["endpoint"], [{"measure": "recurrence", "given": {"group": "nobody"}}], "among low, high"),
        (["endpoint"], [{"measure": "recurrence", "given": {"arm": "seven"}}], "given together"),
        (["published"], [{"measure": "recurrence", "arm": "nine", "value": 1, "evidence": "CL0542"}], "among seven, three"),
        (["published"], [{"measure": "recurrence", "arm": "three", "evidence": "CL0542"}], "value, or hits and people"),
        (["published"], [{"measure": "recurrence", "arm": "three", "value": 1, "evidence": "CL9999"}], "evidence row"),
        (["published"], [{"measure": "hazard-ratio", "arm": "three", "value": 1, "evidence": "CL0542"}], "against goes with"),
        (["power"], [{"arms": ["seven", "x"], "people_per_arm": [10], "follow_up_years": 3}], "power.arms"),
        (["power"], [{"arms": ["seven", "three"], "people_per_arm": [10], "follow_up_years": 9}], "not longer than"),
    ],
)
def test_what_is_not_allowed_is_refused_in_one_sentence(path, value, words):
    with pytest.raises(InputError, match=words) as caught:
        design_of(changed(path, value), "trial.toml")
    assert str(caught.value).count("\n") == 0 and "trial.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ({"follow_up": "testis/trisst-eight-scans"}, "did you mean"),
        ({"follow_up": [{"exams": ["x-ray"], "months": [3]}]}, "x-ray"),
        ({"regimen": ["testis/nothing"]}, "regimen"),
        ({"set": {"patient.stag": "I"}}, "did you mean stage"),
        (
            {
                "follow_up": "testis/trisst-three-scans-2008",
                "set": {"disease.extents.low-risk.stages": [], "patient.stage": "low-risk"},
            },
            "must have visits for people of",
        ),
    ],
)
def test_an_arm_that_cannot_be_names_arm_and_group(arm, words):
    wrong = design(arm=[{"name": "one"}, {"name": "two"} | arm])
    with pytest.raises(InputError, match=words) as caught:
        plan_of(wrong)
    assert "arm two, group low" in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"measure": "share", "name": "livr"}, "endpoint.0.name.*regional"),
        ({"measure": "share", "name": "symptoms, smoke"}, "came 'smoke'"),
        ({"measure": "exams", "name": "pet-ct"}, "must be one of ct-abdomen"),
        ({"measure": "free", "given": {"arm": "seven", "exam": "cea", "by_days": 30.0}}, "given.exam"),
    ],
)
def test_a_question_about_what_no_arm_has_is_refused_before_anything_is_sampled(asked, words):
    with pytest.raises(InputError, match=words):
        plan_of(design(endpoint=[asked]))


def test_a_file_that_is_not_there_or_not_toml_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text("name = ")
    for name in ("a.toml", "b.toml"):
        with pytest.raises(InputError, match=name):
            read_design(tmp_path / name)


def test_nested_tables_under_set_are_paths(tmp_path):
    (tmp_path / "a.toml").write_text(
        'name = "a"\n[population]\ncourse = "colon"\n[population.set.patient]\nstage = "II"\n[[arm]]\nname = "one"\n'
    )
    assert read_design(tmp_path / "a.toml").population.set == {"patient.stage": "II"}


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_ready_studies_resolve_and_name_their_evidence(path):
    made = read_design(path)
    plan = plan_of(made)
    assert made.published and all(one.number == one.number for one in made.published)
    assert all(cell.timelines for row in plan.cells for cell in row)
    # as a worker reads it; what varies may stand in any order (givio: before mended, the order of the file counted)
    assert plan_of_text(text_of(made)).digest == plan.digest


@given(st.integers(1, 10**6), st.integers(1, 10**5))
def test_chunks_hold_every_patient_once(patients, size):
    made = design(patients=patients, chunk_patients=min(size, 10**5))
    ends = [made.patients_of(chunk) for chunk in (0, made.chunks - 1)]
    assert ends[0][0] == 0 and ends[-1][1] == patients
    for chunk in range(min(made.chunks - 1, 5)):
        first, last = made.patients_of(chunk)
        assert last - first == made.chunk_patients and made.patients_of(chunk + 1)[0] == last


@given(st.integers(0, 2**63 - 1), st.integers(1, 1000))
def test_a_study_is_the_same_after_being_written_down(seed, patients):
    made = design(seed=seed, patients=patients)
    assert design_of(json.loads(text_of(made))) == made


def test_the_digest_follows_everything_that_could_change_a_result():
    base = plan_of(design()).digest
    assert plan_of_text(text_of(design())).digest == base
    others = [
        design(seed=4),
        design(years=5),
        design(chunk_patients=41),
        design(arm=[SEMINOMA["arm"][0], {"name": "three", "follow_up": "none"}]),
        design(population=SEMINOMA["population"] | {"set": {"disease.cells.doubling_time": 41.0}}),
    ]
    assert len({base, *(plan_of(one).digest for one in others)}) == 1 + len(others)
    assert plan_of(design(endpoint=[{"measure": "median-size"}], question="another")).digest == base


def published(**keys):
    return Published.read({"measure": "recurrence", "arm": "a", "evidence": "CL0542"} | keys)


def test_intervals_of_published_numbers():
    # Wilson 1927 for 9 of 321; Newcombe 1998 for a difference; ln of a ratio; a printed 90% interval made wider
    assert published(hits=[9], people=[321]).interval == pytest.approx((0.01481, 0.05240), rel=1e-3, abs=0)
    low, high = published(hits=[56, 48], people=[70, 80], compare="difference", against="b").interval
    assert (low, high) == pytest.approx((0.0524, 0.3339), rel=1e-3, abs=0)
    low, high = published(value=2.5, low=1.0, high=4.0, level=90, unit="percent").interval
    assert (high - low) == pytest.approx(0.03 * 1.959964 / 1.644854, rel=1e-6, abs=0)
    assert published(value=12, unit="percent").interval is None


def test_words_name_what_is_asked():
    asked = Measured.read({"measure": "share", "name": "symptoms, history", "years": 3.0})
    assert asked.words == "share symptoms, history by 3 years"
