"""What lies open beside a step: the papers its form asks to see, wherever in the case they were made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cases import small_sop
from tests.cases.test_rounds import FILLED, monthly
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


def test_of_many_units_each_reads_its_own_words_and_what_the_system_found_in_them(office: Office) -> None:
    lane = _LANE.replace("fixed:works-lighting", "child")
    each, wrong = ext('<sop:each units="units"/>'), ext('<sop:each units="wrong"/>')
    check = (
        '<sop:operator name="indicators.check"><sop:arg name="steps" value="A B"/><sop:arg name="field" value="lines"/>'
        '</sop:operator><sop:out from="units" to="wrong"/><sop:out from="count" to="count"/>'
    )
    chart = file(
        lane, node("startEvent", "S"), node("userTask", "A", each, name="擬指標"), node("exclusiveGateway", "G"),
        node("serviceTask", "W", ext(check, '<sop:form ref="faults" direction="out"/>'), name="檢核"),
        node("userTask", "B", wrong, name="更正"), node("userTask", "C", name="彙編"), node("endEvent", "E"),
        flow("S", "A"), flow("A", "W"), flow("W", "G"), flow("G", "B", "count > 0"), flow("G", "C", "count == 0"),
        flow("B", "W"), flow("C", "E"), sop_id="many",
    )  # fmt: skip
    units = {"title": "單位", "type": "array", "items": {"type": "string", "format": "sop-unit"}}
    lines = {"lines": {"title": "指標", "type": "string", "maxLength": 4000}}
    forms = {"S": _form([]), "A": _form([]), "B": _form(["faults"]), "C": _form([])}
    forms["S"]["properties"], forms["A"]["properties"], forms["B"]["properties"] = {"units": units}, lines, lines
    with office.city.store.act() as db:
        small_sop.publish(db, chart, "many", forms)
    asked = {"units": ["works-lighting", "works-drainage"]}
    case_id = office.city.open_case("many", who="service1", answers=asked, start="S").case_id
    office.city.complete(case_id, "A", who="lighting1", answers={"lines": "核心／路燈修復／99／件數／百件"})
    office.city.complete(case_id, "A", who="drainage1", answers={"lines": "核心／清淤長度／98／公里／十公里"})
    page = office.seat("clerk").get(f"/cases/{case_id}").source
    mine = page[: page.index("各步驟填寫的內容")]
    assert "權重合計 99，應為 100" in mine
    assert "清淤長度" not in mine, "what another unit wrote is not laid out beside this unit's own step"
    assert "核心／路燈修復／99／件數／百件</textarea>" in mine, "it begins with what the unit itself wrote before"


def test_a_new_round_starts_empty_and_a_returned_step_with_what_was_filled_in(office: Office) -> None:
    with office.city.store.act() as db:
        chart = monthly().replace(b"fixed:roads", b"fixed:works-lighting").replace(b'"roads"', b'"works-lighting"')
        small_sop.publish(db, chart, "monthly", {"A": FILLED})
    case_id = office.city.open_case("monthly", who="service1", answers={}, start="S").case_id

    def filled_and(r: str, reads: str) -> str:
        office.city.complete(case_id, "A", who="lighting1", answers={"done": f"{r}之前填的"})
        office.city.complete(case_id, "B", who="lighting2", answers={"r": r})
        office.city.until(office.city.now + timedelta(days=1, minutes=1))
        source = office.seat(reads).get(f"/cases/{case_id}").source
        return source[source.index("<form", source.index("now-mark")) : source.index("各步驟填寫的內容")]

    assert 'value="again之前填的"' in filled_and("again", "clerk")
    assert "之前填的" not in filled_and("next", "colleague")
