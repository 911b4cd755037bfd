"""One course of care in the words of the clinic: a disease, a person, what is done, and how it is followed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, Field, PrivateAttr

from remnant.clinic.exams import Exam
from remnant.clinic.followup import Guideline
from remnant.clinic.staging import StagingTable
from remnant.description import Description, Id, Number, nearest
from remnant.disease import Disease
from remnant.errors import InputError
from remnant.patient import Patient
from remnant.quantity import Days, Quantity, Rate
from remnant.treatment import Drug, Regimen, Surgery

if TYPE_CHECKING:
    from remnant.timeline import Timeline

NOTHING = "none"
"""Written for `surgery`: no operation; for `follow_up`: nobody comes to visits."""


class Shelf(Protocol):
    """Where things named by id are found; the catalogue is one."""

    def disease(self, name: str) -> Disease:
        """Return a disease."""
        ...

    def regimen(self, name: str) -> Regimen:
        """Return a regimen."""
        ...

    def drug(self, name: str) -> Drug:
        """Return a drug."""
        ...

    def exam(self, name: str) -> Exam:
        """Return an exam."""
        ...

    def guideline(self, name: str) -> Guideline:
        """Return a follow-up guideline."""
        ...

    def draws(self, course: Course, count: int, *, every: bool = False) -> list[dict[str, float]]:
        """Return draws of the numbers of a course, inside units, by path."""
        ...


class Mortality(Description):
    """Death from other causes by age: rate at 60, doubling every so many years (Gompertz)."""

    at_60: Rate
    doubling: Days


class Course(Description):
    """One course of care. Day 0 is the end of primary treatment: the operation, or the last day of what stands for it."""

    id: str = ""
    disease: Disease
    patient: Patient = Patient()
    surgery: Surgery | None = None
    regimen: dict[str, Regimen] = {}
    drugs: dict[Id, Drug] = {}
    follow_up: Guideline | None = None
    exams: dict[Id, Exam] = {}
    staging: StagingTable | None = None
    mortality: Mortality | None = None
    attends: Annotated[Number, Field(ge=0, le=1)] = 1.0
    """Share of people who come to their visits; the others are found by symptoms only."""
    marrow: Literal["ignored", "waits", "reduces"] = "ignored"
    """Where a cycle would come before blood counts are back: it comes all the same, it waits, or its dose is reduced."""
    mutates: bool = False
    """Whether cells go on becoming resistant after day 0; else those that were so before are all there are."""
    years: Annotated[Number, Field(gt=0, le=60)] = 15.0
    """How long people are followed, from day 0."""
    _shelf: Shelf | None = PrivateAttr(default=None)

    def on(self, shelf: Shelf) -> Course:
        """Return this course with a place where regimens, exams and guidelines named by id are found."""
        course = self.model_copy()
        course._shelf = shelf
        return course

    def get(self, path: str) -> Any:
        """Return what a dotted path names, such as "disease.cells.doubling_time" or "patient.stage".

        Raises
        ------
        InputError
            If nothing is called so, with near names.
        """
        at: Any = self
        for done, part in _steps(path):
            at = _child(at, part, done, path)
        return at

    def replace(self, path: str, value: Any) -> Course:
        """Return this course with another value at a path.

        Parameters
        ----------
        path : str
            Dotted, as in `get`. `regimen` takes ids or a list of ids, `follow_up` an id, a Guideline or None.
        value
            A number where a quantity stands (in its own unit), else what stands there.

        Raises
        ------
        InputError
            If the path or the value is not allowed.
        """
        if path == "disease":
            raise InputError(path, "is what a course is made for", value, "start from the course of that disease")
        document = self._document()
        if path in ("regimen", "follow_up", "disease.staging"):
            document |= self._named(path, value)
        else:
            self.get(path)
            value = None if path == "surgery" and value == NOTHING else value
            _put(document, [part for _, part in _steps(path)], value)
        return self._again(document)

    def replace_all(self, changes: Mapping[str, Any]) -> Course:
        """Return this course with other values, by path, one after the other."""
        course = self
        for path, value in changes.items():
            course = course.replace(path, value)
        return course

    def numbers(self) -> dict[str, Quantity]:
        """Return every number of the course that knows its source, by path."""
        return dict(quantities(self, ""))

    def marrow_needs(self, regimen: Regimen) -> tuple[float, str] | None:
        """Return the days from the start of a cycle of a regimen until blood counts are back, and the drug they wait for.

        None where no drug of it is known to lower them.
        """
        needs = [
            # day 1 is the day of the dose, in cycles as in what is told of recovery
            (float(max(part.days) - 1 + marrow.recovery_day - 1), part.drug)
            for part in regimen.give
            if part.cycle_days is None and part.drug in self.drugs and (marrow := self.drugs[part.drug].marrow) is not None
        ]
        return max(needs, default=None)

    def with_numbers(self, sizes: Mapping[str, float]) -> Course:
        """Return this course with other numbers, given inside units (days, cells, Gy, shares), by path."""
        changes: dict[str, Any] = {}
        for path, size in sizes.items():
            _put(changes, path.split("."), self.get(path).with_size(size))
        return _updated(self, changes)

    def draws(self, count: int, *, every: bool = False) -> list[Course]:
        """Return this course with other numbers that the evidence allows as well: what a band is made of.

        Parameters
        ----------
        count : int
            How many; 0 for none.
        every : bool
            Whether the numbers that tell where and how it is found are drawn as well where calibration leaves them alone:
            shares and symptoms of places, what an operation leaves, what tests see.
        """
        if count == 0:
            return []
        if self._shelf is None:
            raise InputError("draws", "must be 0: only courses of the catalogue know how sure their numbers are", count)
        return [self.with_numbers(sizes) for sizes in self._shelf.draws(self, count, every=every)]

    def drawn(self, number: int) -> dict[str, float]:
        """Return draw `number` of the numbers of this course (from 0), inside units, by path; {} outside the catalogue."""
        return self._shelf.draws(self, number + 1)[number] if self._shelf is not None else {}

    def resolve(self, times: Iterable[float] | None = None) -> list[tuple[float, Timeline]]:
        """Return the weighted Timelines this course stands for: one for each hidden class of people.

        Parameters
        ----------
        times : float[time], optional
            Days from day 0; once a year unless given.

        Raises
        ------
        InputError
            If something in it cannot be, such as radiotherapy to a place that does not exist.
        """
        from remnant.resolve import resolve

        return resolve(self, times)

    def _document(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    def _again(self, document: dict[str, Any]) -> Course:
        plain = {k: _plain(v) for k, v in document.items()}
        return self._keep(type(self).read(plain, "course"))

    def _keep(self, course: Self) -> Course:
        course._shelf = self._shelf
        return course

    def _named(self, path: str, value: Any) -> dict[str, Any]:
        if self._shelf is None:
            raise InputError(path, "can be named by id only in a course of the catalogue", value)
        if path == "disease.staging":
            disease = self.disease.model_copy(update={"staging": tuple(value)})
            return {"disease": disease, "exams": exams_for(self._shelf, self.follow_up, disease)}
        if path == "follow_up":
            plan = value if isinstance(value, Guideline) else None if value in (None, NOTHING) else self._shelf.guideline(value)
            return {"follow_up": plan, "exams": exams_for(self._shelf, plan, self.disease)}
        names = [value] if isinstance(value, str) else list(value or [])
        chosen = {name: self._shelf.regimen(name) for name in names}
        return {"regimen": chosen, "drugs": drugs_for(self._shelf, chosen.values())}


def exams_for(shelf: Shelf, plan: Guideline | None, disease: Disease) -> dict[str, Exam]:
    """Return the exams a plan of follow-up and the staging of a disease name, by id."""
    needed = {name for visit in plan.visit for name in visit.exams} if plan else set()
    found = {name: shelf.exam(name) for name in sorted({*needed, *disease.staging})}
    images = {exam.rise.images for exam in found.values() if exam.rise is not None}
    return found | {name: shelf.exam(name) for name in sorted(images - {*found})}


def drugs_for(shelf: Shelf, regimens: Iterable[Regimen]) -> dict[str, Drug]:
    """Return the drugs of some regimens, by id."""
    return {name: shelf.drug(name) for one in regimens for name in one.drugs}


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a path with what was passed before each."""
    if not path or not all(path.split(".")):
        raise InputError("path", "must be names with dots between, such as patient.stage", path)
    done: list[str] = []
    for part in path.split("."):
        yield ".".join(done), part
        done.append(part)


def _child(at: Any, part: str, done: str, path: str) -> Any:
    if isinstance(at, BaseModel):
        known: Any = type(at).model_fields
        if part in known:
            return getattr(at, part)
    elif isinstance(at, Mapping):
        known = at
        if part in known:
            return known[part]
    elif isinstance(at, tuple) and part.isdigit() and int(part) < len(at):
        return at[int(part)]
    else:
        known = range(len(at)) if isinstance(at, tuple) else ()
    raise InputError(path, f"nothing is called {part!r} {'in ' + done if done else 'in a course'}", path, nearest(part, known))


def _put(document: Any, parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        inner = document.get(part) if isinstance(document, dict) else document[int(part)]
        inner = _opened(inner)
        document[part if isinstance(document, dict) else int(part)] = inner
        document = inner
    last = parts[-1]
    old = document.get(last) if isinstance(document, dict) else document[int(last)]
    if isinstance(old, Quantity) and isinstance(value, int | float) and not isinstance(value, bool):
        value = {**old.model_dump(), "value": float(value), "low": None, "high": None}
    elif isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(document, dict):
        document[last] = value
    else:
        document[int(last)] = value


def _opened(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, tuple):
        return list(value)
    return dict(value or {})


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _updated(at: Any, changes: dict[str, Any]) -> Any:
    """Return a description with some of its parts put in new, without reading everything again."""
    if isinstance(at, BaseModel):
        new = {name: _change(getattr(at, name), change) for name, change in changes.items()}
        return at.model_copy(update=new)
    return {**at, **{name: _change(at[name], change) for name, change in changes.items()}}


def _change(at: Any, change: Any) -> Any:
    return _updated(at, change) if isinstance(change, dict) else change


def quantities(at: Any, path: str = "") -> Iterator[tuple[str, Quantity]]:
    """Yield every number with a source in a description, with its path."""
    if isinstance(at, Quantity):
        yield path, at
        return
    if isinstance(at, BaseModel):
        parts: Iterable[tuple[str, Any]] = ((name, getattr(at, name)) for name in type(at).model_fields)
    elif isinstance(at, Mapping):
        parts = at.items()
    elif isinstance(at, tuple):
        parts = ((str(i), one) for i, one in enumerate(at))
    else:
        return
    for name, one in parts:
        yield from quantities(one, f"{path}.{name}" if path else name)
