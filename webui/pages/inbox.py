"""待辦: what is on my desk, what my role may take, what I have done."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from webui import door, shown
from webui.paging import page_of, words_of
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("inbox", __name__)

VIEWS: tuple[tuple[Literal["mine", "role", "done"], str], ...] = (
    ("mine", "我的待辦"), ("role", "可領取的待辦"), ("done", "我已完成的"),
)  # fmt: skip


@pages.get("/")
@permit(SIGNED_IN)
def inbox() -> ResponseReturnValue:
    view = next((name for name, _ in VIEWS if name == request.args.get("view")), VIEWS[0][0])
    words = words_of(request)
    calendar = door.office().calendar
    with door.look() as db:
        found = desks.inbox(db, who=door.who(), at=g.at, view=view, words=words, page=page_of(request))
    return render_template(
        "inbox.html", views=VIEWS, view=view, words=words, page=found, query={"view": view, "q": words},
        rows=[banded(row, calendar) for row in found.rows],
    )  # fmt: skip


def banded(row: Any, calendar: Any) -> dict[str, Any]:
    """A list's row with its band and how much time is left."""
    late = row.get("late_since") or row["case_late_since"]
    return {
        **row,
        "band": shown.band(row["due_at"], g.at, calendar, standard=bool(row["by_standard"])),
        "left": shown.left(row["due_at"], g.at, calendar),
        "late_for": shown.left(late, g.at, calendar) if late else "",
    }
