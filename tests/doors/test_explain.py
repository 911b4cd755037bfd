"""The command explain: topics and courses, as text, as JSON and as a page that asks nothing of the network."""

from __future__ import annotations

import json
import re

import pytest
from doors.cases import Page, run

from remnant.report import RESEARCH_ONLY
from remnant.topics import TOPICS

FEW = ("--draws", "20", "--years", "5")


def test_without_a_name_it_lists_the_topics():
    ran = run("explain")
    assert ran.code == 0 and all(name in ran.out for name in TOPICS) and RESEARCH_ONLY in ran.out


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_topic_for_people_and_machines(language):
    ran = run("explain", "radiotherapy", "--language", language, "--value", "3")
    answer = json.loads(run("explain", "radiotherapy", "--language", language, "--value", "3", "--json").out)
    assert ran.code == 0 and answer["control"]["value"] == 3 and answer["picture"]["table"]["rows"]
    assert " ".join(answer["picture"]["caption"].split()) in " ".join(ran.out.split())
    assert answer["title"].upper() in ran.out and answer["note"] in ran.out and "#####" in ran.out
    assert (answer["note"] == RESEARCH_ONLY) == (language == "en")


@pytest.fixture(scope="module")
def course_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("explain") / "page.html"
    return path, run("explain", "dlbcl", "--since", "1y", "--report", path, *FEW)


def test_a_course_for_people(course_page):
    _, ran = course_page
    assert ran.code == 0 and RESEARCH_ONLY in ran.out and ran.err == ""
    words = " ".join(ran.out.split())
    told = re.search(r"about (\d+) will have the cancer come back in the next 4 years and (\d+) will not", words)
    found, well = map(int, told.groups())
    assert found + well == 100
    answer = json.loads(run("explain", "dlbcl", "--since", "1y", "--json", *FEW).out)
    assert abs(100 * (1 - answer["outlook"]["given_free"]["recurrence_free"][-1]) - found) <= 0.5
    assert all(" ".join(one["text"].split()) in words for one in answer["sentences"])
    assert "die of something else" not in words


def test_the_page_of_a_course(course_page):
    path, _ = course_page
    page = Page(path.read_text(encoding="utf-8"))
    assert page.addresses == [] and "script" not in page.tags and page.tags.count("h1") == 1
    assert RESEARCH_ONLY in "".join(page.words) and "svg" in page.tags


@pytest.mark.parametrize("name", ["hidden-spread", "why-cycles"])
def test_the_page_of_a_topic_has_every_picture_and_works_without_scripts(tmp_path, name):
    path = tmp_path / "page.html"
    assert run("explain", name, "--report", path, "--language", "de").code == 0
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    values = TOPICS[name].control.values
    assert page.tags.count("figure") == page.tags.count("input") == page.tags.count("label") == len(values)
    assert text.count(" checked>") == text.count('class="chosen"') == 1
    assert "script" not in page.tags and page.addresses == [] and ("html", "lang", "de") in page.attributes
    linked = re.findall(r'href="#(word-[a-z-]+)"', text)
    assert linked and len(set(linked)) == len(linked) and all(f'id="{one}"' in text for one in linked)


def test_a_disease_with_too_little_evidence_is_explained_without_a_count(tmp_path):
    ran = run("explain", "hodgkin", "--report", tmp_path / "page.html")
    assert ran.code == 0 and "Too little is known" in ran.out and "of 100" not in ran.out
    assert "of 100" not in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["slepping"], "did you mean sleeping-cells"), (["resistance", "--value", "3"], "0, 1, 2, 5, 10"),
        (["resistance", "--since", "3y"], "is for a course"), (["colon", "--language", "fr"], "en, de"),
        (["dlbcl", "--draws", "5"], "20 or more"), (["dlbcl", "--since", "soon"], "such as 3y"),
        (["resistance", "--language", "fr"], "en, de"), (["resistance", "--report", "/proc/none/a.html"], "folder that exists"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(words, says):
    ran = run("explain", *words)
    assert ran.code == 2 and ran.out == "" and ran.err.count("\n") == 1 and says in ran.err, ran.err
