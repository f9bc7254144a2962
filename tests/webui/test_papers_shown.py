"""What lies open beside a step: the papers its form asks to see, wherever in the case they were made."""

from __future__ import annotations

from typing import Any

from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node
from tests.webui.conftest import Office

_WHO = ext('<sop:who role="officer" unit="fixed:works-lighting"/>')
_STEPS = "".join(f"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>" for step in "ABC")
_LANE = f'<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">{_WHO}{_STEPS}</bpmn:lane></bpmn:laneSet>'


def _form(show: list[str], **properties: Any) -> dict[str, Any]:
    fields = {name: {"title": title, "type": "string", "maxLength": 200} for name, title in properties.items()}
    return {
        "title": "表",
        "type": "object",
        "additionalProperties": False,
        "properties": fields,
        "x-sop": {"show": show},
    }


def _at_the_last_step(office: Office, show: list[str]) -> str:
    """A plan is written at A, something else at B; the page as it stands at C, for who does it."""
    chart = file(
        _LANE, node("startEvent", "S"), node("userTask", "B", name="會辦"),
        node("userTask", "A", ext('<sop:form ref="plan" direction="out"/>'), name="擬訂"),
        node("userTask", "C", name="核對"), node("endEvent", "E"),
        flow("S", "A"), flow("A", "B"), flow("B", "C"), flow("C", "E"), sop_id="papers",
    )  # fmt: skip
    forms = {
        "S": _form([], entry="計畫名稱"),
        "A": _form([], road="預定進度"),
        "B": _form([], word="意見"),
        "C": _form(show),
    }
    with office.city.store.act() as db:
        small_sop.publish(db, chart, "papers", forms)
    case_id = office.city.open_case("papers", who="service1", answers={"entry": "示例路拓寬"}, start="S").case_id
    office.city.complete(case_id, "A", who="lighting1", answers={"road": "三月完成四成"})
    office.city.complete(case_id, "B", who="lighting1", answers={"word": "沒有意見"})
    source = office.seat("clerk").get(f"/cases/{case_id}").source
    return source[: source.index("各步驟填寫的內容")]


def test_the_plan_that_the_form_asks_for_lies_open_and_nothing_else(office: Office) -> None:
    page = _at_the_last_step(office, ["plan"])
    assert "三月完成四成" in page and "沒有意見" not in page


def test_what_the_form_does_not_ask_for_stays_folded_away(office: Office) -> None:
    assert "三月完成四成" not in _at_the_last_step(office, [])


def test_a_case_opened_for_one_of_many_bears_its_name(office: Office) -> None:
    assert "<h1>示例路拓寬</h1>" in _at_the_last_step(office, [])
