"""SpiffWorkflow is used through one door, and only as the guard's list says."""

from __future__ import annotations

import ast
import importlib
import inspect
import logging
from importlib.metadata import version
from pathlib import Path

import pytest

from engine import flow
from engine.flow import engine_room, library_guard

ENGINE = Path(engine_room.__file__).parents[1]
HOUSE = ENGINE.parent
ROOM = ENGINE / "flow" / "engine_room.py"


def imports_of_the_library(tree: ast.AST) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "SpiffWorkflow":
            found.setdefault(node.module or "", set()).update(alias.name for alias in node.names)
        if isinstance(node, ast.Import):
            found.update({a.name: {"*"} for a in node.names if a.name.split(".")[0] == "SpiffWorkflow"})
        if isinstance(node, ast.Constant) and node.value == "SpiffWorkflow":  # importlib.import_module and the like
            found["by name"] = {str(node.value)}
    return found


def library_classes() -> list[type]:
    return [
        getattr(importlib.import_module(module), name)
        for module, names in library_guard.IMPORTS.items()
        for name in names
    ]


def names_the_library_gives() -> set[str]:
    """Every method and every attribute that the classes we import, or their bases, have or set."""
    found: set[str] = set()
    for cls in library_classes():
        for base in cls.__mro__:
            if base.__module__.startswith("SpiffWorkflow"):
                found |= set(vars(base))
                module = ast.parse(inspect.getsource(inspect.getmodule(base)))
                found |= {
                    n.attr
                    for n in ast.walk(module)
                    if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name)
                }
    return found | {"add_task", "remove_task", "catch"}  # of the event manager


def attributes_used(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


#: attributes of our own things in the room that happen to be called like one of the library's
OURS = {"__init__", "path", "spec", "target"}


def test_the_library_is_the_version_that_was_looked_at():
    assert version("SpiffWorkflow") == library_guard.VERSION


def test_only_the_engine_room_imports_the_library_and_only_what_the_guard_lists():
    found = {}
    for room in ("engine", "diagrams", "webui"):
        for file in (HOUSE / room).rglob("*.py"):
            if imports := imports_of_the_library(ast.parse(file.read_text())):
                found[file] = imports
    assert found == {ROOM: {module: set(names) for module, names in library_guard.IMPORTS.items()}}


@pytest.mark.parametrize(
    "line", ["import SpiffWorkflow.task", "from SpiffWorkflow import Task", "load('SpiffWorkflow')"]
)
def test_the_scan_finds_an_import_of_the_library(line):
    assert imports_of_the_library(ast.parse(line))


def test_the_engine_room_uses_no_attribute_of_the_library_that_the_guard_does_not_list():
    used = attributes_used(ast.parse(ROOM.read_text())) & names_the_library_gives()
    assert used - OURS == library_guard.ATTRIBUTES


def test_no_other_file_of_the_room_touches_a_library_object():
    private = {name for name in names_the_library_gives() if name.startswith("_") and not name.startswith("__")}
    for file in (ENGINE / "flow").glob("*.py"):
        if file != ROOM:
            tree = ast.parse(file.read_text())
            own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            own |= {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            }
            assert attributes_used(tree) & private <= own, file.name


def test_what_we_override_is_what_the_guard_lists():
    found = set()
    for name, cls in inspect.getmembers(engine_room, inspect.isclass):
        bases = [base for base in cls.__mro__[1:] if base.__module__.startswith("SpiffWorkflow")]
        if cls is engine_room._Unforeseen:  # mixed into every spec of ours
            bases = list(engine_room.TaskSpec.__mro__[:1])
        if cls.__module__ == engine_room.__name__:
            theirs = {attr for base in bases for attr in vars(base)}
            found |= {f"{name}.{attr}" for attr in vars(cls) if attr in theirs and inspect.isfunction(vars(cls)[attr])}
    assert found == library_guard.OVERRIDES


def test_every_library_method_we_count_on_is_as_we_read_it():
    assert library_guard.drift() == []


def test_every_method_we_override_is_among_those_we_read():
    read = {name.rpartition(".")[2] for name in library_guard.BODIES}
    assert {name.rpartition(".")[2] for name in library_guard.OVERRIDES} <= read


def test_a_changed_library_method_is_noticed(monkeypatch):
    from SpiffWorkflow.task import Task

    monkeypatch.setattr(Task, "run", lambda self: True)
    assert library_guard.drift() == ["SpiffWorkflow.task:Task.run"]
    monkeypatch.delattr(Task, "cancel")
    assert "SpiffWorkflow.task:Task.cancel" in library_guard.drift()


def test_the_librarys_loggers_say_nothing_below_a_warning():
    for name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data", "spiff.dmn"):
        assert logging.getLogger(name).level == logging.WARNING


def test_nothing_of_the_library_leaves_the_room():
    for name in flow.__all__:
        told = getattr(flow, name)
        module = getattr(told, "__module__", "")
        assert not module.startswith("SpiffWorkflow"), name


def test_the_librarys_script_engine_does_nothing():
    from engine.errors import Stuck

    engine = engine_room.NoScripts()
    for act in (engine.evaluate, engine.execute, engine.call_service):
        with pytest.raises(Stuck):
            act(None, "1 + 1")
