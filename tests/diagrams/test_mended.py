"""A drawing that somebody arranged stays as it is while a step comes, goes or moves."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from diagrams.bpmn_svg import draw
from diagrams.mended import mended
from engine.errors import Invalid
from engine.library.folder import folder
from engine.sops import bpmn, revising, revising_parts
from engine.sops.sop import Node, Sop
from tests.diagrams.geometry import severe

#: every fifth is enough: the whole library is looked at in soak
EVERY = 1 if os.environ.get("SOPFLOW_SOAK") == "1" else 5
LIBRARY = {name: one.sop for name, one in folder(Path(__file__).parents[2] / "processes").items()}


def put_in(sop: Sop, after: str) -> Sop:
    new = Node(revising.fresh_id(sop), "user", "補一張照片", lane=sop.nodes[after].lane, parent=sop.nodes[after].parent)
    return revising.inserted(sop, after, new)


def looks(old: Sop, new: Sop) -> Sop | None:
    """The mended SOP, when it could be; it is whole, reads back equal and nothing in it lies on anything."""
    drawing = mended(old, new)
    if drawing is None:
        return None
    made = replace(new, drawing=drawing)
    assert new.nodes.keys() <= drawing.shapes.keys() and new.flows.keys() == drawing.edges.keys()
    assert bpmn.read(bpmn.write(made)).problems == ()
    assert set(severe(draw(made))) <= set(severe(draw(old)))
    return made


def test_a_step_put_into_a_way_leaves_all_others_in_their_order_and_columns() -> None:
    tried = done = 0
    for sop in list(LIBRARY.values())[::EVERY]:
        for node in [n for n in sop.nodes.values() if n.kind in ("user", "service") and len(n.outgoing) == 1][:3]:
            made = looks(sop, put_in(sop, node.id))
            tried += 1
            if made is not None and made.drawing is not None and sop.drawing is not None:
                done += 1
                before, after = sop.drawing.shapes, made.drawing.shapes
                assert all(after[id_].x == box.x and after[id_].y >= box.y for id_, box in before.items())
                assert sorted(before, key=lambda i: before[i].y) == sorted(before, key=lambda i: after[i].y)
    assert done > tried / 2


def test_a_step_taken_out_moves_nothing_and_one_that_is_moved_only_makes_room() -> None:
    taken = moved = 0
    for sop in list(LIBRARY.values())[::EVERY]:
        assert sop.drawing is not None
        for node in [n for n in sop.nodes.values() if n.kind in ("user", "service") and len(n.outgoing) == 1][:3]:
            less = revising.remove(sop, node.id)
            if (made := looks(sop, less)) is not None and made.drawing is not None:
                taken += 1
                assert all(sop.drawing.shapes[id_] == box for id_, box in made.drawing.shapes.items())
            others = [f for f in sop.flows.values() if node.id not in (f.source, f.target)]
            beside = [f for f in others if sop.nodes[f.source].lane == node.lane]
            for flow in [f for f in beside if sop.nodes[f.source].parent == node.parent][:2]:
                with suppress(Invalid):  # a step in a small loop stays
                    moved += looks(sop, revising_parts.moved(sop, node.id, flow.id)) is not None
    assert taken > 10 and moved > 1


def test_what_needs_more_than_a_gap_is_laid_out_anew() -> None:
    sop = LIBRARY["petition-online"]
    assert mended(replace(sop, drawing=None), put_in(sop, "PO-07")) is None
    other = revising.revise(sop, "PO-07", replace(revising.said(sop, "PO-07"), lane="PO-L3"))
    assert mended(sop, other) is None
    branch = revising.inserted(sop, "PO-G1", Node("X", "user", "另一條路", lane="PO-L2"))
    assert mended(sop, branch) is None
