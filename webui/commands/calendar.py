"""sopflow calendar: the office's days, official tables brought in, closures; and which open deadlines they move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from engine.cases import recounting
from engine.cases.desks import duties as looks
from engine.cases.recounting import Ahead
from engine.dates import calendars, official, roc
from engine.dates.calendars import Change
from engine.dates.workdays import OFFICE_HOURS, Calendar
from engine.errors import Invalid
from engine.library import yearly
from engine.office import people
from engine.store import Connection
from webui import beginning, duty_calendar, shown
from webui.calendar_view import differences, months
from webui.calendar_view import said as opened
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import json_option, note, refuses, show, tell, unusable

#: how many moving deadlines are said line by line; all of them are in the JSON
MOST_LINES = 20

as_person = click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")
apply_option = click.option("--apply/--preview", "really", default=False, help="生效並重算；預設只看會移動哪些期限。")
day_argument = click.argument("day", metavar="DATE")


@click.group("calendar", help="辦公日曆：查看、匯入、停班、恢復上班；先看會移動哪些期限，再以 --apply 生效。")
def calendar() -> None:
    pass


@calendar.command("show", help="一年的放假與上班日、停班與匯入的版本。")
@click.argument("year", metavar="YEAR")
@json_option
@refuses
def show_(year: str, as_json: bool) -> None:
    wanted = _year(year, as_json)
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        found = calendars.load(db)
        closed = calendars.closed_in(db, wanted)
        editions = calendars.editions(db, wanted)
        missing = calendars.lacking(db, here.at)
    year_of = months(found, wanted, {c.day for c in closed})
    off = [day for month in year_of for day in month.days if day.told]
    if as_json:
        show({
            "year": wanted,
            "official": found.is_official(wanted),
            "hours": [[clock.isoformat("minutes") for clock in span] for span in found.hours],
            "working_days": sum(month.worked for month in year_of),
            "exceptions": [{"date": d.day, "opening": d.word, "why": d.why} for d in off],
            "closures": [{"date": c.day, "opening": opened(c.opening, own=True), "reason": c.reason} for c in closed],
            "editions": [{"name": e.name, "hash": e.hash, "days": e.days, "at": e.at, "in_force": n == 0}
                         for n, e in enumerate(editions)],
        })  # fmt: skip
        return
    reckoned = "" if found.is_official(wanted) else f"  {said('依法定放假規則推算')}"
    click.echo(worded("民國{0}年（{1}）", wanted - 1911, wanted) + reckoned)
    for month in year_of:
        told = [d for d in month.days if d.told]
        days = [worded("{0}/{1} {2}（{3}）", d.day.month, d.day.day, said(d.word), said(d.why)) for d in told]
        line = worded("{0}月 上班 {1} 天", f"{month.number:>2}", month.worked)
        click.echo(f"  {worded('{0}：{1}', line, said('、').join(days)) if days else line}")
    for n, e in enumerate(editions):
        state = "現行版本" if n == 0 else "已被修正版取代"
        click.echo(f"  {worded('已匯入：{0}（{1}，{2}）', e.name, said(shown.when(e.at)), said(state))}")
    for year_without in missing:
        note(f"民國{year_without - 1911}年的辦公日曆尚未匯入。")


@calendar.command("import", help="匯入一年的官方辦公日曆（CSV；UTF-8 或 Big5），修正版再匯入一次即可。")
@click.argument("file", metavar="CSV", type=click.Path(path_type=Path))
@click.option("--year", type=int, help="檔案應為哪一年（西元）；不符即拒絕。")
@apply_option
@as_person
@json_option
@refuses
def import_(file: Path, year: int | None, really: bool, account: str | None, as_json: bool) -> None:
    with file.open("rb") as stream:
        data = stream.read(official.MOST_BYTES + 1)
    try:
        official.read(data, year)
    except Invalid as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)
    _change(lambda db: calendars.bring_in(db, data, name=file.name, year=year), really, account, as_json)


@calendar.command("close", help="這一天停班，整天或半天；過去的日子也可以。")
@day_argument
@click.option("--half", type=click.Choice(["am", "pm"]), help="只停上午或下午。")
@click.option("--reason", required=True, help="理由，例如颱風停班。")
@apply_option
@as_person
@json_option
@refuses
def close(day: str, half: Any, reason: str, really: bool, account: str | None, as_json: bool) -> None:
    which = _day(day, as_json)
    _change(lambda db: calendars.close(db, which, half=half, reason=reason), really, account, as_json)


@calendar.command("open", help="這一天照常上班：取消停班，或把放假日改為上班。")
@day_argument
@click.option("--reason", help="理由；取消停班時可省略。")
@apply_option
@as_person
@json_option
@refuses
def open_(day: str, reason: str | None, really: bool, account: str | None, as_json: bool) -> None:
    which = _day(day, as_json)
    _change(lambda db: calendars.open_again(db, which, reason=reason), really, account, as_json)


@calendar.command("recount", help="依目前的日曆重算：接續中斷的重算，或看看有沒有期限與日曆不符。")
@apply_option
@as_person
@json_option
@refuses
def recount(really: bool, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        with here.store.look() as db:
            office = beginning.office(db, here.begun.key)
            who = city.person(db, account, here.at)
            people.require(db, who, "manage_calendar")
            ahead = recounting.preview(db, office.calendar, since=None)
        done = recounting.recount_all(here.store, who=who, at=here.at, office=office) if really else None
    _tell(ahead, done, as_json, nothing="所有期限都與目前的日曆相符。")


def _change(working_out: Callable[[Connection], Change], really: bool, account: str | None, as_json: bool) -> None:
    """Show what would move; with ``--apply`` do it."""
    with city.open_city(as_json=as_json) as here:
        with here.store.look() as db:
            office = beginning.office(db, here.begun.key)
            who = city.person(db, account, here.at)
            people.require(db, who, "manage_calendar")
            change = working_out(db)
            ahead = recounting.would_do(db, change)
        done = recounting.apply(here.store, change, who=who, at=here.at, office=office) if really else None
    _tell(ahead, done, as_json, change=change)


def _tell(
    ahead: Ahead, done: recounting.Recounted | None, as_json: bool, *, change: Change | None = None,
    nothing: str = "沒有期限會移動。",
) -> None:  # fmt: skip
    moves = ahead.moves
    days = differences(change) if change is not None else []
    if as_json:
        show({
            "applied": done is not None,
            "new": change.new if change else True,
            "days": [{"date": day, "from": was, "to": becomes} for day, was, becomes in days],
            "deadlines": [{"case": m.number, "path": m.path, "name": m.name, "from": m.old, "to": m.new}
                          for m in moves],
            "cases_with_only_reminders": ahead.others,
            "recounted": {"cases": done.cases, "deadlines": done.deadlines, "stuck": done.stuck} if done else None,
        })  # fmt: skip
        return
    if change is not None and not change.new:
        tell("這份日曆先前已經匯入，沒有新的內容。")
        return
    if change is not None and change.table is not None:
        tell(f"民國{change.table.year - 1911}年的辦公日曆：{len(days)} 天與目前不同。")
    for day, was, becomes in days:
        click.echo(worded("{0}：{1} → {2}", said(shown.day(day)), said(was), said(becomes)))
    if change is not None and change.settles is not None:
        tell(f"民國{change.settles.year - 1911}年從此依官方日曆，期限的計算說明不再註明推算。")
    for move in moves[:MOST_LINES]:
        old, new = said(shown.when(move.old)), said(shown.when(move.new))
        click.echo(f"  {worded('{0} {1}：{2} → {3}', move.number, move.name, old, new)}")
    if len(moves) > MOST_LINES:
        tell(f"  ……共 {len(moves)} 個期限")
    if not moves:
        tell(nothing)
    if ahead.others:
        tell(f"另有 {ahead.others} 件案件的期限不變，只有提醒或稽催改在別的時間。")
    if done is None:
        note("以上只是預覽，加上 --apply 才會生效。")
    else:
        stuck = f"，{done.stuck} 件異常" if done.stuck else ""
        note(f"已生效：{done.cases} 件案件、{done.deadlines} 個期限已重算{stuck}。")


def _day(text: str, as_json: bool) -> date:
    try:
        return shown.local(roc.read_instant(text, OFFICE_HOURS[0][0])).date()
    except Invalid as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)


def _year(text: str, as_json: bool) -> int:
    """2026 or 民國 115."""
    plain = text.strip().removeprefix("民國").removesuffix("年")
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 4 else 0
    number += 1911 if 0 < number < 1000 else 0
    try:
        Calendar().published(date(number, 1, 1))
    except (Invalid, ValueError):
        unusable(f"沒有「{text[:20]}」年的辦公日曆。", as_json=as_json, code="calendar_year")
    return number


@calendar.command("duties", help="一年之中依行事曆開立的作業：開立日、限辦日、撞期。")
@click.argument("year", metavar="YEAR")
@click.option("--unit", metavar="UNIT", help="只列這個單位。")
@click.option("--ics", type=click.Path(path_type=Path, dir_okay=False), help="另存為 iCalendar 檔。")
@json_option
@refuses
def duties(year: str, unit: str | None, ics: Path | None, as_json: bool) -> None:
    wanted = _year(year, as_json)
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        names = {one.id: one.name for one in people.units(db).values()}
        if unit is not None and unit not in names:
            raise Invalid("unit_unknown", "沒有這個單位。")
        found = [d for d in looks.duties(db, wanted, calendars.load(db)) if unit in (None, d.unit)]
        due = [one for one in yearly.reviews(db) if one.due.year == wanted and unit in (None, one.unit)]
    if ics is not None:
        _keep(ics, duty_calendar.events(found, due, names, at=here.at), as_json)
    if as_json:
        show({
            "year": wanted,
            "duties": [duty_calendar.as_dict(d) for d in found],
            "meetings": [
                {"on": m.on.isoformat(), "unit": m.unit, "begin": [d.sop_id for d in m.begin],
                 "due": [d.sop_id for d in m.due]}
                for m in looks.meetings(found)
            ],
            "months": [
                {"month": m.number, "units": {of: {"duties": n, "standard_days": days}
                                              for of, (n, days) in m.by_unit.items()}}
                for m in looks.months(found)
            ],
            "reviews": [
                {"sop": one.sop_id, "name": one.name, "unit": one.unit, "due": one.due.isoformat()} for one in due
            ],
        })  # fmt: skip
        return
    for d in found:
        until = worded("，限辦 {0}", said(shown.day(d.due))) if d.due else ""
        what = worded("{0}：{1}", said(d.name), d.what)
        click.echo(f"{said(shown.day(d.on))}  {names.get(d.unit or '', d.unit or '')}  {what}{until}")
    for m in looks.meetings(found):
        sops = worded("、").join(dict.fromkeys(said(d.name) for d in (*m.begin, *m.due)))
        note(f"撞期：{shown.day(m.on)} {names.get(m.unit, m.unit)}：{sops}")
    for one in due:
        until = worded("年度檢視：{0}，應於 {1} 前檢視", said(one.name), said(shown.day(one.due)))
        click.echo(f"{names.get(one.unit or '', one.unit or '')}  {until}")
    if not found:
        note("這一年沒有依行事曆開立的作業。")


def _keep(path: Path, content: bytes, as_json: bool) -> None:
    try:
        path.write_bytes(content)
    except OSError:
        unusable(f"無法寫入檔案 {path}。", as_json=as_json, code="file_unwritable")
