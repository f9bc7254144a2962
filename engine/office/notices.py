"""Notices: what people are told. Written in the act's own transaction, read on the desk, mailed later.

A notice's key is unique: the same thing is told once however often the act is tried. Facts are numbers, step names and
dates, never an identity; a mail carries the case number, the date and a link, nothing of the case itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import Invalid, Missing, Stuck
from engine.office import records as r
from engine.office import vault
from engine.office.mail import Down, Transport, Undeliverable, is_address
from engine.office.people import OFFICE_ZONE
from engine.store import Connection, Prepared, Store, is_storable

if TYPE_CHECKING:
    from engine.office.people import Person

MOST_TRIES = 8
LEASE = timedelta(minutes=15)  # a sender that died gives its mail back after this
LONGEST_PAUSE = timedelta(minutes=15)

#: kind → what a mail says it is about; also the closed list of kinds
KINDS: Mapping[str, str] = {
    "assigned": "有新的待辦事項",
    "returned": "案件退回修正",
    "reminder": "限辦期限將至",
    "escalation": "案件逾期稽催",
    "moved": "待辦事項已轉由下一步驟承接",
    "cut": "待辦事項已由系統結束",
    "linked": "有關聯案件",
    "withdrawn": "案件已撤回",
    "ended": "案件已結束",
    "reply": "您的案件已有回復",
    "receipt": "您的案件已受理",
    "incident": "案件異常，待處理",
    "form": "有表單待填復",
    "copy": "回覆副本已送達",
    "duplicate": "案件已併入原案",
    "returned-often": "同一步驟已多次退回",
    "digest": "待辦事項彙總",
    "recount": "限辦期限因辦公日曆變更而調整",
    "calendar": "明年辦公日曆尚未匯入",
    "account": "帳號通知",
}


@dataclass(frozen=True, slots=True)
class Notice:
    id: int
    key: str
    person_id: int | None
    case_id: int | None
    kind: str
    level: int
    facts: Mapping[str, Any]
    at: datetime
    read_at: datetime | None
    channel: str
    state: str
    tries: int
    sent_at: datetime | None
    proof: str | None


#: what a letter to a petitioner says beyond its heading; read at the moment of sending, kept nowhere
Letter = Callable[[Connection, Notice], "str | None"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of ``deliver`` did; ``down`` says the mail server itself was not there."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    down: bool = False


_c = r.notice.c
_POST = Prepared(
    {
        name: dialect.insert(r.notice).on_conflict_do_nothing(index_elements=["key"]).returning(_c.id)
        for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }
)


def post(
    db: Connection,
    *,
    key: str,
    to: int | None,
    case_id: int | None,
    kind: str,
    facts: Mapping[str, Any],
    at: datetime,
    level: int = 0,
    channel: str = "desk",
) -> int | None:
    """Puts one notice in the outbox; None if that key was posted before. ``to`` None is the case's petitioner."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of notice: {kind}")
    if channel not in ("desk", "mail"):
        raise ValueError(f"unknown channel: {channel}")
    if not is_storable([key, facts]):
        raise Invalid("text_bad", "文字含有無法儲存的字元。")
    mailed = channel == "mail"
    row = {
        "key": key, "person_id": to, "case_id": case_id, "kind": kind, "level": level, "facts": dict(facts), "at": at,
        "channel": channel, "state": "waiting" if mailed else "none", "next_try_at": at if mailed else None,
        "tries": 0,
    }  # fmt: skip
    posted: int | None = _POST.scalar(db, **row)
    return posted


def unread(db: Connection, who: Person) -> int:
    """How many notices wait to be read."""
    mine = sa.and_(_c.person_id == who.id, _c.read_at.is_(None))
    return int(db.execute(sa.select(sa.func.count()).select_from(r.notice).where(mine)).scalar_one())


def of(db: Connection, who: Person, *, only_unread: bool = False, limit: int = 200) -> list[Notice]:
    """The person's notices, newest first."""
    return _read(db, _c.person_id == who.id, *([_c.read_at.is_(None)] if only_unread else []), limit=limit)


def of_case(db: Connection, case_id: int, limit: int = 1000) -> list[Notice]:
    return _read(db, _c.case_id == case_id, limit=limit)


def dead(db: Connection, limit: int = 200) -> list[Notice]:
    """Mails given up, newest first: somebody has to reach these people another way."""
    return _read(db, _c.state == "dead", limit=limit)


def mark_read(db: Connection, notice_id: int, *, who: Person, at: datetime) -> None:
    """Reading twice keeps the first time. Somebody else's notice does not exist for you."""
    mine = sa.and_(_c.id == notice_id, _c.person_id == who.id)
    if db.scalar(sa.select(_c.id).where(mine)) is None:
        raise Missing("notice_missing", "查無此通知。")
    db.execute(sa.update(r.notice).where(mine, _c.read_at.is_(None)).values(read_at=at))


def deliver(
    store: Store,
    *,
    at: datetime,
    transport: Transport,
    key: vault.Key | None = None,
    link: str = "",
    letter: Letter | None = None,
    limit: int = 500,
) -> Delivery:
    """Sends what waits, oldest first. A door's verb: it opens its own transactions, and none is open while it sends.

    1. Claim: push the row's next try past the lease and count the try; whoever changes the row owns it.
    2. Send, with a Message-ID that comes from the key: a repeat after a crash is recognisable.
    3. Mark it sent, or leave it for its next try, or give it up after the eighth.
    A server that is not there costs no try and ends the round.
    """
    sent = retried = given_up = 0
    try:
        for notice in _due(store, at, limit):
            with store.act() as db:
                if not _claim(db, notice, at):
                    continue
                address = _address(db, notice, key)
                body = letter(db, notice) if letter is not None and notice.person_id is None else None
            try:
                if address is None:
                    raise Undeliverable("no address")
                proof = transport.send(_message(notice, address, transport.sender, link, body))
            except Down:
                with store.act() as db:
                    # behind the others, so that a mail that breaks the connection does not hold the queue
                    _settle(db, notice, next_try_at=at + timedelta(minutes=1), tries=notice.tries)
                return Delivery(sent, retried, given_up, down=True)
            except Undeliverable:
                tries = notice.tries + 1
                over = address is None or tries >= MOST_TRIES
                with store.act() as db:
                    _settle(db, notice, state="dead") if over else _settle(db, notice, next_try_at=at + _pause(tries))
                given_up, retried = given_up + over, retried + (not over)
            else:
                with store.act() as db:
                    _settle(db, notice, state="sent", sent_at=at, proof=proof)
                sent += 1
    finally:
        transport.close()
    return Delivery(sent, retried, given_up)


def message_id(key: str) -> str:
    """Always the same for the same notice, and nothing of the key can be read from it."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@sopflow>"


def _due(store: Store, at: datetime, limit: int) -> list[Notice]:
    with store.look() as db:
        due = sa.and_(_c.state == "waiting", _c.next_try_at <= at)
        rows = db.execute(sa.select(r.notice).where(due).order_by(_c.next_try_at, _c.id).limit(limit)).all()
    return [_notice(row) for row in rows]


def _claim(db: Connection, notice: Notice, at: datetime) -> bool:
    free = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries, _c.next_try_at <= at)
    return db.execute(sa.update(r.notice).where(free).values(tries=_c.tries + 1, next_try_at=at + LEASE)).rowcount == 1


def _settle(db: Connection, notice: Notice, **values: Any) -> None:
    """Only while the row is still as this sender claimed it: a lease that ran out belongs to the next sender."""
    mine = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries + 1)
    db.execute(sa.update(r.notice).where(mine).values(**values))


def _address(db: Connection, notice: Notice, key: vault.Key | None) -> str | None:
    if notice.person_id is not None:
        who = sa.select(r.person.c.email).where(r.person.c.id == notice.person_id, r.person.c.active)
        return db.scalar(who)
    if notice.case_id is None or key is None:
        return None
    try:
        identity = vault.read(db, notice.case_id, key)
    except (Missing, Stuck):
        return None
    return next((identity[name] for name in sorted(identity) if name.lower().endswith("email")), None)


def _message(notice: Notice, address: str, sender: str, link: str, body: str | None) -> EmailMessage:
    """Only these facts leave the house: number, step, due, level; and to the petitioner the letter that is for them."""
    if not is_address(address):
        raise Undeliverable("bad address")
    number = str(notice.facts.get("number", ""))
    about = KINDS[notice.kind]
    message = EmailMessage()
    message["From"] = sender
    try:
        message["To"] = address
        message["Subject"] = f"[sopflow] {about}{f'：{number}' if number else ''}"
    except ValueError:  # a line break in it
        raise Undeliverable("bad header") from None
    message["Message-ID"] = message_id(notice.key)
    message["Date"] = notice.at.astimezone(OFFICE_ZONE)
    lines = [f"{about}。"]
    lines += [f"案件編號：{number}"] if number else []
    lines += [f"步驟：{notice.facts['step']}"] if notice.facts.get("step") and notice.person_id else []
    lines += [f"期限：{notice.facts['due']}"] if notice.facts.get("due") else []
    lines += [f"{link.rstrip('/')}/cases/{number}"] if link and number and notice.person_id else []
    lines += ["", body] if body else []
    message.set_content("\n".join([*lines, "", "此信由系統寄出，請勿直接回覆。", ""]))
    return message


def _pause(tries: int) -> timedelta:
    return min(timedelta(minutes=2 ** (tries - 1)), LONGEST_PAUSE)


def _read(db: Connection, *where: sa.ColumnElement[bool], limit: int) -> list[Notice]:
    rows = db.execute(sa.select(r.notice).where(*where).order_by(_c.at.desc(), _c.id.desc()).limit(limit))
    return [_notice(row) for row in rows]


def _notice(row: Any) -> Notice:
    return Notice(*(getattr(row, name) for name in Notice.__slots__))
