"""督導的工作清單: narrow it, choose many, do one thing to all of them; and as CSV and ODS.

The choice is one form: what was ticked, the page, or everything the list is narrowed to. It works without a script.
A wish of up to one page is done before the page comes back; of a longer one the first part, and its own page shows how
far it has come and carries on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import bulk, desks, watching
from engine.cases.desks import oversight as looks
from engine.cases.desks import oversight_load as loads
from engine.cases.desks import oversight_work as works
from engine.cases.desks.oversight_work import NOBODY, Wanted
from engine.errors import Invalid
from engine.office import people
from engine.store import Connection
from webui import door, phrases, sheets
from webui.oversight_view import WORK_COLUMNS, line, work_row
from webui.paging import page_of, words_of
from webui.permissions import CONTROL_OFFICE, SUPERVISORS, permit
from webui.posted import Posted
from webui.stand_of import stands

pages = Blueprint("oversight_work", __name__)

#: lines done before the page comes back; its own page carries on with the rest
AT_ONCE = 100
ACTS = (
    ("assign", "指派給"), ("hand_back", "退回待領"), ("remind", "提醒承辦人"), ("priority", "設定速別"),
)  # fmt: skip
_NARROWED = ("unit", "sop", "step", "band", "assignee", "priority", "q")
#: what either list may be narrowed by, so that a bulk act leads back to the very list it began on
_ON_EITHER = (*_NARROWED, "cycle", "days", "due", "interim", "reopened")


@pages.get("/oversight/work")
@permit(SUPERVISORS, CONTROL_OFFICE)
def work() -> ResponseReturnValue:
    return _page(_wanted({name: words_of(request, name) for name in _NARROWED}), {}, {})


@pages.get("/oversight/work.csv")
@permit(SUPERVISORS, CONTROL_OFFICE)
def as_csv() -> ResponseReturnValue:
    return sheets.as_csv(sheets.dated("待辦清單", g.at), WORK_COLUMNS, _rows())


@pages.get("/oversight/work.ods")
@permit(SUPERVISORS, CONTROL_OFFICE)
def as_ods() -> ResponseReturnValue:
    return sheets.as_ods(sheets.dated("待辦清單", g.at), WORK_COLUMNS, _rows())


@pages.post("/oversight/work/acts")
@permit(SUPERVISORS, CONTROL_OFFICE)
def act() -> ResponseReturnValue:
    """One act for all that was chosen. A refused form comes back with everything that was ticked and typed."""
    form = door.posted()
    form.only({"act", "to", "level", "reason", "range", "shown", *_NARROWED}, several={"item"})
    wanted = _wanted({name: form.one(name) for name in _NARROWED})
    given = {name: form.one(name) for name in ("act", "to", "level", "reason", "range")}
    level = form.one("level")
    try:
        with door.act() as db:
            begun = bulk.begin(
                db, form.one("act"), _chosen(db, form, wanted), reason=form.one("reason"), key=form.one("key"),
                to=form.number("to"), level=int(level) if level in ("0", "1", "2") else None, who=door.who(), at=g.at,
            )  # fmt: skip
    except Invalid as refusal:
        return _page(wanted, {**given, "item": form.many("item")}, refusal.fields), refusal.status
    bulk.carry_on(door.door().store, begun, who=door.who(), at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("oversight_work.batch", bulk_id=begun, **_query(wanted))


@pages.get("/oversight/bulk/<id:bulk_id>")
@permit(SUPERVISORS, CONTROL_OFFICE)
def batch(bulk_id: int) -> ResponseReturnValue:
    """How far it has come: what was done, what was refused and why, and the way back while nothing has followed."""
    with door.look() as db:
        found = bulk.standing(db, bulk_id, who=door.who())
        lines = bulk.lines(db, bulk_id, who=door.who())
        names = people.names(db, [found.to])
    return render_template(
        "oversight_bulk.html", found=found, lines=lines, to=names.get(found.to or 0, ""), acts=phrases.BULK,
        level=phrases.PRIORITY.get(str(found.level), ""), narrowed=_narrowed(),
    )  # fmt: skip


@pages.post("/oversight/bulk/<id:bulk_id>/go-on")
@permit(SUPERVISORS, CONTROL_OFFICE)
def go_on(bulk_id: int) -> ResponseReturnValue:
    """Carry on with what still waits: by a script in parts, without one all that is left."""
    form = door.posted()
    form.only({"part"})
    most = AT_ONCE if form.one("part") else bulk.MOST
    bulk.carry_on(door.door().store, bulk_id, who=door.who(), at=g.at, office=door.office(), most=most)
    return door.go("oversight_work.batch", bulk_id=bulk_id, **_narrowed())


@pages.post("/oversight/bulk/<id:bulk_id>/undo")
@permit(SUPERVISORS, CONTROL_OFFICE)
def undo(bulk_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only(set())
    with door.act() as db:
        begun = bulk.take_back(db, bulk_id, key=form.one("key"), who=door.who(), at=g.at)
    bulk.carry_on(door.door().store, begun, who=door.who(), at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("oversight_work.batch", bulk_id=begun, **_narrowed())


def _narrowed() -> dict[str, str]:
    """How the list was narrowed on which this bulk act began."""
    asked = {name: words_of(request, name) for name in _ON_EITHER}
    return {name: value for name, value in asked.items() if value}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    priority = int(asked["priority"]) if asked["priority"] in ("0", "1", "2") else None
    return Wanted(
        asked["unit"], asked["sop"], asked["step"], asked["band"], asked["assignee"], priority, asked["q"]
    )  # fmt: skip


def _query(wanted: Wanted) -> dict[str, str]:
    """The address of this very list, without its page."""
    asked = {
        "unit": wanted.unit, "sop": wanted.sop, "step": wanted.step, "band": wanted.band, "assignee": wanted.assignee,
        "priority": "" if wanted.priority is None else str(wanted.priority), "q": wanted.words,
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value}


def _page(wanted: Wanted, given: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    who, office = door.who(), door.office()
    with door.look() as db:
        cut = _cuts(db)
        seen = looks.scope(db, who)
        found = works.work(db, seen, wanted, cut, page=page_of(request))
        led = looks.Scope(who, people.units_led(db, who))
        groups = loads.takers(db, led, at=g.at)
        choices = _choices(db, seen, wanted)
        places = stands(db, found.rows)
        names = people.names(db, [int(wanted.assignee)] if wanted.assignee not in ("", NOBODY) else [])
    return render_template(
        "oversight_work.html", page=found, rows=[line(row, g.at, office) for row in found.rows], wanted=wanted,
        query=_query(wanted), choices=choices, groups=groups, given=given, wrong=wrong, acts=ACTS, nobody=NOBODY,
        holder=next(iter(names.values()), ""), most=bulk.MOST, most_rows=sheets.MOST_ROWS, bands=phrases.WORK_BAND,
        places=places,
    )  # fmt: skip


def _cuts(db: Connection) -> looks.Cuts:
    office = door.office()
    return looks.cuts(watching.marks(db), g.at, office.calendar, office.rules.soon_days)


def _choices(db: Connection, seen: looks.Scope, wanted: Wanted) -> dict[str, Sequence[tuple[str, str]]]:
    known = people.units(db).values()
    return {
        "unit": [(one.id, one.name) for one in known if seen.units is None or one.id in seen.units],
        "sop": desks.named(db),
        "step": works.steps(db, seen, wanted.sop) if wanted.sop else [],
    }


def _chosen(db: Connection, form: Posted, wanted: Wanted) -> list[bulk.Chosen]:
    """What the form means: the ticked lines, all of the page, or everything the list is narrowed to."""
    cut = _cuts(db)
    seen = looks.scope(db, door.who())
    if form.one("range") == "all":
        return [bulk.Chosen(case_id, item_id, version) for item_id, case_id, version in
                works.chosen(db, seen, wanted, cut, ids=None)]  # fmt: skip
    marked = form.one("shown").split() if form.one("range") == "page" else form.many("item")
    versions = dict(pair for pair in map(_marked, marked) if pair is not None)
    rows = works.chosen(db, seen, wanted, cut, ids=list(versions))
    return [bulk.Chosen(case_id, item_id, versions[item_id]) for item_id, case_id, _ in rows]


def _marked(text: str) -> tuple[int, int] | None:
    """A line's mark on the page: the item and the version it was seen in, ``12.3``."""
    item_id, _, version = text.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (item_id, version)):
        return None
    return int(item_id), int(version)


def _rows() -> list[list[sheets.Value]]:
    wanted = _wanted({name: words_of(request, name) for name in _NARROWED})
    with door.look() as db:
        cut = _cuts(db)
        found = works.work(db, looks.scope(db, door.who()), wanted, cut, most=sheets.MOST_ROWS)
    return [work_row(line(row, g.at, door.office())) for row in found.rows]
