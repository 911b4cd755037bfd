"""Cumulative hazards of standard models, in autograd, for lifelines' regression engine: what it has no class for, or no
class that takes every kind of time.

Each function takes `linear`, which gives the linear predictor of a named parameter for each patient, and times in years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Linear = Callable[[str], Any]


@dataclass(frozen=True)
class Recipe:
    """A model: names of its parameters, starts (constants of the parameters; 0 where not named), cumulative hazard."""

    parameters: tuple[str, ...]
    starts: tuple[dict[str, float], ...]
    hazard: Callable[[Linear, Any], Any]


def exponential(linear: Linear, years: Any) -> Any:
    """H = t exp(-lambda)."""
    return years * _exp(-linear("lambda_"))


def weibull(linear: Linear, years: Any) -> Any:
    """H = exp(exp(rho) (ln t - lambda))."""
    from autograd import numpy as anp

    return _exp(_exp(linear("rho_")) * (anp.log(years) - linear("lambda_")))


def gompertz(linear: Linear, years: Any) -> Any:
    """H = exp(lambda) (exp(nu t) - 1) / nu; nu below 0 leaves some who never recur."""
    from autograd import numpy as anp

    nu = linear("nu_")
    nu = anp.where(anp.abs(nu) < 1e-6, 1e-6, nu)
    return _exp(linear("lambda_")) * anp.expm1(anp.clip(nu * years, -700.0, 700.0)) / nu


def log_normal(linear: Linear, years: Any) -> Any:
    """H = -ln(1 - Phi((ln t - mu) / exp(sigma)))."""
    from autograd import numpy as anp
    from autograd.scipy.stats import norm

    return -norm.logsf((anp.log(years) - linear("mu_")) / _exp(linear("sigma_")))


def log_logistic(linear: Linear, years: Any) -> Any:
    """H = ln(1 + exp(exp(beta) (ln t - alpha)))."""
    from autograd import numpy as anp

    return anp.logaddexp(0.0, _exp(linear("beta_")) * (anp.log(years) - linear("alpha_")))


def cured(hazard: Callable[[Linear, Any], Any]) -> Callable[[Linear, Any], Any]:
    """Return H = -ln(c + (1 - c) exp(-H0)), c = 1 / (1 + exp(-cured))."""

    def with_cured(linear: Linear, years: Any) -> Any:
        from autograd import numpy as anp

        share = linear("cured_")
        log_cured, log_not = -anp.logaddexp(0.0, -share), -anp.logaddexp(0.0, share)
        return -anp.logaddexp(log_cured, log_not - hazard(linear, years))

    return with_cured


RECIPES = {
    "exponential": Recipe(("lambda_",), ({"lambda_": 1.0},), exponential),
    "Weibull": Recipe(("lambda_", "rho_"), ({"lambda_": 1.0}, {"lambda_": 2.0, "rho_": -0.5}), weibull),
    "Gompertz": Recipe(("lambda_", "nu_"), ({"lambda_": -1.5, "nu_": -0.1}, {"lambda_": -2.0, "nu_": 0.1}), gompertz),
    "log-normal": Recipe(("mu_", "sigma_"), ({"mu_": 1.0, "sigma_": 0.2},), log_normal),
    "log-logistic": Recipe(("alpha_", "beta_"), ({"alpha_": 1.0, "beta_": 0.3},), log_logistic),
    "Weibull mixture cure": Recipe(
        ("cured_", "lambda_", "rho_"),
        ({"cured_": 0.0, "lambda_": 0.7, "rho_": 0.2}, {"cured_": -1.5, "lambda_": 1.5, "rho_": 0.2}),
        cured(weibull),
    ),
    "log-normal mixture cure": Recipe(
        ("cured_", "mu_", "sigma_"),
        ({"cured_": 0.0, "mu_": 0.5, "sigma_": -0.2}, {"cured_": -1.5, "mu_": 1.2, "sigma_": 0.1}),
        cured(log_normal),
    ),
}
"""The first parameter that is not about cure is the location; the others are shapes."""


def _exp(power: Any) -> Any:
    from autograd import numpy as anp

    return anp.exp(anp.clip(power, -700.0, 700.0))
