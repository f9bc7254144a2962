"""Sheets of the city's own SOPs, as its files have them, for tests."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from diagrams.sheet import flow
from diagrams.sheet.facts import Facts
from diagrams.sheet.paper import Paper
from diagrams.sheet.sections import Edition, sheet
from engine.library import shelf
from engine.library.folder import SopFolder
from engine.sops.sop import Sop
from webui import paper_facts
from webui.words import worded

PROCESSES = Path(__file__).parents[3] / "processes"
TODAY = date(2026, 11, 20)


@cache
def library() -> dict[str, SopFolder]:
    return shelf.folder(PROCESSES)


@cache
def facts(language: str = "zh") -> Facts:
    return paper_facts.of_files(PROCESSES, library(), language=language, worded=worded(language), on=TODAY)


def paper(name: str, language: str = "zh") -> Paper:
    return of(library()[name].sop, facts(language))


def of(sop: Sop, known: Facts) -> Paper:
    return sheet(sop, known, flow.pictures(sop, known), Edition(3, TODAY))
