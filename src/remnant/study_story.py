"""One person of a study: what was noted of them in an arm, line by line."""

from __future__ import annotations

from typing import Any

from remnant.catalogue.decisions import with_restaging
from remnant.course import Course
from remnant.errors import FolderError, InputError
from remnant.simulate import Simulated
from remnant.study.asked_tests import POSITIVE, RESULTS
from remnant.study.cell import rules_of
from remnant.study.chunk import EVENTS, LIVES
from remnant.study.courses import courses_of
from remnant.study.design import Design, design_of
from remnant.study.folder import Folder
from remnant.study.people import kinds_of


def story_of(folder: Folder, patient: int, arm: str) -> dict[str, Any]:
    """Return the history of one person in one arm, or in each.

    Parameters
    ----------
    folder : Folder
        Of a study with `keep_events`; the part of this person must be done.
    patient : int
        From 0.
    arm : str
        Empty for every arm.

    Returns
    -------
    dict
        `patient`, and `arms`: for each its name, group of the person and lines.

    Raises
    ------
    InputError
        If nobody has this number, or no arm is called so.
    FolderError
        If the study keeps no events, or the part is not done.
    """
    design = design_of(folder.manifest["study"])
    if not design.keep_events:
        words = "write `keep_events = true` and `aftermath = true` in the study and run it in another folder"
        raise FolderError(f"{folder.path} keeps no events; {words}")
    if not 0 <= patient < design.patients:
        raise InputError("--patient", f"must be a number from 0 to {design.patients - 1}", patient)
    names = [one.name for one in design.arm]
    if arm and arm not in names:
        raise InputError("--arm", f"must be one of {', '.join(names)}", arm)
    chunk = patient // design.chunk_patients
    said = folder.complaint(chunk)
    if said is not None:
        raise FolderError(f"{folder.path}: the part of patient {patient} is not whole ({said}); run the study first")
    lives, events = (_rows(folder, table, chunk, patient) for table in (LIVES, EVENTS))
    told = [_in_arm(design, i, (lives, events), patient) for i, name in enumerate(names) if arm in ("", name)]
    return {"name": design.name, "patient": patient, "arms": told}


def _rows(folder: Folder, table: str, chunk: int, patient: int) -> Any:
    from pyarrow.parquet import read_table

    return read_table(folder.part_path(table, chunk), filters=[("patient", "==", patient)])


def _in_arm(design: Design, arm: int, tables: tuple[Any, Any], patient: int) -> dict[str, Any]:
    import pyarrow.compute as pc

    name = design.arm[arm].name
    lives, events = (table.filter(pc.equal(table["arm"].cast("string"), name)) for table in tables)
    person = lives.to_pylist()[0]
    named = design.arm[arm]
    positive = bool(named.test) and person[f"test {named.test}"] == RESULTS[POSITIVE]
    course = _courses(design, arm, int(person["kind_of_people"]), patient)[int(positive)]
    rules = rules_of(course, named.after(positive))
    lines = Simulated(with_restaging(course, rules), rules, lives, events).story(patient)
    return {"arm": name, "group": person["group"], "lines": lines}


def _courses(design: Design, arm: int, kind: int, patient: int) -> list[Course]:
    draw = design.draw_of(patient // design.chunk_patients)
    return courses_of(design, design.arm[arm], kinds_of(design.population)[kind], draw)
