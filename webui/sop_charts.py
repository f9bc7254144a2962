"""The chart of an SOP as it is read, printed and kept: its columns in the names of the house, its head, its pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from diagrams import chart
from diagrams.sheet.facts import Facts
from diagrams.sheet.flow import titled
from diagrams.sheet.pdf import pdf
from diagrams.sheet.sections import Edition, unit, version
from engine.sops.sop import Sop

__all__ = ["COLUMNS", "PAGES", "as_pdf", "drawn"]

COLUMNS = chart.columns.KEYS
#: name → paper; None: one sheet as large as the chart needs
PAGES = {"A4": chart.A4, "A4-landscape": chart.A4_LANDSCAPE, "none": None}
_SIZES = {"A4": "A4", "A4-landscape": "A4 landscape"}


def drawn(
    sop: Sop,
    facts: Facts,
    edition: Edition,
    *,
    symbols: chart.Symbols = "ministry",
    columns: Sequence[str] = COLUMNS,
    page: str = "A4",
) -> tuple[str, ...]:
    """One SVG for each page. Raises Refusal 'dot_missing' where Graphviz is not installed."""
    say = facts.worded
    names = {ref: one.name for ref, one in facts.forms.items()}
    beside = chart.of(sop, columns, forms=names, units=facts.units, worded=say)
    head = [(say("單位"), unit(sop, facts)), (say("版次"), version(sop, facts, edition))]
    head += [(say("生效日期"), facts.dated(edition.since))] if edition.since else []
    return chart.draw(
        sop, columns=beside, symbols=symbols, page=PAGES[page], title=titled(sop, facts),
        head=[pair for pair in head if pair[1]], worded=say,
    )  # fmt: skip


def as_pdf(sop: Sop, facts: Facts, sheets: Sequence[str], page: str) -> bytes:
    """The pages as one document. Raises Refusal 'pdf_missing'."""
    title = escape(titled(sop, facts))
    style = f"@page {{ size: {_SIZES[page]}; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    style += " .sheet { break-after: page } .sheet:last-child { break-after: auto }"
    body = "".join(f'<div class="sheet">{svg}</div>' for svg in sheets)
    return pdf(
        f'<!DOCTYPE html><html lang="{facts.language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>{body}</body></html>"
    )
