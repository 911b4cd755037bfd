"""One patient from one knot to the next: every lesion is carried by itself, to the end or to the first symptom."""

from numba import njit

from remnant.sampler.across import count_unseen, found_unseen, list_unseen, note_unseen_symptoms, settle_unseen
from remnant.sampler.founders import pass_seeds, push_seeds, sow
from remnant.sampler.kernel import carry, cross, cross_pool, emission, law_by_number, law_of, laws_before, laws_owner, stride
from remnant.sampler.leap import leaps
from remnant.sampler.plan import BY_SEEDING
from remnant.sampler.pool import EMIT, LAW, SURVIVE, descendants, lineage
from remnant.sampler.rng import address, address_after_first, first_pairs, kind_stream, pair, pool_stream
from remnant.sampler.work import FOUND_DAY, NONE, OF_POOL, WANT_DEATH, emitted

FREE, FOUND, BEFORE_ZERO = 0, 1, 2


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_interval(plan, work, lesions, unseen, interval, end):
    """Carry all lesions to day `end`, or to a symptom before `zero`.

    Return how many pools and lesions ran out of cells, and where among the listed pools so many unseen founders begin.
    """
    calm, turning, listed = list_pools(plan, work, lesions, interval, end)
    count = list_unseen(plan, work, interval, listed) if unseen > 0 else listed
    first_pairs(work.at, OF_POOL, work.drawn_stream, count, work.drawn_u, work.drawn_v)
    if unseen > 0 and plan.noticed == 1:
        note_unseen_symptoms(plan, work, interval, listed)
    emptied = cross_calm(plan, work, calm, interval, end)
    work.drawn[0] = calm
    for i in range(turning):
        if interval < plan.zero_knot and work.life[FOUND_DAY] < end:
            break
        row = work.lesion_row[work.turning[i]]
        sighted = 0 if plan.row_known[row] == 1 and interval < plan.zero_knot else 1
        total = cross_lesion(plan, work, work.turning[i], row, interval, sighted, end)
        emptied += 1 if total == 0.0 else 0
    return emptied, listed


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def list_pools(plan, work, lesions, interval, end):
    """List the pools there are at the start of an interval.

    First come those of calm lesions, in which no cell can change its type and no seed comes before day `end`. Return how
    many these are, how many lesions are not calm, and how many pools are listed.
    """
    kinds, count, turning, since = plan.kinds, NONE, NONE, interval * plan.kinds
    laws, rows = laws_before(plan, interval), plan.rows if interval < plan.zero_knot else NONE
    for i in range(lesions):
        row, before = work.lesion_row[i], count
        number = laws + plan.row_laws[rows + row]
        turns = interval < plan.seeded_until and plan.row_kind[row] == BY_SEEDING and seeds_come(work, row, end)
        for k in range(kinds):
            if work.cells[i * kinds + k] > 0.0:
                work.drawn_stream[count] = pool_stream(work.lesion_id[i], plan.streams[since + k])
                work.drawn_cells[count] = i * kinds + k
                work.drawn_law[count] = number + k
                turns |= plan.turns[k] == 1
                count += 1
        if turns:
            work.turning[turning] = i
            turning += 1
            count = before
    calm = count
    for j in range(turning):
        i = work.turning[j]
        for k in range(kinds):
            if work.cells[i * kinds + k] > 0.0:
                work.drawn_stream[count] = pool_stream(work.lesion_id[i], plan.streams[since + k])
                count += 1
    return calm, turning, count


@njit(cache=True, error_model="numpy", _nrt=False)
def seeds_come(work, row, end):
    """Return whether seeds of a row come before day `end`."""
    following = work.seed_next[row]
    return following < work.seed_count[row] and work.seed_day[row * work.seeds + following] < end


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_calm(plan, work, pools, interval, end):
    """Carry so many listed pools whose cells keep their types to day `end`, or to a symptom; return how many died out."""
    if end != plan.knots[interval + 1] or work.life[WANT_DEATH] > 0.0:
        return cross_calm_part(plan, work, pools, interval, end)
    left, living, law, owner = pools, NONE, work.laws, laws_owner(plan, work, interval)
    for i in range(pools):
        row, at, v = law_by_number(plan, work, interval, work.drawn_law[i], owner), work.drawn_cells[i], work.drawn_v[i]
        n = work.cells[at]
        if n == 1.0 and work.drawn_u[i] >= law[row + EMIT]:
            # those that live on are only listed: which do is hard to foresee for a processor
            work.cells[at] = 0.0
            work.living[living] = i
            living += 1 if v < law[row + SURVIVE] else 0
            left -= 1
            continue
        address_after_first(work.at, OF_POOL, work.drawn_stream[i])
        if emitted(n, law[row + EMIT], work.drawn_u[i]):
            calm_symptom(plan, work, i, interval, row, end)
            if interval < plan.zero_knot and work.life[FOUND_DAY] < end:
                break
        else:
            n_then = descendants(law, row, n, v, work.at)
            work.cells[at] = n_then
            left -= 1 if n_then == 0.0 else 0
    for j in range(living):
        i = work.living[j]
        work.cells[work.drawn_cells[i]] = lineage(law, work.drawn_law[i] * LAW, work.drawn_v[i])
    return pools - left - living


@njit(cache=True, error_model="numpy", _nrt=False)
def calm_symptom(plan, work, i, interval, row, end):
    """Let a listed pool give its first symptom before day `end`."""
    at = work.drawn_cells[i]
    what = (at % plan.kinds, plan.row_site[work.lesion_row[at // plan.kinds]])
    span = (plan.knots[interval], end)
    emission(plan, work, NONE, row, what, work.cells[at], span, work.drawn_stream[i], work.drawn_u[i], work.drawn_v[i])


@njit(cache=True, error_model="numpy", _nrt=False)
def cross_calm_part(plan, work, pools, interval, end):
    """Do as `cross_calm` where the interval may be crossed again up to a symptom, and days of death may be asked for."""
    died, begin, owner = NONE, plan.knots[interval], laws_owner(plan, work, interval)
    for i in range(pools):
        row, at, stream = law_by_number(plan, work, interval, work.drawn_law[i], owner), work.drawn_cells[i], work.drawn_stream[i]
        address_after_first(work.at, OF_POOL, stream)
        n_then = carry(plan, work, interval, row, work.cells[at], begin, end, stream, work.drawn_u[i], work.drawn_v[i])
        if n_then >= 0.0:
            work.cells[at] = n_then
            died += 1 if n_then == 0.0 else 0
        else:
            calm_symptom(plan, work, i, interval, row, end)
            if interval < plan.zero_knot and work.life[FOUND_DAY] < end:
                break
    return died


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_lesion(plan, work, lesion, row, interval, sighted, end):
    """Carry a lesion to day `end`, or at least to the first symptom, in one stride or in several; return its cells."""
    day, site, total = plan.knots[interval], plan.row_site[row], 0.0
    until = stride(plan, work, interval, site, sighted, lesion, day, end) if plan.changing == 1 else end
    if until == plan.knots[interval + 1] and plan.row_kind[row] != BY_SEEDING and work.life[WANT_DEATH] == 0.0:
        total = cross_quietly(plan, work, lesion, interval, site, sighted)
        if total >= 0.0:
            return total
    # once at least, though a symptom may come at the knot: the pairs drawn together are for every lesion in turn
    while True:
        total = cross_stretch(plan, work, lesion, row, interval, sighted, day, until)
        if until >= end or work.life[FOUND_DAY] < until:
            break
        day = until
        until = stride(plan, work, interval, site, sighted, lesion, day, end) if plan.changing == 1 else end
    return total


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def cross_quietly(plan, work, lesion, interval, site, sighted):
    """Carry a lesion over a whole interval if nothing is emitted in it; return its cells, or -1 and leave it as it is."""
    first, total, listed, days = lesion * plan.kinds, 0.0, work.drawn[0], plan.knots[interval + 1] - plan.knots[interval]
    for k in range(plan.kinds):
        n, n_then = work.cells[first + k], 0.0
        if n > 0.0:
            row = law_of(plan, work, interval, site, sighted, k)
            i = work.drawn[0]
            if leaps(work.laws, row, n, days) or emitted(n, work.laws[row + EMIT], work.drawn_u[i]):
                work.drawn[0] = listed
                return -1.0
            next_drawn(work)
            n_then = descendants(work.laws, row, n, work.drawn_v[i], work.at)
            total += n_then
        work.fresh[k] = n_then
    copy_to(work.fresh, work.cells, first, plan.kinds)
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def copy_to(source, target, first, count):
    """Copy so many numbers to a place."""
    for i in range(count):
        target[first + i] = source[i]


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
                stream = pool_stream(work.lesion_id[lesion], kind_stream(k, day))
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
def next_drawn(work):
    """Go to the next listed pool; return its stream and its first pair."""
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


@njit(cache=True, error_model="numpy", _nrt=False)
def pass_all_seeds(plan, work, end):
    """Count all seeds that came before day `end` as sown."""
    for row in range(plan.rows):
        if plan.row_kind[row] == BY_SEEDING and plan.row_start[row] < end:
            pass_seeds(work, row, end)


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def pass_interval(plan, work, lesions, interval):
    """Carry a patient to the next knot, or to the first symptom before it; return FREE, FOUND or BEFORE_ZERO, and lesions."""
    end = plan.knots[interval + 1]
    if interval < plan.seeded_until:
        lesions = sow_interval(plan, work, lesions, end)
    unseen = count_unseen(plan, work, interval)
    if unseen < 0:
        lesions, unseen = found_unseen(plan, work, lesions, interval), NONE
    if plan.noticed == 1:
        copy_numbers(work.cells, work.before, lesions * plan.kinds)
    until = end
    while True:
        emptied, listed = cross_interval(plan, work, lesions, unseen, interval, until)
        if not work.life[FOUND_DAY] < until:
            break
        if interval < plan.zero_knot:
            return BEFORE_ZERO, lesions
        until = work.life[FOUND_DAY]
        lesions, unseen = begin_again(plan, work, lesions, unseen, interval), NONE
    if until < end:
        return FOUND, lesions
    if interval < plan.seeded_until:
        pass_all_seeds(plan, work, end)
    # after the last interval nobody asks how many lesions are left, but for the day on which the last cell died
    if emptied > 0 and (interval + 1 < plan.last or work.life[WANT_DEATH] > 0.0):
        lesions = drop_empty(plan, work, lesions, interval)
    return FREE, settle_unseen(plan, work, lesions, interval, listed) if unseen > 0 else lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def begin_again(plan, work, lesions, unseen, interval):
    """Go back to the start of an interval; unseen founders become lesions, as the day of a finding is seen."""
    copy_numbers(work.before, work.cells, lesions * plan.kinds)
    if unseen > 0:
        lesions = found_unseen(plan, work, lesions, interval)
        copy_numbers(work.cells, work.before, lesions * plan.kinds)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def drop_empty(plan, work, lesions, knot):
    """Forget lesions without cells at a knot or by the next, unless more seeds of theirs may come; return how many are left."""
    left, kinds = NONE, plan.kinds
    for i in range(lesions):
        # listed whether or not it stays: which do is hard to foresee for a processor
        stays = (1 if work.cells[i * kinds] > 0.0 else 0) | (1 if work.cells[i * kinds + kinds - 1] > 0.0 else 0)
        for k in range(i * kinds + 1, i * kinds + kinds - 1):
            stays |= 1 if work.cells[k] > 0.0 else 0
        if knot < plan.seeded_until:
            stays |= waits(plan, work, i)
        work.living[left] = i
        left += stays
    for j in range(left):
        i = work.living[j]
        work.lesion_id[j], work.lesion_row[j] = work.lesion_id[i], work.lesion_row[i]
        for k in range(kinds):
            work.cells[j * kinds + k] = work.cells[i * kinds + k]
    return left


@njit(cache=True, error_model="numpy", _nrt=False)
def waits(plan, work, lesion):
    """Return 1 if more seeds of a lesion may come, 0 if not."""
    row = work.lesion_row[lesion]
    comes = plan.row_kind[row] == BY_SEEDING and work.seed_lesions[row] == 0 and work.seed_next[row] < work.seed_count[row]
    return 1 if comes else 0
