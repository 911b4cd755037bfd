"""Cells that rest until a day, never waking: what tells "found or alive" from "found or awake".

Where no cell falls asleep, psi of a resting cell is linear in that of its own kind:

    psi(found or alive by T) = psi(found or awake by T) + chance to be at rest at T, alive and not found
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.exact.lanes import Question
from remnant.exact.plan import BY_SEEDING, Layout
from remnant.reading import Floats
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints


@dataclass(frozen=True, eq=False)
class Staying:
    """Chance that a resting founder is still at rest for each question: exp(-(base + g growth)); infinite base for never."""

    rows: Ints
    """Rows of founders that rest; all others are never at rest"""
    base: Floats
    """[resting row][question]"""
    growth: Floats

    def chance(self, g: Floats) -> Floats:
        """Return [speed][resting row][question]."""
        return np.exp(-(self.base + g[:, None, None] * self.growth))


def rests_apart(timeline: Timeline, layout: Layout) -> bool:
    """Return whether resting cells never divide, come from no other cell and are not seeded."""
    resting = np.array(timeline.dormant)
    arrive = ((layout.switching > 0) | (layout.mutation > 0))[:, resting].any()
    seeded = (resting[layout.row_type] & (layout.row_kind == BY_SEEDING)).any()
    return not (arrive or seeded or (layout.division[..., resting] > 0).any())


def staying(timeline: Timeline, layout: Layout, questions: list[Question]) -> Staying:
    """Return the chance to stay at rest from each founder row to the moment of each question, looks of then included."""
    rows = np.nonzero(np.array(timeline.dormant)[layout.row_type])[0]
    at = np.array([q.knot for q in questions])
    offset = np.array([q.offset for q in questions])
    lengths = np.append(np.diff(layout.knots), 0.0)[:, None]
    start = layout.row_start[rows]
    # what happens at a knot, and in all panels before it, from that of the founders on
    since = np.arange(len(layout.knots))[:, None] >= start
    found = []
    for event, rate in _of_rows(layout, rows):
        panels = np.cumsum(rate * lengths * since, axis=0)
        summed = np.cumsum(event * since, axis=0)
        summed[1:] += panels[:-1]
        found.append((summed[at] + rate[at] * offset[:, None]).T)
    later = at >= start[:, None]
    return Staying(rows, np.where(later, found[0], np.inf), np.where(later, found[1], 0.0))


def _of_rows(layout: Layout, rows: Ints) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what leaves rest at each knot, and per day after it, [knot][row]: apart from growth speed, and per unit of it."""
    site, kind = layout.track_site[layout.row_track[rows]], layout.row_type[rows]
    before = np.arange(len(layout.knots))[:, None] < layout.zero_knot
    unseen = (layout.track_known[layout.row_track[rows]] == 1) & before
    seen = np.where(unseen, 0.0, layout.miss[:, site])
    # after the last knot nothing is asked
    epoch = np.append(layout.epoch_of, 0)[:, None]
    leave = layout.switching[kind].sum(axis=1) + np.where(unseen, 0.0, layout.symptoms[site])
    events = (layout.kill[:, site, kind] + seen, layout.kill_growth[:, site, kind])
    rates = (layout.extra[epoch, site, kind] + leave, layout.death[epoch, site, kind])
    return (events[0], rates[0]), (events[1], rates[1])


def with_resting(psi: Floats, g: Floats, resting: Staying, awake: slice, into: Floats | None = None) -> Floats:
    """Return psi with more answers at its end: those about awake cells, for cells at rest as well.

    `into`, where rows of founders were summed, is [row of psi][row of founders].
    """
    there = psi[..., awake].copy()
    if into is None:
        there[:, resting.rows] += resting.chance(g)
    else:
        there += into[:, resting.rows] @ resting.chance(g)
    return np.concatenate([psi, there], axis=-1)
