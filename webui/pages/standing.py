"""How a case stands: taken up again after its end, given to another unit, more or less urgent, solved or not."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from webui import door
from webui.pages.whole_case import carry_out
from webui.permissions import permit

pages = Blueprint("standing_acts", __name__)


@pages.post("/cases/<id:case_id>/reopen")
@permit("reopen")
def reopen(case_id: int) -> ResponseReturnValue:
    """``to_step`` is one of the page's choices; empty: as it stood when it was withdrawn."""
    form = door.posted()
    form.only({"reason", "to_step", "letters_known"})
    typed = {name: form.one(name) for name in ("reason", "to_step", "letters_known")}
    return carry_out(
        case_id, "reopen", "reopened",
        lambda db: cases.reopen(
            db, case_id, reason=typed["reason"], to_step=typed["to_step"],
            letters_known=typed["letters_known"] == "yes", who=door.who(), at=g.at, office=door.office(),
        ),
        typed,
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/transfer")
@permit("transfer")
def transfer(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"unit", "reason"})
    typed = {"unit": form.one("unit"), "reason": form.one("reason")}
    return carry_out(
        case_id, "transfer", "transferred",
        lambda db: cases.transfer(
            db, case_id, typed["unit"], reason=typed["reason"], who=door.who(), at=g.at, office=door.office()
        ),
        typed,
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/priority")
@permit("set_priority")
def priority(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"priority", "reason"})
    chosen = form.number("priority")
    return carry_out(
        case_id, "set_priority", "priority",
        lambda db: cases.set_priority(
            db, case_id, -1 if chosen is None else chosen, reason=form.one("reason"), who=door.who(), at=g.at,
            office=door.office(),
        ),
        {"priority": form.one("priority"), "reason": form.one("reason")},
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/solved")
@permit("set_solved")
def solved(case_id: int) -> ResponseReturnValue:
    """Yes, partly or no; nothing at all takes back what was said before."""
    form = door.posted()
    form.only({"solved", "reason"})
    typed = {"solved": form.one("solved"), "reason": form.one("reason")}
    return carry_out(
        case_id, "set_solved", "solved",
        lambda db: cases.set_solved(
            db, case_id, typed["solved"] or None, reason=typed["reason"], who=door.who(), at=g.at,
            office=door.office(),
        ),
        typed,
    )  # fmt: skip
