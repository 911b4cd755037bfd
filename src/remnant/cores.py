"""How many cores a process may use at the same time."""

from __future__ import annotations

import os

_most = 0


def cores() -> int:
    """Return how many threads may compute at the same time in this process."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(there, _most) if _most else there


def use_cores(most: int) -> None:
    """Let this process use no more cores than this from now on, where others compute beside it; 0 for all there are."""
    global _most
    _most = most
