"""What was observed, without a model: the Kaplan-Meier curve of a cohort with its band, and how many were still followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from remnant.cohort import Cohort
from remnant.product_limit import entered_by, followed_at, still_free
from remnant.reading import Floats

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Observed:
    """Stairs that go down on each day somebody was found again; right-continuous."""

    days: Floats
    """[step] days on which somebody was found again"""
    share: Floats
    """[step] share still well from that day on"""
    spread: Floats
    """[step] Greenwood's sum of d / (n (n - d)); infinite once nobody is left"""
    last_day: float
    """Last day on which anybody was followed; beyond it nothing is known."""
    cohort: Cohort | None = field(default=None, repr=False)
    """Whose curve it is."""

    def followed(self, days: ArrayLike) -> Floats | None:
        """Return `at_risk` of its cohort; None where it is not known whose curve it is."""
        return at_risk(self.cohort, days) if self.cohort is not None else None

    def at(self, days: ArrayLike) -> Floats:
        """Return the share still well on these days; NaN beyond the last day known."""
        return self._steps(days, self.share, 1.0)

    def band(self, days: ArrayLike) -> tuple[Floats, Floats]:
        """Return the 95% interval on these days, from the log(-log) of the share, so that it stays inside 0 to 1.

        S ** exp(+-1.96 sqrt(spread) / ln S); where the share is 1 or 0 both ends are that share, as other programs have it,
        which is no certainty.

        References
        ----------
        Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2002, section 1.4.
        """
        share, spread = self.at(days), self._steps(days, self.spread, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = NORMAL_95 * np.sqrt(spread) / np.log(share)
            low, high = share ** np.exp(-away), share ** np.exp(away)
        # at 1 nobody was found yet and at 0 nobody is left: there is nothing to take an interval from
        known = (share == 1.0) | (share == 0.0)
        return np.where(known, share, low), np.where(known, share, high)

    def _steps(self, days: ArrayLike, heights: Floats, first: float) -> Floats:
        asked = np.asarray(days, dtype=float)
        place = np.searchsorted(self.days, asked, side="right")
        return np.where(asked <= self.last_day, np.concatenate([[first], heights])[place], np.nan)


def kaplan_meier(cohort: Cohort) -> Observed:
    """Return the Kaplan-Meier curve of a cohort, late entry and weights taken into account.

    S(t) = product over days u <= t of (1 - found(u) / followed(u))

    Parameters
    ----------
    cohort : Cohort
        Who was found between two visits counts on the day it was found, as a clinic counts.

    Returns
    -------
    Observed

    References
    ----------
    Kaplan and Meier 1958, 10.1080/01621459.1958.10501452; late entry: Tsai, Jewell and Wang 1987, 10.1093/biomet/74.4.883.
    """
    found = np.isfinite(cohort.upper)
    last = np.where(found, cohort.upper, cohort.lower)
    days, where = np.unique(last[found], return_inverse=True)
    events = np.bincount(where, weights=cohort.weight[found], minlength=days.size)
    followed = followed_at(days, last, cohort.entry, cohort.weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(events / (followed * np.maximum(followed - events, 0.0)))
    return Observed(days, still_free(events, followed), spread, float(last.max()), cohort)


def at_risk(cohort: Cohort, days: ArrayLike) -> Floats:
    """Return how many (in sum of weights) were followed and still well just before each of these days."""
    last = np.where(np.isfinite(cohort.upper), cohort.upper, cohort.lower)
    return entered_by(np.asarray(days, dtype=float), last, cohort.entry, cohort.weight)
