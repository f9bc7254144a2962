"""製作手冊: made for a division or the whole city beside the desk's other work, and taken along when it lies ready."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Invalid, Missing
from engine.store import Connection
from webui import door, manual_shelf, manuals, papers
from webui.pages.procedure_papers import facts, sent, today
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, belongs, permit

pages = Blueprint("manual", __name__)
AUDIENCE = (PROCESS_OWNERS, CONTROL_OFFICE, ADMINISTRATORS)


@pages.get("/manual")
@permit(*AUDIENCE)
def manual() -> ResponseReturnValue:
    with door.look() as db:
        gathered = _gathered(db, request.args.get("division", ""))
    work = manual_shelf.work(_home())
    return render_template(
        "manual.html", gathered=gathered, kinds=list(papers.KINDS), work=work, wrong="",
        made=manual_shelf.made(_home(), gathered, lambda at: datetime.fromtimestamp(at, UTC)),
    )  # fmt: skip


@pages.post("/manual/make")
@permit(*AUDIENCE)
def make() -> ResponseReturnValue:
    form = door.posted()
    form.only({"division", "kind"})
    kind = form.one("kind")
    if kind not in papers.KINDS:
        raise Invalid("manual_kind", "請選擇 HTML、PDF 或 ODT。", fields={"kind": "請選擇 HTML、PDF 或 ODT。"})
    with door.look() as db:
        gathered = _gathered(db, form.one("division"))
    manual_shelf.begin(_home(), gathered, kind, on=today())
    return redirect(url_for("manual.manual", division=gathered.division), 303)


@pages.get("/manual/file.<kind>")
@permit(*AUDIENCE)
def file(kind: str) -> Response:
    with door.look() as db:
        gathered = _gathered(db, request.args.get("division", ""))
    found = manual_shelf.place(_home(), gathered, kind)
    if kind not in papers.KINDS or not found.is_file():
        raise Missing("no_manual", "這份手冊還沒有製作，或內容已經變更。")
    return sent(found.read_bytes(), f"{gathered.title}.{kind}", papers.KINDS[kind])


@pages.app_template_global()
def makes_manuals() -> bool:
    return any(belongs(door.who(), audience) for audience in AUDIENCE)


def _gathered(db: Connection, division: str) -> manuals.Gathered:
    return manuals.gather(db, division, facts(db))


def _home() -> Path:
    home: Path = current_app.config["HOME"]
    return home
