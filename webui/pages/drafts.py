"""草稿: what stands in a step's form is kept while it is typed. The page's script asks; the answer is one sentence."""

from __future__ import annotations

from flask import Blueprint, Response, g

from engine import cases
from engine.errors import Refusal
from webui import door, shown
from webui.pages.item_acts import read_screen
from webui.permissions import permit

pages = Blueprint("drafts", __name__)


@pages.post("/items/<id:item_id>/draft")
@permit("save_draft")
def keep(item_id: int) -> Response:
    """``X-Seen`` is the step's version from now on: saving may have taken it into this person's hands."""
    form = door.posted()
    try:
        item, answers = read_screen(item_id, form)
        reason = form.one("reason")
        kept = {**answers, "reason": reason} if reason and item["outcome"] else answers
        with door.act() as db:
            version = cases.keep_draft(
                db, item_id, who=door.who(), at=g.at, office=door.office(), answers=kept, seen=form.number("seen")
            )
    except Refusal as refusal:
        return Response(f"草稿沒有存下來：{refusal.sentence}", refusal.status, mimetype="text/plain")
    return Response(f"草稿已於 {shown.clock(g.at)} 自動儲存。", headers={"X-Seen": str(version)}, mimetype="text/plain")
