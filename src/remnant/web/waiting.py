"""Who waits for a worker: one line for each address, served in turn, so that nobody is kept waiting by one who asks much."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Job:
    """A question as it is sent to a worker, and its answer once it is there."""

    ask: bytes
    seconds: float = 20.0
    """Longest it may take."""
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    """What it was told, or the error to raise."""

    def end(self, answer: Any) -> None:
        """Give the answer to all who wait for it."""
        self.answer = answer
        self.done.set()


class Lines:
    """The jobs that wait."""

    def __init__(self, most: int) -> None:
        self._lines: dict[str, deque[Job]] = {}
        self._changed = threading.Condition()
        self._most = most
        self._open = True

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def put(self, job: Job, whose: str) -> Job | None:
        """Let a job wait; return the one that has to go where all places are taken: itself, or the last of the longest line."""
        with self._changed:
            gone = None
            if len(self) >= self._most:
                longest = max(self._lines, key=lambda name: len(self._lines[name]), default=whose)
                if len(self._lines.get(whose, ())) + 1 >= len(self._lines.get(longest, ())):
                    return job
                gone = self._lines[longest].pop()
            self._lines.setdefault(whose, deque()).append(job)
            self._changed.notify()
            return gone

    def get(self) -> Job | None:
        """Return the next job once there is one; None when closed."""
        with self._changed:
            while self._open and not self._lines:
                self._changed.wait()
            if not self._open:
                return None
            whose = next(iter(self._lines))
            line = self._lines.pop(whose)
            job = line.popleft()
            if line:
                self._lines[whose] = line  # to the end: the others come first
            return job

    def give_up(self, job: Job) -> bool:
        """Take a job out of its line; return whether it was still there."""
        with self._changed:
            for whose, line in self._lines.items():
                if job in line:
                    line.remove(job)
                    if not line:
                        del self._lines[whose]
                    return True
            return False

    def close(self) -> list[Job]:
        """Let nobody wait any more; return those who did."""
        with self._changed:
            left = [job for line in self._lines.values() for job in line]
            self._lines.clear()
            self._open = False
            self._changed.notify_all()
            return left
