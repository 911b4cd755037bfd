"""When it has come back: names by origin, choices unranked with what was found, fitting questions, no death unasked."""

from __future__ import annotations

import re

import pytest
from words import LIMITS, LONGEST, grade, longest

from remnant import catalogue, texts
from remnant.catalogue.evidence import evidence
from remnant.errors import InputError
from remnant.returned import Situation, kinds_of, options, options_for, questions_for, returned, returned_page

EVERY = [(disease, kind) for disease in catalogue.list_ids() for kind in kinds_of(catalogue.course(disease))]
DEATH = re.compile(r"\b(alive|die|died|dying|death|dead)\b", re.IGNORECASE)


def prose(result: dict) -> str:
    said = [*result["naming"]]
    for one in [*result["texts"], *result["questions"]]:
        said += [*one["simple"], *one["more"], *one["points"]]
    for one in result["options"]:
        said += [one["title"], one["simple"], *one["found"], *one["points"]]
    return "\n".join(said)


@pytest.mark.parametrize(("disease", "kind"), EVERY)
def test_every_way_of_coming_back_is_answered_without_a_word_of_death(disease, kind):
    result = returned({"course": disease, "kind": kind})
    assert result["options"] or kind == "second-primary"
    assert result["emergency"].startswith("If you might harm yourself")
    assert DEATH.findall(prose(result)) == []
    assert not any("limits-life" in one["id"] for one in [*result["texts"], *result["questions"]])


def test_death_is_told_to_those_who_ask():
    result = returned({"course": "colon", "kind": "distant", "limits_life": True})
    assert DEATH.findall(prose(result)) and any(one["id"] == "returned/when-it-limits-life" for one in result["texts"])
    assert "questions/limits-life" in [one["id"] for one in result["questions"]]


def test_a_cancer_is_named_after_its_origin():
    named = returned({"course": "breast/er-positive"})["naming"]
    assert named[0] == "If breast cancer is found in the bones, it is still breast cancer."
    assert "the liver" in named[1]
    assert returned({"course": "aml"})["naming"] == []


def test_counts_stand_in_their_evidence():
    for option in options():
        for study in option.found:
            row = evidence()[study.source]
            numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", f"{row.value} {row.note} {row.high}")]
            assert any(abs(study.in_100 - number) <= 0.5 for number in numbers), (option.id, study.source)
            assert row.carries, study.source


def test_a_count_that_is_in_no_row_would_be_found():
    row = evidence()["T4-011"]
    numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", f"{row.value} {row.note} {row.high}")]
    assert not any(abs(93 - number) <= 0.5 for number in numbers)


def test_both_counts_are_told_and_sum_to_100():
    for disease, kind in EVERY:
        for option in returned({"course": disease, "kind": kind})["options"]:
            for words in option["found"]:
                if found := re.search(r"about (\d+) .* and (\d+) did not", words):
                    assert int(found[1]) + int(found[2]) == 100
                else:
                    assert words == texts.phrase("returned.not_known")


def test_choices_have_each_aspect_and_no_rank():
    for option in options():
        text = texts.text(f"options/{option.id}")
        assert [point.split(":")[0] for point in text.points] == ["Harms", "What it asks of you", "Daily life"]
    said = prose(returned({"course": "colon"})).casefold()
    assert not re.search(r"\b(best choice|we recommend|recommended|better choice|you should choose)\b", said)


def test_choices_fit_the_cancer():
    local = {one.id for one in options_for(catalogue.course("colon"), "local")}
    blood = {one.id for one in options_for(catalogue.course("aml"), "systemic")}
    assert "transplant" in blood - local and "surgery" in local - blood
    assert "local-bladder-treatment" in {one.id for one in options_for(catalogue.course("bladder/non-muscle-invasive"), "local")}
    assert "local-bladder-treatment" not in local


@pytest.mark.parametrize(
    ("situation", "ids"),
    [
        (Situation("well", 60), ["follow-up"]),
        (Situation("well", 60, guideline="old"), ["follow-up", "old-guideline"]),
        (Situation("well", 8, guideline="none"), ["no-guideline", "child"]),
        (Situation("returned", 70, "distant"), ["it-has-come-back", "other-places"]),
        (Situation("returned", 30, "local"), ["it-has-come-back", "same-place", "having-children", "work-and-money"]),
        (Situation("returned", 8, "systemic"), ["it-has-come-back", "blood-and-lymph", "child", "having-children"]),
        (Situation("returned", 70, "", limits_life=True), ["it-has-come-back", "limits-life"]),
    ],
)
def test_questions_fit_the_situation(situation, ids):
    assert questions_for(situation) == [f"questions/{name}" for name in ids]


def test_every_list_of_questions_is_offered_to_somebody():
    ages, kinds = (8, 30, 50, 70), ("", "local", "distant", "systemic", "second-primary")
    offered = {
        name
        for age in ages
        for kind in kinds
        for limits in (False, True)
        for guideline in ("", "old", "none")
        for phase in ("well", "returned")
        for name in questions_for(Situation(phase, age, kind, guideline, limits))
    }
    assert offered == set(texts.list_texts("questions"))


@pytest.mark.parametrize("disease", catalogue.list_ids())
def test_composed_sentences_are_easy_and_say_nothing_they_should_not(disease):
    result = returned({"course": disease})
    words = " ".join([*result["naming"], *(found for one in result["options"] for found in one["found"])])
    called = result["called"]
    said = words.replace(called, "this cancer")
    assert texts.avoided_in(said) == [] and longest(said) <= LONGEST + 6
    assert grade(said) <= LIMITS["more"]


def test_the_page_holds_all_of_it():
    page = returned_page(returned({"course": "colon", "kind": "distant"}))
    for words in (
        "It is not your fault",
        "Choices side by side",
        "26 had no sign of cancer",
        "Is there a clinical trial for me?",
    ):
        assert words in page
    assert "Draft: your team&#39;s plan comes first." in page and "If you might harm yourself" in page


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="must be one of local, regional, distant, second-primary"):
        returned({"course": "colon", "kind": "systemic"})
