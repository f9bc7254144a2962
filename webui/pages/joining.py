"""併案: a duplicate that was found later is joined to the earlier case, or parted from it again."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from webui import door
from webui.pages.whole_case import carry_out
from webui.permissions import permit

pages = Blueprint("joining_acts", __name__)


@pages.post("/cases/<id:case_id>/join")
@permit("join")
def join(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"original", "reason"})
    typed = {"original": form.one("original"), "reason": form.one("reason")}
    return carry_out(
        case_id, "join", "joined",
        lambda db: cases.join(
            db, case_id, typed["original"], reason=typed["reason"], who=door.who(), at=g.at, office=door.office()
        ),
        typed,
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/part")
@permit("part")
def part(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    return carry_out(
        case_id, "part", "parted",
        lambda db: cases.part(db, case_id, reason=reason, who=door.who(), at=g.at, office=door.office()),
        {"reason": reason},
    )  # fmt: skip
