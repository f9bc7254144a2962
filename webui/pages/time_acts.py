"""展期與停止計時: ask for more time, decide on it, stop the clocks and let them run on, move the event of a plan.

Each is one post, one transaction, one redirect; a refused form comes back with everything typed. The list is for those
who decide and watch: what waits for their word, and which cases stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine import cases
from engine.cases import desks, extending, planning
from engine.dates import lookups
from engine.dates.workdays import TAIPEI, local_day
from engine.errors import Invalid, Missing, Refusal
from engine.store import Connection
from webui import door
from webui.case_view import CaseView
from webui.permissions import SIGNED_IN, permit

pages = Blueprint("time_acts", __name__)

Verb = Callable[[Connection], Any]


@pages.get("/extensions")
@permit(SIGNED_IN)
def waiting() -> ResponseReturnValue:
    """What waits for this person's decision, and the cases of their units whose clocks stand still."""
    with door.look() as db:
        requests = [_request(db, row) for row in desks.to_decide(db, door.who())]
        suspended = desks.suspended(db, desks.units_watched(db, door.who()), who=door.who())
    calendar = door.office().calendar
    for row in suspended:
        row["workdays"] = calendar.between(local_day(row["suspended_at"]), local_day(g.at))
    return render_template("extensions.html", requests=requests, suspended=suspended)


def _request(db: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """A request with the date it would give, as things stand now."""
    running = lookups.newest_of(db, row["case_id"], row["deadline_path"])
    told = {**row, "due_at": row["old_due_at"], "deadline_name": row["deadline_path"], "would_be": None, "late": False}
    if running is not None:
        told |= {"due_at": running.due_at, "deadline_name": running.name, "late": running.due_at < g.at}
        with suppress(Invalid):  # the calendar does not reach so far
            told["would_be"] = extending.would_be(running, row["length"], row["unit"], door.office()).due
    told["may_see"] = _sees(db, row["case_id"])
    return told


def _sees(db: Connection, case_id: int) -> bool:
    try:
        desks.seen_by(db, case_id, door.who())
    except Missing:
        return False
    return True


@pages.post("/cases/<id:case_id>/extensions")
@permit("ask_extension")
def ask(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"deadline", "length", "reason"})
    path, length, reason = form.one("deadline"), form.number("length"), form.one("reason")

    def verb(db: Connection) -> Any:
        return cases.ask_extension(
            db, case_id, path, length=length or 0, reason=reason, who=door.who(), at=g.at, office=door.office()
        )

    given = {"length": form.one("length"), "reason": reason, "path": path}
    return _do(case_id, "ask", "extension-asked", verb, given)


@pages.post("/extensions/<id:extension_id>/decide")
@permit("decide_extension")
def decide(extension_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"decision", "reason"})
    if form.one("decision") not in ("grant", "refuse"):
        raise Invalid("decision", "請選擇核准或不准。")
    grant, reason = form.one("decision") == "grant", form.one("reason")
    try:
        with door.act() as db:
            cases.decide_extension(
                db, extension_id, grant=grant, reason=reason, who=door.who(), at=g.at, office=door.office()
            )
    except Invalid as refusal:
        with door.look() as db:
            row = next((row for row in desks.to_decide(db, door.who()) if row["id"] == extension_id), None)
            if row is None:
                raise
            words = _again(db, "decide", {"id": row["case_id"], "number": row["number"]}, {"reason": reason}, refusal,
                           asked=row, back=_sees(db, row["case_id"]))  # fmt: skip
        return words, refusal.status
    return door.go("time_acts.waiting", "extension-granted" if grant else "extension-refused")


@pages.post("/cases/<id:case_id>/suspend")
@permit("suspend")
def suspend(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    reason = form.one("reason")
    return _do(
        case_id, "suspend", "suspended",
        lambda db: cases.suspend(db, case_id, reason=reason, who=door.who(), at=g.at, office=door.office()),
        {"reason": reason},
    )  # fmt: skip


@pages.post("/cases/<id:case_id>/proceed")
@permit("proceed")
def proceed(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"reason"})
    with door.act() as db:
        cases.proceed(db, case_id, reason=form.one("reason"), who=door.who(), at=g.at, office=door.office())
    return door.go("case_file.case_file", "proceeded", case_id=case_id, _anchor="clocks")


@pages.get("/cases/<id:case_id>/event")
@permit("move_event")
def event(case_id: int) -> ResponseReturnValue:
    """The event's own page: another day is tried here; nothing changes before it is confirmed."""
    asked = {name: request.args.get(name, "") for name in ("event", "to", "clock")}
    wrong: dict[str, str] = {}
    to = None
    if asked["to"]:
        try:
            to = _instant(asked["to"], asked["clock"])
            if to < g.at:  # nothing is tried that will be refused
                to, wrong = None, {"to": planning.PAST}
        except Invalid as refusal:
            wrong = dict(refusal.fields)
    with door.look() as db:
        return _event_page(db, case_id, asked, to, wrong), 422 if wrong else 200


@pages.post("/cases/<id:case_id>/event")
@permit("move_event")
def move(case_id: int) -> ResponseReturnValue:
    form = door.posted()
    form.only({"event", "to", "clock", "reason"})
    asked = {name: form.one(name) for name in ("event", "to", "clock")}
    to = None
    try:
        to = _instant(asked["to"], asked["clock"])
        with door.act() as db:
            cases.move_event(
                db, case_id, asked["event"], to, reason=form.one("reason"), who=door.who(), at=g.at,
                office=door.office(),
            )  # fmt: skip
    except Invalid as refusal:
        with door.look() as db:
            return _event_page(db, case_id, asked, to, dict(refusal.fields), form.one("reason")), refusal.status
    return door.go("case_file.case_file", "event-moved", case_id=case_id, _anchor="clocks")


def _event_page(
    db: Connection, case_id: int, asked: Mapping[str, str], to: datetime | None, wrong: Mapping[str, str],
    reason: str = "",
) -> str:  # fmt: skip
    row = desks.seen_by(db, case_id, door.who())
    view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
    known = dict(view.time.events())
    if asked["event"] not in known:
        raise Missing("no_such_event", "這個案件沒有以此事件推算的期限。")
    plan = planning.preview(db, case_id, asked["event"], to, office=door.office()) if to is not None else []
    return render_template(
        "event.html", case=row, event=asked["event"], title=view.time.event_title(asked["event"]),
        was=known[asked["event"]], to=to, day=asked["to"], clock=asked["clock"], plan=plan, wrong=wrong,
        given_reason=reason, at=g.at,
    )  # fmt: skip


def _instant(day: str, clock: str) -> datetime:
    """A day and perhaps a time as a browser sends them; without a time the day begins with the office."""
    try:
        on = date.fromisoformat(day)
        at = time.fromisoformat(clock) if clock else door.office().calendar.hours[0][0]
        return datetime.combine(on, at, TAIPEI)
    except ValueError:
        raise Invalid("event_date", "請填可用的日期與時間。", fields={"to": "請填可用的日期與時間。"}) from None


def _do(case_id: int, act: str, said: str, verb: Verb, given: Mapping[str, str]) -> ResponseReturnValue:
    """One act in one transaction; then 303. What was typed wrong comes back in its own form."""
    try:
        with door.act() as db:
            verb(db)
    except Invalid as refusal:
        with door.look() as db:
            row = desks.seen_by(db, case_id, door.who())
            view = CaseView(db, row, who=door.who(), at=g.at, office=door.office())
            strip = None
            if act == "ask":
                strip = next(
                    (s for s in view.time.strips() if s.may_ask and s.clock.row["path"] == given["path"]), None
                )
                if strip is None:
                    raise
            return _again(db, act, row, given, refusal, strip=strip, back=True), refusal.status
    return door.go("case_file.case_file", said, case_id=case_id, _anchor="clocks")


_HEADINGS = {"ask": "申請展期", "decide": "核定展期", "suspend": "停止計時"}


def _again(
    db: Connection, act: str, row: Mapping[str, Any], given: Mapping[str, str], refusal: Refusal, **more: Any
) -> str:  # fmt: skip
    fields = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
    return render_template(
        "time_act.html", act=act, heading=_HEADINGS[act], case=row, given=given, wrong=fields or {"": refusal.sentence},
        **more,
    )  # fmt: skip
