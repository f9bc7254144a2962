"""辦公日曆: the year as months; closures and official tables, each shown with what it moves before it counts."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from engine.cases import recount_state, recounting
from engine.dates import calendars, official, roc
from engine.dates.calendars import Change
from engine.dates.workdays import Calendar, local_day
from engine.errors import Invalid
from engine.office import people
from engine.store import Connection
from webui import calendar_view, door, shown
from webui.permissions import SIGNED_IN, brings_files, permit
from webui.posted import Posted

pages = Blueprint("calendar", __name__)

FIRST, LAST = 1998, 2100
#: moving deadlines that a preview lists; it counts them all
MOST_LINES = 200
WHATS = (
    ("close", "全天停班"),
    ("close-am", "上午停班、下午上班"),
    ("close-pm", "上午上班、下午停班"),
    ("open", "照常上班（取消停班，或放假日改為上班）"),
)
LABELS = {"day": "日期", "reason": "理由", "table": "檔案", "csv": "檔案內容", "what": "這一天"}
_FIELDS = ("what", "day", "reason", "csv", "name")
_FILE = "file-table"
#: what a recount did, as the redirect carries it
_DONE = ("cases", "deadlines", "stuck")
#: cases recounted while the browser waits; seconds between two looks at the rest
AT_ONCE = 50
REFRESH = 3


@pages.get("/calendar")
@permit(SIGNED_IN)
def calendar() -> ResponseReturnValue:
    return _year({})


@pages.post("/calendar/preview")
@permit("manage_calendar")
@brings_files
def preview() -> ResponseReturnValue:
    """What the change would move; nothing is written."""
    form = door.posted()
    given = _given(form)
    try:
        given |= _brought(form)
        with door.look() as db:
            people.require(db, door.who(), "manage_calendar")
            change = _change(db, given)
            ahead = recounting.would_do(db, change)
    except Invalid as bad:
        return _year(given, bad)
    return render_template(
        "calendar_preview.html", change=change, days=calendar_view.differences(change), moves=ahead.moves,
        others=ahead.others, most=MOST_LINES, given=given,
        past=bool(change.becomes) and min(change.becomes) < local_day(g.at),
    )  # fmt: skip


@pages.post("/calendar/apply")
@permit("manage_calendar")
def apply() -> ResponseReturnValue:
    form = door.posted()
    given = _given(form)
    try:
        with door.look() as db:
            people.require(db, door.who(), "manage_calendar")
            if recounting.was_done(db, form.one("key"), door.who()):
                return door.go("calendar.calendar")
            change = _change(db, given)
    except Invalid as bad:
        return _year(given, bad)
    recounting.begin(
        door.door().store, change, who=door.who(), at=g.at, office=door.office(), key=form.one("key") or None
    )  # fmt: skip
    return _go_on(change.since)


@pages.get("/calendar/recount")
@permit("manage_calendar")
def progress() -> ResponseReturnValue:
    """How far the recount is; the browser fetches it anew while it runs."""
    with door.look() as db:
        state = recount_state.newest(db)
    if state is None:
        return door.go("calendar.calendar")
    running = state.runs(g.at)
    answer = make_response(render_template("recount.html", state=state, running=running, refresh=REFRESH))
    if running:
        answer.headers["Refresh"] = str(REFRESH)
    return answer


@pages.post("/calendar/recount")
@permit("manage_calendar")
def go_on() -> ResponseReturnValue:
    """Carry on a recount that was cut off."""
    door.posted().only(())
    return _go_on(None)


def _go_on(day: date | None) -> ResponseReturnValue:
    """So many cases at once, so that a small change is done when the page comes; the clock does the rest."""
    done = None
    for _ in range(2):  # the second finds that nothing is left
        further = recounting.portion(door.door().store, at=g.at, office=door.office(), most=AT_ONCE)
        done = further or done
    with door.look() as db:
        if recounting.unfinished(db) is not None:
            return door.go("calendar.progress")
    year = (day or local_day(g.at)).year
    cases, deadlines, stuck = (done.cases, done.deadlines, len(done.stuck)) if done is not None else (0, 0, 0)
    return door.go("calendar.calendar", year=year, cases=cases, deadlines=deadlines, stuck=stuck)


def _given(form: Posted) -> dict[str, str]:
    form.only(_FIELDS, files={_FILE})
    return {name: form.one(name) for name in _FIELDS}


def _brought(form: Posted) -> dict[str, str]:
    """The table in a file that came along, as text: the preview hands it on."""
    sent = form.files().get("table", [])
    if not sent:
        return {}
    try:
        text = official.decoded(sent[0].content) if sent[0].refused is None else official.too_large()
        official.read(text.encode())
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields={"table": bad.sentence}) from None
    return {"csv": text, "name": sent[0].name}


def _change(db: Connection, given: dict[str, str]) -> Change:
    what = given["what"]
    if what == "import":
        if not given["csv"]:
            said = "請選擇檔案，或貼上檔案內容。"
            raise Invalid("calendar_empty", said, fields={"csv": said})
        try:
            return calendars.bring_in(db, given["csv"].encode(), name=given["name"] or "網頁匯入")
        except Invalid as bad:
            raise Invalid(bad.code, bad.sentence, fields={"csv": bad.sentence}) from None
    if what not in dict(WHATS):
        raise Invalid("calendar_what", "請選擇停班或上班。", fields={"what": "請選擇停班或上班。"})
    try:
        day = shown.local(roc.read_instant(given["day"], Calendar().hours[0][0])).date()
        if what == "open":
            return calendars.open_again(db, day, reason=given["reason"] or None)
        half = {"close-am": "am", "close-pm": "pm"}.get(what)
        return calendars.close(db, day, half=half, reason=given["reason"])  # type: ignore[arg-type]
    except Invalid as bad:
        raise Invalid(bad.code, bad.sentence, fields=bad.fields or {"day": bad.sentence}) from None


def _year(given: dict[str, str], bad: Invalid | None = None) -> ResponseReturnValue:
    today = local_day(g.at)
    year = request.args.get("year", today.year, type=int)
    year = min(max(year, FIRST), LAST)
    with door.look() as db:
        found = calendars.load(db)
        may = people.may(db, door.who(), "manage_calendar")
        closed = calendars.closed_in(db, year)
        editions = calendars.editions(db) if may else []
        unfinished = recounting.unfinished(db)
        in_force = {e.year: e.id for e in reversed(editions)}
        words = render_template(
            "calendar.html", year=year, first=FIRST, last=LAST, today=today, official=found.is_official(year),
            months=calendar_view.months(found, year, {c.day for c in closed}),
            closed=[(c, calendar_view.said(c.opening, own=True)) for c in closed],
            may=may, missing=calendars.lacking(db, g.at), editions=editions,
            in_force=set(in_force.values()), done=_done(), whats=WHATS, unfinished=unfinished,
            running=unfinished is not None and unfinished.runs(g.at),
            labels=LABELS, wrong=bad.fields or {"": bad.sentence} if bad else {},
            given={"what": "close", **dict.fromkeys(_FIELDS[1:], "")} | {k: v for k, v in given.items() if v},
        )  # fmt: skip
    return words, bad.status if bad else 200


def _done() -> dict[str, int] | None:
    """What the act before this page did, as the redirect carries it; numbers only."""
    counts = {name: request.args.get(name, -1, type=int) for name in _DONE}
    return counts if all(0 <= n < 10**9 for n in counts.values()) else None
