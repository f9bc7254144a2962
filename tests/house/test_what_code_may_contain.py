"""What may not stand in our code, read from its syntax trees."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(file for room in ("engine", "diagrams", "webui") for file in (ROOT / room).rglob("*.py"))

RUNS_TEXT = {"eval", "exec", "compile", "__import__", "render_template_string"}
LOADS_CODE = {"pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
WALL_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("datetime", "today"), ("time", "time")}
VAGUE = re.compile(r"(Task|Process|Job|Service|Manager|Helper|Util|Utils|Handler)$")
VAGUE_FILE = re.compile(r"(^|_)(task|process|job|service|manager|helper|util|handler)s?$")


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def what_runs_text(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in RUNS_TEXT:
            # patterns and statements are compiled too: of attributes only the builtin itself
            other = isinstance(node.func, ast.Attribute) and _name(node.func.value) != "builtins"
            if not (other and node.func.attr == "compile"):
                found.append(f"{_name(node.func)} in line {node.lineno}")
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in LOADS_CODE]
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LOADS_CODE:
            found.append(str(node.module))
    return found


def wall_clocks(tree: ast.AST) -> list[str]:
    return [
        f"{_name(node.func.value)}.{node.func.attr} in line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (_name(node.func.value), node.func.attr) in WALL_CLOCKS
    ]


def test_nothing_runs_text_as_code() -> None:
    found = {str(f.relative_to(ROOT)): bad for f in CODE if (bad := what_runs_text(ast.parse(f.read_text())))}
    assert found == {}


@pytest.mark.parametrize(
    "line",
    ["eval('1')", "x = exec(s)", "import pickle", "from marshal import loads", "flask.render_template_string(t)",
     "builtins.compile(s, '', 'eval')"],
)  # fmt: skip
def test_the_scan_for_running_text_finds(line: str) -> None:
    assert what_runs_text(ast.parse(line))


def test_no_room_below_a_door_asks_the_wall_clock() -> None:
    below = [f for f in CODE if f.is_relative_to(ROOT / "engine") or f.is_relative_to(ROOT / "diagrams")]
    assert {str(f.relative_to(ROOT)): bad for f in below if (bad := wall_clocks(ast.parse(f.read_text())))} == {}


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "dt.date.today()", "time.time()"])
def test_the_scan_for_wall_clocks_finds(line: str) -> None:
    assert wall_clocks(ast.parse(line))


def test_every_file_says_what_it_is_for() -> None:
    silent = [str(f.relative_to(ROOT)) for f in CODE if not ast.get_docstring(ast.parse(f.read_text()))]
    assert silent == []


def test_no_class_and_no_file_hides_behind_a_vague_word() -> None:
    classes = [
        f"{f.relative_to(ROOT)}: {node.name}"
        for f in CODE
        for node in ast.walk(ast.parse(f.read_text()))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    files = [str(f.relative_to(ROOT)) for f in CODE if VAGUE_FILE.search(f.stem)]
    assert classes + files == []


def test_files_stay_small_enough_to_read_at_one_sitting() -> None:
    written = [f for f in CODE if "versions" not in f.parts]  # migrations are generated
    long = {str(f.relative_to(ROOT)): n for f in written if (n := len(f.read_text().splitlines())) > 550}
    assert long == {}
