"""The screen forms of a draft as lists of fields, each with a preview of what the clerk will see."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.errors import BadSop, Conflict, Invalid, Missing, NotNow, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.office import people
from engine.sops import compare, comparing, form_rows, forms
from engine.sops.form_rows import Row
from engine.sops.forms import ScreenForm
from engine.sops.sop import PERSON_KINDS, Node
from engine.store import Connection
from webui import door, fields
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.posted import Posted

pages = Blueprint("editor_forms", __name__)
#: rows left empty below the others
SPARE = 2
_COLUMNS = ("code", "title", "kind", "required", "choices", "help", "by", "value", "kept", "place")
_MOST = 102
KINDS = {
    "text": "一行文字", "longtext": "多行文字", "choice": "選一項", "list": "可選多項（不列選項時為各單位）",
    "date": "日期",
    "instant": "日期時間", "integer": "整數", "number": "數字", "boolean": "是否", "files": "檔案", "unit": "單位",
    "case": "案號", "procedure": "作業流程代碼", "email": "電子郵件", "phone": "電話",
}  # fmt: skip


@pages.get("/workshop/<sop_id>/screens/<step>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def screen(sop_id: str, step: str) -> ResponseReturnValue:
    with door.look() as db:
        draft, node = _opened(db, sop_id, step)
        text = draft.forms.get(step)
        try:
            rows = form_rows.rows(text) if text else []
        except BadSop as bad:
            return _page(db, draft, node, [], refusal=bad), bad.status
        return _page(db, draft, node, [_shown(row) for row in rows])


@pages.post("/workshop/<sop_id>/screens/<step>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def save(sop_id: str, step: str) -> ResponseReturnValue:
    """Keep the form, or show only how it would look."""
    form = door.posted()
    typed = _typed(form)
    form.only({"revision", "title", "act", *(f"{column}-{n}" for n in range(len(typed)) for column in _COLUMNS)})
    preview = form.one("act") == "preview"
    with door.look() as db:
        draft, node = _opened(db, sop_id, step, form)
    try:
        rows = _read(typed)
        text = form_rows.write(
            draft.forms.get(step), rows, form_id=f"{sop_id}/{step}", title=form.one("title") or node.name or step
        )
        if not preview:
            given = {name: one for name, one in draft.forms.items() if name != step} | ({step: text} if rows else {})
            with door.act() as db:
                drafts.save(
                    db, sop_id, revision=form.number("revision") or 0, forms=given, who=door.who(), at=door.door().now()
                )
            return door.go("editor_forms.screen", "draft-saved", sop_id=sop_id, step=step)
        with door.look() as db:
            return _page(db, draft, node, [_shown(row) for row in rows], text=text)
    except (Invalid, BadSop, Conflict, NotNow) as refusal:
        with door.look() as db:
            return _page(db, drafts.read(db, sop_id), node, typed, refusal=refusal), refusal.status


def _opened(db: Connection, sop_id: str, step: str, sent: Posted | None = None) -> tuple[Draft, Node]:
    """``sent``: what was filled in for a step that somebody else has taken away since is not lost with it."""
    draft = drafts.read(db, sop_id)
    node = draft.folder.sop.nodes.get(step)
    if node is None and sent is not None and sent.number("revision") != draft.revision:
        return draft, Node(step, "user")
    if node is None or not (node.kind in PERSON_KINDS or node.kind == "start"):
        raise Missing("no_such_step", "草案裡沒有這個步驟，或它不由人填寫畫面。", element=step)
    return draft, node


def _typed(form: Posted) -> list[dict[str, str]]:
    """The rows as they were typed, in the order of their places; what was emptied altogether is gone."""
    rows = []
    for n in range(_MOST):
        if f"title-{n}" not in form.names():
            break
        rows.append({column: form.one(f"{column}-{n}") for column in _COLUMNS})
    return rows


def _read(typed: list[dict[str, str]]) -> list[Row]:
    made: list[tuple[float, int, Row, dict[str, str]]] = []
    for n, one in enumerate(typed):
        if not one["title"] and not one["choices"]:
            continue
        choices = tuple(_choice(line) for line in one["choices"].split("\n") if line.strip())
        place = float(one["place"]) if one["place"].isascii() and one["place"].isdigit() else float(n + 1)
        row = Row(one["code"], one["title"], one["kind"], bool(one["required"]), choices, one["help"])
        made.append((place, n, row, one))
    made.sort(key=lambda each: each[:2])
    known = {row.name: row for _, _, row, _ in made if row.name}
    return [replace(row, shown_when=_when(one, known, n)) for _, n, row, one in made]


def _choice(line: str) -> tuple[str, str]:
    value, _, words = line.partition("｜")
    return value.strip(), words.strip() or value.strip()


def _when(one: dict[str, str], known: dict[str, Row], n: int) -> str:
    """The condition that was typed; one that says more than a field and its value is kept while both are empty."""
    if not one["by"]:
        return one["kept"] if comparing.read(one["kept"]) is None else ""
    try:
        return form_rows.condition(one["by"], one["value"], known)
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields={f"value-{n}": bad.sentence}) from None


def _shown(row: Row) -> dict[str, str]:
    plain = comparing.read(row.shown_when) if row.shown_when else None
    plain = plain if plain is not None and plain.sign == "==" else None
    return {
        "code": row.name, "title": row.title, "kind": row.kind, "required": "yes" if row.required else "",
        "choices": "\n".join(value if value == words else f"{value}｜{words}" for value, words in row.choices),
        "help": row.help, "by": plain.field if plain else "", "value": plain.words if plain else "",
        "kept": "" if plain else row.shown_when, "place": "",
    }  # fmt: skip


def _against(
    text: str | None, theirs: ScreenForm | None, typed: list[dict[str, str]], node: Node
) -> list[compare.Change]:
    """How what was typed differs from what somebody else has saved meanwhile."""
    with suppress(Invalid, BadSop):
        mine = forms.read(form_rows.write(text, _read(typed), form_id=node.id, title=node.name or node.id))
        before = {node.id: theirs} if theirs is not None else {}
        return compare.field_changes(before, {node.id: mine}, {node.id: node.name or node.id})
    return []


def _page(
    db: Connection, draft: Draft, node: Node, rows: list[dict[str, str]], *, text: str | None = None,
    refusal: Refusal | None = None,
) -> str:  # fmt: skip
    stored = text if text is not None else draft.forms.get(node.id)
    asked: list[Any] = []
    stale = isinstance(refusal, Conflict)
    try:
        form = forms.read(stored) if stored else None
        asked = fields.ask(form, units={u.id: u.name for u in people.units(db).values()}, scope="p-")
    except BadSop:
        form = None
    empty = dict.fromkeys(_COLUMNS, "") | {"kind": "text"}
    wrong = dict(getattr(refusal, "fields", {}) or {}) or ({"": refusal.sentence} if refusal else {})
    given = door.posted() if refusal else None
    return render_template(
        "editor_form.html", stale=stale, different=_against(stored, form, rows, node) if stale else [],
        draft=draft, sop=draft.folder.sop, node=node, rows=[*rows, *[empty] * SPARE], kinds=KINDS,
        title=given.one("title") if given else (form.title if form else node.name), asked=asked, wrong=wrong,
        others=[(row["code"], row["title"]) for row in rows if row["code"]],
        editable=drafts.may_write(db, draft, door.who()),
    )  # fmt: skip
