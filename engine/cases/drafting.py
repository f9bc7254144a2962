"""What is being typed is kept while it is typed: the same draft again and again, and no line in the journal for it.

Nothing of the case changes by it and nobody else reads it. Whoever has no draft there yet, or does not hold the step,
begins one: that is an act, and has its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.cases.records import ITEM_IS_OPEN, case, draft, item
from engine.cases.surroundings import Office
from engine.cases.working import save_draft
from engine.errors import Missing
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.sops import forms
from engine.store import Connection

__all__ = ["keep_draft"]


def keep_draft(
    db: Connection, item_id: int, *, who: Person, at: datetime, office: Office, answers: Mapping[str, Any],
    seen: int | None = None,
) -> int:  # fmt: skip
    """Keep these answers as the step's draft; the item's version, with which the page goes on. Refuses as saving."""
    row = db.execute(
        sa.select(item, case.c.bundle, case.c.start, case.c.sop_id, case.c.unit.label("case_unit"))
        .join(case, case.c.id == item.c.case_id)
        .where(item.c.id == item_id)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise Missing("no_such_item", "查無此待辦。")
    people.require(db, who, "save_draft", dict(row))
    fields = _fields(db, dict(row))
    if set(answers) <= fields:
        own = sa.exists().where(
            item.c.id == item_id, item.c.assignee == who.id, item.c.version == seen, ITEM_IS_OPEN
        )  # fmt: skip
        kept = {name: forms.clean_draft(value) for name, value in answers.items()}
        again = draft.update().where(draft.c.item_id == item_id, draft.c.by == who.id, own).values(answers=kept, at=at)
        if db.execute(again).rowcount == 1:
            return int(row["version"])
    save_draft(db, item_id, who=who, at=at, office=office, answers=answers, seen=seen)
    return int(db.execute(sa.select(item.c.version).where(item.c.id == item_id)).scalar_one())


def _fields(db: Connection, row: Mapping[str, Any]) -> set[str]:
    """What a draft of this step may hold; what else is sent is refused where drafts are begun."""
    form = shelf.form(db, row["bundle"], row["step"])
    fields = {f.name for f in form.fields if not f.identity} if form else set()
    outcome = shelf.projection(db, row["bundle"], row["start"]).steps[row["step"]].node.outcome
    return fields | {outcome.variable, "reason"} if outcome is not None else fields
