"""Set-up on a bare machine: the interpreter is one that runs, and machine code is never older than its sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doors.cases import ROOT

SHELL = shutil.which("sh")
pytestmark = pytest.mark.skipif(SHELL is None, reason="no POSIX shell on this machine")


def shim(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!{SHELL}\n{text}\n")
    path.chmod(0o755)


def found_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [SHELL, str(ROOT / ".ci" / "find-python"), *words]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": str(folder)}, check=True)


def test_shims_that_fail_and_pythons_that_are_too_old_are_passed_over(tmp_path):
    shim(tmp_path, "python3.13", "echo 'command not found' >&2; exit 127")
    shim(tmp_path, "python3.12", "echo")  # what the question prints on a version out of range
    shim(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
    shim(tmp_path, "uv", "echo uv")
    assert Path(found_in(tmp_path).stdout.strip()).samefile(sys.executable)


def test_no_python_at_all_is_told_in_words(tmp_path):
    ran = found_in(tmp_path, "--explain")
    assert found_in(tmp_path).stdout == "" and "PYTHON=" in ran.stderr


def test_a_changed_source_gets_a_fresh_cache_of_machine_code(tmp_path, monkeypatch):
    from remnant import jit_cache

    package = tmp_path / "remnant" / "exact"
    package.mkdir(parents=True)
    (package.parent / "jit_cache.py").write_text("")
    callee = package / "callee.py"
    callee.write_text("RATE = 1")
    monkeypatch.setattr(jit_cache, "__file__", str(package.parent / "jit_cache.py"))
    before = jit_cache.cache_folder()
    assert jit_cache.cache_folder() == before
    callee.write_text("RATE = 2")
    assert jit_cache.cache_folder() != before


def test_a_home_that_cannot_be_written_is_no_obstacle(monkeypatch):
    import tempfile

    from remnant import jit_cache

    monkeypatch.setattr("os.access", lambda *_: False)
    assert jit_cache.cache_folder().is_relative_to(tempfile.gettempdir())
