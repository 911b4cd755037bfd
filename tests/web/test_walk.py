"""The served page as a program without a screen meets it: a walk by links and forms alone."""

from urllib.parse import urlencode
from urllib.request import Request, urlopen

import icalendar
from web.looking import Seen

MARKER = "Zq8marker"


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
