"""One page for all tests, asked without a network."""

import pytest
from starlette.testclient import TestClient
from web.looking import HOST

from remnant import followup_plan
from remnant.web import outlook_pages
from remnant.web.app import create_app
from remnant.web.limits import Work


@pytest.fixture(scope="module")
def client():
    # fewer draws make the same page in less time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook_pages, "DRAWS", 20)
        patch.setattr(followup_plan, "DRAWS", 20)
        yield TestClient(create_app(Work(seconds=60), hosts=(HOST,)))
