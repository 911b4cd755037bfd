"""Averaging over models: Akaike's weights by hand, the mean of curves, and what is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from remnant.averaging import akaike_weights, averaged
from remnant.cohort import Rows
from remnant.errors import InputError
from remnant.fitter.curve_model import FittedCurve

ROWS = Rows(np.zeros((2, 0)), np.array([[1.0], [3.0]]))
TIMES = np.array([0.0, 100.0, 4000.0])


@dataclass(frozen=True)
class Curve:
    name: str
    log_likelihood: float = -100.0
    parameters: int = 2
    rate: float = 1e-3

    def recurrence_free(self, times_days, rows):
        return np.exp(-self.rate * rows.growth * times_days[None, :])


def test_akaike_by_hand():
    """AIC 204, 206, 210: weights 1, e^-1, e^-3 over their sum."""
    weights = akaike_weights([Curve("a"), Curve("b", -101.0), Curve("c", -102.0, 3)])
    whole = 1 + math.exp(-1) + math.exp(-3)
    assert list(weights) == ["a", "b", "c"]
    for name, share in (("a", 1.0), ("b", math.exp(-1)), ("c", math.exp(-3))):
        assert weights[name] == pytest.approx(share / whole, rel=1e-12, abs=0)


def test_weights_do_not_overflow():
    weights = akaike_weights([Curve("a", -1e6), Curve("b", -1e6 - 5000)])
    assert weights == {"a": 1.0, "b": 0.0}


def test_the_mean_of_the_curves():
    slow, fast = Curve("slow", rate=1e-4), Curve("fast", rate=1e-2, parameters=3)
    mean = averaged([slow, fast], {"slow": 3, "fast": 1})
    assert isinstance(mean, FittedCurve) and mean.name == "average" and mean.weights == {"slow": 0.75, "fast": 0.25}
    expected = 0.75 * slow.recurrence_free(TIMES, ROWS) + 0.25 * fast.recurrence_free(TIMES, ROWS)
    np.testing.assert_allclose(mean.recurrence_free(TIMES, ROWS), expected, rtol=1e-14, atol=0)
    assert mean.parameters == 5 and math.isnan(mean.log_likelihood)
    assert abs(mean.recurrence_free(TIMES, ROWS)[0, -1] - np.exp(-(0.75 * 1e-4 + 0.25 * 1e-2) * 4000)) > 0.1, (
        "the twin: a curve with the mean rate is another one"
    )


def test_akaike_unless_given_and_one_is_itself():
    curves = [Curve("a"), Curve("b", -103.0, rate=0.1)]
    for name, weight in akaike_weights(curves).items():
        assert averaged(curves).weights[name] == pytest.approx(weight, rel=1e-12, abs=0)
    np.testing.assert_array_equal(averaged(curves[:1]).recurrence_free(TIMES, ROWS), curves[0].recurrence_free(TIMES, ROWS))


def test_who_weighs_nothing_is_not_asked():
    class Broken(Curve):
        def recurrence_free(self, times_days, rows):
            raise AssertionError

    mean = averaged([Curve("a"), Broken("b")], {"a": 1.0, "b": 0.0})
    assert mean.recurrence_free(TIMES, ROWS).shape == (2, 3) and mean.parameters == 2
    with pytest.raises(TypeError):
        mean.weights["a"] = 0.5


@pytest.mark.parametrize(
    ("curves", "weights", "words"),
    [
        ([], None, "needs at least one fitted curve"),
        ([Curve("a"), Curve("a")], None, "must give every curve another name; came '`a` twice'"),
        ([Curve("a"), Curve("b", math.nan)], None, "`curves: b`: must have a finite AIC; came nan; leave it out"),
        ([Curve("a"), Curve("b")], {"a": 1.0}, "`weights: b`: must be a number, 0 or more; came None; write 0"),
        ([Curve("a")], {"a": 1.0, "z": 1.0}, "`weights: z`: must be the name of a curve, one of a"),
        ([Curve("a")], {"a": -1.0}, "`weights: a`"),
        ([Curve("a")], {"a": math.inf}, "`weights: a`"),
        ([Curve("a"), Curve("b")], {"a": 0.0, "b": 0}, "must not all be 0"),
    ],
)
def test_what_is_not_allowed(curves, weights, words):
    with pytest.raises(InputError, match=words):
        averaged(curves, weights)
