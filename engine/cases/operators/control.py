"""Control of cases and the forms that go with it: 列管, 分文, 公文除管, 解除列管, 追蹤表, 升級通報."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.errors import Stuck
from engine.flow import ProjectedStep

#: who hears of an escalation (建議值; catalogue 1, table escalation_level). Its fourth level names the mayor's office;
#: nobody presses that: the heads are told, and the chart puts the case before the meeting it chairs
ESCALATION = {
    "L1": ("holder", "section_chief@responsible"),
    "L2": ("unit_head@responsible", "section_chief@fixed:planning-rdec"),
    "L3": ("unit_head@fixed:planning",),
    "L4": ("unit_head@responsible", "unit_head@fixed:planning"),
}


@operator("control.open")
def open_control(act: Act, step: ProjectedStep, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the case in control (列管) until it is released."""
    if act.case["controlled_at"] is None:
        act.change(controlled_at=act.at)
    documents.make(act, step, kind="control-record")
    return {}


@operator("document.distribute", required=("unit",))
def distribute(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hand the registered document to the responsible unit (分文)."""
    documents.make(act, step, kind="distribution", facts={"unit": args["unit"]})
    return {}


@operator("document.dispatch")
def dispatch(act: Act, step: ProjectedStep, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document is closed (公文除管); the case stays in control: two clocks."""
    if act.case["dispatched_at"] is None:
        act.change(dispatched_at=act.at)
    documents.make(act, step, kind="dispatch-record")
    return {}


@operator("case.release", optional=("reason",))
def release(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The case leaves control (解除列管) with its reason."""
    act.change(released_at=act.at, close_reason=args.get("reason") or act.case["close_reason"])
    if act.case["dispatched_at"] is None:  # no answer had to leave: its document ends with it
        act.change(dispatched_at=act.at)
    documents.make(act, step, kind="release-record", facts={"reason": args.get("reason")})
    return {}


@operator("case.mark-standard-reply")
def mark_standard_reply(act: Act, step: ProjectedStep, _args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The unit could only give its standard answer (制式回覆): kept apart, so that the head can count such cases."""
    documents.make(act, step, kind="standard-reply-mark")
    return {}


@operator("form.issue", required=("form",), optional=("to",))
def issue_form(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Issue an official form (追蹤表) and tell who has to fill it in."""
    form = str(args["form"])
    if form.startswith(documents.FROM_CALLER):  # the first of those that the caller's box hands in
        form = next(iter(documents.official(act, step)), "")
        if not form and not any(one.ref.startswith(documents.FROM_CALLER) for one in step.forms):
            raise Stuck("no_form", "這個案件沒有可用的表單。", step=step.path)
    document = documents.make(act, step, kind="follow-up-sheet", form=form or None)
    people_of.tell(
        act, str(args.get("to") or "holder").split(), kind="form", key=f"document:{document}", facts={"form": form}
    )
    return {}


@operator("notice.escalate", required=("level",))
def escalate(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Tell those above, one level of the ladder at a time (升級通報)."""
    level = str(args["level"])
    document = documents.make(act, step, kind="escalation-record", facts={"level": level})
    people_of.tell(
        act, ESCALATION.get(level, ()), kind="escalation", key=f"document:{document}",
        level=int(level[1:]) if level[1:].isdigit() else 0, facts={"level": level}, with_stand_ins=True,
    )  # fmt: skip
    return {}
