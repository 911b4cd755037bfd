"""Sentences on courses: every number is the outcome's, nothing is claimed that is not so, and every check finds its fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from texts.made_outcomes import Made, made
from texts.sentence_checks import check_outlook, check_words, read, value

from remnant import catalogue, outlook, sentences
from remnant.catalogue.fitted import foretold
from remnant.predict import with_draws
from remnant.quantity import YEAR_DAYS
from remnant.sentences import Said, explain_outlook, time_words

QUICK = ("dlbcl", "stomach", "testis/seminoma", "testis/non-seminoma")
REAL = [
    (name, changes, since, years)
    for name in QUICK for changes, since, years in (({}, 0, 5), ({"follow_up": None}, 2, 5), ({"regimen": []}, 1, 4))
] + [
    ("glioblastoma", {}, 0, 5), ("glioblastoma", {"follow_up": None}, 1, 5), ("ovary", {"regimen": []}, 2, 6),
    ("pancreas", {}, 0, 5), ("pancreas", {"surgery.margin": "R1"}, 1, 5), ("osteosarcoma", {}, 2, 5),
    ("ovary", {}, 0, 5), ("pancreas", {"regimen": []}, 0, 4), ("bladder/non-muscle-invasive", {}, 2, 4),
]  # fmt: skip
SLOW = [
    ("colon", {"patient.stage": "II"}, 3, 8), ("rectum", {"patient.stage": "I"}, 0, 5), ("breast/er-positive", {}, 5, 15),
    ("breast/triple-negative", {}, 1, 8), ("ewing", {}, 4, 8), ("wilms", {}, 0, 5), ("prostate", {}, 2, 10),
    ("melanoma", {}, 0, 6), ("kidney", {}, 0, 8),
]  # fmt: skip


def ask(solved, course="dlbcl", since=0, years=9, **more):
    """An outlook whose outcomes come from `solved(course, days)`, and these outcomes."""
    kept = []

    def keep(outcome):
        kept.append(outcome)
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        if solved is None:
            patch.setattr(outlook, "with_draws", lambda *given: keep(with_draws(*given)))
        else:
            patch.setattr(outlook, "solve", solved)
            patch.setattr(outlook, "with_draws", lambda outcome, *_: keep(outcome))
        request = {"course": course, "years": years, "draws": 4, "ahead": True} | more
        result = outlook.outlook(request | ({"since": since * YEAR_DAYS} if since else {}))
    return result, kept


def made_up(one, since, years, course="dlbcl"):
    result, (outcome,) = ask(lambda _, days: one.outcome(days), course, since, years)
    return result, outcome


@pytest.mark.parametrize(
    ("name", "changes", "since", "years"), [*REAL, *(pytest.param(*one, marks=pytest.mark.verify) for one in SLOW)]
)
def test_sentences_on_courses_of_the_catalogue(name, changes, since, years):
    result, (outcome,) = ask(None, name, since, years, set=changes)
    for death in (False, True):
        said = explain_outlook(result, death=death)
        assert check_outlook(outcome, said, since * YEAR_DAYS) == []
        assert {"back", "one-of-100", "this-cancer"} <= {one.name for one in said}


@settings(max_examples=180, phases=[Phase.generate])
@given(made(), st.integers(0, 6), st.integers(4, 14), st.sampled_from(["dlbcl", "colon"]), st.booleans())
def test_sentences_on_outcomes_of_every_shape(one, since, ahead, course, death):
    result, outcome = made_up(one, since, since + ahead, course)
    said = explain_outlook(result, death=death)
    assert check_outlook(outcome, said, since * YEAR_DAYS) == []


FALLING = Made(
    tuple(0.2 * 0.7**i for i in range(12)), 0.01, (0.5, 0.9), 0.3, (0.7, 0.9, 1.0, 1.2, 1.5), (0.2, 0.3, 0.5), (0.4, 0.6)
)
RISING = replace(FALLING, rates=tuple(0.01 * 1.2**i for i in range(12)))


@pytest.fixture(scope="module")
def falling():
    result, outcome = made_up(FALLING, 1, 10)
    return outcome, explain_outlook(result, death=True)


def with_text(said, name, old, new):
    (one,) = [one for one in said if one.name == name]
    assert old in one.text, (name, old, one.text)
    changed = replace(one, text=one.text.replace(old, new, 1))
    return [changed if other is one else other for other in said]


def sentence(said, name):
    (one,) = [one.text for one in said if one.name == name]
    return one


def test_the_outcome_without_a_fault_has_no_complaint(falling):
    outcome, said = falling
    assert check_outlook(outcome, said, YEAR_DAYS) == []
    names = [one.name for one in said]
    assert {"back", "ahead", "later", "left", "left-but", "where", "how", "death"} <= set(names)


@pytest.mark.parametrize("name", ["back", "ahead", "later", "left", "where", "how", "death"])
def test_a_count_that_is_not_the_outcomes_is_found(falling, name):
    outcome, said = falling
    (first, *_), _ = read(name, sentence(said, name))
    assert check_outlook(outcome, with_text(said, name, f"about {first}", f"about {first + 2}"), YEAR_DAYS) != []


def test_a_range_that_is_not_the_outcomes_is_found(falling):
    outcome, said = falling
    (found, _), rest = read("back", sentence(said, "back"))
    low, high = rest["low"], rest["high"]
    for new in (f"{found + 1} to {high}", f"{low} to {int(high) + 2}", f"{int(low) - 2} to {high}"):
        assert check_outlook(outcome, with_text(said, "back", f"{low} to {high}", new), YEAR_DAYS) != []
    text = sentence(said, "back")
    assert check_outlook(outcome, with_text(said, "back", text[text.index(";") :], "."), YEAR_DAYS) != [], "no range"


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("back", "1 year after", "2 years after", "another time free"),
        ("back", "next 9 years", "next 10 years", "another time than"),
        ("back", "Of 100 people", "Of people", "bare number"),
        ("back", "will not", "will surely not", "not built"),
        ("left", ", as far as the model can tell", "", "more certain than the model"),
        ("one-of-100", "Nobody can tell", "The risk is low. Nobody can tell", "bare word of risk"),
        ("one-of-100", "Nobody", "This course is better. Nobody", "ranks or advises"),
        ("one-of-100", "Nobody", "You are cured. Nobody", "word to avoid"),
        ("one-of-100", "Nobody", "In 12.5 years nobody", "decimals"),
        ("one-of-100", "Nobody", "It comes back in 0 of 100. Nobody", "0 or 100"),
        ("one-of-100", "Nobody", "Notwithstanding prognostication, considerable uncertainty necessarily remains " * 9, "grade"),
    ],
)  # fmt: skip
def test_each_fault_of_words_is_found(falling, name, old, new, complaint):
    outcome, said = falling
    complaints = check_outlook(outcome, with_text(said, name, old, new), YEAR_DAYS)
    assert any(complaint in one for one in complaints), complaints


def test_a_falling_risk_that_rises_is_found():
    claims = {}
    for name, one in (("falling", FALLING), ("rising", RISING)):
        result, outcome = made_up(one, 1, 10)
        said = explain_outlook(result)
        assert check_outlook(outcome, said, YEAR_DAYS) == []
        claims[name] = (outcome, said, read("ahead", sentence(said, "ahead"))[1]["claim"])
    assert claims["falling"][2] == "Each month that passes well lowers the risk"
    assert claims["rising"][2] == "The risk does not get lower over these years"
    outcome, said, claim = claims["rising"]
    for other in ("Each month that passes well lowers the risk", "The risk gets lower over the years, though not with each month",
                  "The risk stays much the same over the years", "The risk is higher for a time later on"):  # fmt: skip
        complaints = check_outlook(outcome, with_text(said, "ahead", claim, other), YEAR_DAYS)
        assert any("claims what is not so" in one for one in complaints), other


def test_little_left_at_another_time_is_found():
    result, outcome = made_up(FALLING, 0, 14)
    said = explain_outlook(result)
    years = read("small", sentence(said, "small"))[1]["years"]
    assert check_outlook(outcome, said) == []
    complaints = check_outlook(outcome, with_text(said, "small", f"After {years}", f"After {int(years) - 1}"))
    assert any("little is left at another time" in one for one in complaints)


def test_near_the_end_of_the_look_ahead_little_is_always_left_and_so_not_told():
    result, _ = made_up(replace(FALLING, rates=(0.05,) * 12), 0, 12)
    assert result["ahead"]["below"]["year"] == 12 and "small" not in {one.name for one in explain_outlook(result)}


def test_death_is_told_only_when_asked_for(falling):
    _, with_death = falling
    result, _ = made_up(FALLING, 1, 10)
    without = explain_outlook(result)
    assert check_words(without) == [] and "death" not in {one.name for one in without}
    assert any("death was not asked for" in one for one in check_words(with_death, asked_death=False))


THIN = [name for name in catalogue.list() if catalogue.read("diseases", name).evidence == "thin"]
FAILED = ["aml", "breast/er-negative", "follicular"]


@pytest.mark.parametrize(("name", "why"), [*((one, "thin") for one in THIN), *((one, "failed") for one in FAILED)])
def test_a_disease_with_too_little_evidence_or_failed_validation_gets_no_number(name, why, monkeypatch):
    from remnant import explain

    def never(*_, **__):
        raise AssertionError("solved for a number that must not be shown")

    monkeypatch.setattr(explain, "outlook", never)
    result = explain.explain({"about": name, "since": 365.0, "death": True})
    assert result["counts"] is False and "outlook" not in result and len(result["topics"]) >= 4
    assert [one["name"] for one in result["sentences"]] == [why]
    assert not any(sign.isdigit() for one in result["sentences"] for sign in one["text"])
    assert check_words([Said(why, one["text"]) for one in result["sentences"]]) == []


def test_a_model_fails_when_few_of_the_results_it_foretold_are_inside():
    def why(evidence, inside, of):
        return sentences.why_no_count({"course": {"evidence": evidence, "foretold": (inside, of)}})

    assert why("enough", 1, 5) == why("enough", 0, 3) == "failed" and why("thin", 5, 5) == "thin"
    assert why("enough", 2, 6) == why("enough", 0, 2) == why("enough", 5, 5) == ""
    failed = [name for name in catalogue.list() if foretold(name)[1] >= 3 and 3 * foretold(name)[0] < foretold(name)[1]]
    assert sorted({*failed} - {*THIN}) == FAILED


def test_nobody_of_100_and_everybody_are_said_in_words():
    rare, sure = (replace(FALLING, rates=(rate,) * 12, cured=(share, share)) for rate, share in ((1e-6, 1.0), (3.0, 0.0)))
    for one, few, many in ((rare, "fewer than 1", "more than 99"), (sure, "more than 99", "fewer than 1")):
        words = f"{few} will have the cancer come back in the next 9 years and {many} will not"
        result, outcome = made_up(one, 1, 10)
        said = explain_outlook(result)
        assert words in sentence(said, "back") and check_outlook(outcome, said, YEAR_DAYS) == []


@settings(max_examples=40, phases=[Phase.generate])
@given(made(), made(), st.integers(0, 4))
def test_two_courses_are_set_side_by_side_and_not_ranked(one, other, since):
    outcomes = iter([one, other])
    result, kept = ask(lambda _, days: next(outcomes).outcome(days), since=since, against="colon")
    said = explain_outlook(result)
    assert check_outlook(kept[0], said, since * YEAR_DAYS) == []
    assert "not-ranked" in {one.name for one in said} and "back" not in {one.name for one in said}
    second = [replace(s, name="first", text=s.text.replace("second", "first")) for s in said if s.name == "second"]
    complaints = check_outlook(kept[1], second, since * YEAR_DAYS)
    # one sentence alone has no grade: a layer has
    assert len(second) == 1 and [one for one in complaints if not one.startswith("grade")] == []
    (gap, rest), shares = read("apart", sentence(said, "apart")), [_left(o, since) for o in kept]
    apart = 100 * (shares[1] - shares[0])
    assert abs((gap[0] if gap else 0) - abs(apart)) <= 0.5 + 1e-6
    if gap:
        assert rest["which"] == ("first" if apart > 0 else "second")
        drawn = [
            100 * (_left(b, since) - _left(a, since)) * np.sign(apart) for a, b in zip(*(o.draws for o in kept), strict=True)
        ]
        low, high = np.quantile(drawn, [0.025, 0.975])
        told = [-value(rest["other"]), rest["same"]] if "other" in rest else [rest.get("low", gap[0]), rest.get("high", gap[0])]
        ends = [value(str(end)) for end in told]
        assert ends[0] <= gap[0] <= ends[1]
        assert abs(ends[0] - min(low, gap[0])) <= 0.51 and abs(ends[1] - max(high, gap[0])) <= 0.51


def _left(outcome, since):
    free = outcome.answers.recurrence_free(np.array([since * YEAR_DAYS, outcome.times[-1]]))
    return float(1 - free[1] / free[0])


@pytest.mark.parametrize(
    ("days", "words"),
    [(365.25, "1 year"), (3 * 365.25, "3 years"), (548, "18 months"), (30.4, "1 month"), (3, "1 month"), (400, "13 months")],
)
def test_times_are_whole_years_or_whole_months(days, words):
    assert time_words(days) == words


def test_sentences_are_functions_of_a_plain_answer(falling):
    """A page that holds the answer as JSON gets the same sentences."""
    import json

    result, _ = made_up(FALLING, 1, 10)
    again = json.loads(json.dumps(result))
    assert explain_outlook(again) == explain_outlook(result)
    assert sentences.back(again) == [one for one in explain_outlook(result) if one.name == "back"]
