"""sopflow retention: how long identities, files and notices are kept, what is due, and the night's round by hand."""

from __future__ import annotations

from dataclasses import asdict

import click

from engine.cases import retention as keeping
from engine.cases.retention import Due, Periods
from engine.office import people
from webui import beginning
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import json_option, refuses, show

_KINDS = {"identities": "陳情人身分資料", "files": "附件", "notices": "通知"}
as_administrator = click.option("--as", "account", metavar="PERSON", help="以此管理者身分；未指定時為系統。")


@click.group("retention", help="保存與銷毀：期限、到期的件數、手動銷毀。")
def retention_commands() -> None:
    pass


@retention_commands.command("list", help="保存幾個月，今天到期幾件；不銷毀任何資料。")
@as_administrator
@json_option
@refuses
def list_(account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        people.require(db, city.person(db, account, here.at), "manage_retention")
        now = keeping.periods(db)
        due = keeping.due(db, now, here.at)
    _say(now, due, as_json)


@retention_commands.command("run", help="銷毀到期的資料，如同每天夜間；期限設定當天不銷毀。")
@as_administrator
@json_option
@refuses
def run(account: str | None, as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here:
        with here.store.look() as db:
            people.require(db, city.person(db, account, here.at), "manage_retention")
            now, office = keeping.periods(db), beginning.office(db, here.begun.key)
        done = keeping.destroy_due(here.store, here.at, office)
    if as_json:
        show({"destroyed": asdict(done)})
        return
    for name, words in _KINDS.items():
        if getattr(now, name) is not None:
            click.echo(worded("{0}：銷毀 {1} 件", said(words), getattr(done, name)))


def _say(now: Periods, due: Due, as_json: bool) -> None:
    if as_json:
        proposed = asdict(keeping.PROPOSED)
        show({
            name: {"months": getattr(now, name), "due": getattr(due, name), "proposed_months": proposed[name]}
            for name in _KINDS
        })  # fmt: skip
        return
    for name, words in _KINDS.items():
        months, count = getattr(now, name), getattr(due, name)
        kept = worded("保存 {0} 個月，到期 {1} 件", months, count) if months is not None else said("永久保存")
        click.echo(worded("{0}：{1}", said(words), kept))
