"""sopflow unit: the house over the years, as the administrator's page has it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from engine.cases import leaving
from engine.office import people, roster
from engine.office import units as changing
from engine.office.people import Person
from engine.store import Connection
from webui import shown
from webui.commands import city
from webui.commands.answers import Day
from webui.commands.language import worded
from webui.commands.talk import json_option, refuses, show

as_administrator = click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")
unit_argument = click.argument("unit", metavar="UNIT")


@click.group("unit", help="單位：列出、新增、改名、改隸、結束。")
def unit_commands() -> None:
    pass


@unit_commands.command("list", help="各單位，上級在前；含人數、主管與進行中的待辦。")
@click.option("--ended", is_flag=True, help="也列已結束的。")
@as_administrator
@json_option
@refuses
def list_(ended: bool, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        people.require(db, who, "manage_organisation")
        today = people.office_day(here.at)
        seats = roster.seats_of_units(db, here.at)
        known = [one for one in people.units(db).values() if ended or not one.ended_before(today)]
        rows = [_told(db, one.id, seats, who) for one in known]
    if as_json:
        show({"units": rows})
        return
    for row in rows:
        click.echo(worded("{0}  {1}　{2} 人", row["unit"], row["name"], row["people"]) + _over(row))


def _over(row: dict[str, Any]) -> str:
    return f"　{worded('至 {0}', shown.short_roc(row['last']))}" if row["last"] else ""


@unit_commands.command("add", help="新增單位。")
@unit_argument
@click.option("--name", required=True, help="名稱。")
@click.option("--above", metavar="UNIT", help="上級單位；最上級時省略。")
@click.option("--since", type=Day(), help="第一日；省略表示一直都有。")
@as_administrator
@json_option
@refuses
def add(unit: str, name: str, above: str | None, since: date | None, account: str | None, as_json: bool) -> None:
    _change(unit, account, as_json, lambda db, **by: changing.add(db, unit, name=name, above=above, since=since, **by))


@unit_commands.command("rename", help="自某日起改名；過去的日子仍是舊名。")
@unit_argument
@click.option("--name", required=True, help="新名稱。")
@click.option("--since", type=Day(), required=True, help="自哪一日起。")
@as_administrator
@json_option
@refuses
def rename(unit: str, name: str, since: date, account: str | None, as_json: bool) -> None:
    _change(unit, account, as_json, lambda db, **by: changing.rename(db, unit, name, since=since, **by))


@unit_commands.command("move", help="改隸另一個上級單位。")
@unit_argument
@click.option("--above", metavar="UNIT", help="新的上級單位；改為最上級時省略。")
@as_administrator
@json_option
@refuses
def move(unit: str, above: str | None, account: str | None, as_json: bool) -> None:
    _change(unit, account, as_json, lambda db, **by: changing.move(db, unit, above, **by))


@unit_commands.command("close", help="單位辦到某日為止，之後由承接單位接手。")
@unit_argument
@click.option("--last", type=Day(), required=True, help="最後一日。")
@click.option("--successor", metavar="UNIT", help="承接單位；省略時由上級單位承接。")
@as_administrator
@json_option
@refuses
def close(unit: str, last: date, successor: str | None, account: str | None, as_json: bool) -> None:
    _change(unit, account, as_json, lambda db, **by: leaving.end_unit(db, unit, last=last, successor=successor, **by))


def _change(unit: str, account: str | None, as_json: bool, verb: Any) -> None:
    """One act of the administrator; then how the unit stands."""
    with city.open_city(as_json=as_json) as here, here.act() as (db, _):
        who = city.person(db, account, here.at)
        verb(db, who=who, at=here.at)
        told = _told(db, unit, roster.seats_of_units(db, here.at), who)
    if as_json:
        show(told)
    else:
        click.echo(f"{told['unit']}  {told['name']}{_over(told)}")


def _told(
    db: Connection, unit: str, seats: dict[str, tuple[int, tuple[str, ...]]], who: Person
) -> dict[str, Any]:  # fmt: skip
    one = people.units(db)[unit]
    count, chiefs = seats.get(unit, (0, ()))
    former = [{"since": since, "name": name} for since, name in changing.former_names(db).get(unit, ())]
    return {
        "unit": one.id, "name": one.name, "above": one.above, "since": one.since, "last": one.until,
        "successor": one.successor, "people": count, "chiefs": list(chiefs), "names": former,
        "open_items": leaving.open_of_unit(db, unit, who=who),
    }  # fmt: skip
