"""Fit the two numbers of the law of burden to median survival after a recurrence of colon cancer: python tools/fit_burden.py.

The people are those of studies/colon-after-recurrence.toml. The medians of the three intervals (COL170, COL174, COL178) are
fitted, with the ranges of burden.toml as priors; the shares alive after 1, 2 and 5 years are not. What is found is written into
burden.toml, to two digits.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from remnant.jit_cache import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))

import numpy as np
from scipy.optimize import minimize

from remnant.catalogue.evidence import data_folder, row_of
from remnant.catalogue.shelf import burdens
from remnant.clinic.decide import Burden
from remnant.quantity import MONTH_DAYS, YEAR_DAYS
from remnant.sampler.after_state import After
from remnant.sampler.after_tables import follow_lives
from remnant.sampler.cpu import Run, run_blocks
from remnant.sampler.histories import joined
from remnant.sampler.life import Lives
from remnant.sampler.plan import lay_out
from remnant.study.design import read_design
from remnant.study.people import class_of, kind_of
from remnant.study.plan import plan_of
from remnant.timeline_tables import Ints

STUDY = Path(__file__).parents[1] / "studies" / "colon-after-recurrence.toml"
PEOPLE = 30_000
MEDIANS = {"COL170": (0.0, 1.0), "COL174": (1.0, 2.0), "COL178": (2.0, 10.0)}
ERROR = 0.1
"""Standard deviation of ln median: from 110 to 222 people of whom nine in ten died."""
Group = tuple[After, Lives, Ints]


def people() -> list[Group]:
    """Return the lives of everybody up to the first finding, by kind and hidden class."""
    plan = plan_of(read_design(STUDY))
    numbers, found = np.arange(PEOPLE), []
    kinds = kind_of(plan.design.population, plan.design.seed, numbers)
    for kind in np.unique(kinds).tolist():
        cell, at = plan.cells[0][kind], numbers[kinds == kind]
        which = class_of(cell.traits, cell.shares, plan.design.seed, at)
        for number in np.unique(which).tolist():
            here = at[which == number]
            run = Run(plan.design.seed, 0, len(here), 1, 1, False, here)
            found.append((cell.after, joined(run_blocks(lay_out(cell.timelines[number], plan.grids[kind]), run)), here))
    return found


def medians(groups: list[Group], at_death: float, slows_from: float) -> list[float]:
    """Return median months from the proof of a recurrence to death, by when it was proved; nobody is lost before 15 years."""
    usual = burdens().solid.at_death.size
    proved, end = [], []
    for after, lives, numbers in groups:
        law = after._replace(lethal=after.lethal * at_death / usual, slows_from=slows_from)
        known, _ = follow_lives(law, lives, 1, numbers)
        proved.append(known.confirmed)
        end.append(known.end)
    begin, last, found = np.concatenate(proved), np.concatenate(end), []
    for low, high in MEDIANS.values():
        here = (begin >= low * YEAR_DAYS) & (begin < high * YEAR_DAYS)
        found.append(float(np.median(last[here] - begin[here])) / MONTH_DAYS)
    return found


def misfit(values: list[float], groups: list[Group], law: Burden) -> float:
    """Return chi-square of the medians and of the ranges the numbers come with."""
    total = 0.0
    for value, known in zip(values, (law.at_death, law.slows_from), strict=True):
        low, high = math.log(known.low or known.size), math.log(known.high or known.size)
        total += ((value - (low + high) / 2) / ((high - low) / 4)) ** 2
    for median, name in zip(medians(groups, *np.exp(values).tolist()), MEDIANS, strict=True):
        total += (math.log(median / (row_of(name).number or 1.0)) / ERROR) ** 2
    return total


def main() -> None:
    """Fit, print and write."""
    groups, law = people(), burdens().solid
    start = [math.log(law.at_death.size), math.log(law.slows_from.size)]
    found = minimize(misfit, start, (groups, law), "Nelder-Mead", options={"xatol": 0.02, "fatol": 0.02, "maxfev": 60})
    at_death, slows_from = (float(f"{math.exp(value):.2g}") for value in found.x)
    print(f"chi-square {found.fun:.1f}; at_death {at_death:g}, slows_from {slows_from:g}")
    for median, name in zip(medians(groups, at_death, slows_from), MEDIANS, strict=True):
        print(f"  {name}: {median:.1f} months, published {row_of(name).number}")
    path = Path(str(data_folder())) / "burden.toml"
    solid, blood = path.read_text(encoding="utf-8").split("[blood]")
    solid = re.sub(r"(at_death = \{ value = )[^,]+", rf"\g<1>{at_death:g}", solid)
    solid = re.sub(r"(slows_from = \{ value = )[^,]+", rf"\g<1>{slows_from:.2g}", solid)
    path.write_text(f"{solid}[blood]{blood}", encoding="utf-8")


if __name__ == "__main__":
    main()
