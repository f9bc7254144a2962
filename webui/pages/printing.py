"""列印: a case on paper, the official forms filled from it. Who handed it in is printed for a right and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, g, render_template
from flask.typing import ResponseReturnValue

from engine.cases import crossing, desks, informants
from engine.dates.workdays import local_day
from engine.errors import Invalid, Missing
from engine.library import layouts, register
from engine.store import Connection
from webui import door, filled_forms, handing_in, phrases
from webui.case_paper import drawings
from webui.case_picture import picture
from webui.case_view import CaseView
from webui.permissions import SIGNED_IN, asks_again, permit

pages = Blueprint("printing", __name__)


@pages.get("/cases/<id:case_id>/print")
@permit("see")
def case(case_id: int) -> ResponseReturnValue:
    with door.look() as db:
        return _case(db, desks.seen_by(db, case_id, door.who()))


@pages.post("/cases/<id:case_id>/print")
@asks_again
@permit("see_identity")
def case_with_identity(case_id: int) -> ResponseReturnValue:
    """The same with the petitioner on it: one look, its reason, its entry."""
    return _revealed(case_id, _case)


@pages.get("/cases/<id:case_id>/forms/<id:document_id>")
@permit("see")
def document(case_id: int, document_id: int) -> ResponseReturnValue:
    with door.look() as db:
        return _document(db, desks.seen_by(db, case_id, door.who()), document_id)


@pages.post("/cases/<id:case_id>/forms/<id:document_id>")
@asks_again
@permit("see_identity")
def document_with_identity(case_id: int, document_id: int) -> ResponseReturnValue:
    return _revealed(case_id, lambda db, row, **more: _document(db, row, document_id, **more))


@pages.get("/cases/<id:case_id>/forms/<ref>")
@permit("see")
def form(case_id: int, ref: str) -> ResponseReturnValue:
    """A form of the register that no document stands for: the record of a petition, a checklist before it is ticked."""
    with door.look() as db:
        return _form(db, desks.seen_by(db, case_id, door.who()), ref)


@pages.post("/cases/<id:case_id>/forms/<ref>")
@asks_again
@permit("see_identity")
def form_with_identity(case_id: int, ref: str) -> ResponseReturnValue:
    return _revealed(case_id, lambda db, row, **more: _form(db, row, ref, **more))


@pages.app_template_global()
def forms_of(view: CaseView) -> Mapping[str, str]:
    """The official forms of a case that no document stands for, by ref: their names."""
    standing = {document["form"] for document in view.file.documents}
    refs = [ref for ref in filled_forms.issued(view, layouts_here()) if ref not in standing]
    known = register.names(view.db, refs) if refs else {}
    return {ref: known.get(ref, ref) for ref in refs}


def layouts_here() -> layouts.Shelf:
    return layouts.folder(current_app.config["PROCESSES"] / "forms")


def layout_on(ref: str, at: datetime) -> layouts.Layout:
    """As the form looked on the day its sheet was issued."""
    found = layouts.in_force(layouts_here(), ref, local_day(at))
    if found is None:
        raise Missing("no_layout", "這份文件沒有可列印的表單。")
    return found


def _revealed(case_id: int, page: Any) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    try:
        with door.act() as db:
            row = desks.seen_by(db, case_id, door.who())
            identity = informants.see_identity(
                db, row, reason=reason, who=door.who(), at=g.at, office=door.office()
            )  # fmt: skip
            return page(db, row, identity=identity)
    except Invalid as refusal:
        with door.look() as db:
            row = desks.seen_by(db, case_id, door.who())
            return page(db, row, wrong=refusal.sentence), 422


def _view(db: Connection, row: Mapping[str, Any]) -> CaseView:
    return CaseView(db, row, who=door.who(), at=g.at, office=door.office())


def _case(
    db: Connection, row: Mapping[str, Any], *, identity: Mapping[str, str] | None = None, wrong: str = ""
) -> str:  # fmt: skip
    view = _view(db, row)
    start = view.bundle.form(row["start"])
    titles = {f.name: f.title for f in start.fields if f.identity} if start else {}
    return render_template(
        "print_case.html", case=row, view=view, file=view.file, subject=view.subject(), answered=view.answered()[::-1],
        timeline=view.timeline()[::-1], documents=view.documents(), clocks=view.clocks(),
        drawn=picture(view, handing_in.boxes(view)), pages=drawings(view, page="A4", language=door.language()),
        titles=titles, identity=identity, wrong=wrong, may_ask=view.may_see_identity(),
    )  # fmt: skip


def _document(db: Connection, row: Mapping[str, Any], document_id: int, **more: Any) -> str:
    view = _view(db, row)
    found = next((d for d in view.file.documents if d["id"] == document_id), None)
    if found is None:
        raise Missing("no_such_document", "查無此文件。")
    name = phrases.of(phrases.DOCUMENT, found["kind"])
    if found["kind"] in crossing.CROSSED:
        return _handed_over(db, view, found, name, **more)
    return _filled(db, view, found["form"] or found["kind"], found, name, **more)


def _handed_over(db: Connection, view: CaseView, found: Mapping[str, Any], name: str, **more: Any) -> str:
    """A form of another case, as it stands there: whoever reads this case reads it, but for who handed in that one."""
    if more:
        raise Missing("no_such_document", "查無此文件。")
    there = _view(db, desks.head(db, found["facts"]["case"]))
    made = next((d for d in there.file.documents if d["id"] == found["facts"]["of"]), found)
    return _filled(db, there, found["form"], made, name, back=view.case)


def _form(db: Connection, row: Mapping[str, Any], ref: str, **more: Any) -> str:
    view = _view(db, row)
    if ref not in filled_forms.issued(view, layouts_here()):
        raise Missing("no_such_form", "這件案件沒有這份表單。")
    return _filled(db, view, ref, None, ref, **more)


def _filled(
    db: Connection, view: CaseView, ref: str, document: Mapping[str, Any] | None, name: str, *,
    identity: Mapping[str, str] | None = None, wrong: str = "", back: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """``back``: the case in which it is read, where that is another one; there nobody asks for an identity."""
    layout = layout_on(ref, document["at"] if document is not None else g.at)
    official = register.names(db, [ref]).get(ref, name)
    asks = any(kind == "identity" for part in layout.parts for row in part.rows for c in row for kind, _ in c.sources)
    parts = filled_forms.fill(layout, view, document=document, identity=identity)
    if ref not in layouts_here() and document is not None and (said := filled_forms.answered(view, document)):
        parts = [*parts[:1], said]
    return render_template(
        "form.html", case=view.case, back=back or view.case, layout=layout, title=layout.title or official,
        identity=identity, wrong=wrong, parts=parts, may_ask=asks and back is None and view.may_see_identity(),
    )  # fmt: skip


@pages.get("/forms/<ref>/blank")
@permit(SIGNED_IN)
def blank(ref: str) -> ResponseReturnValue:
    """An official form to be filled by hand, where its layout is kept."""
    if ref not in layouts_here():
        raise Missing("no_blank", "這份表單沒有留存空白表單。")
    layout = layout_on(ref, g.at)
    with door.look() as db:
        official = register.names(db, [ref]).get(ref, ref)
    return render_template(
        "form.html", case=None, back=None, layout=layout, title=layout.title or official, identity=None, wrong="",
        parts=filled_forms.empty(layout), may_ask=False,
    )  # fmt: skip


@pages.app_template_global()
def has_blank(ref: str) -> bool:
    """Whether a form is kept blank."""
    return ref in layouts_here()
