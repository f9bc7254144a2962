"""A page becomes a PDF that a screen reader can read, that holds our letters and that asks nobody for anything."""

from __future__ import annotations

import re
import socket
import sys
import zlib
from pathlib import Path

import pytest

from diagrams.sheet.pdf import pdf
from engine.errors import Refusal
from tests.diagrams.sheet import tagged

PAGE = """<!DOCTYPE html><html lang="zh-Hant-TW"><head><title>紙上的流程</title><style>
body {{ font-family: "Noto Sans CJK TC" }}
@page {{ @bottom-center {{ content: "第 " counter(page) " 頁"; font-family: "Noto Sans CJK TC" }} }}
</style></head><body><h1>堃 𠮷 鵺</h1>{}</body></html>"""


def all_of(made: bytes) -> bytes:
    """The file with what lies packed in its streams."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)
    opened = []
    for part in packed:
        try:
            opened.append(zlib.decompress(part))
        except zlib.error:
            opened.append(part)
    return made + b"\n".join(opened)


def test_a_page_is_a_tagged_pdf_with_title_language_bookmarks_and_only_our_letters() -> None:
    label = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20" font-family="Noto Sans CJK TC">'
        '<title>圖</title><text font-size="11" text-anchor="start" fill="#000" stroke="#ffffff" stroke-width="3"'
        ' stroke-linejoin="round" paint-order="stroke"><tspan x="0" y="12">退回</tspan></text></svg>'
    )
    text = all_of(pdf(PAGE.format(label)))
    assert text.startswith(b"%PDF-1.7")
    for said in (b"/MarkInfo", b"/StructTreeRoot", b"/Outlines", b"(zh-Hant-TW)", b"pdfuaid"):
        assert said in text, said
    assert "紙上的流程".encode("utf-16-be").hex().encode() in text.lower() or "紙上的流程".encode() in text
    fonts = set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", text))
    assert fonts and all(font.startswith(b"Noto-Sans-CJK-TC") for font in fonts)


WHOLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>圖</title></svg>'
    '<table><caption>表</caption><tr><th scope="col">步驟</th></tr><tr><td>收件</td></tr></table><h2>二</h2>'
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("<title>圖</title>", "", "no words instead"),
        ('<th scope="col">步驟</th>', "<td>步驟</td>", "has no head"),
        ("<h2>二</h2>", "<h3>三</h3>", "leave a level out"),
        (' lang="zh-Hant-TW"', "", "/Lang"),
        ("紙上的流程", "", "title"),
    ],
)
def test_what_a_reader_who_does_not_see_would_miss_is_found(old: str, new: str, said: str) -> None:
    """The checker of the sheets can fail: each page but the first lacks one thing."""
    page = PAGE.format(WHOLE)
    found = tagged.wrong(pdf(page.replace(old, new) if old else page))
    assert found == [] if not said else any(said in one for one in found), found


def test_no_address_is_asked_and_no_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def asked(*args: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", asked)
    monkeypatch.setattr(socket, "getaddrinfo", asked)
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>geheim</title></svg>')
    asking = (
        f'<img src="{secret.as_uri()}" alt="a"><img src="http://sop.invalid/x.png" alt="b"><img src="{secret}" alt="c">'
        f'<link rel="stylesheet" href="http://sop.invalid/x.css"><link rel="attachment" href="{secret.as_uri()}">'
        f'<style>@import "{secret.as_uri()}"; body {{ background: url("{secret.as_uri()}") }}</style>'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{secret.as_uri()}"/></svg>'
    )
    made = all_of(pdf(PAGE.format(asking)))
    assert b"geheim" not in made and b"/EmbeddedFile" not in made


def test_a_machine_without_the_text_libraries_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(Refusal) as refused:
        pdf(PAGE.format(""))
    assert refused.value.code == "pdf_missing" and "ODT" in refused.value.sentence
