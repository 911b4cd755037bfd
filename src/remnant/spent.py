"""Quality-adjusted life and cost after a finding, from how long each person was in each state and what was done when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.clinic.decide import ACTIONS, Utility
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats

STATES = ("remission", "treated", "comfort", "supported")
"""No cancer seen, under treatment, no longer treated; and beside one of these, with early palliative care."""
DONE = tuple(one for one in ACTIONS if one != "comfort")
PRICED = (*DONE, "comfort", "supported", "side-effect")
"""What has a price after a recurrence: each local treatment, line and trial, a year of comfort or of early palliative care, each
serious side effect."""
HARM_YEARS = 0.25
"""A serious side effect lowers quality for three months."""


@dataclass(frozen=True)
class Worth:
    """Quality of a year in each state, 1 for full health."""

    remission: float
    treated: float
    comfort: float
    supported: float = 0.0
    """Added with early palliative care"""
    harm: float = 0.0
    """Taken off for three months after each serious side effect"""


@dataclass(frozen=True, eq=False)
class Spent:
    """[patient] how the time after the first finding was spent."""

    days: Floats
    """[patient][state] days in each of STATES"""
    moments: Floats
    """[patient][state] the same, each day times its number"""
    done: Floats
    """[patient][action] how often each of DONE"""
    done_days: Floats
    """[patient][action] their days, summed"""
    harms: Any
    """[patient] serious side effects"""


def worth_of(utility: Utility, gain: float = 0.0) -> Worth:
    """Return the worth of states by the rules of decision; `gain` is that of early palliative care."""
    harm = utility.harm.size if utility.harm is not None else 0.0
    return Worth(utility.free.size, utility.treated.size, utility.comfort.size, gain, harm)


def quality_years(spent: Spent, worth: Worth, rate: float = 0.0) -> Floats:
    """Return [patient] quality-adjusted years after the first finding.

    sum over states of worth * years * (1 + rate)^-(mean day of the state), less harm * 0.25 for each serious side effect.

    Parameters
    ----------
    spent : Spent
    worth : Worth
    rate : float
        By which what is a year later counts less; 0 for no discounting. A state counts at the mean of its days,
        which at 3.5% a year and spread over three years is 0.5% too little at most.
    """
    states = np.array([worth.remission, worth.treated, worth.comfort, worth.supported])
    years = _discounted(spent.days, spent.moments, rate) / YEAR_DAYS
    whole: Floats = years @ states - worth.harm * HARM_YEARS * spent.harms * _at_treatment(spent, rate)
    return whole


def costs(spent: Spent, prices: Mapping[str, float], rate: float = 0.0) -> Floats:
    """Return [patient] what is spent after the first finding, by prices for each of PRICED.

    Parameters
    ----------
    spent : Spent
    prices : mapping
        Each action, each year of comfort or of early palliative care, each serious side effect.
    rate : float
        As in `quality_years`.
    """
    whole = _discounted(spent.done, spent.done_days, rate) @ np.array([prices[name] for name in DONE])
    years = _discounted(spent.days, spent.moments, rate) / YEAR_DAYS
    for name in ("comfort", "supported"):
        whole = whole + prices[name] * years[:, STATES.index(name)]
    priced: Floats = whole + prices["side-effect"] * spent.harms * _at_treatment(spent, rate)
    return priced


def _discounted(amount: Floats, moments: Floats, rate: float) -> Floats:
    """Return amounts as they count, each at the mean of its days."""
    day = np.divide(moments, amount, out=np.zeros_like(moments), where=amount > 0)
    return amount * (1 + rate) ** (-day / YEAR_DAYS)


def _at_treatment(spent: Spent, rate: float) -> Floats:
    """Return what counts of something at the mean day of all that was done."""
    done, days = spent.done.sum(axis=1), spent.done_days.sum(axis=1)
    return np.where(done > 0, (1 + rate) ** (-days / np.maximum(done, 1) / YEAR_DAYS), 1.0)
