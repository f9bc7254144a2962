"""Cases that belong together: duplicates and petitions handed in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import again, documents, duplicates
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import case as case_table
from engine.errors import Stuck
from engine.flow import ProjectedStep


@operator("case.link", required=("kind", "to"), optional=("alert_at",))
def link_cases(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Link this case to an earlier one. A petition handed in again becomes the child of the first.

    With ``alert_at`` the n-th return of the same matter goes on the municipal meeting's list (建議值 3).
    """
    kind, original = str(args["kind"]), original_of(act, args["to"])
    again.link_to(act, act.case["id"], original, kind, from_number=act.case["number"])
    documents.make(act, step, kind="case-link", facts={"kind": kind, "to": original["number"]})
    if kind == again.AGAIN:
        act.change(parent_id=original["id"])
        again.alert(act, act.case["id"], args.get("alert_at"))
    return {}


@operator("petition.open-again", required=("why",), optional=("alert_at",), results=("number",))
def open_again(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Open a new case of the same SOP for a petitioner the answer did not satisfy, linked to this one (視同新案)."""
    case_id, number = again.open_again(act, str(args["why"]))
    documents.make(act, step, kind="case-link", facts={"kind": again.AGAIN, "from": number})
    again.alert(act, case_id, args.get("alert_at"))
    return {"number": number}


@operator("petition.close-as-duplicate", required=("original",), optional=("tell",))
def close_as_duplicate(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Registered and linked, never deleted: the case closes on the earlier one and everyone is told and answered."""
    original = original_of(act, args["original"])
    act.change(close_reason="duplicate")
    duplicates.register(act, step, original, str(args.get("tell") or "").split())
    return {}


def original_of(act: Act, ref: Any) -> Mapping[str, Any]:
    """The case an answer names by its number. Stuck when there is none: the form already refused a wrong number."""
    row = act.db.execute(
        sa.select(case_table.c.id, case_table.c.number).where(case_table.c.number == str(ref))
    ).mappings().first()  # fmt: skip
    if row is None or row["id"] == act.case["id"]:
        raise Stuck("no_original", "找不到要關聯的原案。")
    return dict(row)
