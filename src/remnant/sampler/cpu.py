"""Blocks of patients on all cores. A block is a function of the plan, the seed and the numbers of its patients only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import local

import numpy as np

from remnant.errors import SamplingError
from remnant.sampler.founders import MOST_SEEDS
from remnant.sampler.life import CAUSES, FULL, GAVE_UP, STATES, Lives, live_block
from remnant.sampler.plan import BY_SEEDING, MOST_LESIONS, Plan
from remnant.sampler.pool import LAW
from remnant.sampler.rng import ADDRESS_WORDS, TOGETHER
from remnant.sampler.work import LIFE, STACK, WANT_DEATH, Work
from remnant.timeline_tables import Ints

BLOCK = 4096
"""Patients of one block: small enough that all threads end at about the same time."""
BY_LESION = ("lesion_cells", "lesion_site", "lesion_id")
LESIONS_FOR_EACH = 2
"""Room for written lesions at first, for each patient; a block that needs more is run again with enough."""


@dataclass(frozen=True)
class Run:
    """Which patients, and what is written about them."""

    seed: int
    first_patient: int
    patients: int
    times: int
    threads: int
    deaths: bool
    chosen: Ints | None = None
    """Numbers of the patients where they are not those from `first_patient` on."""
    failed: Ints | None = None
    """[patient] first attempts known to be found before `zero`, as in another arm that is the same until then."""

    @property
    def numbers(self) -> Ints:
        """[patient] their numbers."""
        return np.arange(self.first_patient, self.first_patient + self.patients) if self.chosen is None else self.chosen

    def part(self, start: int, count: int) -> Run:
        """Return the run of some of these patients."""
        chosen, failed = (None if of is None else of[start : start + count] for of in (self.chosen, self.failed))
        first = self.first_patient + start
        return replace(self, first_patient=first, patients=min(count, self.patients - start), chosen=chosen, failed=failed)


def run_blocks(plan: Plan, run: Run) -> list[Lives]:
    """Return the lives of all patients, block by block in order.

    Raises
    ------
    SamplingError
        If a patient is found before zero in every one of very many attempts, or a life needs more room than there is.
    """
    starts = range(0, run.patients, BLOCK)
    rooms = local()

    def one(start: int) -> Lives:
        if not hasattr(rooms, "work"):
            rooms.work = room(plan, run.deaths)
        return run_block(plan, rooms.work, run.part(start, BLOCK))

    workers = min(run.threads, len(starts))
    if workers <= 1:
        return [one(start) for start in starts]
    with ThreadPoolExecutor(workers) as pool:
        return list(_all_or_stop(pool, [pool.submit(one, start) for start in starts]))


def _all_or_stop(pool: ThreadPoolExecutor, waiting: list) -> Iterator[Lives]:
    try:
        for future in waiting:
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def run_block(plan: Plan, work: Work, run: Run) -> Lives:
    """Return the lives of one block."""
    wanted = LESIONS_FOR_EACH * run.patients
    while True:
        lives = empty_lives(run, wanted, plan.kinds)
        lives.attempts[:] = 0 if run.failed is None else run.failed
        ended, used = live_block(plan, work, lives, run.seed, run.numbers)
        if ended == GAVE_UP:
            raise SamplingError(
                "fewer than 1 in 10,000 patients are not found before `zero`; they cannot be sampled; "
                "move `zero`, lower the burden, or mark founders that were diagnosed as `known`"
            )
        if ended == FULL:
            raise SamplingError(
                "one life needs more room than there is (too many changes of type at once); `solve` can answer it"
            )
        if used <= wanted:
            return lives._replace(**{name: getattr(lives, name)[:used].copy() for name in BY_LESION})
        wanted = used


def room(plan: Plan, deaths: bool) -> Work:
    """Return the room for one life at a time."""
    kinds, sites, rows = plan.kinds, plan.sites, plan.rows
    lesions = rows * MOST_LESIONS + 1
    pools = lesions * kinds + TOGETHER
    laws = 1 + sites * 2 * kinds * (plan.last if plan.growth_spread == 0 else 1)
    seeds = int(2 * MOST_SEEDS) if (plan.row_kind == BY_SEEDING).any() else 1
    life = np.zeros(LIFE)
    life[WANT_DEATH] = float(deaths)
    whole = lambda n: np.zeros(n, dtype=np.int64)  # noqa: E731
    streams = lambda n: np.zeros(n, dtype=np.uint64)  # noqa: E731
    return Work(
        lesions, STACK, seeds, streams(ADDRESS_WORDS), life, streams(1), streams(lesions), whole(lesions),
        np.zeros((lesions, kinds)), np.zeros((lesions, kinds)), np.zeros(kinds),
        whole(1), streams(pools), np.zeros(pools), np.zeros(pools), whole(pools), whole(pools), whole(pools), whole(lesions),
        whole(STACK), np.zeros(STACK), np.zeros(STACK), streams(STACK), np.zeros((laws, LAW)), whole(laws),
        np.zeros((rows, seeds)), np.zeros((rows, seeds)), whole(rows), whole(rows), whole(rows), whole(rows),
        np.zeros(len(plan.level_marker)), streams(2), whole(plan.times),
    )  # fmt: skip


def empty_lives(run: Run, lesions: int, kinds: int) -> Lives:
    """Return the arrays that a block fills."""
    n = run.patients
    return Lives(
        np.empty(n), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n), np.empty(n, dtype=np.int64),
        np.empty((n, CAUSES)), np.empty(n), np.empty(n), np.empty(n), np.empty(n, dtype=np.int64),
        np.zeros((run.times, STATES), dtype=np.int64), np.zeros(2),
        np.empty(n + 1, dtype=np.int64), np.empty((lesions, kinds)), np.empty(lesions, dtype=np.int64),
        np.empty(lesions, dtype=np.uint64), np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64),
        np.empty(n, dtype=np.uint64),
    )  # fmt: skip
