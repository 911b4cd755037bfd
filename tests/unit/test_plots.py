"""Pictures: what is drawn is what was answered, nothing overlaps, and nothing outside the picture changes."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import remnant as rm
from remnant import plots
from remnant.cohort import Cohort, Columns, TimeUnit
from remnant.errors import InputError
from remnant.observed import Observed, at_risk, kaplan_meier

MONTHS = TimeUnit.named("months")


def cohort(rows=200):
    draw = np.random.default_rng(7)
    time = np.minimum(draw.exponential(900, rows), draw.uniform(400, 2500, rows))
    return Cohort.read(pd.DataFrame({"time": time, "event": draw.integers(0, 2, rows)}), Columns("time", "event", "days"))


@dataclass
class Fitter:
    observed_: Observed
    unit_: TimeUnit = MONTHS

    def predict_mean_curve(self, times):
        share = np.exp(-np.asarray(times) / 40)
        return pd.DataFrame({"recurrence_free": share, "low": share**1.2, "high": share**0.8}, index=times)


@dataclass
class Curve:
    name: str
    rate: float = 1e-3
    log_likelihood: float = -1.0
    parameters: int = 1

    def recurrence_free(self, times_days, rows):
        return np.repeat(np.exp(-self.rate * times_days)[None], rows.size, 0)


def outcome(times=25):
    timeline = rm.Timeline.from_json(Path(__file__).parents[2] / "examples" / "resting_cells.json")
    return rm.solve(timeline, np.linspace(timeline.zero, timeline.zero + 3652, times))


def line(ax, label):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found


def drawn(ax):
    """Return every text that is drawn, legend included, with its place; marks beyond the ends of an axis are not drawn."""
    ax.figure.savefig(io.BytesIO(), format="png")
    ends = [(axis, *sorted(axis.get_view_interval())) for axis in (ax.xaxis, ax.yaxis)]
    beyond = [tick.label1 for axis, low, high in ends for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
    texts = [t for t in ax.findobj(Text) if t.get_text() and t.get_visible() and t not in beyond]
    return [(t.get_text(), t.get_window_extent()) for t in texts]


def overlaps(ax):
    """Return pairs of texts that lie upon each other."""
    boxes = drawn(ax)
    return [(a[0], b[0]) for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a[1].overlaps(b[1])]


def outside(ax):
    """Return texts that leave the picture."""
    boxes = drawn(ax)
    width, height = ax.figure.bbox.size
    return [words for words, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]


def test_a_fit_over_what_was_observed():
    fitter = Fitter(kaplan_meier(cohort()))
    ax = plots.plot_fit(fitter)
    fitted, seen = line(ax, "fitted"), line(ax, "observed (Kaplan-Meier)")
    np.testing.assert_allclose(fitted.get_ydata(), np.exp(-np.asarray(fitted.get_xdata()) / 40), rtol=1e-12, atol=0)
    observed = fitter.observed_
    days = np.unique([0.0, *observed.days, observed.last_day])
    np.testing.assert_allclose(seen.get_xdata(), days / MONTHS.days, rtol=1e-12, atol=0)
    np.testing.assert_array_equal(seen.get_ydata(), observed.at(days))
    assert seen.get_drawstyle() == "steps-post" and len(ax.collections) == 2
    assert ax.get_xlabel() == "time since zero (months)" and ax.get_ylabel() == "share without recurrence"


def test_numbers_at_risk_stand_under_their_marks():
    people = cohort()
    ax = plots.plot_fit(Fitter(kaplan_meier(people)))
    marks = [mark for mark in ax.get_xticks() if mark <= MONTHS.from_days(people.last_day)]
    written = {t.xy[0]: t.get_text() for t in ax.texts if t.get_text().isdigit()}
    expected = at_risk(people, MONTHS.to_days(marks))
    assert written == {mark: f"{count:.0f}" for mark, count in zip(marks, expected, strict=True)}
    assert written[0.0] == "200"


def test_without_its_cohort_a_curve_is_drawn_without_numbers_at_risk():
    seen = kaplan_meier(cohort())
    ax = plots.plot_fit(Fitter(Observed(seen.days, seen.share, seen.spread, seen.last_day)))
    assert not [t for t in ax.texts if t.get_text().isdigit()]


def test_axes_and_options_are_those_given():
    ax = Figure().add_subplot()
    assert plots.plot_fit(Fitter(kaplan_meier(cohort())), ax, color="#ff0000", label="ours") is ax
    assert line(ax, "ours").get_color() == "#ff0000"


def test_models_beside_what_was_observed():
    people = cohort()
    ax = plots.plot_comparison([Curve("one"), Curve("two", 2e-3)], people, until_days=4000.0, cut_days=500.0)
    for name, rate in (("one", 1e-3), ("two", 2e-3)):
        drawn = line(ax, name)
        np.testing.assert_allclose(drawn.get_ydata(), np.exp(-rate * np.asarray(drawn.get_xdata())), rtol=1e-12, atol=0)
        assert drawn.get_xdata()[-1] == 4000.0
    marks = {round(one.get_xdata()[0], 6) for one in ax.lines if len(one.get_xdata()) == 2}
    assert {500.0, round(people.last_day, 6)} <= marks
    looks = {(one.get_color(), str(one.get_linestyle())) for one in ax.lines}
    assert len(looks) >= 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (([], 100.0), "needs at least one fitted curve"),
        (([Curve("a")], -1.0), "`until_days`: must be a number of days over 0"),
        (([Curve("a")], 100.0, 0.0), "`cut_days`"),
    ],
)
def test_comparisons_that_are_not_allowed(given, words):
    curves, *days = given
    with pytest.raises(InputError, match=words):
        plots.plot_comparison(curves, cohort(), *days)


def test_states_fill_the_picture():
    seen = outcome()
    ax = plots.plot_outcome(seen)
    assert len(ax.collections) == 4
    tops = [np.interp(5.0, *_top(layer)) for layer in ax.collections]
    at_five = [float(np.interp(5 * 365.25 + seen.zero, seen.times, share)) for share in (seen.cured, seen.inactive, seen.active)]
    free = float(np.interp(5 * 365.25 + seen.zero, seen.times, seen.recurrence_free))
    np.testing.assert_allclose(tops, [*(free * np.cumsum(at_five)), 1.0], rtol=1e-3, atol=0)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["no cancer cell left", "resting cells", "growing, not yet found", "found again", "not found again"]


def _top(layer):
    corners = layer.get_paths()[0].vertices
    x = np.unique(corners[:, 0])
    return x, np.array([corners[corners[:, 0] == one, 1].max() for one in x])


def test_a_sampled_outlook_has_its_band():
    timeline = rm.Timeline.from_json(Path(__file__).parents[2] / "examples" / "resting_cells.json")
    seen = rm.solve(timeline, timeline.zero + np.array([0.0, 1000.0, 3000.0]))
    error = {**seen.standard_errors, "recurrence_free": np.array([0.0, 0.01, 0.02])}
    from dataclasses import replace

    ax = plots.plot_outcome(replace(seen, standard_errors=error))
    assert line(ax, "its 95% band").get_ydata()[1] == pytest.approx(seen.recurrence_free[1] - 1.96 * 0.01, rel=1e-4, abs=0)


@pytest.mark.parametrize("by", ["site", "kind", "route"])
def test_incidence_is_drawn_as_answered(by):
    seen = outcome()
    ax = plots.plot_incidence(seen, by, unit="months")
    for name, share in seen.incidence(by).items():
        if share.max() > 0:
            np.testing.assert_array_equal(line(ax, name.replace("_", " ")).get_ydata(), share)
    assert ax.get_xlabel() == "time since zero (months)"


def test_what_cannot_be_drawn():
    with pytest.raises(InputError, match="at least two times"):
        plots.plot_outcome(outcome(1))
    with pytest.raises(InputError, match="`unit`"):
        plots.plot_incidence(outcome(), unit="weeks")
    with pytest.raises(InputError, match="`by`"):
        plots.plot_incidence(outcome(), "colour")


@pytest.mark.parametrize("draw", range(4))
def test_no_text_lies_on_another_or_leaves_the_picture(draw):
    names = ["remnant", "generalised gamma", "log-normal", "Weibull", "spline, 3 knots", "average"]
    ax = [
        lambda: plots.plot_fit(Fitter(kaplan_meier(cohort()))),
        lambda: plots.plot_comparison([Curve(name) for name in names], cohort(), 4000.0, 900.0),
        lambda: plots.plot_outcome(outcome()),
        lambda: plots.plot_incidence(outcome(), "kind"),
    ][draw]()
    assert overlaps(ax) == [] and outside(ax) == []


def test_the_check_sees_overlaps():
    ax = plots.plot_outcome(outcome())
    ax.annotate("twice", (0.5, -0.13), xycoords="axes fraction")
    ax.annotate("twice over", (0.5, -0.13), xycoords="axes fraction")
    assert overlaps(ax)


def test_drawing_opens_no_window_and_changes_no_setting():
    import matplotlib
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    for ax in (plots.plot_fit(Fitter(kaplan_meier(cohort()))), plots.plot_outcome(outcome())):
        assert ax.figure.canvas.manager is None
    assert pyplot.get_fignums() == [] and dict(matplotlib.rcParams) == before


def test_loading_it_changes_no_setting():
    # reading the setting `backend` would load pyplot by itself
    code = """
import sys, matplotlib
before = {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}
import remnant.plots
assert "matplotlib.pyplot" not in sys.modules
assert {name: matplotlib.rcParams[name] for name in before} == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)
