"""Plans with their files, what it means when it is back, and support."""

import json

import icalendar
from web.looking import alert

from remnant import followup_plan

PLAN = {"disease": "colon", "stage": "III", "start": "2026-05-31", "country": "GB"}


def test_a_plan_and_its_calendar_tell_the_same_days(client):
    asked = {"course": "colon", "start": "2026-05-31", "country": "GB", "set": {"patient.stage": "III"}}
    known = followup_plan.answer(asked)
    html = client.post("/plan/answer", data=PLAN).text
    assert known["visits"]
    assert all(one["day"] in html for one in known["visits"])
    answer = client.post("/plan.ics", data=PLAN)
    assert answer.headers["content-type"].startswith("text/calendar")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert events
    assert "colon" not in answer.text.lower()
    assert "colon" in client.post("/plan.ics", data=PLAN | {"name_diagnosis": "yes"}).text.lower()


def test_a_plan_to_keep_is_one_file(client):
    page = client.post("/plan.html", data=PLAN)
    assert page.headers["content-disposition"].startswith("attachment")
    assert "30 November 2026" in page.text
    assert "<link" not in page.text


def test_a_plan_as_fhir(client):
    answer = client.post("/plan.fhir.json", data=PLAN)
    bundle = json.loads(answer.content)
    assert bundle["resourceType"] == "Bundle"
    assert {"CarePlan", "RiskAssessment"} <= {one["resource"]["resourceType"] for one in bundle["entry"]}


def test_bad_plans_are_one_sentence(client):
    for words, value in (("start", "31.5.2026"), ("country", "Narnia"), ("came_back", "2020-01-01")):
        answer = client.post("/plan/answer", data=PLAN | {words: value})
        assert answer.status_code == 422
        assert f"`{words}`" in alert(answer.text)
    assert client.post("/plan.fhir.json", data=PLAN | {"start": ""}).json()["error"].startswith("`start`")


def test_if_it_comes_back_keeps_back_what_was_not_asked(client):
    fields = {"disease": "colon", "kind": "distant"}
    kept, told = client.post("/returned", data=fields).text, client.post("/returned", data=fields | {"limits_life": "yes"}).text
    assert "Choices side by side" in kept
    assert len(told) > len(kept)
    assert client.post("/returned", data={"disease": "aml", "kind": "distant"}).status_code == 422


def test_support_names_who_helps(client):
    html = client.post("/support", data={"country": "GB", "near": "Leeds"}).text
    assert "Leeds" in html
    assert "☐" in client.get("/support/self-check").text
