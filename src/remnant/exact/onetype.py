"""One type alone: the backward equation is a fractional-linear map (MODEL §3, closed forms).

All functions are scalar, so that every engine can compile them. A map [[m11, m12], [m21, m22]] takes psi to
(m11 psi + m12) / (m21 psi + m22); its entries are non-negative.

The functions also take complex numbers whose imaginary part is infinitely small: it carries an exact derivative.
"""

import numpy as np
from numba import njit

SMALL = 1e-8
"""Below this D * dt the map is expanded, because its entries cancel."""
ONE_EXPONENTIAL = 0.7
"""From this D * dt on, 1 - e is as good as expm1."""
NOTHING = 1e-306
"""Keeps psi = 0 where it is when the lower row of a map has underflown."""


@njit(cache=True, error_model="numpy")
def root_of(square):
    """Return the square root; an infinitely small imaginary part is carried along."""
    real = square.real
    root = np.sqrt(real)
    return root + (square - real) / (2.0 * root) if real > 0.0 else root + (square - real)


@njit(cache=True, error_model="numpy")
def riccati_rates(alpha, gamma, beta):
    """Return (p, q, D) of psi' = beta + alpha psi - gamma psi^2: D = sqrt(alpha^2 + 4 gamma beta), p = D + alpha, q = D - alpha.

    The smaller of p and q is found as 4 gamma beta over the other, so that nothing cancels.
    """
    four = 4.0 * gamma * beta
    speed = root_of(alpha * alpha + four)
    if alpha.real >= 0.0:
        p = speed + alpha
        q = four / p if p.real > 0.0 else four
    else:
        q = speed - alpha
        p = four / q if q.real > 0.0 else four
    return p, q, speed


@njit(cache=True, error_model="numpy")
def riccati_matrix(alpha, gamma, beta, days):
    """Return (m11, m12, m21, m22) of the map that psi' = beta + alpha psi - gamma psi^2 makes over `days`."""
    p, q, speed = riccati_rates(alpha, gamma, beta)
    return matrix_of(p, q, speed, (alpha, gamma, beta), days)


@njit(cache=True, error_model="numpy")
def matrix_of(p, q, speed, equation, days):
    """Return the map of `riccati_matrix` from the rates that `riccati_rates` gives; `equation` is (alpha, gamma, beta)."""
    alpha, gamma, beta = equation
    power = speed * days
    small = power.real
    if small < SMALL:
        half = 0.5 * alpha * days
        return 1.0 + half, beta * days, gamma * days, 1.0 - half
    if small < ONE_EXPONENTIAL:
        lost = -np.expm1(-small)
        e0 = 1.0 - lost
    else:
        e0 = np.exp(-small)
        lost = 1.0 - e0
    tiny = power - small
    e = e0 - e0 * tiny
    gone = lost + e0 * tiny
    return p + q * e, 2.0 * beta * gone, 2.0 * gamma * gone, q + p * e


@njit(cache=True, error_model="numpy")
def mapped(m11, m12, m21, m22, psi):
    """Return (m11 psi + m12) / (m21 psi + m22)."""
    return (m11 * psi + m12) / (m21 * psi + m22 + NOTHING)


@njit(cache=True, error_model="numpy")
def days_to_pole(division, death, symptom, psi):
    """Return how far on the other side of now psi(u; psi) has its pole; infinite where psi is not above its fixed point.

    ln[(2 b psi + q) / (2 b psi - p)] / D
    """
    p, _, speed = riccati_rates(division - death - symptom, division, symptom)
    return to_pole(p, speed, division, psi)


@njit(cache=True, error_model="numpy")
def to_pole(p, speed, division, psi):
    """Return `days_to_pole` from the rates that `riccati_rates` gives."""
    above = 2.0 * division * psi.real - p
    if above <= 0.0:
        return np.inf
    ratio = 2.0 * speed / above
    return 2.0 / above if ratio < SMALL else np.log1p(ratio) / speed


@njit(cache=True, error_model="numpy")
def step_matrix(division, death, symptom, days):
    """Return (m11, m12, m21, m22) of the map that takes psi back over `days` of constant rates.

    Parameters
    ----------
    division, death, symptom : float
        b, d (with extra death) and sigma, per cell per day; 0 for never.
    days : float
        Length of the stretch, 0 or more.

    Returns
    -------
    tuple of four floats, scaled so that none overflows.
    """
    return riccati_matrix(division - death - symptom, division, symptom, days)
