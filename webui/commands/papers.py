"""sopflow sop sheet, sopflow sop manual: an SOP on paper, and all of them in one."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from diagrams.sheet.facts import Facts
from diagrams.sheet.sections import Edition
from engine.cases.desks.procedures import folder_in_force, folder_of, procedure
from engine.dates.workdays import local_day
from engine.errors import BadSop, Invalid, Missing
from engine.library.folder import SopFolder, around
from webui import manuals, paper_facts, papers
from webui.commands import city
from webui.commands.language import is_english, worded
from webui.commands.talk import note, now, refuses, unusable

__all__ = ["manual", "sheet"]

FILE = click.Path(path_type=Path)
#: an SOP in the database, in force or one of its versions
_STORED = re.compile(r"([a-z][a-z0-9-]{1,99})(?:@(\d{1,6}))?")


@click.command("sheet", help="四段式作業標準書：檔案，或「代碼[@版本]」，存成 HTML、PDF 或 ODT。")
@click.argument("name", metavar="FILE|ID[@VERSION]")
@click.option("-o", "--out", required=True, type=FILE, help="輸出檔，.html、.pdf 或 .odt。")
@refuses
def sheet(name: str, out: Path) -> None:
    kind = ending(out)
    try:
        folder, facts, edition = named(name)
    except (BadSop, Missing, Invalid) as bad:
        unusable(bad.sentence, code=bad.code)
    write(out, lambda: papers.as_file(papers.of_sop(folder, facts, edition), kind))


@click.command("manual", help="作業流程手冊：一個組別或全市的標準書、目錄、圖例、表單一覽、名詞與撰寫原則。")
@click.option("--division", default="", help="只收這個組別（sop list 每行開頭的資料夾）；未指定時為全市。")
@click.option("-o", "--out", required=True, type=FILE, help="輸出檔，.html、.pdf 或 .odt。")
@refuses
def manual(division: str, out: Path) -> None:
    kind = ending(out)
    language = "en" if is_english() else "zh"
    with city.open_city() as here, here.store.look() as db:
        on = local_day(here.at)
        facts = paper_facts.of_city(db, here.settings.processes, language=language, worded=worded, on=on)
        try:
            gathered = manuals.gather(db, division, facts)
        except Missing as bad:
            unusable(bad.sentence, code=bad.code)

    def made() -> bytes:
        with _bars() as told:
            whole = manuals.paper(gathered, on=on, told=told)
            return manuals.file(whole, kind, sops=len(gathered.folders), told=told)

    write(out, made)


@contextmanager
def _bars() -> Iterator[manuals.Told]:
    """One bar after the other, on stderr: the charts, then the pages."""
    labels = {"charts": worded("繪製流程圖"), "pages": worded("排版")}
    with ExitStack() as open_bars:
        bars: dict[str, Any] = {}

        def told(what: str, done: int, whole: int) -> None:
            if what not in bars:
                open_bars.close()
                bars[what] = open_bars.enter_context(
                    click.progressbar(length=whole, label=labels[what], file=sys.stderr)
                )
            bars[what].update(max(0, done - bars[what].pos))

        yield told


def ending(out: Path) -> str:
    """Which kind of file is wished. Anything else is unusable."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in papers.KINDS:
        unusable(f"輸出檔 {out.name} 的副檔名應為 .html、.pdf 或 .odt。", code="paper_ending")
    return kind


def write(out: Path, make: Callable[[], bytes]) -> None:
    """A place where nothing can be written is told before the work, and leaves nothing behind."""
    made = make() if out.parent.is_dir() else b""
    try:
        out.write_bytes(made)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        unusable(f"無法寫入 {out}：{reason}", code="out_unwritable")
    note(f"已寫入 {out}。")


def named(name: str) -> tuple[SopFolder, Facts, Edition]:
    """A file, with the names of the library around it; or what the database holds. Raises BadSop, Missing, Invalid."""
    language = "en" if is_english() else "zh"
    stored = _STORED.fullmatch(name)
    if stored is None or Path(name).is_file():
        root = city.processes()
        folder, library = around(Path(name), root)
        facts = paper_facts.of_files(root, library, language=language, worded=worded, on=local_day(now()))
        return folder, facts, Edition()
    with city.open_city() as here, here.store.look() as db:
        facts = paper_facts.of_city(
            db, here.settings.processes, language=language, worded=worded, on=local_day(here.at)
        )
        number = int(stored[2]) if stored[2] else int(procedure(db, stored[1]).row["number"])
        folder = folder_of(db, stored[1], number) if stored[2] else folder_in_force(db, stored[1])
        return folder, facts, paper_facts.edition(db, stored[1], number)
