"""受理: choose the procedure and its start, fill the start's form, hand the petitioner a receipt."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import choosing, desks
from engine.cases.files import Received, receive_all
from engine.dates import roc
from engine.errors import Invalid, Missing
from engine.library.folder import SopFolder
from engine.office import people
from engine.sops.forms import ScreenForm
from engine.sops.sop import Node
from webui import door
from webui.fields import ask, declared, lists_in, uploads
from webui.permissions import brings_files, permit

pages = Blueprint("opening", __name__)

#: starts a person may use at the desk; calendar starts belong to the clock
BY_HAND = ("none", "message")
#: how long ago something may have come in that is registered only now; what is older is brought in with a sheet
OLDEST = timedelta(days=366)


@pages.get("/cases/new")
@permit("open")
def choose() -> ResponseReturnValue:
    with door.look() as db:
        people.require(db, door.who(), "open")
        found = [
            (row, node, _channels(folder.screen_forms.get(node.id)))
            for row in desks.procedures(db)
            if row["number"] and not row["shared"]
            for folder in [desks.folder_in_force(db, row["id"])]
            for node in _starts(folder)
        ]
    return render_template(
        "choose.html", by_channel=[entry for entry in found if entry[2]], others=[e for e in found if not e[2]]
    )


@pages.get("/cases/new/<sop_id>/<start>")
@permit("open")
def form(sop_id: str, start: str) -> ResponseReturnValue:
    return _page(sop_id, start, came_by=request.args.get("channel", "")), 200


@pages.post("/cases/new/<sop_id>/<start>")
@permit("open")
@brings_files
def open_case(sop_id: str, start: str) -> ResponseReturnValue:
    posted = door.posted()
    with door.look() as db:
        screen = _known_start(desks.folder_in_force(db, sop_id), start)[1]
    single, several = declared(screen)
    intake = screen is not None and screen.intake is not None
    posted.only([*single, "received"] if intake else single, several=several, files=uploads(screen))
    answers = dict(posted.answers(lists_in(screen)))
    files, refused = receive_all(posted.files())
    came_in = posted.one("received")
    try:
        if refused:
            raise Invalid("file_refused", "有附件沒有收下。", fields=refused)
        with door.act() as db:
            opened = cases.open_case(
                db, sop_id, who=door.who(), at=g.at, office=door.office(), answers=answers, files=files, start=start,
                received_at=_received(came_in, g.at), key=posted.one("key") or None,
            )  # fmt: skip
    except Invalid as refusal:
        kept, lost = _kept_aside(sop_id, start, answers, files)
        wrong = {**(refusal.fields or {"": refusal.sentence}), **lost}
        return _page(sop_id, start, given=kept, wrong=wrong, came_in=came_in), 422
    return door.go("case_file.receipt", "opened", case_id=opened.case_id)


def _received(typed: str, at: datetime) -> datetime | None:
    """When what is registered now came in; None: now. A day of its own is told by its midnight. Raises Invalid."""
    if not typed:
        return None
    try:
        found = roc.read_instant(typed[:60], time())
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields={"received_at": bad.sentence}) from None
    if found < at - OLDEST:
        said = "收件時間在一年以前；請檢查年份，更早的案件請由管理者匯入。"
        raise Invalid("received_long_ago", said, fields={"received_at": said})
    return found


def _kept_aside(
    sop_id: str, start: str, answers: dict[str, object], files: dict[str, list[Received]]
) -> tuple[dict[str, object], dict[str, str]]:
    """A form that was refused loses no file: they wait for it. The answers with them, and what was lost."""
    if not any(files.values()):
        return answers, {}
    try:
        with door.act() as db:
            return choosing.keep(
                db, sop_id, start, answers=answers, files=files, who=door.who(), at=g.at, office=door.office()
            ), {}
    except Invalid:
        names = "、".join(one.name for several in files.values() for one in several)
        return answers, {"": f"附件沒有收下，請重新選取：{names}。"}


def _page(
    sop_id: str, start: str, *, given: dict[str, object] | None = None, wrong: dict[str, str] | None = None,
    came_by: str = "", came_in: str = "",
) -> str:  # fmt: skip
    with door.look() as db:
        people.require(db, door.who(), "open")
        folder = desks.folder_in_force(db, sop_id)
        node, screen = _known_start(folder, start)
        if screen is not None and screen.intake and any(came_by == value for value, *_ in _channels(screen)):
            given = {screen.intake: came_by, **(given or {})}
        units = {unit_id: unit.name for unit_id, unit in people.units(db, g.at).items()}
        chosen = choosing.chosen(db, screen, given or {}, who=door.who())
    asked = ask(screen, given=given, wrong=wrong, units=units, files=chosen)
    return render_template(
        "open.html", sop=folder.sop, start=node, asked=asked, wrong=wrong or {}, came_in=came_in,
        intake=screen is not None and screen.intake is not None,
        titles={**{a.name: a.title for a in asked}, "received_at": "實際收件時間"},
    )  # fmt: skip


def _channels(screen: ScreenForm | None) -> list[tuple[str, str, str]]:
    """The channels a start takes petitions in by, as its form declares them: value, name, what it is for."""
    asked = screen.field(screen.intake) if screen is not None and screen.intake else None
    about = dict(asked.about) if asked is not None else {}
    return [(str(value), label, about.get(value, "")) for value, label in asked.choices] if asked is not None else []


def _starts(folder: SopFolder) -> list[Node]:
    return [node for node in folder.sop.starts() if node.start_kind in BY_HAND]


def _known_start(folder: SopFolder, start: str) -> tuple[Node, ScreenForm | None]:
    node = next((node for node in _starts(folder) if node.id == start), None)
    if node is None or folder.sop.shared:
        raise Missing("no_such_start", "這個作業流程不能從這裡受理。")
    return node, folder.screen_forms.get(start)
