"""Where a climb begins: cheap climbs without covariates first, and a larger model always from the top of the smaller one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from remnant.fitter.law import BURDEN, FRAILTY, ROUGH, SHARE, SPREAD, TIME, WAKING
from remnant.fitter.likelihood import Rows
from remnant.fitter.model import Form, Posterior
from remnant.fitter.optimise import Top, climb, climb_roughly
from remnant.fitter.prior import DAYS_PER_YEAR, EVIDENCE, Prior, ln_waking
from remnant.reading import Floats

COARSE_TIMES = 60
"""So many distinct times in the climbs that only look for starts."""
MANY_ROWS = 40_000
"""Over so many distinct rows a first climb uses about half as many."""
SAME = 1e-6
"""Tops this near in height are taken as one."""
MAY_CATCH_UP = 5.0
"""A start so far below a top already found is not climbed from."""
OFF = {FRAILTY: -20.0, SHARE: -20.0, WAKING: ln_waking(DAYS_PER_YEAR)}
"""Values at which what is added to a model has no effect."""
LITTLE = -6.0
"""ln 1/k of so little mixing, or logit of so small a share at rest, that the gradients there are those at none."""
WORTH_A_CLIMB = {FRAILTY: 0.4, SHARE: 1.5}
"""Gain of log-likelihood that the score test must promise; AIC will ask for 1 and for 2. Rest takes far longer to climb."""
BELIEVED = np.array([EVIDENCE.lineages.mean, EVIDENCE.detection_days.mean, EVIDENCE.growth_spread.mean])
"""What is believed before the data of lineages, detection time and spread of growth."""
TRIED = {
    FRAILTY: (-1.0, 1.0),
    SHARE: (-1.0, 1.0),
    WAKING: (ln_waking(DAYS_PER_YEAR), ln_waking(8 * DAYS_PER_YEAR)),
}
"""Values from which climbs begin."""
THOUGHT_OF = (0.25, 1.0, 8.0)
"""Half-lives in years at which rest is tried before it is climbed for; short ones tell where nearly all lineages rest a while."""


def search(
    rows: Rows,
    forms: tuple[Form, ...],
    prior: Prior,
    resting: tuple[Form, ...],
    may_rest: Callable[[Form, Floats], bool],
) -> tuple[Posterior, Top]:
    """Return the posterior of the best form by AIC, and its highest top found.

    Several starts are climbed from without covariates and on few distinct times. Covariates begin at 0. What mixing or
    dormancy add begins from the top of the model without it, so that a larger model never ends below a smaller one. All
    this is done with rough nodes; only the last climb is precise.

    Parameters
    ----------
    rows : Rows
        Distinct patients, covariates standardised.
    forms : tuple of Form
        One, or several to choose from; the first wins a draw.
    prior : Prior
    resting : tuple of Form
        Forms with dormancy that are chosen from as well, where `may_rest` says so of the best of the others.
    may_rest : callable
        Of a form and its values.

    Returns
    -------
    Posterior, Top
    """
    some = rows.thinned(MANY_ROWS // 2) if rows.weight.size > MANY_ROWS else rows
    hunt = _Hunt(some, some.coarsened(COARSE_TIMES), prior, {})
    form = hunt.best_of(forms)
    if resting and may_rest(form, hunt.top(form).values):
        form = hunt.best_of((*forms, *resting))
    posterior = Posterior(rows, form, prior)
    return posterior, climb(posterior, hunt.top(form).values)


@dataclass(frozen=True, eq=False)
class _Hunt:
    """Rough tops of the forms of one model, each found once."""

    rows: Rows
    coarse: Rows
    prior: Prior
    found: dict[Form, Top]

    def may_gain(self, less: Form, form: Form) -> bool:
        """Whether mixing or rest, added to the top of `less`, promises enough log-likelihood to be fitted: a score test.

        score^2 / (2 information), both from the gradients of each patient, information given all other parameters; only
        where the score points to more of it. Rest is thought of with each half-life of `THOUGHT_OF`.
        """
        if form.mixing and not less.mixing:
            return self.promised(less, form, FRAILTY, {FRAILTY: LITTLE}) > WORTH_A_CLIMB[FRAILTY]
        tried = [{SHARE: LITTLE, WAKING: ln_waking(years * DAYS_PER_YEAR)} for years in THOUGHT_OF]
        return any(self.promised(less, form, SHARE, new) > WORTH_A_CLIMB[SHARE] for new in tried)

    def promised(self, less: Form, form: Form, place: int, new: dict[int, float]) -> float:
        """Return the gain of log-likelihood that a score test promises of a parameter, where so little of it is new."""
        kept = iter(self.top(less).values)
        values = np.array([new[one] if one in new else next(kept) for one in form.places])
        posterior = Posterior(self.rows, form, self.prior, ROUGH)
        scores = posterior.scores(posterior.view(values))
        order = [p for d, p in zip(posterior.designs, posterior.active, strict=True) for _ in range(d.shape[1])]
        at = order.index(place)
        information = (self.rows.weight[:, None] * scores).T @ scores
        others = [i for i, one in enumerate(order) if one not in new]
        across = information[at, others]
        own = information[at, at] - across @ np.linalg.lstsq(information[np.ix_(others, others)], across)[0]
        score = float(self.rows.weight @ scores[:, at])
        return 0.5 * score**2 / own if score > 0 and own > 0 else 0.0

    def best_of(self, forms: tuple[Form, ...]) -> Form:
        """Return the best form by AIC of those worth a climb; the first wins a draw."""
        worth: list[Form] = []
        for form in forms:
            smaller = {replace(form, mixing=False), replace(form, dormancy=False)} & {*forms} - {form}
            if not smaller or any(self.may_gain(less, form) for less in worth if less in smaller):
                worth.append(form)
        return min(worth, key=self.aic) if len(worth) > 1 else worth[0]

    def aic(self, form: Form) -> float:
        """Return 2 parameters - 2 log-likelihood at the top of a form."""
        top = self.top(form)
        log_prior = Posterior(self.rows, form, self.prior, ROUGH).log_prior(top.values)
        return 2.0 * form.size - 2.0 * (top.height - log_prior)

    def top(self, form: Form) -> Top:
        """Return the best top of a form, climbing from the best of each smaller one."""
        if form not in self.found:
            posterior = Posterior(self.rows, form, self.prior, ROUGH)
            smaller = [replace(form, **{flag: False}) for flag in ("mixing", "dormancy") if getattr(form, flag)]
            if form.ages:
                # as many parameters as without ages, and near the same
                starts = [self.top(replace(form, ages=False)).values]
                starts += [np.insert(self.found[less].values, form.places.index(FRAILTY), OFF[FRAILTY])
                           for less in smaller if less in self.found]  # fmt: skip
                # where nobody is cured the top without ages may lie so far out that with them nothing is left there
                tops = [_best(posterior, [*starts, _spread_out(BELIEVED, form)])]
            elif smaller:
                tops = [_best(posterior, _grown(self.top(less).values, less, form, self.coarse, self.prior)) for less in smaller]
            else:
                tops = [_best(posterior, [_spread_out(start, form) for start in _without_covariates(self.coarse, self.prior)])]
            self.found[form] = max(tops, key=lambda top: top.height)
        return self.found[form]


def _best(posterior: Posterior, starts: list[Floats]) -> Top:
    """Climb from the first start, and from each other one that may end elsewhere; return the highest top."""
    best = climb_roughly(posterior, starts[0])
    for start in starts[1:]:
        if posterior.view(start).height > best.height - MAY_CATCH_UP:
            other = climb_roughly(posterior, start)
            best = other if other.height > best.height + SAME or not np.isfinite(best.height) else best
    return best


def _without_covariates(coarse: Rows, prior: Prior) -> list[Floats]:
    """Return the tops of the plain model without covariates, highest first, one for each that differs."""
    posterior = Posterior(coarse, Form(0, 0), prior, ROUGH)
    last = math.log(max(float(coarse.lower.max()), 1.0))
    found = np.isfinite(coarse.upper)
    days = 0.5 * (coarse.lower[found] + coarse.upper[found])
    middle = math.log(max(float(np.average(days, weights=coarse.weight[found])), 1.0))
    tops = [climb_roughly(posterior, np.array(start)) for start in (BELIEVED, [-0.5, middle, -0.7], [1.0, last + 0.7, 0.0])]
    tops.sort(key=lambda top: -top.height)
    kept = [tops[0]]
    kept += [top for top in tops[1:] if tops[0].height - top.height < 3.0 and np.abs(top.values - kept[0].values).max() > 0.3]
    return [top.values for top in kept[:2]]


def _spread_out(null: Floats, form: Form) -> Floats:
    """Return values of `form` from those without covariates: no covariate has an effect."""
    values = np.zeros(form.size)
    values[0] = null[0]
    values[form.shape_start : form.shape_start + 2] = null[1:3]
    return values


def _grown(parent: Floats, less: Form, form: Form, coarse: Rows, prior: Prior) -> list[Floats]:
    """Return starts of `form` from the top of a smaller form: what is new as it fits without covariates, and switched off."""
    new = [place for place in form.places if place not in less.places]
    at = {place: i for i, place in enumerate(less.places)}

    def with_new(values: Floats, chosen: dict[int, float]) -> Floats:
        kept = iter(values)
        return np.array([chosen[place] if place in chosen else next(kept) for place in form.places])

    off = with_new(parent, {place: OFF[place] for place in new})
    null_form = replace(form, burden=0, growth=0)
    null_parent = np.array([parent[0], *parent[less.shape_start :]])
    posterior = Posterior(coarse, null_form, prior, ROUGH)
    tries = []
    for chosen in product(*(TRIED[place] for place in new)):
        kept = iter(null_parent)
        start = np.array(
            [dict(zip(new, chosen, strict=True))[place] if place in new else next(kept) for place in null_form.places]
        )
        tries.append(climb_roughly(posterior, start, 1e-3))
    best = max(tries, key=lambda top: top.height)
    null_values = dict(zip(null_form.places, best.values, strict=True))
    grafted = with_new(parent, {place: null_values[place] for place in new})
    for place in (TIME, SPREAD):
        grafted[form.places.index(place)] += null_values[place] - parent[at[place]]
    grafted[0] = null_values[BURDEN]
    return [grafted, off]
