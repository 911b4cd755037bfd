"""The fit of a cohort in the words of lifelines: a thin door to the frozen results behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from remnant.cohort import Cohort, Columns, Rows
from remnant.errors import InputError
from remnant.files import read_json, write_text
from remnant.fitter import curves, saved
from remnant.fitter.fitted import Fit, Fitted
from remnant.fitter.fitting import fit_law
from remnant.fitter.labels import labels, natural, naturals, ordered, slope
from remnant.fitter.prior import EVIDENCE, Prior
from remnant.reading import Floats

GRID = 120
"""Times of the average curve."""


class RecurrenceFitter:
    """Fits recurrence in a cohort: few lineages left behind, each found after a while, patients differing in both.

    S(t | x) = E_g[ L(m(x) F(t; g)) ]: m lineages are expected to be found, F is their time course at growth speed g, which
    is log-normal between patients. Covariates act on burden (ln m) or on growth (ln g).

    Parameters
    ----------
    disease : None
        Reserved for a catalogue of diseases with priors of their own; only None is allowed.
    prior : Prior
        What is believed before the data; `Prior.flat()` for maximum likelihood.
    mixing : bool
        Let patients differ in burden beyond the covariates (a gamma factor).
    dormancy : bool
        Let some lineages rest first.
    alpha : float
        1 - level of every interval.

    Raises
    ------
    InputError
        If something is not allowed.
    """

    def __init__(
        self,
        disease: None = None,
        *,
        prior: Prior = EVIDENCE,
        mixing: bool = False,
        dormancy: bool = False,
        alpha: float = 0.05,
    ) -> None:
        if disease is not None:
            raise InputError("disease", "must be None: this version has no catalogue of diseases", disease, "leave it out")
        if not isinstance(prior, Prior):
            raise InputError("prior", "must be a Prior", prior, "write Prior.flat() for no opinion")
        for name, flag in (("mixing", mixing), ("dormancy", dormancy)):
            if not isinstance(flag, bool):
                raise InputError(name, "must be True or False", flag)
        if isinstance(alpha, bool) or not (isinstance(alpha, int | float) and 0 < alpha < 1):
            raise InputError("alpha", "must be between 0 and 1", alpha)
        self.prior, self.mixing, self.dormancy, self.alpha = prior, mixing, dormancy, float(alpha)
        self._fit: Fit | None = None
        self._fitted: Fitted | None = None

    def fit(
        self,
        df: Any,
        duration_col: str | None = None,
        event_col: str | None = None,
        *,
        unit: str,
        burden: str | Sequence[str] = "",
        growth: str | Sequence[str] = "",
        entry_col: str | None = None,
        lower_col: str | None = None,
        upper_col: str | None = None,
        weights_col: str | None = None,
    ) -> RecurrenceFitter:
        """Fit a table with one row a patient, and return self.

        Parameters
        ----------
        df : pandas or polars DataFrame
        duration_col, event_col : str
            Time to recurrence or to the end of follow-up; 1 where the cancer was found again then, 0 where not.
        unit : str
            Of every time in the table and in results: days, months or years.
        burden, growth : str or list of str
            Formulas ("nodes + C(grade)") or columns: what tells how much was left, and how fast it grows; empty for none.
        entry_col : str, optional
            Time from which each was watched; 0 for from the start.
        lower_col, upper_col : str, optional
            Instead of duration and event: last time known free, and time by which it was found (empty for never).
        weights_col : str, optional
            Over 0; a patient of weight 2 counts as two.

        Returns
        -------
        RecurrenceFitter
            self

        Raises
        ------
        InputError
            If something in the table or the question is not allowed; names row and column.

        Warns
        -----
        DataWarning, FitWarning
            Where the answer should not be trusted, and why.
        """
        columns = Columns(duration_col, event_col, unit, entry_col, lower_col, upper_col, weights_col)
        return self.fit_cohort(Cohort.read(df, columns, burden, growth))

    def fit_cohort(self, cohort: Cohort) -> RecurrenceFitter:
        """Fit a cohort that was read already, and return self."""
        self._fit = fit_law(cohort, self.prior, mixing=self.mixing, dormancy=self.dormancy)
        self._fitted = self._fit.fitted
        return self

    @property
    def fitted(self) -> Fitted:
        """The frozen result behind this door; a `FittedCurve`.

        Raises
        ------
        InputError
            If nothing was fitted or loaded yet.
        """
        if self._fitted is None:
            raise InputError("fitter", "must be fitted first", "not fitted", "call .fit(...)")
        return self._fitted

    @property
    def log_likelihood_(self) -> float:
        """At the fitted parameters, densities per `unit`; the prior is not in it."""
        return self.fitted.log_likelihood

    @property
    def AIC_(self) -> float:
        """2 parameters - 2 log_likelihood_, every parameter counted whole.

        With a prior the log-likelihood stands a little below its top, so this AIC is never lower than that of the maximum
        likelihood, which `compare` reports.
        """
        return self.fitted.aic

    @property
    def params_(self) -> Any:
        """Estimates as a pandas Series by (part, name), per unit of the covariate and in `unit`."""
        return self.summary["estimate"].rename("params_")

    @property
    def summary(self) -> Any:
        """Estimates, standard errors and intervals as a pandas DataFrame.

        Intervals are symmetric on the inner scale (logarithm; logit of a share), so they stay where the parameter may be.
        """
        import pandas

        fitted, level = self.fitted, self._level
        errors = np.sqrt(np.diag(fitted.covariance))
        away = self._away
        rows, index = [], []
        for mark, value, error in zip(labels(fitted), fitted.values, errors, strict=True):
            low, high = ordered(mark, value - away * error, value + away * error)
            rows.append([natural(mark, float(value)), slope(mark, float(value)) * error, low, high])
            index.append((mark.part, mark.name))
        names = ["estimate", "standard error", f"lower {level}", f"upper {level}"]
        return pandas.DataFrame(rows, columns=names, index=pandas.MultiIndex.from_tuples(index, names=["part", "name"]))

    def print_summary(self) -> None:
        """Write the summary to standard output."""
        import sys

        told = self.fitted.told
        head = [
            f"{self.fitted.name}: {told.patients} patients, {told.events} found again, times in {self.fitted.unit.name}",
            f"log-likelihood {self.log_likelihood_:.2f}, AIC {self.AIC_:.2f}",
        ]
        sys.stdout.write("\n".join([*head, self.summary.to_string(float_format=lambda x: f"{x:.4g}"), ""]))

    @property
    def cured_share_(self) -> Any:
        """Average share of the cohort in whom it never comes back: a pandas Series with estimate and interval."""
        import pandas

        fit = self._with_patients("cured_share_")
        found = curves.mean_cured(fit.fitted, fit.cohort.rows, fit.cohort.weight, self.alpha)
        return pandas.Series([float(found.estimate[0]), float(found.low[0]), float(found.high[0])], index=self._names)

    @property
    def recurrence_free_(self) -> Any:
        """Average recurrence-free share of the cohort over its follow-up with its band: a pandas DataFrame by time."""
        return self.predict_average(np.linspace(0.0, self._in_unit(self.fitted.told.last_day), GRID + 1))

    def predict_average(self, times: Any) -> Any:
        """Return the average recurrence-free share of the cohort with its band.

        Parameters
        ----------
        times : list of float
            In `unit`, 0 or more.

        Returns
        -------
        pandas.DataFrame
            Rows are times; columns estimate and interval.
        """
        import pandas

        fit = self._with_patients("predict_average")
        asked, days = self._times(times)
        found = curves.mean_band(fit.fitted, days, fit.cohort.rows, fit.cohort.weight, self.alpha)
        data = np.column_stack([found.estimate, found.low, found.high])
        return pandas.DataFrame(data, index=pandas.Index(asked, name=self.fitted.unit.name), columns=self._names)

    def predict_recurrence_free(self, df: Any, times: Any = None, conditional_after: Any = None) -> Any:
        """Return the recurrence-free share of each patient.

        S(t | x), or S(k + t | x) / S(k | x) for who has been free for k.

        Parameters
        ----------
        df : pandas or polars DataFrame
            Covariates, one row a patient.
        times : list of float
            In `unit`, 0 or more; from `conditional_after` where that is given. None for the follow-up of the cohort.
        conditional_after : float or list of float, optional
            How long everybody, or each, has been free already, in `unit`; 0 for from the start.

        Returns
        -------
        pandas.DataFrame
            Rows are times, columns are patients.
        """
        import pandas

        rows, names, since = self._asked(df, conditional_after)
        asked, days = self._times(times)
        shares = np.exp(curves.log_free(self.fitted, days, rows, since)).T
        return pandas.DataFrame(shares, index=pandas.Index(asked, name=self.fitted.unit.name), columns=names)

    def predict_recurrence_free_interval(self, df: Any, times: Any = None, conditional_after: Any = None) -> Any:
        """Return the band of `predict_recurrence_free`: a pandas DataFrame with columns (patient, lower or upper)."""
        import pandas

        rows, names, since = self._asked(df, conditional_after)
        asked, days = self._times(times)
        found = curves.band(self.fitted, *curves.log_free_gradient(self.fitted, days, rows, since), self.alpha)
        data = np.stack([found.low, found.high], axis=1).reshape(2 * rows.size, days.size).T
        columns = pandas.MultiIndex.from_product([names, self._names[1:]])
        return pandas.DataFrame(data, index=pandas.Index(asked, name=self.fitted.unit.name), columns=columns)

    def predict_restricted_mean(self, df: Any, horizon: float, conditional_after: Any = None) -> Any:
        """Return the mean time free of recurrence within a horizon, with its interval.

        integral over 0..horizon of S(t | x) dt

        Parameters
        ----------
        df : pandas or polars DataFrame
        horizon : float
            In `unit`, over 0; from `conditional_after` where that is given.
        conditional_after : float or list of float, optional

        Returns
        -------
        pandas.DataFrame
            Rows are patients; columns estimate and interval, in `unit`.
        """
        rows, names, since = self._asked(df, conditional_after)
        if not (isinstance(horizon, int | float | np.number) and 0 < horizon < np.inf):
            raise InputError("horizon", "must be a number over 0", horizon)
        found = curves.restricted_mean(self.fitted, float(horizon) * self.fitted.unit.days, rows, since, self.alpha)
        return self._frame(curves.Band(*(self._in_unit(x) for x in (found.estimate, found.low, found.high))), names)

    def predict_cured(self, df: Any, conditional_after: Any = None) -> Any:
        """Return the chance of each patient that it never comes back, with an interval inside 0 to 1.

        L(m(x)), or L(m(x)) / S(k | x) for who has been free for k.

        Returns
        -------
        pandas.DataFrame
            Rows are patients; columns estimate and interval.
        """
        rows, names, since = self._asked(df, conditional_after)
        value, gradient = curves.log_cured(self.fitted, rows)
        if since is not None:
            before, before_gradient = curves.log_free_each(self.fitted, since, rows)
            value, gradient = value - before, gradient - before_gradient
        return self._frame(curves.band(self.fitted, value, gradient, self.alpha), names)

    def predict_interval(self, df: Any, conditional_after: Any = None, *, seed: int = 0) -> Any:
        """Return an interval of the time to recurrence of each patient, not knowing the parameters exactly either.

        The curve is averaged over draws of the parameters; an end is infinite where more than its share never recur.

        Parameters
        ----------
        df : pandas or polars DataFrame
        conditional_after : float or list of float, optional
            How long free already, in `unit`; times then count from there.
        seed : int
            Of the draws of the parameters.

        Returns
        -------
        pandas.DataFrame
            Rows are patients; columns median and interval, in `unit`.
        """
        import pandas

        from remnant.fitter.person import time_quantiles

        rows, names, since = self._asked(df, conditional_after)
        levels = (0.5, 0.5 * self.alpha, 1.0 - 0.5 * self.alpha)
        days = time_quantiles(self.fitted, rows, since, levels, seed)
        return pandas.DataFrame(self._in_unit(days), index=names, columns=["median", *self._names[1:]])

    def profile_intervals(self, names: Sequence[str] | None = None) -> Any:
        """Return intervals from the profile of the log-posterior, which need not be symmetric on any scale.

        Parameters
        ----------
        names : list of str, optional
            Which parameters, by name; all without it.

        Returns
        -------
        pandas.DataFrame
            Estimate and interval by (part, name); infinite (or 0) where a side is open.
        """
        import pandas

        from remnant.fitter.profile import profile_interval

        fit = self._with_patients("profile_intervals")
        rows, index = [], []
        marks = labels(fit.fitted)
        for name in names or ():
            if name not in {mark.name for mark in marks}:
                raise InputError("names", f"must be among {', '.join(mark.name for mark in marks)}", name)
        for place, mark in enumerate(marks):
            if names is None or mark.name in names:
                low, high = ordered(mark, *profile_interval(fit, place, self.alpha))
                rows.append([natural(mark, float(fit.fitted.values[place])), low, high])
                index.append((mark.part, mark.name))
        return pandas.DataFrame(rows, columns=self._names, index=pandas.MultiIndex.from_tuples(index, names=["part", "name"]))

    def posterior(self, draws: int = 2000, *, seed: int) -> Any:
        """Return draws from the posterior by Markov chains.

        Parameters
        ----------
        draws : int
            100 or more.
        seed : int
            0 or more; the same seed gives the same draws.

        Returns
        -------
        pandas.DataFrame
            One row a draw, one column a parameter (part, name) on the scale of `summary`. `.attrs` holds `rhat`,
            `effective` and `accepted`.
        """
        import pandas

        from remnant.fitter.draws import draw

        found = draw(self._with_patients("posterior"), draws, seed)
        columns = pandas.MultiIndex.from_tuples([(m.part, m.name) for m in labels(self.fitted)], names=["part", "name"])
        table = pandas.DataFrame(naturals(self.fitted, found.values), columns=columns)
        table.attrs = {"rhat": found.rhat.tolist(), "effective": found.effective.tolist(), "accepted": found.accepted}
        return table

    def compare(self, cut: float | None = None) -> Any:
        """Return this model beside the standard models, best AIC first.

        Every model is at the top of its likelihood, as AIC asks; ours too. With `cut`, each is also told only what was known
        by then, and foretells the share still well at the last time that is well observed.

        Parameters
        ----------
        cut : float, optional
            In `unit`.

        Returns
        -------
        pandas.DataFrame
            Rows are models; a model that could not be fitted says why in `note`.
        """
        from remnant.fitter.compare import compare, table

        fit = self._with_patients("compare")
        return table(compare(fit, None if cut is None else float(cut) * fit.fitted.unit.days))

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draw the fitted curve beside what was observed, and return the axes."""
        from remnant import plots

        return plots.plot_fit(self, ax=ax, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as plain data, without any patient's row."""
        return saved.to_dict(self.fitted) | {"alpha": self.alpha}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> RecurrenceFitter:
        """Return the fitter that `to_dict` described; it predicts the same.

        Raises
        ------
        InputError
            If something in it is missing or not allowed.
        """
        if not isinstance(document, Mapping):
            raise InputError("fit", "must be a mapping of names to values", document)
        fitted = saved.from_dict({name: value for name, value in document.items() if name != "alpha"})
        form = fitted.form
        fitter = cls(prior=fitted.prior, mixing=form.mixing, dormancy=form.dormancy, alpha=document.get("alpha", 0.05))
        fitter._fitted = fitted
        return fitter

    def save(self, path: str | Path) -> None:
        """Write the fit to a JSON file, without any patient's row."""
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> RecurrenceFitter:
        """Return the fitter that `save` wrote.

        Raises
        ------
        InputError
            If it cannot be read or something in it is not allowed.
        """
        return cls.from_dict(read_json(str(path)))

    @property
    def cohort(self) -> Cohort:
        """The cohort that was fitted; a loaded fit has none."""
        return self._with_patients("cohort").cohort

    def _with_patients(self, what: str) -> Fit:
        if self._fit is None:
            came = "not fitted" if self._fitted is None else "a loaded fit, which holds no patients"
            raise InputError(what, "needs the patients the fit was made from", came, "call .fit(...)")
        return self._fit

    @property
    def _level(self) -> str:
        return f"{100 * (1 - self.alpha):g}%"

    @property
    def _names(self) -> list[str]:
        return ["estimate", f"lower {self._level}", f"upper {self._level}"]

    @property
    def _away(self) -> float:
        from scipy.special import ndtri

        return float(ndtri(1.0 - 0.5 * self.alpha))

    def _in_unit(self, days: Any) -> Any:
        return np.asarray(days, dtype=float) / self.fitted.unit.days

    def _times(self, times: Any) -> tuple[Floats, Floats]:
        """Return times in `unit` and in days."""
        if times is None:
            asked = np.linspace(0.0, self._in_unit(self.fitted.told.last_day), GRID + 1)
        else:
            asked = np.atleast_1d(_numbers(times, "times"))
        if asked.ndim != 1 or not (np.isfinite(asked) & (asked >= 0)).all():
            raise InputError("times", f"must be 0 or more, in {self.fitted.unit.name}", times)
        return asked, asked * self.fitted.unit.days

    def _asked(self, df: Any, conditional_after: Any) -> tuple[Rows, Any, Floats | None]:
        import pandas

        rows = self.fitted.encode(df)
        names = df.index if isinstance(df, pandas.DataFrame) else pandas.RangeIndex(len(df))
        if rows.size == 0 and len(names):  # a model without covariates is the same for everybody
            rows = Rows(np.zeros((len(names), 0)), np.zeros((len(names), 0)))
        if conditional_after is None:
            return rows, names, None
        given = _numbers(conditional_after, "conditional_after")
        if given.ndim > 1 or (given.ndim == 1 and given.size != rows.size):
            raise InputError("conditional_after", f"must be one number, or one for each of {rows.size} patients", given.shape)
        if not (np.isfinite(given) & (given >= 0)).all():
            raise InputError("conditional_after", f"must be 0 or more, in {self.fitted.unit.name}", conditional_after)
        return rows, names, np.broadcast_to(given * self.fitted.unit.days, (rows.size,)).copy()

    def _frame(self, found: curves.Band, names: Any) -> Any:
        import pandas

        return pandas.DataFrame(np.column_stack([found.estimate, found.low, found.high]), index=names, columns=self._names)


def _numbers(values: Any, what: str) -> Floats:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(what, "must be numbers", values) from None
