"""The scenarios beside an SOP's file, walked in the city that the files describe: no database, and nothing in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.dates.workdays import Calendar
from engine.errors import BadSop, Invalid
from engine.library.folder import SopFolder
from engine.rehearsal import laying, proof, scenarios
from engine.rehearsal.proof import Proof
from engine.sops.sop import Finding

__all__ = ["walk"]


def walk(own: SopFolder, library: Mapping[str, SopFolder], root: Path, at: datetime) -> Proof:
    """An SOP with its scenarios and all that it calls, with the offices of ``root``'s organisation.

    Raises Invalid where there is none.
    """
    if not (root / "organisation.yaml").is_file():
        raise Invalid("no_organisation", f"{root} 沒有組織檔 organisation.yaml，情境沒有人可以走。")
    made = scenarios.city(root, at, only=())
    try:
        with made.store.look() as db:
            staff = laying.staff(db, at.date())
    finally:
        made.store.close()
    company = [*(folder for folder in library.values() if folder.id != own.id), own]
    try:
        return proof.prove(replace(proof.of(own, company, staff, Calendar()), draft=True))
    except BadSop as bad:  # what it calls could not come into force
        found = Finding(bad.code, "warning", f"情境無法走：{bad.sentence}", bad.element)
        return Proof(findings=(found,), unreadable=bad.sentence)
