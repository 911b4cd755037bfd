"""The Kaplan-Meier estimate on plain arrays: one law for cohorts, competing events and sampled people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from remnant.reading import Floats


def still_free(events: ArrayLike, followed: ArrayLike) -> Floats:
    """Return [step] the share still free of the event after each step.

    S = product over steps of (1 - events / followed)

    Parameters
    ----------
    events : float[step]
        Events of each step, in sum of weights; 0 for none.
    followed : float[step]
        Who was followed and free just before it; where 0, a step without events leaves the share as it is.

    References
    ----------
    Kaplan and Meier 1958, 10.1080/01621459.1958.10501452.
    """
    hits, at_risk = np.asarray(events, dtype=float), np.asarray(followed, dtype=float)
    share = np.divide(hits, at_risk, out=(hits > 0).astype(float), where=at_risk > 0)
    return np.asarray(np.cumprod(np.maximum(1.0 - share, 0.0)), dtype=float)


def followed_at(days: Floats, last: Floats, entry: Floats | None = None, weight: Floats | None = None) -> Floats:
    """Return [day] how many, in sum of weights, had entered before each day and left on it or later.

    Parameters
    ----------
    days : float[day]
    last : float[person]
        Day of the event or the end of follow-up.
    entry : float[person], optional
        Day from which a person was watched (late entry); who was watched from day 0 counts on day 0 too. None for 0.
    weight : float[person], optional
        None for 1 each.

    References
    ----------
    Late entry: Tsai, Jewell and Wang 1987, 10.1093/biomet/74.4.883.
    """
    weights = np.ones(len(last)) if weight is None else weight
    entered = np.full(len(days), weights.sum())
    if entry is not None:
        entered = np.maximum(_up_to(entry, weights, days, "left"), float(weights[entry == 0].sum()))
    return entered - _up_to(last, weights, days, "left")


def entered_by(days: Floats, last: Floats, entry: Floats, weight: Floats) -> Floats:
    """Return [day] how many, in sum of weights, had entered by each day, that day included, and left on it or later."""
    return _up_to(entry, weight, days, "right") - _up_to(last, weight, days, "left")


def _up_to(times: Floats, weights: Floats, days: Floats, side: str) -> Floats:
    order = np.argsort(times, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weights[order])])
    return total[np.searchsorted(times[order], days, side=side)]  # type: ignore[call-overload]
