"""Where a climb begins: cheap climbs without covariates first, and a larger model always from the top of the smaller one."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np

from remnant.fitter.law import BURDEN, FRAILTY, ROUGH, SHARE, SPREAD, TIME, WAKING
from remnant.fitter.likelihood import Rows
from remnant.fitter.model import Form, Posterior
from remnant.fitter.optimise import Top, climb
from remnant.fitter.prior import DAYS_PER_YEAR, EVIDENCE, Prior
from remnant.reading import Floats

COARSE_TIMES = 60
"""So many distinct times in the climbs that only look for starts."""
MANY_ROWS = 40_000
"""Over so many distinct rows a first climb uses about half as many."""
SAME = 1e-6
"""Tops this near in height are taken as one."""
MAY_CATCH_UP = 5.0
"""A start so far below a top already found is not climbed from."""
OFF = {FRAILTY: -20.0, SHARE: -20.0, WAKING: math.log(math.log(2.0) / DAYS_PER_YEAR)}
"""Values at which what is added to a model has no effect."""
TRIED = {
    FRAILTY: (-2.0, 0.0, 2.0),
    SHARE: (-1.0, 1.0),
    WAKING: tuple(math.log(math.log(2.0) / (years * DAYS_PER_YEAR)) for years in (1.0, 8.0)),
}
"""Values from which climbs begin."""


def search(rows: Rows, form: Form, prior: Prior) -> tuple[Posterior, Top]:
    """Return the posterior and its highest top found.

    Several starts are climbed from without covariates and on few distinct times. Covariates begin at 0. What mixing or
    dormancy add begins from the top of the model without it, so that a larger model never ends below a smaller one.

    Parameters
    ----------
    rows : Rows
        Distinct patients, covariates standardised.
    form : Form
    prior : Prior

    Returns
    -------
    Posterior, Top
    """
    coarse = (rows.thinned(MANY_ROWS // 2) if rows.weight.size > MANY_ROWS else rows).coarsened(COARSE_TIMES)
    found = _search(rows, coarse, form, prior)
    return Posterior(rows, form, prior), found


def _search(rows: Rows, coarse: Rows, form: Form, prior: Prior) -> Top:
    """Return the best top of `form`, climbing from the best of each smaller form."""
    posterior = Posterior(rows, form, prior)
    smaller = [replace(form, **{flag: False}) for flag in ("mixing", "dormancy") if getattr(form, flag)]
    if not smaller:
        return _best(posterior, [_spread_out(start, form) for start in _without_covariates(coarse, prior)])
    found: list[Top] = []
    for less in smaller:
        parent = _search(rows, coarse, less, prior)
        found.append(_best(posterior, _grown(parent.values, less, form, coarse, prior)))
    return max(found, key=lambda top: top.height)


def _best(posterior: Posterior, starts: list[Floats]) -> Top:
    """Climb from the first start, and from each other one that may end elsewhere; return the highest top."""
    if posterior.rows.weight.size > MANY_ROWS:
        few = replace(posterior, rows=posterior.rows.thinned(MANY_ROWS // 2), nodes=ROUGH)
        starts = [climb(few, starts[0]).values, *starts[1:]]
    rough = replace(posterior, nodes=ROUGH)
    best = climb(posterior, climb(rough, starts[0]).values)
    for start in starts[1:]:
        if rough.view(start).height > best.height - MAY_CATCH_UP:
            other = climb(posterior, climb(rough, start).values)
            best = other if other.height > best.height + SAME or not np.isfinite(best.height) else best
    return best


def _without_covariates(coarse: Rows, prior: Prior) -> list[Floats]:
    """Return the tops of the plain model without covariates, highest first, one for each that differs."""
    posterior = Posterior(coarse, Form(0, 0), prior, ROUGH)
    last = math.log(max(float(coarse.lower.max()), 1.0))
    found = np.isfinite(coarse.upper)
    days = 0.5 * (coarse.lower[found] + coarse.upper[found])
    middle = math.log(max(float(np.average(days, weights=coarse.weight[found])), 1.0))
    believed = [EVIDENCE.lineages.mean, EVIDENCE.detection_days.mean, EVIDENCE.growth_spread.mean]
    tops = [climb(posterior, np.array(start)) for start in (believed, [-0.5, middle, -0.7], [1.0, last + 0.7, 0.0])]
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
        tries.append(climb(posterior, start, gain_left=1e-4))
    best = max(tries, key=lambda top: top.height)
    null_values = dict(zip(null_form.places, best.values, strict=True))
    grafted = with_new(parent, {place: null_values[place] for place in new})
    for place in (TIME, SPREAD):
        grafted[form.places.index(place)] += null_values[place] - parent[at[place]]
    grafted[0] = null_values[BURDEN]
    return [grafted, off]
