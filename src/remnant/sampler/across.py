"""Founders that nothing sees before the next knot: only those that live until then become lesions.

Their random numbers are those they would have as lesions from the start, so what becomes of them is the same; but most die
out, and making lesions of them, carrying these and dropping them took longer than their draws.
"""

from numba import njit

from remnant.sampler.founders import found_row, lesion_name, number_of_founders
from remnant.sampler.kernel import emission, law_by_number, laws_before, laws_owner
from remnant.sampler.plan import MOST_LESIONS
from remnant.sampler.pool import EMIT, SURVIVE, lineage
from remnant.sampler.rng import GOLDEN, address_after_first, pool_stream
from remnant.sampler.work import NONE, OF_POOL, WANT_DEATH


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def count_unseen(plan, work, interval):
    """Draw how many founders the rows of a knot have that nothing sees before the next; return their sum.

    -1 stands for what lesions are needed for: more founders than are followed one by one, or the days of death.
    """
    total = NONE
    if plan.unseen_first[interval] == plan.row_first[interval + 1]:
        return total
    if work.life[WANT_DEATH] > 0.0:
        return NONE - 1
    for row in range(plan.unseen_first[interval], plan.row_first[interval + 1]):
        number = int(number_of_founders(plan, work, row))
        if number > MOST_LESIONS:
            return NONE - 1
        work.unseen[row] = number
        total += number
    return total


@njit(cache=True, error_model="numpy", _nrt=False)
def found_unseen(plan, work, lesions, knot):
    """Make lesions of the founders of a knot that nothing sees before the next; return the new number of lesions."""
    for row in range(plan.unseen_first[knot], plan.row_first[knot + 1]):
        lesions = found_row(plan, work, lesions, row)
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def list_unseen(plan, work, interval, listed):
    """List the unseen founders of a knot as pools after so many; return how many are listed by now."""
    for row in range(plan.unseen_first[interval], plan.row_first[interval + 1]):
        name, stream = lesion_name(plan, row, NONE), plan.streams[interval * plan.kinds + plan.row_type[row]]
        for i in range(listed, listed + work.unseen[row]):
            work.drawn_stream[i] = pool_stream(name, stream)
            name += GOLDEN
        listed += work.unseen[row]
    return listed


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def unseen_law(plan, work, interval, row):
    """Return the law of the founders of a row over the interval after their knot."""
    number = laws_before(plan, interval) + plan.row_laws[(plan.rows if interval < plan.zero_knot else NONE) + row]
    return law_by_number(plan, work, interval, number + plan.row_type[row], laws_owner(plan, work, interval))


@njit(cache=True, error_model="numpy", _nrt=False, inline="always")
def settle_unseen(plan, work, lesions, interval, first):
    """Make lesions of what the unseen founders, listed from `first` on, have become; return the new number of lesions."""
    for row in range(plan.unseen_first[interval], plan.row_first[interval + 1]):
        law, at, living, kind = work.laws, unseen_law(plan, work, interval, row), NONE, plan.row_type[row]
        for i in range(work.unseen[row]):
            # only listed: which live is hard to foresee for a processor
            work.living[living] = i
            living += 1 if work.drawn_v[first + i] < law[at + SURVIVE] else 0
        for j in range(living):
            i = work.living[j]
            work.lesion_id[lesions], work.lesion_row[lesions] = lesion_name(plan, row, i), row
            cells = lineage(law, at, work.drawn_v[first + i])
            for k in range(plan.kinds):
                work.cells[lesions * plan.kinds + k] = cells if k == kind else 0.0
            lesions += 1
        first += work.unseen[row]
    return lesions


@njit(cache=True, error_model="numpy", _nrt=False)
def note_unseen_symptoms(plan, work, interval, first):
    """Let those of the unseen founders, listed from `first` on, that give a symptom before the next knot give it."""
    span = (plan.knots[interval], plan.knots[interval + 1])
    for row in range(plan.unseen_first[interval], plan.row_first[interval + 1]):
        law, what = unseen_law(plan, work, interval, row), (plan.row_type[row], plan.row_site[row])
        for i in range(first, first + work.unseen[row]):
            if work.drawn_u[i] < work.laws[law + EMIT]:
                address_after_first(work.at, OF_POOL, work.drawn_stream[i])
                emission(plan, work, NONE, law, what, 1.0, span, work.drawn_stream[i], work.drawn_u[i], work.drawn_v[i])
        first += work.unseen[row]
