"""A follow-up plan as a FHIR R4 Bundle: Condition, CarePlan and RiskAssessment, preliminary and marked as research.

What is in here was checked against HL7's mCODE guide (STU4, built on R4): its value set of primary cancers, its staging types
and its advice for staging that is neither clinical nor pathological: the code of the "other" type, with the prefix in the value.
"""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from typing import Any

from remnant.careplan import CarePlan, Series, guideline_words
from remnant.catalogue.evidence import data_folder
from remnant.patient import Stage

HL7 = "http://terminology.hl7.org/CodeSystem"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition"
SNOMED, LOINC, ICD_10_CM = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
AJCC = "http://cancerstaging.org"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/remnant/fhir")
RESEARCH = {"system": f"{HL7}/v3-ActReason", "code": "HRESCH", "display": "healthcare research"}
AJCC_8 = ("897275008", "American Joint Commission on Cancer, Cancer Staging Manual, 8th edition neoplasm staging system")
AJCC_7 = ("443830009", "American Joint Commission on Cancer, Cancer Staging Manual, 7th edition neoplasm staging system")
EDITIONS = {7: AJCC_7, 8: AJCC_8}
WORSENED = ("271299001", "Patient's condition worsened")
CATEGORIES = {
    "t": ("mcode-tnm-primary-tumor-category", "78873005", "T category"),
    "n": ("mcode-tnm-regional-nodes-category", "277206009", "N category"),
    "m": ("mcode-tnm-distant-metastases-category", "277208005", "M category"),
}
"""Profile of T, N and M with mCODE's code of the other staging type, which the r of restaging takes: it has none of its own."""
AGAINST = "The guideline advises against it where nothing points to a return."


@dataclass(frozen=True)
class Chance:
    """How likely it is that the cancer is found again between two days, of people like this one."""

    share: float
    low: float | None
    high: float | None
    since: date
    until: date


@dataclass(frozen=True)
class Told:
    """What the words of the plan put into the Bundle."""

    draft: str
    method: str
    exams: dict[str, str]
    """Plain name of each exam."""
    no_number: str = ""
    """Why no chance is given; empty where one is."""
    program: str = "remnant"


def bundle(plan: CarePlan, chances: Sequence[Chance], told: Told, restaged: Stage | None = None) -> dict[str, Any]:
    """Return a plan as a FHIR R4 Bundle of type collection, plain JSON.

    Parameters
    ----------
    plan : CarePlan
        With or without visits.
    chances : sequence of Chance
        Predictions of the RiskAssessment; empty where too little is known for a number.
    told : Told
        Sentences and names.
    restaged : Stage, optional
        T, N and M when the cancer was found again, with prefix r; needs `plan.came_back`.

    Returns
    -------
    dict
        Ids depend on the plan alone, so that the same plan gives the same Bundle.
    """
    made = _Maker(plan, told)
    resources = [made.patient(), made.condition(restaged), made.care_plan(), made.risk(chances)]
    resources += made.staging(restaged)
    entries = [{"fullUrl": made.url(one["id"]), "resource": one} for one in resources]
    return {
        "resourceType": "Bundle", "id": made.id("Bundle"), "meta": {"tag": [RESEARCH]}, "type": "collection",
        "timestamp": f"{plan.today.isoformat()}T00:00:00Z", "entry": entries,
    }  # fmt: skip


@cache
def codes() -> dict[str, dict[str, list[str]]]:
    """Return the codes of other systems for diseases and exams of the catalogue: kind, id, then code and display."""
    return tomllib.loads((data_folder() / "codes.toml").read_text(encoding="utf-8"))


class _Maker:
    """Makes the resources of one plan and knows how they refer to each other."""

    def __init__(self, plan: CarePlan, told: Told) -> None:
        self.plan, self.told = plan, told
        self.today = plan.today.isoformat()

    def id(self, kind: str) -> str:
        guideline = self.plan.guideline.id if self.plan.guideline else ""
        what = (kind, self.plan.course.id, guideline, self.plan.start.isoformat(), *self.plan.groups)
        return str(uuid.uuid5(NAMESPACE, "|".join(what)))

    def url(self, identity: str) -> str:
        return f"urn:uuid:{identity}"

    def to(self, kind: str) -> dict[str, str]:
        return {"reference": self.url(self.id(kind))}

    def head(self, kind: str, profile: str = "", which: str = "") -> dict[str, Any]:
        meta = {"tag": [RESEARCH]} | ({"profile": [f"{MCODE}/{profile}"]} if profile else {})
        told = f"{kind}: {self.told.draft}"
        text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(told)}</div>'}
        return {"resourceType": kind, "id": self.id(which or kind), "meta": meta, "text": text}

    def patient(self) -> dict[str, Any]:
        sex = self.plan.course.patient.sex
        return self.head("Patient") | ({"gender": sex} if sex else {"gender": "unknown"})

    def condition(self, restaged: Stage | None) -> dict[str, Any]:
        plan = self.plan
        back = plan.came_back
        condition = self.head("Condition", "mcode-primary-cancer-condition") | {
            "clinicalStatus": _coded(f"{HL7}/condition-clinical", "remission" if back is None else "recurrence"),
            "verificationStatus": _coded(f"{HL7}/condition-ver-status", "unconfirmed"),
            "category": [_coded(f"{HL7}/condition-category", "problem-list-item")],
            "code": self._disease(),
            "subject": self.to("Patient"),
            "recordedDate": self.today,
            "note": [{"text": self.told.draft}],
        }
        if plan.course.patient.stage:
            # the stage at diagnosis stays as it is: a restaging is an Observation with a date of its own
            condition["stage"] = [{"summary": {"text": plan.course.patient.stage}, "type": self._edition()}]
        if restaged is not None:
            assessed = [self.to(f"TNM {letter}") for letter in CATEGORIES]
            condition.setdefault("stage", []).append({"summary": {"text": str(restaged)}, "assessment": assessed})
        if back is not None:
            condition["note"].append({"text": f"Found again on {back.isoformat()}."})
        return condition

    def care_plan(self) -> dict[str, Any]:
        plan = self.plan
        dates = [visit.on for visit in plan.visits]
        resource = self.head("CarePlan") | {
            "status": "draft", "intent": "proposal",
            "title": "Follow-up plan (draft)", "description": self._about(),
            "subject": self.to("Patient"), "addresses": [self.to("Condition")],
            "period": {"start": plan.start.isoformat()} | ({"end": dates[-1].isoformat()} if dates else {}),
            "created": self.today, "author": {"display": self.told.program},
            "note": [{"text": self.told.draft}],
        }  # fmt: skip
        activities = [self._activity(one) for one in plan.series] + self._not_done()
        return resource | ({"activity": activities} if activities else {})

    def risk(self, chances: Sequence[Chance]) -> dict[str, Any]:
        resource = self.head("RiskAssessment") | {
            "status": "preliminary", "method": {"text": self.told.method},
            "code": {"text": "Chance that the cancer is found again"},
            "subject": self.to("Patient"), "occurrenceDateTime": self.today, "condition": self.to("Condition"),
            "basis": [self.to("Condition")], "performer": {"display": self.told.program},
            "note": [{"text": self.told.draft}, *([{"text": self.told.no_number}] if self.told.no_number else [])],
        }  # fmt: skip
        return resource | ({"prediction": [_prediction(one) for one in chances]} if chances else {})

    def staging(self, restaged: Stage | None) -> list[dict[str, Any]]:
        back = self.plan.came_back
        if back is None:
            return []
        found = [self._status(back)]
        if restaged is not None:
            found += [self._category(letter, getattr(restaged, letter), restaged.prefix, back) for letter in CATEGORIES]
        return found

    def _status(self, back: date) -> dict[str, Any]:
        return self.head("Observation", "mcode-cancer-disease-status", "status") | {
            "status": "preliminary", "code": _coded(LOINC, "97509-4", "Cancer Disease Progression"),
            "subject": self.to("Patient"), "focus": [self.to("Condition")], "effectiveDateTime": back.isoformat(),
            "valueCodeableConcept": _coded(SNOMED, *WORSENED) | {"text": "Recurrence: the cancer was found again"},
        }  # fmt: skip

    def _category(self, letter: str, value: str, prefix: str, back: date) -> dict[str, Any]:
        profile, code, display = CATEGORIES[letter]
        shown = f"{prefix}{value}"
        return self.head("Observation", profile, f"TNM {letter}") | {
            "status": "preliminary", "category": [_coded(f"{HL7}/observation-category", "exam")],
            "code": _coded(SNOMED, code, display), "method": self._edition(),
            "subject": self.to("Patient"), "focus": [self.to("Condition")], "effectiveDateTime": back.isoformat(),
            "valueCodeableConcept": _coded(AJCC, shown) | {"text": shown},
        }  # fmt: skip

    def _disease(self) -> dict[str, Any]:
        course = self.plan.course
        held = codes()
        code = held["diseases"].get(course.disease.id)
        if code is None:
            return {"text": course.disease.name}
        if self.plan.came_back is not None:
            code = held["returned"].get(code[0], code)
        if course.patient.sex == "male":
            code = held["male"].get(code[0], code)
        return _coded(ICD_10_CM, *code) | {"text": course.disease.name}

    def _edition(self) -> dict[str, Any]:
        table = self.plan.course.staging
        edition = EDITIONS.get(table.edition) if table is not None and table.rows and isinstance(table.edition, int) else None
        return {"text": "Staging of this cancer; system not coded"} if edition is None else _coded(SNOMED, *edition)

    def _about(self) -> str:
        guideline = self.plan.guideline
        if guideline is None:
            return f"{self.told.draft} No guideline is known here for this cancer."
        return f"{self.told.draft} Visits from: {guideline_words(guideline, self.plan.today)}."

    def _activity(self, series: Series) -> dict[str, Any]:
        coded = [codes()["exams"][exam] for exam in series.exams if exam in codes()["exams"]]
        code: dict[str, Any] = {"text": ", ".join(self.told.exams[exam] for exam in series.exams)}
        code |= {"coding": [_coding(LOINC, *one) for one in coded]} if coded else {}
        detail = {
            "kind": "ServiceRequest", "code": code, "status": "not-started", "doNotPerform": False,
            "scheduledTiming": {"event": [on.isoformat() for on in series.dates]}, "description": self.told.draft,
        }  # fmt: skip
        return {"detail": detail}

    def _not_done(self) -> list[dict[str, Any]]:
        guideline = self.plan.guideline
        return [
            {"detail": {"kind": "ServiceRequest", "code": {"text": self.told.exams[exam]}, "status": "not-started",
                        "doNotPerform": True, "description": AGAINST}}
            for exam in (guideline.not_done if guideline else ())
        ]  # fmt: skip


def _prediction(chance: Chance) -> dict[str, Any]:
    # FHIR keeps one figure or one range: the figure is coded, the range is told beside it
    told = f"Of 100 people like this, about {_count(chance.share)}"
    if chance.low is not None and chance.high is not None:
        told += f"; it could be {_count(chance.low)} to {_count(chance.high)}"
    return {
        "outcome": {"text": "Cancer found again"}, "probabilityDecimal": round(chance.share, 3),
        "whenPeriod": {"start": chance.since.isoformat(), "end": chance.until.isoformat()}, "rationale": told + ".",
    }  # fmt: skip


def _count(share: float) -> str:
    return str(min(max(round(100 * share), 1), 99))


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _coded(system: str, code: str, display: str = "") -> dict[str, Any]:
    return {"coding": [_coding(system, code, display)]}
