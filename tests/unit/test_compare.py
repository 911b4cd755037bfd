"""The standard models beside ours: lifelines' own numbers, every kind of time, failures told, the early cut."""

from __future__ import annotations

import numpy as np
import pytest
from checks import close
from fits import drawn, simple

import remnant as rm
from remnant.cohort import Cohort, Columns
from remnant.errors import RefusedError
from remnant.fitter import rivals
from remnant.fitter.compare import compare, foretell, table, well_observed
from remnant.fitter.curve_model import FittedCurve, aic
from remnant.fitter.fitting import fit_law
from remnant.fitter.hazards import RECIPES, Recipe
from remnant.fitter.rivals import NAMES, fit_rivals

lifelines = pytest.importorskip("lifelines")
LIBRARY = {
    "Weibull": lifelines.WeibullAFTFitter,
    "log-normal": lifelines.LogNormalAFTFitter,
    "log-logistic": lifelines.LogLogisticAFTFitter,
}
QUICK = ("exponential", "Weibull", "log-normal")


def cohort(data=None, burden="nodes", growth="grade", **columns):
    data = simple() if data is None else data
    return Cohort.read(data, Columns("time", "event", "days", **columns), burden, growth)


@pytest.fixture(scope="module")
def told():
    return cohort()


@pytest.fixture(scope="module")
def all_of_them(told):
    return fit_rivals(told)


def test_every_standard_model_is_there(all_of_them):
    fitted, failed = all_of_them
    assert [one.name for one in fitted] == list(NAMES) and failed == {}
    assert all(isinstance(one, FittedCurve) for one in fitted)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_models_that_lifelines_has_are_as_it_fits_them(told, all_of_them, name):
    frame = simple()
    frame = frame.assign(time=frame["time"] / 365.25, II=frame["grade"] == "II", III=frame["grade"] == "III")
    theirs = LIBRARY[name]().fit(frame.drop(columns="grade").astype(float), "time", "event")
    ours = next(one for one in all_of_them[0] if one.name == name)
    close(ours.log_likelihood + told.events * np.log(365.25), theirs.log_likelihood_, 1e-6)
    assert ours.parameters == len(theirs.params_)
    people = frame.drop(columns=["grade", "time", "event"]).astype(float)
    wanted = theirs.predict_survival_function(people, times=[1.0, 4.0]).to_numpy().T
    close(ours.recurrence_free(np.array([365.25, 1461.0]), told.rows), wanted, 1e-2)


def test_larger_standard_models_fit_no_worse(all_of_them):
    tops = {one.name: one.log_likelihood for one in all_of_them[0]}
    for larger, smaller in (
        ("Weibull", "exponential"),
        ("Gompertz", "exponential"),
        ("generalised gamma", "Weibull"),
        ("generalised gamma", "log-normal"),
        ("spline, 1 knot", "Weibull"),
    ):
        assert tops[larger] >= tops[smaller] - 1e-4, (larger, smaller)


def test_curves_begin_at_one_and_fall(told, all_of_them):
    for one in all_of_them[0]:
        shares = one.recurrence_free(np.array([0.0, 300.0, 1000.0, 3000.0]), told.rows)
        assert shares.shape == (told.size, 4) and (shares[:, 0] == 1).all(), one.name
        assert (np.diff(shares, axis=1) < 1e-9).all() and (shares >= 0).all(), one.name


@pytest.mark.parametrize("name", QUICK)
def test_intervals_entry_and_weights_reach_them(name):
    data = drawn(250, 3)
    data["entry"] = np.minimum(100.0, 0.5 * data["time"])
    data["weight"] = 2.0
    width = 0.05
    data["free"] = data["time"] - width * data["event"]
    data["found"] = data["time"].where(data["event"] == 1) + width
    exact = fit_rivals(Cohort.read(data, Columns("time", "event", "days", entry="entry", weights="weight"), ["b0"]), (name,))
    columns = Columns(None, None, "days", entry="entry", lower="free", upper="found", weights="weight")
    between = fit_rivals(Cohort.read(data, columns, ["b0"]), (name,))
    events = 2.0 * data["event"].sum()
    close(between[0][0].log_likelihood - events * np.log(2 * width), exact[0][0].log_likelihood, 1e-4)
    plain = fit_rivals(Cohort.read(data, Columns("time", "event", "days"), ["b0"]), (name,))[0][0]
    assert abs(2 * plain.log_likelihood - exact[0][0].log_likelihood) > 1, "the twin: entry left out is another number"


def test_without_covariates(told):
    fitted, failed = fit_rivals(cohort(burden="", growth=""), QUICK)
    assert [one.parameters for one in fitted] == [1, 2, 2] and not failed
    day, events = np.array([800.0]), told.events
    rate = events / simple()["time"].sum()
    close(fitted[0].recurrence_free(day, told.rows)[0], np.exp(-rate * day), 1e-5)


def test_units_do_not_change_a_standard_model():
    data = simple()
    one = fit_rivals(cohort(data), ("log-normal",))[0][0]
    years = Cohort.read(data.assign(time=data["time"] / 365.25), Columns("time", "event", "years"), "nodes", "grade")
    other = fit_rivals(years, ("log-normal",))[0][0]
    close(one.log_likelihood + data["event"].sum() * np.log(365.25), other.log_likelihood, 1e-9)


def test_a_model_that_cannot_be_fitted_is_named_with_the_reason(told, monkeypatch):
    def broken(linear, years):
        raise ValueError("there is no such hazard. And more")

    monkeypatch.setitem(RECIPES, "Weibull", Recipe(("lambda_",), ({},), broken))
    rivals._engine.cache_clear()
    fitted, failed = fit_rivals(told, QUICK)
    rivals._engine.cache_clear()
    assert [one.name for one in fitted] == ["exponential", "log-normal"]
    assert failed == {"Weibull": "there is no such hazard"}


def test_without_lifelines_it_says_what_to_install(told, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "lifelines":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RefusedError, match="pip install"):
        fit_rivals(told)


@pytest.fixture(autouse=True, scope="module")
def few_rivals():
    """All of them are fitted once above; the comparison needs only some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("remnant.fitter.compare.fit_rivals", lambda cohort: fit_rivals(cohort, QUICK))
        yield


@pytest.fixture(scope="module")
def compared(told, few_rivals):
    return compare(fit_law(told), 900.0)


def test_the_table_has_every_model_and_the_best_first(compared, told):
    shown = table(compared)
    aics = shown["AIC"].dropna()
    assert (aics.diff().dropna() >= 0).all() and set(QUICK) <= set(shown.index) and "remnant" in shown.index
    close(shown["weight"].sum(), 1.0, 1e-9)
    close(shown.loc["remnant", "error"], shown.loc["remnant", "foretold"] - shown.loc["remnant", "observed"], 1e-9)
    assert {"remnant", "remnant, no prior", "average by AIC"} <= set(shown["foretold"].dropna().index)
    best = fit_law(told, rm.RecurrenceFitter().prior.without_opinion()).fitted
    close(shown.loc["remnant", "AIC"], best.aic, 1e-9)


def test_the_average_lies_among_the_models(compared, told):
    day = np.array([1500.0])
    shares = [float(np.mean(one.recurrence_free(day, told.rows))) for one in compared.curves]
    mean = float(np.mean(compared.averaged.recurrence_free(day, told.rows)))
    assert min(shares) < mean < max(shares)
    weights = np.array([compared.weights[one.name] for one in compared.curves])
    close(mean, float(weights @ shares), 1e-6)


def test_the_cut_tells_only_what_was_known(told):
    fit = fit_law(told)
    one = foretell(fit, 900.0, lambda words: None, rivals=False)
    later = simple()
    late = (later["time"] > 900) & (later["event"] == 1)
    moved = cohort(later.assign(time=later["time"].where(~late, later["time"] + 100.0)))
    other = foretell(fit_law(moved), 900.0, lambda words: None, rivals=False)
    close(one.mean("remnant", np.array([2000.0])), other.mean("remnant", np.array([2000.0])), 1e-9)
    assert abs(float(one.observed(np.array([1500.0]))[0] - other.observed(np.array([1500.0]))[0])) > 1e-3


def test_a_cut_that_is_too_late_or_too_early(told):
    fit = fit_law(told)
    for day, says in ((2969.0, "well observed"), (-1.0, "cut"), (2.0, "cut")):
        with pytest.raises(rm.InputError, match=says):
            foretell(fit, day, lambda words: None, rivals=False)


def test_a_tenth_is_still_followed_at_the_last_time(told):
    data = simple()
    last = well_observed(told)
    followed = [float((data["time"] >= day).mean()) for day in (last, last + 10)]
    assert followed[0] >= 0.1 > followed[1]
    assert last == round(last, -1), "three digits: nobody's own day"


def test_compare_at_the_door(told):
    shown = rm.RecurrenceFitter().fit_cohort(told).compare()
    assert shown.index.name == "model" and "foretold" not in shown.columns
    close(shown["AIC"].to_numpy()[0], float(shown["AIC"].min()), 1e-15)
    assert aic(fit_law(told).fitted) >= shown.loc["remnant", "AIC"] - 1e-6, "with a prior AIC is never lower"
