"""請假: who is away from when until when, and who stands in (職務代理人). Whoever is away is given nothing new.

One act notes both. A substitute is there the whole time, belongs to the person's unit or holds one of their roles, and
has nobody standing in for them meanwhile: work is never handed on twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.office import journal, notices, people
from engine.office import records as r
from engine.office.people import OFFICE_ZONE, Person, office_day
from engine.store import Connection, Prepared

__all__ = [
    "LONGEST", "Away", "Candidate", "away", "cancel", "candidates", "demand_taker", "eligible", "note", "of",
    "require", "stood_for", "taker",
]  # fmt: skip

LONGEST = timedelta(days=366)
_a, _s = r.absence.c, r.substitution.c
#: when it was over or will be: earlier than noted where somebody came back
_over = sa.func.coalesce(_a.ended_at, _a.until)


@dataclass(frozen=True, slots=True)
class Away:
    """One absence. ``first`` and ``last`` are office days; ``substitute`` is a person id or None."""

    id: int
    person_id: int
    since: datetime
    until: datetime
    ended_at: datetime | None
    substitute: int | None

    @property
    def first(self) -> date:
        return office_day(self.since)

    @property
    def last(self) -> date:
        return office_day(self.until - timedelta(microseconds=1))

    def over_at(self) -> datetime:
        return self.until if self.ended_at is None else min(self.until, self.ended_at)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be given a piece of work. ``away``: not now, until its last day; ``stands_for``: their name."""

    person: Person
    away: Away | None = None
    stands_for: str = ""


# -- reading ---------------------------------------------------------------------------------------------------------

_AWAY = (
    sa.select(_a.id, _a.person_id, _a.since, _a.until, _a.ended_at, _s.substitute_id)
    .select_from(
        r.absence.outerjoin(
            r.substitution,
            sa.and_(_s.person_id == _a.person_id, _s.since == _a.since, _s.until >= _a.since, _s.until <= _a.until),
        )
    )
    .order_by(_a.since, _a.id)
)
_ONE_AWAY = Prepared(
    _AWAY.where(_a.person_id == sa.bindparam("person_id"), _a.since <= sa.bindparam("at"), _over > sa.bindparam("at"))
)


def away(db: Connection, ids: Iterable[int], at: datetime) -> dict[int, Away]:
    """Who of these people is away at that instant."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    if len(wanted) == 1:
        return {row.person_id: Away(*row) for row in _ONE_AWAY.rows(db, person_id=wanted[0], at=at)}
    rows = db.execute(_AWAY.where(_a.person_id.in_(wanted), _a.since <= at, _over > at))
    return {row.person_id: Away(*row) for row in rows}


def of(db: Connection, ids: Iterable[int], at: datetime) -> list[Away]:
    """What is noted for these people and not over, the next first."""
    rows = db.execute(_AWAY.where(_a.person_id.in_(sorted(set(ids))), _over > at))
    return [Away(*row) for row in rows]


def taker(db: Connection, person_id: int, at: datetime, case_id: int) -> int | None:
    """Who is given what would go to this person: themselves, when away their substitute, else nobody (the pool).

    Nobody who is excluded from the case is given it, nor gets it through somebody who is.
    """
    kept_away = people.excluded_from(db, case_id)
    if person_id in kept_away:
        return None
    absent = away(db, [person_id], at).get(person_id)
    if absent is None:
        return person_id
    stand_in = people.standing_in(db, [person_id], at).get(person_id, [])
    there = [one for one in stand_in if one not in kept_away]
    gone = away(db, there, at)
    return next((one for one in there if one not in gone), None)


def stood_for(db: Connection, who: Person, work: Mapping[str, Any]) -> int | None:
    """For whom this person does a piece of work that is not their own; None for whoever may do it themselves."""
    alone = replace(who, standing_for=())
    if not who.standing_for or work["assignee"] == who.id or people.holds(db, alone, work["role"], work["unit"]):
        return None
    theirs = (one.id for one in who.standing_for if people.holds(db, one, work["role"], work["unit"]))
    return work["assignee"] if work["assignee"] is not None else next(theirs, None)


def candidates(db: Connection, role: str, unit: str, at: datetime, *, case_id: int) -> list[Candidate]:
    """Whoever holds the role there and may see the case, for a list to assign from: who is here, who stands in for
    somebody who is away, and last who is away."""
    held = [one for one in people.holders(db, role, unit, at) if case_id not in one.excluded]
    gone = away(db, [one.id for one in held if one.id is not None], at)
    here = [Candidate(one) for one in held if one.id not in gone]
    known = {one.person.id for one in here}
    stands = {gone[one.id].substitute: one.name for one in held if one.id in gone}
    for one in people.several(db, [each for each in stands if each is not None and each not in known], at):
        if case_id not in one.excluded:
            here.append(Candidate(one, stands_for=stands[one.id]))
    return here + [Candidate(one, gone[one.id]) for one in held if one.id in gone]


def demand_taker(
    db: Connection, person_id: int, role: str, unit: str, at: datetime, *, case_id: int, field: str = "to"
) -> None:
    """Refuses to give this work to somebody who may not do it, may not see the case, or is away."""
    try:
        here = people.get(db, person_id, at).before(case_id)
    except (Missing, NotAllowed):  # unknown, or has left
        here = None
    if here is None or not people.holds(db, here, role, unit):
        raise Invalid("not_a_holder", "這個人不能承辦這個步驟。", fields={field: "請選擇本單位同職務的人員。"})
    absent = away(db, [person_id], at).get(person_id)
    if absent is None:
        return
    names = people.names(db, [person_id, absent.substitute])
    until = f"{absent.last:%m/%d}"
    stand_in = names.get(absent.substitute or 0)
    sentence = (
        f"{names[person_id]}請假至 {until}，請改指派職務代理人{stand_in}或其他人員。"
        if stand_in
        else f"{names[person_id]}請假至 {until}，請改指派其他人員。"
    )
    raise Invalid("person_away", sentence, fields={field: sentence})


def eligible(db: Connection, person: Person, at: datetime) -> list[Person]:
    """Who may stand in for this person: active, of one of their units or with one of their roles."""
    units = sorted({unit for unit, _ in person.memberships})
    roles = sorted({role for _, role in person.memberships})
    ids = db.scalars(
        sa.select(r.membership.c.person_id)
        .join(r.person, r.person.c.id == r.membership.c.person_id)
        .where(
            r.person.c.active, r.membership.c.person_id != person.id,
            sa.or_(r.membership.c.unit_id.in_(units), r.membership.c.role_id.in_(roles)),
            people.valid_on(office_day(at)),
        )
        .distinct()
        .order_by(r.membership.c.person_id)
    ).all()  # fmt: skip
    return people.several(db, ids, at)


def require(db: Connection, who: Person, person: Person) -> None:
    """Oneself, an administrator, or a chief of any unit the person sits in may arrange who stands in."""
    things = [{"person_id": person.id, "unit": unit} for unit, _ in person.memberships]
    if not any(people.may(db, who, "substitute", thing) for thing in things):
        people.require(db, who, "substitute", {"person_id": person.id})


# -- acts ------------------------------------------------------------------------------------------------------------


def note(
    db: Connection, person_id: int, *, first: date, last: date, substitute: int | None, who: Person, at: datetime
) -> int:
    """The person is away from the first to the last day; by themselves, their chief or an administrator. Its id."""
    person = people.get(db, person_id, at)
    require(db, who, person)
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    _demand_dates(first, last, office_day(at))
    own = _AWAY.where(_a.person_id == person_id, _a.since < until, _over > since)
    known = [Away(*row) for row in db.execute(own)]
    if any(one.over_at() <= at for one in known):
        since = at  # called off today, and noted anew: with a substitute, say
    if before := next((one for one in known if one.over_at() > at), None):
        raise Conflict("absence_twice", f"這段期間與已登錄的請假（{before.first:%m/%d} 至 {before.last:%m/%d}）重疊。")
    if substitute is not None:
        _demand_fit(db, person, substitute, since, until, who, at)
        row = {"person_id": person_id, "substitute_id": substitute, "since": since, "until": until}
        db.execute(sa.insert(r.substitution), row)
    noted = {"person_id": person_id, "since": since, "until": until, "by": who.id, "at": at}
    absence_id = int(db.execute(sa.insert(r.absence).returning(_a.id), noted).scalar_one())
    effects = {"first": first.isoformat(), "last": last.isoformat(), "substitute": substitute}
    _journal(db, "absence.note", person_id, who, at, effects)
    _tell(db, absence_id, person, substitute, who, at, {"what": "note", **effects})
    return absence_id


def cancel(db: Connection, absence_id: int, *, who: Person, at: datetime) -> None:
    """Back earlier, or not away at all: absence and substitution end now. NotNow when it is over already."""
    row = db.execute(_AWAY.where(_a.id == absence_id)).first()
    if row is None:
        raise Missing("absence_missing", "查無此請假紀錄。")
    absent = Away(*row)
    person = people.get(db, absent.person_id, at)
    require(db, who, person)
    if absent.over_at() <= at:
        raise NotNow("absence_over", "這段請假已經結束。")
    ends = max(at, absent.since)
    db.execute(sa.update(r.absence).where(_a.id == absence_id).values(ended_at=ends))
    same = sa.and_(_s.person_id == absent.person_id, _s.since == absent.since, _s.until > ends)
    db.execute(sa.update(r.substitution).where(same).values(until=ends))
    effects = {"first": absent.first.isoformat(), "last": absent.last.isoformat(), "substitute": absent.substitute}
    _journal(db, "absence.cancel", absent.person_id, who, at, effects)
    _tell(db, absence_id, person, absent.substitute, who, at, {"what": "cancel", **effects})


def _demand_dates(first: date, last: date, today: date) -> None:
    wrong: dict[str, str] = {}
    if first < today:
        wrong["first"] = "請假不能從過去的日子開始。"
    if last < first:
        wrong["last"] = "最後一日不能早於第一日。"
    elif last - first > LONGEST:
        wrong["last"] = "一次最多登錄一年。"
    if wrong:
        raise Invalid("absence_bad", "請假資料需要修正。", fields=wrong)


def _demand_fit(
    db: Connection, person: Person, substitute: int, since: datetime, until: datetime, who: Person, at: datetime
) -> None:  # fmt: skip
    sentence = None
    if substitute == person.id:
        sentence = "代理人不可為本人。"
    elif substitute == who.id and not people.leads(db, who, person):
        sentence = "不能替別人指定自己為代理人。"
    elif substitute not in {one.id for one in eligible(db, person, at)}:
        sentence = "代理人必須是同單位人員，或擔任相同角色。"
    elif db.execute(_AWAY.where(_a.person_id == substitute, _a.since < until, _over > since)).first() is not None:
        sentence = "代理人在這段期間也請假，請另選一位。"
    elif (
        db.scalar(sa.select(_s.id).where(_s.person_id == substitute, _s.since < until, _s.until > since).limit(1))
        is not None
    ):
        sentence = "代理人在這段期間由別人代理，請另選一位。"
    if sentence:
        raise Invalid("substitute_unfit", sentence, fields={"substitute": sentence})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_ZONE).astimezone(UTC)


def _journal(db: Connection, verb: str, person_id: int, who: Person, at: datetime, effects: dict[str, Any]) -> None:
    journal.write(
        db, subject=f"person:{person_id}", verb=verb, who=who, at=at, act_id=journal.new_act(), effects=effects
    )


def _tell(
    db: Connection, absence_id: int, person: Person, substitute: int | None, who: Person, at: datetime,
    facts: dict[str, Any],
) -> None:  # fmt: skip
    """The person, unless it was themselves, and the substitute."""
    told: Sequence[int | None] = (person.id, substitute)
    for one in told:
        if one is not None and one != who.id:
            notices.post(
                db, key=f"absence:{absence_id}:{facts['what']}:{one}", to=one, case_id=None, kind="absence", at=at,
                facts={**facts, "person": person.id},
            )  # fmt: skip
