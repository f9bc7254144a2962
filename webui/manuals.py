"""製作手冊: which SOPs are in it, its chapters, and the long work of making it, told step by step."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import diagrams
from diagrams.sheet import html
from diagrams.sheet.facts import Facts
from diagrams.sheet.manual import Chapter, Entry, manual
from diagrams.sheet.odt import odt
from diagrams.sheet.paper import Paper, Picture
from diagrams.sheet.pdf import pdf
from diagrams.sheet.sections import Edition
from engine.cases.desks.procedures import folder_in_force, procedures
from engine.dates.workdays import local_day
from engine.errors import Missing
from engine.library.folder import SHARED, SopFolder
from engine.sops import rules as rules_of
from engine.sops.rules.rule import rules
from engine.store import Connection
from webui import paper_facts, papers, words

__all__ = ["Gathered", "Told", "divisions", "file", "gather", "paper"]

#: what is being done, how much of it is done, and of how much
Told = Callable[[str, int, int], None]
#: where what a manual looks like is written
_WRITERS = tuple(Path(str(one.__file__)).parent for one in (diagrams, rules_of, words))
_BESIDE = tuple(Path(str(one.__file__)) for one in (paper_facts, papers))
#: pages of a sheet, about: how far the work is can only be guessed before it is laid out
_PAGES_EACH = 8


@dataclass(frozen=True, slots=True)
class Gathered:
    """What goes into a manual. ``key`` is another one as soon as anything in it, or what lays it out, is."""

    division: str
    titles: dict[str, str]
    folders: Sequence[tuple[SopFolder, Edition]]
    facts: Facts

    @property
    def key(self) -> str:
        known = self.facts
        content = (
            _written_by(), self.division, known.language,
            [(folder.hash, edition) for folder, edition in self.folders],
            *(sorted(m.items()) for m in (known.units, known.roles, known.indicators, known.forms, known.blanks)),
        )  # fmt: skip
        return hashlib.sha256(repr(content).encode("utf-8", "backslashreplace")).hexdigest()[:24]

    @property
    def title(self) -> str:
        say = self.facts.worded
        if not self.division:
            return say("作業流程手冊")
        return say("{0}作業流程手冊", self.titles[self.division])


@cache
def _written_by() -> str:
    """A name of the program that lays a manual out: its drawings and sheets, its words, the rules it prints."""
    told = hashlib.sha256()
    inside = [file for place in _WRITERS for file in place.rglob("*") if file.suffix in (".py", ".yaml")]
    for file in sorted([*inside, *_BESIDE, Path(__file__)]):
        told.update(file.name.encode() + b"\0" + file.read_bytes())
    return told.hexdigest()


def divisions(db: Connection, facts: Facts) -> dict[str, str]:
    """Folder → what it is called: its unit, by most of its SOPs; only those with an SOP in force."""
    found: dict[str, Counter[str]] = {}
    for row in procedures(db):
        if row["number"] is not None:
            unit = folder_in_force(db, row["id"]).sop.sheet.unit or ""
            found.setdefault(row["division"], Counter())[unit] += 1
    told = {}
    for division, units in found.items():
        unit = units.most_common(1)[0][0]
        told[division] = facts.worded("共用程序") if division == SHARED else facts.units.get(unit) or division
    return told


def gather(db: Connection, division: str, facts: Facts) -> Gathered:
    """The SOPs in force of a division, or '' for the whole city. Raises Missing for an unknown division."""
    titles = divisions(db, facts)
    if division and division not in titles:
        raise Missing("no_such_division", "沒有這個組別，或它沒有生效的作業流程。")
    rows = [row for row in procedures(db) if row["number"] is not None and division in ("", row["division"])]
    if not rows:
        raise Missing("no_such_division", "沒有這個組別，或它沒有生效的作業流程。")
    folders = [(folder_in_force(db, row["id"]), Edition(row["number"], local_day(row["published_at"]))) for row in rows]
    return Gathered(division, titles, folders, facts)


def paper(gathered: Gathered, *, on: date, told: Told) -> Paper:
    """The manual as one paper; the charts take the time. Raises Refusal 'dot_missing'."""
    drawn: dict[str, list[Entry]] = {}
    for n, (folder, edition) in enumerate(gathered.folders, 1):
        entry = Entry(folder.sop, papers.pictures(folder, gathered.facts), edition)
        drawn.setdefault(folder.division, []).append(entry)
        told("charts", n, len(gathered.folders))
    chapters = [Chapter(key, gathered.titles[key], tuple(entries)) for key, entries in drawn.items()]
    return manual(chapters, gathered.facts, rules(), title=gathered.title, on=on)


def file(made: Paper, kind: str, *, sops: int, told: Told) -> bytes:
    """As HTML, PDF or ODT. Raises Refusal 'pdf_missing'."""
    if kind == "odt":
        pictures = sum(isinstance(block, Picture) for block in made.blocks)
        return odt(made, lambda n: told("pages", n, pictures))
    page = html.page(made)
    if kind == "html":
        return page.encode()
    whole = 20 + _PAGES_EACH * sops
    told("pages", 0, whole)
    return pdf(page, lambda n: told("pages", min(n, whole), whole))
