"""The SOP editor: the page around the drawing, what it asks for, and the saves of the working draft."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import folder_in_force
from engine.errors import Conflict, Invalid, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.library.folder import SopFolder
from engine.sops import form_rows
from engine.sops.form_rows import Row
from engine.sops.sop import PERSON_KINDS
from engine.store import Connection
from webui import door, editor_facts, headers, shown
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, brings_files, permit

pages = Blueprint("editor", __name__)
#: a drawing needs its icons' font, and pictures it makes itself
POLICY = headers.POLICY.replace("img-src 'self'", "img-src 'self' data: blob:; font-src 'self'")
BUNDLE = Path(__file__).parents[1] / "static" / "editor" / "editor.js"


@pages.get("/workshop/<sop_id>/edit")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def edit(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        draft, folder = _opened(db, sop_id)
        editable = drafts.may_write(db, draft, door.who())
    built = int(BUNDLE.stat().st_mtime) if BUNDLE.is_file() else 0
    page = render_template(
        "editor.html", id=sop_id, sop=folder.sop, draft=draft, editable=editable, built=built,
        drafts="workshop.draft" in current_app.view_functions,
    )  # fmt: skip
    answer = Response(page, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@pages.get("/workshop/<sop_id>/edit/facts")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def facts(sop_id: str) -> Response:
    with door.look() as db:
        draft, folder = _opened(db, sop_id)
        editable = drafts.may_write(db, draft, door.who())
        found = editor_facts.of(db, folder, draft, editable=editable, language=door.language())
    if draft is not None:
        found["screens"] = url_for("editor_forms.screen", sop_id=sop_id, step="STEP")
    return jsonify(found)


@pages.post("/workshop/<sop_id>/edit/save")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
@brings_files
def save(sop_id: str) -> tuple[Response, int]:
    """One save: the new revision and what the check says, or why nothing was stored."""
    form = door.posted()
    form.only({"revision"}, files={"bpmn"})
    sent = form.files().get("bpmn", ())
    language = door.language()
    try:
        if len(sent) != 1 or sent[0].refused:
            raise Invalid("draft_file", "沒有收到流程圖，或它超過大小上限；未予儲存。")
        chart = sent[0].content
        with door.act() as db:
            drafts.save(
                db, sop_id, revision=form.number("revision") or 0, bpmn=chart, who=door.who(), at=door.door().now()
            )
            draft = drafts.read(db, sop_id)
        with door.look() as db:
            found = editor_facts.findings(db, draft, language)
    except Conflict as stale:
        both = editor_facts.both_sides(stale.facts["theirs"], chart, stale.facts["who"], language)
        return jsonify(editor_facts.refused(stale, language) | both), stale.status
    except Refusal as refusal:
        return jsonify(editor_facts.refused(refusal, language)), refusal.status
    return jsonify(revision=draft.revision, at=shown.clock(draft.changed_at), findings=found), 200


@pages.post("/workshop/<sop_id>/edit/screens")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def screens(sop_id: str) -> tuple[Response, int]:
    """A screen with one plain field for each of these steps that has none: what the check misses, in one act."""
    form = door.posted()
    form.only({"revision"}, several={"step"})
    language = door.language()
    try:
        with door.act() as db:
            draft = drafts.read(db, sop_id)
            drafts.save(
                db, sop_id, revision=form.number("revision") or 0, forms=_with_screens(draft, form.many("step")),
                who=door.who(), at=door.door().now(),
            )  # fmt: skip
            draft = drafts.read(db, sop_id)
        with door.look() as db:
            found = editor_facts.findings(db, draft, language)
    except Refusal as refusal:
        return jsonify(editor_facts.refused(refusal, language)), refusal.status
    fields = list(editor_facts.fields(draft.folder))
    return jsonify(revision=draft.revision, at=shown.clock(draft.changed_at), findings=found, fields=fields), 200


def _with_screens(draft: Draft, steps: Sequence[str]) -> dict[str, str]:
    nodes = draft.folder.sop.nodes
    made = dict(draft.forms)
    for step in dict.fromkeys(steps):
        node = nodes.get(step)
        if node is None or not (node.kind in PERSON_KINDS or node.kind == "start"):
            raise Invalid("no_such_step", "草案裡沒有這個步驟，或它不由人填寫畫面。", element=step)
        if step not in made:
            row = Row("", "案由", required=True) if node.kind == "start" else Row("", "辦理情形", "longtext")
            made[step] = form_rows.write(None, [row], form_id=f"{draft.sop_id}/{step}", title=node.name or step)
    return made


def _opened(db: Connection, sop_id: str) -> tuple[Draft | None, SopFolder]:
    """The working draft, or what is in force where nobody works on one."""
    draft = drafts.find(db, sop_id)
    return (draft, draft.folder) if draft is not None else (None, folder_in_force(db, sop_id))
