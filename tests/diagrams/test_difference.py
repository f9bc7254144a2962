"""Two versions on one chart: what came, went, changed or changed hands is told by sign, line, colour and number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diagrams import chart
from diagrams.difference import LOOKS, draw, draw_columns
from diagrams.merged import merge
from engine.sops import bpmn, compare
from engine.sops.sop import Flow, Node, Sop, StandardTime
from tests.diagrams import geometry
from tests.diagrams.examples import sop
from tests.diagrams.sound import sound_sop
from tests.diagrams.test_drawing import PAYLOADS, SVG, harmless, parsed, payload_sop, steps, text_of

PROCESSES = Path(__file__).parents[2] / "processes" / "rdec"
KEPT = [
    Node("s", "start", "送件", lane="L0"),
    Node("a", "user", "登錄", lane="L0"),
    Node("e", "end", "結案", lane="L0"),
]


def one() -> Sop:
    nodes = [*KEPT, Node("m", "user", "會簽", lane="L0"), Node("gone", "user", "影印三份", lane="L1")]
    return sop(nodes, [("s", "a", "收"), ("a", "gone"), ("gone", "m"), ("m", "e", "完成")], lanes=2)


def two() -> Sop:
    """A step went, one came, one changed hands, one has another time; a flow was renamed, one led elsewhere."""
    fresh = Node("new", "service", "自動配號", lane="L0")
    nodes = [replace(n, standard_time=StandardTime(2, "workday")) if n.id == "a" else n for n in KEPT]
    nodes += [fresh, Node("m", "user", "會簽", lane="L1")]
    return sop(nodes, [("s", "new", "收"), ("new", "a"), ("a", "m"), ("m", "e", "核可")], lanes=2)


def picture(old: Sop, new: Sop) -> str:
    return draw(old, new, compare.changes(old, new), title="樣本作業：第 1 版到第 2 版")


def with_columns(old: Sop, new: Sop, keys: Sequence[str] = ("owner", "time")) -> str:
    return draw_columns(
        old, new, compare.changes(old, new), columns=lambda merged: chart.of(merged, keys), title="樣本作業"
    )


def flows(svg: str) -> dict[str, ElementTree.Element]:
    found = {g.attrib["data-flow"]: g for g in parsed(svg).iter(f"{SVG}g") if "data-flow" in g.attrib}
    return {flow: next(iter(group)) for flow, group in found.items()}


def strokes(groups: Mapping[str, ElementTree.Element], id_: str) -> tuple[str, str | None]:
    shape = next(x for x in groups[id_] if x.tag in (f"{SVG}rect", f"{SVG}circle"))
    return shape.attrib["stroke"], shape.get("stroke-dasharray")


def test_each_kind_has_its_sign_line_colour_and_a_number_that_leads_to_its_sentence() -> None:
    old, new = one(), two()
    found = compare.changes(old, new)
    svg = picture(old, new)
    boxes = steps(parsed(svg))
    assert set(boxes) == {"s", "a", "e", "m", "gone", "new"}
    said = {id_: text_of(group) for id_, group in boxes.items()}
    for id_, kind in (("new", "added"), ("gone", "removed"), ("a", "changed"), ("m", "moved")):
        look = LOOKS[kind]
        number = next(i for i, change in enumerate(found, 1) if change.element == id_)
        assert strokes(boxes, id_) == (look.stroke, look.dashes or None)
        assert f"{look.sign}{number} {look.word}" in said[id_]
        written = "".join(t.text or "" for t in parsed(svg).iter(f"{SVG}tspan"))
        assert f"{number}.{found[number - 1].sentence}" in written
    assert strokes(boxes, "s")[0] == "#22242a" and said["s"] == ""
    assert len({(look.sign, look.dashes, look.thick, look.stroke) for look in LOOKS.values()}) == 4
    assert len({look.sign for look in LOOKS.values()}) == len({look.dashes for look in LOOKS.values()}) == 4


def test_the_chart_with_columns_tells_the_same_and_whose_step_it_was() -> None:
    old, new = one(), two()
    found = compare.changes(old, new)
    svg = with_columns(old, new)
    assert geometry.findings(svg) == []
    boxes = steps(parsed(svg))
    assert set(boxes) == {"s", "a", "e", "m", "gone", "new"}
    for id_, kind in (("new", "added"), ("gone", "removed"), ("a", "changed"), ("m", "moved")):
        look = LOOKS[kind]
        number = next(i for i, change in enumerate(found, 1) if change.element == id_)
        assert f"{look.sign}{number} {look.word}" in text_of(boxes[id_])
        assert look.word in (boxes[id_].findtext(f"{SVG}title") or "")
    written = "".join(t.text or "" for t in parsed(svg).iter(f"{SVG}tspan"))
    said = parsed(svg).findtext(f"{SVG}desc") or ""
    for i, change in enumerate(found, 1):
        assert f"{i}.{change.sentence}" in written and change.sentence in said
    cells = {g.attrib["data-cell"]: text_of(g) for g in parsed(svg).iter(f"{SVG}g") if "data-cell" in g.attrib}
    assert cells["gone owner"] == "單位1承辦人" and "2" in cells["a time"]
    drawn = flows(svg)
    assert drawn["f0-old"].attrib["stroke-dasharray"] == LOOKS["removed"].dashes
    assert drawn["f0"].attrib["stroke"] == LOOKS["added"].stroke
    assert "主辦" not in with_columns(old, new, ())


def test_flows_are_told_by_the_steps_they_join_not_by_their_ids() -> None:
    old, new = one(), two()  # f0 led to "a" and leads to "new" now
    both = merge(old, new)
    assert both.was["f0"] == "f0-old" and both.sop.flows["f0-old"].target == "a"
    assert both.added == {"new", "f0", "f1", "f2"} and both.removed == {"gone", "f0-old", "f1-old", "f2-old"}
    drawn = flows(picture(old, new))
    assert drawn["f0"].attrib["stroke"] == LOOKS["added"].stroke and "stroke-dasharray" not in drawn["f0"].attrib
    assert drawn["f0-old"].attrib["stroke"] == LOOKS["removed"].stroke
    assert drawn["f0-old"].attrib["stroke-dasharray"] == LOOKS["removed"].dashes
    assert drawn["f3"].attrib["stroke"] == LOOKS["changed"].stroke  # 完成 → 核可


def test_who_cannot_see_it_is_told_every_difference() -> None:
    old, new = one(), two()
    root = parsed(picture(old, new))
    said = root.findtext(f"{SVG}desc") or ""
    for change in compare.changes(old, new):
        assert change.sentence in said
    assert root.findtext(f"{SVG}title") == "樣本作業：第 1 版到第 2 版"


def test_two_equal_versions_are_one_plain_chart_that_says_so() -> None:
    svg = picture(one(), one())
    assert "兩者的內容相同。" in svg
    assert all(shape.attrib["stroke"] == "#22242a" for shape in flows(svg).values())


def test_a_lane_that_went_stays_for_the_steps_that_stood_in_it() -> None:
    old = sop([*KEPT, Node("x", "user", "核章", lane="L1")], [("s", "a"), ("a", "x"), ("x", "e")], lanes=2)
    new = sop(KEPT, [("s", "a"), ("a", "e")], lanes=1)
    both = merge(old, new)
    assert [lane.id for lane in both.sop.lanes] == ["L0", "L1"] and {"L1", "x"} <= both.removed
    assert "－3 單位1承辦人" in text_of(parsed(picture(old, new)))
    renamed = replace(new, lanes=(replace(new.lanes[0], id="other"),), nodes={
        n.id: replace(n, lane="other") for n in new.nodes.values()})  # fmt: skip
    assert merge(new, renamed).sop.lanes == renamed.lanes  # the same lane under another id


def changed(of: Sop, chance: random.Random) -> Sop:
    """Steps taken out or put in along the flows, renamed, given to others; flows led elsewhere."""
    nodes, flows_ = dict(of.nodes), dict(of.flows)
    for i in range(chance.randint(1, 6)):
        flow = flows_[chance.choice(list(flows_))]
        node = chance.choice([n for n in nodes.values() if n.kind == "user"] or list(nodes.values()))
        lane = f"L{chance.randrange(len(of.lanes))}" if of.lanes else None
        match chance.randrange(4):
            case 0:
                nodes[f"y{i}"] = Node(f"y{i}", "user", "新增的步驟", lane=lane)
                flows_[flow.id] = replace(flow, target=f"y{i}")
                flows_[f"z{i}"] = Flow(f"z{i}", f"y{i}", flow.target)
            case 1 if not any(n.attached_to == node.id for n in nodes.values()):
                on = next((f for f in flows_.values() if f.source == node.id), None)
                if on is not None and on.target != node.id:
                    del nodes[node.id], flows_[on.id]
                    for f in list(flows_.values()):
                        if f.target == node.id:
                            flows_[f.id] = replace(f, target=on.target)
            case 2:
                nodes[node.id] = replace(node, name="改了名稱", lane=lane)
            case _:
                flows_[flow.id] = replace(flow, name="改了名稱")
    return replace(of, nodes=nodes, flows=flows_)


def test_a_difference_can_be_read_like_any_chart() -> None:
    for seed in range(10):
        old = sound_sop(seed, 8 + seed, seed % 5)
        new = changed(old, random.Random(seed))
        for before, after in ((old, new), (new, old)):
            svg = picture(before, after)
            assert geometry.severe(svg) == [], seed
            assert seed > 4 or geometry.severe(with_columns(before, after)) == [], seed
            both = merge(before, after)
            assert set(steps(parsed(svg))) == set(both.sop.nodes)
            assert len(both.sop.nodes) == len({*before.nodes, *after.nodes})


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_word_of_either_version_becomes_markup(payload: str) -> None:
    hostile = payload_sop(payload)
    harmless(picture(hostile, one()))
    harmless(picture(one(), hostile))
    harmless(with_columns(hostile, one()))
    harmless(with_columns(one(), hostile))


def test_many_numbers_at_the_edge_stay_on_the_page() -> None:
    old, new = (
        bpmn.read((PROCESSES / of / f"{of}.bpmn").read_bytes()) for of in ("petition-online", "petition-visit-phone")
    )
    for before, after in ((old, new), (new, old)):
        svg = draw(before, after, compare.changes(before, after) * 4)
        assert [found for found in geometry.findings(svg) if found.kind == "off the page"] == []
