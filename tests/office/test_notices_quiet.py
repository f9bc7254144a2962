"""Quiet hours, what is urgent, in which language: pure rules first, then mails on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.office import journal, notices, quiet
from engine.office import records as r
from engine.office.quiet import Rules, digest_time, quiet_until
from engine.store import Store
from tests.office.test_notices import Post

Taipei = Callable[[str], datetime]


def working(day: date) -> bool:
    return day.weekday() < 5


def urgent(store: Store, to: int, at: datetime, key: str = "k1", level: int = 2, **more: Any) -> int | None:
    line = {"case_id": 7, "kind": "escalation", "facts": {"number": "115-000007"}, "level": level, **more}
    with store.act() as db:
        return notices.post(db, key=key, to=to, at=at, **line)


def sent(store: Store, at: datetime) -> list[str]:
    server = Post()
    notices.deliver(store, at=at, transport=server, is_working=working)
    return [str(mail["To"]).partition("@")[0] for mail in server.taken]


# -- pure ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-20T17:59", None),  # a Friday
        ("2026-11-20T18:00", "2026-11-23T08:00"),
        ("2026-11-19T23:30", "2026-11-20T08:00"),
        ("2026-11-20T03:00", "2026-11-20T08:00"),
        ("2026-11-20T08:00", None),
        ("2026-11-21T12:00", "2026-11-23T08:00"),  # Saturday noon
        ("2026-11-22T23:59", "2026-11-23T08:00"),
    ],
)
def test_quiet_from_six_to_eight_and_on_days_off(taipei: Taipei, at: str, until: str | None) -> None:
    assert quiet_until(Rules(), taipei(at), working) == (None if until is None else taipei(until))


def test_quiet_hours_within_one_day_and_none_at_all(taipei: Taipei) -> None:
    noon = Rules(begins=time(12), ends=time(13, 30), days_off=False)
    assert quiet_until(noon, taipei("2026-11-21T12:00"), working) == taipei("2026-11-21T13:30")
    assert quiet_until(noon, taipei("2026-11-21T23:00"), working) is None
    never = Rules(begins=time(8), ends=time(8), days_off=False)
    assert all(quiet_until(never, taipei(f"2026-11-21T{hour:02}:00"), working) is None for hour in range(24))


def test_a_calendar_without_a_working_day_does_not_hold_for_ever(taipei: Taipei) -> None:
    at = taipei("2026-11-20T12:00")
    until = quiet_until(Rules(), at, lambda _: False)
    assert until is not None and until - at < timedelta(days=60)


def test_the_digest_has_its_time_on_working_days_only(taipei: Taipei) -> None:
    assert digest_time(Rules(), taipei("2026-11-20T08:29"), working) is None
    assert digest_time(Rules(), taipei("2026-11-20T08:30"), working) == taipei("2026-11-20T08:30")
    assert digest_time(Rules(), taipei("2026-11-20T23:00"), working) == taipei("2026-11-20T08:30")
    assert digest_time(Rules(), taipei("2026-11-21T12:00"), working) is None


@pytest.mark.parametrize(
    ("kind", "level", "due", "marks", "is_urgent"),
    [
        ("escalation", 2, "2026-11-10", {}, True),
        ("escalation", 1, "2026-11-10", {}, False),
        ("escalation", 1, "2026-11-20", {}, True),
        ("assigned", 0, "2026-11-20", {}, True),
        ("assigned", 0, "2026-11-23", {}, False),
        ("assigned", 0, "2026-11-19", {}, True),
        ("reminder", 0, "2026-11-19", {}, False),
        ("assigned", 0, None, {}, False),
        ("escalation", 3, "2026-11-10", {"late": True}, False),
        ("escalation", 3, "2026-11-10", {"overtaken": True}, False),
    ],
)
def test_urgent_is_a_second_level_and_what_is_due_today(
    taipei: Taipei, kind: str, level: int, due: str | None, marks: dict[str, bool], is_urgent: bool
) -> None:
    facts = {"due": taipei(f"{due}T17:00").isoformat() if due else None, **marks}
    assert notices.is_urgent(kind, level, facts, taipei("2026-11-20T09:00")) is is_urgent


# -- mails -----------------------------------------------------------------------------------------------------------


def test_what_is_urgent_is_mailed_at_once_and_what_is_not_stays_on_the_desk(office, staff, friday_morning) -> None:
    urgent(office, staff.id("lin"), friday_morning)
    urgent(office, staff.id("ho"), friday_morning, key="k2", level=1)
    assert sent(office, friday_morning) == ["lin"]
    with office.look() as db:
        assert notices.unread(db, staff.lin) == notices.unread(db, staff.ho) == 1


def test_in_quiet_hours_it_waits_for_their_end(office, staff, taipei) -> None:
    night = taipei("2026-11-20T21:00")
    urgent(office, staff.id("lin"), night)
    for hours in (0, 1, 10, 40, 58):
        assert sent(office, night + timedelta(hours=hours)) == []
    assert sent(office, taipei("2026-11-23T08:00")) == ["lin"]


def test_the_level_may_say_otherwise_and_an_alarm_of_the_machine_is_never_held(office, staff, taipei) -> None:
    night = taipei("2026-11-20T21:00")
    with office.act() as db:
        quiet.change(db, Rules(through=3), who=staff.root, at=night)
    urgent(office, staff.id("lin"), night, key="second", level=2)
    urgent(office, staff.id("ho"), night, key="third", level=3)
    urgent(office, staff.id("kao"), night, key="clock", kind="incident", urgent=True)
    assert sent(office, night) == ["ho", "kao"]


def test_nobody_is_mailed_about_what_they_have_read_meanwhile(office, staff, taipei) -> None:
    night = taipei("2026-11-20T21:00")
    made = urgent(office, staff.id("lin"), night)
    with office.act() as db:
        notices.mark_read(db, made, who=staff.lin, at=night)
    assert sent(office, taipei("2026-11-23T08:00")) == []
    with office.look() as db:
        assert db.scalar(sa.select(r.notice.c.state)) == "none"


def test_a_letter_to_a_petitioner_knows_no_quiet_hours(office, staff, taipei) -> None:
    with office.act() as db:
        notices.post(
            db, key="x", to=staff.id("lin"), case_id=7, kind="reply", facts={}, at=taipei("2026-11-21T03:00"),
            channel="mail",
        )  # fmt: skip
    assert sent(office, taipei("2026-11-21T03:00")) == ["lin"]


# -- the rules themselves --------------------------------------------------------------------------------------------


def test_the_rules_are_kept_and_their_change_is_one_journal_line(office, staff, friday_morning) -> None:
    new = Rules(time(19, 30), time(7), False, 4, time(9), "en")
    with office.act() as db:
        assert quiet.rules(db) == Rules()
        quiet.change(db, new, who=staff.root, at=friday_morning)
        quiet.change(db, new, who=staff.root, at=friday_morning)
    with office.look() as db:
        assert quiet.rules(db) == new
        [line] = [entry for entry in journal.of(db, "office") if entry.verb == "settings.notices"]
    assert line.effects["from"]["digest_at"] == "08:30" and line.effects["to"]["digest_at"] == "09:00"


@pytest.mark.parametrize("account", ["lin", "chiu", "yen"])
def test_nobody_but_an_administrator_changes_them(office, staff, friday_morning, account) -> None:
    with office.act() as db, pytest.raises(NotAllowed):
        quiet.change(db, Rules(language="en"), who=getattr(staff, account), at=friday_morning)


@pytest.mark.parametrize(
    ("bad", "field"),
    [({"digest_at": time(6)}, "digest_at"), ({"through": 0}, "through"), ({"through": 99}, "through"),
     ({"language": "fr"}, "language")],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused_by_field(office, staff, friday_morning, bad, field) -> None:
    with office.act() as db, pytest.raises(Invalid) as refusal:
        quiet.change(db, Rules(**bad), who=staff.root, at=friday_morning)
    assert set(refusal.value.fields) == {field}
    with office.look() as db:
        assert quiet.rules(db) == Rules()


# -- languages -------------------------------------------------------------------------------------------------------


def mail_to_lin(store: Store, staff: Any, at: datetime) -> str:
    facts = {"number": "115-000007", "step": "PO-08", "due": "2026-11-20T09:00:00+00:00"}
    urgent(store, staff.id("lin"), at, key=f"k{at}", facts=facts)
    server = Post()
    notices.deliver(store, at=at, transport=server, link="https://sop.city.example")
    [mail] = server.taken
    return str(mail.get_content())


def test_english_follows_the_chinese_where_the_office_or_the_person_wants_it(office, staff, friday_morning) -> None:
    assert "A deadline has passed" not in mail_to_lin(office, staff, friday_morning)
    with office.act() as db:
        quiet.change(db, Rules(language="en"), who=staff.root, at=friday_morning)
    both = mail_to_lin(office, staff, friday_morning + timedelta(minutes=1))
    assert both.index("案件逾期稽催。") < both.index("A deadline has passed.")
    assert both.index("期限：115/11/20 17:00") < both.index("Due: 2026-11-20 17:00")
    assert both.count("115-000007") == both.count("https://sop.city.example/cases/7") == 2
    with office.act() as db:
        quiet.prefer(db, "zh", who=staff.lin, at=friday_morning)
    assert "A deadline has passed" not in mail_to_lin(office, staff, friday_morning + timedelta(minutes=2))
    with office.act() as db:
        quiet.prefer(db, None, who=staff.lin, at=friday_morning)
    assert "A deadline has passed" in mail_to_lin(office, staff, friday_morning + timedelta(minutes=3))
    with office.act() as db, pytest.raises(Invalid):
        quiet.prefer(db, "fr", who=staff.lin, at=friday_morning)


def test_every_kind_of_notice_has_its_words_in_both_languages(office, staff, friday_morning) -> None:
    with office.act() as db:
        quiet.change(db, Rules(language="en"), who=staff.root, at=friday_morning)
        for kind in notices.KINDS:
            notices.post(
                db, key=kind, to=staff.id("lin"), case_id=7, kind=kind, facts={"number": "115-1"}, at=friday_morning,
                channel="mail",
            )  # fmt: skip
    server = Post()
    notices.deliver(office, at=friday_morning, transport=server)
    assert len(server.taken) == len(notices.KINDS)
    for mail, (zh, en) in zip(server.taken, notices.KINDS.values(), strict=True):
        text = mail.get_content()
        assert zh in text and f"{en}" in text
        assert f"{zh} / {en}" in mail["Subject"]
        assert not en.isascii() or zh != en
