"""修正對照表 as an ODT: the office's own standard for texts, to be circulated and signed."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Response, g
from odfdo import Document, Element, Header, Paragraph

from engine.library.amendments import Amendment
from webui import shown
from webui.words import FIRST, said_in

__all__ = ["as_odt"]

_ODT = "application/vnd.oasis.opendocument.text"
_HEADS = ("修正規定", "現行規定", "說明")


def as_odt(name: str, rows: Iterable[Amendment], *, at: datetime) -> Response:
    """Two columns side by side and the reason, one row per element."""
    say = said_in(g.get("language", FIRST))
    document = Document("text")
    document.body.clear()
    title = f"{name}{say('修正對照表')}"
    document.body.append(Header(1, title))
    document.body.append(Paragraph(shown.full_day(at)))
    lines = [_row([say(head) for head in _HEADS])]
    for row in rows:
        what = [say(change.sentence) for change in row.changes]
        lines.append(_row([_cell(row.after), _cell(row.before), "\n".join([row.reason, *what]).strip()]))
    columns = f'<table:table-column table:number-columns-repeated="{len(_HEADS)}"/>'
    document.body.append(
        Element.from_tag(f'<table:table table:name="amendments">{columns}{"".join(lines)}</table:table>')
    )
    kept = io.BytesIO()
    document.save(kept, pretty=False)
    answer = Response(kept.getvalue(), content_type=_ODT)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{title}.odt')}"
    return answer


def _cell(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _row(cells: Iterable[str]) -> str:
    return f"<table:table-row>{''.join(map(_one, cells))}</table:table-row>"


def _one(text: str) -> str:
    clean = "".join(c for c in text if c.isprintable() or c == "\n")
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in clean.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
