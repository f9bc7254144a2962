"""改依新版: running cases of an SOP carried over to the version in force; tried first, then done as a wish for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases import bulk, desks, renewal, renewing
from engine.cases.records import case as case_table
from engine.errors import Invalid
from engine.office import people
from webui import door
from webui.pages.oversight_work import AT_ONCE
from webui.pages.whole_case import carry_out
from webui.permissions import CONTROL_OFFICE, permit
from webui.posted import Posted

pages = Blueprint("renewing", __name__)
#: cases tried before the page comes back; of those beyond, each is tried when its turn comes
TRIED = 50
#: steps for which another one may be chosen in one form
MOST_LANDINGS = 50


@pages.get("/procedures/<sop_id>/renew")
@permit(CONTROL_OFFICE)
def cases(sop_id: str) -> ResponseReturnValue:
    return _page(sop_id)


@pages.post("/procedures/<sop_id>/renew/preview")
@permit(CONTROL_OFFICE)
def preview(sop_id: str) -> ResponseReturnValue:
    """Which of them can go, where each open step lands, which dates change. Nothing is kept."""
    form = door.posted()
    form.only((), several={"case", "from", "to"})
    lands = _lands(form)
    try:
        chosen = _chosen(form.many("case"))
    except Invalid as bad:
        return _page(sop_id, wrong=bad.fields), bad.status
    with door.act() as db:
        rows = [row for row in renewal.to_renew(db, sop_id, who=door.who(), most=bulk.MOST) if row["id"] in chosen]
        found = [
            renewal.outlook(db, row, who=door.who(), at=g.at, office=door.office(), lands=lands) for row in rows[:TRIED]
        ]
        steps = renewal.landings(db, sop_id)
    missing = dict(one.missing for one in found if one.missing is not None)
    return _page(
        sop_id, outlooks=found, later=rows[TRIED:], chosen=chosen, lands=lands, steps=steps, missing=missing,
    )  # fmt: skip


@pages.post("/procedures/<sop_id>/renew")
@permit(CONTROL_OFFICE)
def apply(sop_id: str) -> ResponseReturnValue:
    """Each case its own act: one that cannot go stays, and says why. A long wish carries on on its own page."""
    form = door.posted()
    form.only({"reason"}, several={"case", "from", "to"})
    try:
        chosen = _chosen(form.many("case"))
        with door.act() as db:
            rows = renewal.to_renew(db, sop_id, who=door.who(), most=bulk.MOST)
            lines = [bulk.Chosen(row["id"]) for row in rows if row["id"] in chosen]
            begun = bulk.begin(
                db, "renew", lines, reason=form.one("reason"), key=form.one("key") or door.new_key(),
                given=_lands(form), who=door.who(), at=g.at,
            )  # fmt: skip
    except Invalid as bad:
        wrong = {"" if name == "item" else name: said for name, said in bad.fields.items()}
        return _page(sop_id, wrong=wrong, chosen=(), reason=form.one("reason")), bad.status
    bulk.carry_on(door.door().store, begun, who=door.who(), at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("oversight_work.batch", bulk_id=begun)


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
    if not chosen or len(chosen) > bulk.MOST:
        said = f"請勾選案件，一次最多 {bulk.MOST} 件。"
        raise Invalid("cases", said, fields={"": said})
    return frozenset(chosen)


def _lands(form: Posted) -> dict[str, str]:
    """{step: the step of the new version at which a case goes on}, of those somebody chose."""
    chosen = zip(form.many("from"), form.many("to"), strict=False)
    return {old[:500]: new[:500] for old, new in list(chosen)[:MOST_LANDINGS] if new}


def _page(sop_id: str, **told: Any) -> str:
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        rows = renewal.to_renew(db, sop_id, who=door.who(), most=bulk.MOST)
        units = {unit.id: unit.name for unit in people.units(db).values()}
        open_ = case_table.c.sop_id == sop_id, case_table.c.status == "open"
        running = db.scalar(sa.select(sa.func.count()).where(*open_)) or 0
    shown = {"wrong": {}, "outlooks": None, "later": (), "chosen": (), "reason": "", "lands": {}, "missing": {}} | told
    return render_template("renew.html", row=found.row, rows=rows, units=units, running=running, tried=TRIED, **shown)
