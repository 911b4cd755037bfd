"""Warm processes that compute what the page is asked, one for each core; one that takes too long is ended and replaced."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from remnant.cores import cores
from remnant.errors import RemnantError
from remnant.web.computing import Ask, Fault, FaultError, Told, work
from remnant.web.limits import BusyError, TooMuchError
from remnant.web.waiting import Job, Lines

MOST_WAITING = 120
WAIT_SECONDS = 30.0
"""After which somebody who waits for a worker is told to come again."""
LIMIT_SECONDS = 20.0
"""CPU seconds of one answer, after which its worker is ended."""
LOOK_SECONDS = 0.25
"""Between two looks at what a worker has used."""
WALL_TIMES = 3.0
"""So many times its CPU seconds a question may take by the clock."""
PAUSE_SECONDS = 0.2
"""Before a worker that died is replaced."""
LONG_SECONDS = 120.0
"""Of an answer that is known to take long; only one of them is computed at a time."""
WARM_SECONDS = 900.0
"""Of getting ready: machine code is made the first time."""


@dataclass(frozen=True)
class Room:
    """How much is computed and how many wait."""

    workers: int = 0
    """Processes; 0 for one a core."""
    waiting: int = MOST_WAITING
    wait_seconds: float = WAIT_SECONDS
    limit_seconds: float = LIMIT_SECONDS
    long_seconds: float = LONG_SECONDS


class Workers:
    """Computes in processes of its own; a question that takes too long or too much ends its worker, and nothing else."""

    def __init__(self, room: Room = Room(), warm: Sequence[Ask] = ()) -> None:
        self._room, self._warm = room, tuple(warm)
        self._lines = Lines(room.waiting)
        self._busy = 0
        self._count, self._long = threading.Lock(), threading.Lock()
        self._processes: set[SpawnProcess] = set()
        self._ready = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._all = room.workers or cores()
        self._begin(first=True)

    def _begin(self, *, first: bool) -> None:
        threads = [threading.Thread(target=self._supervise, daemon=True) for _ in range(1 if first else self._all - 1)]
        self._threads += threads
        for thread in threads:
            thread.start()

    def wait_until_ready(self) -> None:
        """Return when every worker is warm: the first makes the machine code, the others read it."""
        self._ready.acquire()
        self._begin(first=False)
        for _ in range(self._all - 1):
            self._ready.acquire()

    @property
    def ahead(self) -> float:
        """Questions before the next one, for each worker."""
        return (len(self._lines) + self._busy) / self._all

    def do(self, ask: Ask, whose: str = "", *, long: bool = False) -> Told:
        """Return an answer, with the warnings that came with it.

        Raises
        ------
        BusyError
            If too many wait already, the turn does not come in time, or it is `long` and another long one is computed.
        TooMuchError
            If it took too long, or its worker died of it.
        """
        if long:
            if not self._long.acquire(blocking=False):
                raise BusyError("another long answer is being computed")
            try:
                return self._do(Job(pickle.dumps(ask), self._room.long_seconds), whose)
            finally:
                self._long.release()
        return self._do(Job(pickle.dumps(ask), self._room.limit_seconds), whose)

    def _do(self, job: Job, whose: str) -> Told:
        gone = self._lines.put(job, whose)
        if gone is not None:
            gone.end(BusyError("too many wait"))
        if not job.done.wait(self._room.wait_seconds) and self._lines.give_up(job):
            raise BusyError("the turn did not come")
        job.done.wait()
        if isinstance(job.answer, Exception):
            raise job.answer
        return job.answer

    def close(self) -> None:
        """End all workers, and tell those who wait."""
        self._stopping.set()
        for job in self._lines.close():
            job.end(BusyError("closing"))
        for process in [*self._processes]:
            process.kill()
        for thread in self._threads:
            thread.join()

    def _supervise(self) -> None:
        """Keep a worker, whatever becomes of it."""
        while not self._stopping.is_set():
            process, connection = self._start()
            with suppress(EOFError, OSError, TimeoutError):  # it died: of a question whose asker was told, or when starting
                self._get_ready(connection)
                self._ready.release()
                self._serve(process, connection)
            process.kill()
            process.join()
            self._processes.discard(process)
            connection.close()
            self._stopping.wait(PAUSE_SECONDS)

    def _serve(self, process: SpawnProcess, connection: Connection) -> None:
        """Hand questions to one worker until it dies or nobody asks any more."""
        while (job := self._lines.get()) is not None:
            self._counted(1)
            try:
                connection.send((self._share(), job.ask))
                self._watch(process, connection, job.seconds)
                job.end(_received(connection))
            except (EOFError, OSError, TimeoutError) as error:
                seconds = f"it took more than {job.seconds:g} seconds of computing"
                why = seconds if isinstance(error, TimeoutError) else "it took too much"
                job.end(TooMuchError(f"{why}, and was stopped: please ask for less"))
                raise
            finally:
                self._counted(-1)

    def _watch(self, process: SpawnProcess, connection: Connection, seconds: float) -> None:
        """Return when there is an answer; what computes for longer is given up, and so is what takes far longer without that.

        Seconds of computing are counted, not those of the clock: a busy machine is no fault of a question.
        """
        begun, used = time.monotonic(), _computed(process.pid)
        while not connection.poll(LOOK_SECONDS):
            took = time.monotonic() - begun
            counted = None if used is None else (_computed(process.pid) or used) - used
            if took > WALL_TIMES * seconds or (took if counted is None else counted) > seconds:
                raise TimeoutError

    def _start(self) -> tuple[SpawnProcess, Connection]:
        # a fresh interpreter: compiled kernels and threads do not survive a fork
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=work, args=(there,), daemon=True)
        process.start()
        there.close()
        self._processes.add(process)
        return process, here

    def _get_ready(self, connection: Connection) -> None:
        if not connection.poll(WARM_SECONDS):
            raise TimeoutError
        connection.recv()
        for ask in self._warm:
            with suppress(RemnantError):
                connection.send((1, pickle.dumps(ask)))
                if not connection.poll(WARM_SECONDS):
                    raise TimeoutError
                _received(connection)

    def _share(self) -> int:
        """Return how many cores the next answer may use: threads side by side cost more than they bring where all are busy."""
        return max(1, cores() // (self._busy + len(self._lines)))

    def _counted(self, more: int) -> None:
        with self._count:
            self._busy += more


def _received(connection: Connection) -> Any:
    answer = connection.recv()
    return FaultError(answer) if isinstance(answer, Fault) else answer


def _computed(pid: int | None) -> float | None:
    """Return the CPU seconds of a process so far; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
