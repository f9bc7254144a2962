"""The deadlines of a draft with their ladders: listed, one added, changed, taken away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import papers
from engine.errors import BadSop, Conflict, Invalid, Missing, NotNow, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.sops import compare, revising_parts
from engine.sops.sop import Deadline, Sop
from engine.store import Connection
from webui import door, editor_choices, limit_tables, list_fields, list_known, rows
from webui.pages import editor_list
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.posted import Posted
from webui.rows import Choices

pages = Blueprint("editor_limits", __name__)


@pages.get("/workshop/<sop_id>/limits")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def limits(sop_id: str) -> ResponseReturnValue:
    """All of them, and an empty form for a new one, on the step that was asked for."""
    with door.look() as db:
        return _page(db, drafts.read(db, sop_id), None, on=request.args.get("on", "")[:120])


@pages.post("/workshop/<sop_id>/limits")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def add(sop_id: str) -> ResponseReturnValue:
    return _save(sop_id, None)


@pages.get("/workshop/<sop_id>/limits/<name>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def limit(sop_id: str, name: str) -> ResponseReturnValue:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        _one(draft.folder.sop, name)
        return _page(db, draft, name)


@pages.post("/workshop/<sop_id>/limits/<name>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def save(sop_id: str, name: str) -> ResponseReturnValue:
    return _save(sop_id, name)


@pages.post("/workshop/<sop_id>/limits/<name>/remove")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def remove(sop_id: str, name: str) -> ResponseReturnValue:
    door.posted().only({"revision"})
    with door.look() as db:
        _one(drafts.read(db, sop_id).folder.sop, name)
    return _kept(sop_id, name, lambda sop: revising_parts.without_deadline(sop, name), typed=False)


def _save(sop_id: str, name: str | None) -> ResponseReturnValue:
    form = door.posted()
    once: set[str] = {"revision", "on"}
    several: set[str] = set()
    for table in limit_tables.TABLES:
        more, many = rows.names(table, form)
        once |= more
        several |= many
    form.only(once, several=several)
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        if name is not None:
            _one(draft.folder.sop, name)
        choices = editor_choices.of(db, draft, list_known.known(draft.folder, papers(db)), language=door.language())

    def changed(sop: Sop) -> Sop:
        list_fields.storable(form)
        return _changed(sop, name, form, choices)

    return _kept(sop_id, name, changed)


def _kept(
    sop_id: str, name: str | None, change: Callable[[Sop], Sop], *, typed: bool = True
) -> ResponseReturnValue:  # fmt: skip
    try:
        editor_list.keep(sop_id, change)
    except (Invalid, Conflict, NotNow, BadSop) as refusal:
        with door.look() as db:
            return _page(db, drafts.read(db, sop_id), name, refusal=refusal, typed=typed), refusal.status
    return door.go("editor_limits.limits", "draft-saved", sop_id=sop_id)


def _one(sop: Sop, name: str) -> tuple[str | None, Deadline]:
    found = revising_parts.of_owner(sop, name)
    if found is None:
        raise Missing("no_such_deadline", "草案裡沒有這個期限。", element=name)
    return found


def _changed(sop: Sop, name: str | None, form: Posted, choices: Choices) -> Sop:
    """The SOP with the deadline as it was typed: a new one where it has no name yet."""
    found = revising_parts.of_owner(sop, name) if name is not None else None
    old = found[1] if found is not None else None
    owner = form.one("on") or None
    if owner is not None and owner not in sop.nodes:
        said = "請選擇期限管的是整個案件還是哪個步驟。"
        raise Invalid("limit", said, fields={"on": said})
    new = limit_tables.read(form, old, choices)
    if found is None or found[0] != owner:
        new = replace(new, of="step" if owner else "case")
    return revising_parts.with_deadline(sop, owner, replace(new, id=name or revising_parts.fresh_deadline(sop)))


def _page(
    db: Connection, draft: Draft, name: str | None, *, on: str = "", refusal: Refusal | None = None, typed: bool = True
) -> str:  # fmt: skip
    sop = draft.folder.sop
    choices = editor_choices.of(db, draft, list_known.known(draft.folder, papers(db)), language=door.language())
    found = revising_parts.of_owner(sop, name) if name is not None else None
    again = refusal is not None and typed
    filled = limit_tables.sent(door.posted()) if again else limit_tables.shown(found[1] if found else None, choices)
    different: list[compare.Change] = []
    if again and isinstance(refusal, Conflict):
        with suppress(Invalid):
            mine = _changed(sop, name, door.posted(), choices)
            different = compare.changes(sop, mine)
    return render_template(
        "editor_limit.html", draft=draft, sop=sop, name=name, limit=found[1] if found else None, choices=choices,
        held=list(revising_parts.deadlines(sop)), tables=[(table, filled[table.key]) for table in limit_tables.TABLES],
        on=door.posted().one("on") if again else (found[0] or "") if found else on,
        lists_used=rows.lists(limit_tables.TABLES), different=different, refusal=refusal,
        editable=drafts.may_write(db, draft, door.who()),
        owners=[(n.id, n.name or n.id) for n in sop.nodes.values() if n.kind in editor_list.LIMITED],
        wrong=dict(getattr(refusal, "fields", {}) or {}) or ({"": refusal.sentence} if refusal else {}),
    )  # fmt: skip
