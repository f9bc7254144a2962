"""The units over the years: opened, renamed from a day on, ended with a successor. Nothing is ever taken away.

A unit that has ended keeps its name on old cases and takes no new work; who sits in its successor does what it left.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotNow
from engine.office import journal, people
from engine.office import records as r
from engine.office.people import Person, Unit, office_day
from engine.store import Connection, is_storable

__all__ = ["add", "call_off_end", "end", "former_names", "move", "rename", "rename_due"]

_m = r.membership.c
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
#: what a unit was called before anybody wrote down since when
_EVER = date(1, 1, 1)


def add(
    db: Connection, unit: str, *, name: str, above: str | None, since: date | None, who: Person, at: datetime
) -> None:
    """A new unit, from ``since`` on (None: always)."""
    people.require(db, who, "manage_organisation")
    tree = people.units(db)
    wrong: dict[str, str] = {}
    if not _ID.fullmatch(unit):
        wrong["unit"] = "代碼只能用小寫英文、數字、點、底線、連字號，最多 64 個字。"
    elif unit in tree:
        wrong["unit"] = f"代碼 {unit} 已經是{tree[unit].name}，不能再用。"
    if sentence := _bad_name(tree, unit, name):
        wrong["name"] = sentence
    if above is not None and (above not in tree or tree[above].ended_before(since or office_day(at))):
        wrong["above"] = "請選擇仍在運作的上級單位。"
    if wrong:
        raise Invalid("unit_bad", "單位資料需要修正。", fields=wrong)
    db.execute(sa.insert(r.unit), {"id": unit, "name": name.strip(), "above": above, "since": since})
    _note(db, "unit.add", who, at, unit=unit, name=name.strip(), above=above, since=_iso(since))


def rename(db: Connection, unit: str, name: str, *, since: date, who: Person, at: datetime) -> None:
    """Called so from that day on; earlier days keep the earlier name. A day to come takes effect when it comes."""
    people.require(db, who, "manage_organisation")
    tree = people.units(db)
    known = _known(tree, unit)
    wrong: dict[str, str] = {}
    if sentence := _bad_name(tree, unit, name):
        wrong["name"] = sentence
    elif name.strip() == known.name:
        wrong["name"] = "名稱沒有改變。"
    last = db.scalar(sa.select(sa.func.max(r.unit_name.c.since)).where(r.unit_name.c.unit_id == unit))
    if last is not None and since <= last:
        wrong["since"] = f"已有自 {last:%Y-%m-%d} 起的名稱，新名稱必須更晚。"
    if wrong:
        raise Invalid("unit_bad", "單位資料需要修正。", fields=wrong)
    if last is None:
        db.execute(sa.insert(r.unit_name), {"unit_id": unit, "since": known.since or _EVER, "name": known.name})
    db.execute(sa.insert(r.unit_name), {"unit_id": unit, "since": since, "name": name.strip()})
    if since <= office_day(at):
        db.execute(sa.update(r.unit).where(r.unit.c.id == unit).values(name=name.strip()))
    _note(db, "unit.rename", who, at, unit=unit, name=name.strip(), was=known.name, since=since.isoformat())


def rename_due(db: Connection, at: datetime) -> int:
    """New names whose day has come; how many units are called otherwise now. Asked once a round."""
    today = office_day(at)
    newest = (
        sa.select(r.unit_name.c.name)
        .where(r.unit_name.c.unit_id == r.unit.c.id, r.unit_name.c.since <= today)
        .order_by(r.unit_name.c.since.desc())
        .limit(1)
        .scalar_subquery()
    )
    changed: int = db.execute(sa.update(r.unit).where(newest != r.unit.c.name).values(name=newest)).rowcount
    return changed


def end(
    db: Connection, unit: str, *, last: date, successor: str | None, who: Person, at: datetime
) -> None:  # fmt: skip
    """The unit works until ``last``; its memberships end with it. Its successor takes over what is left.

    Refused while a unit below it would go on, and when nobody would be above or after it to take what is left.
    """
    people.require(db, who, "manage_organisation")
    tree = people.units(db)
    known = _known(tree, unit)
    if known.until is not None:
        raise NotNow("unit_ended", f"{known.name}已訂於 {known.until:%Y-%m-%d} 結束。")
    wrong: dict[str, str] = {}
    if last < office_day(at):
        wrong["last"] = "最後一日不能是過去的日子。"
    if known.since is not None and last < known.since:
        wrong["last"] = "最後一日不能早於成立日。"
    heir = tree.get(successor) if successor is not None else None
    if successor is not None and (heir is None or heir.id == unit or heir.until is not None):
        wrong["successor"] = "請選擇仍在運作的承接單位。"
    elif successor is None and known.above is None:
        wrong["successor"] = "最上級單位結束時必須有承接單位。"
    below = [one.name for one in tree.values() if one.above == unit and (one.until is None or one.until > last)]
    if below:
        wrong["last"] = f"下級單位仍在運作：{'、'.join(below)}。請先結束或改隸。"
    if wrong:
        raise Invalid("unit_bad", "單位資料需要修正。", fields=wrong)
    db.execute(sa.update(r.unit).where(r.unit.c.id == unit).values(until=last, successor=successor))
    left = [one.id for one in tree.values() if one.successor == unit] if successor is not None else []
    if left:  # what an earlier unit left to this one goes along
        db.execute(sa.update(r.unit).where(r.unit.c.id.in_(left)).values(successor=successor))
    longer = sa.and_(_m.unit_id == unit, sa.or_(_m.until.is_(None), _m.until > last))
    seats = [
        [row.person_id, row.role_id, _iso(row.until)]
        for row in db.execute(sa.select(_m.person_id, _m.role_id, _m.until).where(longer))
    ]
    db.execute(sa.update(r.membership).where(longer).values(until=last))
    _note(
        db, "unit.end", who, at, unit=unit, last=last.isoformat(), successor=successor, memberships=len(seats),
        shortened=seats, passed_on=left,
    )  # fmt: skip


def call_off_end(db: Connection, unit: str, *, who: Person, at: datetime) -> None:
    """It goes on after all, as long as its last day has not passed; what the end had shortened is as it was."""
    people.require(db, who, "manage_organisation")
    known = _known(people.units(db), unit)
    if known.until is None:
        raise NotNow("unit_goes_on", f"{known.name}沒有訂最後一日。")
    if known.ended_before(office_day(at)):
        raise NotNow("unit_over", f"{known.name}已經結束，不能再取消；請另外新增單位。")
    ended = sa.select(r.entry.c.effects).where(r.entry.c.subject == "office", r.entry.c.verb == "unit.end")
    said = next(
        (one for one in db.scalars(ended.order_by(r.entry.c.seq.desc())) if one.get("unit") == unit), dict[str, Any]()
    )
    for person_id, role, until in said.get("shortened", ()):
        seat = sa.and_(_m.person_id == person_id, _m.role_id == role, _m.unit_id == unit, _m.until == known.until)
        again = date.fromisoformat(until) if until else None
        db.execute(sa.update(r.membership).where(seat).values(until=again))
    for earlier in said.get("passed_on", ()):
        theirs = sa.and_(r.unit.c.id == earlier, r.unit.c.successor == known.successor)
        db.execute(sa.update(r.unit).where(theirs).values(successor=unit))
    db.execute(sa.update(r.unit).where(r.unit.c.id == unit).values(until=None, successor=None))
    _note(db, "unit.end_off", who, at, unit=unit, last=known.until.isoformat(), successor=known.successor)


def move(db: Connection, unit: str, above: str | None, *, who: Person, at: datetime) -> None:
    """The unit belongs under another one from now on (改隸)."""
    people.require(db, who, "manage_organisation")
    tree = people.units(db)
    known = _known(tree, unit)
    if above == known.above:
        raise Conflict("unit_same", "上級單位沒有改變。")
    here = above
    while here is not None and here != unit:
        here = tree[here].above if here in tree else None
    if (above is not None and (above not in tree or tree[above].until is not None)) or here == unit:
        raise Invalid("unit_bad", "單位資料需要修正。", fields={"above": "請選擇仍在運作、不在其下的上級單位。"})
    db.execute(sa.update(r.unit).where(r.unit.c.id == unit).values(above=above))
    _note(db, "unit.move", who, at, unit=unit, above=above, was=known.above)


def former_names(db: Connection) -> dict[str, list[tuple[date | None, str]]]:
    """Every unit's names with the day each began, the newest first; only of units that were renamed."""
    found: dict[str, list[tuple[date | None, str]]] = {}
    for row in db.execute(sa.select(r.unit_name).order_by(r.unit_name.c.unit_id, r.unit_name.c.since.desc())):
        found.setdefault(row.unit_id, []).append((None if row.since == _EVER else row.since, row.name))
    return found


def _known(tree: dict[str, Unit], unit: str) -> Unit:
    if unit not in tree:
        raise Missing("unit_missing", "查無此單位。")
    return tree[unit]


def _bad_name(tree: dict[str, Unit], unit: str, name: str) -> str | None:
    name = name.strip()
    if not name or len(name) > 100 or not is_storable(name) or not name.isprintable():
        return "請填名稱，最多 100 個字。"
    same = next((one for one in tree.values() if one.name == name and one.id != unit and one.until is None), None)
    return f"已有同名的單位（{same.id}）。" if same else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _note(db: Connection, verb: str, who: Person, at: datetime, **effects: object) -> None:
    journal.write(db, subject="office", verb=verb, who=who, at=at, act_id=journal.new_act(), effects=effects)
