"""Where the law of detection is flat enough to stop, and the rule that integrates a smooth piece of it."""

import numpy as np
from numba import njit

LATE = 300.0
"""Beyond ln K + this, the slope of F is below 1e-130."""
WHOLE = 40.0
"""Beyond ln K + this, F is 1 to the last digit."""
GAUSS_NODES, GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(8)
LEAST_RHO, MOST_RHO = 1e-3, 20.0
"""Growth of shedding against that of lineages: about no growth, and as good as all shed on the last day."""


@njit(cache=True, error_model="numpy")
def first_beyond(more, t, rate, center, first, last):
    """Return the first node with x = D t beyond ln K + `more`; at faster growth x is further beyond."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if rate[middle] * t > more + center[middle]:
            high = middle
        else:
            low = middle + 1
    return low
