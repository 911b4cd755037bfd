"""Healthy tissue in a field of radiotherapy: how it bears fractions, and what may go wrong in it late."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remnant.description import Description, Id
from remnant.quantity import Gray, Share


class Near(Description):
    """A place of some diseases in whose field the tissue lies."""

    disease: str
    """An id, or a pattern such as "breast/*"."""
    place: Id


class CountedAt(Description):
    """A dose in fractions of 2 Gy, and the share of people who had the complication after it."""

    dose: Gray
    share: Share


class Complication(Description):
    """One late effect, counted at two doses."""

    name: str
    years: Annotated[float, Field(gt=0)]
    lower: CountedAt
    upper: CountedAt


class Tissue(Description):
    """A healthy tissue."""

    id: Id
    name: str
    alpha_beta: Gray
    near: Annotated[tuple[Near, ...], Field(min_length=1)]
    complication: Complication | None = None
    note: str = ""
