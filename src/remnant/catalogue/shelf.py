"""The catalogue: one data file for each thing, read and checked when it is asked for."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from remnant.catalogue.everyday import meant
from remnant.catalogue.evidence import data_folder, evidence
from remnant.catalogue.fitted import draws_of, fitted_numbers
from remnant.clinic.decide import Burdens, Decisions
from remnant.clinic.exams import Exam
from remnant.clinic.followup import Guideline
from remnant.clinic.staging import StagingTable
from remnant.course import Course, Mortality, drugs_for, exams_for
from remnant.description import Description, nearest
from remnant.disease import Disease, Effects
from remnant.errors import InputError
from remnant.tissue import Tissue
from remnant.treatment import Drug, Regimen

MODELS: dict[str, type[Description]] = {
    "regimens": Regimen, "drugs": Drug, "exams": Exam, "guidelines": Guideline, "tnm": StagingTable, "effects": Effects,
    "tissues": Tissue,
    "decisions": Decisions,
}  # fmt: skip
SHELVES = ("diseases", *MODELS)
Thing = TypeVar("Thing", bound=Description)


class Catalogue:
    """Everything the catalogue holds, by id."""

    def disease(self, name: str) -> Disease:
        """Return a disease with its calibrated numbers where there are some."""
        return _disease(name)

    def regimen(self, name: str) -> Regimen:
        """Return a regimen."""
        return _read("regimens", name, Regimen)

    def drug(self, name: str) -> Drug:
        """Return a drug."""
        return _read("drugs", name, Drug)

    def exam(self, name: str) -> Exam:
        """Return an exam."""
        return _read("exams", name, Exam)

    def guideline(self, name: str) -> Guideline:
        """Return a follow-up guideline."""
        return _read("guidelines", name, Guideline)

    def draws(self, course: Course, count: int, *, every: bool = False) -> list[dict[str, float]]:
        """Return draws of the numbers of a course: those of its calibration, or where there is none, of every range."""
        return draws_of(course, count, every=every)

    def course(self, name: str) -> Course:
        """Return the usual course of care of a disease."""
        return course(name)


def course(name: str, *, calibrated: bool = True) -> Course:
    """Return the usual course of care of a disease of the catalogue, ready to be changed and solved.

    Parameters
    ----------
    name : str
        Id of a disease, such as "breast/er-positive"; `list_ids()` has them all.
    calibrated : bool
        With the numbers calibration found, or with those the disease's file starts from.

    Raises
    ------
    InputError
        If nothing is called so, with near names.
    """
    document = dict(document_of("diseases", name).get("course", {}))
    shelf, disease = Catalogue(), _disease(name) if calibrated else _as_written(name)
    regimens = {one: shelf.regimen(one) for one in document.pop("regimen", [])}
    plan = shelf.guideline(document.pop("follow_up")) if "follow_up" in document else None
    table = _read("tnm", document.pop("staging"), StagingTable) if "staging" in document else None
    ready = {
        "id": name, "disease": disease, "regimen": regimens, "drugs": drugs_for(shelf, regimens.values()),
        "follow_up": plan, "exams": exams_for(shelf, plan, disease),
        "staging": table, "mortality": _mortality(),
    }  # fmt: skip
    return Course.read({**document, **ready}, f"diseases/{name}.toml: course").on(shelf)


def list_ids(shelf: str = "diseases") -> list[str]:
    """Return the ids on one shelf of the catalogue.

    Parameters
    ----------
    shelf : {"diseases", "regimens", "drugs", "exams", "guidelines", "tnm", "effects", "tissues", "decisions"}
    """
    if shelf not in SHELVES:
        raise InputError("shelf", f"must be one of {', '.join(SHELVES)}", shelf, nearest(shelf, SHELVES))
    return sorted(_files(shelf))


def read(shelf: str, name: str) -> Any:
    """Return the description on a shelf, with calibrated numbers where it is a disease.

    Raises
    ------
    InputError
        If nothing there is called so, or its file is not allowed: names file and path.
    """
    return _disease(name) if shelf == "diseases" else _read(shelf, name, MODELS[shelf])


def check_file(shelf: str, name: str) -> None:
    """Read one data file and check that every source it names is there and can carry its number.

    Raises
    ------
    InputError
        Naming file and path.
    """
    thing = read(shelf, name)
    if thing.id != name:
        raise InputError(f"{shelf}/{name}.toml: id", f"must be the name of the file, {name}", thing.id)
    _check_sources(thing.model_dump(), f"{shelf}/{name}.toml", "")


def _check_sources(at: Any, file: str, path: str) -> None:
    if isinstance(at, dict):
        rows = [source for source in at.get("source") or ()]
        for source in rows:
            if source not in evidence():
                raise InputError(
                    f"{file}: {path}source".strip(), "must be ids of evidence rows", source, nearest(source, evidence())
                )
        if rows and not any(evidence()[source].carries for source in rows) and at.get("standing", "read") == "read":
            where, allowed = f"{file}: {path}source", "rows that nobody has read in their source do not carry a number alone"
            raise InputError(where, allowed, ", ".join(rows), "add a row that was read, or say standing = 'weak' and why")
        for key, value in at.items():
            _check_sources(value, file, f"{path}{key}.")
    elif isinstance(at, list | tuple):
        for i, value in enumerate(at):
            _check_sources(value, file, f"{path}{i}.")


@cache
def _disease(name: str) -> Disease:
    disease, found = _as_written(name), fitted_numbers(name)
    return _with_fitted(disease, found) if found else disease


@cache
def _as_written(name: str) -> Disease:
    document = {key: value for key, value in document_of("diseases", name).items() if key != "course"}
    where = f"diseases/{name}.toml"
    if not isinstance(document.get("effects"), str):
        raise InputError(f"{where}: effects", "must name a file of effects", document.get("effects"))
    effects = _read("effects", document["effects"], Effects)
    return Disease.read({**document, "effects": effects}, where)


def _with_fitted(disease: Disease, found: dict[str, float]) -> Disease:
    """Return a disease with calibrated numbers in place of those its file starts from."""
    held = Course(disease=disease)
    known = held.numbers()
    return held.with_numbers({path: known[path].allowed(size) for path, size in found.items() if path in known}).disease


@cache
def _mortality() -> Mortality:
    return Mortality.read(_parse(data_folder() / "mortality.toml", "mortality.toml"), "mortality.toml")


@cache
def burdens() -> Burdens:
    """Return how the body bears cancer that can be seen, for solid cancers and for those of the blood."""
    return Burdens.read(_parse(data_folder() / "burden.toml", "burden.toml"), "burden.toml")


@cache
def _read_cached(kind: str, name: str, model: type[Thing]) -> Thing:
    return model.read(document_of(kind, name), f"{kind}/{name}.toml")


def _read(kind: str, name: str, model: type[Thing]) -> Thing:
    return _read_cached(kind, name, model)


def document_of(kind: str, name: Any) -> dict[str, Any]:
    """Return a data file as plain data, as it was written."""
    known = _files(kind)
    if name not in known:
        raise InputError(
            kind[:-1] if kind.endswith("s") else kind, f"the catalogue has none called {name!r}", name, meant(str(name), known)
        )
    return _parse(known[name], f"{kind}/{name}.toml")


def _parse(file: Traversable, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, "must be TOML", str(error)) from None


@cache
def _files(kind: str) -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    for entry in (data_folder() / kind).iterdir():
        if entry.is_dir():
            found |= {f"{entry.name}/{one.name[:-5]}": one for one in entry.iterdir() if one.name.endswith(".toml")}
        elif entry.name.endswith(".toml"):
            found[entry.name[:-5]] = entry
    return found
