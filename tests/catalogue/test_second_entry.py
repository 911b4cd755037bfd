"""What was entered a second time by somebody who had not seen the first file, and that its status follows from the two."""

import pytest

from remnant import catalogue
from remnant.catalogue import review

REGIMENS = [name for name in review.second_entries() if name.startswith("regimens/")]
DISEASES = [name for name in review.second_entries() if name.startswith("diseases/")]
DIFFER = {
    "diseases/breast/triple-negative", "diseases/kidney", "diseases/lung/non-small-cell", "diseases/melanoma",
    "diseases/prostate", "diseases/testis/non-seminoma",
}  # fmt: skip
"""Entries in which the two choices are known to differ; each says so wherever it is shown."""


def test_enough_was_entered_twice():
    assert len(REGIMENS) >= 10 and len(DISEASES) >= 8


@pytest.mark.parametrize("name", REGIMENS)
def test_regimens_agree_day_by_day(name):
    assert review.differences(name) == ()


@pytest.mark.parametrize("name", DISEASES)
def test_diseases_agree_or_are_known_to_differ(name):
    assert (review.reviews()[name] == review.STATUS[2]) == (name in DIFFER), review.differences(name)


def test_a_changed_dose_would_be_found_out(monkeypatch):
    document = dict(catalogue.shelf.document_of("regimens", "colon/mfolfox6"))
    document["give"] = [one | {"dose": one["dose"] + 1} for one in document["give"]]
    review.differences.cache_clear()
    monkeypatch.setattr(review, "document_of", lambda shelf, name: document)
    assert review.differences("regimens/colon/mfolfox6")
    review.differences.cache_clear()
