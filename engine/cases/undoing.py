"""What was done a moment ago is undone: what may be offered for the newest act of a case, and the ways back that no
other verb goes.

An act may be undone by who did it while nothing has followed: it is the newest line of the case's journal, looks and
notes of others aside, and the verb that undoes it would pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import moving, running, sight
from engine.cases.act import of_case, of_item
from engine.cases.records import ITEM_IS_OPEN, draft, extension, item, opinion
from engine.cases.settle import settle
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.errors import Missing, NotNow
from engine.office import absence, people
from engine.office.people import Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["Undo", "offered", "take_back_assignment", "take_back_extension", "take_back_send_back"]

#: lines that follow nothing: somebody looked, a clock rang
_ASIDE = frozenset({"attachment.open", "identity.open", "ring", "linked", "unlinked", "answered"})


@dataclass(frozen=True, slots=True)
class Undo:
    """``verb`` undoes ``act``; ``thing`` is the id of the row it is asked for, ``given`` what else it needs."""

    act: str
    verb: str
    thing: int
    given: Mapping[str, Any] = field(default_factory=dict)


def offered(db: Connection, case: Mapping[str, Any], who: Person, at: datetime) -> Undo | None:
    """What this person may undo of this case now; None when the newest act is not theirs or cannot be undone."""
    line = db.execute(
        sa.select(entry.c.verb, entry.c.by, entry.c.step, entry.c.at, entry.c.effects)
        .where(entry.c.subject == f"case:{case['id']}", entry.c.verb.not_in(sorted(_ASIDE)))
        .order_by(entry.c.seq.desc())
        .limit(1)
    ).first()
    if line is None or who.id is None or line.by != who.id:
        return None
    way = _WAYS.get(line.verb)
    undo = way(db, case, who, line) if way is not None else None
    if undo is not None and undo.verb == "assign":
        to = undo.given["to"]
        return undo if absence.taker(db, to, at, case["id"]) == to else None  # away, or kept from the case
    return undo


def take_back_assignment(db: Connection, item_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """An assignment made a moment ago is undone: the step is again with whom it was, or in the pool.

    NotNow when it was not the case's newest act, or not by this person.
    """
    act, row = of_item(db, item_id, verb="take_back_assignment", who=who, at=at, office=office)
    people.require(db, who, "take_back_assignment", row)
    undo = offered(db, act.case, who, at)
    if undo is None or undo.verb != "take_back_assignment" or undo.thing != item_id:
        raise NotNow("assignment_followed", "指派之後已有其他動作，不能復原。")
    back_to = undo.given["to"]
    db.execute(item.update().where(item.c.id == item_id).values(assignee=back_to, version=item.c.version + 1))
    act.effects |= {"from": row["assignee"], "to": back_to}
    act.finish(step=row["step"])


def take_back_send_back(db: Connection, item_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """A sending back made a moment ago is undone: the step it came from is open again, with its draft.

    Limits that the way back had opened again are met as they were. NotNow when something has followed.
    """
    act, row = of_item(db, item_id, verb="take_back_send_back", who=who, at=at, office=office)
    people.require(db, who, "take_back_send_back", row)
    undo = offered(db, act.case, who, at)
    if undo is None or undo.verb != "take_back_send_back" or undo.thing != item_id:
        raise NotNow("send_back_followed", "退回之後已有其他動作，不能復原。")
    advance = flow.move(
        act.projection, act.state, row["step"], undo.given["to"], machine=running.machine(act),
        context=running.context(act),
    )  # fmt: skip
    for one in undo.given["unmet"]:
        deadlines.meet(db, act.case["id"], one["path"], datetime.fromisoformat(one["met_at"]), one["met_by"])
        act.limits = None
    settle(act, advance)
    act.effects["to"] = undo.given["to"]
    act.finish(step=row["step"])


def take_back_extension(db: Connection, extension_id: int, *, who: Person, at: datetime, office: Office) -> None:
    """A request for more time is taken back by who made it, while nobody has decided."""
    asked = db.execute(sa.select(extension).where(extension.c.id == extension_id)).first()
    if asked is None:
        raise Missing("no_such_extension", "查無此展期申請。")
    act = of_case(db, asked.case_id, verb="take_back_extension", who=who, at=at, office=office)
    sight.require(db, who, "take_back_extension", act.case, asked_by=asked.asked_by)
    waits = extension.c.id == extension_id, extension.c.state == "asked"
    if db.execute(extension.update().where(*waits).values(state="taken back", decided_at=at)).rowcount != 1:
        raise NotNow("extension_decided", "這件展期申請已經核定或不需核定。")
    act.effects |= {"extension": extension_id, "deadline": asked.deadline_path}
    act.finish()


# -- per act, what undoes it


def _open_item(db: Connection, case: Mapping[str, Any], step: str | None) -> Mapping[str, Any] | None:
    rows = db.execute(
        sa.select(item, draft.c.item_id.label("drafted"), draft.c.at.label("drafted_at"))
        .outerjoin(draft, draft.c.item_id == item.c.id)
        .where(item.c.case_id == case["id"], item.c.step == step, ITEM_IS_OPEN)
        .limit(2)
    ).mappings().all()  # fmt: skip
    return {**rows[0], "sop_id": case["sop_id"], "case_unit": case["unit"]} if len(rows) == 1 else None


def _of_complete(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    done = moving.recallable(db, case, who)
    return Undo("complete", "recall", done) if done is not None else None


def _of_claim(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    row = _open_item(db, case, line.step)
    if row is None or row["assignee"] != who.id or row["drafted"] is not None:
        return None
    return Undo("claim", "hand_back", row["id"], {"seen": row["version"]})


def _of_assign(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    row = _open_item(db, case, line.step)
    if row is None or row["assignee"] != line.effects.get("to") or row["drafted"] is not None:
        return None
    if not people.may(db, who, "take_back_assignment", row):
        return None
    return Undo("assign", "take_back_assignment", row["id"], {"to": line.effects.get("from")})


def _of_send_back(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    row = _open_item(db, case, line.effects.get("to"))
    if row is None or row["version"] != 1 or (row["drafted"] is not None and row["drafted_at"] >= row["opened_at"]):
        return None
    if not people.may(db, who, "take_back_send_back", row):
        return None
    given = {"to": line.step, "unmet": line.effects.get("unmet", [])}
    return Undo("send_back", "take_back_send_back", row["id"], given)


def _of_hand_back(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    row, before = _open_item(db, case, line.step), line.effects.get("from")
    if row is None or row["assignee"] is not None or before is None:
        return None
    if before == who.id:
        return Undo("hand_back", "claim", row["id"], {"seen": row["version"]})
    may = people.may(db, who, "assign", row)
    return Undo("hand_back", "assign", row["id"], {"seen": row["version"], "to": before}) if may else None


def _of_withdraw(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    may = case["status"] == "withdrawn" and line.effects.get("stood") and sight.may(db, who, "reopen", case)
    return Undo("withdraw", "reopen", case["id"], {"to_step": ""}) if may else None


def _of_join(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    may = case["close_reason"] == "duplicate" and sight.may(db, who, "part", case)
    return Undo("join", "part", case["id"]) if may else None


def _of_note(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    return Undo("note_add", "note_strike", line.effects["note"])


def _of_amend(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    return Undo("amend", "amend", case["id"], {"step": line.step})


def _of_extension(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    asked = line.effects["extension"]
    state = db.scalar(sa.select(extension.c.state).where(extension.c.id == asked))
    return Undo("ask_extension", "take_back_extension", asked) if state == "asked" else None


def _of_opinion(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    asked = line.effects["opinion"]
    state = db.scalar(sa.select(opinion.c.state).where(opinion.c.id == asked))
    return Undo("ask_opinion", "take_back_opinion", asked) if state == "asked" else None


def _of_priority(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    if case["status"] != "open" or not sight.may(db, who, "set_priority", case):
        return None
    return Undo("set_priority", "set_priority", case["id"], {"priority": line.effects["was"]})


def _of_solved(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    may = case["released_at"] is not None and sight.may(db, who, "set_solved", case)
    return Undo("set_solved", "set_solved", case["id"], {"solved": line.effects["was"] or ""}) if may else None


def _of_transfer(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    may = case["status"] == "open" and sight.may(db, who, "transfer", case)
    return Undo("transfer", "transfer", case["id"], {"unit": line.effects["from"]}) if may else None


def _of_suspension(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    return Undo("suspend", "proceed", case["id"]) if case["suspended_at"] is not None else None


def _of_renew(db: Connection, case: Mapping[str, Any], who: Person, line: Any) -> Undo | None:
    return Undo("renew", "renew_back", case["id"]) if sight.may(db, who, "renew", case) else None


_WAYS = {
    "complete": _of_complete, "claim": _of_claim, "assign": _of_assign, "hand_back": _of_hand_back,
    "send_back": _of_send_back, "renew": _of_renew,
    "withdraw": _of_withdraw, "join": _of_join, "note_add": _of_note, "amend": _of_amend,
    "ask_extension": _of_extension, "ask_opinion": _of_opinion, "set_priority": _of_priority,
    "set_solved": _of_solved, "transfer": _of_transfer, "suspend": _of_suspension,
}  # fmt: skip
