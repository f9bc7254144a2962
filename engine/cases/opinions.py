"""An opinion asked of another unit 會辦: the case goes on meanwhile, and the unit that is responsible stays so.

The question and the answer stay in the opinion's own row; journal and notices say only that, whom and until when.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import holding, people_of, sight
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_text
from engine.cases.records import opinion
from engine.cases.surroundings import Office
from engine.dates import roc
from engine.errors import Invalid, Missing, NotAllowed, NotNow
from engine.office import people
from engine.office.people import Person
from engine.store import Connection, Prepared

__all__ = ["ask_opinion", "asked_role", "end_with_the_case", "give_opinion", "take_back_opinion"]

#: who is asked in a unit: the first of these roles somebody holds there
_ROLES = ("officer", "section_chief", "unit_head")
#: characters of an answer
MOST = 10_000
_ASKED_OF = Prepared(
    sa.select(opinion).where(
        opinion.c.case_id == sa.bindparam("case_id"), opinion.c.state == sa.literal_column("'asked'")
    )
)


def ask_opinion(
    db: Connection, case_id: int, unit: str, question: str, *, due: date | None = None, who: Person, at: datetime,
    office: Office,
) -> int:  # fmt: skip
    """Ask a co-operating unit, by who holds the case or their chief; the opinion's id. Its officers are told.

    ``due`` is a day, until the office closes on it. Invalid for the responsible unit itself, for a unit nobody sits in
    and for a day that is over; NotNow while the same unit is asked already.
    """
    act = of_case(db, case_id, verb="ask_opinion", who=who, at=at, office=office)
    holding.require(act, "ask_opinion")
    known = people.units(db, at)
    if unit not in known:
        raise Invalid("no_such_unit", "請選擇會辦的單位。", fields={"unit": "請選擇會辦的單位。"})
    name = known[unit].name
    if unit == act.case["unit"]:
        sentence = f"{name}是本案的權責單位，不需會辦。"
        raise Invalid("own_unit", sentence, fields={"unit": sentence})
    role = asked_role(db, unit, at)
    if role is None:
        sentence = f"{name}目前沒有可以會辦的人員。"
        raise Invalid("nobody_there", sentence, fields={"unit": sentence})
    asked = required_text(question, "question", "請寫明要會辦的事項。")
    due_at = _until(due, at, office) if due is not None else None
    waits = opinion.c.case_id == case_id, opinion.c.unit == unit, opinion.c.state == "asked"
    earlier = db.execute(sa.select(opinion.c.asked_at).where(*waits)).scalar()
    if earlier is not None:
        raise NotNow("already_asked", f"已於 {roc.moment(earlier)} 會辦{name}，尚未回覆。")
    row = {
        "case_id": case_id, "unit": unit, "role": role, "question": asked, "asked_by": who.id, "asked_at": at,
        "due_at": due_at, "state": "asked",
    }  # fmt: skip
    opinion_id = int(db.execute(opinion.insert().returning(opinion.c.id), row).scalar_one())
    act.effects |= {"opinion": opinion_id, "asked": unit}
    if due_at is not None:
        act.effects["due"] = due_at.isoformat()
    _tell_the_asked(act, {**row, "id": opinion_id}, "asked")
    act.finish()
    return opinion_id


def give_opinion(
    db: Connection, opinion_id: int, answer: str, *, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """Answer, by an officer or chief of the asked unit. Who asked and who holds the case are told."""
    act, row = _begin(db, opinion_id, "give_opinion", who, at, office)
    if not people.may(db, who, "give_opinion", {**row, "case_id": act.case["id"]}):
        sight.require(db, who, "see", act.case)
        raise NotAllowed("not_asked", "只有被會辦單位的人員可以回覆。")
    _still_asked(db, row)
    said = required_text(answer, "answer", "請填寫會辦意見。", limit=MOST)
    db.execute(
        opinion.update()
        .where(opinion.c.id == opinion_id)
        .values(state="given", answer=said, given_by=who.id, given_at=at)
    )
    act.effects |= {"opinion": opinion_id, "asked": row["unit"]}
    if row["due_at"] is not None and at > row["due_at"]:
        act.effects["late"] = True
    people_of.tell_persons(
        act, [row["asked_by"], *people_of.holders_of(db, act.case["id"], at)], kind="opinion",
        key=f"opinion:{opinion_id}:given", facts={"state": "given", "unit": row["unit"]},
    )  # fmt: skip
    act.finish()


def take_back_opinion(
    db: Connection, opinion_id: int, *, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """No longer asked: by who asked or their chief, while nobody has answered. The asked unit is told."""
    act, row = _begin(db, opinion_id, "take_back_opinion", who, at, office)
    sight.require(db, who, "take_back_opinion", act.case, asked_by=row["asked_by"])
    _still_asked(db, row)
    db.execute(opinion.update().where(opinion.c.id == opinion_id).values(state="taken back", given_at=at))
    act.effects |= {"opinion": opinion_id, "asked": row["unit"]}
    _tell_the_asked(act, row, "taken back")
    act.finish()


def end_with_the_case(act: Act) -> None:
    """The case is over: what was asked and not answered is no longer waited for; the asked units are told."""
    rows = [row._asdict() for row in _ASKED_OF.rows(act.db, case_id=act.case["id"])]
    if not rows:
        return
    ids = [row["id"] for row in rows]
    act.db.execute(opinion.update().where(opinion.c.id.in_(ids)).values(state="overtaken", given_at=act.at))
    act.effects["opinions_ended"] = ids
    for row in rows:
        _tell_the_asked(act, row, "overtaken")


def asked_role(db: Connection, unit: str, at: datetime) -> str | None:
    """The role whose holders in this very unit are asked; None where nobody there could answer."""
    for role in _ROLES:
        if any((unit, role) in person.memberships for person in people.holders(db, role, unit, at)):
            return role
    return None


def _begin(
    db: Connection, opinion_id: int, verb: str, who: Person, at: datetime, office: Office
) -> tuple[Act, dict[str, Any]]:
    case_id = db.execute(sa.select(opinion.c.case_id).where(opinion.c.id == opinion_id)).scalar()
    if case_id is None:
        raise Missing("no_such_opinion", "查無此會辦。")
    act = of_case(db, case_id, verb=verb, who=who, at=at, office=office)
    row = db.execute(sa.select(opinion).where(opinion.c.id == opinion_id)).mappings().one()
    return act, dict(row)


def _still_asked(db: Connection, row: dict[str, Any]) -> None:
    if row["state"] == "asked":
        return
    when = roc.moment(row["given_at"])
    if row["state"] == "given":
        by = people.names(db, [row["given_by"]]).get(row["given_by"], "他人")
        raise NotNow("opinion_given", f"這件會辦已由{by}於 {when} 回覆。", by=row["given_by"])
    if row["state"] == "overtaken":
        raise NotNow("opinion_overtaken", f"案件已於 {when} 結束，不需再回覆會辦。")
    raise NotNow("opinion_taken_back", f"這件會辦已於 {when} 收回。")


def _until(due: date, at: datetime, office: Office) -> datetime:
    due_at = office.calendar.closing(due)
    if due_at <= at:
        raise Invalid("opinion_due", "會辦期限須在今天以後。", fields={"due": "會辦期限須在今天以後。"})
    return due_at


def _tell_the_asked(act: Act, row: dict[str, Any], state: str) -> None:
    held = [person.id for person in people.holders(act.db, row["role"], row["unit"], act.at)]
    told = [person for person in held if person is not None]
    stand_ins = people.standing_in(act.db, told, act.at)
    facts = {"state": state, "unit": row["unit"]}
    if row["due_at"] is not None:
        facts["due"] = row["due_at"].isoformat()
    people_of.tell_persons(
        act, [each for person in told for each in (person, *stand_ins.get(person, ()))], kind="opinion",
        key=f"opinion:{row['id']}:{state}", facts=facts,
    )  # fmt: skip
