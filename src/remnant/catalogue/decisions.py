"""Which rules of decision hold for a disease, and what a course needs so that they can be followed."""

from __future__ import annotations

from fnmatch import fnmatch

from remnant.catalogue.shelf import Catalogue, list_ids, read
from remnant.clinic.decide import Decisions
from remnant.course import Course
from remnant.errors import InputError


def decisions_for(disease: str) -> Decisions:
    """Return the rules of decision of the catalogue for a disease: the file with the most particular pattern it matches.

    Raises
    ------
    InputError
        If no file is for it.
    """
    fits: list[tuple[int, Decisions]] = []
    for name in list_ids("decisions"):
        file: Decisions = read("decisions", name)
        lengths = [len(one) for one in file.diseases if fnmatch(disease, one)]
        if lengths:
            fits.append((max(lengths), file))
    if not fits:
        raise InputError("decisions", f"the catalogue has none for {disease}", disease, "give rules of your own")
    return max(fits, key=lambda one: one[0])[1]


def with_restaging(course: Course, decisions: Decisions) -> Course:
    """Return the course with the exams that its rules of decision restage with."""
    shelf = Catalogue()
    exams = course.exams | {name: shelf.exam(name) for name in decisions.restaging}
    return course.model_copy(update={"exams": exams}).on(shelf)
