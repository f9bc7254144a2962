"""Words as other tools write them: encodings, names over two lines, texts in HTML, times, conditions."""

from __future__ import annotations

import codecs
import re
import unicodedata
from html.parser import HTMLParser

from engine.sops.bpmn_read import MAX_NAME

__all__ = ["as_utf8", "condition", "name", "plain_text", "time"]

_DECLARED = re.compile(rb"^(<\?xml[^>]*?\sencoding\s*=\s*)([\"'])([A-Za-z0-9._-]{1,40})\2")
#: by which other tools are known to write; a file that names another one is refused as it stands
_ENCODINGS = frozenset([
    "ascii", "iso8859-1", "iso8859-15", "cp1250", "cp1251", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "big5",
    "cp950", "gb18030", "gbk", "gb2312", "shift_jis", "cp932", "euc-jp",
])  # fmt: skip
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORDS: tuple[tuple[str, str], ...] = (
    ("&&", " and "), ("||", " or "), (" eq ", " == "), (" ne ", " != "), ("null", "None"), ("true", "True"),
    ("false", "False"),
)  # fmt: skip
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_WEEKS = re.compile(r"P([0-9]{1,2})W")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")


def as_utf8(data: bytes) -> bytes:
    """The file in UTF-8 where it says by which other encoding it was written; else as it came."""
    encoding = next((found for mark, found in _MARKS if data.startswith(mark)), None)
    text: str | None = None
    if encoding is not None:
        text = _decoded(data, encoding)
    elif declared := _DECLARED.match(data.lstrip()[:400]):
        found = _known(declared[3].decode())
        text = _decoded(data, found) if found else None
    if text is None:
        return data
    return re.sub(r"^(\s*<\?xml[^>]*?\sencoding\s*=\s*)([\"'])[^\"']*\2", r"\1\2UTF-8\2", text, count=1).encode()


def _known(declared: str) -> str | None:
    try:
        found = codecs.lookup(declared).name
    except LookupError:
        return None
    return found if found in _ENCODINGS else None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        return None


def name(text: str) -> str:
    """On one line, without what cannot be seen, at most as long as a name may be."""
    shown = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") else " " for c in text)
    return " ".join(_without_tags(shown).split())[:MAX_NAME].strip()


def plain_text(text: str) -> str:
    """A description without the HTML that some tools write it in."""
    if not _TAG.search(text):
        return text.strip()
    return _without_tags(text).strip()


def _without_tags(text: str) -> str:
    if not _TAG.search(text):
        return text
    reader = _Words()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent += tag in ("script", "style")
        if tag in ("p", "br", "div", "li", "tr", "h1", "h2", "h3"):
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style") and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def time(text: str) -> str:
    """A time as it is written here: without quotes, days for weeks, an instant of ours where no offset is told."""
    said = text.strip().removeprefix("=").strip().strip("\"'").strip()
    if weeks := _WEEKS.fullmatch(said):
        return f"P{int(weeks[1]) * 7}D"
    if instant := _LOCAL_TIME.fullmatch(said):
        return f"{said}{'' if instant[1] else ':00'}+08:00"
    return said


def condition(source: str) -> str:
    """A condition of another tool as ours would be written; the check decides whether it is one."""
    text = source
    if found := re.fullmatch(r"[$#]\{(.*)\}", text, re.S):
        text = found[1]
    elif text.startswith("="):
        text = re.sub(r"(?<![=!<>])=(?!=)", "==", text[1:])
    pieces = re.split(r"(\"[^\"]*\"|'[^']*')", text)
    for n in range(0, len(pieces), 2):
        for theirs, ours in _WORDS:
            pieces[n] = (
                re.sub(rf"\b{theirs}\b", ours, pieces[n]) if theirs.isalpha() else pieces[n].replace(theirs, ours)
            )
        pieces[n] = re.sub(r"!(?!=)", " not ", pieces[n])
    return re.sub(r"  +", " ", "".join(pieces)).strip()
