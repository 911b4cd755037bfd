"""One page for all tests: asked without a network, or served and met by a real browser."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient
from web.looking import HOST

from remnant import followup_plan
from remnant.web import desk
from remnant.web.app import create_app
from remnant.web.limits import Work

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "build" / "pictures"


@pytest.fixture(scope="module")
def client():
    # fewer draws make the same page in less time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "WISHED_SECONDS", 0.0)
        patch.setattr(followup_plan, "DRAWS", 20)
        yield TestClient(create_app(Work(seconds=60), hosts=(HOST,)))


@pytest.fixture(scope="session")
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
            server.wait(30)


def wait_for(address):
    until = time.monotonic() + 900  # machine code is made the first time
    while time.monotonic() < until:
        try:
            return urlopen(address, timeout=5).read()
        except (URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the page did not come up")


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: the page cannot be met in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def complains(told):
    return told.type == "error" and "status of 4" not in told.text


@pytest.fixture
def visit(browser, served):
    """A function that opens a tab; every request of it must stay on this machine, and no page may complain."""
    address, _ = served
    asked, said, contexts = [], [], []

    def opened(**settings):
        context = browser.new_context(base_url=address, **settings)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        # a page that refuses says so by its status, and the browser notes it
        page.on(
            "console", lambda told: said.append(told.text) if told.type == "error" and "status of 4" not in told.text else None
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert said == []


@pytest.fixture
def picture():
    PICTURES.mkdir(parents=True, exist_ok=True)

    def taken(page, name):
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    return taken
