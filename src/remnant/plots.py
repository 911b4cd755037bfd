"""Pictures for print and notebooks. The only module that loads matplotlib; it shows nothing and changes no setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy
from numpy.typing import ArrayLike

from remnant.cohort import Cohort, TimeUnit
from remnant.errors import InputError
from remnant.observed import Observed, kaplan_meier
from remnant.outcome import By, Outcome
from remnant.reading import Floats

if TYPE_CHECKING:
    from remnant.fitter.curve_model import FittedCurve

RESEARCH = "For research and teaching; not for choosing care."
INK, SOFT, RULE = "#1c2430", "#566173", "#c9d0d9"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#a6558f", "#8a6d00", "#56b4e9", "#000000")
"""Okabe and Ito's, told apart without red and green; two are darkened to be read on white."""
DASHES = ("-", "--", "-.", ":", (0, (9, 2, 2, 2)), (0, (1, 1)), (0, (12, 3)))
STATES = (
    ("no cancer cell left", "#dcebf5"),
    ("resting cells", "#8fc1e3"),
    ("growing, not yet found", "#f0b95a"),
    ("found again", "#a34400"),
)
_POINTS = 241
_SIZE = (7.2, 5.0)


class Fitted(Protocol):
    """What a fitter must offer to be drawn; `RecurrenceFitter` does."""

    @property
    def observed_(self) -> Observed:
        """The Kaplan-Meier curve of its cohort, in days."""
        ...

    @property
    def unit_(self) -> TimeUnit:
        """Unit of times in its results."""
        ...

    def predict_mean_curve(self, times: ArrayLike) -> Any:
        """Return a DataFrame with columns recurrence_free, low and high, indexed by time in its unit."""
        ...


def plot_fit(fitter: Fitted, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw a fitted curve over the Kaplan-Meier curve of its cohort, each with its 95% band, and the numbers at risk.

    Parameters
    ----------
    fitter : Fitted
        Such as a fitted `RecurrenceFitter`.
    ax : matplotlib Axes, optional
        Where to draw; a new figure (`ax.figure`) unless given.
    **line
        Options of matplotlib for the line of the fit, such as `color` and `label`.

    Returns
    -------
    matplotlib Axes
    """
    ax = _axes(ax)
    observed, unit = fitter.observed_, fitter.unit_
    times = np.linspace(0.0, float(unit.from_days(observed.last_day)), _POINTS)
    curve = fitter.predict_mean_curve(times)
    _draw_observed(ax, observed, unit)
    options: dict[str, Any] = {"color": COLOURS[0], "linewidth": 2.0, "label": "fitted"} | line
    ax.fill_between(times, curve["low"].to_numpy(), curve["high"].to_numpy(), color=options["color"], alpha=0.22, linewidth=0)
    ax.plot(times, curve["recurrence_free"].to_numpy(), **options)
    _dress(ax, unit, "share without recurrence", times[-1])
    _under(ax, observed, unit)
    _legend_below(ax, 2, 62)
    return ax


def plot_comparison(
    curves: Sequence[FittedCurve],
    cohort: Cohort,
    until_days: float | None = None,
    cut_days: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw several fitted models, averaged over a cohort, beside its Kaplan-Meier curve.

    Parameters
    ----------
    curves : list of FittedCurve
        At least one; the first is drawn strongest.
    cohort : Cohort
        Observed patients, with the covariates the curves ask for.
    until_days : float, optional
        Last day drawn; the last day observed unless given.
    cut_days : float, optional
        Day up to which the models were told what happened; marked.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If there is no curve or a day is not over 0.
    """
    if not curves:
        raise InputError("curves", "needs at least one fitted curve", "none")
    for name, day in (("until_days", until_days), ("cut_days", cut_days)):
        if day is not None and not (np.isfinite(day) and day > 0):
            raise InputError(name, "must be a number of days over 0", day)
    ax = _axes(ax)
    observed, unit = kaplan_meier(cohort), cohort.unit
    days = np.linspace(0.0, until_days or observed.last_day, _POINTS)
    times = unit.from_days(days)
    _draw_observed(ax, observed, unit)
    for place, curve in enumerate(curves):
        share = np.average(curve.recurrence_free(days, cohort.rows), axis=0, weights=cohort.weight)
        _line(ax, place, times, share, curve.name)
    _dress(ax, unit, "share without recurrence", times[-1])
    ends = [(cut_days, "told until here")] if cut_days is not None else []
    ends += [(observed.last_day, "last followed")] if days[-1] > observed.last_day else []
    for day, words in ends:
        _mark(ax, float(unit.from_days(day)), words)
    _under(ax, observed, unit)
    _legend_below(ax, 3, 62)
    return ax


def plot_outcome(outcome: Outcome, ax: Axes | None = None, unit: str = "years") -> Axes:
    """Draw what is left of the cancer over time, none, resting, growing unseen or found again, and the band of those not found.

    Parameters
    ----------
    outcome : Outcome
        With at least two times.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless given.
    unit : {"days", "months", "years"}
        Of the axis, which counts from the outcome's zero.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If there are fewer than two times or the unit is not known.
    """
    clock = TimeUnit.named(unit)
    times, order = _times(outcome, clock)
    ax = _axes(ax)
    free = outcome.recurrence_free
    shares = [free * outcome.cured, free * outcome.inactive, free * outcome.active, outcome.recurred]
    # a state that cannot be, where nobody is left to be in it, is not a number
    layers = [np.nan_to_num(share[order]) for share in shares]
    ax.stackplot(times, layers, colors=[c for _, c in STATES], labels=[n for n, _ in STATES], edgecolor="white", linewidth=0.8)
    ax.plot(times, free[order], color=INK, linewidth=2.0, label="not found again")
    if outcome.band is not None:
        low, high = outcome.band
        ax.plot(times, low[order], color=INK, linewidth=0.9, linestyle=":", label="its 95% band")
        ax.plot(times, high[order], color=INK, linewidth=0.9, linestyle=":")
    _dress(ax, clock, "share of people", times[-1])
    ax.set_xlim(times[0], times[-1])
    _legend_below(ax, 3, 34)
    return ax


def plot_incidence(outcome: Outcome, by: By = "site", ax: Axes | None = None, unit: str = "years") -> Axes:
    """Draw the cumulative incidence of the first event by site, kind or route, competing causes taken into account.

    Parameters
    ----------
    outcome : Outcome
        With at least two times.
    by : {"site", "kind", "route"}
        What tells curves apart; curves that stay at 0 are left out, unless all do.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless given.
    unit : {"days", "months", "years"}
        Of the axis, which counts from the outcome's zero.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If `by` or the unit is not known, or there are fewer than two times.
    """
    clock = TimeUnit.named(unit)
    times, order = _times(outcome, clock)
    curves: Mapping[str, Floats] = outcome.incidence(by)
    shown = {name: share for name, share in curves.items() if share.max() > 0} or curves
    ax = _axes(ax)
    for place, (name, share) in enumerate(shown.items()):
        _line(ax, place, times, share[order], name.replace("_", " "))
    _dress(ax, clock, f"share first found, by {by}", times[-1])
    ax.set_ylim(0.0, min(1.05 * max(float(share.max()) for share in shown.values()) or 1.0, 1.0))
    _legend_below(ax, 4, 34)
    return ax


def _axes(ax: Axes | None) -> Axes:
    """Return the axes given, or those of a new figure that no window knows of."""
    return ax if ax is not None else Figure(figsize=_SIZE, layout="constrained").add_subplot()


def _times(outcome: Outcome, unit: TimeUnit) -> tuple[Floats, Any]:
    if outcome.times.size < 2:
        raise InputError("outcome", "must have at least two times to be drawn", f"{outcome.times.size} of them")
    order = np.argsort(outcome.times, kind="stable")
    return unit.from_days(outcome.times[order] - outcome.zero), order


def _line(ax: Axes, place: int, times: Floats, share: Floats, label: str) -> None:
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    ax.plot(times, share, color=colour, linestyle=dash, linewidth=2.2 if place == 0 else 1.6, label=label)


def _draw_observed(ax: Axes, observed: Observed, unit: TimeUnit) -> None:
    """Draw the stairs to the last day followed, with their band as stairs."""
    days = np.unique(np.concatenate([[0.0], observed.days, [observed.last_day]]))
    times, (low, high) = unit.from_days(days), observed.band(days)
    ax.fill_between(times, low, high, step="post", color=SOFT, alpha=0.22, linewidth=0)
    ax.step(times, observed.at(days), where="post", color=INK, linewidth=1.2, label="observed (Kaplan-Meier)")


def _dress(ax: Axes, unit: TimeUnit, label: str, last: float) -> None:
    ax.set_xlim(0.0, last)
    ax.set_ylim(0.0, 1.0)
    ax.set_xlabel(f"time since zero ({unit.name})")
    ax.set_ylabel(label)
    ax.grid(color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.annotate(
        RESEARCH, (1.0, 1.0), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points", ha="right", size=8, color=SOFT
    )


def _mark(ax: Axes, time: float, words: str) -> None:
    ax.axvline(time, color=SOFT, linewidth=1.0, linestyle=(0, (2, 2)))
    ax.annotate(
        words,
        (time, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="bottom",
        rotation=90,
        size=8,
        color=SOFT,
    )


def _under(ax: Axes, observed: Observed, unit: TimeUnit) -> None:
    """Write the numbers at risk under the marks of the axis."""
    first, last = ax.get_xlim()
    marks = [mark for mark in ax.get_xticks() if first <= mark <= last]
    followed = observed.followed(unit.to_days(marks))
    if followed is None:
        return
    ax.set_xticks(marks)
    ax.set_xlim(first, last)
    place: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"),
        "textcoords": "offset points",
        "size": 9,
        "color": SOFT,
        "va": "top",
    }
    ax.annotate("still followed and well", (first, 0.0), xytext=(-8, -38), ha="left", **place)
    for mark, count in zip(marks, followed, strict=True):
        if unit.to_days(mark) > observed.last_day:
            break
        ax.annotate(f"{count:.0f}", (mark, 0.0), xytext=(0, -51), ha="center", **place)


def _legend_below(ax: Axes, columns: int, points: float) -> None:
    """Put the legend so many points below the axes, where no curve can be."""
    below = offset_copy(ax.transAxes, fig=ax.get_figure(root=True), y=-points, units="points")
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=below,
        ncols=columns,
        frameon=False,
        fontsize=9,
        borderaxespad=0,
    )
