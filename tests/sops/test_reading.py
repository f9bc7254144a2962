"""SOP files become values, and values become the same file again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadSop
from engine.sops import bpmn
from engine.sops.sop import Bounds, Drawing, Node, Rung, Sop, pool_id
from tests.sops.charts import HEAD, ext, file, flow, node, plain

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").rglob("*.bpmn"))


def rules(sop: Sop) -> list[tuple[str, str | None]]:
    return [(problem.rule, problem.element) for problem in sop.problems]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sop_of_the_city_reads_without_a_word_left_over(path: Path) -> None:
    sop = bpmn.read(path.read_bytes())
    assert sop.id == path.stem
    assert sop.problems == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_written_reads_back_equal_drawing_included(path: Path) -> None:
    sop = bpmn.read(path.read_bytes())
    assert bpmn.read(bpmn.write(sop)) == sop


def test_an_online_petition_says_what_the_file_says() -> None:
    sop = bpmn.read((ROOT / "processes/rdec/petition-online/petition-online.bpmn").read_bytes())
    assert sop.sheet.unit == "planning-rdec"
    assert sop.sheet.w5h1["when"].startswith("限辦5日")
    (deadline,) = [d for d in sop.deadlines if d.id == "PO-D1"]
    assert (deadline.regime, deadline.decision, deadline.of) == ("petition", "petition_deadline", "case")
    assert deadline.rungs[0] == Rung("reminder", 2, "workday", ("holder",), "proposed")
    assert sop.nodes["PO-S"].start_kind == "message"
    assert sop.messages[sop.nodes["PO-S"].message or ""] == "線上陳情／市容查報送件"
    timer = sop.nodes["PO-08-T2"]
    assert (timer.kind, timer.attached_to, timer.timer and timer.timer.deadline) == ("boundary", "PO-08", "PO-D1")
    assert sop.nodes["PO-08"].lane == "PO-L4"
    lane = sop.lane_of("PO-08")
    assert lane is not None and lane.who is not None and lane.who.unit == "responsible"
    assert sop.drawing is not None and pool_id(sop.id) in sop.drawing.shapes


def test_branches_keep_the_order_in_which_the_gateway_lists_them() -> None:
    gateway = node("exclusiveGateway", "G", "<bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f1</bpmn:outgoing>")
    ends = node("endEvent", "E1") + node("endEvent", "E2") + node("endEvent", "E3")
    flows = flow("G", "E1", "True", "f1") + flow("G", "E2", "True", "f2") + flow("G", "E3", "True", "f3")
    sop = bpmn.read(file(gateway, ends, flows))
    assert sop.nodes["G"].outgoing == ("f2", "f1", "f3")


@pytest.mark.parametrize(
    ("element", "shown_as"),
    [
        (node("scriptTask", "X", "<bpmn:script>1</bpmn:script>"), "scriptTask"),
        (node("sendTask", "X"), "sendTask"),
        (node("receiveTask", "X"), "receiveTask"),
        (node("inclusiveGateway", "X"), "inclusiveGateway"),
        (node("complexGateway", "X"), "complexGateway"),
        (node("eventBasedGateway", "X"), "eventBasedGateway"),
        (node("intermediateThrowEvent", "X"), "intermediateThrowEvent"),
        (node("endEvent", "X", "<bpmn:terminateEventDefinition />"), "terminateEventDefinition"),
        (node("endEvent", "X", "<bpmn:errorEventDefinition />"), "errorEventDefinition"),
        (node("startEvent", "X", "<bpmn:conditionalEventDefinition />"), "conditionalEventDefinition"),
        (node("intermediateCatchEvent", "X", "<bpmn:signalEventDefinition />"), "signalEventDefinition"),
        (node("boundaryEvent", "X", "<bpmn:errorEventDefinition />", attachedToRef="A"), "errorEventDefinition"),
        (node("userTask", "X", "<bpmn:standardLoopCharacteristics />"), "standardLoopCharacteristics"),
        (node("userTask", "X", "<bpmn:multiInstanceLoopCharacteristics />"), "multiInstanceLoopCharacteristics"),
        (node("callActivity", "X", "<bpmn:multiInstanceLoopCharacteristics />"), "multiInstanceLoopCharacteristics"),
        (node("userTask", "X", "<bpmn:dataInputAssociation />"), "dataInputAssociation"),
        (node("subProcess", "X", triggeredByEvent="true"), "triggeredByEvent"),
        (node("adHocSubProcess", "X"), "adHocSubProcess"),
        (node("transaction", "X"), "transaction"),
        (
            node("intermediateCatchEvent", "X", "<bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle>"
                 "</bpmn:timerEventDefinition>"),
            "timeCycle",
        ),
    ],
)  # fmt: skip
def test_what_is_not_executed_is_read_under_its_own_name_and_kept(element: str, shown_as: str) -> None:
    sop = bpmn.read(plain(element))
    assert (sop.nodes["X"].kind, sop.nodes["X"].shown_as) == ("shown", shown_as)
    assert bpmn.read(bpmn.write(sop)) == sop


def test_an_embedded_sub_process_holds_its_nodes() -> None:
    inner = node("startEvent", "IS") + node("userTask", "IA") + flow("IS", "IA") + node("endEvent", "IE")
    sop = bpmn.read(file(node("startEvent", "S"), node("subProcess", "X", inner + flow("IA", "IE")), flow("S", "X")))
    assert {n.id: n.parent for n in sop.nodes.values()} == {"S": None, "X": None, "IS": "X", "IA": "X", "IE": "X"}
    assert [start.id for start in sop.starts()] == ["S"]
    assert bpmn.read(bpmn.write(sop)) == sop


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (flow("A", "nowhere"), ("flow_end", "A__nowhere")),
        (node("boundaryEvent", "T", "<bpmn:timerEventDefinition />", attachedToRef="S"), ("boundary_attach", "T")),
        (node("exclusiveGateway", "G", "<bpmn:outgoing>S__A</bpmn:outgoing>"), ("outgoing_mismatch", "G")),
        (node("userTask", "B", name="字" * 201), ("name_too_long", "B")),
        (node("userTask", "B", name="核\u202e准"), ("name_characters", "B")),
        (node("userTask", "B", ext("<sop:outcom />")), ("unknown_sop_element", "B")),
        (node("userTask", "B", ext('<sop:approval levle="1" />')), ("unknown_sop_attribute", "B")),
        (node("userTask", "B", ext('<sop:standardTime value="-1" unit="day" />')), ("bad_sop_attribute", "B")),
        (node("userTask", "B", ext('<sop:standardTime value="nan" unit="day" />')), ("bad_sop_attribute", "B")),
        (node("userTask", "B", ext('<sop:set value="1" />')), ("missing_sop_attribute", "B")),
        (node("userTask", "B", ext('<x:formKey xmlns:x="urn:x" />')), ("foreign_extension", "B")),
        (node("userTask", "B", ext('<x:preScript xmlns:x="urn:x" />')), ("script_refused", "B")),
        ('<x:thing xmlns:x="urn:x" id="B" />', ("unsupported_element", "B")),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_and_the_rest_still_reads(more: str, expected: tuple[str, str]) -> None:
    sop = bpmn.read(plain(more))
    assert expected in rules(sop)
    assert {"S", "A", "E"} <= sop.nodes.keys()


def test_a_flow_over_the_border_of_a_sub_process_is_left_out_and_said() -> None:
    inner = node("startEvent", "IS") + node("userTask", "IA")
    sop = bpmn.read(plain(node("subProcess", "X", inner), flow("A", "IA", flow_id="over")))
    assert ("flow_parent", "over") in rules(sop)
    assert "over" not in sop.flows


def test_of_several_processes_the_first_executable_one_is_read_and_the_others_named() -> None:
    beside = '<bpmn:process id="q" isExecutable="true" /><bpmn:process id="drawn" />'
    sop = bpmn.read(plain(beside=beside))
    assert sop.id == "q"
    assert ("many_processes", "p") in rules(sop)


@pytest.mark.parametrize("kind", ["startEvent", "sequenceFlow", "userTask", "lane"])
def test_an_element_without_id_is_refused(kind: str) -> None:
    element = f"<bpmn:{kind} />"
    if kind == "lane":
        element = f'<bpmn:laneSet id="L">{element}</bpmn:laneSet>'
    with pytest.raises(BadSop) as refusal:
        bpmn.read(plain(element))
    assert (refusal.value.code, refusal.value.readable) == ("missing_id", False)


@pytest.mark.parametrize("bad", ["a/b", "1a", "a b", "-a", "a" * 121, "a\u202eb", "n:a"])
def test_an_id_that_could_not_be_part_of_a_path_is_refused(bad: str) -> None:
    with pytest.raises(BadSop) as refusal:
        bpmn.read(plain(node("userTask", bad)))
    assert (refusal.value.code, refusal.value.readable) == ("bad_id", False)


def test_an_id_used_twice_is_refused_with_the_id() -> None:
    with pytest.raises(BadSop) as refusal:
        bpmn.read(plain(node("userTask", "A")))
    assert (refusal.value.code, refusal.value.element) == ("duplicate_id", "A")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"  \n ", "empty_file"),
        (b"hello", "not_xml"),
        (b"<a/>", "not_bpmn"),
        (f"{HEAD}</bpmn:definitions>".encode(), "no_process"),
        (plain().decode().encode("utf-16"), "encoding"),
        (plain().decode().encode("utf-16-le"), "encoding"),
        (plain().replace(b"UTF-8", b"Big5"), "encoding"),
        (plain().replace("流程".encode(), "流程".encode("big5")), "encoding"),
    ],
)
def test_what_is_no_sop_file_is_not_readable(data: bytes, code: str) -> None:
    with pytest.raises(BadSop) as refusal:
        bpmn.read(data)
    assert (refusal.value.code, refusal.value.readable) == (code, False)
    assert refusal.value.sentence.endswith("。")


def test_a_file_with_a_byte_order_mark_reads() -> None:
    assert bpmn.read(b"\xef\xbb\xbf" + plain()).id == "p"


def test_a_drawing_far_off_the_page_is_left_out_and_said() -> None:
    box = '<dc:Bounds x="{x}" y="0" width="10" height="10" />'
    shape = f'<bpmndi:BPMNShape id="d1" bpmnElement="A">{box}</bpmndi:BPMNShape>'
    for bad in ("1e9", "nan", "inf", "9999999", ""):
        plane = f'<bpmndi:BPMNPlane id="pl" bpmnElement="p">{shape.format(x=bad)}</bpmndi:BPMNPlane>'
        sop = bpmn.read(plain(beside=f'<bpmndi:BPMNDiagram id="dg">{plane}</bpmndi:BPMNDiagram>'))
        assert sop.drawing is None
        assert ("drawing_number", "A") in rules(sop)


def test_ids_that_only_the_file_needs_never_collide_with_the_sops_own() -> None:
    names = ["A_di", "defs-p", "diagram-p", "plane-p", "lanes-p", "pool-p-collaboration", "S-def"]
    sop = bpmn.read(plain(*[node("userTask", name) for name in names]))
    boxes = {name: Bounds(1, 2, 3, 4) for name in [*sop.nodes, pool_id("p")]}
    drawn = replace(sop, drawing=Drawing(MappingProxyType(boxes), MappingProxyType({})))
    assert bpmn.read(bpmn.write(drawn)) == drawn


REMARKS = """<bpmn:textAnnotation id="N"><bpmn:text>民眾電話中情緒激動時，先聽完再記錄。
必要時請科長接聽。</bpmn:text></bpmn:textAnnotation>
<bpmn:dataObject id="D"/><bpmn:dataObjectReference id="DR" name="陳情紀錄表" dataObjectRef="D"/>
<bpmn:dataStoreReference id="DS" name="公文系統"/><bpmn:association id="T" sourceRef="A" targetRef="N"/>"""


def remarked() -> bytes:
    """The plain chart with an annotation, a data object, a data store and a line, each in its place."""
    places = {"S": (0, 100, 36, 36), "A": (80, 80, 100, 80), "E": (240, 100, 36, 36), "N": (80, 0, 160, 60),
              "DR": (60, 200, 36, 50), "DS": (140, 200, 50, 50)}  # fmt: skip
    drawn = "".join(
        f'<bpmndi:BPMNShape id="{about}_di" bpmnElement="{about}"><dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}"/>'
        "</bpmndi:BPMNShape>" for about, (x, y, w, h) in places.items()
    )  # fmt: skip
    lines = {"S__A": ((36, 118), (80, 118)), "A__E": ((180, 118), (240, 118)), "T": ((130, 80), (130, 60))}
    drawn += "".join(
        f'<bpmndi:BPMNEdge id="{about}_di" bpmnElement="{about}">'
        + "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points) + "</bpmndi:BPMNEdge>"
        for about, points in lines.items()
    )  # fmt: skip
    plane = f'<bpmndi:BPMNPlane id="pl" bpmnElement="p">{drawn}</bpmndi:BPMNPlane>'
    return plain(REMARKS, beside=f'<bpmndi:BPMNDiagram id="dg">{plane}</bpmndi:BPMNDiagram>')


def test_annotations_and_data_objects_belong_to_the_drawing_and_mean_nothing() -> None:
    sop, bare = bpmn.read(remarked()), bpmn.read(plain())
    assert (sop.nodes.keys(), sop.flows.keys(), sop.problems) == (bare.nodes.keys(), bare.flows.keys(), ())
    assert sop.drawing is not None
    assert [(r.kind, r.text) for r in sop.drawing.remarks] == [
        ("text", "民眾電話中情緒激動時，先聽完再記錄。\n必要時請科長接聽。"),
        ("data", "陳情紀錄表"),
        ("store", "公文系統"),
    ]
    assert sop.drawing.ties["T"].line == ((130.0, 80.0), (130.0, 60.0))
    assert bpmn.read(bpmn.write(sop)) == sop


def test_a_remark_without_a_place_is_said_to_be_missing_and_hinders_nothing() -> None:
    sop = bpmn.read(plain(REMARKS))
    assert rules(sop) == [("remark_not_drawn", "N"), ("remark_not_drawn", "DR"), ("remark_not_drawn", "DS")]
    assert not any(problem.blocks for problem in sop.problems)
    many = "".join(f'<bpmn:textAnnotation id="N{n}"/>' for n in range(400))
    assert ("too_many_remarks", "N300") in rules(bpmn.read(plain(many)))


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn"], exclude_characters="\ufffe\uffff"), max_size=40
).map(str.strip)
_OPTIONAL = st.none() | _TEXT
_NUMBER = st.integers(-90_000, 90_000).map(lambda n: n / 4)


@given(name=_TEXT, documentation=_TEXT, condition=_OPTIONAL, box=st.tuples(_NUMBER, _NUMBER), value=_OPTIONAL)
@settings(max_examples=150, deadline=None)
def test_whatever_people_write_comes_back_as_they_wrote_it(
    name: str, documentation: str, condition: str | None, box: tuple[float, float], value: str | None
) -> None:
    sop = bpmn.read(plain(task=ext('<sop:set name="x" value="1" />')))
    a = replace(sop.nodes["A"], name=name, documentation=documentation)
    a = replace(a, sets=(replace(a.sets[0], value=value, from_=None if value is not None else "1"),))
    nodes: dict[str, Node] = {**sop.nodes, "A": a}
    flows = {**sop.flows, "A__E": replace(sop.flows["A__E"], name=name, condition=condition)}
    drawing = Drawing(
        MappingProxyType({"A": Bounds(*box, 100, 80)}),
        MappingProxyType({"A__E": (box, (0.0, 0.5))}),
        MappingProxyType({"A__E": Bounds(*box, 1, 1)}),
    )
    changed = replace(sop, nodes=MappingProxyType(nodes), flows=MappingProxyType(flows), drawing=drawing)
    assert bpmn.read(bpmn.write(changed)) == changed


@pytest.mark.parametrize(
    "said",
    [
        '<sop:each units="asked" until="count:2" /><sop:linked rest="go-on" />',
        '<sop:linked start="S2" rest="withdraw" /><sop:wait />',
        "<sop:linked />",
    ],
)
def test_a_box_that_opens_cases_reads_back_equal(said: str) -> None:
    box = node("callActivity", "C", ext(said), calledElement="other")
    read = bpmn.read(plain(box, flow("A", "C")))
    assert not [one for one in read.problems if "sop" in one.rule]
    again = bpmn.read(bpmn.write(read))
    assert again.nodes["C"] == read.nodes["C"]
    assert (again.nodes["C"].each, again.nodes["C"].linked, again.nodes["C"].wait) != (None, None, False)


def test_what_becomes_of_the_rest_is_one_of_two_words() -> None:
    box = node("callActivity", "C", ext('<sop:linked rest="perhaps" />'), calledElement="other")
    assert ("bad_sop_attribute", "C") in {(one.rule, one.element) for one in bpmn.read(plain(box)).problems}
