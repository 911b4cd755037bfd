"""Whether Timelines that were made here hold only numbers that a Timeline which is read may hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from remnant.reading import Floats
from remnant.timeline import COMPETING_CAUSES, Founder, Mutation, Timeline
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
from remnant.timeline_tables import each_part


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
    fine = all(_founders_fine(rows) for rows in each_part(timelines, "founders")) and _fine(timelines)
    for timeline in timelines if not fine else ():
        Timeline.from_dict(timeline.to_dict())
    for timeline in {id(one.founders): one for one in timelines}.values():
        check_founders_in_time(timeline)


def _fine(timelines: Sequence[Timeline]) -> bool:
    epochs, pulses, looks, rises = (
        [one for rows in each_part(timelines, part) for one in rows] for part in ("epochs", "pulses", "looks", "rises")
    )
    rates = [table for epoch in epochs for table in (epoch.division, epoch.death, epoch.extra_death)]
    kills = [table for pulse in pulses for table in (pulse.log_kill, pulse.log_kill_growth)]
    # an exam sees the same at every visit
    sights = {id(n50): n50 for n50 in [*(one.n50 for one in looks), *(one.n50 for one in rises)]}
    days = [*(one.start for one in epochs), *(one.time for one in pulses), *(one.time for one in looks)]
    hazards = [one.rate for part in COMPETING_CAUSES for rows in each_part(timelines, part) for one in rows]
    switched = [one.rate for rows in each_part(timelines, "switching") for one in rows]
    return (
        _within(rates, MOST_RATE_PER_DAY)
        and _within(kills, MOST_LOG_KILL)
        and _within(each_part(timelines, "symptoms"), MOST_RATE_PER_DAY)
        and _all_up_to([*hazards, *switched], MOST_RATE_PER_DAY)
        and all(_mutates_no_more_than_all(rows) for rows in each_part(timelines, "mutation"))
        and _all_up_to([one.growth_spread for one in timelines], MOST_GROWTH_SPREAD)
        and all(LEAST_SHAPE <= one.burden_spread <= MOST_SHAPE or one.burden_spread == math.inf for one in timelines)
        and all(-MOST_DAYS <= day <= MOST_DAYS for day in days)
        and all(n50.min() > 0 for n50 in sights.values())
        and all(len(one.rises) <= MOST_RISES for one in timelines)
    )


def _mutates_no_more_than_all(mutation: Iterable[Mutation]) -> bool:
    chances: dict[str, float] = {}
    for one in mutation:
        if not one.probability >= 0:
            return False
        chances[one.source] = chances.get(one.source, 0.0) + one.probability
    return _all_up_to(chances.values(), 1.0)


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
