"""Draws of the catalogue's numbers, net benefit and acceptability, events kept, and what a file may say in short."""

import numpy as np
import pytest
from study_cases import COLON, design

import remnant as rm
from remnant.errors import FolderError, InputError
from remnant.execute import Place
from remnant.study.answer import answer
from remnant.study.chunk import EVENTS, LIVES, run_chunk
from remnant.study.drawn import drawn_prices
from remnant.study.folder import Folder
from remnant.study.measured import Published
from remnant.study.plan import plan_of, plan_of_draw, text_of
from remnant.study.run import run_study
from remnant.study_story import story_of

YEARLY = {"name": "yearly", "follow_up": [{"exams": ["ct-chest-abdomen-pelvis", "cea"], "every_months": 12, "to_months": 60}]}
RISING = {"name": "rising", "follow_up": [{"exams": ["cea-rise"], "every_months": 2, "to_months": 36}]}
DRAWS = 6
MONEY = {
    "costs": {
        "currency": "EUR", "year": 2020, "source": ["made up for a test"],
        "exams": {"ct-chest-abdomen-pelvis": 300.0, "cea": 20.0}, "regimens": {"colon/mfolfox6": 5000.0},
        "false_alarm": 500.0, "recurrence": 20_000.0, "spread": 0.3, "year_is_worth": [20_000.0, 50_000.0],
    },
    "utilities": {"free": 0.8, "spread": 0.1, "source": ["made up for a test"]},
    "discount": {"costs": 0.03, "effects": 0.015},
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A study with draws and prices: its folder and what it says."""
    none = {"name": "none", "follow_up": "none"}
    made = design(
        COLON, patients=DRAWS * 400, chunk_patients=200, draws=DRAWS, years=5, aftermath=True, keep_events=True,
        arm=[none, YEARLY], endpoint=[{"measure": "recurrence"}, {"measure": "reached-line", "line": 2}], **MONEY,
    )  # fmt: skip
    folder = run_study(plan_of(made), tmp_path_factory.mktemp("drawn"), Place(), lambda _: None)
    return folder, made, answer(folder, lambda _: None)


def lives_of(folder, made):
    """Return the lives as a frame, with the draw of each."""
    from pyarrow.dataset import dataset

    frame = dataset(str(folder.path / LIVES)).to_table().to_pandas()
    frame["draw"] = frame["patient"] // made.chunk_patients % DRAWS
    return frame


def net_by_hand(frame, made, worth):
    """Return [draw][arm] the net benefit a person, from the rows alone."""
    found = np.zeros((DRAWS, 2))
    for draw in range(DRAWS):
        prices = drawn_prices(made, draw)
        for i, arm in enumerate(("none", "yearly")):
            rows = frame[(frame.arm == arm) & (frame.draw == draw)]
            end = rows["first_time"].fillna(made.years * 365.25) / 365.25
            quality = prices["free"] * (1 - 1.015**-end) / np.log(1.015)
            cost = np.full(len(rows), prices["regimens"]["colon/mfolfox6"])
            for exam in ("ct-chest-abdomen-pelvis", "cea") if arm == "yearly" else ():
                done, alarms = rows[f"exams {exam}"], rows[f"false alarms {exam}"]
                each = np.array([sum(1.03 ** -(12 * k * 30.4375 / 365.25) for k in range(1, n + 1)) for n in done])
                cost += prices["exams"][exam] * each
                cost += prices["false_alarm"] * alarms * each / np.maximum(done, 1)
            cost += np.where(rows["first"] == "recurrence", prices["recurrence"] * 1.03**-end, 0.0)
            found[draw, i] = (worth * quality - cost).mean()
    return found


def test_net_benefit_and_acceptability_are_those_of_the_rows(drawn):
    folder, made, told = drawn
    frame, worth = lives_of(folder, made), told["money"]["worth"]
    for net in worth["against"][0]["net_benefit"]:
        by_hand = net_by_hand(frame, made, net["worth"])
        gap = by_hand[:, 1] - by_hand[:, 0]
        assert net["value"] == pytest.approx(gap.mean(), rel=1e-9, abs=0)
        assert [net["low"], net["high"]] == pytest.approx(np.quantile(gap, [0.025, 0.975]), rel=1e-9, abs=0)
        assert net["better"] == (gap > 0).mean()
    curve = worth["acceptability"]
    assert np.sum([*curve["arms"].values()], axis=0) == pytest.approx(np.ones(len(curve["worth"])), rel=1e-12, abs=0)
    at = curve["worth"].index(min(curve["worth"], key=lambda one: abs(one - 50_000)))
    by_hand = net_by_hand(frame, made, curve["worth"][at])
    assert curve["arms"]["yearly"][at] == (by_hand.argmax(axis=1) == 1).mean()
    assert worth["perfect"][at] == pytest.approx(by_hand.max(axis=1).mean() - by_hand.mean(axis=0).max(), rel=1e-6, abs=0)


def test_bands_over_draws_are_those_of_the_rows(drawn):
    folder, made, told = drawn
    frame = lives_of(folder, made)
    shares = frame[frame.arm == "none"].groupby("draw")["first"].apply(lambda first: (first == "recurrence").mean())
    band = told["endpoints"][0]["over_draws"]["arms"][0]
    assert [band["low"], band["high"]] == pytest.approx(np.quantile(shares, [0.025, 0.975]), rel=1e-12, abs=0)


def test_lines_reached_are_those_of_the_rows(drawn):
    folder, made, told = drawn
    frame = lives_of(folder, made)
    proved = frame[frame.proved.notna()].groupby("arm", observed=True)["lines"]
    for i, arm in enumerate(("none", "yearly")):
        assert told["endpoints"][1]["arms"][i]["value"] == (proved.get_group(arm) >= 2).mean() > 0.05


def test_a_draw_is_the_same_in_every_arm_and_changes_what_exams_see(drawn):
    text = text_of(drawn[1])
    plans = [plan_of_draw(text, draw) for draw in (0, 1)]
    rates = [[cell.timelines[0].epochs[0].division.tolist() for (cell,) in plan.cells] for plan in plans]
    assert rates[0][0] == rates[0][1] and rates[1][0] == rates[1][1]
    symptoms = [plan.cells[0][0].timelines[0].founders[0] for plan in plans]
    assert symptoms[0] != symptoms[1]
    sights = [plan.cells[1][0].timelines[0].sight("cea", 400.0).tolist() for plan in plans]
    assert len({*filter(np.isfinite, sights[0])}) == 1, "what an exam sees moves alike at every place"
    assert sights[0] != sights[1]


def test_what_the_study_sets_stays_in_every_draw():
    made = design(COLON, patients=400, chunk_patients=200, draws=2)
    made = design(
        COLON, patients=400, chunk_patients=200, draws=2,
        population={"course": "colon", "set": {"disease.cells.doubling_time.value": 60.0, "attends": 0.8}},
    )  # fmt: skip
    text = text_of(made)
    nets = [plan_of_draw(text, draw).cells[0][0].timelines[0].epochs[0] for draw in (0, 1)]
    growth = [(one.division - one.death).max() for one in nets]
    assert growth[0] == pytest.approx(np.log(2) / 60, rel=1e-9, abs=0) and growth[1] == pytest.approx(growth[0], rel=1e-9, abs=0)


def test_events_kept_are_those_of_the_lives(drawn):
    folder, made, _ = drawn
    from pyarrow.dataset import dataset

    events = dataset(str(folder.path / EVENTS)).to_table().to_pandas()
    lives = lives_of(folder, made)
    proved = lives[lives.proved.notna()].set_index(["arm", "patient"]).proved
    first = events[events.event == "recurrence"].groupby(["arm", "patient"], observed=True).day.min()
    assert len(proved) > 100 and first.sort_index().to_dict() == proved.sort_index().to_dict()
    ends = events[events.event.str.startswith("death")].set_index(["arm", "patient"]).day
    assert ends.sort_index().to_dict() == lives[lives.end.notna()].set_index(["arm", "patient"]).end.sort_index().to_dict()


def test_a_history_reads_line_by_line(drawn):
    folder, made, _ = drawn
    lives = lives_of(folder, made)
    patient = int(lives[(lives.arm == "yearly") & lives.proved.notna()].patient.iloc[0])
    told = story_of(folder, patient, "yearly")
    (arm,) = told["arms"]
    assert arm["lines"][0].startswith("day 0: primary treatment of colon cancer ends") and any(
        "proved" in one for one in arm["lines"]
    )
    days = [float(line.split(":")[0].removeprefix("day ").replace(",", "")) for line in arm["lines"]]
    assert days == sorted(days)
    assert len(story_of(folder, patient, "")["arms"]) == 2
    with pytest.raises(InputError, match="must be one of none, yearly"):
        story_of(folder, patient, "x")
    with pytest.raises(InputError, match="from 0 to 2399"):
        story_of(folder, 2400, "")


def test_without_kept_events_a_history_is_refused(tmp_path):
    made = design(COLON, patients=40, chunk_patients=40, years=3)
    run_study(plan_of(made), tmp_path, Place(), lambda _: None)
    with pytest.raises(FolderError, match="keep_events = true"):
        story_of(Folder(tmp_path), 0, "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"draws": 7}, "multiple of draws times chunk_patients"),
        ({"keep_events": True}, "keep_events needs aftermath"),
        ({"arm": [{"name": "a", "follow_up": [{"exams": ["cea"], "every_months": 6}]}]}, r"follow_up.0`: to_months is required"),
        ({"arm": [{"name": "a", "follow_up": 3}]}, r"arm.0.follow_up`"),
        ({"visits": [{"exams": ["cea"], "months": [6]}]}, "visits are of arms that list visits"),
        ({"endpoint": [{"measure": "recurrence", "months": 24, "years": 2}]}, "months is a number in place of years"),
    ],
)
def test_what_cannot_be_is_refused(changes, said):
    with pytest.raises(InputError, match=said):
        design(COLON, **changes)


def test_months_visits_of_all_arms_and_a_value_of_so_many_people():
    made = design(
        COLON,
        visits=[{"exams": ["history"], "months": [6]}],
        arm=[YEARLY, RISING],
        endpoint=[{"measure": "recurrence", "months": 30}],
    )
    assert made.endpoint[0].years == 2.5
    plan = plan_of(made)
    assert [sorted(row[0].visits)[-1] for row in plan.cells] == ["history", "history"]
    one = {"measure": "recurrence", "arm": "yearly", "value": 25.0, "unit": "percent", "people": [200], "evidence": "CL0536"}
    counted = {"measure": "recurrence", "arm": "yearly", "hits": [50], "people": [200], "evidence": "CL0536"}
    assert Published.model_validate(one).interval == pytest.approx(Published.model_validate(counted).interval, rel=1e-12, abs=0)
    with pytest.raises(ValueError, match="people without hits"):
        Published.model_validate(one | {"low": 20.0, "high": 30.0})


def test_arms_that_are_alike_until_zero_share_their_attempts():
    made = design(COLON, patients=600, chunk_patients=600, arm=[COLON["arm"][0], RISING], years=3)
    both = run_chunk(plan_of(made), 0)[LIVES].to_pandas()
    alone = run_chunk(plan_of(design(COLON, patients=600, chunk_patients=600, arm=[RISING, COLON["arm"][0]], years=3)), 0)[LIVES]
    alone = alone.to_pandas()
    assert (both.attempts > 1).mean() > 0.1
    for arm in ("usual", "rising"):
        one, other = (frame[frame.arm == arm].reset_index(drop=True) for frame in (both, alone))
        for name in ("attempts", "time", "growth_speed", "burden"):
            assert np.array_equal(one[name], other[name], equal_nan=True)


def test_images_and_repeats_a_rise_leads_to_are_counted():
    made = design(COLON, patients=1500, chunk_patients=1500, arm=[COLON["arm"][1], RISING], years=3)
    frame = run_chunk(plan_of(made), 0)[LIVES].to_pandas()
    rows = frame[frame.arm == "rising"]
    due = 18
    assert (rows["exams cea-rise"] > due).any(), "repeats come on top"
    images, found = rows["exams ct-chest-abdomen-pelvis"], (rows.route == "cea-rise") & (rows["first"] == "recurrence")
    assert (images[found] >= 1).all()
    assert (images == rows["false alarms cea-rise"] + found.astype(int))[rows["first"].isin(["none"]) | found].all()
    assert frame[frame.arm == "none"]["exams cea-rise"].sum() == 0


def test_solve_refuses_a_course_with_a_rise_and_says_what_can():
    plan = plan_of(design(COLON, arm=[COLON["arm"][1], RISING], years=3))
    with pytest.raises(rm.RefusedError, match="cea-rise"):
        rm.solve(plan.cells[1][0].timelines[0])
