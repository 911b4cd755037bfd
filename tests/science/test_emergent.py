"""What nobody put in: facts of the clinic that must follow from cells, each with a direction and a margin."""

import numpy as np
import pytest

import remnant as rm
from remnant import catalogue
from remnant.course import Course
from remnant.quantity import YEAR_DAYS

FIVE = [0.0, 5 * YEAR_DAYS]


def plain(name: str) -> Course:
    """A course without treatment after the operation or visits, and without differences between people that blur directions."""
    return catalogue.course(name).replace("regimen", []).replace("follow_up", "none")


def free(course: Course, days=FIVE) -> float:
    return float(rm.solve(course, days).recurrence_free[-1])


@pytest.fixture(scope="module")
def colon() -> Course:
    course = plain("colon").replace("regimen", ["colon/fluorouracil-impact"])
    course = course.replace("disease.effects.drugs.fluorouracil.responders", 1.0)
    return course.replace("disease.effects.drugs.fluorouracil.log_kill", 3.0)


def test_a_series_of_cycles_beats_the_same_dose_at_once(colon):
    """Phase-specific drugs reach cycling cells only: what rests in one cycle cycles in the next."""
    doses = colon.get("regimen.colon/fluorouracil-impact.cycles")
    at_once = colon.replace("regimen.colon/fluorouracil-impact.cycles", 1)
    dose = at_once.get("regimen.colon/fluorouracil-impact.give.0.dose")
    at_once = at_once.replace("regimen.colon/fluorouracil-impact.give.0.dose", dose * doses)
    assert free(colon) > free(at_once) + 0.02


def resistant(course: Course, mechanism: str, share: float) -> Course:
    """The course with a way to become resistant that a share of founders has."""
    number = {"unit": "share", "value": share, "standing": "assumed", "why": "for this test"}
    mutation = {"unit": "per division", "value": 5e-8, "standing": "assumed", "why": "for this test"}
    escapes = {name: one.model_dump() for name, one in course.disease.escapes.items()}
    return course.replace("disease.escapes", escapes | {mechanism: {"mutation": mutation, "share": number}})


def two_drugs(first: str, second: str, mechanisms: list[str]) -> tuple[float, float, float]:
    """Recurrence-free share with one drug, with the other, with both; each can be defeated in a tenth of the founders."""
    course = plain("colon")
    kill = {"log_kill": {"unit": "nats", "value": 3.0, "standing": "assumed", "why": "for this test"}}
    course = course.replace("disease.effects.drugs", {"doxorubicin": kill, "paclitaxel": kill, "cisplatin": kill})
    for mechanism in mechanisms:
        course = resistant(course, mechanism, 0.1)

    def with_drugs(*names: str) -> float:
        shelf = catalogue.Catalogue()
        give = [
            {"drug": name, "dose": shelf.drug(name).standard_dose, "unit": shelf.drug(name).standard_unit, "days": [1]}
            for name in names
        ]
        regimen = {
            "id": "a-test", "name": "a test", "diseases": ["colon"], "setting": "adjuvant", "kind": "drugs", "cycle_days": 21,
            "cycles": 6, "source": ["T1-032"], "give": give,
        }  # fmt: skip
        from remnant.treatment import Regimen

        given = course.model_copy(
            update={"regimen": {"a-test": Regimen.read(regimen)}, "drugs": {name: shelf.drug(name) for name in names}}
        )
        return free(given)

    return with_drugs(first), with_drugs(second), with_drugs(first, second)


def test_two_drugs_beat_either_when_they_fail_in_different_ways():
    alone, other, both = two_drugs("doxorubicin", "cisplatin", ["efflux", "platinum-repair"])
    assert both > max(alone, other) + 0.02


def test_two_drugs_do_not_help_cells_that_pump_out_both():
    """Against cells with the pump both are as good as none: what the second adds is little beside what it adds otherwise."""
    pumped = two_drugs("doxorubicin", "paclitaxel", ["efflux"])
    different = two_drugs("doxorubicin", "cisplatin", ["efflux", "platinum-repair"])
    gain = [both - max(alone, other) for alone, other, both in (pumped, different)]
    assert gain[1] > gain[0] + 0.01


def of_fixed_pace() -> Course:
    """A disease whose hazard rises and falls within years, whatever calibration says of the catalogue's."""
    course = plain("breast/er-positive")
    for path, value in (("cells.doubling_time", 60), ("cells.speed_spread", 0.6), ("dormancy.ratio", 0.5)):
        course = course.replace(f"disease.{path}", value)
    return course.replace("disease.shedding_doubling_time", 500)


def taken(hold: float, kill: float) -> tuple[np.ndarray, np.ndarray]:
    """Yearly hazards with five years of a drug and without."""
    everybody = {"value": 1.0, "unit": "share", "standing": "assumed", "why": "for this test"}
    course = of_fixed_pace().replace("disease.effects.drugs.tamoxifen.responders", everybody)
    course = course.replace("disease.effects.drugs.tamoxifen.hold", hold).replace("disease.effects.drugs.tamoxifen.kill", kill)
    days = [YEAR_DAYS * year for year in range(16)]
    arms = [rm.solve(c, days).recurrence_free for c in (course.replace("regimen", ["breast/tamoxifen-5y"]), course)]
    return tuple(-np.diff(np.log(arm)) for arm in arms)  # type: ignore[return-value]


def test_stopping_a_drug_that_only_holds_gives_a_rebound_and_one_that_kills_does_not():
    growth = np.log(2) / of_fixed_pace().disease.cells.doubling_time.size
    division = of_fixed_pace().disease.cells.division.size
    held, without = taken(hold=0.98 * growth / division, kill=1e-12)
    killed, _ = taken(hold=1e-12, kill=1.5 * growth)
    assert held[:5].sum() < 0.5 * without[:5].sum()
    assert held[10:].sum() > 1.1 * without[10:].sum()
    assert killed[7:].sum() < 0.95 * without[7:].sum()


def test_delay_of_the_operation_raises_recurrence():
    course = plain("colon")
    assert free(course) > free(course.replace("surgery.delay_days", 56)) + 0.005


def test_fast_disease_comes_back_within_two_years_and_slow_disease_for_decades():
    days = [0.0, 2 * YEAR_DAYS, 5 * YEAR_DAYS, 15 * YEAR_DAYS]
    fast = 1 - rm.solve(plain("colon").replace("patient.stage", "III"), days).recurrence_free
    slow = 1 - rm.solve(plain("breast/er-positive"), days).recurrence_free
    assert fast[1] / fast[3] > 0.5
    assert (slow[3] - slow[2]) / slow[3] > 0.2


@pytest.mark.parametrize("name", ["colon", "breast/er-positive"])
def test_the_conditional_curve_never_falls_below_the_unconditional_one(name):
    days = [YEAR_DAYS * year for year in range(13)]
    outcome = rm.solve(catalogue.course(name), days)
    for since in (1, 3, 6):
        given = outcome.conditional(days[since])[since:]
        assert (given >= outcome.recurrence_free[since:]).all()
        assert given[-1] > outcome.recurrence_free[-1] + 0.005


def test_more_looks_find_more_and_sooner():
    course = plain("colon")
    watched = course.replace("follow_up", "colon/nccn-2022")
    days = [0.0, YEAR_DAYS]
    assert free(watched, days) < free(course, days) - 0.02
