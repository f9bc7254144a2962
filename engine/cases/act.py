"""One act under way on one case: what it read, what it changes, what the journal will say.

Every verb makes one ``Act``, works on it, and calls ``finish`` once: the case row is written under its version, the
journal gets its one line. Two people on one case: the second finds another version and is told who was faster.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases.records import case as case_table
from engine.cases.records import child as child_table
from engine.cases.records import draft as draft_table
from engine.cases.records import item as item_table
from engine.cases.surroundings import Office
from engine.errors import Conflict, Missing
from engine.library import shelf
from engine.office import journal
from engine.office.people import Person
from engine.office.records import chain_head
from engine.store import Connection, Prepared

__all__ = ["Act", "lock_all", "lock_free", "of_case", "of_item"]


def _above(case_id: Any) -> sa.CTE:
    """A case and those that wait for it, up to the first."""
    up = sa.select(sa.cast(case_id, sa.BigInteger).label("id")).cte("up", recursive=True)
    return up.union_all(
        sa.select(child_table.c.parent_id).join(up, child_table.c.case_id == up.c.id).where(child_table.c.waits)
    )


def _locked(case_id: Any) -> Prepared:
    """The case as the last row; before it those that wait for it, locked from the first one down.

    A case moves the one that waits for it, and that one ends the others it waited for: whoever holds a case holds all
    above it, so that no two acts ever wait for each other. SQLite has one writer.
    """
    alone = sa.select(case_table).where(case_table.c.id == case_id)
    up = sa.select(case_table).where(case_table.c.id.in_(sa.select(_above(case_id).c.id))).order_by(case_table.c.id)
    # FOR NO KEY UPDATE: two acts exclude each other, and a row of a third table may still point here meanwhile
    return Prepared({"sqlite": alone, "postgresql": up.with_for_update(key_share=True, of=case_table)})


_CASE = _locked(sa.bindparam("case_id", type_=sa.BigInteger))
_CASE_OF_ITEM = _locked(
    sa.select(item_table.c.case_id).where(item_table.c.id == sa.bindparam("item_id")).scalar_subquery()
)
_ITEM = Prepared(
    sa.select(
        item_table,
        draft_table.c.item_id.label("drafted"),
        chain_head.c.seq.label("head_seq"),
        chain_head.c.hash.label("head_hash"),
    )
    .outerjoin(draft_table, draft_table.c.item_id == item_table.c.id)
    .outerjoin(chain_head, chain_head.c.subject == sa.literal("case:") + sa.cast(item_table.c.case_id, sa.String))
    .where(item_table.c.id == sa.bindparam("item_id"))
)
#: what an act may change of a case; written whole, so that one prepared statement serves every act
_CHANGING = (
    "state", "unit", "type", "status", "ended_at", "end", "close_reason", "dispatched_at", "released_at",
    "controlled_at", "suspended_at", "parent_id", "priority", "solved", "informant", "reopened_at", "moved_at",
)  # fmt: skip
#: acts that only speak of a case and take it no further
_ONLY_WORDS = frozenset({"remind", "follow_up", "set_priority", "set_solved", "note_add", "note_strike", "call_in"})
_WRITE = Prepared(
    case_table.update()
    .where(case_table.c.id == sa.bindparam("of_id"), case_table.c.version == sa.bindparam("seen"))
    .values(version=sa.bindparam("next"), **{name: sa.bindparam(f"new_{name}") for name in _CHANGING})
)


@dataclass(slots=True)
class Act:
    """``case`` is the row as it will be; ``effects`` what the machine did in this act."""

    db: Connection
    verb: str
    case: dict[str, Any]
    who: Person
    at: datetime
    office: Office
    projection: flow.Projection
    state: flow.State
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    effects: dict[str, Any] = field(default_factory=dict)
    #: results of decision tables in this act: step path → outputs
    decided: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: the forms registered in this act, with the steps that hand them out
    handed_out: set[tuple[str, str]] = field(default_factory=set)
    #: the case's running deadlines, read once and again after one of them changed
    limits: list[Any] | None = None
    #: the act on another case in which this one happens: it opened this case, ended it, or was the end it waited for
    above: Act | None = None
    #: the newest link of the case's own journal, where it was read along
    head: tuple[int, str] | None = None
    #: what the journals of other cases will say of this act: (case id, verb, effects)
    others: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)

    def change(self, **columns: Any) -> None:
        """New values of the case row, written when the act is finished."""
        assert columns.keys() <= set(_CHANGING), columns
        self.case.update(columns)

    def note(self, effect: str, what: Any) -> None:
        """Add one thing to a list among the journal entry's effects."""
        self.effects.setdefault(effect, []).append(what)

    def under_way(self) -> dict[int, Act]:
        """This act and those in which it happens, by their cases: what they hold is not written yet."""
        found: dict[int, Act] = {}
        act: Act | None = self
        while act is not None:
            found[act.case["id"]] = act
            act = act.above
        return found

    def on(self, case_id: int, verb: str) -> Act:
        """The same act on another case, which it moves as well; finished on its own."""
        other = of_case(self.db, case_id, verb=verb, who=self.who, at=self.at, office=self.office)
        other.id, other.above = self.id, self
        return other

    def touch(self, case_id: int, verb: str, effects: Mapping[str, Any]) -> None:
        """A second case is touched: it gets an entry of its own under this act, written when the act is finished."""
        self.others.append((case_id, verb, effects))

    def finish(self, *, step: str | None = None, reason: str | None = None) -> int:
        """Write the case under the version that was read, and the act's one journal line; the line's id.

        Lines of other cases go with it, all in the order of the cases: two acts that touch each other's case never wait
        for one another.
        """
        if not self.who.is_system and self.verb not in _ONLY_WORDS:
            self.case["moved_at"] = self.at
        version = self.case["version"]
        self.case["state"] = flow.dump(self.state)
        changed = {f"new_{name}": self.case[name] for name in _CHANGING}
        written = _WRITE.run(self.db, of_id=self.case["id"], seen=version, next=version + 1, **changed)
        if written != 1:
            raise Conflict("case_changed", "這個案件剛剛被別人更新，請重新開啟後再試。")
        self.case["version"] = version + 1
        lines = {}
        for case_id, verb, effects in sorted([(self.case["id"], self.verb, self.effects), *self.others], key=_its_case):
            own = case_id == self.case["id"]
            lines[case_id] = journal.write(
                self.db, subject=f"case:{case_id}", verb=verb, who=self.who, at=self.at, effects=effects,
                step=step if own else None, reason=reason if own else None, act_id=self.id,
                head=self.head if own else None,
            )  # fmt: skip
        return lines[self.case["id"]]


_its_case = itemgetter(0)
_THESE = (
    sa.select(case_table.c.id).where(case_table.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(case_table.c.id)
)
_ALL = _THESE.with_for_update(key_share=True)
_FREE = _THESE.with_for_update(key_share=True, skip_locked=True)
_WAITED_FOR = sa.select(child_table.c.case_id, child_table.c.parent_id).where(
    child_table.c.case_id.in_(sa.bindparam("ids", expanding=True)), child_table.c.waits
)


def lock_free(db: Connection, ids: Iterable[int]) -> set[int]:
    """Lock those of these cases that nobody holds, without waiting; which they are.

    A case counts as held when one that waits for it is: then it is left to an act of its own.
    """
    wanted = set(ids)
    above = _waiting(db, wanted)
    free = set(db.execute(_FREE, {"ids": sorted(wanted | set(above.values()))}).scalars())

    def whole(case_id: int) -> bool:
        return case_id in free and (case_id not in above or whole(above[case_id]))

    return {one for one in wanted if whole(one)}


def lock_all(db: Connection, ids: Iterable[int]) -> None:
    """Lock all these cases, waiting for each, for an act that is done on all or on none.

    To be called first: whoever has written a journal's line never waits for a case.
    """
    wanted = set(ids)
    db.execute(_ALL, {"ids": sorted(wanted | set(_waiting(db, wanted).values()))}).all()


def _waiting(db: Connection, ids: set[int]) -> dict[int, int]:
    """The case that waits for each of these, and that for it, as far up as there is one."""
    above: dict[int, int] = {}
    found = ids
    while found:
        above |= {row.case_id: row.parent_id for row in db.execute(_WAITED_FOR, {"ids": sorted(found)})}
        found = {above[one] for one in found if one in above} - above.keys()
    return above


def of_case(db: Connection, case_id: int, *, verb: str, who: Person, at: datetime, office: Office) -> Act:
    """Lock a case for one act. Missing when there is none."""
    row = _last(_CASE.rows(db, case_id=case_id))
    return _begin(db, row, verb=verb, who=who, at=at, office=office)


def of_item(
    db: Connection, item_id: int, *, verb: str, who: Person, at: datetime, office: Office
) -> tuple[Act, dict[str, Any]]:
    """Lock the case of a work item, then read the item: in this order two clicks can never wait for each other."""
    row = _last(_CASE_OF_ITEM.rows(db, item_id=item_id))
    act = _begin(db, row, verb=verb, who=who, at=at, office=office)
    item: dict[str, Any] = _ITEM.first(db, item_id=item_id)._asdict()
    seq, sealed = item.pop("head_seq"), item.pop("head_hash")
    act.head = (seq, sealed) if seq is not None else None
    # what the permission table needs to know of the case
    item |= {"sop_id": act.case["sop_id"], "case_status": act.case["status"], "case_unit": act.case["unit"]}
    return act, item


def _last(rows: list[Any]) -> Any:
    """Those above a case are older than it."""
    return rows[-1] if rows else None


def _begin(db: Connection, row: Any, *, verb: str, who: Person, at: datetime, office: Office) -> Act:
    if row is None:
        raise Missing("no_such_case", "查無此案件。")
    projection = shelf.projection(db, row.bundle, row.start)
    state = flow.load(projection, row.state) if row.state else flow.State((), {}, {})
    return Act(db, verb, row._asdict(), who, at, office, projection, state)
