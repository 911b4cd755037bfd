"""How often each exam is done in a chunk until the first event, and how often it gives a false alarm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.reading import Floats
from remnant.study.alarms import alarm_law, proneness
from remnant.study.cell import Cell
from remnant.study.people import uniform
from remnant.study.plan import StudyPlan
from remnant.timeline import Timeline
from remnant.timeline_tables import Ints

Bits = NDArray[np.uint64]


@dataclass(frozen=True)
class ExamsDone:
    """Counts of one arm of a chunk, which grow while its people are gone through."""

    plan: StudyPlan
    done: dict[str, Ints]
    """By exam, [patient]"""
    alarms: dict[str, Ints]
    """By exam whose false alarms are known, [patient]"""

    @classmethod
    def none(cls, plan: StudyPlan, patients: int) -> ExamsDone:
        """Return counts of 0 for so many patients."""
        known = [name for name, exam in plan.exams.items() if exam.rise is not None or alarm_law(exam) is not None]
        done, alarms = ({name: np.zeros(patients, np.int64) for name in names} for names in (plan.exams, known))
        return cls(plan, done, alarms)

    def count_visits(self, cell: Cell, who: tuple[Ints, Ints], stop: Floats) -> None:
        """Count exams until the first event, and false alarms at those before it; a visit keeps its draw in every arm.

        Parameters
        ----------
        cell : Cell
        who : (int[patient], int[patient])
            Numbers of the patients, and their places in the chunk.
        stop : float[patient]
            Day of the first event or the end.
        """
        patients, here = who
        seed = self.plan.design.seed
        for exam, days in cell.visits.items():
            self.done[exam][here] += np.searchsorted(days, stop, side="right")
            law = alarm_law(self.plan.exams[exam])
            if law is None:
                continue
            chance = proneness(seed, exam, law, patients)
            for day in days.tolist():
                before = day < stop
                rings = uniform(seed, f"false alarm/{exam}/{day!r}", patients[before]) < chance[before]
                self.alarms[exam][here[before]] += rings

    def count_rises(self, timeline: Timeline, bits: tuple[Bits, Bits], here: Ints, stop: Floats) -> None:
        """Count what the rise of a marker led to: repeats, images, and false alarms where the image saw nothing.

        Parameters
        ----------
        timeline : Timeline
        bits : (uint64[patient], uint64[patient])
            Rules whose first condition held, and those that led to an image, by their place in the Timeline.
        here : int[patient]
            Places in the chunk.
        stop : float[patient]
            Day of the first event or the end.
        """
        for i, rise in enumerate(timeline.rises):
            rose, imaged = (((of >> np.uint64(i)) & np.uint64(1)).astype(bool) for of in bits)
            rule, in_time = self.plan.exams[rise.exam].rise, rise.repeat <= stop
            assert rule is not None
            if rise.repeat > rise.time:
                self.done[rise.exam][here] += rose & in_time
            self.done[rule.images][here] += imaged & in_time
            self.alarms[rise.exam][here] += imaged & (rise.repeat < stop)
