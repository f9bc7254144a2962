"""Whether a step that opens again was returned, or begins a new round: a month's, or another call of its procedure.

A returned step starts from what was given before; a new round starts empty. Read from what the journal says was passed
on the way: a wait for its day, or the beginning of the call, makes a new round of what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases.act import Act
from engine.flow import Projection
from engine.office.records import entry

__all__ = ["Line", "opened_in_round", "returns"]

#: verb, step and effects of an entry
Line = tuple[str, str | None, Mapping[str, Any]]
#: acts that take a case back to a step: what was given there stands, whatever was passed since
_TAKEN_BACK = frozenset({"send_back", "recall", "reopen", "take_back_send_back"})
#: entries looked at for each return that counts
_LINES_A_RETURN = 8


def opened_in_round(projection: Projection, path: str, lines: Iterable[Line]) -> int:
    """How often this step has opened in its present round; 1: for the first time. ``lines``: the newest first."""
    count = 0
    between = taken_back = new = False
    for verb, step, effects in lines:
        if path in effects.get("opened", ()):
            if new and not taken_back:
                return count
            count += 1
            between, taken_back, new = True, verb in _TAKEN_BACK, False
        if between:
            new = new or any(_begins(projection, path, one) for one in effects.get("passed", ()))
            between = (verb, step) != ("complete", path)  # what was passed while it lay open itself does not count
    return max(count, 1)


def returns(act: Act, path: str, *, most: int) -> int:
    """How often a step that opens in this act was returned in its round; counted up to ``most``."""
    told = sa.select(entry.c.verb, entry.c.step, entry.c.effects).where(entry.c.subject == f"case:{act.case['id']}")
    older = act.db.execute(told.order_by(entry.c.seq.desc()).limit(most * _LINES_A_RETURN)).all()
    now = (act.verb, None, {**act.effects, "opened": [path]})
    return min(opened_in_round(projection=act.projection, path=path, lines=[now, *map(tuple, older)]) - 1, most)


def _begins(projection: Projection, path: str, passed: str) -> bool:
    """Whether a new round of this step begins where this was passed: a wait before it, or the call it stands in."""
    step, other = projection.steps[path], projection.steps.get(passed)
    if passed == step.scope:
        return passed != ""
    if other is None or other.kind != "catch" or (other.side and not step.side):
        return False
    return other.scope == "" or step.scope == other.scope or step.scope.startswith(f"{other.scope}/")
