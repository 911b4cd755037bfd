"""Curves of a fitted model with their bands: recurrence-free, given free so far, cured, restricted mean, averages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remnant.cohort import Rows
from remnant.fitter.curve_model import FittedCurve
from remnant.fitter.fitted import Fitted
from remnant.fitter.law import BURDEN, FRAILTY, LOCAL, SURVIVAL, laplace
from remnant.fitter.likelihood import log_law
from remnant.reading import Floats

MOST_POINTS = 200_000
"""Points of the law in one piece: bounds the memory."""
MOST_AVERAGED = 20_000
"""An average over more distinct patients than this is taken over so many of them at equal distances."""
PANELS, PER_PANEL = 48, 6
"""Gauss-Legendre points under a restricted mean; panels grow with time."""


@dataclass(frozen=True, eq=False)
class Band:
    """An estimate with an interval that stays within 0 to 1 (or 0 to the horizon)."""

    estimate: Floats
    low: Floats
    high: Floats


def log_free(fitted: Fitted, days: Floats, rows: Rows, since: Floats | None = None) -> Floats:
    """Return ln of the recurrence-free share.

    Parameters
    ----------
    fitted : Fitted
    days : float[time]
        Days from zero, or from `since`.
    rows : Rows
    since : float[patient], optional
        Days for which each patient has been free already.

    Returns
    -------
    float[patient][time]
    """
    pieces = [value for value, _ in _pieces(fitted, days, rows, since, gradient=False)]
    return np.concatenate(pieces) if pieces else np.zeros((0, days.size))


def log_free_gradient(fitted: Fitted, days: Floats, rows: Rows, since: Floats | None = None) -> tuple[Floats, Floats]:
    """Return ln of the recurrence-free share [patient][time] and its gradient [patient][time][parameter]."""
    pieces = list(_pieces(fitted, days, rows, since, gradient=True))
    return np.concatenate([value for value, _ in pieces]), np.concatenate([gradient for _, gradient in pieces])


def log_free_each(fitted: Fitted, days: Floats, rows: Rows) -> tuple[Floats, Floats]:
    """Return ln of the recurrence-free share of each patient at a day of their own, and its gradient [patient][parameter]."""
    value, gradient = _asked(fitted, days[:, None], rows, gradient=True)
    return np.minimum(value[:, 0], 0.0), gradient[:, 0, :]


def log_cured(fitted: Fitted, rows: Rows) -> tuple[Floats, Floats]:
    """Return ln L(m), the chance that nothing will ever be found, [patient], and its gradient [patient][parameter]."""
    log_m = fitted.form.linear(fitted.values, *fitted.scaling.apply(rows))[0]
    theta = fitted.form.shape(fitted.values).burden_variance
    parts = np.array([laplace(float(m), theta) for m in np.exp(np.minimum(log_m, 700.0))]).reshape(-1, 5)
    local = np.zeros((rows.size, 1, LOCAL))
    local[:, 0, BURDEN] = -np.exp(np.minimum(log_m, 700.0)) * parts[:, 0]
    local[:, 0, FRAILTY] = parts[:, 3]
    return parts[:, 2], _by_parameter(fitted, local, rows)[:, 0, :]


def band(fitted: Fitted, log_share: Floats, gradient: Floats, alpha: float) -> Band:
    """Return the interval of a share from the log(-log) scale, where it cannot leave 0 to 1.

    exp(ln S exp(+-z e)), e = sqrt(J C J) / |ln S|
    """
    variance = np.einsum("...i,ij,...j->...", gradient, fitted.covariance, gradient)
    below = np.minimum(log_share, -1e-300)
    away = ndtri(1.0 - 0.5 * alpha) * np.sqrt(np.maximum(variance, 0.0)) / -below
    with np.errstate(over="ignore"):
        low, high = np.exp(below * np.exp(away)), np.exp(below * np.exp(-away))
    certain = log_share >= -1e-14
    return Band(*(np.where(certain, 1.0, share) for share in (np.exp(below), low, high)))


def mean_band(fitted: Fitted, days: Floats, rows: Rows, weight: Floats, alpha: float) -> Band:
    """Return the average recurrence-free share of these patients over time, with its band.

    Parameters
    ----------
    days : float[time]
    rows : Rows
    weight : float[patient]
    alpha : float
        1 - level.

    Returns
    -------
    Band of float[time]
    """
    rows, weight = few(rows, weight)
    total = np.zeros(days.size)
    slope = np.zeros((days.size, fitted.form.size))
    at = 0
    for value, gradient in _pieces(fitted, days, rows, None, gradient=True):
        part = weight[at : at + len(value), None] * np.exp(value)
        total += part.sum(axis=0)
        slope += np.einsum("it,itp->tp", part, gradient)
        at += len(value)
    return band(fitted, np.log(total), slope / total[:, None], alpha)


def mean_cured(fitted: Fitted, rows: Rows, weight: Floats, alpha: float) -> Band:
    """Return the average cured share with its interval, arrays of one number."""
    rows, weight = few(rows, weight)
    value, gradient = log_cured(fitted, rows)
    part = weight * np.exp(value)
    total = float(part.sum())
    return band(fitted, np.array([np.log(total)]), (part @ gradient / total)[None, :], alpha)


def mean_free(curve: FittedCurve, days: Floats, rows: Rows, weight: Floats) -> Floats:
    """Return the average recurrence-free share [time] of any fitted curve."""
    rows, weight = few(rows, weight)
    step = max(1, MOST_POINTS // max(days.size, 1))
    total = np.zeros(days.size)
    for at in range(0, rows.size, step):
        piece = Rows(rows.burden[at : at + step], rows.growth[at : at + step])
        total += weight[at : at + step] @ curve.recurrence_free(days, piece)
    return total


def few(rows: Rows, weight: Floats) -> tuple[Rows, Floats]:
    """Return distinct patients with weights that sum to 1, at most `MOST_AVERAGED` of them."""
    cut = rows.burden.shape[1]
    table = np.hstack([rows.burden, rows.growth])
    distinct, where = np.unique(table, axis=0, return_inverse=True)
    added = np.bincount(where.ravel(), weights=weight, minlength=len(distinct)).astype(float)
    if len(distinct) > MOST_AVERAGED:
        ends = (np.arange(MOST_AVERAGED) + 0.5) / MOST_AVERAGED
        chosen = np.searchsorted(np.cumsum(added) / added.sum(), ends)
        distinct, added = distinct[chosen], np.ones(MOST_AVERAGED)
    return Rows(distinct[:, :cut], distinct[:, cut:]), added / added.sum()


def restricted_mean(fitted: Fitted, horizon: float, rows: Rows, since: Floats | None, alpha: float) -> Band:
    """Return the mean time free of recurrence within `horizon` days, with its interval: arrays [patient], days.

    integral over 0..horizon of S(t)
    """
    points, widths = _under_a_curve(horizon)
    value, gradient = log_free_gradient(fitted, points, rows, since)
    part = np.exp(value) * widths
    total = part.sum(axis=1)
    slope = np.einsum("it,itp->ip", part, gradient) / total[:, None]
    share = band(fitted, np.log(total / horizon), slope, alpha)
    return Band(horizon * share.estimate, horizon * share.low, horizon * share.high)


def found_by(fitted: Fitted, day: float) -> float:
    """Return the share of the lineages that will be found which are found by `day`, at average covariates."""
    average = Rows(fitted.scaling.burden_mean[None, :], fitted.scaling.growth_mean[None, :])
    recurred = -float(np.expm1(log_free(fitted, np.array([day]), average)[0, 0]))
    ever = -float(np.expm1(log_cured(fitted, average)[0][0]))
    return recurred / ever if ever > 0 else 1.0


def _under_a_curve(horizon: float) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(PER_PANEL)
    ends = horizon * np.linspace(0.0, 1.0, PANELS + 1) ** 2
    half = 0.5 * np.diff(ends)
    points = (ends[:-1] + half)[:, None] + half[:, None] * nodes
    return points.ravel(), (half[:, None] * weights).ravel()


def _pieces(fitted: Fitted, days: Floats, rows: Rows, since: Floats | None, *, gradient: bool) -> Iterator[tuple[Floats, Floats]]:
    step = max(1, MOST_POINTS // max(days.size, 1))
    for at in range(0, rows.size, step):
        piece = Rows(rows.burden[at : at + step], rows.growth[at : at + step])
        passed = np.zeros(piece.size) if since is None else since[at : at + step]
        value, slope = _asked(fitted, passed[:, None] + days[None, :], piece, gradient=gradient)
        if since is not None:
            before, before_slope = _asked(fitted, passed[:, None], piece, gradient=gradient)
            value, slope = value - before, slope - before_slope
        yield np.minimum(value, 0.0), slope


def _asked(fitted: Fitted, days: Floats, rows: Rows, *, gradient: bool) -> tuple[Floats, Floats]:
    linear = fitted.form.linear(fitted.values, *fitted.scaling.apply(rows))
    wide = tuple(np.broadcast_to(part[:, None], days.shape).ravel() for part in linear)
    kinds = np.full(days.size, SURVIVAL)
    written = log_law(days.ravel(), kinds, (wide[0], wide[1]), fitted.form.shape(fitted.values), fitted.biology)
    written = written.reshape(*days.shape, 1 + LOCAL)
    value = np.where(days == 0.0, 0.0, written[..., 0])
    return value, _by_parameter(fitted, written[..., 1:], rows) if gradient else np.zeros(())


def _by_parameter(fitted: Fitted, local: Floats, rows: Rows) -> Floats:
    """Return the gradient by parameters [patient][time][parameter] from the one by local parameters."""
    burden, growth = fitted.scaling.apply(rows)
    columns: list[Floats] = [np.ones(rows.size), *burden.T, *growth.T]
    columns += [np.ones(rows.size)] * (fitted.form.size - len(columns))
    return np.stack(
        [local[..., place] * column[:, None] for place, column in zip(fitted.form.places, columns, strict=True)], axis=-1
    )
