"""Founders seeded for years by a growing primary, of a type alone: the integral of e^(-slope u) psi(u) du going backward.

With z = c e^(-D u), c = (psi - psi+) / (psi - psi-) and psi+- the fixed points, psi(u) = psi- + (psi+ - psi-) / (1 - z). A psi
that grows freely (z far below -1) does so as a power series in 1 / z until z = -1 / SERIES_TO; from there to z = -SERIES_TO every
psi takes the same path, so that its integral is found once; and a saturated psi is a power series in z. So decades of seeding
cost a lane one logarithm and one exponential.
"""

import numpy as np
from numba import njit

from remnant.exact.feeding import SERIES_TO, TERMS, WIDTH, beside_pole, faded, feed_stretch, stretch_maps
from remnant.exact.onetype import mapped, matrix_of, riccati_rates

_GL = np.polynomial.legendre.leggauss(9)
PATH_NODES, PATH_WEIGHTS = 0.5 + 0.5 * _GL[0], 0.5 * _GL[1]
STEEPEST = 8.0
"""Slope in units of D up to which the path between the two series is short."""
SHORTEST = 0.1
"""Slope times days below which the integral to infinity less its rest would cancel."""
NEAR_RESONANCE = 0.5
"""Closer than this, (k D - slope) u is summed without cancelling."""
FADED_AWAY = 45.0


@njit(cache=True, error_model="numpy")
def goes_by_series(rates, slope, days):
    """Return whether `add_seeded` can answer: a short stretch, or a longer one of a psi that divides, seeded ever more."""
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    if max(speed, abs(slope)) * days <= WIDTH:
        return True
    return b > 0.0 and speed > 0.0 and slope * days >= SHORTEST and slope <= STEEPEST * speed


@njit(cache=True, error_model="numpy")
def add_seeded(x, out, lanes, weight, slope, rates, days):  # noqa: PLR0913  a kernel
    """Add weight * integral of e^(-slope u) psi(u; x) du over `days` to `out`, for the lanes (first, last + 1).

    Parameters
    ----------
    x : array[lane]
        psi at the right end.
    slope : float
        Rate per day at which seeding grows.
    rates : tuple
        b, d, sigma.
    """
    b, d, symptom = rates
    p, q, speed = riccati_rates(b - d - symptom, b, symptom)
    if max(speed, abs(slope)) * days <= WIDTH:
        feed_stretch(x, out, lanes, weight * np.exp(-slope * days), rates, -slope, days)
        return
    roots, ends = (p, q, speed), (-0.5 * q / b, 0.5 * p / b, speed / b)
    hop = WIDTH / max(speed, slope)
    maps, clear = stretch_maps(roots, rates, hop, -slope)
    hopping = (maps, matrix_of(p, q, speed, (b - d - symptom, b, symptom), hop), np.exp(-clear * speed * hop))
    between, length = path_between(ends, slope, speed)
    late = late_terms(slope, speed)
    rest = np.exp(-slope * days)
    for lane in range(lanes[0], lanes[1]):
        psi, done, fading, total = x[lane], x[lane] - x[lane], x[lane] - x[lane] + 1.0, x[lane] - x[lane]
        if (psi - ends[0]).real == 0.0:
            # never found: it stays 0
            continue
        z = (psi - ends[1]) / (psi - ends[0])
        if z.real * SERIES_TO < -1.0:
            total, done, fading = grown(z, ends, slope, speed, days)
            if not done.real < days:
                out[lane] += weight * total
                continue
            z = z - z - 1.0 / SERIES_TO
            if done.real + length < days:
                total += fading * between
                done += length
                fading *= np.exp(-slope * length)
                z = z - z - SERIES_TO
        while abs(z.real) > SERIES_TO and done.real < days:
            psi = ends[0] + ends[2] / (1.0 - z)
            if done.real + hop <= days:
                total += fading * hopped(psi, z, hopping, slope, (p, speed), rates, hop)
                z *= np.exp(-speed * hop)
                fading *= np.exp(-slope * hop)
                done += hop
            else:
                total += fading * partly(psi, slope, roots, rates, days - done)
                done += days - done
        if done.real < days:
            left = days - done
            total += fading * summed_late(late, ends, z)
            at_end = z * np.exp(-speed * left) if speed * left.real < FADED_AWAY else z - z
            total -= rest * summed_late(late, ends, at_end)
        out[lane] += weight * total


@njit(cache=True, error_model="numpy")
def late_terms(slope, speed):
    """Return [k] the integral of e^(-slope u) e^(-k D u) over all u."""
    terms = np.empty(TERMS + 1)
    for k in range(TERMS + 1):
        terms[k] = 1.0 / (slope + k * speed)
    return terms


@njit(cache=True, error_model="numpy")
def summed_late(terms, ends, z):
    """Return the integral of e^(-slope u) psi(u) over all u from where psi is saturated."""
    total = z * terms[TERMS]
    for k in range(TERMS - 1, 0, -1):
        total = z * (total + terms[k])
    return ends[1] * terms[0] + ends[2] * total


@njit(cache=True, error_model="numpy")
def path_between(ends, slope, speed):
    """Return the integral of e^(-slope u) psi(u) from z = -1 / SERIES_TO to z = -SERIES_TO, and the days it takes."""
    length = -2.0 * np.log(SERIES_TO) / speed
    pieces = int(np.ceil(length * max(speed, slope) / WIDTH))
    h, total = length / pieces, 0.0
    for n in range(pieces):
        for i in range(PATH_NODES.shape[0]):
            u = (n + PATH_NODES[i]) * h
            psi = ends[0] + ends[2] / (1.0 + np.exp(-speed * u) / SERIES_TO)
            total += PATH_WEIGHTS[i] * h * np.exp(-slope * u) * psi
    return total, length


@njit(cache=True, error_model="numpy")
def grown(z, ends, slope, speed, days):
    """Return the integral while psi grows freely, to z = -1 / SERIES_TO or over all `days`; the days, and the fading after them.

    integral over u to U of e^(-slope u) w^k,  w = w0 e^(D u):  (w(U)^k e^(-slope U) - w0^k) / (k D - slope)
    """
    first = 1.0 / z
    until = np.log(-SERIES_TO / first) / speed
    last = first - first - SERIES_TO
    if not until.real < days:
        until = first - first + days
        last = first * np.exp(speed * days)
    fading = np.exp(-slope * until)
    total, here, there = first - first, first - first + 1.0, fading
    for k in range(1, TERMS + 1):
        here, there = here * first, there * last
        gap = k * speed - slope
        if abs(gap) * until.real < NEAR_RESONANCE:
            total += here * summed_up(gap * until) * until
        else:
            total += (there - here) / gap
    return ends[0] * (1.0 - fading) / slope - ends[2] * total, until, fading


@njit(cache=True, error_model="numpy")
def summed_up(x):
    """Return (e^x - 1) / x for a small x, complex or not."""
    total = x - x + 1.0
    for n in range(16, 1, -1):
        total = 1.0 + total * x / n
    return total


@njit(cache=True, error_model="numpy")
def hopped(psi, z, hopping, slope, whole, rates, hop):  # noqa: PLR0913  a kernel
    """Return the integral of e^(-slope u) psi(u) over one hop."""
    maps, end, near = hopping
    total = psi - psi
    for i in range(maps.shape[0]):
        total += maps[i, 4] * mapped(maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3], psi)
    if z.real > near:
        total += beside_pole(psi, maps, (whole[0], whole[1], end[2], end[3]), rates, -slope, hop)
    return total * np.exp(-slope * hop)


@njit(cache=True, error_model="numpy")
def partly(psi, slope, roots, rates, days):
    """Return the integral of e^(-slope u) psi(u) over less than a hop."""
    b, d, symptom = rates
    p, q, speed = roots
    h = days.real
    maps, clear = stretch_maps(roots, rates, h, -slope)
    end = matrix_of(p, q, speed, (b - d - symptom, b, symptom), h)
    z = (2.0 * b * psi - p) / (2.0 * b * psi + q)
    whole = hopped(psi, z, (maps, end, np.exp(-clear * speed * h)), slope, (p, speed), rates, h)
    # an infinitely small imaginary part of the days left is carried along
    return whole + (days - h) * np.exp(-slope * h) * mapped(end[0], end[1], end[2], end[3], psi)
