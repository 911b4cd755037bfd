"""The quick ways of the exact engine against its slow ones: chains against series, long stretches against many short ones."""

from __future__ import annotations

import numpy as np
import pytest
from checks import close

import remnant as rm
from remnant.exact import solve as solving
from remnant.exact.chains import cross_chain
from remnant.exact.feeding import MOST_NODES, feed_stretch, is_short
from remnant.exact.onetype import mapped, step_matrix
from remnant.exact.paths import NUMBERS, add_path, find_path, is_long
from remnant.exact.plan import CLOSED, FED
from remnant.exact.series import cross_series
from remnant.exact.waking import feed, new_kept, slot_for

STARTS = [0.0, 1e-12, 1e-6, 0.01, 0.2, 0.7, 1.0]
RESTING, SENSITIVE, RESISTANT = 0, 1, 2
TARGETS_FIRST = np.array([RESISTANT, SENSITIVE, RESTING])


def chain(g, mutation, switching=0.0):
    """Return the rates of a resting, a sensitive and a resistant type at one growth speed."""
    flows, mutants = np.zeros((3, 3)), np.zeros((3, 3))
    flows[RESTING, SENSITIVE], flows[SENSITIVE, RESISTANT] = 4e-4, switching
    mutants[SENSITIVE, RESISTANT] = mutation
    return g * np.array([0.0, 0.05, 0.04]), g * np.array([1e-5, 0.041, 0.036]), 1e-9, flows, mutants


def lanes():
    """Return psi of three types for every pair of starts of those that divide."""
    pairs = [(sensitive, resistant) for sensitive in STARTS for resistant in STARTS]
    return np.array([[0.3, *pair] for pair in pairs]).T.copy()


def crossed_in_series(rates, days):
    x = lanes()
    for _ in range(8):
        cross_series(x, TARGETS_FIRST, rates, days / 8)
    return x


def crossed_as_chain(rates, days, kinds=TARGETS_FIRST):
    x = lanes()
    cross_chain(x, (0, x.shape[1]), kinds, rates, days)
    return x


@pytest.mark.parametrize("mutation", [1e-8, 1e-6, 1e-3, 0.05])
@pytest.mark.parametrize(("g", "days"), [(0.05, 60.0), (1.0, 30.0), (1.0, 400.0), (8.0, 150.0), (40.0, 120.0)])
def test_chains_equal_series(g, days, mutation):
    rates = chain(g, mutation)
    close(crossed_as_chain(rates, days), crossed_in_series(rates, days), 1e-9)


@pytest.mark.parametrize("switching", [1e-6, 1e-3, 0.05])
def test_chains_equal_series_where_cells_switch(switching):
    rates = chain(1.0, 1e-5, switching)
    close(crossed_as_chain(rates, 200.0), crossed_in_series(rates, 200.0), 1e-9)


def test_chains_that_miss_mutation_fail():
    rates = chain(1.0, 1e-6)
    with pytest.raises(AssertionError):
        close(crossed_as_chain(chain(1.0, 1.001e-6), 400.0), crossed_in_series(rates, 400.0), 1e-9)


def fed(rates, fade, days, pieces, rough=False):
    """Return the integral that resting cells are fed with, for every start, over so many stretches."""
    total, x = np.zeros(len(STARTS)), np.array(STARTS)
    b, d, symptom = rates
    waking = np.array([[0.0, 0.0], [1e-7, 0.0]])
    both = np.array([b, 0.0]), np.array([d, fade - symptom - waking.sum()]), symptom, waking, np.zeros((2, 2))
    kept = new_kept(2, rough)
    slot = slot_for(kept, np.array([0, 1]), np.array([CLOSED, FED]), both, days / pieces)
    for piece in range(pieces):
        left = days * (pieces - piece - 1) / pieces
        here = np.zeros(len(STARTS))
        feed(x, here, (0, len(x)), 1.0, rates, fade, days / pieces, (kept, slot, 1, 0))
        total += np.exp(-fade * left) * here
        x = mapped(*step_matrix(*rates, days / pieces), x)
    return total


@pytest.mark.parametrize("fade", [1e-6, 5e-4, 4e-3])
@pytest.mark.parametrize("death", [0.02, 0.045, 0.05, 0.07])
@pytest.mark.parametrize("days", [3.0, 40.0, 600.0])
def test_one_stretch_equals_many(days, death, fade):
    rates = (0.05, death, 1e-9)
    close(fed(rates, fade, days, 1), fed(rates, fade, days, 500), 1e-9)


@pytest.mark.parametrize("fade", [1e-6, 5e-4, 4e-3])
@pytest.mark.parametrize("days", [3.0, 15.0, 40.0, 80.0])
def test_few_nodes_are_right_to_four_digits(days, fade):
    rates = (0.05, 0.02, 1e-9)
    close(fed(rates, fade, days, 1, rough=True), fed(rates, fade, days, 500), 1e-4)


def test_few_nodes_are_fewer():
    rates = (0.05, 0.02, 1e-9)
    with pytest.raises(AssertionError):
        close(fed(rates, 4e-3, 80.0, 1, rough=True), fed(rates, 4e-3, 80.0, 1), 1e-9)


def test_one_stretch_with_wrong_fading_fails():
    rates = (0.05, 0.045, 1e-9)
    with pytest.raises(AssertionError):
        close(fed(rates, 5.001e-4, 600.0, 1), fed(rates, 5e-4, 600.0, 500), 1e-9)


def seeded(rates, slope, days, pieces):
    """Return what founders seeded over the days leave, for every start, over so many stretches."""
    total, x = np.zeros(len(STARTS)), np.array(STARTS)
    numbers, maps, spare = np.empty(NUMBERS), np.empty((MOST_NODES, 6)), np.empty((MOST_NODES, 6))
    length = days / pieces
    for piece in range(pieces):
        here, weight = np.zeros(len(STARTS)), np.exp(-slope * piece * length)
        if is_long(rates, slope, length):
            find_path(numbers, maps, rates, slope)
            add_path(x, here, (0, len(x)), weight, (numbers, maps, spare), rates, length)
        else:
            assert is_short(rates, slope, length)
            feed_stretch(x, here, (0, len(x)), weight * np.exp(-slope * length), rates, -slope, length, spare)
        total += here
        x = mapped(*step_matrix(*rates, length), x)
    return total


# 0.005 and 0.01 are once and twice the relaxation rate of the slower type: terms of the series that would divide by 0
@pytest.mark.parametrize("slope", [-1e-4, 1e-6, 2e-3, 0.005, 0.01, 0.03])
@pytest.mark.parametrize("death", [0.01, 0.045, 0.07])
@pytest.mark.parametrize("days", [600.0, 2000.0, 11000.0])
def test_decades_of_seeding_equal_many_short_stretches(days, death, slope):
    rates = (0.05, death, 1e-9)
    close(seeded(rates, slope, days, 1), seeded(rates, slope, days, 5000), 1e-9)


def test_decades_of_seeding_with_wrong_growth_fail():
    rates = (0.05, 0.045, 1e-9)
    with pytest.raises(AssertionError):
        close(seeded(rates, 2.0001e-3, 11000.0, 1), seeded(rates, 2e-3, 11000.0, 5000), 1e-9)


def test_seeding_carries_derivatives():
    rates, slope, days = (0.05, 0.045, 1e-9), 2e-3, 11000.0
    numbers, maps, spare = np.empty(NUMBERS), np.empty((MOST_NODES, 6)), np.empty((MOST_NODES, 6))
    find_path(numbers, maps, rates, slope)
    inside, step = np.array([1e-4, 0.01, 0.2, 0.7]), 1e-5

    def answer(x):
        out = np.zeros_like(x)
        add_path(x, out, (0, len(x)), 1.0, (numbers, maps, spare), rates, days)
        return out

    exact = answer(inside + 1j * 1e-40).imag / 1e-40
    around = (answer(inside * (1 + step)) - answer(inside * (1 - step))) / (2 * step * inside)
    close(exact, around, 1e-6)


def resting_course():
    rest = [[0.0, 1e-4]] * 2
    looks = [{"time": day, "n50": [1e7, 1e3], "exam": "CT"} for day in (100.0, 400.0, 900.0)]
    return rm.Timeline.from_dict({
        "sites": ["bone", "liver"], "types": ["awake", "resting"], "dormant_types": ["resting"],
        "epochs": [
            {"start": -100.0, "division": [[0.05, 0.0]] * 2, "death": [[0.04, 1e-4], [0.042, 0.0]]},
            {"start": 300.0, "division": [[0.03, 0.0]] * 2, "death": [[0.04, 2e-4], [0.042, 0.0]], "extra_death": rest},
        ],
        "pulses": [{"time": 30.0, "log_kill": [[0.5, 0.1], [0.3, 0.0]]}, {"time": 400.0, "log_kill": [[0.5, 0.3], [0.3, 0.2]]}],
        "symptoms": [1e-9, 1e-4], "looks": looks, "switching": [{"from": "resting", "to": "awake", "rate": 3e-4}],
        "founders": [
            {"site": "bone", "type": "resting", "mean": 2.0, "time": -20.0},
            {"site": "liver", "type": "resting", "mean": 1.0, "time": 30.0},
            {"site": "liver", "type": "awake", "mean": 1.0, "time": 0.0, "known": True},
            {"site": "liver", "type": "resting", "mean": 0.5, "time": -10.0, "known": True},
        ],
        "zero": 50.0, "times": [60.0, 100.0, 399.0, 400.0, 800.0, 1500.0], "growth_spread": {"sigma": 0.4},
    })  # fmt: skip


def states(outcome):
    return np.array([outcome.cured, outcome.inactive, outcome.active])


def test_resting_cells_apart_equal_all_together(monkeypatch):
    quick = states(rm.solve(resting_course()))
    monkeypatch.setattr(solving, "rests_apart", lambda *_: False)
    close(quick, states(rm.solve(resting_course())), 1e-9)


def test_resting_cells_that_are_never_seen_fail(monkeypatch):
    whole = states(rm.solve(resting_course()))
    real = solving.staying

    def unseen(timeline, layouts, questions):
        return real(timeline, [one._replace(miss=0.0 * one.miss) for one in layouts], questions)

    monkeypatch.setattr(solving, "staying", unseen)
    with pytest.raises(AssertionError):
        close(states(rm.solve(resting_course())), whole, 1e-9)
