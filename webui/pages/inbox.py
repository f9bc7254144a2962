"""待辦: what is on my desk, what my role may take, what I have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks
from engine.dates.workdays import Calendar
from webui import door, phrases, shown
from webui.paging import chosen, page_of, words_of
from webui.permissions import SIGNED_IN, permit, unattended
from webui.stand_of import stands

pages = Blueprint("inbox", __name__)

VIEWS: tuple[tuple[Literal["mine", "role", "done"], str], ...] = (
    ("mine", "我的待辦"), ("role", "可領取"), ("done", "已完成"),
)  # fmt: skip


@pages.get("/")
@permit(SIGNED_IN)
def inbox() -> ResponseReturnValue:
    view = next((name for name, _ in VIEWS if name == request.args.get("view")), VIEWS[0][0])
    office = door.office()
    narrowed = narrowed_by(view)
    with door.look() as db:
        found = desks.inbox(
            db, who=door.who(), at=g.at, calendar=office.calendar, soon=office.rules.soon_days, view=view,
            narrowed=narrowed, page=page_of(request),
        )  # fmt: skip
        places = stands(db, found.page.rows) if view != "done" else {}
        free = 0
        if view == "mine" and not found.page.total and narrowed == desks.Narrowed():
            free = desks.inbox(
                db, who=door.who(), at=g.at, calendar=office.calendar, soon=office.rules.soon_days, view="role", size=1
            ).page.total  # fmt: skip
    borders = shown.borders(g.at, office)
    return render_template(
        "inbox.html", tabs=VIEWS, view=view, found=found, page=found.page, narrowed=narrowed,
        priorities=[(one, phrases.PRIORITY[one]) for one, _ in reversed(found.choices.get("priority", ()))],
        query=_query(view, narrowed), places=places, free=free,
        rows=[_shown(row, borders, office.calendar) for row in found.page.rows],
    )  # fmt: skip


@pages.get("/unread")
@permit(SIGNED_IN)
@unattended
def unread() -> ResponseReturnValue:
    """How many notices are unread, for the page that stands open."""
    return render_template("unread.html")


def narrowed_by(view: str) -> desks.Narrowed:
    """What the address asks for; a value nobody has finds nothing, a value of no kind asks for nothing."""
    words = words_of(request)
    if view == "done":
        return desks.Narrowed(words=words)
    priority = chosen(request, "priority", ("0", "1", "2"))
    return desks.Narrowed(
        band=chosen(request, "band", desks.BANDS), sop=words_of(request, "sop"), step=words_of(request, "step"),
        unit=words_of(request, "unit"), priority=int(priority) if priority else None, words=words,
    )  # fmt: skip


def _query(view: str, narrowed: desks.Narrowed) -> dict[str, str]:
    """The address of this very list, without its page."""
    asked = {
        "view": view, "band": narrowed.band, "sop": narrowed.sop, "step": narrowed.step, "unit": narrowed.unit,
        "priority": "" if narrowed.priority is None else str(narrowed.priority), "q": narrowed.words,
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value}


def _shown(row: Mapping[str, Any], borders: Sequence[datetime], calendar: Calendar) -> dict[str, Any]:
    return {
        **row,
        "band": desks.band_of(row["until"], borders),
        "left": shown.left(row["until"], g.at, calendar),
        "over_standard": bool(row["by_standard"]) and row["due_at"] is not None and row["due_at"] < g.at,
    }
