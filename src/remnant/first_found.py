"""Where and how a recurrence is found, and what else may come first, each with its range over the draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.outcome import Outcome
from remnant.reading import Floats

DRAWS = 12
"""Draws in which it is worked out where and how it is found: as quick as that is, it takes as long as solving a draw."""
FEWEST = 3
"""Draws without which no range is told."""
FACTORS = 41
"""Sizes of the hazard of other deaths that are tried with each draw."""
FINER = 6
"""Parts of a year in which it is added up what comes first."""
LEAST = 1e-300
CAUSES = ("other_death", "second_primary")
NOTICED, SEEN = "symptoms", "visits"
EDGE = 1e-9
"""Shares nearer than this to 0 and 1 are taken for this, to have odds."""

Shares = dict[str, dict[str, float]]
Ranges = dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Where and how it is found in a course, roughly, and in draws of it; the course stands first."""

    places: Floats
    """[draw][site][noticed, seen at a visit]"""
    free: Floats
    """[draw] share free of everything on the first day."""


def first_found(outcome: Outcome, since: float, asked: Drawn | None, deaths_spread: float = 0.0) -> dict[str, Any]:
    """Return where and how it comes back after a day and until the last time, and what else may come first.

    Parameters
    ----------
    outcome : Outcome
        Exact, with `since` among its times and the last one after it; its draws make the ranges.
    since : float
        Day.
    asked : Drawn, optional
        As `predict.found_roughly` has it, from that day to the last time; None for no range of where and how.
    deaths_spread : float
        Standard deviation of the ln of the hazard of other deaths; 0 where it is known.

    Returns
    -------
    dict
        `from` and `to` (days); by `site`, `kind` and `route` (symptoms or visits): `people`, the share of those free of
        everything on that day, and `found`, the share of those in whom it comes back; `first`: recurrence, other_death,
        second_primary and neither. Each share has `low` and `high`, its 95% range, where there are draws enough.
    """
    at, end = int(np.argmin(np.abs(outcome.times - since))), float(outcome.times[-1])
    kinds = outcome.incidence("kind")
    free = 1.0 - float(sum(values[at] for values in kinds.values()))
    gains = {by: _gain(outcome.incidence(by), at) for by in ("site", "kind", "route")}
    causes = {cause: gains["kind"].pop(cause) / free for cause in CAUSES}
    noticed = gains["route"].get(NOTICED, 0.0)
    gains["route"] = {NOTICED: noticed, SEEN: sum(gains["route"].values()) - noticed}
    back = sum(gains["site"].values())
    places = outcome.answers.incidence(outcome.times)
    ranges = _ranges(asked, gains, (free, back), dict(zip(places.sites, places.site_kinds, strict=True)))
    told: dict[str, Any] = {"from": float(outcome.times[at]), "to": end}
    for name, whole in (("people", free), ("found", back)):
        shares = {by: {one: _part(gain, whole) for one, gain in gained.items()} for by, gained in gains.items()}
        told[name] = {by: _told(shares[by], ranges[name].get(by, {})) for by in shares}
    first = {"recurrence": back / free} | causes
    first |= {"neither": 1.0 - sum(first.values())}
    return told | {"first": _told(first, _first_ranges(outcome, at, first, deaths_spread))}


def _gain(incidence: dict[str, Floats], at: int) -> dict[str, float]:
    return {name: float(values[-1] - values[at]) for name, values in incidence.items()}


def _part(gain: float, whole: float) -> float:
    return min(max(gain / whole, 0.0), 1.0) if whole > 0 else 0.0


def _told(shares: Mapping[str, float], ranges: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    return {
        name: {"share": share} | (dict(zip(("low", "high"), ranges[name], strict=True)) if name in ranges else {})
        for name, share in shares.items()
    }


def _ranges(asked: Drawn | None, gains: Shares, wholes: tuple[float, float], sites: Mapping[str, str]) -> dict[str, Ranges]:
    """Return the range of each share by where and how, of all people and of those found.

    In the draws a recurrence counts for the place where it began and not for where it was found. The course itself is asked in
    that way too, and its gap to the exact share, in ln odds, is added to every draw. As only some draws are asked, the range is
    where one draw more would lie, by Student's t in ln odds.
    """
    if asked is None or len(asked.free) <= FEWEST:
        return {"people": {}, "found": {}}
    rough, kinds = asked.places, np.array([*sites.values()])
    roughly = {
        "site": {site: rough[:, i].sum(axis=1) for i, site in enumerate(sites)},
        "kind": {kind: rough[:, kinds == kind].sum(axis=(1, 2)) for kind in gains["kind"]},
        "route": {route: rough[:, :, i].sum(axis=1) for i, route in enumerate((NOTICED, SEEN))},
    }
    ranges: dict[str, Ranges] = {"people": {}, "found": {}}
    for name, of, whole in (("people", asked.free, wholes[0]), ("found", rough.sum(axis=(1, 2)), wholes[1])):
        # a draw in which nothing is found does not tell where
        told = of > EDGE
        if told[0] and told.sum() > FEWEST:
            ranges[name] = {
                by: {
                    one: where_one_more_lies(values[told] / of[told], _part(gains[by][one], whole))
                    for one, values in named.items()
                }
                for by, named in roughly.items()
            }
    return ranges


def where_one_more_lies(shares: Floats, exact: float) -> tuple[float, float]:
    """Return the 95% range of a share: where one draw more would lie, by Student's t in ln odds.

    Parameters
    ----------
    shares : float[1 + draw]
        Roughly: the course's own share, then that of each draw.
    exact : float
        The course's own share; its gap to the rough one, in ln odds, is added to every draw.
    """
    from scipy.stats import t

    if exact < EDGE and (shares < EDGE).all():
        return 0.0, 0.0
    odds = _odds(shares[1:]) + _odds(exact) - _odds(shares[0])
    half = float(t.ppf(0.975, len(odds) - 1)) * odds.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(odds))
    return float(_share(odds.mean() - half)), float(_share(odds.mean() + half))


def _first_ranges(outcome: Outcome, at: int, exact: Mapping[str, float], spread: float) -> dict[str, tuple[float, float]]:
    """Return the range of what comes first: recurrence as in the draws, other deaths as often as their hazard may be."""
    if len(outcome.draws) < FEWEST:
        return {}
    from scipy.stats import norm

    kinds = outcome.incidence("kind")
    gone = -np.diff(np.log(np.maximum(outcome.event_free / outcome.recurrence_free, LEAST)))[at:]
    taken = np.array([np.diff(kinds[cause])[at:] for cause in CAUSES])
    hazards = gone * taken / np.maximum(taken.sum(axis=0), LEAST)
    factors = np.exp(spread * norm.ppf((np.arange(FACTORS) + 0.5) / FACTORS)) if spread > 0 else np.ones(1)
    curves = np.vstack([outcome.recurrence_free, outcome.drawn("recurrence_free")])[:, at:]
    free = _finer(np.clip(curves / np.maximum(curves[:, :1], LEAST), LEAST, 1.0))
    hazards = np.repeat(hazards, FINER, axis=1) / FINER
    own = _comes_first(free[:1], hazards, np.ones(1))
    drawn = _comes_first(free[1:], hazards, factors)
    told = {}
    for name, shares in drawn.items():
        odds = _odds(shares) + _odds(exact[name]) - _odds(own[name][0])
        low, high = _share(np.quantile(odds, [0.025, 0.975]))
        told[name] = (0.0, 0.0) if exact[name] < EDGE else (float(low), float(high))
    return told


def _finer(free: Floats) -> Floats:
    """Return curves at more times, falling at one pace between two of the old ones."""
    parts = np.arange(FINER) / FINER
    logs = np.log(free)
    between = logs[:, :-1, None] * (1.0 - parts) + logs[:, 1:, None] * parts
    return np.exp(np.hstack([between.reshape(len(free), -1), logs[:, -1:]]))


def _comes_first(free: Floats, hazards: Floats, factors: Floats) -> dict[str, Floats]:
    """Return what comes first for each curve and each factor on the hazard of other deaths, [curve * factor]."""
    death, second = factors[:, None] * hazards[0], np.broadcast_to(hazards[1], (len(factors), hazards.shape[1]))
    others = np.exp(-np.hstack([np.zeros((len(factors), 1)), np.cumsum(death + second, axis=1)]))
    found = -np.diff(free) @ ((others[:, 1:] + others[:, :-1]) / 2).T
    lost = -np.diff(others) / np.maximum(death + second, LEAST)
    middle = (free[:, 1:] + free[:, :-1]) / 2
    shares = {
        "recurrence": found, "other_death": middle @ (lost * death).T, "second_primary": middle @ (lost * second).T,
        "neither": np.outer(free[:, -1], others[:, -1]),
    }  # fmt: skip
    return {name: values.ravel() for name, values in shares.items()}


def _odds(share: Any) -> Any:
    """Return ln odds."""
    held = np.clip(share, EDGE, 1.0 - EDGE)
    return np.log(held) - np.log1p(-held)


def _share(odds: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.asarray(odds)))
