"""What became of people after detection: everybody as arrays, and every event in order, as Arrow tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from remnant.sampler.after_state import ACTIONS, LESIONS, PERSON, STATES, WIDTH, After, Log, People, Room
from remnant.sampler.aftermath import follow_block
from remnant.sampler.histories import named
from remnant.sampler.life import Lives
from remnant.sampler.rng import ADDRESS_WORDS
from remnant.timeline import Timeline
from remnant.timeline_tables import LN2, Ints

EVENTS = (
    "suspected", "biopsy-negative", "recurrence", "local-treatment", "line", "comfort", "response", "none-seen", "progression",
    "line-ends", "death-disease", "death-other", "death-treatment", "second-primary", "trial", "palliative-care", "side-effect",
    "death-second", "test-negative", "test-positive",
)  # fmt: skip
EVENTS_FOR_EACH = 8


def follow_lives(plan: After, lives: Lives, seed: int, numbers: Ints) -> tuple[People, Log]:
    """Return what became of people after their first finding.

    Parameters
    ----------
    plan : After
    lives : Lives
        Up to the first finding.
    seed : int
        That of the lives.
    numbers : int[patient]
        Numbers of the patients.

    Returns
    -------
    People, Log
        Events of a patient are in order of time, none after death.
    """
    people, wanted = _nobody(len(lives.day)), EVENTS_FOR_EACH * len(lives.day) + 64
    while True:
        log = _empty_log(wanted)
        follow_block(plan, _room(), lives, people, log, seed, numbers)
        used = int(log.used[0])
        if used <= wanted:
            return people, _in_order(log, used, people)
        wanted = used


def looking(plan: After, timeline: Timeline) -> After:
    """Return the same with the looks of a course's Timeline, those of staging too, that could see a second cancer."""
    if plan.second_site < 0:
        return plan
    seen = [(one.time, one.exam, one.n50[plan.second_site]) for one in timeline.looks]
    looks = [(day, exam, n50) for day, exam, n50 in sorted(seen) if n50 is not None and np.isfinite(n50)]
    names = [hashlib.blake2b(f"{exam} {day!r}".encode(), digest_size=8).digest() for day, exam, _ in looks]
    return plan._replace(
        second_days=np.array([day for day, _, _ in looks]), second_miss=np.array([LN2 / n50 for _, _, n50 in looks]),
        second_stream=np.array([int.from_bytes(name, "little") for name in names], dtype=np.uint64),
    )  # fmt: skip


def _in_order(log: Log, used: int, people: People) -> Log:
    """Return the events written, person after person in order of time, without those after death."""
    before = log.day[:used] <= people.end[log.patient[:used]]
    at = np.flatnonzero(before)
    at = at[np.lexsort((at, log.day[at], log.patient[at]))]
    kept = {name: getattr(log, name)[at] for name in Log._fields if name != "used"}
    return Log(**kept, used=np.array([len(at)]))


def _nobody(n: int) -> People:
    whole = lambda: np.zeros(n, dtype=np.int64)  # noqa: E731
    real = lambda: np.empty(n)  # noqa: E731
    return People(
        real(), whole(), real(), whole(), whole(), real(), whole(), whole(), real(), whole(), real(), whole(), whole(),
        np.zeros((n, STATES)), np.zeros((n, STATES)), np.zeros((n, ACTIONS)), np.zeros((n, ACTIONS)),
    )  # fmt: skip


def _empty_log(n: int) -> Log:
    whole = lambda: np.zeros(n, dtype=np.int64)  # noqa: E731
    return Log(whole(), np.zeros(n), whole(), whole(), whole(), np.zeros(n), whole(), np.zeros(1, dtype=np.int64))


def _room() -> Room:
    whole = lambda n: np.zeros(n, dtype=np.int64)  # noqa: E731
    return Room(
        np.zeros(ADDRESS_WORDS, dtype=np.uint64), np.zeros(PERSON), whole(1), whole(LESIONS), whole(LESIONS),
        np.zeros(LESIONS, dtype=np.uint64), np.zeros((LESIONS, WIDTH)),
    )  # fmt: skip


def events_table(log: Log, sites: Sequence[str], numbers: Ints) -> Any:
    """Return the events as a pyarrow Table.

    Columns: `patient`; `day`; `event`; `site`, the most advanced seen; `number` of lesions seen, or of the line of drugs; the
    `largest_mm` seen; `sites`, all sites seen.
    """
    import pyarrow as pa

    bits, which = np.unique(log.sites, return_inverse=True)
    seen = [[name for i, name in enumerate(sites) if one >> i & 1] for one in bits.tolist()]
    lists = pa.array(seen, pa.list_(pa.string())).take(pa.array(which))
    return pa.table({
        "patient": pa.array(numbers[log.patient]), "day": pa.array(log.day),
        "event": named(EVENTS, log.event),
        "site": named(sites, log.site), "number": pa.array(log.number, pa.int32()),
        "largest_mm": pa.array(log.mm), "sites": lists,
    })  # fmt: skip
