"""End points by name against histories worked by hand from the published definitions, and planted faults in them."""

import numpy as np
import pytest

from remnant import endpoints
from remnant.endpoints import COUNTS, DEATHS, EVENTS, Histories, histories_of, times_of
from remnant.errors import InputError

LAST = 1000.0
HAND = [
    # what happened (day by event), then for each definition DFS, RFS, TTR, OS as (day, counts)
    ({}, "both", (LAST, 0), (LAST, 0), (LAST, 0), (LAST, 0)),
    ({"local": 100, "death-disease": 400}, "both", (100, 1), (100, 1), (100, 1), (400, 1)),
    ({"distant": 100, "death-other": 400}, "both", (100, 1), (100, 1), (100, 1), (400, 1)),
    ({"death-other": 300}, "both", (300, 1), (300, 1), (300, 0), (300, 1)),
    ({"death-disease": 300}, "both", (300, 1), (300, 1), (300, 1), (300, 1)),
    ({"regional": 100, "death-treatment": 150}, "both", (100, 1), (100, 1), (100, 1), (150, 1)),
    ({"second-same": 200}, "both", (200, 1), (LAST, 0), (LAST, 0), (LAST, 0)),
    ({"second-same": 200, "distant": 500, "death-disease": 700}, "both", (200, 1), (500, 1), (500, 1), (700, 1)),
    ({"second-other": 200}, "datecan", (LAST, 0), (LAST, 0), (LAST, 0), (LAST, 0)),
    ({"second-other": 200}, "steep", (200, 1), (LAST, 0), (LAST, 0), (LAST, 0)),
    ({"second-other": 200, "local": 500}, "datecan", (500, 1), (500, 1), (500, 1), (LAST, 0)),
    ({"second-other": 200, "local": 500}, "steep", (200, 1), (500, 1), (500, 1), (LAST, 0)),
    ({"second-other": 200, "death-other": 600}, "datecan", (600, 1), (600, 1), (600, 0), (600, 1)),
    ({"second-other": 200, "death-other": 600}, "steep", (200, 1), (600, 1), (600, 0), (600, 1)),
    ({"local": 300, "death-other": 300}, "both", (300, 1), (300, 1), (300, 1), (300, 1)),
    ({"death-other": 1200}, "both", (LAST, 0), (LAST, 0), (LAST, 0), (LAST, 0)),
]
CASES = [
    (happened, definition, name, expected)
    for happened, which, *by_name in HAND
    for definition in (("datecan", "steep") if which == "both" else (which,))
    for name, expected in zip(("dfs", "rfs", "ttr", "os"), by_name, strict=True)
]


def found(happened, definition, name):
    times = times_of(Histories({event: np.array([float(day)]) for event, day in happened.items()}, LAST), name, definition)
    return float(np.broadcast_to(times.day, (1,))[0]), int(np.broadcast_to(times.event, (1,))[0])


@pytest.mark.parametrize("happened, definition, name, expected", CASES)
def test_histories_worked_by_hand(happened, definition, name, expected):
    assert found(happened, definition, name) == (float(expected[0]), expected[1])


@pytest.mark.parametrize("definition", endpoints.DEFINITIONS)
@pytest.mark.parametrize("name", endpoints.NAMES)
@pytest.mark.parametrize("event", EVENTS)
def test_the_table_notices_an_event_too_many_or_too_few(monkeypatch, definition, name, event):
    """A planted fault: with one event added to a definition, or left out of it, some history worked by hand differs."""
    now = COUNTS[definition][name]
    changed = tuple(one for one in now if one != event) if event in now else (*now, event)
    monkeypatch.setitem(COUNTS[definition], name, changed)
    cases = [case for case in CASES if case[1] == definition and case[2] == name]
    extra = [({event: 50}, definition, name, (50, 1) if event in now else ((50 if event in DEATHS else LAST), 0))]
    assert any(found(happened, definition, name) != (float(day), hit) for happened, _, _, (day, hit) in [*cases, *extra])


def test_histories_come_from_columns():
    known = {
        "kind": ["local", "systemic", None], "recurrence": np.array([10.0, 20.0, np.inf]),
        "second": np.array([np.inf, 15.0, 30.0]), "second_in_organ": [False, True, False],
        "second_kind": [None, "second_primary", "second_primary"],
        "end": np.array([np.inf, 40.0, 50.0]), "cause": [None, "death-disease", "death-other"],
    }  # fmt: skip
    histories = histories_of(known, 100.0)
    assert times_of(histories, "dfs", "datecan").day.tolist() == [10.0, 15.0, 50.0]
    assert times_of(histories, "dfs", "steep").day.tolist() == [10.0, 15.0, 30.0]
    assert times_of(histories, "ttr", "datecan").event.tolist() == [True, True, False]
    assert times_of(histories, "os", "steep").day.tolist() == [100.0, 40.0, 50.0]


def test_what_a_rule_takes_for_something_else_counts_as_that():
    known = {
        "kind": ["second_primary", None], "recurrence": np.array([10.0, np.inf]), "second": np.array([np.inf, 20.0]),
        "second_in_organ": [False, True], "second_kind": [None, "local"], "end": np.full(2, np.inf), "cause": [None, None],
    }  # fmt: skip
    histories = histories_of(known, 100.0)
    assert times_of(histories, "dfs", "datecan").day.tolist() == [10.0, 20.0]
    assert times_of(histories, "rfs", "datecan").day.tolist() == [100.0, 20.0]


@pytest.mark.parametrize(
    "call, words",
    [(lambda: times_of(Histories({}, 1.0), "pfs", "datecan"), "dfs, rfs, ttr, os"),
     (lambda: times_of(Histories({}, 1.0), "dfs", "fda"), "datecan, steep"),
     (lambda: Histories({"relapse": np.zeros(1)}, 1.0), "local, regional")],
)  # fmt: skip
def test_unknown_names_are_told(call, words):
    with pytest.raises(InputError, match=words):
        call()
