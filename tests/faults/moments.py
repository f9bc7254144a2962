"""Where in an act a process stands, counted from its BEGIN; and dying there by SIGKILL, where fate says so.

An act is one transaction of a person or of one alarm. Its moments: ``began`` (after BEGIN), after each statement,
``commit`` (before COMMIT is sent), ``committed`` (after COMMIT, before anybody was told).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.store import Connection, Prepared, Store
from tests.faults.evidence import Evidence

__all__ = ["Fate", "Moments", "WatchedStore"]


@dataclass(frozen=True, slots=True)
class Fate:
    """Die in the ``act``-th act: after ``statement`` statements (0: right after BEGIN), or at ``commit``/``committed``.

    ``outside``: the parent kills; the act only tells it when it begins and when it has answered.
    """

    act: int = 0
    statement: int | None = None
    at: str = ""
    outside: bool = False


class Moments:
    """One process's way through its acts. ``pipe``: where the parent listens."""

    def __init__(self, evidence: Evidence, role: str, fate: Fate, pipe: int | None = None) -> None:
        self.evidence, self.role, self.fate, self.pipe = evidence, role, fate, pipe
        self.acts = self.statements = 0
        self.verb: str | None = None

    def watch(self, store: Store) -> None:
        """Counts statements from now on, without changing their way: prepared ones go straight to the driver, heard by
        no event of SQLAlchemy's."""
        sa.event.listen(store.engine, "after_cursor_execute", self._statement)
        sa.event.listen(store.engine, "commit", self._commit)
        straight = Prepared._handed

        def sent(db: Connection, compiled: Any, parameters: Any) -> Any:
            answer = straight(db, compiled, parameters)
            self._statement()
            return answer

        Prepared._handed = staticmethod(sent)

    def enter(self, verb: str) -> None:
        """Said by an act as the first thing in its transaction."""
        self.acts, self.statements, self.verb = self.acts + 1, 0, verb
        if self._fated and self.fate.outside and self.pipe is not None:
            os.write(self.pipe, b"b")
        self._die_after(0)

    def committed(self) -> None:
        """Said when the transaction is over and nobody was told yet."""
        if self._fated and self.fate.at == "committed":
            self.die("committed")

    def leave(self) -> None:
        """Said when the answer was given, or the act refused."""
        if self._fated and self.fate.outside and self.pipe is not None:
            os.write(self.pipe, b"a")
        self.verb = None

    def die(self, moment: str) -> None:
        self.evidence.say("died", role=self.role, verb=self.verb, moment=moment)
        os.kill(os.getpid(), signal.SIGKILL)

    @property
    def _fated(self) -> bool:
        return self.verb is not None and self.acts == self.fate.act

    def _die_after(self, statements: int) -> None:
        if self._fated and self.fate.statement == statements:
            self.die(f"statement {statements}" if statements else "began")

    def _statement(self, *_: Any) -> None:
        if self.verb is not None:
            self.statements += 1
            self._die_after(self.statements)

    def _commit(self, _db: Connection) -> None:
        # an act of fewer statements than fate counts to dies at its last moment
        if self._fated and (self.fate.at == "commit" or self.fate.statement is not None):
            self.die("commit")


class WatchedStore(Store):
    """The product's store, which says when an act has committed. ``rang`` are alarms to be witnessed then."""

    moments: Moments | None = None

    def __init__(self, url: Any) -> None:
        super().__init__(url)
        self.rang: list[dict[str, Any]] = []

    @contextmanager
    def act(self) -> Iterator[Connection]:
        self.rang.clear()
        with super().act() as db:
            yield db
        if self.moments is not None and self.moments.verb is not None:
            self.moments.committed()
            for line in self.rang:
                self.moments.evidence.say("rang", **line, n=self.moments.statements)
            if self.moments.role == "ticker":
                self.moments.leave()
