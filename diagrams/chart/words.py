"""What a chart says beside its symbols: where a connector leads, which notes belong to a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagrams.chart.parts import Connector, Part
from diagrams.lettering import clean
from diagrams.wording import Worded
from engine.sops.sop import Sop

__all__ = ["LettersOf", "notes"]

_NOTES_MOST = 2


def notes(sop: Sop) -> dict[str, str]:
    """Node → the ids of the notes on it, as its sheet numbers them: 「註1、4」."""
    found: dict[str, list[str]] = {}
    for note in sop.notes:
        if note.step in sop.nodes:
            found.setdefault(str(note.step), []).append(clean(note.id, 12))
    return {node: _joined(ids) for node, ids in found.items()}


def _joined(ids: Sequence[str]) -> str:
    shown = [ids[0], *(one.removeprefix("註") if ids[0].startswith("註") else one for one in ids[1:_NOTES_MOST])]
    return "、".join(shown) + ("…" if len(ids) > _NOTES_MOST else "")


class LettersOf:
    """The letter of each connector, and what stands beside it."""

    def __init__(self, sop: Sop, parts: Sequence[Part], numbers: Mapping[str, int], worded: Worded) -> None:
        self.numbers, self.worded, self.paged = numbers, worded, len(parts) > 1
        self.page = {node: i for i, part in enumerate(parts, 1) for node in part.rows}
        self.row = {node: (i, row) for i, part in enumerate(parts, 1) for node, row in part.rows.items()}
        targets = dict.fromkeys(c.target for part in parts for c in part.connectors.values())
        self.letter = {target: _letter(i) for i, target in enumerate(targets)}

    def lines(self, connector: Connector) -> tuple[str, ...]:
        """「接步驟 9」「第 2 頁」 beside one that leads on, 「自步驟 3」 beside one that comes in."""
        worded = self.worded
        sources = [link.source for link in connector.links]
        if connector.out:
            number = self.numbers.get(connector.target)
            back = self.row[connector.target] <= self.row[sources[0]]
            said = [worded("回步驟 {0}" if back else "接步驟 {0}", number)] if number else []
            pages = [self.page[connector.target]]
        else:
            known = sorted({self.numbers[s] for s in sources if s in self.numbers})
            said = (
                [worded("自步驟 {0}", worded("、").join(map(str, known[:2])))] if known[:2] == known and known else []
            )
            pages = sorted({self.page[s] for s in sources})
        if self.paged:
            told = worded("、").join(map(str, pages[:2])) + ("…" if len(pages) > 2 else "")
            said.append(worded("第 {0} 頁", told))
        return tuple(said)


def _letter(i: int) -> str:
    """A, B, …, Z, AA, AB, …"""
    said = ""
    i += 1
    while i:
        i, rest = divmod(i - 1, 26)
        said = chr(65 + rest) + said
    return said
