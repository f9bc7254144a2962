"""列管清單: what the control office keeps in view until it is released, its follow-up notices and its months.

A case is released by its SOP's own step, opened from here; there is no second way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import bulk, desks
from engine.cases.desks import oversight as looks
from engine.cases.desks import oversight_control as controls
from engine.cases.desks.oversight_control import Sought
from engine.errors import Invalid
from engine.office import people
from engine.store import Connection
from webui import door, phrases, sheets
from webui.oversight_view import CONTROL_COLUMNS, control_line, control_row
from webui.pages.oversight_work import AT_ONCE
from webui.paging import page_of, words_of
from webui.permissions import CONTROL_OFFICE, permit

pages = Blueprint("control", __name__)

_NARROWED = ("unit", "sop", "cycle", "days", "due", "interim", "reopened", "q")


@pages.get("/control")
@permit(CONTROL_OFFICE)
def control() -> ResponseReturnValue:
    return _page(_sought(_asked()), {}, {})


@pages.get("/control/months")
@permit(CONTROL_OFFICE)
def months() -> ResponseReturnValue:
    with door.look() as db:
        found = controls.months(db, looks.scope(db, door.who()), at=g.at, calendar=door.office().calendar)
    return render_template("control_months.html", months=found, late=_late())


@pages.get("/control/months.csv")
@permit(CONTROL_OFFICE)
def months_as_csv() -> ResponseReturnValue:
    with door.look() as db:
        found = controls.months(db, looks.scope(db, door.who()), at=g.at, calendar=door.office().calendar)
    columns = ("月份", "新增列管", "期限內答復", "逾期答復", "解除列管", "月底列管中", *_late())
    rows: list[list[sheets.Value]] = [
        [f"{one.first.year - 1911}年{one.first.month}月", one.received, one.in_time, one.too_late, one.released,
         one.in_control, *one.late]
        for one in found
    ]  # fmt: skip
    return sheets.as_csv(sheets.dated("列管月報", g.at), columns, rows)


@pages.get("/control.csv")
@permit(CONTROL_OFFICE)
def as_csv() -> ResponseReturnValue:
    return sheets.as_csv(sheets.dated("列管清單", g.at), CONTROL_COLUMNS, _rows())


@pages.get("/control.ods")
@permit(CONTROL_OFFICE)
def as_ods() -> ResponseReturnValue:
    return sheets.as_ods(sheets.dated("列管清單", g.at), CONTROL_COLUMNS, _rows())


@pages.post("/control/follow-up")
@permit(CONTROL_OFFICE)
def follow_up() -> ResponseReturnValue:
    """追蹤通知 to the holders of the chosen cases: one entry per case, once a day and case."""
    form = door.posted()
    form.only({"reason", "range", *_NARROWED}, several={"case"})
    sought = _sought({name: form.one(name) for name in _NARROWED})
    ticked = [int(one) for one in form.many("case") if one.isascii() and one.isdigit() and len(one) < 19]
    ids = None if form.one("range") == "all" else ticked
    given = {"reason": form.one("reason"), "range": form.one("range"), "case": form.many("case")}
    try:
        with door.act() as db:
            seen = looks.scope(db, door.who())
            chosen = controls.in_control(
                db, seen, sought, at=g.at, calendar=door.office().calendar, ids=ids, limit=bulk.MOST
            )
            begun = bulk.begin(
                db, "follow_up", [bulk.Chosen(one) for one in chosen], reason=form.one("reason"), key=form.one("key"),
                who=door.who(), at=g.at,
            )  # fmt: skip
    except Invalid as refusal:
        return _page(sought, given, refusal.fields), refusal.status
    bulk.carry_on(door.door().store, begun, who=door.who(), at=g.at, office=door.office(), most=AT_ONCE)
    return door.go("oversight_work.batch", bulk_id=begun, **_query(sought))


def _asked() -> dict[str, str]:
    return {name: words_of(request, name) for name in _NARROWED}


def _sought(asked: Mapping[str, str]) -> Sought:
    days = asked["days"]
    return Sought(
        asked["unit"], asked["sop"], asked["cycle"],
        int(days) if days.isascii() and days.isdigit() and len(days) < 4 else None,
        asked["due"] if asked["due"] in controls.DUE else "", asked["interim"] == "yes", asked["reopened"] == "yes",
        asked["q"],
    )  # fmt: skip


def _query(sought: Sought) -> dict[str, str]:
    asked = {
        "unit": sought.unit, "sop": sought.sop, "cycle": sought.cycle, "days": str(sought.days or ""),
        "due": sought.due, "interim": "yes" if sought.interim else "", "reopened": "yes" if sought.reopened else "",
        "q": sought.words,
    }  # fmt: skip
    return {name: value for name, value in asked.items() if value}


def _page(sought: Sought, given: Mapping[str, Any], wrong: Mapping[str, str]) -> str:
    office = door.office()
    with door.look() as db:
        seen = looks.scope(db, door.who())
        found = controls.control_list(db, seen, sought, at=g.at, calendar=office.calendar, page=page_of(request))
        choices = _choices(db, seen)
    return render_template(
        "control.html", page=found, rows=[control_line(row, g.at, office) for row in found.rows], sought=sought,
        query=_query(sought), choices=choices, given=given, wrong=wrong, most=bulk.MOST, most_rows=sheets.MOST_ROWS,
        due=phrases.FOLLOW_UP_DUE,
    )  # fmt: skip


def _choices(db: Connection, seen: looks.Scope) -> dict[str, Sequence[tuple[str, str]]]:
    return {
        "unit": [(one.id, one.name) for one in people.units(db).values()],
        "sop": desks.named(db),
        "cycle": [
            (f"{length}-{unit}", f"每 {length} {phrases.of(phrases.UNIT, unit)}")
            for length, unit in controls.cycles(db, seen)
        ],
    }


def _rows() -> list[list[sheets.Value]]:
    office = door.office()
    with door.look() as db:
        seen = looks.scope(db, door.who())
        found = controls.control_list(
            db, seen, _sought(_asked()), at=g.at, calendar=office.calendar, most=sheets.MOST_ROWS
        )  # fmt: skip
    return [control_row(control_line(row, g.at, office)) for row in found.rows]


def _late() -> list[str]:
    tops = controls.LATE
    words = [f"逾期 {tops[0]} 天內"]
    words += [f"逾期 {low + 1}–{high} 天" for low, high in pairwise(tops)]
    return [*words, f"逾期超過 {tops[-1]} 天"]
