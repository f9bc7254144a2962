"""The SVG shows the drawing, says where a case stands in words too, and cannot do anything."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from types import MappingProxyType
from xml.etree import ElementTree

import pytest

from diagrams import lettering
from diagrams.bpmn_svg import draw
from diagrams.layout import lay_out
from diagrams.standing import LOOKS, inside, state_of
from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Flow, Node, Progress, Remark, Sop, StepState
from tests.diagrams.city import pictures
from tests.diagrams.examples import every_kind, random_sop, sop
from tests.sops.test_reading import remarked

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "g", "rect", "circle", "path", "text", "tspan"}

#: what was tried against Graphviz and browsers: markup, links, files, escapes, breaks, sizes
PAYLOADS = [
    '<<B>bold</B>>',
    '<<TABLE HREF="javascript:alert(1)"><TR><TD>x</TD></TR></TABLE>>',
    '<<TABLE><TR><TD><IMG SRC="/etc/passwd"/></TD></TR></TABLE>>',
    '<script>alert(1)</script>',
    '</text></svg><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    '", URL="javascript:alert(1)", x="',
    '"]; evil [label="x',
    'javascript:alert(1)',
    'url(https://example.com/x)',
    '<![CDATA[<foreignObject/>]]>',
    '<!ENTITY x SYSTEM "file:///etc/passwd">&x;',
    '--><use href="#x"/><!--',
    '&lt;script&gt;&#x3c;script&#62;',
    'ends with a backslash\\',
    '\\N \\G \\L \\E %n ${7*7} {{7*7}}',
    'nul\x00bell\x07\x1b[31m\r\nline\u2028\u2029',
    'right\u202eleft\u2066\u200b\ufeff\ufffe',
    'half \ud800 pair',
    'x' * 20_000,
]  # fmt: skip


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode())


def steps(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {g.attrib["data-step"]: g for g in root.iter(f"{SVG}g") if "data-step" in g.attrib}


def text_of(element: ElementTree.Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{SVG}tspan"))


def harmless(svg: str) -> None:
    root = parsed(svg)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ALLOWED
        for name, value in element.attrib.items():
            assert not re.match(r"on|style|.*href|src|id|class", name), name
            if not name.startswith("data-"):
                assert "url(" not in value and "javascript" not in value
    assert svg.count("<svg") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]", svg)


def payload_sop(payload: str) -> Sop:
    """The same words wherever an SOP has words."""
    kinds = ["start", "user", "exclusive", "call", "shown", "subprocess", "end"]
    nodes = [Node(f"{kind}{payload[:30]}", kind, payload, lane="L0", shown_as=payload) for kind in kinds]
    nodes.append(Node("inside", "user", payload, parent=nodes[5].id))
    nodes.append(Node("border", "boundary", payload, attached_to=nodes[1].id))
    flows = [(a.id, b.id, payload) for a, b in itertools.pairwise(nodes)]
    of = sop(nodes, [*flows, ("border", nodes[6].id, payload)], lanes=1)
    return replace(of, id=payload[:40], name=payload, lanes=(replace(of.lanes[0], name=payload),))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_word_of_an_sop_becomes_markup(payload: str) -> None:
    of = payload_sop(payload)
    progress = Progress(dict.fromkeys(of.nodes, "open"))
    svg = draw(of, progress=progress, title=payload)
    harmless(svg)
    assert len(svg) < 200_000
    shown = lettering.clean(payload)
    assert parsed(svg).findtext(f"{SVG}title") == shown


def test_every_readable_file_of_the_city_draws_with_and_without_its_drawing() -> None:
    assert pictures()
    for of, *both in pictures():
        for svg in both:
            harmless(svg)
            assert set(steps(parsed(svg))) == set(of.nodes)


@pytest.mark.parametrize("of", [every_kind(), *(random_sop(s, 30, 3) for s in range(6))], ids=range(7))
def test_the_words_of_a_step_stay_inside_its_box(of: Sop) -> None:
    root = parsed(draw(of))
    looked_at = 0
    for group in steps(root).values():
        box = group.find(f"{SVG}rect")
        if box is None:
            continue
        x, y, wide, high = (float(box.attrib[k]) for k in ("x", "y", "width", "height"))
        for text in group.iter(f"{SVG}text"):
            size = float(text.attrib["font-size"])
            for span in text.iter(f"{SVG}tspan"):
                half = lettering.width(span.text or "", size) / 2
                middle, base = float(span.attrib["x"]), float(span.attrib["y"])
                assert x <= middle - half and middle + half <= x + wide
                assert y <= base - size * 0.88 and base + size * 0.12 <= y + high
                looked_at += 1
    assert looked_at > 5


def test_annotations_and_data_objects_are_drawn_with_every_word_inside_their_room() -> None:
    picture = parsed(draw(bpmn.read(remarked())))
    drawn = {group.attrib["data-remark"]: group for group in picture.iter(f"{SVG}g") if "data-remark" in group.attrib}
    assert {key: text_of(group) for key, group in drawn.items()} == {
        "N": "民眾電話中情緒激動時，先聽完再記錄。必要時請科長接聽。", "DR": "陳情紀錄表", "DS": "公文系統",
    }  # fmt: skip
    [said] = drawn["N"].findall(f"{SVG}text")
    size = float(said.attrib["font-size"])
    assert len(said) > 2, "wrapped, and broken where the author broke it"
    for line in said:
        assert float(line.attrib["x"]) + lettering.width(line.text or "", size) <= 80 + 160
        assert float(line.attrib["y"]) - size * 0.88 >= 0 and float(line.attrib["y"]) <= 60
    assert len([p for p in picture.iter(f"{SVG}path") if p.attrib.get("stroke-dasharray") == "1 3"]) == 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_remark_does_anything_but_stand_there(payload: str) -> None:
    of = sop([Node("u", "user", "步驟")], [])
    box = Bounds(0, 0, 100, 80)
    for kind in ("text", "data", "store"):
        drawing = Drawing({"u": box, "r": Bounds(0, 100, 100, 40)}, {}, {}, (Remark("r", kind, payload),))
        picture = parsed(draw(replace(of, drawing=drawing)))
        assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= ALLOWED


def test_a_small_box_drawn_elsewhere_gets_smaller_letters_then_an_ellipsis() -> None:
    of = sop([Node("u", "user", "權責單位收文確認並於三日內函復陳情人副知企劃處研考科列管")], [])
    tight = replace(of, drawing=Drawing({"u": Bounds(0, 0, 60, 40)}, {}))
    text = text_of(steps(parsed(draw(tight)))["u"])
    assert text.endswith("…")
    assert parsed(draw(tight)).find(f".//{SVG}text").attrib["font-size"] == "8"


def test_whole_names_are_written_and_no_step_is_left_out() -> None:
    of = every_kind()
    groups = steps(parsed(draw(of)))
    assert set(groups) == set(of.nodes)
    for node in of.nodes.values():
        if node.kind in ("user", "manual", "task", "service", "rule", "call", "subprocess"):
            assert text_of(groups[node.id]) == node.name


def test_names_of_gateways_events_and_branches_stand_beside_them() -> None:
    of = every_kind()
    root = parsed(draw(of))
    inside_steps = {id(t) for g in steps(root).values() for t in g.iter(f"{SVG}text")}
    beside = {text_of(t) for t in root.iter(f"{SVG}text") if id(t) not in inside_steps}
    assert {"市民送件", "限辦到期未回覆", "是否屬本單位權責", "退回修正", "否（移文）", "結案"} <= beside


def test_the_lanes_and_the_pool_have_heads() -> None:
    root = parsed(draw(every_kind()))
    written = {text_of(t) for t in root.iter(f"{SVG}text")}
    assert {"樣本作業", "單位0承辦人", "單位1承辦人"} <= written


def test_lanes_drawn_as_rows_elsewhere_have_turned_heads() -> None:
    of = sop([Node("a", "user", "甲", lane="L0"), Node("b", "user", "乙", lane="L1")], [("a", "b")], lanes=2)
    rows = Drawing(
        {
            "L0": Bounds(30, 0, 400, 120), "L1": Bounds(30, 120, 400, 120),
            "a": Bounds(100, 20, 100, 80), "b": Bounds(250, 140, 100, 80),
        },
        {"f0": ((200, 60), (300, 60), (300, 140))},
    )  # fmt: skip
    assert draw(replace(of, drawing=rows)).count("rotate(-90") == 2
    assert "rotate" not in draw(of)


def test_a_drawing_that_leaves_something_out_is_not_used() -> None:
    of = sop([Node("a", "user", "甲"), Node("b", "user", "乙")], [("a", "b")])
    whole = lay_out(of)
    without_step = replace(of, drawing=Drawing({"a": whole.shapes["a"]}, whole.edges))
    without_flow = replace(of, drawing=Drawing(whole.shapes, {}))
    too_far = replace(of, drawing=Drawing({**whole.shapes, "b": Bounds(90_000, 90_000, 100, 80)}, whole.edges))
    assert draw(without_step) == draw(without_flow) == draw(too_far) == draw(of)


def test_the_same_picture_is_drawn_again() -> None:
    assert draw(every_kind()) == draw(every_kind())


def test_title_description_and_list_of_steps_are_there_for_who_cannot_see() -> None:
    root = parsed(draw(every_kind(), title="案件 114000123"))
    assert root.attrib["role"] == "img"
    assert root.attrib["lang"] == "zh-Hant-TW"
    assert root[0].tag == f"{SVG}title" and root[0].text == "案件 114000123"
    said = root[1].text or ""
    assert root[1].tag == f"{SVG}desc"
    assert all(node.name in said for node in every_kind().nodes.values())


def test_the_default_branch_and_what_is_only_shown_can_be_told_from_the_rest() -> None:
    nodes = [Node("g", "exclusive", default="f1"), Node("a", "user", "甲"), Node("b", "user", "乙")]
    of = sop(nodes, [("g", "a"), ("g", "b")])
    flows = {g.attrib["data-flow"]: g for g in parsed(draw(of)).iter(f"{SVG}g") if "data-flow" in g.attrib}
    assert len(list(flows["f1"])) == len(list(flows["f0"])) + 1
    groups = steps(parsed(draw(every_kind())))
    assert groups["script"].find(f"{SVG}rect").attrib["stroke-dasharray"]
    assert "stroke-dasharray" not in groups["user"].find(f"{SVG}rect").attrib


# ---- where a case stands ----

STATES: tuple[StepState, ...] = ("done", "open", "late", "waiting", "skipped", "todo")


def test_each_state_is_told_by_word_and_line_and_not_by_colour_alone() -> None:
    of = sop([Node(state, "user", f"步驟{i}") for i, state in enumerate(STATES)], [])
    groups = steps(parsed(draw(of, progress=Progress({state: state for state in STATES}))))
    for state in STATES:
        group = groups[state]
        assert group.attrib["data-state"] == state
        assert LOOKS[state].word in (group.findtext(f"{SVG}title") or "")
        assert (LOOKS[state].word in text_of(group)) == (state != "todo")
    boxes = [group.find(f"{SVG}rect").attrib for group in groups.values()]
    lines = {(box["stroke-width"], box.get("stroke-dasharray")) for box in boxes}
    assert len(lines) >= 5


def test_a_badge_can_be_read_and_says_how_often() -> None:
    of = sop([Node("u", "user", "辦理")], [])
    svg = draw(of, progress=Progress({"u": "open"}, MappingProxyType({"u": 3})))
    assert "▶ 進行中 ×3" in svg
    assert all(contrast(look.badge, "#ffffff") >= 4.5 for look in LOOKS.values())
    assert all(contrast("#22242a", look.fill) >= 7 for look in LOOKS.values())


def contrast(one: str, two: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_without_a_progress_no_state_is_drawn() -> None:
    assert "data-state" not in draw(every_kind())


def test_an_open_step_of_a_called_procedure_marks_the_call_box() -> None:
    assert state_of(Progress({"PO-FU/FU-04": "open", "PO-FU/FU-01": "done"}), "PO-FU") == "open"
    assert state_of(Progress({"PO-FU": "open", "PO-FU/FU-09/MM-01": "late"}), "PO-FU") == "late"
    assert state_of(Progress({"PO-FU": "done", "PO-FU/FU-04": "done"}), "PO-FU") == "done"
    assert state_of(Progress({"PO-FU-2": "open"}), "PO-FU") == "todo"


def test_the_called_procedure_has_its_own_picture() -> None:
    whole = Progress({"PO-FU/FU-04": "late", "PO-FU/FU-09/MM-01": "open", "PO-08": "done"}, {"PO-FU/FU-04": 2})
    inner = inside(whole, "PO-FU")
    assert inner.states == {"FU-04": "late", "FU-09/MM-01": "open"}
    assert inner.visits == {"FU-04": 2}


def test_a_flow_that_goes_nowhere_is_not_drawn() -> None:
    of = replace(sop([Node("u", "user", "辦理")], []), flows={"f": Flow("f", "u", "gone", "去")})
    assert "data-flow" not in draw(of)
