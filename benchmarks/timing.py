"""Process time of a call: what it costs in CPU, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

Name = TypeVar("Name", bound=Hashable)


def cpu_seconds(call: Callable[[], Any], best_of: int = 3, at_least: float = 0.05) -> float:
    """Return the least CPU seconds of one call, all threads together.

    Parameters
    ----------
    call : function without arguments
        Called once before any timing, so that compiling is not counted.
    best_of : int
        How many times the measurement is repeated.
    at_least : float
        A measurement repeats the call until it has taken so many CPU seconds.
    """
    call()
    best = float("inf")
    for _ in range(best_of):
        calls, start = 0, time.process_time()
        while calls == 0 or time.process_time() - start < at_least:
            call()
            calls += 1
        best = min(best, (time.process_time() - start) / calls)
    return best


def cpu_by_turns(calls: Mapping[Name, Callable[[], Any]], rounds: int = 15, at_least: float = 0.01) -> dict[Name, float]:
    """Return the least CPU seconds of each call, measured by turns.

    A processor that others share runs at one speed now and at another a second later; calls that take turns in short
    slices meet the same of it, so that their ratios hold.

    Parameters
    ----------
    calls : mapping of names to functions without arguments
        Each is called twice before any timing.
    rounds : int
        How often each has its turn.
    at_least : float
        CPU seconds of one turn.
    """
    repeats, best = {}, {}
    for name, call in calls.items():
        call()
        start = time.process_time()
        call()
        repeats[name] = max(1, int(at_least / max(time.process_time() - start, 1e-7)))
        best[name] = float("inf")
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                call()
            best[name] = min(best[name], (time.process_time() - start) / repeats[name])
    return best
