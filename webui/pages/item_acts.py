"""What a person does with one work item: claim, assign, draft, complete, hand back, send back, recall.

Each is one post, one transaction, one redirect. A refused form comes back on the case file with everything typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import desks
from engine.cases.attachments import NO_FILES, Files
from engine.cases.files import receive_all
from engine.errors import Invalid, Missing, Refusal, Stuck
from engine.library import bundles
from engine.office import people
from engine.store import Connection
from webui import door
from webui.case_parts import Given
from webui.fields import declared, lists_in, uploads
from webui.pages import case_file
from webui.permissions import brings_files, permit
from webui.posted import ANSWER, Posted

pages = Blueprint("item_acts", __name__)

Verb = Callable[[Connection], Any]


@pages.post("/items/<id:item_id>/claim")
@permit("claim")
def claim(item_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only(())
    return _do(
        item_id, "claim", "claimed",
        lambda db: cases.claim(
            db, item_id, who=door.who(), at=g.at, office=door.office(), seen=form.number("seen")
        ),
    )  # fmt: skip


@pages.post("/items/<id:item_id>/assign")
@permit("assign")
def assign(item_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"to"})
    to = form.number("to")
    if to is None:
        return _again(item_id, Given(item_id, "assign", 422, wrong={"to": "請選擇承辦人。"}))
    return _do(
        item_id, "assign", "assigned",
        lambda db: cases.assign(
            db, item_id, to=to, who=door.who(), at=g.at, office=door.office(), seen=form.number("seen")
        ),
    )  # fmt: skip


@pages.post("/items/<id:item_id>/work")
@permit("complete", "save_draft")
@brings_files
def work(item_id: int) -> ResponseReturnValue:
    """The step's form: ``act`` says whether to keep a draft or to finish; an outcome's button finishes."""
    form = door.posted()
    item, answers = read_screen(item_id, form)
    checklist, reason = form.many("checklist"), form.one("reason")
    files, refused = receive_all(form.files())
    if refused:
        kept, lost = _kept_aside(item_id, answers, files)
        return _again(
            item_id, Given(item_id, "complete", 422, kept, checklist, reason, {**refused, **lost}, "file_refused")
        )
    if form.one("act") == "draft":
        kept = {**answers, "reason": reason} if reason and item["outcome"] else answers
        return _do(
            item_id, "complete", "saved",
            lambda db: cases.save_draft(
                db, item_id, who=door.who(), at=g.at, office=door.office(), answers=kept, files=files,
                seen=form.number("seen"),
            ),
            answers=answers, checklist=checklist, reason=reason, files=files,
        )  # fmt: skip

    def complete(db: Connection) -> Any:
        return cases.complete(
            db, item_id, who=door.who(), at=g.at, office=door.office(), answers=answers, files=files,
            checklist=checklist, reason=reason or None, seen=form.number("seen"), key=form.one("key") or None,
        )  # fmt: skip

    return _do(
        item_id, "complete", "completed", complete, answers=answers, checklist=checklist, reason=reason, files=files
    )


@pages.post("/items/<id:item_id>/hand-back")
@permit("hand_back")
def hand_back(item_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    return _do(
        item_id, "hand_back", "handed-back",
        lambda db: cases.hand_back(
            db, item_id, who=door.who(), at=g.at, office=door.office(), reason=reason, seen=form.number("seen")
        ),
        reason=reason,
    )  # fmt: skip


@pages.post("/items/<id:item_id>/send-back")
@permit("send_back")
def send_back(item_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason", "to_step"})
    reason, to_step = form.one("reason"), form.one("to_step")
    if not to_step:
        return _again(
            item_id, Given(item_id, "send_back", 422, reason=reason, wrong={"to_step": "請選擇要退回的步驟。"})
        )
    return _do(
        item_id, "send_back", "sent-back",
        lambda db: cases.send_back(
            db, item_id, to_step=to_step, reason=reason, who=door.who(), at=g.at, office=door.office(),
            seen=form.number("seen"),
        ),
        reason=reason,
    )  # fmt: skip


@pages.post("/items/<id:item_id>/recall")
@permit("recall")
def recall(item_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    return _do(
        item_id, "recall", "recalled",
        lambda db: cases.recall(db, item_id, reason=reason, who=door.who(), at=g.at, office=door.office()),
        reason=reason,
    )  # fmt: skip


def read_screen(item_id: int, form: Posted) -> tuple[dict[str, Any], dict[str, Any]]:
    """The item, and the answers its own form declares; nothing undeclared and nothing twice gets past here."""
    with door.look() as db:
        item = dict(desks.of_item(db, item_id))
        people.require(db, door.who(), "see", item)
        bundle = bundles.opened(db, item["bundle"])
        screen = bundle.form(item["step"])
        procedure, step = bundle.written_in(item["step"])
        outcome = bundle.sops[procedure].nodes[step].outcome
    single, several = declared(screen)
    variable = {ANSWER + outcome.variable} if outcome else set()
    form.only(single | variable | {"act", "reason"}, several=several | {"checklist"}, files=uploads(screen))
    item["outcome"] = outcome
    return item, dict(form.answers(lists_in(screen)))


def _do(
    item_id: int, act: str, said: str, verb: Verb, *, answers: dict[str, Any] | None = None,
    checklist: tuple[str, ...] = (), reason: str = "", files: Files = NO_FILES,
) -> ResponseReturnValue:  # fmt: skip
    """One act in one transaction; then 303. Refused: the case file again, with what was typed and why not."""
    try:
        with door.act() as db:
            done = verb(db)
            case_id = desks.of_item(db, item_id)["case_id"]
    except (Missing, Stuck):
        raise
    except Refusal as refusal:
        wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
        kept, lost = _kept_aside(item_id, answers or {}, files)
        wrong = {**(wrong or {"": refusal.sentence}), **lost}
        given = Given(item_id, act, refusal.status, kept, checklist, reason, wrong, refusal.code)
        return _again(item_id, given)
    next_item = getattr(done, "next_item", None)
    if next_item is not None:
        return door.go("case_file.case_file", "completed-next", case_id=case_id, _anchor=f"item-{next_item}")
    return door.go("case_file.case_file", said, case_id=case_id)


def _kept_aside(item_id: int, answers: dict[str, Any], files: Files) -> tuple[dict[str, Any], dict[str, str]]:
    """A form that was refused loses no file: they become its draft. The answers with them, and what was lost."""
    if not any(files.values()):
        return answers, {}
    try:
        with door.act() as db:
            return cases.save_draft(
                db, item_id, who=door.who(), at=g.at, office=door.office(), answers=answers, files=files
            ), {}
    except Refusal:
        names = "、".join(one.name for several in files.values() for one in several)
        return answers, {"": f"附件沒有收下，請重新選取：{names}。"}


def _again(item_id: int, given: Given) -> ResponseReturnValue:
    with door.look() as db:
        case_id = desks.of_item(db, item_id)["case_id"]
    return case_file.page(case_id, given)
