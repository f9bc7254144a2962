"""sopflow forms: the form register, and where each official form is used."""

from __future__ import annotations

from typing import Any

import click

from engine.library import forms_used
from engine.library.forms_used import Registered
from webui.commands import city
from webui.commands.language import worded
from webui.commands.talk import json_option, refuses, show


@click.command("forms", help="表單登記：編號、正式名稱、別名、版次，以及產生或使用它的步驟。")
@click.argument("words", nargs=-1, metavar="[WORDS]…")
@json_option
@refuses
def forms(words: tuple[str, ...], as_json: bool) -> None:
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        found = forms_used.listed(db, " ".join(words))
    if as_json:
        show({"forms": [_as_dict(one) for one in found]})
        return
    for one in found:
        click.echo(worded("{0}　{1}　第 {2} 版", one.name, one.number or "", one.version))
        for use in one.uses:
            made = use.direction == "out"
            where = f"{use.sop_id} {use.step or ''} {use.step_name}".rstrip()
            click.echo(f"    {worded('產生：{0}', where) if made else worded('使用：{0}', where)}")


def _as_dict(one: Registered) -> dict[str, Any]:
    return {
        "ref": one.ref, "number": one.number, "name": one.name, "version": one.version, "aliases": list(one.aliases),
        "uses": [
            {"sop": use.sop_id, "step": use.step, "name": use.step_name, "direction": use.direction}
            for use in one.uses
        ],
    }  # fmt: skip
