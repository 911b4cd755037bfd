"""schemathesis asks every route in process, with what its description allows and what it does not: no fault, and the headers."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from web.looking import HOST

from remnant import catalogue
from remnant.web.app import create_app
from remnant.web.limits import Work

FORM = {
    "disease": {"enum": [*catalogue.list_ids(), "x", ""]}, "gate": {"enum": ["yes", ""]}, "stage": {"type": "string"},
    "tnm": {"type": "string"}, "age": {"type": "string"}, "free": {"type": "string"}, "follow_up": {"type": "string"},
    "treatment": {"enum": ["", "none", "own"]}, "regimen": {"type": "string"}, "beside": {"type": "string"},
    "start": {"type": "string", "format": "date"}, "country": {"type": "string"}, "came_back": {"type": "string"},
    "kind": {"type": "string"}, "near": {"type": "string"}, "topic": {"type": "string"}, "more": {"type": "string"},
    "words": {"type": "string"}, "about": {"type": "string"}, "file": {"type": "string"}, "unit": {"type": "string"},
    "duration": {"type": "string"}, "event": {"type": "string"}, "draws": {"type": "string"}, "q1": {"type": "string"},
}  # fmt: skip


def described(app):
    """The description of every route, with the fields of its forms: the program itself reads them one by one."""
    schema = app.openapi()
    for methods in schema["paths"].values():
        if "post" in methods:
            form = {"schema": {"type": "object", "properties": FORM}}
            methods["post"]["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
            methods["post"]["responses"] = {}
    return schema


class Told(Work):
    """Answers at once that too many ask where an outlook would be computed: what is fuzzed is everything around it."""

    def do(self, ask, whose="", *, long=False):
        name = getattr(ask, "func", ask)
        inner = ask.args[0] if getattr(name, "__name__", "") == "_timed" else ask
        if getattr(inner, "func", inner).__name__ in ("explain", "validated", "fhir_bundle", "laws"):
            from remnant.web.limits import BusyError

            raise BusyError("not in this test")
        return super().do(ask, whose)


APP = create_app(Told(seconds=60), hosts=(HOST, "localhost", "127.0.0.1"))
schema = schemathesis.openapi.from_dict(described(APP))
schema.app = APP
HOW = {"deadline": None, "phases": [Phase.explicit, Phase.generate], "suppress_health_check": list(HealthCheck)}


def check(case):
    answer = case.call(base_url=f"http://{HOST}")
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert answer.headers["cache-control"] in ("no-store", ["no-store"])


@schema.parametrize()
@settings(max_examples=3, derandomize=True, **HOW)
def test_no_route_ever_breaks(case):
    check(case)


@pytest.mark.verify
@schema.parametrize()
@settings(max_examples=100, **HOW)
def test_no_route_breaks_however_long_one_tries(case):
    check(case)


def test_every_route_is_asked():
    paths = set(described(APP)["paths"])
    assert {"/outlook/answer", "/plan.ics", "/lab/fit", "/outlook/load", "/evidence/{name}", "/self-check/{name}"} <= paths
