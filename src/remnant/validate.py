"""Published results beside what the model gives for the same people, and an honest score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remnant import catalogue
from remnant.catalogue.published import Target, targets
from remnant.description import nearest
from remnant.errors import InputError
from remnant.measures import arms, measure, people_of
from remnant.predict import solve_classes_roughly

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """One published result and the model's."""

    target: Target
    model: float

    @property
    def inside(self) -> bool:
        """Whether the model's number lies in the 95% interval of the published one."""
        low, high = self.target.interval
        return low <= self.model <= high

    @property
    def off(self) -> float:
        """Model less published, in standard errors of the published number."""
        return self.target.off(self.model)


@dataclass(frozen=True)
class Score:
    """How many of the published results the model meets."""

    fitted: int
    fitted_inside: int
    predicted: int
    predicted_inside: int
    sources: int


def validate(chosen: str | None = None, progress: Progress = lambda _: None) -> list[Checked]:
    """Return every published result with the model's number for the same people.

    Parameters
    ----------
    chosen : str, optional
        A disease, or the first part of its id; all unless given.
    progress : callable
        Told what is being done.

    Raises
    ------
    InputError
        If no published result belongs to it.
    """
    wanted = [t for t in targets() if chosen is None or t.disease == chosen or t.disease.split("/")[0] == chosen]
    if not wanted:
        known = sorted({name for t in targets() for name in (t.disease, t.disease.split("/")[0])})
        raise InputError("disease", "must be one with published results", chosen, nearest(str(chosen), known))
    found: list[Checked] = []
    for disease in dict.fromkeys(t.disease for t in wanted):
        progress(disease)
        found += _checked([t for t in wanted if t.disease == disease])
    order = {t.id: i for i, t in enumerate(targets())}
    return sorted(found, key=lambda one: order[one.target.id])


def score(checked: list[Checked]) -> Score:
    """Return how many results were fitted and predicted, how many of each lie inside, and from how many sources."""
    fitted = [one for one in checked if one.target.use == "fit"]
    predicted = [one for one in checked if one.target.use == "predict"]
    sources = {one.target.row.source for one in checked}
    return Score(
        len(fitted), sum(one.inside for one in fitted), len(predicted), sum(one.inside for one in predicted), len(sources)
    )


def _checked(wanted: list[Target]) -> list[Checked]:
    usual = {part.disease: catalogue.course(part.disease) for t in wanted for arm in arms(t) for part in arm}
    people = people_of(wanted, usual)
    solved = solve_classes_roughly([course.resolve(days) for _, course, days in people])
    outcomes = {part.key: outcome for (part, _, _), outcome in zip(people, solved, strict=True)}
    return [Checked(target, measure(target, outcomes)) for target in wanted]
