"""A running case goes on by the version in force: what it carries along, what keeps it, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases import bulk, renewal, renewing, working
from engine.cases.records import case, draft, item
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.dates.workdays import Calendar
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import journal, organisation
from engine.office.people import SYSTEM
from engine.rehearsal.virtual import Virtual
from engine.store import Store
from tests.cases import small_sop
from tests.sops.charts import ext, file, flow, node

ORGANISATION = """
units: {planning-rdec: {name: 研考科}, roads: {name: 道路科}, lights: {name: 路燈科}}
roles: {officer: 承辦人, rdec_officer: 研考科承辦人}
people:
  - {account: clerk, name: 例承辦, memberships: [officer@roads]}
  - {account: lighting, name: 例路燈, memberships: [officer@lights]}
  - {account: control, name: 例研考, memberships: [rdec_officer@planning-rdec]}
  - {account: other, name: 例研考乙, memberships: [rdec_officer@planning-rdec]}
"""
REPLY = '<sop:deadline id="D" name="回覆" regime="petition" met="B" length="{0}" unit="workday"/>'
MORE = '<sop:deadline id="D2" name="結案" regime="petition" met="B" length="30" unit="workday"/>'


def chart(*, b: str = "函復", unit: str = "roads", head: str = "", between: str = "", flows: str = "") -> bytes:
    """Start S, the roads section's A, then B, end E; ``between`` and ``flows`` take the place of the arrow to B."""
    who = ext(f'<sop:who role="officer" unit="fixed:{unit}"/>')
    refs = "".join(
        f"<bpmn:flowNodeRef>{n}</bpmn:flowNodeRef>" for n in ("A", "B", "C") if n != "C" or 'id="C"' in between
    )
    lane = f'<bpmn:laneSet id="lanes"><bpmn:lane id="L" name="承辦">{who}{refs}</bpmn:lane></bpmn:laneSet>'
    return file(
        lane, node("startEvent", "S"), node("userTask", "A", name="擬辦"), node("userTask", "B", name=b), between,
        node("endEvent", "E"), flow("S", "A"), flows or flow("A", "B"), flow("B", "E"), sop_id="small", head=head,
    )  # fmt: skip


@dataclass
class Desk:
    city: Virtual

    def publish(self, bpmn: bytes, number: int, forms: Mapping[str, Any] | None = None) -> None:
        """The next version in force, as it is."""
        said = {name: json.dumps(form) for name, form in (forms or {"S": small_sop.START, "A": small_sop.STEP}).items()}
        found = SopFolder("small", "tests", bpmn, said, {})
        with self.city.store.act() as db:
            if number == 1:
                db.execute(sop_table.insert(), {"id": "small", "name": "小", "division": "tests", "shared": False})
            row = {
                "sop_id": "small", "number": number, "state": "published", "hash": found.hash, "bpmn": bpmn.decode(),
                "forms": said, "tables": {}, "scenarios": "",
            }  # fmt: skip
            version = db.execute(sop_version.insert().returning(sop_version.c.id), row).scalar_one()
            db.execute(sop_table.update().values(in_force=version))

    def act(self, verb: Callable[..., Any], case_id: int, who: str = "control", **given: Any) -> Any:
        with self.city.store.act() as db:
            person = self.city.person(db, who)
            return verb(db, case_id, who=person, at=self.city.now, office=self.city.office, **given)

    def renew(self, case_id: int, who: str = "control", reason: str = "法規修正") -> None:
        self.act(renewing.renew, case_id, who, reason=reason)

    def look(self, case_id: int) -> renewal.Outlook:
        with self.city.store.act() as db:
            row = dict(db.execute(sa.select(case).where(case.c.id == case_id)).mappings().one())
            who = self.city.person(db, "control")
            return renewal.outlook(db, row, who=who, at=self.city.now, office=self.city.office)

    def due(self, case_id: int) -> dict[str, datetime]:
        with self.city.store.look() as db:
            return {row.path: row.due_at for row in deadlines.open_of(db, case_id)}

    def items(self, case_id: int) -> list[tuple[Any, ...]]:
        query = sa.select(item.c.step, item.c.name, item.c.unit, item.c.assignee).where(
            item.c.case_id == case_id, item.c.status == "open"
        )
        with self.city.store.look() as db:
            return [tuple(row) for row in db.execute(query)]

    def verbs(self, case_id: int) -> list[str]:
        with self.city.store.look() as db:
            return [entry.verb for entry in journal.of(db, f"case:{case_id}")]


@pytest.fixture
def desk(store: Store, taipei: Callable[[str], datetime]) -> Desk:
    at = taipei("2026-11-26T09:00")
    with store.act() as db:
        organisation.load(db, ORGANISATION, who=SYSTEM, at=at)
    return Desk(Virtual(store, Office(calendar=Calendar()), at))


def opened(desk: Desk, head: str = REPLY.format(6)) -> int:
    desk.publish(chart(head=head), 1)
    return desk.city.open_case("small", who="clerk", answers={}, start="S").case_id


def test_a_case_goes_on_by_the_new_version_where_it_stands_and_to_its_new_end(desk: Desk) -> None:
    case_id = opened(desk)
    desk.city.complete(case_id, "A", who="clerk", answers={})
    first = desk.due(case_id)["D"]
    third = node("userTask", "C", name="歸檔")
    desk.publish(chart(b="函復並副知", head=REPLY.format(4) + MORE, between=third,
                       flows=flow("A", "B")).replace(b'targetRef="E"', b'targetRef="C"')
                 .replace(b"</bpmn:process>", flow("C", "E").encode() + b"</bpmn:process>"), 2)  # fmt: skip
    lines = desk.verbs(case_id)
    with desk.city.store.look() as db:
        who = desk.city.person(db, "control")
        assert [row["id"] for row in renewal.to_renew(db, "small", who=who)] == [case_id]
    seen = desk.look(case_id)
    assert (seen.refused, seen.steps) == (None, (("B", "函復", "函復並副知"),))
    said = {name: (was, then) for name, was, then in seen.limits}
    assert said["回覆"][0] == first > said["回覆"][1] and said["結案"][0] is None
    assert desk.items(case_id)[0][:2] == ("B", "函復") and desk.verbs(case_id) == lines, "looking changes nothing"

    desk.renew(case_id)
    assert desk.items(case_id)[0][:3] == ("B", "函復並副知", "roads")
    assert desk.due(case_id) == {"D": said["回覆"][1], "D2": said["結案"][1]}
    assert desk.verbs(case_id) == [*lines, "renew"]
    desk.city.complete(case_id, "B", who="clerk", answers={})
    assert desk.city.open_steps(case_id) == ["C"]
    desk.city.complete(case_id, "C", who="clerk", answers={})
    with desk.city.store.look() as db:
        assert db.scalar(sa.select(case.c.status)) == "ended"


def test_it_is_undone_by_who_did_it_while_nothing_has_followed(desk: Desk) -> None:
    case_id = opened(desk)
    before, due = desk.items(case_id), desk.due(case_id)
    desk.publish(chart(b="改名", unit="lights", head=MORE), 2)
    desk.renew(case_id)
    assert desk.items(case_id)[0][2] == "lights" and "D" not in desk.due(case_id)
    with pytest.raises(NotNow):
        desk.act(renewing.back, case_id, "other")
    desk.act(renewing.back, case_id)
    assert [row[:3] for row in desk.items(case_id)] == [row[:3] for row in before]
    assert desk.due(case_id) == due
    with pytest.raises(NotNow, match="已有其他動作"):
        desk.act(renewing.back, case_id)
    desk.renew(case_id)
    desk.city.complete(case_id, "A", who="lighting", answers={})
    with pytest.raises(NotNow, match="已有其他動作"):
        desk.act(renewing.back, case_id)


def test_whoever_may_not_hold_the_step_any_more_gives_it_back(desk: Desk) -> None:
    case_id = opened(desk)
    with desk.city.store.act() as db:
        clerk = desk.city.person(db, "clerk").id
        db.execute(item.update().values(assignee=clerk))
    desk.publish(chart(b="改名"), 2)
    desk.renew(case_id)
    assert desk.items(case_id)[0][3] == clerk
    desk.publish(chart(unit="lights"), 3)
    desk.renew(case_id)
    assert desk.items(case_id)[0][2:] == ("lights", None)


def test_where_it_cannot_stand_it_stays_and_the_step_is_named(desk: Desk) -> None:
    case_id = opened(desk)
    desk.city.complete(case_id, "A", who="clerk", answers={})
    start = {"S": small_sop.START}
    gone = chart().replace(b'id="B"', b'id="X"').replace(b'"B"', b'"X"').replace(b">B<", b">X<")
    gate = node("exclusiveGateway", "G", name="是否副知")
    way = flow("A", "B") + flow("G", "E", 'copied == "yes"') + flow("G", "B", 'copied == "no"', flow_id="again")
    asks = chart(between=gate, flows=way).replace(b'id="B__E" sourceRef="B" targetRef="E"',
                                                  b'id="B__G" sourceRef="B" targetRef="G"')  # fmt: skip
    for number, bpmn, words in ((2, gone, "函復"), (3, asks, "copied")):
        desk.publish(bpmn, number, start)
        with pytest.raises(NotNow, match=words):
            desk.renew(case_id)
        assert words in str(desk.look(case_id).refused)
    copied = {"title": "副知", "type": "string", "maxLength": 10}
    form = {"title": "函復", "type": "object", "properties": {"copied": copied}, "required": ["copied"],
            "additionalProperties": False}  # fmt: skip
    desk.publish(asks, 4, {**start, "B": form})  # B itself asks for it before the gateway reads it
    desk.renew(case_id)
    desk.city.complete(case_id, "B", who="clerk", answers={"copied": "yes"})
    with desk.city.store.look() as db:
        assert db.scalar(sa.select(case.c.status)) == "ended"


def test_two_at_once_are_carried_only_where_they_are_drawn_as_before(desk: Desk) -> None:
    split = node("parallelGateway", "P") + node("parallelGateway", "Q") + node("userTask", "C", name="會簽")
    ways = flow("A", "P") + flow("P", "B") + flow("P", "C") + flow("C", "Q") + flow("Q", "E")
    both = chart(between=split, flows=ways).replace(b'id="B__E" sourceRef="B" targetRef="E"',
                                                    b'id="B__Q" sourceRef="B" targetRef="Q"')  # fmt: skip
    desk.publish(both, 1)
    case_id = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.complete(case_id, "A", who="clerk", answers={})
    desk.publish(both.replace("會簽".encode(), "會核".encode()), 2)
    desk.renew(case_id)
    assert sorted(row[1] for row in desk.items(case_id)) == ["函復", "會核"]
    desk.publish(chart(), 3)
    with pytest.raises(NotNow):
        desk.renew(case_id)
    straight = flow("A", "B") + flow("B", "C", flow_id="B__C") + flow("C", "E", flow_id="C__E")
    row = chart(between=node("userTask", "C", name="會核"), flows=straight)
    desk.publish(row.replace(b'<bpmn:sequenceFlow id="B__E" sourceRef="B" targetRef="E"></bpmn:sequenceFlow>', b""), 4)
    with pytest.raises(NotNow, match="多處"):
        desk.renew(case_id)


def test_only_the_control_office_moves_a_case_with_a_reason_and_not_while_it_stands_still(desk: Desk) -> None:
    case_id = opened(desk)
    with pytest.raises(NotNow, match="已經"):
        desk.renew(case_id)
    desk.publish(chart(b="改名"), 2)
    with pytest.raises(NotAllowed):
        desk.renew(case_id, "clerk")
    with pytest.raises(Missing):
        desk.renew(case_id, "lighting")
    with pytest.raises(Invalid):
        desk.renew(case_id, reason=" ")
    with pytest.raises(Missing):
        desk.renew(999)
    with desk.city.store.act() as db:
        db.execute(case.update().values(suspended_at=desk.city.now))
    with pytest.raises(NotNow, match="恢復計時"):
        desk.renew(case_id)


def test_a_path_timer_waits_for_the_date_of_the_new_version_and_one_that_is_past_leads_on_at_once(
    desk: Desk, taipei: Callable[[str], datetime]
) -> None:
    timer = node("timerEventDefinition", "d", ext('<sop:timer deadline="D" continues="B"/>'))
    cut = node("boundaryEvent", "T", timer, attachedToRef="A", name="逾期")
    timed = partial(chart, between=cut, flows=flow("A", "B") + flow("T", "B"))
    desk.publish(timed(head=REPLY.format(6)), 1)
    case_id = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.publish(timed(head=REPLY.format(4)), 2)
    desk.city.until(taipei("2026-11-27T10:00"))
    desk.renew(case_id)
    assert desk.city.open_steps(case_id) == ["A"]
    desk.city.until(desk.due(case_id)["D"] + timedelta(minutes=1))
    assert desk.city.open_steps(case_id) == ["B"]

    late = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.until(desk.city.now + timedelta(days=3))
    desk.publish(timed(b="逾期函復", head=REPLY.format(1)), 3)
    assert desk.look(late).steps == (("A", "擬辦", "逾期函復"),)
    desk.renew(late)
    assert desk.city.open_steps(late) == ["B"]


BOTH = node("parallelGateway", "P") + node("parallelGateway", "Q") + node("userTask", "C", name="會簽")
WAYS = flow("A", "P") + flow("P", "B") + flow("P", "C") + flow("C", "Q")
_TO_END = b'id="B__E" sourceRef="B" targetRef="E"'
_TO_JOIN = b'id="B__Q" sourceRef="B" targetRef="Q"'


def test_two_at_once_go_on_where_the_new_chart_can_come_to_stand_like_this(desk: Desk) -> None:
    desk.publish(chart(between=BOTH, flows=WAYS + flow("Q", "E")).replace(_TO_END, _TO_JOIN), 1)
    case_id = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.complete(case_id, "A", who="clerk", answers={})
    late = chart(between=BOTH, flows=WAYS + flow("Q", "D") + flow("D", "E")).replace(_TO_END, _TO_JOIN)
    more = f"{node('userTask', 'D', name='歸檔')}</bpmn:process>".encode()
    filed = b"</bpmn:flowNodeRef><bpmn:flowNodeRef>D</bpmn:flowNodeRef></bpmn:lane>"
    late = late.replace(b"</bpmn:process>", more).replace(b"</bpmn:flowNodeRef></bpmn:lane>", filed)
    desk.publish(late, 2)
    assert desk.look(case_id).refused is None
    desk.renew(case_id)
    for step in ("B", "C"):
        desk.city.complete(case_id, step, who="clerk", answers={})
    assert desk.city.open_steps(case_id) == ["D"], "the join of the new chart has seen both"
    one = flow("A", "P") + flow("P", "B") + flow("P", "Q") + flow("Q", "E")
    again = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.complete(again, "A", who="clerk", answers={})
    bare = node("parallelGateway", "P") + node("parallelGateway", "Q")
    desk.publish(chart(between=bare, flows=one).replace(_TO_END, _TO_JOIN), 3)
    seen = desk.look(again)
    assert seen.missing == ("C", "會簽") and "會簽" in str(seen.refused)
    with pytest.raises(NotNow, match="函復"):
        desk.act(renewing.renew, again, reason="x", lands={"C": "B"})
    with pytest.raises(NotNow, match="走不到"):
        desk.act(renewing.renew, again, reason="x", lands={"C": "A"})


def test_a_step_that_is_gone_goes_on_at_the_one_chosen_for_it_with_its_person_and_draft_and_back(desk: Desk) -> None:
    due = ext('<sop:deadline id="DB" name="函復期限" regime="document" of="step" length="2" unit="workday"/>')
    first = chart().replace('name="函復"></bpmn:userTask>'.encode(), f'name="函復">{due}</bpmn:userTask>'.encode())
    assert first != chart()
    desk.publish(first, 1, {"S": small_sop.START, "B": small_sop.STEP})
    case_id = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.complete(case_id, "A", who="clerk", answers={})
    with desk.city.store.act() as db:
        row, clerk = desk.city.open_item(case_id, "B"), desk.city.person(db, "clerk")
        by = {"who": clerk, "at": desk.city.now, "office": desk.city.office}
        working.save_draft(db, row["id"], answers={"meeting_on": "2026-12-01"}, **by)
    was, lines = desk.due(case_id), desk.verbs(case_id)
    gone = chart().replace(b'id="B"', b'id="X"').replace(b'"B"', b'"X"').replace(b">B<", b">X<")
    desk.publish(gone, 2, {"S": small_sop.START, "X": small_sop.STEP})
    assert desk.look(case_id).missing == ("B", "函復")
    for wrong in ("S", "nowhere", "E"):
        with pytest.raises(NotNow, match="另選"):
            desk.act(renewing.renew, case_id, reason="x", lands={"B": wrong})
    with desk.city.store.act() as db:
        assert renewal.landings(db, "small") == {"A": "擬辦", "X": "函復"}
    desk.city.until(desk.city.now + timedelta(hours=2))
    desk.act(renewing.renew, case_id, reason="改版", lands={"B": "X", "A": "A", "elsewhere": "A"})
    assert desk.items(case_id) == [("X", "函復", "roads", clerk.id)] and desk.due(case_id) == {}
    with desk.city.store.look() as db:
        assert db.scalar(sa.select(draft.c.answers)) == {"meeting_on": "2026-12-01"}
        kept = journal.of(db, f"case:{case_id}")[-1].effects
    assert (kept["tokens"], kept["lands"]) == (["B"], {"B": "X"}) and not {"state", "values", "lost"} & kept.keys()
    desk.act(renewing.back, case_id)
    assert desk.items(case_id) == [("B", "函復", "roads", clerk.id)]
    assert desk.due(case_id) == was and desk.verbs(case_id) == [*lines, "renew", "renew_back"]
    desk.act(renewing.renew, case_id, reason="改版", lands={"B": "X"})
    desk.city.complete(case_id, "X", who="clerk", answers={})
    with desk.city.store.look() as db:
        assert db.scalar(sa.select(case.c.status)) == "ended"


def test_many_go_on_in_slices_each_for_itself_and_back_again_where_nothing_has_followed(desk: Desk) -> None:
    cases = [opened(desk)] + [
        desk.city.open_case("small", who="clerk", answers={}, start="S").case_id for _ in range(3)
    ]  # fmt: skip
    desk.city.complete(cases[0], "A", who="clerk", answers={})
    desk.publish(chart(b="改名", head=REPLY.format(4)).replace(b'id="A"', b'id="X"').replace(b'"A"', b'"X"')
                 .replace(b">A<", b">X<"), 2, {"S": small_sop.START})  # fmt: skip

    def wish(who: str, lands: Mapping[str, str], key: str) -> int:
        with desk.city.store.act() as db:
            return bulk.begin(
                db, "renew", [bulk.Chosen(one) for one in cases], reason="改版", key=key, given=lands,
                who=desk.city.person(db, who), at=desk.city.now,
            )  # fmt: skip

    def carry_on(wished: int, who: str = "control", most: int = 500) -> bulk.Standing:
        with desk.city.store.look() as db:
            person = desk.city.person(db, who)
        bulk.carry_on(desk.city.store, wished, who=person, at=desk.city.now, office=desk.city.office, most=most)
        with desk.city.store.look() as db:
            return bulk.standing(db, wished, who=person)

    for who in ("clerk", "lighting"):  # no right to do it in bulk: each line asks the verb's own permission
        told = carry_on(wish(who, {"A": "X"}, who), who)
        assert (told.done, told.refused) == (0, 4)
    first = carry_on(wish("control", {}, "one"))
    assert (first.done, first.refused, first.undoable) == (1, 3, 1), "three stand at a step that is gone"
    with pytest.raises(Missing):
        carry_on(first.id, "other")
    second = wish("control", {"A": "X"}, "two")
    assert second == wish("control", {"A": "X"}, "two"), "the same form sent again"
    assert carry_on(second, most=2).waiting == 2
    told = carry_on(second)
    assert (told.done, told.refused, told.undoable) == (3, 1, 3)
    assert [desk.city.open_steps(one) for one in cases] == [["B"], ["X"], ["X"], ["X"]]
    desk.city.complete(cases[1], "X", who="clerk", answers={})
    with desk.city.store.act() as db:
        who = desk.city.person(db, "control")
        back = bulk.take_back(db, second, key="back", who=who, at=desk.city.now)
    told = carry_on(back)
    assert (told.act, told.done, told.refused, told.undoable) == ("renew_back", 2, 0, 0)
    assert [desk.city.open_steps(one) for one in cases] == [["B"], ["B"], ["A"], ["A"]]
    assert [desk.verbs(one).count("renew") for one in cases] == [1, 1, 1, 1]


def test_what_somebody_wrote_is_named_in_the_journal_and_comes_back_from_their_answer(desk: Desk) -> None:
    """The old version reads two values before its branch, the new one none: one was typed, one set by the machine."""
    asked = {**small_sop.STEP, "properties": {"why": {"title": "理由", "type": "string", "maxLength": 40}}}
    reads = 'why == "金絲雀的理由" and level == "高"'
    branch = node("exclusiveGateway", "G") + node("userTask", "C", name="會簽")
    ways = (
        flow("A", "B", inner=ext('<sop:set name="level" value="高"/>')) + flow("B", "G") + flow("G", "C", reads)
        + flow("G", "E", f"not ({reads})") + flow("C", "E")
    )  # fmt: skip
    first = chart(between=branch, flows=ways).replace(flow("B", "E").encode(), b"")
    desk.publish(first, 1, {"S": small_sop.START, "A": asked})
    case_id = desk.city.open_case("small", who="clerk", answers={}, start="S").case_id
    desk.city.complete(case_id, "A", who="clerk", answers={"why": "金絲雀的理由"})
    desk.publish(chart(), 2, {"S": small_sop.START, "A": asked})
    desk.renew(case_id)
    with desk.city.store.look() as db:
        told = journal.of(db, f"case:{case_id}")[-1].effects
    assert "金絲雀" not in json.dumps(told, ensure_ascii=False)
    [(scope, places)] = told["answered"].items()
    assert [field for _, field in places.values()] == ["why"] and told["lost"] == {scope: {"level": "高"}}
    desk.act(renewing.back, case_id)
    desk.city.complete(case_id, "B", who="clerk", answers={})
    assert desk.city.open_steps(case_id) == ["C"], "both values stand as they stood"
