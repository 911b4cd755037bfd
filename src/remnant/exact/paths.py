"""What a type alone leaves along its way back: the integral of e^(-slope u) psi(u) du. So founders are seeded, and rest ends.

With z = c e^(-D u), c = (psi - psi+) / (psi - psi-) and psi+- the fixed points, psi(u) = psi- + (psi+ - psi-) / (1 - z). A psi
that grows freely (z far below -1) does so as a power series in 1 / z until z = -1 / SERIES_TO; from there to z = -SERIES_TO every
psi takes the same path, so that its integral is found once; and a saturated psi is a power series in z. So decades of seeding
cost a lane one logarithm and two exponentials.
"""

import numpy as np
from numba import njit

from remnant.exact.feeding import NODES_9, WEIGHTS_9, WIDTH, beside_pole, faded, stretch_maps
from remnant.exact.onetype import mapped, matrix_of, riccati_rates

TERMS, SERIES_TO = 12, 0.08
"""SERIES_TO^TERMS is below 1e-13."""
STEEPEST = 8.0
"""Slope in units of D up to which the path between the two series is short."""
MOST_SHRINKING = 30.0
NEAR_RESONANCE = 0.5
"""Exponents that differ by less over the days are summed without cancelling."""
LOW, HIGH, SPAN, P, SPEED, SLOPE, HOP, M21, M22, NEAR, BETWEEN, LENGTH, LATE = range(13)
"""Places in the numbers of a path: psi-, psi+, psi+ - psi-, p, D, slope, a hop with its map and the z above which its pole is
near, the integral of the path that all take and its days; from LATE on 1 / (k D + slope), from EARLY on 1 / (k D - slope)."""
EARLY = LATE + TERMS
NUMBERS = EARLY + TERMS
NOTHING_MORE = 1e-18


@njit(cache=True, error_model="numpy")
def is_long(rates, slope, days):
    """Return whether the days are many, and psi divides, so that `add_path` answers."""
    b, d, symptom = rates
    _, _, speed = riccati_rates(b - d - symptom, b, symptom)
    divides = b > 0.0 and speed > 0.0
    return divides and speed * days > WIDTH and abs(slope) <= STEEPEST * speed and slope * days > -MOST_SHRINKING


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def find_path(numbers, maps, rates, slope):
    """Fill what `add_path` needs, whatever the days: numbers[NUMBERS] and maps[9][6]."""
    b, d, symptom = rates
    p, q, speed = riccati_rates(b - d - symptom, b, symptom)
    hop = WIDTH / max(speed, abs(slope))
    _, clear = stretch_maps(maps, (p, q, speed), rates, hop, -slope, False)
    _, _, m21, m22 = matrix_of(p, q, speed, (b - d - symptom, b, symptom), hop)
    low, high, span = -0.5 * q / b, 0.5 * p / b, speed / b
    numbers[LOW], numbers[HIGH], numbers[SPAN] = low, high, span
    numbers[P], numbers[SPEED], numbers[SLOPE], numbers[HOP] = p, speed, slope, hop
    numbers[M21], numbers[M22], numbers[NEAR] = m21, m22, np.exp(-clear * speed * hop)
    length, total = -2.0 * np.log(SERIES_TO) / speed, 0.0
    pieces = int(np.ceil(length / hop))
    h = length / pieces
    for n in range(pieces):
        for i in range(NODES_9.shape[0]):
            u = (n + NODES_9[i]) * h
            total += WEIGHTS_9[i] * h * np.exp(-slope * u) * (low + span / (1.0 + np.exp(-speed * u) / SERIES_TO))
    numbers[BETWEEN], numbers[LENGTH] = total, length
    for k in range(1, TERMS + 1):
        numbers[LATE + k - 1], numbers[EARLY + k - 1] = 1.0 / (k * speed + slope), 1.0 / (k * speed - slope)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=False)
def add_path(x, out, lanes, weight, path, rates, days):  # noqa: PLR0913  a kernel
    """Add weight * integral of e^(-slope u) psi(u; x) du over `days` to `out`, for the lanes (first, last + 1).

    Parameters
    ----------
    x : array[lane]
        psi at the right end.
    path : tuple
        The two that `find_path` filled, and space for the maps of one more stretch.
    rates : tuple
        b, d, sigma.
    """
    numbers = path[0]
    low, high, span, speed, slope = numbers[LOW], numbers[HIGH], numbers[SPAN], numbers[SPEED], numbers[SLOPE]
    drop, rest, whole = np.exp(-speed * days), np.exp(-slope * days), faded(slope, days)
    for lane in range(lanes[0], lanes[1]):
        psi = x[lane]
        if (psi - low).real == 0.0:
            # never found: it stays 0
            continue
        z = (psi - high) / (psi - low)
        if abs(z.real) <= SERIES_TO:
            out[lane] += weight * (high * whole + span * saturated(z, z * drop, rest, numbers, days))
        else:
            out[lane] += weight * whole_path(z, path, rates, days)


@njit(cache=True, error_model="numpy", _nrt=False)
def whole_path(z, path, rates, days):
    """Return the integral of e^(-slope u) psi(u) over `days` from a psi that is not saturated."""
    numbers, maps, spare = path
    low, high, span, speed, slope = numbers[LOW], numbers[HIGH], numbers[SPAN], numbers[SPEED], numbers[SLOPE]
    total, done, fading = z - z, z - z, z - z + 1.0
    if z.real * SERIES_TO < -1.0:
        total, done, fading = grown(z, numbers, days)
        if not done.real < days:
            return total
        z = z - z - 1.0 / SERIES_TO
        if done.real + numbers[LENGTH] < days:
            total += fading * numbers[BETWEEN]
            done += numbers[LENGTH]
            fading *= np.exp(-slope * numbers[LENGTH])
            z = z - z - SERIES_TO
    hop, whole = numbers[HOP], (numbers[P], speed, numbers[M21], numbers[M22])
    while abs(z.real) > SERIES_TO * (1.0 + 1e-9):
        psi = low + span / (1.0 - z)
        if done.real + hop > days:
            return total + fading * partly(psi, numbers, spare, rates, days - done)
        total += fading * hopped(psi, maps, whole, z.real > numbers[NEAR], (rates, slope, hop))
        z *= np.exp(-speed * hop)
        fading *= np.exp(-slope * hop)
        done += hop
    left = days - done
    at_end, rest = z * np.exp(-speed * left), np.exp(-slope * left)
    return total + fading * (high * faded_over(slope, left) + span * saturated(z, at_end, rest, numbers, left))


@njit(cache=True, error_model="numpy", _nrt=False)
def saturated(z, at_end, rest, numbers, days):
    """Return the integral of e^(-slope u) z(u) / (1 - z(u)): sum over k of (z^k - e^(-slope days) z(end)^k) / (k D + slope)."""
    return summed(z, at_end, 1.0, rest, (numbers, LATE, days))


@njit(cache=True, error_model="numpy", _nrt=False)
def summed(first, last, more, rest, over):
    """Return the sum over k of (more first^k - rest last^k) times 1 / rate_k, of which the first is the larger one of both.

    `over` holds the numbers with the place of the first 1 / rate_k, and the days over which rate_k turns one into the other.
    """
    numbers, place, days = over
    here, there = first - first + more, first - first + rest
    total = first - first
    for k in range(TERMS):
        here, there = here * first, there * last
        inverse = numbers[place + k]
        if abs(inverse) * NEAR_RESONANCE > days.real:
            total += here * summed_up(-days / inverse) * days
        else:
            total += (here - there) * inverse
        if abs(here.real) < NOTHING_MORE * abs(total.real) and abs(there.real) < NOTHING_MORE * abs(total.real):
            break
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def grown(z, numbers, days):
    """Return the integral while psi grows freely, to z = -1 / SERIES_TO or over all `days`; the days, and the fading after them.

    integral over u to U of e^(-slope u) w^k,  w = w0 e^(D u):  (w(U)^k e^(-slope U) - w0^k) / (k D - slope)
    """
    speed, slope = numbers[SPEED], numbers[SLOPE]
    first = 1.0 / z
    until = np.log(-SERIES_TO / first) / speed
    last = first - first - SERIES_TO
    if not until.real < days:
        until = first - first + days
        last = first * np.exp(speed * days)
    fading = np.exp(-slope * until)
    total = summed(last, first, fading, 1.0, (numbers, EARLY, until))
    return numbers[LOW] * faded_over(slope, until) - numbers[SPAN] * total, until, fading


@njit(cache=True, error_model="numpy")
def faded_over(rate, days):
    """Return `faded` for days that may have an infinitely small imaginary part."""
    return faded(rate, days.real) + (days - days.real) * np.exp(-rate * days.real)


@njit(cache=True, error_model="numpy")
def summed_up(x):
    """Return (e^x - 1) / x for a small x, complex or not."""
    total = x - x + 1.0
    for n in range(16, 1, -1):
        total = 1.0 + total * x / n
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def hopped(psi, maps, whole, is_near, over):
    """Return the integral of e^(-slope u) psi(u) over one hop of (rates, slope, days)."""
    rates, slope, hop = over
    total = psi - psi
    for i in range(maps.shape[0]):
        total += maps[i, 4] * mapped(maps[i, 0], maps[i, 1], maps[i, 2], maps[i, 3], psi)
    if is_near:
        total += beside_pole(psi, maps, whole, rates, -slope, hop)
    return total * np.exp(-slope * hop)


@njit(cache=True, error_model="numpy", _nrt=False)
def partly(psi, numbers, spare, rates, days):
    """Return the integral of e^(-slope u) psi(u) over less than a hop."""
    b, d, symptom = rates
    slope, speed, h = numbers[SLOPE], numbers[SPEED], days.real
    p, q, _ = riccati_rates(b - d - symptom, b, symptom)
    count, clear = stretch_maps(spare, (p, q, speed), rates, h, -slope, False)
    m11, m12, m21, m22 = matrix_of(p, q, speed, (b - d - symptom, b, symptom), h)
    z = ((psi - numbers[HIGH]) / (psi - numbers[LOW])).real
    whole = hopped(psi, spare[:count], (p, speed, m21, m22), z > np.exp(-clear * speed * h), (rates, slope, h))
    # an infinitely small imaginary part of the days is carried along
    return whole + (days - h) * np.exp(-slope * h) * mapped(m11, m12, m21, m22, psi)
