"""The organisation from its file: units, roles, people.

    units: {planning: {name: 計畫處}, planning-rdec: {name: 研考科, above: planning}}
    roles: {officer: 承辦人}
    people:
      - {account: wang, name: 王小明, email: wang@city.example, admin: true, memberships: [officer@planning-rdec]}

A unit may have ``since``, ``until`` (first and last day) and ``successor``; a membership may be written as
``{seat: officer@planning-rdec, since: 2026-01-01, until: 2026-12-31}``. What the file does not say about a day stays.

Loading adds and renames; it never takes anything away, so loading the same file twice changes nothing. New people have
no password: they get one through ``accounts.link``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
import yaml

from engine.errors import Invalid
from engine.office import journal, people
from engine.office import records as r
from engine.office.mail import is_address
from engine.office.people import Person
from engine.store import Connection, is_storable
from engine.yaml_text import Loader

LONGEST_FILE = 1024 * 1024
DEEPEST = 10
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def is_empty(db: Connection) -> bool:
    """Whether there is neither a unit nor a person yet."""
    return all(db.execute(sa.select(table.c.id).limit(1)).first() is None for table in (r.unit, r.person))


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many were added or renamed."""

    units: int
    roles: int
    people: int
    memberships: int

    def __bool__(self) -> bool:
        return bool(self.units or self.roles or self.people or self.memberships)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file says, checked. ``units`` stand in an order in which each follows the one above it."""

    units: tuple[people.Unit, ...]
    roles: Mapping[str, str]
    people: tuple[Mapping[str, Any], ...]


def load(db: Connection, yaml_text: str, *, who: Person, at: datetime) -> Loaded:
    """Raises ``Invalid`` with one sentence per place in the file; then nothing is stored."""
    people.require(db, who, "manage_organisation")
    plan = read(yaml_text)
    units = sum(_put(db, r.unit, {"id": u.id}, {"name": u.name, "above": u.above} | _said(u)) for u in plan.units)
    for u in plan.units:  # afterwards: it may stand further down
        if u.successor is not None:
            _put(db, r.unit, {"id": u.id}, {"successor": u.successor})
    roles = sum(_put(db, r.role, {"id": role}, {"name": name}) for role, name in plan.roles.items())
    persons = memberships = 0
    for entry in plan.people:
        known = {"name": entry["name"], "email": entry["email"], "admin": entry["admin"]}
        new = {"active": True, "failed": 0, "created_at": at}
        persons += _put(db, r.person, {"account": entry["account"]}, known, new)
        person_id = db.execute(sa.select(r.person.c.id).where(r.person.c.account == entry["account"])).scalar_one()
        for unit, role, days in entry["memberships"]:
            memberships += _put(db, r.membership, {"person_id": person_id, "unit_id": unit, "role_id": role}, days)
    loaded = Loaded(units, roles, persons, memberships)
    if loaded:
        journal.write(
            db, subject="office", verb="organisation.load", who=who, at=at, act_id=journal.new_act(),
            effects={"units": units, "roles": roles, "people": persons, "memberships": memberships},
        )  # fmt: skip
    return loaded


def _said(unit: people.Unit) -> dict[str, date]:
    """The days the file says of a unit."""
    days = {"since": unit.since, "until": unit.until}
    return {name: day for name, day in days.items() if day is not None}


def read(yaml_text: str) -> Plan:
    """Pure: checks the whole file and says everything that is wrong with it at once."""
    wrong: dict[str, str] = {}
    root = _tree(yaml_text)
    units = _units(_mapping(root, "units", wrong), wrong)
    roles: dict[str, str] = {}
    for key, name in _mapping(root, "roles", wrong).items():
        if _is_id(key, f"roles.{key}", wrong) and _is_name(name, f"roles.{key}", wrong):
            roles[key] = name
    listed = root.get("people") or []
    if not isinstance(listed, list):
        wrong["people"] = "必須是清單。"
        listed = []
    persons = tuple(_persons(listed, {u.id for u in units}, roles, wrong))
    for extra in sorted(map(str, set(root) - {"units", "roles", "people"})):
        wrong[extra[:64]] = "不認得這個項目。"
    if wrong:
        place, sentence = next(iter(wrong.items()))
        raise Invalid("organisation_bad", f"組織檔有誤：{place}：{sentence}", fields=wrong)
    return Plan(units, roles, persons)


def _tree(text: str) -> Mapping[str, Any]:
    try:
        if len(text) > LONGEST_FILE or not is_storable(text):
            raise Invalid("organisation_bad", "組織檔太大，或含有無法儲存的字元。")
        _demand_plain(text)
        root = yaml.load(text, _Strict)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else ""
        raise Invalid("organisation_bad", f"組織檔{where}不是正確的 YAML。") from None
    if not isinstance(root, dict):
        raise Invalid("organisation_bad", "組織檔必須有 units、roles、people。")
    return root


def _demand_plain(text: str) -> None:
    """An alias can unfold into any size, and deep nesting costs the parser its time squared."""
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.AliasEvent):
            raise Invalid("organisation_bad", "組織檔不可使用 YAML 別名。")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Invalid("organisation_bad", "組織檔的層次太深。")


class _Strict(Loader):
    """A key given twice is a mistake, not the last one wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if any(not isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "duplicate or odd key", node.start_mark)
        return super().construct_mapping(node, deep)


def _units(raw: Mapping[str, Any], wrong: dict[str, str]) -> tuple[people.Unit, ...]:
    found: dict[str, people.Unit] = {}
    for key, value in raw.items():
        place = f"units.{key}"
        if not _is_id(key, place, wrong):
            continue
        if not isinstance(value, dict) or set(value) - {"name", "above", "since", "until", "successor"}:
            wrong[place] = "必須只有 name、above、since、until、successor。"
            continue
        days = _days(value, place, wrong)
        heir = value.get("successor")
        if heir is not None and not (isinstance(heir, str) and heir in raw and heir != key and "until" in days):
            wrong[place] = "承接單位必須是已列的另一個單位，並且要有 until。"
            continue
        above = value.get("above")
        if above is not None and not (isinstance(above, str) and above in raw):
            wrong[place] = f"查無上級單位 {str(above)[:64]}。"
            continue
        if _is_name(value.get("name"), place, wrong):
            found[key] = people.Unit(key, value["name"], above, days.get("since"), days.get("until"), heir)
    ordered: dict[str, people.Unit] = {}
    while ready := [u for u in found.values() if u.id not in ordered and (u.above is None or u.above in ordered)]:
        ordered |= {u.id: u for u in ready}
    for key in found.keys() - ordered.keys():
        wrong.setdefault(f"units.{key}", "上級單位繞回自己，或上級單位有誤。")
    return tuple(ordered.values())


def _persons(
    listed: list[Any], units: set[str], roles: Mapping[str, str], wrong: dict[str, str]
) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for number, entry in enumerate(listed, 1):
        place = f"people.{number}"
        if not isinstance(entry, dict) or set(entry) - {"account", "name", "email", "admin", "memberships"}:
            wrong[place] = "必須只有 account、name、email、admin、memberships。"
            continue
        email, admin = entry.get("email"), entry.get("admin", False)
        if not _is_id(entry.get("account"), place, wrong) or not _is_name(entry.get("name"), place, wrong):
            continue
        account: str = entry["account"]
        if account in seen:
            wrong[place] = f"帳號 {account} 重複。"
        if email is not None and not (isinstance(email, str) and is_address(email)):
            wrong[place] = "電子郵件地址的格式不正確。"
        if not isinstance(admin, bool):
            wrong[place] = "admin 必須是 true 或 false。"
        seen.add(account)
        seats = list(_memberships(entry.get("memberships") or [], place, units, roles, wrong))
        yield {"account": account, "name": entry["name"], "email": email, "admin": admin, "memberships": seats}


def _memberships(
    listed: Any, place: str, units: set[str], roles: Mapping[str, str], wrong: dict[str, str]
) -> Iterator[tuple[str, str, dict[str, date]]]:
    if not isinstance(listed, list):
        wrong[place] = "memberships 必須是清單。"
        return
    for written in listed:
        days: dict[str, date] = {}
        text = written
        if isinstance(written, dict):
            if set(written) - {"seat", "since", "until"}:
                wrong[place] = "memberships 的一項只能有 seat、since、until。"
                continue
            text, days = written.get("seat"), _days(written, place, wrong)
        role, at, unit = text.partition("@") if isinstance(text, str) else ("", "", "")
        if not at or role not in roles or unit not in units:
            wrong[place] = f"memberships 的 {str(text)[:64]} 必須是「已列的角色@已列的單位」。"
            continue
        yield unit, role, days


def _days(value: Mapping[str, Any], place: str, wrong: dict[str, str]) -> dict[str, date]:
    """The first and the last day where they are said."""
    found: dict[str, date] = {}
    for name in ("since", "until"):
        day = value.get(name)
        if day is None:
            continue
        if type(day) is not date:  # a moment is a date too
            wrong[place] = f"{name} 必須是日期，例如 2026-01-01。"
            continue
        found[name] = day
    if len(found) == 2 and found["until"] < found["since"]:
        wrong[place] = "until 不能早於 since。"
    return found


def _mapping(root: Mapping[str, Any], key: str, wrong: dict[str, str]) -> Mapping[str, Any]:
    value = root.get(key) or {}
    if not isinstance(value, dict):
        wrong[key] = "必須是對照表。"
        return {}
    return value


def _is_id(value: Any, place: str, wrong: dict[str, str]) -> bool:
    if isinstance(value, str) and _ID.fullmatch(value):
        return True
    wrong[place] = "代碼只能用小寫英文、數字、點、底線、連字號，最多 64 個字。"
    return False


def _is_name(value: Any, place: str, wrong: dict[str, str]) -> bool:
    if isinstance(value, str) and 0 < len(value.strip()) <= 100:
        return True
    wrong[place] = "缺少名稱，或名稱超過 100 個字。"
    return False


def _put(
    db: Connection,
    table: sa.Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    new: Mapping[str, Any] | None = None,
) -> int:
    """Inserts the row or changes what differs; 1 if anything had to be done."""
    mine = sa.and_(*(table.c[name] == value for name, value in key.items()))
    row = db.execute(sa.select(table).where(mine)).first()
    if row is None:
        db.execute(sa.insert(table), {**key, **values, **(new or {})})
        return 1
    differing = {name: value for name, value in values.items() if row._mapping[name] != value}
    if not differing:
        return 0
    db.execute(sa.update(table).where(mine).values(**differing))
    return 1
