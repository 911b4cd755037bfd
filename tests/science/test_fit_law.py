"""The law of the fit: against the exact engine, its gradient against differences, its likelihood against integration."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from checks import close
from numpy.polynomial.legendre import leggauss
from scipy.integrate import quad

import remnant as rm
from remnant.fitter.awake import awake
from remnant.fitter.law import DENSITY, LOCAL, ROUGH, SURVIVAL, node_rates
from remnant.fitter.likelihood import Biology, Rows, Shape, log_law
from remnant.fitter.rest import advance_rest

FIXED = Biology(1e9, 0.05)
SHAPES = {
    "plain": Shape(600.0, 0.7),
    "narrow": Shape(300.0, 0.05),
    "wide": Shape(1500.0, 1.4),
    "mixed burden": Shape(600.0, 0.7, burden_variance=0.8),
    "resting": Shape(500.0, 0.5, dormant_share=0.4, waking=1 / 900),
    "resting and mixed": Shape(500.0, 0.5, 1.7, 0.7, 1 / 3000),
}


OF_ALL_AGES = Biology(1e9, 0.05, shedding=0.33)
LAWS = {name: (shape, FIXED) for name, shape in SHAPES.items()}
LAWS |= {"of all ages": (SHAPES["plain"], OF_ALL_AGES), "of all ages and mixed": (SHAPES["mixed burden"], OF_ALL_AGES)}
LAWS |= {
    "shed late": (SHAPES["plain"], Biology(1e9, 0.05, shedding=20.0)),
    "shed long": (SHAPES["wide"], Biology(1e6, 1.0, shedding=0.05)),
}


def days_of(shape, away=(-1.5, -0.5, 0.0, 1.0, 2.0)):
    """Return days at which the curve of this shape falls: so many spreads from the middle."""
    return shape.detection_days * np.exp(max(shape.growth_spread, 0.1) * np.array(away))


def at(days, log_m, shift, shape, kind=SURVIVAL, fixed=FIXED):
    size = days.size
    return log_law(days, np.full(size, kind), (np.full(size, log_m), np.full(size, shift)), shape, fixed)


def timeline(log_m, shift, shape):
    """The same patient for the exact engine: one type that is awake and one that rests, at one site."""
    b, s = 1.0 / FIXED.lasting, 1.0 / FIXED.detection_cells
    root = np.sqrt((1 - s) ** 2 + 4 * b * s)
    odds = (root + 1 - s) ** 2 / (4 * b * s)
    alpha = np.log(odds + 2) / (root * shape.detection_days) * np.exp(shift)
    settles = (root + 1 - s) / (2 * b)
    mean = np.exp(log_m) / settles
    document = {
        "sites": ["bone"],
        "types": ["awake", "dormant"],
        "dormant_types": ["dormant"],
        "epochs": [{"start": 0, "division": [[b * alpha, 0]], "death": [[(b - 1) * alpha, 0]]}],
        "switching": [{"from": "dormant", "to": "awake", "rate": shape.waking}],
        "founders": [
            {"site": "bone", "type": "awake", "mean": mean * (1 - shape.dormant_share), "time": 0},
            {"site": "bone", "type": "dormant", "mean": mean * shape.dormant_share, "time": 0},
        ],
        "symptoms": [s * alpha / np.exp(shift)],
        "growth_spread": {"sigma": shape.growth_spread},
        "times": days_of(shape).tolist(),
    }
    if shape.burden_variance:
        document["burden_spread"] = {"shape": 1 / shape.burden_variance}
    if not shape.dormant_share:
        del document["switching"]
        del document["founders"][1]
    return rm.Timeline.from_dict(document)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_the_exact_engine_has_the_same_curve(name):
    """The engine's settled chance of one lineage depends on growth speed by some 1e-8, which the fit leaves out."""
    shape = SHAPES[name]
    ours = at(days_of(shape), np.log(0.9), 0.0, shape)[:, 0]
    close(-np.expm1(ours), rm.solve(timeline(np.log(0.9), 0.0, shape)).recurred, 1e-5, name)


@pytest.mark.parametrize(("log_m", "wrong"), [(0.3, Shape(600.0, 0.7)), (np.log(0.9), Shape(606.0, 0.7))])
def test_another_curve_is_told_apart(log_m, wrong):
    """The twin of the test above: lineages or detection time slightly off are found."""
    ours = at(days_of(SHAPES["plain"]), log_m, 0.0, wrong)[:, 0]
    with pytest.raises(AssertionError):
        close(-np.expm1(ours), rm.solve(timeline(np.log(0.9), 0.0, SHAPES["plain"])).recurred, 1e-5)


def moved(shape, log_m, shift, place, step):
    """Return the arguments with one local parameter moved on its inner scale."""
    days, spread, theta, share, waking = shape.as_array()
    if place == 0:
        log_m += step
    elif place == 1:
        shift += step
    elif place == 5:
        share = 1 / (1 + (1 / share - 1) * np.exp(-step))
    else:
        factor = np.exp(step)
        days, spread, theta, waking = (
            value * factor if place == at_ else value for value, at_ in ((days, 2), (spread, 3), (theta, 4), (waking, 6))
        )
    return log_m, shift, Shape(float(days), float(spread), float(theta), float(share), float(waking))


def shed(rho, shape, log_m):
    """A patient of one growth speed whose primary shed until day 0, for the exact engine; lineages found before are left out."""
    b, s = 1.0 / OF_ALL_AGES.lasting, 1.0 / OF_ALL_AGES.detection_cells
    root = np.sqrt((1 - s) ** 2 + 4 * b * s)
    odds, settles = (root + 1 - s) ** 2 / (4 * b * s), (root + 1 - s) / (2 * b)
    # rho G(ln K) = integral of rho e^(-rho a) (1 - F(a)) da, and F is 1/2 where (1 - G) has come half way
    ages, weights = leggauss(400)
    ages, weights = 30 * (ages + 1), 30 * weights
    left = lambda x: rho * weights @ (np.exp(-rho * ages) / (1 + np.exp(x + ages - np.log(odds))))  # noqa: E731
    start, low, high = left(0.0), 0.0, 60.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if left(middle) > 0.5 * start else (low, middle)
    alpha = middle / (root * shape.detection_days)
    growth = rho * alpha * root
    document = {
        "sites": ["bone"], "types": ["awake"], "symptoms": [s * alpha],
        "epochs": [{"start": -1e4, "division": [[b * alpha]], "death": [[(b - 1) * alpha]]}],
        "founders": [{"site": "bone", "type": "awake", "seeding": {
            "rate": np.exp(log_m) * growth / (settles * start), "growth": growth, "from": -40 / growth, "to": 0.0}}],
        "times": days_of(shape).tolist(),
    }  # fmt: skip
    return rm.Timeline.from_dict(document)


@pytest.mark.parametrize("rho", [0.05, 0.33, 3.0])
def test_lineages_of_all_ages_have_the_curve_of_the_exact_engine(rho):
    """Growth speed hardly differs between these patients; what little it does moves the curve by its square."""
    shape = Shape(600.0, 1e-5)
    ours = at(days_of(SHAPES["plain"], (-1.0, -0.3, 0.1, 0.5)), np.log(0.9), 0.0, shape, fixed=replace(OF_ALL_AGES, shedding=rho))
    engine = shed(rho, SHAPES["plain"], np.log(0.9)).with_times(days_of(SHAPES["plain"], (-1.0, -0.3, 0.1, 0.5)))
    close(-np.expm1(ours[:, 0]), rm.solve(engine).recurred, 1e-5, str(rho))


def test_another_growth_of_shedding_is_told_apart():
    """The twin of the test above."""
    days = days_of(SHAPES["plain"], (-1.0, -0.3, 0.1, 0.5))
    ours = at(days, np.log(0.9), 0.0, Shape(600.0, 1e-5), fixed=replace(OF_ALL_AGES, shedding=0.34))
    with pytest.raises(AssertionError):
        close(-np.expm1(ours[:, 0]), rm.solve(shed(0.33, SHAPES["plain"], np.log(0.9)).with_times(days)).recurred, 1e-5)


@pytest.mark.parametrize("kind", [SURVIVAL, DENSITY])
@pytest.mark.parametrize("name", sorted(LAWS))
def test_the_gradient_is_the_slope(name, kind):
    (shape, fixed), step = LAWS[name], 2e-3
    places = [p for p in range(LOCAL) if (p != 4 or shape.burden_variance) and (p not in (5, 6) or shape.dormant_share)]
    days = days_of(shape)
    gradient = at(days, -0.2, 0.1, shape, kind, fixed)[:, 1:]
    for place in places:
        value = {k: at(days, *moved(shape, -0.2, 0.1, place, k * step), kind, fixed)[:, 0] for k in (-2, -1, 1, 2)}
        slope = (8 * (value[1] - value[-1]) - (value[2] - value[-2])) / (12 * step)
        scale = np.maximum(np.abs(slope), 1e-3 * np.abs(slope).max())
        assert np.max(np.abs(gradient[:, place] - slope) / scale) < 1e-6, f"{name}, place {place}"


@pytest.mark.parametrize("name", sorted(LAWS))
def test_the_density_integrates_to_the_fall_of_the_curve(name):
    shape, fixed = LAWS[name]
    nodes, weights = leggauss(40)
    for low, high in pairwise(days_of(shape)):
        days = 0.5 * (high + low) + 0.5 * (high - low) * nodes
        mass = 0.5 * (high - low) * weights @ np.exp(at(days, 0.1, 0.0, shape, DENSITY, fixed)[:, 0])
        ends = np.exp(at(np.array([low, high]), 0.1, 0.0, shape, fixed=fixed)[:, 0])
        close(mass, ends[0] - ends[1], 1e-8, name)


def rows(entry, lower, upper):
    none = np.zeros((1, 0))
    return Rows.of((np.array([entry]), np.array([lower]), np.array([upper])), np.ones(1), none, none)


def log_likelihood(entry, lower, upper, shape):
    return float(rows(entry, lower, upper).terms((np.array([0.1]), np.zeros(1)), shape, FIXED)[0, 0])


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize("first", [None, -0.5])
@pytest.mark.parametrize("late", [False, True])
def test_intervals_left_censoring_and_late_entry(name, first, late):
    """What is known of a patient is the integral of the density over it, over the chance of being free at entry."""
    shape = SHAPES[name]
    begun, low, high = days_of(shape, (-1.0, -0.5, 0.7))
    low, entry = (low, begun if late else 0.0) if first is not None else (0.0, 0.0)
    nodes, weights = leggauss(80)
    days = 0.5 * (high + low) + 0.5 * (high - low) * nodes
    mass = 0.5 * (high - low) * weights @ np.exp(at(days, 0.1, 0.0, shape, DENSITY)[:, 0])
    entered = float(at(np.array([entry]), 0.1, 0.0, shape)[0, 0]) if entry else 0.0
    close(np.exp(log_likelihood(entry, low, high, shape)), mass * np.exp(-entered), 1e-7, name)


def test_leaving_late_entry_out_is_found():
    """The twin: the likelihood without the entry is another number."""
    with_entry, without = (log_likelihood(entry, 300.0, 900.0, SHAPES["plain"]) for entry in (250.0, 0.0))
    assert with_entry - without > 0.01


def test_rough_nodes_are_near_and_not_the_same():
    shape = SHAPES["plain"]
    fine = at(days_of(shape), 0.1, 0.0, shape)[:, 0]
    rough = at(days_of(shape), 0.1, 0.0, shape, fixed=Biology(1e9, 0.05, ROUGH))[:, 0]
    gap = np.abs(rough - fine)
    assert gap.max() < 1e-4 and gap.max() > 1e-13


def test_a_curve_falls_and_settles_at_the_cured_share():
    late = np.array([1.0, 365.0, 3652.0, 1e5, 1e9])
    free = np.exp(at(late, np.log(0.7), 0.0, SHAPES["plain"])[:, 0])
    assert (np.diff(free) < 0).all() or free[-1] == free[-2]
    close(free[-1], np.exp(-0.7), 1e-9, "cured")


NODES = node_rates(np.log([0.05, 0.3, 1.0, 4.0, 30.0]), 3.0, 1e-9, 700.0)


def rested(days, waking):
    """Return the share of resting lineages found by the last of some days, carried from each day to the next [growth speed]."""
    count, before = NODES[0].size, 0.0
    state, room, bits = np.zeros((3, count)), np.empty((2, count)), np.empty(count, np.int64)
    for day in days:
        advance_rest(before, day, NODES, waking, state, room, bits)
        before = day
    return state[0]


def integrated(day, waking):
    """Return the same by integrating w e^(-w s) F(t - s) over s, pieces of it where F rises."""
    shares = []
    for rate, odds, center in zip(*NODES, strict=True):
        rise = [y for y in (np.array([-34.0, -8.0, 0.0, 8.0, 36.0]) + center) / rate if 0.0 < y < day]
        edges = [0.0, *rise, day]

        def one(y, d=rate, k=odds):
            return waking * np.exp(-waking * (day - y)) * awake(d * y, k, np.exp(-d * y))[0]

        shares.append(sum(quad(one, a, b, epsabs=0, epsrel=1e-12, limit=200)[0] for a, b in pairwise(edges)))
    return np.array(shares)


STEPS = {
    "one": [4000.0],
    "near": np.linspace(0.0, 4000.0, 2001)[1:],
    "near and far": [*np.linspace(1.0, 700.0, 300), 2500.0, 2501.0, 4000.0],
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("waking", [1 / 30, 1 / 900, 1 / 1e5])
def test_resting_lineages_are_carried_exactly(name, waking):
    assert rested(STEPS[name], waking) == pytest.approx(integrated(4000.0, waking), rel=1e-10, abs=0)


def test_another_waking_rate_is_told_apart():
    assert rested(STEPS["near"], 1.0000001 / 900) != pytest.approx(integrated(4000.0, 1 / 900), rel=1e-10, abs=0)
