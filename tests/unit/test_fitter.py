"""The fitter's words: what goes in, what comes out, what is refused, what warns, what is saved."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import polars
import pytest
from checks import close
from fits import drawn, simple

import remnant as rm
from remnant.fitter import EVIDENCE, FittedCurve, Prior
from remnant.fitter.curve_model import aic

TIMES = [0.0, 300.0, 1000.0, 2500.0]


def fitted(table=None, **options):
    more = {"burden": "nodes", "growth": "grade"} | options
    return rm.RecurrenceFitter(mixing=False).fit(simple() if table is None else table, "time", "event", unit="days", **more)


@pytest.fixture(scope="module")
def fit():
    return fitted()


def test_fit_returns_itself_and_is_a_curve(fit):
    assert isinstance(fit, rm.RecurrenceFitter) and isinstance(fit.fitted, FittedCurve)
    close(fit.AIC_, aic(fit.fitted), 1e-15)
    assert fit.fitted.parameters == 6 == len(fit.params_)


def test_the_summary_names_parameters_and_the_level(fit):
    table = fit.summary
    assert list(table.columns) == ["estimate", "standard error", "lower 95%", "upper 95%"]
    assert ("burden", "nodes") in table.index and ("growth", "grade[T.III]") in table.index
    assert {"lineages", "detection time", "growth spread"} == set(table.loc["shape"].index)
    assert (table["lower 95%"] < table["estimate"]).all() and (table["estimate"] < table["upper 95%"]).all()
    other = rm.RecurrenceFitter(mixing=False, alpha=0.2).fit_cohort(fit.cohort).summary
    assert "lower 80%" in other.columns
    assert (other["lower 80%"] > table["lower 95%"]).all()


def test_print_summary_prints(fit, capsys):
    fit.print_summary()
    shown = capsys.readouterr().out
    assert "300 patients" in shown and "nodes" in shown and "AIC" in shown


def test_coefficients_are_per_unit_of_the_covariate():
    """A covariate in other units has a coefficient in other units and nothing else changes."""
    table = simple()
    one, ten = fitted(table), fitted(table.assign(nodes=table["nodes"] * 10))
    close(one.params_[("burden", "nodes")], 10 * ten.params_[("burden", "nodes")], 1e-6)
    close(one.log_likelihood_, ten.log_likelihood_, 1e-10)


def test_predictions_are_times_by_patients_and_fall(fit):
    people = simple().iloc[[5, 2, 9]]
    shares = fit.predict_recurrence_free(people, TIMES)
    assert shares.shape == (4, 3) and list(shares.columns) == [5, 2, 9] and list(shares.index) == TIMES
    assert shares.index.name == "days"
    assert (shares.iloc[0] == 1).all() and (shares.diff().iloc[1:] < 0).all().all()
    assert fit.predict_recurrence_free(people).shape == (121, 3)


def test_pandas_and_polars_give_the_same():
    table = simple()
    one, other = fitted(table), fitted(polars.from_pandas(table))
    close(one.params_, other.params_, 1e-12)
    people = polars.from_pandas(table.head(2))
    close(other.predict_recurrence_free(people, TIMES), one.predict_recurrence_free(table.head(2), TIMES), 1e-12)


def test_given_free_so_far(fit):
    people = simple().head(3)
    passed = [0.0, 500.0, 1000.0]
    after = fit.predict_recurrence_free(people, [0.0, 400.0], conditional_after=passed)
    for i, k in enumerate(passed):
        plain = fit.predict_recurrence_free(people.iloc[[i]], [k, k + 400.0]).to_numpy()[:, 0]
        close(after.to_numpy()[:, i], [1.0, plain[1] / plain[0]], 1e-9)
    same = fit.predict_recurrence_free(people, [400.0], conditional_after=500.0)
    close(same.to_numpy()[0, 1], after.to_numpy()[1, 1], 1e-12)


def test_bands_hold_the_estimate_and_stay_inside(fit):
    people = simple().head(4)
    shares = fit.predict_recurrence_free(people, TIMES)
    band = fit.predict_recurrence_free_interval(people, TIMES)
    for name in shares.columns:
        low, high = band[(name, "lower 95%")], band[(name, "upper 95%")]
        assert (low <= shares[name]).all() and (shares[name] <= high).all() and low.min() >= 0 and high.max() <= 1
        assert low.iloc[0] == high.iloc[0] == 1 and low.iloc[1] < high.iloc[1]
    mean = fit.predict_mean_curve(TIMES)
    assert ((mean["low"] <= mean["recurrence_free"]) & (mean["recurrence_free"] <= mean["high"])).all()
    close(mean["recurrence_free"], fit.predict_recurrence_free(simple(), TIMES).mean(axis=1), 1e-9)


def test_the_band_is_what_draws_of_the_parameters_give(fit):
    """Delta method against 4,000 draws from the same normal law: ends within a tenth of the width."""
    from dataclasses import replace

    from remnant.fitter.curves import log_free

    people = simple().head(1)
    rows = fit.fitted.encode(people)
    draws = np.random.default_rng(1).multivariate_normal(fit.fitted.values, fit.fitted.covariance, 4000)
    shares = [np.exp(log_free(replace(fit.fitted, values=v), np.array([900.0]), rows)[0, 0]) for v in draws]
    wanted = np.quantile(shares, [0.025, 0.975])
    band = fit.predict_recurrence_free_interval(people, [900.0]).to_numpy()[0]
    assert np.abs(band - wanted).max() < 0.1 * (wanted[1] - wanted[0])


def test_restricted_mean_is_the_area_under_the_curve(fit):
    people = simple().head(2)
    times = np.linspace(0, 1500, 6001)
    for passed in (None, 400.0):
        shares = fit.predict_recurrence_free(people, times, conditional_after=passed).to_numpy()
        means = fit.predict_restricted_mean(people, 1500, conditional_after=passed)
        close(means["estimate"], np.trapezoid(shares, times, axis=0), 1e-6)
        assert (means["lower 95%"] < means["estimate"]).all() and (means["upper 95%"] < 1500).all()


def test_cured_is_where_the_curve_settles(fit):
    people = simple().head(3)
    late = fit.predict_recurrence_free(people, [1e9]).to_numpy()[0]
    found = fit.predict_cured(people)
    close(found["estimate"], late, 1e-9)
    assert (found["lower 95%"] > 0).all() and (found["upper 95%"] < 1).all()
    free = fit.predict_recurrence_free(people, [700.0]).to_numpy()[0]
    close(fit.predict_cured(people, conditional_after=700.0)["estimate"], late / free, 1e-9)
    share = fit.cured_share_
    assert 0 < share["lower 95%"] < share["estimate"] < share["upper 95%"] < 1


def test_mixed_burden_has_its_own_cured_share():
    table = drawn(300, 2, frailty=1.0)
    mixed = rm.RecurrenceFitter(mixing=True).fit(table, "time", "event", unit="days", burden=["b0"])
    late = mixed.predict_recurrence_free(table.head(3), [1e9]).to_numpy()[0]
    close(mixed.predict_cured(table.head(3))["estimate"], late, 1e-9)
    assert ("shape", "burden variance") in mixed.params_.index


def test_the_interval_of_one_person_is_wider_than_the_law_alone(fit):
    people = simple().head(2)
    found = fit.predict_interval(people, seed=1)
    assert (found["lower 95%"] < found["median"]).all() and np.isinf(found["upper 95%"]).all(), "some never recur"
    alone = fit.predict_recurrence_free(people, found["lower 95%"].to_numpy()).to_numpy()
    assert (np.diag(alone) > 0.93).all() and (np.diag(alone) < 0.99).all()
    assert found.equals(fit.predict_interval(people, seed=1))


def test_a_saved_fit_predicts_the_same_and_holds_no_patient(tmp_path):
    table = drawn(200, 6).assign(grade="low")
    table.loc[::3, "grade"] = "high"
    one = rm.RecurrenceFitter(mixing=False, alpha=0.1).fit(
        table, "time", "event", unit="days", burden="b0 + center(g0)", growth="grade"
    )
    one.save(tmp_path / "fit.json")
    text = (tmp_path / "fit.json").read_text(encoding="utf-8")
    held = [value for column in ("time", "b0", "g0") for value in table[column] if f"{value:.8g}"[:10] in text]
    assert held == []
    other = rm.RecurrenceFitter.load(tmp_path / "fit.json")
    people = table.head(5)
    close(other.predict_recurrence_free(people, TIMES), one.predict_recurrence_free(people, TIMES), 1e-12)
    close(other.predict_cured(people), one.predict_cured(people), 1e-12)
    close(other.summary, one.summary, 1e-12)
    assert other.to_dict() == one.to_dict()
    with pytest.raises(rm.InputError, match="loaded fit, which holds no patients"):
        other.compare()


def test_the_search_for_patients_can_find_one(fit):
    """The twin of the test above: a document with a row in it is caught."""
    table = drawn(200, 6)
    text = json.dumps(fit.to_dict() | {"row": table["time"].iloc[3]})
    assert [v for v in table["time"] if f"{v:.8g}"[:10] in text]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.pop("values"), "values"),
        (lambda d: d.update(version=9), "version"),
        (lambda d: d.update(format="other"), "format"),
        (lambda d: d["values"].pop(), "values"),
        (lambda d: d["form"].update(burden=-1), "burden"),
        (lambda d: d.update(unit="weeks"), "unit"),
        (lambda d: d["burden"].update(formula="__import__('os')"), "formula"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d["covariance"].pop(), "covariance"),
    ],
)
def test_a_saved_fit_that_is_not_whole_is_refused(fit, change, says):
    document = json.loads(json.dumps(fit.to_dict()))
    change(document)
    with pytest.raises(rm.InputError, match=says):
        rm.RecurrenceFitter.from_dict(document)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"disease": "breast"}, "did you mean"),
        ({"prior": "flat"}, "Prior.flat"),
        ({"mixing": 1}, "mixing"),
        ({"dormancy": "yes"}, "dormancy"),
        ({"ages": "old"}, "ages"),
        ({"ages": True, "dormancy": True}, "ages"),
        ({"alpha": 1.5}, "alpha"),
        ({"alpha": True}, "alpha"),
    ],
)
def test_options_that_are_not_allowed(options, says):
    disease = options.pop("disease", None)
    with pytest.raises(rm.InputError, match=says):
        rm.RecurrenceFitter(disease, **options)


def test_the_unit_has_no_default():
    with pytest.raises(TypeError, match="unit"):
        rm.RecurrenceFitter().fit(simple(), "time", "event")
    with pytest.raises(rm.InputError, match="weeks"):
        rm.RecurrenceFitter().fit(simple(), "time", "event", unit="weeks")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda f: f.predict_recurrence_free(simple().drop(columns="nodes"), [1.0]), "nodes"),
        (lambda f: f.predict_recurrence_free(simple(), [-1.0]), "times"),
        (lambda f: f.predict_recurrence_free(simple(), ["x"]), "times"),
        (lambda f: f.predict_recurrence_free(simple(), [1.0], conditional_after=[1.0, 2.0]), "conditional_after"),
        (lambda f: f.predict_recurrence_free(simple(), [1.0], conditional_after=-1), "conditional_after"),
        (lambda f: f.predict_recurrence_free(simple().assign(grade="9"), [1.0]), "levels"),
        (lambda f: f.predict_restricted_mean(simple(), 0), "horizon"),
        (lambda f: f.predict_interval(simple().head(1), seed=-1), "seed"),
        (lambda f: f.profile_intervals(["nodez"]), "nodez"),
        (lambda f: f.posterior(10, seed=1), "draws"),
        (lambda f: f.posterior(100, seed=-1), "seed"),
    ],
)
def test_questions_that_are_not_allowed(fit, call, says):
    with pytest.raises(rm.InputError, match=says):
        call(fit)


def test_a_fitter_that_was_not_fitted_says_so():
    with pytest.raises(rm.InputError, match="call .fit"):
        _ = rm.RecurrenceFitter().summary


def test_bad_tables_are_refused():
    good = simple()
    for change, says in (
        (lambda t: t.iloc[:0], "at least one row"),
        (lambda t: t.assign(event=0), "found again"),
        (lambda t: t.assign(nodes=2), "nodes"),
        (lambda t: t.drop(columns="time"), "time"),
        (lambda t: t.assign(time=t["time"].where(t.index != 3, -1)), "row 4"),
        (lambda t: t.assign(time=t["time"].astype(object).where(t.index != 3, "soon")), "soon"),
    ):
        with pytest.raises(rm.InputError, match=says):
            fitted(change(good))


def test_one_event_and_duplicated_rows_warn():
    table = simple(80)
    with pytest.warns(rm.DataWarning, match="only 1 of 80"), warnings.catch_warnings():
        warnings.simplefilter("ignore", rm.FitWarning)
        fitted(table.assign(event=(table.index == int(table["time"].idxmin())).astype(int)), burden="", growth="")
    with pytest.warns(rm.DataWarning, match="duplicated"):
        fitted(pd.concat([table, table]), growth="")


def test_too_short_a_follow_up_warns():
    table = drawn(400, 3, days=2500.0, spread=0.3)
    early = table.assign(event=((table["event"] == 1) & (table["time"] <= 1200)).astype(int), time=table["time"].clip(upper=1200))
    with pytest.warns(rm.FitWarning, match="cured share"):
        rm.RecurrenceFitter(mixing=False).fit(early, "time", "event", unit="days")


def test_a_parameter_at_its_end_warns():
    """Everybody is found on nearly the same day: without a prior the spread of growth goes to nothing."""
    days = np.repeat(np.arange(500.0, 506.0), 10)
    table = pd.DataFrame({"time": days, "event": 1})
    with pytest.warns(rm.FitWarning, match="went to its"):
        rm.RecurrenceFitter(prior=Prior.flat(), mixing=False).fit(table, "time", "event", unit="days")


def test_more_parameters_than_events_warn():
    table = simple(80)
    keep = np.flatnonzero(table["event"] == 1)[:4]
    with pytest.warns(rm.FitWarning, match="the prior decides"):
        fitted(table.assign(event=table.index.isin(keep).astype(int)))


def test_weights_count_patients():
    table = simple(120)
    twice = pd.concat([table, table.iloc[:40]], ignore_index=True)
    weighted = table.assign(weight=np.where(table.index < 40, 2.0, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rm.DataWarning)
        one, other = fitted(twice), fitted(weighted, weights_col="weight")
    close(one.log_likelihood_, other.log_likelihood_, 1e-9)
    close(one.params_, other.params_, 1e-6)


def test_intervals_around_the_exact_times_give_nearly_the_same():
    table = drawn(400, 5)
    exact = rm.RecurrenceFitter(mixing=False).fit(table, "time", "event", unit="days", burden=["b0"])
    width = 0.02
    bounds = table.assign(free=table["time"] - width * table["event"], found=table["time"].where(table["event"] == 1) + width)
    between = rm.RecurrenceFitter(mixing=False).fit(bounds, unit="days", burden=["b0"], lower_col="free", upper_col="found")
    close(between.params_, exact.params_, 1e-3)
    close(between.log_likelihood_ - table["event"].sum() * np.log(2 * width), exact.log_likelihood_, 1e-6)


def test_late_entry_changes_the_fit_and_recovers_it():
    """Patients who join late were free until then: with the entry told, lineages come out as drawn (within 3 errors)."""
    table = drawn(3000, 7)
    table["entry"] = np.random.default_rng(2).uniform(0, 900, len(table))
    joined = table[table["time"] > table["entry"]]
    told = rm.RecurrenceFitter(mixing=False).fit(
        joined, "time", "event", unit="days", burden=["b0"], growth=["g0"], entry_col="entry"
    )
    silent = rm.RecurrenceFitter(mixing=False).fit(joined, "time", "event", unit="days", burden=["b0"], growth=["g0"])
    row = told.summary.loc[("shape", "lineages")]
    assert abs(row["estimate"] - 0.8) < 3 * row["standard error"]
    assert silent.params_[("shape", "lineages")] < 0.8 - 3 * row["standard error"], "the twin: the entry left out"


def test_mixing_is_chosen_by_aic():
    chosen = [
        rm.RecurrenceFitter().fit(table, "time", "event", unit="days", burden=["b0"]).fitted.form.mixing
        for table in (drawn(1500, 1, burden=(1.5,)), drawn(1500, 1, burden=(1.5,), frailty=2.0))
    ]
    assert chosen == [False, True]


def test_dormancy_is_named_in_the_summary():
    late = rm.RecurrenceFitter(dormancy=True, mixing=False).fit(drawn(200, 3), "time", "event", unit="days")
    assert {"resting share", "rest half-life"} <= set(late.params_.loc["shape"].index)
    assert 0 < late.params_[("shape", "resting share")] < 1


def test_ages_are_chosen_by_aic_and_saved():
    table = drawn(1500, 1, burden=(1.5,))
    chosen = rm.RecurrenceFitter(mixing=False).fit(table, "time", "event", unit="days", burden=["b0"])
    forms = {
        ages: rm.RecurrenceFitter(mixing=False, ages=ages).fit(table, "time", "event", unit="days", burden=["b0"])
        for ages in (False, True)
    }
    assert not chosen.fitted.form.ages, "these lineages all began on the last day"
    assert chosen.AIC_ == forms[False].AIC_ < forms[True].AIC_
    again = rm.RecurrenceFitter.from_dict(json.loads(json.dumps(forms[True].to_dict())))
    asked = table.head(3)
    assert again.ages and again.predict_recurrence_free(asked, [500.0]).equals(
        forms[True].predict_recurrence_free(asked, [500.0])
    )
    assert not again.predict_recurrence_free(asked, [500.0]).equals(forms[False].predict_recurrence_free(asked, [500.0]))


def test_shedding_that_cannot_be_is_refused():
    with pytest.raises(rm.InputError, match="shedding"):
        Prior(shedding=0.0)


def test_a_flat_prior_keeps_what_is_held_fixed():
    flat = Prior.flat()
    assert flat.detection_cells == EVIDENCE.detection_cells and not np.isfinite(flat.growth.sd)


def test_a_fit_can_be_drawn(fit):
    pytest.importorskip("matplotlib")
    axes = fit.plot()
    assert axes.lines
