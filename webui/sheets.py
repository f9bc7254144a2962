"""A list as a sheet: CSV for any program, ODS (the office's own standard) with dates as dates.

Headings, our own words and dates are in the reader's language; what people and SOPs wrote stays as written.

A cell is text, a number or a date, never a formula. In CSV a text that a spreadsheet would calculate is preceded by an
apostrophe; in ODS it is typed as text, so nothing has to be added.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from flask import Response, g
from odfdo import Document, Element

from engine.dates import roc
from webui import shown
from webui.words import FIRST, said_in

__all__ = ["MOST_ROWS", "Value", "as_csv", "as_ods", "dated"]

Value = str | int | date | datetime | None
#: rows of one sheet; the page says so where there are more
MOST_ROWS = 5000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: columns whose words are somebody's own, though they may read like ours
_OWN_WORDS = frozenset({"主旨", "理由", "步驟", "目前步驟"})
#: where the rows come in
_PLACE = '<table:table table:name="sopflow-rows"/>'
_CSV = "text/csv; charset=utf-8"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def dated(name: str, at: datetime) -> str:
    """A file's name with its day: 待辦清單-1151120, Work list-2026-11-20."""
    day, language = shown.local(at).date(), _language()
    return f"{name}-{roc.digits(day)}" if language == FIRST else f"{said_in(language)(name)}-{day.isoformat()}"


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], *, fixed: bool = False) -> Response:
    """UTF-8 with its mark, so that spreadsheets read it as such; dates as 115/11/20. ``fixed``: in Chinese always."""
    language = FIRST if fixed else _language()
    name, columns, rows = _in_words(name, columns, rows, language)
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(columns)
    for row in rows:
        out.writerow([_plain(value, language) for value in row])
    return _sent(("\ufeff" + text.getvalue()).encode(), f"{name}.csv", _CSV)


def as_ods(name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], *, fixed: bool = False) -> Response:
    """One table. Dates are true dates, shown by 民國 years; in English by those of the common era."""
    language = FIRST if fixed else _language()
    name, columns, rows = _in_words(name, columns, rows, language)
    document = Document("spreadsheet")
    document.body.clear()
    for style in _styles(language):
        document.insert_style(style, automatic=True)  # type: ignore[arg-type]
    document.body.append(Element.from_tag(_PLACE))
    kept = io.BytesIO()
    document.save(kept, pretty=False)
    lines = [_row(columns, language, heading=True), *(_row(row, language) for row in rows)]
    wide = f'<table:table-column table:style-name="wide" table:number-columns-repeated="{len(columns)}"/>'
    table = f"<table:table table:name={quoteattr(name)}>{wide}{''.join(lines)}</table:table>"
    return _sent(_finished(kept.getvalue(), table.encode()), f"{name}.ods", _ODS)


def _language() -> str:
    found: str = g.get("language", FIRST)
    return found


def _in_words(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], language: str
) -> tuple[str, Sequence[str], Iterable[Sequence[Value]]]:
    """Our words in the reader's language; nothing is done for a reader of Chinese."""
    if language == FIRST:
        return name, columns, rows
    say = said_in(language)
    ours = [heading not in _OWN_WORDS for heading in columns]
    told = ([say(v) if own and isinstance(v, str) else v for own, v in zip(ours, row, strict=True)] for row in rows)
    return say(name), [say(heading) for heading in columns], told


def _plain(value: Value, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        there = shown.local(value) if isinstance(value, datetime) else value
        day = roc.short(date(there.year, there.month, there.day)) if language == FIRST else f"{there:%Y-%m-%d}"
        return f"{day} {shown.clock(value)}" if isinstance(value, datetime) else day
    if isinstance(value, int):
        return str(value)
    return f"'{value}" if value.startswith(_FORMULA) else value


def _row(values: Sequence[Value], language: str, *, heading: bool = False) -> str:
    return f"<table:table-row>{''.join(_cell(value, language, heading) for value in values)}</table:table-row>"


def _cell(value: Value, language: str, heading: bool) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, datetime):
        there = shown.local(value).replace(tzinfo=None, microsecond=0)
        kind = f'office:value-type="date" office:date-value="{there.isoformat()}" table:style-name="instant"'
    elif isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}" table:style-name="day"'
    elif isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = f'office:value-type="string"{" table:style-name=" + quoteattr("heading") if heading else ""}'
        # what XML cannot carry is left out
        clean = "".join(c if (c.isprintable() or c == "\u3000") and c not in "\ufffe\uffff" else " " for c in value)
        return f"<table:table-cell {kind}><text:p>{escape(clean)}</text:p></table:table-cell>"
    return f"<table:table-cell {kind}><text:p>{_plain(value, language)}</text:p></table:table-cell>"


_COMMON_DAY = (
    '<number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/>'
    '<number:text>-</number:text><number:day number:style="long"/>'
)
_ROC_DAY = (
    '<number:year number:calendar="ROC"/><number:text>/</number:text><number:month number:style="long"/>'
    '<number:text>/</number:text><number:day number:style="long"/>'
)
_TIME = (
    '<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>'
    '<number:minutes number:style="long"/>'
)


def _styles(language: str) -> list[Element]:
    """How days and instants are shown; the cell styles that say so, with a font that has the characters."""
    font = 'style:font-family-asian="Noto Sans CJK TC" style:language-asian="zh" style:country-asian="TW"'
    found: list[Element] = []
    day, whose = (_ROC_DAY, ("zh", "TW")) if language == FIRST else (_COMMON_DAY, ("en", "GB"))
    for name, parts in (("day", day), ("instant", day + _TIME)):
        found.append(
            Element.from_tag(
                f'<number:date-style style:name="N-{name}" number:language="{whose[0]}" number:country="{whose[1]}">'
                f"{parts}</number:date-style>"
            )
        )
        found.append(
            Element.from_tag(
                f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="N-{name}"/>'
            )
        )
    width = '<style:table-column-properties style:column-width="3.6cm"/>'
    found.append(Element.from_tag(f'<style:style style:name="wide" style:family="table-column">{width}</style:style>'))
    bold = f'<style:text-properties fo:font-weight="bold" style:font-weight-asian="bold" {font}/>'
    found.append(Element.from_tag(f'<style:style style:name="heading" style:family="table-cell">{bold}</style:style>'))
    return found


def _finished(kept: bytes, table: bytes) -> bytes:
    """The table in its place: through the library's own tree five thousand rows take ten seconds.

    And version 1.2: the library writes 1.4, the national standard is 1.2, and nothing in these sheets is newer.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(kept)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith(".xml"):
                content = content.replace(b'office:version="1.4"', b'office:version="1.2"', 1)
                content = content.replace(b'manifest:version="1.4"', b'manifest:version="1.2"')
            if part.filename == "content.xml":
                content = content.replace(_PLACE.encode(), table, 1)
            new.writestr(part, content, zipfile.ZIP_STORED if part.filename == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _sent(content: bytes, name: str, kind: str) -> Response:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return answer
