"""Indicators and their weights, scores worked out again, and which of many units said so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import document
from engine.office import journal
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node, outcome

_EACH = '<sop:each units="units"/>'
_PLAN = "核心／發行公報／60／期數／每月一期\n創新｜影音資料庫｜35｜筆數｜一百筆以上\n事蹟\t具體事蹟\t5\t委員評分\t五分"
_REPORT = "核心／發行公報／60／12／12／60\n創新／影音資料／35／120,000／90,000／26.25\n事蹟／具體事蹟／5／5／5／4／外部"


def _operator(name: str, outs: tuple[str, str], **args: str) -> str:
    said = "".join(f'<sop:arg name="{one}" value="{value}"/>' for one, value in args.items())
    told = "".join(f'<sop:out from="{a}" to="{b}"/>' for a, b in zip(("units", "count"), outs, strict=True))
    return ext(f'<sop:operator name="{name}">{said}</sop:operator>{told}')


@pytest.fixture
def city(store: Store, taipei: Callable[[str], datetime]) -> Virtual:
    """Each unit plans until its weights are right, then reports, and says whether it agrees."""
    made = small_sop.in_force(store, taipei("2026-11-26T09:00"), "")
    steps = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in "PRWCD")
    who = ext('<sop:who role="officer" unit="fixed:roads"/>')
    plan = _operator("indicators.check", ("wrong", "wrong_count"), steps="P", field="lines")
    scores = _operator("scores.check", ("off", "off_count"), steps="R", field="lines", total="total", tolerance="0.05")
    said = _operator("units.said", ("against", "against_count"), step="R", field="agreed", value="no")
    chart = file(
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">{who}{steps}</bpmn:lane></bpmn:laneSet>',
        node("startEvent", "S"), node("userTask", "P", ext(_EACH), name="指標"), node("serviceTask", "W", plan),
        node("exclusiveGateway", "G"), node("userTask", "R", ext(_EACH, outcome("agreed", "yes", "no")), name="自評"),
        node("serviceTask", "C", scores), node("serviceTask", "D", said), node("exclusiveGateway", "H"),
        node("endEvent", "E"),
        flow("S", "P"), flow("P", "W"), flow("W", "G"), flow("G", "P", "wrong_count > 0 and wrong != 1"),
        flow("G", "R", "wrong_count == 0"), flow("R", "C"), flow("C", "D"), flow("D", "H"),
        flow("H", "R", "off_count > 0 and off != 1 and against != 1"),
        flow("H", "E", "off_count == 0 or against_count > 9"), sop_id="measured",
    )  # fmt: skip
    lines = {"lines": {"title": "指標", "type": "string", "maxLength": 4000}}
    units = {"title": "單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}
    total = {"total": {"title": "總分", "type": "number"}}
    forms = {
        step: {"title": "填報", "type": "object", "additionalProperties": False, "properties": properties}
        for step, properties in (("S", {"units": units}), ("P", lines), ("R", lines | total))
    }
    with store.act() as db:
        small_sop.publish(db, chart, "measured", forms)
    return made


def _told(city: Virtual, case_id: int) -> tuple[dict[str, Any], str]:
    """What the operators told the flow so far, and the newest paper that lists anything."""
    with city.store.look() as db:
        values = [entry.effects.get("values", {}) for entry in journal.of(db, f"case:{case_id}")]
        papers = db.scalars(sa.select(document.c.facts).where(document.c.case_id == case_id).order_by(document.c.id))
        lists = [facts["list"] for facts in papers if facts.get("list")]
    return {name: value for one in values for name, value in one.items()}, lists[-1] if lists else ""


def test_weights_and_scores_are_worked_out_again_for_each_unit(city: Virtual) -> None:
    case_id = city.open_case("measured", who="clerk", answers={"units": ["roads", "planning"]}, start="S").case_id

    def planned(unit: str, lines: str) -> None:
        city.complete(case_id, "P", who=f"officer@{unit}", answers={"lines": lines})

    def reported(unit: str, lines: str, total: float, agreed: str) -> None:
        answers = {"lines": lines, "total": total, "agreed": agreed}
        city.complete(case_id, "R", who=f"officer@{unit}", answers=answers)

    planned("roads", _PLAN)
    planned("planning", _PLAN.replace("60／期數", "59／"))
    values, paper = _told(city, case_id)
    assert (values["wrong"], values["wrong_count"]) == (["planning"], 1)
    assert paper == "企劃處：「發行公報」缺權重、評估方式或衡量標準\n企劃處：權重合計 99，應為 100"
    planned("roads", _PLAN + "\n經費／爭取補助款／加分／金額／較上年增加")
    planned("planning", _PLAN)
    assert _told(city, case_id)[0]["wrong_count"] == 0, "what a unit wrote last is what counts; a bonus has no weight"

    reported("roads", _REPORT, 90.25, "yes")
    reported("planning", _REPORT.replace("26.25", "35").replace("5／4／外部", "五／四"), 99, "no")
    values, paper = _told(city, case_id)
    assert (values["off"], values["against"], values["against_count"]) == (["planning"], ["planning"], 1)
    assert paper.splitlines() == [
        "企劃處：「影音資料」填報 35，重算 26.25", "企劃處：「具體事蹟」讀不出得分",
        "企劃處：得分合計 95，與填報的總分不符",
    ]  # fmt: skip
    reported("roads", _REPORT + "\n經費／爭取補助款／加分／0／0／0", 90.25, "no")
    reported("planning", _REPORT.replace("26.25", "26.27"), 90.27, "yes")
    values, _ = _told(city, case_id)
    assert (values["off_count"], values["against"]) == (0, ["roads"]), "only the newest round is asked who was against"
