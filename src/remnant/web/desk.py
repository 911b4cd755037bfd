"""Where the page asks: answers that are there already are given at once, and draws are as many as there is time for."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, Protocol

from remnant.web.computing import Ask, Told

MOST_KEPT = 16 * 2**20
"""Bytes of answers that are kept in memory."""
KEPT_SECONDS = 900.0
DRAWS = (100, 50, 20)
"""How many draws may be behind a range: the more, the longer it takes. Told with every range."""
WISHED_SECONDS = 0.8
"""An answer takes no longer where fewer draws can help it."""
GUESSED_SECONDS = 0.35
"""What an answer with the fewest draws is taken to need until one was seen."""


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
        self._seconds: dict[str, float] = {}

    def do(self, ask: Ask, whose: str = "", *, keep: bool = False, long: bool = False) -> Told:
        """Return an answer, with the warnings that came with it; with `keep`, from memory where it is there."""
        if not keep:
            return self._work.do(ask, whose, long=long)
        (answer, _), warnings, _ = self._once([ask], lambda: 0, whose, long=long)
        return answer, warnings

    def drawn(self, ask: Callable[[int], Ask], about: str, whose: str = "") -> tuple[Any, list[str], int]:
        """Return an answer with as many draws as there is time for, its warnings, and how many draws.

        Parameters
        ----------
        ask : callable
            Returns the question for a number of draws.
        about : str
            The disease: what its answers have taken tells how long the next one takes.
        whose : str
            Address of who asks.
        """
        (answer, seconds), warnings, at = self._once([ask(draws) for draws in DRAWS], lambda: self._draws(about), whose)
        least = seconds / _cost(DRAWS[at])
        self._seconds[about] = 0.7 * self._seconds.get(about, least) + 0.3 * least
        return answer, warnings, DRAWS[at]

    def _once(self, asks: list[Ask], choose: Callable[[], int], whose: str, *, long: bool = False) -> tuple[Any, list[str], int]:
        """Return the answer to the first of some questions that is known or being computed; else that of the one chosen."""
        names = [self._memory.name(ask) for ask in asks]
        waited = False
        while True:
            for at, name in enumerate(names):
                if (known := self._memory.get(name)) is not None:
                    return (*known, at)
            with self._lock:
                other = next((self._asked[name] for name in names if name in self._asked), None)
                if other is None or waited:  # a second time: the other one was refused, or its answer is too large to keep
                    at, event = choose(), threading.Event()
                    self._asked.setdefault(names[at], event)
                    break
            other.wait()
            waited = True
        try:
            told = self._work.do(partial(_timed, asks[at]), whose, long=long)
            self._memory.put(names[at], told)
            return (*told, at)
        finally:
            event.set()
            with self._lock:
                if self._asked.get(names[at]) is event:
                    del self._asked[names[at]]

    def _draws(self, about: str) -> int:
        """Return which number of draws there is time for: many while nobody waits, the fewest when many do."""
        room = WISHED_SECONDS / (1 + self._work.ahead) ** 2
        needed = self._seconds.get(about, GUESSED_SECONDS)
        return next((at for at, draws in enumerate(DRAWS) if needed * _cost(draws) <= room), len(DRAWS) - 1)


def _cost(draws: int) -> float:
    """Return what an answer takes beside one with the fewest draws: half of that one goes with its draws."""
    return 0.5 + 0.5 * draws / DRAWS[-1]


def _timed(ask: Ask) -> tuple[Any, float]:
    begun = time.perf_counter()
    return ask(), time.perf_counter() - begun
