"""What a finished study says, as plain data: arms, differences, published numbers beside it, power, costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from remnant.errors import FolderError, InputError
from remnant.outcome import NORMAL_95
from remnant.quantity import YEAR_DAYS
from remnant.study.folder import Folder
from remnant.study.measured import BETWEEN_ARMS, Given, Measured, Name, Published
from remnant.study.money import COST, QUALITY, Money
from remnant.study.numbers import Estimate, between, lead_time, number, of_arm
from remnant.study.plan import StudyPlan, plan_of
from remnant.study.power import power_of
from remnant.study.tally import BATCHES, Batches, Counts, Layout, Tally, layout_of, parts
from remnant.study.worth import worth_of

Progress = Callable[[str], None]
COMPARED: tuple[Name, ...] = ("recurrence", "event-free", "exams", "scans", "false-alarms", "event-free-years")
CURVE_POINTS = 120
LARGEST_SHOWN_MM = 100
OF_ARM: tuple[Name, ...] = (
    "recurrence", "free", "event-free", "other-death", "second-primary", "median-time", "median-size",
    "growth-found-by-symptoms", "growth-found-by-exams", "exams",
    "exams-per-recurrence", "scans", "scans-per-recurrence", "false-alarms", "people-with-false-alarms", "event-free-years",
)  # fmt: skip
OF_LATER: tuple[Name, ...] = ("alive", "cancer-death", "life-years", "treated-for-cure", "median-after-recurrence")


def answer(folder: Folder, progress: Progress) -> dict[str, Any]:
    """Return the results of the study in a folder.

    Raises
    ------
    FolderError
        If it is not finished, or a part is not whole.
    """
    manifest = folder.manifest
    _check_finished(folder, progress)
    layout = layout_of(folder)
    plan = plan_of(layout.design)
    if plan.digest != manifest["digest"]:
        words = f"{folder.path} was made with another catalogue ({manifest['version']}, {manifest['digest'][:12]})"
        raise FolderError(f"{words}; read it with the version that made it, or run the study again in another folder")
    tallies = _count(folder, layout, Money(plan, layout), progress)
    progress("errors and comparisons")
    everybody = tallies[None]
    if not everybody.arms[0].total["people"]:
        came = f"nobody of {layout.design.patients:,} sampled"
        raise InputError("population.enter", "must leave somebody who enters", came, "sample more people or ask for less")
    return {
        "name": layout.design.name, "question": layout.design.question, "patients": layout.design.patients,
        "entered": int(everybody.arms[0].total["people"]), "level": plan.level,
        "years": layout.design.years_counted, "draws": layout.design.draws,
        "arms": [_arm(layout, everybody, i) for i in range(len(layout.design.arm))],
        "endpoints": _endpoints(layout, tallies), "against": _against(layout, everybody),
        "published": [_published(layout, tallies, one) for one in layout.design.published],
        "power": _power(layout, everybody), "money": _money(Money(plan, layout), everybody),
        "made": {name: manifest[name] for name in ("digest", "code", "version")} | {"seed": layout.design.seed},
    }  # fmt: skip


def _check_finished(folder: Folder, progress: Progress) -> None:
    chunks = folder.manifest["chunks"]
    for chunk in range(chunks):
        if chunk % 100 == 0:
            progress(f"checking parts: {chunk:,} of {chunks:,}")
        said = folder.complaint(chunk)
        if said is not None:
            what = "is not finished: a part is missing" if said == "missing" else f"has a part that is not whole: {said}"
            raise FolderError(f"{folder.path} {what}; run the study again with this folder, and only what is missing is done")


def _count(folder: Folder, layout: Layout, money: Money, progress: Progress) -> dict[Given | None, Tally]:
    wanted = [one.given for one in (*layout.design.endpoint, *layout.design.published)]
    tallies: dict[Given | None, Tally] = {given: Tally(layout, given) for given in dict.fromkeys([None, *wanted])}
    for part in parts(folder, layout, progress):
        sums = [money.of(i, rows, part.draw) for i, rows in enumerate(part.arms)]
        for tally in tallies.values():
            tally.add(part, sums)
    return tallies


def _arm(layout: Layout, everybody: Tally, arm: int) -> dict[str, Any]:
    """Return what becomes of people in one arm."""
    counts, design = everybody.arms[arm], layout.design
    whole = counts.total
    names = {"kind": dict.fromkeys(layout.site_kinds), "site": layout.sites, "route": layout.routes}
    asked = [Measured(measure=name) for name in (*OF_ARM, *(OF_LATER if design.aftermath else ()))]
    return {
        "name": design.arm[arm].name, "follow_up": _schedule_words(layout, arm), "why": design.arm[arm].why,
        "numbers": {one.measure: _shown(of_arm(one, layout, counts)) for one in asked},
        "shares": {
            by: {name: _shown(of_arm(Measured(measure="share", name=name), layout, counts)) for name in of}
            for by, of in names.items()
        },
        "exams": {
            name: {"per_person": number(Measured(measure="exams", name=name), layout, whole),
                   "false_alarms": float(whole["alarms"][layout.alarms.index(name)] / whole["people"])
                   if name in layout.alarms else None}
            for name in layout.exams if whole["exams"][layout.exams.index(name)] > 0
        },
        "curves": _curves(layout, whole), "sizes": _sizes(whole),
    }  # fmt: skip


def _schedule_words(layout: Layout, arm: int) -> str:
    follow_up = layout.design.arm[arm].follow_up
    if follow_up is None:
        return "as usual"
    return follow_up if isinstance(follow_up, str) else f"{len(follow_up)} kinds of visits of the study's own"


def _curves(layout: Layout, whole: Counts) -> dict[str, Any]:
    """Return incidence of first events over time, deaths and second cancers competing."""
    at = np.unique(np.linspace(0, layout.days - 1, CURVE_POINTS).astype(int))
    summed = np.cumsum(whole["day"], axis=1)[:, at] / whole["people"]
    found, other, second = summed
    return {
        "years": (at / YEAR_DAYS).tolist(), "recurrence": found.tolist(), "other_death": other.tolist(),
        "second_primary": second.tolist(), "event_free": (1 - summed.sum(axis=0)).tolist(),
    }  # fmt: skip


def _sizes(whole: Counts) -> dict[str, Any]:
    """Return the share of recurrences whose largest lesion is not above each size."""
    sizes = whole["size"].sum(axis=0)
    share = np.cumsum(sizes)[: LARGEST_SHOWN_MM + 1] / max(float(sizes.sum()), 1.0)
    return {"mm": list(range(LARGEST_SHOWN_MM + 1)), "not_above": share.tolist()}


def _endpoints(layout: Layout, tallies: dict[Given | None, Tally]) -> list[dict[str, Any]]:
    """Return each endpoint in every arm, and beside the first arm."""
    found = []
    for one in layout.design.endpoint:
        tally = tallies[one.given]
        arms = [] if one.measure in BETWEEN_ARMS else [_shown(of_arm(one, layout, counts)) for counts in tally.arms]
        gaps = [_gap(layout, tally, one, i) for i in range(1, len(tally.arms))]
        bands = _over_draws(layout, tally, one)
        found.append({"what": one.words, "measure": one.measure, "arms": arms, "against_first": gaps, "over_draws": bands})
    return found


def _over_draws(layout: Layout, tally: Tally, one: Measured) -> dict[str, Any] | None:
    """Return the 95% intervals of an endpoint over draws of the catalogue, in each arm and less the first; None without draws."""
    if not tally.draws or one.measure in BETWEEN_ARMS:
        return None
    values = np.array([[number(one, layout, counts) for counts in arms] for arms in tally.draws])
    return {
        "arms": [_quantiles(of) for of in values.T],
        "less_first": [_quantiles(of) for of in (values[:, 1:] - values[:, :1]).T],
    }  # fmt: skip


def _quantiles(values: Any) -> dict[str, Any]:
    if not np.isfinite(values).all():
        return {"low": None, "high": None}
    low, high = np.quantile(values, [0.025, 0.975])
    return {"low": float(low), "high": float(high)}


def _gap(layout: Layout, tally: Tally, one: Measured, arm: int) -> dict[str, Any]:
    if one.measure == "lead-time":
        mean, median = lead_time(tally.pairs[arm])
        return _shown(mean) | {"median": median}
    compare = "ratio" if one.measure == "hazard-ratio" else "difference"
    return _shown(between(one, layout, (tally.arms[arm], tally.arms[0]), compare))


def _against(layout: Layout, everybody: Tally) -> list[dict[str, Any]]:
    """Return each further arm beside the first."""
    found = []
    for arm in range(1, len(everybody.arms)):
        pair = everybody.pairs[arm].total
        mean, median = lead_time(everybody.pairs[arm])
        ratios = {
            endpoint: _gap(layout, everybody, Measured.model_validate({"measure": "hazard-ratio", "endpoint": endpoint}), arm)
            for endpoint in ("recurrence", "event-free", *(("death",) if layout.design.aftermath else ()))
        }
        gaps = {name: _gap(layout, everybody, Measured.model_validate({"measure": name}), arm) for name in COMPARED}
        found.append(
            {"arm": layout.design.arm[arm].name, "against": layout.design.arm[0].name, "hazard_ratio": ratios,
             "difference": gaps, "lead_time_years": _shown(mean) | {"median": median},
             "found_in_both": int(pair["both"]), "found_here_only": int(pair["here only"]),
             "found_there_only": int(pair["there only"])}
        )  # fmt: skip
    return found


def _published(layout: Layout, tallies: dict[Given | None, Tally], one: Published) -> dict[str, Any]:
    """Return a published number beside the study's."""
    tally, names = tallies[one.given], [arm.name for arm in layout.design.arm]
    arm = names.index(one.arm)
    if one.measure == "lead-time":
        estimate = _lead_between(layout, tally, one, names)
    elif one.against:
        estimate = between(one, layout, (tally.arms[arm], tally.arms[names.index(one.against)]), one.compare)
    else:
        estimate = of_arm(one, layout, tally.arms[arm])
    interval, row = one.interval, one.row
    inside = None if interval is None or one.sets_level else bool(interval[0] <= estimate.value <= interval[1])
    return {
        "what": one.words, "measure": one.measure, "compare": one.compare, "arm": one.arm, "against": one.against,
        "published": one.number, "interval": None if interval is None else list(interval), "study": _shown(estimate),
        "inside": inside, "evidence": one.evidence, "source": row.source, "link": row.link, "status": row.status,
        "sets_level": one.sets_level, "why": one.why, "miss": one.miss,
    }  # fmt: skip


def _lead_between(layout: Layout, tally: Tally, one: Published, names: list[str]) -> Estimate:
    """Return a lead time against any arm from those against the first one: where that is one of the two."""
    if names.index(one.against) == 0:
        return lead_time(tally.pairs[names.index(one.arm)])[0]
    if names.index(one.arm) == 0:
        found = lead_time(tally.pairs[names.index(one.against)])[0]
        return Estimate(-found.value, found.error)
    raise FolderError("published lead times must be against the first arm, or of it")


def _power(layout: Layout, everybody: Tally) -> list[dict[str, Any]]:
    names = [arm.name for arm in layout.design.arm]
    found = []
    for asked in layout.design.power:
        arms = (everybody.arms[names.index(asked.arms[0])].total, everybody.arms[names.index(asked.arms[1])].total)
        sizes = [asdict(one) for one in power_of(asked, arms, layout.design.seed)]
        found.append({"asked": asked.model_dump(mode="json"), "sizes": sizes})
    return found


def _money(money: Money, everybody: Tally) -> dict[str, Any]:
    design, unpriced = money.layout.design, money.unpriced
    names = [arm.name for arm in design.arm]
    found: dict[str, Any] = {
        "not_costed": unpriced, "currency": design.costs.currency if design.costs else "",
        "year": design.costs.year if design.costs else None, "source": list(design.costs.source) if design.costs else [],
        "discount": design.discount.model_dump() if design.discount else None,
    }  # fmt: skip
    whole = design.aftermath and design.utilities is not None and design.utilities.worth is not None
    found["quality_of"] = "to the end" if whole else "before a first event"
    found["spent_after"] = "each thing done" if design.aftermath and design.costs and design.costs.after else "one price"
    for key, told in ((COST, not unpriced), (QUALITY, design.utilities is not None)):
        if told:
            found[key] = [
                {
                    "arm": names[i],
                    **_shown(_mean(counts, key)),
                    "more": _shown(_mean_gap(counts, everybody.arms[0], key)) if i else None,
                }
                for i, counts in enumerate(everybody.arms)
            ]
    if COST in found and QUALITY in found and design.costs is not None and design.costs.year_is_worth and len(names) > 1:
        found["worth"] = worth_of(everybody, names, design.costs.year_is_worth)
    return found


def _mean(counts: Batches, key: str) -> Estimate:
    value = lambda c: float(c[key] / c["people"]) if c["people"] else math.nan  # noqa: E731
    return Estimate(value(counts.total), _spread([value(counts.without(b)) for b in range(BATCHES)]))


def _mean_gap(counts: Batches, other: Batches, key: str) -> Estimate:
    value = lambda c, o: float(c[key] / c["people"] - o[key] / o["people"])  # noqa: E731
    errors = [value(counts.without(b), other.without(b)) for b in range(BATCHES)]
    alone = math.hypot(_mean(counts, key).error, _mean(other, key).error)
    return Estimate(value(counts.total, other.total), _spread(errors), alone)


def _spread(values: list[float]) -> float:
    found = np.array(values)
    return float(np.sqrt((len(found) - 1) / len(found) * ((found - found.mean()) ** 2).sum()))


def _shown(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as plain data; None stands for what cannot be told."""
    value, error = estimate.value, estimate.error
    found: dict[str, Any] = {"value": _finite(value), "error": _finite(error)}
    found["low"], found["high"] = _finite(value - NORMAL_95 * error), _finite(value + NORMAL_95 * error)
    if estimate.unpaired_error is not None:
        found |= {"unpaired_error": _finite(estimate.unpaired_error), "variance_ratio": estimate.variance_ratio}
    return found


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def plan_in(path: str | Path) -> StudyPlan:
    """Return the plan of the study that lies in a folder."""
    from remnant.study.design import design_of

    return plan_of(design_of(Folder(Path(path)).manifest["study"]))
