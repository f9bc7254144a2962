"""The workshop as a list: every SOP with its draft, what waits for a day, when its yearly review is. Reading only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.library import yearly
from engine.library.bundles import closure, standing
from engine.library.findings import check
from engine.library.records import sop, sop_draft, sop_version
from engine.office.people import office_day
from engine.sops.rules.rule import Level
from engine.sops.rules.score import Score, score
from engine.store import Connection

__all__ = ["history", "scores", "sops", "versions"]

_STANDS = sop_version.alias("stands")
_NEXT = sop_version.alias("next")


def sops(db: Connection, *, at: datetime) -> Sequence[Mapping[str, Any]]:
    """One row per SOP, without its texts: ``review_on`` is the day of its yearly review, ``late`` when that is past."""
    query = (
        sa.select(
            sop.c.id, sop.c.name, sop.c.division, sop.c.shared, sop.c.looked_at, sop.c.retired_at,
            _STANDS.c.number, _STANDS.c.published_at,
            _NEXT.c.number.label("next_number"), _NEXT.c.effective_on.label("next_on"),
            sop_draft.c.id.label("draft_id"), sop_draft.c.state, sop_draft.c.revision, sop_draft.c.unit,
            sop_draft.c.author, sop_draft.c.changed_by, sop_draft.c.changed_at, sop_draft.c.based_on,
            sop_draft.c.hands, sop_draft.c.first_by, sop_draft.c.submitted_at,
        )
        .join(_STANDS, _STANDS.c.id == sop.c.in_force, isouter=True)
        .join(_NEXT, sa.and_(_NEXT.c.sop_id == sop.c.id, _NEXT.c.state == "scheduled"), isouter=True)
        .join(sop_draft, sa.and_(sop_draft.c.sop_id == sop.c.id, sop_draft.c.ended_at.is_(None)), isouter=True)
        .order_by(sop.c.shared, sop.c.division, sop.c.id)
    )  # fmt: skip
    today, every = office_day(at), yearly.months(db)
    found = []
    for row in db.execute(query).mappings():
        due = yearly.due(row["published_at"], row["looked_at"], every) if row["published_at"] is not None else None
        found.append({**row, "review_on": due, "late": due is not None and due < today})
    return found


def history(db: Connection, sop_id: str) -> Sequence[Mapping[str, Any]]:
    """The drafts of an SOP that ended, the newest first: published as which version, or discarded."""
    c = sop_draft.c
    query = sa.select(c.id, c.state, c.author, c.begun_at, c.ended_at, c.number, c.emergency, c.round)
    query = query.where(c.sop_id == sop_id, c.ended_at.is_not(None)).order_by(c.id.desc()).limit(50)
    return [dict(row) for row in db.execute(query).mappings()]


def versions(db: Connection, sop_id: str) -> Sequence[Mapping[str, Any]]:
    """All contents an SOP has had, the newest first, brought in or published: number, state, published_at."""
    c = sop_version.c
    query = sa.select(c.number, c.state, c.published_at, (c.id == sop.c.in_force).label("stands"))
    query = query.join(sop, sop.c.id == c.sop_id).where(c.sop_id == sop_id).order_by(c.number.desc()).limit(50)
    return [dict(row) for row in db.execute(query).mappings()]


# -- how good they are

#: what an SOP holds with its callees, and at which levels it was asked → its score
_scores: dict[tuple[str, frozenset[str], frozenset[tuple[str, Level]]], Score] = {}
_MOST_SCORES = 2000


def scores(db: Connection, *, operators: Collection[str], levels: Mapping[str, Level]) -> Mapping[str, Score]:
    """The score of every SOP in force, worked out once per content and process."""
    held = standing(db)
    found: dict[str, Score] = {}
    for name, own in held.items():
        around = closure(name, held.get)
        key = (name, frozenset(one.hash for one in around.values()), frozenset(levels.items()))
        if key not in _scores:
            while len(_scores) >= _MOST_SCORES:
                _scores.pop(next(iter(_scores)), None)
            _scores[key] = score(check(own, around, operators=operators, levels=levels).findings, levels)
        found[name] = _scores[key]
    return found
