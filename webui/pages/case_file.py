"""案件: one case on one page; its receipt for the petitioner; who the petitioner is, for those with a reason."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.errors import Invalid, Missing
from engine.office import vault
from webui import charts, door
from webui.case_parts import Given
from webui.case_view import CaseView
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("case_file", __name__)


@pages.get("/cases/<id:case_id>")
@permit(SIGNED_IN)
def case_file(case_id: int) -> ResponseReturnValue:
    return page(case_id)


def page(case_id: int, given: Given | None = None, *, withdrawing: Invalid | None = None) -> ResponseReturnValue:
    """The case file; with ``given``, the same page again with what was refused and why."""
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office(), given=given)
        progress = desks.progress(view.file, at=g.at)
        now = view.now()
        form_is_there = given is not None and any(n.item["id"] == given.item_id and "complete" in n.may for n in now)
        lost = view.typed(given) if given is not None and given.act == "complete" and not form_is_there else []
        words = render_template(
            "case_file.html", case=row, view=view, now=now, file=view.file, clocks=view.clocks(), given=given,
            lost=lost, answered=view.answered(), timeline=view.timeline(), documents=view.documents(),
            subject=view.subject(),
            recallable=view.recallable(), may_withdraw=view.may_withdraw(), may_see_identity=view.may_see_identity(),
            charts=charts.of_case(view.bundle, progress), legend=charts.LEGEND,
            withdrawing=withdrawing.fields if withdrawing else {},
        )  # fmt: skip
    return words, given.status if given else (422 if withdrawing else 200)


@pages.get("/cases/<id:case_id>/receipt")
@permit(SIGNED_IN)
def receipt(case_id: int) -> ResponseReturnValue:
    """For the petitioner: number, date, promised date. Printable; without a name, so that it may lie on a counter."""
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
        return render_template("receipt.html", case=row, subject=view.subject(), promised=view.promised())


@pages.post("/cases/<id:case_id>/identity")
@permit(SIGNED_IN)
def identity(case_id: int) -> ResponseReturnValue:
    """Who the petitioner is, after a reason. Shown in the answer itself and nowhere else: each look is its own act."""
    form = door.posted()
    form.only({"reason"})
    key = door.office().key
    if key is None:
        raise Missing("no_key", "系統沒有身分保管金鑰，無法查閱陳情人資料。")
    with door.act() as db:
        row = desks.seen_by(db, case_id, door.who())
        who_it_is = vault.open(db, row, key, who=door.who(), at=g.at, reason=form.one("reason"))
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
        start = view.bundle.form(row["start"])
    titles = {f.name: f.title for f in start.fields} if start else {}
    return render_template(
        "identity.html", case=row, lines=[(titles.get(name, name), value) for name, value in who_it_is.items()],
        reason=form.one("reason"),
    )  # fmt: skip
