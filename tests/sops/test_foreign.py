"""Files of other tools, rebuilt by hand as those tools write them: what is mapped, kept, dropped, and told."""
# ruff: noqa: E501 – lines as those tools write them

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import BadSop
from engine.sops import bpmn, foreign, forms
from engine.sops.foreign import Brought
from engine.sops.sop import Sop

_HEAD = (
    '<{p}definitions xmlns{x}="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' id="d" targetNamespace="http://bpmn.io/schema/bpmn" modeler:executionPlatform="Camunda Platform">'
)


def file(inner: str, *, prefix: str = "bpmn") -> bytes:
    head = _HEAD.format(p=f"{prefix}:" if prefix else "", x=f":{prefix}" if prefix else "")
    return (head + inner + f"</{prefix + ':' if prefix else ''}definitions>").encode()


def brought(data: bytes, operators: tuple[str, ...] = ()) -> tuple[Brought, Sop]:
    done = foreign.translate(data, "invoice", operators)
    sop = bpmn.read(done.chart)
    assert sop.id == "invoice" and bpmn.read(bpmn.write(replace(sop, problems=()))) == replace(sop, problems=())
    assert not {p.rule for p in sop.problems} & {"foreign_extension", "unknown_sop_element", "script_refused"}
    return done, sop


def said(done: Brought) -> list[tuple[str, str, str]]:
    return [(one.what, one.element, one.sentence) for one in done.told]


def test_a_file_of_camunda_7() -> None:
    data = file("""<bpmn:process id="Process_1" name="發票" isExecutable="true" camunda:historyTimeToLive="180">
      <bpmn:startEvent id="S"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
      <bpmn:userTask id="check" name="核對" camunda:candidateGroups="accounting" camunda:formKey="embedded:check.html">
        <bpmn:extensionElements><camunda:formData><camunda:formField id="amount" label="金額" type="long">
          <camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
          <camunda:formField id="way" label="方式" type="enum"><camunda:value id="a" name="匯款"/></camunda:formField>
        </camunda:formData><camunda:taskListener event="create" class="x.Y"/>
        <camunda:properties><camunda:property name="standardHours" value="4"/></camunda:properties></bpmn:extensionElements>
      </bpmn:userTask>
      <bpmn:exclusiveGateway id="G"/><bpmn:serviceTask id="send" camunda:type="external" camunda:topic="case.note"/>
      <bpmn:serviceTask id="pay" camunda:class="x.Pay"/><bpmn:businessRuleTask id="rate" camunda:decisionRef="rates"/>
      <bpmn:callActivity id="more" calledElement="shared-approval"><bpmn:extensionElements>
        <camunda:in source="amount" target="sum"/><camunda:out source="ok" target="approved"/></bpmn:extensionElements></bpmn:callActivity>
      <bpmn:sequenceFlow id="f1" sourceRef="S" targetRef="check"/>
      <bpmn:sequenceFlow id="f2" sourceRef="G" targetRef="send"><bpmn:conditionExpression>${amount &gt; 5000 &amp;&amp; way == 'a'}</bpmn:conditionExpression></bpmn:sequenceFlow>
      <bpmn:sequenceFlow id="f3" sourceRef="G" targetRef="pay"><bpmn:conditionExpression>${execution.getVariable("x")}</bpmn:conditionExpression></bpmn:sequenceFlow>
    </bpmn:process>""")
    done, sop = brought(data, ("case.note",))
    time = sop.nodes["check"].standard_time
    assert time is not None and (time.value, time.unit) == (4, "hour")
    assert [n.text for n in sop.notes if n.step == "check"] == [
        "candidateGroups：accounting",
        "formKey：embedded:check.html",
    ]
    form = forms.read(done.forms["check"])
    assert [(f.title, f.kind, f.required) for f in form.fields] == [
        ("金額", "integer", True),
        ("方式", "choice", False),
    ]
    assert sop.nodes["send"].operator is not None and sop.nodes["send"].operator.name == "case.note"
    assert sop.nodes["rate"].decision is not None and sop.nodes["rate"].decision.ref == "rates"
    call = sop.nodes["more"]
    assert [(i.from_, i.to) for i in call.ins] == [("amount", "sum")]
    assert [(o.from_, o.to) for o in call.outs] == [("ok", "approved")]
    assert sop.flows["f2"].condition == "amount > 5000 and way == 'a'" and sop.flows["f3"].condition is None
    told = said(done)
    assert ("dropped", "check", "「taskListener」是其他系統執行用的內容，沒有帶進來。") in told
    assert ("dropped", "pay", "「class」是其他系統執行用的設定，沒有帶進來。") in told
    assert any(what == "dropped" and where == "f3" for what, where, _ in told)


def test_a_file_of_camunda_8_and_one_of_spiffworkflow() -> None:
    data = file("""<process id="p8" isExecutable="true"><startEvent id="S"/>
      <userTask id="u"><extensionElements><zeebe:assignmentDefinition candidateGroups="clerks"/><zeebe:formDefinition formId="f1"/>
        </extensionElements></userTask>
      <serviceTask id="s"><extensionElements><zeebe:taskDefinition type="email"/></extensionElements></serviceTask>
      <callActivity id="c"><extensionElements><zeebe:calledElement processId="shared-follow-up"/>
        <zeebe:ioMapping><zeebe:input source="=amount" target="sum"/><zeebe:input source="=a+1" target="b"/></zeebe:ioMapping></extensionElements></callActivity>
      <exclusiveGateway id="G"/><sequenceFlow id="f" sourceRef="G" targetRef="u"><conditionExpression>=way = "a"</conditionExpression></sequenceFlow>
    </process><process id="other"/>""", prefix="")  # fmt: skip
    done, sop = brought(data)
    assert sop.nodes["c"].called == "shared-follow-up" and [i.to for i in sop.nodes["c"].ins] == ["sum"]
    assert sop.flows["f"].condition == 'way == "a"'
    assert {("dropped", "s"), ("dropped", "other"), ("dropped", "c"), ("kept", "u")} <= {
        (w, e) for w, e, _ in said(done)
    }
    data = file("""<bpmn:process id="sp" isExecutable="true"><bpmn:startEvent id="S"/><bpmn:manualTask id="m"><bpmn:extensionElements>
      <spiffworkflow:instructionsForEndUser>看一下現場</spiffworkflow:instructionsForEndUser>
      <spiffworkflow:properties><spiffworkflow:property name="responsibleUnit" value="工務處"/></spiffworkflow:properties>
      <spiffworkflow:preScript>import os</spiffworkflow:preScript></bpmn:extensionElements></bpmn:manualTask>
      <bpmn:businessRuleTask id="r"><bpmn:extensionElements><spiffworkflow:calledDecisionId>rates</spiffworkflow:calledDecisionId>
      </bpmn:extensionElements></bpmn:businessRuleTask></bpmn:process>""")
    done, sop = brought(data)
    assert sop.nodes["m"].documentation == "看一下現場" and b"import os" not in done.chart
    assert [note.text for note in sop.notes] == ["responsibleUnit：工務處"]
    assert sop.nodes["r"].decision is not None and sop.nodes["r"].decision.ref == "rates"


def test_our_own_file_passes_as_it_is() -> None:
    from tests.sops.test_revising import HERE

    done = foreign.translate(bpmn.write(HERE), "petition-online")
    assert bpmn.read(done.chart) == HERE and done.told == []


@pytest.mark.parametrize("data", [b"", b"<a/>", b'<!DOCTYPE a [<!ENTITY e "x">]><a/>', file("")])
def test_what_is_no_chart_is_refused(data: bytes) -> None:
    with pytest.raises(BadSop):
        foreign.translate(data, "invoice")
