"""The draft beside the version in force, drawn: what came, went, changed or only moved, in colours and in sentences."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases.desks.procedures import folder_in_force
from engine.library import drafts
from engine.library.folder import SopFolder
from engine.sops import compare
from engine.sops.sop import Sop
from engine.store import Connection
from webui import difference_view, door
from webui.pages import procedure_papers
from webui.pages.editor import BUNDLE, POLICY
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, SUPERVISORS, permit

pages = Blueprint("editor_compare", __name__)


@pages.get("/workshop/<sop_id>/beside")
@permit(PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE, SUPERVISORS)
def beside(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        old, new = _both(db, sop_id)
        wish = difference_view.wished(request.args.get("chart", ""), procedure_papers.facts(db))
    page = render_template(
        "editor_compare.html", id=sop_id, sop=new.sop,
        told=difference_view.between(old, new, language=door.language(), wish=wish),
        built=int(BUNDLE.stat().st_mtime) if BUNDLE.is_file() else 0,
    )  # fmt: skip
    answer = Response(page, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@pages.get("/workshop/<sop_id>/beside/facts")
@permit(PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE, SUPERVISORS)
def facts(sop_id: str) -> Response:
    with door.look() as db:
        old, new = _both(db, sop_id)
    return jsonify(
        old=old.bpmn.decode("utf-8-sig"), new=new.bpmn.decode("utf-8-sig"), marks=list(_marks(old.sop, new.sop).items())
    )


def _both(db: Connection, sop_id: str) -> tuple[SopFolder, SopFolder]:
    """Raises Missing where there is no draft, or nothing in force to compare it with."""
    return folder_in_force(db, sop_id), drafts.read(db, sop_id).folder


def _marks(old: Sop, new: Sop) -> dict[str, str]:
    """Element → moved, changed, removed or added; the gravest of what is said of it."""
    found: dict[str, str] = dict.fromkeys(_moved(old, new), "moved")
    for one in compare.changes(old, new):  # an arrow led elsewhere went and came: it changed
        if one.element:
            found[one.element] = "changed"
    for here, there, kind in ((old, new, "removed"), (new, old, "added")):
        gone = [id_ for id_ in (*here.nodes, *here.flows) if id_ not in there.nodes and id_ not in there.flows]
        found |= dict.fromkeys(gone, kind)
    return found


def _moved(old: Sop, new: Sop) -> list[str]:
    if old.drawing is None or new.drawing is None:
        return []
    before, after = old.drawing.shapes, new.drawing.shapes
    return [id_ for id_ in new.nodes if id_ in before and id_ in after and before[id_] != after[id_]]
