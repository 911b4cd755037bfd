"""Support: numbers only with source and date, places by distance, a check that adds up, and the emergency sentence everywhere."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant import catalogue, texts
from remnant import services as table
from remnant.browse import browse
from remnant.errors import InputError
from remnant.followup_plan import answer
from remnant.places import Place, kilometres, locate
from remnant.selfcheck import add_up, read_answers, self_check, self_checks
from remnant.services import KINDS, NUMBER, cancers_of, nearest_services, read_rows, services, services_in
from remnant.support import FAR_KM, TOPIC_SERVICES, grouped, support, support_page, topics

EMERGENCY = "If you might harm yourself, call your emergency number now."


@pytest.mark.parametrize("topic", topics())
def test_every_topic_shows_the_emergency_sentence_and_its_sources(topic):
    result = support({"topic": topic, "country": "GB"})
    page = support_page(result)
    assert result["emergency"] == EMERGENCY and page.count(EMERGENCY) >= 1
    (text,) = result["texts"]
    assert text["sources"] and text["reviewed"] < text["next_review"] and not text["overdue"]
    assert f"next look by {text['next_review']}" in page


def test_the_topics_the_mission_names_are_there_for_everybody_it_names():
    held = {
        "feelings", "fear-of-return", "strengths", "when-to-seek-help", "family", "friends", "parents", "telling-children",
        "money-and-insurance", "work",
        "food", "movement", "sleep", "relaxation", "self-check",
    }  # fmt: skip
    assert held == set(topics())
    for audience in ("person", "family", "friends", "parents"):
        assert len(support({"audience": audience})["topics"]) >= 3, audience
    for phase in ("just-diagnosed", "in-treatment", "well", "returned", "limits-life"):
        assert support({"phase": phase})["topics"], phase


def test_an_overdue_text_says_so():
    (text,) = support({"topic": "feelings", "today": "2030-01-01"})["texts"]
    assert text["overdue"] and "may be out of date" in support_page(support({"topic": "feelings", "today": "2030-01-01"}))


def test_a_number_is_shown_only_with_its_source_and_date():
    shown = hidden = 0
    for country in {one.country for one in services()} - {"XX"}:
        for one in support({"country": country})["services"]:
            row = next(held for held in services() if held.id == one["id"])
            if one["phone"] is not None:
                assert row.source and row.page_date and row.status == "seen" and "SECONDARY" not in row.note
                assert row.source in one["call"] and row.page_date in one["call"] and row.phone in one["call"]
                shown += 1
            else:
                assert one["call"].startswith("please check")
                assert not row.phone or row.phone not in one["call"].replace(row.url, "")
                hidden += 1
    assert shown >= 50 and hidden >= 50


@pytest.mark.parametrize(
    "lacking", [{"source": ""}, {"page_date": ""}, {"status": "remembered"}, {"note": "SECONDARY LIST ONLY"}]
)
def test_a_number_that_lacks_something_would_be_hidden(lacking):
    row = {
        "id": "SUP999", "country": "GB", "kind": "helpline", "name": "A line", "town": "", "postcode_area": "", "latitude": "",
        "longitude": "", "phone": "01", "hours": "", "cost": "", "languages": "", "url": "", "source": "Its page",
        "page_date": "2026", "status": "seen", "note": "",
    }  # fmt: skip
    assert read_rows([row])[0].sure and not read_rows([row | lacking])[0].sure


def test_a_number_that_may_not_be_shown_stands_nowhere():
    """Not in another column, not in the notes of its evidence row, and not where the answer is printed or drawn."""
    hidden = {one.id: one for one in services() if not one.sure}
    assert NUMBER.search(hidden["SUP043"].languages) and NUMBER.search(hidden["SUP221"].note)
    for country in {one.country for one in services()}:
        result = support({} if country == "XX" else {"country": country})
        for one in result["services"]:
            told = " ".join(str(one[name]) for name in ("name", "call", "hours", "cost", "languages"))
            assert one["id"] not in hidden or not NUMBER.search(re.sub(r"https?://\S+", "", told)), one
    for name in hidden:
        row = browse(name)["evidence"]
        assert not NUMBER.search(f"{row['value'].removesuffix(row['link'])} {row['note']} {row['what']}"), row
    assert "0808 808 8000" not in str(browse("SUP043")) and "0808 808 00 00" in str(browse("SUP001"))


def test_lines_of_a_plan_are_for_the_cancer_it_is_about():
    by_id = {one.id: one for one in services()}
    assert set(cancers_of()) <= set(by_id)
    families = {name.split("/")[0] for name in catalogue.list_ids()}
    assert {name for cancers in cancers_of().values() for name in cancers} <= families
    assert (
        by_id["SUP007"].is_for("breast/er-negative") and not by_id["SUP007"].is_for("colon") and by_id["SUP001"].is_for("colon")
    )
    for disease, wanted, unwanted in (("colon", "Bowel", "Prostate"), ("prostate", "Prostate", "Bowel")):
        told = " ".join(one["name"] for one in answer({"course": disease, "start": "2026-05-31", "country": "GB"})["lines"])
        assert wanted in told and unwanted not in told and "Breast" not in told


def test_services_reached_in_one_way_are_one_row():
    rows = grouped([one for one in support({"country": "GB"})["services"] if one["kind"] == "centre"])
    assert sum("Maggie's: Edinburgh, Glasgow" in one["name"] for one in rows) == 1
    assert sum("Maggie's Yorkshire" in one["name"] for one in rows) == 1, "it has a number of its own"
    assert len({one["call"] for one in rows}) == len(rows)


def test_a_town_where_no_places_are_known_is_said_and_changes_nothing():
    told, without = (support({"country": "DE"} | more) for more in ({"near": "Berlin"}, {}))
    assert "No places in Germany are known here" in told["notes"][0]
    assert told["services"] == without["services"] and told["near"] is None


def test_a_row_more_is_a_service_more(monkeypatch):
    before = len(services_in("NZ"))
    row = services()[0].__class__(**{**vars(services_in("NZ")[0]), "id": "SUP998", "name": "Another"})
    monkeypatch.setattr(table, "services", lambda: (*services.__wrapped__(), row))
    assert len(services_in("NZ")) == before + 1


def test_every_service_is_of_a_kind_that_is_shown():
    assert {one.kind for one in services()} <= set(KINDS)
    assert {kind for kinds in TOPIC_SERVICES.values() for kind in kinds} <= set(KINDS)


@given(st.floats(-80, 80), st.floats(-179, 179), st.floats(-80, 80), st.floats(-179, 179))
def test_distances_are_those_of_a_sphere(a, b, c, d):
    one, other = Place("", "", a, b), Place("", "", c, d)
    x, y = (
        np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
        for lat, lon in ((math.radians(a), math.radians(b)), (math.radians(c), math.radians(d)))
    )
    angle = math.atan2(float(np.linalg.norm(np.cross(x, y))), float(x @ y))
    assert kilometres(one, other) == pytest.approx(6371.0 * angle, rel=1e-6, abs=0) or angle < 1e-7
    assert kilometres(one, other) == kilometres(other, one)


def test_near_a_town_or_a_postcode():
    assert locate("Bristol", "GB") == locate("BS1 4DJ", "GB") == locate("bs20 0hh", "GB")
    assert locate("V94 T9PX").town == "Limerick" and locate("E1 6AN", "GB").town == "London"
    assert 150 < kilometres(locate("London", "GB"), locate("Bristol", "GB")) < 190
    found = nearest_services(locate("Kendal", "GB"))
    assert found[0][0] < 1 and [km for km, _ in found] == sorted(km for km, _ in found)
    near = support({"near": "Kendal", "country": "GB"})["near"]
    assert all(one["km"] <= FAR_KM for one in near["services"]) and near["says"].startswith("Near Kendal")
    far = support({"near": "Kendall", "country": "US"})["near"]
    assert len(far["services"]) == 1 and "the nearest place is" in far["says"]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"topic": "feeling"}, "did you mean feelings"),
        ({"topic": "xyzzy"}, "must be one of"),
        ({"country": "Brittain"}, "did you mean Britain"),
        ({"near": "Bristl", "country": "GB"}, "did you mean Bristol"),
        ({"near": "London"}, "in several countries"),
        ({"near": "90210", "country": "US"}, "postcodes of this country are not known"),
        ({"check": "moods"}, "did you mean mood"),
        ({"check": "mood", "answers": [1, 2]}, "must be 9 numbers"),
        ({"check": "mood", "answers": [0] * 8 + [4]}, "from 0 to 3"),
        ({"answers": [1]}, "must say which one"),
        ({"phase": "cured"}, "must be one of"),
    ],
)
def test_what_is_not_known_is_refused_with_near_names(request_, says):
    with pytest.raises(InputError, match=says):
        support(request_)


@given(st.sampled_from(sorted(self_checks())), st.data())
def test_answers_add_up_and_a_high_sum_names_somebody_to_call(name, data):
    form = self_check(name)
    answers = data.draw(st.lists(st.integers(0, len(form.choices) - 1), min_size=len(form.items), max_size=len(form.items)))
    done = add_up(form, answers)
    assert done.sum == sum(answers) <= done.most == 3 * len(form.items)
    assert done.same_day == any(answers[i - 1] for i in form.same_day_items)
    assert done.call == (sum(answers) >= 10 or done.same_day)
    (shown,) = support({"check": name, "answers": answers, "country": "GB"})["check"]
    said = " ".join(shown["result"]["says"])
    assert f"Your sum is {sum(answers)} of {done.most}" in said and "kept or sent" in said
    assert ("It is a good idea to call your nurse" in said) == (sum(answers) >= 10)
    assert ("talk to somebody today" in said) == done.same_day
    assert "you have depression" not in said.lower() and "It is not a diagnosis" in said or sum(answers) < 10


def test_a_high_sum_shows_lines_to_call():
    shown = support({"check": "mood", "answers": [0] * 8 + [1], "country": "AU"})
    assert shown["services"] and {one["kind"] for one in shown["services"]} <= {"crisis", "nurse_line", "helpline", "counselling"}


def test_the_forms_are_whole_and_name_their_makers():
    assert {name: len(form.items) for name, form in self_checks().items()} == {"mood": 9, "worry": 7}
    for form in self_checks().values():
        assert "Spitzer" in form.credit and len(form.choices) == 4 and form.licence.startswith("https://")


def test_answers_are_read_from_text():
    assert read_answers("0, 1 2,3\n") == [0, 1, 2, 3]
    with pytest.raises(InputError, match="answers, number 2"):
        read_answers("0,often")


def test_country_notes_say_what_is_not_known():
    assert support({"topic": "feelings"})["notes"] == [texts.phrase("support.no_country")]
    assert "No service is known here for Poland" in support({"topic": "feelings", "country": "PL"})["notes"][0]


def test_where_a_country_has_none_of_the_kinds_of_a_topic_its_other_services_are_shown():
    shown = support({"topic": "parents", "country": "IE"})
    assert {one["country"] for one in shown["services"]} >= {"IE"}
    assert "No service is known" not in shown["notes"][0]
