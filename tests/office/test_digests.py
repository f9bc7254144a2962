"""One mail a day: everything not urgent and not read, once, to each person; and many urgent ones as one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.office import digests, notices
from engine.office import records as r
from engine.office.people import SYSTEM
from engine.store import Store
from tests.office.test_notices import Post

Taipei = Callable[[str], datetime]
NAMES = ("林承辦", "王小明", "0900-000-000", "中山路一號", "不該寄出的主旨")


def working(day: date) -> bool:
    return day.weekday() < 5


def post(store: Store, to: int | None, at: datetime, key: str, **more: Any) -> int | None:
    facts = {"number": f"115-{key}", "step": "PO-08", "name": NAMES[1], "subject": NAMES[4], **more.pop("facts", {})}
    line = {"case_id": 7, "kind": "reminder", "facts": facts, **more}
    with store.act() as db:
        return notices.post(db, key=key, to=to, at=at, **line)


def round_(store: Store, at: datetime) -> list[Any]:
    """One round of digests and mails; the mails."""
    server = Post()
    digests.send_due(store, at=at, is_working=working)
    digests.fold(store, at=at, is_working=working)
    notices.deliver(store, at=at, transport=server, link="https://sop.city.example", is_working=working)
    return server.taken


def test_what_waits_in_the_morning_is_one_mail_with_numbers_and_a_link(office, staff, taipei) -> None:
    for n in range(3):
        post(office, staff.id("lin"), taipei("2026-11-20T08:00"), f"00000{n}", case_id=n)
    post(office, staff.id("ho"), taipei("2026-11-20T08:00"), "000009")
    assert round_(office, taipei("2026-11-20T08:29")) == []
    mails = {str(mail["To"]): mail.get_content() for mail in round_(office, taipei("2026-11-20T08:30"))}
    assert set(mails) == {"lin@city.example", "ho@city.example"}
    text = mails["lin@city.example"]
    assert "共 3 則通知：" in text and all(f"115-00000{n}" in text for n in range(3))
    assert "https://sop.city.example/notices" in text
    lines = text.splitlines()
    for n in (1, 2):  # each line leads to its case
        assert lines[next(i for i, line in enumerate(lines) if f"115-00000{n}" in line) + 1].endswith(f"/cases/{n}")
    assert not any(name in text for name in NAMES)
    with office.look() as db:
        rows = db.execute(sa.select(r.digest.c.person_id, r.digest.c.day, r.digest.c.notices)).all()
        assert sorted(rows) == sorted(
            [(staff.id("lin"), date(2026, 11, 20), 3), (staff.id("ho"), date(2026, 11, 20), 1)]
        )
        assert notices.unread(db, staff.lin) == 3, "they are on the desk until they are read there"
        assert {n.kind for n in notices.of(db, staff.lin)} == {"reminder"}, "the digest itself is not"


def test_what_came_later_waits_for_tomorrow_and_is_told_once(office, staff, taipei) -> None:
    post(office, staff.id("lin"), taipei("2026-11-19T15:00"), "a")
    assert len(round_(office, taipei("2026-11-20T08:30"))) == 1
    post(office, staff.id("lin"), taipei("2026-11-20T09:00"), "b")
    post(office, staff.id("ho"), taipei("2026-11-20T11:00"), "c")
    assert round_(office, taipei("2026-11-20T23:00")) == []
    assert round_(office, taipei("2026-11-21T12:00")) == [], "a Saturday"
    monday = {str(mail["To"]): mail.get_content() for mail in round_(office, taipei("2026-11-23T08:30"))}
    assert "115-b" in monday["lin@city.example"] and "115-a" not in monday["lin@city.example"]
    assert set(monday) == {"lin@city.example", "ho@city.example"}
    assert round_(office, taipei("2026-11-24T08:30")) == []


def test_what_was_read_or_mailed_already_is_not_told(office, staff, taipei) -> None:
    at = taipei("2026-11-20T08:00")
    read = post(office, staff.id("lin"), at, "read")
    post(office, staff.id("lin"), at, "urgent", kind="escalation", level=2)
    with office.act() as db:
        notices.mark_read(db, read, who=staff.lin, at=at)
    [mail] = round_(office, taipei("2026-11-20T08:30"))
    assert "稽催" in mail["Subject"], "the urgent one, by itself"


def test_nobody_without_an_address_and_nobody_who_left_gets_one(office, staff, taipei) -> None:
    at = taipei("2026-11-20T08:00")
    post(office, staff.id("tsai"), at, "a")  # has no address
    post(office, staff.id("ho"), at, "b")
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "ho").values(active=False))
    assert round_(office, taipei("2026-11-20T08:30")) == []
    with office.look() as db:
        assert notices.dead(db, who=SYSTEM) == []


def test_of_one_deadline_only_the_highest_rung_is_named_and_escalations_come_first(office, staff, taipei) -> None:
    at, due = taipei("2026-11-19T10:00"), taipei("2026-11-12T17:00").isoformat()
    of = {"facts": {"deadline": "D", "due": due}, "case_id": 3}
    post(office, staff.id("lin"), at, "later", facts={"deadline": "D", "due": taipei("2026-12-01T17:00").isoformat()})
    post(office, staff.id("lin"), at, "r", **of)
    post(office, staff.id("lin"), at, "e1", kind="escalation", level=1, **of)
    post(office, staff.id("lin"), at, "e2", kind="escalation", level=2, urgent=False, **of)
    [mail] = round_(office, taipei("2026-11-20T08:30"))
    lines = [line for line in mail.get_content().splitlines() if line.startswith("- ")]
    assert [line.split()[1] for line in lines] == ["案件逾期稽催", "限辦期限將至"]
    assert "稽催第 2 級" in lines[0] and "115/11/12 17:00" in lines[0] and "115-e2" in lines[0]
    assert "共 4 則通知：" in mail.get_content()


def test_a_long_digest_counts_what_it_does_not_name(office, staff, taipei) -> None:
    for n in range(60):
        post(office, staff.id("lin"), taipei("2026-11-19T10:00"), f"n{n}", case_id=n)
    [mail] = round_(office, taipei("2026-11-20T08:30"))
    assert mail.get_content().count("\n- ") == 40 and "另有 20 則" in mail.get_content()


def test_what_rang_late_does_not_wait_for_tomorrow(office, staff, taipei) -> None:
    post(office, staff.id("lin"), taipei("2026-11-20T14:00"), "a", facts={"late": True})
    assert len(round_(office, taipei("2026-11-20T14:00"))) == 1


def test_many_clocks_in_one_moment_send_one_digest_a_person(office, staff, taipei) -> None:
    at = taipei("2026-11-20T08:30")
    people = [staff.id(account) for account in ("lin", "ho", "chiu", "kao")]
    for n in range(40):
        post(office, people[n % 4], taipei("2026-11-19T10:00"), f"n{n}")
    together = threading.Barrier(3)

    def one() -> None:
        together.wait(timeout=60)
        digests.send_due(office, at=at, is_working=working)

    clocks = [threading.Thread(target=one) for _ in range(3)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join(timeout=120)
    with office.look() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(r.digest)) == 4
        assert db.scalar(sa.select(sa.func.sum(r.digest.c.notices))) == 40
        mails = db.execute(sa.select(r.notice.c.id).where(r.notice.c.kind == "digest")).all()
    assert len(mails) == 4


def test_a_sender_that_dies_between_digest_and_mail_loses_neither(office, staff, taipei) -> None:
    """The day's row, the notices it tells and the mail are one transaction: what is there is there whole."""
    post(office, staff.id("lin"), taipei("2026-11-19T10:00"), "a")
    at = taipei("2026-11-20T08:30")
    digests.send_due(office, at=at, is_working=working)
    with office.look() as db:
        row = db.execute(sa.select(r.digest)).one()
        assert db.scalar(sa.select(r.notice.c.state).where(r.notice.c.id == row.notice_id)) == "waiting"
    assert len(round_(office, at + timedelta(hours=1))) == 1


# -- many urgent ones ------------------------------------------------------------------------------------------------


def test_three_urgent_mails_go_singly_and_a_fourth_makes_them_one(office, staff, taipei) -> None:
    at = taipei("2026-11-20T09:00")
    for n in range(3):
        post(office, staff.id("lin"), at, f"a{n}", kind="escalation", level=2)
    assert len(round_(office, at)) == 3
    for n in range(4):
        post(office, staff.id("lin"), at, f"b{n}", kind="escalation", level=2, case_id=n)
    [mail] = round_(office, at + timedelta(minutes=1))
    assert "彙總" in mail["Subject"] and all(f"115-b{n}" in mail.get_content() for n in range(4))
    assert round_(office, at + timedelta(days=4)) == []
    with office.look() as db:
        proofs = db.execute(sa.select(r.notice.c.proof).where(r.notice.c.state == "folded")).scalars().all()
    assert proofs == [mail["Message-ID"]] * 4


def test_what_gathered_in_the_night_is_one_mail_in_the_morning(office, staff, taipei) -> None:
    for n in range(5):
        post(office, staff.id("lin"), taipei("2026-11-19T22:00"), f"n{n}", kind="escalation", level=2)
    assert round_(office, taipei("2026-11-19T22:01")) == []
    [mail] = round_(office, taipei("2026-11-20T08:00"))
    assert "共 5 則通知：" in mail.get_content()
