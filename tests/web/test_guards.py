"""Nothing kept, nothing logged, nothing without a limit, and never a fault of the program."""

import logging
import threading
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from web.looking import HOST, alert

from remnant.errors import InputError
from remnant.web.app import create_app
from remnant.web.limits import MOST_BYTES, BusyError, Work
from remnant.web.server import is_loopback, listen

MARKER = "zq7marker"
FIELDS = (
    "disease", "gate", "who", "stage", "tnm", "age", "free", "follow_up", "treatment", "regimen", "beside", "start", "country",
    "came_back", "restaged", "name_diagnosis", "kind", "limits_life", "topic", "near", "value", "other", "draws", "more", "file",
    "words", "about", "page", "q1", "unit", "duration", "event", "burden", "cut", "as",
)  # fmt: skip
POSTS = (
    "/outlook", "/outlook/answer", "/outlook.json", "/outlook.html", "/outlook.toml", "/plan", "/plan/answer", "/plan.ics",
    "/plan.fhir.json", "/plan.html", "/returned", "/support", "/outlook/load", "/lab/fit", "/lab/timeline", "/self-check/mood",
    "/feedback.txt",
)  # fmt: skip
ALLOWED = {200, 404, 405, 413, 422, 503}
GOOD = {"disease": "aml", "gate": "yes", "start": "2026-05-31"}
"""A cancer without counts: quick, so that what is fuzzed is the reading of the form."""


def test_a_marker_in_every_field_appears_in_no_log_and_no_file(client, capfd, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    for path in POSTS:
        for field in FIELDS:
            assert client.post(path, data=GOOD | {field: MARKER}).status_code in ALLOWED
    client.get(f"/why/{MARKER}", params={"value": MARKER})
    client.get(f"/evidence/{MARKER}")
    written = capfd.readouterr()
    logged = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx2", "httpcore2", "httpx"))]
    assert MARKER not in written.out + written.err + " ".join(logged)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_program_is_told_without_words_of_the_form(capfd):
    class Broken(Work):
        def do(self, ask, whose="", *, long=False):
            raise RuntimeError(MARKER)

    broken = TestClient(create_app(Broken(), hosts=(HOST,)), raise_server_exceptions=False)
    answer = broken.post("/plan/answer", data=GOOD)
    assert answer.status_code == 500
    assert "not yours" in alert(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    err = capfd.readouterr().err
    assert "RuntimeError" in err
    assert MARKER not in err + answer.text


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["0", "-1", "1e308", "nan", "inf", "9" * 60, "2026-02-30", "T3 N1 M0", "none", "own", "../x", "colon.toml"]),
    st.sampled_from(["yes", "<b>", "\x00", "٣", "0x10", "1_0"]),
)  # fmt: skip


@given(st.sampled_from(POSTS), st.dictionaries(st.sampled_from(FIELDS[1:]), TEXTS, max_size=6))
@settings(max_examples=150)
def test_no_form_ever_breaks_the_page(client, path, fields):
    answer = client.post(path, data=GOOD | {name: value.encode("utf-8", "replace") for name, value in fields.items()})
    assert answer.status_code in ALLOWED


@given(st.sampled_from(POSTS), st.binary(max_size=200))
@settings(max_examples=80)
def test_no_bytes_ever_break_the_page(client, path, body):
    assert client.post(path, content=body).status_code in ALLOWED - {200} | ({200} if path == "/support" else set())


@given(st.sampled_from(("/", "/why/", "/evidence/", "/validation/", "/support/")), st.text(max_size=30))
@settings(max_examples=80)
def test_no_address_ever_breaks_the_page(client, start, rest):
    from urllib.parse import quote

    answer = client.get(start + quote(rest, safe="/"), follow_redirects=False)
    assert answer.status_code in ALLOWED | {307}


@given(TEXTS)
@settings(max_examples=40)
def test_no_value_of_a_picture_breaks_the_page(client, value):
    assert client.get("/why/radiotherapy", params={"value": value.encode("utf-8", "replace")}).status_code in (200, 422)


def test_more_than_a_form_holds_is_refused(client):
    answer = client.post("/support", content=b"a" * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert "64 kB" in alert(answer.text)
    assert client.post("/support", content="&".join(f"a{i}=1" for i in range(200))).status_code == 422
    assert client.post("/support", data={"near": "x" * 300}).status_code == 422


def test_a_busy_page_says_so():
    work = Work(waiting=0)
    inside, leave = threading.Event(), threading.Event()
    busy = threading.Thread(target=lambda: work.do(lambda: (inside.set(), leave.wait(10))))
    busy.start()
    try:
        assert inside.wait(10)
        answer = TestClient(create_app(work, hosts=(HOST,))).post("/plan/answer", data=GOOD)
    finally:
        leave.set()
        busy.join()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "again" in alert(answer.text)


def test_waiting_has_an_end():
    work = Work(waiting=1, seconds=0.01)
    inside, leave = threading.Event(), threading.Event()
    busy = threading.Thread(target=lambda: work.do(lambda: (inside.set(), leave.wait(10))))
    busy.start()
    try:
        assert inside.wait(10)
        with pytest.raises(BusyError):
            work.do(lambda: None)
    finally:
        leave.set()
        busy.join()
    assert work.do(lambda: 1) == (1, [])


def test_a_port_that_is_taken_is_one_sentence():
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(InputError, match="another port"):
            listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(InputError, match="an address of this machine"):
        listen("no such host", 8040)


def test_other_names_are_not_answered(client):
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")


def test_the_web_framework_comes_only_where_it_is_asked_for():
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not any(one.startswith(("fastapi", "uvicorn")) for one in project["dependencies"])
    assert any(one.startswith("fastapi") for one in project["optional-dependencies"]["web"])
