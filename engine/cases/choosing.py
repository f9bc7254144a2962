"""Files chosen for an opening that was refused: they wait for the form to be sent again, so that nobody chooses twice.

No case is touched and nothing of it is said in a journal: it is a form half filled in, seen only by who fills it in,
and forgotten after a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.cases import attachments
from engine.cases.surroundings import Office
from engine.errors import Invalid
from engine.library import shelf
from engine.office import people
from engine.office.people import Person
from engine.sops.forms import ScreenForm
from engine.store import Connection

__all__ = ["chosen", "keep"]


def keep(
    db: Connection, sop_id: str, start: str, *, answers: Mapping[str, Any], files: attachments.Files, who: Person,
    at: datetime, office: Office,
) -> dict[str, Any]:  # fmt: skip
    """The answers with the files they were sent with; those of forms that were never sent are forgotten first."""
    people.require(db, who, "open", {"sop_id": sop_id})
    attachments.forget_loose(db, at=at)
    return attachments.add(
        db, form=shelf.form(db, shelf.bundle(db, sop_id), start), answers=answers, files=files, case_id=None,
        item_id=None, step=start, who=who, at=at, key=office.key, sealed=office.key is not None,
    )  # fmt: skip


def chosen(
    db: Connection, form: ScreenForm | None, answers: Mapping[str, Any], *, who: Person
) -> Sequence[Mapping[str, Any]]:
    """The files that wait for this form, of those its answers name."""
    try:
        ids = attachments.ids_in(form, answers)
    except Invalid:
        return ()
    return attachments.choosable(db, ids, who) if ids else ()
