"""受理: choose the procedure and its start, fill the start's form, hand the petitioner a receipt."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import desks
from engine.errors import Invalid, Missing
from engine.library.folder import SopFolder
from engine.office import people
from engine.sops.forms import ScreenForm
from engine.sops.sop import Node
from webui import door
from webui.fields import ask, declared, lists_in
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("opening", __name__)

#: starts a person may use at the desk; calendar starts belong to the clock
BY_HAND = ("none", "message")


@pages.get("/cases/new")
@permit(SIGNED_IN)
def choose() -> ResponseReturnValue:
    with door.look() as db:
        people.require(db, door.who(), "open")
        found = [
            (row, starts)
            for row in desks.procedures(db)
            if row["number"] and not row["shared"] and (starts := _starts(desks.folder_in_force(db, row["id"])))
        ]
    return render_template("choose.html", procedures=found)


@pages.get("/cases/new/<sop_id>/<start>")
@permit(SIGNED_IN)
def form(sop_id: str, start: str) -> ResponseReturnValue:
    return _page(sop_id, start), 200


@pages.post("/cases/new/<sop_id>/<start>")
@permit(SIGNED_IN)
def open_case(sop_id: str, start: str) -> ResponseReturnValue:
    posted = door.posted()
    with door.look() as db:
        screen = _known_start(desks.folder_in_force(db, sop_id), start)[1]
    single, several = declared(screen)
    posted.only(single, several=several)
    answers = dict(posted.answers(lists_in(screen)))
    try:
        with door.act() as db:
            opened = cases.open_case(
                db, sop_id, who=door.who(), at=g.at, office=door.office(), answers=answers, start=start,
                key=posted.one("key") or None,
            )  # fmt: skip
    except Invalid as refusal:
        return _page(sop_id, start, given=answers, wrong=refusal.fields or {"": refusal.sentence}), 422
    return door.go("case_file.receipt", "opened", case_id=opened.case_id)


def _page(
    sop_id: str, start: str, *, given: dict[str, object] | None = None, wrong: dict[str, str] | None = None
) -> str:
    with door.look() as db:
        people.require(db, door.who(), "open")
        folder = desks.folder_in_force(db, sop_id)
        node, screen = _known_start(folder, start)
        units = {unit_id: unit.name for unit_id, unit in people.units(db).items()}
    asked = ask(screen, given=given, wrong=wrong, units=units)
    return render_template(
        "open.html", sop=folder.sop, start=node, asked=asked, wrong=wrong or {}, titles={a.name: a.title for a in asked}
    )


def _starts(folder: SopFolder) -> list[Node]:
    return [node for node in folder.sop.starts() if node.start_kind in BY_HAND]


def _known_start(folder: SopFolder, start: str) -> tuple[Node, ScreenForm | None]:
    node = next((node for node in _starts(folder) if node.id == start), None)
    if node is None or folder.sop.shared:
        raise Missing("no_such_start", "這個作業流程不能從這裡受理。")
    return node, folder.screen_forms.get(start)
