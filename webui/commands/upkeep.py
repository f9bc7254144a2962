"""sopflow health, sopflow incidents: how the house stands and what could not go on, for an operator at a terminal."""

from __future__ import annotations

from typing import Any

import click

from engine import cases
from engine.cases import incidents as verbs
from engine.cases.desks import incidents as desk
from engine.errors import Missing
from engine.office import people
from webui import house, shown
from webui.commands import city
from webui.commands.language import after, said, worded
from webui.commands.talk import REFUSED, json_option, note, refuses, show, tell

as_person = click.option("--as", "account", metavar="PERSON", help="以此人身分；未指定時為系統。")
_SIGN = {"good": "✓", "care": "■", "bad": "▲"}
_MOST = 10_000


@click.command("health", help="系統健康：每一項的狀況與處理方式；有一項需處理時以 1 結束。")
@json_option
@refuses
def health(as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        checks = house.look(
            db, here.at, home=here.settings.home, key=here.begun.key is not None, key_file=here.settings.key_file
        )  # fmt: skip
    state = house.state_of(checks)
    if as_json:
        show({
            "state": state,
            "checks": [
                {"id": c.id, "name": said(c.name), "state": c.state, "said": said(c.said), "todo": said(c.todo)}
                for c in checks
            ],
        })  # fmt: skip
    else:
        for check in checks:
            told = worded("{0}：{1}", said(check.name), said(check.said))
            click.echo(f"{_SIGN[check.state]} {told}{after(check.todo)}")
    if state == "bad":
        raise SystemExit(REFUSED)


@click.group("incidents", help="異常：走不下去的案件與響不了的計時。")
def incidents() -> None:
    pass


@incidents.command("list", help="待處理的異常，舊的在前；有任何一件時以 1 結束。")
@click.option("--over", is_flag=True, help="改列已處理的。")
@as_person
@json_option
@refuses
def list_(over: bool, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        people.require(db, who, "resume")
        page = desk.incidents(db, who=who, over=over, size=_MOST)
    if as_json:
        show({"incidents": [_told(row) for row in page.rows]})
    else:
        for row in page.rows:
            where = f"{row['id']} {said(shown.when(row['at']))} {row['number'] or said('全系統')}"
            click.echo(f"{where} {worded('{0}（{1}）', said(row['sentence']), row['code'])}")
        note(f"{page.total} 件。")
    if page.rows and not over:
        raise SystemExit(REFUSED)


def _told(row: Any) -> dict[str, Any]:
    names = ("id", "at", "number", "step", "code", "sentence", "resolved_at", "resolved_by_name", "why")
    return {name: row[name] for name in names} | {"sentence": said(row["sentence"])}


@incidents.command("retry", help="原因已排除：案件從停住的地方續辦。")
@click.argument("incident", type=click.IntRange(1))
@as_person
@json_option
@refuses
def retry(incident: int, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        with here.store.look() as db:
            row, _ = desk.one(db, incident, who=city.person(db, account, here.at))
        if row["case_id"] is None:
            raise Missing("incident_of_no_case", "這個異常不屬於任何案件；排除原因後，時鐘會自己再試。")
        with here.act() as (db, office):
            cases.resume(db, row["case_id"], who=city.person(db, account, here.at), at=here.at, office=office)
    _say({"incident": incident, "case": row["number"]}, f"{row['number']} 已續辦。", as_json)


@incidents.command("set-aside", help="不再處理，附理由；留在歷史中。")
@click.argument("incident", type=click.IntRange(1))
@click.option("--reason", required=True, help="理由。")
@as_person
@json_option
@refuses
def set_aside(incident: int, reason: str, account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.act() as (db, _):
        verbs.set_aside(db, incident, reason=reason, who=city.person(db, account, here.at), at=here.at)
    _say({"incident": incident}, "已擱置。", as_json)


def _say(said: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        show(said)
    else:
        tell(sentence)
