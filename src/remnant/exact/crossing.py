"""Lanes moved back over days of constant rates, in the way that the types of a walk ask for."""

import numpy as np
from numba import njit

from remnant.exact.chains import cross_chain
from remnant.exact.coupled import STAGES, cross_coupled
from remnant.exact.onetype import days_to_pole
from remnant.exact.plan import CHAINED, CLOSED, FED
from remnant.exact.series import cross_series
from remnant.exact.waking import cross_alone, cross_fed

STIFF = 300.0
"""Fastest rate times days from which frozen steps cost less than series."""
BLOCK = 32
"""Lanes that share the steps of a series: neighbours in time."""
NEAR_POLE = 2.0
"""A lane nearer to its pole than the reach of a series over this goes by frozen steps."""


@njit(cache=True, error_model="numpy")
def nearest_pole_of(x, lanes, kinds, moving, rates):
    """Return the least distance in days of the pole behind any psi that moves and is above its fixed point."""
    b, d, symptom, _, _ = rates
    nearest = np.inf
    for k in kinds:
        if moving[k]:
            for lane in range(lanes[0], lanes[1]):
                nearest = min(nearest, days_to_pole(b[k], d[k], symptom, x[k, lane]))
    return nearest


@njit(cache=True, error_model="numpy")
def cross_linked(x, lanes, guess, kinds, rates, days):
    """Move the lanes of types that change into each other back over `days`.

    By series; by frozen steps, which are exact near a pole and stable, where series would need many steps.
    """
    b, d, symptom, switching, _ = rates
    speed = 0.0
    for k in kinds:
        speed = max(speed, abs(b[k] - d[k] - symptom) + switching[k].sum())
    stiff = speed * days > STIFF
    reach = min(days, 1.0 / speed) if speed > 0.0 else days
    table, psi = np.empty((STAGES + 1, x.shape[0]), x.dtype), np.empty(x.shape[0], x.dtype)
    everything = np.ones(x.shape[0], np.bool_)
    easy, count = np.empty(x.shape[1], np.int64), 0
    for lane in range(lanes[0], lanes[1]):
        if stiff or NEAR_POLE * nearest_pole_of(x, (lane, lane + 1), kinds, everything, rates) < reach:
            psi[:] = x[:, lane]
            guess[lane] = cross_coupled(psi, kinds, rates, days, table, guess[lane])
            x[:, lane] = psi
        else:
            easy[count] = lane
            count += 1
    for low in range(0, count, BLOCK):
        chosen = easy[low : min(low + BLOCK, count)]
        block = x[:, chosen]
        cross_series(block, kinds, rates, days)
        for i in range(chosen.shape[0]):
            x[:, chosen[i]] = block[:, i]


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def cross_quickly(x, lanes, place, classes, rates, days, kept):  # noqa: PLR0913  a kernel
    """Move the lanes of types that are alone, or rest and wake into such, back over `days` of constant rates.

    `kept` is what a panel of the same length needs.
    """
    if place.sort == CLOSED:
        cross_alone(x, lanes, place.kinds, classes, rates, days)
    else:
        cross_fed(x, lanes, place.kinds, classes, rates, days, kept)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def cross_apart(x, lanes, place, classes, rates, days, kept):  # noqa: PLR0913  a kernel
    """Do as `cross_quickly`, by a call: where that happens seldom, inlined code only takes longer to compile."""
    cross_quickly(x, lanes, place, classes, rates, days, kept)


@njit(cache=True, error_model="numpy", forceinline=False)
def cross_all(x, lanes, guess, place, classes, rates, days, kept, linked):  # noqa: PLR0913  a kernel
    """Do as `cross_quickly` for any types; `guess` keeps each lane's step.

    `linked` is None where no type of the walk changes into others and does not rest: the compiler then leaves out what is there
    for those.
    """
    if place.sort == CLOSED or place.sort == FED:
        cross_apart(x, lanes, place, classes, rates, days, kept)
    elif linked is not None:
        if place.sort == CHAINED:
            cross_chain(x, lanes, place.kinds, rates, days)
        else:
            cross_linked(x, lanes, guess, place.kinds, rates, days)
