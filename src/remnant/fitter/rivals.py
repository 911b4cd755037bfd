"""The standard models as lifelines fits them, on the same patients and covariates; the only module that knows lifelines.

Each is tried from more than one start and by more than one method, and the best is kept, so that none is a straw man. A
model that cannot be fitted says why.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from remnant.cohort import Cohort, Rows
from remnant.errors import RefusedError
from remnant.fitter.hazards import RECIPES
from remnant.reading import Floats

YEAR = 365.25
"""Times go to lifelines in years: its optimisers start near 1."""
AGREED = 1e-3
"""Two starts that end this near in log-likelihood have found the top."""
START = 1e-4
"""Years that stand for 0 where a logarithm is taken."""
NAMES = (
    "exponential",
    "Weibull",
    "Gompertz",
    "log-normal",
    "log-logistic",
    "generalised gamma",
    "spline, 1 knot",
    "spline, 2 knots",
    "spline, 3 knots",
    "Weibull mixture cure",
    "log-normal mixture cure",
)


@dataclass(frozen=True, eq=False)
class Rival:
    """A standard model, fitted by lifelines; a `FittedCurve`."""

    name: str
    log_likelihood: float
    """Densities per unit of time of the cohort."""
    parameters: int
    engine: Any
    covariates: Covariates

    def recurrence_free(self, times_days: Floats, rows: Rows) -> Floats:
        """Return the recurrence-free share of each patient [patient][time]; times are days, 0 or more."""
        years = np.asarray(times_days, dtype=float) / YEAR
        late = np.maximum(years, START)
        with _quiet():
            hazard = self.engine.predict_cumulative_hazard(self.covariates.table(rows), times=late)
        return np.where(years == 0.0, 1.0, np.exp(-np.maximum(hazard.to_numpy(dtype=float).T, 0.0)))


@dataclass(frozen=True, eq=False)
class Covariates:
    """The union of the columns on burden and on growth, standardised, under names that are safe in a formula."""

    fresh: tuple[int, ...]
    """Columns of growth that are not columns of burden."""
    shared: tuple[int, ...]
    """For each column of growth, its place in the union."""
    mean: Floats
    sd: Floats

    @classmethod
    def of(cls, cohort: Cohort) -> Covariates:
        """Return the covariates of a cohort."""
        known = cohort.burden.names
        fresh = tuple(j for j, name in enumerate(cohort.growth.names) if name not in known)
        added = {cohort.growth.names[j]: len(known) + i for i, j in enumerate(fresh)}
        shared = tuple(known.index(name) if name in known else added[name] for name in cohort.growth.names)
        matrix = np.hstack([cohort.burden.matrix, cohort.growth.matrix[:, list(fresh)]])
        mean = np.average(matrix, axis=0, weights=cohort.weight) if matrix.size else np.zeros(matrix.shape[1])
        sd = np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=cohort.weight)) if matrix.size else mean
        return cls(fresh, shared, mean, sd)

    @property
    def names(self) -> list[str]:
        """Names of the union in a formula."""
        return [f"x{i}" for i in range(self.mean.size)]

    def table(self, rows: Rows) -> Any:
        """Return the columns of the union as a pandas DataFrame."""
        import pandas

        matrix = np.hstack([rows.burden, rows.growth[:, list(self.fresh)]])
        return pandas.DataFrame((matrix - self.mean) / self.sd, columns=self.names, index=range(rows.size))


def fit_rivals(cohort: Cohort, names: tuple[str, ...] = NAMES) -> tuple[list[Rival], dict[str, str]]:
    """Return the standard models fitted to a cohort, and for each that could not be fitted the reason.

    Location (or hazard) takes the union of the covariates on burden and growth. The mixture cures take those on burden for
    the cured share and those on growth for the time, as our own model does.

    Parameters
    ----------
    cohort : Cohort
    names : tuple of str
        Among `NAMES`.

    Returns
    -------
    list of Rival, dict of name to reason

    Raises
    ------
    RefusedError
        If lifelines is not installed.
    """
    try:
        import lifelines  # noqa: F401
    except ImportError:
        raise RefusedError("the standard models come from lifelines: pip install 'remnant[compare]'") from None
    covariates = Covariates.of(cohort)
    data = _Data.of(cohort, covariates)
    fitted, failed = [], {}
    for name in names:
        try:
            fitted.append(_fit(name, data, cohort))
        except _Failed as reason:
            failed[name] = str(reason)
    return fitted, failed


class _Failed(Exception):
    """A rival that could not be fitted, and why."""


@dataclass(frozen=True, eq=False)
class _Data:
    """The cohort as lifelines wants it: years in columns, covariates beside them."""

    frame: Any
    covariates: Covariates
    simple: bool
    """Whether no time is an interval."""
    burden: list[str]
    growth: list[str]

    @classmethod
    def of(cls, cohort: Cohort, covariates: Covariates) -> _Data:
        frame = covariates.table(cohort.rows)
        lower = np.maximum(cohort.lower / YEAR, START)
        upper = np.where(cohort.observed, lower, np.maximum(cohort.upper / YEAR, lower * (1 + 1e-9)))
        frame["lower"], frame["upper"] = lower, upper
        frame["found"] = cohort.observed.astype(int)
        frame["entry"], frame["weight"] = cohort.entry / YEAR, cohort.weight
        burden = [f"x{i}" for i in range(len(cohort.burden.names))]
        return cls(frame, covariates, not cohort.interval.any(), burden, [f"x{j}" for j in covariates.shared])

    def fit(self, engine: Any, more: dict[str, Any]) -> Any:
        """Fit an engine of lifelines and return it."""
        shared = {"entry_col": "entry", "weights_col": "weight"} | more
        if self.simple:
            return engine.fit(self.frame.drop(columns="upper"), "lower", "found", **shared)
        return engine.fit_interval_censoring(self.frame, "lower", "upper", event_col="found", **shared)


def _fit(name: str, data: _Data, cohort: Cohort) -> Rival:
    """Return the best of several fits of one model."""
    make, regressors = _recipe(name, data)
    best, reasons = None, []
    for method, start in _attempts(make, regressors, data):
        engine = make()
        if method is not None:
            engine._scipy_fit_method = method
        options = {"regressors": regressors} | ({} if start is None else {"initial_point": start(best)})
        if start is not None and options["initial_point"] is None:
            continue
        try:
            with _quiet():
                data.fit(engine, options)
                reached = float(engine.log_likelihood_)
        except _refusals() as error:
            reasons.append(_first_sentence(error))
            continue
        agreed = best is not None and abs(reached - float(best.log_likelihood_)) < AGREED
        if math.isfinite(reached) and (best is None or reached > float(best.log_likelihood_)):
            best = engine
        if agreed:
            break
    if best is None:
        raise _Failed(reasons[-1] if reasons else "no finite likelihood was found")
    per_unit = float(cohort.weight[cohort.observed].sum()) * math.log(YEAR / cohort.unit.days)
    return Rival(name, float(best.log_likelihood_) - per_unit, len(best.params_), best, data.covariates)


def _attempts(make: Any, regressors: dict[str, str], data: _Data) -> Iterator[tuple[str | None, Any]]:
    """Yield methods and starts: lifelines' own; from the fit without covariates where it has one start; on from the best."""

    def from_null(_: Any) -> Any:
        engine = make()
        try:
            with _quiet():
                data.fit(engine, {"regressors": dict.fromkeys(regressors, "1")})
        except _refusals():
            return None
        counts = {name: len(_columns(text)) for name, text in regressors.items()}
        return {name: np.concatenate([_inner(engine, name)[:1], np.zeros(count)]) for name, count in counts.items()}

    def onwards(best: Any) -> Any:
        return None if best is None else {name: _inner(best, name) for name in regressors}

    yield None, None
    if getattr(make(), "_one_start", True):
        yield "BFGS", from_null
    yield "BFGS", onwards
    for method in ("L-BFGS-B", "SLSQP"):
        yield method, lambda best: from_null(best) if best is None else None


def _inner(engine: Any, name: str) -> Floats:
    """Return the parameters of a fitted engine on the scale on which it climbs."""
    values = engine.params_.loc[name] * engine._norm_std.loc[name]
    return np.asarray(values, dtype=float)


def _columns(text: str) -> list[str]:
    return [] if text == "1" else text.split(" + ")


def _recipe(name: str, data: _Data) -> tuple[Callable[[], Any], dict[str, str]]:
    """Return what makes an engine of lifelines, and the formula of each of its parameters."""
    every = " + ".join(data.covariates.names) or "1"
    burden, growth = " + ".join(data.burden) or "1", " + ".join(data.growth) or "1"
    if name.startswith("spline"):
        knots = int(name.split()[1]) + 2  # lifelines counts the two at the ends as well
        gammas = {f"gamma{i}_": "1" for i in range(knots)}
        return (lambda: _spline()(n_baseline_knots=knots)), {"beta_": every} | gammas
    if name == "generalised gamma":
        return _generalised_gamma(), {"mu_": every, "sigma_": "1", "lambda_": "1"}
    regressors = dict.fromkeys(RECIPES[name].parameters, "1")
    if "cured_" in regressors:
        regressors["cured_"] = burden
    location = next(one for one in regressors if one != "cured_")
    regressors[location] = growth if "cured_" in regressors else every
    return _engine(name), regressors


@cache
def _refusals() -> tuple[type[Exception], ...]:
    """Return what lifelines raises where a fit does not succeed."""
    from lifelines.exceptions import ConvergenceError

    return (ValueError, ArithmeticError, TypeError, AttributeError, np.linalg.LinAlgError, ConvergenceError)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the warnings of lifelines, pandas and numpy inside: what matters is checked on the result."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _first_sentence(error: Exception) -> str:
    words = " ".join(str(error).split())
    return (words.split(". ")[0] or type(error).__name__)[:200]


@cache
def _engine(name: str) -> Any:
    """Return a class on lifelines' regression engine for one of the recipes."""
    from autograd import numpy as anp
    from lifelines.fitters import ParametricRegressionFitter

    recipe = RECIPES[name]

    class Engine(ParametricRegressionFitter):  # type: ignore[misc]
        fit_intercept = True
        _fitted_parameter_names = list(recipe.parameters)
        _one_start = len(recipe.starts) == 1

        def _create_initial_point(self, Ts: Any, E: Any, entries: Any, weights: Any, Xs: Any) -> Any:
            points = []
            for start in recipe.starts:
                point = {one: np.zeros(len(Xs[one].columns)) for one in recipe.parameters}
                for one, value in start.items():
                    point[one][0] = value
                points.append(point)
            return points

        def _cumulative_hazard(self, params: Any, T: Any, Xs: Any) -> Any:
            return recipe.hazard(lambda one: anp.dot(Xs[one], params[one]), T)

    return Engine


@cache
def _spline() -> Any:
    """Return lifelines' spline on the cumulative hazard, with a start for any number of knots and times of any kind."""
    from lifelines import CRCSplineFitter

    class Spline(CRCSplineFitter):  # type: ignore[misc]
        def _create_initial_point(self, Ts: Any, E: Any, entries: Any, weights: Any, Xs: Any) -> Any:
            point = {"beta_": np.zeros(len(Xs["beta_"].columns)), "gamma0_": np.zeros(1), "gamma1_": np.ones(1)}
            return [point | {f"gamma{i}_": np.zeros(1) for i in range(2, self.n_baseline_knots)}]

        def set_knots(self, T: Any, E: Any) -> None:
            known = np.asarray(T)[np.asarray(E, dtype=bool)]
            known = known if known.size > self.n_baseline_knots else np.asarray(T)
            self.knots = np.percentile(np.log(known), np.linspace(5, 95, self.n_baseline_knots))

    return Spline


@cache
def _generalised_gamma() -> Any:
    """Return lifelines' generalised gamma, which starts from two points by itself."""
    from lifelines import GeneralizedGammaRegressionFitter

    class GeneralisedGamma(GeneralizedGammaRegressionFitter):  # type: ignore[misc]
        _one_start = False

    return GeneralisedGamma
