"""Where the page asks: answers that are there already are given at once, and draws are as many as there is time for."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from remnant.web.computing import Ask, Told

MOST_KEPT = 16 * 2**20
"""Bytes of answers that are kept in memory."""
KEPT_SECONDS = 900.0
WISHED_SECONDS = 0.7
"""An answer takes no longer where fewer draws can help it."""


class Computes(Protocol):
    """What computes: in this process or in others."""

    @property
    def ahead(self) -> float:
        """Questions before the next one, for each that computes."""
        ...

    def do(self, ask: Ask, whose: str = "", *, long: bool = False) -> Told:
        """Return an answer with its warnings; `long` where it is known to take long."""
        ...


@dataclass(frozen=True)
class _Kept:
    made: float
    size: int
    told: bytes


class Memory:
    """Answers for a while, up to a size, found by a keyed digest of the question: it holds no question, and nothing on disk."""

    def __init__(self, most: int = MOST_KEPT, seconds: float = KEPT_SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._key = os.urandom(32)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def name(self, ask: Ask) -> bytes:
        """Return what an answer is found by."""
        return blake2b(pickle.dumps(ask), key=self._key).digest()

    def get(self, name: bytes) -> Told | None:
        """Return a copy of an answer; None where there is none."""
        with self._lock:
            self._forget()
            found = self._kept.get(name)
            if found is None:
                return None
            self._kept.move_to_end(name)
        return pickle.loads(found.told)

    def put(self, name: bytes, told: Told) -> None:
        """Keep an answer, and let go of those not asked for longest."""
        held = pickle.dumps(told)
        with self._lock:
            self._kept[name] = _Kept(time.monotonic(), len(held), held)
            self._size += len(held)
            self._forget()

    def _forget(self) -> None:
        old = time.monotonic() - self._seconds
        for name in [name for name, one in self._kept.items() if one.made < old]:
            self._size -= self._kept.pop(name).size
        while self._size > self._most:
            self._size -= self._kept.popitem(last=False)[1].size


class Desk:
    """Asks what computes, once for all who ask the same at the same time."""

    def __init__(self, work: Computes, memory: Memory | None = None) -> None:
        self._work, self._memory = work, memory or Memory()
        self._asked: dict[bytes, threading.Event] = {}
        self._lock = threading.Lock()

    def do(self, ask: Ask, whose: str = "", *, keep: bool = False, long: bool = False) -> Told:
        """Return an answer, with the warnings that came with it; with `keep`, from memory where it is there."""
        return self._once(ask, ask, whose, long=long) if keep else self._work.do(ask, whose, long=long)

    def within(self, ask: Callable[[float], Ask], whose: str = "") -> Told:
        """Return an answer, with its warnings, that was told how many seconds it may take: the less, the more people wait.

        Parameters
        ----------
        ask : callable
            Returns the question for a number of seconds.
        whose : str
            Address of who asks.
        """
        return self._once(ask(WISHED_SECONDS), ask(WISHED_SECONDS / (1 + self._work.ahead) ** 2), whose)

    def _once(self, named: Ask, ask: Ask, whose: str, *, long: bool = False) -> Told:
        """Return the answer to the question named, where it is known or being computed; else that to the one asked."""
        name = self._memory.name(named)
        waited = False
        while True:
            if (known := self._memory.get(name)) is not None:
                return known
            with self._lock:
                other = self._asked.get(name)
                if other is None or waited:  # a second time: the other one was refused, or its answer is too large to keep
                    event = threading.Event()
                    self._asked.setdefault(name, event)
                    break
            other.wait()
            waited = True
        try:
            told = self._work.do(ask, whose, long=long)
            self._memory.put(name, told)
            return told
        finally:
            event.set()
            with self._lock:
                if self._asked.get(name) is event:
                    del self._asked[name]
