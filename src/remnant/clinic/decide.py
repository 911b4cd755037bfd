"""What is done when it comes back: rules a doctor can read, from type, place, size, earlier treatment and fitness to a goal."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remnant.description import Description, Id, Number
from remnant.quantity import Cells, Days, PerDivision, Rate, Ratio, Share

GOALS = ("cure", "control", "comfort")
ACTIONS = ("local", "line", "trial", "comfort")
KINDS = ("local", "regional", "distant", "systemic")
ENDS = ("death-disease", "death-other", "death-treatment", "death-second")
"""As causes are numbered in lives."""
DOES = {
    "local": "take out or destroy every lesion", "line": "give the next line of drugs", "comfort": "treat symptoms",
    "trial": "offer a clinical trial to those for whom there is one",
}  # fmt: skip
MOST_ECOG = 4
Count = Annotated[int, Field(ge=0, le=1000)]


class Local(Description):
    """Removal or destruction of every lesion that is seen: an operation, or radiation to each of them."""

    name: str
    places: tuple[Id | Literal["*"], ...]
    """Where it can be done; * for everywhere."""
    complete: Share
    """Chance that a treated lesion is gone; else one cell in a thousand of it is left."""
    feasible: Share | None = None
    """Share of people in whom what is seen can be treated as it lies: off vessels, enough of the organ left; None for all."""
    harms: Share | None = None
    """Chance of a serious side effect; None for none known."""
    deadly: Share | None = None
    """Chance of dying of it."""


class Line(Description):
    """One line of drugs for disease that is not taken out; lines are given in their order."""

    name: str
    drug_class: str
    """Lines of one class fail together; the next one is of another class."""
    responders: Share
    """Share of people in whom it works at all."""
    kill: Rate
    """Further deaths per day of cells that do not resist it."""
    at_most: Days
    """It is stopped after so long without progression."""
    ends: Share | None = None
    """Chance that nothing is left where it worked and was given to its end, as with a transplant; None for none."""
    harms: Share | None = None
    """Chance of a serious side effect over the line; None for none known."""
    deadly: Share | None = None
    """Chance of dying of it."""


class Trial(Line):
    """What is given in a clinical trial, as it is expected: no better than usual care until it has been shown to be."""

    takes_part: Share
    """Share of people for whom there is a trial, who may enter it and who do."""


class Palliative(Description):
    """Early palliative care: a team for symptoms and plans, beside treatment of the cancer."""

    takes_part: Share
    hazard: Ratio
    """Of death from the cancer, against the same care without it; 1 for no difference."""
    gain: Share | None = None
    """Of quality of life, added to that of the state."""


class Rule(Description):
    """When a rule holds, and what is done then; the first rule that holds decides."""

    do: Literal["local", "line", "trial", "comfort"]
    goal: Literal["cure", "control", "comfort"]
    kinds: tuple[Literal["local", "regional", "distant", "systemic"], ...] = ("local", "regional", "distant", "systemic")
    """Of the most advanced lesion seen."""
    most_lesions: Count | None = None
    most_mm: Annotated[Number, Field(gt=0)] | None = None
    """Of the largest."""
    treatable: bool = False
    """Whether every lesion seen must lie where local treatment can be done."""
    least_free_days: Days | None = None
    """Since the last treatment ended."""
    most_lines: Count | None = None
    """Lines given already, a trial counted."""
    least_lines: Count = 0
    palliative: bool = False
    """Whether early palliative care begins beside it."""
    most_local: Count | None = None
    """Times that lesions were taken out or destroyed already."""
    most_ecog: Annotated[int, Field(ge=0, le=MOST_ECOG)] = MOST_ECOG
    source: tuple[str, ...] = ()
    why: str = ""


class Utility(Description):
    """Quality of life, 1 for full health, by state."""

    free: Share
    """No cancer seen."""
    treated: Share
    """Under treatment of a recurrence."""
    comfort: Share
    """Cancer that is no longer treated."""
    harm: Share | None = None
    """Taken off for three months after each serious side effect."""


class Burden(Description):
    """How the body bears cancer that can be seen: one law for all that grow in lumps, one for leukaemia."""

    at_death: Ratio
    """A lesion so many times as large as one that tells in its place kills at the rate at which it would grow if small.
    People bear less in the brain than in the liver, as it tells sooner there."""
    slows_from: Cells
    """A lesion of so many cells grows half as fast as a small one in the median person: what vessels bring, the same for slow and
    fast tumours, goes as the square root of its cells."""
    source: tuple[str, ...] = ()


class SecondCancer(Description):
    """How people live with a second, new cancer after a first one."""

    diseases: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids or patterns of the first cancer."""
    survival: Share
    """Five years after the day on which it tells, against people without it; the hazard is constant: -ln(survival) / 5 a year.
    It counts from that day also where a test found it sooner, so that finding it sooner saves nobody by itself."""


class Burdens(Description):
    """The laws of burden, by kind of disease, and survival with a second cancer."""

    solid: Burden
    blood: Burden
    second: tuple[SecondCancer, ...] = ()
    """The first one whose pattern fits is taken; without one nobody dies of a second cancer."""


class Decisions(Description):
    """How a recurrence is worked up, treated and watched."""

    id: Id
    name: str
    diseases: tuple[str, ...]
    """Ids or patterns of the diseases it is for; none for rules that are asked for by name only."""
    workup: Days
    """From a suspicion to its proof."""
    biopsy_finds: Share
    """Chance that a biopsy of a recurrence is positive."""
    biopsy_again: Days
    """Until it is repeated after a negative one."""
    restaging: Annotated[tuple[Id, ...], Field(min_length=1)]
    """Exams done when it has come back, and at every visit after."""
    visits_on_treatment: Days
    visits_in_remission: Days
    ecog: Annotated[tuple[Share, ...], Field(min_length=MOST_ECOG + 1, max_length=MOST_ECOG + 1)]
    """Shares of people by ECOG grade 0 to 4 when it comes back; a heavy burden makes one grade more."""
    mutation: PerDivision
    """Chance per division of becoming resistant to the next line."""
    local: Local | None = None
    lines: tuple[Line, ...] = ()
    trial: Trial | None = None
    palliative: Palliative | None = None
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    utility: Utility | None = None
    new_primary: Literal["seer", "iarc", "martini-melamed"] = "seer"
    """Rule by which a second tumour in the same organ is named, where cells cannot tell."""
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(one.size for one in self.ecog) - 1) > 1e-6:
            raise ValueError("ecog shares must sum to 1")
        if self.local is None and any(rule.do == "local" for rule in self.rules):
            raise ValueError("a rule with do = local needs a [local] treatment")
        for name, needed in (("trial", "do = trial"), ("palliative", "palliative = true")):
            asked = any(rule.do == "trial" if name == "trial" else rule.palliative for rule in self.rules)
            if asked and getattr(self, name) is None:
                raise ValueError(f"a rule with {needed} needs a [{name}] table")
        last = self.rules[-1]
        if last != Rule(do="comfort", goal="comfort", palliative=last.palliative, source=last.source, why=last.why):
            raise ValueError("the last rule must be comfort without conditions, so that every case is decided")
        return self

    def sentences(self) -> list[str]:
        """Return the rules as sentences a doctor can check, in the order in which they are tried."""
        return [f"{i}. {_sentence(rule)}" for i, rule in enumerate(self.rules, 1)]


def _sentence(rule: Rule) -> str:
    conditions = []
    if rule.kinds != KINDS:
        conditions.append("the most advanced lesion is " + " or ".join(rule.kinds))
    if rule.most_lesions is not None:
        conditions.append(f"at most {rule.most_lesions} lesion{'s' if rule.most_lesions != 1 else ''}")
    if rule.most_mm is not None:
        conditions.append(f"none larger than {rule.most_mm:g} mm")
    if rule.treatable:
        conditions.append("all where local treatment can be done")
    if rule.least_free_days is not None:
        conditions.append(f"{rule.least_free_days.value:g} {rule.least_free_days.unit} or more since the last treatment")
    if rule.most_lines is not None:
        conditions.append(f"at most {rule.most_lines} line{'s' if rule.most_lines != 1 else ''} given before")
    if rule.least_lines:
        conditions.append(f"at least {rule.least_lines} line{'s' if rule.least_lines != 1 else ''} given before")
    if rule.most_local is not None:
        conditions.append(f"local treatment {_times(rule.most_local)} before")
    if rule.most_ecog < MOST_ECOG:
        conditions.append(f"ECOG 0 to {rule.most_ecog}" if rule.most_ecog else "ECOG 0")
    when = "If " + ", ".join(conditions) + ": " if conditions else "Otherwise: "
    beside = ", with early palliative care" if rule.palliative else ""
    return f"{when}{DOES[rule.do]}{beside}; the goal is {rule.goal}."


def _times(most: int) -> str:
    return {0: "never", 1: "at most once"}.get(most, f"at most {most} times")
