"""sopflow sop diff: what became different between two files or two versions, in sentences and as a picture."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import click

from diagrams.chart import SYMBOLS, Symbols
from diagrams.sheet.facts import Facts
from engine.cases.desks.procedures import folder_of
from engine.dates.workdays import local_day
from engine.errors import BadSop, Invalid, Missing, Refusal
from engine.library import amendments
from engine.library.folder import SopFolder, around
from webui import charts, difference_view, paper_facts
from webui.commands import city, drawing
from webui.commands.language import is_english, said, worded
from webui.commands.talk import DONE, REFUSED, json_option, note, now, refuses, show, unusable
from webui.difference_view import Wish
from webui.sop_charts import COLUMNS
from webui.words import FIRST

#: an SOP in the database and one of its versions
_VERSION = re.compile(r"([a-z][a-z0-9-]{1,99})@(\d{1,6})")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command("diff", help="比較兩個作業流程：檔案，或「代碼@版本」。相同時結束碼為 0，不同為 1。")
@click.argument("old")
@click.argument("new")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="把差異畫成一張圖：.svg、.png 或 .pdf。"
)
@click.option("--chart", "kind", type=click.Choice(charts.KINDS), default="columns", help="分欄流程圖或 BPMN 圖。")
@click.option("--symbols", type=click.Choice(SYMBOLS), default="ministry", help="流程圖符號或 BPMN 符號。")
@click.option("--columns", default=",".join(COLUMNS), help="流程旁的欄位，以逗號分隔；none 為不要欄位。")
@json_option
@refuses
def diff(
    old: str, new: str, out: Path | None, kind: str, symbols: Symbols, columns: str, as_json: bool
) -> None:  # fmt: skip
    if out is not None and out.suffix.lower().removeprefix(".") not in difference_view.KINDS:
        unusable(f"輸出檔 {out.name} 的副檔名應為 .svg、.png 或 .pdf。", as_json=as_json, code="picture_ending")
    try:
        before, after = (_folder(name, as_json) for name in (old, new))
        wish = Wish(kind, symbols, drawing.columns_of(columns, as_json=as_json)).named(_facts(as_json))
        found = amendments.changes(before, after, units={} if as_json else dict(wish.units))
    except (BadSop, Missing) as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)
    if out is not None:
        _draw(before, after, out, wish)
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


def _facts(as_json: bool) -> Facts:
    """What units and forms are called, as the library of files says."""
    language = "en" if is_english() else "zh"
    try:
        return paper_facts.of_files(city.processes(), {}, language=language, worded=worded, on=local_day(now()))
    except Invalid as bad:
        unusable(bad.sentence, as_json=as_json, code=bad.code)


def _draw(before: SopFolder, after: SopFolder, out: Path, wish: Wish) -> None:
    if not out.parent.is_dir():
        raise Refusal("no_such_folder", f"沒有資料夾 {out.parent}。")
    kind = out.suffix.lower().removeprefix(".")
    out.write_bytes(difference_view.as_file(before, after, kind, language="en" if is_english() else FIRST, wish=wish))
    note(f"已寫入 {out}。")


def _folder(name: str, as_json: bool) -> SopFolder:
    version = _VERSION.fullmatch(name)
    if version is None:
        return around(Path(name), city.processes(as_json=as_json))[0]
    with city.open_city(as_json=as_json) as here, here.store.look() as db:
        return folder_of(db, version[1], int(version[2]))
