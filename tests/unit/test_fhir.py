"""The Bundle is valid in two libraries, its codes stand in their value sets, and it says what the plan and the outlook say."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle as R4BBundle
from fhirclient.models.bundle import Bundle as R4Bundle

from remnant import catalogue, followup_plan
from remnant.errors import InputError
from remnant.outlook import outlook

CODES = json.loads((Path(__file__).parents[1] / "data" / "fhir_codes.json").read_text(encoding="utf-8"))
ASKED = {"course": "testis/seminoma", "start": "2025-03-15", "today": "2026-11-25", "country": "US"}
BACK = ASKED | {"came_back": "2026-06-01", "restaged": "rT0 N0 M1"}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(followup_plan, "DRAWS", 8)


@pytest.fixture(scope="module")
def made() -> dict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followup_plan, "DRAWS", 8)
        return followup_plan.fhir_bundle(ASKED)


@pytest.fixture(scope="module")
def back() -> dict:
    return followup_plan.fhir_bundle(BACK)


def of(bundle: dict, kind: str) -> list[dict]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def walk(at, path: str):
    if isinstance(at, dict):
        for key, value in at.items():
            yield from walk(value, f"{path}.{key}")
    elif isinstance(at, list):
        for value in at:
            yield from walk(value, path)
    else:
        yield path, at


def codings(at):
    if isinstance(at, dict):
        if set(at) >= {"system", "code"}:
            yield at
        for value in at.values():
            yield from codings(value)
    elif isinstance(at, list):
        for value in at:
            yield from codings(value)


def wrong_codes(bundle: dict) -> list:
    wrong = []
    for resource in [bundle, *(entry["resource"] for entry in bundle["entry"])]:
        for path, value in walk({k: v for k, v in resource.items() if k != "entry"}, resource["resourceType"]):
            if path in CODES["required"] and value not in CODES["required"][path]:
                wrong.append((path, value))
        for one in codings({k: v for k, v in resource.items() if k != "entry"}):
            if one["system"] != "http://cancerstaging.org" and one["code"] not in CODES["systems"].get(one["system"], []):
                wrong.append((one["system"], one["code"]))
    return wrong


def validate(bundle: dict) -> None:
    R4BBundle.model_validate(bundle)
    R4Bundle(copy.deepcopy(bundle), strict=True)


def test_both_libraries_accept_it(made, back):
    for bundle in (made, back):
        validate(bundle)


@pytest.mark.parametrize("disease", catalogue.list_ids())
def test_every_disease_makes_a_valid_bundle_with_known_codes(disease, monkeypatch):
    monkeypatch.setattr(followup_plan, "_chances", lambda plan, progress: ([], "no number"))
    for request in (ASKED | {"course": disease}, BACK | {"course": disease}):
        bundle = followup_plan.fhir_bundle(request)
        validate(bundle)
        assert wrong_codes(bundle) == []
        (condition,) = of(bundle, "Condition")
        assert condition["code"]["coding"], "every disease has a code"


def test_codes_stand_in_their_value_sets(made, back):
    assert wrong_codes(made) == [] and wrong_codes(back) == []
    resources = [entry["resource"] for bundle in (made, back) for entry in bundle["entry"]]
    claimed = {profile.rsplit("/", 1)[1] for one in resources for profile in one["meta"].get("profile", [])}
    assert claimed == set(CODES["profiles"])


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("CarePlan", ("status",), "nonsense"),
        ("RiskAssessment", ("status",), "done"),
        ("Condition", ("code", "coding", 0, "code"), "C99"),
    ],
)
def test_a_wrong_code_is_found(made, kind, path, value):
    bundle = copy.deepcopy(made)
    at = of(bundle, kind)[0]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert wrong_codes(bundle) != []


def test_what_is_missing_is_found_by_each_library(made):
    bundle = copy.deepcopy(made)
    del of(bundle, "CarePlan")[0]["subject"]
    for read in (R4BBundle.model_validate, lambda document: R4Bundle(document, strict=True)):
        with pytest.raises(Exception, match="(?i)subject"):
            read(bundle)


def test_references_lead_to_resources_of_the_bundle(made, back):
    for bundle in (made, back):
        urls = {entry["fullUrl"] for entry in bundle["entry"]}
        named = {value for path, value in walk(bundle, "") if path.endswith(".reference")}
        assert named and named <= urls


def test_all_of_it_is_preliminary_and_marked_as_research(made, back):
    for bundle in (made, back):
        for entry in bundle["entry"]:
            assert {"HRESCH"} == {tag["code"] for tag in entry["resource"]["meta"]["tag"]}
        (plan,), (risk,), (condition,) = of(bundle, "CarePlan"), of(bundle, "RiskAssessment"), of(bundle, "Condition")
        assert (plan["status"], plan["intent"], risk["status"]) == ("draft", "proposal", "preliminary")
        assert condition["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
        assert "not a medical device" in risk["method"]["text"]
        for resource in (plan, risk, condition):
            assert resource["note"][0]["text"].startswith("Draft: your team's plan comes first.")


def test_the_care_plan_has_the_days_of_the_plan(made):
    plan = followup_plan.read_plan(ASKED)
    (resource,) = of(made, "CarePlan")
    days = [a["detail"]["scheduledTiming"]["event"] for a in resource["activity"] if not a["detail"]["doNotPerform"]]
    assert days == [[on.isoformat() for on in series.dates] for series in plan.series]
    against = followup_plan.fhir_bundle(BACK | {"course": "breast/er-positive"})
    refused = [a["detail"]["code"]["text"] for a in of(against, "CarePlan")[0]["activity"] if a["detail"]["doNotPerform"]]
    assert len(refused) == len(catalogue.course("breast/er-positive").follow_up.not_done)


def test_the_chance_is_that_of_the_outlook(made):
    (risk,) = of(made, "RiskAssessment")
    days = (date(2026, 11, 25) - date(2025, 3, 15)).days
    shown = outlook({"course": "testis/seminoma", "years": 10, "since": float(days), "draws": 0})
    for prediction, year in zip(risk["prediction"], (5, 10), strict=True):
        at = next(i for i, day in enumerate(shown["times"]) if abs(day - year * 365.25) < 0.1)
        assert prediction["probabilityDecimal"] == round(1 - shown["given_free"]["recurrence_free"][at], 3)
        assert prediction["whenPeriod"] == {"start": "2026-11-25", "end": f"{2025 + year}-03-15"}
        assert "of 100 people" in prediction["rationale"].lower() and "it could be" in prediction["rationale"]


def test_no_number_is_told_where_too_little_is_known_or_it_has_come_back(back):
    thin = of(followup_plan.fhir_bundle(ASKED | {"course": "hodgkin"}), "RiskAssessment")[0]
    for risk, why in ((thin, "Too little is known"), (of(back, "RiskAssessment")[0], "has come back")):
        assert "prediction" not in risk and any(why in note["text"] for note in risk["note"])


def test_a_recurrence_can_be_found_by_its_day_and_the_first_stage_stays(made, back):
    (condition,) = of(back, "Condition")
    assert condition["clinicalStatus"]["coding"][0]["code"] == "recurrence"
    first = of(made, "Condition")[0]["stage"][0]
    assert condition["stage"][0] == first and condition["stage"][1]["summary"]["text"] == "rT0 N0 M1"
    observations = of(back, "Observation")
    assert {one["effectiveDateTime"] for one in observations} == {"2026-06-01"}
    assert [one for one in observations if one["code"]["coding"][0]["code"] == "97509-4"]
    staged = {one["valueCodeableConcept"]["text"]: one["code"]["coding"][0]["display"] for one in observations[1:]}
    assert staged == {"rT0": "T category", "rN0": "N category", "rM1": "M category"}, "mCODE's other type, the r in the value"


def test_the_same_plan_gives_the_same_bundle(back):
    assert followup_plan.fhir_bundle(BACK) == back


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"restaged": "T0 N0 M1", "came_back": "2026-06-01"}, "with the r of restaging"),
        ({"restaged": "rT0 N0 M1"}, "needs the day"),
        ({"came_back": "2024-01-01"}, "on or after the day treatment ended"),
        ({"start": "31.5.2026"}, "must be a day such as"),
        ({"start": "1850-01-01"}, "must be from 1950"),
        ({"country": "Brittain"}, "did you mean Britain"),
    ],
)
def test_what_is_not_allowed_is_refused(changes, says):
    with pytest.raises(InputError, match=says):
        followup_plan.fhir_bundle(ASKED | changes)
