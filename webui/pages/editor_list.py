"""The SOP as an ordered list: each step, who, how long, its papers, what comes next; edited without a drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from diagrams.layout import lay_out
from diagrams.mended import mended
from diagrams.steps_list import steps_list
from engine.cases.desks.procedures import papers
from engine.cases.operators import OPERATORS
from engine.errors import Conflict, Invalid, Missing, NotNow, Refusal
from engine.library import bundles, drafts, rule_levels
from engine.library.drafts import Draft
from engine.office import people
from engine.rehearsal import proof
from engine.sops import bpmn, compare, revising, revising_parts
from engine.sops.comparing import SIGNS
from engine.sops.sop import PERSON_KINDS, Drawing, Node, Sop
from engine.store import Connection
from webui import door, editor_choices, editor_facts, list_fields, list_known, rows, step_tables
from webui.list_known import Known
from webui.part_tables import PARTS
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.rows import Choices

pages = Blueprint("editor_list", __name__)
KINDS = {
    "user": "步驟（由人辦理）", "manual": "步驟（系統外辦理）", "service": "系統作業", "rule": "系統判斷（決策表）",
    "exclusive": "決策（擇一）", "parallel": "並行（全部）", "call": "共用程序或另開案件", "catch": "等候時間",
    "end": "終點", "start": "起點",
}  # fmt: skip
#: what only the drawing can add
_KIND = {"boundary": "時限", "subprocess": "子流程", "task": "步驟", "shown": "僅供顯示"}
#: what a deadline or a timer may hang on
LIMITED = (*PERSON_KINDS, "call", "subprocess")
Change = Callable[[Sop], Sop]


@pages.get("/workshop/<sop_id>/steps")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def steps(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        return _list(db, drafts.read(db, sop_id))


@pages.get("/workshop/<sop_id>/steps/<step>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def step(sop_id: str, step: str) -> ResponseReturnValue:
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        return step_page(db, draft, node_of(draft.folder.sop, step))


@pages.post("/workshop/<sop_id>/steps/<step>")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def save(sop_id: str, step: str) -> ResponseReturnValue:
    form = door.posted()
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        if step not in draft.folder.sop.nodes and form.number("revision") != draft.revision:
            said = "別人已經刪除了這個步驟。下面是您剛才填的內容，可以抄到別的步驟。"
            gone = Conflict("step_gone", said, element=step)
            return step_page(db, draft, Node(step, "user", form.one("name")), refusal=gone), gone.status
        node = node_of(draft.folder.sop, step)
        known = list_known.known(draft.folder, papers(db))
        choices = editor_choices.of(db, draft, known, language=door.language())
    once, several = list_fields.names(form, node)
    form.only(once, several=several)
    try:
        new, notes = list_fields.read(form, draft.folder.sop, node, known, choices)
        keep(sop_id, lambda sop: revising_parts.with_notes_of(revising.revise(sop, step, new), step, notes))
    except (Invalid, Conflict, NotNow) as refusal:
        with door.look() as db:
            return step_page(db, drafts.read(db, sop_id), node, refusal=refusal), refusal.status
    return door.go("editor_list.steps", "draft-saved", sop_id=sop_id, _anchor=f"s-{step}")


@pages.post("/workshop/<sop_id>/steps")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def add(sop_id: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"revision", "after", "kind", "name", "lane", "called"})
    with door.look() as db:
        draft = drafts.read(db, sop_id)
    sop = draft.folder.sop
    try:
        new = list_fields.fresh(form, sop)
        keep(sop_id, lambda old: revising.inserted(old, form.one("after") or None, new))
    except (Invalid, Conflict, NotNow) as refusal:
        with door.look() as db:
            return _list(db, drafts.read(db, sop_id), refusal=refusal), refusal.status
    return door.go("editor_list.step", "draft-saved", sop_id=sop_id, step=new.id)


@pages.post("/workshop/<sop_id>/steps/<step>/remove")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def remove(sop_id: str, step: str) -> ResponseReturnValue:
    form = door.posted()
    form.only({"revision"})
    with door.look() as db:
        node_of(drafts.read(db, sop_id).folder.sop, step)
    try:
        keep(sop_id, lambda sop: revising.remove(sop, step))
    except (Invalid, Conflict, NotNow) as refusal:
        with door.look() as db:
            return _list(db, drafts.read(db, sop_id), refusal=refusal), refusal.status
    return door.go("editor_list.steps", "draft-saved", sop_id=sop_id)


def keep(sop_id: str, change: Change) -> None:
    """The draft with the change, on the revision its page was made of. Drawn before the transaction: that takes time,
    and nobody else could write meanwhile."""
    revision, chart = door.posted().number("revision") or 0, None
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        people.require(db, door.who(), "draft_sop", draft.facts)
    if draft.revision == revision:
        old = draft.folder.sop
        if any(problem.level == "error" for problem in old.problems):
            raise Invalid("list_lossy", "這份流程圖有清單寫不出來的內容，請用圖形編輯器修改。")
        chart = bpmn.write(_drawn(old, change(old)))
    with door.act() as db:
        drafts.save(db, sop_id, revision=revision, bpmn=chart, who=door.who(), at=door.door().now())


def _drawn(old: Sop, new: Sop) -> Sop:
    """Drawn anew where something came, went or moved and the drawing cannot be mended; text beside it stays there."""
    if not revising.needs_drawing(old, new):
        return new
    if (kept := mended(old, new)) is not None:
        return replace(new, drawing=kept)
    fresh, before = lay_out(replace(new, drawing=None)), old.drawing
    if before is None or not before.remarks:
        return replace(new, drawing=fresh)
    places = {remark.id: before.shapes[remark.id] for remark in before.remarks}
    known = {*new.nodes, *places}
    ties = {id_: tie for id_, tie in before.ties.items() if {tie.source, tie.target} <= known}
    drawing = Drawing({**fresh.shapes, **places}, fresh.edges, fresh.labels, before.remarks, ties)
    return replace(new, drawing=drawing)


def node_of(sop: Sop, step: str) -> Node:
    if step not in sop.nodes:
        raise Missing("no_such_step", "草案裡沒有這個步驟。", element=step)
    return sop.nodes[step]


def _list(db: Connection, draft: Draft, *, refusal: Refusal | None = None) -> str:
    sop = draft.folder.sop
    register = papers(db)
    levels = rule_levels.levels(db)
    found = drafts.check(db, draft, operators=OPERATORS, levels=levels, rehearse=proof.remembered).findings
    findings: dict[str, list[Any]] = {}
    for one in editor_facts.told(found, door.language()):
        findings.setdefault(one["element"] if one["element"] in sop.nodes else "", []).append(one)
    return render_template(
        "editor_list.html", draft=draft, sop=sop, lines=steps_list(sop), papers=register, findings=findings,
        kinds=KINDS, units={u.id: u.name for u in people.units(db).values()},
        editable=drafts.may_write(db, draft, door.who()),
        procedures=_procedures(db, draft), parts=PARTS, refusal=refusal, given=door.posted() if refusal else None,
    )  # fmt: skip


def step_page(
    db: Connection, draft: Draft, node: Node, *, refusal: Refusal | None = None, typed: bool = True
) -> str:  # fmt: skip
    """The form of one step: as it is stored, or as it was sent where that was refused."""
    sop = draft.folder.sop
    known = list_known.known(draft.folder, papers(db))
    choices = editor_choices.of(db, draft, known, language=door.language())
    now = revising.said(sop, node.id) if node.id in sop.nodes else None
    if refusal and typed:
        shown, filled = list_fields.sent(door.posted(), node), step_tables.sent(node, door.posted())
    else:
        shown = list_fields.shown(now, known)
        filled = (
            step_tables.shown(sop, node, now, choices) if now is not None else step_tables.sent(node, door.posted())
        )
    different = []
    if typed and isinstance(refusal, Conflict) and now is not None:
        different = _against(sop, node, known, choices)
    return render_template(
        "editor_step.html", draft=draft, sop=sop, node=node, shown=shown, known=known, signs=SIGNS,
        units=[(u.id, u.name) for u in people.units(db).values()], step_kind=revising.is_step(node),
        procedures=_procedures(db, draft), kind=_KIND.get(node.kind, KINDS.get(node.kind, node.kind)), refusal=refusal,
        different=different, tables=[(table, filled[table.key]) for table in step_tables.of(node)], choices=choices,
        lists_used=rows.lists(step_tables.of(node)), has_papers=list_fields.has_papers(node), ways=_movable(sop, node),
        limits=sop.nodes[node.id].deadlines if node.id in sop.nodes else (), limit_here=node.kind in LIMITED,
        hung=[one for one in sop.nodes.values() if one.attached_to == node.id], may_hang=node.kind in LIMITED,
        wrong=dict(getattr(refusal, "fields", {}) or {}) or ({"": refusal.sentence} if refusal else {}),
        editable=node.id in sop.nodes and drafts.may_write(db, draft, door.who()),
    )  # fmt: skip


def _against(sop: Sop, node: Node, known: Known, choices: Choices) -> list[compare.Change]:
    """How what was sent differs from what somebody else has saved meanwhile."""
    try:
        new, notes = list_fields.read(door.posted(), sop, sop.nodes[node.id], known, choices)
        mine = revising_parts.with_notes_of(revising.revise(sop, node.id, new), node.id, notes)
    except (Invalid, KeyError):  # a way of mine is no longer there
        return []
    return compare.changes(sop, mine)


def _movable(sop: Sop, node: Node) -> list[tuple[str, str]]:
    """The ways into which the step may be put."""
    coming = [flow for flow in sop.flows.values() if flow.target == node.id]
    if len(node.outgoing) != 1 or not coming or node.kind in ("start", "boundary"):
        return []
    found = []
    for flow in sop.flows.values():
        source, target = sop.nodes[flow.source], sop.nodes[flow.target]
        if source.parent == node.parent and node.id not in (flow.source, flow.target):
            way = f"（{flow.name}）" if flow.name else ""
            found.append((flow.id, f"{source.name or source.id}{way} → {target.name or target.id}"))
    return found


def _procedures(db: Connection, draft: Draft) -> list[tuple[str, str]]:
    return [(id_, one.sop.name) for id_, one in bundles.standing(db).items() if id_ != draft.sop_id]
