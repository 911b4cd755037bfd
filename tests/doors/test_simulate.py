"""Whole lives from the command line: what is said, written and refused."""

import json

import pytest
from doors.cases import run

PEOPLE = ("--patients", "400", "--seed", "1", "--years", "6")


def test_lives_are_counted_told_and_written(tmp_path):
    from pyarrow.parquet import read_table

    ran = run("simulate", "colon", *PEOPLE, "--out", str(tmp_path / "lives"), "--json")
    assert ran.code == 0, ran
    answer = json.loads(ran.out)
    people, events = (read_table(path) for path in answer["files"])
    assert people.num_rows == 400 and events.num_rows > 100
    proved = sum(one is not None for one in people["recurrence"].to_pylist())
    assert answer["recurrence"]["share"] == pytest.approx(proved / 400, rel=1e-12, abs=0)
    assert len(answer["stories"]) == 3 and all("proved:" in " ".join(one["lines"]) for one in answer["stories"])


@pytest.mark.parametrize(
    "words, said",
    [(("colom", *PEOPLE), "colon"), (("colon", "--patients", "0", "--seed", "1"), "patients"),
     (("colon", *PEOPLE, "--out", "/proc/nowhere"), "must be a folder that can be written")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(words, said):
    ran = run("simulate", *words)
    assert ran.code == 2 and ran.out == "" and ran.err.count("\n") == 1 and said in ran.err, ran
