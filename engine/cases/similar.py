"""Petitions that may be the same matter: the same person's about the same place or much the same thing, and other
people's about the same thing at the same place.

Rule of the duplicate check (catalogue 1, A1 DC-01, 建議值): the earlier case was received within ``days`` or is still
being handled or in control. A person decides; nothing is ever merged by the machine. Whom to compare with is found by
two keyed digests, of the person and of the place, so that the search costs the same in an archive of any size.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from engine.cases import places
from engine.cases.records import answer, case
from engine.office.records import vault
from engine.office.vault import Key
from engine.store import Connection

__all__ = ["LOOKED_AT", "SAME_SUBJECT", "alike", "place_digest", "plain", "to"]

#: per cent of rapidfuzz's ratio over normalised text from which two texts are "much the same" (libraries.md 11)
SAME_SUBJECT = 45
#: of one person, and of one place, so many of the newest cases are looked at
LOOKED_AT = 50


def to(
    db: Connection, this: Mapping[str, Any], *, at: datetime, within: sa.ColumnElement[bool], days: int = 30,
) -> list[dict[str, Any]]:  # fmt: skip
    """Earlier petitions like this one, newest first: ``{id, number, title, received_at, status, by, score}``.

    ``by`` is "same" where the same person handed it in, "other" where somebody else did, and "sealed" where saying
    either would tell who informed. ``within``: the cases that the asker may see; all of them for the machine, which
    only counts.
    """
    about = db.execute(
        sa.select(vault.c.digest, case.c.place, case.c.informant)
        .select_from(case)
        .outerjoin(vault, vault.c.case_id == case.c.id)
        .where(case.c.id == this["id"])
    ).one()
    mine = _candidates(this["id"], about.digest, about.place)
    if mine is None:
        return []
    recent = sa.or_(
        case.c.received_at >= at - timedelta(days=days), case.c.status == "open",
        sa.and_(case.c.controlled_at.is_not(None), case.c.released_at.is_(None)),
    )  # fmt: skip
    opened_by = sa.and_(case.c.id == this.get("parent_id"), case.c.sop_id != this.get("sop_id"))  # that is known
    duplicate = sa.func.coalesce(case.c.close_reason, "") == "duplicate"
    never = sa.or_(case.c.status == "withdrawn", duplicate, opened_by)
    rows = db.execute(
        sa.select(
            case.c.id, case.c.number, case.c.title, case.c.received_at, case.c.status, case.c.place,
            case.c.informant, vault.c.digest, answer.c.answers,
        )
        .select_from(case)
        .join(mine, mine.c.id == case.c.id)
        .outerjoin(vault, vault.c.case_id == case.c.id)
        .outerjoin(answer, sa.and_(answer.c.case_id == case.c.id, answer.c.step == case.c.start))
        .where(recent, sa.not_(never), within)
        .order_by(case.c.id.desc(), answer.c.id)
    ).mappings().all()  # fmt: skip
    if not rows:
        return []
    matter = _matter(db, this)
    found = [_judged(row, about, matter) for row in {row["id"]: dict(row) for row in rows}.values()]
    return [one for one in found if one is not None]


def _candidates(case_id: int, digest: str | None, place: str | None) -> sa.Subquery | None:
    """The newest cases of the person, and those of the place: ids, each once."""
    ways = []
    if digest is not None:
        newest = sa.select(vault.c.case_id.label("id")).where(vault.c.digest == digest, vault.c.case_id != case_id)
        ways.append(newest.order_by(vault.c.case_id.desc()).limit(LOOKED_AT).subquery())
    if place is not None:
        newest = sa.select(case.c.id).where(case.c.place == place, case.c.id != case_id)
        ways.append(newest.order_by(case.c.id.desc()).limit(LOOKED_AT).subquery())
    return sa.union(*(sa.select(way.c.id) for way in ways)).subquery() if ways else None


def _judged(row: Mapping[str, Any], about: Any, matter: Mapping[str, Any]) -> dict[str, Any] | None:
    score = alike(matter, row["answers"] or {})
    same_person = about.digest is not None and row["digest"] == about.digest
    same_place = about.place is not None and row["place"] == about.place
    if same_person + same_place + (score >= SAME_SUBJECT) < 2:  # two of the three
        return None
    by = "sealed" if about.informant or row["informant"] else "same" if same_person else "other"
    kept = ("id", "number", "title", "received_at", "status")
    return {**{name: row[name] for name in kept}, "by": by, "score": score}


def _matter(db: Connection, this: Mapping[str, Any]) -> Mapping[str, Any]:
    newest = sa.select(answer.c.answers).where(answer.c.case_id == this["id"], answer.c.step == this["start"])
    return db.execute(newest.order_by(answer.c.id.desc()).limit(1)).scalar() or {}


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How alike two petitions read, 0 to 100: their subjects, or their texts where these are nearer."""
    scores = [0.0]
    for name in ("subject", "body"):
        a, b = plain(one.get(name)), plain(other.get(name))
        if a and b:
            scores.append(fuzz.ratio(a, b))
    return round(max(scores))


def place_digest(answers: Mapping[str, Any], key: Key | None) -> str | None:
    """What finds the same place again and tells nothing: a petition may be about the petitioner's own house."""
    place = places.normal(str(answers.get("location") or ""))
    if key is None or not place:
        return None
    return hmac.new(key.digesting, f"place\n{place}".encode("utf-8", "surrogatepass"), sha256).hexdigest()


def plain(text: Any) -> str:
    """Text as it is compared: one width, one case, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", str(text or "")).casefold() if c.isalnum())
