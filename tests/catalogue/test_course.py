"""A course: paths name numbers, changes are checked, impossible courses are refused, treatments become arrays."""

import math

import numpy as np
import pytest

import remnant as rm
from remnant import catalogue
from remnant.catalogue.fitted import possible
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS


@pytest.fixture(scope="module")
def colon():
    return catalogue.course("colon")


def test_one_path_names_a_number_everywhere(colon):
    changed = colon.replace("disease.cells.doubling_time", 50)
    assert changed.get("disease.cells.doubling_time").value == 50
    assert changed.numbers()["disease.cells.doubling_time"].unit == "days"
    assert colon.get("disease.cells.doubling_time").value != 50


def test_every_number_knows_its_rows_or_says_that_it_is_assumed(colon):
    for path, one in colon.numbers().items():
        assert one.source or (one.standing == "assumed" and one.why), path


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("disease.cells.doubling", 50, "did you mean doubling_time"),
        ("patient.stages", "III", "did you mean stage"),
        ("disease.cells.doubling_time", -50, "0 or more"),
        ("disease.cells.doubling_time", "soon", "doubling_time"),
        ("disease.places.liver.share", 1.5, "share must be from 0 to 1"),
        ("surgery.delay_days", -10, "delay_days"),
        ("surgery.margin", "R9", "margin"),
        ("patient.age_years", 150, "age_years"),
        ("regimen.colon/mfolfox6.cycles", 2.5, "cycles"),
        ("regimen.colon/mfolfox6.give.0.dose", -85, "dose"),
        ("regimen", ["colon/mfolfix"], "did you mean colon/mfolfox6"),
        ("follow_up", "colon/nccn-2023", "did you mean colon/nccn-2022"),
        ("disease.staging", ["ct-chset"], "did you mean ct-chest"),
        ("disease", "rectum", "start from the course"),
        ("..", 1, "names with dots"),
        ("years", 0, "years"),
    ],
)
def test_what_is_not_allowed_is_refused(colon, path, value, says):
    with pytest.raises(InputError, match=says):
        colon.replace(path, value)


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("T5 N0 M0", "must be one of T0, Tis, T1"),
        ("T2 N1 M1", "without distant spread"),
        ("IX", "one of I, II, III"),
        ("T2", "one of I, II, III"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(colon, stage, says):
    with pytest.raises(InputError, match=says):
        colon.replace("patient.stage", stage).resolve()


@pytest.mark.parametrize(
    ("stage", "extent"), [("T2 N0 M0", "I"), ("pT3 N0 M0", "II"), ("T1 N1a M0", "III"), ("IIIB", "III"), ("II", "II")]
)
def test_a_stage_is_read_as_people_write_it(colon, stage, extent):
    from remnant.resolve_stage import extent_of

    assert extent_of(colon.replace("patient.stage", stage)) == colon.disease.extents[extent]


def test_unknown_ids_give_near_names():
    with pytest.raises(InputError, match="did you mean colon"):
        catalogue.course("colom")


def test_radiotherapy_to_a_place_that_is_not_there_is_refused(colon):
    course = colon.replace("regimen", ["breast/radiotherapy-50"]).replace(
        "regimen.breast/radiotherapy-50.irradiate.0.site", ["brain"]
    )
    with pytest.raises(InputError, match="must be among the places"):
        course.resolve()


def test_a_drug_nobody_knows_here_is_refused(colon):
    with pytest.raises(InputError, match="what it does to Colon cancer is not known"):
        colon.replace("regimen", ["breast/tamoxifen-5y"]).resolve()


def test_draws_are_the_same_for_any_number_and_need_the_catalogue(colon):
    few, many = colon.draws(3), colon.draws(10)
    assert [c.numbers() for c in few] == [c.numbers() for c in many[:3]]
    from remnant.course import Course

    with pytest.raises(InputError, match="draws"):
        Course(disease=colon.disease).draws(3)


def resolved(course, times=(0.0, YEAR_DAYS)):
    return course.resolve(times)[0][1]


def bare(name, **changes):
    course = catalogue.course(name).replace("regimen", []).replace("follow_up", "none")
    for path, value in changes.items():
        course = course.replace(path.replace("__", "."), value)
    return course


def test_every_draw_that_is_made_unless_told_otherwise_can_be():
    """Cells cannot grow faster than they divide, whatever the tail of a draw says."""
    for name in catalogue.list():
        for draw in catalogue.course(name).draws(200):
            assert math.log(2) / draw.disease.cells.doubling_time.size < draw.disease.cells.division.size, name


def test_a_draw_that_grows_faster_than_it_divides_is_held():
    course, path = catalogue.course("dlbcl"), "disease.cells.doubling_time"
    held = possible({path: 1e-3}, course.numbers())
    least = math.log(2) / course.disease.cells.division.size
    assert least < held[path] < 1.05 * least and course.with_numbers(held).resolve([365.0])
    assert possible({path: 40.0}, course.numbers()) == {path: 40.0}


def test_doses_become_one_pulse_a_cycle(colon):
    timeline = resolved(colon)
    days = [pulse.time for pulse in timeline.pulses]
    assert days == [42.0 + 14 * i for i in range(12)]


def test_a_phase_specific_drug_cannot_kill_more_than_what_cycles():
    course = bare("colon").replace("regimen", ["colon/lv5fu2"]).replace("disease.effects.drugs.fluorouracil.log_kill", 50)
    course = course.replace("disease.cells.growth_fraction", 0.4)
    kill = resolved(course).pulses[0].log_kill[0, 0]
    assert kill == pytest.approx(-math.log(0.6), rel=1e-9, abs=0)


def test_fractions_follow_the_linear_quadratic_law_in_the_field_only():
    course = bare("breast/er-positive").replace("regimen", ["breast/radiotherapy-50"])
    timeline = resolved(course)
    radiation = course.disease.effects.radiation
    expected = radiation.alpha.size * 2.0 * (1 + 2.0 / radiation.alpha_beta.size)
    edge = 2.0 * radiation.edge_dose.size
    at_the_edge = radiation.alpha.size * edge * (1 + edge / radiation.alpha_beta.size)
    local, unreached = timeline.sites.index("local"), timeline.types.index("unreached")
    assert len(timeline.pulses) == 25
    for pulse in timeline.pulses:
        assert pulse.log_kill[local, 0] == pytest.approx(expected, rel=1e-12, abs=0)
        assert pulse.log_kill[local, unreached] == pytest.approx(at_the_edge, rel=1e-12, abs=0)
        assert not np.delete(pulse.log_kill, local, axis=0).any()


def test_a_drug_that_is_taken_holds_and_ends():
    course = bare("breast/er-positive").replace("regimen", ["breast/tamoxifen-5y"])
    timeline = resolved(course)
    effect = course.disease.effects.drugs["tamoxifen"]
    starts = [epoch.start for epoch in timeline.epochs]
    assert starts == [0.0, 42.0, 42.0 + 5 * YEAR_DAYS]
    awake, resting = 0, timeline.types.index("resting")
    ratio = timeline.epochs[1].division[0, awake] / timeline.epochs[0].division[0, awake]
    assert ratio == pytest.approx(1 - effect.hold.size, rel=1e-12, abs=0)
    assert timeline.epochs[1].extra_death[0, awake] == effect.kill.size
    assert timeline.epochs[1].extra_death[0, resting] == 0
    assert timeline.epochs[2].extra_death[0, awake] == 0


def test_a_seeding_primary_leaves_the_lineages_that_are_said():
    """A rate nu e^(r t) of founders that live on with chance s leaves nu s / r: with symptoms nearly off it is the plateau."""
    course = bare("colon", disease__cells__speed_spread=0.0, disease__burden_spread=1e9, disease__residue__r0=0.0)
    for place in course.disease.places:
        course = course.replace(f"disease.places.{place}.symptoms", 100)
    course = course.replace("patient.stage", "III").replace("disease.staging", [])
    outcome = rm.solve(course, [0.0, 60 * YEAR_DAYS])
    never = outcome.recurrence_free[-1] * outcome.share_at_zero
    assert never == pytest.approx(math.exp(-course.disease.extents["III"].spread.size), rel=1e-3, abs=0)


def test_later_surgery_and_a_larger_primary_leave_more():
    base = bare("colon")
    free = [
        float(rm.solve(course, [0.0, 5 * YEAR_DAYS]).recurrence_free[-1])
        for course in (base, base.replace("surgery.delay_days", 60), base.replace("patient.size_mm", 70))
    ]
    assert free[1] < free[0] - 0.005
    assert free[2] < free[0] - 0.01


def test_cells_at_the_margin_come_back_in_place():
    clear = bare("colon")
    at_edge = clear.replace("surgery.margin", "R1")
    local = [rm.solve(c, [0.0, 10 * YEAR_DAYS]).incidence("kind")["local"][-1] for c in (clear, at_edge)]
    assert local[1] > 5 * local[0]


def test_hidden_classes_mix_shares_and_not_ratios():
    course = catalogue.course("colon")
    parts = course.resolve([0.0, 5 * YEAR_DAYS])
    assert len(parts) > 1
    each = [rm.solve(timeline) for _, timeline in parts]
    top = sum(w * o.share_at_zero * o.recurrence_free[-1] for (w, _), o in zip(parts, each, strict=True))
    bottom = sum(w * o.share_at_zero for (w, _), o in zip(parts, each, strict=True))
    mixed = rm.solve(course, [0.0, 5 * YEAR_DAYS])
    assert mixed.recurrence_free[-1] == pytest.approx(top / bottom, rel=1e-12, abs=0)
    assert mixed.cured[-1] + mixed.inactive[-1] + mixed.active[-1] == pytest.approx(1, rel=1e-9, abs=0)


def test_sampled_lives_agree_with_the_exact_course():
    course = catalogue.course("colon")
    times = [0.0, YEAR_DAYS, 3 * YEAR_DAYS, 6 * YEAR_DAYS]
    exact, lives = rm.solve(course, times), rm.sample(course, patients=20_000, seed=3, times=times)
    z = (lives.recurrence_free[1:] - exact.recurrence_free[1:]) / lives.standard_error[1:]
    assert np.abs(z).max() < 4.42
    found = lives.incidence("site")
    for site, values in exact.incidence("site").items():
        error = np.sqrt(max(values[-1] * (1 - values[-1]), 1e-6) / 20_000)
        assert abs(found[site][-1] - values[-1]) < 4.42 * error


@pytest.mark.parametrize("name", catalogue.list())
def test_in_every_draw_cells_double_no_faster_than_they_divide(name):
    for draw in catalogue.course(name).draws(200):
        cells = draw.disease.cells
        assert math.log(2) / cells.doubling_time.size < cells.division.size


@pytest.mark.parametrize(("name", "draw"), [("dlbcl", 127), ("wilms", 189)])
def test_draws_at_the_edge_can_be_solved(name, draw):
    outcome = rm.solve(catalogue.course(name).draws(draw + 1)[draw], [YEAR_DAYS])
    assert 0 < outcome.recurrence_free[0] < 1


@pytest.mark.parametrize("name", catalogue.list())
def test_what_a_course_stands_for_reads_back_the_same(name):
    course = catalogue.course(name)
    for one in (course, course.draws(1)[0]):
        for _, timeline in one.resolve([0.0, YEAR_DAYS]):
            assert rm.Timeline.from_dict(timeline.to_dict()) == timeline


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("disease.cells.division", 3e4, r"epochs\[0\].division"),
        ("disease.cells.speed_spread", 9.0, "growth_spread.sigma"),
        ("disease.dormancy.waking", 2e4, r"switching\[0\].rate"),
        ("disease.extents.N1.spread", 1e25, r"founders\[0\]"),
        ("disease.second_primary", 2e4, "second_primary"),
    ],
)
def test_numbers_that_no_timeline_may_hold_are_refused_with_their_place(path, value, says):
    course = catalogue.course("breast/er-positive").replace("patient.stage", "T2 N1 M0")
    with pytest.raises(InputError, match=says):
        course.with_numbers({path: value}).resolve([0.0, YEAR_DAYS])
