"""Lesions after detection from one day to another: they grow, resist, wake, shed, and may end the life.

Cells of ladder level j withstand the first j lines of drugs. A lesion lives its exact law (see `pool`); above `SURE` cells it
follows its mean, and large ones slow down (see `growth_of`). A local recurrence sheds cells as the primary did,
from its own size: while it grew unseen (drawn at once, from the closed form for exponential growth) and afterwards."""

import math

import numpy as np
from numba import njit

from remnant.sampler.after_state import (
    HAZARD,
    HELPED,
    KILLING,
    LEVELS,
    LINE_AT,
    NOW,
    OF_END,
    OF_GROWTH,
    OF_SHED,
    REST,
    SURE,
    WAKES,
    add_lesion,
    drop_gone,
    size,
    spend,
)
from remnant.sampler.draws import binomial, negative_binomial, poisson
from remnant.sampler.pool import mean_path, pool_law
from remnant.sampler.rng import address, mixed, pair


@njit(cache=True, error_model="numpy", _nrt=False)
def grown(n, b, d, days, at):
    """Return what n cells become: the exact law, or above many its mean."""
    if n > SURE:
        return n * math.exp(min((b - d) * days, 50.0))
    _, survive, success = pool_law(b, d, 0.0, days)
    kept = binomial(n, survive, pair(at)[0], at)
    return kept + negative_binomial(kept, success, at)


@njit(cache=True, error_model="numpy", _nrt=False)
def growth_of(plan, speed, cells):
    """Return the net growth per day of a lesion: what its cells want, g r, in series with what vessels bring, r sqrt(M / N).

    Supply belongs to the body and not to the cells, so it is the same for slow and fast tumours: large lesions of fast tumours
    slow down sooner. Burdens then grow as a power of time (Hart et al. 1998, Br J Cancer 78:382: dN/dt in proportion to N^0.5).
    """
    return plan.growth * speed / (1.0 + speed * math.sqrt(cells / plan.slows_from))


@njit(cache=True, error_model="numpy", _nrt=False)
def load(plan, room):
    """Return all cells there are, each against what is lethal where it is."""
    total = 0.0
    for i in range(room.lesions[0]):
        total += size(room, i) / plan.lethal[room.site[i]]
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def grow(plan, room, i, speed, days, tick):
    """Carry one lesion over a step."""
    at, total = room.at, size(room, i)
    b, r = plan.division * speed, growth_of(plan, speed, total)
    address(at, OF_GROWTH, mixed(room.name[i], tick))
    fresh = 0.0
    woken = binomial(room.cells[i, REST], -math.expm1(-plan.waking * days), pair(at)[0], at) if room.cells[i, REST] > 0.0 else 0.0
    for level in range(LEVELS):
        n = room.cells[i, level]
        arrived, fresh = fresh, 0.0
        if n > 0.0:
            d = b - r + (room.me[KILLING] if level <= room.me[LINE_AT] else 0.0)
            room.cells[i, level] = grown(n, b, d, days, at)
            if level < LEVELS - 1:
                fresh = poisson(min(plan.mutation * b * n * mean_path(b - d, days), 1e12), at)
        room.cells[i, level] += arrived
    if woken > 0.0:
        room.cells[i, REST] -= woken
        room.cells[i, 0] += binomial(woken, WAKES, pair(at)[0], at)


@njit(cache=True, error_model="numpy", _nrt=False)
def shed(plan, room, speed, days, tick):
    """Let local lesions send cells elsewhere during a step."""
    for i in range(room.lesions[0]):
        if plan.site_kind[room.site[i]] != 0:
            continue
        awake = size(room, i) - room.cells[i, REST]
        if awake < 1e5:
            continue
        strength = (awake / plan.primary) ** plan.shed_power * days
        for site in range(plan.shed.shape[0]):
            if plan.shed[site] > 0.0:
                stream = mixed(mixed(room.name[i], tick), np.uint64(site))
                address(room.at, OF_SHED, stream)
                new = poisson(plan.shed[site] * strength, room.at)
                if new > 0.0:
                    add_lesion(room, site, mixed(stream, np.uint64(7)), 0, new)


@njit(cache=True, error_model="numpy", _nrt=False)
def shed_before(plan, room, speed):
    """Add what local lesions had sent elsewhere by the day they were found.

    A lesion of N cells that grew at r shed at rate c (N e^(-r s))^p so long s before: c N^p / (p r) founders in all, of
    exponential age with rate p r.
    """
    r, b = plan.growth * speed, plan.division * speed
    if plan.shed_power <= 0.0:
        return
    p = plan.shed_power
    for i in range(room.lesions[0]):
        if plan.site_kind[room.site[i]] != 0:
            continue
        awake = size(room, i) - room.cells[i, REST]
        for site in range(plan.shed.shape[0]):
            if plan.shed[site] <= 0.0 or awake <= 0.0:
                continue
            stream = mixed(room.name[i], np.uint64(1000 + site))
            address(room.at, OF_SHED, stream)
            number = poisson(plan.shed[site] * (awake / plan.primary) ** p / (p * r), room.at)
            for k in range(np.int64(min(number, 200.0))):
                age = -math.log(pair(room.at)[0]) / (p * r)
                cells = grown(1.0, b, b - r, min(age, 36500.0), room.at)
                if cells > 0.0:
                    add_lesion(room, site, mixed(stream, np.uint64(k + 1)), 0, cells)


@njit(cache=True, error_model="numpy", _nrt=False)
def pass_days(plan, room, people, patient, speed, end):
    """Carry everything to day `end`; return whether the person died of the disease by then, and when."""
    me = room.me
    days, tick = end - me[NOW], np.uint64(np.int64(end * 16.0) + 1)
    was = load(plan, room)
    for i in range(room.lesions[0]):
        grow(plan, room, i, speed, days, tick)
    shed(plan, room, speed, days, tick)
    drop_gone(room)
    address(room.at, OF_END, tick)
    u, v = pair(room.at)
    # as for symptoms, each cell does harm at a rate of the body's, whatever its own speed
    hazard = plan.growth * 0.5 * (was + load(plan, room))
    if me[HELPED] > 0.0:
        hazard *= plan.palliative[HAZARD]
    died = u < -math.expm1(-hazard * days)
    day = me[NOW] + v * days if died else end
    spend(people, patient, me, day)
    return died
