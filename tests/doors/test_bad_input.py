"""What cannot be done is refused with exit code 2 and one sentence, and nothing is written; what should not be trusted warns."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from doors.cases import RESTING, cohort, run, timeline, write_cohort, write_timeline

FIT = ("--duration", "time", "--event", "event", "--unit", "days", "--no-compare")
SAMPLE = ("--patients", "100", "--seed", "1")


def refused(folder, *words, says=(), stdin=None):
    before = sorted(folder.rglob("*"))
    ran = run(*words, stdin=stdin)
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("remnant: ") and ran.err.endswith("\n") and ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    assert [word for word in says if word not in ran.err] == []
    assert sorted(folder.rglob("*")) == before, "nothing is half-written"
    return ran.err


def with_column(name, values):
    columns = cohort()
    columns[name] = values(columns) if callable(values) else values
    return columns


def with_cell(name, row, value):
    columns = cohort()
    columns[name][row] = value
    return columns


BAD_TIMELINES = {
    "a rate of 1e308": ({"symptoms": [1e308, 1e-12]}, ["symptoms[0]", "1e+308"]),
    "a rate that is not a number": ({"symptoms": [math.nan, 1e-12]}, ["symptoms[0]", "nan"]),
    "a negative rate": ({"symptoms": [-1e-12, 1e-12]}, ["symptoms[0]"]),
    "an unknown key": ({"symptons": [1]}, ["symptons", "unknown key"]),
    "an unknown name": ({"dormant_types": ["asleep"]}, ["dormant_types[0]", "asleep"]),
    "a table of another shape": (
        {"epochs": [{"start": 0, "division": [[0.1, 0]], "death": [[0.1, 0], [0.1, 0]]}]},
        ["epochs[0].division"],
    ),
    "an n50 of zero": ({"looks": [{"time": 1, "n50": [0, 1]}]}, ["looks[0].n50[0]"]),
    "mutation above 1": (
        {"mutation": [{"from": "awake", "to": "dormant", "probability": 1.5}]},
        ["mutation[0].probability"],
    ),
    "a time before zero": ({"times": [-1, 2]}, ["times[0]"]),
    "a founder after the last time": (
        {"founders": [{"site": "bone", "type": "awake", "mean": 1, "time": 9999}]},
        ["founders[0].time"],
    ),
    "epochs out of order": (
        {"epochs": [{"start": s, "division": [[0.1, 0]] * 2, "death": [[0.1, 0]] * 2} for s in (5, 4)]},
        ["epochs[1].start"],
    ),
    "another version": ({"version": 2}, ["version"]),
}


@pytest.mark.parametrize("case", sorted(BAD_TIMELINES))
@pytest.mark.parametrize("command", ["solve", "sample"])
def test_bad_timelines(tmp_path, command, case):
    changes, says = BAD_TIMELINES[case]
    path = write_timeline(tmp_path, **changes)
    refused(tmp_path, command, path, *(SAMPLE if command == "sample" else ()), says=says)


@pytest.mark.parametrize("command", ["solve", "sample", "fit"])
def test_bad_files(tmp_path, command):
    more = {"solve": (), "sample": SAMPLE, "fit": FIT}[command]
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe\x00\x81")
    refused(tmp_path, command, tmp_path / "none", *more, says=["none", "No such file"])
    refused(tmp_path, command, empty, *more, says=["empty"])
    refused(tmp_path, command, tmp_path, *more, says=["directory"])
    refused(tmp_path, command, binary, *more, says=["UTF-8"])


@pytest.mark.parametrize("text", ["{", "[1, 2", "not json", '{"sites": [}', "[" * 100_000])
def test_bad_json(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    refused(tmp_path, "solve", path, says=["JSON"])


@pytest.mark.parametrize("text", ["[]", "null", "3", '"text"', "{}"])
def test_json_that_is_no_timeline(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    refused(tmp_path, "solve", path)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--patients", "0", "--seed", "1"], ["patients", "0"]),
        (["--patients", "-5", "--seed", "1"], ["patients"]),
        (["--patients", str(10**15), "--seed", "1"], ["patients"]),
        (["--patients", "10", "--seed", "-1"], ["seed", "-1"]),
        (["--patients", "10", "--seed", "1", "--times", "-3"], ["times"]),
        (["--patients", "10", "--seed", "1", "--times", "nan"], ["times"]),
        (["--patients", "10", "--seed", "1", "--times", "3,x"], ["times", "x"]),
        (["--patients", "10", "--seed", "1", "--times", ""], ["times"]),
    ],
)
def test_bad_numbers_for_sample(tmp_path, words, says):
    refused(tmp_path, "sample", RESTING, *words, says=says)


def test_no_times_at_all(tmp_path):
    document = timeline()
    del document["times"]
    path = tmp_path / "t.json"
    path.write_text(json.dumps(document))
    refused(tmp_path, "solve", path, says=["times"])


BAD_COHORTS = {
    "a missing column": (lambda: {k: v for k, v in cohort().items() if k != "event"}, ["event"]),
    "text in a number": (lambda: with_cell("time", 12, "soon"), ["time", "soon"]),
    "an empty cell": (lambda: with_cell("time", 12, ""), ["time"]),
    "a negative time": (lambda: with_cell("time", 12, -3), ["time", "-3"]),
    "an infinite time": (lambda: with_cell("time", 12, "inf"), ["time"]),
    "an event that is neither 0 nor 1": (lambda: with_cell("event", 12, 7), ["event", "7"]),
    "nobody found again": (lambda: with_column("event", [0] * 150), []),
    "a constant covariate": (lambda: with_column("nodes", [2] * 150), ["nodes"]),
    "a covariate with a missing cell": (lambda: with_cell("nodes", 12, ""), ["nodes"]),
    "a header alone": (lambda: {name: [] for name in cohort()}, []),
}


@pytest.mark.parametrize("case", sorted(BAD_COHORTS))
def test_bad_cohorts(tmp_path, case):
    make, says = BAD_COHORTS[case]
    path = write_cohort(tmp_path, make())
    refused(
        tmp_path,
        "fit",
        path,
        *FIT,
        "--burden",
        "nodes",
        "--report",
        tmp_path / "r.html",
        "--save",
        tmp_path / "f.json",
        says=says,
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--duration", "time", "--event", "event", "--unit", "weeks"], ["unit", "weeks"]),
        (["--duration", "time", "--unit", "days"], ["event"]),
        (["--unit", "days"], []),
        ([*FIT, "--burden", "nodez"], ["nodez"]),
        ([*FIT, "--burden", "nodes +"], ["burden"]),
        ([*FIT, "--cut", "-5"], ["cut"]),
        ([*FIT, "--cut", "nan"], ["cut"]),
        ([*FIT, "--cut", "1e9"], ["cut"]),
        ([*FIT, "--horizon", "0"], ["horizon"]),
        ([*FIT, "--cycles", "cycles.csv"], ["cycle"]),
        ([*FIT, "--cycles", "cycles.csv", "--cycle-length", "0"], ["cycle"]),
    ],
)
def test_bad_options_for_fit(tmp_path, words, says, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_cohort(tmp_path)
    refused(tmp_path, "fit", path, *words, says=says)


def test_a_table_that_is_no_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"2\n3,4,5,6\n')
    refused(tmp_path, "fit", path, *FIT)


@pytest.mark.parametrize(
    "words",
    [
        ("solve", RESTING, "--report"),
        ("sample", RESTING, *SAMPLE, "--out"),
        ("fit", "COHORT", *FIT, "--report"),
        ("fit", "COHORT", *FIT, "--save"),
        ("fit", "COHORT", *FIT, "--cycle-length", "30", "--cycles"),
    ],
)
def test_places_that_cannot_be_written_are_told_before_anything_is_computed(tmp_path, monkeypatch, words):
    """Root can write anywhere, so the folder is a file, is missing, or belongs to the kernel."""

    def never(*_, **__):
        raise AssertionError("computed before the place was checked")

    monkeypatch.setattr("remnant.service.solve", never)
    monkeypatch.setattr("remnant.service.sample", never)
    monkeypatch.setattr("remnant.fit_cohort.fit", never)
    cohort_file = write_cohort(tmp_path)
    words = [cohort_file if word == "COHORT" else word for word in words]
    for place in (cohort_file / "out", tmp_path / "none" / "out", "/proc/out", tmp_path, "/dev/null"):
        refused(tmp_path, *words, place)


@pytest.mark.parametrize("place", ["FILE/out", "/proc/out"])
def test_a_demo_that_cannot_be_written(tmp_path, place):
    file = write_cohort(tmp_path)
    refused(tmp_path, "demo", "--out", place.replace("FILE", str(file)))


def test_a_demo_of_nobody(tmp_path):
    refused(tmp_path, "demo", "--out", tmp_path, "--patients", "0", says=["patients"])


def test_an_older_file_stays_when_a_new_one_fails(tmp_path):
    from remnant.files import write_whole

    target = tmp_path / "r.html"
    target.write_text("older")

    def half(part):
        part.write_text("half")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        write_whole(target, half)
    assert target.read_text() == "older" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("command", ["solve", "sample", "fit", "demo"])
def test_an_unknown_option(command):
    ran = run(command, "--colour", "red")
    assert ran.code == 2 and "--colour" in ran.err and ran.out == ""


def test_one_event_warns_and_goes_on(tmp_path):
    columns = cohort()
    columns["event"] = [0] * 150
    columns["event"][int(np.argmin(columns["time"]))] = 1
    ran = run("fit", write_cohort(tmp_path, columns), *FIT)
    assert ran.code == 0 and "remnant: warning: " in ran.err


def test_duplicated_rows_warn_and_go_on(tmp_path):
    columns = {name: values + values[:40] for name, values in cohort().items()}
    ran = run("fit", write_cohort(tmp_path, columns), *FIT)
    assert ran.code == 0 and "remnant: warning: " in ran.err and "duplicate" in ran.err.lower()


@pytest.mark.verify
def test_a_million_rows_work(tmp_path):
    path = write_cohort(tmp_path, cohort(rows=1_000_000))
    ran = run("fit", path, *FIT, "--burden", "nodes", "--json")
    assert ran.code == 0 and json.loads(ran.out)["data"]["patients"] == 1_000_000
