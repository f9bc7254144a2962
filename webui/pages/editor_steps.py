"""A step of the list moved into another way, and a timer hung on it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, Invalid, NotNow
from engine.library import drafts
from engine.sops import revising, revising_parts
from engine.sops.bpmn_read import MAX_NAME
from engine.sops.sop import Node, Sop, Timer
from webui import door, list_fields
from webui.pages import editor_list
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit

pages = Blueprint("editor_steps", __name__)


@pages.post("/workshop/<sop_id>/steps/<step>/move")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def move(sop_id: str, step: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"revision", "way"})

    def moved(sop: Sop) -> Sop:
        if form.one("way") not in sop.flows or step not in sop.nodes:
            raise Invalid("step_move", "請選擇要放進哪一條路。", fields={"into": "請選擇要放進哪一條路。"})
        return revising_parts.moved(sop, step, form.one("way"))

    return _kept(sop_id, step, moved)


@pages.post("/workshop/<sop_id>/steps/<step>/timer")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def hang(sop_id: str, step: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"revision", "name", "limit", "target", "interrupting"})

    def hung(sop: Sop) -> Sop:
        list_fields.storable(form)
        target, limit = form.one("target"), form.one("limit")
        if step not in sop.nodes or target not in sop.nodes:
            said = "請選擇到期後接往哪個步驟。"
            raise Invalid("step_timer", said, fields={"hang-target": said})
        if limit and revising_parts.of_owner(sop, limit) is None:
            raise Invalid("step_timer", "請選擇用哪個期限。", fields={"hang-limit": "請選擇用哪個期限。"})
        if len(form.one("name")) > MAX_NAME:
            said = f"名稱最多 {MAX_NAME} 字。"
            raise Invalid("step_timer", said, fields={"hang-name": said})
        made = Node(
            revising.fresh_id(sop), "boundary", form.one("name"), timer=Timer(limit or None),
            interrupting=bool(form.one("interrupting")),
        )  # fmt: skip
        return revising_parts.timed(sop, step, made, target)

    return _kept(sop_id, step, hung)


def _kept(sop_id: str, step: str, change: editor_list.Change) -> ResponseReturnValue:
    with door.look() as db:
        node = editor_list.node_of(drafts.read(db, sop_id).folder.sop, step)
    try:
        editor_list.keep(sop_id, change)
    except (Invalid, Conflict, NotNow) as refusal:
        with door.look() as db:
            draft = drafts.read(db, sop_id)
            return editor_list.step_page(db, draft, node, refusal=refusal, typed=False), refusal.status
    return door.go("editor_list.step", "draft-saved", sop_id=sop_id, step=step)
