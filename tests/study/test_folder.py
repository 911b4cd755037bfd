"""A study's folder: whatever happens to it, the same bytes in the end, or one clear sentence."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from study_cases import contents, design

from remnant.errors import DataWarning, FolderError
from remnant.execute import Place
from remnant.study import folder as rooms
from remnant.study.answer import answer
from remnant.study.folder import LIVES, RECEIPTS, Folder, locked
from remnant.study.plan import plan_of
from remnant.study.run import run_study


def run(out, **changes):
    return run_study(plan_of(design(**changes)), out, Place(), lambda _: None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    run(out, patients=400)
    return contents(out)


@pytest.fixture
def done(tmp_path):
    run(tmp_path, patients=400)
    return tmp_path


def test_twenty_random_kills_leave_the_same_bytes(tmp_path):
    script = Path(__file__).parents[1] / "killed_runs.py"
    said = subprocess.run([sys.executable, str(script), str(tmp_path), "20"], capture_output=True, text=True, check=True)
    *kept, landed = said.stdout.splitlines()
    assert int(landed) == 20
    # the kills are spread over a run, and nothing that was kept is lost
    steps = [tuple(map(int, line.split())) for line in kept]
    assert all(before <= after for before, after in steps) and len({after for _, after in steps}) > 5
    folders = sorted(tmp_path.glob("killed-*"))
    assert folders and all(contents(folder) == contents(tmp_path / "whole") for folder in folders)


def cut(path):
    path.write_bytes(path.read_bytes()[:-30])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, r"part-000003.parquet has [\d,]+ bytes of [\d,]+: chunk 3 is done again"),
        (flip, "part-000003.parquet is not what was written: chunk 3 is done again"),
        (Path.unlink, "part-000003.parquet cannot be read"),
    ],
)
def test_a_part_that_is_not_whole_is_told_and_mended(done, whole, harm, words):
    harm(done / LIVES / "part-000003.parquet")
    with pytest.raises(FolderError, match="part that is not whole.*run the study again"):
        answer(Folder(done), lambda _: None)
    with pytest.warns(DataWarning, match=words):
        run(done, patients=400)
    assert contents(done) == whole


def test_a_receipt_that_is_not_whole_is_told_and_mended(done, whole):
    cut(done / RECEIPTS / "part-000003.json")
    with pytest.warns(DataWarning, match="part-000003.json cannot be read"):
        run(done, patients=400)
    assert contents(done) == whole


def test_a_part_without_a_receipt_is_done_again(done, whole):
    (done / RECEIPTS / "part-000003.json").unlink()
    with pytest.raises(FolderError, match="not finished"):
        answer(Folder(done), lambda _: None)
    run(done, patients=400)
    assert contents(done) == whole


def test_what_is_done_is_not_done_again(done):
    times = {path: path.stat().st_mtime_ns for path in done.rglob("part-*")}
    run(done, patients=400)
    assert {path: path.stat().st_mtime_ns for path in done.rglob("part-*")} == times


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 9}, "an earlier state of this study"),
        ({"name": "other"}, "another study, 'small'"),
        ({"patients": 440}, "earlier"),
    ],
)
def test_the_folder_of_another_study_is_refused(done, whole, changes, words):
    with pytest.raises(FolderError, match=words):
        run(done, **({"patients": 400} | changes))
    assert contents(done) == whole


def test_the_same_lives_are_asked_something_else_without_sampling_again(done):
    times = {path: path.stat().st_mtime_ns for path in done.rglob("part-*")}
    run(done, patients=400, endpoint=[{"measure": "median-size"}])
    assert {path: path.stat().st_mtime_ns for path in done.rglob("part-*")} == times
    assert [one["measure"] for one in answer(Folder(done), lambda _: None)["endpoints"]] == ["median-size"]


def test_a_folder_begun_by_other_code_is_refused(done, whole, monkeypatch):
    monkeypatch.setattr(rooms, "code_digest", lambda: "0123456789abcdef")
    with pytest.raises(FolderError, match="begun by other code .*not 0123456789abcdef"):
        run(done, patients=400)
    assert contents(done) == whole


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="thesis.txt; choose another folder"):
        run(tmp_path, patients=400)
    assert (tmp_path / "thesis.txt").read_text() == "mine" and not (tmp_path / "study.json").exists()


def test_two_runs_at_once_are_told_and_the_lock_dies_with_its_process(done, whole):
    code = (
        "import sys, time\nfrom remnant.study.folder import locked\n"
        f"with locked({str(done)!r}):\n    print('held', flush=True)\n    time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "held\n"
    with pytest.raises(FolderError, match=f"another run works in .* \\(process {other.pid} on "):
        run(done, patients=400)
    assert rooms.is_running(done)
    other.kill()
    other.wait()
    other.stdout.close()
    run(done, patients=400)
    assert not rooms.is_running(done) and contents(done) == whole


def test_the_lock_is_let_go(tmp_path):
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        assert rooms.is_running(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path, whole, monkeypatch, number):
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) > 17:
            raise OSError(number, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderError, match="the disk is full; what was done before is kept: make room, then run"):
        run(tmp_path, patients=400)
    kept = len(Folder(tmp_path).done(deep=True))
    assert 0 < kept < 10 and not list(tmp_path.rglob("*.tmp"))
    monkeypatch.undo()
    run(tmp_path, patients=400)
    assert contents(tmp_path) == whole


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="cannot be used as a folder"):
        run(tmp_path / "file" / "study", patients=400)


def test_what_is_no_study_is_told(tmp_path):
    with pytest.raises(FolderError, match="is not the folder of a study"):
        answer(Folder(tmp_path), lambda _: None)
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(FolderError, match="cannot be read"):
        answer(Folder(tmp_path), lambda _: None)


def test_parts_say_what_made_them(done):
    from pyarrow.parquet import read_schema

    plan = plan_of(design(patients=400))
    said = read_schema(done / LIVES / "part-000002.parquet").metadata
    assert said[b"remnant.study"].decode() == plan.digest and said[b"remnant.chunk"] == b"2"
