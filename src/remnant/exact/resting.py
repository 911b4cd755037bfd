"""Cells that rest until a day, never waking: what tells "found or alive" from "found or awake".

Where no cell falls asleep, psi of a resting cell is linear in that of its own kind:

    psi(found or alive by T) = psi(found or awake by T) + chance to be at rest at T, alive and not found
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.exact.lanes import Questions
from remnant.exact.plan import BY_SEEDING, Layout
from remnant.exact.sums import Sums
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints


@dataclass(frozen=True, eq=False)
class Staying:
    """Chance that a resting founder is still at rest for each question: exp(-(base + g growth)); infinite base for never."""

    rows: Ints
    """Rows of founders that rest; all others are never at rest"""
    base: Floats
    """[class][resting row][question]"""
    growth: Floats

    def chance(self, g: Floats) -> Floats:
        """Return [class][speed][resting row][question]."""
        return np.exp(-(self.base[:, None] + g[:, None, None] * self.growth[:, None]))


def rests_apart(timeline: Timeline, layouts: Sequence[Layout]) -> bool:
    """Return whether in none of some layouts alike resting cells divide, come from another cell or are seeded."""
    resting, first = np.array(timeline.dormant), layouts[0]
    arrive = ((first.switching > 0) | (first.mutation > 0))[:, resting].any()
    seeded = (resting[first.row_type] & (first.row_kind == BY_SEEDING)).any()
    return not (arrive or seeded or any((one.division[..., resting] > 0).any() for one in layouts))


def staying(timeline: Timeline, layouts: Sequence[Layout], questions: Questions) -> Staying:
    """Return the chance to stay at rest from each founder row to the moment of each question, looks of then included.

    Parameters
    ----------
    timeline : Timeline
    layouts : sequence of Layout
        Of Timelines that have founders and knots in common, such as this one.
    questions : Questions
    """
    first = layouts[0]
    rows = np.nonzero(np.array(timeline.dormant)[first.row_type])[0]
    at, offset = questions.knot, questions.offset
    lengths = np.append(np.diff(first.knots), 0.0)[:, None]
    start = first.row_start[rows]
    # what happens at a knot, and in all panels before it, from that of the founders on
    since = np.arange(len(first.knots))[:, None] >= start
    found = []
    for event, rate in _of_rows(layouts, rows):
        panels = np.cumsum(rate * lengths * since, axis=1)
        summed = np.cumsum(event * since, axis=1)
        summed[:, 1:] += panels[:, :-1]
        found.append(np.swapaxes(summed[:, at] + rate[:, at] * offset[:, None], 1, 2))
    later = at >= start[:, None]
    return Staying(rows, np.where(later, found[0], np.inf), np.where(later, found[1], 0.0))


def _of_rows(layouts: Sequence[Layout], rows: Ints) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what leaves rest at each knot, and per day after it: apart from growth speed, and per unit; [class][knot][row]."""
    first = layouts[0]
    site, kind = first.track_site[first.row_track[rows]], first.row_type[rows]
    before = np.arange(len(first.knots))[:, None] < first.zero_knot
    unseen = (first.track_known[first.row_track[rows]] == 1) & before
    leave = first.switching[kind].sum(axis=1) + np.where(unseen, 0.0, first.symptoms[site])
    seen = np.where(unseen, 0.0, np.array([one.miss[:, site] for one in layouts]))
    kill, growth = (np.array([getattr(one, name)[:, site, kind] for one in layouts]) for name in ("kill", "kill_growth"))
    # after the last knot nothing is asked
    epochs = [np.append(one.epoch_of, 0)[:, None] for one in layouts]
    extra, death = (
        np.array([getattr(one, name)[epoch, site, kind] for one, epoch in zip(layouts, epochs, strict=True)])
        for name in ("extra", "death")
    )
    return (kill + seen, extra + leave), (growth, death)


def with_resting(psi: Floats, g: Floats, resting: Staying | None, awake: slice | None, sums: Sums | None) -> Floats:
    """Return psi [class][speed][row][question] with answers at its end: those about awake cells, for cells at rest as well.

    The same psi where these are not kept apart.
    """
    if resting is None or awake is None:
        return psi
    there = psi[..., awake].copy()
    if sums is None:
        there[:, :, resting.rows] += resting.chance(g)
    else:
        there += sums.matrix[:, resting.rows] @ resting.chance(g)
    return np.concatenate([psi, there], axis=-1)
