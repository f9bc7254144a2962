"""The picture of a case to be kept or printed: charts as files of their own, or with its clocks on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from diagrams import chart
from diagrams.bpmn_svg import draw
from diagrams.sheet.pdf import pdf
from webui import case_picture, charts, handing_in
from webui.case_view import CaseView
from webui.time_strip import Says
from webui.words import FIRST, worded

__all__ = ["PAGES", "as_pdf", "drawings"]

PAGES = {"A4": chart.A4, "A4-landscape": chart.A4_LANDSCAPE}

_STYLE = """
@page { size: A4; margin: 14mm }
@page whole { size: A4; margin: 0 }
@page wide { size: A4 landscape; margin: 0 }
body { font-family: "Noto Sans CJK TC", sans-serif; font-size: 10.5pt; margin: 0 }
h1 { font-size: 15pt; margin: 0 0 2mm } h2 { font-size: 12pt; margin: 5mm 0 1mm; break-after: avoid }
p { margin: 0 0 1mm }
.clock { break-inside: avoid } .clock svg { width: 120mm; height: auto }
.drawn { break-before: page } .drawn svg { max-width: 182mm; max-height: 245mm }
.whole { page: whole; break-before: page } .wide { page: wide; break-before: page }
.whole svg, .wide svg { display: block }
"""


def drawings(
    view: CaseView, *, kind: str = charts.KINDS[0], page: str = "", language: str = FIRST
) -> list[tuple[str, tuple[str, ...]]]:  # fmt: skip
    """Each chart's title and SVGs, the case's own SOP first. ``page``: one of PAGES, for the chart with columns."""
    stands = case_picture.progress(view, handing_in.boxes(view))
    day = view.office.calendar.day_length.total_seconds() / 3600
    head, says = _head(view, language), Says(language)
    found = []
    for sop, progress in charts.procedures(view.bundle, stands):
        title = charts.title_of(sop, language)
        if kind == "columns":
            drawn = charts.on_pages(
                sop, progress, PAGES.get(page), head=head, title=says("{0}，案件 {1}", title, view.case["number"]),
                language=language, day=day,
            )  # fmt: skip
        else:
            drawn = (draw(sop, progress=progress, title=title, worded=worded(language)),)
        found.append((title, drawn))
    return found


def as_pdf(view: CaseView, *, kind: str = charts.KINDS[0], page: str = "A4", language: str = FIRST) -> bytes:
    """The clocks of the case, then its charts page by page."""
    says = Says(language)
    name = says("案件 {0}", view.case["number"])
    clocks = [(strip.clock.name, view.time.picture(strip, language)) for strip in view.time.strips()]
    control = view.time.control_picture(language)
    clocks += [(says.word("列管"), control)] if control else []
    body = [f"<h1>{escape(name)}　{escape(view.subject() or view.case['title'])}</h1>"]
    body += [f"<p>{escape(word)}：{escape(value)}</p>" for word, value in _head(view, language)]
    body += [f'<section class="clock"><h2>{escape(what)}</h2>{svg}</section>' for what, svg in clocks]
    on = "drawn" if kind != "columns" or page not in PAGES else "wide" if page == "A4-landscape" else "whole"
    for title, sheets in drawings(view, kind=kind, page=page, language=language):
        for n, svg in enumerate(sheets):
            heading = f"<h2>{escape(title)}</h2>" if on == "drawn" and n == 0 else ""
            body.append(f'<section class="{on}">{heading}{svg}</section>')
    return pdf(_whole(name, language, body))


def _whole(title: str, language: str, body: Sequence[str]) -> str:
    tongue = "zh-Hant-TW" if language == FIRST else "en"
    return (
        f'<!DOCTYPE html><html lang="{tongue}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def _head(view: CaseView, language: str) -> list[tuple[str, str]]:
    """What stands above every chart of the case: which one, whose, and when it was looked at."""
    says = Says(language)
    return [
        (says.word("案號"), view.case["number"]),
        (says.word("權責單位"), view.case["unit_name"] or says.word("尚未認定")),
        (says.word("時間"), says.when(view.at)),
    ]
