"""The served page as a person meets it: a walk by links and forms alone, and pictures at two widths by a real browser."""

import shutil
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import icalendar
import pytest
from web.looking import Seen

MARKER = "Zq8marker"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-W", "error", "-m", "remnant.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            yield address, folder
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address):
    until = time.monotonic() + 600  # machine code is made the first time
    while time.monotonic() < until:
        try:
            return urlopen(address, timeout=5).read()
        except (URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the page did not come up")


def get(address, path, fields=None):
    data = urlencode(fields).encode() if fields is not None else None
    with urlopen(Request(address + path, data=data), timeout=60) as answer:
        return answer.read().decode()


def forms(html):
    """Every form: where it is sent, and the fields with what stands in them."""
    found = []
    for tag, held in Seen(html).tags:
        if tag == "form":
            found.append((held["action"], {}))
        elif found and tag in ("input", "select") and held.get("name"):
            left_out = held.get("type") in ("radio", "checkbox") and "checked" not in held
            found[-1][1].update({} if left_out else {held["name"]: held.get("value") or ""})
        elif found and tag == "button" and "formaction" in held:
            found.append((held["formaction"], found[-1][1]))
    return dict(found)


def test_from_the_first_page_to_a_plan_in_the_calendar(served):
    address, folder = served
    first = get(address, "/")
    assert "/why" in Seen(first).links
    topics = Seen(get(address, "/why")).links
    assert "/support" in Seen(get(address, next(one for one in topics if one.startswith("/why/")))).links
    gate = forms(get(address, "/outlook"))
    form = forms(get(address, "/outlook", gate["/outlook"] | {"gate": "yes", "disease": "colon"}))
    answer = get(address, "/outlook/answer", form["/outlook/answer"] | {"free": "2"})
    assert "will have the cancer come back" in answer
    plan = forms(get(address, "/plan", forms(answer)["/plan"]))
    shown = get(address, "/plan/answer", plan["/plan/answer"] | {"start": "2026-05-31", "country": "GB", "other": MARKER})
    calendar = get(address, "/plan.ics", forms(shown)["/plan.ics"])
    assert icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    log = (folder / "log").read_text()
    assert log.count("\n") == 2
    assert MARKER not in log
    assert [one.name for one in folder.iterdir()] == ["log"]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no picture of the page can be taken")
@pytest.mark.parametrize("width", [500, 1200])
def test_a_browser_shows_it(served, tmp_path, width):
    address, _ = served
    picture = tmp_path / "page.png"
    size = [f"--window-size={width},1600", f"--screenshot={picture}", f"--user-data-dir={tmp_path / 'profile'}"]
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        alone,
        *size,
        address + "/why/sleeping-cells",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert picture.stat().st_size > 20_000
