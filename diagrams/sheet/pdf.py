"""HTML → tagged PDF (PDF/UA) with WeasyPrint: nothing is fetched, neither from the network nor from the disk."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.errors import Refusal

__all__ = ["pdf"]

#: letters with an outline behind them, as our pictures write them
_OUTLINED = re.compile(
    r'<text([^>]*?) stroke="[^"]*" stroke-width="[^"]*"[^>]*? paint-order="stroke">(.*?)</text>', re.S
)


def pdf(html: str, told: Callable[[int], None] | None = None) -> bytes:
    """The document of a whole HTML page: its title, language and headings become the PDF's own.

    ``told`` hears of each page that is laid out; where pages name pages, they are laid out more than once.

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
    with _heard(told):
        made: bytes = HTML(string=drawn, url_fetcher=nowhere, base_url="").write_pdf(pdf_variant="pdf/ua-1")
    return made


class _Ear(logging.Handler):
    """What this thread's document says in the log of its progress."""

    def __init__(self, told: Callable[[int], None]) -> None:
        super().__init__(logging.INFO)
        self.told, self.mine = told, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        args = record.args
        if record.thread == self.mine and isinstance(args, tuple) and args and isinstance(args[0], int):
            self.told(args[0])


@contextmanager
def _heard(told: Callable[[int], None] | None) -> Iterator[None]:
    if told is None:
        yield
        return
    log, ear = logging.getLogger("weasyprint.progress"), _Ear(told)
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(ear)
    try:
        yield
    finally:
        log.removeHandler(ear)
