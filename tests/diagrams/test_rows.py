"""Graphviz ranks the rows, sees generated names only, and is not trusted to come back."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagrams import rows
from diagrams.layout import lay_out
from diagrams.rows import Link, backward, longest_paths
from engine.errors import Refusal
from tests.diagrams.examples import every_kind, random_sop


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    rows._dot.cache_clear()
    yield
    rows._dot.cache_clear()


def test_no_word_of_the_sop_reaches_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    real = subprocess.run

    def listening(command: list[str], **more: Any) -> Any:
        given.append(more["input"].decode())
        assert command == ["dot", "-Tjson0"]
        assert more["timeout"] == rows.DOT_SECONDS
        return real(command, **more)

    monkeypatch.setattr(subprocess, "run", listening)
    lay_out(every_kind())
    assert given
    word = re.compile(r"digraph|graph|\[|\]|\{|\}|->|n[0-9]+|phase=1|minlen=[01]|weight=[13]")
    for dot in given:
        assert word.sub("", dot).split() == []


def test_without_dot_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="Graphviz") as refusal:
        lay_out(every_kind())
    assert refusal.value.code == "dot_missing"


@pytest.mark.parametrize("does", ["sleep 60", "exit 1", "echo nonsense", "echo '{\"objects\": []}'"])
def test_a_dot_that_hangs_or_fails_costs_beauty_only(
    does: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "dot"
    fake.write_text(f"#!/bin/sh\n{does}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(rows, "DOT_SECONDS", 0.3)
    of = every_kind()
    assert set(lay_out(of).edges) == set(of.flows)


def test_taking_the_loops_away_leaves_no_loop() -> None:
    for seed in range(30):
        of = random_sop(seed, 40, 2)
        nodes = [n.id for n in of.nodes.values() if n.attached_to is None]
        links = [Link(f.id, f.source, f.target) for f in of.flows.values() if f.source in nodes]
        loops = backward(nodes, links)
        onward = [link for link in links if link.flow not in loops]
        rank = longest_paths(nodes, onward)
        assert all(rank[link.source] < rank[link.target] for link in onward)


def test_a_branch_back_to_an_earlier_step_is_the_loop_not_the_way_there() -> None:
    links = [Link("in", "a", "b"), Link("on", "b", "c"), Link("back", "c", "b"), Link("out", "c", "d")]
    assert backward(["a", "b", "c", "d"], links) == {"back"}
