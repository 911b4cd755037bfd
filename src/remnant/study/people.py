"""Who a patient is: group, parts of what varies, and traits nobody can see, as functions of the seed and the number alone.

So a patient is the same person in every arm, in every chunk, and whatever the number of others.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.resolve import HiddenClass
from remnant.sampler.rng import UNIT, mixed
from remnant.study.design import Population, Vary
from remnant.timeline_tables import Ints

MOST_KINDS = 2000
"""Kinds of people of one study."""


@dataclass(frozen=True)
class Kind:
    """People for whom one course per arm stands: a group, and one part of each number that varies."""

    group: str
    course: str
    changes: Mapping[str, Any]


def uniform(seed: int, name: str, patients: Ints) -> Floats:
    """Return a number inside (0, 1) for each patient, the one of this name.

    Parameters
    ----------
    seed : int
    name : str
        What it is for; other names give other, independent numbers.
    patients : int[patient]
    """
    named = int.from_bytes(hashlib.blake2b(f"study/{name}".encode(), digest_size=8).digest(), "little")
    # arrays and not scalars: a scalar uint64 warns where it wraps, which is what is wanted here
    base = _mixed(np.array([seed], np.uint64), np.array([named], np.uint64))
    bits = _mixed(base, patients.astype(np.uint64))
    return ((bits >> np.uint64(11)).astype(float) + 0.5) * UNIT


_mixed = getattr(mixed, "py_func", mixed)


def kinds_of(population: Population) -> list[Kind]:
    """Return every kind of people: groups by parts of what varies."""
    found = []
    parts = [[(path, value) for value in values_of(vary)] for path, vary in sorted(population.vary.items())]
    for group in population.groups:
        for chosen in itertools.product(*parts):
            found.append(Kind(group.name, group.course or population.course, {**population.set, **group.set, **dict(chosen)}))
    return found


def kind_of(population: Population, seed: int, patients: Ints) -> Ints:
    """Return [patient] which of `kinds_of` each patient is."""
    weights = np.array([group.weight for group in population.groups])
    kind = _chosen(weights, uniform(seed, "group", patients))
    for path, vary in sorted(population.vary.items()):
        weights = part_weights(vary)
        kind = kind * len(weights) + _chosen(weights, uniform(seed, f"vary/{path}", patients))
    return kind


def values_of(vary: Vary) -> list[Any]:
    """Return the value of each part: the middle one, in people, of a distribution."""
    if vary.values is not None:
        return list(vary.values)
    at = (np.arange(vary.parts) + 0.5) / vary.parts
    if vary.uniform is not None:
        low, high = vary.uniform
        return (low + (high - low) * at).tolist()
    from scipy.special import ndtri

    assert vary.normal is not None
    mean, deviation = vary.normal
    low = -np.inf if vary.low is None else vary.low
    high = np.inf if vary.high is None else vary.high
    return np.clip(mean + deviation * ndtri(at), low, high).tolist()


def part_weights(vary: Vary) -> Floats:
    """Return the share of people in each part, up to a factor."""
    if vary.values is None:
        return np.ones(vary.parts)
    return np.array(vary.weights if vary.weights is not None else [1.0] * len(vary.values))


def _chosen(weights: Floats, at: Floats) -> Ints:
    ends = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(ends, at, side="right"), len(weights) - 1).astype(np.int64)


def traits_of(one: HiddenClass) -> frozenset[str]:
    """Return what sets a hidden class of people apart, by name: the same name means the same trait in every arm."""
    names = {f"{drug} fails" for drug in one.drugs_that_fail} | {f"{exam} is silent" for exam in one.silent_markers}
    names |= {"found by screening"} if one.found_early else set()
    return frozenset(names if one.comes else names | {"stays away"})


def class_of(traits: Sequence[frozenset[str]], shares: Floats, seed: int, patients: Ints) -> Ints:
    """Return [patient] the hidden class of each patient, trait by trait, so that arms that tell a trait apart agree on it.

    Parameters
    ----------
    traits : sequence of set
        Of each class.
    shares : float[class]
        Of each class among those who enter; they sum to 1.
    seed : int
    patients : int[patient]
    """
    has = np.array([[name in one for name in sorted(set().union(*traits))] for one in traits], dtype=bool)
    open_to = np.ones((len(patients), len(traits)))
    for i, name in enumerate(sorted(set().union(*traits))):
        total, with_it = open_to @ shares, open_to @ (shares * has[:, i])
        yes = uniform(seed, f"trait/{name}", patients) * total < with_it
        open_to *= yes[:, None] == has[:, i]
    return np.argmax(open_to, axis=1)
