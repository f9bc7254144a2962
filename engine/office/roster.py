"""The people as a list: found by name or account, by unit, by how their account stands. Three queries a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid, Missing
from engine.office import people
from engine.office import records as r
from engine.office.accounts import IDLE, LONGEST
from engine.office.people import office_day
from engine.store import Connection

__all__ = ["STATES", "accounts", "named", "one", "page", "seats_of_units"]

STATES = ("active", "closed", "locked", "admin", "all")
_p, _v, _l = r.person.c, r.sign_in.c, r.one_time_link.c
_LAST = sa.select(sa.func.max(_v.at)).where(_v.person_id == _p.id).correlate(r.person).scalar_subquery()
_COLUMNS = (
    _p.id, _p.account, _p.name, _p.email, _p.admin, _p.active, _p.failed, _p.locked_until, _p.created_at,
    _p.password_hash.is_not(None).label("has_password"), _LAST.label("last_sign_in"),
)  # fmt: skip


def page(
    db: Connection, *, at: datetime, words: str = "", unit: str = "", state: str = "active", number: int = 1,
    size: int = 50,
) -> tuple[list[Mapping[str, Any]], int]:  # fmt: skip
    """One page of people and how many there are on all; by account."""
    query = sa.select(*_COLUMNS, sa.func.count().over().label("total"))
    for word in words.split()[:5]:
        query = query.where(
            sa.or_(_p.account.contains(word, autoescape=True), _p.name.contains(word, autoescape=True))
        )  # fmt: skip
    if unit:
        here = sa.select(r.membership.c.person_id).where(
            r.membership.c.unit_id == unit, people.valid_on(office_day(at))
        )
        query = query.where(_p.id.in_(here))
    chosen = {
        "active": _p.active, "closed": ~_p.active, "admin": sa.and_(_p.active, _p.admin),
        "locked": sa.and_(_p.active, _p.locked_until > at),
    }  # fmt: skip
    if state in chosen:
        query = query.where(chosen[state])
    rows = db.execute(query.order_by(_p.account).limit(size).offset((number - 1) * size)).mappings()
    found: list[Mapping[str, Any]] = [dict(row) for row in rows]
    return found, found[0]["total"] if found else 0


def one(db: Connection, person_id: int, at: datetime) -> Mapping[str, Any]:
    """One person, also one who has left; with how many visits are alive. Raises Missing."""
    alive = (
        sa.select(sa.func.count())
        .where(_v.person_id == _p.id, _v.ended_at.is_(None), _v.seen_at > at - IDLE, _v.at > at - LONGEST)
        .correlate(r.person)
        .scalar_subquery()
    )
    linked = sa.exists().where(_l.person_id == _p.id, _l.used_at.is_(None), _l.expires_at > at)
    row = db.execute(
        sa.select(*_COLUMNS, alive.label("visits"), linked.label("linked")).where(_p.id == person_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("person_missing", "查無此人員。")
    return dict(row)


def named(db: Connection, words: str) -> int:
    """The one active person of this account or name. Invalid when there is none, or more than one."""
    found = people.find(db, words)
    exact = [row for row in found if words.strip() in (row["account"], row["name"])] or found
    if len(exact) == 1:
        return int(exact[0]["id"])
    if not exact:
        sentence = "查無此人員，請填帳號或完整姓名。"
    else:
        names = "、".join(f"{row['name']}（{row['account']}）" for row in exact[:5])
        sentence = f"符合的人員不只一位：{names}；請填帳號。"
    raise Invalid("person", sentence, fields={"person": sentence})


def accounts(db: Connection) -> dict[str, str]:
    """The name of every account, by when it was made."""
    return {row.account: row.name for row in db.execute(sa.select(_p.account, _p.name).order_by(_p.id))}


def seats_of_units(db: Connection, at: datetime) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Of every unit how many sit in it, and who leads it by name."""
    m = r.membership.c
    rows = db.execute(
        sa.select(m.unit_id, _p.id, _p.name, m.role_id)
        .join(r.person, _p.id == m.person_id)
        .where(_p.active, people.valid_on(office_day(at)))
        .order_by(m.unit_id, _p.id)
    )
    found: dict[str, tuple[set[int], dict[str, None]]] = {}
    for row in rows:
        ids, chiefs = found.setdefault(row.unit_id, (set(), {}))
        ids.add(row.id)
        if row.role_id in people.CHIEF_ROLES:
            chiefs[row.name] = None
    return {unit: (len(ids), tuple(chiefs)) for unit, (ids, chiefs) in found.items()}
