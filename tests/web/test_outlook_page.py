"""The outlook's page tells the service's numbers, once rounded, in words, circles and tables."""

import json
import re
from urllib.parse import urlencode

import numpy as np
import pytest
from web.looking import alert, table

from remnant import catalogue
from remnant.catalogue.fitted import checks, foretold
from remnant.course_file import read_course
from remnant.errors import InputError
from remnant.explain import explain
from remnant.outlook import outlook
from remnant.web.choices import offered, read_asked
from remnant.web.outlook_pages import request_of

COLON = {"disease": "colon", "stage": "III", "free": "2"}
COUNTED = ("colon", "breast/er-positive", "prostate", "melanoma", "testis/seminoma", "kidney")


@pytest.fixture(scope="module")
def colon(client):
    return client.post("/outlook/answer", data=COLON).text


def said(html):
    """Counts of the sentence: comes back, does not."""
    found = re.search(r'class="answer">(.*?)</p>', html)[1]
    return tuple(int(one) for one in re.search(r"about (\d+) will .* and (\d+) will not", found).groups())


def drawn(html):
    """Counts of the circles: comes back, does not; without the two of the legend."""
    svg = re.search(r'class="circles">(.*?)</svg>', html, flags=re.S)[1]
    return svg.count('class="p3"') - 1, svg.count('class="p0"') - 1


def listed(html):
    last = table(html, "Of 100 people like this")[-1]
    return int(last[1]), int(last[3])


def test_words_circles_and_table_agree(colon):
    assert said(colon) == drawn(colon) == listed(colon)
    assert sum(said(colon)) == 100


def test_the_check_sees_a_circle_too_many(colon):
    assert drawn(colon.replace('class="p3"', 'class="p0"', 1)) != said(colon)


def test_what_is_left_and_where_are_the_sentences_counts(colon):
    left = [int(row[1]) for row in table(colon, "Of 100 people who are well then")]
    assert sum(left) == 100
    assert f"about {left[0]} have no cancer cells left" in colon
    where = [int(row[1]) for row in table(colon, "Of 100 people in whom it is found")]
    assert sum(where) == 200
    assert f"at a check-up in about {where[3]}" in colon


def hidden(html, name):
    return re.search(f'name="{name}" value="([^"]*)"', html)[1]


def test_draws_range_and_sources_are_told(colon):
    assert f"{int(hidden(colon, 'draws'))} draws" in colon
    assert "it could be" in colon
    ids = set(re.findall(r'href="/evidence/([^"]+)"', colon))
    course = catalogue.course("colon")
    assert {source for one in course.numbers().values() for source in one.source} <= ids


def test_what_is_not_known_is_said(client, colon):
    html = client.post("/outlook/answer", data={"disease": "colon"}).text
    assert html.count("was not said") == 5
    assert "The stage was not said" not in colon
    assert "not an average" in html


def test_a_ticked_treatment_counts_without_more():
    assert read_asked({"disease": ["colon"], "regimen": ["colon/capox-3m"]}).changes["regimen"] == ["colon/capox-3m"]


def cells(html):
    return [cell for row in re.findall(r"<tr>(.*?)</tr>", html, flags=re.S) for cell in re.findall(r"<td>(.*?)</td>", row)]


def test_nobody_is_so_sure_as_to_say_none_or_all_of_100(client):
    """Few have seminoma of stage I come back late; the first day, on which everybody is well, is no row either."""
    html = client.post("/outlook/answer", data={"disease": "testis/seminoma", "free": "7"}).text
    shown = html[: html.index('id="sources"')]
    assert "fewer than 1" in cells(shown) and "more than 99" in cells(shown)
    assert not {"0", "100", "0 to 0"} & set(cells(shown))
    assert " in 0 " not in shown and " in 100 " not in shown


def test_no_count_where_too_little_is_known(client):
    thin = next(name for name in catalogue.list_ids() if not explain_counts(name))
    html = client.post("/outlook/answer", data={"disease": thin}).text
    assert 'class="circles"' not in html
    assert "How such cancers can come back" in html and "More in words" not in html
    assert client.post("/outlook.json", data={"disease": thin}).status_code == 422


def explain_counts(name):
    return name in COUNTED or explain({"about": name, "draws": 20})["counts"]


def test_nothing_is_said_of_death_where_nobody_asked(colon):
    """Other causes are named where they are left out of a count, and nowhere counted."""
    assert "The same with one more digit" in colon
    counted = [row for row in re.findall(r"<tr>(.*?)</tr>", colon, flags=re.S) if re.search(r"\b(died?|deaths?|dead)\b", row)]
    assert [row for row in counted if "mortality" not in row] == []
    assert not re.search(r"\d+ (of 100 )?(die|are alive)", colon)


def test_for_someone_else(client):
    assert "speak of your child" in client.post("/outlook/answer", data=COLON | {"who": "child"}).text


def draw_form(random, disease):
    offers = offered(disease)
    form = {"disease": disease, "who": "learning"}
    form["stage"] = random.choice(["", *(name for name, _ in offers["stages"])])
    form["follow_up"] = random.choice(["", *(name for name, _ in offers["plans"])])
    form["age"] = random.choice(["", "45", "71.5"])
    form["free"] = random.choice(["", "1", "3.5"])
    form["treatment"] = random.choice(["", "none"])
    return form


def drawn_courses(count, diseases=None):
    random = np.random.default_rng(6)
    names = diseases or [name for name in catalogue.list_ids() if explain_counts(name)]
    for i in range(count):
        yield {name: str(value) for name, value in draw_form(random, names[i % len(names)]).items()}


def same_as_the_command(client, form, folder):
    got = client.post("/outlook.json", data=form)
    asked = request_of(read_asked({name: [value] for name, value in form.items()}), 20)
    if got.status_code == 422:  # what the page refuses, the command refuses in the same words
        with pytest.raises(InputError) as caught:
            explain(asked)
        assert got.json()["error"] == " ".join(str(caught.value).split())
        return
    assert got.status_code == 200, got.text
    shown = got.json()
    file = folder / "example.toml"
    file.write_bytes(client.post("/outlook.toml", data=form).content)
    asked = {"course": str(file), "draws": shown["made"]["draws"], "ahead": True}
    known = json.loads(json.dumps(outlook(asked | ({"since": float(form["free"]) * 365.25} if form["free"] else {}))))
    for one in (known, shown):
        one["provenance"].pop("made_at")
    assert shown == known, form


def test_every_count_opens_its_source_and_status(colon):
    for heading in ("circles", "curve", "table", "left", "where"):
        part = re.search(rf'<h2 id="{heading}">.*?(?=<h2 )', colon, flags=re.S)[0]
        assert "Source and status of these counts" in part, heading
    status = re.search(r'id="status">.*?</details>', colon, flags=re.S)[0]
    assert f"foretell {foretold('colon')[1]}, and meets {foretold('colon')[0]}" in status
    rows = re.findall(r"/evidence/([^\"]+)", status)
    assert sorted(rows) == sorted(one.target.evidence for one in checks("colon"))


def test_json_is_the_commands(client, tmp_path):
    for form in drawn_courses(6, ("ovary", "pancreas", "stomach", "testis/seminoma", "testis/non-seminoma", "prostate")):
        same_as_the_command(client, form, tmp_path)


@pytest.mark.verify
def test_json_is_the_commands_for_fifty_courses(client, tmp_path):
    for form in drawn_courses(50):
        same_as_the_command(client, form, tmp_path)


def test_the_example_as_a_file_is_the_example(client, tmp_path):
    form = COLON | {"tnm": "T3 N1 M0", "age": "55", "treatment": "own", "regimen": "colon/capox-3m", "follow_up": "none"}
    file = tmp_path / "example.toml"
    file.write_bytes(client.post("/outlook.toml", data=form).content)
    asked = read_asked({name: [value] for name, value in form.items()})
    known = catalogue.course("colon").replace_all(asked.changes)
    assert read_course(str(file)).model_dump() == known.model_dump() != catalogue.course("colon").model_dump()
    assert "Colon cancer" in client.post("/outlook.html", data=form).text


def test_another_course_beside_it(client):
    html = client.post("/outlook/answer", data=COLON | {"beside": "regimen:none"}).text
    assert "one thing is changed: no treatment after the first" in html
    assert "On the second course" in html
    assert "still well, second course" in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"disease": "/etc/hosts.toml"}, "Which cancer"), ({"disease": ""}, "Which cancer"),
        (COLON | {"stage": "IX"}, "#f-stage"),
        (COLON | {"tnm": "T9 N0 M0"}, "#f-tnm"), (COLON | {"free": "nan"}, "#f-free"), (COLON | {"free": "1e999"}, "#f-free"),
        (COLON | {"age": "-1"}, "#f-age"), (COLON | {"treatment": "own"}, "#t-treatment-"),
        (COLON | {"beside": "regimen:x"}, "#f-beside"), (COLON | {"who": "x"}, "For whom"),
        (COLON | {"treatment": "own", "regimen": "breast/tamoxifen-5y"}, "#t-treatment-"),
        (COLON | {"treatment": "none", "regimen": "colon/mfolfox6"}, "#t-treatment-"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(client, fields, words):
    answer = client.post("/outlook/answer", content=urlencode(fields))
    assert answer.status_code == 422
    assert words in alert(answer.text)
    assert "\n" not in alert(answer.text)
    wanted = re.search(r'href="#([^"]+)"', alert(answer.text))
    assert wanted is None or f'id="{wanted[1]}"' in answer.text


def test_a_refused_form_stands_there_again_with_what_was_written(client):
    fields = COLON | {"age": "150", "tnm": "T3 N1 M0", "regimen": "colon/capox-3m", "treatment": "own", "beside": "regimen:none"}
    html = client.post("/outlook/answer", data=fields).text
    assert "must be a number from 0 to 110" in alert(html)
    assert "You wrote '150'" in alert(html)
    for held in ('value="150"', 'value="T3 N1 M0"', 'value="colon/capox-3m" checked', '<option value="regimen:none" selected>'):
        assert held in html
    assert 'action="/outlook/answer"' in html


def test_the_example_of_an_answer_can_be_changed(client, colon):
    assert 'formaction="/outlook"' in colon
    html = client.post("/outlook", data=COLON | {"gate": "yes", "age": "61"}).text
    assert 'value="61"' in html
    assert alert(html) == ""
