"""保存與銷毀: nothing unless it is set, nothing before its day, one entry for each case, and only what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases
from engine.cases import retention
from engine.cases.records import attachment, attachment_content, case
from engine.cases.retention import Due, Periods
from engine.errors import Invalid, NotAllowed
from engine.office import journal, notices
from engine.office.records import notice, vault
from tests.cases.conftest import Desk

SET = Periods(identities=12, files=24, notices=6)


@pytest.fixture
def kept(desk: Desk) -> tuple[Desk, int, int]:
    """Two petitions with a file each; the first is withdrawn today."""
    made = []
    for number in (1, 2):
        case_id = desk.petition(
            petitioner_phone=f"0900-000-10{number}", location=f"第{number}街", body=f"第{number}件，請派員處理。"
        )
        with desk.store.act() as db:
            row = {
                "case_id": case_id, "step": "PO-S", "field": "photos", "name": "a.txt", "media_type": "text/plain",
                "size": 3, "digest": "0" * 64, "at": desk.now,
            }  # fmt: skip
            file_id = db.execute(sa.insert(attachment).returning(attachment.c.id), row).scalar_one()
            db.execute(sa.insert(attachment_content), {"attachment_id": file_id, "content": b"abc"})
        made.append(case_id)
    desk.act(cases.withdraw, made[0], reason="陳情人撤回", who=desk.who("rdec1"))
    return desk, made[0], made[1]


def months_later(desk: Desk, months: int) -> Any:
    desk.city.now += timedelta(days=31 * months)
    return desk.now


def sets(desk: Desk, new: Periods = SET, who: str = "admin") -> None:
    with desk.store.act() as db:
        retention.change(db, new, who=desk.who(who), at=desk.now)


def round_(desk: Desk) -> Due:
    return retention.destroy_due(desk.store, desk.now, desk.city.office)


def left(desk: Desk) -> tuple[set[int], int]:
    rows = desk.rows(sa.select(vault.c.case_id))
    files = desk.rows(sa.select(attachment_content.c.attachment_id))
    return {row["case_id"] for row in rows}, len(files)


def test_nothing_is_destroyed_unless_somebody_set_how_long(kept) -> None:
    desk, *both = kept
    months_later(desk, 1000)
    assert round_(desk) == Due()
    assert left(desk) == (set(both), 2)


def test_what_is_due_is_destroyed_from_the_next_day_on_in_one_entry_a_case(kept) -> None:
    desk, withdrawn, running = kept
    months_later(desk, 13)
    sets(desk)
    with desk.store.look() as db:
        assert retention.due(db, SET, desk.now).identities == 1
    assert round_(desk) == Due(), "not on the day it was set: a mistake can still be stopped"
    desk.city.now += timedelta(days=1)
    before = len(desk.entries(withdrawn))
    done = round_(desk)
    assert (done.identities, done.files) == (1, 0)
    assert left(desk) == ({running}, 2)
    assert [line.verb for line in desk.entries(withdrawn)[before:]] == ["identity.destroy"]
    assert round_(desk).identities == 0
    months_later(desk, 12)
    assert round_(desk).files == 1
    assert left(desk) == ({running}, 1)
    with desk.store.look() as db:
        assert journal.verify(db) == []


def test_of_a_case_that_runs_nothing_is_destroyed_however_old(kept) -> None:
    desk, withdrawn, running = kept
    sets(desk)
    months_later(desk, 100)
    round_(desk)
    identities, files = left(desk)
    assert (identities, files) == ({running}, 1)
    assert desk.rows(sa.select(case.c.id).where(case.c.id == withdrawn))


def test_a_destroyed_identity_is_gone_for_everybody_and_the_case_stays(kept) -> None:
    from engine.cases import desks, informants
    from engine.errors import Missing

    desk, withdrawn, _ = kept
    sets(desk)
    months_later(desk, 13)
    round_(desk)
    with pytest.raises(Missing), desk.store.act() as db:
        informants.see_identity(
            db, desks.head(db, withdrawn), reason="查詢", who=desk.who("rdec1"), at=desk.now, office=desk.city.office
        )


def test_notices_go_when_they_are_old_but_never_a_letter_or_one_of_a_running_case(kept) -> None:
    desk, withdrawn, running = kept
    with desk.store.act() as db:
        for key, case_id, to in (("a", withdrawn, 5), ("b", running, 5), ("c", withdrawn, None)):
            notices.post(db, key=key, to=to, case_id=case_id, kind="reply", facts={}, at=desk.now)
    sets(desk, Periods(notices=6))
    months_later(desk, 7)
    assert round_(desk).notices >= 1
    keys = {row["key"] for row in desk.rows(sa.select(notice.c.key))}
    assert keys & {"a", "b", "c"} == {"b", "c"}
    with desk.store.look() as db:
        assert [line.verb for line in journal.of(db, "office")].count("notices.destroy") == 1


def test_only_an_administrator_sets_it_and_the_control_office_is_told(kept) -> None:
    desk, *_ = kept
    for account in ("lighting1", "lighting-chief", "rdec1"):
        with pytest.raises(NotAllowed):
            sets(desk, who=account)
    sets(desk)
    sets(desk)
    with desk.store.look() as db:
        assert [line.verb for line in journal.of(db, "office")].count("settings.retention") == 1
        told = [n.facts["what"] for n in notices.of(db, desk.who("rdec1")) if n.kind == "account"]
    assert told == ["retention"]


@pytest.mark.parametrize("months", [0, -1, 1201])
def test_a_period_that_cannot_be_meant_is_refused_at_its_field(desk, months) -> None:
    with pytest.raises(Invalid) as refusal:
        sets(desk, Periods(files=months))
    assert set(refusal.value.fields) == {"files"}
