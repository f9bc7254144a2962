"""Who is kept away from a case, and why, is in its journal for those who keep them away and for nobody else.

Everybody else reads of it only where it gives them something to do: a step that went back to the pool, one that nobody
is left for. Neither who it is nor the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.office import people
from engine.office.people import Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["Lines", "lines_of"]

_KEEPING_AWAY = ("exclude", "readmit")
_TO_DO = ("handed_back", "stranded")
#: nor why a case became an informant's report: the reason may name somebody
_REASON_KEPT = frozenset({*_KEEPING_AWAY, "mark_informant"})


class Lines:
    """What one reader may have of the journal of one case."""

    def __init__(self, knows: bool) -> None:
        self.knows = knows

    def where(self) -> sa.ColumnElement[bool]:
        """The lines that are there for them; for a query over ``entry``."""
        if self.knows:
            return sa.true()
        to_do = sa.or_(*(entry.c.effects[(name, 0)].as_string().is_not(None) for name in _TO_DO))
        return sa.or_(entry.c.verb.not_in(_KEEPING_AWAY), sa.and_(entry.c.verb == "exclude", to_do))

    def read(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """One line as they may read it."""
        told = dict(line)
        if self.knows or line["verb"] not in _REASON_KEPT:
            return told
        if line["verb"] in _KEEPING_AWAY:
            told["effects"] = {name: line["effects"].get(name) or [] for name in _TO_DO}
        return {**told, "reason": None}


def lines_of(db: Connection, case_row: Mapping[str, Any], who: Person) -> Lines:
    """``case_row`` is a case's head that the person may see."""
    return Lines(people.may(db, who, "see_exclusions", case_row))
