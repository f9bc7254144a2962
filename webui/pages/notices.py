"""通知: what the system told me, and in which language it mails me."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.office import notices as outbox
from engine.office import people, quiet
from webui import door
from webui.paging import page_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("notices", __name__)


@pages.get("/notices")
@permit(SIGNED_IN)
def notices() -> ResponseReturnValue:
    unread_only = request.args.get("view") == "unread"
    with door.look() as db:
        found = desks.notices(db, who=door.who(), page=page_of(request), only_unread=unread_only)
        language = quiet.preferred(db, door.who())
        manages = people.may(db, door.who(), "manage_settings")
    return render_template(
        "notices.html", page=found, rows=[_shown(row) for row in found.rows], view="unread" if unread_only else "all",
        query={"view": "unread"} if unread_only else {}, language=language, manages=manages,
        newest=max((row["id"] for row in found.rows), default=0),
    )  # fmt: skip


@pages.post("/notices/read")
@permit(SIGNED_IN)
def read_all() -> ResponseReturnValue:
    """All that were there when the page was shown; what came in the meantime stays unread."""
    form = door.posted()
    form.only({"newest"})
    with door.act() as db:
        outbox.mark_all_read(db, who=door.who(), at=g.at, up_to=form.number("newest"))
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


@pages.post("/notices/language")
@permit(SIGNED_IN)
def language() -> ResponseReturnValue:
    form = door.posted()
    form.only({"language"})
    with door.act() as db:
        quiet.prefer(db, form.one("language") or None, who=door.who(), at=g.at)
    return door.go("notices.notices", "language")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its due date as an instant, where it is one."""
    try:
        due = datetime.fromisoformat(str(row["facts"].get("due")))
    except ValueError:
        due = None
    return {**row, "due": due if due is not None and due.tzinfo is not None else None}
