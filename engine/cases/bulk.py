"""One act for many: asked once, done line by line, each in a transaction of its own.

One transaction per line, so that one refusal stops nothing and nobody waits for a lock that two hundred cases hold. The
wish is kept first, with every line waiting; a line is taken in the very transaction of its act, so that it is done once
however often the form arrives, whoever carries on with it, and wherever the machine stopped. What was refused keeps its
sentence. Each act asks its own permission and leaves its own entry: there is no right to do things in bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.cases import priority, reminding, renewing
from engine.cases.desks.matter import subject_of
from engine.cases.reasons import required_reason
from engine.cases.records import bulk, bulk_line, case, item
from engine.cases.surroundings import Office
from engine.cases.working import assign, hand_back
from engine.errors import Invalid, Missing, NotAllowed, NotNow, Refusal
from engine.office import people
from engine.office.people import Person
from engine.office.records import chain_head, entry
from engine.store import Connection, Store

__all__ = ["ACTS", "MOST", "Chosen", "Standing", "begin", "carry_on", "lines", "standing", "take_back", "undoable"]

#: as many as one wish takes
MOST = 500
#: act → whether it is done to a work item (else to the case)
ACTS: Mapping[str, bool] = {
    "assign": True, "hand_back": True, "remind": True, "priority": False, "follow_up": False, "undo": True,
    "renew": False, "renew_back": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """One line: a case, or an item of it as it was seen (its version)."""

    case_id: int
    item_id: int | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a wish has come. ``undoable``: lines that can still be taken back, nothing having followed."""

    id: int
    act: str
    by: int
    at: datetime
    to: int | None
    level: int | None
    reason: str
    undoes: int | None
    lines: int
    waiting: int
    done: int
    refused: int
    undoable: int


def begin(
    db: Connection, act: str, chosen: Sequence[Chosen], *, reason: str, key: str, who: Person, at: datetime,
    to: int | None = None, level: int | None = None, given: Mapping[str, str] | None = None, undoes: int | None = None,
) -> int:  # fmt: skip
    """Keep a wish with all its lines waiting; its id. The same form sent again gives the same id and begins nothing.

    Raises Invalid for nothing chosen, too many, no reason, or nobody to give it to. No case is touched yet.
    """
    if act not in ACTS or who.id is None:
        raise Invalid("bulk_act", "請選擇要辦理的動作。", fields={"act": "請選擇要辦理的動作。"})
    wrong: dict[str, str] = {}
    if not chosen:
        wrong["item"] = "請至少勾選一項。"
    elif len(chosen) > MOST:
        wrong["item"] = f"一次至多 {MOST} 項，請先篩選。"
    if act == "assign" and to is None:
        wrong["to"] = "請選擇要指派的人。"
    if act == "priority" and level not in priority.PRIORITIES:
        wrong["level"] = "請選擇速別。"
    try:
        reason = required_reason(reason)
    except Invalid as bad:
        wrong |= bad.fields
    if wrong:
        raise Invalid("bulk", next(iter(wrong.values())), fields=wrong)
    unique = list(dict.fromkeys(chosen))
    row = {
        "key": key, "act": act, "by": who.id, "at": at, "to": to, "level": level, "reason": reason, "undoes": undoes,
        "lines": len(unique), "given": dict(given) if given else None,
    }  # fmt: skip
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    begun = db.scalar(insert(bulk).values(row).on_conflict_do_nothing(index_elements=["key"]).returning(bulk.c.id))
    if begun is None:
        found = db.execute(sa.select(bulk.c.id, bulk.c.by).where(bulk.c.key == key)).one()
        if found.by != who.id:
            raise NotAllowed("key_reused", "這份表單已用於另一個動作，請重新開啟頁面後再送出。")
        return int(found.id)
    db.execute(
        bulk_line.insert(),
        [
            {"bulk_id": begun, "n": n, "case_id": one.case_id, "item_id": one.item_id, "seen": one.seen,
             "state": "waiting"}
            for n, one in enumerate(unique, 1)
        ],
    )  # fmt: skip
    return int(begun)


def carry_on(store: Store, bulk_id: int, *, who: Person, at: datetime, office: Office, most: int = MOST) -> int:
    """Do up to ``most`` waiting lines, in their order; how many still wait. A door's verb: it opens transactions."""
    with store.look() as db:
        wish = _own(db, bulk_id, who)
        waiting = sa.and_(bulk_line.c.bulk_id == bulk_id, bulk_line.c.state == sa.literal_column("'waiting'"))
        found = db.execute(sa.select(bulk_line).where(waiting).order_by(bulk_line.c.n).limit(most)).mappings().all()
        rows = [dict(row) for row in found]
    for row in rows:
        try:
            with store.act() as db:
                _do(db, wish, row, who=who, at=at, office=office)
        except Refusal as refusal:
            with store.act() as db:
                _settle(db, row, "refused", code=refusal.code, sentence=refusal.sentence)
    with store.look() as db:
        return standing(db, bulk_id, who=who).waiting


def _do(
    db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], *, who: Person, at: datetime, office: Office
) -> None:
    """One line: take it, do it, note what it was before. Somebody else who took it a moment ago has done it."""
    if not _settle(db, row, "done"):
        return
    by: dict[str, Any] = {"who": who, "at": at, "office": office}
    before = _before(db, row, on_item=ACTS[wish["act"]])
    _VERBS[wish["act"]](db, wish, row, by)
    after = db.scalar(sa.select(item.c.version).where(item.c.id == row["item_id"])) if row["item_id"] else None
    db.execute(bulk_line.update().where(*_this(row)).values(before=before, after=after))


def _assign(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    assign(db, row["item_id"], to=wish["to"], reason=wish["reason"], seen=row["seen"], **by)


def _hand_back(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    hand_back(db, row["item_id"], reason=wish["reason"], seen=row["seen"], **by)


def _remind(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    reminding.remind(db, row["item_id"], reason=wish["reason"], **by)


def _priority(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    priority.set_priority(db, row["case_id"], wish["level"], reason=wish["reason"], **by)


def _follow_up(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    reminding.follow_up(db, row["case_id"], reason=wish["reason"], **by)


def _renew(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    renewing.renew(db, row["case_id"], reason=wish["reason"], lands=wish["given"] or {}, **by)


def _renew_back(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    renewing.back(db, row["case_id"], **by)


def _undo(db: Connection, wish: Mapping[str, Any], row: Mapping[str, Any], by: Mapping[str, Any]) -> None:
    """Back to who held it before: to a person, or to the pool."""
    of = sa.and_(bulk_line.c.bulk_id == wish["undoes"], bulk_line.c.item_id == row["item_id"])
    held = db.scalar(sa.select(bulk_line.c.before).where(of))
    if held is None:
        hand_back(db, row["item_id"], reason=wish["reason"], seen=row["seen"], **by)
    else:
        assign(db, row["item_id"], to=held, reason=wish["reason"], seen=row["seen"], **by)


_VERBS: Mapping[str, Callable[[Connection, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], None]] = {
    "assign": _assign, "hand_back": _hand_back, "remind": _remind, "priority": _priority, "follow_up": _follow_up,
    "undo": _undo, "renew": _renew, "renew_back": _renew_back,
}  # fmt: skip


def _before(db: Connection, row: Mapping[str, Any], *, on_item: bool) -> int | None:
    if on_item:
        held: int | None = db.scalar(sa.select(item.c.assignee).where(item.c.id == row["item_id"]))
        return held
    return int(db.scalar(sa.select(case.c.priority).where(case.c.id == row["case_id"])) or 0)


def _this(row: Mapping[str, Any]) -> tuple[sa.ColumnElement[bool], ...]:
    return (bulk_line.c.bulk_id == row["bulk_id"], bulk_line.c.n == row["n"])


def _settle(db: Connection, row: Mapping[str, Any], state: str, **values: Any) -> bool:
    """Take a waiting line; False when it waits no more."""
    taken = db.execute(
        bulk_line.update().where(*_this(row), bulk_line.c.state == "waiting").values(state=state, **values)
    )
    return taken.rowcount == 1


# -- how it stands, and back again


def standing(db: Connection, bulk_id: int, *, who: Person) -> Standing:
    """How far it has come. Missing for anybody but whoever asked it."""
    wish = _own(db, bulk_id, who)
    of = bulk_line.c.bulk_id == bulk_id
    states = sa.select(bulk_line.c.state, sa.func.count().label("many")).where(of).group_by(bulk_line.c.state)
    counts: dict[str, int] = {row.state: row.many for row in db.execute(states)}
    asked = {name: wish[name] for name in ("id", "act", "by", "at", "to", "level", "reason", "undoes", "lines")}
    asked |= {state: counts.get(state, 0) for state in ("waiting", "done", "refused")}
    return Standing(**asked, undoable=len(_untouched(db, wish)))


def lines(db: Connection, bulk_id: int, *, who: Person) -> list[Mapping[str, Any]]:
    """Every line with its case and step, the refused first, as they were chosen."""
    _own(db, bulk_id, who)
    subject = sa.case((people.not_excluded(who, case.c.id), subject_of(case.c.id, case.c.start)))
    query = (
        sa.select(
            bulk_line, case.c.number, case.c.title, case.c.sop_id, item.c.name, item.c.step, subject.label("subject")
        )
        .join(case, case.c.id == bulk_line.c.case_id)
        .join(item, item.c.id == bulk_line.c.item_id, isouter=True)
        .where(bulk_line.c.bulk_id == bulk_id)
        .order_by(sa.case((bulk_line.c.state == "refused", 0), else_=1), bulk_line.c.n)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def undoable(db: Connection, bulk_id: int, *, who: Person) -> list[Chosen]:
    """The lines of an assignment, a hand-back or a renewal that nothing has followed; none of any other act."""
    wish = _own(db, bulk_id, who)
    return [Chosen(row.case_id, row.item_id, row.after) for row in _untouched(db, wish)]


def take_back(db: Connection, bulk_id: int, *, key: str, who: Person, at: datetime) -> int:
    """A new wish that gives back what this one moved, where nothing has followed; its id. NotNow when none is left."""
    wish = _own(db, bulk_id, who)
    same = db.scalar(sa.select(bulk.c.id).where(bulk.c.key == key, bulk.c.by == who.id))
    if same is not None:
        return int(same)
    found = undoable(db, bulk_id, who=who)
    if not found:
        raise NotNow("nothing_to_undo", "這批項目之後都已有人接手，沒有可以復原的。")
    reason = f"復原整批辦理：{wish['reason']}"[:2000]
    act = "renew_back" if wish["act"] == "renew" else "undo"
    return begin(db, act, found, reason=reason, key=key, who=who, at=at, undoes=bulk_id)


def _untouched(db: Connection, wish: Mapping[str, Any]) -> Sequence[Any]:
    if wish["act"] == "renew":
        return _last_renewed(db, wish)
    if wish["act"] not in ("assign", "hand_back"):
        return []
    query = (
        sa.select(bulk_line.c.case_id, bulk_line.c.item_id, bulk_line.c.after)
        .join(item, item.c.id == bulk_line.c.item_id)
        .where(
            bulk_line.c.bulk_id == wish["id"], bulk_line.c.state == "done", item.c.status == "open",
            item.c.version == bulk_line.c.after,
            bulk_line.c.before.is_distinct_from(item.c.assignee),
        )
        .order_by(bulk_line.c.n)
    )  # fmt: skip
    return db.execute(query).all()


def _last_renewed(db: Connection, wish: Mapping[str, Any]) -> Sequence[Any]:
    """Cases whose newest entry is the renewal."""
    subject = sa.literal("case:") + sa.cast(bulk_line.c.case_id, sa.String)
    query = (
        sa.select(bulk_line.c.case_id, sa.null().label("item_id"), sa.null().label("after"))
        .join(chain_head, chain_head.c.subject == subject)
        .join(entry, sa.and_(entry.c.subject == chain_head.c.subject, entry.c.seq == chain_head.c.seq))
        .where(
            bulk_line.c.bulk_id == wish["id"], bulk_line.c.state == "done", entry.c.verb == "renew",
            entry.c.by == wish["by"],
        )
        .order_by(bulk_line.c.n)
    )  # fmt: skip
    return db.execute(query).all()


def _own(db: Connection, bulk_id: int, who: Person) -> Mapping[str, Any]:
    row = db.execute(sa.select(bulk).where(bulk.c.id == bulk_id, bulk.c.by == who.id)).mappings().first()
    if row is None:
        raise Missing("no_such_bulk", "查無此批次，或不是您辦理的。")
    return dict(row)
