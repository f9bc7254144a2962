"""Files as other tools write them, their constructs rebuilt by hand: what is mapped, kept, dropped, repaired.

The shapes were found in files those tools had exported (docs/figures.md counts them); no line of them stands here.
"""
# ruff: noqa: E501 – lines as those tools write them

from __future__ import annotations

from dataclasses import replace

import pytest

from diagrams.layout import lay_out
from engine.errors import BadSop
from engine.sops import bpmn, foreign, forms
from engine.sops.foreign import Brought
from engine.sops.sop import Sop

_MODEL = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_DRAWN = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:omgdi="http://www.omg.org/spec/DD/20100524/DI"'
)


def file(inner: str, *, more: str = "", encoding: str = "UTF-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><definitions {_MODEL} {_DRAWN} {more} targetNamespace="t">'
    return f"{head}{inner}</definitions>".encode(encoding)


def brought(data: bytes, *, process: str = "") -> tuple[Brought, Sop]:
    """What came in; it can be laid out, written and read again, and nothing in it is unknown here."""
    done = foreign.translate(data, "imported", process=process)
    sop = bpmn.read(done.chart)
    drawn = replace(sop, drawing=lay_out(replace(sop, drawing=None)))
    again = bpmn.read(bpmn.write(drawn))
    assert again.problems == () and replace(again, drawing=None) == replace(drawn, drawing=None, problems=())
    return done, sop


def said(done: Brought) -> str:
    return "\n".join(f"{one.what} {one.element} {one.sentence} x{one.times}" for one in done.told)


def test_signavio_writes_fifteen_digits_marks_of_its_own_and_a_second_pool() -> None:
    done, sop = brought(file(
        """<collaboration id="c"><participant id="p1" name="顧客" processRef="other"/><participant id="p2" name="受理" processRef="main"/>
        <messageFlow id="m" sourceRef="p1" targetRef="sid-1"/></collaboration>
        <process id="other"/><process id="main" isExecutable="false"><laneSet id="ls"><lane id="sid-L" name="櫃檯">
        <extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue=""/></extensionElements><flowNodeRef>sid-1</flowNodeRef></lane></laneSet>
        <userTask id="sid-1" name="受理&#10;申請" completionQuantity="1" implementation="##WebService"><documentation textFormat="text/html">&lt;p&gt;先看&lt;b&gt;證件&lt;/b&gt;&lt;/p&gt;&lt;p&gt;再登錄&lt;/p&gt;</documentation>
        <extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc"/></extensionElements>
        <ioSpecification id="io"><dataOutput id="o"/><inputSet/><outputSet/></ioSpecification></userTask></process>
        <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="c"><bpmndi:BPMNShape bpmnElement="sid-1"><omgdc:Bounds x="1821.2121412760923" y="462.6972982800153" width="100.0" height="8.0E1"/></bpmndi:BPMNShape>
        <bpmndi:BPMNShape bpmnElement="sid-L"><omgdc:Bounds x="1.4210854715202004E-14" y="0" width="600" height="200"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>""",
        more='xmlns:signavio="http://www.signavio.com"',
    ))  # fmt: skip
    step = sop.nodes["sid-1"]
    assert (step.name, step.documentation, step.lane) == ("受理 申請", "先看證件\n再登錄", "sid-L")
    assert sop.drawing is not None and sop.drawing.shapes["sid-L"].x == 0
    assert "dropped other 檔案裡的另一個流程「顧客」（0 個步驟）沒有帶進來。" in said(done)
    assert "不認得的延伸內容「signavioMetaData」沒有帶進來。 x2" in said(done) and "ioSpecification" in said(done)


def test_activiti_and_flowable_leave_ids_out_ask_by_properties_and_may_write_latin() -> None:
    data = file(
        """<process id="vacation" name="Congé"><startEvent id="request" activiti:initiator="who"><extensionElements>
        <activiti:formProperty id="days" name="天數" type="long" required="true"/>
        <activiti:formProperty id="kind" name="假別" type="enum"><activiti:value id="sick" name="病假"/></activiti:formProperty></extensionElements></startEvent>
        <userTask id="ask" name="核准" activiti:candidateGroups="management"/><endEvent id="e"/>
        <sequenceFlow sourceRef="request" targetRef="ask"/><sequenceFlow sourceRef="ask" targetRef="e"/></process>""",
        more='xmlns:activiti="http://activiti.org/bpmn"',
    ).replace(b"UTF-8", b"ISO-8859-1").decode()  # fmt: skip
    for character, told in {"天數": "Days", "假別": "Kind", "病假": "Sick", "核准": "Approve"}.items():
        data = data.replace(character, told)
    done, sop = brought(data.encode("iso-8859-1"))
    assert sop.name == "Congé" and sorted(sop.flows) == ["sequenceFlow_1", "sequenceFlow_2"]
    form = forms.read(done.forms["request"])
    assert [(f.title, f.kind, f.required) for f in form.fields] == [
        ("Days", "integer", True),
        ("Kind", "choice", False),
    ]
    assert [note.text for note in sop.notes] == ["candidateGroups：management"]
    assert "2 個沒有代碼的元素已給代碼。" in said(done)


def test_mid_innovator_keeps_the_times_of_its_events_at_the_top_of_the_file() -> None:
    done, sop = brought(file(
        """<timerEventDefinition id="td"><timeDuration>P2W</timeDuration></timerEventDefinition><terminateEventDefinition id="te"/>
        <process id="p"><task id="t"/><boundaryEvent id="b" attachedToRef="t"><eventDefinitionRef>td</eventDefinitionRef></boundaryEvent>
        <endEvent id="e"><eventDefinitionRef>te</eventDefinitionRef></endEvent><sequenceFlow id="f" sourceRef="b" targetRef="e"/></process>""",
    ))  # fmt: skip
    timer = sop.nodes["b"].timer
    assert timer is not None and (timer.iso, timer.iso_kind) == ("P14D", "duration")
    assert sop.nodes["e"].shown_as == "terminateEventDefinition" and "時間「P2W」寫成「P14D」。" in said(done)


def test_jbpm_says_who_by_a_resource_and_gives_one_id_twice() -> None:
    done, sop = brought(file(
        """<itemDefinition id="item"/><resource id="R1" name="manager"/><process id="p" tns:version="1"><property id="x" itemSubjectRef="item"/>
        <userTask id="_2" name="Approve"><potentialOwner id="o"><resourceRef>R1</resourceRef></potentialOwner></userTask>
        <userTask id="_3" name="Ask"><performer id="o"><resourceAssignmentExpression><formalExpression>mary</formalExpression></resourceAssignmentExpression></performer>
        <multiInstanceLoopCharacteristics><inputDataItem id="x"/></multiInstanceLoopCharacteristics></userTask>
        <scriptTask id="_4" name="Sum"><script>System.out.println("x")</script></scriptTask>
        <sequenceFlow id="_2-_3" sourceRef="_2" targetRef="_3"/></process>""",
        more='xmlns:tns="http://www.jboss.org/drools"',
    ))  # fmt: skip
    assert [(note.step, note.text) for note in sop.notes] == [
        ("_2", "potentialOwner：manager"),
        ("_3", "performer：mary"),
    ]
    assert sop.nodes["_3"].shown_as == "multiInstanceLoopCharacteristics" and b"println" not in done.chart
    assert "檔案開頭的「resource」有 1 個" in said(done)


def test_adonis_aris_and_igrafx_bring_models_of_their_own_along() -> None:
    done, sop = brought(file(
        """<import importType="x" location="y" namespace="z"/><relationship type="triso"><extensionElements/></relationship>
        <process id="p"><property name="Transaction" itemSubjectRef="none"/><task id="t" name="查 對"><categoryValueRef>c</categoryValueRef>
        <property name="cost"/></task><sequenceFlow id="f" sourceRef="t" targetRef="gone"/><sequenceFlow id="g" sourceRef="t" targetRef="u"/><task id="u"/></process>""",
    ))  # fmt: skip
    assert sop.nodes["t"].name == "查 對" and list(sop.flows) == ["g"]
    assert "路徑「f」的起點或終點不在檔案裡，沒有帶進來。" in said(done) and "relationship" in said(done)


def test_enterprise_architect_visio_and_visual_paradigm_write_ids_and_letters_that_need_mending() -> None:
    done, sop = brought(file(
        """<process id="p"><task id="1 é" name="é"/><task id="2"/><sequenceFlow id="f" sourceRef="1 é" targetRef="2"/></process>
        <bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="d" bpmnElement="p"><bpmndi:BPMNShape id="s" bpmnElement="1 é"><omgdc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape>
        <bpmndi:BPMNShape id="s" bpmnElement="2"><omgdc:Bounds x="40" y="1" width="9" height="9"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>""",
        encoding="windows-1252",
    ))  # fmt: skip
    first, second = sop.nodes
    assert sop.nodes[first].name == "é" and (sop.flows["f"].source, sop.flows["f"].target) == (first, second)
    assert sop.drawing is not None and {first, second} <= sop.drawing.shapes.keys()
    assert "有這裡不能用的字元" in said(done)


def test_camunda_8_tells_values_from_fields_and_bpmn_io_draws_sub_processes_apart() -> None:
    done, sop = brought(file(
        """<process id="p" isExecutable="true"><callActivity id="c"><extensionElements><zeebe:calledElement processId="shared-approval"/>
        <zeebe:ioMapping><zeebe:input source="GET" target="method"/><zeebe:input source="=amount" target="sum"/></zeebe:ioMapping></extensionElements></callActivity>
        <serviceTask id="s"><extensionElements><zeebe:ioMapping><zeebe:input source="=a" target="b"/></zeebe:ioMapping></extensionElements></serviceTask>
        <intermediateCatchEvent id="w"><timerEventDefinition><timeDuration>="PT4H"</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <intermediateCatchEvent id="v"><timerEventDefinition><timeDate>2026-12-01T09:00:00</timeDate></timerEventDefinition></intermediateCatchEvent>
        <intermediateCatchEvent id="n"><timerEventDefinition><timeDuration>=duration(x)</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <subProcess id="sub"><task id="inner"/></subProcess></process>
        <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p"><bpmndi:BPMNShape bpmnElement="c"><omgdc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
        <bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="sub"><bpmndi:BPMNShape bpmnElement="inner"><omgdc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>""",
        more='xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
    ))  # fmt: skip
    assert [(i.to, i.from_, i.value) for i in sop.nodes["c"].ins] == [("method", None, "GET"), ("sum", "amount", None)]
    assert sop.nodes["s"].ins == () and sop.drawing is None and "檔案有 2 張圖，已合成一張重新排列。" in said(done)
    times = [sop.nodes[step].timer for step in ("w", "v", "n")]
    assert [t and t.iso for t in times] == ["PT4H", "2026-12-01T09:00:00+08:00", None]
    assert "時間「=duration(x)」在這裡不能用" in said(done)


def test_of_several_processes_the_named_one_comes_and_the_largest_where_none_is_named() -> None:
    data = file(
        '<process id="a"><task id="t1"/><task id="t2"/></process><process id="b" name="小的"><task id="u"/></process>'
    )
    assert list(brought(data)[1].nodes) == ["t1", "t2"]
    assert list(brought(data, process="小的")[1].nodes) == ["u"] and list(brought(data, process="b")[1].nodes) == ["u"]


def test_a_file_full_of_twins_strangers_and_nameless_steps_is_mended_in_one_go() -> None:
    """Where each took a look at all the others, this one would outlast the whole suite."""
    inner = "".join('<task id="t"><property id="p"/></task>' for _ in range(1500))
    assert len(brought(file(f'<process id="x">{inner}</process>'))[1].nodes) == 1500
    nameless = foreign.translate(file('<process id="p">' + "<task/>" * 15000 + "</process>"), "imported")
    assert nameless.told[0].sentence == "15000 個沒有代碼的元素已給代碼。"
    pools = "".join(f'<process id="p{n}"/>' for n in range(5000))
    assert len(foreign.translate(file(pools), "imported").told) == foreign.MOST_TOLD + 1


def test_a_hostile_file_stays_one_in_any_encoding_and_its_report_ends() -> None:
    doctype = (
        file('<process id="p"/>')
        .decode()
        .replace("UTF-8", "UTF-16")
        .replace("?><", '?><!DOCTYPE a [<!ENTITY e "x">]><')
    )
    for data in (doctype.encode("utf-16"), file("<process id='p'/>").replace(b"UTF-8", b"utf-7", 1)):
        with pytest.raises(BadSop):
            foreign.translate(data, "imported")
    many = "".join(f'<task id="{n} x"/>' for n in range(foreign.MOST_TOLD + 50))
    told = foreign.translate(file(f'<process id="p">{many}</process>'), "imported").told
    assert len(told) == foreign.MOST_TOLD + 1 and told[-1].sentence == "另有 50 項未列。"
