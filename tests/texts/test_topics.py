"""Ten topics: a text and a picture each, a control that changes it the stated way, and no number that the engine did not give."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pytest

from remnant import texts, topic_models
from remnant.errors import InputError
from remnant.explain import explain, explain_topic
from remnant.picture import COLOURS, count_words
from remnant.topics import TOPICS, topic

MOVES = {
    # what of the picture gets more, step by step, as the control goes up; None where it first rises and then falls
    "cells-left-behind": "back", "too-few-to-see": "months", "hidden-spread": "back", "sleeping-cells": "never",
    "why-cycles": "cycles", "radiotherapy": None, "hold-or-kill": None, "resistance": "thrown_out", "immune-system": None,
    "remission-and-cure": "later",
}  # fmt: skip
LESS = {"hold-or-kill": "kills", "immune-system": "helped", "radiotherapy": "healthy"}


def test_there_are_ten_and_each_has_its_text_in_every_language():
    assert len(TOPICS) == 10 and set(MOVES) == set(TOPICS)
    for language in texts.LANGUAGES:
        assert texts.list_texts("topics", language) == sorted(f"topics/{name}" for name in TOPICS)


@pytest.mark.parametrize("name", TOPICS)
def test_the_control_changes_the_picture_the_stated_way(name):
    one = topic(name)
    facts = [one.draw(value).facts for value in one.control.values]
    assert one.control.usual in one.control.values
    if MOVES[name]:
        told = [fact[MOVES[name]] for fact in facts]
        assert all(a <= b for a, b in zip(told, told[1:], strict=False)) and told[-1] >= told[0] + 5, told
    if name in LESS:
        told = [fact[LESS[name]] for fact in facts]
        assert all(a >= b for a, b in zip(told, told[1:], strict=False)) and told[-1] <= told[0] - 20, told
    assert len({one.picture(value).svg() for value in one.control.values}) == len(one.control.values)


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("name", TOPICS)
def test_the_picture_its_table_and_its_words_are_one(name, language):
    one = topic(name)
    for value in one.control.values:
        picture = one.picture(value, language)
        drawn, caption = picture.drawn, picture.caption()
        assert "{" not in caption and "{" not in "".join(picture.labels.values())
        for key, fact in drawn.facts.items():
            said = str(fact) if key in ("months", "visits") else count_words(fact, language)
            assert re.search(rf"(?<!\d){said}(?!\d)", caption), (key, fact, caption)
        headings, rows = picture.table()
        assert all(len(row) == len(headings) for row in rows)
        for heading, counts in drawn.groups:
            assert sum(counts.values()) == 100 and set(counts) | {heading} <= set(picture.labels)
            assert picture.svg().count("<circle") == 100 * len(drawn.groups) + len(rows)
        if drawn.stacked:
            assert np.sum(list(drawn.curves.values()), axis=0) == pytest.approx(1.0, rel=1e-9, abs=0)
            assert all(sum(map(int, row[1:])) == 100 for row in rows)
        for curve in drawn.curves.values():
            assert np.all((curve >= -1e-12) & (curve <= 1 + 1e-12))
        parts = {*drawn.curves, *(part for _, counts in drawn.groups for part in counts)}
        assert parts <= set(picture.labels) and parts <= set(COLOURS)
        assert len(picture.text()) >= 4


def test_no_topic_says_that_nobody_or_everybody():
    for name, one in TOPICS.items():
        for value in one.control.values:
            caption = one.picture(value).caption()
            assert not re.search(r"(?<!\d)(?:0|100) of 100|in (?:0|100)\b", caption), (name, caption)
    assert count_words(0) == "fewer than 1" and count_words(100) == "more than 99" and count_words(7) == "7"


def test_pictures_come_from_the_engine(monkeypatch):
    """With cells that divide more slowly every picture is another, and none is drawn without the engine."""
    kept = {name: one.picture().svg() for name, one in TOPICS.items()}
    monkeypatch.setattr(topic_models, "DIVISION", 0.135)
    assert [name for name, one in TOPICS.items() if one.picture().svg() == kept[name]] == []

    def refuse(_):
        raise RuntimeError("the engine was asked")

    monkeypatch.setattr(topic_models, "solve", refuse)
    for one in TOPICS.values():
        with pytest.raises(RuntimeError, match="the engine was asked"):
            one.picture()


def test_the_chance_of_cells_left_is_the_closed_form():
    """Poisson numbers: none left at once with e^-m, none in the end with e^-m(1 - d/b), but for symptoms that come before."""
    for left in (0.5, 1.0, 3.0):
        facts = topic_models.cells_left_behind(left).facts
        assert abs(facts["none"] - 100 * np.exp(-left)) <= 0.5
        assert abs(facts["gone"] - 100 * np.exp(-left * (1 - topic_models.DEATH / topic_models.DIVISION))) <= 1


def test_an_answer_on_a_topic_holds_all_that_a_page_needs():
    result = explain({"about": "sleeping-cells", "value": 20, "language": "de"})
    assert result["kind"] == "topic" and result["language"] == "de" and result["control"]["value"] == 20
    assert result["title"] == "Schlafende Zellen" and result["warnings"] == [] and result["picture"]["svg"].startswith("<svg")
    assert {"BIO0079", "BIO0219"} <= {source["id"] for source in result["sources"]}
    assert result["words"][0]["term"] == "Krebszelle"


def test_a_text_whose_review_is_overdue_says_so():
    late = explain_topic("resistance", today=date.fromisoformat(explain_topic("resistance")["next_review"]) + timedelta(days=1))
    assert len(late["warnings"]) == 1 and "should have been looked at again" in late["warnings"][0]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"about": "sleping-cells"}, "did you mean sleeping-cells"), ({"about": "coln"}, "did you mean colon"),
        ({"about": "resistance", "value": 3}, "must be one of 0, 1, 2, 5, 10"),
        ({"about": "resistance", "since": 3}, "is for a course"),
        ({"about": "colon", "value": 3}, "is for a topic"), ({"about": "colon", "language": "xx"}, "must be one of en, de"),
        ({"about": "resistance", "language": "xx"}, "must be one of en, de"), ({"about": "dlbcl", "draws": 3}, "20 or more"),
        ({"about": "dlbcl", "draws": 20, "years": 4, "against": "hodgkin"}, "enough is known"),
        ({"about": "dlbcl", "draws": 20, "since": -1}, "since"), ({"about": "dlbcl", "death": "yes"}, "true or false"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused_in_one_sentence(request_, says):
    with pytest.raises(InputError, match=says):
        explain(request_)


def test_topics_fit_their_course():
    from remnant.catalogue import course
    from remnant.explain import topics_for

    er, glioma, aml = (topics_for(course(name)) for name in ("breast/er-positive", "glioblastoma", "aml"))
    assert "sleeping-cells" in er and "sleeping-cells" not in glioma
    assert "radiotherapy" in glioma and "hidden-spread" not in aml
    assert all({"cells-left-behind", "too-few-to-see", "remission-and-cure"} <= set(one) for one in (er, glioma, aml))
