"""復原: the ways back that are no act of their own elsewhere."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from webui import door
from webui.pages.whole_case import carry_out, case_of
from webui.permissions import permit

pages = Blueprint("undo_acts", __name__)


@pages.post("/items/<id:item_id>/take-back-assignment")
@permit("take_back_assignment")
def take_back_assignment(item_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_of("item", item_id), "take_back_assignment", "undone",
        lambda db: cases.take_back_assignment(db, item_id, who=door.who(), at=g.at, office=door.office()),
        {}, thing=item_id,
    )  # fmt: skip


@pages.post("/items/<id:item_id>/take-back-send-back")
@permit("take_back_send_back")
def take_back_send_back(item_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_of("item", item_id), "take_back_send_back", "undone",
        lambda db: cases.take_back_send_back(db, item_id, who=door.who(), at=g.at, office=door.office()),
        {}, thing=item_id,
    )  # fmt: skip


@pages.post("/extensions/<id:extension_id>/take-back")
@permit("take_back_extension")
def take_back_extension(extension_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_of("extension", extension_id), "take_back_extension", "undone",
        lambda db: cases.take_back_extension(db, extension_id, who=door.who(), at=g.at, office=door.office()),
        {}, thing=extension_id, anchor="clocks",
    )  # fmt: skip
