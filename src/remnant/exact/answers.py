"""The Outcome of the exact engine: its curves, and what it goes on answering."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from remnant.errors import PrecisionWarning
from remnant.exact.competing import Competing
from remnant.exact.curves import Curves, Solved
from remnant.exact.incidence import EXACT, QUICK, Care, chance_found, incidence
from remnant.exact.lanes import NO_DAYS
from remnant.exact.rough import ask_roughly, rough_speeds
from remnant.exact.solve import solve_together
from remnant.outcome import Incidence, Outcome
from remnant.reading import Floats
from remnant.timeline import Timeline

LEAST_FREE = math.log(1e-300)
"""ln of the recurrence-free share below which nothing can be said about those who are left."""


@dataclass(frozen=True, eq=False)
class ExactAnswers:
    """Answers about one Timeline that need further walks."""

    timeline: Timeline
    care: Care = EXACT
    """How carefully it is told where and how a recurrence is found."""
    known: tuple[Floats, Curves] | None = None
    """What was solved already: days in rising order, each once, and the curves on them."""
    own: list[Incidence] = field(default_factory=list)
    """The incidence at the Timeline's own times, once it was asked for."""

    def recurrence_free(self, times: Floats) -> Floats:
        """Return the recurrence-free share at `times` (days, any order)."""
        return np.exp(self._solved(times)[0])

    def nearly_free(self, times: Floats) -> Floats:
        """Return [2][time] the recurrence-free share at `times` (days, any order) from few growth speeds, and from half of them.

        What the two differ by is more than the first is wrong by: each halving of the step squares what is lost.
        """
        days, back = np.unique(np.asarray(times, float), return_inverse=True)
        asked = ask_roughly([self.timeline], days, NO_DAYS, rough_speeds(self.timeline, finer=True))
        walked = asked.walk()
        both = (asked.solved(walked), asked.every_second().solved(walked[:, ::2]))
        return np.array([np.exp(one.curves.log_free)[back] for (one,) in both])

    def recurred(self, times: Floats) -> Floats:
        """Return 1 - recurrence_free at `times` without loss of small digits."""
        return self._solved(times)[1]

    def incidence(self, times: Floats) -> Incidence:
        """Return the cumulative incidence of first events at `times` (days, any order)."""
        if not np.array_equal(times, self.timeline.times):
            return incidence(self.timeline, times, self.care)
        # a cached_property of Python 3.11 lets one thread at a time make it, of whichever object
        if not self.own:
            self.own.append(incidence(self.timeline, times, self.care))
        return self.own[0]

    def found_by(self, exam: str, at: float) -> float:
        """Return the chance that one more exam on day `at` finds a recurrence in those free until then."""
        return chance_found(self.timeline, exam, at)

    def _solved(self, times: Floats) -> tuple[Floats, Floats]:
        days, back = np.unique(np.asarray(times, float), return_inverse=True)
        if self.known is not None and np.isin(days, self.known[0]).all():
            at = np.searchsorted(self.known[0], days)[back]
            return self.known[1].log_free[at], self.known[1].recurred[at]
        curves = solve_together([self.timeline], days, NO_DAYS)[0].curves
        return curves.log_free[back], curves.recurred[back]


def to_outcome(timeline: Timeline, solved: Solved, days: Floats, *, quick: bool = False, bare: bool = False) -> Outcome:
    """Return the Outcome of a Timeline from what was solved on `days`, which rise and hold its times among others.

    With `quick`, where and how a recurrence is found is told to three digits, some twenty times sooner; `bare` ones do not
    carry the document of their Timeline, which for thousands of draws takes longer than solving them.
    """
    curves = solved.curves
    back = np.searchsorted(days, timeline.times)
    nobody = ~(curves.log_free > LEAST_FREE)
    if nobody[back].any():
        warnings.warn(PrecisionWarning(_nobody_left(timeline, solved)), stacklevel=2)
    states: dict[str, Any] = {
        name: np.where(nobody, math.nan, getattr(curves, name))[back] for name in ("cured", "inactive", "active")
    }
    none = np.zeros(len(back))
    made: dict[str, Any] = {"engine": "exact", "version": _version(), "growth_speeds": len(solved.grid.g)}
    made |= {} if bare else {"timeline": timeline.to_dict()}
    errors = {name: none for name in ("recurrence_free", *states)}
    answers, at_zero = (
        ExactAnswers(timeline, QUICK if quick else EXACT, None if bare else (days, curves)),
        math.exp(solved.log_denominator),
    )
    return Outcome(
        times=timeline.times, recurrence_free=np.exp(curves.log_free)[back], **states, standard_errors=errors,
        zero=timeline.zero, answers=answers, provenance=made, share_at_zero=at_zero,
        causes_free=Competing.of(timeline).free_of(timeline.times),
    )  # fmt: skip


@cache
def _version() -> str:
    return version("remnant")


def _nobody_left(timeline: Timeline, solved: Solved) -> str:
    if solved.log_denominator <= LEAST_FREE:
        return f"nobody is left who is free at `zero` (day {timeline.zero:g}); every curve is not a number"
    return "at some times nobody is left recurrence-free; cured, inactive and active are not numbers there"
