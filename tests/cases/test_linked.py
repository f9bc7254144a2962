"""A case that opens cases: one child per unit or plan, and linked cases of other SOPs. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import moving, sight
from engine.cases.records import answer, case, child, incident, item
from engine.errors import Invalid, NotNow, Stuck
from engine.library import shelf
from engine.office.records import entry, exclusion, membership, notice, unit
from engine.store import Store
from tests.cases.linked_city import ALL, Asking, asking, lane, parent, publish, report
from tests.sops.charts import ext, file, flow, node

Taipei = Callable[[str], datetime]
WHY = "首長指示停辦。"
DATED = (
    '<sop:each units="asked" until="date"/>'
    '<sop:deadline id="hand-in" name="提報" regime="document" of="step" length="3" unit="workday"/>'
)


@pytest.fixture
def now(taipei: Taipei) -> datetime:
    return taipei("2026-11-26T09:00")


def stands(desk: Asking, case_id: int) -> list[tuple[str, str]]:
    return [(c["entry"], c["status"]) for c in desk.children(case_id)]


def verbs(desk: Asking, case_id: int) -> list[str]:
    return [line.verb for line in desk.entries(case_id)]


# one for each entry of a list


def test_a_box_opens_one_case_for_each_unit_and_goes_on_when_all_are_back(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    assert [(c["entry"], c["unit"], c["position"], c["parent_id"]) for c in (roads, lights)] == [
        ("roads", "roads", 0, case_id), ("lights", "lights", 1, case_id),
    ]  # fmt: skip
    assert roads["title"] == "流程（道路科）"
    assert desk.open_steps(case_id) == []  # it waits, on nobody's desk
    desk.hands_in(lights["id"], "lights", figure=7)
    assert desk.open_steps(case_id) == []
    desk.hands_in(roads["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == ["B"]
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == [3, 7]  # in the order of the entries
    # each act one entry of every case it touched, all under one act
    assert verbs(desk, case_id) == ["open", "complete", "child_over", "child_over"]
    assert verbs(desk, roads["id"]) == ["open", "complete", "complete"]
    assert desk.entries(roads["id"])[0].act_id == desk.entries(case_id)[1].act_id
    assert desk.entries(roads["id"])[-1].act_id == desk.entries(case_id)[-1].act_id
    lines = desk.rows(sa.select(entry.c.subject).where(entry.c.act_id == desk.entries(case_id)[1].act_id))
    assert len(lines) == 3


def test_an_entry_is_a_unit_a_text_or_a_text_for_a_unit(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    with store.act() as db:
        at = desk.city.now
        opened = cases.open_case(
            db, "ask", who=desk.who("asker"), at=at, office=desk.city.office, answers={}, unit="works"
        )
    desk.done(opened.case_id, "A", "asker", asked=["roads", "路燈汰換", "lights/橋梁檢測"])
    told = [
        (c["unit"], c["title"], desk.rows(sa.select(answer.c.answers).where(answer.c.case_id == c["id"]))[0]["answers"])
        for c in desk.children(opened.case_id)
    ]
    assert told == [
        ("roads", "流程（道路科）", {"entry": "roads"}),
        ("works", "流程（路燈汰換）", {"entry": "路燈汰換"}),
        ("lights", "流程（橋梁檢測）", {"entry": "橋梁檢測"}),
    ]


def test_each_is_given_its_own_day_of_a_list_of_days_and_all_the_same_words(memory: Store, now: datetime) -> None:
    """As many days as entries; a list of anything else goes to every one whole."""
    desk = asking(memory, now)
    with memory.act() as db:
        days = ext("""<sop:set name='subject' from='["2027-03-31", "2027-06-30"]'/>""")
        sets = parent().replace(flow("A", "C").encode(), flow("A", "C", inner=days).encode())
        publish(db, sets, number=2)
    told = [
        desk.rows(sa.select(answer.c.answers).where(answer.c.case_id == c["id"]))[0]["answers"]["subject"]
        for case_id in [desk.asked("roads", "lights")]
        for c in desk.children(case_id)
    ]
    assert told == ["2027-03-31", "2027-06-30"]


@pytest.mark.parametrize(("listed", "code"), [('["roads", "roads"]', "entry_twice"), ("[]", "each_empty")])
def test_a_list_that_names_somebody_twice_or_nobody_opens_nothing(
    memory: Store, now: datetime, listed: str, code: str
) -> None:
    desk = asking(memory, now)
    sets = ext(f"<sop:set name='asked' from='{listed}'/>")
    with memory.act() as db:
        publish(db, parent().replace(flow("A", "C").encode(), flow("A", "C", inner=sets).encode()), number=2)
    case_id = desk.city.open_case("ask", who="asker", answers={}).case_id
    with pytest.raises((Invalid, Stuck)) as refused:
        desk.done(case_id, "A", "asker")
    assert refused.value.code == code
    assert desk.children(case_id) == [] and desk.open_steps(case_id) == ["A"]


def test_enough_are_back_and_the_others_are_ended_with_the_reason(store: Store, now: datetime) -> None:
    desk = asking(store, now, box='<sop:each units="asked" until="count:2"/>')
    case_id = desk.asked("roads", "lights", "drains")
    roads, lights, drains = desk.children(case_id)
    desk.hands_in(drains["id"], "drains", figure=9)
    desk.hands_in(roads["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == ["B"]
    assert stands(desk, case_id) == [("roads", "ended"), ("lights", "withdrawn"), ("drains", "ended")]
    assert desk.open_steps(lights["id"]) == []
    told = desk.rows(sa.select(notice).where(notice.c.case_id == lights["id"], notice.c.kind == "withdrawn"))
    assert [row["person_id"] for row in told] == [desk.who("lights").id]  # nobody goes on for nothing
    last = desk.entries(lights["id"])[-1]
    assert last.verb == "withdraw" and last.reason is not None and "不再等候" in last.reason
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == [3, None, 9]


def test_those_still_running_go_on_where_the_box_says_so(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, box='<sop:each units="asked" until="count:1"/><sop:linked rest="go-on"/>')
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == ["B"] and desk.open_steps(lights["id"]) == ["U1"]
    desk.hands_in(lights["id"], "lights", figure=4)  # and nobody is moved by its end
    assert desk.open_steps(case_id) == ["B"] and verbs(desk, case_id)[-1] == "child_over"


def test_the_date_comes_and_whoever_is_not_back_brings_nothing(store: Store, now: datetime) -> None:
    desk = asking(store, now, box=DATED)
    case_id = desk.asked("roads", "lights")
    roads, _lights = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == []
    desk.city.until(desk.now + timedelta(days=10))
    assert desk.open_steps(case_id) == ["B"]
    assert stands(desk, case_id) == [("roads", "ended"), ("lights", "withdrawn")]
    last = desk.entries(case_id)[-1]
    assert last.verb == "timer" and last.effects["values"]["figures"] == [3, None]
    assert desk.rows(sa.select(incident)) == []


def test_a_step_of_many_units_goes_on_when_its_date_has_come(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    many = (
        parent(DATED).replace(b"<bpmn:callActivity", b"<bpmn:userTask")
        .replace(b"</bpmn:callActivity>", b"</bpmn:userTask>").replace(b' calledElement="report"', b"")
        .replace(b'<sop:out from="figure" to="figures"/>', b"").replace(b'<sop:in from="subject" to="subject"/>', b"")
    )  # fmt: skip
    with store.act() as db:
        publish(db, many, number=2)
    case_id = desk.asked("planning", "works")
    assert desk.open_steps(case_id) == ["C", "C"]
    desk.city.complete(case_id, "C", who="asker", answers={})
    assert desk.open_steps(case_id) == ["C"]
    desk.city.until(desk.now + timedelta(days=10))
    assert desk.open_steps(case_id) == ["B"]
    items = desk.rows(sa.select(item.c.status).where(item.c.case_id == case_id, item.c.step == "C"))
    assert sorted(row["status"] for row in items) == ["cut", "done"]


def test_all_are_back_before_the_date_and_the_date_rings_no_more(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, box=DATED)
    case_id = desk.asked("roads")
    desk.hands_in(desk.children(case_id)[0]["id"], "roads", figure=3)
    desk.city.until(desk.now + timedelta(days=10))
    assert desk.open_steps(case_id) == ["B"] and "timer" not in verbs(desk, case_id)


def test_a_timer_drawn_on_the_box_leaves_by_its_own_way(memory: Store, now: datetime) -> None:
    late = (
        node("boundaryEvent", "T", '<bpmn:timerEventDefinition id="d"><bpmn:timeDuration>P2D</bpmn:timeDuration>'
             "</bpmn:timerEventDefinition>", attachedToRef="C", cancelActivity="true")
        + node("endEvent", "LATE") + flow("T", "LATE")
    )  # fmt: skip
    desk = asking(memory, now, more=late)
    case_id = desk.asked("roads")
    desk.city.until(desk.now + timedelta(days=3))
    assert desk.city.case(case_id)["end"] == "LATE"
    assert stands(desk, case_id) == [("roads", "withdrawn")]


def test_a_box_that_waits_for_nobody_opens_them_and_goes_on(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, parent("", sop_id="unused"), box='<sop:each units="asked" until="none"/>')
    case_id = desk.asked("roads", "lights")
    assert desk.open_steps(case_id) == ["B"]
    assert [c["waits"] for c in desk.children(case_id)] == [False, False]
    desk.done(case_id, "B", "asker")
    assert stands(desk, case_id) == [("roads", "open"), ("lights", "open")]  # the end of the parent is not theirs


def test_a_box_passed_again_opens_new_cases(store: Store, now: datetime) -> None:
    again = '<bpmn:exclusiveGateway id="G" default="done"/>' + flow("C", "G")
    desk = asking(store, now)
    chart = parent().replace(flow("C", "B").encode(), again.encode() + flow("G", "B", flow_id="done").encode())
    chart = chart.replace(
        flow("A", "C").encode(), flow("A", "C").encode() + flow("G", "A", '"again" == subject', "back").encode()
    )
    with store.act() as db:
        publish(db, chart, number=2)
    case_id = desk.asked("roads", subject="again")
    desk.hands_in(desk.children(case_id)[0]["id"], "roads", figure=3)
    assert desk.open_steps(case_id) == ["A"]
    desk.done(case_id, "A", "asker", asked=["roads"], subject="once")
    first, second = desk.children(case_id)
    assert (first["opening"], second["opening"], second["status"]) == (1, 2, "open")
    assert desk.open_steps(case_id) == []  # the first round's answer is not this one's
    desk.hands_in(second["id"], "roads", figure=4)
    assert desk.open_steps(case_id) == ["B"]
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == [4]


def test_lists_come_back_flat_and_long_texts_as_one(memory: Store, now: datetime) -> None:
    outs = '<sop:out from="plans" to="plans"/><sop:out from="told" to="told"/><sop:out from="case.status" to="how"/>'
    desk = asking(memory, now, box=ALL + outs)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", plans=["甲", "乙"], told="路面改善。" * 60)
    desk.hands_in(lights["id"], "lights", plans=["丙"], told="路燈汰換。" * 60)
    values = desk.entries(case_id)[-1].effects["values"]
    assert values["plans"] == ["甲", "乙", "丙"] and values["how"] == ["ended", "ended"]
    kept = desk.rows(sa.select(answer).where(answer.c.case_id == case_id, answer.c.step == "C"))
    assert values["told"] == f"@{kept[0]['id']}:told"  # the text stays out of the engine's state
    assert kept[0]["answers"]["told"].startswith("【roads】\n路面改善。") and "【lights】" in kept[0]["answers"]["told"]


# ends and ways back


def test_withdrawn_with_its_children_and_taken_up_again_with_them(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", figure=3)
    desk.done(lights["id"], "U1", "lights", figure=8)
    desk.act(cases.withdraw, case_id, reason=WHY, who=desk.who("control"))
    assert stands(desk, case_id) == [("roads", "ended"), ("lights", "withdrawn")]
    assert verbs(desk, case_id)[-1] == "withdraw" and verbs(desk, lights["id"])[-1] == "withdraw"
    desk.act(cases.reopen, case_id, reason="誤撤。", who=desk.who("control"))
    assert stands(desk, case_id) == [("roads", "ended"), ("lights", "open")]  # nobody hands in twice
    assert desk.open_steps(lights["id"]) == ["U2"]
    desk.done(lights["id"], "U2", "lights", checked="yes")
    assert desk.open_steps(case_id) == ["B"]
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == [3, 8]


def test_a_child_the_control_office_withdraws_is_waited_for_no_more(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", figure=3)
    desk.act(cases.withdraw, lights["id"], reason=WHY, who=desk.who("control"))
    assert desk.open_steps(case_id) == ["B"]
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == [3, None]
    desk.act(cases.reopen, lights["id"], reason="誤撤。", who=desk.who("control"))  # the parent is past it: it goes on
    desk.hands_in(lights["id"], "lights", figure=4)
    assert desk.open_steps(case_id) == ["B"]


def test_nobody_goes_back_over_a_box_that_has_opened_cases(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    case_id = desk.asked("roads")
    asked = desk.rows(sa.text("SELECT id FROM item WHERE step = 'A'"))[0]["id"]
    with pytest.raises(NotNow, match="已開立 1 件案件"):
        desk.act(cases.recall, asked, reason=WHY, who=desk.who("asker"))
    desk.hands_in(desk.children(case_id)[0]["id"], "roads", figure=3)
    with pytest.raises(NotNow, match="已開立 1 件案件"):
        desk.act(cases.recall, asked, reason=WHY, who=desk.who("asker"))
    with pytest.raises(NotNow, match="已開立 1 件案件"):
        desk.act(cases.send_back, desk.item(case_id, "B")["id"], to_step="A", reason=WHY, who=desk.who("chief"))
    assert desk.open_steps(case_id) == ["B"]


def test_a_parent_that_cannot_go_on_is_its_own_trouble(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    stuck = parent().replace(flow("C", "B").encode(), (
        '<bpmn:exclusiveGateway id="G"/>' + flow("C", "G") + flow("G", "B", "4 in figures", "four")
        + flow("G", "E", "5 in figures", "five")
    ).encode())  # fmt: skip
    with store.act() as db:
        publish(db, stuck, number=2)
    case_id = desk.asked("roads")
    (roads,) = desk.children(case_id)
    desk.hands_in(roads["id"], "roads", figure=3)  # neither four nor five
    assert desk.city.case(roads["id"])["status"] == "ended"
    assert [row["case_id"] for row in desk.rows(sa.select(incident))] == [case_id]
    with pytest.raises(NotNow, match="沒有任何分支"):
        desk.act(cases.resume, case_id, who=desk.who("control"))
    # the figure stands in the child; a corrected one lets the parent go on
    desk.act(cases.reopen, roads["id"], reason="數字有誤。", to_step="U1", who=desk.who("control"))
    desk.hands_in(roads["id"], "roads", figure=4)
    assert desk.open_steps(case_id) == ["B"]


# one linked case


def test_another_sop_opens_as_a_case_of_its_own_in_its_version_of_today(store: Store, now: datetime) -> None:
    other = report("other", shared=False).replace(b' required="true"', b"")
    desk = asking(store, now, other, parent("", called="other", sop_id="asks-other"))
    case_id = desk.city.open_case("asks-other", who="asker", answers={}).case_id
    newer = other.replace("核閱".encode(), "複核".encode())
    with store.act() as db:
        publish(db, newer, {"U1": {"title": "x", "type": "object", "properties": {}}}, number=2)
    desk.done(case_id, "A", "asker")
    (linked,) = desk.children(case_id)
    assert (linked["entry"], linked["waits"], linked["sop_id"]) == ("", False, "other")
    assert linked["title"].endswith(f"（{desk.city.case(case_id)['number']}）")
    assert desk.open_steps(case_id) == ["B"]
    desk.done(case_id, "B", "asker")
    with store.look() as db:
        assert shelf.opened(db, linked["bundle"]).sop.nodes["U2"].name == "複核"


def test_a_shared_procedure_of_each_unit_belongs_to_what_the_parent_is_pinned_to(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    case_id = desk.city.open_case("ask", who="asker", answers={}).case_id
    with memory.act() as db:
        publish(db, report().replace("核閱".encode(), "複核".encode()), {}, number=2)
    desk.done(case_id, "A", "asker", asked=["roads"])
    with memory.look() as db:
        assert shelf.opened(db, desk.children(case_id)[0]["bundle"]).sop.nodes["U2"].name == "核閱"


def own(sop_id: str = "own") -> bytes:
    """An SOP of the roads section, that asks for nothing when it opens."""
    return report(sop_id, shared=False).replace(b' required="true"', b"").replace(b'"child"', b'"fixed:roads"')


def test_a_box_that_waits_brings_one_value_back(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, own(), parent("<sop:wait/>", called="own", sop_id="waits"))
    case_id = desk.city.open_case("waits", who="asker", answers={}).case_id
    desk.done(case_id, "A", "asker")
    assert desk.open_steps(case_id) == []
    (linked,) = desk.children(case_id)
    assert (linked["waits"], linked["unit"]) == (True, None)
    desk.hands_in(linked["id"], "roads", figure=5)
    assert desk.open_steps(case_id) == ["B"]
    assert desk.entries(case_id)[-1].effects["values"]["figures"] == 5


def test_what_cannot_be_opened_is_said_where_it_was_to_open_and_nothing_is_kept(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, own())
    wants = own().replace(b'name="subject" direction="in"', b'name="subject" direction="in" required="true"')
    with memory.act() as db:
        publish(db, parent("<sop:wait/>", called="own", sop_id="waits"))
        publish(db, wants, number=2)
    case_id = desk.city.open_case("waits", who="asker", answers={}).case_id
    with pytest.raises(Stuck, match="缺少必要的「subject」"):
        desk.done(case_id, "A", "asker")
    assert desk.children(case_id) == []
    desk.done(case_id, "A", "asker", subject="道路")
    assert len(desk.children(case_id)) == 1


def test_cases_that_open_each_other_without_end_are_stopped(memory: Store, now: datetime) -> None:
    circle = file(
        lane("fixed:planning", "A", "C"), node("startEvent", "S"),
        node("callActivity", "C", ext("<sop:linked/>"), calledElement="circle"), node("userTask", "A"),
        node("endEvent", "E"), flow("S", "C"), flow("C", "A"), flow("A", "E"), sop_id="circle",
    )  # fmt: skip
    desk = asking(memory, now, circle)
    desk.city.open_case("circle", who="asker", answers={})
    assert "opens_too_deep" in [row["code"] for row in desk.rows(sa.select(incident))]


# an escalation that opens something beside the case


def overdue(sop_id: str = "late") -> bytes:
    """A report within three days; a day later somebody is to follow it up."""
    rung = '<sop:escalation after="1" unit="workday" to="holder" opens="follow"/>'
    limit = (
        f'<sop:deadline id="reply" name="答復" regime="statutory" length="3" unit="day" met="A">{rung}</sop:deadline>'
    )
    return file(
        lane("fixed:planning", "A", "B"), node("startEvent", "S"), node("userTask", "A"), node("userTask", "B"),
        node("endEvent", "E"), flow("S", "A"), flow("A", "B"), flow("B", "E"), sop_id=sop_id, head=limit,
    )  # fmt: skip


def follow_up(more: str = "") -> bytes:
    ins = "".join(f'<sop:parameter name="{name}" direction="in"/>' for name in ("mode", "reason", "deadline"))
    ins += '<sop:parameter name="due_at" direction="in" type="instant" required="true"/>'
    ins += '<sop:deadline id="look" name="回報" regime="follow-up" length="7" unit="day" starts="FS"/>'
    begun_elsewhere = lane("fixed:roads", "FS", lane_id="M").removeprefix('<bpmn:laneSet id="lanes">')
    return file(
        lane("child", "F").replace("</bpmn:laneSet>", begun_elsewhere), node("startEvent", "FS"), node("userTask", "F"),
        node("endEvent", "FE"), flow("FS", "F"), flow("F", "FE"), sop_id="follow", shared=True, head=ins + more,
    )  # fmt: skip


def test_an_escalation_opens_a_follow_up_beside_the_case_until_it_is_done(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    with store.act() as db:
        publish(db, follow_up(), {}, shared=True)
        publish(db, overdue(), {})
        at = desk.city.now
        case_id = cases.open_case(
            db, "late", who=desk.who("asker"), at=at, office=desk.city.office, answers={}, unit="planning"
        ).case_id
    desk.city.until(desk.now + timedelta(days=8))
    (beside,) = desk.children(case_id)
    assert (beside["sop_id"], beside["step"], beside["waits"], beside["unit"]) == ("follow", "reply", False, "planning")
    opening = desk.rows(sa.select(answer.c.answers).where(answer.c.case_id == beside["id"]))
    told = {"mode": "alongside", "reason": "overdue", "deadline": "答復", "due_at": "2026-11-30T15:59:59+00:00"}
    assert opening[0]["answers"] == told
    assert desk.open_steps(case_id) == ["A"]  # the case goes on meanwhile
    desk.done(case_id, "A", "asker")
    (beside,) = desk.children(case_id)
    assert (beside["status"], beside["close_reason"]) == ("ended", "overtaken")
    assert verbs(desk, beside["id"]) == ["open", "overtaken"] and desk.open_steps(beside["id"]) == []
    assert desk.open_steps(case_id) == ["B"]


def test_an_escalation_that_cannot_open_its_follow_up_has_rung_all_the_same(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    needs = '<sop:parameter name="tracking" direction="in" required="true"/>'
    with memory.act() as db:
        publish(db, follow_up(needs), {}, shared=True)
        publish(db, overdue(), {})
    case_id = desk.city.open_case("late", who="asker", answers={}).case_id
    desk.city.until(desk.now + timedelta(days=8))
    assert desk.children(case_id) == []
    assert verbs(desk, case_id) == ["open", "ring"]
    assert [row["code"] for row in desk.rows(sa.select(incident))] == ["parameter_missing"]


# who and where


def test_a_unit_that_has_ended_hands_in_through_its_heir_or_the_unit_above(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    ended = now.date() - timedelta(days=1)
    with memory.act() as db:
        values = {"until": ended}
        db.execute(unit.update().where(unit.c.id == "roads").values(**values, successor="lights"))
        db.execute(unit.update().where(unit.c.id == "drains").values(**values))
        db.execute(unit.update().where(unit.c.id == "planning-rdec").values(**values, above=None))
    case_id = desk.asked("roads", "drains")
    assert [c["unit"] for c in desk.children(case_id)] == ["lights", "works"]
    assert desk.entries(case_id)[-1].effects["instead_of"] == [["roads", "lights"], ["drains", "works"]]
    other = desk.city.open_case("ask", who="asker", answers={}).case_id
    with pytest.raises(Stuck, match="研考科已不在"):
        desk.done(other, "A", "asker", asked=["planning-rdec"])


def test_whoever_is_kept_away_from_a_case_is_kept_away_from_what_it_opens(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    case_id = desk.city.open_case("ask", who="asker", answers={}).case_id
    kept_away = {"case_id": case_id, "person_id": desk.who("roads").id, "reason": WHY, "at": now}
    with memory.act() as db:
        db.execute(case.update().where(case.c.id == case_id).values(informant=True, unit="planning"))
        db.execute(exclusion.insert(), kept_away)
    desk.done(case_id, "A", "asker", asked=["roads"])
    (roads,) = desk.children(case_id)
    assert roads["informant"] and roads["id"] in desk.who("roads").excluded


def test_the_unit_that_asked_sees_what_it_asked_for_and_nobody_else_does(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    opened = {"who": desk.who("asker"), "answers": {}, "unit": "planning"}
    case_id = desk.act(cases.open_case, "ask", **opened).case_id
    desk.done(case_id, "A", "asker", asked=["roads"])
    (roads,) = desk.children(case_id)
    people = [desk.who(who) for who in ("roads", "asker", "lights")]
    with memory.look() as db:
        seen = {who.account: sight.may(db, who, "see", roads) for who in people}
        assert seen == {"roads": True, "asker": True, "lights": False}


def test_a_unit_that_ends_while_it_owes_hands_in_through_whoever_is_above(memory: Store, now: datetime) -> None:
    desk = asking(memory, now)
    case_id = desk.asked("roads")
    (roads,) = desk.children(case_id)
    with memory.act() as db:
        db.execute(unit.update().where(unit.c.id == "roads").values(until=now.date() - timedelta(days=1)))
        db.execute(membership.update().where(membership.c.unit_id == "roads").values(until=now.date()))
    desk.city.now += timedelta(days=1)
    desk.hands_in(roads["id"], "head", figure=3)  # the officer of the unit above
    assert desk.open_steps(case_id) == ["B"]


def test_a_round_of_a_box_is_opened_once(store: Store, now: datetime) -> None:
    desk = asking(store, now)
    case_id = desk.asked("roads", "lights")
    roads, lights = desk.children(case_id)
    twice = {"case_id": case_id, "parent_id": case_id, "step": "C", "opening": 1, "position": 0, "entry": "roads"}
    with pytest.raises(sa.exc.IntegrityError), store.act() as db:
        db.execute(child.insert(), {**twice, "waits": True})
    assert [c["id"] for c in desk.children(case_id)] == [roads["id"], lights["id"]]


def test_nothing_is_offered_to_undo_a_step_that_opened_cases(memory: Store, now: datetime) -> None:
    desk = asking(memory, now, box='<sop:each units="asked" until="none"/>')
    case_id = desk.asked("roads")
    asker, row = desk.who("asker"), desk.city.case(case_id)
    with memory.look() as db:
        assert moving.recallable(db, row, asker) is None
