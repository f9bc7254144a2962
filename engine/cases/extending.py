"""An extension 展期: asked by who holds the case, decided by rank, both before anything is late. The old date stays.

How much may be asked, how often, and who decides stands in the SOP (``extendBy``, ``extendTimes``, ``extendLevel``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import holding, interim, limits, people_of, sight
from engine.cases.act import Act, of_case
from engine.cases.reasons import required_reason
from engine.cases.records import extension
from engine.cases.surroundings import Office
from engine.dates import changes, lookups, roc
from engine.dates.changes import Moved
from engine.dates.periods import UNIT_WORDS, Due
from engine.errors import Conflict, Invalid, Missing, NotAllowed, NotNow
from engine.flow import ProjectedDeadline, Projection
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Allowed", "allowed", "ask", "decide", "would_be"]

#: who decides where the SOP names no level: the section chief
_LEVEL = "三層"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What of one running deadline may still be asked: so much a time, so many times more, granted at that level."""

    path: str
    name: str
    due_at: datetime
    length: int
    unit: str
    times_left: int
    level: str


def ask(
    db: Connection, case_id: int, path: str, *, length: int, unit: str | None = None, reason: str, who: Person,
    at: datetime, office: Office,
) -> int:  # fmt: skip
    """Ask for more time on one deadline; the request's id. Those who may grant it are told.

    Invalid for a length beyond the SOP's limit or past its cap; NotNow after the due date, while another request
    waits, while the clock is stopped, or when no extension is left.
    """
    act = of_case(db, case_id, verb="ask_extension", who=who, at=at, office=office)
    holding.require(act, "ask_extension")
    limit = _limit(act.projection, path)
    row = _running(act, path)
    may = _allowed(limit, row._mapping, _of(db, case_id, path))
    if row.due_at < at:
        raise NotNow("extension_late", f"「{row.name}」已於 {roc.moment(row.due_at)} 屆滿，展期須在期限內申請。")
    _check_length(may, length, unit or may.unit)
    reason = required_reason(reason)
    later, cap = changes.extend(row, changes.stood(row), length, may.unit, office.calendar), _cap(row, office)
    if cap is not None and later.due > cap.due:
        span = f"{cap.length:g}{UNIT_WORDS[cap.unit]}，{roc.moment(cap.due)}"
        sentence = f"展期後會超過上限（{span}），請縮短。"
        raise Invalid("extension_past_cap", sentence, fields={"length": sentence})
    if later.due <= row.due_at:
        raise Invalid("extension_useless", "這樣展期不會使期限延後。", fields={"length": "這樣展期不會使期限延後。"})
    asked = {
        "case_id": case_id, "deadline_path": path, "length": length, "unit": may.unit, "reason": reason,
        "asked_by": who.id, "asked_at": at, "state": "asked", "old_due_at": row.due_at,
    }  # fmt: skip
    extension_id = int(db.execute(extension.insert().returning(extension.c.id), asked).scalar_one())
    act.effects |= {
        "extension": extension_id, "deadline": path, "length": length, "counted_in": may.unit, "level": may.level,
        "would_be": later.due.isoformat(),
    }  # fmt: skip
    people_of.tell(
        act, _deciders(act, may.level), kind="extension", key=f"extension:{extension_id}:asked", with_stand_ins=True,
        facts={"deadline": path, "name": row.name, "due": row.due_at.isoformat(), "state": "asked"},
    )  # fmt: skip
    act.finish(reason=reason)
    return extension_id


def decide(
    db: Connection, extension_id: int, *, grant: bool, reason: str = "", who: Person, at: datetime, office: Office
) -> None:
    """Grant or refuse a request, by whoever signs at its level or above. A refusal gives its reason.

    Nobody decides their own request, nor one of a person they stand in for. Granted: the due date moves and with it
    rungs, timers and items; the old date stays readable. NotNow when it was decided or overtaken before.
    """
    case_id = db.execute(sa.select(extension.c.case_id).where(extension.c.id == extension_id)).scalar()
    if case_id is None:
        raise Missing("no_such_extension", "查無此展期申請。")
    verb = "grant_extension" if grant else "refuse_extension"
    act = of_case(db, case_id, verb=verb, who=who, at=at, office=office)
    asked = db.execute(sa.select(extension).where(extension.c.id == extension_id)).one()
    limit = _limit(act.projection, asked.deadline_path)
    level = limit.deadline.extend_level or _LEVEL
    sight.require(db, who, "decide_extension", act.case, level=level)
    if asked.asked_by in who.ids:
        raise NotAllowed("own_extension", "不能核定自己（或所代理的人）申請的展期。")
    _still_asked(db, asked, at)
    cleaned = required_reason(reason) if reason.strip() or not grant else ""
    row = _running(act, asked.deadline_path)
    values: dict[str, Any] = {"decided_by": who.id, "decided_at": at, "decision": cleaned or None}
    act.effects |= {"extension": extension_id, "deadline": row.path}
    if grant:
        later = would_be(row, asked.length, asked.unit, office)
        if later.due <= row.due_at:
            raise NotNow("extension_useless", "這個期限已達上限，展期不會使它延後。")
        changes.move(
            db, row, later, kind="extension", why=asked.reason, at=at, act=act.id, calendar=office.calendar,
            facts={"extension": extension_id, "length": asked.length, "unit": asked.unit},
        )  # fmt: skip
        act.limits = None
        limits.carry_due(act)
        act.effects["moved"] = [{"path": row.path, "from": row.due_at.isoformat(), "to": later.due.isoformat()}]
        values |= {"state": "granted", "new_due_at": later.due}
        if interim.concerns(act, row.path):
            interim.send(act, "interim", extension_id, due=later.due)
    else:
        values["state"] = "refused"
    db.execute(extension.update().where(extension.c.id == extension_id).values(**values))
    due = values.get("new_due_at", row.due_at)
    facts = {"deadline": row.path, "name": row.name, "due": due.isoformat(), "state": values["state"]}
    people_of.tell_persons(
        act, [asked.asked_by, *people_of.reached(db, act.case, "holder", at)], kind="extension",
        key=f"extension:{extension_id}:decided", facts=facts,
    )  # fmt: skip
    act.finish(reason=cleaned or None)


def would_be(row: Any, length: int, unit: str, office: Office) -> Moved:
    """Where a running deadline would stand after an extension, never past its cap; pure."""
    return changes.extend(row, changes.stood(row), length, unit, office.calendar, cap=_cap(row, office))


def _cap(row: Any, office: Office) -> Due | None:
    return changes.cap_of(row, office.calendar, row.changes)


def _deciders(act: Act, level: str) -> list[str]:
    """The lowest role that may grant it and that is not the asker's alone."""
    for role in people.LEVELS[level]:
        held = people.holders(act.db, role, act.case["unit"], act.at) if act.case["unit"] is not None else []
        if any(person.id not in act.who.ids for person in held):
            return [f"{role}@responsible"]
    return []


def allowed(
    projection: Projection, running: Sequence[Any], requests: Sequence[Mapping[str, Any]], *, at: datetime
) -> Iterator[Allowed]:
    """For the page: what may be asked now, of which deadlines."""
    for row in running:
        limit = projection.deadlines.get(row["path"])
        if limit is None or row["due_at"] < at or row["stopped_at"] is not None or row["ended_at"] is not None:
            continue
        try:
            yield _allowed(limit, row, [r for r in requests if r["deadline_path"] == row["path"]])
        except (Invalid, NotNow):
            continue


def _limit(projection: Projection, path: str) -> ProjectedDeadline:
    limit = projection.deadlines.get(path)
    if limit is None:
        raise Missing("no_such_deadline", "這個案件沒有這個期限。")
    return limit


def _running(act: Act, path: str) -> Any:
    """The deadline as it runs. NotNow, with when and by what, where it is over; or while it stands still."""
    row = lookups.newest_of(act.db, act.case["id"], path)
    if row is None:
        raise NotNow("deadline_not_begun", "這個期限還沒有起算。")
    if row.met_at is not None:
        raise NotNow("deadline_met", f"「{row.name}」已於 {roc.moment(row.met_at)} 達成，不需展期。")
    if row.ended_at is not None:
        raise NotNow("deadline_over", f"「{row.name}」已於 {roc.moment(row.ended_at)} 結束。")
    if row.stopped_at is not None:
        raise NotNow("clock_stopped", f"「{row.name}」停止計時中，恢復後才能展期。")
    return row


def _of(db: Connection, case_id: int, path: str) -> list[Mapping[str, Any]]:
    query = sa.select(extension).where(extension.c.case_id == case_id, extension.c.deadline_path == path)
    return [dict(row) for row in db.execute(query.order_by(extension.c.id)).mappings()]


def _allowed(limit: ProjectedDeadline, found: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]) -> Allowed:
    spec = limit.deadline
    if spec.extend_by is None or spec.extend_unit is None:
        raise Invalid("not_extendable", f"「{found['name']}」依作業流程不能展期。")
    if any(request["state"] == "asked" for request in requests):
        raise NotNow("extension_waits", "已有一件展期申請等候核定。")
    # one that began anew is another deadline: what was granted to the one before does not count
    granted = [r for r in requests if r["state"] == "granted" and r["asked_at"] >= found["starts_at"]]
    left = (spec.extend_times or 1) - len(granted)
    if left <= 0:
        raise NotNow("no_extension_left", f"「{found['name']}」最多展期 {spec.extend_times or 1} 次，已經用完。")
    return Allowed(
        limit.path, found["name"], found["due_at"], spec.extend_by, spec.extend_unit, left,
        spec.extend_level or _LEVEL,
    )  # fmt: skip


def _check_length(may: Allowed, length: int, unit: str) -> None:
    words = UNIT_WORDS.get(may.unit, may.unit)
    if unit != may.unit:
        sentence = f"「{may.name}」的展期以{words}計。"
        raise Invalid("extension_unit", sentence, fields={"unit": sentence})
    if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= may.length:
        sentence = f"展期須為 1 到 {may.length} {words}。"
        raise Invalid("extension_length", sentence, fields={"length": sentence})


def _still_asked(db: Connection, asked: Any, at: datetime) -> None:
    if asked.state == "asked":
        return
    if asked.state == "overtaken":
        raise NotNow("extension_overtaken", f"期限已於 {roc.moment(asked.decided_at)} 達成或結束，申請不需再核定。")
    if asked.state == "taken back":
        raise NotNow("extension_taken_back", f"這件展期申請已於 {roc.moment(asked.decided_at)} 由申請人收回。")
    if asked.decided_by is None:
        raise Conflict("extension_changed", "這件展期申請剛剛有異動，請重新開啟後再試。")
    by = people.names(db, [asked.decided_by]).get(asked.decided_by, "他人")
    word = "核准" if asked.state == "granted" else "不准"
    raise NotNow("extension_decided", f"這件展期申請已由{by}於 {roc.moment(asked.decided_at)} {word}。", by=by)
