"""An independent answer to a Timeline: adaptive Runge-Kutta on the backward equations, brute force elsewhere.

Nothing here is shared with the package: the document is read as plain data, every lineage probability is integrated
by Dormand and Prince's 8(5,3) pair with a purely relative error bound, growth speed is a fine equal-weight grid, and
incidence is Gauss quadrature of its definition. It is slow, and is not meant for anything but checking the engines.

A lane is one question put to the backward sweep: the horizon T, what is asked of cells alive at T, and which of
the looks at T are counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from scipy.integrate._ivp import dop853_coefficients as dop

FREE, ALIVE, AWAKE = 0, 1, 2
RELATIVE_ERROR = 1e-12
NODES = 6
STAGES = dop.N_STAGES
A = np.ascontiguousarray(dop.A[:STAGES, :STAGES])
B = np.ascontiguousarray(dop.B)
C = np.ascontiguousarray(dop.C[:STAGES])
E3 = np.ascontiguousarray(dop.E3)
E5 = np.ascontiguousarray(dop.E5)
KIND_ORDER = ("distant", "systemic", "regional", "local")


@dataclass(frozen=True)
class Lane:
    horizon: float
    alive_counts: int = FREE
    looks: frozenset | None = None
    """Which looks at the horizon count, by position in the file, with the site: None is all."""
    tangent: bool = False


@dataclass(frozen=True)
class Rates:
    """Rates of one site over one panel; the arrays are [type]."""

    division: np.ndarray
    death: np.ndarray
    extra: np.ndarray
    sigma: float
    switch: np.ndarray
    mutate: np.ndarray


@njit(cache=False)
def slope(t, y, dy, g, division, death, extra, sigma, switch, mutate, seed_type, seed_rate, seed_growth, seed_end):
    kinds, rows = division.size, seed_type.size
    for k in range(kinds):
        b, d, p, v = g * division[k], g * death[k] + extra[k], y[k], y[kinds + k]
        dp = (b - d - sigma) * p - b * p * p + sigma
        dv = (b - d - sigma) * v - 2.0 * b * p * v
        for j in range(kinds):
            q, w = y[j], y[kinds + j]
            dp += switch[k, j] * (q - p) + b * mutate[k, j] * (q - p) * (1.0 - p)
            dv += switch[k, j] * (w - v) + b * mutate[k, j] * ((w - v) * (1.0 - p) - (q - p) * v)
        dy[k], dy[kinds + k] = dp, dv
    for r in range(rows):
        intensity = seed_rate[r] * math.exp(seed_growth[r] * (t - seed_end[r])) if seed_rate[r] > 0 else 0.0
        dy[2 * kinds + r] = intensity * y[seed_type[r]]
        dy[2 * kinds + rows + r] = intensity * y[kinds + seed_type[r]]


@njit(cache=False)
def settled(y, dy, speed, kinds, seed_rate):
    """Whether every probability rests at its fixed point to rounding, so that nothing more can happen."""
    if np.any(seed_rate > 0):
        return False
    for k in range(kinds):
        if abs(y[kinds + k]) > 1e-40 or abs(dy[k]) > 1e-14 * speed * abs(y[k]):
            return False
    return True


@njit(cache=False)
def total(weights, stages, i, upto):
    out = 0.0
    for j in range(upto):
        out += weights[j] * stages[j, i]
    return out


@njit(cache=False)
def step(
    t, h, y, stages, new, g, division, death, extra, sigma, switch, mutate, seed_type, seed_rate, seed_growth, seed_end, rtol
):
    """Try one step back from `t` by `h`; fill `new` and the stages, return the error over the bound."""
    n = y.size
    trial = np.zeros(n)
    for s in range(1, STAGES):
        for i in range(n):
            trial[i] = y[i] + h * total(A[s], stages, i, s)
        slope(t - C[s] * h, trial, stages[s], g, division, death, extra, sigma, switch, mutate,
              seed_type, seed_rate, seed_growth, seed_end)  # fmt: skip
    for i in range(n):
        new[i] = y[i] + h * total(B, stages, i, STAGES)
    slope(t - h, new, stages[STAGES], g, division, death, extra, sigma, switch, mutate,
          seed_type, seed_rate, seed_growth, seed_end)  # fmt: skip
    worst = 0.0
    for i in range(n):
        e3, e5 = total(E3, stages, i, STAGES + 1), total(E5, stages, i, STAGES + 1)
        both = e5 * e5 + 0.01 * e3 * e3
        if both > 0:
            worst = max(worst, h * e5 * e5 / math.sqrt(both) / (rtol * max(abs(y[i]), abs(new[i])) + 1e-280))
    return worst


@njit(cache=False)
def flow(y, high, low, g, division, death, extra, sigma, switch, mutate, seed_type, seed_rate, seed_growth, seed_end, rtol):
    """Carry one lane back from day `high` to day `low` in place."""
    stages, new = np.zeros((STAGES + 1, y.size)), np.zeros(y.size)
    speed = sigma + 1e-300
    for k in range(division.size):
        speed = max(speed, g * (division[k] + death[k]) + extra[k] + sigma + switch[k].sum())
    t, h = high, min(high - low, 0.1 / speed)
    slope(t, y, stages[0], g, division, death, extra, sigma, switch, mutate, seed_type, seed_rate, seed_growth, seed_end)
    while t > low and not settled(y, stages[0], speed, division.size, seed_rate):
        last = h >= t - low
        h = t - low if last else h
        worst = step(t, h, y, stages, new, g, division, death, extra, sigma, switch, mutate,
                     seed_type, seed_rate, seed_growth, seed_end, rtol)  # fmt: skip
        if worst < 1.0:
            t = low if last else t - h
            y[:] = new
            stages[0, :] = stages[STAGES]
            h *= min(10.0, 0.9 * max(worst, 1e-12) ** -0.125)
        else:
            h *= max(0.2, 0.9 * worst**-0.125)


@njit(cache=False)
def flow_lanes(ys, active, high, low, gs, division, death, extra, sigma, switch, mutate, seeds, rtol):
    seed_type, seed_rate, seed_growth, seed_end, seed_scales = seeds
    for i in range(gs.size):
        growth = np.where(seed_scales, gs[i] * seed_growth, seed_growth)
        for lane in range(active.size):
            if active[lane]:
                flow(ys[i, lane], high, low, gs[i], division, death, extra, sigma, switch, mutate,
                     seed_type, seed_rate, growth, seed_end, rtol)  # fmt: skip


def growth_nodes(doc: dict[str, Any], spacing: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Return growth speeds and their weights: an equal grid in z from -8 to 8, `spacing` apart in ln g."""
    sigma = (doc.get("growth_spread") or {}).get("sigma", 0.0)
    if sigma == 0:
        return np.ones(1), np.ones(1)
    z = np.linspace(-8, 8, 2 * math.ceil(8 / min(0.1, spacing / sigma)) + 1)
    weight = np.exp(-z * z / 2)
    return np.exp(sigma * z), weight / weight.sum()


def seen(n50: float | None) -> float:
    return 0.0 if n50 is None else -math.expm1(-math.log(2) / n50)


def rates(doc: dict[str, Any], site: int, day: float, hidden: bool) -> Rates:
    """Return the rates of a site just after `day`; `hidden` lesions make no symptoms."""
    epoch = doc["epochs"][0]
    for later in doc["epochs"]:
        if later["start"] <= day:
            epoch = later
    kinds = len(doc["types"])
    switch, mutate = np.zeros((kinds, kinds)), np.zeros((kinds, kinds))
    for row in doc.get("switching", []):
        switch[doc["types"].index(row["from"]), doc["types"].index(row["to"])] += row["rate"]
    for row in doc.get("mutation", []):
        mutate[doc["types"].index(row["from"]), doc["types"].index(row["to"])] += row["probability"]
    extra = epoch["extra_death"][site] if "extra_death" in epoch else [0.0] * kinds
    return Rates(np.array(epoch["division"][site], float), np.array(epoch["death"][site], float), np.array(extra, float),
                 0.0 if hidden else float(doc["symptoms"][site]), switch, mutate)  # fmt: skip


@dataclass
class Sums:
    """H and F of one sweep and their slopes in T: [growth node, lane]."""

    h: np.ndarray
    f: np.ndarray
    dh: np.ndarray
    df: np.ndarray


def sweep(doc: dict[str, Any], site: int, known: bool, gs: np.ndarray, lanes: list[Lane], rtol: float) -> Sums:
    """Carry every lane back through one site and add up its founders."""
    name, kinds, zero = doc["sites"][site], len(doc["types"]), doc.get("zero", 0.0)
    founders = [row for row in doc["founders"] if row["site"] == name and bool(row.get("known", False)) == known]
    seeds = [row for row in founders if "seeding" in row]
    out = Sums(*[np.zeros((gs.size, len(lanes))) for _ in range(4)])
    if not founders:
        return out
    ys = np.zeros((gs.size, len(lanes), 2 * kinds + 2 * len(seeds)))
    active = np.zeros(len(lanes), bool)
    first = min(row["seeding"]["from"] if "seeding" in row else row["time"] for row in founders)
    stops = {lane.horizon for lane in lanes} | {zero, first} | {row["time"] for row in founders if "time" in row}
    for key in ("pulses", "looks"):
        stops |= {row["time"] for row in doc.get(key, [])}
    stops |= {row["start"] for row in doc["epochs"]} | {row["seeding"][end] for row in seeds for end in ("from", "to")}
    last = max(lane.horizon for lane in lanes)
    stops = sorted((stop for stop in stops if first <= stop <= last), reverse=True)
    for here, below in zip(stops, [*stops[1:], None], strict=True):
        _start_lanes(doc, site, lanes, here, ys, active)
        _events(doc, site, known and here < zero, lanes, here, gs, ys, active)
        for row in founders:
            if row.get("time") == here:
                kind = doc["types"].index(row["type"])
                _add_founder(out, row, ys[:, :, kind], ys[:, :, kinds + kind])
        if below is None:
            break
        r = rates(doc, site, below, known and below < zero)
        running = [1.0 if row["seeding"]["from"] <= below and here <= row["seeding"]["to"] else 0.0 for row in seeds]
        table = (
            np.array([doc["types"].index(row["type"]) for row in seeds], np.int64),
            np.array([on * row["seeding"]["rate"] for on, row in zip(running, seeds, strict=True)], float),
            np.array([row["seeding"]["growth"] for row in seeds], float),
            np.array([row["seeding"]["to"] for row in seeds], float),
            np.array([bool(row["seeding"].get("growth_scales", 0)) for row in seeds], bool),
        )
        flow_lanes(ys, active, here, below, gs, r.division, r.death, r.extra, r.sigma, r.switch, r.mutate, table, rtol)
    out.h += ys[:, :, 2 * kinds : 2 * kinds + len(seeds)].sum(axis=2)
    out.dh += ys[:, :, 2 * kinds + len(seeds) :].sum(axis=2)
    return out


def _start_lanes(doc, site, lanes, here, ys, active):
    kinds = len(doc["types"])
    awake = np.array([name not in doc.get("dormant_types", []) for name in doc["types"]])
    for i, lane in enumerate(lanes):
        if lane.horizon == here:
            active[i] = True
            ys[:, i, :kinds] = {FREE: np.zeros(kinds), ALIVE: np.ones(kinds), AWAKE: awake.astype(float)}[lane.alive_counts]
            ys[:, i, kinds : 2 * kinds] = doc["symptoms"][site] if lane.tangent else 0.0


def _events(doc, site, hidden, lanes, here, gs, ys, active):
    """Apply the looks and then, going backward, the pulses of one moment."""
    kinds = len(doc["types"])
    for number, look in enumerate(doc.get("looks", [])):
        if look["time"] != here or hidden:
            continue
        c = seen(look["n50"][site])
        for i, lane in enumerate(lanes):
            counts = lane.horizon != here or lane.looks is None or (number, site) in lane.looks
            if active[i] and counts:
                ys[:, i, :kinds] = c + (1 - c) * ys[:, i, :kinds]
                ys[:, i, kinds : 2 * kinds] *= 1 - c
    for pulse in doc.get("pulses", []):
        if pulse["time"] == here:
            kill = np.array(pulse["log_kill"][site], float)[None, :]
            if "log_kill_growth" in pulse:
                kill = kill + gs[:, None] * np.array(pulse["log_kill_growth"][site], float)[None, :]
            survive = np.exp(-kill)[:, None, :]
            ys[:, :, :kinds] *= survive
            ys[:, :, kinds : 2 * kinds] *= survive


def _add_founder(out: Sums, row, psi, v):
    if "mean" in row:
        out.h += row["mean"] * psi
        out.dh += row["mean"] * v
    elif row["count"]:
        left = np.maximum(1 - psi, 1e-300)
        out.f -= row["count"] * np.log1p(-np.minimum(psi, 1 - 1e-16))
        out.df += row["count"] * v / left


@dataclass
class Swept:
    """Log of S and its slopes by site: [growth node, lane], weights [growth node]."""

    log_s: np.ndarray
    slopes: list[np.ndarray]
    weights: np.ndarray


def swept(doc: dict[str, Any], lanes: list[Lane], spacing: float, rtol: float) -> Swept:
    gs, weights = growth_nodes(doc, spacing)
    by_site = []
    for site in range(len(doc["sites"])):
        one, two = (sweep(doc, site, known, gs, lanes, rtol) for known in (False, True))
        by_site.append(Sums(one.h + two.h, one.f + two.f, one.dh + two.dh, one.df + two.df))
    h, f = sum(s.h for s in by_site), sum(s.f for s in by_site)
    shape = (doc.get("burden_spread") or {}).get("shape")
    log_s = -f - (h if shape is None else shape * np.log1p(h / shape))
    more = np.ones_like(h) if shape is None else 1 / (1 + h / shape)
    slopes = [np.exp(log_s) * (more * s.dh + s.df) for s in by_site]
    return Swept(log_s, slopes, weights)


def answer(doc: dict[str, Any], spacing: float = 0.02, rtol: float = RELATIVE_ERROR) -> dict[str, Any]:
    """Return recurred (1 - recurrence_free), recurrence_free, cured, inactive, active over the document's times."""
    times, zero = list(doc["times"]), doc.get("zero", 0.0)
    lanes = [Lane(zero, looks=frozenset())] + [Lane(t, kind) for t in times for kind in (FREE, ALIVE, AWAKE)]
    it = swept(doc, lanes, spacing, rtol)
    base = it.log_s[:, 0]
    denominator = it.weights @ np.exp(base)
    free, cured, resting = (it.log_s[:, 1 + kind :: 3] for kind in (FREE, ALIVE, AWAKE))
    recurred = it.weights @ (-np.exp(base)[:, None] * np.expm1(free - base[:, None])) / denominator
    n_free, n_cured, n_resting = (it.weights @ np.exp(x) for x in (free, cured, resting))
    return {
        "times": times,
        "recurred": recurred.tolist(),
        "recurrence_free": (n_free / denominator).tolist(),
        "cured": (n_cured / n_free).tolist(),
        "inactive": (n_resting / n_free - n_cured / n_free).tolist(),
        "active": (it.weights @ (-np.exp(free) * np.expm1(resting - free)) / n_free).tolist(),
        "denominator": float(denominator),
    }


def kind_of(doc: dict[str, Any], site: int) -> str:
    if "site_kinds" in doc:
        return doc["site_kinds"][site]
    return {"local": "local", "regional": "regional", "nodes": "regional"}.get(doc["sites"][site], "distant")


def steps_at(doc: dict[str, Any], day: float) -> list[tuple[int, int, str]]:
    """Return the (look, site, exam) of one moment in the order in which an event is called by them."""
    exams = list(dict.fromkeys(look.get("exam", "exam") for look in doc.get("looks", [])))
    here = [(number, look) for number, look in enumerate(doc.get("looks", [])) if look["time"] == day]
    sites = sorted(range(len(doc["sites"])), key=lambda s: (KIND_ORDER.index(kind_of(doc, s)), s))
    here.sort(key=lambda pair: exams.index(pair[1].get("exam", "exam")))
    return [(number, site, look.get("exam", "exam")) for site in sites for number, look in here if look["n50"][site] is not None]


def hazard(doc: dict[str, Any], cause: str, day: float) -> float:
    rate = 0.0
    for row in (doc.get("hazards") or {}).get(cause, []):
        if row["start"] <= day:
            rate = row["rate"]
    return rate


def others_survival(doc: dict[str, Any], day: float) -> float:
    """Return the share free of the competing causes from zero to `day`."""
    zero, total = doc.get("zero", 0.0), 0.0
    knots = {row["start"] for rows in (doc.get("hazards") or {}).values() for row in rows if zero < row["start"] < day}
    edges = sorted(knots | {zero, day})
    for low, high in zip(edges, edges[1:], strict=False):
        total += (high - low) * sum(hazard(doc, cause, low) for cause in ("other_death", "second_primary"))
    return math.exp(-total)


def panels(doc: dict[str, Any], pieces: float) -> list[tuple[float, float]]:
    """Return stretches from zero to the last time without an event inside, short where lesions can come into view."""
    zero, last = doc.get("zero", 0.0), max(doc["times"])
    edges = {zero, last} | set(doc["times"])
    for key in ("looks", "pulses"):
        edges |= {row["time"] for row in doc.get(key, [])}
    edges |= {row["start"] for row in doc["epochs"]}
    edges |= {row["start"] for rows in (doc.get("hazards") or {}).values() for row in rows}
    for row in doc["founders"]:
        edges |= {row["seeding"]["from"], row["seeding"]["to"]} if "seeding" in row else {row["time"]}
    edges = sorted(edge for edge in edges if zero <= edge <= last)
    tables = [(np.array(e["division"]), np.array(e["death"])) for e in doc["epochs"]]
    noticed = np.array(doc["symptoms"])[:, None]
    net = max(float(np.max(np.sqrt((b - d) ** 2 + 4 * b * noticed))) for b, d in tables)
    sigma = (doc.get("growth_spread") or {}).get("sigma", 0.0)
    longest = 4.0 / (pieces * net) if net > 0 else last - zero + 1
    out = []
    for low, high in zip(edges, edges[1:], strict=False):
        cut, length, number = low, longest * math.exp(-4 * sigma), 0
        while cut < high:
            number += length >= longest
            length = min(length * 1.6, longest) if number == 0 else length * (1.3 if number > 25 * pieces else 1.0)
            after = high if cut + 1.5 * length >= high else cut + length
            out.append((cut, after))
            cut = after
    return out


def incidence(doc: dict[str, Any], spacing: float = 0.03, rtol: float = 1e-11, pieces: float = 1.0) -> dict[str, Any]:
    """Return cumulative incidence by site, kind and route, of the other causes, and the share free of every event."""
    times, zero = list(doc["times"]), doc.get("zero", 0.0)
    stretches = panels(doc, pieces)
    x, w = np.polynomial.legendre.leggauss(NODES)
    rule = list(zip((x + 1) / 2, w / 2, strict=True))
    nodes = [(low + (high - low) * xi, (high - low) * wi, low) for low, high in stretches for xi, wi in rule]
    moments = sorted({look["time"] for look in doc.get("looks", []) if zero <= look["time"] <= max(times)})
    stairs = [(day, steps_at(doc, day)) for day in moments]
    lanes = [Lane(zero, looks=frozenset())] + [Lane(t, tangent=True) for t, _, _ in nodes]
    for day, steps in stairs:
        lanes += [Lane(day, looks=frozenset((n, s) for n, s, _ in steps[:j])) for j in range(len(steps) + 1)]
    lanes += [Lane(t) for t in times]
    it = swept(doc, lanes, spacing, rtol)
    mean = lambda values: it.weights @ values  # noqa: E731
    denominator = mean(np.exp(it.log_s[:, 0]))
    sites, exams = doc["sites"], list(dict.fromkeys(look.get("exam", "exam") for look in doc.get("looks", [])))
    routes = ["symptoms", *exams]
    found = np.zeros((len(sites), len(routes), len(times)))
    causes = {cause: np.zeros(len(times)) for cause in ("other_death", "second_primary")}
    late = np.array(times)
    share = mean(np.exp(it.log_s)) / denominator
    density = [mean(slope) / denominator for slope in it.slopes]
    for i, (t, width, low) in enumerate(nodes, start=1):
        others = others_survival(doc, t)
        for s in range(len(sites)):
            found[s, 0] += (late > t) * density[s][i] * others * width
        for cause in causes:
            causes[cause] += (late > t) * hazard(doc, cause, low) * share[i] * others * width
    at = 1 + len(nodes)
    for day, steps in stairs:
        for j, (_, site, exam) in enumerate(steps):
            before, after = it.log_s[:, at + j], it.log_s[:, at + j + 1]
            fall = mean(-np.exp(before) * np.expm1(after - before)) / denominator
            found[site, routes.index(exam)] += (late >= day) * fall * others_survival(doc, day)
        at += len(steps) + 1
    event_free = share[at:] * np.array([others_survival(doc, t) for t in times])
    kinds: dict[str, np.ndarray] = {}
    for s in range(len(sites)):
        kinds[kind_of(doc, s)] = kinds.get(kind_of(doc, s), 0) + found[s].sum(axis=0)
    return {
        "site": {name: found[s].sum(axis=0).tolist() for s, name in enumerate(sites)},
        "route": {name: found[:, r].sum(axis=0).tolist() for r, name in enumerate(routes)},
        "kind": {name: values.tolist() for name, values in kinds.items()},
        "causes": {cause: values.tolist() for cause, values in causes.items()},
        "event_free": event_free.tolist(),
        "sum": (found.sum(axis=(0, 1)) + sum(causes.values()) + event_free).tolist(),
    }
