"""Draws from the few laws that lineages need, each from the numbers at an address; numbers of cells are whole floats.

Small numbers are drawn by inversion of one uniform, so that a smaller chance never gives a larger number at the same
address. Large ones by transformed rejection (Hormann 1993, 10.1080/00949659308811496 and 10.1016/0167-6687(93)90997-4)
and Marsaglia and Tsang 2000, 10.1145/358407.358414; above a mean of 1e12 a rounded normal, whose skewness of 1e-6 is less
than what rounding leaves of a rejection.
"""

import math

import numpy as np
from numba import njit

from remnant.sampler.rng import (
    BINOMIALS,
    GAMMAS,
    ONE,
    POISSONS,
    SMALL_BINOMIALS,
    SMALL_GAMMAS,
    SMALL_POISSONS,
    pair,
)

SMALL_MEAN = 10.0
"""Below this mean a number is drawn by inversion."""
LARGE = 1e12
MOST_CELLS = 1e300
LEAST_SUCCESS = 1e-305
TWO_PI = 2.0 * math.pi
HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def whole_below(x):
    """Return the largest whole number up to x as a float; compiled, math.floor gives 64 bits and fails above 9e18."""
    return np.floor(x)


@njit(cache=True, error_model="numpy", _nrt=False)
def normal(at):
    """Return a standard normal number (Box and Muller)."""
    u, v = pair(at)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(TWO_PI * v)


@njit(cache=True, error_model="numpy", _nrt=False)
def normal_at(u):
    """Return the standard normal number below which the chance is u, to 1e-9 (Acklam's rational approximation, 2003)."""
    if 0.02425 < u < 0.97575:
        q = u - 0.5
        r = q * q
        over = ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r
                - 30.66479806614716) * r + 2.506628277459239  # fmt: skip
        under = ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r
                 - 13.28068155288572) * r + 1.0  # fmt: skip
        return q * over / under
    q = math.sqrt(-2.0 * math.log(min(u, 1.0 - u)))
    over = ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q
            + 4.374664141464968) * q + 2.938163982698783  # fmt: skip
    under = (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1.0
    return over / under if u < 0.5 else -over / under


@njit(cache=True, error_model="numpy", _nrt=False)
def rounded_normal(mean, variance, least, at):
    """Return a whole number near a normal one, not below `least`."""
    return max(least, whole_below(mean + math.sqrt(variance) * normal(at) + 0.5))


@njit(cache=True, error_model="numpy", _nrt=False)
def stirling(k):
    """Return ln k! - [(k + 1/2) ln(k + 1) - (k + 1) + ln(2 pi) / 2] for a whole k."""
    if k < 10.0:
        return math.lgamma(k + 1.0) - ((k + 0.5) * math.log(k + 1.0) - (k + 1.0) + HALF_LOG_TWO_PI)
    x = 1.0 / (k + 1.0)
    return x * (1.0 / 12.0 - x * x * (1.0 / 360.0 - x * x / 1260.0))


@njit(cache=True, error_model="numpy", _nrt=False)
def binomial_small(n, p, log_q, u, at):
    """Return Binomial(n, p) with mean below 10 by inversion: the least k with P(more than k) below u; log_q = ln(1 - p)."""
    if u >= n * p:
        # P(more than 0) is at most n p
        return 0.0
    at[SMALL_BINOMIALS] += ONE
    odds = p / (1.0 - p)
    chance = math.exp(n * log_q)
    left = 1.0 - u
    k = 0.0
    while left > chance and k < n:
        left -= chance
        k += 1.0
        chance *= odds * (n - k + 1.0) / k
        if chance < 1e-18 * left and k > n * p:
            break
    return k


@njit(cache=True, error_model="numpy", _nrt=False)
def binomial_large(n, p, at):
    """Return Binomial(n, p), p at most 1/2, by transformed rejection."""
    at[BINOMIALS] += ONE
    mean, q = n * p, 1.0 - p
    spread = math.sqrt(mean * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = mean + 0.5
    narrow = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    mode = whole_below((n + 1.0) * p)
    while True:
        u, v = pair(at)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = whole_below((2.0 * a / edge + b) * u + c)
        if k < 0.0 or k > n:
            continue
        if edge >= 0.07 and v <= narrow:
            return k
        v = math.log(v * alpha / (a / (edge * edge) + b))
        bound = (
            (mode + 0.5) * math.log((mode + 1.0) / (n - mode + 1.0) * q / p)
            + (n + 1.0) * math.log1p((k - mode) / (n - k + 1.0))
            + (k + 0.5) * math.log((n - k + 1.0) / (k + 1.0) * p / q)
            + stirling(mode)
            + stirling(n - mode)
            - stirling(k)
            - stirling(n - k)
        )
        if v <= bound:
            return k


@njit(cache=True, error_model="numpy", _nrt=False)
def binomial(n, p, u, at):
    """Return Binomial(n, p).

    Parameters
    ----------
    n : float
        Whole number, 0 or more.
    p : float
        From 0 to 1.
    u : float
        Uniform used where one is enough; more are drawn at `at`.
    at : uint64[ADDRESS_WORDS]
    """
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    if p > 0.5:
        # the complement of the uniform keeps the number rising with p
        return n - binomial_rare(n, 1.0 - p, 1.0 - u, at)
    return binomial_rare(n, p, u, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def binomial_rare(n, p, u, at):
    """Return Binomial(n, p), p at most 1/2."""
    return binomial_small(n, p, math.log1p(-p), u, at) if n * p < SMALL_MEAN else binomial_many(n, p, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def binomial_many(n, p, at):
    """Return Binomial(n, p) of a mean of 10 or more, p at most 1/2."""
    if n * p > LARGE:
        return min(n, rounded_normal(n * p, n * p * (1.0 - p), 0.0, at))
    return binomial_large(n, p, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def poisson_small(mean, u, at):
    """Return Poisson(mean), mean below 10, by inversion."""
    if u >= mean:
        # P(more than 0) is at most the mean
        return 0.0
    at[SMALL_POISSONS] += ONE
    chance, left, k = math.exp(-mean), 1.0 - u, 0.0
    while left > chance:
        left -= chance
        k += 1.0
        chance *= mean / k
        if chance < 1e-18 * left and k > mean:
            break
    return k


@njit(cache=True, error_model="numpy", _nrt=False)
def poisson_large(mean, at):
    """Return Poisson(mean), mean 10 or more, by transformed rejection."""
    at[POISSONS] += ONE
    log_mean = math.log(mean)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    narrow = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = pair(at)
        u -= 0.5
        edge = 0.5 - abs(u)
        k = whole_below((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= narrow:
            return k
        if k < 0.0 or (edge < 0.013 and v > edge):
            continue
        # ln k! by Stirling's series, so that nothing of size k ln k cancels
        short = mean - (k + 1.0)
        log_ratio = (k + 0.5) * math.log1p(short / (k + 1.0)) - 0.5 * log_mean - short - HALF_LOG_TWO_PI - stirling(k)
        if math.log(v * inverse_alpha / (a / (edge * edge) + b)) <= log_ratio:
            return k


@njit(cache=True, error_model="numpy", _nrt=False)
def poisson(mean, at):
    """Return Poisson(mean); 0 for a mean of 0."""
    if mean <= 0.0:
        return 0.0
    if mean < SMALL_MEAN:
        return poisson_small(mean, pair(at)[0], at)
    if mean > LARGE:
        return rounded_normal(mean, mean, 0.0, at)
    return poisson_large(mean, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def gamma(shape, at):
    """Return Gamma(shape) of scale 1."""
    if shape < 1.0:
        return gamma_from_one(shape + 1.0, at) * math.exp(math.log(pair(at)[0]) / shape)
    if shape > LARGE:
        return max(0.0, shape + math.sqrt(shape) * normal(at))
    return gamma_from_one(shape, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def gamma_from_one(shape, at):
    """Return Gamma(shape), shape 1 or more."""
    at[GAMMAS] += ONE
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(at)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u = pair(at)[0]
        if u < 1.0 - 0.0331 * x * x * x * x or math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            return d * v


@njit(cache=True, error_model="numpy", _nrt=False)
def small_gamma(shape, at):
    """Return Gamma(shape) of a whole shape up to 6: the sum of so many exponential numbers."""
    at[SMALL_GAMMAS] += ONE
    product = 1.0
    left = shape
    while left > 0.0:
        u, v = pair(at)
        # no branch on the last: whether a shape is even is hard to foresee for a processor
        product *= u * (v if left >= 2.0 else 1.0)
        left -= 2.0
    return -math.log(product)


@njit(cache=True, error_model="numpy", _nrt=False)
def negative_binomial(k, success, at):
    """Return the sum of k geometric numbers from 0 on, each with this chance of 0; at most MOST_CELLS."""
    if k <= 0.0 or success >= 1.0:
        return 0.0
    scale = (1.0 - success) / max(success, LEAST_SUCCESS)
    rate = (small_gamma(k, at) if k <= 6.0 else gamma(k, at)) * scale
    return poisson(rate, at) if rate < MOST_CELLS else MOST_CELLS


@njit(cache=True, error_model="numpy", _nrt=False)
def geometric_from(u, log_more):
    """Return a geometric number from 0 on by inversion: floor(ln u / ln(1 - success)), at most MOST_CELLS."""
    return min(whole_below(math.log(u) / log_more), MOST_CELLS)
