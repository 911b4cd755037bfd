"""One patient from one knot to the next: every lesion is carried by itself, to the end or to the first symptom."""

from numba import njit

from remnant.sampler.founders import pass_seeds, push_seeds, sow
from remnant.sampler.kernel import calm, carry, cross, cross_pool, emission, law_of, stride
from remnant.sampler.plan import BY_SEEDING
from remnant.sampler.rng import address, address_after_first, first_pairs, mixed, pair
from remnant.sampler.work import FOUND_DAY, NONE, OF_POOL, pool_stream

FREE, FOUND, BEFORE_ZERO = 0, 1, 2


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_interval(plan, work, lesions, interval, end):
    """Carry all lesions to day `end`; return how many of them have no cells then."""
    emptied = 0
    draw_first_pairs(plan, work, lesions, interval)
    for i in range(lesions):
        row = work.lesion_row[i]
        sighted = 0 if plan.row_known[row] == 1 and interval < plan.zero_knot else 1
        if plan.seeded == 0 and (plan.changing == 0 or calm(plan, work, i, row, interval, sighted)):
            total = cross_calm(plan, work, i, row, interval, sighted, end)
        else:
            total = cross_lesion(plan, work, i, row, interval, sighted, end)
        emptied += 1 if total == 0.0 else 0
        if interval < plan.zero_knot and work.life[FOUND_DAY] < end:
            break
    return emptied


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_calm(plan, work, lesion, row, interval, sighted, end):
    """Carry a lesion whose cells keep their types to day `end`, or to its first symptom; return its cells."""
    begin, site, total = plan.knots[interval], plan.row_site[row], 0.0
    for k in range(plan.kinds):
        n = work.cells[lesion * plan.kinds + k]
        if n > 0.0:
            law = law_of(plan, work, interval, site, sighted, k)
            stream, u, v = next_drawn(work)
            n_then = carry(plan, work, interval, law, n, begin, end, stream, u, v)
            if n_then < 0.0:
                emission(plan, work, NONE, law, (k, site), n, (begin, end), stream, u, v)
                n_then = n
            work.cells[lesion * plan.kinds + k] = n_then
            total += n_then
    return total


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_lesion(plan, work, lesion, row, interval, sighted, end):
    """Carry a lesion to day `end`, or at least to the first symptom, in one stride or in several; return its cells."""
    day, site, total = plan.knots[interval], plan.row_site[row], 0.0
    # once at least, though a symptom may come at the knot: the pairs drawn together are for every lesion in turn
    while True:
        until = stride(plan, work, interval, site, sighted, lesion, day, end) if plan.changing == 1 else end
        total = cross_stretch(plan, work, lesion, row, interval, sighted, day, until)
        if until >= end or work.life[FOUND_DAY] < until:
            break
        day = until
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def cross_stretch(plan, work, lesion, row, interval, sighted, day, until):
    """Carry a lesion from one day to another, or to its first symptom; return its cells."""
    first, site, top, total = lesion * plan.kinds, plan.row_site[row], NONE, 0.0
    for k in range(plan.kinds):
        work.fresh[k] = 0.0
    for k in range(plan.kinds):
        n = work.cells[first + k]
        if n > 0.0:
            if day == plan.knots[interval]:
                stream, u, v = next_drawn(work)
            else:
                stream = pool_stream(work.lesion_id[lesion], k, day)
                address(work.at, OF_POOL, stream)
                u, v = pair(work.at)
            law = law_of(plan, work, interval, site, sighted, k)
            top = cross_pool(plan, work, top, law, interval, (k, site), n, (day, day, until), stream, u, v)
    if plan.row_kind[row] == BY_SEEDING:
        top = push_seeds(plan, work, top, row, work.lesion_id[lesion], day, until)
    if top > 0:
        cross(plan, work, top, interval, site, sighted, day, until)
    for k in range(plan.kinds):
        work.cells[first + k] = work.fresh[k]
        total += work.fresh[k]
    return total


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def draw_first_pairs(plan, work, lesions, interval):
    """Draw the first pairs of all pools that there are at the start of an interval."""
    count = NONE
    for i in range(lesions):
        for k in range(plan.kinds):
            if work.cells[i * plan.kinds + k] > 0.0:
                work.drawn_stream[count] = mixed(work.lesion_id[i], plan.streams[interval * plan.kinds + k])
                count += 1
    first_pairs(work.at, OF_POOL, work.drawn_stream, count, work.drawn_u, work.drawn_v)
    work.drawn[0] = 0


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def next_drawn(work):
    """Go to the next pool of the start of the interval; return its stream and its first pair."""
    i = work.drawn[0]
    work.drawn[0] = i + 1
    address_after_first(work.at, OF_POOL, work.drawn_stream[i])
    return work.drawn_stream[i], work.drawn_u[i], work.drawn_v[i]


@njit(cache=True, error_model="numpy", _nrt=False)
def copy_numbers(source, target, count):
    """Copy so many numbers."""
    for i in range(count):
        target[i] = source[i]


@njit(cache=True, error_model="numpy", _nrt=False)
def sow_interval(plan, work, lesions, end):
    """Make lesions of all seeds that come before day `end`; return the new number of lesions."""
    for row in range(plan.rows):
        if plan.row_start[row] < end and plan.row_kind[row] == BY_SEEDING and work.seed_next[row] < work.seed_count[row]:
            lesions = sow(plan, work, lesions, row, end)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def pass_interval(plan, work, lesions, interval):
    """Carry a patient to the next knot, or to the first symptom before it; return FREE, FOUND or BEFORE_ZERO, and lesions."""
    end = plan.knots[interval + 1]
    if plan.seeded == 1:
        lesions = sow_interval(plan, work, lesions, end)
    if plan.noticed == 1:
        copy_numbers(work.cells, work.before, lesions * plan.kinds)
    until = end
    while True:
        emptied = cross_interval(plan, work, lesions, interval, until)
        if not work.life[FOUND_DAY] < until:
            break
        if interval < plan.zero_knot:
            return BEFORE_ZERO, lesions
        until = work.life[FOUND_DAY]
        copy_numbers(work.before, work.cells, lesions * plan.kinds)
    if until < end:
        return FOUND, lesions
    if plan.seeded == 1:
        for row in range(plan.rows):
            if plan.row_kind[row] == BY_SEEDING and plan.row_start[row] < end:
                pass_seeds(work, row, end)
    return FREE, drop_empty(plan, work, lesions) if emptied > 0 else lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def drop_empty(plan, work, lesions):
    """Forget lesions without cells, unless more seeds of theirs may come; return how many are left."""
    left, kinds = NONE, plan.kinds
    for i in range(lesions):
        # moved whether or not it stays: which do is hard to foresee for a processor
        total = 0.0
        for k in range(kinds):
            n = work.cells[i * kinds + k]
            work.cells[left * kinds + k] = n
            total += n
        row = work.lesion_row[i]
        work.lesion_id[left], work.lesion_row[left] = work.lesion_id[i], row
        waits = plan.row_kind[row] == BY_SEEDING and work.seed_lesions[row] == 0 and work.seed_next[row] < work.seed_count[row]
        left += 1 if total > 0.0 or waits else 0
    return left
