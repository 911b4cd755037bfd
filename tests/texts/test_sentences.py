"""Sentences on courses: every number is the outcome's, nothing is claimed that is not so, and every check finds its fault."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from texts.drawn_courses import drawn_courses
from texts.made_outcomes import Made, made
from texts.sentence_checks import check_outlook, check_words, complaints_in_german, read, value

from remnant import catalogue, outlook, sentences
from remnant.catalogue.fitted import foretold
from remnant.outlook import drawn_of
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
    ("ovary", {}, 0, 5), ("pancreas", {"regimen": []}, 0, 4), ("breast/er-negative", {}, 2, 4),
]  # fmt: skip
SLOW = [
    ("colon", {"patient.stage": "II"}, 3, 8), ("rectum", {"patient.stage": "I"}, 0, 5), ("breast/er-positive", {}, 5, 15),
    ("breast/triple-negative", {}, 1, 8), ("ewing", {}, 4, 8), ("wilms", {}, 0, 5), ("prostate", {}, 2, 10),
    ("melanoma", {}, 0, 6), ("kidney", {}, 0, 8),
]  # fmt: skip


@dataclass
class Asked:
    """An outlook, the outcomes it comes from, and where and how it is found in draws."""

    result: dict
    outcomes: list
    drawn: list
    deaths: float

    def complaints(self, said, since):
        return check_outlook(self.outcomes[0], said, since * YEAR_DAYS, self.drawn[0] if self.drawn else None, self.deaths)


def ask(made_up, course="dlbcl", since=0, years=9, **more):
    """An outlook of a course, or of made-up outcomes in its place, one for each course asked for."""
    outcomes, drawn, made_up = [], [], list(made_up or ())
    waiting = list(made_up)

    def keep(kept, one):
        kept.append(one)
        return one

    with pytest.MonkeyPatch.context() as patch:
        if made_up:
            end = years * YEAR_DAYS
            patch.setattr(outlook, "solve", lambda _, days: waiting.pop(0).outcome(days))
            patch.setattr(outlook, "solve_classes", lambda asked, also: [waiting.pop(0).outcome(asked[0][0][1].times.tolist())])
            patch.setattr(outlook, "with_draws", lambda outcome, *_: keep(outcomes, outcome))
            patch.setattr(outlook, "drawn_of", lambda _, since, draws: keep(drawn, made_up[0].drawn(since, end)))
        else:
            patch.setattr(outlook, "with_draws", lambda *given: keep(outcomes, with_draws(*given)))
            patch.setattr(outlook, "drawn_of", lambda *given: keep(drawn, drawn_of(*given)))
        request = {"course": course, "years": years, "draws": 4, "ahead": True} | more
        result = outlook.outlook(request | ({"since": since * YEAR_DAYS} if since else {}))
    deaths = catalogue.course(course).mortality.at_60
    return Asked(result, outcomes, drawn, math.log(deaths.high / deaths.low) / (2 * 1.959964))


@pytest.mark.parametrize(
    ("name", "changes", "since", "years"), [*REAL, *(pytest.param(*one, marks=pytest.mark.verify) for one in SLOW)]
)
def test_sentences_on_courses_of_the_catalogue(name, changes, since, years):
    asked = ask(None, name, since, years, set=changes)
    for death in (False, True):
        said = explain_outlook(asked.result, death=death)
        assert asked.complaints(said, since) == []
        assert {"back", "one-of-100", "this-cancer"} <= {one.name for one in said}
    for complaint in complaints_in_german(asked.result):
        raise AssertionError(complaint)


def complaints_about(one):
    """What is wrong with what is said of one drawn course, in English and in German, death asked for and not."""
    asked = ask(None, one.name, one.since, one.years, set=one.changes)
    wrong = asked.complaints(explain_outlook(asked.result, death=True), one.since)
    wrong += check_words(explain_outlook(asked.result)) + complaints_in_german(asked.result)
    return [f"{one}: {complaint}" for complaint in wrong]


def test_sentences_on_some_courses_drawn_at_random():
    assert [words for one in drawn_courses(6, "some", QUICK) for words in complaints_about(one)] == []


@pytest.mark.verify
@pytest.mark.parametrize("part", range(20))
def test_sentences_on_two_hundred_courses_drawn_at_random(part):
    """Ten a part, of all diseases that have counts."""
    assert [words for one in drawn_courses(10, part) for words in complaints_about(one)] == []


@settings(max_examples=180, phases=[Phase.generate])
@given(made(), st.integers(0, 6), st.integers(4, 14), st.sampled_from(["dlbcl", "colon"]), st.booleans())
def test_sentences_on_outcomes_of_every_shape(one, since, ahead, course, death):
    asked = ask([one], course, since, since + ahead)
    said = explain_outlook(asked.result, death=death)
    assert asked.complaints(said, since) == []
    assert complaints_in_german(asked.result) == []


FALLING = Made(
    tuple(0.2 * 0.7**i for i in range(12)), 0.01, (0.5, 0.9), 0.3, (0.7, 0.9, 1.0, 1.2, 1.5), (0.2, 0.3, 0.5), (0.4, 0.6)
)
RISING = replace(FALLING, rates=tuple(0.01 * 1.2**i for i in range(12)))


@pytest.fixture(scope="module")
def falling():
    asked = ask([FALLING], since=1, years=10)
    return asked, explain_outlook(asked.result, death=True)


def with_text(said, name, old, new):
    (one,) = [one for one in said if one.name == name]
    assert old in one.text, (name, old, one.text)
    changed = replace(one, text=one.text.replace(old, new, 1))
    return [changed if other is one else other for other in said]


def sentence(said, name):
    (one,) = [one.text for one in said if one.name == name]
    return one


def test_the_outcome_without_a_fault_has_no_complaint(falling):
    asked, said = falling
    assert asked.complaints(said, 1) == []
    names = [one.name for one in said]
    assert {"back", "ahead", "later", "left", "left-but", "where", "how", "death"} <= set(names)


@pytest.mark.parametrize("name", ["back", "ahead", "later", "left", "where", "how", "death"])
def test_a_count_that_is_not_the_outcomes_is_found(falling, name):
    asked, said = falling
    (first, *_), _ = read(name, sentence(said, name))
    assert asked.complaints(with_text(said, name, f"about {first}", f"about {first + 2}"), 1) != []


def test_a_range_that_is_not_the_outcomes_is_found(falling):
    asked, said = falling
    (found, _), rest = read("back", sentence(said, "back"))
    low, high = rest["low"], rest["high"]
    for new in (f"{found + 1} to {high}", f"{low} to {int(high) + 2}", f"{int(low) - 2} to {high}"):
        assert asked.complaints(with_text(said, "back", f"{low} to {high}", new), 1) != []
    text = sentence(said, "back")
    assert asked.complaints(with_text(said, "back", text[text.index(";") :], "."), 1) != [], "no range"


@pytest.mark.parametrize("name", ["where", "how", "death"])
def test_a_range_of_where_how_and_death_that_is_not_the_draws_is_found(falling, name):
    asked, said = falling
    told = re.findall(r"(\d+) to (\d+)", sentence(said, name))
    assert len(told) == {"where": 3, "how": 1, "death": 3}[name]
    for low, high in told:
        for new in (f"{int(low) + 3} to {high}", f"{low} to {int(high) + 3}", f"{low} to {int(high) - 3}"):
            assert asked.complaints(with_text(said, name, f"{low} to {high}", new), 1) != [], (name, low, high, new)


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
    asked, said = falling
    complaints = asked.complaints(with_text(said, name, old, new), 1)
    assert any(complaint in one for one in complaints), complaints


def test_a_falling_risk_that_rises_is_found():
    claims = {}
    for name, one in (("falling", FALLING), ("rising", RISING)):
        asked = ask([one], since=1, years=10)
        said = explain_outlook(asked.result)
        assert asked.complaints(said, 1) == []
        claims[name] = (asked, said, read("ahead", sentence(said, "ahead"))[1]["claim"])
    assert claims["falling"][2] == "Each month that passes well lowers the risk"
    assert claims["rising"][2] == "The risk does not get lower over these years"
    asked, said, claim = claims["rising"]
    for other in ("Each month that passes well lowers the risk", "The risk gets lower over the years, though not with each month",
                  "The risk stays much the same over the years", "The risk is higher for a time later on"):  # fmt: skip
        complaints = asked.complaints(with_text(said, "ahead", claim, other), 1)
        assert any("claims what is not so" in one for one in complaints), other


def test_little_left_at_another_time_is_found():
    asked = ask([FALLING], years=14)
    said = explain_outlook(asked.result)
    years = read("small", sentence(said, "small"))[1]["years"]
    assert asked.complaints(said, 0) == []
    complaints = asked.complaints(with_text(said, "small", f"After {years}", f"After {int(years) - 1}"), 0)
    assert any("little is left at another time" in one for one in complaints)


def test_near_the_end_of_the_look_ahead_little_is_always_left_and_so_not_told():
    result = ask([replace(FALLING, rates=(0.05,) * 12)], years=12).result
    assert result["ahead"]["below"]["year"] == 12 and "small" not in {one.name for one in explain_outlook(result)}


def test_death_is_told_only_when_asked_for(falling):
    _, with_death = falling
    result = ask([FALLING], since=1, years=10).result
    without = explain_outlook(result)
    assert check_words(without) == [] and "death" not in {one.name for one in without}
    assert any("death was not asked for" in one for one in check_words(with_death, asked_death=False))


THIN = [name for name in catalogue.list() if catalogue.read("diseases", name).evidence == "thin"]
FAILED = ["aml"]


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
        asked = ask([one], since=1, years=10)
        said = explain_outlook(asked.result)
        assert words in sentence(said, "back") and asked.complaints(said, 1) == []


@settings(max_examples=40, phases=[Phase.generate])
@given(made(), made(), st.integers(0, 4))
def test_two_courses_are_set_side_by_side_and_not_ranked(one, other, since):
    asked = ask([one, other], since=since, against="colon")
    said, kept = explain_outlook(asked.result), asked.outcomes
    assert asked.complaints(said, since) == []
    assert complaints_in_german(asked.result) == []
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

    result = ask([FALLING], since=1, years=10).result
    again = json.loads(json.dumps(result))
    assert explain_outlook(again) == explain_outlook(result)
    assert sentences.back(again) == [one for one in explain_outlook(result) if one.name == "back"]
