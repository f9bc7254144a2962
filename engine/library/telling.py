"""Who is told when a draft waits for them: reviewers of its unit, of the control office, and its author."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.library.drafts import Draft
from engine.office import notices, people
from engine.store import Connection

__all__ = ["author", "first_reviewers", "held", "of_an_emergency", "second_reviewers"]

_CHIEFS = ("section_chief", "unit_head")


def first_reviewers(db: Connection, draft: Draft, *, at: datetime) -> None:
    """The chief of the draft's unit, or of the next above that has one."""
    _tell(db, draft, _chiefs(db, draft, at), "first_review", at=at)


def _chiefs(db: Connection, draft: Draft, at: datetime) -> list[int]:
    unit = draft.unit
    for role in _CHIEFS if unit is not None and unit in people.units(db) else ():
        here = people.holders(db, role, str(unit), at)
        if found := [one.id for one in here if one.id is not None and one.id not in draft.hands]:
            return found
    return []


def second_reviewers(db: Connection, draft: Draft, *, at: datetime) -> None:
    _tell(db, draft, [one for one in people.control_office(db, at) if one not in draft.hands], "second_review", at=at)


def author(db: Connection, draft: Draft, what: str, *, at: datetime) -> None:
    _tell(db, draft, [draft.author] if draft.author is not None else [], what, at=at)


def of_an_emergency(db: Connection, draft: Draft, *, at: datetime) -> None:
    """The reviewers who were not asked."""
    everybody = {*_chiefs(db, draft, at), *people.control_office(db, at)} - set(draft.hands)
    _tell(db, draft, sorted(everybody), "emergency", at=at)


def held(db: Connection, version: Mapping[str, Any], *, at: datetime) -> None:
    """Whoever published a version that could not come into force on its day."""
    person = version["published_by"]
    if person is not None:
        notices.post(
            db, key=f"workshop:held:{version['id']}:{person}", to=person, case_id=None, kind="workshop", urgent=True,
            facts={"sop": version["sop_id"], "name": version["name"], "what": "held"}, at=at,
        )  # fmt: skip


def _tell(db: Connection, draft: Draft, to: Iterable[int], what: str, *, at: datetime) -> None:
    for person in to:
        notices.post(
            db, key=f"workshop:{draft.id}:{draft.round}:{what}:{person}", to=person, case_id=None, kind="workshop",
            facts={"sop": draft.sop_id, "name": draft.name, "what": what}, at=at,
        )  # fmt: skip
