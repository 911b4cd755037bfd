"""Markers read by their rise: the sampler against plain lives of one event at a time, and what `solve` says of them.

Each count is scored exactly; 4.42 is passed by chance once in 100,000 counts, so with 30 counts the file raises a false
alarm in fewer than 1 of 1000 fresh seeds. The seed is fixed.
"""

from __future__ import annotations

import copy
from random import Random

import numpy as np
import pytest
import reference
from scipy.stats import binom, norm

import remnant as rm
from remnant.sampler.sample import lives_of

DAYS = (0.0, 60.0, 120.0, 180.0, 240.0)
RISE = {"by": 0.2, "doubles": [40.0, 25.0], "n50": [60.0, 30.0], "exam": "marker", "usual_spread": 0.7, "noise": 0.15}
DOCUMENT = {
    "name": "rises", "sites": ["local", "liver"], "types": ["a"], "symptoms": [1e-5, 2e-5],
    "epochs": [{"start": 0.0, "division": [[0.05], [0.06]], "death": [[0.03], [0.035]]}],
    "founders": [{"site": s, "type": "a", "time": 0.0, "mean": mean} for s, mean in (("local", 0.8), ("liver", 0.9))],
    "looks": [{"time": 200.0, "n50": [None, 200.0], "exam": "scan"}],
    "rises": [RISE | {"before": a, "time": b, "repeat": b + 28} for a, b in zip(DAYS, DAYS[1:], strict=False)],
    "zero": 0.0, "times": [150.0, 300.0],
}  # fmt: skip
PATIENTS, PLAIN = 40_000, 5_000


def found(lives):
    """Return counts of the plain lives: found by each route and site by each time, and images."""
    out = {"images": sum(len(life["images"]) for life in lives), "with image": sum(bool(life["images"]) for life in lives)}
    for day in DOCUMENT["times"]:
        for site in DOCUMENT["sites"]:
            for route in ("symptoms", "scan", "marker"):
                out[day, site, route] = sum(
                    life["found"] is not None and life["found"][0] <= day and life["found"][1:] == (site, route) for life in lives
                )
    return out


def sampled(document):
    lives = lives_of(rm.Timeline.from_dict(document), PATIENTS, 5)
    bits = np.array([int(one).bit_count() for one in lives.imaged])
    out = {"images": int(bits.sum()), "with image": int((bits > 0).sum())}
    for day in DOCUMENT["times"]:
        for i, site in enumerate(DOCUMENT["sites"]):
            for j, route in enumerate(("symptoms", "scan", "marker")):
                out[day, site, route] = int(((lives.day <= day) & (lives.site == i) & (lives.route == j)).sum())
    return out


@pytest.fixture(scope="module")
def plain():
    rng = Random(11)
    return found([reference.live(DOCUMENT, rng) for _ in range(PLAIN)])


def largest_score(plain, document):
    """Return the largest score of a count of the plain lives, given those of the sampled ones as if they were the law's."""
    ours, scores = sampled(document), []
    for name, hits in plain.items():
        if name == "images":
            continue
        both, trials = hits + ours[name], PLAIN + PATIENTS
        if both < 10:
            continue
        # given both together the hits of the plain lives are hypergeometric, near binomial
        share = PLAIN / trials
        error = np.sqrt(both * share * (1 - share) * (1 - both / trials))
        scores.append(abs(hits - both * share) / error)
    return max(scores)


def test_sampled_rises_agree_with_plain_lives(plain):
    assert plain["with image"] > 500 and plain[300.0, "liver", "marker"] > 100
    assert largest_score(plain, DOCUMENT) < 4.42
    assert sampled(DOCUMENT)["images"] / PATIENTS == pytest.approx(plain["images"] / PLAIN, rel=0.08, abs=0)


FAULTS = [
    {"by": 0.35}, {"repeat": None}, {"noise": 0.3}, {"usual_spread": 2.5}, {"doubles": [150.0, 25.0]}, {"n50": [30.0, 60.0]},
]  # fmt: skip


@pytest.mark.parametrize("change", FAULTS)
def test_a_planted_fault_is_seen(plain, change):
    wrong = copy.deepcopy(DOCUMENT)
    for rise in wrong["rises"]:
        rise |= change
        if "repeat" in change:
            del rise["repeat"]
    assert largest_score(plain, wrong) > 4.42


def test_chance_of_a_false_alarm_is_that_of_the_noise():
    healthy = DOCUMENT | {"founders": [], "looks": []}
    healthy["rises"] = [{k: v for k, v in RISE.items()} | {"before": 0.0, "time": 60.0}]
    lives = lives_of(rm.Timeline.from_dict(healthy), PATIENTS, 6)
    chance = norm.sf(np.log(1.2) / (0.15 * np.sqrt(2)))
    hits = int((lives.imaged > 0).sum())
    # two-sided level 1 in 100,000
    assert binom.cdf(hits, PATIENTS, chance) > 5e-6 and binom.sf(hits - 1, PATIENTS, chance) > 5e-6


def test_solve_says_that_it_cannot():
    with pytest.raises(rm.RefusedError, match="`sample`"):
        rm.solve(rm.Timeline.from_dict(DOCUMENT))


def test_arms_share_their_measurements():
    few = DOCUMENT | {"rises": DOCUMENT["rises"][:2]}
    one, two = (lives_of(rm.Timeline.from_dict(doc), 4000, 7) for doc in (DOCUMENT, few))
    later = np.uint64(0b1100)
    same = (one.imaged & ~later) == (two.imaged & ~later)
    assert same.all()
