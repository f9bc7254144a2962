"""sopflow case draw: where a case stands, as a picture in a file."""

from __future__ import annotations

from pathlib import Path

import click

from diagrams.png import png
from engine.cases import desks
from engine.errors import Refusal
from webui import beginning, case_paper, charts
from webui.case_view import CaseView
from webui.commands import city
from webui.commands.cases import as_person, case_argument, case_commands
from webui.commands.language import is_english
from webui.commands.talk import note, refuses, unusable
from webui.words import FIRST

_ENDINGS = (".svg", ".png", ".pdf")


@case_commands.command("draw", help="把案件的進度畫成 SVG、PNG 或 PDF；PDF 連同期限，正在其中的共用程序各成一圖。")
@case_argument
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="輸出檔。")
@click.option(
    "--chart", "kind", type=click.Choice(charts.KINDS), default=charts.KINDS[0], help="分欄流程圖或 BPMN 圖。"
)
@click.option(
    "--page", type=click.Choice([*case_paper.PAGES, "none"]), help="分欄流程圖的紙張；PDF 預設 A4，其餘預設不分頁。"
)
@as_person
@refuses
def draw(case: str, out: Path, kind: str, page: str | None, account: str) -> None:
    ending = out.suffix.lower()
    if ending not in _ENDINGS:
        unusable(f"輸出檔 {out.name} 的副檔名應為 .svg、.png 或 .pdf。", code="picture_ending")
    language = "en" if is_english() else FIRST
    paper = page or ("A4" if ending == ".pdf" else "none")
    with city.open_city() as here, here.store.look() as db:
        who = city.person(db, account, here.at)
        row = desks.seen_by(db, city.case_id(db, case), who)
        view = CaseView(db, row, who=who, at=here.at, office=beginning.office(db, here.begun.key))
        if ending == ".pdf":
            written = [case_paper.as_pdf(view, kind=kind, page=paper, language=language)]
        else:
            drawn = case_paper.drawings(view, kind=kind, page=paper, language=language)
            sheets = [svg for _, some in drawn for svg in some]
            written = [svg.encode() if ending == ".svg" else png(svg) for svg in sheets]
    for n, content in enumerate(written, 1):
        file = out if n == 1 else out.with_name(f"{out.stem}-{n}{out.suffix}")
        _write(file, content)
        note(f"已寫入 {file}。")


def _write(file: Path, content: bytes) -> None:
    if not file.parent.is_dir():
        raise Refusal("no_such_folder", f"沒有資料夾 {file.parent}。")
    file.write_bytes(content)
