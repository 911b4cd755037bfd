"""Courses drawn at random from the catalogue: disease, stage, operation, treatment, follow-up, years free, years ahead."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from remnant import catalogue
from remnant.errors import RemnantError
from remnant.sentences import may_count

TRIES = 40


@dataclass(frozen=True)
class DrawnCourse:
    """A course that can be resolved, as a request would name it."""

    name: str
    changes: dict
    since: int
    years: int

    def __str__(self):
        changes = ", ".join(f"{path}={value}" for path, value in self.changes.items())
        return f"{self.name} since {self.since} to {self.years}: {changes or 'as usual'}"


def countable():
    from remnant.outlook import card_of

    return [name for name in catalogue.list_ids() if may_count({"course": card_of(catalogue.course(name))})]


def drawn_courses(count, seed, names=None):
    """Return so many different courses of diseases of which enough is known; those that cannot be are drawn again."""
    rng, names, found = Random(f"courses-{seed}"), names or countable(), {}
    while len(found) < count:
        one = _drawn(rng, rng.choice(names))
        found[str(one)] = one
    return list(found.values())


def _drawn(rng, name):
    for _ in range(TRIES):
        changes = _changes(rng, name)
        since = rng.choice([0, 0, 1, 2, 3, 5])
        years = since + rng.randint(3, 10)
        try:
            catalogue.course(name).replace_all(changes).replace("years", years).resolve([0.0, 365.25 * years])
        except RemnantError:
            continue
        return DrawnCourse(name, changes, since, years)
    return DrawnCourse(name, {}, since, years)


def _changes(rng, name):
    course, family = catalogue.course(name), name.split("/")[0]
    regimens = [one for one in catalogue.list_ids("regimens") if one.startswith(f"{family}/")]
    plans = [one for one in catalogue.list_ids("guidelines") if one.startswith((f"{family}/", f"{family}-"))]
    changes = {}
    if course.staging is not None and rng.random() < 0.6:
        changes["patient.stage"] = rng.choice(["I", "II", "III"])
    if rng.random() < 0.5:
        changes["regimen"] = rng.choice([[], *([one] for one in regimens)])
    if rng.random() < 0.5:
        changes["follow_up"] = rng.choice([None, *plans])
    if course.surgery is not None and rng.random() < 0.25:
        changes["surgery.margin"] = rng.choice(["R0", "R1"])
    if rng.random() < 0.3:
        changes["patient.age_years"] = rng.choice([45.0, 58.0, 71.0])
    return changes
