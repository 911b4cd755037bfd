"""Random numbers, draws and pool laws of the sampling engine, each against something that knows better."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hard import one
from scipy import stats
from scipy.integrate import solve_ivp

import remnant as rm
from remnant.errors import InputError, RefusedError
from remnant.sampler import draws, founders, pool, rng
from remnant.sampler.plan import row_names

DRAWS = 40_000


def place() -> np.ndarray:
    return np.zeros(rng.ADDRESS_WORDS, dtype=np.uint64)


@pytest.mark.parametrize(
    ("key", "counter", "wanted"),
    [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(key, counter, wanted):
    """Known answers of Random123 for philox4x32-10."""
    word, purpose, low, high = (np.uint64(c) for c in counter)
    whole = lambda low, high: np.uint64(low) | (np.uint64(high) << np.uint64(32))  # noqa: E731
    first, second = rng.philox(whole(*key), whole(low, high), purpose, word)
    assert (int(first), int(second)) == (int(whole(*wanted[:2])), int(whole(*wanted[2:])))


def drawn(draw) -> np.ndarray:
    at, out = place(), np.empty(DRAWS)
    for i in range(DRAWS):
        rng.address(at, 1, np.uint64(i))
        out[i] = draw(at)
    return out


CASES = [
    ("binomial-small", lambda at: draws.binomial(20.0, 0.3, rng.pair(at)[0], at), stats.binom(20, 0.3)),
    ("binomial-mirrored", lambda at: draws.binomial(20.0, 0.7, rng.pair(at)[0], at), stats.binom(20, 0.7)),
    ("binomial-large", lambda at: draws.binomial(1000.0, 0.37, rng.pair(at)[0], at), stats.binom(1000, 0.37)),
    ("poisson-small", lambda at: draws.poisson(2.5, at), stats.poisson(2.5)),
    ("poisson-large", lambda at: draws.poisson(250.0, at), stats.poisson(250)),
    ("negative-binomial-small", lambda at: draws.negative_binomial(3.0, 0.2, at), stats.nbinom(3, 0.2)),
    ("negative-binomial-large", lambda at: draws.negative_binomial(40.0, 0.05, at), stats.nbinom(40, 0.05)),
]


@pytest.mark.parametrize(("name", "draw", "law"), CASES, ids=[case[0] for case in CASES])
def test_draws_follow_their_law(name, draw, law):
    """Chi-square over about 20 classes; each raises a false alarm in 1 of 10,000 seeds, which are fixed."""
    values = drawn(draw)
    edges = np.unique(law.ppf(np.linspace(0.05, 0.95, 19)))
    seen = np.bincount(np.searchsorted(edges, values), minlength=edges.size + 1)
    expected = DRAWS * np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]]))
    assert stats.chisquare(seen, expected).pvalue > 1e-4


def test_the_check_of_draws_sees_a_wrong_law():
    values = drawn(CASES[0][1])
    wrong = stats.binom(20, 0.31)
    edges = np.unique(wrong.ppf(np.linspace(0.05, 0.95, 19)))
    seen = np.bincount(np.searchsorted(edges, values), minlength=edges.size + 1)
    expected = DRAWS * np.diff(np.concatenate([[0.0], wrong.cdf(edges), [1.0]]))
    assert stats.chisquare(seen, expected).pvalue < 1e-4


@pytest.mark.parametrize(
    ("b", "d", "s"),
    [(0.1, 0.08, 1e-3), (0.08, 0.1, 1e-3), (0.1, 0.1, 1e-2), (0.0, 0.02, 0.03), (0.1, 0.0, 0.0), (0.05, 0.05, 0.0)],
)
def test_a_pool_follows_its_generating_function(b, d, s):
    """dF/dt = b F^2 - (b + d + s) F + d from F(0) = z gives E[z^N, no emission]."""
    days = 30.0
    emit, survive, success = pool.pool_law(b, d, s, days)
    for z in (0.0, 0.4, 0.9):
        path = solve_ivp(lambda _, f: b * f * f - (b + d + s) * f + d, (0, days), [z], rtol=1e-12, atol=1e-15, method="DOP853")
        given_none = 1 - survive + survive * success * z / (1 - (1 - success) * z)
        assert (1 - emit) * given_none == pytest.approx(path.y[0, -1], rel=1e-9, abs=0)


def test_times_of_emission_and_extinction_invert_their_laws():
    b, d, s = 0.1, 0.09, 2e-3
    for u in (1e-6, 0.2, 0.7):
        wait = pool.time_of_emission(b, d, s, 5.0, u)
        if np.isfinite(wait):
            assert 1 - (1 - pool.pool_law(b, d, s, wait)[0]) ** 5 == pytest.approx(u, rel=1e-9, abs=0)
    gone = lambda t: (1 - pool.pool_law(b, d, s, t)[0]) * (1 - pool.pool_law(b, d, s, t)[1])  # noqa: E731
    day = pool.time_of_extinction(b, d, s, 3.0, 50.0, 0.3)
    assert (gone(day) / gone(50.0)) ** 3 == pytest.approx(0.3, rel=1e-9, abs=0)


@pytest.mark.parametrize("mean", [1e15, 1e20, 1e200])
def test_numbers_too_large_for_64_bits_stay_numbers(mean):
    """Within 6 standard deviations; a compiled math.floor made them 0 from 9.2e18 on."""
    at = place()
    rng.address(at, 1, np.uint64(1))
    assert abs(draws.poisson(mean, at) - mean) <= 6 * mean**0.5 + 1e-15 * mean
    assert abs(draws.binomial(2 * mean, 0.5, 0.5, at) - mean) <= 6 * mean**0.5 + 1e-15 * mean
    assert draws.geometric_from(0.5, -1.0 / mean) == pytest.approx(mean * np.log(2.0), rel=1e-12, abs=0)


@pytest.mark.parametrize("count", [1, 2, 3, 19])
def test_first_pairs_together_are_those_one_by_one(count):
    room = count + rng.TOGETHER
    at, streams = place(), np.arange(5, 5 + room, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    at[rng.KEY] = 77
    together = np.empty(room), np.empty(room)
    rng.first_pairs(at, np.uint64(2), streams, count, *together)
    assert at[rng.PAIRS] == count
    for i, stream in enumerate(streams[:count]):
        rng.address(at, np.uint64(2), stream)
        assert rng.pair(at) == (together[0][i], together[1][i])


def shared_streams(first_of_kinds: int) -> int:
    """Return how many pools of lesions, types and days have the stream of another, with types numbered from a number on."""
    plan, kinds, days, places = SimpleNamespace(row_name=row_names(range(4))), range(3), range(40), np.arange(64, dtype=np.uint64)
    lesions = [founders.lesion_name.py_func(plan, row, places) for row in range(4)]
    names = [rng.mixed(np.uint64(first_of_kinds + kind), np.uint64(rng.tick(float(day)))) for kind in kinds for day in days]
    streams = rng.pool_stream.py_func(np.concatenate(lesions)[:, None], np.array(names, dtype=np.uint64)[None, :])
    return streams.size - len(np.unique(streams))


def test_no_two_pools_share_random_numbers():
    assert rng.kind_stream(2, 7.0) == rng.mixed(np.uint64(int(rng.KINDS) + 2), np.uint64(rng.tick(7.0)))
    assert shared_streams(int(rng.KINDS)) == 0


def test_types_numbered_as_rows_would_share_them():
    assert shared_streams(1) > 0


def test_a_normal_number_by_inversion():
    u = np.concatenate([np.linspace(1e-4, 1 - 1e-4, 4001), 10.0 ** -np.arange(5, 15)])
    assert np.abs(stats.norm.cdf([draws.normal_at(one) for one in u]) - u).max() < 1e-9


def crowd_law(survive: float, success: float) -> np.ndarray:
    law = np.zeros(pool.LAW)
    law[pool.SURVIVE], law[pool.SUCCESS], law[pool.VARIANCE] = survive, success, -1.0
    pool.write_cumulants(law, 0)
    return law


def crowd_is_off(law: np.ndarray, n: float, exact: stats.rv_frozen) -> float:
    """Return by how much a distribution function is wrong at most."""
    u = np.concatenate([10.0 ** -np.arange(1, 10), 1 - 10.0 ** -np.arange(1, 10), np.linspace(0.01, 0.99, 99)])
    cells = np.array([pool.crowd_at_once(law, 0, n, one) for one in u])
    assert (cells > 0).all()
    return float(np.maximum(exact.cdf(cells - 1) - u, u - exact.cdf(cells)).max())


CROWDS = [
    (1e6, 0.03, 1.0, stats.binom(10**6, 0.03)),
    (1e5, 0.85, 1.0, stats.binom(10**5, 0.85)),
    (2e4, 1.0, 0.4, stats.nbinom(20_000, 0.4, loc=20_000)),
    (1.2e4, 1.0, 1e-3, stats.nbinom(12_000, 1e-3, loc=12_000)),
]


@pytest.mark.parametrize(("n", "survive", "success", "exact"), CROWDS)
def test_a_crowd_drawn_at_once_follows_its_law(n, survive, success, exact):
    """A crowd that only dies is binomial, one that only grows negative binomial: the distribution function is off by < 1e-7."""
    assert crowd_is_off(crowd_law(survive, success), n, exact) < 1e-7


@pytest.mark.parametrize("column", [pool.SKEW, pool.VARIANCE])
def test_the_check_of_crowds_sees_a_wrong_law(column):
    n, survive, success, exact = CROWDS[-1]
    law = crowd_law(survive, success)
    law[column] *= 0.99
    assert crowd_is_off(law, n, exact) > 1e-6


def test_a_crowd_far_from_normal_is_not_drawn_at_once():
    assert pool.crowd_at_once(crowd_law(1e-3, 1.0), 0, 1e5, 0.5) == -1.0
    assert pool.crowd_at_once(crowd_law(1 - 1e-9, 1.0), 0, 1e6, 0.5) == -1.0


def test_threads_change_nothing():
    timeline = rm.Timeline.from_dict(one())
    tables = [rm.sample(timeline, patients=9000, seed=2, threads=threads).histories for threads in (1, 3)]
    assert tables[0].equals(tables[1])


def test_histories_say_when_the_last_cell_died():
    table = rm.sample(rm.Timeline.from_dict(one()), patients=2000, seed=2).histories.to_pydict()
    for time, died, sizes in zip(table["time"], table["last_cell_died"], table["sizes"], strict=True):
        assert time is None or died is None
        assert (time is None) == (sizes == [])
        assert died is None or 0.0 <= died <= 4000.0


@pytest.mark.parametrize("device", ["cuda", "abacus"])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises((InputError, RefusedError), match="device"):
        rm.sample(rm.Timeline.from_dict(one()), patients=10, seed=1, device=device)
