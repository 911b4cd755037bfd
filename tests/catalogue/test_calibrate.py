"""Calibration starts from the evidence alone, and finds the same numbers again."""

import numpy as np
import pytest

from remnant.calibrate import calibrate, problem_of
from remnant.catalogue.fitted import calibrations


@pytest.fixture(scope="module")
def kept():
    return {one.name: one for one in calibrations()}


def test_a_family_calibrated_again_gives_what_is_kept(kept):
    found = calibrate("follicular")
    assert [one.key for one in found.problem.free] == list(kept["follicular"].paths)
    assert found.best == pytest.approx(kept["follicular"].best, rel=1e-3, abs=0)


def test_no_prior_stands_on_an_earlier_calibration(kept):
    """Every prior is the number of the data file: the planted fault, a prior at the last best fit, differs in nearly all."""
    for name, one in kept.items():
        free = problem_of(name).free
        prior = np.array([number.prior for number in free])
        written = [course.get(number.path).size for number in free for course in [problem_of(name).courses[number.owners[0]]]]
        assert prior == pytest.approx(np.log(written), rel=1e-12, abs=0)
        assert np.max(np.abs(prior - one.best)) > 1e-3
