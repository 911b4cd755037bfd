"""End points of trials by name, from what happened in each life: which events count, which end the time without counting.

Every end point is the day of the first event that counts, or of the first that ends the time (a death that does not count, the
last day). What is in neither list changes nothing: a second cancer that does not count is passed over.

Source
------
Colon: Cohen R et al. 2020, Eur J Cancer 130:63 (DATECAN), 10.1016/j.ejca.2020.02.009. Breast: Hudis CA et al. 2007, J Clin Oncol
25:2127 (STEEP), 10.1200/JCO.2006.10.3523; Tolaney SM et al. 2021, J Clin Oncol 39:2720 (STEEP 2.0), 10.1200/JCO.20.03613.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from remnant.errors import InputError
from remnant.reading import Floats

Name = Literal["dfs", "rfs", "ttr", "os"]
Definition = Literal["datecan", "steep"]
NAMES: tuple[str, ...] = get_args(Name)
DEFINITIONS: tuple[str, ...] = get_args(Definition)
RELAPSES = ("local", "regional", "distant")
DEATHS = ("death-disease", "death-treatment", "death-other", "death-second")
SECONDS = ("second-same", "second-other")
EVENTS = (*RELAPSES, *SECONDS, *DEATHS)
"""Second cancers are of the same organ (the other breast too), or of another one; a relapse of blood cancer counts as distant."""

COUNTS: dict[Definition, dict[Name, tuple[str, ...]]] = {
    "datecan": {
        # second cancers of the bowel count, those elsewhere do not
        "dfs": (*RELAPSES, "second-same", *DEATHS),
        "rfs": (*RELAPSES, *DEATHS),
        # deaths with or from the cancer; others end the time
        "ttr": (*RELAPSES, "death-disease"),
        "os": DEATHS,
    },
    "steep": {
        # invasive disease-free survival; there is nothing in situ here
        "dfs": (*RELAPSES, *SECONDS, *DEATHS),
        "rfs": (*RELAPSES, *DEATHS),
        # recurrence-free interval
        "ttr": (*RELAPSES, "death-disease"),
        "os": DEATHS,
    },
}
WORDS: dict[Name, str] = {
    "dfs": "disease-free survival", "rfs": "recurrence-free survival", "ttr": "time to recurrence", "os": "overall survival",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Histories:
    """[person] days on which things first happened, infinite for never, on the clock of the study."""

    days: dict[str, Floats]
    """By name in EVENTS; what is missing never happened to anybody."""
    last: float
    """The last day on which anybody is followed."""

    def __post_init__(self) -> None:
        for name in self.days:
            if name not in EVENTS:
                raise InputError("endpoints", f"an event must be one of {', '.join(EVENTS)}", name)


@dataclass(frozen=True, eq=False)
class Times:
    """[person] the day on which an end point's time ends, and whether by an event that counts."""

    day: Floats
    event: NDArray[np.bool_]


def counts(name: str, definition: str) -> tuple[str, ...]:
    """Return the events that count for an end point.

    Raises
    ------
    InputError
        If there is no such end point or definition.
    """
    for where, value, known in (("definition", definition, DEFINITIONS), ("endpoint", name, NAMES)):
        if value not in known:
            raise InputError(where, f"must be one of {', '.join(known)}", value)
    return COUNTS[definition][name]  # type: ignore[index]


def times_of(histories: Histories, name: str, definition: str) -> Times:
    """Return the times of an end point.

    Parameters
    ----------
    histories : Histories
    name : {"dfs", "rfs", "ttr", "os"}
        Disease-free, recurrence-free and overall survival, time to recurrence.
    definition : {"datecan", "steep"}
        Whose list of events.

    Raises
    ------
    InputError
        If there is no such end point or definition.
    """
    wanted = counts(name, definition)
    counted = _first(histories, wanted)
    ended = np.minimum(_first(histories, tuple(one for one in DEATHS if one not in wanted)), histories.last)
    # on one and the same day the event comes before the end
    return Times(np.minimum(counted, ended), counted <= ended)


def _first(histories: Histories, names: tuple[str, ...]) -> Any:
    days = [histories.days[name] for name in names if name in histories.days]
    return np.minimum.reduce(days) if days else np.inf


def histories_of(known: dict[str, Any], last: float) -> Histories:
    """Return histories from columns a person: days and names, as `simulate` and studies write them.

    Parameters
    ----------
    known : dict
        `recurrence` (day, infinite for none), `kind` it is called (name or None; second_primary where a rule takes it for one),
        `second` (day), `second_in_organ`, `second_kind` it is called (second_primary, or local where a rule takes it for a
        recurrence), `end` (day of death), `cause` (death-disease, death-treatment, death-other, death-second or None).
    last : float
        The last day.
    """
    kind, cause, second = (np.array(known[name], dtype=object) for name in ("kind", "cause", "second_kind"))
    kind = np.where(kind == "systemic", "distant", kind)
    same = np.asarray(known["second_in_organ"], dtype=bool)

    def on(day: Any, where: Any) -> Floats:
        return np.where(where, day, np.inf)

    days = {name: on(known["recurrence"], kind == name) for name in RELAPSES}
    days |= {name: on(known["end"], cause == name) for name in DEATHS}
    days["local"] = np.minimum(days["local"], on(known["second"], second == "local"))
    new = on(known["second"], second == "second_primary")
    days["second-same"] = np.minimum(on(new, same), on(known["recurrence"], kind == "second_primary"))
    days["second-other"] = on(new, ~same)
    return Histories(days, last)


def usual_definition(disease: str) -> Definition:
    """Return whose definition is used for a disease unless said: STEEP for breast cancer, DATECAN for the others."""
    return "steep" if disease.startswith("breast") else "datecan"
