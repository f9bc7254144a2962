"""sopflow sop diff: what became different between two files or two versions."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import click

from engine.cases.desks.procedures import folder_of
from engine.errors import BadSop, Missing
from engine.library import amendments
from engine.library.folder import SopFolder, around
from webui.commands import city
from webui.commands.language import said, worded
from webui.commands.talk import DONE, REFUSED, json_option, refuses, show, unusable

#: an SOP in the database and one of its versions
_VERSION = re.compile(r"([a-z][a-z0-9-]{1,99})@(\d{1,6})")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command("diff", help="比較兩個作業流程：檔案，或「代碼@版本」。相同時結束碼為 0，不同為 1。")
@click.argument("old")
@click.argument("new")
@json_option
@refuses
def diff(old: str, new: str, as_json: bool) -> None:
    try:
        found = amendments.changes(*(_folder(name, as_json) for name in (old, new)))
    except (BadSop, Missing) as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)
    if as_json:
        show({"changes": [asdict(change) | {"sentence": said(change.sentence)} for change in found]})
    elif not found:
        click.echo(said("兩者的內容相同。"))
    else:
        click.echo(worded("{0} 處不同：", len(found)))
        for change in found:
            where = f" {change.element}" if change.element else ""
            click.echo(f"  {_SIGNS[change.kind]}{where} {said(change.sentence)}")
    raise SystemExit(REFUSED if found else DONE)


def _folder(name: str, as_json: bool) -> SopFolder:
    version = _VERSION.fullmatch(name)
    if version is None:
        return around(Path(name), city.processes(as_json=as_json))[0]
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        return folder_of(db, version[1], int(version[2]))
