"""Duplicates that were found later: a person joins them, and parts them again where nothing has followed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases import duplicates, ending, sight
from engine.cases.act import Act, lock_all, of_case
from engine.cases.reasons import required_reason
from engine.cases.records import case as case_table
from engine.cases.records import document, link
from engine.cases.surroundings import Office
from engine.cases.taking_up import as_it_stood, take_up
from engine.errors import Invalid, NotNow
from engine.office.people import Person
from engine.office.records import notice
from engine.store import Connection

__all__ = ["join", "part"]


def join(
    db: Connection, case_id: int, original: str, *, reason: str, who: Person, at: datetime, office: Office
) -> None:  # fmt: skip
    """Close the case on an earlier one it repeats. Nothing is deleted; the petitioner and both desks are told.

    ``original`` is a case number. Invalid for an unknown one, for itself, and for one that was closed or withdrawn on
    another ground; NotNow for a case that is over. Control of it ends, that of the original goes on. Both are held from
    the beginning: of two cases that are joined to each other in one instant, one stays.
    """
    meant = db.scalar(sa.select(case_table.c.id).where(case_table.c.number == original.strip()[:20]))
    lock_all(db, [case_id, *([meant] if meant is not None else [])])
    act = of_case(db, case_id, verb="join", who=who, at=at, office=office)
    sight.require(db, who, "join", act.case)
    if act.case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    other = _original(act, original)
    reason = required_reason(reason)
    ending.stop(act)
    in_control = act.case["controlled_at"] is not None
    act.change(
        status="ended", ended_at=at, close_reason="duplicate", released_at=at if in_control else None, solved=None
    )
    db.execute(link.delete().where(link.c.case_id == case_id, link.c.to_id == other["id"], link.c.kind == "duplicate"))
    db.execute(link.insert(), {"case_id": case_id, "to_id": other["id"], "kind": "duplicate", "at": at})
    act.effects["original"] = other["number"]
    duplicates.register(act, None, other, duplicates.EVERYBODY)
    act.touch(other["id"], "linked", {"kind": duplicates.DUPLICATE, "from": act.case["number"]})
    act.finish(reason=reason)


def part(db: Connection, case_id: int, *, reason: str, who: Person, at: datetime, office: Office) -> None:
    """Undo a joining: the case goes on where it stood, the link is gone. The petitioner is told unless the letter about
    the joining has not left yet; then that one stays in the house.

    NotNow when the case is not one that a person joined, or has been taken up since.
    """
    act = of_case(db, case_id, verb="part", who=who, at=at, office=office)
    sight.require(db, who, "part", act.case)
    stood = as_it_stood(db, case_id, "join")
    if act.case["status"] != "ended" or act.case["close_reason"] != "duplicate" or stood is None:
        raise NotNow("not_joined", "這個案件不是併案結束的，不能解除併案。")
    reason = required_reason(reason)
    other = db.execute(
        sa.select(link.c.to_id, case_table.c.number)
        .join(case_table, case_table.c.id == link.c.to_id)
        .where(link.c.case_id == case_id, link.c.kind == "duplicate")
        .order_by(link.c.at.desc())
        .limit(1)
    ).one()
    db.execute(link.delete().where(link.c.case_id == case_id, link.c.to_id == other.to_id, link.c.kind == "duplicate"))
    act.effects["original"] = other.number
    if not _kept_in_the_house(act):
        duplicates.tell_petitioner(
            act, "parted", key=f"parted:{case_id}:{act.id}", facts={"original": other.number}
        )  # fmt: skip
    act.touch(other.to_id, "unlinked", {"kind": duplicates.DUPLICATE, "from": act.case["number"]})
    take_up(act, stood)
    act.finish(reason=reason)


def _original(act: Act, number: str) -> dict[str, Any]:
    row = act.db.execute(
        sa.select(case_table.c.id, case_table.c.number, case_table.c.status, case_table.c.close_reason,
                  case_table.c.unit, case_table.c.opened_by)
        .where(case_table.c.number == number.strip()[:20])
    ).mappings().first()  # fmt: skip
    if row is None or not sight.may(act.db, act.who, "see", dict(row)):
        raise _wrong("查無此案號。")
    if row["id"] == act.case["id"]:
        raise _wrong("不能併入自己。")
    if row["status"] == "withdrawn":
        raise _wrong("原案已撤案，不能併入。")
    if row["close_reason"] == "duplicate":
        raise _wrong("這件案件本身已併入別案，請改併入該案。")
    return dict(row)


def _wrong(sentence: str) -> Invalid:
    return Invalid("original", sentence, fields={"original": sentence})


def _kept_in_the_house(act: Act) -> bool:
    """Whether the letter about the joining never left: none was to go, or it still waited and waits no more."""
    newest = (
        sa.select(document.c.notice_id)
        .where(document.c.case_id == act.case["id"], document.c.kind == "duplicate-record")
        .order_by(document.c.id.desc())
        .limit(1)
    )
    letter = act.db.execute(newest).scalar()
    if letter is None:
        return True
    waits = notice.c.id == letter, notice.c.state == "waiting", notice.c.tries == 0
    return act.db.execute(notice.update().where(*waits).values(state="none", next_try_at=None)).rowcount == 1
