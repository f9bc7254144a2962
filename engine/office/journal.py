"""The journal: one line per act, never changed, each line sealing the one before it in the same subject's chain.

Subjects are ``case:7``, ``sop:petition-online``, ``person:3``, ``office``. The newest link of each chain stands in
``chain_head`` and moves on in the act's own transaction: whoever deletes the last lines leaves a head that points
at nothing. Once a day ``anchor`` seals all heads that moved; its hash belongs off the machine (log, paper), so that
even a journal rewritten together with its heads is found out.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import Conflict, Invalid
from engine.office import records as r
from engine.store import Connection, Prepared, is_storable

if TYPE_CHECKING:
    from engine.office.people import Person

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal line. ``by`` None is the system."""

    id: int
    subject: str
    seq: int
    act_id: str
    verb: str
    at: datetime
    by: int | None
    step: str | None
    reason: str | None
    effects: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What ``verify`` found: the first bad place of a chain, or a day whose anchor does not hold."""

    code: str
    subject: str
    seq: int
    sentence: str


_head = r.chain_head.c
_HEAD = Prepared(sa.select(_head.seq, _head.hash).where(_head.subject == sa.bindparam("subject")).with_for_update())
_MOVE = Prepared(
    sa.update(r.chain_head)
    .where(_head.subject == sa.bindparam("of"), _head.seq == sa.bindparam("seen"))
    .values(seq=sa.bindparam("to_seq"), hash=sa.bindparam("to_hash"))
)
_FIRST = {
    # RETURNING tells whether it was written; after an INSERT psycopg's row count does not
    "sqlite": sqlite.insert(r.chain_head).on_conflict_do_nothing().returning(_head.seq),
    "postgresql": postgresql.insert(r.chain_head).on_conflict_do_nothing().returning(_head.seq),
}
_ENTRY = Prepared(sa.insert(r.entry).returning(r.entry.c.id))


def new_act() -> str:
    """An id for one act; a second subject touched by the same act gets an entry of its own with the same id."""
    return str(uuid.uuid4())


def write(
    db: Connection,
    *,
    subject: str,
    verb: str,
    who: Person,
    at: datetime,
    act_id: str,
    step: str | None = None,
    reason: str | None = None,
    effects: Mapping[str, Any] | None = None,
    head: tuple[int, str] | None = None,
) -> int:
    """Adds one line and moves the subject's chain on. Raises ``Conflict`` if the head moved away.

    ``head``: the chain's newest (seq, hash) as the caller has read it; one that has moved since is read again.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    text = _canonical(effects or {})
    row = {
        "subject": subject, "act_id": act_id, "verb": verb, "at": at.astimezone(UTC), "by": who.id, "step": step,
        "reason": reason, "effects": json.loads(text),
    }  # fmt: skip
    # a NUL stands in the text as its escape; where that was typed as such, every single value is asked
    whole = row["effects"] if _NUL in text else text
    if not all(is_storable(one) for one in (subject, verb, step, reason, whole)):
        raise Invalid("text_bad", "文字含有無法儲存的字元。", fields=_bad_fields(row))
    if head is not None:
        link = _link(row, head[0] + 1, head[1])
        if _MOVE.run(db, of=subject, seen=head[0], to_seq=link["seq"], to_hash=link["hash"]) == 1:
            return int(_ENTRY.scalar(db, **link))
    newest = _HEAD.first(db, subject=subject)
    if newest is None:
        link = _link(row, 1, BEGINNING)
        first = db.execute(_FIRST[db.dialect.name], {"subject": subject, "seq": 1, "hash": link["hash"]})
        if first.first() is not None:
            return int(_ENTRY.scalar(db, **link))
        newest = _HEAD.first(db, subject=subject)  # somebody began this chain a moment ago
    link = _link(row, newest.seq + 1, newest.hash)
    if _MOVE.run(db, of=subject, seen=newest.seq, to_seq=link["seq"], to_hash=link["hash"]) != 1:
        raise Conflict("journal_moved", "紀錄剛被他人更新，請重試。")
    return int(_ENTRY.scalar(db, **link))


def of(db: Connection, subject: str) -> list[Entry]:
    """The subject's lines, oldest first."""
    rows = db.execute(sa.select(r.entry).where(r.entry.c.subject == subject).order_by(r.entry.c.seq))
    return [Entry(*(getattr(row, name) for name in Entry.__slots__)) for row in rows]


# -- proof -----------------------------------------------------------------------------------------------------------


def newest(db: Connection, subject: str, *, starting: str) -> list[Mapping[str, Any]]:
    """Of one chain the newest line of each verb that begins so: ``verb``, ``at``, ``effects``, ``by_name``."""
    c = r.entry.c
    last = sa.select(sa.func.max(c.seq)).where(c.subject == subject, c.verb.startswith(starting, autoescape=True))
    query = (
        sa.select(c.verb, c.at, c.effects, r.person.c.name.label("by_name"))
        .join(r.person, r.person.c.id == c.by, isouter=True)
        .where(c.subject == subject, c.seq.in_(last.group_by(c.verb)))
    )
    return [dict(row) for row in db.execute(query).mappings()]


def count(db: Connection) -> int:
    """How many lines all chains have together."""
    return int(db.scalar(sa.select(sa.func.count()).select_from(r.entry)) or 0)


def anchor(db: Connection, day: date, at: datetime) -> str | None:
    """Seals every head that moved since the last anchor. Once per day; None when that day is sealed already."""
    last = db.execute(sa.select(r.anchor.c.day, r.anchor.c.hash).order_by(r.anchor.c.day.desc()).limit(1)).first()
    if last is not None and last.day >= day:
        return None
    sealed = (
        sa.select(r.anchored.c.subject, sa.func.max(r.anchored.c.seq).label("seq"))
        .group_by(r.anchored.c.subject).subquery()
    )  # fmt: skip
    moved = db.execute(
        sa.select(_head.subject, _head.seq, _head.hash)
        .outerjoin(sealed, sealed.c.subject == _head.subject)
        .where(sa.or_(sealed.c.seq.is_(None), sealed.c.seq < _head.seq))
    ).all()
    total = _anchor_hash(last.hash if last else BEGINNING, day, moved)
    if moved:
        rows = [{"subject": m.subject, "seq": m.seq, "hash": m.hash, "day": day} for m in moved]
        db.execute(sa.insert(r.anchored), rows)
    db.execute(sa.insert(r.anchor), {"day": day, "at": at, "heads": len(moved), "hash": total})
    return total


def verify(db: Connection, *, note: Callable[[int], None] | None = None, every: int = 10_000) -> list[Problem]:
    """Reads everything. Per chain the first bad line; then the anchors. Empty means nothing was touched.

    ``note`` is told after ``every`` so many lines how many were read.
    """
    heads = {row.subject: row for row in db.execute(sa.select(r.chain_head))}
    lines_in_order = sa.select(r.entry).order_by(r.entry.c.subject, r.entry.c.seq, r.entry.c.id)
    rows = db.execute(lines_in_order, execution_options={"yield_per": 1000})
    found: list[Problem] = []
    for subject, lines in groupby(_counted(rows, note, every), key=lambda row: row.subject):
        problem = _first_bad(subject, lines, heads.pop(subject, None))
        if problem:
            found.append(problem)
    for subject, head in sorted(heads.items()):
        found.append(Problem("journal_deleted", subject, 1, f"{subject} 的紀錄全部遺失，應有 {head.seq} 筆。"))
    return found + list(_bad_anchors(db))


def _counted(rows: Iterable[Any], note: Callable[[int], None] | None, every: int) -> Iterator[Any]:
    for read, row in enumerate(rows):
        if note is not None and read and read % every == 0:
            note(read)
        yield row


def _first_bad(subject: str, lines: Iterable[Any], head: Any) -> Problem | None:
    previous, expected = BEGINNING, 1
    for line in lines:
        where = f"{subject} 第 {expected} 筆"
        if line.seq > expected:
            return Problem("journal_deleted", subject, expected, f"{where}紀錄遺失。")
        if line.seq < expected:
            return Problem("journal_inserted", subject, line.seq, f"{subject} 第 {line.seq} 筆紀錄重複。")
        if line.previous != previous:
            return Problem("journal_order", subject, expected, f"{where}紀錄與前一筆不相接。")
        if _link(line._mapping, line.seq, previous)["hash"] != line.hash:
            return Problem("journal_changed", subject, expected, f"{where}紀錄曾被竄改。")
        previous, expected = line.hash, expected + 1
    last = expected - 1
    if head is None or head.seq < last:
        at = 1 if head is None else head.seq + 1
        return Problem("journal_inserted", subject, at, f"{subject} 第 {at} 筆紀錄不在鏈上。")
    if head.seq > last:
        return Problem("journal_deleted", subject, expected, f"{subject} 第 {expected} 筆紀錄遺失。")
    if head.hash != previous:
        return Problem("journal_changed", subject, last, f"{subject} 第 {last} 筆紀錄與鏈首不符。")
    return None


def _bad_anchors(db: Connection) -> Iterator[Problem]:
    entry, sealed = r.entry.c, r.anchored.c
    torn = db.execute(
        sa.select(sealed.subject, sealed.seq, sealed.day)
        .outerjoin(r.entry, sa.and_(entry.subject == sealed.subject, entry.seq == sealed.seq))
        .where(sa.or_(entry.hash.is_(None), entry.hash != sealed.hash))
        .order_by(sealed.subject, sealed.seq)
    )
    for row in torn:
        yield Problem(
            "journal_anchor", row.subject, row.seq, f"{row.subject} 第 {row.seq} 筆紀錄與 {row.day} 的封存不符。"
        )
    previous = BEGINNING
    for day in db.execute(sa.select(r.anchor).order_by(r.anchor.c.day)).all():
        heads = db.execute(sa.select(sealed.subject, sealed.seq, sealed.hash).where(sealed.day == day.day)).all()
        if len(heads) != day.heads or _anchor_hash(previous, day.day, heads) != day.hash:
            yield Problem("journal_anchor", "office", 0, f"{day.day} 的封存不符。")
        previous = day.hash
    sealed_days = sa.select(r.anchor.c.day)
    for stray in db.scalars(sa.select(sealed.day).where(sealed.day.not_in(sealed_days)).distinct()):
        yield Problem("journal_anchor", "office", 0, f"{stray} 的封存遺失。")


def _anchor_hash(previous: str, day: date, heads: Iterable[Any]) -> str:
    # sorted here: the two databases sort text differently
    lines = sorted([h.subject, h.seq, h.hash] for h in heads)
    return _sha(previous + _canonical({"day": day.isoformat(), "heads": lines}))


def _link(row: Mapping[str, Any], seq: int, previous: str) -> dict[str, Any]:
    sealed = {
        "subject": row["subject"], "seq": seq, "act_id": row["act_id"], "verb": row["verb"],
        "at": row["at"].isoformat(timespec="microseconds"), "by": row["by"], "step": row["step"],
        "reason": row["reason"], "effects": row["effects"],
    }  # fmt: skip
    return {**sealed, "at": row["at"], "previous": previous, "hash": _sha(previous + _canonical(sealed))}


#: what is hashed, to the letter: keys in order, no spaces, no number that JSON does not know
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_NUL = "\\u0000"


def _bad_fields(row: Mapping[str, Any]) -> dict[str, str]:
    names = ("subject", "verb", "step", "reason", "effects")
    return {name: "請移除無法儲存的字元。" for name in names if not is_storable(row[name])}
