"""How founders that come in random numbers make one row: the sum of mean psi is all that counts of them.

A primary that shrank and grew again before its operation has seeded in a hundred stretches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.exact.plan import Amounts, Layout
from remnant.reading import Floats
from remnant.timeline_tables import Ints


@dataclass(frozen=True, eq=False)
class Sums:
    """Rows of psi, each the sum of Poisson founders of one track and type, or founders in an exact number."""

    order: Ints
    """Founders, those of one row together"""
    starts: Ints
    """[row] its first founders in that order"""
    share: Floats
    """[founders] in that order, the mean that each brings; 1 for those in exact numbers"""

    def of(self, psi: Floats) -> Floats:
        """Return [..., row, lane] from [..., founders, lane]; equal lanes give equal sums, to the last digit."""
        return np.asarray(np.add.reduceat(psi[..., self.order, :] * self.share[:, None], self.starts, axis=-2))

    @property
    def first(self) -> Ints:
        """[row] the first of its founders: all have its track and type"""
        return self.order[self.starts]

    @property
    def matrix(self) -> Floats:
        """[row][founders]"""
        row = np.searchsorted(self.starts, np.arange(len(self.order)), side="right") - 1
        matrix = np.zeros((len(self.starts), len(self.order)))
        matrix[row, self.order] = self.share
        return matrix


def summed(sums: Sums | None, psi: Floats) -> Floats:
    """Return psi of rows from that of founders; the same where each is a row by itself."""
    return psi if sums is None else sums.of(psi)


def summed_rows(layout: Layout, brought: Amounts) -> tuple[Sums | None, Amounts]:
    """Return how founders make rows, and the amounts of those; None for no founders."""
    kinds = layout.row_track * len(layout.type_class) + layout.row_type
    if not kinds.size:
        return None, brought
    # rows with an exact number each stay by themselves
    alone = brought.count > 0
    kinds = np.where(alone, -1 - np.arange(len(kinds)), kinds)
    order = np.argsort(kinds, kind="stable")
    _, starts = np.unique(kinds[order], return_index=True)
    count = brought.count[order][starts]
    return Sums(order, starts, np.where(alone, 1.0, brought.mean)[order]), Amounts(np.where(count == 0, 1.0, 0.0), count)
