"""Who holds which role in which unit, from when until when; and what needs two people.

An ordinary role an administrator gives at once. A role that opens petitioners' identities, and administration itself,
one person asks for and another grants (四眼): otherwise one administrator could make an account, give it the role and
read on. Nobody gives anything to themself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import journal, notices, people
from engine.office import records as r
from engine.office.people import CONTROL_ROLES, CONTROL_UNIT, Person, office_day
from engine.store import Connection, is_storable

__all__ = [
    "Membership", "Nomination", "decide", "end_administration", "end_membership", "give", "memberships", "needs_two",
    "nominations", "propose_administrator",
]  # fmt: skip

#: in the control office these open identities, or release what nobody else may
_SENSITIVE = CONTROL_ROLES | {"service_center"}
LONGEST_REASON = 500
_m, _n, _p = r.membership.c, r.nomination.c, r.person.c


@dataclass(frozen=True, slots=True)
class Membership:
    person_id: int
    unit_id: str
    unit_name: str
    role_id: str
    role_name: str
    since: date | None
    until: date | None

    def counts_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Nomination:
    """Asked and not decided. ``unit_id`` None: to be an administrator."""

    id: int
    person_id: int
    name: str
    unit_id: str | None
    role_id: str | None
    since: date | None
    until: date | None
    reason: str
    asked_by: int | None
    asked_at: datetime


def needs_two(unit: str, role: str) -> bool:
    """Whether a second person has to grant this."""
    return unit == CONTROL_UNIT and role in _SENSITIVE


# -- reading ---------------------------------------------------------------------------------------------------------


def memberships(db: Connection, ids: Iterable[int]) -> dict[int, list[Membership]]:
    """What these people hold, held and will hold."""
    rows = db.execute(
        sa.select(
            _m.person_id, _m.unit_id, r.unit.c.name, _m.role_id, r.role.c.name.label("role_name"), _m.since, _m.until
        )
        .join(r.unit, r.unit.c.id == _m.unit_id)
        .join(r.role, r.role.c.id == _m.role_id)
        .where(_m.person_id.in_(sorted(set(ids))))
        .order_by(_m.person_id, _m.unit_id, _m.role_id)
    )
    found: dict[int, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(Membership(*row))
    return found


def nominations(db: Connection, person_id: int | None = None) -> list[Nomination]:
    """What waits for a second person, the oldest first."""
    query = (
        sa.select(
            _n.id, _n.person_id, _p.name, _n.unit_id, _n.role_id, _n.since, _n.until, _n.reason, _n.asked_by,
            _n.asked_at,
        )
        .join(r.person, _p.id == _n.person_id)
        .where(_n.state == sa.literal_column("'asked'"))
        .order_by(_n.asked_at, _n.id)
    )  # fmt: skip
    if person_id is not None:
        query = query.where(_n.person_id == person_id)
    return [Nomination(*tuple(row)) for row in db.execute(query)]


# -- acts ------------------------------------------------------------------------------------------------------------


def give(
    db: Connection, person_id: int, unit: str, role: str, *, since: date | None, until: date | None, reason: str = "",
    who: Person, at: datetime,
) -> bool:  # fmt: skip
    """A role in a unit for a time; given again, its period is another. False: a second person has to grant it first."""
    people.require(db, who, "manage_accounts")
    person = _other(db, person_id, who)
    wrong: dict[str, str] = {}
    tree = people.units(db)
    if unit not in tree or tree[unit].ended_before(max(since or date.min, office_day(at))):
        wrong["unit"] = "請選擇仍在運作的單位。"
    if not is_storable(role) or db.scalar(sa.select(r.role.c.id).where(r.role.c.id == role)) is None:
        wrong["role"] = "請選擇角色。"
    if since is not None and until is not None and until < since:
        wrong["until"] = "最後一日不能早於第一日。"
    elif until is not None and until < office_day(at):
        wrong["until"] = "最後一日不能是過去的日子。"
    two = not wrong and needs_two(unit, role)
    if two:
        reason = _reason(reason, wrong)
    if wrong:
        raise Invalid("membership_bad", "職務資料需要修正。", fields=wrong)
    if two:
        _ask(db, person, {"unit_id": unit, "role_id": role, "since": since, "until": until}, reason, who, at)
        return False
    if not _put(db, person_id, unit, role, since, until):
        return True
    _note(db, person_id, "membership.give", who, at, seat=f"{role}@{unit}", since=_iso(since), until=_iso(until))
    _told(db, [person_id], who, at, what="role", about=person_id)
    return True


def end_membership(
    db: Connection, person_id: int, unit: str, role: str, *, last: date, who: Person, at: datetime
) -> None:
    """The role is held until that day; a last day before the first takes it back as if it had never been."""
    people.require(db, who, "manage_accounts")
    held = sa.and_(_m.person_id == person_id, _m.unit_id == unit, _m.role_id == role)
    row = db.execute(sa.select(r.membership).where(held)).first()
    if row is None:
        raise Missing("membership_missing", "查無此職務。")
    if row.until is not None and row.until <= last:
        raise NotNow("membership_over", f"這項職務已訂於 {row.until:%Y-%m-%d} 結束。")
    if last < office_day(at) - timedelta(days=1):
        raise Invalid("membership_bad", "職務資料需要修正。", fields={"last": "最後一日最早是昨天。"})
    db.execute(sa.update(r.membership).where(held).values(until=last))
    _note(db, person_id, "membership.end", who, at, seat=f"{role}@{unit}", last=last.isoformat())
    _told(db, [person_id], who, at, what="role", about=person_id)


def propose_administrator(db: Connection, person_id: int, *, reason: str, who: Person, at: datetime) -> None:
    """Asked here, granted by somebody else (``decide``)."""
    people.require(db, who, "manage_accounts")
    person = _other(db, person_id, who)
    if person.admin:
        raise NotNow("already_admin", f"{person.name}已經是系統管理者。")
    wrong: dict[str, str] = {}
    reason = _reason(reason, wrong)
    if wrong:
        raise Invalid("nomination_bad", "請說明理由。", fields=wrong)
    _ask(db, person, {"unit_id": None, "role_id": None, "since": None, "until": None}, reason, who, at)


def end_administration(db: Connection, person_id: int, *, who: Person, at: datetime) -> None:
    """No longer an administrator; never the last one."""
    people.require(db, who, "manage_accounts")
    admins = people.administrators(db)
    if person_id not in admins:
        raise NotNow("not_admin", "這個人不是系統管理者。")
    demand_another_administrator(db, person_id)
    db.execute(sa.update(r.person).where(_p.id == person_id).values(admin=False))
    _begin_anew(db, person_id, at)
    _note(db, person_id, "administrator.end", who, at)
    _told(db, [person_id, *admins], who, at, what="admin-ended", about=person_id)


def demand_another_administrator(db: Connection, person_id: int) -> None:
    """Raises NotAllowed when nobody would be left to administer the house."""
    if people.administrators(db) == [person_id]:
        raise NotAllowed("last_admin", "這是最後一位系統管理者，請先核定另一位。")


def decide(
    db: Connection, nomination_id: int, *, granted: bool, who: Person, at: datetime
) -> Nomination:  # fmt: skip
    """Granted or refused by a second person: an administrator or the chief of the control office; neither who asked
    nor whom it is for."""
    found = next((one for one in nominations(db) if one.id == nomination_id), None)
    people.require(db, who, "decide_nomination")
    if found is None:
        raise Missing("nomination_missing", "這項申請不存在，或已經決定。")
    if who.id in (found.asked_by, found.person_id) or found.asked_by in who.ids or found.person_id in who.ids:
        raise NotAllowed("four_eyes", "必須由另一位人員核定，不能核定自己提出或給自己（或所代理的人）的申請。")
    state = {"state": "granted" if granted else "refused", "decided_by": who.id, "decided_at": at}
    asked = sa.and_(_n.id == nomination_id, _n.state == "asked")
    if db.execute(sa.update(r.nomination).where(asked).values(**state)).rowcount != 1:
        raise Conflict("nomination_decided", "這項申請剛剛已經決定。")
    if granted and found.unit_id is None:
        db.execute(sa.update(r.person).where(_p.id == found.person_id).values(admin=True))
    elif granted:
        assert found.role_id is not None
        _put(db, found.person_id, found.unit_id or "", found.role_id, found.since, found.until)
    if granted:
        _begin_anew(db, found.person_id, at)
    verb = "nomination.grant" if granted else "nomination.refuse"
    _note(db, found.person_id, verb, who, at, nomination=nomination_id, seat=_seat(found.unit_id, found.role_id))
    told = [found.asked_by, *([found.person_id] if granted else [])]
    _told(db, told, who, at, what="granted" if granted else "refused", about=found.person_id, key=str(nomination_id))
    return found


# -- below -----------------------------------------------------------------------------------------------------------


def _other(db: Connection, person_id: int, who: Person) -> Person:
    if person_id == who.id:
        raise NotAllowed("own_role", "不能變更自己的職務或權限，請由另一位管理者辦理。")
    row = db.execute(sa.select(_p.id, _p.account, _p.name, _p.admin).where(_p.id == person_id)).first()
    if row is None:
        raise Missing("person_missing", "查無此人員。")
    return Person(row.id, row.account, row.name, row.admin)


def _reason(reason: str, wrong: dict[str, str]) -> str:
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or not is_storable(reason):
        wrong["reason"] = f"請說明理由，最多 {LONGEST_REASON} 個字；由另一位人員核定。"
    return reason


def _ask(db: Connection, person: Person, what: Mapping[str, Any], reason: str, who: Person, at: datetime) -> None:
    same = [
        one
        for one in nominations(db, person.id)
        if (one.unit_id, one.role_id) == (what["unit_id"], what["role_id"])
    ]  # fmt: skip
    if same:
        raise Conflict("nomination_twice", "同一項申請正在等候核定。")
    row = {**what, "person_id": person.id, "reason": reason, "asked_by": who.id, "asked_at": at, "state": "asked"}
    made = db.execute(sa.insert(r.nomination).returning(_n.id), row).scalar_one()
    assert person.id is not None
    seat = _seat(what["unit_id"], what["role_id"])
    journal.write(
        db, subject=f"person:{person.id}", verb="nomination.ask", who=who, at=at, reason=reason,
        act_id=journal.new_act(), effects={"nomination": made, "seat": seat},
    )  # fmt: skip
    deciders = {*people.administrators(db), *_control_chiefs(db, at)} - {person.id}
    _told(db, sorted(deciders), who, at, what="asked", about=person.id, key=str(made))


def _control_chiefs(db: Connection, at: datetime) -> list[int]:
    return [one.id for one in people.holders(db, "rdec_chief", CONTROL_UNIT, at) if one.id is not None]


def _begin_anew(db: Connection, person_id: int, at: datetime) -> None:
    """They sign in again: a visit that somebody took from them must not grow with what they may."""
    alive = sa.and_(r.sign_in.c.person_id == person_id, r.sign_in.c.ended_at.is_(None))
    db.execute(sa.update(r.sign_in).where(alive).values(ended_at=at))


def _put(db: Connection, person_id: int, unit: str, role: str, since: date | None, until: date | None) -> bool:
    """Whether anything is different now: a form sent twice gives a role once."""
    key = sa.and_(_m.person_id == person_id, _m.unit_id == unit, _m.role_id == role)
    if db.execute(sa.select(_m.since, _m.until).where(key)).all() == [(since, until)]:
        return False
    if db.execute(sa.update(r.membership).where(key).values(since=since, until=until)).rowcount == 0:
        row = {"person_id": person_id, "unit_id": unit, "role_id": role, "since": since, "until": until}
        db.execute(sa.insert(r.membership), row)
    return True


def _seat(unit: str | None, role: str | None) -> str:
    return "administrator" if unit is None else f"{role}@{unit}"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _note(db: Connection, person_id: int, verb: str, who: Person, at: datetime, **effects: Any) -> None:
    journal.write(
        db, subject=f"person:{person_id}", verb=verb, who=who, at=at, act_id=journal.new_act(), effects=effects
    )


def _told(
    db: Connection, persons: Iterable[int | None], who: Person, at: datetime, *, what: str, about: int, key: str = ""
) -> None:
    for person in dict.fromkeys(persons):
        if person is not None and person != who.id:
            notices.post(
                db, key=f"account:{what}:{about}:{key or at.isoformat()}:{person}", to=person, case_id=None,
                kind="account", at=at, facts={"what": what, "person": about},
            )  # fmt: skip
