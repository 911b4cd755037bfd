"""What can be said of one person: an interval of the time to recurrence, the parameters not being known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from remnant.cohort import Rows
from remnant.errors import InputError
from remnant.fitter.curves import log_free
from remnant.fitter.fitted import Fitted
from remnant.reading import Floats

DRAWS = 200
"""Draws of the parameters from the normal law of the fit."""
SHORTEST, LONGEST = 1.0, 36525.0
"""Days between which a time to recurrence is looked for; later than a hundred years is never."""
STEPS = 240


def time_quantiles(fitted: Fitted, rows: Rows, since: Floats | None, levels: tuple[float, ...], seed: int) -> Floats:
    """Return times by which a share `level` of people like each patient have recurred.

    The curve of each patient is averaged over draws of the parameters from N(values, covariance).

    Parameters
    ----------
    fitted : Fitted
    rows : Rows
    since : float[patient], optional
        Days free already; times count from there.
    levels : tuple of float
        Shares, 0 to 1.
    seed : int
        Of the draws, 0 or more.

    Returns
    -------
    float[patient][level]
        Days; infinite where so many never recur.
    """
    if isinstance(seed, bool) or not (isinstance(seed, int | np.integer) and seed >= 0):
        raise InputError("seed", "must be a whole number, 0 or more", seed)
    days = np.concatenate([[0.0], np.geomspace(SHORTEST, LONGEST, STEPS)])
    half = np.random.default_rng(seed).standard_normal((DRAWS // 2, fitted.form.size))
    eigenvalues, vectors = np.linalg.eigh(fitted.covariance)
    root = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    free = np.zeros((rows.size, days.size))
    for z in np.concatenate([half, -half]):  # in pairs: their mean is exact
        free += np.exp(log_free(replace(fitted, values=fitted.values + root @ z), days, rows, since)) / DRAWS
    found = np.full((rows.size, len(levels)), np.inf)
    for i in range(rows.size):
        recurred = 1.0 - free[i]
        for j, level in enumerate(levels):
            at = int(np.searchsorted(recurred, level))
            if at < days.size:
                found[i, j] = np.interp(level, recurred[at - 1 : at + 1], days[at - 1 : at + 1]) if at else 0.0
    return found
