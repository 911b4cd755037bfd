"""Sentences with gaps of the plan, of what it means when it has come back, and of support: easy, and with no word to avoid."""

from __future__ import annotations

import re

import pytest
from words import LIMITS, LONGEST, grade, longest

from remnant import texts
from remnant.texts import store

FOR_MACHINES = {"plan.method"}
"""Handed on in a FHIR Bundle, not shown to people."""
SHORT = 10
"""A sentence of so few words has no grade of its own: one long word decides it."""
SENTENCES = {
    f"{section}.{name}": re.sub(r"\{\w+\}", "ten", words)
    for section in ("plan", "returned", "support")
    for name, words in store.document("phrases")[section].items()
}


@pytest.mark.parametrize("name", sorted(set(SENTENCES) - FOR_MACHINES))
def test_a_sentence_is_easy_and_has_no_word_to_avoid(name):
    words = SENTENCES[name]
    assert texts.avoided_in(words) == []
    assert longest(words) <= LONGEST
    if len(words.split()) > SHORT:
        assert grade(words) <= LIMITS["simple"]


def test_a_hard_sentence_would_be_found():
    assert grade("The probability of locoregional recurrence necessitates individualised surveillance.") > LIMITS["simple"]
