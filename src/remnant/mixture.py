"""The outcome of several hidden classes of people together: shares of people are averaged, never ratios."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.cores import cores
from remnant.outcome import Incidence, Outcome
from remnant.reading import Floats

CURVES = ("cured", "inactive", "active")


@dataclass(frozen=True, eq=False)
class MixedAnswers:
    """Answers about classes of people whose shares on day zero are known."""

    shares: Floats
    """[class] share among those not found before zero; they sum to 1."""
    parts: tuple[Outcome, ...]

    def recurrence_free(self, times: Floats) -> Floats:
        """Return the recurrence-free share at other times."""
        return self._mean([part.answers.recurrence_free(times) for part in self.parts])

    def nearly_free(self, times: Floats) -> Floats:
        """Return [2][time] the recurrence-free share at other times, and again less precisely."""
        parts = np.array([part.answers.nearly_free(times) for part in self.parts])
        return np.array([self._mean(one) for one in np.swapaxes(parts, 0, 1)])

    def recurred(self, times: Floats) -> Floats:
        """Return the share found by other times."""
        return self._mean([part.answers.recurred(times) for part in self.parts])

    def incidence(self, times: Floats) -> Incidence:
        """Return the cumulative incidence of first events."""
        with ThreadPoolExecutor(cores()) as pool:
            of_parts = list(pool.map(lambda part: part.answers.incidence(times), self.parts))
        first = of_parts[0]
        routes = tuple(dict.fromkeys(route for one in of_parts for route in one.routes))
        found = np.zeros((len(first.sites), len(routes), len(times)))
        for share, one in zip(self.shares, of_parts, strict=True):
            for i, route in enumerate(one.routes):
                found[:, routes.index(route)] += share * one.found[:, i]
        causes = {name: self._mean([np.asarray(one.causes[name]) for one in of_parts]) for name in first.causes}
        return Incidence(first.sites, first.site_kinds, routes, found, causes, self._mean([one.event_free for one in of_parts]))

    def found_by(self, exam: str, at: float) -> float:
        """Return the chance that this exam finds something on day `at` in those free until then."""
        free = np.array([float(part.answers.recurrence_free(np.array([at]))[0]) for part in self.parts]) * self.shares
        seen = [part.answers.found_by(exam, at) if exam in _exams(part) else 0.0 for part in self.parts]
        return float(np.dot(free, seen) / free.sum())

    def _mean(self, values: Sequence[Floats] | Floats) -> Floats:
        return np.einsum("c,ct->t", self.shares, np.array(values))


def mix(parts: Sequence[tuple[float, Outcome]]) -> Outcome:
    """Return the outcome of classes of people with their shares before any observation.

    recurrence_free(T) = sum w_i N_i(T) / sum w_i D_i, with D_i the chance of class i not to be found before zero.

    Parameters
    ----------
    parts : sequence of (weight, Outcome)
        At least one; the same times and places in each.
    """
    if len(parts) == 1:
        return parts[0][1]
    outcomes = tuple(outcome for _, outcome in parts)
    at_zero = np.array([weight * outcome.share_at_zero for weight, outcome in parts])
    shares = at_zero / at_zero.sum()
    answers = MixedAnswers(shares, outcomes)
    free = shares[:, None] * np.array([outcome.recurrence_free for outcome in outcomes])
    total = free.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        states = {name: np.nansum(free * [getattr(o, name) for o in outcomes], axis=0) / total for name in CURVES}
    errors = {
        name: _error(shares, [outcome.standard_errors[name] for outcome in outcomes]) for name in ("recurrence_free", *CURVES)
    }
    made: dict[str, Any] = {name: value for name, value in outcomes[0].provenance.items() if name != "timeline"}
    made["classes"] = [{"weight": weight, "timeline": outcome.provenance.get("timeline")} for weight, outcome in parts]
    return Outcome(
        times=outcomes[0].times, recurrence_free=total, **states, standard_errors=errors, zero=outcomes[0].zero, answers=answers,
        provenance=made, share_at_zero=float(at_zero.sum()), causes_free=outcomes[0].causes_free, histories=_histories(outcomes),
    )  # fmt: skip


def _error(shares: Floats, errors: list[Floats]) -> Floats:
    return np.sqrt(np.einsum("c,ct->t", shares**2, np.array(errors) ** 2))


def _exams(part: Outcome) -> set[str]:
    return {look.get("exam", "") for look in part.provenance.get("timeline", {}).get("looks", [])}


def _histories(outcomes: tuple[Outcome, ...]) -> Any:
    tables = [outcome.histories for outcome in outcomes]
    if any(table is None for table in tables):
        return None
    import pyarrow as pa

    marked = [table.append_column("class", pa.array([i] * len(table), pa.int16())) for i, table in enumerate(tables)]
    return pa.concat_tables(marked)
