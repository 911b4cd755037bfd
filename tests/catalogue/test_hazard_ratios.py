"""A hazard ratio is read as a trial prints it: by Cox regression, not as a ratio of cumulative hazards."""

import math

import numpy as np
import pandas as pd
import pytest

from remnant.measures import cox_ratio


def a_curve(*rates: float):
    """Return the share well by day where the hazard of each year is given, per year."""

    def well(day: float) -> float:
        years = day / 365.25
        return math.exp(-sum(rate * min(max(years - i, 0.0), 1.0) for i, rate in enumerate(rates)))

    return well


MONTHLY = tuple(365.25 * month / 12 for month in range(37))


def test_a_hazard_ratio_is_what_cox_regression_finds():
    """Against lifelines on the same months; the planted fault, the ratio of cumulative hazards, is far off where effects wane."""
    from lifelines import CoxPHFitter

    treated, control = a_curve(0.1, 0.3, 0.9), a_curve(0.8, 0.8, 0.8)
    rows = []
    for arm, well in ((1, treated), (0, control)):
        share = np.array([well(day) for day in MONTHLY])
        rows += [{"arm": arm, "day": day, "event": 1, "w": w} for day, w in zip(MONTHLY[1:], share[:-1] - share[1:], strict=True)]
        rows.append({"arm": arm, "day": MONTHLY[-1] + 1, "event": 0, "w": share[-1]})
    fitted = CoxPHFitter().fit(pd.DataFrame(rows), "day", "event", weights_col="w", robust=True)
    expected = float(np.exp(fitted.params_["arm"]))
    found = cox_ratio(treated, control, MONTHLY)
    assert found == pytest.approx(expected, rel=0.02, abs=0)
    whole = math.log(treated(MONTHLY[-1])) / math.log(control(MONTHLY[-1]))
    assert abs(whole / expected - 1) > 0.1


def test_a_hazard_ratio_that_never_changes_is_found_as_it_is():
    assert cox_ratio(a_curve(0.3, 0.3, 0.3), a_curve(0.5, 0.5, 0.5), MONTHLY) == pytest.approx(0.6, rel=1e-4, abs=0)
    nothing = a_curve()
    assert cox_ratio(nothing, a_curve(0.5), MONTHLY) < 1e-3
    assert cox_ratio(a_curve(0.5), nothing, MONTHLY) > 1e3
