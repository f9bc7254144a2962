"""流程工坊: the scenarios of a draft, each walked on the real engine, and the branches that none of them takes."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from engine.library import drafts
from engine.rehearsal import proof
from webui import door, editor_facts, rehearsing
from webui.pages.workshop import AUDIENCE
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.workshop_view import View

pages = Blueprint("workshop_scenarios", __name__)


@pages.get("/workshop/<sop_id>/scenarios")
@permit(*AUDIENCE)
def scenarios(sop_id: str) -> ResponseReturnValue:
    walked = rehearsing.of(sop_id)
    with door.look() as db:
        view = View(db, sop_id, door.who())
        found = walked.proof.branches(walked.folder.sop) if walked.proof is not None else ()
        return render_template(
            "workshop_scenarios.html", row=view.row, draft=walked.draft, sop=walked.folder.sop, proof=walked.proof,
            branches=found, taken=sum(bool(one.by) for one in found), most=proof.MOST_SCENARIOS,
            may_write=drafts.may_write(db, walked.draft, door.who()),
        )  # fmt: skip


@pages.get("/workshop/<sop_id>/edit/scenarios")
@permit(PROCESS_OWNERS, ADMINISTRATORS)
def found(sop_id: str) -> Response:
    """After a save: the check's findings once more, now with what the walks say."""
    rehearsing.of(sop_id)
    with door.look() as db:
        draft = drafts.read(db, sop_id)
        told = editor_facts.findings(db, draft, door.language())
        walked = proof.known(db, draft.folder) is not None
    return jsonify(revision=draft.revision, findings=told, walked=walked)
