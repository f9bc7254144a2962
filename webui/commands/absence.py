"""sopflow absence: who is away from when until when, and who stands in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import click

from engine.office import absence as away
from engine.office import people
from engine.office.absence import Away
from engine.office.people import Person
from engine.store import Connection
from webui import shown
from webui.commands import city
from webui.commands.answers import Day
from webui.commands.language import worded
from webui.commands.talk import json_option, refuses, show, tell

as_person = click.option("--as", "account", metavar="PERSON", help="以此人身分；未指定時為系統。")
whose = click.argument("whose", metavar="PERSON")


@click.group("absence", help="請假與代理：列出、登錄、提前結束。")
def absence_commands() -> None:
    pass


@absence_commands.command("list", help="某人還沒結束的請假，與代理人。")
@whose
@as_person
@json_option
@refuses
def list_(whose: str, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        person = people.get(db, whose, here.at)
        away.require(db, city.person(db, account, here.at), person)
        rows = _told(db, person, away.of(db, [person.id or 0], here.at), here.at)
    if as_json:
        show({"absences": rows})
        return
    for row in rows:
        click.echo(_line(row))


@absence_commands.command("set", help="登錄請假；代理人須同單位或同角色。")
@whose
@click.option("--first", type=Day(), required=True, help="第一日。")
@click.option("--last", type=Day(), required=True, help="最後一日。")
@click.option("--substitute", metavar="PERSON", help="職務代理人；可省略。")
@as_person
@json_option
@refuses
def set_(
    whose: str, first: date, last: date, substitute: str | None, account: str | None, as_json: bool
) -> None:  # fmt: skip
    with city.open_city(as_json=as_json) as here, here.act() as (db, _):
        who, person = city.person(db, account, here.at), people.get(db, whose, here.at)
        other = people.get(db, substitute, here.at).id if substitute is not None else None
        noted = away.note(db, person.id or 0, first=first, last=last, substitute=other, who=who, at=here.at)
        found = [one for one in away.of(db, [person.id or 0], here.at) if one.id == noted]
        [row] = _told(db, person, found, here.at)
    if as_json:
        show(row)
    else:
        click.echo(_line(row))


@absence_commands.command("end", help="提前結束，或取消還沒開始的。")
@click.argument("absence", type=click.IntRange(1), metavar="ID")
@as_person
@json_option
@refuses
def end(absence: int, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.act() as (db, _):
        away.cancel(db, absence, who=city.person(db, account, here.at), at=here.at)
    if as_json:
        show({"absence": absence})
    else:
        tell("已結束。")


def _told(db: Connection, person: Person, rows: Sequence[Away], at: datetime) -> list[dict[str, Any]]:
    stand_ins = [one.substitute for one in rows if one.substitute is not None]
    accounts = {one.id: one.account for one in people.several(db, stand_ins, at)}
    return [
        {
            "absence": one.id, "person": person.account, "first": one.first, "last": one.last,
            "substitute": accounts.get(one.substitute) if one.substitute else None,
        }
        for one in rows
    ]  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    stands_in = f"　{worded('代理 {0}', row['substitute'])}" if row["substitute"] else ""
    first, last = shown.short_roc(row["first"]), shown.short_roc(row["last"])
    return f"{row['absence']}  {row['person']}　{worded('{0} 至 {1}', first, last)}{stands_in}"
