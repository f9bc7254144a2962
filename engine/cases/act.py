"""One act under way on one case: what it read, what it changes, what the journal will say.

Every verb makes one ``Act``, works on it, and calls ``finish`` once: the case row is written under its version, the
journal gets its one line. Two people on one case: the second finds another version and is told who was faster.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases.records import case as case_table
from engine.cases.records import item as item_table
from engine.cases.surroundings import Office
from engine.errors import Conflict, Missing
from engine.library import shelf
from engine.office import journal
from engine.office.people import Person
from engine.store import Connection

__all__ = ["Act", "of_case", "of_item"]

_CASE = sa.select(case_table).where(case_table.c.id == sa.bindparam("case_id")).with_for_update()
_CASE_OF_ITEM = (
    sa.select(case_table)
    .where(case_table.c.id == sa.select(item_table.c.case_id).where(item_table.c.id == sa.bindparam("item_id")).scalar_subquery())
    .with_for_update()
)
_ITEM = sa.select(item_table).where(item_table.c.id == sa.bindparam("item_id"))


@dataclass(slots=True)
class Act:
    """``case`` is the row as it will be; ``changed`` the columns to write; ``effects`` what the machine did in this act."""

    db: Connection
    verb: str
    case: dict[str, Any]
    who: Person
    at: datetime
    office: Office
    projection: flow.Projection
    state: flow.State
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    changed: dict[str, Any] = field(default_factory=dict)
    effects: dict[str, Any] = field(default_factory=dict)
    #: results of decision tables in this act: step path → outputs
    decided: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: the case's running deadlines, read once and again after one of them changed
    limits: list[Any] | None = None

    def change(self, **columns: Any) -> None:
        self.case.update(columns)
        self.changed.update(columns)

    def note(self, effect: str, what: Any) -> None:
        """Add one thing to a list among the journal entry's effects."""
        self.effects.setdefault(effect, []).append(what)

    def finish(self, *, step: str | None = None, reason: str | None = None) -> int:
        """Write the case under the version that was read, and the act's one journal line; the line's id."""
        version = self.case["version"]
        written = self.db.execute(
            case_table.update()
            .where(case_table.c.id == self.case["id"], case_table.c.version == version)
            .values(version=version + 1, state=flow.dump(self.state), **self.changed)
        )
        if written.rowcount != 1:
            raise Conflict("case_changed", "這個案件剛剛被別人更新，請重新開啟後再試。")
        self.case["version"] = version + 1
        return journal.write(
            self.db, subject=f"case:{self.case['id']}", verb=self.verb, who=self.who, at=self.at,
            step=step, reason=reason, effects=self.effects, act_id=self.id,
        )  # fmt: skip


def of_case(db: Connection, case_id: int, *, verb: str, who: Person, at: datetime, office: Office) -> Act:
    """Lock a case for one act. Missing when there is none."""
    row = db.execute(_CASE, {"case_id": case_id}).mappings().first()
    return _begin(db, row, verb=verb, who=who, at=at, office=office)


def of_item(
    db: Connection, item_id: int, *, verb: str, who: Person, at: datetime, office: Office
) -> tuple[Act, dict[str, Any]]:
    """Lock the case of a work item, then read the item: in this order two clicks can never wait for each other."""
    row = db.execute(_CASE_OF_ITEM, {"item_id": item_id}).mappings().first()
    act = _begin(db, row, verb=verb, who=who, at=at, office=office)
    item = dict(db.execute(_ITEM, {"item_id": item_id}).mappings().one())
    # what the permission table needs to know of the case
    item |= {"sop_id": act.case["sop_id"], "case_status": act.case["status"], "case_unit": act.case["unit"]}
    return act, item


def _begin(db: Connection, row: Any, *, verb: str, who: Person, at: datetime, office: Office) -> Act:
    if row is None:
        raise Missing("no_such_case", "查無此案件。")
    projection = shelf.projection(db, row["bundle"], row["start"])
    state = flow.load(projection, row["state"]) if row["state"] else flow.State((), {}, {})
    return Act(db, verb, dict(row), who, at, office, projection, state)
