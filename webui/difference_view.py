"""The differences of two versions for a reader: in sentences, as one chart, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from diagrams import difference
from diagrams.one_page import one_page
from diagrams.png import png
from engine.errors import Missing, Refusal
from engine.library import amendments
from engine.library.folder import SopFolder
from engine.sops.compare import Change
from webui import charts
from webui.words import FIRST, LANGUAGES, said_in, worded

__all__ = ["KINDS", "Difference", "as_file", "between", "drawn"]

#: the files a difference can be taken along as
KINDS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Difference:
    """`svg` is empty where nothing can be drawn; `why` says so."""

    changes: Sequence[Change]
    svg: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    """A version by its content: the same two are not drawn twice."""

    hash: str
    folder: SopFolder = field(compare=False)


def between(old: SopFolder, new: SopFolder, *, language: str = FIRST) -> Difference:
    """For a page: what cannot be drawn is still told."""
    found = amendments.changes(old, new)
    if not found:
        return Difference(found)
    try:
        return Difference(found, drawn(old, new, language=language))
    except Refusal as refusal:
        return Difference(found, why=refusal.sentence)


def drawn(old: SopFolder, new: SopFolder, *, language: str = FIRST) -> str:
    """The chart as SVG. Raises Refusal 'dot_missing' where Graphviz is not installed."""
    return _drawn(_Content(old.hash, old), _Content(new.hash, new), language)


@lru_cache(maxsize=32)
def _drawn(old: _Content, new: _Content, language: str) -> str:
    say = said_in(language)
    found = [replace(c, sentence=say(c.sentence)) for c in amendments.changes(old.folder, new.folder)]
    title = charts.title_of(new.folder.sop, language)
    return difference.draw(old.folder.sop, new.folder.sop, found, title=title, worded=worded(language))


def as_file(old: SopFolder, new: SopFolder, kind: str, *, language: str = FIRST) -> bytes:
    """Raises Missing for another kind of file."""
    if kind not in KINDS:
        raise Missing("no_such_file", "沒有這種檔案。")
    svg = drawn(old, new, language=language)
    if kind == "pdf":
        return one_page(svg, title=charts.title_of(new.sop, language), language=LANGUAGES[language])
    return png(svg) if kind == "png" else svg.encode()
