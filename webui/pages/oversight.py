"""督導: what to act on now, and the load ahead as capacity. By unit, SOP and step; never a ranking of people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import desks, watching
from engine.cases.desks import oversight as looks
from engine.cases.desks import oversight_load as loads
from engine.cases.desks import oversight_work as works
from engine.errors import Invalid
from engine.office import people
from webui import door
from webui.oversight_view import hours, line, share
from webui.paging import chosen, words_of
from webui.permissions import CONTROL_OFFICE, SIGNED_IN, SUPERVISORS, belongs, permit

pages = Blueprint("oversight", __name__)

#: the bands of work that have a short list of their own, with what each is called
SHORT = (
    ("late", "逾期"), ("today", "今日到期"), ("idle", "停滯"), ("unclaimed", "久未領取"),
)  # fmt: skip
#: the short lists of cases, and how many of each are shown: at first, and when all are asked for
OF_CASES = {
    "incidents": looks.incidents, "opinions": looks.opinions, "elsewhere": looks.elsewhere, "standing": looks.standing,
    "undeliverable": looks.undeliverable,
}  # fmt: skip
FEW = 5
MOST = 500


@pages.get("/oversight")
@permit(SUPERVISORS, CONTROL_OFFICE)
def now() -> ResponseReturnValue:
    """Act now: counts and the first few of each, every line one click from the act; of one list all, where asked."""
    who, office = door.who(), door.office()
    with door.look() as db:
        marks = watching.marks(db)
        cut = looks.cuts(marks, g.at, office.calendar, office.rules.soon_days)
        seen = looks.scope(db, who)
        tally = looks.tally(db, seen, cut)
        few = works.first(db, seen, [band for band, _ in SHORT], cut)
        short = {band: [line(row, g.at, office) for row in rows] for band, rows in few.items()}
        wanted = chosen(request, "all", OF_CASES)
        cases = {name: read(db, seen, limit=MOST if name == wanted else FEW) for name, read in OF_CASES.items()}
        requests = desks.to_decide(db, who)
        units = {one.id: one.name for one in people.units(db).values()}
    return render_template(
        "oversight.html", tally=tally, short=short, names=SHORT, cases=cases, requests=requests, marks=marks,
        share=share, units=units, whole_house=seen.units is None, may_set=who.admin,
    )  # fmt: skip


@pages.get("/oversight/load")
@permit(SUPERVISORS, CONTROL_OFFICE)
def load() -> ResponseReturnValue:
    unit = words_of(request, "unit")
    calendar = door.office().calendar
    with door.look() as db:
        seen = looks.scope(db, door.who())
        found = loads.capacity(db, seen, at=g.at, calendar=calendar, only=unit)
        units = _units(db, seen)
    return render_template("oversight_load.html", found=found, units=units, unit=unit, hours=hours)


@pages.get("/oversight/marks")
@permit("manage_settings")
def marks() -> ResponseReturnValue:
    with door.look() as db:
        now = asdict(watching.marks(db))
    return render_template("oversight_marks.html", given=now, proposed=asdict(watching.Marks()), wrong={})


@pages.post("/oversight/marks")
@permit("manage_settings")
def set_marks() -> ResponseReturnValue:
    form = door.posted()
    proposed = asdict(watching.Marks())
    form.only(proposed)
    given = {name: form.one(name) for name in proposed}
    try:
        with door.act() as db:
            new = watching.Marks(**{name: form.number(name) or 0 for name in proposed})
            watching.change(db, new, who=door.who(), at=g.at)
    except Invalid as refusal:
        words = render_template("oversight_marks.html", given=given, proposed=proposed, wrong=refusal.fields)
        return words, refusal.status
    return door.go("oversight.marks", "oversight-marks")


@pages.get("/overdue")
@permit(SIGNED_IN)
def overdue() -> ResponseReturnValue:
    """The address the overdue list had: chiefs and the control office find it on their desk, others in their inbox."""
    who = door.who()
    if not any(belongs(who, audience) for audience in (SUPERVISORS, CONTROL_OFFICE)):
        return door.go("inbox.inbox")
    asked = {name: words_of(request, name) for name in ("unit", "q")}
    return door.go("oversight_work.work", band="late", **{name: words for name, words in asked.items() if words})


def _units(db: Any, seen: looks.Scope) -> list[tuple[str, str]]:
    """The units in view, for a filter."""
    return [(one.id, one.name) for one in people.units(db).values() if seen.units is None or one.id in seen.units]
