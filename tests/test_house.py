"""Gates that no linter holds: sizes, words, and documents that name what exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src" / "remnant").rglob("*.py"))
PYTHON = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_MODULE, MOST_FUNCTION, MOST_P90, MOST_ARGUMENTS = 450, 80, 30, 6
# the doors of libraries whose users expect these words: one option of a command, one word of lifelines, one field of data
MANY_ARGUMENTS = {
    "cli.explain", "cli.fit", "cli.outlook", "cli_people.plan", "cli_people.support", "cli_trials.simulate", "cli_trials.study",
    "fitter.recurrence_fitter.fit",
}  # fmt: skip
Definition = ast.FunctionDef | ast.AsyncFunctionDef


def definitions(text: str) -> list[Definition]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, Definition)]


def length(node: Definition) -> int:
    """Lines of a function without its docstring and decorators."""
    body = node.body
    first = body[0]
    doc = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) is not None else 0
    return node.end_lineno - node.lineno + 1 - doc


def compiled(node: Definition) -> bool:
    """Whether numba compiles it: the types and names of kernels are the compiler's."""
    return any("njit" in ast.unparse(mark) for mark in node.decorator_list)


def too_long(texts: dict[str, str]) -> list[str]:
    lengths = {f"{name}.{node.name}": length(node) for name, text in texts.items() for node in definitions(text)}
    found = [f"{name} has {lines} lines" for name, lines in lengths.items() if lines > MOST_FUNCTION]
    ordered = sorted(lengths.values())
    p90 = ordered[int(0.9 * len(ordered))] if ordered else 0
    return found + ([f"nine in ten functions have up to {p90} lines"] if p90 > MOST_P90 else [])


def too_many_arguments(name: str, text: str) -> list[str]:
    found = []
    for node in definitions(text):
        if compiled(node) or f"{name}.{node.name}" in MANY_ARGUMENTS:
            continue
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
        if len(given) > MOST_ARGUMENTS:
            found.append(f"{name}.{node.name} takes {len(given)} arguments")
    return found


def bare_excepts(name: str, text: str) -> list[str]:
    return [f"{name}, line {n.lineno}" for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ExceptHandler) and n.type is None]


def prints(name: str, text: str) -> list[str]:
    calls = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
    return [f"{name}, line {n.lineno}" for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]


def public(tree: ast.Module) -> list[tuple[str, Definition]]:
    found: list[tuple[str, Definition]] = []
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            found.append((node.name, node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = (m for m in node.body if isinstance(m, Definition) and not m.name.startswith("_"))
            found += [(f"{node.name}.{m.name}", m) for m in methods]
    return found


def undocumented(name: str, text: str) -> list[str]:
    return [f"{name}.{label}" for label, node in public(ast.parse(text)) if not ast.get_docstring(node)]


def untyped(name: str, text: str) -> list[str]:
    found = []
    for label, node in public(ast.parse(text)):
        given = [a for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
        if not compiled(node) and (node.returns is None or any(a.annotation is None for a in given)):
            found.append(f"{name}.{label}")
    return found


def loose_comparisons(name: str, text: str) -> list[str]:
    found = []
    for at, line in enumerate(text.splitlines(), 1):
        if re.search(r"\ballclose\(", line) and "atol=0" not in line or re.search(r"\bapprox\(", line) and "abs=0" not in line:
            found.append(f"{name}, line {at}: {line.strip()}")
    return found


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "src" / "remnant").with_suffix("").parts)


SHORT = {module(path): path.read_text(encoding="utf-8") for path in SOURCES}


def test_functions_are_short():
    assert too_long(SHORT) == []


def test_modules_are_short():
    assert [name for name, text in SHORT.items() if len(text.splitlines()) > MOST_MODULE] == []


def test_functions_take_few_arguments():
    assert [found for name, text in SHORT.items() for found in too_many_arguments(name, text)] == []


def test_no_bare_except():
    assert [found for name, text in SHORT.items() for found in bare_excepts(name, text)] == []


def test_only_the_command_line_prints():
    assert [found for name, text in SHORT.items() if name not in ("cli", "cli_frame") for found in prints(name, text)] == []


def test_public_functions_are_documented():
    assert [found for name, text in SHORT.items() for found in undocumented(name, text)] == []


def test_public_functions_are_typed():
    assert [found for name, text in SHORT.items() for found in untyped(name, text)] == []


def test_comparisons_are_relative():
    texts = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in PYTHON if p != Path(__file__)}
    assert [found for name, text in texts.items() for found in loose_comparisons(name, text)] == []


def test_no_file_names_a_place_of_one_machine():
    files = [*PYTHON, *PAGES, ROOT / "Makefile", ROOT / "pyproject.toml"]
    personal = re.compile(r"/(?:home|Users|root)/\w")
    assert [str(p) for p in files if personal.search(p.read_text(encoding="utf-8"))] == []


def test_the_lock_file_names_public_addresses_only():
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        (lambda text: too_long({"m": text}), "def f():\n" + "    a = 1\n" * 81),
        (lambda text: too_long({"m": text}), "def f():\n" + "    a = 1\n" * 31),
        (lambda text: too_many_arguments("m", text), "def f(a, b, c, d, *, e, f, g): ..."),
        (lambda text: bare_excepts("m", text), "try:\n    a = 1\nexcept:\n    a = 2"),
        (lambda text: prints("m", text), "def f():\n    print(1)"),
        (lambda text: undocumented("m", text), "class A:\n    def f(self) -> int: ..."),
        (lambda text: untyped("m", text), "def f(a) -> int: ..."),
        (lambda text: untyped("m", text), "def f(a: int): ..."),
        (lambda text: loose_comparisons("m", text), "assert np.allclose(a, b)"),
        (lambda text: loose_comparisons("m", text), "assert a == pytest.approx(b, rel=1e-9)"),
    ],
)
def test_each_gate_finds_a_planted_fault(gate, fault):
    assert gate(fault) != []


def test_documents_name_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)`", page.read_text(encoding="utf-8"))}
    assert named and named <= targets


def test_documents_name_python_names_that_exist():
    import remnant

    named = {name for page in PAGES for name in re.findall(r"\brm\.([A-Za-z_]\w*)", page.read_text(encoding="utf-8"))}
    assert named and [name for name in named if not hasattr(remnant, name)] == []


def test_documents_name_modules_that_exist():
    import importlib.util

    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"`(remnant(?:\.[a-z_]+)+)`", text))
    assert named and [name for name in named if importlib.util.find_spec(name) is None] == []


def test_documents_link_to_files_that_exist():
    missing = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                missing.append(f"{page.name}: {target}")
    assert missing == []


def test_the_format_page_names_every_field_and_no_other():
    from remnant import timeline_read

    text = (ROOT / "docs" / "timeline.md").read_text(encoding="utf-8")
    known = {*timeline_read._REQUIRED, *timeline_read._OPTIONAL}
    rows = set(re.findall(r"^\| `(\w+)", text, re.M))
    assert rows == known
    nested = set(re.findall(r'"(\w+)"', (ROOT / "src/remnant/timeline_read.py").read_text(encoding="utf-8")))
    assert [name for name in re.findall(r"^\| `\w+\[\]\.(\w+)`", text, re.M) if name not in nested] == []
