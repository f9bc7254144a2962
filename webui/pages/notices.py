"""通知: what the system told me."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.office import notices as outbox
from webui import door
from webui.paging import page_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("notices", __name__)


@pages.get("/notices")
@permit(SIGNED_IN)
def notices() -> ResponseReturnValue:
    with door.look() as db:
        found = desks.notices(db, who=door.who(), page=page_of(request))
    return render_template("notices.html", page=found, query={})


@pages.post("/notices/read")
@permit(SIGNED_IN)
def read_all() -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        for notice in outbox.of(db, door.who(), only_unread=True):
            outbox.mark_read(db, notice.id, who=door.who(), at=g.at)
    return door.go("notices.notices", "read")


@pages.post("/notices/<id:notice_id>/read")
@permit(SIGNED_IN)
def read(notice_id: int) -> ResponseReturnValue:
    """Mark it read; the button that opens the case does both."""
    form = door.posted()
    form.only({"open"})
    with door.act() as db:
        outbox.mark_read(db, notice_id, who=door.who(), at=g.at)
        case_id = desks.notice_of(db, notice_id, who=door.who())["case_id"]
    if form.one("open") and case_id is not None:
        return door.go("case_file.case_file", case_id=case_id)
    return door.go("notices.notices", "read")
