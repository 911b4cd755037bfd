"""The cohort fit beside the spline of lifelines: CPU of one fit of 3,000 patients with 8 covariates, in one run.

python benchmarks/fit.py
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lifelines import CRCSplineFitter
from timing import cpu_seconds

import remnant as rm

PATIENTS, COVARIATES, SEEDS = 3000, 8, (1, 2, 3, 4, 5)
BURDEN = [f"x{i}" for i in range(5)]
GROWTH = [f"x{i}" for i in range(5, 8)]


def cohort(seed: int) -> pd.DataFrame:
    """Return made-up patients: lineages by Poisson, each found after a time that differs with growth speed."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(PATIENTS, COVARIATES))
    lineages = draw.poisson(np.exp(-0.3 + x[:, :5] @ np.array([0.3, 0.2, 0.1, 0.2, -0.1])))
    speed = np.exp(0.8 * draw.normal(size=PATIENTS) + x[:, 5:] @ np.array([0.2, 0.1, -0.1]))
    found = np.where(lineages > 0, 800.0 / speed, np.inf)
    watched = draw.uniform(300, 3500, PATIENTS)
    table = pd.DataFrame(x, columns=[*BURDEN, *GROWTH])
    return table.assign(time=np.maximum(np.minimum(found, watched).round(), 1.0), event=(found <= watched).astype(int))


def ours(table: pd.DataFrame, mixing: bool | None = None) -> None:
    rm.RecurrenceFitter(mixing=mixing).fit(table, "time", "event", unit="days", burden=BURDEN, growth=GROWTH)


def spline(table: pd.DataFrame) -> None:
    regressors = {"beta_": " + ".join([*BURDEN, *GROWTH]), "gamma0_": "1", "gamma1_": "1", "gamma2_": "1"}
    years = table.assign(time=table["time"] / 365.25)
    CRCSplineFitter(n_baseline_knots=3).fit(years, "time", "event", regressors=regressors)


def main() -> None:
    warnings.simplefilter("ignore")
    ratios = []
    for seed in SEEDS:
        table = cohort(seed)
        calls = (lambda t=table: ours(t), lambda t=table: ours(t, False), lambda t=table: spline(t))
        chosen, plain, other = (cpu_seconds(call) for call in calls)
        ratios.append((chosen / other, plain / other))
        print(
            f"cohort {seed}: fit {chosen:.3f} s, without a choice of mixing {plain:.3f} s, lifelines' spline {other:.3f} s; "
            f"ratios {chosen / other:.2f}, {plain / other:.2f}"
        )
    middle = np.median(ratios, axis=0)
    print(
        f"{PATIENTS:,} patients, {COVARIATES} covariates: ratio {middle[0]:.2f}, without a choice {middle[1]:.2f} "
        f"(medians of {len(SEEDS)} cohorts)"
    )


if __name__ == "__main__":
    main()
