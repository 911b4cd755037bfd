"""The commands for people: plan, returned and support."""

from __future__ import annotations

import json
from datetime import date

import icalendar
import pytest
from doors.cases import Page, run

from remnant import followup_plan

PLAN = ("plan", "colon", "--start", "2026-05-31", "--country", "GB")
EMERGENCY = "If you might harm yourself, call your emergency number now."
DRAFT = "Draft: your team's plan comes first."


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(followup_plan, "DRAWS", 4)


def test_a_plan_is_printed_with_where_it_comes_from():
    ran = run(*PLAN)
    assert ran.code == 0 and ran.err == "" and ran.out.startswith(DRAFT)
    for words in ("NICE (United Kingdom), 2022", "30 November 2026", "Blood test for the marker CEA", "Call at once", EMERGENCY):
        assert words in ran.out
    assert max(len(line) for line in ran.out.splitlines() if "http" not in line) <= 110


def test_a_plan_as_json_holds_what_is_printed():
    result = json.loads(run(*PLAN, "--json").out)
    assert result["draft"] == DRAFT and result["guideline"]["id"] == "colon/nice-2022"
    text = run(*PLAN).out
    assert all(visit["day"] in text and visit["what"] in text for visit in result["visits"])


def test_the_files_of_a_plan_agree(tmp_path):
    files = {name: tmp_path / name for name in ("plan.ics", "plan.json", "plan.html")}
    ran = run("plan", "testis/seminoma", "--start", "2026-05-12", "--ics", files["plan.ics"], "--fhir", files["plan.json"],
              "--print", files["plan.html"], "--json")  # fmt: skip
    assert ran.code == 0 and sorted(tmp_path.iterdir()) == sorted(files.values())
    days = {day for series in json.loads(ran.out)["series"] for day in series["dates"]}
    bundle = json.loads(files["plan.json"].read_text(encoding="utf-8"))
    (care,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "CarePlan"]
    assert {day for one in care["activity"] for day in one["detail"]["scheduledTiming"]["event"]} == days
    firsts = {e["DTSTART"].dt.isoformat() for e in icalendar.Calendar.from_ical(files["plan.ics"].read_bytes()).walk("VEVENT")}
    assert firsts and firsts <= days
    page = files["plan.html"].read_text(encoding="utf-8")
    assert all(visit["day"] in page for visit in json.loads(ran.out)["visits"])


@pytest.mark.parametrize("command", [PLAN, ("returned", "colon"), ("support", "feelings", "--country", "GB", "--near", "Leeds")])
def test_a_printed_page_asks_nothing_of_the_network_and_reads_in_order(tmp_path, command):
    path = tmp_path / "page.html"
    assert run(*command, "--print", path).code == 0
    page = Page(path.read_text(encoding="utf-8"))
    assert {(tag, name) for tag, name, value in page.attributes if value in page.addresses} <= {("a", "href")}
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.tags.count("h1") == 1 and ("html", "lang", "en") in page.attributes
    assert EMERGENCY in " ".join(page.words)
    headers = [value for tag, name, value in page.attributes if tag == "th" and name == "scope"]
    assert len(headers) == page.tags.count("th")


def test_returned_and_support_are_printed():
    back = run("returned", "breast/er-positive", "--kind", "distant")
    assert back.code == 0 and back.out.startswith(EMERGENCY) and "it is still breast cancer" in back.out
    assert "alive" not in back.out and "alive" in run("returned", "colon", "--kind", "distant", "--limits-life").out
    topics = run("support")
    assert "next look by" in back.out
    assert topics.code == 0 and topics.out.startswith(EMERGENCY) and "when-to-seek-help" in topics.out
    helped = run("support", "when-to-seek-help", "--country", "uk", "--near", "BS1 4DJ")
    assert "Penny Brohn UK, 7 km" in helped.out and "please check: https://www.samaritans.org" in helped.out


def test_a_self_check_is_shown_and_added_up_and_can_be_read_from_standard_input():
    assert "Feeling nervous, anxious, or on edge" in run("support", "self-check").out
    given = run("support", "--check", "worry", "--answers", "2,2,2,2,1,1,0", "--country", "US")
    piped = run("support", "--check", "worry", "--answers", "-", "--country", "US", stdin="2 2 2 2 1 1 0\n")
    assert "Your sum is 10 of 21" in given.out and given.out == piped.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plan", "colon"), "--start"),
        (("plan", "colon", "--start", "yesterday"), "must be a day such as 2026-05-31"),
        (("plan", "colon", "--start", "2026-02-30"), "must be a day such as"),
        (("plan", "colon", "--start", "1900-01-01"), "must be from 1950-01-01"),
        (("plan", "colonn", "--start", "2026-05-31"), "did you mean colon"),
        (("plan", "colon", "--start", "2026-05-31", "--country", "Germny"), "did you mean Germany"),
        (("plan", "colon", "--start", "2026-05-31", "--set", "patient.stage=V"), "patient.stage"),
        (("plan", "colon", "--start", "2026-05-31", "--came-back", "2026-05-30"), "on or after the day treatment ended"),
        (("plan", "colon", "--start", "2026-05-31", "--restaged", "T1"), "rT0 N0 M1"),
        (("plan", "glioblastoma", "--start", "2026-05-31", "--ics", "x.ics", "--print", "x.html"), "no visit is known"),
        (("plan", "colon", "--start", "2026-05-31", "--ics", "nowhere/x.ics"), "folder that exists"),
        (("returned", "colon", "--kind", "near"), "must be one of local"),
        (("support", "feeling"), "did you mean feelings"),
        (("support", "my", "kids"), "unexpected extra argument"),
        (("support", "my kids"), "did you mean telling-children or parents"),
        (("plan", "breast cancer", "--start", "2026-05-31"), "breast/er-negative or breast/er-positive or breast/her2-positive"),
        (("plan", "bowel", "--start", "2026-05-31"), "did you mean colon or rectum"),
        (("returned", "leukemia"), "did you mean all or aml"),
        (("explain", "cure"), "did you mean remission-and-cure"),
        (("explain", "colon", "--since", "40y"), "less than the 15 years that are looked at; came '40 years'"),
        (("explain", "sleeping-cells", "--value", "3"), "`value`: must be one of 2, 5, 10, 20"),
        (("support", "feelings", "--near", "Bristl", "--country", "GB"), "did you mean Bristol"),
        (("support", "--check", "mood", "--answers", "1,2"), "must be 9 numbers"),
        (("support", "--for", "dogs"), "must be one of person"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_nothing_is_written(tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    ran = run(*words)
    assert ran.code == 2 and ran.out == "" and says in ran.err, ran
    assert list(tmp_path.iterdir()) == []
    if "Usage" not in ran.err:
        assert ran.err.startswith("remnant: ") and ran.err.count("\n") == 1


def test_a_course_file_and_a_changed_stage_make_a_plan(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('start = "melanoma"\n[set]\n"patient.stage" = "T1a N0 M0"\n', encoding="utf-8")
    assert "stage T1a N0 M0" in run("plan", path, "--start", "2026-05-31").out
    assert "stage II" in run("plan", "colon", "--start", date.today().isoformat(), "--set", "patient.stage=II").out
