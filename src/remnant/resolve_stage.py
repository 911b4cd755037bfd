"""From a stage as people write it to an extent of the disease, and to the names guidelines use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remnant.clinic.staging import covers
from remnant.disease import Extent
from remnant.errors import InputError
from remnant.patient import Stage, read_tnm

if TYPE_CHECKING:
    from remnant.course import Course


def extent_of(course: Course) -> Extent:
    """Return the extent of the disease that the patient's stage falls into; the first one for no stage.

    Raises
    ------
    InputError
        If the stage is not one of this disease, with what is allowed.
    """
    disease, stage = course.disease, course.patient.stage.strip()
    if not stage:
        return next(iter(disease.extents.values()))
    if stage in disease.extents:
        return disease.extents[stage]
    tnm = read_tnm(stage)
    found = _by_group(course, stage) if tnm is None else _by_tnm(course, tnm, stage)
    if found is None:
        raise InputError("patient.stage", f"must be {_allowed(course)}", stage)
    return found


def groups_of(course: Course, extent: Extent) -> tuple[str, ...]:
    """Return every name by which guidelines may call this person's stage."""
    stage = course.patient.stage.strip()
    tnm = read_tnm(stage) if stage else None
    names = [name for name, one in course.disease.extents.items() if one is extent] + list(extent.stages)
    if tnm is not None and course.staging is not None and course.staging.rows:
        names.append(course.staging.group(tnm.t, tnm.n, tnm.m))
    return tuple(dict.fromkeys([*names, *([stage] if stage else [])]))


def _by_tnm(course: Course, tnm: Stage, stage: str) -> Extent | None:
    """Return the extent of a TNM: of its N category where the disease has such extents, else of its stage group."""
    if tnm.m.startswith("M1"):
        allowed = "must be without distant spread: a course begins where none is seen"
        raise InputError("patient.stage", allowed, stage, "use M0")
    has_table = course.staging is not None and bool(course.staging.rows)
    group = course.staging.group(tnm.t, tnm.n, tnm.m) if course.staging is not None and has_table else stage
    for extent in course.disease.extents.values():
        if any(tnm.n == n or (tnm.n.startswith(n) and not tnm.n[len(n) :][:1].isdigit()) for n in extent.n):
            return extent
    return _by_group(course, group)


def _by_group(course: Course, group: str) -> Extent | None:
    for extent in course.disease.extents.values():
        if any(covers(covered, group) for covered in extent.stages):
            return extent
    return None


def _allowed(course: Course) -> str:
    groups = dict.fromkeys(stage for extent in course.disease.extents.values() for stage in extent.stages)
    parts = [f"one of {', '.join(course.disease.extents)}"]
    if groups:
        parts.append(f"a stage group such as {', '.join(groups)}")
    if course.staging is not None and course.staging.t:
        parts.append(f'a TNM such as "T2 N0 M0" with T from {", ".join(course.staging.t)}')
    return ", or ".join(parts)
