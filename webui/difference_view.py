"""The differences of two versions for a reader: in sentences, as one chart, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from diagrams import chart, difference
from diagrams.chart import Symbols
from diagrams.one_page import one_page
from diagrams.png import png
from diagrams.sheet.facts import Facts
from engine.errors import Missing, Refusal
from engine.library import amendments
from engine.library.folder import SopFolder
from engine.sops.compare import Change
from engine.sops.sop import Sop
from webui import charts
from webui.sop_charts import COLUMNS
from webui.words import FIRST, LANGUAGES, said_in, worded

__all__ = ["KINDS", "Difference", "Wish", "as_file", "between", "drawn", "wished"]

#: the files a difference can be taken along as
KINDS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Difference:
    """`svg` is empty where nothing can be drawn; `why` says so. `chart`: the kind that is drawn."""

    changes: Sequence[Change]
    svg: str = ""
    why: str = ""
    chart: str = charts.KINDS[0]


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is drawn: the chart with these columns and symbols, or the BPMN drawing. ``forms``, ``units``: what they
    are called."""

    chart: str = charts.KINDS[0]
    symbols: Symbols = "ministry"
    columns: tuple[str, ...] = COLUMNS
    forms: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()

    def named(self, facts: Facts) -> Wish:
        """With the names that are known there."""
        forms = tuple(sorted((ref, one.name) for ref, one in facts.forms.items()))
        return replace(self, forms=forms, units=tuple(sorted(facts.units.items())))


_PLAIN = Wish()


@dataclass(frozen=True, slots=True)
class _Content:
    """A version by its content: the same two are not drawn twice."""

    hash: str
    folder: SopFolder = field(compare=False)


def wished(chart: str, facts: Facts) -> Wish:
    """For a page; anything it cannot name is what most want."""
    return Wish(next((one for one in charts.KINDS if one == chart), charts.KINDS[0])).named(facts)


def between(old: SopFolder, new: SopFolder, *, language: str = FIRST, wish: Wish = _PLAIN) -> Difference:
    """For a page: what cannot be drawn is still told."""
    found = amendments.changes(old, new, units=dict(wish.units))
    if not found:
        return Difference(found)
    try:
        return Difference(found, drawn(old, new, language=language, wish=wish), chart=wish.chart)
    except Refusal as refusal:
        return Difference(found, why=refusal.sentence, chart=wish.chart)


def drawn(old: SopFolder, new: SopFolder, *, language: str = FIRST, wish: Wish = _PLAIN) -> str:
    """The chart as SVG. Raises Refusal 'dot_missing' where Graphviz is not installed."""
    return _drawn(_Content(old.hash, old), _Content(new.hash, new), language, wish)


@lru_cache(maxsize=32)
def _drawn(old: _Content, new: _Content, language: str, wish: Wish) -> str:
    say = said_in(language)
    found = [
        replace(c, sentence=say(c.sentence)) for c in amendments.changes(old.folder, new.folder, units=dict(wish.units))
    ]
    title = charts.title_of(new.folder.sop, language)
    words, both = worded(language), (old.folder.sop, new.folder.sop)
    if wish.chart == "bpmn":
        return difference.draw(*both, found, title=title, worded=words)

    def columns(merged: Sop) -> tuple[chart.Column, ...]:
        return chart.of(merged, wish.columns, forms=dict(wish.forms), units=dict(wish.units), worded=words)

    return difference.draw_columns(*both, found, columns=columns, symbols=wish.symbols, title=title, worded=words)


def as_file(
    old: SopFolder, new: SopFolder, kind: str, *, language: str = FIRST, wish: Wish = _PLAIN
) -> bytes:  # fmt: skip
    """Raises Missing for another kind of file."""
    if kind not in KINDS:
        raise Missing("no_such_file", "沒有這種檔案。")
    svg = drawn(old, new, language=language, wish=wish)
    if kind == "pdf":
        return one_page(svg, title=charts.title_of(new.sop, language), language=LANGUAGES[language])
    return png(svg) if kind == "png" else svg.encode()
