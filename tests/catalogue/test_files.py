"""Every data file is read, every number stands on rows that are there, ids follow their grammar, bad files are refused."""

import tomllib

import pytest

from remnant import catalogue
from remnant.catalogue import shelf
from remnant.catalogue.evidence import EvidenceRow, evidence
from remnant.catalogue.published import targets
from remnant.course import quantities
from remnant.description import ID
from remnant.disease import Disease, Effects
from remnant.errors import InputError
from remnant.quantity import UNITS, Quantity
from remnant.treatment import Regimen

LEAST = {
    "diseases": 24,
    "regimens": 40,
    "drugs": 25,
    "exams": 20,
    "guidelines": 15,
    "tnm": 10,
    "effects": 1,
    "tissues": 5,
    "decisions": 9,
}
ENTRIES = [(kind, name) for kind in shelf.SHELVES for name in catalogue.list(kind)]


@pytest.mark.parametrize("kind", shelf.SHELVES)
def test_there_are_enough(kind):
    assert len(catalogue.list(kind)) >= LEAST[kind]


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_file_is_read_and_its_sources_carry_it(kind, name):
    assert ID.fullmatch(name)
    shelf.check_file(kind, name)


@pytest.mark.parametrize("name", catalogue.list())
def test_every_course_resolves(name):
    parts = catalogue.course(name).resolve([0.0, 365.25])
    assert abs(sum(weight for weight, _ in parts) - 1) < 1e-12
    for _, timeline in parts:
        assert timeline.zero == 0.0
        assert all(founder.last <= 0 for founder in timeline.founders)


def cited() -> list[tuple[str, Quantity]]:
    return [
        (f"{kind}/{name}: {path}", one)
        for kind, name in ENTRIES
        if kind != "tnm"
        for path, one in quantities(catalogue.read(kind, name))
        if one.source and not one.free
    ]


def says(row: EvidenceRow, one: Quantity) -> bool:
    """Whether a row prints the number, in some unit of the same measure."""
    texts = [row.number, *(row.range or ())]
    try:
        texts += [float(row.low), float(row.high)]
    except ValueError:
        pass
    unit = row.unit.split(" ")[0].strip("%") or "percent"
    factors = {UNITS[one.unit].factor, UNITS[unit].factor if unit in UNITS else 1.0, 0.01 if "%" in row.unit else 1.0}
    return any(text is not None and abs(text * f - one.size) <= 1e-9 * abs(one.size) for text in texts for f in factors)


@pytest.mark.parametrize(("where", "one"), cited())
def test_a_cited_number_equals_its_row_or_says_how_it_follows(where, one):
    assert any(says(evidence()[source], one) for source in one.source) or one.why, where


def test_the_machine_check_of_cited_numbers_can_fail():
    row = evidence()["BIO0015"]
    held = {"unit": "days", "source": ["BIO0015"]}
    assert says(row, Quantity.read({"value": 71.4, **held}))
    assert not says(row, Quantity.read({"value": 71.5, **held}))


def test_targets_stand_on_rows_and_have_an_interval():
    assert len({target.id for target in targets()}) == len(targets())
    for target in targets():
        low, high = target.interval
        assert low < target.published < high, target.id
        assert target.disease in catalogue.list(), target.id


GOOD = {"value": 71.4, "unit": "days", "source": ["BIO0015"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit": None}, "unit"),
        ({"unit": "parsecs"}, "unit must be one of"),
        ({"source": []}, "source is required"),
        ({"low": 90.0, "high": 100.0}, "low <= value <= high"),
        ({"value": "many"}, "value"),
        ({"value": float("nan")}, "value"),
        ({"standing": "weak"}, "says why"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_a_bad_number_is_refused_with_file_and_path(change, says):
    document = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(InputError, match=says) as refused:
        Quantity.read(document, "diseases/x.toml")
    assert "diseases/x.toml" in str(refused.value)


def colon(change) -> dict:
    document = tomllib.loads((shelf.data_folder() / "diseases" / "colon.toml").read_text(encoding="utf-8"))
    document.pop("course")
    document["effects"] = catalogue.read("effects", "colorectal")
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["cells"].pop("division"), "cells.division"),
        (lambda d: d["cells"]["division"].update(unit="days"), "unit must be one of per day"),
        (lambda d: d["places"].pop("local"), "local place"),
        (lambda d: d["places"]["liver"].pop("share"), "places.liver.share"),
        (lambda d: d["extents"]["I"].pop("spread"), "extents.I.spread"),
        (lambda d: d.pop("residue"), "residue is required"),
        (lambda d: d.update(kind="gas"), "kind"),
    ],
)
def test_a_bad_disease_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        Disease.read(colon(change), "diseases/colon.toml")


def test_an_unknown_source_is_refused_with_near_ones():
    effects = Effects.read(
        {"id": "x", "name": "x", "drugs": {"y": {"kill": {"value": 1, "unit": "per day", "source": ["BIO00155"]}}}}
    )
    with pytest.raises(InputError, match="must be ids of evidence rows.*did you mean BIO0"):
        shelf._check_sources(effects.model_dump(), "effects/x.toml", "")


def test_remembered_rows_do_not_carry_a_number_alone():
    row = next(row for row in evidence().values() if row.status == "remembered")
    effects = Effects.read(
        {"id": "x", "name": "x", "drugs": {"y": {"kill": {"value": 1, "unit": "per day", "source": [row.id]}}}}
    )
    with pytest.raises(InputError, match="do not carry a number alone"):
        shelf._check_sources(effects.model_dump(), "effects/x.toml", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"give": [{"drug": "oxaliplatin", "dose": -85, "unit": "mg/m2", "days": [1]}]}, "give.0.dose"),
        ({"give": [{"drug": "oxaliplatin", "dose": 85, "unit": "mg/m2", "days": [15]}]}, "must lie in the cycle"),
        ({"cycles": 2.5}, "cycles"),
        ({"cycles": None}, "cycles and cycle_days"),
        ({"give": []}, "gives, takes or irradiates"),
        ({"source": []}, "source"),
    ],
)
def test_a_bad_regimen_is_refused(change, says):
    document = tomllib.loads((shelf.data_folder() / "regimens" / "colon" / "mfolfox6.toml").read_text(encoding="utf-8"))
    with pytest.raises(InputError, match=says):
        Regimen.read({k: v for k, v in (document | change).items() if v is not None}, "regimens/colon/mfolfox6.toml")
