"""The treatment of a course on its days: pulses that kill at a moment, epochs that act as long as a drug is taken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from remnant.disease import Disease, Effect
from remnant.errors import InputError
from remnant.reading import Floats, frozen
from remnant.timeline import Epoch, Pulse
from remnant.treatment import Drug, Give, Regimen

if TYPE_CHECKING:
    from remnant.course import Course
    from remnant.resolve_biology import Biology, CellType

USUAL_START_DAYS = {
    "adjuvant": 42.0,
    "long-term": 42.0,
    "maintenance": 28.0,
    "neoadjuvant": 28.0,
    "systemic": 0.0,
    "radical": 0.0,
}
"""Days between day 0 and the nearest end of a regimen, by its setting."""
BEFORE_ZERO = ("neoadjuvant", "systemic", "radical")
EFFLUX = "efflux"
"""Mechanism of cells that pump out every drug P-glycoprotein carries."""
REDUCED_DOSE = 0.75
"""Of a cycle that comes before counts are back (T1-010: 75% at 1.0 to 1.49 neutrophils per nl)."""
ONE_OCCASION_DAYS = 2
"""Doses of a cycle on days no further apart are one pulse,"""
LONGEST_OCCASION_DAYS = 7
"""but no longer than this: over weeks, cells that rested have entered the cycle."""
NO_EFFECT = Effect()


@dataclass(frozen=True)
class Dose:
    """A pulse of one drug, in standard doses."""

    day: float
    drug: str
    doses: float


@dataclass(frozen=True)
class Taken:
    """A stretch in which a drug is taken."""

    start: float
    end: float
    drug: str


@dataclass(frozen=True)
class Fraction:
    """A fraction of radiotherapy to some sites."""

    day: float
    gray: float
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Danger:
    """A stretch on treatment that some die of."""

    start: float
    end: float
    rate: float
    """Deaths per day: -ln(1 - share) over the days it lasts."""


@dataclass(frozen=True)
class Schedule:
    """Everything a course gives, on its own clock."""

    doses: tuple[Dose, ...]
    taken: tuple[Taken, ...]
    fractions: tuple[Fraction, ...]
    dangers: tuple[Danger, ...]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug given, each once."""
        return tuple(dict.fromkeys([*(one.drug for one in self.doses), *(one.drug for one in self.taken)]))

    @property
    def first_day(self) -> float:
        """Day of the first treatment; 0 where nothing is given before."""
        return min([0.0, *(one.day for one in self.doses), *(one.start for one in self.taken), *(f.day for f in self.fractions)])


def schedule_of(course: Course) -> Schedule:
    """Return the doses, stretches and fractions of a course.

    Raises
    ------
    InputError
        If a regimen does not fit the course: a drug without effect numbers, another unit of dose, a site that is not there.
    """
    doses: list[Dose] = []
    taken: list[Taken] = []
    fractions: list[Fraction] = []
    dangers: list[Danger] = []
    after = 0.0
    for name, regimen in course.regimen.items():
        length = _length(course, regimen)
        first = _first_day(course, regimen, length, after)
        doses += [dose for part in regimen.give for dose in _given(course, name, regimen, part, first)]
        for take in regimen.take:
            _effect(course, name, take.drug)
            taken.append(Taken(first + take.starts_day - 1, first + take.starts_day - 1 + take.duration_days, take.drug))
        for field in regimen.irradiate:
            sites = _sites_there(course, name, field.site)
            fractions += [Fraction(first + field.starts_day - 1 + day, field.fraction_gy, sites) for day in field.fraction_days]
        dangers += _dangers(regimen, first, length)
        # drugs in cycles and radiotherapy follow one another; what is taken for years runs beside them
        if regimen.setting == "adjuvant" and (regimen.give or regimen.irradiate):
            after = max(after, first + length)
    return Schedule(tuple(doses), tuple(taken), tuple(fractions), tuple(dangers))


def _dangers(regimen: Regimen, first: float, length: float) -> list[Danger]:
    if regimen.deaths is None or regimen.deaths.size == 0:
        return []
    end = max([first + length, *(first + take.starts_day - 1 + take.duration_days for take in regimen.take)]) + 1
    return [Danger(first, end, -math.log1p(-regimen.deaths.size) / (end - first))]


def epochs(course: Course, life: Biology, schedule: Schedule, fails: frozenset[str]) -> tuple[Epoch, ...]:
    """Return the epochs of a Timeline: rates change where a drug is begun or stopped."""
    days = sorted({schedule.first_day, 0.0, *(one.start for one in schedule.taken), *(one.end for one in schedule.taken)})
    rows: list[Epoch] = []
    before: list[tuple[float, float, float]] = []
    for day in days:
        active = [one.drug for one in schedule.taken if one.start <= day < one.end and one.drug not in fails]
        rates = [_rates(course, life, cell, active) for cell in life.cell_types]
        if rates != before:
            rows.append(Epoch(day, *(_everywhere(table, life) for table in zip(*rates, strict=True))))
        before = rates
    return tuple(rows)


def pulses(course: Course, life: Biology, schedule: Schedule, fails: frozenset[str]) -> tuple[Pulse, ...]:
    """Return the pulses of a Timeline: doses of one day together, fractions where they fall."""
    given = tuple(dose for dose in schedule.doses if dose.drug not in fails)
    powers = _powers(course, given)
    alike = {cell.resists: _kills(course, cell, given, powers) for cell in life.cell_types if not cell.rests}
    kills: list[dict[float, tuple[float, float]]] = [{} if cell.rests else alike[cell.resists] for cell in life.cell_types]
    days = sorted({day for of in kills for day, kill in of.items() if kill[0] > 0 or kill[1] > 0})
    # [day][type][flat, scaled], the same at every site
    table = np.array([[of.get(day, (0.0, 0.0)) for of in kills] for day in days]).reshape(len(days), len(kills), 2)
    everywhere = np.broadcast_to(table[:, None], (len(days), len(life.sites), len(kills), 2))
    rows = [Pulse(day, one[..., 0], one[..., 1]) for day, one in zip(days, everywhere, strict=True)]
    nothing = [0.0] * len(life.cell_types)
    never = _everywhere(nothing, life)
    for fraction in schedule.fractions:
        full, edge = _fraction_kill(course, fraction.gray), _fraction_kill(course, fraction.gray * _edge_dose(course))
        reached = [edge if cell.unreached else full for cell in life.cell_types]
        rows.append(Pulse(fraction.day, frozen([reached if site in fraction.sites else nothing for site in life.sites]), never))
    return tuple(sorted(rows, key=lambda row: row.time))


def _everywhere(of_types: Sequence[float], life: Biology) -> Floats:
    """Return [site][type] numbers that are the same at every site."""
    return frozen([of_types] * len(life.sites))


def primary_kill(course: Course, schedule: Schedule, start: float) -> list[tuple[float, float, float]]:
    """Return stretches until day 0 with the share of the primary that treatment before it has left: it sheds in proportion."""
    local = {name for name, place in course.disease.places.items() if place.kind == "local"}
    cycling = course.disease.cells.growth_fraction.size
    powers = _powers(course, schedule.doses)
    kills: dict[float, float] = {}
    for dose in schedule.doses:
        kills[dose.day] = kills.get(dose.day, 0.0) + sum(_strength(powers[dose.drug], dose, cycling)[:2])
    for fraction in schedule.fractions:
        if local & {*fraction.sites}:
            kills[fraction.day] = kills.get(fraction.day, 0.0) + _fraction_kill(course, fraction.gray)
    edges = [start, *sorted(day for day in kills if day < 0), 0.0]
    left, rows = 1.0, []
    for i, (first, end) in enumerate(zip(edges, edges[1:], strict=False)):
        left *= math.exp(-kills[first]) if i > 0 else 1.0
        rows.append((first, end, left))
    return rows


def _edge_dose(course: Course) -> float:
    """Return the share of a fraction that cells out of the field get."""
    radiation = course.disease.effects.radiation
    return radiation.edge_dose.size if radiation is not None and radiation.edge_dose is not None else 0.0


def _fraction_kill(course: Course, gray: float) -> float:
    """Return alpha d + beta d^2 of a fraction of d Gy."""
    radiation = course.disease.effects.radiation
    if radiation is None:
        raise InputError("disease.effects.radiation", "is required where radiotherapy is given", "nothing")
    return radiation.alpha.size * gray * (1 + gray / radiation.alpha_beta.size)


def _length(course: Course, regimen: Regimen) -> float:
    """Return the days from the first to the last thing a regimen gives."""
    later = _marrow(course, regimen)[0]
    ends = [0.0]
    for part in regimen.give:
        ends.append(max(regimen.cycle_starts(part), default=0.0) * later + max(part.days) - 1)
    ends += [take.starts_day - 1 + take.duration_days for take in regimen.take if regimen.setting in BEFORE_ZERO]
    ends += [field.starts_day - 1 + field.fraction_days[-1] for field in regimen.irradiate]
    return max(ends)


def _first_day(course: Course, regimen: Regimen, length: float, after: float) -> float:
    gap = USUAL_START_DAYS[regimen.setting] if regimen.starts_after_days is None else regimen.starts_after_days
    if regimen.setting in BEFORE_ZERO:
        if regimen.setting == "neoadjuvant" and course.surgery is None:
            raise InputError(f"regimen.{regimen.id}", "is given before an operation, and this course has none", regimen.setting)
        return -gap - length
    return after + 21 if after > 0 and regimen.starts_after_days is None else gap


def _given(course: Course, name: str, regimen: Regimen, part: Give, first: float) -> list[Dose]:
    drug = course.drugs.get(part.drug)
    if drug is None:
        raise InputError(f"drugs.{part.drug}", f"is required by regimen {name}", "nothing")
    if _effect(course, name, part.drug).log_kill is None or drug.standard_dose is None:
        return []
    if drug.standard_unit != part.unit:
        where = f"regimen.{name}.give: {part.drug}"
        raise InputError(where, f"must be in {drug.standard_unit}, the unit its effect is stated in", part.unit)
    occasions: list[list[int]] = []
    for day in sorted(part.days):
        if occasions and day - occasions[-1][-1] <= ONE_OCCASION_DAYS and day - occasions[-1][0] < LONGEST_OCCASION_DAYS:
            occasions[-1].append(day)
        else:
            occasions.append([day])
    later, less = _marrow(course, regimen)
    return [
        Dose(first + start * later + days[0] - 1, part.drug, part.dose * len(days) / drug.standard_dose * (less if start else 1))
        for start in regimen.cycle_starts(part)
        for days in occasions
    ]


def _marrow(course: Course, regimen: Regimen) -> tuple[float, float]:
    """Return by what the spacing of cycles is stretched, and by what their doses are multiplied after the first."""
    needs = course.marrow_needs(regimen)
    length = float(regimen.cycle_days or 1)
    if course.marrow == "ignored" or needs is None or needs[0] <= length:
        return 1.0, 1.0
    return (needs[0] / length, 1.0) if course.marrow == "waits" else (1.0, REDUCED_DOSE)


def effect_of(course: Course, drug: str) -> Effect:
    """Return what a drug of the course does to this cancer: nothing where its cells lack what the drug needs."""
    known = course.disease.effects.drugs.get(drug, NO_EFFECT)
    return known if acts_on(course.disease, course.drugs[drug]) else NO_EFFECT


def acts_on(disease: Disease, drug: Drug) -> bool:
    """Return whether the cells of a disease carry what a drug needs."""
    return drug.needs is None or drug.needs in disease.carries


def defeated(course: Course, cell: CellType, drug: str) -> bool:
    """Return whether a type of cell withstands a drug; what pumps drugs out cannot while its pump is inhibited."""
    ways = cell.resists & set(course.drugs[drug].defeated_by)
    if EFFLUX in ways and any(course.drugs[name].inhibits_efflux for name in _given_drugs(course)):
        ways -= {EFFLUX}
    return bool(ways)


def _given_drugs(course: Course) -> list[str]:
    return [name for regimen in course.regimen.values() for name in regimen.drugs if name in course.drugs]


def _effect(course: Course, regimen: str, drug: str) -> Effect:
    effects = course.disease.effects
    if drug in course.drugs and course.drugs[drug].inhibits_efflux and drug not in effects.drugs:
        return NO_EFFECT
    if drug not in effects.drugs:
        where, known = f"regimen.{regimen}: {drug}", ", ".join(effects.drugs) or "none"
        raise InputError(where, f"what it does to {course.disease.name} is not known; known are {known}", drug)
    return effect_of(course, drug)


def _sites_there(course: Course, regimen: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    for site in wanted:
        if site not in course.disease.places:
            where = f"regimen.{regimen}.irradiate.site"
            raise InputError(where, f"must be among the places of this disease, {', '.join(course.disease.places)}", site)
    return wanted


@dataclass(frozen=True)
class Power:
    """What a standard dose of a drug does to cells that do not withstand it."""

    log_kill: float
    """Of cells it reaches; 0 for none."""
    in_cycle_only: bool
    scaled: float
    """Share of the log-kill that goes with growth speed."""


def _powers(course: Course, doses: Iterable[Dose]) -> dict[str, Power]:
    """Return what each drug does: read once, for it is given many times."""
    powers = {}
    for drug in dict.fromkeys(dose.drug for dose in doses):
        effect = effect_of(course, drug)
        powers[drug] = Power(
            effect.log_kill.size if effect.log_kill is not None else 0.0, course.drugs[drug].phase != "none",
            effect.growth_share.size if effect.growth_share is not None else 0.0,
        )  # fmt: skip
    return powers


def _kills(course: Course, cell: CellType, doses: tuple[Dose, ...], powers: dict[str, Power]) -> dict[float, tuple[float, float]]:
    """Return by day the log-kill of a type that does not rest, and that per unit of growth speed.

    A phase-specific drug reaches only cells in the cycle, a share c: survival = 1 - c + c e^-kill, and of those that survive
    c e^-kill / survival are still in it. Cells come back into the cycle as often as they divide:
    c(t) = G - (G - c) e^(-division t).
    """
    kills: dict[float, tuple[float, float]] = {}
    usual = cycling = course.disease.cells.growth_fraction.size
    division, last = course.disease.cells.division.size, -math.inf
    withstood = {drug for drug in powers if defeated(course, cell, drug)}
    for dose in sorted(doses, key=lambda one: one.day):
        if dose.day > last:
            cycling = usual - (usual - cycling) * math.exp(-division * (dose.day - last))
            last = dose.day
        if dose.drug not in withstood:
            flat, scaled, cycling = _strength(powers[dose.drug], dose, cycling)
            before = kills.get(dose.day, (0.0, 0.0))
            kills[dose.day] = before[0] + flat, before[1] + scaled
    return kills


def _strength(power: Power, dose: Dose, cycling: float) -> tuple[float, float, float]:
    """Return the log-kill of a dose, that per unit of growth speed, and the share of survivors that is in the cycle."""
    kill = power.log_kill * dose.doses
    if power.in_cycle_only and kill > 0:
        left = math.exp(-kill)
        survival = 1 - cycling + cycling * left
        kill, cycling = -math.log(survival), cycling * left / survival
    return kill * (1 - power.scaled), kill * power.scaled, cycling


def _rates(course: Course, life: Biology, cell: CellType, active: list[str]) -> tuple[float, float, float]:
    """Return divisions, deaths and further deaths per day of a type while some drugs are taken."""
    if cell.rests:
        return 0.0, 0.0, 0.0
    kept, further = 1.0, 0.0
    for name in active:
        if defeated(course, cell, name):
            continue
        effect = effect_of(course, name)
        kept *= 1 - effect.hold.size if effect.hold is not None else 1.0
        further += effect.kill.size if effect.kill is not None else 0.0
    # what is held back of growth is the same for cells of any turnover
    return max(life.divisions(cell) - life.division * (1 - kept), 0.0), life.death(cell), further
