"""A cancer in its own numbers: how its cells live, where it spreads, how it rests, resists and makes itself known."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from remnant.description import Description, Id
from remnant.quantity import (
    Cells,
    Days,
    Density,
    Gray,
    Kill,
    Lineages,
    PerDivision,
    PerGray,
    Rate,
    Ratio,
    Shape,
    Share,
    Size,
    Spread,
)

SPREAD_ROUTES = ("direct", "blood", "lymph", "systemic")


class CellLife(Description):
    """How the cells that are left behind live."""

    division: Rate
    """Divisions per awake cell; with doubling_time it gives deaths: death = division - ln 2 / doubling_time."""
    doubling_time: Days
    """Time in which what is left doubles: median over patients."""
    speed_spread: Spread
    """Spread of ln growth speed between patients; 0 for none."""
    growth_fraction: Share
    """Share of awake cells in the cycle at any moment: what phase-specific drugs can reach at one dose."""
    density: Density
    """Cells per cm3 of tumour: turns sizes into cells."""


class Place(Description):
    """A site where what is left may grow again."""

    kind: Literal["local", "regional", "distant", "systemic"]
    route: Literal["direct", "blood", "lymph", "systemic"]
    """How cells come there; direct: they never left."""
    share: Share | None = None
    """Share of the lineages that left the primary, None at its own place; of the burden of systemic disease, None for the
    same everywhere. Shares are scaled to sum to 1."""
    symptoms: Size
    """Mean size at which it makes itself known without any test."""


class Extent(Description):
    """How far the disease had gone when it was treated, and what that left behind."""

    label: str
    stages: tuple[str, ...] = ()
    """Stage groups it covers; III covers IIIA, IIIB and IIIC."""
    n: tuple[str, ...] = ()
    """N categories it covers; N1 covers N1a and N1mi. These go before stage groups."""
    spread: Lineages | None = None
    """Expected lineages elsewhere on the day of the operation that would live on; 0 for none."""
    residue: Lineages | None = None
    """The same at the place of the primary after clear margins, where it differs from the disease's own."""
    burden: Cells | None = None
    """Systemic disease: cells at diagnosis."""
    burden_spread: Shape | None = None
    """Gamma shape of what was left between its people, where it is a mixture of stages and so wider than the disease's own."""


class Residue(Description):
    """Expected lineages left at the place of an operated primary, by margin: colonies around it of all ages."""

    r0: Lineages
    r1: Lineages | None = None
    r2: Lineages | None = None


class Dormancy(Description):
    """Cells that rest when the primary is treated, and wake one by one."""

    ratio: Ratio
    """Resting lineages for each growing one; 0 for none."""
    waking: Rate
    """At which each resting cell wakes."""
    steepness: Ratio | None = None
    """Power of the growing lineages with which the resting ones go, from one extent and size to another: 1 unless given, so
    many for each growing one; less where cells that rest left early, while the primary was small; 0 for as many in everybody."""


class Escape(Description):
    """A way for cells to become resistant."""

    mutation: PerDivision
    """Chance per division that one daughter carries it."""
    share: Share | None = None
    """Share of founders that carry it already; None: from the size of the primary."""
    speed: Ratio | None = None
    """Growth speed against sensitive cells; None for the same."""


class Effect(Description):
    """What one drug does to the cells of this cancer."""

    log_kill: Kill | None = None
    """ln of cells before over after one standard dose, of cells it can reach."""
    growth_share: Share | None = None
    """Share of that kill in proportion to growth speed (Norton-Simon); None for none."""
    hold: Share | None = None
    """Share of divisions prevented while it is taken."""
    kill: Rate | None = None
    """Further deaths of awake cells while it is taken."""
    responders: Share | None = None
    """Share of people in whom it works at all; None for everybody."""


class Radiation(Description):
    """Kill per fraction of d Gy: alpha d + alpha / alpha_beta d^2."""

    alpha: PerGray
    alpha_beta: Gray
    resistant: Share | None = None
    """Share of local founders that the course of fractions does not reach in full (out of the field, at its edge)."""
    edge_dose: Share | None = None
    """Share of each fraction that these get; None for nothing."""


class Effects(Description):
    """What treatments do to the cells of a family of cancers; shared, so that no trial has numbers of its own."""

    id: Id
    name: str
    drugs: dict[Id, Effect]
    radiation: Radiation | None = None


class Disease(Description):
    """A cancer in its own numbers."""

    id: Id
    name: str
    kind: Literal["solid", "blood"]
    evidence: Literal["enough", "thin"]
    """thin: too little is known for a number to be shown to people without saying so."""
    note: str = ""
    carries: tuple[Id, ...] = ()
    """What its cells carry that some drugs need: see `Drug.needs`."""
    cells: CellLife
    places: dict[Id, Place]
    extents: dict[str, Extent]
    primary_doubling_time: Days | None = None
    """In which the primary doubles; systemic disease has none."""
    shedding_doubling_time: Days | None = None
    """In which the shedding of cells doubles while the primary grows: as the primary, or slower (from its surface)."""
    primary_cells: Size | None = None
    """Usual size of the primary when found: extents hold for it, and it gives the share of resistant founders."""
    screening_lead: Days | None = None
    """By how much earlier screening finds a primary; None where that is not known."""
    residue: Residue | None = None
    clonogens: Cells | None = None
    """Cells of an unoperated primary that could regrow it, when its treatment starts."""
    dormancy: Dormancy | None = None
    escapes: dict[Id, Escape] = {}
    effects: Effects
    burden_spread: Shape | None = None
    """Gamma shape of what was left, between people of one extent; None for no difference."""
    staging: tuple[Id, ...] = ()
    """Exams done before treatment, which saw nothing elsewhere."""
    symptom_sizes: Ratio | None = None
    """Sizes at which places tell, against those that stand there; None for the same."""
    second_primary: Rate | None = None
    """At which second cancers tell."""
    second_in: Id | None = None
    """Place whose tests see a second cancer before it tells; None: it is found when it tells."""
    second_in_organ: Share | None = None
    """Of second cancers, those in the same organ; None for all of them where `second_in` is given, else for none."""
    second_alike: Share | None = None
    """Of those, the same under the microscope; None for none."""
    other_deaths: Ratio | None = None
    """Deaths from other causes, against people of the same age; None for the same."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.extents:
            raise ValueError("at least one extent is required")
        for name, extent in self.extents.items():
            missing = "burden" if self.kind == "blood" else "spread"
            if getattr(extent, missing) is None:
                raise ValueError(f"extents.{name}.{missing} is required in a {self.kind} disease")
        needed = {"solid": ("primary_doubling_time", "shedding_doubling_time", "primary_cells", "residue"), "blood": ()}[
            self.kind
        ]
        for name in needed:
            if getattr(self, name) is None:
                raise ValueError(f"{name} is required in a solid cancer")
        return self

    @model_validator(mode="after")
    def _places_fit(self) -> Self:
        kinds = {place.kind for place in self.places.values()}
        if self.second_in is not None and self.second_in not in self.places:
            raise ValueError(f"second_in must be one of {', '.join(self.places)}")
        if self.kind == "blood" and kinds != {"systemic"}:
            raise ValueError("a disease of the blood has places of kind systemic only")
        if self.kind == "solid" and ("systemic" in kinds or "local" not in kinds):
            raise ValueError("a solid cancer has a local place and none of kind systemic")
        for name, place in self.places.items():
            if place.kind != "systemic" and (place.share is None) == (place.kind in ("regional", "distant")):
                raise ValueError(f"places.{name}.share is required at places cells travel to, and only there")
        if len({place.share is None for place in self.places.values() if place.kind == "systemic"}) > 1:
            raise ValueError("places of kind systemic have a share each, or none has")
        return self
