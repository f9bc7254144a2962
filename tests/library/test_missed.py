"""The backlog: who waits for which procedure, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.library import missed
from engine.library.folder import SopFolder
from engine.sops import bpmn
from engine.sops.sop import Deadline, Flow, Node, Note, Rung, Sheet, Sop


def sop(sop_id: str, *nodes: Node, notes: tuple[Note, ...] = (), deadlines: tuple[Deadline, ...] = ()) -> SopFolder:
    flows: Mapping[str, Flow] = {}
    made = Sop(
        sop_id, f"{sop_id}作業流程", "", Sheet(unit="works"), nodes={n.id: n for n in nodes}, flows=flows, notes=notes,
        deadlines=deadlines,
    )  # fmt: skip
    return SopFolder(sop_id, "petition", bpmn.write(made))


class Shelf:
    """What stands in force and what is being written, without a database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, held: list[SopFolder], drafts: list[SopFolder]) -> None:
        self.drafts, self.retired = drafts, ["old-way"]
        monkeypatch.setattr(missed, "standing", lambda db: {one.id: one for one in held})
        monkeypatch.setattr(missed, "stored_folder", lambda row: row["folder"])

    def execute(self, query: object) -> Any:
        return self

    def mappings(self) -> list[dict[str, Any]]:
        return [{"sop_id": one.id, "folder": one} for one in self.drafts]

    def scalars(self, query: object) -> list[str]:
        return self.retired


def test_what_is_called_quoted_or_opened_and_not_there_waits_by_how_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Node("C", "call", "借用場地", called="room-booking")
    rung = Rung("escalation", 0, "day", ("holder",), opens="lamp-search")
    held = [
        sop("first-way", box, Node("D", "call", "舊路", called="old-way")),
        sop("second-way", replace_id(box, "E"), deadlines=(Deadline("D", "限辦", "document", rungs=(rung,)),)),
        sop("third-way", notes=(Note("1", None, "依「路燈認養作業流程」與「first-way作業流程」辦理。"),)),
    ]
    drafts = [sop("lamp-adoption", Node("A", "user", documentation="本「lamp-adoption作業流程」自己。"))]
    rows = missed.missed(Shelf(monkeypatch, held, drafts))  # type: ignore[arg-type]
    assert [(row.name, row.sops, row.called, row.retired) for row in rows] == [
        ("room-booking", 2, True, False),
        ("lamp-search", 1, True, False),
        ("old-way", 1, True, True),
        ("路燈認養作業流程", 1, False, False),
    ]
    assert (rows[0].code, rows[0].title, rows[0].unit) == ("room-booking", "借用場地", "works")
    assert (rows[3].code, rows[3].title) == ("", "路燈認養作業流程")


def replace_id(node: Node, id_: str) -> Node:
    return Node(id_, node.kind, node.name, called=node.called)
