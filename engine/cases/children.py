"""The cases that a case opened: where each stands, and what they bring back. Reading only, but for a long text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import answers as answering
from engine.cases.act import Act
from engine.cases.records import answer, case, child
from engine.dates.records import deadline
from engine.library import shelf
from engine.store import Connection, Prepared

__all__ = ["Row", "newest", "opened_since", "outs", "over", "rounds_of", "waited_for"]

Row = Mapping[str, Any]

_NEWEST = sa.select(sa.func.max(child.c.opening)).where(
    child.c.parent_id == sa.bindparam("parent"), child.c.step == sa.bindparam("step")
)
_OF_BOX = (
    sa.select(
        child.c.case_id, child.c.entry, child.c.position, child.c.opening, child.c.waits, case.c.number, case.c.status,
        case.c.end, case.c.bundle, case.c.start, case.c.state,
    )
    .join(case, case.c.id == child.c.case_id)
    .where(
        child.c.parent_id == sa.bindparam("parent"), child.c.step == sa.bindparam("step"),
        child.c.opening == _NEWEST.scalar_subquery(),
    )
    .order_by(child.c.position)
)  # fmt: skip
_WAITED_FOR = Prepared(sa.select(child.c.parent_id).where(child.c.case_id == sa.bindparam("case_id"), child.c.waits))


def rounds_of(db: Connection, parent: int, step: str) -> int:
    """How often this box has opened cases in this case."""
    return int(db.execute(_NEWEST, {"parent": parent, "step": step}).scalar() or 0)


def newest(act: Act, step: str) -> Sequence[Row]:
    """The cases this box opened the last time, in the order of their entries; as they stand in this very act."""
    rows: list[dict[str, Any]] = [
        dict(row) for row in act.db.execute(_OF_BOX, {"parent": act.case["id"], "step": step}).mappings()
    ]
    now = act.under_way()
    for row in rows:
        if row["case_id"] in now:
            row |= {name: now[row["case_id"]].case[name] for name in ("status", "end")}
            row["values"] = now[row["case_id"]].state.values
    return rows


def over(rows: Sequence[Row]) -> int:
    """How many are over, however they ended."""
    return sum(1 for row in rows if row["status"] != "open")


def opened_since(db: Connection, case_id: int, since: datetime) -> int:
    """How many cases its boxes have opened from that instant on; what a rung opened beside it is not meant."""
    rung = sa.exists().where(deadline.c.case_id == child.c.parent_id, deadline.c.path == child.c.step)
    found = (
        sa.select(sa.func.count())
        .select_from(child)
        .join(case, case.c.id == child.c.case_id)
        .where(child.c.parent_id == case_id, case.c.received_at >= since, ~rung)
    )
    return int(db.execute(found).scalar_one())


def waited_for(db: Connection, case_id: int) -> int | None:
    """The case that waits for this one; None when none does."""
    found: int | None = _WAITED_FOR.scalar(db, case_id=case_id)
    return found


def outs(act: Act, step: str, rows: Sequence[Row]) -> dict[str, Any]:
    """What the box brings back: one value, or of a list of entries one list, in their order."""
    box = act.projection.steps[step].node
    brought: dict[str, Any] = {}
    long: dict[str, str] = {}
    for out in box.outs:
        values, texts = [], []
        for row in rows:
            value, source = answering.resolve(act.db, row["case_id"], _said(act, row, out.from_))
            values.append(value)
            if source is not None:
                texts.append(f"【{row['entry']}】\n{value}" if box.each is not None else str(value))
        if texts:
            long[out.to] = "\n\n".join(texts)
        elif box.each is None:
            brought[out.to] = values[0] if values else None
        else:
            brought[out.to] = [one for value in values for one in (value if isinstance(value, list) else [value])]
    if long:
        answer_id = act.db.execute(
            answer.insert().returning(answer.c.id),
            {"case_id": act.case["id"], "step": step, "item_id": None, "answers": long, "checklist": [], "at": act.at,
             "by": None},
        ).scalar_one()  # fmt: skip
        brought |= {name: f"@{answer_id}:{name}" for name in long}
    return brought


def _said(act: Act, row: Row, name: str) -> Any:
    """One out of one case: a fact of it, or its variable. One that was withdrawn, or still runs, says nothing."""
    if name.startswith("case."):
        return row[name.removeprefix("case.")]
    if row["status"] != "ended" or not (row["state"] or "values" in row):
        return None
    values = row.get("values")
    if values is None:
        values = flow.load(shelf.projection(act.db, row["bundle"], row["start"]), row["state"]).values
    return values.get("", {}).get(name)
