"""A decision table as its rows are written: texts in, texts out, for a form. What they mean ``decisions`` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from engine.sops import decisions, reader
from engine.sops.decisions import DMN
from engine.sops.texts import clean_text

__all__ = ["Line", "lines", "write"]


@dataclass(frozen=True, slots=True)
class Line:
    """One row. ``id`` empty: a new one. ``description`` is where the rule comes from."""

    id: str
    cells: tuple[str, ...]
    results: tuple[str, ...]
    description: str = ""


def lines(text: str) -> list[Line]:
    """The rows in their order. Raises BadSop."""
    decisions.read(text.encode())
    return [
        Line(
            row.get("id") or "", tuple(_texts(row, "inputEntry")), tuple(_texts(row, "outputEntry")),
            (row.findtext(_dmn("description")) or "").strip(),
        )
        for row in _grid(reader.parse(text.encode())).findall(_dmn("rule"))
    ]  # fmt: skip


def write(text: str, made: Sequence[Line]) -> str:
    """The file with these rows. Raises BadSop naming the row or cell that cannot be read, Invalid for characters that
    no file can hold."""
    for line in made:
        for said in (line.id, *line.cells, *line.results, line.description):
            clean_text(said)
    root = reader.parse(text.encode())
    grid = _grid(root)
    for row in grid.findall(_dmn("rule")):
        grid.remove(row)
    taken = {line.id for line in made}
    for line in made:
        id_, number = line.id, 1
        while not id_:
            id_ = "" if f"row-{number}" in taken else f"row-{number}"
            number += 1
        taken.add(id_)
        row = etree.SubElement(grid, _dmn("rule"), id=id_)
        if line.description:
            etree.SubElement(row, _dmn("description")).text = line.description
        for tag, written in (("inputEntry", line.cells), ("outputEntry", line.results)):
            for n, said in enumerate(written):
                entry = etree.SubElement(row, _dmn(tag), id=f"{id_}-{'in' if tag == 'inputEntry' else 'out'}-{n + 1}")
                etree.SubElement(entry, _dmn("text")).text = said
    etree.indent(root)
    made_text = etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode() + "\n"
    decisions.read(made_text.encode())
    return made_text


def _grid(root: etree._Element) -> etree._Element:
    grid = root.find(f"{_dmn('decision')}/{_dmn('decisionTable')}")
    assert grid is not None, "decisions.read has refused a file without a table"
    return grid


def _texts(row: etree._Element, tag: str) -> Iterator[str]:
    for entry in row.findall(_dmn(tag)):
        yield (entry.findtext(_dmn("text")) or "").strip()


def _dmn(local: str) -> str:
    return f"{{{DMN}}}{local}"
