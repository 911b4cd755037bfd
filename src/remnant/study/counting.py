"""How often things come together, counted in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remnant.reading import Floats
from remnant.timeline_tables import Ints


def summed(shape: tuple[int, ...], at: Sequence[Ints], weights: Floats | None = None) -> Any:
    """Return how often each place is named, or the sum of weights there."""
    flat = np.ravel_multi_index(tuple(at), shape)
    total = np.bincount(flat, weights, minlength=int(np.prod(shape)))
    return total.reshape(shape).astype(np.float64 if weights is not None else np.int32)
