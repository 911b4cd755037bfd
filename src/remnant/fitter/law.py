"""The law of detection, value and exact gradient: S(t) = E_g[L(m F(t; g))] and its density (MODEL sections 3 and 7).

F is the closed form of the exact engine for one awake type, psi(t) / psi(infinity), with division and death multiplied
by g and the symptom rate left alone. With x = D_g t and K_g = p/q of `remnant.exact.onetype`:

    F = (1 - e^-x) / (1 + K_g e^-x)

Lineages that rest first have the integral of it: F_rest = integral of omega e^(-omega s) F(t - s) ds. Lineages of all ages,
shed by a primary that grew, have the law of `remnant.fitter.ages`; they do not rest.

The growth integral is the trapezoid rule on the nodes u = j h of ln g, the same for every patient and time; only the
weights (normal, centred on the patient's shift) differ, so the derivatives by shift and spread fall on the weights.
How near the nodes are and how far they reach is `FINE` or `ROUGH`.
"""

import numpy as np
from numba import njit

from remnant.fitter.ages import age_nodes, fill_aged
from remnant.fitter.awake import fill_awake
from remnant.fitter.rest import advance_rest, mix_rest

FINE = (0.04, 7.0)
"""Widest distance of nodes in ln g, and standard deviations of ln g covered to each side: what is lost is below 1e-9."""
ROUGH = (0.07, 5.0)
"""The same for climbs that only look for a start: what is lost is below 1e-4."""
BURDEN, SHIFT, TIME, SPREAD, FRAILTY, SHARE, WAKING = range(7)
LOCAL = 7
"""Derivatives are by: ln m, shift of ln g, ln detection time, ln spread, ln 1/k, logit resting share, ln waking rate."""
SURVIVAL, DENSITY = 0, 1
FEW = 3e-4
"""So small an h, times 1 + theta, is taken by series whose terms left out are below 1e-14."""
LOST = 1e-17
"""A share of a sum that its last digit does not show."""


@njit(cache=True, error_model="numpy")
def node_rates(u, division, symptom, days):
    """Return (D, K, ln K) at each node ln g of `u`: division and symptom per unit of net growth, median detection in `days`.

    Net growth alpha is such that F(days) = 1/2 at g = 1, where F = 1/2 at x = ln(K + 2).
    """
    rate, odds, center = np.empty(u.size), np.empty(u.size), np.empty(u.size)
    root, k = scaled_rates(1.0, division, symptom)
    alpha = np.log(k + 2.0) / (root * days)
    for j in range(u.size):
        g = np.exp(u[j])
        root, k = scaled_rates(g, division, symptom)
        rate[j], odds[j], center[j] = alpha * g * root, k, np.log(k)
    return rate, odds, center


@njit(cache=True, error_model="numpy")
def scaled_rates(g, division, symptom):
    """Return (D / (g alpha), K) at growth speed g: D^2 = r^2 + 4 b sigma, K = (D + r)/(D - r), r = g - sigma, per alpha."""
    s = symptom / g
    root = np.sqrt(1.0 + (4.0 * division - 2.0) * s + s * s)
    half = 0.5 * (root + 1.0 - s)
    return root, half * half * g / (division * symptom)


@njit(cache=True, error_model="numpy")
def laplace(h, theta):
    """Return -L'(h)/L(h), L''(h)/-L'(h), ln L, d lnL/dln theta and d ln(-L')/dln theta of L = (1 + theta h)^(-1/theta)."""
    if theta == 0.0:
        return 1.0, 1.0, -h, 0.0, 0.0
    y = theta * h
    log = np.log1p(y)
    inverse = 1.0 / (1.0 + y)
    if y < 1e-3:
        lead = y * y * (0.5 - y * (2.0 / 3.0 - y * (0.75 - 0.8 * y)))
    else:
        lead = log - y * inverse
    by = lead / theta
    return inverse, (1.0 + theta) * inverse, -log / theta, by, by - y * inverse


@njit(cache=True, error_model="numpy")
def few_found(m, theta, course, first, last):
    """Return the first node from which on series are not enough, because h = m F is not small: F rises from node to node."""
    least = FEW / (m * (1.0 + theta))
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if course[0, middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, error_model="numpy")
def laplace_of_few(h, theta, least):
    """Return what `laplace` does for a small h, by series, but L(h) / L(least) in place of ln L."""
    y = theta * h
    z = theta * least
    away = least - h + 0.5 * (y * h - z * least) - (y * y * h - z * z * least) / 3.0
    inverse = 1.0 - y * (1.0 - y * (1.0 - y))
    lead = y * h * (0.5 - y * (2.0 / 3.0 - 0.75 * y))
    return inverse, (1.0 + theta) * inverse, 1.0 + away * (1.0 + away * (0.5 + away / 6.0)), lead, lead - y * inverse


@njit(cache=True, error_model="numpy")
def survival_sums(log_m, z, weight, ratio, square, theta, spread, course, first, last, whole, out):
    """Write ln S and its gradient for one patient at one time; nodes from `whole` on have F = 1."""
    m = np.exp(log_m)
    resting = course.shape[0] > 4
    step = z[1]
    place = z[0]
    least = m * course[0, first]
    base = laplace(least, theta)[2]
    total = 0.0
    by_m = 0.0
    by_z = 0.0
    by_zz = 0.0
    by_t = 0.0
    by_theta = 0.0
    by_share = 0.0
    by_waking = 0.0
    few = few_found(m, theta, course, first, min(last, whole))
    for j in range(first, min(last, whole)):
        h = m * course[0, j]
        if j < few:
            slope, _, away, lead, _ = laplace_of_few(h, theta, least)
            part = weight * away
        else:
            slope, _, log_l, lead, _ = laplace(h, theta)
            part = weight * np.exp(log_l - base)
        total += part
        by_z += part * place
        by_zz += part * place * place
        by_theta += part * lead
        part *= slope
        by_m += part * h
        by_t += part * course[2, j]
        if resting:
            by_share += part * course[4, j]
            by_waking += part * course[6, j]
        weight *= ratio
        ratio *= square
        place += step
    if last > whole:
        begin = max(first, whole)
        slope, _, log_l, lead, _ = laplace(m, theta)
        level = np.exp(log_l - base)
        sum0 = 0.0
        sum1 = 0.0
        sum2 = 0.0
        for _j in range(begin, last):
            sum0 += weight
            sum1 += weight * place
            sum2 += weight * place * place
            weight *= ratio
            ratio *= square
            place += step
        total += level * sum0
        by_z += level * sum1
        by_zz += level * sum2
        by_theta += level * sum0 * lead
        by_m += level * sum0 * slope * m
    out[0] = np.log(total) + base
    out[1 + BURDEN] = -by_m / total
    out[1 + SHIFT] = by_z / (total * spread)
    out[1 + TIME] = -m * by_t / total
    out[1 + SPREAD] = by_zz / total - 1.0
    out[1 + FRAILTY] = by_theta / total
    out[1 + SHARE] = -m * by_share / total
    out[1 + WAKING] = -m * by_waking / total


@njit(cache=True, error_model="numpy")
def density_sums(log_m, z, weight, ratio, square, theta, spread, course, first, last, whole, out):
    """Write ln f, f = -dS/dt per day, and its gradient for one patient at one time."""
    m = np.exp(log_m)
    resting = course.shape[0] > 4
    step = z[1]
    place = z[0]
    least = m * course[0, first]
    base = laplace(least, theta)[2]
    total = 0.0
    by_m = 0.0
    by_z = 0.0
    by_zz = 0.0
    by_t = 0.0
    by_theta = 0.0
    by_share = 0.0
    by_waking = 0.0
    few = few_found(m, theta, course, first, last)
    for j in range(first, last):
        h = m * course[0, j]
        if j < few:
            slope, curve, away, _, lead = laplace_of_few(h, theta, least)
            part = weight * slope * away
        else:
            slope, curve, log_l, _, lead = laplace(h, theta)
            part = weight * slope * np.exp(log_l - base)
        speed = course[1, j]
        mass = part * speed
        total += mass
        if j >= whole and mass < LOST * total:
            break
        by_z += mass * place
        by_zz += mass * place * place
        by_theta += mass * lead
        fall = mass * curve
        by_m += mass - fall * h
        by_t += part * course[3, j] - fall * m * course[2, j]
        if resting:
            by_share += part * course[5, j] - fall * m * course[4, j]
            by_waking += part * course[7, j] - fall * m * course[6, j]
        weight *= ratio
        ratio *= square
        place += step
    out[0] = np.log(total) + base + log_m
    out[1 + BURDEN] = by_m / total
    out[1 + SHIFT] = by_z / (total * spread)
    out[1 + TIME] = by_t / total
    out[1 + SPREAD] = by_zz / total - 1.0
    out[1 + FRAILTY] = by_theta / total
    out[1 + SHARE] = by_share / total
    out[1 + WAKING] = by_waking / total


@njit(cache=True, error_model="numpy")
def law(times, kinds, burden, shift, shape, fixed, out):
    """Write ln S or ln f and the gradient of each point; points are in order of time.

    Parameters
    ----------
    times, kinds, burden, shift : arrays [point]
        Days over 0, in order; SURVIVAL or DENSITY; ln m; shift of ln g.
    shape : array [5]
        Median detection days at g = 1, spread of ln g, 1/k (0 for none), share of resting lineages (0 for none), waking
        rate per day.
    fixed : array [5]
        Division rate and symptom rate per unit of net growth at g = 1; the two numbers of `FINE` or `ROUGH`; growth of shedding
        against that of lineages, 0 where all lineages begin on the last day.
    out : array [point][1 + LOCAL]
        Written: value, then its derivatives.
    """
    days, spread, theta, share, waking = shape
    h = min(fixed[2], 0.5 * spread)
    reach = fixed[3] * spread
    low = int(np.ceil((shift.min() - reach) / h))
    high = int(np.floor((shift.max() + reach) / h)) + 1
    nodes = node_rates(np.arange(low, high) * h, fixed[0], fixed[1], days)
    resting, aged = share > 0.0, fixed[4] > 0.0
    course = np.zeros((8 if resting else 4, nodes[0].size))
    nodes, ages = age_nodes(nodes, fixed[4], scaled_rates(1.0, fixed[0], fixed[1])[1])
    bits = np.empty(nodes[0].size, np.int64)
    state = np.zeros((3, nodes[0].size if resting else 0))
    z = np.empty(2)
    z[1] = h / spread
    square = np.exp(-z[1] * z[1])
    scale = z[1] / np.sqrt(2.0 * np.pi)
    i = 0
    before = 0.0
    while i < times.size:
        t = times[i]
        stop = i
        least, most = shift[i], shift[i]
        while stop < times.size and times[stop] == t:
            least, most = min(least, shift[stop]), max(most, shift[stop])
            stop += 1
        first = int(np.ceil((least - reach) / h)) - low
        last = int(np.floor((most + reach) / h)) + 1 - low
        if aged:
            whole = fill_aged(t, nodes, ages, first, last, course)
        else:
            whole = fill_awake(t, nodes, first, last, course, bits)
        if resting:
            advance_rest(before, t, nodes, waking, state, course[4:], bits)
            mix_rest(share, waking, state, first, last, course)
            whole = last
            before = t
        while i < stop:
            first = int(np.ceil((shift[i] - reach) / h)) - low
            last = int(np.floor((shift[i] + reach) / h)) + 1 - low
            z[0] = ((low + first) * h - shift[i]) / spread
            weight = scale * np.exp(-0.5 * z[0] * z[0])
            ratio = np.exp(-z[1] * (z[0] + 0.5 * z[1]))
            if kinds[i] == SURVIVAL:
                survival_sums(burden[i], z, weight, ratio, square, theta, spread, course, first, last, whole, out[i])
            else:
                density_sums(burden[i], z, weight, ratio, square, theta, spread, course, first, last, whole, out[i])
            i += 1
