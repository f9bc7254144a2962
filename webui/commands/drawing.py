"""sopflow sop draw: the chart of an SOP as SVG, PNG or PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from diagrams import bpmn_svg, chart
from diagrams.png import png
from engine.errors import BadSop, Invalid, Missing, Refusal
from webui import charts, sop_charts
from webui.commands import papers
from webui.commands.language import CHINESE, ENGLISH, is_english, settle, worded
from webui.commands.talk import note, refuses, unusable

__all__ = ["columns_of", "draw"]

ENDINGS = (".svg", ".png", ".pdf")
FILE = click.Path(path_type=Path)
#: dots of a printed page for each pixel of the drawing
_PRINTED = 2.0


@click.command("draw", help="把作業流程（檔案，或「代碼[@版本]」）畫成 SVG、PNG 或 PDF；多頁時各頁一檔，PDF 合為一檔。")
@click.argument("name", metavar="FILE|ID[@VERSION]")
@click.option("-o", "--out", required=True, type=FILE, help="輸出檔，.svg、.png 或 .pdf。")
@click.option("--symbols", type=click.Choice(chart.SYMBOLS), default="ministry", help="流程圖符號或 BPMN 符號。")
@click.option("--columns", default=",".join(sop_charts.COLUMNS), help="流程旁的欄位，以逗號分隔；none 為不要欄位。")
@click.option("--page", type=click.Choice(tuple(sop_charts.PAGES)), help="紙張；PDF 預設 A4，其餘預設不分頁。")
@click.option("--chart", "kind", type=click.Choice(charts.KINDS), default="columns", help="分欄流程圖或 BPMN 圖。")
@click.option("--lang", type=click.Choice(("zh", "en")), help="圖上的語言。")
@refuses
def draw(
    name: str, out: Path, symbols: chart.Symbols, columns: str, page: str | None, kind: str, lang: str | None
) -> None:
    ending = out.suffix.lower()
    if ending not in ENDINGS or (kind == "bpmn" and ending == ".pdf"):
        wished = ".svg 或 .png" if kind == "bpmn" else ".svg、.png 或 .pdf"
        unusable(f"輸出檔 {out.name} 的副檔名應為 {wished}。", code="picture_ending")
    keys = columns_of(columns)
    if lang:
        settle(("--lang", ENGLISH if lang == "en" else CHINESE), {})
    paper = page or ("A4" if ending == ".pdf" else "none")
    if ending == ".pdf" and paper == "none":
        unusable("PDF 需要紙張，請用 --page A4 或 A4-landscape。", code="page_missing")
    try:
        folder, facts, edition = papers.named(name)
    except (BadSop, Missing, Invalid) as bad:
        unusable(bad.sentence, code=bad.code)
    sop = folder.sop
    if kind == "bpmn":
        title = sop.sheet.title_en if is_english() else None
        sheets: Sequence[str] = (bpmn_svg.draw(sop, title=title, worded=worded),)
    else:
        sheets = sop_charts.drawn(sop, facts, edition, symbols=symbols, columns=keys, page=paper)
    if ending == ".pdf":
        _write({out: sop_charts.as_pdf(sop, facts, sheets, paper)})
        return
    zoom = {} if paper == "none" else {"zoom": _PRINTED}
    made = [svg.encode() if ending == ".svg" else png(svg, **zoom) for svg in sheets]
    _write(dict(zip(_names(out, len(made)), made, strict=True)))


def columns_of(wished: str, *, as_json: bool = False) -> tuple[str, ...]:
    """The columns that are wished, by their keys. Anything else is unusable."""
    keys = tuple(dict.fromkeys(key.strip() for key in wished.split(",") if key.strip()))
    if keys in ((), ("none",)):
        return ()
    for key in keys:
        if key not in sop_charts.COLUMNS:
            unusable(
                f"沒有欄位 {key}，可用的欄位：{'、'.join(sop_charts.COLUMNS)}，或 none。", code="column_unknown",
                as_json=as_json,
            )  # fmt: skip
    return keys


def _names(out: Path, count: int) -> list[Path]:
    """OUT itself for one page; OUT-1, OUT-2, … for several."""
    if count == 1:
        return [out]
    return [out.with_name(f"{out.stem}-{n}{out.suffix}") for n in range(1, count + 1)]


def _write(files: dict[Path, bytes]) -> None:
    for file, content in files.items():
        if not file.parent.is_dir():
            raise Refusal("no_such_folder", f"沒有資料夾 {file.parent}。")
        try:
            file.write_bytes(content)
        except OSError as problem:
            unusable(f"無法寫入 {file}：{problem.strerror or type(problem).__name__}", code="out_unwritable")
        note(f"已寫入 {file}。")
