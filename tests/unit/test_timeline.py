"""The Timeline file format: what is read, what is refused and in which words, and that it reads back the same."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from drawn import drawn_timelines, small_timelines
from hard import hard_timelines
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import InputError
from remnant.timeline import Timeline

DATA = Path(__file__).parents[1] / "data"
BAD = sorted((DATA / "timelines" / "bad").glob("*.json"))
GOOD = sorted((DATA / "timelines" / "good").glob("*.json")) + sorted((DATA / "golden").glob("*.json"))


def read(path: Path):
    return json.loads(path.read_text("utf-8"))


def test_corpus_is_there():
    assert len(BAD) >= 60
    assert len(GOOD) >= 20


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_document_is_refused_where_it_is_wrong(path):
    case = read(path)
    with pytest.raises(InputError) as caught:
        Timeline.from_dict(case["timeline"])
    assert caught.value.where == case["path"]
    message = str(caught.value)
    assert "\n" not in message
    assert "; came " in message
    for word in case["words"]:
        assert word in message, message


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_document_reads_back_the_same(path):
    timeline = Timeline.from_dict(read(path))
    assert Timeline.from_dict(timeline.to_dict()).to_dict() == timeline.to_dict()
    assert Timeline.from_json(timeline.to_json()) == timeline
    assert Timeline.from_json(path) == timeline
    assert hash(Timeline.from_json(timeline.to_json())) == hash(timeline)
    assert str(timeline).strip()


@pytest.mark.parametrize("document", drawn_timelines(20, 3) + small_timelines(10, 3) + hard_timelines(), ids=lambda d: d["name"])
def test_drawn_document_keeps_every_number(document):
    timeline = Timeline.from_dict(document)
    again = timeline.to_dict()
    for key in ("sites", "types", "symptoms", "zero", "founders", "hazards", "growth_spread", "burden_spread"):
        wanted = document.get(key)
        if key == "founders":
            assert [_founder(row) for row in again[key]] == [_founder(row) for row in wanted]
        elif wanted is not None:
            assert again.get(key) == wanted
    assert again["times"] == [float(t) for t in document["times"]]
    assert [look["n50"] for look in again["looks"]] == [look["n50"] for look in document.get("looks", [])]


def _founder(row):
    seeding = row.get("seeding")
    return row | {"seeding": seeding and {"growth_scales": 0} | seeding, "known": row.get("known", False)}


def test_a_changed_number_is_another_timeline():
    document = read(DATA / "timelines" / "good" / "everything.json")
    one = Timeline.from_dict(document)
    document["epochs"][1]["death"][0][0] *= 1 + 1e-12
    two = Timeline.from_dict(document)
    assert one != two
    assert hash(one) != hash(two)


def test_defaults_mean_what_the_format_says():
    document = {
        "sites": ["local", "regional", "nodes", "bone"], "types": ["awake"], "symptoms": [0.0] * 4, "founders": [],
        "epochs": [{"start": 0.0, "division": [[0.1]] * 4, "death": [[0.1]] * 4}],
        "looks": [{"time": 1.0, "n50": [None, 5.0, 5.0, 5.0]}],
    }  # fmt: skip
    timeline = Timeline.from_dict(document)
    assert timeline.site_kinds == ("local", "regional", "regional", "distant")
    assert timeline.zero == 0.0
    assert timeline.growth_spread == 0.0
    assert math.isinf(timeline.burden_spread)
    assert timeline.exams == ("exam",)
    assert np.array_equal(timeline.epochs[0].extra_death, np.zeros((4, 1)))
    assert math.isinf(timeline.looks[0].n50[0])


def test_arrays_cannot_be_written_to():
    timeline = Timeline.from_dict(read(DATA / "timelines" / "good" / "everything.json"))
    with pytest.raises(ValueError, match="read-only"):
        timeline.epochs[0].division[0, 0] = 1.0
    with pytest.raises(AttributeError):
        timeline.zero = 3.0


def test_other_times_are_checked_like_those_of_the_file():
    timeline = Timeline.from_dict(read(DATA / "timelines" / "good" / "everything.json"))
    assert timeline.with_times([5.0, 9.0]).times.tolist() == [5.0, 9.0]
    assert timeline.with_times(None) is timeline
    for times, where in (([-1.0], "times[0]"), ([], "times"), ([math.nan], "times[0]"), ([10.0, "x"], "times[1]")):
        with pytest.raises(InputError) as caught:
            timeline.with_times(times)
        assert caught.value.where == where
    late = Timeline.from_dict(read(DATA / "timelines" / "good" / "everything.json"))
    assert late.founders[0].time == 0.0
    with pytest.raises(InputError, match="at least one time"):
        Timeline.from_dict(read(DATA / "timelines" / "good" / "least.json")).with_times(None)


def test_times_before_a_founder_are_refused_when_asked_later():
    document = read(DATA / "timelines" / "good" / "everything.json")
    document["founders"][0]["time"] = 500.0
    with pytest.raises(InputError) as caught:
        Timeline.from_dict(document).with_times([400.0])
    assert caught.value.where == "founders[0].time"


def test_broken_json_says_where(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{"sites": [', "utf-8")
    with pytest.raises(InputError, match="line 1, column"):
        Timeline.from_json(path)
    with pytest.raises(InputError, match="line 1, column"):
        Timeline.from_json('{"sites": [')


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
TREES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3))
)
KEYS = sorted(read(DATA / "timelines" / "good" / "everything.json"))


@given(st.sampled_from(KEYS), TREES)
def test_any_value_is_read_or_refused_in_one_sentence(key, value):
    document = read(DATA / "timelines" / "good" / "everything.json") | {key: value}
    try:
        timeline = Timeline.from_dict(document)
    except InputError as refusal:
        assert refusal.where
        assert "\n" not in str(refusal)
        return
    assert Timeline.from_dict(timeline.to_dict()) == timeline
