"""匯入舊案: a sheet of the petitions open today is tried, looked at, taken in, taken back while nothing followed."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import import_rows, importing
from engine.cases.desks import imports as desk
from engine.errors import Invalid
from engine.office import people
from webui import door, sheets
from webui.paging import page_of, words_of
from webui.permissions import brings_files, permit

pages = Blueprint("importing", __name__)
#: rows worked off within one page; a longer file is left to the clock, and the page tells how far it is
AT_ONCE = 60
BY_HAND = 300
_FILE = "file-sheet"
_AGAIN = "3"  # seconds
LABELS = {"file": "檔案", "reason": "理由"}


@pages.get("/admin/import")
@permit("import_cases")
def start() -> ResponseReturnValue:
    return _start({})


@pages.post("/admin/import")
@permit("import_cases")
@brings_files
def submit() -> ResponseReturnValue:
    """Tried only: nothing of it is a case yet."""
    form = door.posted()
    form.only((), files={_FILE})
    sent = form.files().get("sheet", [])
    try:
        if len(sent) != 1:
            raise Invalid("import_no_file", "請選擇一個檔案。", fields={"file": "請選擇一個檔案。"})
        with door.act() as db:
            batch_id = importing.submit(
                db, sent[0].name, sent[0].content, who=door.who(), at=g.at, office=door.office()
            )  # fmt: skip
    except Invalid as bad:
        return _start(bad.fields or {"file": bad.sentence}), bad.status
    importing.work(door.door().store, batch_id, at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("importing.batch", batch_id=batch_id)


@pages.get("/admin/import/template.<kind>")
@permit("import_cases")
def template(kind: str) -> ResponseReturnValue:
    columns = [column.name for column in import_rows.COLUMNS]
    example = [column.example for column in import_rows.COLUMNS]
    if kind == "ods":
        return sheets.as_ods("petitions", columns, [example], fixed=True)
    return sheets.as_csv("petitions", columns, [example], fixed=True)


@pages.get("/admin/import/<id:batch_id>")
@permit("import_cases")
def batch(batch_id: int) -> ResponseReturnValue:
    return _page(batch_id)


@pages.post("/admin/import/<id:batch_id>/go-on")
@permit("import_cases")
def go_on(batch_id: int) -> ResponseReturnValue:
    """Where no clock runs, somebody works it off page by page."""
    door.posted().only(())
    importing.work(door.door().store, batch_id, at=g.at, office=door.office(), most=BY_HAND)
    return door.go("importing.batch", batch_id=batch_id)


@pages.post("/admin/import/<id:batch_id>/apply")
@permit("import_cases")
def apply(batch_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"digest"})
    with door.act() as db:
        importing.apply(db, batch_id, digest=form.one("digest"), who=door.who(), at=g.at)
    importing.work(door.door().store, batch_id, at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("importing.batch", batch_id=batch_id)


@pages.post("/admin/import/<id:batch_id>/drop")
@permit("import_cases")
def drop(batch_id: int) -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        importing.drop(db, batch_id, who=door.who(), at=g.at)
    return door.go("importing.start", "import-dropped")


@pages.post("/admin/import/<id:batch_id>/undo")
@permit("import_cases")
def undo(batch_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    try:
        with door.act() as db:
            importing.undo(db, batch_id, reason=form.one("reason"), who=door.who(), at=g.at)
    except Invalid as bad:
        return _page(batch_id, bad.fields, form.one("reason"), bad.status)
    importing.work(door.door().store, batch_id, at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("importing.batch", batch_id=batch_id)


def _start(wrong: dict[str, str]) -> str:
    with door.look() as db:
        people.require(db, door.who(), "import_cases")
        found = desk.batches(db)
    return render_template(
        "import.html", batches=found, columns=import_rows.COLUMNS, wrong=wrong, labels=LABELS,
        key=door.office().key is not None,
    )  # fmt: skip


def _page(batch_id: int, wrong: dict[str, str] | None = None, reason: str = "", status: int = 200) -> Response:
    verdict = words_of(request, "view")
    with door.look() as db:
        found = importing.get(db, batch_id)
        page = desk.rows(db, batch_id, who=door.who(), verdict=verdict, page=page_of(request))
        numbers = importing.followed(db, batch_id) if found.state == "done" else []
        by = people.names(db, [found.by]).get(found.by or 0, "系統")
    text = render_template(
        "import_batch.html", batch=found, page=page, view=verdict, wrong=wrong or {}, reason=reason, labels=LABELS,
        followed=numbers, by=by, query={"batch_id": batch_id, **({"view": verdict} if verdict else {})},
    )  # fmt: skip
    answer = make_response(text, status)
    if found.is_at_work:
        answer.headers["Refresh"] = _AGAIN
    return answer
