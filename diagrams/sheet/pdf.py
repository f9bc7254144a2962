"""HTML → tagged PDF (PDF/UA) with WeasyPrint: nothing is fetched, neither from the network nor from the disk."""

from __future__ import annotations

import logging
import re

from engine.errors import Refusal

__all__ = ["pdf"]

#: letters with an outline behind them, as our pictures write them
_OUTLINED = re.compile(
    r'<text([^>]*?) stroke="[^"]*" stroke-width="[^"]*"[^>]*? paint-order="stroke">(.*?)</text>', re.S
)


def pdf(html: str) -> bytes:
    """The document of a whole HTML page: its title, language and headings become the PDF's own.

    Raises Refusal 'pdf_missing' where WeasyPrint or the text libraries it stands on are not installed.
    """
    try:
        # some tenths of a second, and system libraries that a machine may lack: only when a PDF is asked for
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise Refusal(
            "pdf_missing", "這台機器沒有安裝 WeasyPrint 或 Pango，無法產生 PDF，請改存 HTML 或 ODT。"
        ) from None
    # every address that is refused would be a line in the log
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    nowhere = URLFetcher(allowed_protocols=())
    # it knows no paint-order and would draw the outline over the letters: the letters once more on top
    drawn = _OUTLINED.sub(lambda found: f"{found[0]}<text{found[1]}>{found[2]}</text>", html)
    made: bytes = HTML(string=drawn, url_fetcher=nowhere, base_url="").write_pdf(pdf_variant="pdf/ua-1")
    return made
