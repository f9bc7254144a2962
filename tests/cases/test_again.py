"""A petitioner whom the answer did not satisfy: a new case, linked, counted; and whether the matter is solved."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.cases.records import answer, case, document, link, meeting_item
from engine.office import journal, notices, vault
from tests.cases.conftest import Desk

CALL = {
    "channel": "電話", "case_type": "其他", "subject": "路燈不亮", "location": "示例路一號前",
    "body": "示例路一號前的路燈三天不亮。", "wants_told": "yes", "phone_left": "yes", "petitioner_name": "例民眾",
    "petitioner_phone": "0900-000-000",
}  # fmt: skip
HANDLED = {
    "visited": "no", "findings": "查證屬實，已派工更換燈具。", "reply_text": "路燈已更換完成，請您放心。",
}  # fmt: skip
UNHAPPY = {"calls": 1, "call_note": "告知結果，陳情人不滿意。", "unhappy_about": "修好兩天又不亮。"}


def told(desk: Desk) -> int:
    """A petition by telephone whose petitioner waits to be told (PV-10)."""
    case_id = desk.city.open_case("petition-visit-phone", who="service1", answers=CALL, start="PV-S").case_id
    desk.done(case_id, "PV-01", "service1", record_text="路燈三天不亮，請派員修復。", read_back="yes")
    if desk.open_steps(case_id) == ["PV-02/DC-02"]:
        desk.done(case_id, "PV-02/DC-02", "service1", duplicate_kind="非重複")
    desk.done(case_id, "PV-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    desk.done(case_id, "PV-07", "lighting1", ours="yes")
    desk.done(case_id, "PV-08", "lighting1", **HANDLED)
    desk.done(case_id, "PV-09", "lighting-chief", reply_check="核可")
    assert desk.open_steps(case_id) == ["PV-10"]
    return case_id


def row(desk: Desk, case_id: int) -> Any:
    with desk.store.look() as db:
        return db.execute(sa.select(case).where(case.c.id == case_id)).one()


def children(desk: Desk, case_id: int) -> list[int]:
    with desk.store.look() as db:
        return list(db.execute(sa.select(case.c.id).where(case.c.parent_id == case_id)).scalars())


def test_a_dissatisfied_petitioner_gets_a_new_case_and_the_old_one_goes_on(desk: Desk) -> None:
    first = told(desk)
    desk.done(first, "PV-10", "lighting1", told="不滿意", **UNHAPPY)
    (second,) = children(desk, first)
    assert (desk.open_steps(first), desk.open_steps(second)) == (["PV-11"], ["PV-01"])
    new = row(desk, second)
    assert (new.sop_id, new.parent_id, new.channel, new.status) == ("petition-visit-phone", first, "電話", "open")
    with desk.store.look() as db:
        links = db.execute(sa.select(link.c.case_id, link.c.to_id, link.c.kind)).all()
        given = db.execute(sa.select(answer.c.answers).where(answer.c.case_id == second)).scalar_one()
        assert desk.city.office.key is not None
        who = vault.read(db, second, desk.city.office.key)
        opened, before = journal.of(db, f"case:{second}")[0], journal.of(db, f"case:{first}")[-1]
    assert links == [(second, first, "re-petition")]
    assert given["body"].startswith("對案件 115-000001 的處理不滿意：修好兩天又不亮。")
    assert "三天不亮" in given["body"] and "petitioner_name" not in given
    assert who["petitioner_name"] == "例民眾"
    assert (opened.verb, opened.by, opened.act_id) == ("open", None, before.act_id)
    assert before.effects["opened_again"] == ["115-000002"]


def test_a_step_done_twice_opens_one_new_case(desk: Desk) -> None:
    from engine import cases

    first = told(desk)
    desk.done(first, "PV-10", "lighting1", told="不滿意", **UNHAPPY)
    waiting = desk.item(first, "PV-11")
    desk.act(cases.send_back, waiting["id"], to_step="PV-10", reason="漏記通話時間。", who=desk.who("lighting-chief"))
    desk.done(first, "PV-10", "lighting1", told="不滿意", **UNHAPPY)
    assert len(children(desk, first)) == 1
    with desk.store.look() as db:
        assert len(db.execute(sa.select(link)).all()) == 1


def test_the_third_return_of_one_matter_goes_before_the_municipal_meeting(desk: Desk) -> None:
    chain = [told(desk)]
    for _ in range(3):
        desk.done(chain[-1], "PV-10", "lighting1", told="不滿意", **UNHAPPY)
        (again,) = children(desk, chain[-1])
        desk.done(again, "PV-01", "service1", record_text="路燈仍不亮，再次陳情。", read_back="yes")
        number = row(desk, chain[-1]).number
        desk.done(again, "PV-02/DC-02", "service1", duplicate_kind="再陳情", original_case=number)
        desk.done(again, "PV-04", "registry1", receipt_number="115-A-2", responsible_unit="works-lighting")
        desk.done(again, "PV-07", "lighting1", ours="yes")
        desk.done(again, "PV-08", "lighting1", **HANDLED)
        desk.done(again, "PV-09", "lighting-chief", reply_check="核可")
        chain.append(again)
    with desk.store.look() as db:
        on_it = db.execute(sa.select(meeting_item.c.case_id, meeting_item.c.category)).all()
    assert on_it == [(chain[3], "再陳情")]


def test_whether_it_is_solved_is_another_question_than_closed(desk: Desk) -> None:
    case_id = told(desk)
    assert row(desk, case_id).solved is None
    desk.done(case_id, "PV-10", "lighting1", told="已告知", calls=1, call_note="告知處理結果。", solved="partly")
    assert row(desk, case_id).solved == "partly"
    desk.done(case_id, "PV-11", "lighting1", copy_sent_on="2026-11-27")
    ticked = ["told", "each-point", "copy-arrived", "no-promise"]
    desk.done(case_id, "PV-12", "rdec1", release="是", checklist=ticked)
    over = row(desk, case_id)
    assert (over.close_reason, over.solved) == ("resolved", "partly")  # not asked again: what was said stands
    assert over.dispatched_at is not None and over.released_at is not None


def test_a_petition_by_telephone_sends_no_letter_that_nobody_could_get(desk: Desk) -> None:
    case_id = told(desk)
    desk.done(case_id, "PV-10", "lighting1", told="已告知", calls=1, call_note="告知處理結果。")
    with desk.store.look() as db:
        assert [n for n in notices.of_case(db, case_id) if n.person_id is None] == []


def test_a_letter_on_paper_is_registered_as_the_answer_and_copied_to_the_control_office(desk: Desk) -> None:
    case_id = desk.city.open_case(
        "petition-written-fax", who="service1", start="PW-S",
        answers={
            "channel": "書面", "letter_form": "complete", "case_type": "其他", "subject": "工廠噪音",
            "body": "示例路九號的工廠夜間仍有噪音。", "petitioner_name": "例民眾",
        },
    ).case_id  # fmt: skip
    desk.done(case_id, "PW-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    desk.done(case_id, "PW-05", "rdec1", case_type="檢舉")
    assert (row(desk, case_id).type, row(desk, case_id).informant) == ("檢舉", True)
    desk.done(case_id, "PW-08", "lighting1", ours="yes")
    text = "您反映的噪音業經查證並依規定處理，謝謝您的來函。"
    desk.done(
        case_id, "PW-09", "lighting1", visited="no", findings="查證屬實，已依規定處理。", reply_kind="實質辦結",
        reply_text=text,
    )  # fmt: skip
    desk.done(case_id, "PW-10", "lighting-chief", reply_check="核可")
    assert row(desk, case_id).dispatched_at is None
    desk.done(case_id, "PW-11", "lighting1", letter_number="例字第3號", sent_on="2026-11-27", sent_by="post")
    assert row(desk, case_id).dispatched_at == desk.now
    with desk.store.look() as db:
        made = db.execute(sa.select(document).where(document.c.kind == "reply")).one()
        told = [n.kind for n in notices.of(db, desk.who("rdec1"))]
    assert (made.form, made.notice_id) == ("reply-letter", None)
    assert "copy" in told


@pytest.mark.parametrize("kind", ["市政建議", "其他"])
def test_a_mask_once_put_on_stays_on(desk: Desk, kind: str) -> None:
    case_id = desk.city.open_case(
        "petition-written-fax", who="service1", start="PW-S",
        answers={
            "channel": "書面", "letter_form": "complete", "case_type": "檢舉", "subject": "工廠噪音",
            "body": "示例路九號的工廠夜間仍有噪音。", "petitioner_name": "例民眾",
        },
    ).case_id  # fmt: skip
    assert row(desk, case_id).informant is True
    desk.done(case_id, "PW-04", "registry1", receipt_number="115-A-1", responsible_unit="works-lighting")
    desk.done(case_id, "PW-05", "rdec1", case_type=kind)
    assert (row(desk, case_id).type, row(desk, case_id).informant) == (kind, True)
