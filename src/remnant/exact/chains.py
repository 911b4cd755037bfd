"""Types that change into each other without a way back: each is forced by psi of its targets, which come first.

With psi = N / D the equation of one type is linear, and its targets, known at Gauss nodes, are the only forcing:

    N' = alpha N + sigma D + F D - G N,   D' = gamma N,   F = sum_j (s + m)_j psi_j,   G = sum_j m_j psi_j,   m = b mu

The flow without F and G is known in closed form, and what they add is found by collocation: a few rounds, as they are weak.
N and D are positive and have no poles.
"""

import numpy as np
from numba import njit

from remnant.exact.feeding import (
    CLEAR_6,
    CLEAR_9,
    NODES_6,
    NODES_9,
    WEIGHTS_6,
    WEIGHTS_9,
    WIDTH,
    faded,
)
from remnant.exact.onetype import SMALL, matrix_of, riccati_rates, to_pole
from remnant.exact.series import links

MOST_ROUNDS = 14
AGREED = 1e-12
"""Largest relative move of the forcing that the next round would make, were it as much smaller as this one was."""
CLOSE, ALONE = 1e-7, 1e-14
"""Nearer than the first, relative to its fixed point, a psi relaxes linearly; what its targets do is ignored below the second."""
FEW = 6
"""So few lanes are not worth hops of their own."""
TINIEST = 1e-290


def _integrals(nodes: np.ndarray) -> np.ndarray:
    """Return [i][j] the integral from 0 to node i of the polynomial that is 1 at node j and 0 at the others."""
    points = 2.0 * nodes - 1.0
    basis = np.linalg.inv(np.polynomial.legendre.legvander(points, len(nodes) - 1))
    summed = [np.polynomial.legendre.Legendre(basis[:, j]).integ(lbnd=-1.0)(points) for j in range(len(nodes))]
    return np.ascontiguousarray(0.5 * np.array(summed).T)


UP_TO_6, UP_TO_9 = _integrals(NODES_6), _integrals(NODES_9)


@njit(cache=True, error_model="numpy")
def rule_for(width, clear):
    """Return nodes, weights and integrals up to each node for a stretch of this width, with a pole `clear` stretches away."""
    if width < 1.5 and clear >= CLEAR_6:
        return NODES_6, WEIGHTS_6, UP_TO_6
    return NODES_9, WEIGHTS_9, UP_TO_9


@njit(cache=True, error_model="numpy")
def tabulate(table, nodes, roots, equation, days):
    """Fill table[0:4] of one type: the map to each node and to the end, in the scale of `matrix_of` over 2 D."""
    p, q, speed = roots
    scale = 1.0 if speed * days < SMALL else 0.5 / speed
    for i in range(nodes.shape[0] + 1):
        at = nodes[i] * days if i < nodes.shape[0] else days
        if speed * days < SMALL:
            half = 0.5 * equation[0] * at
            m11, m12, m21, m22 = 1.0 + half, equation[2] * at, equation[1] * at, 1.0 - half
        else:
            m11, m12, m21, m22 = matrix_of(p, q, speed, equation, at)
        table[0, i], table[1, i], table[2, i], table[3, i] = scale * m11, scale * m12, scale * m21, scale * m22


@njit(cache=True, error_model="numpy")
def tabulate_forcing(table, rule, roots, equation, days):
    """Fill table[4 + 2 m, i] and table[5 + 2 m, i]: what forcing at node m leaves in N and in D at node i, or at the end."""
    nodes, weights, up_to = rule
    alpha, gamma, _ = equation
    p, q, speed = roots
    count, flat = nodes.shape[0], speed * days < SMALL
    lost = np.ones(count + 1)
    for i in range(count + 1):
        lost[i] = -np.expm1(-speed * days * (nodes[i] if i < count else 1.0))
    for m in range(count):
        back = 1.0 / (1.0 - lost[m])
        for i in range(count + 1):
            share = days * (up_to[i, m] if i < count else weights[m])
            if flat:
                since = ((nodes[i] if i < count else 1.0) - nodes[m]) * days
                table[4 + 2 * m, i], table[5 + 2 * m, i] = share * (1.0 + 0.5 * alpha * since), share * gamma * since
            else:
                gone = (lost[i] - lost[m]) * back
                share /= speed
                table[4 + 2 * m, i], table[5 + 2 * m, i] = share * 0.5 * (p + q - q * gone), share * gamma * gone


@njit(cache=True, error_model="numpy")
def put(over, under, table, i, psi, force):
    """Fill N and D at place i: the flow, and what the forcing at all nodes leaves there; three nodes at a time."""
    m11, m12, m21, m22 = table[0, i], table[1, i], table[2, i], table[3, i]
    for lane in range(psi.shape[0]):
        over[lane] = m11 * psi[lane] + m12
        under[lane] = m21 * psi[lane] + m22
    for m in range(0, force.shape[0], 3):
        own0, own1, own2 = table[4 + 2 * m, i], table[6 + 2 * m, i], table[8 + 2 * m, i]
        other0, other1, other2 = table[5 + 2 * m, i], table[7 + 2 * m, i], table[9 + 2 * m, i]
        force0, force1, force2 = force[m], force[m + 1], force[m + 2]
        for lane in range(psi.shape[0]):
            one, two, three = force0[lane], force1[lane], force2[lane]
            over[lane] += own0 * one + own1 * two + own2 * three
            under[lane] += other0 * one + other1 * two + other2 * three


@njit(cache=True, error_model="numpy")
def force_again(force, gain, loss, over, under):
    """Fill the forcing F D - G N at one node; return its largest relative move."""
    worst = 0.0
    for lane in range(force.shape[0]):
        more, less = gain[lane] * under[lane], loss[lane] * over[lane]
        move, size = abs((more - less - force[lane]).real), abs(more.real) + abs(less.real)
        force[lane] = more - less
        if move > worst * (size + TINIEST):
            worst = move / (size + TINIEST)
    return worst


@njit(cache=True, error_model="numpy")
def agree(psi, gain, loss, table, over, under, force):  # noqa: PLR0913  a kernel
    """Fill N, D and the forcing F D - G N at the nodes; return whether they agree after some rounds."""
    count, last = gain.shape[0], 1.0
    force[:] = 0.0
    for n in range(MOST_ROUNDS):
        worst = 0.0
        for i in range(count):
            put(over[i], under[i], table, i, psi, force if n > 0 else force[:0])
        for i in range(count):
            worst = max(worst, force_again(force[i], gain[i], loss[i], over[i], under[i]))
        if n > 0:
            if worst * min(1.0, worst / last) <= AGREED:
                return True
            last = worst
    return False


@njit(cache=True, error_model="numpy")
def forced_type(psi, nodes_psi, gain, loss, table, work, linear):  # noqa: PLR0913  a kernel
    """Move psi of one type over a stretch and fill nodes_psi; return whether the forcing was agreed on.

    `gain` and `loss` are F and G at the nodes; `work` is space for N, D and the forcing, [3][node + 1][lane].
    """
    count = gain.shape[0]
    over, under, force = work[0], work[1], work[2, :count]
    if linear:
        # D does not know of the forcing, and so the forcing not of itself
        for i in range(count):
            force[i] = gain[i] * table[3, i]
        for i in range(count):
            put(over[i], under[i], table, i, psi, force)
    elif not agree(psi, gain, loss, table, over, under, force):
        return False
    put(over[count], under[count], table, count, psi, force)
    for i in range(count):
        here, top, bottom = nodes_psi[i], over[i], under[i]
        for lane in range(here.shape[0]):
            here[lane] = top[lane] / bottom[lane]
    top, bottom = over[count], under[count]
    for lane in range(psi.shape[0]):
        psi[lane] = top[lane] / bottom[lane]
    return True


@njit(cache=True, error_model="numpy")
def alone_type(psi, nodes_psi, table):
    """Move psi of a type that never changes over a stretch and fill nodes_psi."""
    count = nodes_psi.shape[0]
    for i in range(count + 1):
        m11, m12, m21, m22 = table[0, i], table[1, i], table[2, i], table[3, i]
        here = nodes_psi[i] if i < count else psi
        for lane in range(psi.shape[0]):
            here[lane] = (m11 * psi[lane] + m12) / (m21 * psi[lane] + m22)


@njit(cache=True, error_model="numpy")
def cross_stretch(psi, at_nodes, linked, tables, work):
    """Move all types over a stretch, targets first; return whether every forcing was agreed on.

    Parameters
    ----------
    psi : array[type][lane]
        Moved in place; spoilt where False is returned.
    at_nodes : array[type][node][lane]
        Filled.
    linked : tuple
        What `links` gives, and which types are forced.
    tables : array[type][row][place]
    work : array[5][node + 1][lane]
    """
    _, gamma, _, flow, mutant, forced = linked
    count = at_nodes.shape[1]
    gain, loss = work[3, :count], work[4, :count]
    for k in range(psi.shape[0]):
        if not forced[k]:
            alone_type(psi[k], at_nodes[k], tables[k])
            continue
        gain[:] = 0.0
        loss[:] = 0.0
        for j in range(k):
            if flow[k, j] > 0.0:
                for i in range(count):
                    there, more, less = at_nodes[j, i], gain[i], loss[i]
                    for lane in range(there.shape[0]):
                        more[lane] += flow[k, j] * there[lane]
                        less[lane] += mutant[k, j] * there[lane]
        if not forced_type(psi[k], at_nodes[k], gain, loss, tables[k], work[:3], gamma[k] == 0.0 and not mutant[k].any()):
            return False
    return True


@njit(cache=True, error_model="numpy")
def nearest_pole(psi, roots, linked):
    """Return the least distance in days of the pole behind any psi of a lane block."""
    nearest = np.inf
    for k in range(psi.shape[0]):
        if linked[1][k] > 0.0:
            p, speed = roots[k, 0], roots[k, 2]
            top = psi[k, 0].real
            for lane in range(1, psi.shape[1]):
                top = max(top, psi[k, lane].real)
            nearest = min(nearest, to_pole(p, speed, linked[1][k], top))
    return nearest


@njit(cache=True, error_model="numpy")
def fixed_points(linked):
    """Return psi at which each type rests when its targets do, and the rate at which it relaxes; NaN for resting types."""
    alpha, gamma, symptom, flow, mutant, _ = linked
    fixed, relax = np.empty(alpha.shape[0]), np.empty(alpha.shape[0])
    for k in range(alpha.shape[0]):
        gain, loss = 0.0, 0.0
        for j in range(k):
            if flow[k, j] > 0.0:
                gain += flow[k, j] * fixed[j]
                loss += mutant[k, j] * fixed[j]
        p, _, speed = riccati_rates(alpha[k] - loss, gamma[k], symptom + gain)
        fixed[k], relax[k] = (0.5 * p / gamma[k], speed) if gamma[k] > 0.0 else (np.nan, 0.0)
    return fixed, relax


@njit(cache=True, error_model="numpy")
def is_saturated(psi, linked, steady, days):
    """Return whether the types that divide are so near their fixed points that each relaxes by itself."""
    _, gamma, _, flow, _, _ = linked
    fixed, relax = steady
    for k in range(psi.shape[0]):
        off = 0.0
        for j in range(k):
            if flow[k, j] > 0.0:
                if not gamma[j] > 0.0:
                    return False
                off += flow[k, j] * abs((psi[j] - fixed[j]).real)
        if gamma[k] > 0.0:
            near = abs((psi[k] - fixed[k]).real) <= CLOSE * fixed[k]
            if not (near and off * min(days, 1.0 / relax[k]) <= ALONE * fixed[k]):
                return False
    return True


@njit(cache=True, error_model="numpy")
def finish_saturated(psi, linked, steady, days):
    """Move psi of every type of one lane, which is saturated, over all the days left."""
    alpha, gamma, symptom, flow, _, _ = linked
    fixed, relax = steady
    for k in range(psi.shape[0]):
        if not gamma[k] > 0.0:
            stay = np.exp(alpha[k] * days)
            kept = faded(-alpha[k], days)
            psi[k] = stay * psi[k] + kept * symptom
            for j in range(k):
                if flow[k, j] > 0.0:
                    fading = stay * faded(relax[j] + alpha[k], days)
                    psi[k] += flow[k, j] * (kept * fixed[j] + fading * (psi[j] - fixed[j]))
    for k in range(psi.shape[0]):
        if gamma[k] > 0.0:
            psi[k] = fixed[k] + np.exp(-relax[k] * days) * (psi[k] - fixed[k])


@njit(cache=True, error_model="numpy")
def run_chain(psi, linked, roots, steady, fastest, days):
    """Move a block of lanes back over `days`, in place."""
    alpha, gamma, symptom, _, _, forced = linked
    size, lanes = psi.shape
    tables = np.empty((size, 22, 10))
    at_nodes, work = np.empty((size, 9, lanes), psi.dtype), np.empty((5, 10, lanes), psi.dtype)
    before, left, last, shorter, used = np.empty_like(psi), days, -1.0, 1.0, 0
    while left > 0.0:
        pole = nearest_pole(psi, roots, linked)
        longest = shorter * min(left, WIDTH / fastest if fastest > 0.0 else left, pole / CLEAR_9)
        hop = left / np.ceil(left / longest * (1.0 - 1e-12))
        rule = rule_for(fastest * hop, pole / hop)
        count = rule[0].shape[0]
        if abs(hop - last) > 1e-13 * hop or count != used:
            for k in range(size):
                own = (roots[k, 0], roots[k, 1], roots[k, 2])
                tabulate(tables[k], rule[0], own, (alpha[k], gamma[k], symptom), hop)
                if forced[k]:
                    tabulate_forcing(tables[k], rule, own, (alpha[k], gamma[k], symptom), hop)
            last, used = hop, count
        before[:] = psi
        if not cross_stretch(psi, at_nodes[:, :count], linked, tables, work):
            psi[:] = before
            shorter *= 0.5
            continue
        left = left - hop if left - hop > 1e-9 * hop else 0.0
        saturated = left > 0.0
        for lane in range(lanes if saturated else 0):
            saturated &= is_saturated(psi[:, lane], linked, steady, left)
            if not saturated:
                break
        if saturated:
            for lane in range(lanes):
                finish_saturated(psi[:, lane], linked, steady, left)
            return


@njit(cache=True, error_model="numpy")
def is_near_pole(column, linked, roots, reach):
    """Return whether any psi of a lane has a pole behind it within this many days."""
    for k in range(column.shape[0]):
        if linked[1][k] > 0.0 and to_pole(roots[k, 0], roots[k, 2], linked[1][k], column[k]) < reach:
            return True
    return False


@njit(cache=True, error_model="numpy")
def sort_lanes(x, lanes, kinds, linked, roots, steady, fastest, days):  # noqa: PLR0913  a kernel
    """Move the saturated lanes over `days`; return the others, far from any pole and near one, as chosen[:first], chosen[last:].

    Lanes near a pole need shorter hops: they go by themselves, or take the few that are left along.
    """
    hop = min(days, WIDTH / fastest) if fastest > 0.0 else days
    reach = hop * (CLEAR_6 if fastest * hop < 1.5 else CLEAR_9)
    chosen, first, last = np.empty(lanes[1] - lanes[0], np.int64), 0, lanes[1] - lanes[0]
    column = np.empty(kinds.shape[0], x.dtype)
    for lane in range(lanes[0], lanes[1]):
        for k in range(kinds.shape[0]):
            column[k] = x[kinds[k], lane]
        if is_saturated(column, linked, steady, days):
            finish_saturated(column, linked, steady, days)
            for k in range(kinds.shape[0]):
                x[kinds[k], lane] = column[k]
        elif is_near_pole(column, linked, roots, reach):
            last -= 1
            chosen[last] = lane
        else:
            chosen[first] = lane
            first += 1
    if first < FEW and last < chosen.shape[0]:
        for i in range(first - 1, -1, -1):
            last -= 1
            chosen[last] = chosen[i]
        first = 0
    return chosen, first, last


@njit(cache=True, error_model="numpy")
def cross_chain(x, lanes, kinds, rates, days):
    """Move the lanes from the first to before the last back over `days`.

    Parameters
    ----------
    x : array[type][lane]
    kinds : int array
        The types that take part, targets first.
    rates : tuple
        division, death [type], symptom, switching, mutation [from][to].
    """
    alpha, gamma, symptom, flow, mutant = links(kinds, rates)
    size = kinds.shape[0]
    forced = np.empty(size, np.bool_)
    for k in range(size):
        forced[k] = flow[k].any()
    linked = (alpha, gamma, symptom, flow, mutant, forced)
    roots, fastest = np.empty((size, 3)), 0.0
    for k in range(size):
        p, q, speed = riccati_rates(alpha[k], gamma[k], symptom)
        roots[k] = (p, q, speed)
        fastest = max(fastest, speed, 4.0 * flow[k].sum() if gamma[k] > 0.0 else 0.0)
    steady = fixed_points(linked)
    chosen, first, last = sort_lanes(x, lanes, kinds, linked, roots, steady, fastest, days)
    for low, high in ((0, first), (last, chosen.shape[0])):
        if low < high:
            block = np.empty((size, high - low), x.dtype)
            for k in range(size):
                for i in range(low, high):
                    block[k, i - low] = x[kinds[k], chosen[i]]
            run_chain(block, linked, roots, steady, fastest, days)
            for k in range(size):
                for i in range(low, high):
                    x[kinds[k], chosen[i]] = block[k, i - low]
