"""The cells of a course: types, rates, and the founders that primary treatment leaves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remnant.disease import Disease, Extent
from remnant.errors import InputError
from remnant.quantity import UNITS, YEAR_DAYS, Quantity, sphere_cells
from remnant.resolve_treatment import Schedule, primary_kill
from remnant.timeline import Founder, Mutation, Seeding, Switch

if TYPE_CHECKING:
    from remnant.course import Course

SENSITIVE, RESTING, WOKEN, UNREACHED = "sensitive", "resting", "woken", "unreached"
WOKEN_TURNOVER = 2.0
"""Divisions of woken cells for each unit of net growth: half of them found a lineage that lives on. What rests is a deposit
that has proved it can live there (Willis et al. 2010 count 1 to 5 a woman after ten years), not a cell just landed."""
LONGEST_SEEDING_DAYS = 30 * YEAR_DAYS
NEGLIGIBLE_SEEDING = 20.0
"""Shedding is followed back to where it was e^-20 of what it is at the end."""


@dataclass(frozen=True)
class CellType:
    """A type of cell: what it resists, and whether it rests or is out of reach of radiation."""

    name: str
    resists: frozenset[str] = frozenset()
    rests: bool = False
    unreached: bool = False
    woken: bool = False
    speed: float = 1.0
    """Growth speed against sensitive cells."""


@dataclass(frozen=True)
class Biology:
    """Sites and types of a course with everything that does not depend on treatment; rates per day."""

    sites: tuple[str, ...]
    cell_types: tuple[CellType, ...]
    division: float
    growth: float
    """Net growth of sensitive cells."""
    speed_spread: float
    symptoms: tuple[float, ...]
    waking: tuple[Switch, ...]
    mutation: tuple[Mutation, ...]
    composition: dict[str, float]
    """Share of each awake type among founders."""

    @property
    def types(self) -> tuple[str, ...]:
        """Names of the types."""
        return tuple(one.name for one in self.cell_types)

    @property
    def dormant(self) -> tuple[str, ...]:
        """Names of those that rest."""
        return tuple(one.name for one in self.cell_types if one.rests)

    @property
    def established(self) -> float:
        """Chance that one sensitive cell founds a lineage that lives on: 1 - death / division."""
        return self.growth / self.division

    def divisions(self, cell: CellType) -> float:
        """Divisions per day of an awake type."""
        return WOKEN_TURNOVER * self.growth if cell.woken else self.division

    def death(self, cell: CellType) -> float:
        """Deaths per day of an awake type: faster growth comes from less loss."""
        return max(self.divisions(cell) - self.growth * cell.speed, 0.0)


def biology_of(course: Course, extent: Extent, schedule: Schedule) -> Biology:
    """Return the cells of a course."""
    disease = course.disease
    growth = math.log(2) / disease.cells.doubling_time.size
    division = disease.cells.division.size
    if not growth < division:
        where, allowed = "disease.cells.doubling_time", f"must be over ln 2 / division, {math.log(2) / division:.3g} days"
        raise InputError(where, allowed, str(disease.cells.doubling_time))
    sites = tuple(disease.places)
    cell_types, composition = _types(course, schedule, growth / division)
    density = disease.cells.density.size
    larger = disease.symptom_sizes.size if disease.symptom_sizes is not None else 1.0
    symptoms = tuple(growth / cells_of(place.symptoms, density, larger) for place in disease.places.values())
    waking = (Switch(RESTING, WOKEN, disease.dormancy.waking.size),) if _rests(disease) and disease.dormancy else ()
    return Biology(
        sites, cell_types, division, growth, disease.cells.speed_spread.size, symptoms, waking,
        _mutation(course, cell_types), composition,
    )  # fmt: skip


@dataclass(frozen=True)
class Sheds:
    """How a primary sheds until it is removed: it grows, and so does what it sheds, but for what treatment before took of it."""

    growth: float
    """Growth of the intensity per day at growth speed 1; 0 where the disease does not say how it sheds."""
    founders: float = 0.0
    """Founders a day, just before its end, for each lineage that would live on by the day of the operation."""
    stretches: tuple[tuple[float, float, float], ...] = ()
    """First day, last day, and intensity at that last day against what it is at the end without treatment."""


def sheds_of(course: Course, life: Biology, schedule: Schedule) -> Sheds:
    """Return how the primary of a course sheds.

    A primary that grows at r sheds founders at rate nu e^(r t), t < 0; each lives on with chance s = 1 - death/division, so
    lineages = nu s / r (Avanzini and Antal 2019, PLoS Comput Biol 15:e1007423).
    """
    if course.disease.shedding_doubling_time is None:
        return Sheds(0.0)
    rate = math.log(2) / course.disease.shedding_doubling_time.size
    start = -min(NEGLIGIBLE_SEEDING / rate, LONGEST_SEEDING_DAYS)
    delay = course.surgery.delay_days if course.surgery else 0.0
    stretches = tuple(
        (max(first, start), end, left * math.exp(rate * end))
        for first, end, left in primary_kill(course, schedule, start)
        if end > start
    )
    return Sheds(rate, rate / life.established * math.exp(rate * delay), stretches)


def founders(course: Course, extent: Extent, life: Biology, schedule: Schedule, found_early: bool = False) -> tuple[Founder, ...]:
    """Return the founders of a Timeline: what left the primary, what the operation left, or the disease itself.

    A primary that screening found early has shed as long before as it would have told: e^(-lead / shedding time) as much.
    """
    if course.disease.kind == "blood":
        return tuple(_systemic(course, extent, life, schedule))
    rows: list[Founder] = []
    sheds = sheds_of(course, life, schedule)
    if extent.spread is not None and extent.spread.size > 0:
        earlier = _shed_by_then(course.disease) if found_early else 1.0
        rows += _spread(course, extent.spread.size * earlier, life, sheds)
    return (*rows, *_local(course, extent, life, schedule, sheds))


def _types(course: Course, schedule: Schedule, established: float) -> tuple[tuple[CellType, ...], dict[str, float]]:
    disease, given = course.disease, schedule.drugs
    mechanisms = [
        name for name in disease.escapes if any(name in course.drugs[drug].defeated_by for drug in given if drug in course.drugs)
    ]
    shares = {name: _resistant_share(course, name, established) for name in mechanisms}
    # what every cell carries makes no type of its own
    always = frozenset(name for name in mechanisms if shares[name] >= 1)
    mechanisms = [name for name in mechanisms if name not in always]

    def speed_of(ways: Iterable[str]) -> float:
        return max((s.size for name in ways if (s := disease.escapes[name].speed) is not None), default=1.0)

    types, composition = [CellType(SENSITIVE, always, speed=speed_of(always))], {}
    # two mechanisms at once matter where each is common enough; three never do among founders
    for size in (1, 2):
        for combo in itertools.combinations(mechanisms, size):
            ways = always | {*combo}
            types.append(CellType("resistant-" + "-and-".join(combo), ways, speed=speed_of(ways)))
            composition[types[-1].name] = math.prod(shares[name] for name in combo)
    composition[SENSITIVE] = max(1 - sum(composition.values()), 0.0)
    radiation = disease.effects.radiation
    if (
        course.surgery is not None
        and schedule.fractions
        and radiation is not None
        and radiation.resistant is not None
        and radiation.resistant.size > 0
    ):
        types.append(CellType(UNREACHED, always, unreached=True))
    if _rests(disease):
        types += [CellType(WOKEN, always, woken=True), CellType(RESTING, always, rests=True)]
    return tuple(types), composition


def _resistant_share(course: Course, mechanism: str, established: float) -> float:
    """Return the share of a primary's cells that carry a mechanism.

    mutation / s * ln(M s), with M cells and s = 1 - death / division (Bozic et al. 2013, eLife 2:e00747)
    """
    escape = course.disease.escapes[mechanism]
    if escape.share is not None:
        return escape.share.size
    grown = max(_primary_cells(course) * established, math.e)
    return min(escape.mutation.size / established * math.log(grown), 1.0)


def _mutation(course: Course, types: tuple[CellType, ...]) -> tuple[Mutation, ...]:
    if not course.mutates:
        return ()
    known = {one.resists: one.name for one in types if not (one.rests or one.unreached or one.woken)}
    rows = []
    for one in types:
        if one.rests or one.unreached or one.woken:
            continue
        for name, escape in course.disease.escapes.items():
            target = known.get(one.resists | {name})
            if name not in one.resists and target is not None:
                rows.append(Mutation(one.name, target, escape.mutation.size))
    return tuple(rows)


def _rests(disease: Disease) -> bool:
    return disease.dormancy is not None and disease.dormancy.ratio.size > 0


def _resting_for_each(disease: Disease, growing: float, what: str) -> float:
    """Return how many rest for each that grows: ratio (growing / that of the first extent)^(steepness - 1)."""
    if disease.dormancy is None:
        return 0.0
    usual = next((one.size for extent in disease.extents.values() if (one := getattr(extent, what)) is not None), growing)
    if disease.dormancy.steepness is None or not min(growing, usual) > 0:
        return disease.dormancy.ratio.size
    return float(disease.dormancy.ratio.size * (growing / usual) ** (disease.dormancy.steepness.size - 1))


def _spread(course: Course, lineages: float, life: Biology, sheds: Sheds) -> list[Founder]:
    """Return what the primary has sent elsewhere: growing colonies of all ages, and cells that rest."""
    disease = course.disease
    places = {name: place.share.size for name, place in disease.places.items() if place.share is not None}
    total = sum(places.values())
    lineages *= _size_against_usual(course)
    rows: list[Founder] = []
    for site, share in places.items():
        rows += _seeded(site, lineages * share / total, life.composition, sheds)
        if _rests(disease):
            resting = lineages * share / total * _resting_for_each(disease, lineages, "spread") * WOKEN_TURNOVER
            rows.append(Founder(site, RESTING, time=0.0, mean=resting))
    return rows


def _seeded(site: str, lineages: float, composition: dict[str, float], sheds: Sheds) -> list[Founder]:
    """Return seeding rows whose lineages that would live on number `lineages` on the day of the operation."""
    return [
        Founder(site, name, seeding=Seeding(at_end * left, sheds.growth, first, end, growth_scales=True))
        for name, part in composition.items()
        if (at_end := lineages * sheds.founders * part) > 0
        for first, end, left in sheds.stretches
    ]


def shedding(course: Course, extent: Extent, life: Biology, schedule: Schedule) -> tuple[float, dict[str, float], float]:
    """Return how cancer at its first place sheds: the power of its cells it goes with, founders a day by site, and the primary.

    founders a day = rate (cells / primary)^power, power = primary doubling time / shedding doubling time; 0 for systemic disease.
    """
    disease = course.disease
    if disease.kind == "blood" or extent.spread is None or disease.primary_doubling_time is None:
        return 0.0, {}, 1.0
    if disease.shedding_doubling_time is None or disease.primary_cells is None:
        return 0.0, {}, 1.0
    rates: dict[str, float] = {}
    for row in _spread(course, extent.spread.size, life, sheds_of(course, life, schedule)):
        if row.seeding is not None and row.seeding.end == 0.0:
            rates[row.site] = rates.get(row.site, 0.0) + row.seeding.rate
    power = disease.primary_doubling_time.size / disease.shedding_doubling_time.size
    return power, rates, cells_of(disease.primary_cells, disease.cells.density.size)


def _shed_by_then(disease: Disease) -> float:
    if disease.screening_lead is None or disease.shedding_doubling_time is None:
        where, allowed = (
            "patient.screen_detected",
            f"must be 0: how much earlier screening finds {disease.name} is not known here",
        )
        raise InputError(where, allowed, "more")
    return float(2 ** (-disease.screening_lead.size / disease.shedding_doubling_time.size))


def _size_against_usual(course: Course) -> float:
    """Return by what a primary of this size has shed more than one of the usual size.

    Shedding doubles in Ts while the primary doubles in Tp, so it goes as cells^(Tp / Ts).
    """
    disease = course.disease
    if course.patient.size_mm is None or disease.primary_cells is None:
        return 1.0
    if disease.primary_doubling_time is None or disease.shedding_doubling_time is None:
        return 1.0
    usual = cells_of(disease.primary_cells, disease.cells.density.size)
    power = disease.primary_doubling_time.size / disease.shedding_doubling_time.size
    return float((_primary_cells(course) / usual) ** power)


def _local(course: Course, extent: Extent, life: Biology, schedule: Schedule, sheds: Sheds) -> list[Founder]:
    """Return what is left at the place of the primary: colonies around it that the operation missed, or the primary itself."""
    place = next(name for name, one in course.disease.places.items() if one.kind == "local")
    radiation = course.disease.effects.radiation
    beyond = radiation.resistant.size if UNREACHED in life.types and radiation and radiation.resistant else 0.0
    shares = {name: part * (1 - beyond) for name, part in life.composition.items()} | ({UNREACHED: beyond} if beyond else {})
    if course.surgery is not None:
        return _seeded(place, _left_by_margin(course, extent).size, shares, sheds)
    if course.disease.clonogens is None or not (schedule.fractions or schedule.doses):
        where, write = "surgery", "give an operation"
        raise InputError(where, "is required: nothing else removes the primary of this disease", "nothing", write)
    cells = course.disease.clonogens.size
    return [
        Founder(place, name, time=schedule.first_day, mean=cells * part, known=True)
        for name, part in shares.items()
        if cells * part > 0
    ]


def _left_by_margin(course: Course, extent: Extent) -> Quantity:
    residue, margin = course.disease.residue, course.surgery.margin if course.surgery else "R0"
    if margin == "R0" and extent.residue is not None:
        return extent.residue
    left: Quantity | None = getattr(residue, margin.lower(), None)
    if left is None:
        known = [m for m in ("R0", "R1", "R2") if getattr(residue, m.lower(), None) is not None]
        raise InputError(
            "surgery.margin", f"must be one of {', '.join(known)}: what other margins leave is not known here", margin
        )
    return left


def _systemic(course: Course, extent: Extent, life: Biology, schedule: Schedule) -> list[Founder]:
    if extent.burden is None:
        return []
    shares = dict(life.composition)
    if _rests(course.disease):
        shares[RESTING] = _resting_for_each(course.disease, extent.burden.size, "burden")
    sizes = {site: place.share.size if place.share is not None else 1.0 for site, place in course.disease.places.items()}
    total = sum(sizes.values())
    return [
        Founder(site, name, time=schedule.first_day, mean=extent.burden.size * sizes[site] / total * part, known=True)
        for site in life.sites
        for name, part in shares.items()
        if part > 0
    ]


def cells_of(size: Quantity, per_cm3: float, larger: float = 1.0) -> float:
    """Return cells from a number of cells or from a diameter, which is so many times larger than it says."""
    return size.size * larger**3 if UNITS[size.unit].measures == "cells" else sphere_cells(size.size * larger, per_cm3)


def _primary_cells(course: Course) -> float:
    """Return the cells of the primary: from the patient's size where it is known, else the disease's usual one."""
    density = course.disease.cells.density.size
    if course.patient.size_mm is not None:
        return sphere_cells(course.patient.size_mm, density)
    return cells_of(course.disease.primary_cells, density) if course.disease.primary_cells is not None else 0.0
