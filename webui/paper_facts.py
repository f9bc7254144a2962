"""What a sheet needs to know beside the SOP: from the city's database, or from the files of a library."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from diagrams.sheet.facts import Blank, BlankPart, Facts, Registered
from diagrams.sheet.sections import Edition
from diagrams.wording import Worded
from engine import yaml_text
from engine.cases.desks.procedures import papers, roles
from engine.dates import roc
from engine.dates.workdays import local_day
from engine.errors import Invalid
from engine.library import layouts, register
from engine.library.folder import SopFolder, read_text
from engine.library.records import sop as sop_table
from engine.library.records import sop_version
from engine.office import organisation, people
from engine.store import Connection
from webui import phrases

__all__ = ["edition", "indicators", "of_city", "of_files"]

_LANGUAGES = {"zh": "zh-Hant-TW", "en": "en"}


def of_city(db: Connection, processes: Path, *, language: str, worded: Worded, on: date) -> Facts:
    """As units, register and library stand now; ``on`` decides how a blank form looks."""
    forms = {ref: _registered(row) for ref, row in papers(db).items()}
    return _facts(
        {unit.id: unit.name for unit in people.units(db).values()}, roles(db), forms, _called(db), processes,
        language=language, worded=worded, on=on,
    )  # fmt: skip


def of_files(
    processes: Path, library: Mapping[str, SopFolder], *, language: str, worded: Worded, on: date
) -> Facts:  # fmt: skip
    """As the files say; what is not there is shown as the SOP writes it. Raises Invalid for a bad file."""
    plan = _text(processes / "organisation.yaml")
    kept = organisation.read(plan) if plan else None
    entries = register.read(text) if (text := _text(processes / "forms.yaml")) else []
    return _facts(
        {unit.id: unit.name for unit in kept.units} if kept else {},
        kept.roles if kept else {},
        {entry["ref"]: _registered(entry) for entry in entries},
        {name: folder.sop.name for name, folder in library.items()},
        processes, language=language, worded=worded, on=on,
    )  # fmt: skip


def indicators(processes: Path) -> dict[str, str]:
    """What indicators are called, by ref; none where the library has no file of them. Raises Invalid."""
    text = _text(processes / "indicators.yaml")
    try:
        tree = yaml_text.read(text) if text else {"indicators": {}}
    except yaml.YAMLError:
        tree = None
    named = tree.get("indicators") if isinstance(tree, dict) and set(tree) == {"indicators"} else None
    if not isinstance(named, dict) or not all(isinstance(one, str) for pair in named.items() for one in pair):
        raise Invalid("indicators_wrong", "指標檔應只有一份 indicators 清單，每個代碼一個名稱。")
    return named


def edition(db: Connection, sop_id: str, number: int) -> Edition:
    """Since when a version has been in force: its own day, else that of its publication."""
    row = db.execute(
        sa.select(sop_version.c.published_at).where(sop_version.c.sop_id == sop_id, sop_version.c.number == number)
    ).first()
    since = row.published_at if row is not None else None
    return Edition(number, local_day(since) if since is not None else None)


def _called(db: Connection) -> dict[str, str]:
    return {row.id: row.name for row in db.execute(sa.select(sop_table.c.id, sop_table.c.name))}


def _text(file: Path) -> str:
    return read_text(file) if file.is_file() else ""


def _facts(
    units: Mapping[str, str], called_roles: Mapping[str, str], forms: Mapping[str, Registered],
    called: Mapping[str, str], processes: Path, *, language: str, worded: Worded, on: date,
) -> Facts:  # fmt: skip
    shelf = layouts.folder(processes / "forms")
    known = {ref: layouts.in_force(shelf, ref, on) for ref in shelf if ref != layouts.ANY}
    blanks = {ref: _blank(layout, forms[ref].name if ref in forms else ref) for ref, layout in known.items() if layout}
    return Facts(
        units, called_roles, forms, indicators(processes), called, blanks, worded=worded, language=_LANGUAGES[language],
        regimes={name: worded(words) for name, words in phrases.REGIME.items()},
        dated=roc.full if language == "zh" else date.isoformat,
    )  # fmt: skip


def _registered(row: Mapping[str, Any]) -> Registered:
    return Registered(row["name"], row["number"] or "", row["version"], tuple(row["aliases"]))


def _blank(layout: layouts.Layout, name: str) -> Blank:
    parts = tuple(
        BlankPart(part.title, tuple(tuple((cell.label, cell.lines) for cell in row) for row in part.rows))
        for part in layout.parts
    )
    return Blank(layout.title or name, parts, layout.signed, layout.note)
