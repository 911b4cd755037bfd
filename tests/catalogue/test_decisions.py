"""Rules of decision: files, sentences, and what is refused; names of recurrences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant import catalogue
from remnant.catalogue.decisions import decisions_for
from remnant.catalogue.shelf import check_file
from remnant.clinic.classify import ORDER, is_new_primary, kind_of, named, restaged
from remnant.clinic.decide import Decisions
from remnant.errors import InputError

KINDS = {"breast": "local", "axilla": "regional", "liver": "distant", "bone": "distant"}


@pytest.mark.parametrize("name", catalogue.list_ids("decisions"))
def test_files_stand_on_their_rows(name):
    check_file("decisions", name)


@pytest.mark.parametrize("disease", catalogue.list_ids())
def test_every_disease_has_rules(disease):
    assert decisions_for(disease).sentences()[-1].endswith("Otherwise: treat symptoms; the goal is comfort.")


def changed(**changes):
    return Decisions.read(catalogue.read("decisions", "solid").model_dump() | changes, "decisions/test.toml")


def test_rules_that_leave_a_case_open_are_refused():
    rules = catalogue.read("decisions", "solid").model_dump()["rules"]
    with pytest.raises(InputError, match="the last rule must be comfort"):
        changed(rules=rules[:-1])


def test_shares_of_fitness_must_be_everybody():
    ecog = catalogue.read("decisions", "solid").model_dump()["ecog"]
    with pytest.raises(InputError, match="must sum to 1"):
        changed(ecog=[ecog[0]] * 5)


def test_local_rules_need_a_local_treatment():
    with pytest.raises(InputError, match="needs a"):
        changed(local=None)


@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1))
def test_a_recurrence_has_exactly_one_kind_the_most_advanced(found):
    kind = kind_of(found, KINDS)
    assert kind in {KINDS[site] for site in found}
    assert not any(KINDS[site] in ORDER[: ORDER.index(kind)] for site in found)


@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1))
def test_restaging_begins_with_r_and_says_m1_exactly_for_distant_lesions(found):
    stage = restaged(found, KINDS)
    assert stage.startswith("rT")
    assert ("M1" in stage) == (kind_of(found, KINDS) == "distant")


def test_a_recurrence_is_named_after_the_cancer_it_came_from():
    assert named("Breast cancer, ER-positive", ["liver"], KINDS) == "distant recurrence of breast cancer, ER-positive, in: liver"
    assert restaged(["liver", "bone"], KINDS, counts_organs=True) == "rT0 N0 M1b"
    assert restaged(["breast", "axilla"], KINDS) == "rTX N1 M0"


@pytest.mark.parametrize(
    "rule, years, same_organ, same_histology, new",
    [("seer", 6, True, True, True), ("seer", 4, True, True, False), ("iarc", 20, True, True, False),
     ("iarc", 1, False, True, True), ("martini-melamed", 2, True, True, True), ("martini-melamed", 1, True, True, False),
     ("seer", 1, True, False, True)],
)  # fmt: skip
def test_second_primaries_by_named_rules(rule, years, same_organ, same_histology, new):
    assert is_new_primary(rule, years, same_organ, same_histology) is new
