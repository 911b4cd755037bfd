"""The comparisons that the science tests make; the planted-fault twins show that the same comparisons can fail."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

TENTH_PERCENT_OF_100 = 4.42
"""|z| that one of 100 independent standard normals exceeds once in 1000 families."""
STATES = ("cured", "inactive", "active")


def close(got: Any, wanted: Any, rel: float, what: str = "") -> None:
    """Fail unless every number is within a purely relative error; zero must be met by zero."""
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    assert got.shape == wanted.shape, f"{what}: shape {got.shape} where {wanted.shape} was wanted"
    worst = float(np.max(np.abs(got - wanted) / np.where(wanted == 0, 1e-300, np.abs(wanted)), initial=0.0))
    assert worst <= rel, f"{what}: relative error {worst:.3g} over {rel:g}; got {got}, wanted {wanted}"


def near(got: Any, wanted: Any, within: float, what: str = "") -> None:
    """Fail unless every number, a share of one, is within an absolute error."""
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    assert got.shape == wanted.shape, f"{what}: shape {got.shape} where {wanted.shape} was wanted"
    worst = float(np.max(np.abs(got - wanted), initial=0.0))
    assert worst <= within, f"{what}: off by {worst:.3g}, over {within:g}; got {got}, wanted {wanted}"


def check_curves(outcome: Any, expected: dict[str, Any], rel: float = 1e-6, within: float = 1e-6) -> None:
    """Compare with recurred, recurrence_free, cured, inactive, active of a document."""
    close(outcome.recurred, expected["recurred"], rel, "recurred")
    close(outcome.recurrence_free, expected["recurrence_free"], rel, "recurrence_free")
    for name in STATES:
        near(getattr(outcome, name), expected[name], within, name)


def check_incidence(outcome: Any, expected: dict[str, Any], within: float = 1e-6) -> None:
    """Compare with incidence by site, kind and route, of the other causes, and with the share free of events."""
    for by in ("site", "route"):
        got = outcome.incidence(by)
        assert list(got) == list(expected[by]), f"{by}: {list(got)} where {list(expected[by])} was wanted"
        for name, values in expected[by].items():
            near(got[name], values, within, f"{by} {name}")
    kinds = outcome.incidence("kind")
    for name, values in (expected.get("kind", {}) | expected["causes"]).items():
        near(kinds[name], values, within, f"kind {name}")
    absent = set(kinds) - set(expected.get("kind", kinds)) - set(expected["causes"])
    for name in absent:
        assert not np.any(kinds[name]), f"kind {name} is not there and has incidence {kinds[name]}"
    near(outcome.event_free, expected["event_free"], within, "event_free")


def golden_expected(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a golden file expects in the words of `check_curves`."""
    expected = document["expected"]
    free, cured = np.array(expected["recurrence_free"]), np.array(expected["p_extinct_given_free"])
    quiet = np.array(expected["p_extinct_or_dormant_given_free"])
    return {"recurred": 1 - free, "recurrence_free": free, "cured": cured, "inactive": quiet - cured, "active": 1 - quiet}


def golden_incidence(document: dict[str, Any]) -> dict[str, Any]:
    """Return the incidence a golden file expects in the words of `check_incidence`."""
    rows = document["expected"]["incidence"]
    names = lambda key: {name: [row[key][name] for row in rows] for name in rows[0][key]}  # noqa: E731
    free = [row["event_free"] for row in rows]
    return {"site": names("site"), "route": names("route"), "causes": names("other"), "event_free": free}


def score(hits: float, trials: float, chance: float, coin: float) -> float:
    """Return an exactly standard normal score of a binomial count, randomised within its step by `coin` from 0 to 1."""
    hits, trials = round(hits), round(trials)
    low, high = stats.binom.cdf(hits - 1, trials, chance), stats.binom.sf(hits, trials, chance)
    mass = stats.binom.pmf(hits, trials, chance)
    if low + coin * mass < 0.5:
        return float(stats.norm.ppf(max(low + coin * mass, 1e-300)))
    return float(stats.norm.isf(max(high + (1 - coin) * mass, 1e-300)))


def informative(trials: float, chance: float) -> bool:
    """Whether a count says anything: half an event expected on both sides. Decided before any run."""
    return trials > 0 and math.isfinite(chance) and min(chance, 1 - chance) * trials >= 0.5


def curve_scores(sampled: Any, solved: Any, patients: int, seed: int) -> dict[str, np.ndarray]:
    """Return scores by curve over times, NaN where a count says nothing; states are given free."""
    coins = np.random.default_rng(seed)
    names = ("recurrence_free", *STATES)
    scores = {name: np.full(len(solved.times), np.nan) for name in names}
    for i in range(len(solved.times)):
        free = sampled.recurrence_free[i] * patients
        for name in names:
            trials = patients if name == "recurrence_free" else round(free)
            chance = float(np.clip(getattr(solved, name)[i], 0, 1))
            coin = coins.random()
            if informative(trials, chance):
                hits = getattr(sampled, name)[i] * trials
                assert abs(hits - round(hits)) < 1e-4, f"{name} of {trials} patients is not a count: {hits}"
                scores[name][i] = score(hits, trials, chance, coin)
    return scores


def incidence_scores(sampled: Any, solved: Any, patients: int, seed: int) -> np.ndarray:
    """Return the scores of incidence by site, kind and route and of being free of events, last time only."""
    coins = np.random.default_rng(seed)
    out = []
    for by in ("site", "kind", "route"):
        one, two = sampled.incidence(by), solved.incidence(by)
        assert list(one) == list(two), f"{by}: sample names {list(one)}, solve names {list(two)}"
        for name in one:
            coin = coins.random()
            if informative(patients, two[name][-1]):
                out.append(score(one[name][-1] * patients, patients, two[name][-1], coin))
            else:
                assert one[name][-1] * patients <= 12, f"{name}: {one[name][-1]} where hardly anything was expected"
    out.append(score(sampled.event_free[-1] * patients, patients, solved.event_free[-1], coins.random()))
    return np.array(out)


def check_scores(scores: np.ndarray) -> None:
    """Fail where a score is too far out."""
    worst = float(np.nanmax(np.abs(scores)))
    assert worst < TENTH_PERCENT_OF_100, f"|z| = {worst:.2f}"


def check_normal(scores: np.ndarray) -> None:
    """Fail unless independent scores together look standard normal: Kolmogorov-Smirnov and spread, 1 in 1000 each."""
    assert stats.kstest(scores, "norm").pvalue > 1e-3, f"not normal: mean {scores.mean():.3f}, sd {scores.std():.3f}"
    total = float((scores**2).sum())
    tail = min(stats.chi2.cdf(total, scores.size), stats.chi2.sf(total, scores.size))
    assert tail > 5e-4, f"spread of the scores is {np.sqrt(total / scores.size):.3f}, not 1"
