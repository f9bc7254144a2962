"""流程圖（分欄）: an SOP's chart with its columns, in either kind of symbols, on paper or on one long sheet."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from diagrams import chart
from diagrams.chart import Symbols
from diagrams.png import png
from diagrams.sheet.facts import Facts
from diagrams.sheet.sections import Edition
from diagrams.steps_list import steps_list
from engine.cases import desks
from engine.cases.desks.procedures import folder_in_force, folder_of
from engine.errors import Missing
from engine.sops.sop import Sop
from webui import door, paper_facts, sop_charts
from webui.pages.procedure_papers import facts, sent
from webui.permissions import SIGNED_IN, permit
from webui.words import FIRST, mixed

pages = Blueprint("procedure_charts", __name__)
KINDS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; anything it cannot name is what most want."""

    symbols: Symbols
    page: str
    columns: bool

    @property
    def keys(self) -> tuple[str, ...]:
        return sop_charts.COLUMNS if self.columns else ()


@pages.get("/procedures/<sop_id>/chart")
@permit(SIGNED_IN)
def drawn(sop_id: str) -> ResponseReturnValue:
    wish = _wish("A4")
    sop, known, edition = _version(sop_id)
    sheets = sop_charts.drawn(sop, known, edition, symbols=wish.symbols, columns=wish.keys, page=wish.page)
    return render_template(
        "procedure_chart.html", sop=sop, number=edition.number, wish=wish, steps=_steps(sop, known),
        sheets=[Markup(svg) for svg in sheets],  # noqa: S704 - every word in it is escaped there
    )  # fmt: skip


@pages.get("/procedures/<sop_id>/chart.<kind>")
@permit(SIGNED_IN)
def file(sop_id: str, kind: str) -> Response:
    """SVG and PNG are one sheet as large as the chart needs; a PDF has pages."""
    if kind not in KINDS:
        raise Missing("no_such_file", "沒有這種檔案。")
    wish = _wish("A4")
    sop, known, edition = _version(sop_id)
    page = ("A4" if wish.page == "none" else wish.page) if kind == "pdf" else "none"
    sheets = sop_charts.drawn(sop, known, edition, symbols=wish.symbols, columns=wish.keys, page=page)
    if kind == "pdf":
        content = sop_charts.as_pdf(sop, known, sheets, page)
    else:
        content = sheets[0].encode() if kind == "svg" else png(sheets[0])
    return sent(content, f"{sop_id}-{edition.number}.{kind}", KINDS[kind])


def _wish(page: str) -> Wish:
    asked = request.args.get("symbols", "")
    paper = request.args.get("page", "")
    return Wish(
        next((one for one in chart.SYMBOLS if one == asked), "ministry"),
        paper if paper in sop_charts.PAGES else page,
        request.args.get("columns", "") != "none",
    )


def _version(sop_id: str) -> tuple[Sop, Facts, Edition]:
    """The version in force, or a published one that the address names."""
    asked = request.args.get("version", "")
    with door.look() as db:
        found = desks.procedure(db, sop_id)
        known = {str(v["number"]): int(v["number"]) for v in found.versions if v["state"] == "published"}
        if asked and asked not in known:
            raise Missing("no_such_version", "沒有這個版本。")
        folder = folder_of(db, sop_id, known[asked]) if asked else folder_in_force(db, sop_id)
        edition = paper_facts.edition(db, sop_id, known.get(asked, int(found.row["number"])))
        return folder.sop, facts(db), edition


def _steps(sop: Sop, known: Facts) -> list[str]:
    lines = steps_list(sop, worded=known.worded)
    return [line.sentence if door.language() == FIRST else mixed(line.sentence) for line in lines]
