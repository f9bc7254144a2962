"""流程工坊: the scenarios of a draft, each walked on the real engine, and the branches that none of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from diagrams import taken
from engine.library import drafts
from engine.rehearsal import proof
from engine.rehearsal.branches import Branch
from engine.sops.sop import Sop
from webui import charts, door, editor_facts, rehearsing
from webui.charts import Chart
from webui.pages.workshop import AUDIENCE
from webui.permissions import ADMINISTRATORS, PROCESS_OWNERS, permit
from webui.words import worded
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
            branches=found, gone=sum(bool(one.by) for one in found), most=proof.MOST_SCENARIOS,
            may_write=drafts.may_write(db, walked.draft, door.who()), chart_of=_chart(walked.folder.sop, found),
        )  # fmt: skip


def _chart(sop: Sop, found: Sequence[Branch]) -> Chart | None:
    if not found:
        return None
    language = door.language()
    drawn = taken.draw(
        sop, {one.flow.id: len(one.by) for one in found}, title=charts.title_of(sop, language), worded=worded(language)
    )  # fmt: skip
    return replace(charts.of_sop(sop, language=language), svg=drawn)


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
