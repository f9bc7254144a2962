"""What a person does with a whole case: correct a closed step, withdraw it, let it go on after an incident."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import attachments, desks
from engine.cases.files import receive_all
from engine.errors import Invalid, Missing, NotAllowed
from engine.store import Connection
from webui import door
from webui.case_view import CaseView
from webui.fields import ask, declared, lists_in, uploads
from webui.pages import case_file
from webui.permissions import brings_files, permit

pages = Blueprint("case_acts", __name__)


@pages.post("/cases/<id:case_id>/withdraw")
@permit("withdraw")
def withdraw(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    try:
        with door.act() as db:
            cases.withdraw(db, case_id, reason=form.one("reason"), who=door.who(), at=g.at, office=door.office())
    except Invalid as refusal:
        return case_file.page(case_id, withdrawing=refusal)
    return door.go("case_file.case_file", "withdrawn", case_id=case_id)


@pages.post("/cases/<id:case_id>/resume")
@permit("resume")
def resume(case_id: int) -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        cases.resume(db, case_id, who=door.who(), at=g.at, office=door.office())
    return door.go("case_file.case_file", "resumed", case_id=case_id)


@pages.get("/cases/<id:case_id>/amend")
@permit("amend")
def amending(case_id: int) -> ResponseReturnValue:
    with door.look() as db:
        return _page(db, case_id, request.args.get("step", ""))


@pages.post("/cases/<id:case_id>/amend")
@permit("amend")
@brings_files
def amend(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    step = form.one("step")
    with door.look() as db:
        row = desks.seen_by(db, case_id, door.who())
        screen = CaseView(db, row, who=door.who(), at=g.at, office=door.office()).bundle.form(step)
    single, several = declared(screen)
    form.only(single | {"step", "reason"}, several=several, files=uploads(screen))
    answers = {**{name: [] for name in attachments.fields_of(screen)}, **form.answers(lists_in(screen))}
    files, refused = receive_all(form.files())
    try:
        if refused:
            raise Invalid("file_refused", "有附件沒有收下。", fields=refused)
        with door.act() as db:
            cases.amend(
                db, case_id, step, answers=answers, reason=form.one("reason"), who=door.who(), at=g.at,
                office=door.office(), files=files,
            )  # fmt: skip
    except (Invalid, NotAllowed) as refusal:
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        wrong = fields or {"": refusal.sentence}
        if files:
            wrong = {**wrong, "": "新選的附件沒有收下，改正後請重新選取。"}
        with door.look() as db:
            return _page(db, case_id, step, given=answers, reason=form.one("reason"), wrong=wrong), refusal.status
    return door.go("case_file.case_file", "amended", case_id=case_id, _anchor="answers")


def _page(
    db: Connection, case_id: int, step: str, *, given: dict[str, object] | None = None, reason: str = "",
    wrong: dict[str, str] | None = None,
) -> str:  # fmt: skip
    row = desks.seen_by(db, case_id, door.who())
    view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
    last = next((a for a in view.answered() if a.step == step and a.may_amend), None)
    if last is None:
        raise Missing("no_such_answer", "這個步驟沒有您可以更正的內容。")
    stored = next(a["answers"] for a in reversed(view.file.answers) if a["step"] == step)
    asked = ask(
        view.bundle.form(step), given=given or stored, wrong=wrong or {}, units=view.units,
        files=view.files_of(step, stored),
    )  # fmt: skip
    return render_template(
        "amend.html", case=row, last=last, asked=asked, reason=reason, wrong=wrong or {},
        titles={a.name: a.title for a in asked},
    )  # fmt: skip
