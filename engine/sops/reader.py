"""The one door through which XML comes in: every file is a stranger's, whoever sent it.

``parse`` gives the root element or refuses with a code. Nothing is fetched, expanded or executed: a DOCTYPE is refused
before any parser sees it, so no entity can be declared; processing instructions are refused; the encoding is UTF-8
whatever the file claims; bytes, elements, depth, attributes and texts are counted while the file streams in.
Limits: DESIGN section 7. Attacks: reliability.md 3.2.
"""

from __future__ import annotations

import re

from lxml import etree

from engine.errors import BadSop
from engine.sops.sentences import unreadable

MAX_BYTES = 2 * 2**20
MAX_ELEMENTS = 20_000
MAX_DEPTH = 40
MAX_TEXT = 20_000
MAX_ATTRIBUTES = 100

_CHUNK = 16_384
_DECLARED_ENCODING = re.compile(rb"^<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)[\"']")
_UTF8 = {b"utf-8", b"utf8", b"us-ascii"}
_BOM = b"\xef\xbb\xbf"


def parse(data: bytes, *, most_bytes: int = MAX_BYTES, most_elements: int = MAX_ELEMENTS) -> etree._Element:
    """The root element of a well-formed, bounded UTF-8 document without DOCTYPE; else BadSop, ``readable=False``."""
    _refuse_by_bytes(data, most_bytes)
    parser = etree.XMLPullParser(
        events=("start", "end", "pi"),
        encoding="utf-8",  # overrides what the document declares
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
    )
    count = _Count(most_elements)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            count.take(parser.read_events())
        root = parser.close()
    except etree.XMLSyntaxError as broken:
        count.take(parser.read_events())  # a limit passed before the break is the better answer
        raise unreadable("not_xml", line=broken.lineno) from None
    except ValueError:
        raise unreadable("not_xml", line=1) from None
    if root.getroottree().docinfo.doctype:
        raise unreadable("doctype")
    return root


def _refuse_by_bytes(data: bytes, most: int) -> None:
    if len(data) > most:
        raise unreadable("too_big", limit=most)
    text = data.removeprefix(_BOM)
    if not text.strip():
        raise unreadable("empty_file")
    declared = _DECLARED_ENCODING.match(text.lstrip())
    if declared and declared.group(1).lower() not in _UTF8:
        raise unreadable("encoding")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        raise unreadable("encoding") from None
    if b"\x00" in text:  # UTF-16 and UTF-32 without a mark are valid UTF-8 full of NULs
        raise unreadable("encoding")
    _refuse_prolog(text)


def _refuse_prolog(text: bytes) -> None:
    """Walk over what may stand before the root element; a declaration there is a DOCTYPE, an instruction is refused."""
    at = 0
    while True:
        while at < len(text) and text[at : at + 1].isspace():
            at += 1
        if text.startswith(b"<?xml", at) and text[at + 5 : at + 6].isspace():
            end = text.find(b"?>", at)
        elif text.startswith(b"<?", at):
            raise _instruction(re.split(rb"[\s?]", text[at + 2 : at + 42])[0].decode("utf-8", "replace"))
        elif text.startswith(b"<!--", at):
            end = text.find(b"-->", at + 4)
        elif text.startswith(b"<!", at):
            raise unreadable("doctype")
        else:
            return
        if end < 0:
            raise unreadable("not_xml", line=1)
        at = text.index(b">", end) + 1


def _instruction(name: str) -> BadSop:
    return unreadable("processing_instruction", name=name)


class _Count:
    """Counts elements, depth, attributes and texts of one document as its events come in."""

    def __init__(self, most_elements: int) -> None:
        self.most_elements = most_elements
        self.elements = 0
        self.depth = 0

    def take(self, events: object) -> None:
        for event, element in events:  # type: ignore[attr-defined]
            if event == "start":
                self._start(element)
            elif event == "pi":
                raise _instruction(element.target)
            else:
                self._end(element)

    def _start(self, element: etree._Element) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > self.most_elements:
            raise unreadable("too_many_elements", limit=self.most_elements)
        if self.depth > MAX_DEPTH:
            raise unreadable("too_deep", limit=MAX_DEPTH)
        if len(element.attrib) > MAX_ATTRIBUTES:
            raise unreadable("too_many_attributes", limit=MAX_ATTRIBUTES)
        if len(element.tag) > MAX_TEXT or any(
            len(k) > MAX_TEXT or len(v) > MAX_TEXT for k, v in element.attrib.items()
        ):
            raise unreadable("text_too_long", limit=MAX_TEXT)

    def _end(self, element: etree._Element) -> None:
        self.depth -= 1
        texts = [element.text, *(child.tail for child in element)]
        if any(text and len(text) > MAX_TEXT for text in texts):
            raise unreadable("text_too_long", element=element.get("id") or near(element), limit=MAX_TEXT)
        if any(not isinstance(child.tag, str) for child in element):
            raise unreadable("entity")


def near(element: etree._Element) -> str | None:
    """The id of the nearest element around this one that has an id."""
    found = (parent.get("id") for parent in element.iterancestors() if parent.get("id"))
    return next(found, None)
