"""Other causes that compete with recurrence: piecewise constant hazards from `zero`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.reading import Floats
from remnant.timeline import COMPETING_CAUSES, Timeline


@dataclass(frozen=True, eq=False)
class Competing:
    """Hazards of the competing causes as steps over days."""

    starts: Floats
    """[piece] first day of each piece, from `zero` on"""
    rates: Floats
    """[cause][piece] per day"""

    @classmethod
    def of(cls, timeline: Timeline) -> Competing:
        """Return the hazards of a Timeline; none before the first step of each."""
        causes = [getattr(timeline, cause) for cause in COMPETING_CAUSES]
        starts = np.unique([timeline.zero, *(max(h.start, timeline.zero) for steps in causes for h in steps)])
        rates = np.zeros((len(causes), len(starts)))
        for i, steps in enumerate(causes):
            if steps:
                # the step in force at the start of each piece; none before the first
                at = np.searchsorted([step.start for step in steps], starts, side="right") - 1
                rates[i] = np.where(at >= 0, np.array([step.rate for step in steps])[at], 0.0)
        return cls(starts, rates)

    @property
    def any(self) -> bool:
        """Whether anything competes at all."""
        return bool(self.rates.any())

    def rate(self, days: Floats) -> Floats:
        """Return [cause][day] the hazards per day in force on `days`."""
        return self.rates[:, np.maximum(np.searchsorted(self.starts, days, side="right") - 1, 0)]

    def free_of(self, days: Floats) -> dict[str, Floats]:
        """Return, by cause, the share that it has not reached by `days` (not before `zero`)."""
        lengths = np.clip(np.asarray(days)[:, None] - self.starts, 0.0, np.append(np.diff(self.starts), np.inf))
        return {cause: np.exp(-lengths @ rates) for cause, rates in zip(COMPETING_CAUSES, self.rates, strict=True)}

    def survival(self, days: Floats) -> Floats:
        """Return G, the share that no other cause has reached by `days` (not before `zero`)."""
        return np.prod([*self.free_of(days).values()], axis=0)
