"""備註: what colleagues leave each other on a case, and striking it out."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from webui import door
from webui.pages.whole_case import carry_out, case_of
from webui.permissions import permit

pages = Blueprint("note_acts", __name__)


@pages.post("/cases/<id:case_id>/notes")
@permit("note_add")
def add(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"text"})
    text = form.one("text")
    return carry_out(
        case_id, "note_add", "noted",
        lambda db: cases.note_add(db, case_id, text, who=door.who(), at=g.at, office=door.office()),
        {"text": text}, anchor="notes",
    )  # fmt: skip


@pages.post("/notes/<id:note_id>/strike")
@permit("note_strike")
def strike(note_id: int) -> ResponseReturnValue:
    door.posted().only(())
    return carry_out(
        case_of("note", note_id), "note_strike", "note-struck",
        lambda db: cases.note_strike(db, note_id, who=door.who(), at=g.at, office=door.office()),
        {}, thing=note_id, anchor="notes",
    )  # fmt: skip
