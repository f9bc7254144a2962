"""What a draft says beside its steps, part by part, as rows to be filled in: head, lanes, law, notes, forms, values."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import papers
from engine.errors import BadSop, Conflict, Invalid, Missing, NotNow, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.sops import compare
from engine.sops.sop import Sop
from engine.store import Connection
from webui import door, editor_choices, list_fields, list_known, rows
from webui.pages import editor_list
from webui.part_tables import PARTS, Part
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.rows import Choices

pages = Blueprint("editor_parts", __name__)


@pages.get("/workshop/<sop_id>/parts/<name>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def part(sop_id: str, name: str) -> ResponseReturnValue:
    with door.look() as db:
        return _page(db, drafts.read(db, sop_id), name)


@pages.post("/workshop/<sop_id>/parts/<name>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def save(sop_id: str, name: str) -> ResponseReturnValue:
    form, wanted = door.posted(), _part(name)
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        choices = editor_choices.of(db, draft, list_known.known(draft.folder, papers(db)), language=door.language())
    once, several = rows.names(wanted.table, form)
    form.only({"revision", *once}, several=several)
    try:
        list_fields.storable(form)
        editor_list.keep(sop_id, lambda sop: _changed(sop, wanted, choices))
    except (Invalid, Conflict, NotNow, BadSop) as refusal:
        with door.look() as db:
            return _page(db, drafts.read(db, sop_id), name, refusal=refusal), refusal.status
    return door.go("editor_parts.part", "draft-saved", sop_id=sop_id, name=name)


def _part(name: str) -> Part:
    if name not in PARTS:
        raise Missing("no_such_part", "清單沒有這一頁。", element=name)
    return PARTS[name]


def _changed(sop: Sop, wanted: Part, choices: Choices) -> Sop:
    wrong: dict[str, str] = {}
    made = rows.read(wanted.table, door.posted(), wrong, choices, base=wanted.of(sop))
    if wrong:
        raise Invalid("part", next(iter(wrong.values())), fields=wrong)
    return wanted.into(sop, made)


def _page(db: Connection, draft: Draft, name: str, *, refusal: Refusal | None = None) -> str:
    wanted, sop = _part(name), draft.folder.sop
    choices = editor_choices.of(db, draft, list_known.known(draft.folder, papers(db)), language=door.language())
    typed = rows.sent(wanted.table, door.posted()) if refusal else rows.shown(wanted.table, wanted.of(sop), choices)
    different: list[compare.Change] = []
    if isinstance(refusal, Conflict):
        with suppress(Invalid):
            different = compare.changes(sop, _changed(sop, wanted, choices))
    return render_template(
        "editor_part.html", draft=draft, sop=sop, name=name, parts=PARTS, table=wanted.table, typed=typed,
        choices=choices, lists_used=rows.lists([wanted.table]), refusal=refusal, different=different,
        wrong=dict(getattr(refusal, "fields", {}) or {}) or ({"": refusal.sentence} if refusal else {}),
        editable=drafts.may_write(db, draft, door.who()),
    )  # fmt: skip
