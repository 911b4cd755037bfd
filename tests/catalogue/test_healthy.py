"""Healthy parts: late effects by dose, blood counts between cycles, and drugs that need what cells lack."""

import numpy as np
import pytest

import remnant as rm
from remnant import catalogue
from remnant.catalogue.shelf import check_file
from remnant.healthy import marrow_gaps, tissue_doses
from remnant.quantity import YEAR_DAYS
from remnant.resolve_treatment import schedule_of

FIVE = [0.0, 5 * YEAR_DAYS]


def irradiated(regimen: str):
    (found,) = tissue_doses(catalogue.course("breast/er-positive").replace("regimen", [regimen]))
    return found


def test_biologically_effective_dose_has_its_closed_form():
    found = irradiated("breast/radiotherapy-40")
    d = found.gray / 15
    assert found.bed == pytest.approx(found.gray * (1 + d / 3), rel=1e-12, abs=0)
    assert found.in_twos == pytest.approx(found.bed / (1 + 2 / 3), rel=1e-12, abs=0)


def test_complications_pass_through_what_was_counted():
    assert irradiated("breast/radiotherapy-50").complications == pytest.approx(0.016, rel=1e-9, abs=0)
    assert irradiated("breast/radiotherapy-50-boost").complications == pytest.approx(0.044, rel=1e-9, abs=0)


def test_a_dose_outside_those_counted_says_so():
    assert irradiated("breast/radiotherapy-40").beyond
    assert not irradiated("breast/radiotherapy-50").beyond


def test_no_radiotherapy_no_dose():
    assert tissue_doses(catalogue.course("colon")) == []


@pytest.mark.parametrize("name", catalogue.list_ids("tissues"))
def test_tissue_files_stand_on_their_rows(name):
    check_file("tissues", name)


def course_of_ac(**changes):
    course = (
        catalogue.course("breast/er-negative", calibrated=False).replace("regimen", ["breast/ac"]).replace("follow_up", "none")
    )
    return course.replace_all(changes)


def test_marrow_is_back_three_weeks_after_ac():
    (gap,) = marrow_gaps(course_of_ac())
    assert (gap.drug, gap.needed_days, gap.short) == ("cyclophosphamide", 21.0, 0.0)


@pytest.mark.parametrize("marrow, spacing, dose", [("ignored", 14, 1.0), ("waits", 21, 1.0), ("reduces", 14, 0.75)])
def test_cycles_that_come_too_early_wait_or_are_reduced(marrow, spacing, dose):
    dense = course_of_ac(**{"regimen.breast/ac.cycle_days": 14, "marrow": marrow})
    doses = [one for one in schedule_of(dense).doses if one.drug == "doxorubicin"]
    assert [b.day - a.day for a, b in zip(doses, doses[1:], strict=False)] == pytest.approx([spacing] * 3, rel=1e-12, abs=0)
    assert [one.doses for one in doses] == [1.0, *[dose] * 3]


def test_a_marrow_that_is_never_short_changes_nothing():
    assert schedule_of(course_of_ac(marrow="waits")) == schedule_of(course_of_ac())


def free(course) -> float:
    return float(rm.solve(course, FIVE).recurrence_free[-1])


@pytest.mark.parametrize(
    "regimen, acts_in", [("breast/tamoxifen-5y", "breast/er-positive"), ("breast/trastuzumab-1y", "breast/her2-positive")]
)
def test_a_drug_acts_only_on_cells_that_carry_what_it_needs(regimen, acts_in):
    for name in ("breast/er-positive", "breast/er-negative", "breast/her2-positive", "breast/triple-negative"):
        course = catalogue.course(name, calibrated=False).replace("follow_up", "none")
        gained = free(course.replace("regimen", [regimen])) - free(course.replace("regimen", []))
        assert gained > 0.005 if name == acts_in else abs(gained) < 1e-12


def test_what_cells_carry_can_be_changed():
    course = catalogue.course("breast/her2-positive", calibrated=False).replace("follow_up", "none")
    both = course.replace("disease.carries", ["er", "her2"])
    assert (
        free(both.replace("regimen", ["breast/tamoxifen-5y"])) > free(course.replace("regimen", ["breast/tamoxifen-5y"])) + 0.005
    )


def kills_of(cycle_days: int) -> list[float]:
    """Log-kills of vinorelbine given alone (phase-specific), dose by dose."""
    course = catalogue.course("lung/non-small-cell", calibrated=False).replace("regimen", ["lung/cisplatin-vinorelbine"])
    course = course.replace("disease.effects.drugs.cisplatin.log_kill", 0.0)
    course = course.replace("disease.effects.drugs.vinorelbine.log_kill", 3.0)
    course = course.replace("regimen.lung/cisplatin-vinorelbine.cycle_days", cycle_days)
    (_, timeline), *_ = course.resolve([0.0])
    return [float(pulse.log_kill[0, 0]) for pulse in timeline.pulses if pulse.log_kill[0, 0] > 0]


def test_cells_come_back_into_the_cycle_before_the_next_dose():
    """The first dose meets the usual share; the next ones fewer, and fewest where they come soonest."""
    course = catalogue.course("lung/non-small-cell", calibrated=False)
    usual, division = course.disease.cells.growth_fraction.size, course.disease.cells.division.size
    kills = kills_of(28)
    doses = catalogue.read("regimens", "lung/cisplatin-vinorelbine").doses()
    first = -np.log(1 - usual + usual * np.exp(-3.0 * first_dose(doses)))
    assert kills[0] == pytest.approx(first, rel=1e-9, abs=0)
    assert all(kill < kills[0] for kill in kills[1:])
    assert division > 0 and kills_of(35)[-1] >= kills[-1]


def first_dose(doses) -> float:
    drug = catalogue.read("drugs", "vinorelbine")
    return next(amount for name, _, amount in doses if name == "vinorelbine") / drug.standard_dose
