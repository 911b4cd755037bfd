"""Process time of a call: what it costs in CPU, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


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
