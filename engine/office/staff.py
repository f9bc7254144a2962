"""People as they stand on a day: the units they sit in, the roles they hold, whom they stand in for, what they are kept
away from. Reading only; who may do what stands in ``people``, which is also where everybody finds these readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from engine.errors import Missing, NotAllowed
from engine.office import records as r
from engine.store import Connection, Prepared, is_storable, printable

OFFICE_ZONE = ZoneInfo("Asia/Taipei")
CONTROL_UNIT = "planning-rdec"  # 研考科
CONTROL_ROLES = frozenset({"rdec_officer", "rdec_chief"})
CHIEF_ROLES = frozenset({"section_chief", "unit_head", "rdec_chief"})
#: level of approval 分層負責 → the roles that may sign at it, the lowest first
LEVELS: Mapping[str, tuple[str, ...]] = {
    "三層": ("section_chief", "unit_head", "first_tier"),
    "二層": ("unit_head", "first_tier"),
    "一層": ("first_tier",),
}
OWNER_ROLE = "process_owner"  # 流程負責人
#: roles of people outside the house: nobody is given one
OUTSIDE_ROLES = frozenset({"citizen"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they stood on one day. ``memberships`` are (unit, role); ``standing_for`` never nests."""

    id: int | None
    account: str
    name: str
    admin: bool = False
    memberships: tuple[tuple[str, str], ...] = ()
    standing_for: tuple[Person, ...] = ()
    as_of: date = date.max
    excluded: frozenset[int] = frozenset()  # the cases this person may not see, whatever they hold

    @property
    def is_system(self) -> bool:
        return self.id is None

    @property
    def selves(self) -> tuple[Person, ...]:
        """The person and everybody they stand for."""
        return (self, *self.standing_for)

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(p.id for p in self.selves if p.id is not None)

    @property
    def all_memberships(self) -> frozenset[tuple[str, str]]:
        return frozenset(m for p in self.selves for m in p.memberships)

    def before(self, case_id: int | None) -> Person | None:
        """The person as they stand before this case: None when excluded from it, and never for somebody who is."""
        if case_id in self.excluded:
            return None
        if any(case_id in other.excluded for other in self.standing_for):
            rest = tuple(other for other in self.standing_for if case_id not in other.excluded)
            return replace(self, standing_for=rest)
        return self


SYSTEM = Person(id=None, account="system", name="系統")


@dataclass(frozen=True, slots=True)
class Unit:
    """``since`` and ``until`` are its first and last day, None where nobody said."""

    id: str
    name: str
    above: str | None
    since: date | None = None
    until: date | None = None
    successor: str | None = None

    def works_on(self, day: date) -> bool:
        """Whether it takes new work on that day."""
        return (self.since is None or self.since <= day) and not self.ended_before(day)

    def ended_before(self, day: date) -> bool:
        return self.until is not None and self.until < day

    def heir(self, day: date) -> str | None:
        """Who took over what it left; None while it works itself."""
        return self.successor if self.ended_before(day) else None


def office_day(at: datetime) -> date:
    return at.astimezone(OFFICE_ZONE).date()


# -- reading ---------------------------------------------------------------------------------------------------------

_day = sa.bindparam("day", type_=sa.Date)
_valid = sa.and_(
    sa.or_(r.membership.c.since.is_(None), r.membership.c.since <= _day),
    sa.or_(r.membership.c.until.is_(None), r.membership.c.until >= _day),
)
#: a unit that has ended: who sits in its successor sits in it too, for what it left
_left = r.unit.alias("left_behind")
_ONE = (
    sa.select(
        r.person.c.id, r.person.c.account, r.person.c.name, r.person.c.admin, r.person.c.active,
        r.membership.c.unit_id, r.membership.c.role_id, r.exclusion.c.case_id.label("excluded"),
        _left.c.id.label("inherited"),
    )
    .select_from(
        r.person.outerjoin(r.membership, sa.and_(r.membership.c.person_id == r.person.c.id, _valid))
        .outerjoin(_left, sa.and_(_left.c.successor == r.membership.c.unit_id, _left.c.until < _day))
        .outerjoin(r.exclusion, r.exclusion.c.person_id == r.person.c.id)
    )
    .order_by(r.person.c.id, r.membership.c.unit_id, r.membership.c.role_id)
)  # fmt: skip
_BY_ID = _ONE.where(r.person.c.id == sa.bindparam("id"))
_BY_ACCOUNT = _ONE.where(r.person.c.account == sa.bindparam("account"))
_STOOD_FOR = _ONE.where(
    r.person.c.active,
    r.person.c.id.in_(
        sa.select(r.substitution.c.person_id).where(
            r.substitution.c.substitute_id == sa.bindparam("id"),
            r.substitution.c.since <= sa.bindparam("at"),
            r.substitution.c.until > sa.bindparam("at"),
        )
    ),
)
_HEIR = (
    sa.select(r.unit.c.successor)
    .where(r.unit.c.id == sa.bindparam("unit"), r.unit.c.until < _day)
    .correlate(None)
    .scalar_subquery()
)
_HOLDERS = Prepared(
    _ONE.where(
        r.person.c.active,
        r.person.c.id.in_(
            sa.select(r.membership.c.person_id).where(
                sa.or_(r.membership.c.unit_id == sa.bindparam("unit"), r.membership.c.unit_id == _HEIR),
                r.membership.c.role_id == sa.bindparam("role"),
                _valid,
            )
        ),
    )
)
_UNITS = Prepared(
    sa.select(r.unit.c.id, r.unit.c.name, r.unit.c.above, r.unit.c.since, r.unit.c.until, r.unit.c.successor).order_by(
        r.unit.c.id
    )
)
_HELD = (
    sa.select(r.membership.c.unit_id, r.membership.c.role_id)
    .join(r.person, r.person.c.id == r.membership.c.person_id)
    .where(r.person.c.active, _valid, r.membership.c.role_id.in_(sa.bindparam("roles", expanding=True)))
    .distinct()
)


def valid_on(day: date) -> sa.ColumnElement[bool]:
    """A membership counts on this day."""
    return sa.and_(
        sa.or_(r.membership.c.since.is_(None), r.membership.c.since <= day),
        sa.or_(r.membership.c.until.is_(None), r.membership.c.until >= day),
    )


def get(db: Connection, which: int | str, at: datetime) -> Person:
    """One person by id or account, with whoever they stand for at that instant."""
    day = office_day(at)
    by = (_BY_ID, {"id": which}) if isinstance(which, int) else (_BY_ACCOUNT, {"account": which})
    rows = db.execute(by[0], {**by[1], "day": day}).all() if is_storable(which) else []
    if not rows:
        raise Missing("person_missing", f"查無此人員：{printable(which)}。")
    if not rows[0].active:
        raise NotAllowed("person_inactive", "此帳號已停用。")
    others = db.execute(_STOOD_FOR, {"id": rows[0].id, "at": at, "day": day}).all()
    return _people(rows, day, standing_for=tuple(_people(others, day)))[0]


def several(db: Connection, ids: Iterable[int], at: datetime) -> list[Person]:
    """These people, as far as they are active; without whom they stand for."""
    wanted = sorted(set(ids))
    query = _ONE.where(r.person.c.active, r.person.c.id.in_(wanted))
    return _people(db.execute(query, {"day": office_day(at)}), office_day(at)) if wanted else []


def sitting_in(db: Connection, units: Iterable[str], at: datetime) -> list[int]:
    """The ids of the active people of these units."""
    here = sa.select(r.membership.c.person_id).where(
        r.membership.c.unit_id.in_(sorted(units)), valid_on(office_day(at))
    )
    return list(db.scalars(sa.select(r.person.c.id).where(r.person.c.active, r.person.c.id.in_(here))))


def holders(db: Connection, role: str, unit: str, at: datetime) -> list[Person]:
    """Who holds the role in the unit; where nobody does, in the next unit above that has somebody."""
    day = office_day(at)
    rows = _HOLDERS.rows(db, unit=unit, role=role, day=day)
    if not rows:
        above = seat(db, role, unit, at)
        rows = _HOLDERS.rows(db, unit=above, role=role, day=day) if above is not None else []
    return _people(rows, day)


def standing_in(db: Connection, ids: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """Who stands in for these people at that instant: {person: substitutes}, active ones only."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (
        sa.select(r.substitution.c.person_id, r.substitution.c.substitute_id)
        .join(r.person, r.person.c.id == r.substitution.c.substitute_id)
        .where(
            r.substitution.c.person_id.in_(wanted), r.substitution.c.since <= at, r.substitution.c.until > at,
            r.person.c.active,
        )
        .order_by(r.substitution.c.id)
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for row in db.execute(query):
        found.setdefault(row.person_id, []).append(row.substitute_id)
    return found


def seat(db: Connection, role: str, unit: str, at: datetime) -> str | None:
    """The unit where the role is held: the unit itself, its successor where it has ended, or the next above that has
    somebody; None if none has."""
    day = office_day(at)
    held = {row.unit_id for row in db.execute(_HELD, {"day": day, "roles": [role]})}
    if unit in held:
        return unit
    tree = units(db)
    here: str | None = unit
    while here is not None and here not in held:
        here = (tree[here].heir(day) or tree[here].above) if here in tree else None
    return here


def units(db: Connection, at: datetime | None = None) -> dict[str, Unit]:
    """All units there ever were, by today's names; with ``at`` only those that take new work at that instant."""
    tree = _looked.get(db)
    if tree is None:
        tree = {row.id: Unit(*row) for row in _UNITS.rows(db)}
        if db.get_execution_options().get("sopflow_read"):
            _looked[db] = tree
    return dict(tree) if at is None else {key: one for key, one in tree.items() if one.works_on(office_day(at))}


#: the units of a look: it sees one moment of the database, so they are read once in it
_looked: WeakKeyDictionary[Connection, dict[str, Unit]] = WeakKeyDictionary()


def units_named(db: Connection, at: datetime) -> dict[str, str]:
    """What every unit was called at that instant, also what had ended by then or had not begun: for old papers."""
    day = office_day(at)
    names = {key: one.name for key, one in units(db).items()}
    then = sa.select(r.unit_name.c.unit_id, r.unit_name.c.name).where(r.unit_name.c.since <= day)
    for row in db.execute(then.order_by(r.unit_name.c.since)):
        names[row.unit_id] = row.name
    return names


def administrators(db: Connection) -> list[int]:
    """The ids of those who are told when the machine itself is in trouble."""
    return list(db.scalars(sa.select(r.person.c.id).where(r.person.c.admin, r.person.c.active).order_by(r.person.c.id)))


def control_office(db: Connection, at: datetime) -> list[int]:
    """The ids of the people of the control office."""
    here = sa.select(r.membership.c.person_id).where(
        r.membership.c.unit_id == CONTROL_UNIT, r.membership.c.role_id.in_(CONTROL_ROLES), valid_on(office_day(at))
    )
    return list(db.scalars(sa.select(r.person.c.id).where(r.person.c.active, r.person.c.id.in_(here))))


def unit_name(db: Connection, unit: str) -> str:
    name = db.scalar(sa.select(r.unit.c.name).where(r.unit.c.id == unit)) if is_storable(unit) else None
    if name is None:
        raise Missing("unit_missing", f"查無此單位：{printable(unit)}。")
    return str(name)


def roles(db: Connection) -> dict[str, str]:
    """Every role's name, by its id."""
    return {row.id: row.name for row in db.execute(sa.select(r.role.c.id, r.role.c.name).order_by(r.role.c.name))}


def role_name(db: Connection, role: str) -> str:
    name = db.scalar(sa.select(r.role.c.name).where(r.role.c.id == role)) if is_storable(role) else None
    if name is None:
        raise Missing("role_missing", f"查無此角色：{printable(role)}。")
    return str(name)


def find(db: Connection, words: str, *, limit: int = 20) -> list[Mapping[str, Any]]:
    """Active people whose account or name holds these words: id, account, name."""
    words = words.strip()
    if not words or not is_storable(words):
        return []
    c = r.person.c
    hit = sa.or_(c.account.contains(words, autoescape=True), c.name.contains(words, autoescape=True))
    query = sa.select(c.id, c.account, c.name).where(c.active, hit).order_by(c.account).limit(limit)
    return [dict(row) for row in db.execute(query).mappings()]


def names(db: Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """Names for a list of ids, also of people who have left."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return {row.id: row.name for row in db.execute(sa.select(r.person.c.id, r.person.c.name)
                                                   .where(r.person.c.id.in_(wanted)))}  # fmt: skip


def is_above(db: Connection, unit: str, other: str) -> bool:
    """Whether ``unit`` stands somewhere above ``other``; no unit is above itself."""
    tree = units(db)
    here = tree[other].above if other in tree else None
    while here is not None:
        if here == unit:
            return True
        here = tree[here].above
    return False


def seats(db: Connection, who: Person) -> frozenset[tuple[str, str]]:
    """Every (unit, role) whose work the person may take, with the units below where nobody holds the role."""
    own = who.all_memberships
    if not own:
        return own
    below: dict[str, list[str]] = {}
    for unit in units(db).values():
        above = unit.heir(who.as_of) or unit.above
        if above is not None:
            below.setdefault(above, []).append(unit.id)
    held = {
        (row.unit_id, row.role_id)
        for row in db.execute(_HELD, {"day": who.as_of, "roles": sorted({role for _, role in own})})
    }
    found = set(own)
    todo = list(own)
    while todo:
        unit_id, role = todo.pop()
        for child in below.get(unit_id, ()):
            if (child, role) not in held and (child, role) not in found:
                found.add((child, role))
                todo.append((child, role))
    return frozenset(found)


def units_led(db: Connection, who: Person) -> frozenset[str]:
    """The units the person is chief of, and all below them."""
    return _with_all_below(db, {unit for unit, role in who.all_memberships if role in CHIEF_ROLES})


def _with_all_below(db: Connection, found: set[str]) -> frozenset[str]:
    tree = units(db) if found else {}
    growing = True
    while growing:
        more = {u.id for u in tree.values() if u.above in found} - found
        found |= more
        growing = bool(more)
    return frozenset(found)


def units_signed(db: Connection, who: Person, level: str) -> frozenset[str]:
    """The units whose papers the person may sign at this level of approval: where they hold its role, and below."""
    roles = LEVELS.get(level, ())
    return _with_all_below(db, {unit for unit, role in who.all_memberships if role in roles})


def in_control_office(who: Person) -> bool:
    return any(unit == CONTROL_UNIT and role in CONTROL_ROLES for unit, role in who.all_memberships)


def is_chief(who: Person) -> bool:
    """Whether the person is chief of any unit, or stands for one who is."""
    return any(role in CHIEF_ROLES for _, role in who.all_memberships)


def owns_procedures(who: Person) -> bool:
    return any(role == OWNER_ROLE for _, role in who.memberships)


def _people(rows: Iterable[Any], day: date, standing_for: tuple[Person, ...] = ()) -> list[Person]:
    """Rows are ordered by person; one row per membership, unit it took over from, and exclusion."""
    found: dict[int, tuple[Any, dict[tuple[str, str], None], set[int]]] = {}
    for row in rows:
        _, held, excluded = found.setdefault(row.id, (row, {}, set()))
        if row.unit_id is not None:
            held[row.unit_id, row.role_id] = None
        if row.inherited is not None:
            held[row.inherited, row.role_id] = None
        if row.excluded is not None:
            excluded.add(row.excluded)
    return [
        Person(row.id, row.account, row.name, row.admin, tuple(held), standing_for, day, frozenset(excluded))
        for row, held, excluded in found.values()
    ]


# -- who is kept away from a case ------------------------------------------------------------------------------------


def not_excluded(who: Person, case_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """For every list, count and search of cases: the rows of no case that the person, or anybody they stand for, is
    excluded from. Costs nothing for whoever is excluded from none."""
    ids = sorted(frozenset[int]().union(*(one.excluded for one in who.selves)))
    return sa.or_(case_id.is_(None), case_id.not_in(ids)) if ids else sa.true()


def reach(
    who: Person, case_id: sa.ColumnElement[Any], rights: Callable[[Person], sa.ColumnElement[bool]]
) -> sa.ColumnElement[bool]:
    """As ``not_excluded``, but what is the person's own stays when only somebody they stand for is excluded.

    ``rights`` says for one person which rows are theirs.
    """
    if not any(one.excluded for one in who.selves):
        return rights(who)
    alone = replace(who, standing_for=())
    ways = [sa.and_(rights(one), not_excluded(one, case_id)) for one in (alone, *who.standing_for)]
    return sa.and_(sa.or_(*ways), not_excluded(alone, case_id))


def excluded_from(db: Connection, case_id: int) -> frozenset[int]:
    """The people who may not see this case."""
    return frozenset(row.person_id for row in _EXCLUDED.rows(db, case_id=case_id))


_EXCLUDED = Prepared(sa.select(r.exclusion.c.person_id).where(r.exclusion.c.case_id == sa.bindparam("case_id")))
