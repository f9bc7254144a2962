"""改依新版: running cases of an SOP carried over to the version in force; tried first, case by case, then done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases import desks, renewing
from engine.cases.records import case as case_table
from engine.errors import Invalid, Refusal
from engine.office import people
from webui import door
from webui.pages.whole_case import carry_out
from webui.permissions import CONTROL_OFFICE, permit

pages = Blueprint("renewing", __name__)
#: cases tried and moved by one form
MOST = 50


@pages.get("/procedures/<sop_id>/renew")
@permit(CONTROL_OFFICE)
def cases(sop_id: str) -> ResponseReturnValue:
    return _page(sop_id)


@pages.post("/procedures/<sop_id>/renew/preview")
@permit(CONTROL_OFFICE)
def preview(sop_id: str) -> ResponseReturnValue:
    """Which of them can go, where each open step lands, which dates change. Nothing is kept."""
    form = door.posted()
    form.only({"reason"}, several={"case"})
    try:
        chosen = _chosen(form.many("case"))
    except Invalid as bad:
        return _page(sop_id, wrong=bad.fields), bad.status
    with door.act() as db:
        found = [
            renewing.outlook(db, row, who=door.who(), at=g.at, office=door.office())
            for row in renewing.to_renew(db, sop_id, who=door.who())
            if row["id"] in chosen
        ]
    return _page(sop_id, outlooks=found, chosen=chosen)


@pages.post("/procedures/<sop_id>/renew")
@permit(CONTROL_OFFICE)
def apply(sop_id: str) -> ResponseReturnValue:
    """Each case its own act: one that cannot go stays, and says why."""
    form = door.posted()
    form.only({"reason"}, several={"case"})
    reason = form.one("reason")
    try:
        chosen = _chosen(form.many("case"))
        if not reason:
            raise Invalid("reason", "請說明理由。", fields={"reason": "請說明理由。"})
    except Invalid as bad:
        return _page(sop_id, wrong=bad.fields, chosen=(), reason=reason), bad.status
    with door.look() as db:
        rows = [row for row in renewing.to_renew(db, sop_id, who=door.who()) if row["id"] in chosen]
    done: list[tuple[Any, str]] = []
    for row in rows:
        try:
            with door.act() as db:
                renewing.renew(db, row["id"], reason=reason, who=door.who(), at=g.at, office=door.office())
        except Refusal as refused:
            done.append((row, refused.sentence))
        else:
            done.append((row, ""))
    return _page(sop_id, done=done)


@pages.post("/cases/<id:case_id>/renew-back")
@permit("renew")
def back(case_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_id, "renew_back", "undone",
        lambda db: renewing.back(db, case_id, who=door.who(), at=g.at, office=door.office()), {},
    )  # fmt: skip


def _chosen(values: Sequence[str]) -> frozenset[int]:
    chosen = {int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19}
    if not chosen or len(chosen) > MOST:
        said = f"請勾選案件，一次最多 {MOST} 件。"
        raise Invalid("cases", said, fields={"": said})
    return frozenset(chosen)


def _page(sop_id: str, **told: Any) -> str:
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        rows = renewing.to_renew(db, sop_id, who=door.who())
        units = {unit.id: unit.name for unit in people.units(db).values()}
        open_ = case_table.c.sop_id == sop_id, case_table.c.status == "open"
        running = db.scalar(sa.select(sa.func.count()).where(*open_)) or 0
    shown = {"wrong": {}, "outlooks": None, "done": None, "chosen": (), "reason": ""} | told
    return render_template("renew.html", row=found.row, rows=rows, units=units, running=running, most=MOST, **shown)
