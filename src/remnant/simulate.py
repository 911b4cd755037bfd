"""Whole lives on a course of care: first finding, what it is called, what is done about it, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from remnant.catalogue.decisions import decisions_for, with_restaging
from remnant.catalogue.shelf import burdens
from remnant.clinic.classify import Rule, called, called_second, named, restaged
from remnant.clinic.decide import ACTIONS, ENDS, GOALS, Decisions
from remnant.course import Course
from remnant.endpoints import Times, histories_of, times_of, usual_definition
from remnant.errors import InputError
from remnant.quantity import YEAR_DAYS
from remnant.reading import Floats
from remnant.spent import STATES, Spent, quality_years, worth_of
from remnant.timeline import COMPETING_CAUSES

DAYS_IN = tuple(f"days_{one}" for one in STATES)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Lives of people on one course, and what happened in them."""

    course: Course
    decisions: Decisions
    people: Any
    """pyarrow.Table, a row a patient"""
    events: Any
    """pyarrow.Table, a row an event, in order"""

    def story(self, patient: int) -> list[str]:
        """Return one line for each event of a patient.

        Raises
        ------
        InputError
            If nobody has this number.
        """
        import pyarrow.compute as pc

        who = self.people.filter(pc.equal(self.people["patient"], patient)).to_pylist()
        if not who:
            raise InputError("patient", "must be the number of one of these patients", patient)
        rows = self.events.filter(pc.equal(self.events["patient"], patient)).to_pylist()
        name, stage = self.course.disease.name, self.course.patient.stage or "not said"
        lines = [f"day 0: primary treatment of {name[:1].lower()}{name[1:]} ends; stage {stage}"]
        lines += [f"day {row['day']:,.0f}: {_words(self, row)}" for row in rows]
        return lines if who[0]["end"] is not None else [*lines, f"day {self.course.years * YEAR_DAYS:,.0f}: alive"]

    def endpoint(self, name: str, definition: str = "") -> Times:
        """Return the times of a trial's end point: the day on which each person's time ends, and whether by an event that counts.

        Parameters
        ----------
        name : {"dfs", "rfs", "ttr", "os"}
        definition : {"datecan", "steep"}
            STEEP for breast cancer and DATECAN for the others unless given.

        Raises
        ------
        InputError
            If there is no such end point or definition.
        """
        table = self.people
        days = {
            name: days_of(table[at]) for name, at in (("recurrence", "recurrence"), ("second", "second_primary"), ("end", "end"))
        }
        words = {"kind": "called", "second_kind": "second_called", "cause": "end_cause"}
        known = days | {name: table[at].to_pylist() for name, at in words.items()}
        known["second_in_organ"] = table["second_in_organ"].fill_null(False).to_numpy()
        histories = histories_of(known, self.course.years * YEAR_DAYS)
        return times_of(histories, name, definition or usual_definition(self.course.disease.id))


def days_of(column: Any) -> Floats:
    """Return the days of a column of a table; infinite where there are none."""
    days: Floats = np.nan_to_num(column.to_numpy(zero_copy_only=False).astype(float), nan=np.inf)
    return days


def simulate(course: Course, patients: int, seed: int, decisions: Decisions | None = None) -> Simulated:
    """Return whole lives of people on a course of care.

    Parameters
    ----------
    course : Course
    patients : int
        How many, 1 or more.
    seed : int
        0 or more; the same seed gives the same lives.
    decisions : Decisions, optional
        Rules for what is done when it comes back; the catalogue's for the disease unless given.

    Returns
    -------
    Simulated

    Raises
    ------
    InputError
        If something given is not allowed.
    """
    import pyarrow as pa

    from remnant.predict import shared_out
    from remnant.resolve_aftermath import after_of
    from remnant.sampler.after_tables import events_table, follow_lives, looking
    from remnant.sampler.sample import lives_of, whole

    rules = decisions or decisions_for(course.disease.id)
    full = with_restaging(course, rules)
    after, classes = after_of(full, rules, burdens()), full.resolve()
    counts = shared_out(whole("patients", patients, 1, 10**9), classes)
    first, people, events = 0, [], []
    for (_, timeline), count in zip(classes, counts, strict=True):
        numbers = np.arange(first, first + count)
        lives = lives_of(timeline, count, seed, first)
        found, log = follow_lives(looking(after, timeline), lives, seed, numbers)
        people.append(_people(found, lives, timeline, numbers, rules))
        events.append(events_table(log, timeline.sites, numbers))
        first += count
    return Simulated(full, rules, pa.concat_tables(people, promote_options="permissive").unify_dictionaries(),
                     pa.concat_tables(events).unify_dictionaries())  # fmt: skip


def _people(found: Any, lives: Any, timeline: Any, numbers: Any, rules: Decisions) -> Any:
    import pyarrow as pa

    from remnant.sampler.histories import named as coded

    proved, dead = np.isfinite(found.confirmed), np.isfinite(found.end)
    # a second cancer does not keep people from being followed, death does
    suspected = lives.day < np.minimum(lives.cause_days[:, COMPETING_CAUSES.index("other_death")], found.end)
    kinds = list(dict.fromkeys(timeline.site_kinds))
    kind_at = np.array([*(kinds.index(kind) for kind in timeline.site_kinds), -1])[found.site]
    table = {
        "patient": pa.array(numbers), "suspected": pa.array(lives.day, mask=~suspected),
        "recurrence": pa.array(found.confirmed, mask=~proved), "site": coded(timeline.sites, found.site),
        "kind": coded(kinds, kind_at), "lesions": pa.array(found.lesions, pa.int32(), mask=~proved),
        "largest_mm": pa.array(found.largest_mm, mask=~proved), "goal": coded(GOALS, found.goal),
        "lines": pa.array(found.lines, pa.int32()), "end": pa.array(found.end, mask=~dead), "end_cause": coded(ENDS, found.cause),
        "again": pa.array(found.again, mask=~np.isfinite(found.again)), "side_effects": pa.array(found.harms, pa.int32()),
        "trial": pa.array(found.done[:, ACTIONS.index("trial")] > 0), "supported": pa.array(found.days[:, 3] > 0),
        "called": _called(rules.new_primary, [kinds[i] if i >= 0 else "" for i in kind_at.tolist()], found),
    } | _second(rules.new_primary, found)  # fmt: skip
    if rules.utility is not None:
        gain = rules.palliative.gain if rules.palliative is not None else None
        worth = worth_of(rules.utility, gain.size if gain is not None else 0.0)
        spent = Spent(found.days, found.moments, found.done, found.done_days, found.harms)
        table["quality_years"] = pa.array(quality_years(spent, worth))
    return pa.table(table | {name: pa.array(found.days[:, i]) for i, name in enumerate(DAYS_IN)})


def _called(rule: Rule, kinds: list[str], found: Any) -> Any:
    import pyarrow as pa

    rows = zip(kinds, found.lesions.tolist(), found.confirmed.tolist(), strict=True)
    names = [called(rule, kind, lesions, day / YEAR_DAYS) if kind else None for kind, lesions, day in rows]  # type: ignore[arg-type]
    return pa.array(names, pa.string()).dictionary_encode()


def _second(rule: Rule, found: Any) -> dict[str, Any]:
    """Return when a second cancer was found, whether by a test, and what it is called."""
    import pyarrow as pa

    there = np.isfinite(found.second)
    rows = zip(found.second.tolist(), found.second_alike.tolist(), there.tolist(), strict=True)
    names = [called_second(rule, alike > 0, alike > 1, day / YEAR_DAYS) if has else None for day, alike, has in rows]
    return {
        "second_primary": pa.array(found.second, mask=~there),
        "second_by_test": pa.array(found.second_by >= 0, mask=~there),
        "second_in_organ": pa.array(found.second_alike > 0, mask=~there),
        "second_called": pa.array(names, pa.string()).dictionary_encode(),
    }


SAID = {
    "suspected": "something is found: {where}",
    "biopsy-negative": "biopsy negative; it is repeated",
    "recurrence": "proved: {called}; {where}",
    "local-treatment": "{local}: {where}",
    "line": "{line} begins",
    "comfort": "care for symptoms; no further treatment of the cancer",
    "response": "it has shrunk: {where}",
    "none-seen": "nothing is seen any more",
    "progression": "it has grown: {where}",
    "line-ends": "the drugs are stopped",
    "death-disease": "dies of the cancer",
    "death-other": "dies of another cause",
    "second-primary": "a second, new cancer is found",
    "trial": "a clinical trial begins",
    "palliative-care": "early palliative care begins, beside treatment",
    "side-effect": "a serious side effect",
    "death-treatment": "dies of the treatment",
    "death-second": "dies of the second cancer",
    "test-negative": "a test that decides is negative",
    "test-positive": "a test that decides is positive",
}


def _words(lives: Simulated, row: dict[str, Any]) -> str:
    """Return an event as a line of a history."""
    disease, rules = lives.course.disease, lives.decisions
    kinds = {name: place.kind for name, place in disease.places.items()}
    sites, number = row["sites"] or [], row["number"]
    says = {
        "where": f"{number} lesion{'s' if number != 1 else ''} in {' and '.join(sites)}, the largest {row['largest_mm']:.0f} mm",
        "local": rules.local.name if rules.local is not None else "",
        "line": rules.lines[number - 1].name if row["event"] == "line" else "",
    }
    if row["event"] == "recurrence":
        stage = restaged(sites, kinds, _counts_organs(lives.course))
        says["called"] = named(disease.name, sites, kinds) + (f", {stage}" if stage else "")
    return SAID[row["event"]].format(**says)


def _counts_organs(course: Course) -> bool:
    return course.staging is not None and any(m.startswith("M1b") for m in getattr(course.staging, "m", ()) or ())
