"""sopflow sop diff: what became different between two files or two versions, in sentences and as a picture."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import click

from diagrams import difference
from diagrams.one_page import one_page
from diagrams.png import png
from engine.cases.desks.procedures import folder_of
from engine.errors import BadSop, Missing, Refusal
from engine.library import amendments
from engine.library.folder import SopFolder, around
from engine.sops.compare import Change
from webui.commands import city
from webui.commands.language import is_english, said, worded
from webui.commands.talk import DONE, REFUSED, json_option, note, refuses, show, unusable
from webui.words import FIRST, LANGUAGES

#: an SOP in the database and one of its versions
_VERSION = re.compile(r"([a-z][a-z0-9-]{1,99})@(\d{1,6})")
_ENDINGS = (".svg", ".png", ".pdf")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command("diff", help="比較兩個作業流程：檔案，或「代碼@版本」。相同時結束碼為 0，不同為 1。")
@click.argument("old")
@click.argument("new")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="把差異畫成一張圖：.svg、.png 或 .pdf。"
)
@json_option
@refuses
def diff(old: str, new: str, out: Path | None, as_json: bool) -> None:
    if out is not None and out.suffix.lower() not in _ENDINGS:
        unusable(f"輸出檔 {out.name} 的副檔名應為 .svg、.png 或 .pdf。", as_json=as_json, code="picture_ending")
    try:
        before, after = (_folder(name, as_json) for name in (old, new))
        found = amendments.changes(before, after)
    except (BadSop, Missing) as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)
    if out is not None:
        _draw(before, after, found, out)
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


def _draw(before: SopFolder, after: SopFolder, found: list[Change], out: Path) -> None:
    if not out.parent.is_dir():
        raise Refusal("no_such_folder", f"沒有資料夾 {out.parent}。")
    title = (after.sop.sheet.title_en if is_english() else None) or after.sop.name
    told = [replace(change, sentence=said(change.sentence)) for change in found]
    svg = difference.draw(before.sop, after.sop, told, title=title, worded=worded)
    match out.suffix.lower():
        case ".png":
            out.write_bytes(png(svg))
        case ".pdf":
            out.write_bytes(one_page(svg, title=title, language=LANGUAGES["en" if is_english() else FIRST]))
        case _:
            out.write_bytes(svg.encode())
    note(f"已寫入 {out}。")


def _folder(name: str, as_json: bool) -> SopFolder:
    version = _VERSION.fullmatch(name)
    if version is None:
        return around(Path(name), city.processes(as_json=as_json))[0]
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        return folder_of(db, version[1], int(version[2]))
