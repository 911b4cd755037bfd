"""The sampling engine beside what users would write or pick, in one run on one machine: ratios of CPU, no seconds to keep.

Work A: 9,990 sensitive and 10 resistant cells under chemotherapy for 126 days (sensitive 0.10 division and 0.22 death,
resistant 0.10 and 0.08, one daughter in 1e5 turns resistant), then off (0.10 and 0.09, 0.10 and 0.085) to day 1100.
Truth: no cell left 0.08853 at day 126 and 0.11273 at day 1100.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from timing import cpu_by_turns, cpu_seconds

import remnant as rm
from remnant.sampler import cpu, draws, rng
from remnant.sampler.plan import lay_out

WORK_A: dict[str, Any] = {
    "sites": ["local"], "types": ["S", "R"], "symptoms": [0.0], "times": [126.0, 1100.0],
    "epochs": [
        {"start": 0.0, "division": [[0.10, 0.10]], "death": [[0.22, 0.08]]},
        {"start": 126.0, "division": [[0.10, 0.10]], "death": [[0.09, 0.085]]},
    ],
    "mutation": [{"from": "S", "to": "R", "probability": 1e-5}],
    "founders": [
        {"site": "local", "type": "S", "count": 9990, "time": 0.0},
        {"site": "local", "type": "R", "count": 10, "time": 0.0},
    ],
}  # fmt: skip
TRUTH = (0.08853, 0.11273)
GOLDEN = Path(__file__).parent.parent / "tests" / "data" / "golden"


def numpy_day(rng_: np.random.Generator, n: Any, division: float, death: float) -> Any:
    """Return all patients' cells a day later: the exact law, a binomial and a negative binomial number."""
    e = np.exp(division - death)
    alpha, beta = (rate * (e - 1) / (division * e - death) for rate in (death, division))
    kept = rng_.binomial(n, 1 - alpha)
    grown = np.zeros_like(n)
    alive = kept > 0
    grown[alive] = kept[alive] + rng_.negative_binomial(kept[alive], 1 - beta)
    return grown


def numpy_work_a(patients: int) -> list[float]:
    """Return the share without any cell on the two days, by the law of a day for all patients at once."""
    rng_ = np.random.default_rng(1)
    s, r = np.full(patients, 9990), np.full(patients, 10)
    none = []
    for day in range(1100):
        on = day < 126
        mutants = rng_.poisson(1e-6 * s)
        s = numpy_day(rng_, s, 0.10 * (1 - 1e-5), 0.22 if on else 0.09)
        r = numpy_day(rng_, r, 0.10, 0.08 if on else 0.085) + mutants
        if day + 1 in (126, 1100):
            none.append(float(((s == 0) & (r == 0)).mean()))
    return none


def gillespy_work_a(trajectories: int) -> tuple[float, float] | None:
    """Return CPU seconds per patient of GillesPy2's tau-hybrid and its share without cells on day 126; None if absent."""
    try:
        import gillespy2 as gp
    except ImportError:
        return None
    model = gp.Model("work_a")
    s, r = (gp.Species(name, initial_value=n, mode="discrete") for name, n in (("S", 9990), ("R", 10)))
    model.add_species([s, r])
    rates = {"bs": 0.1 * (1 - 1e-5), "mu": 1e-6, "ds": 0.22, "br": 0.1, "dr": 0.08}
    model.add_parameter([gp.Parameter(name, expression=value) for name, value in rates.items()])
    steps = [({s: 1}, {s: 2}, "bs"), ({s: 1}, {s: 1, r: 1}, "mu"), ({s: 1}, {}, "ds"), ({r: 1}, {r: 2}, "br"), ({r: 1}, {}, "dr")]
    model.add_reaction(
        [gp.Reaction(f"e{i}", {str(k.name): v for k, v in a.items()}, {str(k.name): v for k, v in b.items()},
                     rate=model.listOfParameters[c]) for i, (a, b, c) in enumerate(steps)]
    )  # fmt: skip
    model.timespan(gp.TimeSpan.linspace(126, 2))
    start = time.process_time()
    results = model.run(solver=gp.TauHybridSolver, number_of_trajectories=trajectories)
    none = float(np.mean([one["S"][-1] + one["R"][-1] == 0 for one in results]))
    return (time.process_time() - start) / trajectories, none


def cpu_per_patient(timeline: rm.Timeline, patients: int, histories: bool = False) -> float:
    """Return the CPU seconds of one sampled patient."""
    return cpu_seconds(lambda: rm.sample(timeline, patients, seed=1, histories=histories)) / patients


def work_a() -> None:
    timeline, patients = rm.Timeline.from_dict(WORK_A), 200_000
    ours = cpu_per_patient(timeline, patients)
    with_table = cpu_per_patient(timeline, patients, histories=True)
    outcome = rm.sample(timeline, 1_000_000, seed=2, histories=False)
    vector = cpu_seconds(lambda: numpy_work_a(5_000), best_of=1) / 5_000
    print(f"Work A, no cell left on days 126 and 1100: {outcome.cured.round(5)}, truth {TRUTH}, standard error "
          f"{outcome.standard_errors['cured'].round(5)}; vectorised NumPy {numpy_work_a(20_000)}")  # fmt: skip
    print(f"  sample {1e6 * ours:.2f} us CPU a patient ({1e6 * with_table:.2f} with histories); vectorised NumPy law of a day "
          f"{1e6 * vector:.1f} us on one core")  # fmt: skip
    all_cores = wall(lambda: rm.sample(timeline, 1_000_000, seed=1, histories=False)) / 1_000_000
    print(f"  all cores against the vectorised NumPy law: {vector / all_cores:.1f} times (asked: 30)")
    other = gillespy_work_a(20)
    if other is None:
        print("  GillesPy2 is not installed (extra `bench`): not measured")
    else:
        print(f"  GillesPy2 tau-hybrid to day 126 only: {1e3 * other[0]:.1f} ms CPU a patient, P(none) {other[1]:.3f}; "
              f"all cores against it {other[0] / all_cores:,.0f} times (asked: 30,000)")  # fmt: skip


def wall(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def burdens() -> None:
    """The time must not depend on how many cells there were: one Timeline, of which only the mean of founders differs."""
    dying = [{"start": 0.0, "division": [[0.10]], "death": [[0.22]]}, {"start": 126.0, "division": [[0.10]], "death": [[0.09]]}]
    living = [{"start": 0.0, "division": [[0.10]], "death": [[0.12]]}, {"start": 126.0, "division": [[0.10]], "death": [[0.09]]}]
    patients = 100_000
    for name, epochs in (("Work A's cells, of which 1e3 die out at once", dying), ("cells that live on in both", living)):
        calls = {}
        for mean in (1e3, 1e12):
            founders = [{"site": "local", "type": "S", "mean": mean, "time": 0.0}]
            document = WORK_A | {"types": ["S"], "mutation": [], "epochs": epochs, "founders": founders}
            timeline = rm.Timeline.from_dict(document)
            calls[mean] = lambda t=timeline: rm.sample(t, patients, seed=1, histories=False)
        took = {mean: 1e9 * seconds / patients for mean, seconds in cpu_by_turns(calls).items()}
        print(f"First burdens of 1e3 and 1e12 cells, {name}: {took[1e3]:.0f} and {took[1e12]:.0f} ns of CPU, "
              f"ratio {took[1e12] / took[1e3]:.2f} (asked: at most 2 either way)")  # fmt: skip


@njit
def pairs_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        u, v = rng.pair(at)
        total += u + v
    return total


@njit
def binomials_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.binomial_large(1000.0, 0.37, at)
    return total


@njit
def small_binomials_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.binomial(20.0, 0.1, rng.pair(at)[0], at)
    return total


@njit
def poissons_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.poisson_large(250.0, at)
    return total


@njit
def small_poissons_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.poisson(2.0, at)
    return total


@njit
def gammas_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.gamma_from_one(12.0, at)
    return total


@njit
def small_gammas_loop(at, n):
    total = 0.0
    for i in range(n):
        rng.address(at, 1, np.uint64(i))
        total += draws.small_gamma(2.0, at)
    return total


LOOPS: dict[int, tuple[str, Callable[[Any, int], float]]] = {
    rng.PAIRS: ("pair of uniforms", pairs_loop),
    rng.BINOMIALS: ("binomial", binomials_loop), rng.SMALL_BINOMIALS: ("binomial of a small mean", small_binomials_loop),
    rng.POISSONS: ("Poisson", poissons_loop), rng.SMALL_POISSONS: ("Poisson of a small mean", small_poissons_loop),
    rng.GAMMAS: ("gamma", gammas_loop), rng.SMALL_GAMMAS: ("gamma of a small whole shape", small_gammas_loop),
}  # fmt: skip


TIGHT = 20_000
"""Draws of a tight loop, which takes about as long as a block of patients."""


def tight_loops() -> tuple[dict[int, Callable[[], Any]], dict[int, float]]:
    """Return for each kind its tight loop, uniforms included, and how many pairs a draw takes."""
    loops, pairs = {}, {}
    for kind, (_, loop) in LOOPS.items():
        at = np.zeros(rng.ADDRESS_WORDS, dtype=np.uint64)
        loop(at, TIGHT)
        pairs[kind] = float(at[rng.PAIRS]) / TIGHT
        loops[kind] = lambda loop=loop, at=at: loop(at, TIGHT)
    return loops, pairs


def draw_bound() -> None:
    """CPU a patient beside the cost of the draws alone, each kind in a tight loop of the same run, by turns with it.

    A pair of uniforms that another draw took is counted with that draw. An inversion that ends at its first comparison, a
    geometric or an exponential number and a normal one are counted as their uniforms only, so the bound is rather low:
    most so where large lesions take one uniform for an interval.
    """
    loops, pairs = tight_loops()
    cases = {"Work A": WORK_A} | {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))}
    ratios, patients = {}, 3_000
    for name, document in cases.items():
        timeline = rm.Timeline.from_dict(document)
        plan = lay_out(timeline)
        work = cpu.room(plan, False)
        run = cpu.Run(1, 0, patients, len(timeline.times), 1, False)
        cpu.run_block(plan, work, run)
        work.at[:] = 0
        cpu.run_block(plan, work, run)
        counts = {kind: float(work.at[kind]) for kind in LOOPS}
        alone = counts[rng.PAIRS] - sum(counts[kind] * pairs[kind] for kind in LOOPS if kind != rng.PAIRS)
        drawn = counts | {rng.PAIRS: max(alone, 0.0)}
        calls = loops | {name: lambda p=plan, w=work, r=run: cpu.run_block(p, w, r)}
        took = cpu_by_turns(calls, rounds=40 if name == "Work A" else 10)
        bound = sum(drawn[kind] * took[kind] / TIGHT for kind in LOOPS)
        ratios[name] = took[name] / bound
        if name == "Work A":
            print("Draws, ns each: " + ", ".join(f"{LOOPS[kind][0]} {1e9 * took[kind] / TIGHT:.0f}" for kind in LOOPS))
            print("Work A, draws a patient: " + ", ".join(f"{LOOPS[kind][0]} {drawn[kind] / patients:.2f}" for kind in LOOPS)
                  + f"; {1e9 * bound / patients:.0f} ns of the {1e9 * took[name] / patients:.0f} ns a patient takes")  # fmt: skip
    print("CPU over the cost of its draws (asked: at most 2): " + ", ".join(f"{name} {r:.2f}" for name, r in ratios.items())
          + f"; median {statistics.median(ratios.values()):.2f}")  # fmt: skip


def solve_against_sample() -> None:
    """CPU of `sample` run to a standard error of 1e-4 over that of `solve`."""
    ratios = []
    for path in sorted(GOLDEN.glob("*.json")):
        timeline = rm.Timeline.from_dict(json.loads(path.read_text("utf-8")))
        exact = cpu_seconds(lambda t=timeline: rm.solve(t))
        free = rm.solve(timeline).recurrence_free
        patients = float(np.max(free * (1 - free))) / 1e-8
        ratios.append(patients * cpu_per_patient(timeline, 3_000) / exact)
    print(f"solve against sample at a standard error of 1e-4: median {statistics.median(ratios):,.0f} times less CPU, "
          f"least {min(ratios):,.0f} (asked: median 1,000)")  # fmt: skip


if __name__ == "__main__":
    work_a()
    burdens()
    draw_bound()
    solve_against_sample()
