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
from engine.sops.sop import Sop
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
    form.only({"revision"}, files={"chart"})
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        people.require(db, door.who(), "draft_sop", draft.facts)  # before a chart is laid out for nothing
    try:
        sent = form.files().get("chart", ())
        if len(sent) != 1 or sent[0].refused or not sent[0].content:
            said = "請選擇一個 BPMN 檔案，大小在 2 MiB 以內。"
            raise Invalid("chart_file", said, fields={"chart": said})
        brought = foreign.translate(sent[0].content, sop_id, OPERATORS)
        sop = bpmn.read(brought.chart)
        chart = brought.chart
        if not _is_drawn(sop):
            chart = bpmn.write(replace(sop, drawing=lay_out(replace(sop, drawing=None))))
            brought.told.append(Told("mapped", sop_id, "檔案沒有圖面，已由上而下排好。"))
        brought.told += [Told("dropped", one.element or sop_id, one.message) for one in sop.problems]
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


def _is_drawn(sop: Sop) -> bool:
    return sop.drawing is not None and all(node in sop.drawing.shapes for node in sop.nodes)


def _page(
    db: Connection, sop_id: str, *, told: list[Told] | None = None, sop: Sop | None = None,
    refusal: Refusal | None = None,
) -> str:  # fmt: skip
    draft = drafts.read(db, sop_id)
    names = {id_: node.name or id_ for id_, node in (sop or draft.folder.sop).nodes.items()}
    groups = [(words, [one for one in told or () if one.what == what]) for what, words in WHAT.items()]
    return render_template(
        "editor_import.html", draft=draft, id=sop_id, told=told, groups=groups, names=names,
        sentence=refusal.sentence if refusal else "", element=refusal.element if refusal else None,
    )  # fmt: skip
