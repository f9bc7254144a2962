"""What became different, as a picture to take along: between two versions, between what is in force and the draft."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.cases.desks.procedures import folder_in_force, folder_of
from engine.errors import Missing
from engine.library import drafts
from engine.library.folder import SopFolder
from engine.store import Connection
from webui import difference_view, door
from webui.difference_view import Wish
from webui.pages import procedure_papers
from webui.pages.procedures import chosen, sent
from webui.permissions import ADMINISTRATORS, CONTROL_OFFICE, PROCESS_OWNERS, SIGNED_IN, SUPERVISORS, permit

pages = Blueprint("differences", __name__)


@pages.get("/procedures/<sop_id>/difference.<kind>")
@permit(SIGNED_IN)
def versions(sop_id: str, kind: str) -> ResponseReturnValue:
    with door.look() as db:
        _, old, new = chosen(db, desks.procedure(db, sop_id), request.args)
        if old is None or old == new:
            raise Missing("no_two_versions", "沒有兩個不同的版本可以比較。")
        both, wish = (folder_of(db, sop_id, old), folder_of(db, sop_id, new)), _wished(db)
    return _file(both, wish, f"{sop_id}-{old}-{new}", kind)


@pages.get("/workshop/<sop_id>/difference.<kind>")
@permit(PROCESS_OWNERS, ADMINISTRATORS, CONTROL_OFFICE, SUPERVISORS)
def draft(sop_id: str, kind: str) -> ResponseReturnValue:
    with door.look() as db:
        both, wish = (folder_in_force(db, sop_id), drafts.read(db, sop_id).folder), _wished(db)
    return _file(both, wish, f"{sop_id}-draft", kind)


def _wished(db: Connection) -> Wish:
    return difference_view.wished(request.args.get("chart", ""), procedure_papers.facts(db))


def _file(both: tuple[SopFolder, SopFolder], wish: Wish, name: str, kind: str) -> ResponseReturnValue:
    content = difference_view.as_file(*both, kind, language=door.language(), wish=wish)
    return sent(content, f"{name}.{kind}", difference_view.KINDS[kind])
