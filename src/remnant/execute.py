"""Where independent tasks are done: in this process, in processes of this machine, or on a Dask cluster.

The only place that knows Dask. A task is a function of its argument, so one that is done twice does no harm, and the
answer does not depend on where it was done.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from remnant.errors import WorkerError

Task = TypeVar("Task")
Result = TypeVar("Result")
MOST_DEATHS = 5
"""A task in whose company so many workers died in a row is given up."""
WAIT_FOR_WORKERS = 60.0
"""Seconds without any worker of a cluster after which it is given up."""
WAIT_FOR_SCHEDULER = 10.0
"""Seconds after which a scheduler that does not answer is given up."""
IN_FLIGHT = 2
"""Tasks handed out for each worker: results wait for the writer, not in memory."""


@dataclass(frozen=True)
class Place:
    """Where tasks are done."""

    workers: int = 1
    """Processes of this machine; 1 for this process."""
    cluster: str = ""
    """Address of a Dask scheduler, such as "tcp://host:8786"; empty for this machine."""


def do_all(work: Callable[[Task], Result], tasks: Sequence[Task], place: Place) -> Iterator[tuple[int, Result]]:
    """Yield (number of the task, result) as each is done, in any order.

    Parameters
    ----------
    work : callable
        A function of a module, so that other processes find it.
    tasks : sequence
        What it is called with, one each.
    place : Place

    Raises
    ------
    WorkerError
        If workers keep dying over a task, or a cluster cannot be reached or has no workers.
    """
    if place.cluster:
        return _on_cluster(work, tasks, place.cluster)
    if place.workers > 1 and len(tasks) > 0:
        return _in_processes(work, tasks, place.workers)
    return ((i, work(task)) for i, task in enumerate(tasks))


def _in_processes(work: Callable[[Task], Result], tasks: Sequence[Task], workers: int) -> Iterator[tuple[int, Result]]:
    """Keep so many processes busy; when one dies all are replaced, and what they had in hand is done again."""
    left, deaths = list(range(len(tasks)))[::-1], [0] * len(tasks)
    while left:
        pool = _pool(min(workers, len(left)))
        waiting: dict[Future[Result], int] = {}
        try:
            while left or waiting:
                while left and len(waiting) < IN_FLIGHT * workers:
                    number = left.pop()
                    try:
                        with _main_hidden():
                            waiting[pool.submit(work, tasks[number])] = number
                    except BrokenProcessPool:
                        left.append(number)
                        raise
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    number = waiting[future]
                    result = future.result()
                    del waiting[future]
                    yield number, result
                    deaths[number] = 0
        except BrokenProcessPool:
            again = sorted(waiting.values(), reverse=True)
            for number in again:
                deaths[number] += 1
                if deaths[number] > MOST_DEATHS:
                    words = f"worker processes died {MOST_DEATHS} times in a row, the last time at task {number}"
                    raise WorkerError(f"{words}; there may be too little memory: use fewer workers or smaller chunks") from None
            left += again
        finally:
            _stop(pool)


def _pool(workers: int) -> ProcessPoolExecutor:
    # a fresh interpreter: compiled kernels and threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Start processes that do not run the user's script again: work is found in modules, and a script needs no guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _end_with_parent() -> None:
    """Let a worker end when the process that started it is gone, even when that was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool without waiting for what nobody wants any more."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def _on_cluster(work: Callable[[Task], Result], tasks: Sequence[Task], address: str) -> Iterator[tuple[int, Result]]:
    client = _client(address)
    try:
        waiting: dict[Any, int] = {}
        left = list(range(len(tasks)))[::-1]
        while left or waiting:
            room = IN_FLIGHT * max(_threads(client), 1)
            while left and len(waiting) < room:
                number = left.pop()
                # impure: a result that was thrown away must not be looked for by its name
                waiting[client.submit(work, tasks[number], pure=False)] = number
            for future in _first_done(client, waiting):
                number = waiting.pop(future)
                yield number, _result_of(future, number)
                future.release()
    except (CancelledError, asyncio.CancelledError, OSError) as error:
        raise WorkerError(
            f"the Dask scheduler at {address} is gone ({type(error).__name__}); start it and run this again"
        ) from None
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=5)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise WorkerError("a cluster needs Dask: install remnant[cluster] here and on the workers") from None
    try:
        client = Client(address, timeout=WAIT_FOR_SCHEDULER, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WorkerError(
            f"no Dask scheduler answers at {address} ({type(error).__name__}); start one, or correct --cluster"
        ) from None
    return client


def _threads(client: Any) -> int:
    return sum(client.nthreads().values())


def _first_done(client: Any, waiting: dict[Any, int]) -> list[Any]:
    """Return the futures that are done, once there is one; give up when nobody works for long."""
    from distributed import wait as wait_for

    since = time.monotonic()
    while True:
        with suppress(TimeoutError), client.as_current():
            return list(wait_for(list(waiting), timeout=2, return_when="FIRST_COMPLETED").done)
        if client.status != "running" or not client.nthreads():
            if time.monotonic() - since > WAIT_FOR_WORKERS:
                raise WorkerError(f"the cluster had no worker for {WAIT_FOR_WORKERS:g} seconds; start workers and run this again")
        else:
            since = time.monotonic()


def _result_of(future: Any, number: int) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        raise WorkerError(
            f"workers of the cluster kept dying at task {number}; give them more memory or use smaller chunks"
        ) from None
