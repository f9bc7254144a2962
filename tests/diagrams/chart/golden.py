"""The geometry of some charts, kept: which page, which row, where each symbol and flow stands, rounded.

``python -m tests.diagrams.chart.golden`` writes it anew; look at the pictures before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from diagrams import chart
from engine.sops.sop import Sop
from tests.diagrams.examples import every_kind
from tests.diagrams.picture import around, read
from tests.diagrams.sound import sound_sop

FILE = Path(__file__).with_name("golden.json")
#: pixels a symbol may stand elsewhere, where another edition of the font is on the machine
SLACK = 6
Geometry = Mapping[str, list[list[int]]]


def sops() -> dict[str, Sop]:
    return {"every kind": every_kind(), **{f"sound {seed}": sound_sop(seed, 14 + 6 * seed, seed) for seed in range(4)}}


def geometry() -> dict[str, Geometry]:
    """Chart → symbol or flow → [page, left, top, right, low] wherever it is drawn."""
    found: dict[str, Geometry] = {}
    for name, sop in sops().items():
        columns = chart.of(sop, chart.columns.KEYS)
        for symbols, page in (("ministry", None), ("bpmn", chart.A4)):
            sheets = chart.draw(sop, columns=columns, symbols=symbols, page=page)
            drawn: dict[str, list[list[int]]] = {}
            for number, svg in enumerate(sheets, 1):
                picture = read(svg)
                boxes = [(" ".join(shape.key), shape.box) for shape in picture.shapes if shape.key[0] == "step"]
                boxes += [(f"flow {flow}", around(line)) for flow, line in picture.lines.items()]
                for key, box in boxes:
                    sides = (box.left, box.top, box.right, box.low)
                    drawn.setdefault(key, []).append([number, *map(round, sides)])
            found[f"{name}, {symbols}"] = drawn
    return found


def kept() -> dict[str, Geometry]:
    known: dict[str, Geometry] = json.loads(FILE.read_text("utf-8"))
    return known


def elsewhere(old: Geometry, new: Geometry) -> list[str]:
    """What stands on another page, or further from its place than the slack."""
    wrong = sorted(old.keys() ^ new.keys())
    for key in old.keys() & new.keys():
        near = len(old[key]) == len(new[key]) and all(
            a[0] == b[0] and max(abs(x - y) for x, y in zip(a[1:], b[1:], strict=True)) <= SLACK
            for a, b in zip(old[key], new[key], strict=True)
        )
        if not near:
            wrong.append(key)
    return wrong


if __name__ == "__main__":
    lines = [f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(drawn)}" for name, drawn in geometry().items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
