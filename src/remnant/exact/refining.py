"""Growth speeds between those that were walked: walked too where the answers bend, read off a polynomial where they do not.

ln psi is smooth in ln g but where detection is sharp, which is at another growth speed for every horizon and every founder.
What a walk finds is compared with what its neighbours foretold; between speeds where that agreed, twice as near to each other,
a polynomial of degree 7 through ln psi is nearer by far (2^8 for a smooth psi, the square for a sharp one).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from remnant.exact.curves import gap, shares
from remnant.exact.lineup import Lineup
from remnant.reading import Floats

NEGLIGIBLE = 1e-11
"""Growth speeds that carry less than this share of everything asked for are not walked."""
AGREES = 1e-7
"""Largest part of an answer that the polynomial at one speed may have been wrong by for it to be believed beside that speed."""
POINTS = 8
LEAST_PSI = 1e-300
"""Less than this is nothing."""

Logs = Callable[[Floats], list[Floats]]


@dataclass(frozen=True, eq=False)
class Known:
    """psi at equally spaced growth speeds."""

    psi: Floats
    """[speed][row][question]"""
    wrong: Floats | None = None
    """[gap] part of an answer that the polynomial was wrong by between the speeds of the grid before, or was foretold to be."""
    cheap: bool = False
    """Whether a walk costs less than a polynomial: then all speeds beside those that matter are walked."""


def matter(log_weight: Floats, logs: Sequence[Floats], lineup: Lineup) -> NDArray[np.bool_]:
    """Return which growth speeds carry more than a negligible part of any answer."""
    marked = np.zeros(len(log_weight), dtype=bool)
    for log_s in logs:
        start, free = log_s[:, lineup.zero, None], log_s[:, lineup.found]
        given = shares(log_weight, start)
        gone = -given * np.expm1(gap(free, start))
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = np.hstack([given, shares(log_weight, free), gone / gone.sum(axis=0)])
        marked |= ~(np.nan_to_num(parts) < NEGLIGIBLE).all(axis=1)
    return marked


def refined(known: Known, g: Floats, walk: Callable[[Floats], Floats], logs: Logs, log_weight: Floats, lineup: Lineup) -> Known:
    """Return psi at the speeds `g`, every second of which is known.

    Parameters
    ----------
    known : Known
    g : float[speed]
    walk : function
        From growth speeds to psi of every question.
    logs : function
        From psi to ln S of every question, for each Timeline.
    log_weight : float[speed]
        Of the speeds `g`.
    lineup : Lineup
    """
    before = logs(known.psi)
    marked = matter(log_weight[::2], before, lineup)
    near = marked[:-1] | marked[1:]
    walked, foretold = near, np.zeros(len(near))
    if known.wrong is not None:
        wide = np.pad(known.wrong, 1, mode="edge")
        worst = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
        walked, foretold = near & np.repeat(worst > AGREES, 2), np.repeat(known.wrong, 2)
    between = known.psi[:-1] if known.cheap else _in_order(_between(known.psi, near), lineup)
    at = np.nonzero(walked)[0]
    finer = np.empty((len(g), *known.psi.shape[1:]))
    finer[::2], finer[1::2] = known.psi, between
    wrong = foretold.copy()
    true = walk(g[1 + 2 * at])
    finer[1 + 2 * at] = true
    if known.cheap:
        return Known(finer, cheap=True)
    if at.size:
        wrong[at] = 0.0
        for old, right, guess in zip(before, logs(true), logs(between[at]), strict=True):
            wrong[at] = np.maximum(wrong[at], _wrong_by((right, guess), log_weight[1 + 2 * at], (old, log_weight[::2]), lineup))
    return Known(finer, wrong)


def _between(psi: Floats, near: NDArray[np.bool_]) -> Floats:
    """Return psi midway between neighbouring speeds; where that matters to nobody, no more and no less than at both."""
    logs = np.log(np.maximum(psi, LEAST_PSI)).reshape(len(psi), -1)
    gaps, count = len(psi) - 1, min(POINTS, len(psi))
    middle = np.zeros((gaps, logs.shape[1]))
    inner, before = gaps - count + 2, count // 2 - 1
    for k, weight in enumerate(_midpoint_rule(count, before)):
        middle[before : before + inner] += weight * logs[k : k + inner]
    for i in (*range(before), *range(before + inner, gaps)):
        first = 0 if i < before else len(psi) - count
        middle[i] = _midpoint_rule(count, i - first) @ logs[first : first + count]
    far = ~near
    low, high = np.minimum(logs[:-1][far], logs[1:][far]), np.maximum(logs[:-1][far], logs[1:][far])
    middle[far] = np.clip(middle[far], low, high)
    # where all are nothing, so is what lies between
    nothing = middle < np.log(2.0 * LEAST_PSI)
    return np.where(nothing, 0.0, np.exp(middle)).reshape(len(psi) - 1, *psi.shape[1:])


def _in_order(psi: Floats, lineup: Lineup) -> Floats:
    """Return psi such that, against rounding, what was found by `zero` is found later, and what is found counts as there."""
    psi[..., lineup.found] = found = np.maximum(psi[..., lineup.found], psi[..., lineup.zero, None])
    before = found[..., lineup.told] if lineup.told is not None else found
    for one in (lineup.awake, lineup.there):
        if one is not None:
            psi[..., one] = before = np.maximum(psi[..., one], before)
    return psi


@cache
def _midpoint_rule(count: int, left: int) -> Floats:
    """Return the weights of `count` equally spaced values for the polynomial through them midway between `left` and the next."""
    at, nodes = left + 0.5, np.arange(count)
    others = [np.delete(nodes, k) for k in nodes]
    return np.array([np.prod((at - other) / (k - other)) for k, other in zip(nodes, others, strict=True)])


def _wrong_by(found: tuple[Floats, Floats], log_weight: Floats, known: tuple[Floats, Floats], lineup: Lineup) -> Floats:
    """Return for each speed the largest part of any answer that a guess of ln S is wrong by.

    Parameters
    ----------
    found : tuple of float[speed][question]
        What is right, and the guess.
    log_weight : float[speed]
    known : tuple of float[speed][question], float[speed]
        ln S at the speeds of the grid before, with their weights: they tell how large the answers are.
    lineup : Lineup
    """
    right, guess = found
    log_s, weight = known
    with np.errstate(all="ignore"):
        total = np.log(np.exp(weight[:, None] + log_s).sum(axis=0))
        start, free = lineup.zero, lineup.found
        given = np.exp(log_weight + right[:, start] - total[start])[:, None]
        recurred = -(shares(weight, log_s[:, start, None]) * np.expm1(gap(log_s[:, free], log_s[:, start, None]))).sum(axis=0)
        gone = [-np.expm1(gap(log[:, free], log[:, start, None])) for log in (right, guess)]
        parts = [given * np.abs(gone[1] - gone[0]) / recurred]
        moved = np.abs(np.expm1(guess[:, start] - right[:, start]))[:, None]
        parts.append(given * moved * (1.0 + gone[0] / recurred))
        for lanes in (free, lineup.awake, lineup.there):
            if lanes is None:
                continue
            whole = total[free] if lanes is free else total[free][lineup.told]
            both = [np.exp(log_weight[:, None] + log[:, lanes] - whole) for log in (right, guess)]
            parts.append(np.abs(both[1] - both[0]))
    return np.nan_to_num(np.hstack(parts), nan=0.0, posinf=1.0).max(axis=1)
