"""Cells that rest until a day, never waking: what tells "found or alive" from "found or awake".

Where no cell falls asleep, psi of a resting cell is linear in that of its own kind:

    psi(found or alive by T) = psi(found or awake by T) + chance to be at rest at T, alive and not found
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remnant.exact.lanes import Question
from remnant.exact.plan import BY_SEEDING, Layout
from remnant.reading import Floats
from remnant.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Staying:
    """Chance that a founder is still at rest for each question: exp(-(base + g growth)); infinite base for never."""

    base: Floats
    """[row][question]"""
    growth: Floats

    def chance(self, g: Floats) -> Floats:
        """Return [speed][row][question]."""
        return np.exp(-(self.base + g[:, None, None] * self.growth))


def rests_apart(timeline: Timeline, layout: Layout) -> bool:
    """Return whether resting cells never divide, come from no other cell and are not seeded."""
    resting = np.array(timeline.dormant)
    arrive = ((layout.switching > 0) | (layout.mutation > 0))[:, resting].any()
    seeded = (resting[layout.row_type] & (layout.row_kind == BY_SEEDING)).any()
    return not (arrive or seeded or (layout.division[..., resting] > 0).any())


def staying(timeline: Timeline, layout: Layout, questions: list[Question]) -> Staying:
    """Return the chance to stay at rest from each founder row to the moment of each question, looks of then included."""
    shape = (len(layout.row_track), len(questions))
    base, growth = np.full(shape, np.inf), np.zeros(shape)
    at = np.array([q.knot for q in questions])
    offset = np.array([q.offset for q in questions])
    for row in np.nonzero(np.array(timeline.dormant)[layout.row_type])[0]:
        events, rates = _of_row(layout, int(row))
        lengths = np.append(np.diff(layout.knots), 0.0)
        start = layout.row_start[row]
        later = at >= start
        for total, event, rate in zip((base[row], growth[row]), events, rates, strict=True):
            # what happens at a knot, and in all panels before it
            event[:start], rate[:start] = 0.0, 0.0
            summed = np.cumsum(event) + np.append(0.0, np.cumsum(rate * lengths)[:-1])
            total[later] = summed[at[later]] + rate[at[later]] * offset[later]
    return Staying(base, growth)


def _of_row(layout: Layout, row: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what leaves rest at each knot, and per day after it: apart from growth speed, and per unit of it."""
    site, kind = layout.track_site[layout.row_track[row]], layout.row_type[row]
    unseen = layout.track_known[layout.row_track[row]] & (np.arange(len(layout.knots)) < layout.zero_knot)
    seen = np.where(unseen, 0.0, layout.miss[:, site])
    # after the last knot nothing is asked
    epoch = np.append(layout.epoch_of, 0)
    leave = layout.switching[kind].sum() + np.where(unseen, 0.0, layout.symptoms[site])
    events = (layout.kill[:, site, kind] + seen, layout.kill_growth[:, site, kind])
    return events, (layout.extra[epoch, site, kind] + leave, layout.death[epoch, site, kind])


def with_resting(walk: Callable[[Floats], Floats], resting: Staying, awake: slice) -> Callable[[Floats], Floats]:
    """Return the walk with more answers at its end: those about awake cells, for cells at rest as well."""

    def walked(g: Floats) -> Floats:
        psi = walk(g)
        return np.concatenate([psi, psi[..., awake] + resting.chance(g)], axis=-1)

    return walked
