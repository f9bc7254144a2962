"""案件: one case on one page; its receipt for the petitioner; who the petitioner is, for those with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks, informants
from engine.errors import Invalid
from engine.store import Connection
from webui import charts, door, handing_in, shown
from webui.case_head import guides, head_clocks
from webui.case_parts import Given
from webui.case_picture import picture
from webui.case_view import CaseView
from webui.filled_forms import fill
from webui.pages.printing import layout_on
from webui.paging import chosen, page_of
from webui.permissions import asks_again, permit, unattended

pages = Blueprint("case_file", __name__)

#: what was said to be done after which this case waits for somebody else
LEAVES = frozenset({"completed", "handed-back", "assigned", "sent-back", "withdrawn"})


@pages.get("/cases/<id:case_id>")
@permit("see")
def case_file(case_id: int) -> ResponseReturnValue:
    return page(case_id)


def page(case_id: int, given: Given | None = None, *, withdrawing: Invalid | None = None) -> ResponseReturnValue:
    """The case file; with ``given``, the same page again with what was refused and why."""
    by = chosen(request, "by", desks.BY)
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office(), given=given)
        now = view.now()
        form_is_there = given is not None and any(n.item["id"] == given.item_id and "complete" in n.may for n in now)
        lost = view.typed(given) if given is not None and given.act == "complete" and not form_is_there else []
        asked = handing_in.boxes(view)
        trail = desks.trail(db, row, who=door.who(), page=page_of(request, "trail"), by=by)
        words = render_template(
            "case_file.html", case=row, view=view, now=now, file=view.file, given=given, lost=lost,
            answered=view.answered(), trail=trail, timeline=view.told(trail.rows), by=by, documents=view.documents(),
            attached=view.attached(), subject=view.subject(), head_clocks=head_clocks(view), guides=guides(view, now),
            parts=_parts(view, asked), asked=asked, following=following(db, row, given),
            waits=() if now else desks.waits_of(db, [row]).get(case_id, ()),
            recallable=view.recallable(), may_withdraw=view.may_withdraw(), may_see_identity=view.may_see_identity(),
            drawn=picture(view, asked, kind=_kind()),
            withdrawing=withdrawing.fields if withdrawing else {},
        )  # fmt: skip
    return words, given.status if given else (422 if withdrawing else 200)


def _parts(view: CaseView, asked: Sequence[Any]) -> list[tuple[str, str]]:
    """The parts of this page that one may jump to, in their order."""
    acts = view.acts
    return [
        (anchor, label)
        for anchor, label, there in (
            ("now", "現在要做什麼", True), ("clocks", "期限", True), ("answers", "填寫的內容", True),
            ("opened", "提送情形", bool(asked)), ("opinions", "會辦", bool(acts.opinions) or acts.may_ask),
            ("notes", "備註", bool(acts.notes) or acts.may_note()), ("papers", "文件與附件", True),
            ("timeline", "歷程", True), ("picture", "進度圖", True),
        )
        if there
    ]  # fmt: skip


def following(db: Connection, case: Mapping[str, Any], given: Given | None) -> dict[str, Any] | None:
    """After a step was sent and nothing of this case waits for the person: what waits for them most elsewhere."""
    if given is not None or request.args.get(door.SAID) not in LEAVES:
        return None
    office = door.office()
    for view in desks.WAITS:
        found = desks.inbox(
            db, who=door.who(), at=g.at, calendar=office.calendar, soon=office.rules.soon_days, view=view, size=2
        )
        for row in found.page.rows:
            if row["case_id"] != case["id"]:
                band = desks.band_of(row["until"], shown.borders(g.at, office))
                return {**row, "band": band, "left": shown.left(row["until"], g.at, office.calendar)}
    return None


@pages.get("/cases/<id:case_id>/picture")
@permit("see")
def case_picture(case_id: int) -> ResponseReturnValue:
    """The picture and the clocks alone, to look at and to print."""
    with door.look() as db:
        return _pictured(db, desks.seen_by(db, case_id, door.who()))


@pages.get("/cases/<id:case_id>/picture/now")
@permit("see")
@unattended
def turned(case_id: int) -> ResponseReturnValue:
    """The same for a page that stands open and names the mark it shows: nothing while the case has not turned since."""
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        if row["status"] == "open" and request.args.get("seen") == desks.turned(db, case_id, at=g.at):
            return "", 204
        return _pictured(db, row)


def _pictured(db: Connection, row: Mapping[str, Any]) -> str:
    view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
    drawn = picture(view, handing_in.boxes(view), kind=_kind())
    return render_template(
        "case_picture.html", case=row, view=view, drawn=drawn, subject=view.subject(), head_clocks=head_clocks(view)
    )


def _kind() -> str:
    return chosen(request, "chart", charts.KINDS)


@pages.get("/cases/<id:case_id>/receipt")
@permit("see")
def receipt(case_id: int) -> ResponseReturnValue:
    """For the petitioner, as its layout has it: number, date, promised date. Never with a name on it.

    What nobody handed in from outside has a slip of the office's own instead.
    """
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
        layout = layout_on("receipt" if row["channel"] else "opening-slip", row["received_at"])
        return render_template("receipt.html", case=row, layout=layout, parts=fill(layout, view, document=None))


@pages.post("/cases/<id:case_id>/identity")
@asks_again
@permit("see_identity")
def identity(case_id: int) -> ResponseReturnValue:
    """Who the petitioner is, after a reason. Shown in the answer itself and nowhere else: each look is its own act."""
    form = door.posted()
    form.only({"reason"})
    with door.act() as db:
        row = desks.head(db, case_id)
        who_it_is = informants.see_identity(
            db, row, reason=form.one("reason"), who=door.who(), at=g.at, office=door.office()
        )  # fmt: skip
        view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
        start = view.bundle.form(row["start"])
    titles = {f.name: f.title for f in start.fields} if start else {}
    return render_template(
        "identity.html", case=row, lines=[(titles.get(name, name), value) for name, value in who_it_is.items()],
        reason=form.one("reason"),
    )  # fmt: skip
