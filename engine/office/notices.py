"""Notices: what people are told. Written in the act's own transaction, read on the desk, mailed later.

A notice's key is unique: the same thing is told once however often the act is tried. Facts are numbers, step names and
dates, never an identity. Most are read on the desk and told by the next digest; what is urgent is mailed at once, after
the quiet hours; letters to petitioners are always mailed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from engine.errors import Invalid, Missing, Stuck
from engine.office import journal, mail_hold, mail_server, people, quiet, vault, wording
from engine.office import records as r
from engine.office.mail import Down, Transport, Unanswered, Undeliverable
from engine.office.people import office_day
from engine.office.wording import KINDS, Written, message_id
from engine.store import Connection, Id, Prepared, Store, is_storable

if TYPE_CHECKING:
    from engine.office.people import Person

__all__ = [
    "KINDS", "WHY_DEAD", "Delivery", "Notice", "again", "dead", "deliver", "is_urgent", "mark_all_read", "mark_read",
    "message_id", "of", "of_case", "post", "unread", "why_dead",
]  # fmt: skip

log = logging.getLogger(__name__)

MOST_TRIES = 8
LONGEST_TEMPORARY = timedelta(days=3)  # how long a server may go on saying "later"
LEASE = timedelta(minutes=15)  # a sender that died gives its mail back after this
LONGEST_PAUSE = timedelta(minutes=15)
URGENT_LEVEL = 2  # escalations from this level on are mailed at once
#: why a mail was given up, by its code
WHY_DEAD: Mapping[str, str] = {
    "no_address": "沒有登錄電子郵件地址。",
    "bad_address": "電子郵件地址不能使用。",
    "bad_header": "信件的標題不能使用。",
    "unwritable": "郵件伺服器不接受這個地址或內容。",
    "refused": "郵件伺服器多次拒收，地址可能不存在。",
    "not_composed": "信件內容無法產生。",
    "unanswered": "郵件伺服器每次收了信都沒有回答，可能已經寄達。",
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
    urgent: bool


#: what a letter to a petitioner says beyond its heading; read at the moment of sending, kept nowhere
Letter = Callable[[Connection, Notice], "str | Written | None"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of ``deliver`` did; ``down``: the mail server was not there; ``held``: nothing may leave."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    down: bool = False
    held: bool = False


_c = r.notice.c
_TOLD = (
    "key", "person_id", "case_id", "kind", "level", "facts", "at", "channel", "state", "next_try_at", "tries", "urgent",
    "read_at",
)  # fmt: skip
_SAID = [sa.bindparam(name, type_=_c[name].type) for name in _TOLD]
#: whoever is excluded from a case is told nothing of it, whoever asks for the telling
_EXCLUDED = sa.select(r.exclusion.c.person_id).where(
    r.exclusion.c.case_id == sa.bindparam("of_case", type_=Id),
    r.exclusion.c.person_id == sa.bindparam("of_person", type_=Id),
)
_KEPT_AWAY = sa.exists(_EXCLUDED)
_POST = Prepared(
    {
        name: dialect.insert(r.notice)
        .from_select(list(_TOLD), sa.select(*_SAID).where(~_KEPT_AWAY))
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(_c.id)
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
    urgent: bool | None = None,
) -> int | None:
    """Puts one notice in the outbox; None if that key was posted before, or to somebody excluded from the case.

    ``to`` None is the case's petitioner.

    ``urgent`` None: as ``is_urgent`` has it. What is urgent is mailed too, whatever the channel.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of notice: {kind}")
    if channel not in ("desk", "mail"):
        raise ValueError(f"unknown channel: {channel}")
    if not is_storable([key, facts]):
        raise Invalid("text_bad", "文字含有無法儲存的字元。")
    if urgent is None:
        urgent = to is not None and channel == "desk" and is_urgent(kind, level, facts, at)
    mailed = channel == "mail" or urgent
    row = {
        "key": key, "person_id": to, "case_id": case_id, "kind": kind, "level": level, "facts": dict(facts), "at": at,
        "channel": "mail" if mailed else "desk", "state": "waiting" if mailed else "none",
        "next_try_at": at if mailed else None, "tries": 0, "urgent": urgent,
        "read_at": at if kind == "digest" else None,  # it only repeats what is on the desk
    }  # fmt: skip
    posted: int | None = _POST.scalar(db, **row, of_case=case_id, of_person=to)
    return posted


def is_urgent(kind: str, level: int, facts: Mapping[str, Any], at: datetime) -> bool:
    """An escalation of the second level or above, what is due on the very day, and new work that is late already.

    Not what rang late because the clock was down, nor a level that a higher one has overtaken: the digest tells those.
    """
    if facts.get("late") or facts.get("overtaken"):
        return False
    if kind == "escalation" and level >= URGENT_LEVEL:
        return True
    try:
        due = datetime.fromisoformat(str(facts.get("due", "")))
    except ValueError:
        return False
    if due.tzinfo is None:
        return False
    return office_day(due) <= office_day(at) if kind == "assigned" else office_day(due) == office_day(at)


def unread(db: Connection, who: Person) -> int:
    """How many notices wait to be read."""
    mine = sa.and_(_c.person_id == who.id, _c.read_at.is_(None), people.not_excluded(who, _c.case_id))
    return int(db.execute(sa.select(sa.func.count()).select_from(r.notice).where(mine)).scalar_one())


def of(db: Connection, who: Person, *, only_unread: bool = False, limit: int = 200) -> list[Notice]:
    """The person's notices, newest first; not the digests, which only repeat them."""
    mine = [_c.person_id == who.id, _c.kind != "digest", people.not_excluded(who, _c.case_id)]
    mine += [_c.read_at.is_(None)] if only_unread else []
    return _read(db, *mine, limit=limit)


def of_case(db: Connection, case_id: int, limit: int = 1000) -> list[Notice]:
    return _read(db, _c.case_id == case_id, limit=limit)


def dead(db: Connection, *, who: Person, limit: int = 200) -> list[Notice]:
    """Mails given up, newest first: somebody has to reach these people another way.

    Of no case that ``who`` is excluded from.
    """
    return _read(db, _c.state == "dead", people.not_excluded(who, _c.case_id), limit=limit)


def why_dead(notice: Notice) -> str:
    """Why a mail was given up, in a sentence."""
    code = (notice.proof or "").partition("_")[0] if (notice.proof or "").startswith("refused_") else notice.proof
    return WHY_DEAD.get(code or "", WHY_DEAD["refused"])


def mark_read(db: Connection, notice_id: int, *, who: Person, at: datetime) -> None:
    """Reading twice keeps the first time. Somebody else's notice does not exist for you."""
    mine = sa.and_(_c.id == notice_id, _c.person_id == who.id, people.not_excluded(who, _c.case_id))
    if db.scalar(sa.select(_c.id).where(mine)) is None:
        raise Missing("notice_missing", "查無此通知。")
    db.execute(sa.update(r.notice).where(mine, _c.read_at.is_(None)).values(read_at=at))


def mark_all_read(db: Connection, *, who: Person, at: datetime, up_to: int | None = None) -> int:
    """Everything unread is read, up to the notice that was the newest when the page was shown; how many were."""
    mine = [_c.person_id == who.id, _c.read_at.is_(None), *([_c.id <= up_to] if up_to is not None else [])]
    marked: int = db.execute(sa.update(r.notice).where(*mine).values(read_at=at)).rowcount
    return marked


def again(db: Connection, notice_id: int, *, who: Person, at: datetime) -> None:
    """A mail that was given up is tried once more from the beginning, by an administrator who mended why it failed."""
    people.require(db, who, "manage_settings")
    given_up = sa.and_(_c.id == notice_id, _c.state == "dead")
    fresh = {"state": "waiting", "tries": 0, "next_try_at": at, "proof": None}
    if db.execute(sa.update(r.notice).where(given_up).values(**fresh)).rowcount != 1:
        raise Missing("notice_missing", "查無此通知。")
    journal.write(
        db, subject="office", verb="notices.again", who=who, at=at, act_id=journal.new_act(),
        effects={"notice": notice_id},
    )  # fmt: skip


# -- delivery --------------------------------------------------------------------------------------------------------


def deliver(
    store: Store,
    *,
    at: datetime,
    transport: Transport,
    key: vault.Key | None = None,
    link: str = "",
    letter: Letter | None = None,
    limit: int = 500,
    is_working: quiet.WorkingDay | None = None,
) -> Delivery:
    """Sends what waits, oldest first. A door's verb: it opens its own transactions, and none is open while it sends.

    1. What is urgent waits for the end of the quiet hours (with ``is_working``: which days are worked).
    2. Claim: push the row's next try past the lease and count the try; whoever changes the row owns it.
    3. Send, with a Message-ID that comes from the key: a repeat after a crash is recognisable.
    4. Mark it sent, or leave it for its next try, or give it up after the eighth.
    A server that is not there costs no try and ends the round; since when is kept (``mail_server``). In a database put
    back from a copy nothing is sent until it is released (``mail_hold``).
    """
    with store.look() as db:
        if mail_hold.since(db) is not None:
            return Delivery(held=True)
        rules = quiet.rules(db)
    silence = quiet.quiet_until(rules, at, is_working) if is_working is not None else None
    sent = retried = given_up = 0
    try:
        for notice in _due(store, at, limit):
            if (notice.urgent and _waits(store, notice, rules, silence)) or _kept_away(store, notice):
                continue
            with store.act() as db:
                if not _claim(db, notice, at):
                    continue
            try:
                mail = _composed(store, notice, key, link, letter, rules.language, transport.sender)
                proof = transport.send(mail)
            except Unanswered as silent:  # it may have left: a person must not get it again every minute
                over = _refused(store, notice, Undeliverable("unanswered"), at)
                return _down(store, at, silent, Delivery(sent, retried + (not over), given_up + over, down=True))
            except Down as away:
                with store.act() as db:
                    # behind the others, so that a mail that breaks the connection does not hold the queue
                    _settle(db, notice, next_try_at=at + timedelta(minutes=1), tries=notice.tries)
                return _down(store, at, away, Delivery(sent, retried, given_up, down=True))
            except Undeliverable as refusal:
                over = _refused(store, notice, refusal, at)
                given_up, retried = given_up + over, retried + (not over)
            else:
                with store.act() as db:
                    _settle(db, notice, state="sent", sent_at=at, proof=proof)
                sent += 1
    finally:
        transport.close()
    if sent or retried or given_up:  # it answered
        with store.act() as db:
            mail_server.answered(db)
    return Delivery(sent, retried, given_up)


def _down(store: Store, at: datetime, why: Down, done: Delivery) -> Delivery:
    with store.act() as db:
        mail_server.failed(db, str(why), at)
    return done


def _due(store: Store, at: datetime, limit: int) -> list[Notice]:
    with store.look() as db:
        due = sa.and_(sa.text("state = 'waiting'"), _c.next_try_at <= at)
        rows = db.execute(sa.select(r.notice).where(due).order_by(_c.next_try_at, _c.id).limit(limit)).all()
    return [_notice(row) for row in rows]


def _waits(store: Store, notice: Notice, rules: quiet.Rules, silence: datetime | None) -> bool:
    """Put off what is urgent until the quiet hours end; nobody is mailed about what they have read meanwhile."""
    through = notice.kind == "escalation" and rules.through is not None and notice.level >= rules.through
    if notice.read_at is not None:
        change: dict[str, Any] = {"state": "none", "next_try_at": None}
    elif silence is not None and not through and notice.kind != "incident":
        change = {"next_try_at": silence}
    else:
        return False
    untouched = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries)
    with store.act() as db:
        db.execute(sa.update(r.notice).where(untouched).values(**change))
    return True


def _kept_away(store: Store, notice: Notice) -> bool:
    """Who was excluded from the case after the notice was posted is mailed nothing of it either."""
    if notice.person_id is None or notice.case_id is None:
        return False
    with store.look() as db:
        excluded = db.scalar(_EXCLUDED, {"of_case": notice.case_id, "of_person": notice.person_id}) is not None
    if excluded:
        with store.act() as db:
            mine = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries)
            db.execute(sa.update(r.notice).where(mine).values(state="none", next_try_at=None))
    return excluded


def _claim(db: Connection, notice: Notice, at: datetime) -> bool:
    free = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries, _c.next_try_at <= at)
    return db.execute(sa.update(r.notice).where(free).values(tries=_c.tries + 1, next_try_at=at + LEASE)).rowcount == 1


def _composed(
    store: Store, notice: Notice, key: vault.Key | None, link: str, letter: Letter | None, language: str, sender: str
) -> EmailMessage:
    """The mail and its address. One that cannot be composed must not stand in the way of the others."""
    try:
        with store.look() as db:
            address, own = _address(db, notice, key)
            body = letter(db, notice) if letter is not None and notice.person_id is None else None
        if address is None:
            raise Undeliverable("no_address")
        return wording.message(notice, address, sender, link=link, body=body, language=own or language)
    except (Undeliverable, OperationalError):
        raise
    except Exception as failure:
        log.error("notice %s cannot be composed: %s", notice.id, type(failure).__name__)
        raise Undeliverable("not_composed") from failure


def _refused(store: Store, notice: Notice, refusal: Undeliverable, at: datetime) -> bool:
    """Try again later, or give it up; True when given up."""
    tries = notice.tries + 1
    over = at - notice.at > LONGEST_TEMPORARY if refusal.for_now else tries >= MOST_TRIES
    over = over or refusal.why == "no_address"
    with store.act() as db:
        if over:
            _settle(db, notice, state="dead", proof=refusal.why)
        else:
            _settle(db, notice, next_try_at=at + _pause(tries))
    return over


def _settle(db: Connection, notice: Notice, **values: Any) -> None:
    """Only while the row is still as this sender claimed it: a lease that ran out belongs to the next sender."""
    mine = sa.and_(_c.id == notice.id, _c.state == "waiting", _c.tries == notice.tries + 1)
    db.execute(sa.update(r.notice).where(mine).values(**values))


def _address(db: Connection, notice: Notice, key: vault.Key | None) -> tuple[str | None, str | None]:
    """Where to, and the language the person chose."""
    if notice.person_id is not None:
        active = sa.select(r.person.c.email, r.person.c.language).where(r.person.c.id == notice.person_id)
        found = db.execute(active.where(r.person.c.active)).first()
        return (None, None) if found is None else (found.email, found.language)
    if notice.case_id is None or key is None:
        return None, None
    try:
        identity = vault.read(db, notice.case_id, key)
    except (Missing, Stuck):
        return None, None
    return next((identity[name] for name in sorted(identity) if name.lower().endswith("email")), None), "zh"


def _pause(tries: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)


def _read(db: Connection, *where: sa.ColumnElement[bool], limit: int) -> list[Notice]:
    rows = db.execute(sa.select(r.notice).where(*where).order_by(_c.at.desc(), _c.id.desc()).limit(limit))
    return [_notice(row) for row in rows]


def _notice(row: Any) -> Notice:
    return Notice(*(getattr(row, name) for name in Notice.__slots__))
