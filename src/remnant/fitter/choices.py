"""What a fitter is told before it sees a cohort, checked; and what a disease of the catalogue makes of it."""

from __future__ import annotations

from typing import Any

from remnant.errors import InputError
from remnant.fitter.prior import EVIDENCE, Prior


def check_choices(prior: Any, mixing: Any, dormancy: Any, ages: Any, alpha: Any) -> None:
    """Check the choices of a fitter.

    Raises
    ------
    InputError
        If one of them is not allowed.
    """
    if not isinstance(prior, Prior):
        raise InputError("prior", "must be a Prior", prior, "write Prior.flat() for no opinion")
    if not (mixing is None or isinstance(mixing, bool)):
        raise InputError("mixing", "must be True, False or None", mixing)
    if not (dormancy is None or isinstance(dormancy, bool)):
        raise InputError("dormancy", "must be True, False or None", dormancy)
    if not (ages is None or isinstance(ages, bool)):
        raise InputError("ages", "must be True, False or None", ages)
    if isinstance(alpha, bool) or not (isinstance(alpha, int | float) and 0 < alpha < 1):
        raise InputError("alpha", "must be between 0 and 1", alpha)


def choose(disease: str | None, prior: Prior, dormancy: bool | None, ages: bool | None) -> tuple[Prior, bool | None, bool | None]:
    """Return the prior, whether lineages rest and whether they are of all ages (None for AIC), as the disease or as given.

    Raises
    ------
    InputError
        If a disease is named beside a prior, the catalogue has none of this name, or both rest and ages are asked for.
    """
    if ages and dormancy:
        raise InputError("ages", "must be left out where lineages rest: the law knows one or the other", "both")
    if disease is None:
        return prior, dormancy, False if dormancy else ages
    from remnant.fitter.disease_prior import has_dormancy, prior_of

    if prior is not EVIDENCE:
        raise InputError("prior", "must be left out where a disease is named: it brings its own", prior)
    rests = has_dormancy(disease) and not ages if dormancy is None else dormancy
    return prior_of(disease), rests, False if rests else ages
