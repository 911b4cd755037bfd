"""Deaths of treatment: the share that was read, over the days it is given."""

import math

import pytest

from remnant import catalogue

SHARE = 0.02


def hazard_steps(course):
    return course.resolve([365.25])[0][1].other_death


def dead_by(steps, day: float) -> float:
    ends = [*(one.start for one in steps[1:]), math.inf]
    return 1 - math.exp(-sum(one.rate * max(0.0, min(end, day) - one.start) for one, end in zip(steps, ends, strict=True)))


@pytest.fixture
def course():
    return catalogue.course("colon").replace("regimen", ["colon/lv5fu2"])


def with_deaths(course, share: float):
    number = {"value": share, "unit": "share", "standing": "assumed", "why": "a test"}
    return course.replace("regimen.colon/lv5fu2.deaths", number)


def test_as_many_die_as_were_read(course):
    """Ten years on the share has been added to what the population loses, once; the planted fault adds it every year."""
    population = 1 - dead_by(hazard_steps(with_deaths(course, 0.0)), 3652.5)
    together = 1 - dead_by(hazard_steps(with_deaths(course, SHARE)), 3652.5)
    assert together / population == pytest.approx(1 - SHARE, rel=1e-12, abs=0)
    assert (1 - SHARE) ** 10 != pytest.approx(together / population, rel=0.01, abs=0)


def test_nobody_dies_of_it_before_it_begins_or_after_it_ends(course):
    usual, dangerous = (hazard_steps(with_deaths(course, share)) for share in (0.0, SHARE))
    changed = [one.start for one in dangerous if all(one.rate != other.rate for other in usual)]
    assert changed
    begins, ends = min(changed), next(one.start for one in dangerous if one.start > max(changed))
    assert begins >= 20
    assert 150 < ends - begins < 200


def test_no_number_read_is_no_death_of_treatment(course):
    assert catalogue.course("colon").replace("regimen", ["colon/capox"]).regimen["colon/capox"].deaths is None
    assert course.regimen["colon/lv5fu2"].deaths.source == ("T3-019",)
