"""人員帳號: who works here, what they hold, and how their account stands. For administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import leaving
from engine.cases.desks import Page
from engine.errors import Invalid, Refusal
from engine.office import absence, accounts, people, roster, staffing
from engine.store import Connection
from webui import days, door
from webui.paging import chosen, page_of, words_of
from webui.permissions import permit

pages = Blueprint("people", __name__)

STATES = (("active", "使用中"), ("locked", "鎖定"), ("admin", "系統管理者"), ("closed", "已停用"), ("all", "全部"))
LABELS = {
    "account": "帳號", "name": "姓名", "email": "電子郵件", "unit": "單位", "role": "角色", "since": "第一日",
    "until": "最後一日", "last": "最後一日", "reason": "理由",
}  # fmt: skip
SIZE = 50


@pages.get("/admin/people", endpoint="people")
@permit("manage_accounts")
def listed() -> ResponseReturnValue:
    state = chosen(request, "state", [name for name, _ in STATES]) or "active"
    words, unit, number = words_of(request), words_of(request, "unit"), page_of(request)
    with door.look() as db:
        rows, total = roster.page(
            db, at=g.at, words=words, unit=unit, state=state, number=number, size=SIZE
        )  # fmt: skip
        ids = [row["id"] for row in rows]
        held = staffing.memberships(db, ids)
        gone = absence.away(db, ids, g.at)
        units = people.units(db)
        waiting = len(staffing.nominations(db))
    return render_template(
        "people.html", page=Page(rows, total, number, SIZE), held=held, gone=gone, states=STATES, state=state,
        words=words, unit=unit, units=[(one.id, one.name) for one in units.values()], today=people.office_day(g.at),
        query={"q": words, "unit": unit, "state": state}, waiting=waiting,
    )  # fmt: skip


@pages.get("/admin/people/new")
@permit("manage_accounts")
def new() -> ResponseReturnValue:
    return _new_page({}, {})


@pages.post("/admin/people/new")
@permit("manage_accounts")
def add() -> ResponseReturnValue:
    """The one-time link stands in the answer itself and nowhere else, so there is no page to go on to."""
    form = door.posted()
    form.only({"account", "name", "email", "unit", "role"})
    given = {name: form.one(name) for name in ("account", "name", "email", "unit", "role")}
    wrong: dict[str, str] = {}
    if not given["name"]:
        wrong["name"] = "請填姓名。"
    if bool(given["unit"]) != bool(given["role"]):
        wrong["role" if given["unit"] else "unit"] = "單位與角色要一起填。"
    if not wrong:
        seats = [(given["unit"], given["role"])] if given["unit"] else []
        try:
            with door.act() as db:
                token = accounts.add(
                    db, given["account"], who=door.who(), at=g.at, name=given["name"], email=given["email"] or None,
                    memberships=seats,
                )  # fmt: skip
                made = people.get(db, given["account"], g.at)
        except Refusal as refusal:
            fields = refusal.fields if isinstance(refusal, Invalid) else {}
            wrong = fields or {"account" if refusal.code == "account_taken" else "role": refusal.sentence}
        else:
            return _link_page(made.id, made.name, token, hours=72)
    return _new_page(given, wrong), 422


@pages.get("/admin/people/<id:person_id>")
@permit("manage_accounts")
def person(person_id: int) -> ResponseReturnValue:
    return _page(person_id)


@pages.post("/admin/people/<id:person_id>/link")
@permit("manage_accounts")
def link(person_id: int) -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        row = roster.one(db, person_id, g.at)
        token = accounts.link(db, row["account"], who=door.who(), at=g.at)
    return _link_page(person_id, row["name"], token, minutes=30)


@pages.post("/admin/people/<id:person_id>/unlock")
@permit("manage_accounts")
def unlock(person_id: int) -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        accounts.unlock(db, roster.one(db, person_id, g.at)["account"], who=door.who(), at=g.at)
    return door.go("people.person", "unlocked", person_id=person_id)


@pages.post("/admin/people/<id:person_id>/end-visits")
@permit("manage_accounts")
def end_visits(person_id: int) -> ResponseReturnValue:
    door.posted().only(())
    keep = g.visit if person_id == door.who().id else None
    with door.act() as db:
        accounts.end_visits(db, roster.one(db, person_id, g.at)["account"], who=door.who(), at=g.at, keep=keep)
    return door.go("people.person", "visits-ended", person_id=person_id)


@pages.post("/admin/people/<id:person_id>/close")
@permit("manage_accounts")
def close(person_id: int) -> ResponseReturnValue:
    """Their open work, as it stood on the page, goes back to the pools in the same act."""
    form = door.posted()
    form.only({"work"})
    try:
        with door.act() as db:
            leaving.leave(
                db, person_id, seen=form.number("work") or 0, who=door.who(), at=g.at, office=door.office()
            )  # fmt: skip
    except Refusal as refusal:
        return _page(person_id, wrong={"": refusal.sentence}), refusal.status
    return door.go("people.person", "closed", person_id=person_id)


@pages.post("/admin/people/<id:person_id>/open")
@permit("manage_accounts")
def reopen(person_id: int) -> ResponseReturnValue:
    door.posted().only(())
    with door.act() as db:
        accounts.set_active(db, roster.one(db, person_id, g.at)["account"], True, who=door.who(), at=g.at)
    return door.go("people.person", "account-open", person_id=person_id)


@pages.post("/admin/people/<id:person_id>/give")
@permit("manage_accounts")
def give(person_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"unit", "role", "since", "until", "reason"})
    given = {name: form.one(name) for name in ("unit", "role", "since", "until", "reason")}
    wrong: dict[str, str] = {}
    since, until = (days.read(given[name], name, wrong, must=False) for name in ("since", "until"))
    if not wrong:
        try:
            with door.act() as db:
                at_once = staffing.give(
                    db, person_id, given["unit"], given["role"], since=since, until=until, reason=given["reason"],
                    who=door.who(), at=g.at,
                )  # fmt: skip
        except Refusal as refusal:
            wrong = _fields(refusal)
        else:
            return door.go("people.person", "role-given" if at_once else "nominated", person_id=person_id)
    return _page(person_id, "give", given=given, wrong=wrong), 422


@pages.post("/admin/people/<id:person_id>/end-role")
@permit("manage_accounts")
def end_role(person_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"unit", "role", "last"})
    given = {name: form.one(name) for name in ("unit", "role", "last")}
    wrong: dict[str, str] = {}
    last = days.read(given["last"], "last", wrong)
    if last is not None:
        try:
            with door.act() as db:
                staffing.end_membership(
                    db, person_id, given["unit"], given["role"], last=last, who=door.who(), at=g.at
                )  # fmt: skip
        except Refusal as refusal:
            wrong = _fields(refusal)
        else:
            return door.go("people.person", "role-ended", person_id=person_id)
    return _page(person_id, "end-role", given=given, wrong=wrong), 422


@pages.post("/admin/people/<id:person_id>/administrator")
@permit("manage_accounts")
def administrator(person_id: int) -> ResponseReturnValue:
    """Asked for with a reason; or, with ``end``, taken back at once."""
    form = door.posted()
    form.only({"reason", "end"})
    try:
        with door.act() as db:
            if form.one("end"):
                staffing.end_administration(db, person_id, who=door.who(), at=g.at)
            else:
                staffing.propose_administrator(db, person_id, reason=form.one("reason"), who=door.who(), at=g.at)
    except Refusal as refusal:
        given = {"reason": form.one("reason")}
        return _page(person_id, "administrator", given=given, wrong=_fields(refusal)), refusal.status
    return door.go("people.person", "role-ended" if form.one("end") else "nominated", person_id=person_id)


def _fields(refusal: Refusal) -> dict[str, str]:
    return (refusal.fields if isinstance(refusal, Invalid) else {}) or {"": refusal.sentence}


def _roles(db: Connection) -> list[tuple[str, str]]:
    """The roles people hold here; 陳情人 and the like stand outside."""
    return [(role, name) for role, name in people.roles(db).items() if role not in people.OUTSIDE_ROLES]


def _choices(db: Connection) -> dict[str, Any]:
    units = [(one.id, one.name) for one in people.units(db, g.at).values()]
    return {"units": units, "roles": _roles(db)}


def _new_page(given: dict[str, str], wrong: dict[str, str]) -> str:
    with door.look() as db:
        more = _choices(db)
    empty = dict.fromkeys(("account", "name", "email", "unit", "role"), "")
    return render_template("person_new.html", given=empty | given, wrong=wrong, labels=LABELS, **more)


def _link_page(person_id: int | None, name: str, token: str, *, hours: int = 0, minutes: int = 0) -> str:
    address = f"{door.door().origin}/welcome/{token}"
    return render_template(
        "person_link.html", person_id=person_id, name=name, address=address, hours=hours, minutes=minutes
    )  # fmt: skip


def _page(
    person_id: int, act: str = "", *, given: dict[str, str] | None = None, wrong: dict[str, str] | None = None
) -> str:
    with door.look() as db:
        row = roster.one(db, person_id, g.at)
        held = staffing.memberships(db, [person_id]).get(person_id, [])
        waiting = staffing.nominations(db, person_id)
        work = leaving.open_work(db, person_id, who=door.who())
        noted = absence.of(db, [person_id], g.at)
        more = _choices(db)
        names = people.names(db, [one.substitute for one in noted] + [one.asked_by for one in waiting])
    today = people.office_day(g.at)
    return render_template(
        "person.html", row=row, held=sorted(held, key=lambda one: not one.counts_on(today)), waiting=waiting, work=work,
        noted=noted, names=names, today=today, act=act, given=given or {}, wrong=wrong or {}, labels=LABELS,
        own=person_id == door.who().id, locked=row["locked_until"] is not None and row["locked_until"] > g.at,
        help=days.HELP, unit_names=dict(more["units"]), role_names=dict(more["roles"]), **more,
    )  # fmt: skip
