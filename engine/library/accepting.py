"""Warnings that stand: each with the reason of whoever accepted it, for as long as the check says the very same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.library.findings import Verdict
from engine.library.records import sop_warning
from engine.office.people import Person
from engine.sops.sop import Finding
from engine.store import Connection

__all__ = ["Accepted", "accepted", "keep", "key", "mark", "settled"]

Key = tuple[str, str, str]
#: what was accepted of one SOP → the row that says why
Accepted = Mapping[Key, Mapping[str, Any]]


def key(finding: Finding) -> Key:
    return finding.rule, finding.element or "", finding.message


def mark(finding: Finding) -> str:
    """A short name for exactly this finding, for a form that points at it."""
    return hashlib.sha256("\n".join(key(finding)).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def accepted(db: Connection, sop_ids: Iterable[str]) -> dict[str, Accepted]:
    """What was accepted, by SOP; one with nothing accepted is an empty mapping."""
    wanted = sorted(set(sop_ids))
    found: dict[str, dict[Key, Mapping[str, Any]]] = {name: {} for name in wanted}
    rows = db.execute(sa.select(sop_warning).where(sop_warning.c.sop_id.in_(wanted)).order_by(sop_warning.c.id))
    for row in rows.mappings():
        found[row["sop_id"]][row["rule"], row["element"], row["message"]] = dict(row)
    return dict(found)


def keep(db: Connection, sop_id: str, finding: Finding, *, reason: str, who: Person, at: datetime) -> None:
    """From now on it stands with this reason. The act that says so writes its entry."""
    rule, element, message = key(finding)
    values = {"rule": rule, "element": element, "message": message, "reason": reason, "by": who.id, "at": at}
    db.execute(sop_warning.insert().values(sop_id=sop_id, **values))


def settled(verdict: Verdict, stand: Accepted) -> Verdict:
    """The same findings; accepted warnings no longer forbid publication."""
    if not stand:
        return verdict
    findings = tuple(
        replace(finding, blocks=False) if finding.level == "warning" and key(finding) in stand else finding
        for finding in verdict.findings
    )
    return replace(verdict, findings=findings)
