"""Cases that belong together: duplicates and petitions handed in again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents, people_of
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import case as case_table
from engine.cases.records import link, meeting_item
from engine.errors import Stuck
from engine.flow import ProjectedStep
from engine.office import notices


@operator("case.link", required=("kind", "to"), optional=("alert_at",))
def link_cases(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Link this case to an earlier one. A petition handed in again becomes the child of the first.

    With ``alert_at`` the n-th return of the same matter goes on the municipal meeting's list (建議值 3).
    """
    kind, original = str(args["kind"]), original_of(act, args["to"])
    known = act.db.execute(
        sa.select(link.c.at).where(
            link.c.case_id == act.case["id"], link.c.to_id == original["id"], link.c.kind == kind
        )
    ).first()
    if known is None:
        act.db.execute(link.insert(), {"case_id": act.case["id"], "to_id": original["id"], "kind": kind, "at": act.at})
        act.touch(original["id"], "linked", {"kind": kind, "from": act.case["number"]})
    documents.make(act, step, kind="case-link", facts={"kind": kind, "to": original["number"]})
    if kind == "re-petition":
        act.change(parent_id=original["id"])
        count = act.db.execute(
            sa.select(sa.func.count()).where(link.c.to_id == original["id"], link.c.kind == kind)
        ).scalar_one()
        if args.get("alert_at") is not None and count >= int(args["alert_at"]):
            act.db.execute(
                meeting_item.insert(),
                {"case_id": act.case["id"], "category": "再陳情", "why": "third-re-petition", "at": act.at},
            )
            act.note("meeting_list", "再陳情")
    return {}


@operator("petition.close-as-duplicate", required=("original",), optional=("tell",))
def close_as_duplicate(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Registered and linked, never deleted: the case closes on the earlier one and everyone concerned is told."""
    original = original_of(act, args["original"])
    act.change(close_reason="duplicate")
    document = documents.make(act, step, kind="duplicate-record", facts={"original": original["number"]})
    for to in str(args.get("tell") or "").split():
        if to == "holder@original":
            people_of.tell_holders(
                act, original["id"], kind="duplicate", key=f"document:{document}", facts={"of": original["number"]}
            )
        elif to == "applicant":
            notices.post(
                act.db, key=f"duplicate:{document}", to=None, case_id=act.case["id"], kind="duplicate", at=act.at,
                facts={"number": act.case["number"], "original": original["number"]}, channel="mail",
            )  # fmt: skip
    return {}


def original_of(act: Act, ref: Any) -> Mapping[str, Any]:
    """The case an answer names by its number. Stuck when there is none: the form already refused a wrong number."""
    row = act.db.execute(
        sa.select(case_table.c.id, case_table.c.number).where(case_table.c.number == str(ref))
    ).mappings().first()  # fmt: skip
    if row is None or row["id"] == act.case["id"]:
        raise Stuck("no_original", "找不到要關聯的原案。")
    return dict(row)
