"""sopflow user add: accounts."""

from __future__ import annotations

import click

from engine.errors import Invalid
from engine.office import accounts
from webui.commands import city
from webui.commands.talk import json_option, note, refuses, show


@click.group("user", help="人員帳號。")
def user() -> None:
    pass


@user.command("add", help="新增帳號，印出一次性連結（72 小時內設定密碼）。")
@click.argument("account", metavar="NAME")
@click.option("--unit", "units", multiple=True, metavar="U", help="單位代碼；可重複，與 --role 成對。")
@click.option("--role", "roles", multiple=True, metavar="R", help="角色代碼；可重複，與 --unit 成對。")
@click.option("--name", "full_name", help="姓名；預設為帳號。")
@click.option("--email", help="電子郵件。")
@click.option("--admin", is_flag=True, help="系統管理者。")
@click.option("--as", "by", metavar="PERSON", help="以此管理者身分；未指定時為系統。")
@json_option
@refuses
def add(
    account: str, units: tuple[str, ...], roles: tuple[str, ...], full_name: str | None, email: str | None,
    admin: bool, by: str | None, as_json: bool,
) -> None:  # fmt: skip
    if len(units) != len(roles):
        raise Invalid("account_bad", "每個 --unit 要有一個 --role，兩者成對。")
    with city.open_city(as_json=as_json) as here:
        with here.act() as (db, _):
            token = accounts.add(
                db, account, who=city.person(db, by, here.at), at=here.at, name=full_name, email=email,
                memberships=zip(units, roles, strict=True), admin=admin,
            )  # fmt: skip
        link = f"{here.settings.url}/welcome/{token}"
    if as_json:
        show({"account": account, "link": link})
    else:
        click.echo(link)
        note(f"請把這個連結交給 {account}，72 小時內有效，只能使用一次。")
