"""What an outlook costs: CPU seconds for every course of the catalogue, without a band and with 200 draws.

CPU seconds of all threads together, warm; on two free cores it takes from half of that up. Beside them the cost in reference
sweeps (see `exact.py`) of the same run, so that two machines, or a machine that is busy, can be compared.

    python benchmarks/outlook.py [COURSE ...]
"""

from __future__ import annotations

import sys

import numpy as np
from exact import course, reference_sweep
from timing import cpu_seconds

from remnant import catalogue
from remnant.outlook import DRAWS, outlook


def main() -> None:
    document = course(np.random.default_rng(1), linked=False)
    reference = cpu_seconds(lambda: reference_sweep(document))
    print(f"reference sweep: {1e3 * reference:.2f} ms\n")
    print(f"{'course':28s} {'no band':>10s} {'sweeps':>8s} {f'{DRAWS} draws':>10s} {'sweeps':>8s}")
    for name in sys.argv[1:] or catalogue.list_ids():
        plain, drawn = (cpu_seconds(lambda: outlook({"course": name, "draws": n}), 1) for n in (0, DRAWS))  # noqa: B023
        print(f"{name:28s} {plain:8.2f} s {plain / reference:8.0f} {drawn:8.2f} s {drawn / reference:8.0f}", flush=True)


if __name__ == "__main__":
    main()
