"""Fits of cohorts: our model, what is believed before the data, and the standard models beside it."""

from remnant.fitter.curve_model import FittedCurve
from remnant.fitter.fitted import Fitted
from remnant.fitter.prior import EVIDENCE, Normal, Prior
from remnant.fitter.recurrence_fitter import RecurrenceFitter

__all__ = ["EVIDENCE", "Fitted", "FittedCurve", "Normal", "Prior", "RecurrenceFitter"]
