"""Ways round cells that pump drugs out: another drug, an inhibitor of the pump, or turn about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remnant import catalogue
from remnant.course import Course
from remnant.errors import InputError
from remnant.resolve_treatment import EFFLUX, acts_on
from remnant.treatment import Drug, Give, Regimen, Take

INHIBITOR = "ciclosporin"


@dataclass(frozen=True)
class WayRound:
    """A course for people whose cancer pumps drugs out, and what was done about it."""

    id: str
    words: str
    course: Course


def ways_round(course: Course) -> list[WayRound]:
    """Return the courses that may be compared for a cancer whose every cell pumps out the drugs P-glycoprotein carries.

    Parameters
    ----------
    course : Course
        Of the catalogue, with at least one drug the pump carries.

    Returns
    -------
    list of WayRound
        `no-pump`: the same course where cells have no pump; `pumped`: as written; `inhibitor`: with the pump inhibited;
        and where the cancer has a drug the pump does not carry, `non-substrate`: that drug in place of those it carries, and
        `alternation`: the two turn about, cycle by cycle.

    Raises
    ------
    InputError
        If no drug of the course is carried by the pump.
    """
    carried = [drug for regimen in course.regimen.values() for drug in regimen.drugs if course.drugs[drug].efflux_substrate]
    if not carried:
        given = ", ".join(drug for regimen in course.regimen.values() for drug in regimen.drugs) or "no drug"
        raise InputError("regimen", "must have a drug that the pump carries", given, "see `remnant catalogue drugs`")
    names = ", ".join(dict.fromkeys(carried))
    pumped = _pumping(course)
    ways = [
        WayRound("no-pump", "cells without the pump", course),
        WayRound("pumped", f"cells that pump out {names}", pumped),
        WayRound("inhibitor", "the pump inhibited", _with_inhibitor(pumped)),
    ]
    other = _not_carried(course)
    if other is not None:
        ways.append(WayRound("non-substrate", f"{other} in place of {names}", _instead(pumped, other, every=1)))
        ways.append(WayRound("alternation", f"{other} and {names} turn about", _instead(pumped, other, every=2)))
    return ways


def _pumping(course: Course) -> Course:
    certain: dict[str, Any] = {"value": 1.0, "unit": "share", "standing": "assumed", "why": "the people asked about"}
    never: dict[str, Any] = {"value": 0.0, "unit": "per division", "standing": "assumed", "why": "all have it already"}
    others = {name: one.model_dump() for name, one in course.disease.escapes.items() if name != EFFLUX}
    return course.replace("disease.escapes", others | {EFFLUX: {"mutation": never, "share": certain}})


def _with_inhibitor(course: Course) -> Course:
    drug = catalogue.Catalogue().drug(INHIBITOR)
    regimens = dict(course.regimen)
    name, regimen = next((n, r) for n, r in regimens.items() if any(course.drugs[d].efflux_substrate for d in r.drugs))
    # beside the drugs it protects; when it is taken does not matter, for it has no effect of its own
    taken = Take(drug=INHIBITOR, duration=1, unit="days")
    regimens[name] = regimen.model_copy(update={"take": (*regimen.take, taken)})
    return course.model_copy(update={"regimen": regimens, "drugs": {**course.drugs, INHIBITOR: drug}}).on(catalogue.Catalogue())


def _not_carried(course: Course) -> str | None:
    """Return the strongest drug known against this cancer that the pump does not carry and the course does not give."""
    shelf, given = catalogue.Catalogue(), {drug for regimen in course.regimen.values() for drug in regimen.drugs}
    known = [
        (effect.log_kill.size, name)
        for name, effect in course.disease.effects.drugs.items()
        if effect.log_kill is not None and name not in given and _passes(shelf.drug(name), course)
    ]
    return max(known)[1] if known else None


def _passes(drug: Drug, course: Course) -> bool:
    carried = drug.efflux_substrate or "chemotherapy" not in drug.classes
    return not carried and acts_on(course.disease, drug)


def _instead(course: Course, other: str, every: int) -> Course:
    """Return the course with another drug in place of those the pump carries, in every cycle or every other one."""
    drug = catalogue.Catalogue().drug(other)
    regimens = {name: _exchanged(course, one, drug, every) for name, one in course.regimen.items()}
    return course.model_copy(update={"regimen": regimens, "drugs": {**course.drugs, other: drug}}).on(catalogue.Catalogue())


def _exchanged(course: Course, regimen: Regimen, drug: Drug, every: int) -> Regimen:
    if not any(course.drugs[part.drug].efflux_substrate for part in regimen.give):
        return regimen
    parts: list[Give] = []
    turns: set[int] = set()
    for part in regimen.give:
        last = part.to_cycle or regimen.cycles or 1
        mine = [cycle for cycle in range(part.from_cycle, last + 1) if (cycle - part.from_cycle) % every == every - 1]
        if not course.drugs[part.drug].efflux_substrate:
            parts.append(part)
            continue
        kept = [cycle for cycle in range(part.from_cycle, last + 1) if cycle not in mine]
        parts += [part.model_copy(update={"from_cycle": cycle, "to_cycle": cycle}) for cycle in kept]
        turns |= {*mine}
    given = [
        Give(drug=drug.id, dose=drug.standard_dose, unit=drug.standard_unit, days=(1,), from_cycle=cycle, to_cycle=cycle)
        for cycle in sorted(turns)
        if drug.standard_dose is not None
    ]
    return regimen.model_copy(update={"give": (*parts, *given)})
