"""Averages over growth speed of the chance to be free, as shares of those free at `zero`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from remnant.cores import cores
from remnant.exact.curves import Solved
from remnant.exact.lanes import Questions
from remnant.exact.plan import Amounts, Layout
from remnant.exact.solve import walk_questions
from remnant.exact.sums import Sums, summed
from remnant.exact.survival import laplace_slope, log_survival, poisson_total
from remnant.reading import Floats
from remnant.timeline_tables import Ints

TINY = 1e-40
"""Size of the imaginary part that carries the derivative by the horizon; its square is nothing beside 1."""
MOST_NUMBERS = 2_000_000
"""Numbers that one walk may hold at a time."""
MANY_NUMBERS = 10_000
"""Numbers from which on growth speeds are walked in several threads."""


@dataclass(frozen=True, eq=False)
class Averages:
    """One Timeline with the growth speeds that its curves needed."""

    layout: Layout
    sums: Sums | None
    """How founders make one row; None for each by itself."""
    amounts: Amounts
    """Of those rows."""
    burden_shape: float
    solved: Solved

    @property
    def row_site(self) -> Ints:
        """[row] its site."""
        sites = self.layout.track_site[self.layout.row_track]
        return sites if self.sums is None else sites[self.sums.first]

    def free(self, questions: Questions) -> Floats:
        """Return for each question the share that it leaves free, E_g[S] / E_g[S(zero)]."""
        total = np.zeros(len(questions))
        for psi, log_weight in self._walks(questions):
            total += np.exp(log_weight[:, None] + log_survival(psi, self.amounts, self.burden_shape)).sum(axis=0)
        return total

    def falling(self, questions: Questions) -> tuple[Floats, Floats]:
        """Return for each question on a day: the share free, and how fast it falls through the symptoms of each site.

        -dS/dT at site s = S [ -L'(H)/L(H) dH_s/dT + dF_s/dT ]

        Returns
        -------
        free : float[question]
        fall : float[question][site]
            Per day.
        """
        free, fall = np.zeros(len(questions)), np.zeros((len(questions), len(self.layout.symptoms)))
        here = self.row_site == np.arange(len(self.layout.symptoms))[:, None]
        mean, count = here * self.amounts.mean, here * self.amounts.count
        for psi, log_weight in self._walks(questions):
            now, speed = psi.real, psi.imag / TINY
            part = np.exp(log_weight[:, None] + log_survival(now, self.amounts, self.burden_shape))
            slope = laplace_slope(poisson_total(now, self.amounts), self.burden_shape)
            free += part.sum(axis=0)
            # [speed][site][question]
            toward = slope[:, None] * (mean @ speed)
            if count.any():
                # where a counted lineage is found for certain nobody is free, and `part` is 0
                toward += count @ (speed / np.where(now < 1.0, 1.0 - now, np.inf))
            fall += np.einsum("gl,gsl->ls", part, toward)
        return free, fall

    def _walks(self, questions: Questions) -> Iterator[tuple[Floats, Floats]]:
        walk = walk_questions(self.layout, questions)
        grid = self.solved.grid
        each = max(1, len(questions) * len(self.layout.row_track))
        threads = cores() if len(grid.g) * each > MANY_NUMBERS else 1
        count = min(len(grid.g), max(threads, math.ceil(len(grid.g) * each / MOST_NUMBERS)))
        # fast growth takes far longer than slow: every piece gets some of both
        pieces = [slice(first, None, count) for first in range(count)]
        with ThreadPoolExecutor(threads) as pool:
            # as many at a time as there are threads: all of them would be too many numbers
            for first in range(0, len(pieces), threads):
                some = pieces[first : first + threads]
                for piece, psi in zip(some, pool.map(walk, [grid.g[one] for one in some]), strict=True):
                    yield summed(self.sums, psi), grid.log_weight[piece] - self.solved.log_denominator
