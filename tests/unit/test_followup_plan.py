"""What a follow-up plan tells a person: where it comes from and how old that is, what is known and what not, in easy words."""

from __future__ import annotations

from datetime import date

import pytest
from words import LIMITS, LONGEST, grade, longest

from remnant import catalogue, texts
from remnant.followup_plan import answer
from remnant.plan_page import line_notes, plan_page
from remnant.plan_words import disease_words, person_note
from remnant.texts import phrase

TODAY = "2026-11-25"
STARTS = ("2015-01-31", "2025-06-15", "2026-11-25", "2027-03-01")
COUNTRIES = ("", "GB", "US", "NZ", "JP")


def asked(course: str, start: str = "2026-05-31", country: str = "", **more: object) -> dict:
    return {"course": course, "start": start, "today": TODAY} | ({"country": country} if country else {}) | more


def notes(result: dict) -> str:
    return " ".join(result["notes"])


@pytest.mark.parametrize("course", catalogue.list_ids())
def test_what_is_said_is_easy_to_read_whatever_the_case(course):
    for country in COUNTRIES:
        for start in STARTS:
            result = answer(asked(course, start, country))
            said = notes(result).replace(result["called"], "this cancer")
            if result["guideline"]:  # names of bodies and countries are names
                for name in (result["guideline"]["body"], result["guideline"]["country_name"], str(result["country"])):
                    said = said.replace(name, "Ann")
            assert grade(said) <= LIMITS["simple"] and longest(said) <= LONGEST, said
            assert texts.avoided_in(said) == []
            numbers = " ".join(words for exam in result["exams"] for words in exam["numbers"])
            assert not numbers or grade(numbers) <= LIMITS["more"]


@pytest.mark.parametrize("course", catalogue.list_ids())
def test_body_country_year_and_age_of_the_guideline_are_told(course):
    result = answer(asked(course))
    if result["guideline"] is None:
        assert "No guideline on visits after this cancer" in notes(result) and result["visits"] == []
        return
    told = result["guideline"]
    assert told["age_years"] == 2026 - told["year"]
    for word in (told["body"], told["country_name"], str(told["year"]), f"{told['age_years']} years old"):
        assert word in notes(result)
    assert ("may have been replaced" in notes(result)) == (told["age_years"] >= 5)


def test_the_stage_it_is_made_for_is_told():
    assert "made for stage III." in notes(answer(asked("colon")))
    assert "made for stage II." in notes(answer(asked("colon") | {"set": {"patient.stage": "II"}}))
    bladder = answer(asked("bladder/non-muscle-invasive") | {"set": {"patient.stage": "high"}})
    assert "the group called high here" in notes(bladder)


def test_for_whom_a_line_is_meant_is_told_where_the_file_says_so():
    result = answer(asked("colon") | {"set": {"follow_up": "colon/asco-2005"}})
    assert any("Rectal cancer that was not irradiated only" in note for note in line_notes(result))
    assert "Rectal cancer that was not irradiated only" in plan_page(result)


def test_every_exam_tells_its_purpose_what_it_can_see_and_what_not():
    for course in catalogue.list_ids():
        for exam in answer(asked(course))["exams"]:
            assert exam["simple"] and len(exam["points"]) == 2
            assert "cannot" in exam["points"][1] or "miss" in exam["points"][1] or "make" in exam["points"][1], exam["id"]


def test_counts_of_wrong_results_are_those_of_the_catalogue():
    (cea,) = [one for one in answer(asked("colon"))["exams"] if one["id"] == "cea"]
    assert "about 12 get a false alarm each time. The other 88 do not" in cea["numbers"][0]
    assert "about 18 of 100 people the cancer makes none of it" in cea["numbers"][1] and "82 it does" in cea["numbers"][1]


def test_a_start_in_the_past_says_what_has_passed():
    some, every = answer(asked("colon", "2025-01-15")), answer(asked("colon", "2015-01-15"))
    assert "have passed and are marked" in notes(some)
    assert {one["past"] for one in some["visits"]} == {True, False}
    assert all((one["date"] < TODAY) == one["past"] for one in some["visits"])
    assert "All visits of this guideline have passed" in notes(every) and "not known here" in notes(every)
    assert "still to come" in notes(answer(asked("colon", "2027-01-15")))


def test_a_stage_without_visits_says_what_is_known_and_what_not():
    result = answer(asked("melanoma", country="AU") | {"set": {"patient.stage": "T1a N0 M0"}})
    assert result["visits"]
    result = answer(asked("melanoma", country="GB") | {"set": {"patient.stage": "III"}})
    assert result["visits"] == [] and "no visits for III" in notes(result) and "it has visits for IA, IB, IIA" in notes(result)
    assert [one["id"] for one in result["questions"]][0] == "questions/no-guideline"


def test_a_guideline_from_elsewhere_says_so():
    result = answer(asked("breast/er-positive", country="NZ"))
    assert "No guideline of New Zealand" in notes(result) and not result["guideline"]["written_for_country"]
    assert "questions/old-guideline" in [one["id"] for one in result["questions"]]
    assert result["lines"] and {one["country"] for one in result["lines"]} <= {"NZ", "XX"}


def test_a_trial_or_a_cohort_says_that_it_advises_nobody():
    trial = answer(asked("colon") | {"set": {"follow_up": "colon/gilda-minimal-1998"}})
    cohort = answer(asked("testis/non-seminoma") | {"set": {"follow_up": "testis/denmark-1984"}})
    local = answer(asked("colon") | {"set": {"follow_up": "colon/sussex-2022"}})
    assert "schedule of a trial" in notes(trial) and "group of people in the past" in notes(cohort)
    assert "habit of one place" in notes(local)


def test_it_has_come_back():
    result = answer(asked("colon", came_back="2027-06-01"))
    assert "from that day on, your team makes a new plan" in notes(result).lower()
    assert all(one["date"] < "2027-06-01" for one in result["visits"])
    assert result["questions"][0]["id"] == "questions/it-has-come-back"


@pytest.mark.parametrize("course", ["colon", "breast/er-positive", "glioblastoma", "wilms"])
def test_the_page_shows_the_plan_and_asks_nothing_of_the_network(course):
    result = answer(asked(course, country="GB"))
    page = plan_page(result)
    assert page.count("Draft: your team&#39;s plan comes first.") >= 1 and '<thead><tr><td><div class="banner"' in page
    for visit in result["visits"]:
        assert visit["day"] in page
    for loads in ("<script", "<link", "<img", "@import", "url(", "src="):
        assert loads not in page
    assert "If you might harm yourself, call your emergency number now." in page
    assert "For research and teaching" in page


def test_hard_words_are_linked_to_their_meaning_once():
    page = plan_page(answer(asked("colon")))
    assert page.count('href="#word-scan"') == 1 == page.count('id="word-scan"')


@pytest.mark.parametrize(
    ("name", "said"),
    [("Breast cancer, ER-positive", "breast cancer"), ("Ewing sarcoma", "Ewing sarcoma"), ("Wilms tumour", "Wilms tumour")],
)
def test_diseases_are_called_as_people_call_them(name, said):
    assert disease_words(name) == said


def test_today_is_today_unless_it_is_told():
    assert answer({"course": "colon", "start": "2026-05-31"})["today"] == date.today().isoformat()


@pytest.mark.parametrize("course", catalogue.list_ids())
def test_signs_to_watch_for_are_in_easy_words(course):
    for country in COUNTRIES:
        signs = [sign for group in answer(asked(course, country=country))["symptoms"].values() for sign in group]
        assert texts.avoided_in(". ".join(signs)) == []
        assert not signs or grade(". ".join(signs) + ".") <= LIMITS["simple"]


MAKERS = ("row", "as above", "written", "general knowledge", "ours", "remembered", "cut at", "evidence", "format", "table")


def test_notes_to_the_makers_of_a_guideline_are_not_shown_to_people():
    notes = {visit.why for name in catalogue.list_ids("guidelines") for visit in catalogue.read("guidelines", name).visit}
    assert any("remembered row" in why.lower() for why in notes), "so there is something to leave out"
    placed = phrase("plan.placed")
    for why in notes:
        told = person_note(why).replace(placed, "").lower()
        assert not [word for word in MAKERS if f" {word}" in f" {told}"], (told, why)
    assert person_note("At least two scans in 3 years (remembered row); the months are a placement of ours.") == (
        f"At least two scans in 3 years. {placed}"
    )
    assert person_note("None in year 4.") == "None in year 4."
    assert person_note("As above.") == ""
