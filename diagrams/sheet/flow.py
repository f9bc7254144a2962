"""The chart of a sheet: the SOP chart with its columns, in pages that fit the sheet's own."""

from __future__ import annotations

from diagrams import chart
from diagrams.sheet.facts import Facts
from engine.sops.sop import Sop

__all__ = ["PAGE", "pictures", "titled"]

#: what the page of a chart has room for below the heading, at 96 to the inch: 190 mm by 250 mm
PAGE = chart.Page(718.0, 944.0, margin=2.0)


def titled(sop: Sop, facts: Facts) -> str:
    """As its file names it in the reader's language."""
    return (sop.sheet.title_en if facts.english else None) or sop.name or sop.id


def pictures(sop: Sop, facts: Facts) -> tuple[str, ...]:
    """One SVG per page. Raises Refusal 'dot_missing' where Graphviz is not installed."""
    names = {ref: form.name for ref, form in facts.forms.items()}
    beside = chart.of(sop, chart.columns.KEYS, forms=names, units=facts.units, worded=facts.worded)
    return chart.draw(sop, columns=beside, page=PAGE, title=titled(sop, facts), worded=facts.worded)
