"""信函: one that came back is noted and sent again; the petitioner's sealed data, where it was wrong, is corrected."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import desks
from engine.library import bundles
from webui import door
from webui.pages.whole_case import carry_out, case_of
from webui.permissions import permit
from webui.posted import ANSWER

pages = Blueprint("letter_acts", __name__)


@pages.post("/documents/<id:document_id>/undeliverable")
@permit("note_undeliverable")
def undeliverable(document_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"why"})
    why = form.one("why")
    return carry_out(
        case_of("document", document_id), "note_undeliverable", "undeliverable",
        lambda db: cases.note_undeliverable(db, document_id, why, who=door.who(), at=g.at, office=door.office()),
        {"why": why}, thing=document_id, anchor="letters",
    )  # fmt: skip


@pages.post("/documents/<id:document_id>/send-again")
@permit("send_again")
def send_again(document_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"way", "reason"})
    typed = {"way": form.one("way"), "reason": form.one("reason")}
    return carry_out(
        case_of("document", document_id), "send_again", "sent-again",
        lambda db: cases.send_again(
            db, document_id, way=typed["way"], reason=typed["reason"], who=door.who(), at=g.at, office=door.office()
        ),
        typed, thing=document_id, anchor="letters",
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/identity/correct")
@permit("correct_identity")
def correct(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        start = bundles.opened(db, row["bundle"]).form(row["start"])
    sealed = {ANSWER + f.name for f in start.fields if f.identity} if start else set()
    form.only(sealed | {"reason"})
    given = {name: str(value) for name, value in form.answers().items()}
    reason = form.one("reason")
    return carry_out(
        case_id, "correct_identity", "identity-corrected",
        lambda db: cases.correct_identity(
            db, case_id, given, reason=reason, who=door.who(), at=g.at, office=door.office()
        ),
        {**given, "reason": reason}, sealed=True,
    )  # fmt: skip
