"""A chart that another tool wrote becomes the draft's: mapped, laid out where it has no drawing, with a report."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from diagrams.layout import lay_out
from engine.cases.operators import OPERATORS
from engine.errors import BadSop, Conflict, Invalid, NotNow, Refusal
from engine.library import drafts
from engine.office import people
from engine.sops import bpmn, foreign
from engine.sops.foreign import Told
from engine.sops.sop import Sheet, Sop
from engine.store import Connection
from webui import door
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, brings_files, permit

pages = Blueprint("editor_import", __name__)
WHAT = {"mapped": "已轉換", "kept": "已保留", "dropped": "沒有帶進來"}


@pages.get("/workshop/<sop_id>/bring-in")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def show(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        return _page(db, sop_id)


@pages.post("/workshop/<sop_id>/bring-in")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
@brings_files
def bring_in(sop_id: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"revision", "process"}, files={"chart"})
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        people.require(db, door.who(), "draft_sop", draft.facts)  # before a chart is laid out for nothing
    try:
        sent = form.files().get("chart", ())
        if len(sent) != 1 or sent[0].refused or not sent[0].content:
            said = "請選擇一個 BPMN 檔案，大小在 2 MiB 以內。"
            raise Invalid("chart_file", said, fields={"chart": said})
        brought = foreign.translate(sent[0].content, sop_id, OPERATORS, process=form.one("process"))
        read = bpmn.read(brought.chart)
        sop = _headed(read, draft.folder.sop, brought.told)
        if not _is_drawn(sop):
            sop = replace(sop, drawing=lay_out(replace(sop, drawing=None)))
            brought.told.append(Told("mapped", sop_id, "檔案沒有完整的圖面，已由上而下排好。"))
        brought.told += [Told("dropped", one.element or sop_id, one.message) for one in read.problems]
        brought.told += _only_shown(sop)
        chart = bpmn.write(sop)
        with door.act() as db:
            drafts.save(
                db, sop_id, revision=form.number("revision") or 0, bpmn=chart, forms={**draft.forms, **brought.forms},
                who=door.who(), at=door.door().now(),
            )  # fmt: skip
    except (Invalid, BadSop, Conflict, NotNow) as refusal:
        with door.look() as db:
            return _page(db, sop_id, refusal=refusal), refusal.status
    with door.look() as db:
        return _page(db, sop_id, told=brought.told, sop=sop)


def _headed(sop: Sop, before: Sop, told: list[Told]) -> Sop:
    """With the head of the draft where the file brings none: no other tool knows a responsible unit or a purpose."""
    if sop.sheet != Sheet():  # it is one of ours
        return sop
    told.append(Told("kept", sop.id, "主辦單位、版次與 5W1H 沿用草案原有的內容。"))
    return replace(
        sop, sheet=before.sheet, name=sop.name or before.name, documentation=sop.documentation or before.documentation,
        legal_basis=sop.legal_basis or before.legal_basis,
    )  # fmt: skip


def _only_shown(sop: Sop) -> list[Told]:
    found: dict[str, list[str]] = {}
    for node in sop.nodes.values():
        if node.kind == "shown":
            found.setdefault(node.shown_as or node.kind, []).append(node.id)
    return [
        Told("kept", ids[0], f"「{what}」留在圖上，但系統不執行，送審前請改畫。", len(ids))
        for what, ids in found.items()
    ]


def _is_drawn(sop: Sop) -> bool:
    drawn = sop.drawing
    return drawn is not None and sop.nodes.keys() <= drawn.shapes.keys() and sop.flows.keys() <= drawn.edges.keys()


def _page(
    db: Connection, sop_id: str, *, told: list[Told] | None = None, sop: Sop | None = None,
    refusal: Refusal | None = None,
) -> str:  # fmt: skip
    draft = drafts.read(db, sop_id)
    names = {id_: node.name or id_ for id_, node in (sop or draft.folder.sop).nodes.items()}
    groups = [(words, [one for one in told or () if one.what == what]) for what, words in WHAT.items()]
    given = door.posted().one("process") if refusal else ""
    return render_template(
        "editor_import.html", draft=draft, id=sop_id, told=told, groups=groups, names=names, given=given,
        sentence=refusal.sentence if refusal else "", element=refusal.element if refusal else None,
    )  # fmt: skip
