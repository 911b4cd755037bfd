"""Every text in the store: it can be read, stands on something, is up to date, is easy enough and says nothing it should not."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from string import Formatter

import pytest
from words import LIMITS, LONGEST, grade, longest, of_sentences

from remnant import catalogue, texts
from remnant.errors import InputError
from remnant.texts import store
from remnant.texts.text import Text

EVERY = [(language, name) for language in texts.LANGUAGES for name in texts.list_texts(language=language)]
PASSAGES = [(language, *passage) for language in texts.LANGUAGES for passage in texts.passages(language)]
HARDER = 5.0
"""Grades by which a single sentence may be harder than a passage."""
ids = [f"{language}: {where} ({layer})" for language, where, layer, _ in PASSAGES]


@pytest.mark.parametrize(("language", "where", "layer", "words"), PASSAGES, ids=ids)
def test_a_passage_is_easy_to_read_and_has_no_word_to_avoid(language, where, layer, words):
    if not where.startswith("glossary"):  # one sentence has no grade of its own; its length and words are checked
        assert grade(words, language) <= LIMITS[layer]
        assert hardest(words, language) <= LIMITS[layer] + HARDER
    assert longest(words) <= LONGEST
    assert texts.avoided_in(words, language) == []


def hardest(words, language="en"):
    """The grade of the hardest sentence of five words or more; words that the glossary explains count as easy ones."""
    plain = "".join("thing" if piece.term else piece.words for piece in texts.linked(words, language))
    return max((grade(one, language) for one in of_sentences(plain) if len(one.split()) >= 5), default=0.0)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_glossary_as_a_whole_is_easy_to_read(language):
    assert grade(" ".join(term.plain for term in texts.glossary(language).values()), language) <= LIMITS["more"]


def test_a_hard_text_and_a_word_to_avoid_are_found():
    hard = "Micrometastatic dissemination necessitates systemic adjuvant intervention notwithstanding macroscopic resection."
    assert grade(hard) > LIMITS["more"] and grade("The cat sat. It was warm.") < 2
    assert grade("Der Hund schläft. Es ist warm.", "de") < LIMITS["simple"] < grade("Hochdosischemotherapie " * 5, "de")
    assert longest(" ".join(["word"] * (LONGEST + 1))) > LONGEST
    easy = "The cat sat. It was warm. It sat there for a long time. " * 3
    assert grade(easy + hard) < 10 < LIMITS["more"] + HARDER < hardest(easy + hard), "one sentence cannot hide in easy ones"
    assert hardest("It gets radiotherapy and chemotherapy at the hospital.") < LIMITS["simple"], "hard words that are explained"
    for words in ("You must fight on.", "She won the battle.", "It is a war.", "You can beat it."):
        assert texts.avoided_in(words) != [], words
    assert texts.avoided_in("The probability of metastasis is 20% or 1 in 5.") == [
        ("probability", "chance"), ("metastasis", "spread to another part of the body"), ("20%", "out of 100 people"),
        ("1 in 5", "out of 100 people"),
    ]  # fmt: skip
    assert texts.avoided_in("Fewer than 1 in 100 people.") == []


def test_every_word_to_avoid_is_found_and_no_twin_is_one():
    for language in texts.LANGUAGES:
        for one in texts.avoided(language):
            assert texts.avoided_in(one.instead, language) == []
    for word in ("metastases", "relapsed", "lesions", "hazard", "percent", "you are cured", "victim", "battling cancer"):
        assert texts.avoided_in(f"So {word} it is.") != [], word


@pytest.mark.parametrize(("language", "name"), EVERY)
def test_a_text_says_what_it_stands_on_and_when_it_was_looked_at(language, name):
    one = texts.text(name, language)
    assert one.source or one.links
    assert one.reviewed < one.next_review <= one.reviewed + timedelta(days=3 * 366)
    assert not texts.overdue(one, one.next_review) and texts.overdue(one, one.next_review + timedelta(days=1))


def test_a_translation_has_the_same_facts_and_tells_when_it_is_behind(monkeypatch):
    for language, name in EVERY:
        one, english = texts.text(name, language), texts.text(name)
        assert (one.source, one.phases, one.audience) == (english.source, english.phases, english.audience), name
        assert (one.picture is None) == (english.picture is None)
        if one.picture and english.picture:
            assert set(one.picture.labels) == set(english.picture.labels)
    one = texts.text(texts.list_texts()[0])
    newer = one.model_copy(update={"reviewed": one.reviewed + timedelta(days=1)})
    monkeypatch.setattr(store, "texts", lambda language="en": {one.id: newer})
    assert texts.behind(one) and not texts.behind(newer)


def document(**changes):
    held = {
        "id": "topics/a", "title": "A", "simple": "Words.", "phases": ["well"], "audience": ["person"], "source": ["BIO0001"],
        "reviewed": date(2026, 1, 1), "next_review": date(2027, 1, 1),
    }  # fmt: skip
    return {key: value for key, value in (held | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"source": None}, "needs a source"), ({"next_review": date(2026, 1, 1)}, "after reviewed"),
        ({"phases": []}, "phases"), ({"phases": ["cured"]}, "phases"), ({"audience": ["dog"]}, "audience"),
        ({"simple": ""}, "simple"), ({"simpel": "a"}, "unknown key"), ({"reviewed": None}, "reviewed"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_allowed_is_refused(changes, says):
    with pytest.raises(InputError, match=says):
        Text.read(document(**changes), "file")
    assert Text.read(document(), "file").id == "topics/a"


def test_an_unknown_text_or_language_gives_near_names():
    with pytest.raises(InputError, match="did you mean topics/cells-left-behind"):
        texts.text("topics/cells-left")
    with pytest.raises(InputError, match="must be one of en, de"):
        texts.texts("fr")
    with pytest.raises(InputError, match="none is called"):
        texts.phrase("page.nothing")
    with pytest.raises(InputError, match="has the gaps day"):
        texts.phrase("page.overdue", "en", date="today")


OF_NAMES = ("card", "disease")
"""What the catalogue says in English, said in other languages: English has no need of it."""


def gaps_of(sentence):
    return sorted({field for _, field, _, _ in Formatter().parse(sentence) if field})


@pytest.mark.parametrize("language", [one for one in texts.LANGUAGES if one != "en"])
def test_a_course_can_be_explained_with_the_same_gaps_in_every_language(language):
    english, other = store.document("phrases"), store.document("phrases", language)
    for section in ("outlook", "time", "count", "page"):
        assert set(english[section]) <= set(other[section]), section
        for key, sentence in english[section].items():
            assert gaps_of(other[section][key]) == gaps_of(sentence), f"{section}.{key}"
    assert set(other) - set(OF_NAMES) <= set(english)
    assert set(other["disease"]) == set(catalogue.list_ids())


def test_hard_words_are_linked_at_their_first_use_only():
    words = "Cells rest. A scan sees a tumour; the next scan sees two tumours, and Chemotherapy follows."
    pieces = texts.linked(words)
    assert "".join(piece.words for piece in pieces) == words
    assert [(p.words, p.term) for p in pieces if p.term] == [
        ("scan", "scan"), ("tumour", "tumour"), ("Chemotherapy", "chemotherapy"),
    ]  # fmt: skip
    assert [p.term for p in texts.linked(words, known=frozenset({"scan"})) if p.term] == ["tumour", "chemotherapy"]
    assert [p for p in texts.linked("scanning a tumourlike thing") if p.term] == [], "only whole words"


def test_glossary_sentences_are_one_sentence_each():
    for language, term in itertools.chain.from_iterable(
        ((language, one) for one in texts.glossary(language).values()) for language in texts.LANGUAGES
    ):
        assert term.plain.endswith(".") and term.plain.count(". ") == 0, (language, term.id)
        assert all(form == form.lower() for form in term.forms)
