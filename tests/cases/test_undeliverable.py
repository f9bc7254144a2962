"""An answer that came back: noted by a person or the outbox, sent again, its address mended. Both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import letters, undeliverable
from engine.cases.records import case, document
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office import notices, vault
from engine.office.mail import Undeliverable
from engine.office.records import notice
from tests.cases.conftest import Desk


def answered(desk: Desk) -> tuple[int, int]:
    """A case whose reply has left; the reply."""
    case_id = desk.at_review()
    desk.done(case_id, "PO-09", "lighting-chief", reply_check="核可")
    return case_id, reply(desk, case_id)["id"]


def reply(desk: Desk, case_id: int) -> dict[str, Any]:
    return dict(desk.rows(sa.select(document).where(document.c.case_id == case_id, document.c.kind == "reply"))[-1])


def note(desk: Desk, document_id: int, who: str = "service1", why: str = "信件退回，查無此人。") -> None:
    desk.act(cases.note_undeliverable, document_id, why, who=desk.who(who))


def again(desk: Desk, document_id: int, who: str = "service1", **more: Any) -> None:
    desk.act(cases.send_again, document_id, who=desk.who(who), **more)


def told(desk: Desk) -> set[int]:
    return {row["person_id"] for row in desk.rows(sa.select(notice).where(notice.c.kind == "undeliverable"))}


def test_a_letter_that_came_back_is_noted_and_those_who_answer_for_it_are_told(desk: Desk) -> None:
    case_id, letter = answered(desk)
    before = len(desk.entries(case_id))
    note(desk, letter)
    row = reply(desk, case_id)
    assert (row["returned_at"], row["returned_why"]) == (desk.now, "信件退回，查無此人。")
    assert {desk.who("lighting1").id, desk.who("lighting-chief").id} <= told(desk), "who wrote it, and the chief"
    assert [line.verb for line in desk.entries(case_id)[before:]] == ["note_undeliverable"]
    with pytest.raises(NotNow):
        note(desk, letter)


def test_sent_again_it_is_the_same_document_and_the_day_it_left_stays(desk: Desk) -> None:
    case_id, letter = answered(desk)
    first = desk.rows(sa.select(case.c.dispatched_at).where(case.c.id == case_id))
    old = reply(desk, case_id)["notice_id"]
    note(desk, letter)
    desk.city.until(desk.now.replace(hour=5))
    again(desk, letter)
    row = reply(desk, case_id)
    assert (row["id"], row["returned_at"]) == (letter, None)
    assert [(s["way"], s["why"]) for s in row["facts"]["sendings"]] == [("mail", "信件退回，查無此人。")]
    assert desk.rows(sa.select(case.c.dispatched_at).where(case.c.id == case_id)) == first
    mail = desk.rows(sa.select(notice).where(notice.c.id == row["notice_id"]))[0]
    assert (mail["state"], mail["kind"], row["notice_id"] != old) == ("waiting", "reply", True)
    with desk.store.look() as db:
        known = next(n for n in notices.of_case(db, case_id) if n.id == row["notice_id"])
        assert "派工更換完成" in (letters.text_of(db, known) or ""), "the same words"
    with pytest.raises(NotNow):
        again(desk, letter)


def test_brought_by_hand_it_says_when_and_to_whom(desk: Desk) -> None:
    case_id, letter = answered(desk)
    note(desk, letter)
    with pytest.raises(Invalid):
        again(desk, letter, way="phone")
    with pytest.raises(Invalid):
        again(desk, letter, way="pigeon", reason="x")
    again(desk, letter, way="phone", reason="11/26 下午電話告知本人。")
    assert reply(desk, case_id)["notice_id"] is None
    assert desk.entries(case_id)[-1].effects["way"] == "phone"


def test_it_may_come_back_again(desk: Desk) -> None:
    case_id, letter = answered(desk)
    for _ in range(3):
        note(desk, letter)
        again(desk, letter)
    assert len(reply(desk, case_id)["facts"]["sendings"]) == 3
    keys = desk.rows(sa.select(notice.c.key).where(notice.c.case_id == case_id, notice.c.kind == "reply"))
    assert len({row["key"] for row in keys}) == 4


def test_three_people_at_the_letter(desk: Desk) -> None:
    _, letter = answered(desk)
    for verb in (note, again):
        with pytest.raises(Missing):
            verb(desk, letter, who="cleaning1")
    with pytest.raises(NotAllowed):
        note(desk, letter, who="registry1")
    note(desk, letter, who="lighting2")
    with pytest.raises(NotAllowed):
        again(desk, letter, who="registry1")
    again(desk, letter, who="lighting1")


def test_only_what_left_the_house_can_come_back(desk: Desk) -> None:
    case_id, _ = answered(desk)
    record = desk.rows(sa.select(document.c.id).where(document.c.case_id == case_id, document.c.kind == "case-record"))
    with pytest.raises(Missing):
        note(desk, record[0]["id"])
    with pytest.raises(Missing):
        note(desk, 999_999)


class Refusing:
    """A mail server that knows no such address."""

    sender = "sopflow@example.invalid"

    def send(self, mail: Any) -> str:
        raise Undeliverable("no_address")

    def close(self) -> None:
        pass


def test_from_the_outbox_to_the_desk_of_whoever_has_to_act(desk: Desk) -> None:
    case_id, _ = answered(desk)
    round_ = notices.deliver(
        desk.store, at=desk.now, transport=Refusing(), key=desk.city.office.key, letter=letters.text_of
    )
    assert round_.dead >= 1
    assert undeliverable.find_dead(desk.store, at=desk.now, office=desk.city.office) == 1, "a receipt is no document"
    assert reply(desk, case_id)["returned_why"] == "沒有登錄電子郵件地址。"


def test_a_letter_the_outbox_gives_up_is_noted_once_by_the_system(desk: Desk) -> None:
    case_id, letter = answered(desk)
    with desk.store.act() as db:
        reply_row = notice.c.id == reply(desk, case_id)["notice_id"]
        db.execute(notice.update().where(reply_row).values(state="dead", proof="bad_address"))
    before = len(desk.entries(case_id))
    for _ in range(2):
        undeliverable.find_dead(desk.store, at=desk.now, office=desk.city.office)
    assert [(e.verb, e.by) for e in desk.entries(case_id)[before:]] == [("note_undeliverable", None)]
    assert reply(desk, case_id)["returned_why"] == "電子郵件地址不能使用。"
    again(desk, letter)
    assert undeliverable.find_dead(desk.store, at=desk.now, office=desk.city.office) == 0


def correct(
    desk: Desk, case_id: int, changes: dict[str, Any], who: str = "service1", reason: str = "來電更正。"
) -> Any:
    return desk.act(cases.correct_identity, case_id, changes, reason=reason, who=desk.who(who))


def sealed(desk: Desk, case_id: int) -> dict[str, str]:
    with desk.store.look() as db:
        return vault.read(db, case_id, desk.city.office.key)


def test_a_wrong_address_is_mended_in_the_vault_and_stands_nowhere_else(desk: Desk) -> None:
    case_id, _ = answered(desk)
    before = len(desk.entries(case_id))
    assert correct(desk, case_id, {"petitioner_email": "canary-mended@example.invalid"}) == ["petitioner_email"]
    assert sealed(desk, case_id)["petitioner_email"] == "canary-mended@example.invalid"
    assert sealed(desk, case_id)["petitioner_name"] == "例民眾", "what was left empty stays"
    line = desk.entries(case_id)[before:]
    assert [(e.verb, e.effects["fields"]) for e in line] == [("identity.correct", ["petitioner_email"])]
    everywhere = str([(e.reason, e.effects) for e in desk.entries(case_id)])
    for table in ("answer", "notice", "document"):
        everywhere += str(desk.rows(sa.text(f"SELECT * FROM {table}")))
    assert "canary-mended" not in everywhere


def test_three_people_at_the_vault(desk: Desk) -> None:
    case_id, _ = answered(desk)
    with pytest.raises(NotAllowed):
        correct(desk, case_id, {"petitioner_phone": "0900-000-999"}, who="registry1")
    with pytest.raises(Missing):
        correct(desk, case_id, {"petitioner_phone": "0900-000-999"}, who="cleaning1")
    correct(desk, case_id, {"petitioner_phone": "0900-000-999"}, who="lighting1")


@pytest.mark.parametrize(
    "changes", [{"subject": "別的"}, {"petitioner_email": "not an address"}, {"petitioner_email": ""}, {}, {"x": "y"}]
)
def test_only_sealed_fields_and_only_what_the_form_takes(desk: Desk, changes: dict[str, str]) -> None:
    case_id, _ = answered(desk)
    before = sealed(desk, case_id)
    with pytest.raises(Invalid):
        correct(desk, case_id, changes)
    with pytest.raises(Invalid):
        correct(desk, case_id, {"petitioner_phone": "0900-000-999"}, reason=" ")
    assert sealed(desk, case_id) == before
