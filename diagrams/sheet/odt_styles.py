"""The parts of an ODT that are alike for every paper: styles, head and foot of the page, description, list of parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["content", "manifest", "meta", "styles"]

_SPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in (
        ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
        ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
        ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
        ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
        ("draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
        ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
        ("svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
        ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
        ("xlink", "http://www.w3.org/1999/xlink"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
    )
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FONT = "Noto Sans CJK TC"
_LINE = "0.02cm solid #000000"
#: the width of the text on the page, in centimetres; the height of a line filled by hand
_WIDE, _LINE_HIGH = 17.4, 0.75


def content(body: str, widths: Iterable[int], heights: Iterable[int]) -> str:
    columns = "".join(
        f'<style:style style:name="W{n}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{_WIDE * n / 100:.2f}cm"/></style:style>'
        for n in widths
    )
    rows = "".join(
        f'<style:style style:name="R{n}" style:family="table-row"><style:table-row-properties'
        f' fo:keep-together="always"{f" style:min-row-height={_quoted(n)}" if n > 1 else ""}/></style:style>'
        for n in heights
    )
    return (
        f'{_XML}<office:document-content {_SPACES} office:version="1.2">'
        f"<office:automatic-styles>{_TABLES}{columns}{rows}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )


def _quoted(lines: int) -> str:
    return f'"{lines * _LINE_HIGH:.2f}cm"'


def styles(left: str, right: str, english: bool) -> str:
    """``left`` and ``right`` stand above every page; they are escaped already."""
    foot = '<text:page-number text:select-page="current">1</text:page-number> / <text:page-count>1</text:page-count>'
    spoken = (("en", "GB"), ("zh", "TW")) if english else (("zh", "TW"), ("zh", "TW"))
    default = (
        '<style:default-style style:family="paragraph"><style:paragraph-properties fo:orphans="2" fo:widows="2"'
        ' style:tab-stop-distance="1cm"/><style:text-properties'
        f' {_sized(10.5)} style:font-name="{_FONT}" style:font-name-asian="{_FONT}"'
        f' fo:language="{spoken[0][0]}" fo:country="{spoken[0][1]}"'
        f' style:language-asian="{spoken[1][0]}" style:country-asian="{spoken[1][1]}"/></style:default-style>'
    )
    return (
        f'{_XML}<office:document-styles {_SPACES} office:version="1.2">'
        f'<office:font-face-decls><style:font-face style:name="{_FONT}" svg:font-family="\'{_FONT}\'"/>'
        f"</office:font-face-decls><office:styles>{default}{_PARAGRAPHS}</office:styles>"
        f"<office:automatic-styles>{_PAGE}</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Standard" style:page-layout-name="Page"><style:header>'
        f'<text:p text:style-name="Running">{left}<text:tab/>{right}</text:p></style:header><style:footer>'
        f'<text:p text:style-name="Foot">{foot}</text:p></style:footer></style:master-page>'
        "</office:master-styles></office:document-styles>"
    )


def meta(title: str, language: str) -> str:
    return (
        f'{_XML}<office:document-meta {_SPACES} office:version="1.2"><office:meta><dc:title>{title}</dc:title>'
        f"<dc:language>{language}</dc:language><meta:generator>sopflow</meta:generator></office:meta>"
        "</office:document-meta>"
    )


def manifest(mimetype: str, pictures: Sequence[str]) -> str:
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
    parts = [("content.xml", "text/xml"), ("styles.xml", "text/xml"), ("meta.xml", "text/xml")]
    listed = "".join(entry.format(*part) for part in [*parts, *((name, "image/png") for name in pictures)])
    return (
        f'{_XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        ' manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:version="1.2"'
        f' manifest:media-type="{mimetype}"/>{listed}</manifest:manifest>'
    )


def _paragraph(name: str, how: str, letters: str = "", *, outline: int = 0, tabs: str = "") -> str:
    level = f' style:default-outline-level="{outline}"' if outline else ""
    stops = f"<style:tab-stops>{tabs}</style:tab-stops>" if tabs else ""
    return (
        f'<style:style style:name="{name}" style:family="paragraph"{level}>'
        f"<style:paragraph-properties {how}>{stops}</style:paragraph-properties>"
        f"{f'<style:text-properties {letters}/>' if letters else ''}</style:style>"
    )


def _sized(points: float, *, bold: bool = False) -> str:
    heavy = ' fo:font-weight="bold" style:font-weight-asian="bold"' if bold else ""
    return f'fo:font-size="{points}pt" style:font-size-asian="{points}pt"{heavy}'


def _headings() -> str:
    """As they stand in the text, T at the head of a page, R with a rule below."""
    titled = 'fo:text-align="center" fo:margin-bottom="0.4cm"'
    under = f'fo:margin-top="0.5cm" fo:margin-bottom="0.2cm" fo:border-bottom="{_LINE}"'
    plain = 'fo:margin-top="0.35cm" fo:margin-bottom="0.15cm"'
    new = 'fo:break-before="page"'
    looks = (
        ("H1", titled, 16, 1), ("H1T", f"{titled} {new}", 16, 1), ("H2", under, 12.5, 2),
        ("H2T", f"{titled} {new}", 16, 2), ("H3", plain, 11, 3), ("H3R", under, 12.5, 3), ("H4", plain, 10.5, 4),
    )  # fmt: skip
    return "".join(
        _paragraph(name, f'fo:keep-with-next="always" {how}', _sized(points, bold=True), outline=level)
        for name, how, points, level in looks
    )


_RIGHT = f'<style:tab-stop style:position="{_WIDE}cm" style:type="right"/>'
_DOTTED = (
    f'<style:tab-stop style:position="{_WIDE}cm" style:type="right" style:leader-style="dotted" style:leader-text="."/>'
)
_PARAGRAPHS = (
    _headings()
    + _paragraph("Body", 'fo:margin-bottom="0.2cm"')
    + _paragraph("Quiet", 'fo:margin-bottom="0.2cm"', _sized(9))
    + _paragraph("Centred", 'fo:text-align="center" fo:margin-bottom="0.2cm"')
    + _paragraph("Cover", 'fo:text-align="center" fo:margin-top="0.3cm" fo:margin-bottom="0.3cm"', _sized(13))
    + _paragraph(
        "Item", 'fo:margin-left="1.4cm" fo:text-indent="-1.4cm" fo:margin-bottom="0.1cm"',
        tabs='<style:tab-stop style:position="0cm"/>',
    )
    + _paragraph("Figure", 'fo:text-align="center" fo:margin-bottom="0.3cm"')
    + _paragraph("Caption", 'fo:keep-with-next="always" fo:margin-bottom="0.1cm"', _sized(9))
    + _paragraph("CellBody", 'fo:margin-bottom="0cm"', _sized(9.5))
    + _paragraph("CellHead", 'fo:margin-bottom="0cm"', _sized(9.5, bold=True))
    + _paragraph("Gap", 'fo:margin-bottom="0cm"', _sized(5))
    + _paragraph("Running", 'fo:margin-bottom="0cm"', _sized(9), tabs=_RIGHT)
    + _paragraph("Foot", 'fo:text-align="center"', _sized(9))
    + "".join(
        _paragraph(f"Contents{level}", f'fo:margin-left="{0.6 * (level - 1):.1f}cm"', tabs=_DOTTED)
        for level in (1, 2, 3)
    )
)  # fmt: skip
_PAGE = (
    '<style:page-layout style:name="Page"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"'
    ' style:print-orientation="portrait" fo:margin-top="1.3cm" fo:margin-bottom="1.3cm" fo:margin-left="1.8cm"'
    ' fo:margin-right="1.8cm"/><style:header-style><style:header-footer-properties fo:min-height="0.9cm"'
    ' fo:margin-bottom="0.3cm"/></style:header-style><style:footer-style><style:header-footer-properties'
    ' fo:min-height="0.7cm" fo:margin-top="0.2cm"/></style:footer-style></style:page-layout>'
)


def _tables() -> str:
    cells = "".join(
        f'<style:style style:name="{name}" style:family="table-cell"><style:table-cell-properties'
        f' fo:border="{_LINE}" fo:padding="0.12cm"{fill}/></style:style>'
        for name, fill in (("Cell", ""), ("Head", ' fo:background-color="#f0f2f4"'))
    )
    return (
        '<style:style style:name="Table" style:family="table"><style:table-properties'
        f' style:width="{_WIDE}cm" table:align="margins"/></style:style>{cells}'
        '<style:style style:name="Frame" style:family="graphic"><style:graphic-properties'
        ' style:vertical-pos="top" style:vertical-rel="baseline"/></style:style>'
    )


_TABLES = _tables()
