"""How long a chart takes beside a bare run of Graphviz: ``python -m tests.bench.charts``.

Interleaved rounds, medians: the same steps and flows given to ``dot`` for a picture, and the chart with its columns,
warm (its lay-out known) and cold (every lay-out forgotten, ``dot`` asked anew).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from diagrams import chart, rows
from diagrams.chart.drawn import laid_out
from engine.sops import bpmn
from engine.sops.sop import Sop
from tests.diagrams.sound import sound_sop

FORTY = Path(__file__).parents[2] / "processes" / "rdec" / "council-resolution-control"


def forty_steps() -> Sop:
    return bpmn.read((FORTY / f"{FORTY.name}.bpmn").read_bytes())


def bare_dot(sop: Sop) -> bytes:
    """The picture Graphviz makes by itself: no column, no word of the SOP."""
    name = {node: f"n{i}" for i, node in enumerate(sop.nodes)}
    lines = [f"{name[flow.source]} -> {name[flow.target]};" for flow in sop.flows.values()]
    source = "digraph { node [shape=box]; " + "".join(lines) + "}"
    return subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True).stdout


def drawn(sop: Sop, page: chart.Page | None = None) -> tuple[str, ...]:
    return chart.draw(sop, columns=chart.of(sop, chart.columns.KEYS), page=page)


def forget() -> None:
    laid_out.forget()
    rows._dot.cache_clear()


def measure(rounds: int = 15) -> dict[str, float]:
    """Milliseconds, medians; and what each is of a bare run of ``dot``."""
    sop = forty_steps()

    def cold(page: chart.Page | None) -> Callable[[], object]:
        def once() -> object:
            forget()
            return drawn(sop, page)

        return once

    works: dict[str, Callable[[], object]] = {
        "bare dot": lambda: bare_dot(sop),
        "warm, one sheet": lambda: drawn(sop),
        "warm, A4": lambda: drawn(sop, chart.A4),
        "cold, one sheet": cold(None),
        "cold, A4": cold(chart.A4),
    }
    drawn(sop), drawn(sop, chart.A4)
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        drawn(sop), drawn(sop, chart.A4)
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            took[name].append(1000 * (time.perf_counter() - begun))
    found = {name: statistics.median(times) for name, times in took.items()}
    return found | {f"{name}, times dot": found[name] / found["bare dot"] for name in works if name != "bare dot"}


def three_hundred() -> dict[str, float]:
    """Seconds for a random sound SOP of 300 steps, cold."""
    sop = sound_sop(11, 300, 5)
    found: dict[str, float] = {}
    for name, page in (("300 steps, one sheet, s", None), ("300 steps, A4, s", chart.A4)):
        forget()
        begun = time.perf_counter()
        drawn(sop, page)
        found[name] = time.perf_counter() - begun
    return found


if __name__ == "__main__":
    print(json.dumps({name: round(value, 2) for name, value in (measure() | three_hundred()).items()}, indent=1))
