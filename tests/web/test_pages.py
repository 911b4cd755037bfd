"""Every page: words, labels, links, headers and size; nothing from other machines, nothing kept."""

import re

import pytest
from web.looking import Seen, alert, told, without_figures
from words import LIMITS, LONGEST, grade, longest, of_sentences

from remnant import catalogue, texts
from remnant.report import RESEARCH_ONLY
from remnant.topics import TOPICS
from remnant.web.render import DOORS

READ = (
    "/", *(href for href, _ in DOORS if href != "/health"), *(f"/why/{name}" for name in TOPICS), "/support/family",
    "/support/self-check", "/evidence/COL110", "/evidence/colon", "/evidence/colon/mfolfox6", "/evidence/regimens",
    "/validation/colon", "/nope",
)  # fmt: skip
COLON = {"disease": "colon"}
WRITTEN = (
    ("/outlook", COLON | {"gate": "yes"}), ("/outlook/answer", COLON | {"free": "2"}), ("/outlook/answer", {"disease": "aml"}),
    ("/plan", COLON), ("/plan/answer", COLON | {"start": "2026-05-31", "country": "GB"}),
    ("/returned", COLON | {"kind": "distant"}), ("/support", {"country": "GB", "near": "Leeds"}),
    ("/support", {"country": "Narnia"}),
)  # fmt: skip
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def pages(client):
    read = {path: client.get(path) for path in READ}
    return read | {f"POST {i} {path}": client.post(path, data=data) for i, (path, data) in enumerate(WRITTEN)}


def faults(html):
    seen = Seen(html)
    found = [f"not closed in order: {seen.wrong}"] if seen.wrong else []
    found += [f"no label: {field}" for field in seen.fields if field not in seen.labels]
    found += [f"twice: {name}" for name in {one for one in seen.ids if seen.ids.count(one) > 1}]
    found += ["not one h1"] if [tag for tag, _ in seen.tags].count("h1") != 1 else []
    for tag, held in seen.tags:
        if tag == "script" or any(name.startswith("on") for name in held) or "style" in held:
            found.append(f"script or style in {tag}")
        if any((held.get(name) or "").startswith(("http", "//")) for name in ("src", "action", "formaction")):
            found.append(f"{tag} asks another machine")
    return found + ([] if RESEARCH_ONLY in html else ["no purpose"]) + ([] if 'href="#main"' in html else ["no skip link"])


def test_every_page_is_whole_labelled_and_says_what_it_is_for(pages):
    assert {name: found for name, page in pages.items() if (found := faults(page.text))} == {}


def test_the_check_sees_faults():
    bad = "<html><h1>a</h1><h1>b</h1><input id='x'><p id='x'><script src='https://a'></script></html>"
    assert len(faults(bad)) >= 6


def test_every_page_is_small_and_has_the_headers(pages):
    for name, page in pages.items():
        assert len(without_figures(page.text).encode()) < MOST_BYTES, name
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert "set-cookie" not in page.headers
        assert "Undefined" not in page.text, name


def test_every_link_leads_somewhere(pages, client):
    known = {"/"}
    for name, page in pages.items():
        for href in Seen(page.text).links:
            path, _, anchor = href.partition("#")
            if path.startswith("/") and path not in known:
                known.add(path)
                if path.startswith(("/evidence", "/validation")):
                    continue
                answer = client.get(path)
                assert answer.status_code == 200, f"{name}: {href}"
            if not path and anchor:
                assert f'id="{anchor}"' in page.text, f"{name}: {href}"
    shown = [path.removeprefix("/evidence/") for path in known if re.fullmatch(r"/evidence/[A-Z]+\w*\d", path)]
    assert len(shown) > 20
    assert all(client.get(f"/evidence/{name}").status_code == 200 for name in shown[:40])


def test_every_disease_has_its_forms(client):
    for name in catalogue.list_ids():
        assert client.post("/outlook", data={"disease": name, "gate": "yes"}).status_code == 200, name
        assert client.post("/plan", data={"disease": name}).status_code == 200, name


def contrast(one, other):
    """Ratio of WCAG 2 between two colours such as #1c2430."""

    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_stand_out_in_light_and_dark(client):
    screen = re.sub(r"@media print \{.*?\n\}", "", client.get("/look.css").text, flags=re.S)
    found = re.findall(r"--([\w-]+): (#[0-9a-f]+);", screen)
    light, dark = ({}, {})
    for name, colour in found:
        (dark if name in light else light).setdefault(name, colour)
    assert contrast("#777777", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")
    for held in (light, dark):
        for ink, page in (("ink", "page"), ("ink", "card"), ("soft", "page"), ("link", "page"), ("onbanner", "banner")):
            assert contrast(held[ink], held[page]) >= 4.5, (ink, page, held)


def test_the_stylesheet_is_the_house_own(client):
    css = client.get("/look.css")
    assert css.headers["content-type"].startswith("text/css")
    assert "http" not in css.text.replace("http://www.w3.org", "")


def test_a_topic_is_drawn_for_another_value(client):
    usual, other = (client.get("/why/sleeping-cells", params=asked).text for asked in ({}, {"value": "20"}))
    assert usual != other
    assert re.search(r'value="20(\.0)?" checked', other)
    refused = client.get("/why/sleeping-cells", params={"value": "7"})
    assert refused.status_code == 422
    assert "2, 5, 10, 20" in alert(refused.text)


def test_numbers_are_behind_a_gate_with_a_way_out(client):
    gate = client.get("/outlook").text
    assert "Not now" in gate
    assert "someone I care for" in gate
    assert "my child" in gate
    refused = client.post("/outlook", data=COLON)
    assert refused.status_code == 422
    assert "gate" in alert(refused.text)


def test_health_computes_known_results(client):
    health = client.get("/health").json()
    assert health["well"] is True
    assert len(health["checked"]) >= 5


OF_PAGES = (
    ("/", None), ("/why", None), ("/outlook", None), ("/plan", None), ("/returned", None), ("/support", None),
    ("/feedback", None), ("/nope", None), ("/outlook", COLON | {"gate": "yes"}), ("/plan", COLON), ("/plan", {"disease": ""}),
)  # fmt: skip
NAMES = re.compile(r"(The usual example|If not known|If empty|not known:|Such as|Stages I to III|`).*")
"""Begins what holds names of treatments and plans, or letters of a stage."""


@pytest.mark.parametrize(("path", "fields"), OF_PAGES, ids=[f"{path} {sorted(fields or {})}" for path, fields in OF_PAGES])
def test_what_a_page_says_of_itself_is_as_easy_as_its_texts(client, path, fields):
    """The words of the frame stand in templates, not in the store; they are held to the same limits."""
    html = (client.get(path) if fields is None else client.post(path, data=fields)).text
    said = [one for words in told(html) if (one := NAMES.sub("", words).strip())]
    whole = " ".join(one if one[-1] in ".?!:" else f"{one}." for one in said)
    assert grade(whole) <= LIMITS["simple"] and longest(whole) <= LONGEST
    hard = [one for one in of_sentences(whole) if len(one.split()) >= 5 and grade(one) > LIMITS["simple"] + 5]
    assert hard == []
    assert texts.avoided_in(whole) == []


def test_a_hard_frame_would_be_seen(client):
    html = client.get("/").text.replace("It is not a doctor.", "It is not a multidisciplinary oncological consultation service.")
    assert texts.avoided_in(" ".join(told(html))) != []
    assert any(grade(one) > LIMITS["simple"] + 5 for words in told(html) for one in of_sentences(words) if "consultation" in one)
