"""Whether a person holds a case: an open item of it is theirs, or theirs to take. Asked by the verbs of whole cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import sight
from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, item
from engine.errors import Missing, NotAllowed, NotNow
from engine.office import people
from engine.office.people import Person
from engine.store import Connection

__all__ = ["may", "require"]


def require(act: Act, verb: str) -> None:
    """Passes when the person may do this for one of the case's open items; the case must be open.

    A stranger reads Missing, a colleague NotAllowed.
    """
    case = act.case
    work = _open_items(act.db, case)
    if not _may_see(act.db, act.who, case, work):
        raise Missing("missing", "查無此資料，或您無權查看。")
    if case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    if not act.who.is_system and not any(people.may(act.db, act.who, verb, row) for row in work):
        raise NotAllowed("not_holding", "只有目前承辦這件案件的人可以辦理此動作。", verb=verb)


def may(db: Connection, who: Person, verb: str, case: Mapping[str, Any]) -> bool:
    """For buttons: whether ``require`` would let the person pass."""
    return case["status"] == "open" and any(people.may(db, who, verb, row) for row in _open_items(db, case))


def _open_items(db: Connection, case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = db.execute(
        sa.select(
            item.c.id, item.c.case_id, item.c.step, item.c.unit, item.c.role, item.c.assignee, item.c.done_by
        ).where(item.c.case_id == case["id"], ITEM_IS_OPEN)
    ).mappings()
    return [{**row, "sop_id": case["sop_id"], "case_unit": case["unit"]} for row in rows]


def _may_see(db: Connection, who: Person, case: Mapping[str, Any], work: list[Mapping[str, Any]]) -> bool:
    if people.may(db, who, "see", case) or any(people.may(db, who, "see", row) for row in work):
        return True
    return any(people.may(db, who, "see", row) for row in sight.pieces(db, case["id"]))
