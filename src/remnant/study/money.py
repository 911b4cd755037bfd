"""What each sampled person costs and how well they live until a recurrence, by the prices and worths of the file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.spent import PRICED, quality_years
from remnant.spent import costs as spent_after
from remnant.study.asked_tests import POSITIVE
from remnant.study.cell import Cell
from remnant.study.drawn import drawn_prices
from remnant.study.plan import StudyPlan
from remnant.study.tally import ArmRows, Layout
from remnant.timeline_tables import Ints

COST, QUALITY = "cost", "quality years"


@dataclass(frozen=True)
class Money:
    """Prices and worths of a study, and what is missing to tell a cost."""

    plan: StudyPlan
    layout: Layout
    drawn: dict[int | None, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Prices by draw, kept once they are known"""

    @cached_property
    def unpriced(self) -> list[str]:
        """What is done in an arm and has no price; nothing is costed then."""
        costs = self.layout.design.costs
        if costs is None:
            return ["no prices were given"]
        cells = self.plan.branches
        exams = sorted({exam for cell in cells for exam in cell.visits} - set(costs.exams))
        regimens = sorted({name for cell in cells for name in cell.regimens} - set(costs.regimens))
        missing = [f"exam {one}" for one in exams] + [f"regimen {one}" for one in regimens]
        missing += ["a false alarm"] if costs.false_alarm is None and self.layout.alarms else []
        if costs.after and self.layout.design.aftermath:
            return missing + [f"{one} after a recurrence" for one in PRICED if one not in costs.after]
        return missing + (["a recurrence"] if costs.recurrence is None else [])

    def of(self, arm: int, rows: ArmRows, draw: int | None) -> Mapping[str, Floats]:
        """Return sums of each patient of an arm that can be told, [patient], at the prices of a draw or those of the file."""
        found: dict[str, Floats] = {}
        prices = self._prices(draw)
        if not self.unpriced:
            found[COST] = self._cost(self.plan.cells[arm], rows, prices)
        if prices["free"] is not None:
            found[QUALITY] = self._quality(prices, rows)
        return found

    def _prices(self, draw: int | None) -> Mapping[str, Any]:
        if draw not in self.drawn:
            self.drawn[draw] = drawn_prices(self.layout.design, draw)
        return self.drawn[draw]

    def _quality(self, prices: Mapping[str, Any], rows: ArmRows) -> Floats:
        """Return quality-adjusted years: until the first event, or to the end where states after a recurrence have a worth."""
        rate = self._rate("effects")
        if rows.later is None or prices["worth"] is None:
            return np.asarray(prices["free"] * _annuity(rows.first_time, rate))
        free = np.minimum(np.minimum(rows.time, rows.later.end), self.layout.last_day)
        return np.asarray(prices["free"] * _annuity(free, rate) + quality_years(rows.later.spent, prices["worth"], rate))

    def _rate(self, of: str) -> float:
        discount = self.layout.design.discount
        return 0.0 if discount is None else float(getattr(discount, of))

    def _lived(self, cells: Sequence[Cell], rows: ArmRows) -> Iterator[tuple[Cell, Ints]]:
        """Yield each cell, that of a positive result too, with the people who lived in it."""
        for kind in np.unique(rows.kind).tolist():
            cell, here = cells[kind], np.flatnonzero(rows.kind == kind)
            if cell.positive is None:
                yield cell, here
                continue
            positive = rows.tests[self.layout.tests.index(cell.decides), here] == POSITIVE
            yield cell, here[~positive]
            yield cell.positive, here[positive]

    def _cost(self, cells: Sequence[Cell], rows: ArmRows, prices: Mapping[str, Any]) -> Floats:
        """Return the cost of each person: treatment on day 0, exams and a recurrence when they come, and false alarms.

        Cost at t counts (1 + rate)^-t. False alarms come evenly among the exams, so they are charged by the mean discount of
        those done.
        """
        rate = self._rate("costs")
        whole = np.zeros(len(rows.kind))
        for cell, here in self._lived(cells, rows):
            whole[here] += sum(prices["regimens"][name] for name in cell.regimens)
            for exam, days in cell.visits.items():
                done = rows.exams[self.layout.exams.index(exam), here]
                worth = np.append(0.0, np.cumsum(_worth(days, rate)))[np.minimum(done, len(days))]
                # what a rising marker led to comes between visits: it counts as at half the time until the first event
                worth += np.maximum(done - len(days), 0) * _worth(rows.first_time[here] / 2, rate)
                whole[here] += prices["exams"][exam] * worth
                if exam in self.layout.alarms:
                    rung: Ints = rows.alarms[self.layout.alarms.index(exam), here]
                    whole[here] += (prices["false_alarm"] or 0.0) * rung * worth / np.maximum(done, 1)
        if prices["after"] and rows.later is not None:
            whole += spent_after(rows.later.spent, prices["after"], rate)
        found = rows.event == 0
        whole[found] += (prices["recurrence"] or 0.0) * _worth(rows.first_time[found], rate)
        return whole


def _worth(days: Floats, rate: float) -> Floats:
    return (1 + rate) ** (-days / YEAR_DAYS)


def _annuity(days: Floats, rate: float) -> Floats:
    """Return years from now to each day, those later counting less."""
    years = days / YEAR_DAYS
    return years if rate == 0 else -np.expm1(-np.log1p(rate) * years) / np.log1p(rate)
