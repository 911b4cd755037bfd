"""Made-up cohorts for the tests of the fit, drawn from the law itself without its code for the curve."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

SHARED = Path(__file__).parents[2] / "shared" / "data"
CELLS, LASTING = 1e9, 0.05


def lineage_days(share, speed, detection_days):
    """Return the day by which a lineage at this growth speed is found with probability `share`: F solved for t.

    F = (1 - e^-x) / (1 + K e^-x), x = D t, from the backward equation of one type.
    """

    def course(g):
        b, s = g / LASTING, 1.0 / CELLS
        r = g - s
        d = np.sqrt(r * r + 4 * b * s)
        return d, (d + r) / (4 * b * s / (d + r))

    root, odds = course(1.0)
    alpha = np.log(odds + 2.0) / (root * detection_days)
    d, k = course(speed)
    return np.log((1 + share * k) / (1 - share)) / (alpha * d)


def drawn(rows, seed, *, lineages=0.8, burden=(0.5,), growth=(0.3,), days=700.0, spread=0.6, frailty=0.0, rest=(0.0, 1.0)):
    """Return a cohort by simulation: a Poisson number of lineages (gamma-mixed), each found on a day of its own.

    `rest` is the share of lineages that rest first, and their mean days of rest.
    """
    draw = np.random.default_rng(seed)
    on_burden, on_growth = draw.normal(size=(rows, len(burden))), draw.normal(size=(rows, len(growth)))
    mean = lineages * np.exp(on_burden @ np.array(burden))
    if frailty:
        mean = mean * draw.gamma(1 / frailty, frailty, rows)
    number = draw.poisson(mean)
    speed = np.exp(on_growth @ np.array(growth) + spread * draw.normal(size=rows))
    found = np.full(rows, np.inf)
    for i in range(rows):
        if number[i]:
            grown = lineage_days(draw.random(number[i]), speed[i], days)
            rests = np.where(draw.random(number[i]) < rest[0], draw.exponential(rest[1], number[i]), 0.0) if rest[0] else 0.0
            found[i] = (rests + grown).min()
    watched = draw.uniform(200, 4000, rows)
    table = {"time": np.minimum(found, watched), "event": (found <= watched).astype(int)}
    table |= {f"b{j}": on_burden[:, j] for j in range(len(burden))} | {f"g{j}": on_growth[:, j] for j in range(len(growth))}
    return pd.DataFrame(table)


def simple(rows=300, seed=4):
    """Return made-up patients with whole days, a number, a grade and a marker."""
    draw = np.random.default_rng(seed)
    nodes = draw.poisson(2, rows)
    grade = draw.choice(["I", "II", "III"], rows)
    found = draw.random(rows) < expit(-0.8 + 0.35 * nodes)
    day = np.where(found, draw.lognormal(6.4 - 0.2 * (grade == "III"), 0.6, rows), np.inf)
    watched = draw.uniform(400, 3000, rows)
    return pd.DataFrame(
        {
            "time": np.maximum(np.minimum(day, watched).round(), 1.0),
            "event": (day <= watched).astype(int),
            "nodes": nodes,
            "grade": grade,
        }
    )
