"""請假與代理: when one is away and who stands in; for oneself, and for the people one leads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, Invalid
from engine.office import absence as away
from engine.office import people, staffing
from engine.office.people import Person
from engine.store import Connection
from webui import days, door
from webui.permissions import permit

pages = Blueprint("absence", __name__)

LABELS = {"first": "第一日", "last": "最後一日", "substitute": "職務代理人"}


@pages.get("/absence")
@permit("substitute")
def absence() -> ResponseReturnValue:
    return _page(_asked(request.args.get("person", "")))


@pages.post("/absence")
@permit("substitute")
def note() -> ResponseReturnValue:
    form = door.posted()
    form.only({"person", "first", "last", "substitute"})
    person_id = _asked(form.one("person"))
    given = {name: form.one(name) for name in LABELS}
    wrong: dict[str, str] = {}
    first, last = (days.read(given[name], name, wrong) for name in ("first", "last"))
    if given["substitute"] and form.number("substitute") is None:
        wrong["substitute"] = "請由選項中選擇。"
    status = 422
    if first is not None and last is not None and not wrong:
        try:
            with door.act() as db:
                away.note(
                    db, person_id, first=first, last=last, substitute=form.number("substitute"), who=door.who(), at=g.at
                )
        except (Invalid, Conflict) as bad:
            status = bad.status
            wrong = (bad.fields if isinstance(bad, Invalid) else {}) or {"": bad.sentence}
        else:
            return door.go("absence.absence", "absent", **_of(person_id))
    return _page(person_id, given=given, wrong=wrong), status


@pages.post("/absence/<id:absence_id>/end")
@permit("substitute")
def end(absence_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"person"})
    with door.act() as db:
        away.cancel(db, absence_id, who=door.who(), at=g.at)
    return door.go("absence.absence", "absence-over", **_of(_asked(form.one("person"))))


def _asked(text: str) -> int:
    """Whose absence it is about; one's own where nobody is named."""
    own = door.who().id or 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else own


def _of(person_id: int) -> dict[str, Any]:
    return {} if person_id == door.who().id else {"person": person_id}


def _page(
    person_id: int, *, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None
) -> str:  # fmt: skip
    me = door.who()
    with door.look() as db:
        person = people.get(db, person_id, g.at)
        away.require(db, me, person)
        noted = away.of(db, [person_id], g.at)
        fit = away.eligible(db, person, g.at)
        gone = away.away(db, [one.id for one in fit if one.id is not None], g.at)
        team, their = _team(db, me)
        names = people.names(db, [one.substitute for one in (*noted, *their)])
        stands = away.of(db, [p.id for p in me.standing_for if p.id is not None], g.at)
        seats = staffing.memberships(db, [person_id, *[one.id for one in fit if one.id is not None]])
    own_units = {unit for unit, _ in person.memberships}
    beside = [one for one in fit if own_units & {unit for unit, _ in one.memberships}]
    others = [one for one in fit if one not in beside]
    circles = (("同單位", False, beside), ("其他單位的同角色人員", True, others))
    by_person: dict[int, list[Any]] = {}
    for one in their:
        by_person.setdefault(one.person_id, []).append(one)
    return render_template(
        "absence.html", person=person, own=person_id == me.id, noted=noted, circles=circles, gone=gone, team=team,
        their=by_person, names=names, seats=seats, stands={one.person_id: one for one in stands},
        given=given or {"first": "", "last": "", "substitute": ""}, wrong=wrong or {}, labels=LABELS, help=days.HELP,
    )  # fmt: skip


def _team(db: Connection, me: Person) -> tuple[list[Person], list[away.Away]]:
    """The people of the units one leads, and when they are away."""
    led = people.units_led(db, me)
    if not led:
        return [], []
    ids = [one for one in people.sitting_in(db, led, g.at) if one != me.id]
    return people.several(db, ids, g.at), away.of(db, ids, g.at)
