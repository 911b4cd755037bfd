"""Importing remnant does nothing but define names."""

import subprocess
import sys

HEAVY = ("matplotlib", "lifelines", "pandas", "scipy.stats", "iminuit", "emcee", "jinja2", "formulaic", "distributed")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True).stdout


def loaded(statement: str) -> set[str]:
    return set(run(f"{statement}\nimport sys\nprint(' '.join(sys.modules))").split())


def test_import_loads_nothing_heavy():
    assert loaded("import remnant").isdisjoint(HEAVY)


def test_the_check_sees_what_is_loaded():
    assert "pandas" in loaded("import remnant, pandas")


def test_public_names_exist_and_stay_light():
    names = run("import remnant as rm\nprint(' '.join(sorted(rm.__all__)))").split()
    assert {"Timeline", "solve", "solve_many", "sample"} <= set(names)
    assert run(f"import remnant as rm\nprint([n for n in {names!r} if getattr(rm, n, None) is None])").strip() == "[]"


def test_import_prints_and_writes_nothing(tmp_path):
    code = f"import os\nos.chdir({str(tmp_path)!r})\nimport remnant\nprint(os.listdir('.'))"
    assert run(code).strip() == "[]"
