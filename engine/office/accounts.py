"""Accounts: passwords, one-time links, signing in and staying signed in.

Only digests are stored: argon2id of passwords, SHA-256 of the random tokens of links and visits. No verb says whether
an account exists. Five wrong passwords lock an account for fifteen minutes; the count is in the database and the
refusal is *remembered*, so ``Store.act`` commits it although it raises.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import argon2
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import journal, notices, people, staffing
from engine.office import records as r
from engine.office.mail import is_address
from engine.office.people import SYSTEM, Person
from engine.store import Connection, is_storable, printable

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: how long a password counts as just typed, for what a borrowed or stolen visit must not do
PROVED_FOR = timedelta(minutes=15)
TOUCH_EVERY = timedelta(minutes=1)
FIRST_LINK_LASTS = timedelta(hours=72)
LINK_LASTS = timedelta(minutes=30)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256

# OWASP's smaller setting: the account's row is held while it runs, and SQLite has one writer
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: of a password nobody ever read; written down, because to make one costs every command a tenth of its start
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$rUgzxnzRiDKCAfEPLlYm+A$DOmy3m77YlV6ruOM7G0eAytUpViLvvS1817in+DP1fQ"
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
#: what most guessed passwords hold, typed in any case
_COMMON = (
    "password", "passw0rd", "p@ssw", "sopflow", "qwerty", "asdfgh", "zxcvbn", "1q2w3e", "qazwsx", "123456", "234567",
    "987654", "654321", "abcdef", "letmein", "admin", "welcome", "changeme", "iloveyou", "taiwan", "default", "secret",
    "ji32k7", "su3cl3",  # 我的密碼 and 你好, as one types them on a Taiwanese keyboard
)  # fmt: skip
_person, _visit, _link = r.person.c, r.sign_in.c, r.one_time_link.c


class SignInRefused(NotAllowed):
    remembered = True

    def __init__(self) -> None:
        super().__init__("sign_in_refused", "帳號或密碼不正確；連續錯誤五次會鎖定十五分鐘。")


# -- signing in ------------------------------------------------------------------------------------------------------


def sign_in(db: Connection, account: str, password: str, at: datetime) -> str:
    """The token of a new visit, for the browser's cookie. Raises ``SignInRefused``, always the same sentence."""
    known = is_storable([account, password]) and len(account) <= 64 and len(password) <= LONGEST_PASSWORD
    row = _locked_row(db, _person.account == account) if known else None
    locked = row is not None and row.locked_until is not None and row.locked_until > at
    if row is None or locked or not row.active or row.password_hash is None:
        _matches(_NOBODY, password if known else "")  # as slow as a wrong password
        raise SignInRefused()
    if not _matches(row.password_hash, password):
        failed = row.failed + 1
        lock = failed >= MOST_FAILURES
        _change(db, row.id, failed=0 if lock else failed, locked_until=at + LOCKED_FOR if lock else None)
        _note(db, row.id, "sign_in.refused", SYSTEM, at, locked=lock)
        raise SignInRefused()
    _change(db, row.id, failed=0, locked_until=None)
    if _hasher.check_needs_rehash(row.password_hash):
        _change(db, row.id, password_hash=_hasher.hash(password))
    _note(db, row.id, "sign_in", people.get(db, row.id, at), at)
    return _begin_visit(db, row.id, at)


def _begin_visit(db: Connection, person_id: int, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    db.execute(sa.insert(r.sign_in), {"digest": _digest(token), "person_id": person_id, "at": at, "seen_at": at})
    return token


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is behind a token. ``unnoted``: a minute has passed since the visit was last noted as alive; ``fresh``: they
    came in less than a minute ago. ``proved``: they typed their password in the last quarter of an hour."""

    person: Person
    unnoted: bool
    fresh: bool = False
    language: str | None = None
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What somebody who just came in should know: when they were here before, and wrong passwords since."""

    at: datetime | None
    refused: int


def visit(db: Connection, token: str, at: datetime) -> Visit | None:
    """The visit behind a token; None when it ended, sat idle for 30 minutes or is 12 hours old. Writes nothing."""
    row = db.execute(
        sa.select(_visit.person_id, _visit.seen_at, _visit.at, _person.language)
        .join(r.person, _person.id == _visit.person_id)
        .where(
            _visit.digest == _digest(token), _visit.ended_at.is_(None), _person.active,
            _visit.seen_at > at - IDLE, _visit.at > at - LONGEST,
        )
    ).first()  # fmt: skip
    if row is None:
        return None
    return Visit(
        people.get(db, row.person_id, at), at - row.seen_at >= TOUCH_EVERY, at - row.at < TOUCH_EVERY, row.language,
        at - row.at < PROVED_FOR,
    )  # fmt: skip


def before(db: Connection, token: str, who: Person) -> Before:
    """The person's last coming in before this visit."""
    now = sa.select(_visit.at).where(_visit.digest == _digest(token)).scalar_subquery()
    last = db.scalar(
        sa.select(sa.func.max(_visit.at)).where(
            _visit.person_id == who.id, _visit.digest != _digest(token), _visit.at <= now
        )
    )
    refused = sa.select(sa.func.count()).where(
        r.entry.c.subject == f"person:{who.id}", r.entry.c.verb == "sign_in.refused", r.entry.c.at <= now
    )
    if last is not None:
        refused = refused.where(r.entry.c.at > last)
    return Before(last, int(db.scalar(refused) or 0))


def visits(db: Connection, who: Person, at: datetime) -> int:
    """How many visits of this person are alive, the one that asks among them."""
    alive = (_visit.ended_at.is_(None), _visit.seen_at > at - IDLE, _visit.at > at - LONGEST)
    return int(db.scalar(sa.select(sa.func.count()).where(_visit.person_id == who.id, *alive)) or 0)


def keep_alive(db: Connection, token: str, at: datetime) -> None:
    """The visit was used at ``at``."""
    alive = sa.and_(_visit.digest == _digest(token), _visit.seen_at < at)
    db.execute(sa.update(r.sign_in).where(alive).values(seen_at=at))


def sign_out(db: Connection, token: str, at: datetime) -> None:
    """Ends one visit; an unknown or ended one in silence."""
    ended = db.execute(
        sa.update(r.sign_in).where(_visit.digest == _digest(token), _visit.ended_at.is_(None))
        .values(ended_at=at).returning(_visit.person_id)
    ).scalar_one_or_none()  # fmt: skip
    if ended is not None:
        _note(db, ended, "sign_out", _who(db, ended), at)


# -- passwords -------------------------------------------------------------------------------------------------------


def change_password(db: Connection, who: Person, old: str, new: str, at: datetime) -> str:
    """One's own password. Ends every visit and begins a new one, whose token is returned.

    A wrong old password counts like a wrong sign-in.
    """
    row = _demand_own(db, who, old, at)
    if old == new:
        raise Invalid("password_same", "新密碼不可與舊密碼相同。", fields={"new": "新密碼不可與舊密碼相同。"})
    _demand_good(new, row.account)
    _change(db, row.id, password_hash=_hasher.hash(new), failed=0, locked_until=None)
    _end_visits(db, row.id, at)
    _note(db, row.id, "password.change", who, at)
    return _begin_visit(db, row.id, at)


def prove(db: Connection, token: str, password: str, *, who: Person, at: datetime) -> None:
    """It is still they who sit there: the visit counts as begun now. A wrong password counts like a wrong sign-in."""
    row = _demand_own(db, who, password, at)
    _change(db, row.id, failed=0)
    same = sa.and_(_visit.digest == _digest(token), _visit.person_id == row.id, _visit.ended_at.is_(None))
    db.execute(sa.update(r.sign_in).where(same).values(at=at, seen_at=at))
    _note(db, row.id, "sign_in.again", who, at)


def set_password(db: Connection, account: str, password: str, *, who: Person, at: datetime) -> None:
    """For a demonstration's random passwords. People get a ``link`` instead, so that nobody else knows theirs."""
    people.require(db, who, "manage_accounts")
    row = _known_row(db, account)
    _demand_good(password, account)
    _change(db, row.id, password_hash=_hasher.hash(password), failed=0, locked_until=None)
    _end_visits(db, row.id, at)
    _note(db, row.id, "password.set", who, at)


def without_password(db: Connection) -> frozenset[str]:
    """The accounts nobody can sign in with yet."""
    return frozenset(db.scalars(sa.select(_person.account).where(_person.active, _person.password_hash.is_(None))))


# -- accounts --------------------------------------------------------------------------------------------------------


def add(
    db: Connection,
    account: str,
    *,
    who: Person,
    at: datetime,
    name: str | None = None,
    email: str | None = None,
    memberships: Iterable[tuple[str, str]] = (),
    admin: bool = False,
) -> str:
    """A new account; returns the token of the one-time link (72 hours) with which its owner sets a password.

    What needs two people (``staffing.needs_two``, administration) only the operator at the machine gives here.
    """
    people.require(db, who, "manage_accounts")
    seats = sorted(set(memberships))
    if not who.is_system and (admin or any(staffing.needs_two(*seat) for seat in seats)):
        raise NotAllowed("four_eyes", "這項職務要由另一位人員核定：請先新增帳號，再為他提出申請。")
    wrong: dict[str, str] = {}
    if not _ACCOUNT.fullmatch(account):
        wrong["account"] = "帳號只能用小寫英文、數字、點、底線、連字號，2 至 64 個字。"
    elif db.scalar(sa.select(_person.id).where(_person.account == account)) is not None:
        raise Conflict("account_taken", f"帳號 {account} 已有人使用。")
    if not is_storable([name or "", email or ""]) or len(name or "") > 100:
        wrong["name"] = "姓名最多 100 個字，不可含無法儲存的字元。"
    if email is not None and not is_address(email):
        wrong["email"] = "電子郵件地址的格式不正確。"
    for unit, role in seats:
        if not is_storable([unit, role]) or db.scalar(sa.select(r.unit.c.id).where(r.unit.c.id == unit)) is None:
            wrong["unit"] = f"查無此單位：{printable(unit)}。"
        elif db.scalar(sa.select(r.role.c.id).where(r.role.c.id == role)) is None:
            wrong["role"] = f"查無此角色：{printable(role)}。"
    if wrong:
        raise Invalid("account_bad", "帳號資料有誤。", fields=wrong)
    row = {"account": account, "name": name or account, "email": email, "admin": admin, "active": True, "failed": 0}
    person_id = db.execute(sa.insert(r.person).returning(_person.id), {**row, "created_at": at}).scalar_one()
    if seats:
        rows = [{"person_id": person_id, "unit_id": unit, "role_id": role} for unit, role in seats]
        db.execute(sa.insert(r.membership), rows)
    _note(db, person_id, "account.add", who, at, memberships=[f"{role}@{unit}" for unit, role in seats], admin=admin)
    return _new_link(db, person_id, at + FIRST_LINK_LASTS)


def link(db: Connection, account: str, *, who: Person, at: datetime) -> str:
    """A one-time link (30 minutes) for somebody who forgot the password; links given before stop working.

    Never for oneself: whoever sits at an unlocked desk would take the account over. The owner is told.
    """
    people.require(db, who, "manage_accounts")
    row = _known_row(db, account)
    _demand_other(row, who, "不能為自己發出密碼連結；請用變更密碼，或由另一位管理者發出。")
    _tell_owner(db, row.id, "link", who, at)
    db.execute(sa.update(r.one_time_link).where(_link.person_id == row.id, _link.used_at.is_(None)).values(used_at=at))
    _note(db, row.id, "account.link", who, at)
    return _new_link(db, row.id, at + LINK_LASTS)


def behind_link(db: Connection, token: str, at: datetime) -> str:
    """Whose account a one-time link is for, as long as it can be used."""
    account = db.scalar(sa.select(_person.account).join(r.one_time_link, _link.person_id == _person.id)
                        .where(_usable(token, at), _person.active))  # fmt: skip
    if account is None:
        raise Missing("link_missing", "此連結已使用過、已逾期或不存在。")
    return str(account)


def redeem(db: Connection, token: str, password: str, at: datetime) -> Person:
    """Sets the password of whoever holds the link, once. Ends their visits and unlocks the account."""
    usable = _usable(token, at)
    person_id = db.scalar(sa.select(_link.person_id).where(usable))
    row = None if person_id is None else _locked_row(db, _person.id == person_id)
    if row is None or not row.active:
        raise Missing("link_missing", "此連結已使用過、已逾期或不存在。")
    _demand_good(password, row.account)
    if db.execute(sa.update(r.one_time_link).where(usable).values(used_at=at)).rowcount != 1:
        raise Missing("link_missing", "此連結已使用過、已逾期或不存在。")
    _change(db, row.id, password_hash=_hasher.hash(password), failed=0, locked_until=None)
    _end_visits(db, row.id, at)
    person = people.get(db, row.id, at)
    _note(db, row.id, "account.redeem", person, at)
    return person


def unlock(db: Connection, account: str, *, who: Person, at: datetime) -> None:
    """A locked account may try again at once; never one's own."""
    people.require(db, who, "manage_accounts")
    row = _known_row(db, account)
    _demand_other(row, who, "不能解除自己的鎖定；請由另一位管理者辦理，或等鎖定時間過去。")
    if not row.failed and (row.locked_until is None or row.locked_until <= at):
        raise NotNow("not_locked", "這個帳號沒有鎖定。")
    _change(db, row.id, failed=0, locked_until=None)
    _note(db, row.id, "account.unlock", who, at)


def end_visits(db: Connection, account: str, *, who: Person, at: datetime, keep: str | None = None) -> int:
    """Signs a person out everywhere: by themselves (``keep``: but here) or by an administrator. How many visits."""
    row = _known_row(db, account)
    if row.id != who.id:
        people.require(db, who, "manage_accounts")
    ended = _end_visits(db, row.id, at, keep=keep)
    _note(db, row.id, "sign_out.everywhere", who, at, visits=ended)
    return ended


def set_active(
    db: Connection, account: str, active: bool, *, who: Person, at: datetime, act_id: str | None = None
) -> None:
    """Closes or opens an account; closing ends its visits and links at once."""
    people.require(db, who, "manage_accounts")
    row = _known_row(db, account)
    if row.id == who.id and not active:
        raise NotAllowed("own_account", "不能停用自己的帳號。")
    if not active and people.administrators(db) == [row.id]:
        raise NotAllowed("last_admin", "這是最後一位系統管理者，請先核定另一位。")
    if row.active == active:
        return  # the form was sent twice
    _change(db, row.id, active=active)
    if not active:
        _end_visits(db, row.id, at)
        unused = sa.and_(_link.person_id == row.id, _link.used_at.is_(None))
        db.execute(sa.update(r.one_time_link).where(unused).values(used_at=at))
    journal.write(
        db, subject=f"person:{row.id}", verb="account.open" if active else "account.close", who=who, at=at,
        act_id=act_id or journal.new_act(),
    )  # fmt: skip


# -- below -----------------------------------------------------------------------------------------------------------


def _demand_own(db: Connection, who: Person, password: str, at: datetime) -> Any:
    """The row of whoever types their own password again, held until the act ends."""
    row = _locked_row(db, _person.id == who.id)
    if row is None or row.password_hash is None:
        raise NotAllowed("no_password", "此帳號沒有密碼，不能這樣做。")
    if row.locked_until is not None and row.locked_until > at:
        raise SignInRefused()
    if not is_storable(password) or len(password) > LONGEST_PASSWORD or not _matches(row.password_hash, password):
        failed = row.failed + 1
        lock = failed >= MOST_FAILURES
        _change(db, row.id, failed=0 if lock else failed, locked_until=at + LOCKED_FOR if lock else None)
        _note(db, row.id, "password.refused", who, at, locked=lock)
        raise SignInRefused()
    return row


def _demand_good(password: str, account: str) -> None:
    sentence = None
    plain = unicodedata.normalize("NFKC", password).casefold()
    if not is_storable(password) or len(password) > LONGEST_PASSWORD:
        sentence = f"密碼最多 {LONGEST_PASSWORD} 個字，不可含無法儲存的字元。"
    elif len(password) < SHORTEST_PASSWORD:
        sentence = f"密碼至少 {SHORTEST_PASSWORD} 個字。"
    elif len(set(plain)) < 5 or account.casefold() in plain or any(word in plain for word in _COMMON):
        sentence = "密碼太容易猜，請勿包含帳號或常見字串。"
    elif _repeats(plain):
        sentence = "密碼太容易猜，請勿重複同一小段。"
    if sentence:
        raise Invalid("password_weak", sentence, fields={"password": sentence})


def _repeats(text: str) -> bool:
    """One short piece over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _locked_row(db: Connection, which: sa.ColumnElement[bool]) -> Any:
    """Held until the act ends, so that tries sent at the same moment are counted one after the other."""
    return db.execute(sa.select(r.person).where(which).with_for_update()).first()


def _known_row(db: Connection, account: str) -> Any:
    row = _locked_row(db, _person.account == account) if is_storable(account) else None
    if row is None:
        raise Missing("person_missing", f"查無此人員：{printable(account)}。")
    return row


def _change(db: Connection, person_id: int, **values: Any) -> None:
    db.execute(sa.update(r.person).where(_person.id == person_id).values(**values))


def _demand_other(row: Any, who: Person, sentence: str) -> None:
    if row.id == who.id:
        raise NotAllowed("own_account", sentence)


def _tell_owner(db: Connection, person_id: int, what: str, who: Person, at: datetime) -> None:
    notices.post(
        db, key=f"account:{what}:{person_id}:{at.isoformat()}", to=person_id, case_id=None, kind="account", at=at,
        facts={"what": what, "person": who.id},
    )  # fmt: skip


def _end_visits(db: Connection, person_id: int, at: datetime, keep: str | None = None) -> int:
    others = [_visit.person_id == person_id, _visit.ended_at.is_(None)]
    if keep is not None:
        others.append(_visit.digest != _digest(keep))
    ended: int = db.execute(sa.update(r.sign_in).where(*others).values(ended_at=at)).rowcount
    return ended


def _usable(token: str, at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_link.digest == _digest(token), _link.used_at.is_(None), _link.expires_at > at)


def _new_link(db: Connection, person_id: int, expires_at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    row = {"digest": _digest(token), "person_id": person_id, "expires_at": expires_at}
    db.execute(sa.insert(r.one_time_link), row)
    return token


def _who(db: Connection, person_id: int) -> Person:
    row = db.execute(sa.select(_person.id, _person.account, _person.name).where(_person.id == person_id)).one()
    return Person(row.id, row.account, row.name)


def _note(db: Connection, person_id: int, verb: str, who: Person, at: datetime, **effects: Any) -> None:
    journal.write(
        db, subject=f"person:{person_id}", verb=verb, who=who, at=at, act_id=journal.new_act(), effects=effects
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
