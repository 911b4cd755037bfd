"""From psi of every founder row to the chance that no lineage was found."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from remnant.exact.plan import Amounts
from remnant.reading import Floats


def log_survival(psi: Floats, amounts: Amounts, shape: float) -> Floats:
    """Return ln S = ln L(sum mean psi) + sum count ln(1 - psi), over all rows.

    L(h) = e^(-h), or (1 + h / k)^(-k) where burden differs between patients with gamma shape k (infinite: it does not).

    Parameters
    ----------
    psi : float[..., row, lane]
    amounts : Amounts
    shape : float

    Returns
    -------
    float[..., lane]
    """
    return log_laplace(poisson_total(psi, amounts), shape) - fixed_total(psi, amounts)


def poisson_total(psi: Floats, amounts: Amounts) -> Floats:
    """Return H, the expected number of Poisson lineages that count, [..., lane]."""
    return np.einsum("r,...rl->...l", amounts.mean, psi)


def fixed_total(psi: Floats, amounts: Amounts) -> Floats:
    """Return F = -sum of count ln(1 - psi), [..., lane]."""
    rows = np.nonzero(amounts.count)[0]
    if rows.size == 0:
        return np.zeros(psi.shape[:-2] + psi.shape[-1:])
    at_most_one = np.minimum(psi[..., rows, :], 1.0)  # rounding may exceed 1
    with np.errstate(divide="ignore"):
        return -np.einsum("r,...rl->...l", amounts.count[rows], np.log1p(-at_most_one))


def log_laplace(total: Floats, shape: float) -> Floats:
    """Return ln L(h)."""
    return -total if math.isinf(shape) else -shape * np.log1p(total / shape)


def laplace_slope(total: Floats, shape: float) -> NDArray[np.float64]:
    """Return -L'(h) / L(h): 1, or 1 / (1 + h / k)."""
    return np.ones_like(total) if math.isinf(shape) else 1.0 / (1.0 + total / shape)
