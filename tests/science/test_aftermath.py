"""Life after detection against closed forms, and what must be so in every life."""

import math

import numpy as np
import pytest

import remnant as rm
from remnant import catalogue
from remnant.catalogue.decisions import decisions_for, with_restaging
from remnant.catalogue.shelf import burdens
from remnant.quantity import YEAR_DAYS
from remnant.resolve_aftermath import after_of
from remnant.sampler.after_growth import grow, growth_of, shed_before
from remnant.sampler.after_state import HELPED, LINE_AT, REST, add_lesion, resist_before
from remnant.sampler.after_tables import EVENTS, _empty_log, _nobody, _room, follow_lives
from remnant.sampler.aftermath import reach
from remnant.sampler.rng import KEY
from remnant.simulate import simulate

PEOPLE = 2500
MANY = 4.42
"""A false alarm in 100,000 per comparison."""


@pytest.fixture(scope="module")
def plan():
    course = catalogue.course("colon")
    rules = decisions_for("colon")
    return after_of(with_restaging(course, rules), rules, burdens())


@pytest.fixture(scope="module")
def lives():
    return simulate(catalogue.course("colon").replace("years", 12.0), 20_000, 3)


def one_lesion(plan, cells, key, level=0):
    room = _room()
    room.at[KEY] = np.uint64(key)
    add_lesion(room, 0, np.uint64(key + 1), level, cells)
    room.me[:] = 0.0
    room.me[1], room.me[LINE_AT] = math.inf, -1.0
    return room


def share_dead(plan, days, people=PEOPLE, speed=1.0, helped=0.0):
    """Share of untreated people with one lesion of 1e9 cells who are dead of it after some days, in steps of 10 days."""
    dead, written, log = 0, _nobody(1), _empty_log(10)
    for key in range(people):
        room = one_lesion(plan, 1e9, key)
        room.me[HELPED] = helped
        day, alive = 0.0, True
        while alive and day < days:
            day += 10.0
            alive = reach(plan, room, written, log, 0, speed, day)
        dead += not alive
    return dead / people


def unslowed(plan):
    """Only growth and death by burden, in one lesion."""
    return plan._replace(slows_from=1e30, last=1e6, shed=0 * plan.shed, waking=0.0, mutation=0.0)


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_untreated_disease_kills_by_its_closed_form(plan, speed):
    """Hazard r N / lethal on N = N0 e^(g r t): alive = e^(-(N - N0) / (g lethal)); each cell does the same harm at any speed."""
    free = unslowed(plan)
    lethal = free.lethal[0]
    days = math.log(0.5 * speed * lethal / 1e9) / (speed * free.growth) // 10 * 10
    wanted = -math.expm1(-1e9 * math.expm1(speed * free.growth * days) / (speed * lethal))
    error = math.sqrt(wanted * (1 - wanted) / PEOPLE)
    assert abs(share_dead(free, days, speed=speed) - wanted) < MANY * error + 0.01 * wanted
    assert abs(share_dead(free, days, speed=0.9 * speed) - wanted) > MANY * error + 0.01 * wanted


def test_early_palliative_care_lowers_the_hazard_by_its_ratio(plan):
    """Alive with it = (alive without it)^ratio; a planted fault, no ratio, is seen."""
    free = unslowed(plan)._replace(palliative=np.array([1.0, 0.5]))
    days = math.log(free.lethal[0] / 1e9) / free.growth // 10 * 10
    alive = math.exp(-1e9 * math.expm1(free.growth * days) / free.lethal[0])
    wanted = 1 - math.sqrt(alive)
    error = math.sqrt(wanted * (1 - wanted) / PEOPLE)
    assert abs(share_dead(free, days, helped=1.0) - wanted) < MANY * error + 0.01 * wanted
    assert abs(share_dead(free, days, helped=0.0) - wanted) > MANY * error + 0.01 * wanted


@pytest.mark.parametrize("speed", [0.4, 1.0, 3.0])
def test_a_large_lesion_slows_down_by_its_closed_form(plan, speed):
    """dN/dt = g r N / (1 + g sqrt(N / M)): ln N / g + 2 sqrt(N / M) grows by r t; a speed kept up would miss by far."""
    free = unslowed(plan)._replace(slows_from=1e9)
    start, step, steps = 1e8, 2.0, 300
    room = one_lesion(free, start, 1)
    for tick in range(steps):
        grow(free, room, 0, speed, step, np.uint64(tick))
    end = room.cells[0].sum()
    passed = (math.log(end / start) / speed + 2 * (math.sqrt(end / 1e9) - math.sqrt(start / 1e9))) / free.growth
    assert passed == pytest.approx(step * steps, rel=0.02, abs=0)
    assert math.log(end / start) / (speed * free.growth) != pytest.approx(step * steps, rel=0.2, abs=0)


def test_very_large_lesions_grow_alike_whatever_the_speed(plan):
    """What vessels bring belongs to the body: at 1e12 cells a tumour five times as fast grows at most a tenth faster."""
    assert growth_of(plan, 5.0, 1e12) < 1.1 * growth_of(plan, 1.0, 1e12)
    assert growth_of(plan, 5.0, 1.0) == pytest.approx(5 * plan.growth, rel=1e-3, abs=0)


def test_small_lesions_grow_as_a_branching_process_on_average(plan):
    """Mean of n cells after t days: n e^(r t), within its standard error."""
    n, days = 50.0, 60.0
    ends = []
    for key in range(4000):
        room = one_lesion(plan, n, key)
        grow(plan, room, 0, 1.0, days, np.uint64(3))
        ends.append(room.cells[0, :REST].sum())
    wanted, error = n * math.exp(plan.growth * days), np.std(ends) / math.sqrt(len(ends))
    assert abs(np.mean(ends) - wanted) < MANY * error
    assert abs(np.mean(ends) - n * math.exp(0.8 * plan.growth * days)) > MANY * error


def test_what_a_local_recurrence_had_sent_elsewhere_has_its_mean(plan):
    """Founders c N^p / (p r), of exponential age; those still alive at age a: 1 - d (E - 1) / (b E - d)."""
    rates = np.zeros_like(plan.shed)
    rates[2] = 0.02
    loose = plan._replace(shed=rates, site_kind=np.array([0, 1, 2, 2, 2]))
    cells, p, r, b = 1e9, loose.shed_power, loose.growth, loose.division
    mean = rates[2] * (cells / loose.primary) ** p / (p * r)
    ages = (np.arange(100_000) + 0.5) / 100_000
    ages = -np.log(ages) / (p * r)
    e = np.exp(np.minimum(r * ages, 700))
    alive = np.mean(1 - (b - r) * (e - 1) / (b * e - (b - r)))
    found = []
    for key in range(4000):
        room = one_lesion(loose, cells, key)
        shed_before(loose, room, 1.0)
        found.append(room.lesions[0] - 1)
    error = math.sqrt(mean * alive / len(found))
    assert abs(np.mean(found) - mean * alive) < MANY * error
    assert abs(np.mean(found) - mean) > MANY * error


def test_resistant_cells_are_there_before_a_line_in_the_share_of_bozic(plan):
    found = []
    for key in range(2000):
        room = one_lesion(plan, 1e9, key)
        resist_before(plan, room, 0)
        found.append(room.cells[0, 1])
    s = plan.growth / plan.division
    wanted = 1e9 * plan.mutation / s * math.log(1e9 * s)
    assert np.mean(found) == pytest.approx(wanted, rel=0.02, abs=0)


def test_nothing_happens_after_death(lives):
    people, events = lives.people.to_pandas().set_index("patient"), lives.events.to_pandas()
    ends = events.patient.map(people.end).fillna(np.inf)
    assert (events.day <= ends).all()
    last = events.groupby("patient").event.last()
    dead = people.index[people.end.notna()]
    assert last.loc[dead].isin(["death-disease", "death-other", "death-treatment"]).all()


def test_events_come_in_order(lives):
    events = lives.events.to_pandas()
    assert (events.groupby("patient").day.diff().dropna() >= 0).all()
    assert set(events.event) <= {*EVENTS}


def test_every_recurrence_has_one_kind_and_was_suspected_before(lives):
    people = lives.people.to_pandas()
    proved = people[people.recurrence.notna()]
    assert proved.kind.notna().all() and proved.goal.notna().all()
    assert (proved.recurrence >= proved.suspected).all()
    assert people[people.recurrence.isna()].kind.isna().all()


def test_without_decisions_the_first_findings_are_those_of_sample_and_solve(lives):
    course = lives.course
    people = lives.people.to_pandas()
    sampled = rm.sample(course, 20_000, 3).histories.to_pandas()
    before = sampled.time.notna() & ~(sampled.other_time < sampled.time)
    assert np.array_equal(before, people.suspected.notna())
    assert np.array_equal(people.suspected[before], sampled.time[before])
    day = 5 * YEAR_DAYS
    incidence = rm.solve(course, [0.0, day]).incidence("kind")
    wanted = sum(float(incidence[kind][-1]) for kind in ("local", "regional", "distant"))
    error = math.sqrt(wanted * (1 - wanted) / 20_000)
    assert abs((people.suspected <= day).mean() - wanted) < MANY * error


def test_other_causes_come_on_the_same_day_in_both_arms():
    """Unless the cancer came first: two arms with one seed share their people."""
    course = catalogue.course("colon").replace("years", 12.0)
    one = simulate(course.replace("follow_up", "none"), 5000, 8).people.to_pandas()
    other = simulate(course.replace("regimen", []).replace("follow_up", "none"), 5000, 8).people.to_pandas()
    both = (one.end_cause == "death-other") & (other.end_cause == "death-other")
    assert both.sum() > 500
    assert np.array_equal(one.end[both], other.end[both])


def test_the_same_seed_gives_the_same_lives_and_another_does_not(lives):
    again = simulate(catalogue.course("colon").replace("years", 12.0), 20_000, 3)
    assert again.events.equals(lives.events) and again.people.equals(lives.people)
    assert not simulate(catalogue.course("colon").replace("years", 12.0), 20_000, 4).people.equals(lives.people)


def test_treating_longer_lets_people_live_longer():
    """Of people under rules that never treat, fewer are alive five years after a recurrence."""
    course, rules = catalogue.course("colon").replace("years", 12.0), decisions_for("colon")
    never = rules.model_copy(update={"rules": rules.rules[-1:]})

    def alive(chosen):
        people = simulate(course, 10_000, 5, chosen).people.to_pandas()
        known = people[people.recurrence.notna() & (people.recurrence < 7 * YEAR_DAYS)]
        return (known.end.fillna(np.inf) > known.recurrence + 5 * YEAR_DAYS).mean()

    assert alive(rules) > alive(never) + 0.1


def test_room_for_events_grows_as_it_must(plan, monkeypatch):
    from remnant.sampler import after_tables
    from remnant.sampler.sample import lives_of

    course = catalogue.course("colon")
    timeline = course.resolve()[0][1]
    sampled, numbers = lives_of(timeline, 500, 2), np.arange(500)
    whole = follow_lives(plan, sampled, 2, numbers)[1]
    monkeypatch.setattr(after_tables, "EVENTS_FOR_EACH", 0)
    assert np.array_equal(follow_lives(plan, sampled, 2, numbers)[1].day, whole.day)


def test_who_has_a_second_cancer_first_is_suspected_and_followed_all_the_same():
    """Lung has many second cancers; every recurrence that is proved was suspected before."""
    lives = simulate(catalogue.course("lung/non-small-cell").replace("years", 12.0), 5000, 2)
    people, events = lives.people.to_pandas(), lives.events.to_pandas()
    proved = people[people.recurrence.notna()]
    assert (proved.recurrence >= proved.suspected).all()
    second = events[events.event == "second-primary"].set_index("patient").day
    later = proved.set_index("patient").suspected
    assert (second.reindex(later.index) < later).sum() > 50
    assert set(people[people.suspected.notna()].patient) == set(events[events.event == "suspected"].patient)


def test_the_check_for_events_after_death_sees_one(lives):
    """A planted fault: one event moved past its person's death is found by the comparison above."""
    people, events = lives.people.to_pandas().set_index("patient"), lives.events.to_pandas()
    who = people.index[people.end.notna() & people.recurrence.notna()][0]
    events.loc[events.index[events.patient == who][0], "day"] = people.end[who] + 1
    assert not (events.day <= events.patient.map(people.end).fillna(np.inf)).all()


def test_the_stage_at_diagnosis_stays_what_it_was(lives):
    """Of the course that comes back, and in every history; a restaging that overwrote it would be seen."""
    asked = catalogue.course("colon").patient.stage
    assert lives.course.patient.stage == asked
    proved = lives.people["patient"].to_pylist()
    told = [lives.story(number) for number in proved[:200]]
    assert all(f"stage {asked}" in lines[0] for lines in told)
    written_over = [lines[0].replace(f"stage {asked}", "stage IV") for lines in told]
    assert not any(f"stage {asked}" in line for line in written_over)


def test_a_planted_fault_in_the_day_of_other_deaths_is_seen():
    """Days drawn anew in one arm, here by another seed, are not the same in both."""
    course = catalogue.course("colon").replace("years", 12.0).replace("follow_up", "none")
    one, other = (simulate(course, 2000, seed).people.to_pandas() for seed in (8, 9))
    both = (one.end_cause == "death-other") & (other.end_cause == "death-other")
    assert both.sum() > 100 and not np.array_equal(one.end[both], other.end[both])
