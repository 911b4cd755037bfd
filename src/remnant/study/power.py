"""Power of a trial of a given size: trials drawn from the sampled lives, each with patients of its own in each arm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.study.design import Power
from remnant.study.logrank import log_rank, two_arms
from remnant.study.tally import EVENTS, Counts


@dataclass(frozen=True)
class PowerAt:
    """Share of trials of one size that call the arms different."""

    people_per_arm: int
    power: float
    error: float
    """Standard error from drawing so many trials."""
    events: float
    """Events of the endpoint in both arms together, mean over trials."""


def power_of(asked: Power, arms: tuple[Counts, Counts], seed: int) -> list[PowerAt]:
    """Return the power at each size.

    Parameters
    ----------
    asked : Power
    arms : (Counts, Counts)
        Totals of the two arms.
    seed : int
        The same seed draws the same trials.
    """
    laws = [_law(counts) for counts in arms]
    found = []
    for size in asked.people_per_arm:
        random = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, size])))
        found.append(_at(asked, laws, size, random))
    return found


def _law(counts: Counts) -> Floats:
    """Return the share of people with each first event on each day, [event x day], the last for none."""
    days = counts["day"].reshape(-1).astype(float)
    return np.append(days, counts["people"] - days.sum()) / counts["people"]


def _at(asked: Power, laws: list[Floats], size: int, random: np.random.Generator) -> PowerAt:
    limit = -ndtri(asked.alpha / 2)
    hits, events = 0, 0.0
    cumulated = [np.cumsum(law) for law in laws]
    days = (len(laws[0]) - 1) // len(EVENTS)
    for _ in range(asked.trials):
        drawn = [_arm(asked, law, (size, days), random) for law in cumulated]
        arms = two_arms(*drawn[0], *drawn[1])
        hits += abs(log_rank(arms)) >= limit
        events += float(arms.events.sum() + arms.other_events.sum())
    share = hits / asked.trials
    inside = min(max(share, 0.5 / asked.trials), 1 - 0.5 / asked.trials)
    return PowerAt(size, share, math.sqrt(inside * (1 - inside) / asked.trials), events / asked.trials)


def _arm(asked: Power, cumulated: Floats, shape: tuple[int, int], random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return one arm of one trial: events and people leaving on each day."""
    size, days = shape
    which = np.searchsorted(cumulated, random.random(size) * cumulated[-1], side="right")
    event, day = np.divmod(np.minimum(which, len(EVENTS) * days), days)
    watched = YEAR_DAYS * (asked.follow_up_years + asked.accrual_years * random.random(size))
    none = event >= len(EVENTS)
    leaves = np.minimum(np.where(none, np.inf, day), watched)
    wanted = (event == 0) if asked.endpoint == "recurrence" else ~none
    seen = wanted & (day <= watched)
    at = np.minimum(leaves, days - 1).astype(np.int64)
    return np.bincount(at[seen], minlength=days).astype(float), np.bincount(at, minlength=days).astype(float)
