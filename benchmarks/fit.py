"""The cohort fit beside the spline of lifelines: CPU of one fit of 3,000 patients with 8 covariates, in one run.

python benchmarks/fit.py
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from lifelines import CRCSplineFitter
from timing import cpu_by_turns

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
        calls = {
            "mixing chosen by AIC": lambda t=table: ours(t),
            "without mixing": lambda t=table: ours(t, False),
            "with mixing": lambda t=table: ours(t, True),
            "spline": lambda t=table: spline(t),
        }
        took = cpu_by_turns(calls, rounds=4)
        ratios.append([took[name] / took["spline"] for name in calls])
        print(f"cohort {seed}: " + ", ".join(f"{name} {took[name]:.3f} s ({took[name] / took['spline']:.2f})" for name in calls))
    middle, most = np.median(ratios, axis=0), np.max(ratios, axis=0)
    print(f"{PATIENTS:,} patients, {COVARIATES} covariates, CPU over that of lifelines' spline (asked: at most 1): "
          + ", ".join(f"{name} {middle[i]:.2f} (at most {most[i]:.2f})" for i, name in enumerate([*calls][:3])))  # fmt: skip


if __name__ == "__main__":
    main()
