"""A picture as a PDF of one page that is just as large."""

from __future__ import annotations

import re
from html import escape

from diagrams.sheet.pdf import pdf

__all__ = ["one_page"]

_SIZE = re.compile(r'<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"')


def one_page(svg: str, *, title: str, language: str = "zh-Hant-TW") -> bytes:
    """The document is called `title`. Raises Refusal 'pdf_missing' where WeasyPrint is not installed."""
    size = _SIZE.search(svg)
    wide, high = size.groups() if size else ("1000", "1000")
    return pdf(
        f'<!DOCTYPE html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>@page {{ size: {wide}px {high}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}</style>"
        f"</head><body>{svg}</body></html>"
    )
