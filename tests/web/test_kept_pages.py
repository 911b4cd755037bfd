"""What people keep and bring: an example from its file, feedback, the self-check; and the doors of researchers."""

import json
from pathlib import Path

import numpy as np
import pytest
import study_cases
from starlette.testclient import TestClient
from web.looking import HOST, alert

from remnant import catalogue
from remnant.course_file import read_course
from remnant.errors import InputError
from remnant.selfcheck import self_checks
from remnant.studies import Study
from remnant.web.app import create_app
from remnant.web.limits import Work
from remnant.web.scenario import read_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
FULL = {
    "disease": "colon", "who": "loved", "tnm": "T3 N1 M0", "age": "55.5", "treatment": "own", "regimen": "colon/capox-3m",
    "follow_up": "none", "free": "2.5", "beside": "regimen:none",
}  # fmt: skip


def file(text, **others):
    return {"files": {"file": ("example.toml", text.encode(), "application/toml")}, "data": {"gate": "yes", **others}}


def test_an_example_saved_and_opened_is_the_same_form(client):
    saved = client.post("/outlook.toml", data=FULL).text
    assert read_scenario(saved) == {name: [value] for name, value in FULL.items()}
    html = client.post("/outlook/load", **file(saved)).text
    assert 'value="55.5"' in html
    assert 'value="T3 N1 M0"' in html
    assert '<option value="regimen:none" selected>' in html
    assert 'name="who" value="loved"' in html
    assert client.post("/outlook/load", files=file(saved)["files"]).status_code == 422


def test_the_file_of_a_page_is_a_course_for_the_command_line(client, tmp_path):
    kept = tmp_path / "example.toml"
    kept.write_bytes(client.post("/outlook.toml", data=FULL).content)
    assert read_course(str(kept)).patient.age_years == pytest.approx(55.5, rel=1e-12, abs=0)


def test_what_a_file_sets_beyond_the_form_is_kept_and_shown(client):
    held = read_scenario('start = "colon"\n[set]\n"disease.cells.doubling_time" = 90\n')
    assert json.loads(held["more"][0]) == {"disease.cells.doubling_time": 90}
    html = client.post("/outlook/load", **file('start = "colon"\n[set]\n"disease.cells.doubling_time" = 90\n')).text
    assert "disease.cells.doubling_time" in html
    again = client.post("/outlook.toml", data={"disease": "colon", "more": held["more"][0]}).text
    assert read_scenario(again)["more"] == held["more"]


HOSTILE = (
    "", "x", 'start = "/etc/passwd"', 'start = "colon"\nother = 1', "start = " + "[" * 5000, 'start = "colon"\n[set]\n"a.b" = 1',
    'start = "colon"\n[set]\n"patient.stage" = "IX"', 'start = "colon"\n[set]\nyears = 1e9', 'start = "colon"\nset = 3',
    'start = "colon"\n[page]\nfree = 3', 'start = "colon"\n[page]\nother = "x"', 'start = "colon"\n[set]\nregimen = ["../x"]',
    'start = "colon"\n[set]\n' + ".".join("a" * 2000) + " = 1", 'start = "colon"\n[set]\n"patient.age_years" = nan',
    'start = "colon"\n[set]\n"patient.age_years" = 2020-01-01',
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_files_are_one_sentence(client, text):
    answer = client.post("/outlook/load", **file(text))
    assert answer.status_code == 422
    assert alert(answer.text)


def test_hostile_changes_in_a_form_are_one_sentence(client):
    for more in ("[" * 3000, "3", '{"disease": "x"}', '{"a": 1}', json.dumps({f"x{i}": 1 for i in range(99)})):
        assert client.post("/outlook/answer", data={"disease": "colon", "more": more}).status_code == 422


def test_feedback_is_a_file_and_nothing_else(client):
    answer = client.post("/feedback.txt", data={"about": "wrong", "page": "/plan", "words": "Line one\r\nLine two"})
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Line one\nLine two" in answer.text
    assert client.post("/feedback.txt", data={"words": " "}).status_code == 422


def test_a_self_check_adds_up_and_names_who_helps(client):
    for name, form in self_checks().items():
        html = client.get(f"/self-check/{name}").text
        assert html.count('type="radio"') == len(form.items) * len(form.choices)
        answers = {f"q{i}": "3" for i in range(1, len(form.items) + 1)}
        told = client.post(f"/self-check/{name}", data=answers | {"country": "GB"}).text
        assert f"{3 * len(form.items)}" in told
        assert "0808" in told or "116" in told
        assert "q1" in alert(client.post(f"/self-check/{name}", data=answers | {"q1": ""}).text)
    assert client.get("/self-check/x").status_code == 404


def table(people=150):
    random = np.random.default_rng(3)
    times = random.weibull(0.8, people) * 60
    seen = random.uniform(12, 60, people)
    rows = [f"{min(a, b):.3f},{int(a <= b)}" for a, b in zip(times, seen, strict=True)]
    return "months,found\n" + "\n".join(rows) + "\n"


@pytest.mark.verify
def test_a_cohort_is_fitted_and_forgotten(client):
    sent = {"files": {"file": ("t.csv", table().encode(), "text/csv")}}
    fields = {"unit": "months", "duration": "months", "event": "found"}
    answer = client.post("/lab/fit", data=fields, **sent)
    assert "150 patients" in answer.text
    assert "<svg" in answer.text
    assert client.post("/lab/fit", data=fields | {"as": "json"}, **sent).json()


def test_a_table_that_is_none_is_one_sentence(client):
    for text, fields in (("", {}), ("a,b\n1,2\n", {"duration": "x", "event": "b"}), ("a,b\n1,2\n", {"cut": "x"}), ("\x00", {})):
        sent = {"files": {"file": ("t.csv", text.encode(), "text/csv")}}
        answer = client.post("/lab/fit", data={"unit": "months"} | fields, **sent)
        assert answer.status_code == 422, text
        assert alert(answer.text)


def test_a_timeline_is_solved_and_a_hostile_one_refused(client):
    text = (EXAMPLES / "resting_cells.json").read_text(encoding="utf-8")
    assert "Out of 100 people" in client.post("/lab/timeline", files={"file": ("t.json", text, "application/json")}).text
    for bad in ("", "[]", "{}", "[" * 50_000, '{"name": 1}', text.replace("{", '{"x": 1,', 1)):
        answer = client.post("/lab/timeline", files={"file": ("t.json", bad, "application/json")})
        assert answer.status_code == 422, bad[:20]


def test_studies_are_shown_from_their_folder_and_no_other(client, tmp_path, monkeypatch):
    assert "remnant serve --studies" in client.get("/lab").text
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.json").write_text("{}")
    (tmp_path / "other").mkdir()
    page = TestClient(create_app(Work(), hosts=(HOST,), studies=tmp_path))
    html = page.get("/lab").text
    assert "/lab/study/mine" in html
    assert "/lab/study/other" not in html
    assert page.get("/lab/study/other").status_code == 404
    assert page.get("/lab/study/%2e%2e%2fmine").status_code == 404
    assert page.get("/lab/study/mine").status_code == 422  # it is no study of this version
    assert str(tmp_path) not in page.get("/lab/study/mine").text


@pytest.mark.verify
def test_a_study_is_shown_from_its_folder(tmp_path):
    made = Study(study_cases.design(patients=400)).run(tmp_path / "mine")
    page = TestClient(create_app(Work(seconds=60), hosts=(HOST,), studies=tmp_path))
    html = page.get("/lab/study/mine").text
    assert "400 sampled people" in html
    assert "<svg" in html
    assert all(arm["name"] in html for arm in made.summary["arms"])
    assert str(tmp_path) not in html


def test_a_file_larger_than_allowed_is_refused(client):
    assert client.post("/outlook/load", **file("#" * 1_100_000)).status_code == 413


def test_a_course_is_never_the_name_of_a_file():
    with pytest.raises(InputError, match="id of the catalogue"):
        read_scenario('start = "example.toml"')
    assert "example.toml" not in catalogue.list_ids()
