"""From an approved draft to what cases run: at once or on a day to come; and out of force again.

What came before stays a version for the cases that run on it. The clock brings a version into force whose day has
come: it is checked again, for others may have changed what it calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import BadSop, Invalid, Missing, NotNow
from engine.library import accepting, drafts, shelf, telling
from engine.library.bundles import closure, standing, stored_folder
from engine.library.drafts import Draft, Rehearse
from engine.library.folder import SopFolder
from engine.library.records import sop as sop_table
from engine.library.records import sop_version as version_table
from engine.office import people
from engine.office.people import SYSTEM, Person, office_day
from engine.sops.rules.rule import Level
from engine.sops.sop import Finding
from engine.sops.texts import required_text
from engine.store import Connection

__all__ = [
    "FURTHEST", "call_off", "due_folder", "due_versions", "hold", "look_over", "publish", "publish_in_emergency",
    "retire", "scheduled", "take_effect",
]  # fmt: skip

#: a version does not wait longer than this for its day
FURTHEST = timedelta(days=2 * 366)


def publish(
    db: Connection, sop_id: str, *, effective_on: date | None = None, operators: Collection[str] | None = None,
    rehearse: Rehearse | None = None,
    who: Person, at: datetime, act: str | None = None,
) -> int:  # fmt: skip
    """The approved draft becomes a version, in force at once or on that day; its number.

    ``act``: the act on a case in which this happens.
    Raises BadSop when it, or an SOP in force that calls it, could not run; Invalid for a day that is past.
    """
    shelf.lock(db)  # before the draft's own row: everybody locks in the same order
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    if draft.state != "approved":
        raise NotNow("draft_not_approved", "草案要經初審與複審核可，才能發布。")
    return _publish(db, draft, "sop.publish", effective_on, operators, who=who, at=at, act=act, rehearse=rehearse)


def publish_in_emergency(
    db: Connection, sop_id: str, *, reason: str, operators: Collection[str] | None = None,
    levels: Mapping[str, Level] | None = None, rehearse: Rehearse | None = None, despite: Collection[str] = (),
    who: Person, at: datetime,
) -> int:  # fmt: skip
    """緊急發布: without the reviews it lacks, at once, with a reason that the control office and the chief read.

    Errors forbid it as ever, those of the reviewers' rules too, and scenarios that fail; ``levels`` and ``rehearse``
    as ``drafts.check`` has them. ``despite``: the ``accepting.mark`` of each warning that stands from now on with the
    same reason, be the draft under review or approved: then it is another act, and its entry names them.
    """
    shelf.lock(db)
    draft = drafts.locked(db, sop_id)
    people.require(db, who, "draft_sop", draft.facts)
    if draft.state == "approved" and not despite:
        raise NotNow("draft_approved", "草案已經核可，請直接發布。")
    reason = required_text(reason, "reason", "請說明為什麼不能等審查。")
    verdict = drafts.check(db, draft, operators=operators, levels=levels, rehearse=rehearse)
    kept = [one for one in verdict.blocking if one.level == "warning" and accepting.mark(one) in despite]
    if len(kept) < len(set(despite)):
        raise Invalid("no_such_warning", "現在的草案沒有這項警告；錯誤不能附理由保留。")
    if blocking := [one for one in verdict.blocking if one not in kept]:
        first = blocking[0]
        raise BadSop(
            "sop_findings", f"還有 {len(blocking)} 項檢核發現，不能發布：{first.message}",
            element=first.element, findings=verdict.findings,
        )  # fmt: skip
    for one in kept:
        accepting.keep(db, sop_id, one, reason=reason, who=who, at=at)
    drafts.put(db, draft, emergency=reason)
    verb = "sop.publish_despite_warnings" if kept else "sop.publish_in_emergency"
    number = _publish(db, draft, verb, None, operators, who=who, at=at, reason=reason, kept=kept)
    telling.of_an_emergency(db, draft, at=at)
    return number


def _demand_walked(db: Connection, folder: SopFolder, rehearse: Rehearse | None) -> None:
    """Its scenarios once more: what it calls, or who is there, may be another since it was submitted."""
    if rehearse is None:
        return
    stand = accepting.accepted(db, [folder.id])[folder.id]
    failing = [one for one in rehearse(db, folder) if one.blocks and accepting.key(one) not in stand]
    if failing:
        first = failing[0]
        said = f"還有 {len(failing)} 個情境走不通，不能發布：{first.message}"
        raise BadSop("sop_findings", said, element=first.element, findings=failing)


def _publish(
    db: Connection, draft: Draft, verb: str, effective_on: date | None, operators: Collection[str] | None, *,
    who: Person, at: datetime, reason: str | None = None, act: str | None = None, rehearse: Rehearse | None = None,
    kept: Sequence[Finding] = (),
) -> int:  # fmt: skip
    today = office_day(at)
    if effective_on is not None and not today <= effective_on <= today + FURTHEST:
        said = "生效日應在今天以後、兩年以內。"
        raise Invalid("effective_on", said, fields={"effective_on": said})
    _demand_none_waits(db, draft.sop_id)
    callers = shelf.demand_sound(db, {draft.sop_id: draft.folder}, operators=operators)
    _demand_walked(db, draft.folder, rehearse)
    newest = db.scalar(sa.select(sa.func.max(version_table.c.number)).where(version_table.c.sop_id == draft.sop_id))
    later = effective_on is not None and effective_on > today
    row: dict[str, Any] = {
        "sop_id": draft.sop_id, "number": (newest or 0) + 1, "state": "scheduled" if later else "draft",
        "hash": draft.folder.hash, "bpmn": draft.bpmn, "forms": dict(draft.forms), "tables": dict(draft.tables),
        "scenarios": draft.scenarios, "published_by": who.id, "effective_on": effective_on if later else None,
    }  # fmt: skip
    row["id"] = db.execute(version_table.insert().values(**row).returning(version_table.c.id)).scalar_one()
    if not later:
        shelf.put_in_force(db, row, draft.folder, by=who.id, at=at)
    drafts.put(db, draft, state="published", number=row["number"], ended_at=at)
    effects: dict[str, Any] = {"draft": draft.id, "number": row["number"], "hash": row["hash"], "callers": callers}
    if later:
        effects["effective_on"] = str(effective_on)
    if kept:
        effects["kept"] = [{"rule": one.rule, "element": one.element or ""} for one in kept]
    drafts.write(db, draft.sop_id, verb, who=who, at=at, reason=reason, effects=effects, act=act)
    return int(row["number"])


# -- a day to come


def scheduled(db: Connection, sop_id: str) -> Mapping[str, Any] | None:
    """The version that waits for its day: ``id, number, effective_on, published_by``."""
    row = db.execute(_waiting().where(version_table.c.sop_id == sop_id)).mappings().first()
    return dict(row) if row is not None else None


def _demand_none_waits(db: Connection, sop_id: str) -> None:
    waiting = scheduled(db, sop_id)
    if waiting is not None:
        raise NotNow("version_scheduled", f"第 {waiting['number']} 版已排定生效，請先取消排定。")


def due_versions(db: Connection, at: datetime) -> list[int]:
    """Versions whose day has come."""
    query = sa.select(version_table.c.id).where(
        version_table.c.state == "scheduled", version_table.c.effective_on <= office_day(at)
    )
    return list(db.scalars(query.order_by(version_table.c.effective_on, version_table.c.id)))


def due_folder(db: Connection, version: int) -> SopFolder | None:
    """What a version that waits for its day holds; None when somebody was faster."""
    row = _version(db, version)
    return stored_folder(row) if row is not None else None


def take_effect(
    db: Connection, version: int, *, operators: Collection[str] | None = None, rehearse: Rehearse | None = None,
    at: datetime,
) -> bool:  # fmt: skip
    """The clock: its day has come. False when somebody was faster.

    Raises BadSop when it could no longer run, or a scenario of it no longer walks; ``rehearse`` as ``publish`` has it.
    """
    shelf.lock(db)
    row = _version(db, version)
    if row is None or row["effective_on"] > office_day(at):
        return False
    found = stored_folder(row)
    callers = shelf.demand_sound(db, {found.id: found}, operators=operators)
    _demand_walked(db, found, rehearse)
    number = shelf.put_in_force(db, dict(row), found, by=row["published_by"], at=at)
    effects = {"number": number, "hash": found.hash, "callers": callers}
    drafts.write(db, found.id, "sop.in_force", who=SYSTEM, at=at, effects=effects)
    return True


def hold(db: Connection, version: int, *, why: str, at: datetime) -> str | None:
    """A version that could not come into force on its day waits as a draft; whoever published it is told. Its SOP."""
    shelf.lock(db)
    row = _version(db, version)
    if row is None:
        return None
    _as_draft(db, version)
    effects = {"number": row["number"], "why": why}
    drafts.write(db, row["sop_id"], "sop.held", who=SYSTEM, at=at, effects=effects)
    telling.held(db, dict(row), at=at)
    return str(row["sop_id"])


def call_off(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime) -> None:
    """A version that waits for its day does not come into force; a draft may begin from it."""
    shelf.lock(db)
    waiting = scheduled(db, sop_id)
    if waiting is None:
        raise NotNow("nothing_scheduled", "沒有排定生效的版本。")
    people.require(db, who, "draft_sop", {"unit": _unit(db, waiting["id"])})
    reason = required_text(reason, "reason", "請說明理由。")
    _as_draft(db, waiting["id"])
    effects = {"number": waiting["number"], "effective_on": str(waiting["effective_on"])}
    drafts.write(db, sop_id, "sop.call_off", who=who, at=at, reason=reason, effects=effects)


def _waiting() -> sa.Select[Any]:
    c = version_table.c
    return sa.select(c.id, c.number, c.effective_on, c.published_by).where(c.state == "scheduled")


def _version(db: Connection, version: int) -> sa.RowMapping | None:
    query = sa.select(version_table, sop_table.c.division, sop_table.c.name)
    query = query.join(sop_table, sop_table.c.id == version_table.c.sop_id)
    return (
        db.execute(query.where(version_table.c.id == version, version_table.c.state == "scheduled")).mappings().first()
    )


def _as_draft(db: Connection, version: int) -> None:
    values = {"state": "draft", "effective_on": None}
    db.execute(version_table.update().where(version_table.c.id == version).values(**values))


def _unit(db: Connection, version: int) -> str | None:
    row = _version(db, version)
    return stored_folder(row).sop.sheet.unit if row is not None else None


# -- what is in force


def look_over(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime, act: str | None = None) -> None:
    """年度檢視 that found it in order: it stays as it is, and why; the next one is due in a year."""
    row = _in_force(db, sop_id)
    people.require(db, who, "draft_sop", {"unit": stored_folder(row).sop.sheet.unit})
    reason = required_text(reason, "reason", "請寫檢視的結果與維持的理由。")
    db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(looked_at=at))
    effects = {"number": row["number"]}
    drafts.write(db, sop_id, "sop.look_over", who=who, at=at, reason=reason, effects=effects, act=act)


def retire(db: Connection, sop_id: str, *, reason: str, who: Person, at: datetime) -> None:
    """停用: no case is opened of it any more; those that run go on. Refused while something in force calls it."""
    shelf.lock(db)
    row = _in_force(db, sop_id)
    people.require(db, who, "draft_sop", {"unit": stored_folder(row).sop.sheet.unit})
    reason = required_text(reason, "reason", "請說明停用的理由。")
    _demand_none_waits(db, sop_id)
    callers = _callers(db, sop_id)
    if callers:
        raise NotNow("sop_called", f"還有作業流程引用它，不能停用：{'、'.join(callers[:5])}。", callers=callers)
    db.execute(sop_table.update().where(sop_table.c.id == sop_id).values(in_force=None, retired_at=at))
    drafts.write(db, sop_id, "sop.retire", who=who, at=at, reason=reason, effects={"number": row["number"]})


def _callers(db: Connection, sop_id: str) -> Sequence[str]:
    held = standing(db)
    return [found.sop.name for name, found in held.items() if name != sop_id and sop_id in closure(name, held.get)]


def _in_force(db: Connection, sop_id: str) -> sa.RowMapping:
    query = sa.select(version_table, sop_table.c.division).join(sop_table, sop_table.c.in_force == version_table.c.id)
    row = db.execute(query.where(sop_table.c.id == sop_id)).mappings().first()
    if row is None:
        raise Missing("no_such_sop", f"沒有生效中的作業流程「{sop_id[:60]}」。", element=sop_id)
    return row
