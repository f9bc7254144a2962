"""Whether a PDF can be read by who does not see it: what of PDF/UA a machine can check, read from the file alone.

A reader of its own, for the few forms in which such a file is written: objects one by one or packed in streams.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator

__all__ = ["wrong"]

_REFS = re.compile(rb"(\d+) 0 R")
#: what is marked in the pages, and what draws letters
_MARKS = re.compile(rb"\b(BDC|BMC|EMC|TJ|Tj)\b")


def objects(made: bytes) -> dict[int, bytes]:
    """Number → the object, its stream opened."""
    found: dict[int, bytes] = {}
    for number, body in re.findall(rb"(?<!\d)(\d+) 0 obj\s*(.*?)\s*endobj", made, re.S):
        head, _, packed = body.partition(b"stream\n")
        if packed and b"/FlateDecode" in head:
            packed = zlib.decompress(packed.rpartition(b"\nendstream")[0])
        found[int(number)] = head + packed
        if b"/ObjStm" in head:
            first, count = (int(re.search(rb"/%s (\d+)" % name, head)[1]) for name in (b"First", b"N"))  # type: ignore[index]
            told = list(map(int, packed[:first].split()))[: 2 * count]
            starts = [first + at for at in told[1::2]]
            for inner, begin, end in zip(told[::2], starts, [*starts[1:], len(packed)], strict=True):
                found[inner] = packed[begin:end]
    return found


def wrong(made: bytes) -> list[str]:
    """In words for an assertion; nothing where everything that can be checked is there."""
    known = objects(made)
    return [*_document(known), *_tree(known), *_pages(known), *_fonts(known)]


def _document(known: dict[int, bytes]) -> Iterator[str]:
    catalog = next(body for body in known.values() if b"/Type /Catalog" in body)
    for said in (b"/DisplayDocTitle true", b"/Marked true", b"/StructTreeRoot", b"/Outlines", b"/Metadata"):
        if said not in catalog:
            yield f"the document does not say {said.decode()}"
    if not re.search(rb"/Lang \([a-zA-Z-]+\)", catalog):
        yield "the document does not say its /Lang"
    about = known[int(re.search(rb"/Metadata (\d+)", catalog)[1])]  # type: ignore[index]
    if b"pdfuaid" not in about or not re.search(rb"<dc:title>.*?\S.*?</dc:title>", about, re.S):
        yield "the metadata has no title, or do not say that the file is PDF/UA"


def _tree(known: dict[int, bytes]) -> Iterator[str]:
    parts = {number: body for number, body in known.items() if b"/StructElem" in body[:60]}
    kind = {number: (re.search(rb"/S /(\w+)", body) or [b"", b""])[1].decode() for number, body in parts.items()}
    ids = {one for number, body in parts.items() if kind[number] == "TH" for one in re.findall(rb"/ID \((.*?)\)", body)}
    if not {"Document", "H1", "Figure", "Table", "TH"} <= set(kind.values()):
        yield f"the parts are {sorted(set(kind.values()))}"
    for number, body in parts.items():
        above = re.search(rb"/P (\d+) 0 R", body)
        if above is None or int(above[1]) not in known:
            yield f"{kind[number]} {number} stands nowhere"
        if kind[number] == "Figure" and not re.search(rb"/Alt (\([^)]|<\w)", body):
            yield f"figure {number} has no words instead"
        if kind[number] == "TH" and b"/ID" not in body and b"/Scope" not in body:
            yield f"head {number} is head of nothing"
        if kind[number] == "TD":
            heads = re.findall(rb"\(([\d-]+)\)", (re.search(rb"/Headers \[(.*?)\]", body) or [b"", b""])[1])
            if not heads or not set(heads) <= ids:
                yield f"cell {number} has no head"
    levels = [int(kind[number][1]) for number in _in_order(known, parts) if re.fullmatch(r"H\d", kind[number])]
    if levels[:1] != [1] or any(after > before + 1 for before, after in itertools.pairwise(levels)):
        yield f"headings leave a level out: {levels}"


def _in_order(known: dict[int, bytes], parts: dict[int, bytes]) -> Iterator[int]:
    root = next(body for body in known.values() if b"/Type /StructTreeRoot" in body)
    waiting = [int(one) for one in _REFS.findall(_children(root))][::-1]
    while waiting:
        number = waiting.pop()
        if number in parts:
            yield number
            waiting += [int(one) for one in _REFS.findall(_children(parts[number]))][::-1]


def _children(body: bytes) -> bytes:
    found = re.search(rb"/K (\[.*?\]|\d+ 0 R)", body, re.S)
    return found[1] if found is not None else b""


def _pages(known: dict[int, bytes]) -> Iterator[str]:
    """All letters of a page are marked as part of the tree, or as standing outside it (its head and foot)."""
    pages = [body for body in known.values() if re.search(rb"/Type /Page\b", body)]
    if not pages:
        yield "no pages"
    for n, page in enumerate(pages, 1):
        if b"/StructParents" not in page or b"/Tabs /S" not in page:
            yield f"page {n} is not in the tree, or has no order"
        depth = 0
        for number in _REFS.findall((re.search(rb"/Contents (\[.*?\]|\d+ 0 R)", page) or [b"", b""])[1]):
            for mark in _MARKS.findall(known[int(number)]):
                depth += {b"BDC": 1, b"BMC": 1, b"EMC": -1}.get(mark, 0)
                if mark in (b"TJ", b"Tj") and not depth:
                    yield f"page {n} has letters that nobody is told of"
                    break


def _fonts(known: dict[int, bytes]) -> Iterator[str]:
    for body in known.values():
        if b"/Type /FontDescriptor" in body and b"/FontFile" not in body:
            yield "letters are not in the file"
        if b"/Subtype /Type0" in body and b"/ToUnicode" not in body:
            yield "letters cannot be read as text"
