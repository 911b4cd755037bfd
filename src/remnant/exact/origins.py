"""Where and how recurrences are found, roughly and in one walk: by the place where a lineage began, noticed or seen at a look.

The exact incidence asks after the symptoms of each place day by day. Here only the share free just before and after each look is
asked for: what falls at a look was seen, what falls between looks was noticed, both exactly. Between places a fall is shared out
as what lineages that began there add to it; one that was found where it had spread to counts for where it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.exact.competing import Competing
from remnant.exact.growth import log_mean
from remnant.exact.lanes import Questions, before_zero, knot_at, questions_of, seen_at, to_lanes, unseen
from remnant.exact.plan import Amounts, Layout, amounts, lay_out_alike
from remnant.exact.rough import alike, rough_speeds
from remnant.exact.sums import summed_rows
from remnant.exact.survival import fixed_total, log_laplace, poisson_total
from remnant.exact.walk import walked
from remnant.reading import Floats
from remnant.timeline import Timeline

NOTICED, SEEN = 0, 1
LEAST = 1e-300


@dataclass(frozen=True, eq=False)
class Found:
    """What is found first between two days in one class of people."""

    places: Floats
    """[site][noticed, seen at a look] share of those free of recurrence at `zero`."""
    free: float
    """Share of them who are free of everything on the first day."""
    at_zero: float
    """Chance not to have been found before `zero`."""


@dataclass(frozen=True, eq=False)
class Free:
    """Who is free at each of some moments, in order of time, and what found the others."""

    share: Floats
    """[speed][moment] of those free at `zero`, with the weight of the growth speed."""
    noticed: Floats
    """[speed][site][moment] -ln of the chance that no Poisson lineage that began there was found."""
    counted: Floats
    """The same of lineages that come in exact numbers."""
    at_zero: float
    """Chance not to have been found before `zero`."""


def found_between(timelines: Sequence[Timeline], start: float, end: float) -> list[Found]:
    """Return what is found first in each Timeline after day `start` and by `end`.

    Parameters
    ----------
    timelines : sequence of Timeline
        Those alike are laid out together.
    start, end : float
        Days, `zero` or later; what a look on `start` finds is left out, on `end` it counts.
    """
    found: dict[int, Found] = {}
    for places in alike(timelines):
        group = [timelines[i] for i in places]
        # the knots of looks are there in any case
        for i, timeline, layout in zip(places, group, lay_out_alike(group, [start, end]), strict=True):
            found[i] = _found(timeline, layout, start, end)
    return [found[i] for i in range(len(timelines))]


def _found(timeline: Timeline, layout: Layout, start: float, end: float) -> Found:
    first, last = knot_at(layout, start), knot_at(layout, end)
    looks = [k for k in range(first + 1, last + 1) if layout.miss[k].any()]
    questions, routes, days = _questions(timeline, layout, (first, last), looks)
    free, alive = _free(timeline, layout, questions), Competing.of(timeline).survival(np.array([start, *days]))
    found = _shared_out(free, timeline.burden_spread) * alive[1:]
    places = np.stack([found[:, np.array(routes) == route].sum(axis=1) for route in (NOTICED, SEEN)], axis=1)
    return Found(places, float(free.share[:, 0].sum() * alive[0]), free.at_zero)


def _questions(
    timeline: Timeline, layout: Layout, between: tuple[int, int], looks: list[int]
) -> tuple[Questions, list[int], list[float]]:
    """Return who is free at each moment; and for each step from one to the next, what finds people and on which day."""
    knots, (first, last) = layout.knots, between
    asked = [(first, 0.0, seen_at(timeline, layout, first))]
    routes: list[int] = []
    days: list[float] = []
    before = float(knots[first])
    for knot in looks:
        day = float(knots[knot])
        asked += [(knot, 0.0, unseen(timeline)), (knot, 0.0, seen_at(timeline, layout, knot))]
        routes += [NOTICED, SEEN]
        days += [(before + day) / 2, day]
        before = day
    if not looks or looks[-1] < last:
        asked.append((last, 0.0, unseen(timeline)))
        routes.append(NOTICED)
        days.append((before + float(knots[last])) / 2)
    return questions_of(asked), routes, days


def _free(timeline: Timeline, layout: Layout, questions: Questions) -> Free:
    speeds, (sums, brought) = rough_speeds(timeline).every_second(), summed_rows(layout, amounts(timeline))
    lanes, place = to_lanes(before_zero(timeline, layout).and_then(questions))
    psi = walked([layout], [lanes], speeds.g, rough=True)[0][..., place]
    site = layout.track_site[layout.row_track]
    if sums is not None:
        psi, site = sums.of(psi), site[sums.first]
    here = site == np.arange(len(timeline.sites))[:, None]
    parts = [Amounts(brought.mean * rows, brought.count * rows) for rows in here]
    noticed = np.stack([poisson_total(psi, part) for part in parts], axis=1)
    counted = np.stack([fixed_total(psi, part) for part in parts], axis=1)
    log_free = log_laplace(noticed.sum(axis=1), timeline.burden_spread) - counted.sum(axis=1)
    start = log_mean(speeds.log_weight, log_free[:, :1])[0]
    share = np.exp(speeds.log_weight[:, None] + log_free - start)
    return Free(share[:, 1:], noticed[:, :, 1:], counted[:, :, 1:], float(np.exp(start)))


def _shared_out(free: Free, burden_spread: float) -> Floats:
    """Return what is found from each moment to the next by the place where it began, [site][step]."""
    fall = np.maximum(-np.diff(free.share), 0.0)
    gone = np.maximum(-np.diff(log_laplace(free.noticed.sum(axis=1), burden_spread)), 0.0)
    more = np.maximum(np.diff(free.noticed), 0.0)
    weight = more * (gone / np.maximum(more.sum(axis=1), LEAST))[:, None]
    if free.counted.any():
        with np.errstate(invalid="ignore"):
            weight += np.nan_to_num(np.maximum(np.diff(free.counted), 0.0))
    return np.einsum("gt,gst->st", fall / np.maximum(weight.sum(axis=1), LEAST), weight)
