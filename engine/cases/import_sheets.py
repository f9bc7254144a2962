"""A spreadsheet's lines, from CSV or ODS: texts by column name, each with the number the spreadsheet gives its row.

CSV in UTF-8 with or without its mark, or in Big5; ODS opened within bounds by the room of files, its table read by the
hardened XML reader. What is no sheet is refused with a sentence; what a cell means is not known here.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.cases import files
from engine.cases.files import Sent
from engine.cases.files.refusing import Refused
from engine.errors import BadSop, Invalid
from engine.sops import reader

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Line", "lines"]

MOST_ROWS = 20_000
MOST_COLUMNS = 60
_NO_SHEET = "請選擇 CSV 或 ODS 試算表；其他格式請先另存成 ODS。"
_NO_ENCODING = "檔案的編碼不是 UTF-8 也不是 Big5，請另存成 UTF-8 的 CSV。"
_OF_ANOTHER_KIND = frozenset(
    ["file_kind", "file_heic", "file_old_office", "file_archive", "file_page", "file_letter", "file_film"]
)
_MOST_XML = 100_000_000
_MOST_ELEMENTS = 3_000_000
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


@dataclass(frozen=True, slots=True)
class Line:
    """One filled row; the heading is row 1."""

    row: int
    cells: dict[str, str]


def lines(name: str, content: bytes) -> tuple[list[str], list[Line]]:
    """The heading and the filled rows under it. Raises Invalid for what is no sheet, or one too long."""
    try:
        kept = files.receive(Sent(name, content))
    except Refused as refusal:
        raise _unusable(_instead(name, refusal)) from None
    if kept.media_type.endswith("opendocument.spreadsheet"):
        rows: Iterable[Sequence[str]] = _ods(kept.content)
    elif kept.media_type in ("text/csv", "text/plain"):
        rows = _csv(_decoded(kept.content))
    else:
        raise _unusable(_NO_SHEET)
    return _under_a_heading(rows)


def _instead(name: str, refusal: Refused) -> str:
    """Here only sheets are taken: what else could be an attachment is no help."""
    if refusal.code not in _OF_ANOTHER_KIND:
        return refusal.sentence
    return _NO_ENCODING if name.casefold().endswith(".csv") else _NO_SHEET


def _under_a_heading(rows: Iterable[Sequence[str]]) -> tuple[list[str], list[Line]]:
    heading: list[str] = []
    found: list[Line] = []
    for n, row in enumerate(rows, start=1):
        cells = [_cleaned(cell) for cell in row]
        if not heading:
            if any(cells):
                heading = cells
                while heading and not heading[-1]:
                    heading.pop()
            continue
        if not any(cells):
            continue
        if len(found) == MOST_ROWS:
            raise _unusable(f"一個檔案最多 {MOST_ROWS} 列，請分成幾個檔案。")
        if any(cells[len(heading) :]):
            raise _unusable(f"第 {n} 列的欄位比標題列多，請檢查是否有多餘的逗號。")
        found.append(Line(n, dict(zip(heading, cells, strict=False))))
    if not heading:
        raise _unusable("檔案是空的。")
    if len(heading) > MOST_COLUMNS:
        raise _unusable(f"欄位太多，最多 {MOST_COLUMNS} 欄。")
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    if twice:
        raise _unusable(f"標題列有重複的欄位：{'、'.join(twice)[:100]}。")
    return heading, found


def _cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\ufeff \u3000\n\t")


# -- CSV -------------------------------------------------------------------------------------------------------------


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp950", "big5hkscs"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unusable(_NO_ENCODING)


def _csv(text: str) -> Iterator[Sequence[str]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    try:
        # a row counts as the spreadsheet counts it: a cell of several lines is one row
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as broken:
        raise _unusable(f"CSV 格式有誤，請檢查引號是否成對（{broken}）。") from None


# -- ODS -------------------------------------------------------------------------------------------------------------


def _ods(content: bytes) -> Iterator[Sequence[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        xml = package.read("content.xml")
    try:
        root = reader.parse(xml, most_bytes=_MOST_XML, most_elements=_MOST_ELEMENTS)
    except BadSop as bad:
        raise _unusable(f"ODS 內容無法讀取：{bad.sentence}") from None
    table = next(root.iter(f"{_TABLE}table"), None)
    if table is None:
        raise _unusable("ODS 裡沒有工作表。")
    for row in table.iter(f"{_TABLE}table-row"):
        cells = _cells(row)
        # a sheet ends with an empty row that stands for a million; no more of them than could be filled are counted
        for _ in range(min(_times(row, "number-rows-repeated"), MOST_ROWS + 2)):
            yield cells


def _cells(row: Any) -> list[str]:
    found: list[str] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        text = _said(cell)
        room = MOST_COLUMNS + 1 - len(found)
        found += [text] * min(_times(cell, "number-columns-repeated"), room)
        if len(found) > MOST_COLUMNS:
            break
    while found and not found[-1]:
        found.pop()
    return found


def _said(cell: Any) -> str:
    """A date as it is stored, whatever it is shown as; everything else as it is shown."""
    if cell.get(f"{_OFFICE}value-type") == "date":
        return str(cell.get(f"{_OFFICE}date-value") or "")
    return "\n".join(_paragraph(part) for part in cell.iter(f"{_TEXT}p"))


def _paragraph(part: Any) -> str:
    found = [part.text or ""]
    for child in part:
        if child.tag == f"{_TEXT}s":
            found.append(" " * min(int(child.get(f"{_TEXT}c") or 1), 100))
        elif child.tag == f"{_TEXT}line-break":
            found.append("\n")
        elif child.tag == f"{_TEXT}tab":
            found.append("\t")
        else:
            found.append(_paragraph(child))
        found.append(child.tail or "")
    return "".join(found)


def _times(element: Any, attribute: str) -> int:
    said = element.get(f"{_TABLE}{attribute}") or "1"
    return max(int(said), 1) if said.isascii() and said.isdigit() and len(said) < 10 else 1


def _unusable(sentence: str) -> Invalid:
    return Invalid("import_sheet", sentence, fields={"file": sentence})
