"""The ten made-up examples behind the pictures of the topics: small Timelines, solved by the exact engine.

A cell divides every 7 days (BIO0338) and what lives doubles in 50 to 56 days, as spread from the bowel or the pancreas does
(BIO0015, BIO0344), unless said. None of them is a person: they show how something works.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from remnant.outcome import Outcome
from remnant.predict import solve
from remnant.quantity import MONTH_DAYS, YEAR_DAYS, sphere_cells
from remnant.reading import Floats
from remnant.report import hundred
from remnant.timeline import Timeline

DIVISION, DEATH = 0.14, 0.126
CELLS_PER_CM3 = 1e8
"""BIO0163"""
SYMPTOMS = 2e-11
"""Per cell and day: noticed at some 1e9 cells (BIO0165)."""
EARLIER = -200.0
"""Day on which cells had settled elsewhere before treatment ended."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What the engine found for a picture, by names that the words of a text know."""

    facts: dict[str, int] = field(default_factory=dict)
    """Whole numbers for the caption."""
    groups: tuple[tuple[str, dict[str, int]], ...] = ()
    """For 100 people as dots: heading, and counts that sum to 100."""
    x: Floats | None = None
    """Along the axis, where there are curves."""
    curves: dict[str, Floats] = field(default_factory=dict)
    """Shares from 0 to 1 over x."""
    stacked: bool = False
    """Whether the curves are parts of a whole, from the bottom up."""
    marks: tuple[tuple[float, str], ...] = ()


def cells_left_behind(left: float) -> Drawn:
    """Return who has no cell left at once, whose few cells die by themselves, and in whom they grow."""
    outcome = _solved(_document([("local", "awake", left, 0.0)]), [0.0, 10 * YEAR_DAYS])
    none = _people({"none": outcome.cured[0]}, "left")
    later = _people({"none": outcome.recurrence_free[1] * outcome.cured[1], "back": 1 - outcome.recurrence_free[1]}, "left")
    return Drawn({"none": none["none"], "gone": later["none"], "back": later["back"]}, (("now", none), ("later", later)))


def too_few_to_see(size_mm: float) -> Drawn:
    """Return for how long growing cells are there before a scan of a given sharpness sees them."""
    days = np.linspace(0.0, 5 * YEAR_DAYS, 61)
    look = {"time": float(days[-1]) + 1.0, "exam": "scan", "n50": [sphere_cells(size_mm, CELLS_PER_CM3)]}
    held = _document([("local", "awake", 40.0, 0.0)], looks=[look], symptoms=[0.0])
    outcome = _solved(held, days)
    alive = 1 - outcome.cured
    seen = np.array([outcome.would_be_found("scan", float(day)) for day in days]) / alive
    half = float(np.interp(0.5, seen, days / MONTH_DAYS))
    return Drawn({"months": round(half)}, (), days / YEAR_DAYS, {"missed": 1 - seen, "seen": seen}, True)


def hidden_spread(size_mm: float) -> Drawn:
    """Return where cancer is found within 10 years when a lump of a given size had been shedding cells until it was removed."""
    groups = []
    for name, size in (("small", 10.0), ("chosen", size_mm)):
        found = _shed(size).incidence(by="site")
        groups.append((name, _people({place: found[place][-1] for place in ("nodes", "lungs", "liver", "bones")}, "none")))
    back = 100 - groups[1][1]["none"]
    return Drawn({"small": 100 - groups[0][1]["none"], "back": back}, tuple(groups))


def sleeping_cells(half_life_years: float) -> Drawn:
    """Return what is left in people over 20 years when cells rest for so long that half of them wake by the half-life."""
    years = np.linspace(0.0, 20.0, 61)
    outcome = _solved(_with_sleepers(0.15, 0.9, half_life_years), YEAR_DAYS * years)
    free = outcome.recurrence_free
    curves = {"none": free * outcome.cured, "sleeping": free * outcome.inactive, "growing": free * outcome.active}
    after = int(np.argmin(np.abs(years - 5.0)))
    facts = _people({"early": 1 - free[after], "late": free[after] - free[-1]}, "never")
    return Drawn(facts, (), years, curves | {"back": 1 - free}, True)


def why_cycles(cycles: float) -> Drawn:
    """Return in how many no cell is left when a drug is given in cycles, and when all of it is given at once.

    Of the cells, 8 in 10 divide at any moment and can be reached (BIO0168, and its range in the catalogue).
    """
    days = np.linspace(0.0, 7 * 30.0, 106)
    every, dividing, kill = 21.0, 0.8, 4.0
    doses = [every * i for i in range(int(cycles))]

    def course(times: list[float], strength: float) -> Floats:
        log_kill = -math.log(1 - dividing + dividing * math.exp(-strength))
        pulses = [{"time": time, "log_kill": [[log_kill]]} for time in times]
        return _solved(_document([("local", "awake", 600.0, -1.0)], pulses=pulses), days).cured

    curves = {"cycles": course(doses, kill), "once": course([0.0], kill * cycles)}
    facts = {name: hundred([curve[-1], 1 - curve[-1]])[0] for name, curve in curves.items()}
    return Drawn(facts, (), days / 7, curves)


def radiotherapy(gray: float) -> Drawn:
    """Return what 60 gray in fractions of a given size do to a tumour and to patches of healthy tissue beside it.

    Cells survive a fraction of d gray with chance exp(-a d - b d^2). Tumour: a 0.3 per gray, a / b 10.6 (BIO0300), 7e7 cells
    that could regrow it (BIO0303). Healthy tissue, late: a / b 3 (BIO0289); a patch grows again from any one cell of its own.
    The a of both and the million cells of a patch are made up.
    """
    fractions = round(60 / gray)
    times = [float(7 * (i // 5) + i % 5) for i in range(fractions)]
    days = np.arange(0.0, 85.0)

    def course(cells: float, alpha: float, ratio: float, rates: tuple[float, float]) -> Floats:
        log_kill = alpha * gray * (1 + gray / ratio)
        pulses = [{"time": time, "log_kill": [[log_kill]]} for time in times]
        held = _document([], pulses=pulses, symptoms=[0.0])
        held["founders"] = [{"site": "local", "type": "awake", "count": int(cells), "time": -1.0}]
        held["epochs"] = [{"start": -2.0, "division": [[rates[0]]], "death": [[rates[1]]]}]
        return _solved(held, days).cured

    curves = {"tumour": course(7e7, 0.3, 10.6, (DIVISION, DEATH)), "healthy": 1 - course(1e6, 0.11, 3.0, (0.02, 0.0))}
    facts = {name: hundred([curve[-1], 1 - curve[-1]])[0] for name, curve in curves.items()}
    return Drawn(facts | {"visits": fractions}, (), days / 7, curves)


def hold_or_kill(years: float) -> Drawn:
    """Return how many stay well with no drug, with one that holds cells back and with one that kills them, while and after."""
    at = np.linspace(0.0, 12.0, 49)
    founders = [("bone", "awake", 8.0, EARLIER)]

    def course(division: float, extra: float) -> Floats:
        usual = {"start": EARLIER - 1, "division": [[DIVISION]], "death": [[DEATH]]}
        taken = usual | {"start": 0.0, "division": [[division]], "extra_death": [[extra]]}
        epochs = [usual, taken, usual | {"start": years * YEAR_DAYS}]
        return _solved(_document(founders, epochs=epochs), YEAR_DAYS * at).recurrence_free

    # a drug that holds stops nearly all net growth; with one that kills, more cells die than divide
    curves = {"kills": course(DIVISION, 0.0155), "holds": course(DEATH + 0.001, 0.0), "no-drug": course(DIVISION, 0.0)}
    facts = {name.replace("-", "_"): 100 - hundred([curve[-1], 1 - curve[-1]])[0] for name, curve in curves.items()}
    return Drawn(facts, (), at, curves, marks=((years, "stop"),))


def resistance(share: float) -> Drawn:
    """Return how many stay well after six cycles of drugs the pump throws out, and of drugs it cannot throw out.

    Cells with the pump were 100 times as hard to kill with a drug that it throws out (BIO0192): a cycle spares them here.
    """
    cells, at = 2000.0, np.linspace(0.0, 10.0, 41)
    founders = [("bone", "awake", cells * (1 - share / 1000), -1.0), ("bone", "pump", cells * share / 1000, -1.0)]

    def course(on_pump: float) -> Floats:
        pulses = [{"time": 21.0 * i, "log_kill": [[1.5, on_pump]]} for i in range(6)]
        return _solved(_document(founders, types=["awake", "pump"], pulses=pulses), YEAR_DAYS * at).recurrence_free

    curves = {"kept-in": course(1.5), "thrown-out": course(0.0)}
    facts = {name.replace("-", "_"): 100 - hundred([curve[-1], 1 - curve[-1]])[0] for name, curve in curves.items()}
    return Drawn(facts, (), at, curves)


def immune_system(killed: float) -> Drawn:
    """Return how many stay well when the immune system kills so many of 100 cancer cells each month, and when it kills none."""
    at = np.linspace(0.0, 12.0, 49)

    def course(of_hundred: float) -> Floats:
        extra = -math.log1p(-of_hundred / 100) / MONTH_DAYS
        epochs = [{"start": -1.0, "division": [[DIVISION]], "death": [[DEATH]], "extra_death": [[extra]]}]
        return _solved(_document([("bone", "awake", 12.0, 0.0)], epochs=epochs), YEAR_DAYS * at).recurrence_free

    curves = {"helped": course(killed), "without": course(0.0)}
    facts = {name: 100 - hundred([curve[-1], 1 - curve[-1]])[0] for name, curve in curves.items()}
    return Drawn(facts, (), at, curves)


def remission_and_cure(years: float) -> Drawn:
    """Return what is left in 100 people with no sign of cancer, when treatment ends and so many years later."""
    looks = [{"time": YEAR_DAYS * i, "exam": "scan", "n50": [sphere_cells(8.0, CELLS_PER_CM3)]} for i in range(1, 6)]
    outcome = _solved(_with_sleepers(0.6, 0.4, 6.0) | {"looks": looks}, [0.0, YEAR_DAYS * years])
    groups = []
    for i, name in ((0, "now"), (1, "later")):
        groups.append((name, _people({"none": outcome.cured[i], "sleeping": outcome.inactive[i]}, "growing")))
    return Drawn({"now": groups[0][1]["none"], "later": groups[1][1]["none"]}, tuple(groups))


def _with_sleepers(awake: float, sleeping: float, half_life_years: float) -> dict[str, Any]:
    """Return a Timeline with so many awake and sleeping cells; half of what wakes founds a lineage, as in the catalogue."""
    document = _document(
        [("bone", "awake", awake, EARLIER), ("bone", "sleeping", sleeping, EARLIER)], types=["awake", "sleeping"]
    )
    lives = {"division": [[2 * (DIVISION - DEATH), 0.0]], "death": [[DIVISION - DEATH, 0.0]]}
    waking = {"from": "sleeping", "to": "awake", "rate": math.log(2) / (half_life_years * YEAR_DAYS)}
    return document | {"epochs": [{"start": EARLIER - 1} | lives], "dormant_types": ["sleeping"], "switching": [waking]}


def _shed(size_mm: float) -> Outcome:
    """Return what follows a lump that shed cells from its surface: some 4 in 10 people at 35 mm, 1 in 10 at 15 (BIO0237)."""
    growth = math.log(2) / 400  # of the shedding, in proportion to the surface of a lump that doubles in some 270 days
    lived = 0.39 * (size_mm / 30) ** 2
    rate = lived * growth / (1 - DEATH / DIVISION)
    shares = {"nodes": 0.35, "lungs": 0.2, "liver": 0.25, "bones": 0.2}
    founders = [
        {"site": site, "type": "awake", "seeding": {"rate": rate * share, "growth": growth, "from": -4000.0, "to": 0.0}}
        for site, share in shares.items()
    ]
    document = _document([], sites=list(shares)) | {"founders": founders, "site_kinds": ["regional"] + ["distant"] * 3}
    return _solved(document, [10 * YEAR_DAYS])


def _people(shares: dict[str, float], rest: str) -> dict[str, int]:
    """Return whole people of 100 by what became of them; whoever is in no group is in the rest."""
    counts = hundred([*shares.values(), 1 - sum(shares.values())])
    return dict(zip([*shares, rest], counts, strict=True))


def _document(founders: list[tuple[str, str, float, float]], **parts: Any) -> dict[str, Any]:
    """Return a Timeline of one life of cells at every site; resting types neither divide nor die."""
    sites = parts.pop("sites", None) or list(dict.fromkeys(site for site, *_ in founders)) or ["local"]
    types = parts.pop("types", ["awake"])
    rows = {"division": DIVISION, "death": DEATH}
    epoch = {name: [[0.0 if kind == "sleeping" else rate for kind in types]] * len(sites) for name, rate in rows.items()}
    document: dict[str, Any] = {
        "sites": sites, "types": types, "symptoms": [SYMPTOMS] * len(sites), "epochs": [{"start": EARLIER - 1} | epoch],
        "founders": [{"site": site, "type": kind, "mean": mean, "time": time} for site, kind, mean, time in founders],
    }  # fmt: skip
    return document | parts


def _solved(document: dict[str, Any], days: Any) -> Outcome:
    return solve(Timeline.from_dict(document | {"times": [float(day) for day in days]}))
