"""What tests see of a life at a moment: looks, and markers read by their rise since an earlier test."""

import math

import numpy as np
from numba import njit

from remnant.sampler.draws import normal
from remnant.sampler.rng import address, pair
from remnant.sampler.work import FOUND_DAY, FOUND_ROUTE, FOUND_SITE, OF_IMAGE, OF_LEVEL, OF_LOOK, OF_USUAL


@njit(cache=True, error_model="numpy", _nrt=False)
def cells_at(plan, work, lesions, site, knot):
    """Return the cells at a site that a look at a knot could see."""
    total = 0.0
    for i in range(lesions):
        row = work.lesion_row[i]
        if plan.row_site[row] == site and not (plan.row_known[row] == 1 and knot < plan.zero_knot):
            for k in range(i * plan.kinds, i * plan.kinds + plan.kinds):
                total += work.cells[k]
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def look(plan, work, lesions, knot):
    """Take the looks of a knot; return whether one of them found something, which is then noted in the life."""
    for i in range(plan.look_first[knot], plan.look_first[knot + 1]):
        cells = cells_at(plan, work, lesions, plan.look_site[i], knot)
        if cells > 0.0:
            address(work.at, OF_LOOK, plan.look_stream[i])
            u, x = pair(work.at)[0], cells * plan.look_miss[i]
            # 1 - e^-x is at most x, so most looks at few cells need no exponential
            if u < x and u < -math.expm1(-x):
                work.life[FOUND_DAY] = plan.knots[knot]
                work.life[FOUND_SITE] = plan.look_site[i]
                work.life[FOUND_ROUTE] = plan.look_route[i]
                return True
    return False


@njit(cache=True, error_model="numpy", _nrt=False)
def measure(plan, work, lesions, knot):
    """Measure the markers of a knot: usual level and what cells add, times what differs from one measurement to the next."""
    for i in range(plan.level_first[knot], plan.level_first[knot + 1]):
        marker = plan.level_marker[i]
        address(work.at, OF_USUAL, plan.marker_stream[marker])
        level = math.exp(plan.marker_spread[marker] * normal(work.at))
        for site in range(plan.sites):
            adds = plan.marker_adds[marker * plan.sites + site]
            if adds > 0.0:
                level += adds * cells_at(plan, work, lesions, site, knot)
        address(work.at, OF_LEVEL, plan.level_stream[i])
        work.levels[i] = level * math.exp(plan.marker_noise[marker] * normal(work.at))


@njit(cache=True, error_model="numpy", _nrt=False)
def look_after_rises(plan, work, lesions, knot):
    """Measure markers and follow the rules that end at a knot; return whether an image found something, which is then noted."""
    measure(plan, work, lesions, knot)
    for i in range(plan.rise_first[knot], plan.rise_first[knot + 1]):
        level, bit = work.levels[plan.rise_level[i]], np.uint64(1) << np.uint64(plan.rise_number[i])
        if level < plan.rise_factor[i] * work.levels[plan.rise_before[i]]:
            continue
        work.rung[0] |= bit
        if plan.rise_again[i] >= 0 and work.levels[plan.rise_again[i]] <= level:
            continue
        work.rung[1] |= bit
        for place in range(plan.sites):
            site, x = plan.advance[place], 0.0
            miss = plan.rise_miss[i * plan.sites + site]
            if miss > 0.0:
                x = miss * cells_at(plan, work, lesions, site, knot)
            if x > 0.0:
                address(work.at, OF_IMAGE, plan.rise_stream[i * plan.sites + site])
                if pair(work.at)[0] < -math.expm1(-x):
                    work.life[FOUND_DAY], work.life[FOUND_SITE] = plan.knots[knot], site
                    work.life[FOUND_ROUTE] = plan.rise_route[i]
                    return True
    return False
