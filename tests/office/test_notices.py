"""Notices: told once, mailed at least once, given up after the eighth refusal, and nothing of the case in the mail."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from engine.errors import Invalid, Missing
from engine.office import notices, vault
from engine.office import records as r
from engine.office.mail import Down, Folder, Smtp, Undeliverable
from engine.office.people import SYSTEM
from engine.store import Store

KEY = vault.Key.of(bytes(range(32)))
FACTS = {"number": "115-000007", "step": "PO-08", "due": "115/12/03 17:00", "subject": "不該寄出的主旨"}


class Post:
    """A mail server in memory. ``refuse`` addresses are not taken; ``gone`` means nobody answers."""

    sender = "sopflow@city.example"

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse: set[str] = set()
        self.gone = False
        self.closed = 0

    def send(self, message: EmailMessage) -> str:
        if self.gone:
            raise Down("nobody there")
        if message["To"] in self.refuse:
            raise Undeliverable("550")
        self.taken.append(message)
        return str(message["Message-ID"])

    def close(self) -> None:
        self.closed += 1


def post(store: Store, to: int | None, at: Any, key: str = "k1", **more: Any) -> int | None:
    line = {"case_id": 7, "kind": "assigned", "facts": FACTS, "channel": "mail", **more}
    with store.act() as db:
        return notices.post(db, key=key, to=to, at=at, **line)


def states(store: Store) -> list[tuple[str, str, int]]:
    with store.look() as db:
        columns = (r.notice.c.key, r.notice.c.state, r.notice.c.tries)
        return [tuple(row) for row in db.execute(sa.select(*columns).order_by(r.notice.c.id))]


def test_the_same_thing_is_told_once(office, staff, friday_morning) -> None:
    assert post(office, staff.id("lin"), friday_morning) is not None
    assert post(office, staff.id("ho"), friday_morning) is None
    assert len(states(office)) == 1


def test_two_acts_posting_the_same_key_at_once_tell_it_once(office_pair, friday_morning) -> None:
    store, run = office_pair
    told = []

    def act(db: Any, number: int) -> None:
        key = f"k{number % 10}"
        told.append(notices.post(db, key=key, to=None, case_id=1, kind="receipt", facts={}, at=friday_morning))

    run(act)
    assert len([one for one in told if one is not None]) == len(states(store)) == 10


def test_a_notice_on_the_desk_is_counted_until_it_is_read(office, staff, friday_morning) -> None:
    made = post(office, staff.id("lin"), friday_morning, channel="desk")
    with office.act() as db:
        assert notices.unread(db, staff.lin) == 1
        assert notices.unread(db, staff.ho) == 0
        [notice] = notices.of(db, staff.lin, only_unread=True)
        assert (notice.id, notice.state, notice.facts["number"]) == (made, "none", "115-000007")
        notices.mark_read(db, notice.id, who=staff.lin, at=friday_morning)
        notices.mark_read(db, notice.id, who=staff.lin, at=friday_morning + timedelta(days=1))
        assert notices.unread(db, staff.lin) == 0
        [read] = notices.of(db, staff.lin)
        assert read.read_at == friday_morning


def test_somebody_elses_notice_does_not_exist(office, staff, friday_morning) -> None:
    made = post(office, staff.id("lin"), friday_morning)
    for other in (made, 999):
        with office.act() as db, pytest.raises(Missing):
            notices.mark_read(db, other, who=staff.ho, at=friday_morning)
    with office.look() as db:
        assert notices.unread(db, staff.lin) == 1


@pytest.mark.parametrize("bad", [{"facts": {"step": "a\x00b"}}, {"key": "\ud800"}])
def test_text_that_one_database_could_not_keep_is_refused(office, staff, friday_morning, bad) -> None:
    with pytest.raises(Invalid):
        post(office, staff.id("lin"), friday_morning, **bad)


@pytest.mark.parametrize("bad", [{"kind": "gossip"}, {"channel": "pigeon"}])
def test_an_unknown_kind_or_channel_is_our_own_mistake(office, staff, friday_morning, bad) -> None:
    with pytest.raises(ValueError):
        post(office, staff.id("lin"), friday_morning, **bad)


# -- delivery --------------------------------------------------------------------------------------------------------


def test_a_mail_carries_numbers_and_a_link_and_nothing_else(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning)
    server = Post()
    done = notices.deliver(office, at=friday_morning, transport=server, link="https://sop.city.example/")
    assert (done.sent, done.retried, done.dead, done.down) == (1, 0, 0, False)
    [mail] = server.taken
    assert mail["To"] == "lin@city.example"
    assert mail["Message-ID"] == notices.message_id("k1")
    text = mail.get_content()
    assert "115-000007" in text and "https://sop.city.example/cases/7\n" in text
    assert "不該寄出的主旨" not in mail.as_string() + text
    assert states(office) == [("k1", "sent", 1)]
    assert server.closed == 1


def test_what_was_sent_is_not_sent_again(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning)
    server = Post()
    for hours in range(3):
        notices.deliver(office, at=friday_morning + timedelta(hours=hours), transport=server)
    assert len(server.taken) == 1


def test_a_refused_mail_waits_longer_each_time_and_is_given_up_after_the_eighth(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning, key="bad")
    post(office, staff.id("ho"), friday_morning, key="good")
    server = Post()
    server.refuse = {"lin@city.example"}
    minute, tried = 0, []
    while states(office)[0][1] == "waiting":
        before = states(office)[0][2]
        notices.deliver(office, at=friday_morning + timedelta(minutes=minute), transport=server)
        tried += [minute] if states(office)[0][2] > before else []
        minute += 1
        assert minute < 500
    assert tried == [0, 1, 3, 7, 15, 30, 45, 60]
    assert states(office) == [("bad", "dead", 8), ("good", "sent", 1)]
    with office.look() as db:
        assert [notice.key for notice in notices.dead(db, who=SYSTEM)] == ["bad"]


def test_a_server_that_is_not_there_costs_no_try(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning, key="a")
    post(office, staff.id("ho"), friday_morning, key="b")
    server = Post()
    server.gone = True
    for minute in range(0, 360, 2):
        assert notices.deliver(office, at=friday_morning + timedelta(minutes=minute), transport=server).down
    assert states(office) == [("a", "waiting", 0), ("b", "waiting", 0)]
    server.gone = False
    assert notices.deliver(office, at=friday_morning + timedelta(hours=7), transport=server).sent == 2


def test_a_mail_that_breaks_the_connection_does_not_hold_the_others(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning, key="poison")
    post(office, staff.id("ho"), friday_morning, key="good")

    class Breaking(Post):
        def send(self, message: EmailMessage) -> str:
            if message["To"] == "lin@city.example":
                raise Down("dropped")
            return super().send(message)

    server = Breaking()
    for minute in range(3):
        notices.deliver(office, at=friday_morning + timedelta(minutes=minute), transport=server)
    assert states(office)[1] == ("good", "sent", 1)


def test_a_sender_that_died_gives_its_mail_back_with_the_same_message_id(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning)

    class Dying(Post):
        def send(self, message: EmailMessage) -> str:
            super().send(message)
            raise KeyboardInterrupt  # sent, but never marked

    first, second = Dying(), Post()
    with pytest.raises(KeyboardInterrupt):
        notices.deliver(office, at=friday_morning, transport=first)
    assert notices.deliver(office, at=friday_morning + timedelta(minutes=14), transport=second).sent == 0
    assert notices.deliver(office, at=friday_morning + timedelta(minutes=15), transport=second).sent == 1
    assert first.taken[0]["Message-ID"] == second.taken[0]["Message-ID"]


def test_a_second_sender_leaves_what_the_first_has_claimed(office, staff, friday_morning) -> None:
    for number in range(5):
        post(office, staff.id("lin"), friday_morning, key=f"k{number}")
    inner = Post()

    class Interrupted(Post):
        def send(self, message: EmailMessage) -> str:
            if not self.taken:
                notices.deliver(office, at=friday_morning, transport=inner)
            return super().send(message)

    outer = Interrupted()
    notices.deliver(office, at=friday_morning, transport=outer)
    ids = [mail["Message-ID"] for mail in outer.taken + inner.taken]
    assert len(ids) == len(set(ids)) == 5


def test_somebody_without_an_address_is_given_up_at_once(office, staff, friday_morning) -> None:
    post(office, staff.id("tsai"), friday_morning)
    assert notices.deliver(office, at=friday_morning, transport=Post()).dead == 1


def test_a_petitioner_is_reached_through_the_vault_and_without_its_key_given_up(office, friday_morning) -> None:
    with office.act() as db:
        vault.seal(db, 7, {"name": "甲", "petitioner_email": "someone@mail.example"}, KEY)
    post(office, None, friday_morning, key="a", kind="reply")
    post(office, None, friday_morning, key="b", kind="reply", case_id=8)
    server = Post()
    done = notices.deliver(office, at=friday_morning, transport=server, key=KEY, link="https://sop.city.example")
    assert (done.sent, done.dead) == (1, 1)
    [mail] = server.taken
    assert mail["To"] == "someone@mail.example"
    assert "/cases/" not in mail.get_content() and "PO-08" not in mail.get_content()
    assert "甲" not in mail.get_content()
    assert mail["Subject"] == "您的案件已有回復：115-000007", "it is the city that writes, not a program"
    post(office, None, friday_morning, key="c", kind="reply")
    assert notices.deliver(office, at=friday_morning, transport=server).dead == 1


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: all@city.example", "a@b.example, c@d.example", "nobody", ""])
def test_an_address_that_would_write_headers_is_not_mailed(office, staff, friday_morning, address, tmp_path) -> None:
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.id == staff.id("lin")).values(email=address))
    post(office, staff.id("lin"), friday_morning)
    server = Post()
    done = notices.deliver(office, at=friday_morning, transport=server)
    assert (done.sent, server.taken) == (0, [])


def test_a_number_that_would_write_headers_is_not_mailed(office, staff, friday_morning) -> None:
    post(office, staff.id("lin"), friday_morning, facts={"number": "1\r\nBcc: all@city.example"})
    server = Post()
    notices.deliver(office, at=friday_morning, transport=server)
    assert server.taken == []


# -- the real transports ---------------------------------------------------------------------------------------------


def test_a_folder_keeps_each_mail_once_under_its_message_id(office, staff, friday_morning, tmp_path) -> None:
    post(office, staff.id("lin"), friday_morning)
    folder = Folder(tmp_path / "mail")
    notices.deliver(office, at=friday_morning, transport=folder)
    with office.act() as db:  # as if the sender had died before marking it
        db.execute(sa.update(r.notice).values(state="waiting", next_try_at=friday_morning))
    notices.deliver(office, at=friday_morning, transport=folder)
    [file] = (tmp_path / "mail").iterdir()
    assert message_from_bytes(file.read_bytes(), policy=default)["Message-ID"] == notices.message_id("k1")


def test_a_folder_that_cannot_be_written_is_a_server_that_is_not_there(office, staff, friday_morning, tmp_path) -> None:
    (tmp_path / "mail").write_text("a file")
    post(office, staff.id("lin"), friday_morning)
    assert notices.deliver(office, at=friday_morning, transport=Folder(tmp_path / "mail")).down


class Box:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address == "ho@city.example":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append(envelope.content)
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[Box, str]]:
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


def test_smtp_takes_chinese_refuses_one_and_is_missed_when_gone(sqlite_office, friday_morning, smtp) -> None:
    store, lin, ho = sqlite_office
    box, url = smtp
    post(store, ho, friday_morning, key="refused")
    post(store, lin, friday_morning, key="taken")
    done = notices.deliver(store, at=friday_morning, transport=Smtp(url, "sopflow@city.example"))
    assert (done.sent, done.retried, done.down) == (1, 1, False)
    [raw] = box.got
    mail = message_from_bytes(raw, policy=default)
    assert mail["Subject"] == "[sopflow] 有新的待辦事項：115-000007"
    assert "期限：115/12/03 17:00" in mail.get_content()
    gone = notices.deliver(store, at=friday_morning + timedelta(hours=1), transport=Smtp("smtp://127.0.0.1:1"))
    assert gone.down
