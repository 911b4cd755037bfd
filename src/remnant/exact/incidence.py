"""First events by site and route: symptoms integrated over the days between moments, looks taken one by one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.errors import ConvergenceError, PrecisionWarning
from remnant.exact.averages import TINY, Averages
from remnant.exact.competing import Competing
from remnant.exact.lanes import NO_DAYS, chance_seen, knot_at, questions_of, unseen
from remnant.exact.plan import amounts, lay_out
from remnant.exact.rough import ask_roughly, rough_speeds
from remnant.exact.solve import solve_together
from remnant.exact.sums import summed_rows
from remnant.outcome import Incidence
from remnant.reading import Floats
from remnant.timeline import COMPETING_CAUSES, SYMPTOMS_ROUTE, Timeline
from remnant.timeline_tables import sites_by_advance

MOST_ROUNDS = 40
FINER, FINER_CUTS = 4.0, 5
"""Towards a moment each piece of a stretch is so many times shorter than the next, and so many cuts are made."""


@dataclass(frozen=True)
class Care:
    """How carefully symptoms are integrated between moments."""

    first: int
    """Gauss-Legendre nodes in a stretch between moments."""
    next: int
    """The same in each piece of one where they did not close."""
    closes: float
    """Largest relative gap between what was found in a stretch of days and the fall of the share free over it."""
    rounding: float
    """A gap as small as this says nothing."""
    moment: float
    """A stretch of so few days is not cut again: what it takes is shared out as its symptoms go."""
    told: float
    """Share that several sites may find in such moments before a warning is given."""
    rough: bool = False
    """Whether few growth speeds do."""


# the share free is not known better than 2e-11 where types change into each other
EXACT = Care(5, 9, 1e-9, 2e-11, moment=0.01, told=1e-7)
QUICK = Care(3, 4, 2e-3, 1e-5, moment=1.0, told=1e-2, rough=True)
"""For courses: what is found where and how to three digits. The sum over all of them is exact either way."""


def incidence(timeline: Timeline, times: Floats, care: Care = EXACT) -> Incidence:
    """Return the cumulative incidence of first events by site and route, at `times` (days, any order).

    At one moment looks are taken in the order distant, systemic, regional, local, then of the file: what is found is
    called by the most advanced site.

    Raises
    ------
    ConvergenceError
        If symptoms cannot be integrated to the accuracy promised.
    """
    days, back = np.unique(np.asarray(times, float), return_inverse=True)
    competing = Competing.of(timeline)
    work = _work(timeline, days, competing.starts, care.rough)
    knots = work.layout.knots
    routes = (SYMPTOMS_ROUTE, *timeline.exams)
    found = np.zeros((len(timeline.sites), len(routes), len(knots)))
    causes = np.zeros((len(COMPETING_CAUSES), len(knots)))
    survival = competing.survival(np.maximum(knots, timeline.zero))
    before, after = _at_looks(timeline, work, found, survival)
    _between_looks(timeline, work, competing, (before, after), (found, causes), care)
    at = [knot_at(work.layout, day) for day in days]
    # growth speeds that carry next to nothing were not walked: the share at the start is 1 less that little
    whole = before[work.layout.zero_knot]
    shares = [total.cumsum(axis=-1)[..., at][..., back] / whole for total in (found, causes)]
    free = (after * survival)[at][back] / whole
    return Incidence(
        timeline.sites, timeline.site_kinds, routes, shares[0], dict(zip(COMPETING_CAUSES, shares[1], strict=True)), free
    )


def chance_found(timeline: Timeline, exam: str, at: float) -> float:
    """Return the chance that one more exam of this name on day `at` finds something in those free just before.

    Raises
    ------
    InputError
        If the Timeline has no such exam.
    """
    seen = -np.expm1(-chance_seen(timeline.sight(exam, at)))
    work = _work(timeline, np.array([at]), np.array([at]))
    knot = knot_at(work.layout, at)
    nothing = unseen(timeline)
    free, missed = work.free(questions_of([(knot, 0.0, nothing), (knot, 0.0, nothing + seen[:, None])]))
    return float(1.0 - missed / free)


def _work(timeline: Timeline, days: Floats, more: Floats, rough: bool = False) -> Averages:
    # rough growth speeds are there before anything is solved: all that is asked for is who is there at `zero`
    if rough:
        asked = ask_roughly([timeline], days[-1:], NO_DAYS, rough_speeds(timeline))
        solved = asked.solved(asked.walk())[0]
    else:
        solved = solve_together([timeline], days, NO_DAYS)[0]
    layout = lay_out(timeline, [*days, *(day for day in more if day <= days[-1])])
    return Averages(layout, *summed_rows(layout, amounts(timeline)), timeline.burden_spread, solved)


def _at_looks(timeline: Timeline, work: Averages, found: Floats, survival: Floats) -> tuple[Floats, Floats]:
    """Add what looks find to `found` [site][route][knot]; return the shares free before and after the looks of each knot."""
    knots = range(work.layout.zero_knot, len(work.layout.knots))
    steps = {knot: list(_looks(timeline, float(work.layout.knots[knot]))) for knot in knots}
    questions, places = [], []
    for knot in knots:
        psi = unseen(timeline)
        questions.append((knot, 0.0, psi))
        miss = np.zeros(len(timeline.sites))
        for site, _, missed in steps[knot]:
            miss[site] += missed
            places.append(len(questions))
            questions.append((knot, 0.0, psi + -np.expm1(-miss)[:, None]))
    free = work.free(questions_of(questions))
    before, after = np.zeros(len(work.layout.knots)), np.zeros(len(work.layout.knots))
    for i, (knot, _, _) in enumerate(questions):
        if i not in places:
            before[knot] = free[i]
        after[knot] = free[i]
    for i, (knot, site, exam) in zip(places, ((k, s, e) for k in knots for s, e, _ in steps[k]), strict=True):
        found[site, exam, knot] += (free[i - 1] - free[i]) * survival[knot]
    return before, after


def _looks(timeline: Timeline, day: float) -> Iterator[tuple[int, int, float]]:
    """Return (site, route, -ln of the chance to miss a cell) of each look of a day, most advanced site first."""
    here = [look for look in timeline.looks if look.time == day]
    for site in sites_by_advance(timeline):
        for look in sorted(here, key=lambda look: timeline.exams.index(look.exam)):
            if np.isfinite(look.n50[site]):
                yield site, 1 + timeline.exams.index(look.exam), float(chance_seen(look.n50)[site])


@dataclass(frozen=True, eq=False)
class Stretch:
    """Days between two moments, over which the share free falls smoothly."""

    panel: int
    start: float
    end: float
    free: tuple[float, float]
    """Share free of recurrence at its start and end."""


def _between_looks(
    timeline: Timeline, work: Averages, competing: Competing, free: tuple[Floats, Floats], into: tuple[Floats, Floats], care: Care
) -> None:
    """Add what symptoms find and what other causes take between moments to both parts of `into`, at the knot that ends it."""
    before, after = free
    found = into[0]
    knots = work.layout.knots
    panels = range(work.layout.zero_knot, len(knots) - 1)
    symptomatic = [site for site in np.unique(work.layout.track_site) if timeline.symptoms[site] > 0]
    if len(symptomatic) <= 1 and not competing.any:
        for panel in panels:
            for site in symptomatic:
                found[site, 0, panel + 1] += after[panel] - before[panel + 1]
        return
    left = [Stretch(j, knots[j], knots[j + 1], (after[j], before[j + 1])) for j in panels]
    rule = care.first
    for _ in range(MOST_ROUNDS):
        if not left:
            return
        left = _integrate(timeline, work, competing, left, (rule, care), into)
        rule = care.next
    raise ConvergenceError("the incidence by site could not be integrated; `sample` can answer this Timeline")


def _integrate(
    timeline: Timeline,
    work: Averages,
    competing: Competing,
    stretches: list[Stretch],
    by: tuple[int, Care],
    into: tuple[Floats, Floats],
) -> list[Stretch]:
    """Add the stretches that close; return the pieces of those that do not."""
    rule, care = by
    nodes, weights = np.polynomial.legendre.leggauss(rule)
    lengths = np.array([s.end - s.start for s in stretches])
    days = np.array([s.start for s in stretches])[:, None] + 0.5 * lengths[:, None] * (1.0 + nodes)
    starts = 1j * TINY * np.repeat(timeline.symptoms[:, None], len(timeline.types), axis=1)
    asked = [(s.panel, day) for s, row in zip(stretches, days, strict=True) for day in row]
    questions = questions_of([(panel, float(day - work.layout.knots[panel]), starts) for panel, day in asked])
    free, fall = work.falling(questions)
    shape = (len(stretches), rule)
    survival = competing.survival(days.ravel()).reshape(shape)
    per_day = 0.5 * lengths[:, None] * weights * survival
    seen = np.einsum("sn,snk->sk", per_day, fall.reshape(*shape, -1))
    taken = np.einsum("sn,csn->sc", per_day * free.reshape(shape), competing.rate(days.ravel()).reshape(-1, *shape))
    edge = competing.survival(np.array([day for s in stretches for day in (s.start, s.end)])).reshape(-1, 2)
    gone = np.array([s.free[0] * g[0] - s.free[1] * g[1] for s, g in zip(stretches, edge, strict=True)])
    closed = np.abs(seen.sum(axis=1) + taken.sum(axis=1) - gone) <= care.closes * np.abs(gone) + care.rounding
    open_now = ~closed
    closed[open_now] = _is_a_moment(lengths[open_now], gone[open_now], int((timeline.symptoms > 0).sum()), care)
    for i in np.nonzero(closed)[0]:
        total = seen[i].sum() + taken[i].sum()
        fit = gone[i] / total if gone[i] > 0 and total > 0 else 1.0  # the little that is left open goes to all alike
        into[0][:, 0, stretches[i].panel + 1] += fit * seen[i]
        into[1][:, stretches[i].panel + 1] += fit * taken[i]
    return _pieces(timeline, work, [stretches[i] for i in np.nonzero(~closed)[0]])


def _is_a_moment(lengths: Floats, gone: Floats, sites: int, care: Care) -> NDArray[np.bool_]:
    """Return which stretches are too short to be cut: what they take is shared out as their symptoms go.

    Large lesions that were known, and count from `zero` on, are noticed at once: the faster they grew the sooner, without
    a shortest time. One site takes all of it; between several the shares may be wrong by no more than the moment takes.
    """
    short = lengths <= care.moment
    unsure = float(np.abs(gone[short]).sum())
    if sites > 1 and unsure > care.told:
        words = f"a share of {unsure:.1g} is found within minutes; which site finds it first is known less precisely"
        warnings.warn(PrecisionWarning(words), stacklevel=2)
    return short


def _pieces(timeline: Timeline, work: Averages, stretches: list[Stretch]) -> list[Stretch]:
    """Return the pieces into which stretches are cut."""
    if not stretches:
        return []
    knots = work.layout.knots
    cuts = [_cuts(s, knots) for s in stretches]
    at = [
        (s.panel, float(day - knots[s.panel]), unseen(timeline)) for s, days in zip(stretches, cuts, strict=True) for day in days
    ]
    free = iter(work.free(questions_of(at)).tolist())
    pieces = []
    for s, days in zip(stretches, cuts, strict=True):
        shares = [s.free[0], *(next(free) for _ in days), s.free[1]]
        edges = [s.start, *days, s.end]
        pieces += [Stretch(s.panel, edges[i], edges[i + 1], (shares[i], shares[i + 1])) for i in range(len(days) + 1)]
    return pieces


def _cuts(stretch: Stretch, knots: Floats) -> list[float]:
    """Return the days on which a stretch is cut: its middle.

    What happens at once after a moment, or within a day of it, happens in the first part of a half that did not close either:
    that is cut ever finer towards the moment.
    """
    days = stretch.end - stretch.start
    if stretch.start == knots[stretch.panel] and stretch.end < knots[stretch.panel + 1]:
        return [stretch.start + days * FINER**-i for i in range(FINER_CUTS, 0, -1)]
    return [stretch.start + 0.5 * days]
