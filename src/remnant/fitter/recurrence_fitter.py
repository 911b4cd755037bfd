"""The fit of a cohort in the words of lifelines: a thin door to the frozen results behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from remnant.cohort import Cohort, Columns, TimeUnit
from remnant.errors import InputError
from remnant.files import read_json, write_text
from remnant.fitter import curves, frames, saved
from remnant.fitter.choices import check_choices, choose
from remnant.fitter.fitted import Fit, Fitted
from remnant.fitter.fitting import fit_law
from remnant.fitter.labels import labels, natural, naturals, ordered, places_of
from remnant.fitter.prior import EVIDENCE, Prior
from remnant.observed import Observed, kaplan_meier


class RecurrenceFitter:
    """Fits recurrence in a cohort: few lineages left behind, each found after a while, patients differing in both.

    S(t | x) = E_g[ L(m(x) F(t; g)) ]: m lineages are expected to be found, F is their time course at growth speed g, which
    is log-normal between patients. Covariates act on burden (ln m) or on growth (ln g).

    Parameters
    ----------
    disease : str, optional
        Id of a disease of the catalogue, such as "colon": what is known of its growth, spread and rest is the prior.
    prior : Prior
        What is believed before the data, where no disease is named; `Prior.flat()` for maximum likelihood.
    mixing : bool or None
        Let patients differ in burden beyond the covariates (a gamma factor); None lets AIC choose.
    dormancy : bool or None
        Let some lineages rest first; None for what the disease named does, or lets AIC choose, once 3 in 4 others are found.
    ages : bool or None
        Let lineages be of all ages when follow-up begins, shed by a primary that grew; None lets AIC choose. Not with
        dormancy.
    alpha : float
        1 - level of every interval.

    Raises
    ------
    InputError
        If something is not allowed.
    """

    def __init__(
        self,
        disease: str | None = None,
        *,
        prior: Prior = EVIDENCE,
        mixing: bool | None = None,
        dormancy: bool | None = None,
        ages: bool | None = None,
        alpha: float = 0.05,
    ) -> None:
        check_choices(prior, mixing, dormancy, ages, alpha)
        prior, rests, old = choose(disease, prior, dormancy, ages)
        self.disease, self.prior, self.alpha = disease, prior, float(alpha)
        self.mixing, self.dormancy, self.ages = mixing, rests, old
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
        self._fit = fit_law(cohort, self.prior, mixing=self.mixing, dormancy=self.dormancy, ages=self.ages)
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
        """Estimates, standard errors and intervals (symmetric on the inner scale) as a pandas DataFrame."""
        return frames.summary(self.fitted, self.alpha)

    @property
    def contributions(self) -> Any:
        """How much the cohort and how much the prior tell about each parameter, as a pandas DataFrame.

        The last column is the share told by the cohort: 1 - posterior variance / prior variance on the inner scale.
        """
        return frames.contributions(self.fitted, self.alpha)

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
    def observed_(self) -> Observed:
        """The Kaplan-Meier curve of the cohort, in days."""
        return kaplan_meier(self.cohort)

    @property
    def unit_(self) -> TimeUnit:
        """Unit of times in results."""
        return self.fitted.unit

    def predict_mean_curve(self, times: Any = None) -> Any:
        """Return the average recurrence-free share of the cohort with its band.

        Parameters
        ----------
        times : list of float
            In `unit`, 0 or more; None for the follow-up of the cohort.

        Returns
        -------
        pandas.DataFrame
            Rows are times; columns recurrence_free, low and high (the level is 1 - alpha).
        """
        fit = self._with_patients("predict_mean_curve")
        asked, days = frames.read_times(self.fitted, times)
        found = curves.mean_band(fit.fitted, days, fit.cohort.rows, fit.cohort.weight, self.alpha)
        data = np.column_stack([found.estimate, found.low, found.high])
        return frames.over_time(self.fitted, asked, data, ["recurrence_free", "low", "high"])

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
        rows, names, since = frames.read_rows(self.fitted, df, conditional_after)
        asked, days = frames.read_times(self.fitted, times)
        shares = np.exp(curves.log_free(self.fitted, days, rows, since)).T
        return frames.over_time(self.fitted, asked, shares, names)

    def predict_recurrence_free_interval(self, df: Any, times: Any = None, conditional_after: Any = None) -> Any:
        """Return the band of `predict_recurrence_free`: a pandas DataFrame with columns (patient, lower or upper)."""
        import pandas

        rows, names, since = frames.read_rows(self.fitted, df, conditional_after)
        asked, days = frames.read_times(self.fitted, times)
        found = curves.band(self.fitted, *curves.log_free_gradient(self.fitted, days, rows, since), self.alpha)
        data = np.stack([found.low, found.high], axis=1).reshape(2 * rows.size, days.size).T
        columns = pandas.MultiIndex.from_product([names, self._names[1:]])
        return frames.over_time(self.fitted, asked, data, columns)

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
        rows, names, since = frames.read_rows(self.fitted, df, conditional_after)
        if not (isinstance(horizon, int | float | np.number) and 0 < horizon < np.inf):
            raise InputError("horizon", "must be a number over 0", horizon)
        found = curves.restricted_mean(self.fitted, float(horizon) * self.fitted.unit.days, rows, since, self.alpha)
        return frames.by_patient(
            curves.Band(*(self.fitted.unit.from_days(x) for x in (found.estimate, found.low, found.high))), names, self.alpha
        )

    def predict_cured(self, df: Any, conditional_after: Any = None) -> Any:
        """Return the chance of each patient that it never comes back, with an interval inside 0 to 1.

        L(m(x)), or L(m(x)) / S(k | x) for who has been free for k.

        Returns
        -------
        pandas.DataFrame
            Rows are patients; columns estimate and interval.
        """
        rows, names, since = frames.read_rows(self.fitted, df, conditional_after)
        value, gradient = curves.log_cured(self.fitted, rows)
        if since is not None:
            before, before_gradient = curves.log_free_each(self.fitted, since, rows)
            value, gradient = value - before, gradient - before_gradient
        return frames.by_patient(curves.band(self.fitted, value, gradient, self.alpha), names, self.alpha)

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

        rows, names, since = frames.read_rows(self.fitted, df, conditional_after)
        levels = (0.5, 0.5 * self.alpha, 1.0 - 0.5 * self.alpha)
        days = time_quantiles(self.fitted, rows, since, levels, seed)
        return pandas.DataFrame(self.fitted.unit.from_days(days), index=names, columns=["median", *self._names[1:]])

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
        rows = []
        marks = labels(fit.fitted)
        chosen = places_of(marks, names)
        for place in chosen:
            ends = ordered(marks[place], *profile_interval(fit, place, self.alpha))
            rows.append([natural(marks[place], float(fit.fitted.values[place])), *ends])
        return pandas.DataFrame(rows, columns=self._names, index=frames.by_label([marks[place] for place in chosen]))

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
        table = pandas.DataFrame(naturals(self.fitted, found.values), columns=frames.by_label(labels(self.fitted)))
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
        flags = {name: getattr(fitted.form, name) for name in ("mixing", "dormancy", "ages")}
        fitter = cls(prior=fitted.prior, alpha=document.get("alpha", 0.05), **flags)
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
    def _names(self) -> list[str]:
        return ["estimate", *frames.interval_names(self.alpha)]
