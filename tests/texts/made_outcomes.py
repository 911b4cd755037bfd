"""Outcomes that no disease has, so that sentences meet curves of every shape: falling, rising, flat, peaked, near 0, near 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from remnant.first_found import Drawn
from remnant.outcome import Incidence, Outcome

YEAR = 365.25


@dataclass(frozen=True)
class Made:
    """Rates of coming back by year, and what is left in people: everything an engine would answer follows from these."""

    rates: tuple[float, ...]
    """Per year, in each year from day 0; the last one goes on."""
    death: float
    cured: tuple[float, float]
    """At day 0 and at the end."""
    resting: float
    """Part of those not cured."""
    spread: tuple[float, ...]
    """Factor on the rates of each draw."""
    places: tuple[float, float, float]
    routes: tuple[float, float]
    tilts: tuple[float, ...] = (0.4, -0.7, 0.2, -0.1, 0.6)
    """How each draw differs in where and how it is found, in ln of the shares."""

    def free(self, days, factor=1.0):
        years = np.asarray(days, dtype=float) / YEAR
        knots = np.arange(len(self.rates) + 1.0)
        total = np.concatenate([[0.0], np.cumsum(self.rates)])
        beyond = np.maximum(years - knots[-1], 0.0) * self.rates[-1]
        return np.exp(-factor * (np.interp(years, knots, total) + beyond))

    def outcome(self, days):
        return self._outcome(np.asarray(days, dtype=float), 1.0, self.spread)

    def drawn(self, start, end):
        """Where and how it is found, of this and of draws, and who is free of everything at the start."""
        places, free = [], []
        for factor, tilt in [(1.0, 0.0), *zip(self.spread, self.tilts, strict=True)]:
            shares = np.multiply.outer(
                np.array(self.places) * np.exp(tilt * np.arange(3)), np.array(self.routes) * np.exp(tilt * np.arange(2))
            )
            found = Answers(self, factor).incidence(np.array([start, end]))
            places.append(shares / shares.sum() * np.diff(found.found.sum(axis=(0, 1))))
            free.append(found.event_free[0])
        return Drawn(np.array(places), np.array(free))

    def _outcome(self, days, factor, spread):
        cured = np.clip(np.interp(days, [0.0, days[-1]], self.cured) * factor**-0.3, 0, 1)
        resting = (1 - cured) * self.resting
        kept = {"cured": cured, "inactive": resting, "active": 1 - cured - resting}
        zeros = {name: np.zeros_like(days) for name in ("recurrence_free", *kept)}
        inner = [self._outcome(days, one, []) for one in spread]
        return Outcome(
            days, self.free(days, factor), **kept, standard_errors=zeros, zero=0.0, answers=Answers(self, factor), provenance={},
            draws=inner, causes_free={"other_death": np.exp(-self.death * days / YEAR)},
        )  # fmt: skip


@dataclass(frozen=True)
class Answers:
    made: Made
    factor: float

    def recurrence_free(self, times):
        return self.made.free(times, self.factor)

    def nearly_free(self, times):
        return np.array([self.recurrence_free(times)] * 2)

    def recurred(self, times):
        return 1 - self.recurrence_free(times)

    def incidence(self, times):
        days = np.linspace(0.0, float(np.max(times)), 2001)
        free, alive = self.recurrence_free(days), np.exp(-self.made.death * days / YEAR)
        died_first = np.concatenate([[0.0], np.cumsum((free[1:] + free[:-1]) / 2 * -np.diff(alive))])
        event_free = self.recurrence_free(times) * np.exp(-self.made.death * np.asarray(times) / YEAR)
        died = np.interp(times, days, died_first)
        back = 1 - event_free - died
        shares = np.multiply.outer(np.array(self.made.places), np.array(self.made.routes))
        found = np.multiply.outer(shares, back)
        causes = {"other_death": died, "second_primary": np.zeros_like(died)}
        return Incidence(
            ("local", "nodes", "lung"), ("local", "regional", "distant"), ("symptoms", "scan"), found, causes, event_free
        )

    def found_by(self, exam, at):
        raise AssertionError("not asked in sentences")


part = st.integers(0, 10**6).map(lambda whole: whole / 10**6)
"""From 0 to 1, and nothing so small that arithmetic ends."""


def shares(count):
    parts = st.lists(part, min_size=count, max_size=count).filter(lambda one: sum(one) > 0.01)
    return parts.map(lambda one: tuple(float(x) for x in np.array(one) / sum(one)))


@st.composite
def made(draw):
    level = 10 ** draw(st.floats(-4, 0.3))
    shape = draw(st.sampled_from(["falling", "rising", "flat", "peak", "any"]))
    n = 12
    at = np.arange(n)
    curves = {
        "falling": np.exp(-at * draw(st.floats(0.05, 1.0))), "rising": np.exp(0.15 * (at - n)), "flat": np.ones(n),
        "peak": np.exp(-(((at - 3) / 2) ** 2)),
        "any": np.array(draw(st.lists(part, min_size=n, max_size=n))),
    }  # fmt: skip
    start = draw(part)
    return Made(
        rates=tuple(float(one) for one in level * curves[shape]), death=0.08 * draw(part),
        cured=(start, start + (1 - start) * draw(part)), resting=draw(st.sampled_from([0.0, 0.3, 0.9])),
        spread=tuple(draw(st.lists(st.floats(0.3, 3.0), min_size=5, max_size=5))), places=draw(shares(3)), routes=draw(shares(2)),
    )  # fmt: skip
