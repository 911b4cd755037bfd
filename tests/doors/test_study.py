"""`remnant study`: run, status, report, and every kind of bad input."""

import json
import shutil

import pytest
from doors.cases import Page, run, run_alone

from remnant.report import RESEARCH_ONLY

TRIAL = """
name = "two schedules"
patients = 300
chunk_patients = 100
years = 6
[population]
course = "testis/seminoma"
[[arm]]
name = "seven"
follow_up = "testis/trisst-seven-scans-2008"
[[arm]]
name = "own"
follow_up = [{ exams = ["ct-abdomen"], months = [6, 18, 36] }]
[[published]]
measure = "recurrence"
arm = "seven"
hits = [82]
people = [669]
evidence = "CL0542"
[[power]]
arms = ["seven", "own"]
people_per_arm = [100]
follow_up_years = 5
trials = 20
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A folder with a trial's file, and the folder of its lives."""
    place = tmp_path_factory.mktemp("study")
    (place / "trial.toml").write_text(TRIAL)
    shown = run("study", place / "trial.toml", "--out", place / "out")
    assert shown.code == 0
    return place, shown


def refusal(shown):
    """The one sentence a command ended with, after lines of progress on a slow machine."""
    *progress, sentence = shown.err.splitlines()
    assert all(line.startswith("remnant: ") and "Traceback" not in line for line in (*progress, sentence))
    return sentence


def test_a_study_for_people(ran):
    place, shown = ran
    assert all(
        word in shown.out for word in ("300 people, each in 2 arms", "seven", "own", "CL0542", "Not costed", RESEARCH_ONLY)
    )
    page = Page((place / "out" / "report.html").read_text(encoding="utf-8"))
    assert page.addresses == [] and {"main", "h1", "title", "table", "svg"} <= set(page.tags)
    assert RESEARCH_ONLY in "".join(page.words)


def test_a_study_for_machines_and_again(ran):
    place, _ = ran
    said = json.loads(run("study", place / "trial.toml", "--out", place / "out", "--json").out)
    again = json.loads(run("study", "report", place / "out", "--json").out)
    assert said == again and [arm["name"] for arm in said["arms"]] == ["seven", "own"]
    (published,) = said["published"]
    assert published["inside"] == (published["interval"][0] <= published["study"]["value"] <= published["interval"][1])


def test_status_says_how_far_it_is(ran, tmp_path):
    place, _ = ran
    assert "finished, 3 of 3 chunks done" in run("study", "status", place / "out").out
    shutil.copytree(place / "out", tmp_path / "half")
    (tmp_path / "half" / "receipts" / "part-000001.json").unlink()
    part = tmp_path / "half" / "lives" / "part-000002.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    shown = run("study", "status", tmp_path / "half")
    assert all(
        words in shown.out for words in ("stopped, 1 of 3", "not whole: part-000002.parquet has", "run the same command again")
    )
    assert run("study", "report", tmp_path / "half").code == 2
    mended = run("study", place / "trial.toml", "--out", tmp_path / "half")
    assert mended.code == 0 and "chunk 2 is done again" in mended.err


def test_the_same_study_by_name_in_python(ran):
    import remnant as rm

    place, _ = ran
    made = rm.Study.load(place / "trial.toml").run(out=place / "out")
    assert made.lives.count_rows() == 600 and made.summary["patients"] == 300


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing.toml", "--out", "x"], "must be a TOML file that can be read"),
        (["{file}"], "`--out`: is required"),
        (["status"], "remnant study status DIR"),
        (["status", "{empty}"], "is not the folder of a study"),
        (["report", "{empty}"], "is not the folder of a study"),
        (["{file}", "{empty}"], "write --out DIR"),
        (["{file}", "--out", "{empty}", "--workers", "0"], "`workers`: must be a whole number from 1"),
        (["{file}", "--out", "{file}"], "cannot be used as a folder"),
        (["{file}", "--out", "{empty}/x", "--cluster", "nonsense"], "no Dask scheduler answers at nonsense"),
    ],
)
def test_bad_input_is_one_sentence(ran, tmp_path, monkeypatch, words, sentence):
    from remnant import execute

    monkeypatch.setattr(execute, "WAIT_FOR_SCHEDULER", 0.5)
    names = {"file": ran[0] / "trial.toml", "empty": tmp_path}
    shown = run("study", *(word.format(**names) for word in words))
    assert shown.code == 2 and shown.out == "" and sentence in refusal(shown)


def test_another_study_in_the_folder_is_refused_in_one_sentence(ran, tmp_path):
    (tmp_path / "other.toml").write_text(TRIAL.replace("patients = 300", "patients = 200"))
    shown = run_alone("study", tmp_path / "other.toml", "--out", ran[0] / "out")
    assert shown.code == 2 and "an earlier state of this study" in refusal(shown)
