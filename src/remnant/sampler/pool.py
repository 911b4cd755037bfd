"""The law of one pool of equal cells over a stretch of days with constant rates, and draws from it.

A cell divides at rate b, dies at rate d, and at rate s does something that ends the stretch early (a symptom, a mutant, a
switch: an emission). With D = sqrt((b - d - s)^2 + 4 b s), p = D + (b - d - s), q = D - (b - d - s), e = e^(-D t):

    P(an emission by t)             = 2 s (1 - e) / (q + p e)
    P(alive at t | no emission)     = 4 D^2 e / [(q + p e + 2 b (1 - e)) (q - 2 s + (p + 2 s) e)]
    descendants | alive, no emission  geometric from 1 on, with success (q + p e) / (q + p e + 2 b (1 - e))

MODEL sections 3 and 4; the generating function is fractional-linear, so all of it is exact whatever the number of cells.
"""

import math

from numba import njit

from remnant.sampler.draws import (
    LEAST_SUCCESS,
    MOST_CELLS,
    SMALL_MEAN,
    binomial,
    binomial_small,
    geometric_from,
    negative_binomial,
    normal_at,
    whole_below,
)

MOST_EXPONENT = 700.0

# columns of a law
EMIT, SURVIVE, SUCCESS, LOG_GONE, LOG_MORE, STAYS, DIES, EMITS, SYMPTOM, LEAVES, MUTATES, OTHER, LONGEST = range(13)
MEAN, VARIANCE, SKEW, TAILS = range(13, 17)
LAW = 17
CROWD = 1e4
"""From so many cells with descendants on a number of cells may be drawn at once."""
LEAST_VARIANCE, MOST_SKEW, MOST_TAILS = 1e4, 0.02, 1e-3
"""Where one uniform gives a number of cells: its distribution function is then wrong by less than 1e-7."""


@njit(cache=True, error_model="numpy", _nrt=False)
def roots(b, d, s):
    """Return (p, q, D); the smaller of p and q is found without cancellation."""
    alpha = b - d - s
    speed = math.sqrt(alpha * alpha + 4.0 * b * s)
    if alpha >= 0.0:
        p = speed + alpha
        return p, 4.0 * b * s / p if p > 0.0 else 0.0, speed
    q = speed - alpha
    return 4.0 * b * s / q, q, speed


@njit(cache=True, error_model="numpy", _nrt=False)
def pool_law(b, d, s, days):
    """Return P(a cell or a descendant emits within `days`), P(alive | no emission), and the success of the geometric number.

    Parameters
    ----------
    b, d, s : float
        Rates per cell per day of division, death and emission; 0 for never.
    days : float
        Length of the stretch, 0 or more.
    """
    if s <= 0.0:
        alpha = b - d
        x = alpha * days
        if alpha >= 0.0:
            e = math.exp(-x)
            under = 1.0 / (e + b * (-math.expm1(-x) / alpha if x > 1e-300 else days))
            return 0.0, under, e * under
        e = math.exp(x)
        under = 1.0 / (1.0 + b * math.expm1(x) / alpha)
        return 0.0, e * under, under
    p, q, speed = roots(b, d, s)
    gone = -math.expm1(-speed * days)
    e = 1.0 - gone if gone < 0.5 else math.exp(-speed * days)
    stays = q + p * e
    whole = stays + 2.0 * b * gone
    # q - 2 s = 2 d q / (b + d + s + D), so nothing cancels; e goes to the other side where it may underflow
    floor = 2.0 * d * q / (b + d + s + speed)
    if b > d + s:
        survive = 4.0 * speed * speed / (whole * (floor / max(e, 1e-305) + p + 2.0 * s))
    else:
        survive = 4.0 * speed * speed * e / (whole * (floor + (p + 2.0 * s) * e))
    return 2.0 * s * gone / stays, min(survive, 1.0), stays / whole


@njit(cache=True, error_model="numpy", _nrt=False)
def time_of_emission(b, d, s, n, u):
    """Return the days until the first emission of n cells that comes at the level u: P(by then) = u; infinite if never."""
    p, _, speed = roots(b, d, s)
    chance = -math.expm1(math.log1p(-u) / n)
    part = 2.0 * speed * chance / (2.0 * s + chance * p)
    return -math.log1p(-part) / speed if part < 1.0 else math.inf


@njit(cache=True, error_model="numpy", _nrt=False)
def write_law(law, row, b, d, s, days):
    """Write what `pool_law` gives to a row of the laws; its logarithms are taken when first needed."""
    law[row + EMIT], law[row + SURVIVE], law[row + SUCCESS] = pool_law(b, d, s, days)
    law[row + LOG_GONE], law[row + LOG_MORE], law[row + VARIANCE] = 1.0, 1.0, -1.0


@njit(cache=True, error_model="numpy", _nrt=False)
def log_gone(law, row):
    """Return the log of the chance that a cell is gone by the end; any number where it is certain."""
    if law[row + LOG_GONE] > 0.0:
        law[row + LOG_GONE] = math.log1p(-law[row + SURVIVE])
    return law[row + LOG_GONE]


@njit(cache=True, error_model="numpy", _nrt=False)
def log_more(law, row):
    """Return the log of the chance of one more descendant."""
    if law[row + LOG_MORE] > 0.0:
        law[row + LOG_MORE] = math.log1p(-max(law[row + SUCCESS], LEAST_SUCCESS))
    return law[row + LOG_MORE]


@njit(cache=True, error_model="numpy", _nrt=False)
def survivors(law, row, n, u, at):
    """Return how many of n cells have descendants at the end; a chance below 1/2 takes its logarithm from the law."""
    survive = law[row + SURVIVE]
    if n <= 0.0 or survive > 0.5 or n * survive >= SMALL_MEAN:
        return binomial(n, survive, u, at)
    return binomial_small(n, survive, log_gone(law, row), u, at) if u < n * survive else 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def write_cumulants(law, row):
    """Write mean, variance, skewness and excess kurtosis of what one cell becomes: 0, or a geometric number from 1 on."""
    p, success = law[row + SURVIVE], max(law[row + SUCCESS], LEAST_SUCCESS)
    r = (1.0 - success) / success
    one = p * (1.0 + r)
    two = p * (1.0 + r * (3.0 + 2.0 * r))
    three = p * (1.0 + r * (7.0 + r * (12.0 + 6.0 * r)))
    four = p * (1.0 + r * (15.0 + r * (50.0 + r * (60.0 + 24.0 * r))))
    variance = p * (1.0 + r) * ((1.0 - p) * (1.0 + r) + r)
    third = three - one * (3.0 * two - 2.0 * one * one)
    fourth = four - 4.0 * three * one - 3.0 * two * two + 6.0 * one * one * (2.0 * two - one * one)
    law[row + MEAN], law[row + VARIANCE] = one, variance
    law[row + SKEW], law[row + TAILS] = third / (variance * math.sqrt(variance)), fourth / (variance * variance)


@njit(cache=True, error_model="numpy", _nrt=False)
def crowd_at_once(law, row, n, u):
    """Return how many cells n cells become, drawn at once by one uniform; -1 where that would not be near enough.

    The quantile of a sum of n equal laws by its first four cumulants: Cornish and Fisher 1938, 10.2307/1400905.
    """
    if law[row + VARIANCE] < 0.0:
        write_cumulants(law, row)
    variance, skew, tails = n * law[row + VARIANCE], law[row + SKEW] / math.sqrt(n), law[row + TAILS] / n
    if not (LEAST_VARIANCE < variance < MOST_CELLS and abs(skew) < MOST_SKEW and abs(tails) < MOST_TAILS):
        return -1.0
    z = normal_at(u)
    square = z * z
    w = z + skew * (square - 1.0) / 6.0 + z * (tails * (square - 3.0) / 24.0 - skew * skew * (2.0 * square - 5.0) / 36.0)
    # rounding to whole numbers adds a variance of 1/12
    return max(1.0, min(whole_below(n * law[row + MEAN] + math.sqrt(variance - 1.0 / 12.0) * w + 0.5), MOST_CELLS))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def lineage(law, row, u):
    """Return how many cells one cell becomes that is not gone by the end: u is below the chance of that."""
    return 1.0 + geometric_from(u / law[row + SURVIVE], log_more(law, row)) if law[row + SUCCESS] < 1.0 else 1.0


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def descendants(law, row, n, u, at):
    """Return how many cells n cells become, given no emission; u is a uniform used where one is enough."""
    if n == 1.0:
        return lineage(law, row, u) if u < law[row + SURVIVE] else 0.0
    if n * law[row + SURVIVE] > CROWD:
        crowd = crowd_at_once(law, row, n, u)
        if crowd >= 0.0:
            return crowd
    kept = survivors(law, row, n, u, at)
    if kept == 0.0:
        return 0.0
    return min(kept + negative_binomial(kept, law[row + SUCCESS], at), MOST_CELLS)


@njit(cache=True, error_model="numpy", _nrt=False)
def descendants_at_emission(law, row, n, u, at):
    """Return how many cells n cells have become when one of them emits: the emitter's lineage is size-biased."""
    kept = survivors(law, row, n - 1.0, u, at)
    return min(1.0 + kept + negative_binomial(kept + 2.0, law[row + SUCCESS], at), MOST_CELLS)


@njit(cache=True, error_model="numpy", _nrt=False)
def mean_path(net, days):
    """Return the integral over `days` of e^(net t): cell-days of one cell on the mean path; at most e^700 days."""
    x = net * days
    if abs(x) < 1e-12:
        return days
    return math.expm1(min(x, MOST_EXPONENT)) / net


@njit(cache=True, error_model="numpy", _nrt=False)
def time_of_extinction(b, d, s, n, days, u):
    """Return when the last of n cells died, given that all died within `days` and none emitted.

    P(one cell's lineage gone by t, no emission) = 2 d (1 - e) / (q + p e + 2 b (1 - e)), to the power n.
    """
    p, q, speed = roots(b, d, s)
    if speed <= 0.0:
        gone = d * days / (1.0 + b * days)
        level = gone * math.exp(math.log(u) / n)
        return level / (d - b * level)
    e, left = math.exp(-speed * days), -math.expm1(-speed * days)
    gone = 2.0 * d * left / (q + p * e + 2.0 * b * left)
    level = gone * math.exp(math.log(u) / n)
    return min(-math.log1p(-2.0 * speed * level / (2.0 * d + level * (p - 2.0 * b))) / speed, days)
