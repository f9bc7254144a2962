"""Documents a case makes: records, follow-up sheets, the answer that is sent. Texts stay in their answer rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases.act import Act
from engine.cases.records import document
from engine.flow import ProjectedStep
from engine.store import Prepared

__all__ = ["OUTSIDE", "make", "proven_by"]

#: kinds that have left the house: the case cannot be moved back across them
OUTSIDE = frozenset({"reply"})
_MAKE = Prepared(document.insert().returning(document.c.id))
_TIE = Prepared(
    document.update().where(document.c.id == sa.bindparam("document_id")).values(notice_id=sa.bindparam("notice_id"))
)


def make(
    act: Act, step: ProjectedStep | None, *, kind: str, form: str | None = None, answer_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Register one document of the case; its id. ``form`` defaults to the first form the step hands out.

    ``step`` None: no step made it, it belongs to the case as a whole.
    """
    if form is None and step is not None:
        form = next((f.ref for f in step.forms if f.direction == "out"), None)
    path = step.path if step is not None else act.projection.start
    row = {
        "case_id": act.case["id"], "kind": kind, "form": form, "step": path, "answer_id": answer_id,
        "facts": dict(facts or {}), "notice_id": None, "at": act.at,
    }  # fmt: skip
    act.note("documents", kind)
    return int(_MAKE.scalar(act.db, **row))


def proven_by(act: Act, document_id: int, notice_id: int | None) -> None:
    """Tie a sent document to the delivery that proves it."""
    _TIE.run(act.db, document_id=document_id, notice_id=notice_id)
