"""Four broken builds, made by replacing functions of the product in one process: each must be caught by the same check.

No switch in the product: ``break_build(name, patch)`` puts other functions in place through ``patch`` (``setattr`` in
a child that will die, ``monkeypatch.setattr`` in a test).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import act, once, working
from engine.cases.records import case, item
from engine.cases.surroundings import Office
from engine.dates import deadlines
from engine.library import shelf
from engine.office.people import Person
from engine.store import Connection, Prepared
from tests.faults.clerks import PAGES

__all__ = ["BROKEN", "break_build"]

Patch = Callable[[Any, str, Any], None]


def no_version_check(patch: Patch) -> None:
    """What the page had read is what the act believes: not locked and read again, and any later version will do."""

    def of_item(db: Connection, item_id: int, *, verb: str, who: Person, at: datetime, office: Office) -> Any:
        page = PAGES.get(item_id)
        if page is None:
            return sound(db, item_id, verb=verb, who=who, at=at, office=office)
        projection = shelf.projection(db, page.case["bundle"], page.case["start"])
        state = flow.load(projection, page.case["state"])
        of_case = {"sop_id": page.case["sop_id"], "case_status": page.case["status"], "case_unit": page.case["unit"]}
        row = {**page.item, **of_case, "drafted": item_id}
        return act.Act(db, verb, dict(page.case), who, at, office, projection, state), row

    sound = working.of_item
    patch(working, "of_item", of_item)
    patch(working, "_DONE", Prepared(_any_later(working._DONE, item.c.version)))
    patch(act, "_WRITE", Prepared(_any_later(act._WRITE, case.c.version)))


def _any_later(sound: Prepared, version: Any) -> Any:
    """The product's own update, with ``version >= seen`` for all it demanded of the row beyond its id."""
    statement: Any = sound._statement
    column = version.table.c
    by_id = next(c for c in statement.whereclause.clauses if c.left is column.id)
    update = version.table.update().where(by_id, version >= sa.bindparam("seen"))
    return update.values(dict(statement._values))


def two_transactions(patch: Patch) -> None:
    """The item is done in one transaction, the flow moves on in the next."""
    sound = working._all_in

    def all_in(under_way: act.Act, step: Any, row: Any) -> bool:
        _commit(under_way.db)
        return sound(under_way, step, row)

    patch(working, "_all_in", all_in)


def no_unique_key(patch: Patch) -> None:
    """Nobody remembers which form has already been answered."""
    for name in ("done_before", "found", "remember", "take"):
        patch(once, name, lambda *_, **__: None)


def claim_without_effect(patch: Patch) -> None:
    """An alarm is claimed in one transaction, what it does follows in another."""
    for name in ("claim", "claim_all"):
        patch(deadlines, name, _committed(getattr(deadlines, name)))


def _committed(claim: Callable[..., Any]) -> Callable[..., Any]:
    def claimed(db: Connection, alarms: Any, at: Any) -> Any:
        taken = claim(db, alarms, at)
        _commit(db)
        return taken

    return claimed


def _commit(db: Connection) -> None:
    db.exec_driver_sql("COMMIT")
    if db.dialect.name == "sqlite":  # psycopg begins by itself
        db.exec_driver_sql("BEGIN IMMEDIATE")


BROKEN: dict[str, Callable[[Patch], None]] = {
    "no version check": no_version_check,
    "two transactions": two_transactions,
    "no unique key": no_unique_key,
    "claim without effect": claim_without_effect,
}


def break_build(name: str, patch: Patch = setattr) -> None:
    """Breaks this process's product; ``sound`` leaves it as it is."""
    if name != "sound":
        BROKEN[name](patch)
