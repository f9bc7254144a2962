"""流程工坊: the files of a draft: its chart brought in and taken along; forms, tables and scenarios as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from engine.errors import BadSop, Conflict, Invalid, NotNow, Refusal
from engine.library import drafts
from engine.library.drafts import Draft
from engine.rehearsal import scenarios
from webui import door
from webui.pages.workshop import AUDIENCE, WRITERS
from webui.permissions import brings_files, permit

pages = Blueprint("workshop_files", __name__)
#: what a text of the draft may be: its files lie in these parts
PARTS = {"forms": "表單", "tables": "決策表", "scenarios": "情境"}

#: kinds of nodes that may ask something on a screen
ASKING = frozenset({"start", "user", "manual", "task"})


@pages.get("/workshop/<sop_id>/files")
@permit(*AUDIENCE)
def files(sop_id: str) -> ResponseReturnValue:
    return _page(sop_id)


@pages.get("/workshop/<sop_id>/chart.bpmn")
@permit(*AUDIENCE)
def chart(sop_id: str) -> Response:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
    answer = Response(draft.bpmn.encode(), content_type="application/xml")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sop_id)}.bpmn"
    return answer


@pages.post("/workshop/<sop_id>/upload")
@permit(*WRITERS)
@brings_files
def upload(sop_id: str) -> ResponseReturnValue:
    """A BPMN file takes the place of the draft's chart."""
    form = door.posted()
    form.only({"revision"}, files={"chart"})
    sent = form.files().get("chart", [])
    try:
        if len(sent) != 1 or sent[0].refused:
            said = "請選擇一個 BPMN 檔案，大小在 2 MiB 以內。"
            raise Invalid("chart_file", said, fields={"chart": said})
        with door.act() as db:
            drafts.save(
                db, sop_id, revision=form.number("revision") or 0, bpmn=sent[0].content, who=door.who(), at=g.at
            )
    except (Invalid, NotNow, Conflict, BadSop) as refused:
        return _page(sop_id, refused=refused)
    return door.go("workshop.draft", "draft-saved", sop_id=sop_id)


@pages.post("/workshop/<sop_id>/text")
@permit(*WRITERS)
@brings_files
def text(sop_id: str) -> ResponseReturnValue:
    """One form, table or the scenarios, as text; an empty text takes a form or table away."""
    form = door.posted()
    form.only({"revision", "part", "name", "text"})
    given = {name: form.one(name) for name in ("part", "name")} | {"text": form.as_typed("text")}
    try:
        with door.act() as db:
            changed = _changed(drafts.read(db, sop_id), given)
            drafts.save(db, sop_id, revision=form.number("revision") or 0, **changed, who=door.who(), at=g.at)
    except (Invalid, NotNow, Conflict, BadSop) as refused:
        return _page(sop_id, refused=refused, given=given)
    return door.go("workshop_files.files", "draft-saved", sop_id=sop_id)


def _changed(draft: Draft, given: Mapping[str, str]) -> dict[str, Any]:
    """What ``drafts.save`` is told: the part as it becomes."""
    if given["part"] == "scenarios":
        scenarios.read(draft.sop_id, given["text"])
        return {"scenarios": given["text"]}
    name = given["name"]
    if given["part"] not in PARTS or not name:
        raise Invalid("no_such_part", "請選擇要修改的檔案。", fields={"name": "請填檔案的名稱。"})
    kept = dict(draft.forms if given["part"] == "forms" else draft.tables)
    if given["text"].strip():
        kept[name] = given["text"]
    else:
        kept.pop(name, None)
    return {given["part"]: kept}


def _page(
    sop_id: str, *, refused: Refusal | None = None, given: Mapping[str, str] | None = None
) -> ResponseReturnValue:  # fmt: skip
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        may = drafts.may_write(db, draft, door.who())
    wrong = {}
    if refused is not None:
        wrong = (refused.fields if isinstance(refused, Invalid) else {}) or {"": refused.sentence}
    groups = [
        ("forms", "表單", [(node, draft.forms.get(node, "")) for node in sorted(draft.forms)]),
        ("tables", "決策表", [(name, draft.tables[name]) for name in sorted(draft.tables)]),
        ("scenarios", "情境", [("scenarios.yaml", draft.scenarios)]),
    ]
    bare = [node.id for node in draft.folder.sop.nodes.values() if node.kind in ASKING and node.id not in draft.forms]
    names = {id_: node.name or id_ for id_, node in draft.folder.sop.nodes.items()}
    words = render_template(
        "workshop_files.html", draft=draft, groups=groups, bare=bare, names=names, may_write=may, wrong=wrong,
        given=given or {}, theirs=refused is not None and refused.code == "draft_stale",
    )  # fmt: skip
    return (words, refused.status) if refused is not None else words
