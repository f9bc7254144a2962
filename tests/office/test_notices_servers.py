"""Mail servers that are slow, lie, refuse or talk nonsense: nothing is lost, nothing is tried for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Missing, NotAllowed
from engine.office import journal, mail, mail_server, notices
from engine.office import records as r
from engine.office.mail import Smtp, Undeliverable
from engine.office.people import SYSTEM
from tests.office.test_notices import Post, post, states

Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """A listener that talks to each caller as it is told, until the test is over."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            with caller:
                try:
                    talk(caller)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who waits in accept
        thread.join(timeout=10)
        listening.close()


def says_nothing(caller: socket.socket) -> None:
    while caller.recv(1000):
        pass


def drips_slowly(caller: socket.socket) -> None:
    caller.settimeout(0.02)
    while True:
        caller.sendall(b"2")
        try:
            if caller.recv(1) == b"":
                return
        except TimeoutError:
            continue


def hangs_up(caller: socket.socket) -> None:
    """Hangs up before a word."""


def nonsense(caller: socket.socket) -> None:
    caller.sendall(b"\xff\xfe<html>welcome</html>\r\n" * 3)
    says_nothing(caller)


def scripted(answers: dict[bytes, bytes]) -> Talk:
    """SMTP as the script has it; everything else is fine."""

    def talk(caller: socket.socket) -> None:
        caller.sendall(answers.get(b"hello", b"220 ready\r\n"))
        lines = caller.makefile("rb")
        letter = False
        for line in lines:
            if letter:
                letter = line != b".\r\n"
                if letter:
                    continue
                word = b"LETTER"
            else:
                word = line[:4].upper().strip()
            answer = answers.get(word, b"354 go\r\n" if word == b"DATA" else b"250 fine\r\n")
            if not answer:
                return  # hangs up
            letter = word == b"DATA" and answer.startswith(b"354")
            caller.sendall(answer)

    return talk


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, a fraction as long."""
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    monkeypatch.setattr(mail, "LONGEST", 0.6)
    monkeypatch.setattr(mail, "LAST_WORD", 0.2)


DOWN: dict[str, Talk] = {
    "says nothing": says_nothing,
    "drips its greeting": drips_slowly,
    "hangs up": hangs_up,
    "talks nonsense": nonsense,
    "is too busy": scripted({b"hello": b"554 no service here\r\n"}),
    "closes at the sender": scripted({b"MAIL": b"421 closing\r\n"}),
    "closes at the letter": scripted({b"DATA": b""}),
    "has enough of letters": scripted({b"LETTER": b"421 closing\r\n"}),
    "answers in words": scripted({b"RCPT": b"maybe later\r\n"}),
    "refuses to be greeted": scripted({b"EHLO": b"500 what\r\n", b"HELO": b"500 what\r\n"}),
}


@pytest.mark.parametrize("talk", DOWN.values(), ids=DOWN)
def test_a_server_that_is_not_fit_to_talk_to_costs_no_try(sqlite_office, friday_morning, talk) -> None:
    store, lin, ho = sqlite_office
    post(store, lin, friday_morning, key="a")
    post(store, ho, friday_morning, key="b")
    with server(talk) as url:
        for minute in range(3):
            done = notices.deliver(store, at=friday_morning + timedelta(minutes=minute), transport=Smtp(url))
            assert (done.sent, done.dead, done.retried, done.down) == (0, 0, 0, True)
    assert {(state, tries) for _, state, tries in states(store)} == {("waiting", 0)}
    assert notices.deliver(store, at=friday_morning + timedelta(hours=6), transport=Post()).sent == 2


def test_where_tls_was_asked_for_nothing_is_sent_without_it(sqlite_office, friday_morning) -> None:
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning)
    heard: list[bytes] = []

    def talk(caller: socket.socket) -> None:
        caller.sendall(b"220 ready\r\n")
        for line in caller.makefile("rb"):
            heard.append(line[:4])
            caller.sendall(b"250 fine\r\n")

    with server(talk) as url:
        assert notices.deliver(store, at=friday_morning, transport=Smtp(f"{url}?starttls=1")).down
    assert b"MAIL" not in heard and b"DATA" not in heard
    with store.look() as db:
        assert mail_server.trouble(db).why == "主機不提供設定所要求的登入或加密。"


DOUBTFUL: dict[str, bytes] = {"hangs up": b"", "talks nonsense": b"thank you\r\n", "says nothing": b"250-wait\r\n"}


@pytest.mark.parametrize("answer", DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_server_that_takes_the_letter_and_gives_no_word_is_not_sent_it_again_every_minute(
    sqlite_office, friday_morning, answer
) -> None:
    """Perhaps it arrived. Eight times within two hours, further and further apart, then somebody is told."""
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning, key="a")
    letters: list[int] = []

    def talk(caller: socket.socket) -> None:
        letters.append(1)
        scripted({b"LETTER": answer})(caller)

    with server(talk) as url:
        for minute in range(6):  # the first, and after one and after three minutes
            assert notices.deliver(store, at=friday_morning + timedelta(minutes=minute), transport=Smtp(url)).sent == 0
        assert len(letters) == 3
        for hour in range(1, 8):
            notices.deliver(store, at=friday_morning + timedelta(hours=hour), transport=Smtp(url))
    assert (len(letters), states(store)) == (notices.MOST_TRIES, [("a", "dead", notices.MOST_TRIES)])
    with store.look() as db:
        [given_up] = notices.dead(db, who=SYSTEM)
    assert notices.why_dead(given_up) == "郵件伺服器每次收了信都沒有回答，可能已經寄達。"


def test_a_server_that_reads_the_letter_through_before_it_takes_it_is_waited_for(
    sqlite_office, friday_morning, monkeypatch
) -> None:
    store, lin, _ = sqlite_office
    monkeypatch.setattr(mail, "LAST_WORD", 30.0)
    post(store, lin, friday_morning)
    asked = threading.Event()

    def talk(caller: socket.socket) -> None:
        caller.sendall(b"220 ready\r\n")
        lines = caller.makefile("rb")
        for line in lines:
            if line == b".\r\n":
                asked.wait(3 * mail.TIMEOUT)
            elif line[:4].upper() not in (b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT"):
                continue
            caller.sendall(b"354 go\r\n" if line[:4].upper() == b"DATA" else b"250 fine\r\n")

    with server(talk) as url:
        assert notices.deliver(store, at=friday_morning, transport=Smtp(url)).sent == 1


def test_a_server_that_knows_seven_bits_only_is_sent_no_more(sqlite_office, friday_morning) -> None:
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning)
    heard = bytearray()

    def talk(caller: socket.socket) -> None:
        caller.sendall(b"220 ready\r\n")
        for line in caller.makefile("rb"):
            heard.extend(line)
            if line == b".\r\n" or line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT", b"DATA", b"QUIT"):
                caller.sendall(b"354 go\r\n" if line[:4].upper() == b"DATA" else b"250 fine\r\n")

    with server(talk) as url:
        assert notices.deliver(store, at=friday_morning, transport=Smtp(url, "例市政府 <sop@city.example>")).sent == 1
    assert heard.isascii()
    letter = message_from_bytes(bytes(heard[heard.index(b"From:") :]), policy=default)
    assert letter["From"] == "例市政府 <sop@city.example>" and letter["Auto-Submitted"] == "auto-generated"
    assert "期限：115/12/03 17:00" in letter.get_content()
    assert b"mail FROM:<sop@city.example>" in heard


WHY: dict[str, tuple[Talk, str]] = {
    "says nothing": (says_nothing, "主機沒有在時限內回答。"),
    "hangs up": (hangs_up, "主機中途切斷連線。"),
    "talks nonsense": (nonsense, "主機的回答不合郵件規定。"),
}


@pytest.mark.parametrize(("talk", "why"), WHY.values(), ids=WHY)
def test_since_when_and_why_no_mail_leaves_is_known_until_one_does(sqlite_office, friday_morning, talk, why) -> None:
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning)
    later = friday_morning + timedelta(hours=1)
    with server(talk) as url:
        for at in (friday_morning, later):
            notices.deliver(store, at=at, transport=Smtp(url))
    with store.look() as db:
        found = mail_server.trouble(db)
    assert (found.since, found.why) == (friday_morning, why)
    assert notices.deliver(store, at=later + timedelta(hours=1), transport=Smtp("smtp://127.0.0.1:1")).down
    with store.look() as db:
        found = mail_server.trouble(db)
    assert (found.since, found.why) == (friday_morning, "主機拒絕連線。")
    assert notices.deliver(store, at=later + timedelta(hours=2), transport=Post()).sent == 1
    with store.look() as db:
        assert mail_server.trouble(db) is None


REFUSED: dict[str, dict[bytes, bytes]] = {
    "an unknown mailbox": {b"RCPT": b"550 no such mailbox\r\n"},
    "the sender": {b"MAIL": b"553 not from here\r\n"},
    "the letter": {b"LETTER": b"554 spam\r\n"},
}


@pytest.mark.parametrize("answers", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_for_good_is_a_dead_letter_with_its_reason(sqlite_office, friday_morning, answers) -> None:
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning)
    with server(scripted(answers)) as url:
        for hours in range(8):
            notices.deliver(store, at=friday_morning + timedelta(hours=hours), transport=Smtp(url))
    assert states(store) == [("k1", "dead", 8)]
    with store.look() as db:
        [given_up] = notices.dead(db, who=SYSTEM)
    assert notices.why_dead(given_up) == "郵件伺服器多次拒收，地址可能不存在。"
    assert notices.deliver(store, at=friday_morning + timedelta(days=1), transport=Post()).sent == 0


def test_later_is_asked_again_for_three_days_and_never_lost_in_six_hours(sqlite_office, friday_morning) -> None:
    store, lin, _ = sqlite_office
    post(store, lin, friday_morning)
    busy = scripted({b"RCPT": b"451 try again later\r\n"})
    with server(busy) as url:
        for minutes in range(0, 360, 15):
            done = notices.deliver(store, at=friday_morning + timedelta(minutes=minutes), transport=Smtp(url))
            assert done.dead == 0
    assert states(store)[0][1] == "waiting" and states(store)[0][2] > notices.MOST_TRIES
    assert notices.deliver(store, at=friday_morning + timedelta(hours=7), transport=Post()).sent == 1
    post(store, lin, friday_morning, key="k2")
    with server(busy) as url:
        notices.deliver(store, at=friday_morning + timedelta(days=4), transport=Smtp(url))
    assert states(store)[1][1] == "dead"


def test_a_mail_that_cannot_be_composed_does_not_stand_in_the_way(office, staff, friday_morning) -> None:
    post(office, None, friday_morning, key="poison", kind="reply")
    post(office, staff.id("lin"), friday_morning, key="sound")

    def letter(_db: Any, _notice: Any) -> str:
        raise RuntimeError("何民眾")

    with office.act() as db:
        db.execute(sa.update(r.notice).where(r.notice.c.key == "poison").values(person_id=None))
    server_ = Post()
    for hours in range(9):
        notices.deliver(office, at=friday_morning + timedelta(hours=hours), transport=server_, letter=letter)
    assert len(server_.taken) == 1
    assert states(office) == [("poison", "dead", 8), ("sound", "sent", 1)]


def test_a_transport_with_a_mistake_of_its_own_does_not_stand_in_the_way(office, staff, friday_morning) -> None:
    class Mistaken(Post):
        def send(self, message: Any) -> str:
            if message["To"] == "lin@city.example":
                raise Undeliverable("unwritable")
            return super().send(message)

    post(office, staff.id("lin"), friday_morning, key="a")
    post(office, staff.id("ho"), friday_morning, key="b")
    done = notices.deliver(office, at=friday_morning, transport=Mistaken())
    assert (done.sent, done.retried) == (1, 1)


def test_a_dead_letter_is_tried_again_by_an_administrator_only(office, staff, friday_morning) -> None:
    made = post(office, staff.id("tsai"), friday_morning)
    notices.deliver(office, at=friday_morning, transport=Post())
    with office.look() as db:
        [given_up] = notices.dead(db, who=SYSTEM)
    assert notices.why_dead(given_up) == "沒有登錄電子郵件地址。"
    with office.act() as db:
        db.execute(sa.update(r.person).where(r.person.c.account == "tsai").values(email="tsai@city.example"))
    with office.act() as db, pytest.raises(NotAllowed):
        notices.again(db, made, who=staff.lin, at=friday_morning)
    with office.act() as db:
        notices.again(db, made, who=staff.root, at=friday_morning)
        with pytest.raises(Missing):
            notices.again(db, made, who=staff.root, at=friday_morning)
    assert notices.deliver(office, at=friday_morning, transport=Post()).sent == 1
    with office.look() as db:
        assert [entry.verb for entry in journal.of(db, "office") if entry.verb == "notices.again"] == ["notices.again"]
