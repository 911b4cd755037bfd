"""Published results of theory beside what the exact engine gives for the same cells.

Resistance to two drugs (Bozic et al. 2013) and metastases of a growing primary (Avanzini and Antal 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from remnant.predict import solve
from remnant.timeline import Timeline

BOZIC = "Bozic I et al. 2013 eLife 2:e00747"
AVANZINI = "Avanzini S and Antal T 2019 PLoS Comput Biol 15:e1007423, as derived and simulated in the evidence notes"
DIVISION, DEATH, DEATH_ON_DRUG = 0.14, 0.13, 0.17
PER_SITE, SITES = 1e-9, 50
"""Mutation per base and division, and bases each of which defeats one drug."""
START_CELLS = 1e4
"""Cells from which a lesion is followed; those resistant before that are few enough to leave out."""
LONG_DAYS = 6000.0


@dataclass(frozen=True)
class Law:
    """One result of theory and the engine's."""

    id: str
    what: str
    source: str
    published: float
    model: float
    tolerance: float
    """Relative; the printed number has so many digits, or its simulation such an error."""

    @property
    def agrees(self) -> bool:
        """Whether the engine's number is the published one to its digits."""
        return abs(self.model - self.published) <= self.tolerance * abs(self.published)


def laws() -> list[Law]:
    """Return every result of theory with the engine's number."""
    lesions = (
        (8.5e8, 1, 0.677, "N22"), (1.6e9, 1, 0.881, "N20"), (1e9, 1, 0.74, "1e9"), (1e11, 0, 0.12, "1e11"),
        (2.6e11, 0, 0.283, "N1"),
    )  # fmt: skip
    found = []
    for cells, shared, printed, name in lesions:
        what = f"two drugs fail in a lesion of {cells:.2g} cells, {shared} mutation defeating both"
        # the table's patient N1 has 18 lesions, and two numbers are printed with two digits
        digits = 0.02 if name in ("N22", "N20") else 0.06
        found.append(Law(f"resistance-{name}", what, BOZIC, printed, two_drugs_fail(cells, shared), digits))
    for rate, name, simulated in ((1e-6, "few", 0.6930), (2e-4, "many", 1.000)):
        found.append(
            Law(f"metastases-{name}", f"any surviving metastasis, {rate:g} shed per cell and day", AVANZINI, simulated,
                any_metastasis(rate), 0.01)
        )  # fmt: skip
    return found


def two_drugs_fail(cells: float, shared: int) -> float:
    """Return the chance that two drugs at once do not clear a lesion that has grown to so many cells.

    Parameters
    ----------
    cells : float
        When treatment starts.
    shared : int
        Mutations that defeat both drugs; 0 for none.
    """
    each = PER_SITE * SITES
    types = ["00", "10", "01", "11"]
    second = each + PER_SITE * shared
    mutation = [("00", "10", each), ("00", "01", each), ("10", "11", second), ("01", "11", second)]
    if shared:
        mutation.append(("00", "11", PER_SITE * shared))
    days = math.log(cells / START_CELLS) / (DIVISION - DEATH)
    document = {
        "sites": ["local"], "types": types, "symptoms": [0.0], "zero": 0.0, "times": [LONG_DAYS],
        "mutation": [{"from": a, "to": b, "probability": p} for a, b, p in mutation],
        "founders": [{"site": "local", "type": "00", "time": -days, "count": int(START_CELLS)}],
        "epochs": [_epoch(-days, [DEATH] * 4), _epoch(0.0, [DEATH_ON_DRUG] * 3 + [DEATH])],
    }  # fmt: skip
    return 1.0 - float(solve(Timeline.from_dict(document)).cured[-1])


def any_metastasis(shed: float, cells: float = 1e5, growth: float = 0.012) -> float:
    """Return the chance that a primary removed at so many cells has left a metastasis that lives on (F3).

    1 - exp(-nu N lambda / (b r))
    """
    division, death = 0.14, 0.12
    document = {
        "sites": ["distant"], "types": ["metastatic"], "symptoms": [0.0], "zero": 0.0, "times": [LONG_DAYS],
        "epochs": [{"start": -4000.0, "division": [[division]], "death": [[death]]}],
        "founders": [{"site": "distant", "type": "metastatic",
                      "seeding": {"rate": shed * cells, "growth": growth, "from": -3000.0, "to": 0.0}}],
    }  # fmt: skip
    return 1.0 - float(solve(Timeline.from_dict(document)).cured[-1])


def _epoch(start: float, deaths: list[float]) -> dict[str, Any]:
    return {"start": start, "division": [[DIVISION] * 4], "death": [deaths]}
