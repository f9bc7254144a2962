"""單位與職務: the house as a tree over the years; added, renamed from a day on, moved, ended. For administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import leaving
from engine.errors import Invalid, Refusal
from engine.office import people, roster
from engine.office import units as changing
from engine.office.people import Unit
from engine.store import Connection
from webui import days, door
from webui.permissions import permit

pages = Blueprint("units", __name__)

LABELS = {
    "unit": "代碼", "name": "名稱", "above": "上級單位", "since": "第一日", "last": "最後一日", "successor": "承接單位",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit with what stands below it; how many sit in it, and who leads it."""

    unit: Unit
    people: int
    chiefs: tuple[str, ...]
    below: tuple[Branch, ...]


@pages.get("/admin/units", endpoint="units")
@permit("manage_organisation")
def tree() -> ResponseReturnValue:
    return _tree({}, {})


@pages.post("/admin/units")
@permit("manage_organisation")
def add() -> ResponseReturnValue:
    form = door.posted()
    form.only({"unit", "name", "above", "since"})
    given = {name: form.one(name) for name in ("unit", "name", "above", "since")}
    wrong: dict[str, str] = {}
    since = days.read(given["since"], "since", wrong, must=False)
    if not wrong:
        try:
            with door.act() as db:
                changing.add(
                    db, given["unit"], name=given["name"], above=given["above"] or None, since=since, who=door.who(),
                    at=g.at,
                )  # fmt: skip
        except Invalid as bad:
            wrong = bad.fields
        else:
            return door.go("units.units", "unit-added")
    return _tree(given, wrong), 422


@pages.get("/admin/units/<unit>", endpoint="unit")
@permit("manage_organisation")
def one(unit: str) -> ResponseReturnValue:
    return _page(unit)


@pages.post("/admin/units/<unit>/rename")
@permit("manage_organisation")
def rename(unit: str) -> ResponseReturnValue:
    def act(db: Connection, given: dict[str, str], day: date | None) -> None:
        assert day is not None
        changing.rename(db, unit, given["name"], since=day, who=door.who(), at=g.at)

    return _change(unit, "rename", ("name", "since"), "since", "unit-renamed", act)


@pages.post("/admin/units/<unit>/move")
@permit("manage_organisation")
def move(unit: str) -> ResponseReturnValue:
    def act(db: Connection, given: dict[str, str], day: date | None) -> None:
        changing.move(db, unit, given["above"] or None, who=door.who(), at=g.at)

    return _change(unit, "move", ("above",), None, "unit-moved", act)


@pages.post("/admin/units/<unit>/end")
@permit("manage_organisation")
def end(unit: str) -> ResponseReturnValue:
    def act(db: Connection, given: dict[str, str], day: date | None) -> None:
        assert day is not None
        leaving.end_unit(db, unit, last=day, successor=given["successor"] or None, who=door.who(), at=g.at)

    return _change(unit, "end", ("last", "successor"), "last", "unit-ended", act)


@pages.post("/admin/units/<unit>/call-off")
@permit("manage_organisation")
def call_off(unit: str) -> ResponseReturnValue:
    def act(db: Connection, given: dict[str, str], day: date | None) -> None:
        changing.call_off_end(db, unit, who=door.who(), at=g.at)

    return _change(unit, "call-off", (), None, "unit-goes-on", act)


def _change(
    unit: str, what: str, fields: tuple[str, ...], day_field: str | None, said: str,
    act: Callable[[Connection, dict[str, str], date | None], None],
) -> ResponseReturnValue:  # fmt: skip
    form = door.posted()
    form.only(fields)
    given = {name: form.one(name) for name in fields}
    wrong: dict[str, str] = {}
    day = days.read(given[day_field], day_field, wrong) if day_field else None
    if not wrong:
        try:
            with door.act() as db:
                act(db, given, day)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            wrong = (refusal.fields if isinstance(refusal, Invalid) else {}) or {"": refusal.sentence}
        else:
            return door.go("units.unit", said, unit=unit)
    return _page(unit, what, given, wrong), 422


def _tree(given: dict[str, str], wrong: dict[str, str]) -> str:
    ended = request.args.get("ended") == "yes"
    with door.look() as db:
        units = people.units(db)
        seats = roster.seats_of_units(db, g.at)
    today = people.office_day(g.at)
    shown = {key: unit for key, unit in units.items() if ended or not unit.ended_before(today)}
    below: dict[str | None, list[str]] = {}
    for key, unit in shown.items():
        below.setdefault(unit.above if unit.above in shown else None, []).append(key)
    empty = dict.fromkeys(("unit", "name", "above", "since"), "")
    return render_template(
        "units.html", roots=tuple(_branches(None, shown, below, seats)), today=today, ended=ended,
        hidden=len(units) - len(shown), choices=_living(units, today), given=empty | given, wrong=wrong, labels=LABELS,
        help=days.HELP,
    )  # fmt: skip


def _branches(
    above: str | None, units: dict[str, Unit], below: dict[str | None, list[str]],
    seats: dict[str, tuple[int, tuple[str, ...]]],
) -> Iterator[Branch]:  # fmt: skip
    for key in below.get(above, ()):
        count, chiefs = seats.get(key, (0, ()))
        yield Branch(units[key], count, chiefs, tuple(_branches(key, units, below, seats)))


def _living(units: dict[str, Unit], today: date) -> list[tuple[str, str]]:
    return [(key, unit.name) for key, unit in units.items() if not unit.ended_before(today)]


def _page(
    unit: str, act: str = "", given: dict[str, str] | None = None, wrong: dict[str, str] | None = None
) -> str:  # fmt: skip
    with door.look() as db:
        people.unit_name(db, unit)
        units = people.units(db)
        former = changing.former_names(db).get(unit, [])
        rows, total = roster.page(db, at=g.at, unit=unit, size=100)
        open_items = leaving.open_of_unit(db, unit, who=door.who())
    today = people.office_day(g.at)
    row = units[unit]
    others = [(key, name) for key, name in _living(units, today) if key != unit and units[key].until is None]
    return render_template(
        "unit.html", row=row, units=units, former=former, people=rows, total=total, open_items=open_items, today=today,
        below=[one for one in units.values() if one.above == unit], others=others, act=act, given=given or {},
        left=[one for one in units.values() if one.successor == unit], wrong=wrong or {}, labels=LABELS, help=days.HELP,
    )  # fmt: skip
