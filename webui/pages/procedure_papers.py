"""作業標準書: the four-section sheet of an SOP, to read, to print and to take along as PDF or ODT."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from diagrams.sheet import html
from diagrams.sheet.facts import Facts
from diagrams.sheet.paper import Paper
from engine.cases import desks
from engine.cases.desks.procedures import folder_in_force, folder_of
from engine.dates.workdays import local_day
from engine.errors import Missing
from engine.store import Connection
from webui import door, paper_facts, papers
from webui.permissions import SIGNED_IN, permit
from webui.words import worded

pages = Blueprint("procedure_papers", __name__)


@pages.get("/procedures/<sop_id>/paper")
@permit(SIGNED_IN)
def paper(sop_id: str) -> ResponseReturnValue:
    with door.look() as db:
        made, number = _sheet(db, sop_id)
    whole = Markup(html.body(made))  # noqa: S704 - every word in it is escaped there
    return render_template("procedure_paper.html", sop_id=sop_id, number=number, title=made.title, whole=whole)


@pages.get("/procedures/<sop_id>/paper.<kind>")
@permit(SIGNED_IN)
def file(sop_id: str, kind: str) -> Response:
    if kind not in papers.KINDS:
        raise Missing("no_such_file", "沒有這種檔案。")
    with door.look() as db:
        made, number = _sheet(db, sop_id)
    return sent(papers.as_file(made, kind), f"{made.title}-{number}.{kind}", papers.KINDS[kind])


def facts(db: Connection) -> Facts:
    language = door.language()
    return paper_facts.of_city(
        db, current_app.config["PROCESSES"], language=language, worded=worded(language), on=today()
    )


def today() -> date:
    return local_day(g.at)


def sent(content: bytes, name: str, kind: str) -> Response:
    """As a download: never run as a page of ours."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def _sheet(db: Connection, sop_id: str) -> tuple[Paper, int]:
    """Of the version in force, or of a published one that the address names."""
    found = desks.procedure(db, sop_id)
    asked = request.args.get("version", "")
    known = {v["number"] for v in found.versions if v["state"] == "published"}
    wished = int(asked) if re.fullmatch("[0-9]{1,6}", asked) else None
    if asked and wished not in known:
        raise Missing("no_such_version", "這個作業流程沒有發布過這個版本。")
    folder = folder_of(db, sop_id, wished) if wished is not None else folder_in_force(db, sop_id)
    number = wished if wished is not None else int(found.row["number"])
    return papers.of_sop(folder, facts(db), paper_facts.edition(db, sop_id, number)), number
