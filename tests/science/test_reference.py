"""Event-by-event lives of a few cells against the backward equations, and the sampler against both.

Every count is scored exactly; the threshold of 4.42 is passed by chance once in 100,000 counts, so with about 35
counts a course the whole file raises a false alarm in fewer than 1 of 100 fresh seeds. The seeds are fixed.
"""

from __future__ import annotations

from random import Random

import numpy as np
import oracle
import pytest
import reference
from checks import STATES, check_scores, informative, score
from drawn import small_timelines

import remnant as rm

COURSES = small_timelines(8, 77)


def first_event(life, day):
    """Return what came first by `day`: ("site", "route") found, a cause, or None."""
    found, other = life["found"], life["other"]
    if other and other[0] <= day and (found is None or other[0] < found[0]):
        return other[1]
    return found[1:] if found and found[0] <= day else None


def counts(document, lives):
    """Return {question: (number, of how many)} over the document's times."""
    out = {}
    for i, day in enumerate(document["times"]):
        free = [life for life in lives if life["found"] is None or life["found"][0] > day]
        out["recurrence_free", i] = len(free), len(lives)
        for name in STATES:
            out[name, i] = sum(life["states"][day] == name for life in free), len(free)
        firsts = [first_event(life, day) for life in lives]
        found = [first for first in firsts if isinstance(first, tuple)]
        for at, by in ((0, "site"), (1, "route")):
            for name in {first[at] for first in found}:
                out[by, name, i] = sum(first[at] == name for first in found), len(lives)
        for cause in ("other_death", "second_primary"):
            out["causes", cause, i] = firsts.count(cause), len(lives)
        out["event_free", i] = firsts.count(None), len(lives)
    return out


def reference_scores(document, lives, curves, incidence):
    coins = Random(1)
    scores = []
    for (name, *rest), (number, trials) in counts(document, lives).items():
        chance = curves[name][rest[0]] if len(rest) == 1 and name in curves else incidence[name][rest[0]]
        chance = chance if len(rest) == 1 else chance[rest[1]]
        coin = coins.random()
        if informative(trials, chance):
            scores.append(score(number, trials, chance, coin))
    return np.array(scores)


def lives_of(document, number):
    rng = Random(document["name"])
    return [reference.live(document, rng) for _ in range(number)]


@pytest.mark.parametrize("document", COURSES, ids=lambda d: d["name"])
def test_reference_agrees_with_the_backward_equations(document):
    check_scores(reference_scores(document, lives_of(document, 1500), oracle.answer(document), oracle.incidence(document)))


@pytest.mark.verify
@pytest.mark.parametrize("document", small_timelines(20, 78), ids=lambda d: d["name"])
def test_reference_agrees_at_length(document):
    check_scores(reference_scores(document, lives_of(document, 20_000), oracle.answer(document), oracle.incidence(document)))


@pytest.mark.parametrize("document", COURSES, ids=lambda d: d["name"])
def test_both_engines_agree_with_the_reference(document):
    timeline, patients = rm.Timeline.from_dict(document), 20_000
    solved, lives = rm.solve(timeline), lives_of(document, 1500)
    curves = {name: getattr(solved, name) for name in ("recurrence_free", *STATES)}
    found = {"site": solved.incidence("site"), "route": solved.incidence("route"), "event_free": solved.event_free}
    found["causes"] = solved.incidence("kind")
    check_scores(reference_scores(document, lives, curves, found))
    sampled = rm.sample(timeline, patients=patients, seed=5)
    both = []
    for (name, *rest), (number, trials) in counts(document, lives).items():
        if name == "recurrence_free":
            share, other = number / trials, sampled.recurrence_free[rest[0]]
            mixed = (number + other * patients) / (trials + patients)
            spread = np.sqrt(mixed * (1 - mixed) * (1 / trials + 1 / patients))
            if mixed * trials > 10 and (1 - mixed) * trials > 10:
                both.append((share - other) / spread)
    check_scores(np.array(both))


def test_a_planted_fault_is_seen():
    """The same lives scored against a course whose births and deaths are exchanged must fail."""
    document = COURSES[0]
    swapped = document | {
        "epochs": [epoch | {"division": epoch["death"], "death": epoch["division"]} for epoch in document["epochs"]]
    }
    with pytest.raises(AssertionError):
        check_scores(reference_scores(document, lives_of(document, 1500), oracle.answer(swapped), oracle.incidence(swapped)))
