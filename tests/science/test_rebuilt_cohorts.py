"""Cohorts rebuilt from their own printed curve, beside the truth: 686 women of a trial, its two arms, and simulated ones.

Thresholds. Shares are read to three digits and numbers at risk every 12 months. Where people are censored within a year
is not printed, so a rebuilt curve is off by at most what spreading them evenly costs: at the numbers at risk themselves
only rounding to whole people is left, about 1 / at risk a year. 0.015 anywhere in the curve (half the standard error of
these curves, 0.02 to 0.03), 1% of the events (3 of 299) and 1 person at each number at risk are asked for; measured were at
most 0.0091, 2 of 1170 events (1 of 299) and 1 person.
With the number at risk at 0 alone nothing tells who is censored: the curve still agrees, and the events only where their
total is told.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from remnant.cohort import Cohort, Columns
from remnant.demo import gbsg2
from remnant.digitised import rebuild
from remnant.errors import DataWarning
from remnant.observed import at_risk, kaplan_meier

pytestmark = pytest.mark.filterwarnings("ignore:only the number at risk at the start is known")

MONTH = 30.4375
MONTHS = Columns("time", "event", "months")


def women(arm=None):
    table = pd.read_csv(gbsg2())
    table = table if arm is None else table[table["horTh"] == arm]
    return pd.DataFrame({"time": table["time"] / MONTH, "event": table["cens"]}).reset_index(drop=True)


def simulated(shape, rows, seed):
    """Weibull times to recurrence, 30% cured, everybody followed for 3 to 8 years."""
    draw = np.random.default_rng(seed)
    time = np.where(draw.random(rows) < 0.3, np.inf, 40 * draw.weibull(shape, rows))
    end = draw.uniform(36, 96, rows)
    return pd.DataFrame({"time": np.minimum(time, end), "event": (time <= end).astype(int)})


def printed(frame, every=12.0, digits=3):
    """Return the curve and the numbers at risk as a publication prints them."""
    cohort = Cohort.read(frame, MONTHS)
    seen = kaplan_meier(cohort)
    days = np.append(seen.days, seen.last_day)
    starts = np.arange(0, seen.last_day / MONTH, every)
    curve = {"time": days / MONTH, "survival": np.round(seen.at(days), digits)}
    return curve, {"time": starts, "at_risk": at_risk(cohort, starts * MONTH).astype(int)}


def largest_gap(frame, other, shift_months=0.0):
    """Return the largest distance of the other curve from the range the true one covers within a shift in time."""
    one, two = (kaplan_meier(Cohort.read(f, MONTHS)) for f in (frame, other))
    shift = shift_months * MONTH
    days = np.linspace(shift, min(one.last_day, two.last_day) - shift, 3000)
    high, low, seen = one.at(days - shift), one.at(days + shift), two.at(days)
    return float(np.max(np.maximum(np.maximum(seen - high, low - seen), 0.0)))


def missed_at_risk(frame, other, every=12.0):
    starts = np.arange(0, frame["time"].max(), every) * MONTH
    one, two = (at_risk(Cohort.read(f, MONTHS), starts) for f in (frame, other))
    return float(np.max(np.abs(one - two)))


@pytest.mark.parametrize("frame", [women(), women("no"), women("yes"), simulated(0.8, 500, 1), simulated(1.6, 2000, 2)])
def test_a_printed_curve_gives_its_cohort_back(frame):
    curve, numbers = printed(frame)
    rebuilt = rebuild(curve, numbers)
    assert len(rebuilt) == len(frame)
    assert largest_gap(frame, rebuilt) < 0.015
    assert abs(rebuilt["event"].sum() - frame["event"].sum()) <= max(1, 0.01 * frame["event"].sum())
    assert missed_at_risk(frame, rebuilt) <= 1


def test_known_events_are_met_and_unknown_censoring_is_told_by_them():
    """Only the number at 0: without the total nobody is censored before the end and events are far too many."""
    frame = women()
    curve, _ = printed(frame)
    blind, told = rebuild(curve, len(frame)), rebuild(curve, len(frame), 299)
    assert largest_gap(frame, blind) < 0.015 and largest_gap(frame, told) < 0.015
    assert told["event"].sum() == 299
    assert blind["event"].sum() > 400, "the twin: without the total the events are wrong by a third"
    both = rebuild(*printed(frame), 299)
    assert abs(both["event"].sum() - 299) <= 1


def test_the_difference_between_two_arms_survives():
    """Log-rank counts: observed less expected in one arm within 1, its variance within 2%."""
    true = logrank([women("no"), women("yes")])
    rebuilt = logrank([rebuild(*printed(women(arm))) for arm in ("no", "yes")])
    assert abs(rebuilt[0] - true[0]) < 1
    assert rebuilt[1] == pytest.approx(true[1], rel=0.02, abs=0)
    swapped = logrank([rebuild(*printed(women(arm))) for arm in ("yes", "no")])
    assert swapped[0] == pytest.approx(-rebuilt[0], rel=1e-9, abs=0), "the twin: swapped arms have the opposite difference"


def logrank(arms):
    """Observed less expected events of the second arm and its variance, by the textbook."""
    days = np.unique(np.concatenate([arm.loc[arm["event"] == 1, "time"] for arm in arms]).round(6))
    followed = np.array([[(arm["time"].round(6) >= day).sum() for day in days] for arm in arms])
    found = np.array([[((arm["time"].round(6) == day) & (arm["event"] == 1)).sum() for day in days] for arm in arms])
    n, d = followed.sum(axis=0), found.sum(axis=0)
    share = followed[1] / n
    left = np.divide(n - d, n - 1, out=np.zeros(len(n)), where=n > 1)
    return float((found[1] - d * share).sum()), float((d * share * (1 - share) * left).sum())


def test_numbers_at_risk_of_another_cohort_are_noticed():
    """The twin of giving a cohort back: the same curve with half the people followed has other events."""
    frame = women()
    curve, numbers = printed(frame)
    halved = numbers | {"at_risk": np.concatenate([numbers["at_risk"][:1], numbers["at_risk"][1:] // 2])}
    with pytest.warns(DataWarning, match="do the numbers at risk belong to it"):
        rebuilt = rebuild(curve, halved)
    assert abs(rebuilt["event"].sum() - frame["event"].sum()) > 50


def test_reading_noise_costs_little():
    """Shares and times read with a hand's noise (sd 0.002 and 0.1 months), a point every half month."""
    frame = women()
    curve, numbers = printed(frame)
    draw = np.random.default_rng(4)
    at = np.arange(0.5, curve["time"][-1], 0.5)
    share = curve["survival"][np.maximum(np.searchsorted(curve["time"], at, side="right") - 1, 0)]
    noisy = {"time": at + draw.normal(0, 0.1, at.size), "survival": share + draw.normal(0, 0.002, at.size)}
    with pytest.warns(DataWarning, match="were smoothed"):
        rebuilt = rebuild(noisy, numbers)
    # a step is seen at the next point, up to half a month late, and a point is misplaced by up to 2 sd: 0.7 months
    assert largest_gap(frame, rebuilt, 0.7) < 0.02
    assert largest_gap(frame, rebuilt) > 0.03, "the twin: without the shift the last step, of 0.04 and seen late, counts whole"
    assert abs(rebuilt["event"].sum() - 299) <= 6
