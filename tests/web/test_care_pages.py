"""Plans with their files, what it means when it is back, and support."""

import json
import re

import icalendar
from web.looking import alert

from remnant import followup_plan
from remnant.support import support
from remnant.texts.text import PHASES
from remnant.web.care_pages import PHASE_WORDS

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
        assert f"#f-{words}" in alert(answer.text)
        assert f'value="{value}"' in answer.text or words == "country"
        assert "Show the plan" in answer.text
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


def test_a_topic_leads_on_to_who_helps_where_one_lives(client):
    html = client.get("/support/family").text
    assert "<h1>For family</h1>" in html and '<input type="hidden" name="topic" value="family">' in html
    told = client.post("/support", data={"topic": "family", "country": "DE", "near": "Berlin"}).text
    assert "Who can help: Germany" in told and "No places in Germany are known here" in told and "<h1>For family</h1>" in told


def test_who_adds_up_without_a_country_can_say_it_with_the_same_answers(client):
    answers = {f"q{i}": "2" for i in range(1, 8)}
    html = client.post("/self-check/worry", data=answers).text
    assert "Your sum is 14 of 21" in html and html.count('value="2"') == 7
    assert "Support lines" in client.post("/self-check/worry", data=answers | {"country": "US"}).text


def test_a_plan_can_be_changed(client):
    html = client.post("/plan", data=PLAN).text
    assert 'value="2026-05-31"' in html and '<option value="GB" selected>' in html
    assert 'formaction="/plan"' in client.post("/plan/answer", data=PLAN).text


def test_topics_are_found_by_where_a_person_is(client):
    html = client.get("/support").text
    for phase, words in PHASE_WORDS.items():
        part = re.search(rf"<summary>{words}</summary>.*?</details>", html, flags=re.S)[0]
        assert re.findall(r"/support/([a-z-]+)", part) == [one["id"] for one in support({"phase": phase})["topics"]]
    assert tuple(PHASE_WORDS) == PHASES
