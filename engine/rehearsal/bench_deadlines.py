"""What the clock costs with very many open deadlines, as ratios to a bare indexed query in the same run.

The product's way (a transaction of the store, the clock's own statement, the claim that compares) is set beside the
least that could be sent to the same database by the same driver: one query over the same partial index, one update by
primary key. Rounds are interleaved and medians taken over rounds: the machine is shared, trust ratios.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.dates import deadlines
from engine.dates.records import alarm
from engine.errors import Invalid
from engine.store import Store

__all__ = ["fill", "measure"]

#: nothing is due before; from then on one alarm falls due a second
BEGINS = datetime(2027, 1, 4, tzinfo=UTC)
_POLL = "SELECT id FROM alarm WHERE rang_at IS NULL AND silenced_at IS NULL AND due_at <= {0} ORDER BY due_at LIMIT 100"
_CLAIM = "UPDATE alarm SET rang_at = {0} WHERE id = {1} AND rang_at IS NULL"
#: claims of a drain; on PostgreSQL the product's in one statement (the clock itself takes twenty), the bare ones each
_ONE_TRANSACTION = 100
_DRAINED = 3000
_PIECE = 50_000


def measure(
    store: Store, *, open_deadlines: int = 1_000_000, rounds: int = 5, polls: int = 400, claims: int = 300,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Fill an empty, migrated database and measure. Times are microseconds of wall clock; rates are per second."""
    if 3 * rounds * claims * 2 > open_deadlines:
        raise Invalid("bench_few", f"期限太少，至少要 {6 * rounds * claims} 個。")
    progress(f"產生 {open_deadlines} 個未到期的期限")
    fill(store, open_deadlines)
    # enough that what a connection does the first few times does not count
    drained = max(claims, min(_DRAINED, open_deadlines // (3 * rounds) // _ONE_TRANSACTION * _ONE_TRANSACTION - claims))
    one = _Bench(store)
    idle: dict[str, list[float]] = {"product": [], "statement": [], "bare": []}
    single: dict[str, list[float]] = {"product": [], "bare": []}
    drain: dict[str, list[float]] = {"product": [], "bare": []}
    for number in range(rounds):
        progress(f"第 {number + 1}／{rounds} 回")
        for name, poll in (("product", one.polls), ("statement", one.statements), ("bare", one.bare_polls)):
            idle[name].append(poll(polls) / polls)
        single["product"].append(one.claims(claims) / claims)
        single["bare"].append(one.bare_claims(claims) / claims)
        drain["product"].append(one.drained(drained) / drained)
        drain["bare"].append(one.bare_drained(drained) / drained)
    one.close()
    return {
        "database": store.engine.dialect.name, "open_deadlines": open_deadlines, "rounds": rounds,
        "claims": claims, "drained": drained,
        "idle_poll": _told(idle), "claim_own_transaction": _rates(_told(single)),
        f"claim_{_ONE_TRANSACTION}_a_transaction": _rates(_told(drain)),
    }  # fmt: skip


def fill(store: Store, count: int) -> None:
    """So many cases' deadlines with one alarm each, made by the database itself, and its statistics."""
    with store.act() as db:
        if db.scalar(sa.select(alarm.c.id).limit(1)) is not None:
            raise Invalid("bench_not_empty", "量測只能用空的資料庫。")
    for first in range(1, count + 1, _PIECE):  # in pieces: no statement may take ten seconds
        with store.act() as db:
            for statement in _FILL[db.dialect.name]:
                db.execute(sa.text(statement), {"first": first, "last": min(first + _PIECE - 1, count)})
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("ANALYZE")


class _Bench:
    """The product's ways and the bare ones, each timed in seconds for so many."""

    def __init__(self, store: Store) -> None:
        self.store = store
        # a connection of its own, opened as the store opens them
        self.pooled = store.engine.raw_connection()
        self.bare: Any = self.pooled.driver_connection
        self.sqlite = store.is_sqlite
        marks = ("?", "?") if self.sqlite else ("%s", "%s")
        self.poll, self.claim = _POLL.format(*marks), _CLAIM.format(*marks)
        self.before = BEGINS - timedelta(days=1)
        self.late = BEGINS + timedelta(days=10_000)
        self.ids = self._due()

    def close(self) -> None:
        self.pooled.close()

    def polls(self, count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            with self.store.look() as db:
                deadlines.due_now(db, self.before, 100)
        return time.perf_counter() - began

    def statements(self, count: int) -> float:
        """The product's statement alone, in one look."""
        with self.store.look() as db:
            began = time.perf_counter()
            for _ in range(count):
                deadlines.due_now(db, self.before, 100)
            return time.perf_counter() - began

    def bare_polls(self, count: int) -> float:
        at = self._bound(self.before)
        self._autocommit(True)
        began = time.perf_counter()
        for _ in range(count):
            self.bare.execute(self.poll, (at,)).fetchall()
        took = time.perf_counter() - began
        self._autocommit(False)
        return took

    def claims(self, count: int) -> float:
        taken = [next(self.ids) for _ in range(count)]
        began = time.perf_counter()
        for number in taken:
            with self.store.act() as db:
                assert deadlines.claim(db, number, self.late)
        return time.perf_counter() - began

    def bare_claims(self, count: int) -> float:
        taken, at = [next(self.ids) for _ in range(count)], self._bound(self.late)
        began = time.perf_counter()
        for number in taken:
            self._begin()
            assert self.bare.execute(self.claim, (at, number)).rowcount == 1
            self._commit()
        return time.perf_counter() - began

    def drained(self, count: int) -> float:
        taken = [next(self.ids) for _ in range(count)]
        began = time.perf_counter()
        for start in range(0, count, _ONE_TRANSACTION):
            some = taken[start : start + _ONE_TRANSACTION]
            with self.store.act() as db:
                if self.sqlite:  # as the clock does: where a statement is no round trip, one by one
                    assert all(deadlines.claim(db, number, self.late) for number in some)
                else:
                    assert deadlines.claim_all(db, some, self.late) == set(some)
        return time.perf_counter() - began

    def bare_drained(self, count: int) -> float:
        taken, at = [next(self.ids) for _ in range(count)], self._bound(self.late)
        began = time.perf_counter()
        for start in range(0, count, _ONE_TRANSACTION):
            self._begin()
            for number in taken[start : start + _ONE_TRANSACTION]:
                assert self.bare.execute(self.claim, (at, number)).rowcount == 1
            self._commit()
        return time.perf_counter() - began

    def _due(self) -> Iterator[int]:
        """Alarms that nobody has claimed yet."""
        last = 0
        while True:
            with self.store.look() as db:
                query = sa.select(alarm.c.id).where(alarm.c.id > last).order_by(alarm.c.id).limit(5000)
                page = db.execute(query).scalars().all()
            yield from page
            last = page[-1]

    def _bound(self, at: datetime) -> Any:
        return at.isoformat(timespec="microseconds") if self.sqlite else at

    def _autocommit(self, on: bool) -> None:
        if not self.sqlite:
            self.bare.rollback()
            self.bare.autocommit = on

    def _begin(self) -> None:
        if self.sqlite:
            self.bare.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        if self.sqlite:
            self.bare.execute("COMMIT")
        else:
            self.bare.commit()


def _told(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Medians in µs, and each as a ratio to the bare one of its own round."""
    found: dict[str, Any] = {f"{name}_us": round(statistics.median(took) * 1e6, 1) for name, took in seconds.items()}
    for name, took in seconds.items():
        if name != "bare":
            ratios = [mine / bare for mine, bare in zip(took, seconds["bare"], strict=True)]
            found[f"{name}_times_bare"] = round(statistics.median(ratios), 2)
    return found


def _rates(told: dict[str, Any]) -> dict[str, Any]:
    return {
        **told,
        "product_per_second": round(1e6 / told["product_us"]),
        "bare_per_second": round(1e6 / told["bare_us"]),
    }


_DEADLINES = (
    "INSERT INTO deadline (id, case_id, path, name, regime, starts_at, due_at, length, unit, working) "
    "SELECT n, n, 'D', '限辦期限', 'petition', {at}, {at}, 6, 'workday', '[]' FROM {numbers}"
)
_ALARMS = (
    'INSERT INTO alarm (case_id, deadline_id, kind, rung, step, opening, "to", due_at, tries) '
    "SELECT n, n, 'reminder', 0, '', 0, '[]', {at}, 0 FROM {numbers}"
)
_SQLITE = {
    "at": f"strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', '{BEGINS:%Y-%m-%d %H:%M:%S}', '+' || n || ' seconds')",
    "numbers": "(WITH RECURSIVE count(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM count WHERE n < :last) "
    "SELECT n FROM count)",
}
_POSTGRESQL = {
    "at": f"TIMESTAMPTZ '{BEGINS.isoformat()}' + n * INTERVAL '1 second'",
    "numbers": "generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n",
}
#: what fills the tables, by dialect
_FILL = {
    name: [statement.format(**words) for statement in (_DEADLINES, _ALARMS)]
    for name, words in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL))
}
