"""A paper as ODT, in the ODF 1.2 that the national standard (CNS 15251) asks for. Pictures as PNG, told in words.

The package is written part by part: libraries write newer versions, and a manual through their trees takes minutes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape, quoteattr

from diagrams.png import png
from diagrams.sheet import odt_styles
from diagrams.sheet.html import seen
from diagrams.sheet.paper import Block, Cell, Contents, Heading, Listing, Paper, Paragraph, Picture, Table

__all__ = ["MIMETYPE", "odt"]

MIMETYPE = "application/vnd.oasis.opendocument.text"
#: what a page has room for, in centimetres
_WIDE, _HIGH = 17.4, 22.6
#: pixels of a picture for each of its drawing: about 200 to the inch
_ZOOM = 2.2
_EPOCH = (1980, 1, 1, 0, 0, 0)


def odt(paper: Paper, told: Callable[[int], None] | None = None) -> bytes:
    """The same paper gives the same bytes. ``told`` hears of each picture, which take the most time."""
    made = _Text(paper, told)
    body = "".join(made.blocks())
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as whole:
        _put(whole, "mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)
        _put(whole, "content.xml", odt_styles.content(body, sorted(made.widths), sorted(made.heights)).encode())
        _put(whole, "styles.xml", odt_styles.styles(_safe(paper.head[0]), _safe(paper.head[1]), paper.english).encode())
        _put(whole, "meta.xml", odt_styles.meta(_safe(paper.title), paper.language).encode())
        for name, picture in made.pictures.items():
            _put(whole, name, picture, zipfile.ZIP_STORED)
        _put(whole, "META-INF/manifest.xml", odt_styles.manifest(MIMETYPE, list(made.pictures)).encode())
    return kept.getvalue()


def _put(whole: zipfile.ZipFile, name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    part = zipfile.ZipInfo(name, _EPOCH)
    part.compress_type = how
    whole.writestr(part, content)


def _safe(text: str) -> str:
    return escape(seen(text))


class _Text:
    """The text of a paper; beside it what it needs: pictures by the name of their part, columns and rows by size."""

    def __init__(self, paper: Paper, told: Callable[[int], None] | None) -> None:
        self.paper, self.told = paper, told
        self.pictures: dict[str, bytes] = {}
        self.widths: set[int] = set()
        self.heights: set[int] = set()
        self.tables = 0

    def blocks(self) -> Iterator[str]:
        for block in self.paper.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            style = f"H{block.level}{'T' if block.turned else 'R' if block.ruled else ''}"
            mark = f"<text:bookmark text:name={quoteattr(seen(block.anchor))}/>" if block.anchor else ""
            level = f'text:outline-level="{block.level}"'
            yield f'<text:h text:style-name="{style}" {level}>{mark}{_safe(block.text)}</text:h>'
        elif isinstance(block, Paragraph):
            yield f'<text:p text:style-name="{_PARAGRAPHS[block.kind]}">{_safe(block.text)}</text:p>'
        elif isinstance(block, Listing):
            for mark, text in block.items:
                yield f'<text:p text:style-name="Item">{_safe(mark)}<text:tab/>{_safe(text)}</text:p>'
        elif isinstance(block, Picture):
            yield self._picture(block)
        elif isinstance(block, Contents):
            yield "".join(_contents(block))
        else:
            yield from self._table(block)

    def _picture(self, picture: Picture) -> str:
        size = re.search(r'<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"', picture.svg)
        wide, high = (float(size[1]), float(size[2])) if size else (1000.0, 1000.0)
        scale = min(_WIDE / wide, _HIGH / high, 2.54 / 96)
        n = len(self.pictures) + 1
        name = f"Pictures/{n}.png"
        self.pictures[name] = png(picture.svg, zoom=_ZOOM)
        if self.told is not None:
            self.told(n)
        told = _safe(picture.told)
        return (
            '<text:p text:style-name="Figure">'
            f'<draw:frame draw:style-name="Frame" draw:name="picture-{n}" text:anchor-type="as-char"'
            f' svg:width="{wide * scale:.2f}cm" svg:height="{high * scale:.2f}cm">'
            f'<draw:image xlink:href="{name}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
            f"<svg:title>{told}</svg:title><svg:desc>{told}</svg:desc></draw:frame></text:p>"
        )

    def _table(self, table: Table) -> Iterator[str]:
        self.tables += 1
        self.widths.update(table.widths)
        if table.caption:
            yield f'<text:p text:style-name="Caption">{_safe(table.caption)}</text:p>'
        yield f'<table:table table:name="table-{self.tables}" table:style-name="Table">'
        yield "".join(f'<table:table-column table:style-name="W{width}"/>' for width in table.widths)
        if table.head:
            heads = "".join(_cell((words,), names=True, spans=1) for words in table.head)
            yield f"<table:table-header-rows><table:table-row>{heads}</table:table-row></table:table-header-rows>"
        for n, row in enumerate(table.rows):
            high = table.lines[n] if n < len(table.lines) else 1
            self.heights.add(high)
            yield f'<table:table-row table:style-name="R{high}">'
            missing = len(table.widths) - len(row)
            for k, cell in enumerate(row):
                spans = missing + 1 if k == len(row) - 1 else 1
                yield _cell(cell, names=(table.headed and k == 0) or (table.paired and k % 2 == 0), spans=spans)
            yield "</table:table-row>"
        yield '</table:table><text:p text:style-name="Gap"/>'


_PARAGRAPHS = {"": "Body", "quiet": "Quiet", "centred": "Centred", "cover": "Cover"}


def _cell(cell: Cell, *, names: bool, spans: int) -> str:
    style, letters = ("Head", "CellHead") if names else ("Cell", "CellBody")
    wide = f' table:number-columns-spanned="{spans}"' if spans > 1 else ""
    words = "".join(f'<text:p text:style-name="{letters}">{_safe(text)}</text:p>' for text in cell or ("",))
    covered = "<table:covered-table-cell/>" * (spans - 1)
    how = f'table:style-name="{style}" office:value-type="string"{wide}'
    return f"<table:table-cell {how}>{words}</table:table-cell>{covered}"


def _contents(block: Contents) -> Iterator[str]:
    """An index that the reader may bring up to date; its pages are fields from the beginning."""
    yield '<text:table-of-content text:name="contents" text:protected="false">'
    yield '<text:table-of-content-source text:outline-level="2" text:use-index-marks="false"/><text:index-body>'
    for level, text, anchor in block.entries:
        name = quoteattr(seen(anchor))
        link = quoteattr(f"#{seen(anchor)}")
        page = f'<text:bookmark-ref text:reference-format="page" text:ref-name={name}>0</text:bookmark-ref>'
        words = f'<text:a xlink:type="simple" xlink:href={link}>{_safe(text)}</text:a>'
        yield f'<text:p text:style-name="Contents{level}">{words}<text:tab/>{page}</text:p>'
    yield "</text:index-body></text:table-of-content>"
