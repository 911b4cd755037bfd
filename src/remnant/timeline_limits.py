"""Whether Timelines that were made here hold only numbers that a Timeline which is read may hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from remnant.reading import Floats
from remnant.timeline import Founder, Timeline
from remnant.timeline_read import (
    LEAST_SHAPE,
    MOST_CELLS,
    MOST_DAYS,
    MOST_GROWTH_SPREAD,
    MOST_LOG_KILL,
    MOST_LOG_SEEDING,
    MOST_RATE_PER_DAY,
    MOST_RISES,
    MOST_SHAPE,
    check_founders_in_time,
)


def check_limits(timelines: Sequence[Timeline]) -> None:
    """Refuse Timelines with a number that is not allowed.

    To read a document number by number takes longer than to solve it: here it is only looked at whether the largest and the
    least are allowed. Where they are not, the document is read, which says what is wrong and where.

    Parameters
    ----------
    timelines : sequence of Timeline
        Hidden classes of one course: what they share is looked at once.

    Raises
    ------
    InputError
        If a number is not allowed.
    """
    founders = {id(one.founders): one.founders for one in timelines}
    fine = all(_founders_fine(rows) for rows in founders.values())
    for timeline in timelines:
        if not (fine and _fine(timeline)):
            Timeline.from_dict(timeline.to_dict())
    for timeline in {id(one.founders): one for one in timelines}.values():
        check_founders_in_time(timeline)


def _fine(timeline: Timeline) -> bool:
    rates = [table for epoch in timeline.epochs for table in (epoch.division, epoch.death, epoch.extra_death)]
    kills = [table for pulse in timeline.pulses for table in (pulse.log_kill, pulse.log_kill_growth)]
    chances: dict[str, float] = {}
    for one in timeline.mutation:
        chances[one.source] = chances.get(one.source, 0.0) + one.probability
    hazards = [one.rate for one in (*timeline.other_death, *timeline.second_primary)]
    # an exam sees the same at every visit
    sights = {id(n50): n50 for n50 in [*(one.n50 for one in timeline.looks), *(one.n50 for one in timeline.rises)]}
    days = [*(one.start for one in timeline.epochs), *(one.time for one in timeline.pulses), *(k.time for k in timeline.looks)]
    return (
        _within(rates, MOST_RATE_PER_DAY)
        and _within(kills, MOST_LOG_KILL)
        and _within([timeline.symptoms], MOST_RATE_PER_DAY)
        and _all_up_to([*hazards, *(one.rate for one in timeline.switching)], MOST_RATE_PER_DAY)
        and _all_up_to([one.probability for one in timeline.mutation], 1.0)
        and _all_up_to(chances.values(), 1.0)
        and _all_up_to([timeline.growth_spread], MOST_GROWTH_SPREAD)
        and (LEAST_SHAPE <= timeline.burden_spread <= MOST_SHAPE or timeline.burden_spread == math.inf)
        and all(-MOST_DAYS <= day <= MOST_DAYS for day in days)
        and all(n50.min() > 0 for n50 in sights.values())
        and len(timeline.rises) <= MOST_RISES
    )


def _founders_fine(founders: Iterable[Founder]) -> bool:
    for one in founders:
        if one.seeding is not None:
            seeding = one.seeding
            days = seeding.end - seeding.start
            if not (0 <= seeding.rate <= MOST_CELLS and abs(seeding.growth) <= MOST_RATE_PER_DAY and days > 0):
                return False
            if not (-seeding.growth * days <= MOST_LOG_SEEDING and max(-seeding.start, seeding.end) <= MOST_DAYS):
                return False
        elif not (one.time is not None and abs(one.time) <= MOST_DAYS and 0 <= (one.mean or 0.0) <= MOST_CELLS):
            return False
    return True


def _within(tables: Sequence[Floats], most: float) -> bool:
    """Return whether every number is from 0 to the most allowed; NaN is not."""
    if not tables:
        return True
    every = np.array(tables)
    return bool(every.min() >= 0 and every.max() <= most)


def _all_up_to(values: Iterable[float], most: float) -> bool:
    return all(0 <= one <= most for one in values)
