"""The commands on courses of the catalogue: what they say, what they refuse, and that words and numbers are one."""

from __future__ import annotations

import json
import re

import pytest
from doors.cases import Page, run

from remnant.errors import InputError
from remnant.outlook import outlook
from remnant.report import RESEARCH_ONLY

FEW = ("--draws", "20")


def refused(*words: object) -> str:
    ran = run(*words)
    assert ran.code == 2 and ran.out == "", ran
    assert ran.err.count("\n") == 1 and ran.err.startswith("remnant: "), ran.err
    return ran.err


@pytest.fixture(scope="module")
def answer():
    ran = run("outlook", "colon", "--years", "8", "--since", "2y", "--against-set", "regimen=[]", "--json", *FEW)
    assert ran.code == 0, ran
    return json.loads(ran.out)


def test_curves_bands_and_another_course(answer):
    free, band = answer["recurrence_free"], answer["band"]["recurrence_free"]
    assert answer["times"][-1] == pytest.approx(8 * 365.25, rel=1e-12, abs=0)
    assert all(low <= high for low, high in zip(band["low"], band["high"], strict=True))
    assert band["low"][-1] < free[-1] < band["high"][-1]
    given = answer["given_free"]["recurrence_free"]
    assert given[-1] > free[-1] + 0.05 and answer["given_free"]["low"][-1] < given[-1] < answer["given_free"]["high"][-1]
    gap = answer["against"]["difference"]
    assert gap["recurrence_free"][-1] > 0.01 and gap["low"][-1] <= gap["recurrence_free"][-1] <= gap["high"][-1]


def test_places_routes_and_causes_sum_to_everybody(answer):
    kinds, free = answer["incidence"]["kind"], answer["event_free"]
    for i in range(len(free)):
        assert sum(values[i] for values in kinds.values()) + free[i] == pytest.approx(1, rel=1e-9, abs=0)
    sites = sum(values[-1] for values in answer["incidence"]["site"].values())
    assert sites == pytest.approx(sum(values[-1] for values in answer["incidence"]["route"].values()), rel=1e-9, abs=0)


def test_the_words_hold_the_numbers():
    ran = run("outlook", "colon", "--years", "8", *FEW)
    assert ran.code == 0 and RESEARCH_ONLY in ran.out
    found, well, low, high = map(
        int,
        re.search(
            r"about (\d+) will have the cancer come back in the next 8 years and (\d+) will not; it could be (\d+) to (\d+)",
            ran.out,
        ).groups(),
    )
    answer = json.loads(run("outlook", "colon", "--years", "8", "--json", *FEW).out)
    assert found + well == 100 and abs(well - 100 * answer["recurrence_free"][-1]) <= 1
    assert low <= found <= high


def test_the_report_is_one_page(tmp_path):
    path = tmp_path / "outlook.html"
    ran = run("outlook", "breast/er-positive", "--years", "10", "--report", path, *FEW)
    assert ran.code == 0, ran
    page = Page(path.read_text(encoding="utf-8"))
    assert page.addresses == [] and page.tags.count("svg") >= 3
    words = " ".join("".join(page.words).split())
    assert RESEARCH_ONLY in words and "Of 100 people like this" in words and " nan" not in words.lower()


def test_a_course_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('start = "colon"\n[set]\n"patient.stage" = "T3 N0 M0"\nregimen = []\n', encoding="utf-8")
    mine = json.loads(run("outlook", path, "--years", "5", "--draws", "0", "--json").out)
    words = ("--set", "patient.stage=T3 N0 M0", "--set", "regimen=[]")
    same = json.loads(run("outlook", "colon", "--years", "5", "--draws", "0", "--json", *words).out)
    assert mine["recurrence_free"] == same["recurrence_free"] and mine["course"]["extent"].startswith("stage II")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("colom",), "did you mean colon"),
        (("colon", "--set", "patient.stage=T5 N0 M0"), "must be one of T0"),
        (("colon", "--set", "patient.stages=II"), "did you mean stage"),
        (("colon", "--set", "regimen.colon/mfolfox6.cycles=2.5"), "cycles"),
        (("colon", "--set", "regimen.colon/mfolfox6.give.0.dose=-85"), "dose"),
        (("colon", "--set", "surgery.delay_days=-3"), "delay_days"),
        (("colon", "--set", "patient"), "path=value"),
        (("colon", "--since", "long"), "3y, 18m or 400d"),
        (("colon", "--since", "99y"), "since"),
        (("colon", "--years", "0"), "years"),
        (("colon", "--draws", "-1"), "draws"),
        (("colon", "--against", "rectom"), "did you mean rectum"),
        (("nowhere.toml",), "TOML file that can be read"),
        (("colon", "--report", "/nowhere/x.html"), "nowhere"),
    ],
)
def test_bad_input_is_one_clear_sentence(words, says):
    assert says in refused("outlook", *words)


def test_a_bad_course_file_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    for text, says in (
        ("start = 3", "start"),
        ("begin = 'colon'", "unknown key"),
        ("start = ", "must be TOML"),
        ("start = 'colon'\nset = 3", "table"),
    ):
        path.write_text(text, encoding="utf-8")
        assert says in refused("outlook", path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("regimens", "colon/mfolfox6"),
        ("colon", "disease.cells.doubling_time"),
        ("BRE053", "0.53"),
        ("colon/mfolfox6", "reviewed: agrees"),
        ("ct-chest", "n50"),
    ],
)
def test_the_catalogue_shows_what_it_holds(name, says):
    ran = run("catalogue", name)
    assert ran.code == 0 and says in ran.out


def test_the_catalogue_gives_near_names():
    assert "did you mean colon/mfolfox6" in refused("catalogue", "colon/mfolfix")
    assert "diseases" in run("catalogue").out


def test_validate_shows_hits_and_misses():
    result = json.loads(run("validate", "testis", "--json").out)
    assert result["score"]["fitted"] + result["score"]["predicted"] == len(result["results"]) > 20
    assert len(result["misses"]) == sum(not row["inside"] for row in result["results"])
    assert "Foretold:" in run("validate", "testis").out
    assert "did you mean" in refused("validate", "testes")


@pytest.mark.parametrize(("more", "draws"), [({"seconds": 0}, 20), ({"seconds": 1e6}, 60), ({}, 60)])
def test_draws_are_as_many_as_there_is_time_for(more, draws):
    assert outlook({"course": "glioblastoma", "draws": 60} | more)["made"]["draws"] == draws


def test_an_answer_is_not_wanted_before_it_is_asked_for():
    with pytest.raises(InputError, match=r"^`seconds`: must be a finite number, 0 or more"):
        outlook({"course": "glioblastoma", "seconds": -1})
