"""The fit command from end to end: text, JSON, report, saved fit, cycles, early cut, and no patient in any of them."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
from doors.cases import Page, run, write_cohort
from fits import drawn

import remnant as rm
from remnant.report import RESEARCH_ONLY

COLUMNS = ("--duration", "time", "--event", "event", "--unit", "days")
COVARIATES = ("--burden", "b0", "--growth", "g0")


def patients(rows=160):
    table = drawn(rows, 9)
    return {name: table[name].tolist() for name in table.columns}


def without_rivals(*words):
    return run("fit", *words, *COLUMNS, "--no-compare")


def test_for_people(tmp_path):
    ran = without_rivals(write_cohort(tmp_path, patients()), *COVARIATES, "--cut", "900")
    assert ran.code == 0 and RESEARCH_ONLY in ran.out
    for said in ("160 patients", "burden: b0", "growth: g0", "detection time", "Told only what was known by 900 days"):
        assert said in ran.out


def test_for_machines_and_from_standard_input(tmp_path):
    path = write_cohort(tmp_path, patients())
    named = json.loads(without_rivals(path, *COVARIATES, "--json").out)
    piped = json.loads(run("fit", "-", *COLUMNS, "--no-compare", *COVARIATES, "--json", stdin=path.read_text()).out)
    assert named["curve"] == piped["curve"] and named["models"] == []
    assert named["data"] == {"patients": 160, "found_again": named["data"]["found_again"], "unit": "days"}
    assert {"form", "log_likelihood", "parameters", "aic"} == set(named["fit"])
    assert named["curve"]["recurrence_free"][0] == 1 and named["cured"]["low"] < named["cured"]["share"]
    assert [row["name"] for row in named["coefficients"]][1:3] == ["burden: b0", "growth: g0"]


def test_every_unit_says_the_same(tmp_path):
    columns = patients()
    years = columns | {"time": [t / 365.25 for t in columns["time"]]}
    one = json.loads(run("fit", write_cohort(tmp_path, columns), *COLUMNS, "--no-compare", "--json").out)
    words = ("--duration", "time", "--event", "event", "--unit", "years", "--no-compare", "--json")
    other = json.loads(run("fit", write_cohort(tmp_path, years, "years.csv"), *words).out)
    assert other["curve"]["recurrence_free"] == pytest.approx(one["curve"]["recurrence_free"], rel=1e-6, abs=0)
    assert np.array(other["curve"]["times"][1:]) * 365.25 == pytest.approx(one["curve"]["times"][1:], rel=1e-9, abs=0)


def test_options_change_what_they_say(tmp_path):
    path = write_cohort(tmp_path, patients())
    mixed = json.loads(without_rivals(path, "--mixing", "--json").out)
    plain = json.loads(without_rivals(path, "--no-mixing", "--json").out)
    assert (mixed["fit"]["form"], plain["fit"]["form"]) == ("mixing", "plain")
    assert mixed["fit"]["parameters"] == plain["fit"]["parameters"] + 1
    assert "In this fit some lineages rest before they grow." in without_rivals(path, "--dormancy", "--no-mixing").out
    assert "In this fit" not in without_rivals(path, "--no-mixing", "--no-dormancy", "--no-ages").out
    longer = json.loads(without_rivals(path, "--horizon", "9000", "--json").out)["curve"]
    assert longer["times"][-1] == 9000 and longer["kaplan_meier"][-1] is None and longer["recurrence_free"][-1] > 0


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    columns = patients()
    path = write_cohort(folder, columns)
    places = ("--report", folder / "r.html", "--save", folder / "f.json", "--cycles", folder / "c.csv")
    ran = without_rivals(path, *COVARIATES, *places, "--cycle-length", "100", "--cut", "900", "--json")
    return folder, columns, ran


def test_what_is_written(written):
    folder, _, ran = written
    assert ran.code == 0, ran
    page = Page((folder / "r.html").read_text(encoding="utf-8"))
    assert page.addresses == [] and page.tags.count("svg") >= 2 and RESEARCH_ONLY in "".join(page.words)
    rows = list(csv.DictReader(io.StringIO((folder / "c.csv").read_text(encoding="utf-8"))))
    free = [float(row["recurrence_free_end"]) for row in rows]
    assert len(rows) > 20 and all(b <= a + 1e-12 for a, b in zip(free, free[1:], strict=False))
    loaded = rm.RecurrenceFitter.load(folder / "f.json")
    assert loaded.fitted.told.patients == 160


def held(text, columns):
    """Return the patients' values that stand in a text to seven digits."""
    numbers = {f"{abs(float(n)):.6e}" for n in re.findall(r"-?\d+\.\d{4,}(?:e-?\d+)?", text)}
    return [v for name in ("time", "b0", "g0") for v in columns[name] if f"{abs(v):.6e}" in numbers]


def test_no_patient_is_in_what_is_written(written):
    """The last time known ends the axis of the curve, and is the one value that may stand there."""
    folder, columns, ran = written
    last = max(columns["time"])
    for text in (ran.out, *((folder / name).read_text(encoding="utf-8") for name in ("r.html", "f.json", "c.csv"))):
        assert [value for value in held(text, columns) if value != last] == []


def test_the_search_for_patients_finds_one(written):
    """The twin of the test above."""
    _, columns, ran = written
    assert held(ran.out + f" {columns['b0'][7]!r} ", columns) != []


def test_too_many_cycles_are_refused(tmp_path):
    path = write_cohort(tmp_path, patients())
    ran = without_rivals(path, "--cycles", tmp_path / "c.csv", "--cycle-length", "0.001")
    assert ran.code == 2 and "cycle_length" in ran.err and not (tmp_path / "c.csv").exists()


def test_a_model_that_failed_is_named_in_the_report():
    from unit.test_report import FIT

    from remnant.report import Report, render
    from remnant.report_fit import fit_sections

    page = render(Report("t", (), fit_sections(FIT | {"failed": {"Gompertz": "did not converge"}})))
    assert "Not fitted: Gompertz (did not converge)" in page
