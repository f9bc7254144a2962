"""What a form can offer before anybody types: a person may take it or write something else.

A field's hint ``offer`` names one: ``case-number`` (the receipt number the registry starts from) and
``responsible-unit`` (the unit that handled the most similar earlier subject).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from engine.cases.records import answer, case
from engine.cases.similar import SAME_SUBJECT, plain
from engine.sops.forms import ScreenForm
from engine.store import Connection

__all__ = ["offered"]

#: how many earlier cases a suggestion looks back on: a fixed number, so that its cost does not grow with the archive
_LOOK_BACK = 200


def offered(db: Connection, of_case: Mapping[str, Any], form: ScreenForm) -> dict[str, Any]:
    """Field → offered value, for the fields of this form that have an offer to make."""
    found: dict[str, Any] = {}
    for field in form.fields:
        if field.offer == "case-number":
            found[field.name] = of_case["number"]
        elif field.offer == "responsible-unit":
            unit = _unit_of_similar(db, of_case)
            if unit is not None:
                found[field.name] = unit
    return found


def _unit_of_similar(db: Connection, of_case: Mapping[str, Any]) -> str | None:
    subject = sa.select(answer.c.answers).where(
        answer.c.case_id == of_case["id"], answer.c.step == of_case["start"], answer.c.amends.is_(None)
    )
    mine = plain((db.execute(subject).scalar() or {}).get("subject"))
    if not mine:
        return None
    earlier = (
        sa.select(case.c.id, case.c.unit, case.c.start)
        .where(case.c.sop_id == of_case["sop_id"], case.c.unit.is_not(None), case.c.id != of_case["id"])
        .order_by(case.c.id.desc())
        .limit(_LOOK_BACK)
        .subquery()
    )
    rows = db.execute(
        sa.select(earlier.c.unit, answer.c.answers).join(
            answer, sa.and_(answer.c.case_id == earlier.c.id, answer.c.step == earlier.c.start)
        )
    ).all()
    scored = [(fuzz.ratio(mine, plain(row.answers.get("subject"))), row.unit) for row in rows]
    best = max(scored, default=(0.0, None))
    return best[1] if best[0] >= SAME_SUBJECT else None
