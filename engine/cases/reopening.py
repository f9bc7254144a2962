"""A case that was wrongly released, closed or withdrawn is taken up again by the control office, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import documents, people_of, sight
from engine.cases.act import of_case
from engine.cases.reasons import required_reason
from engine.cases.records import item
from engine.cases.surroundings import Office
from engine.cases.taking_up import as_it_stood, take_up
from engine.errors import Invalid, NotNow
from engine.flow import Projection
from engine.office.people import Person
from engine.office.records import entry
from engine.store import Connection

__all__ = ["AS_IT_STOOD", "Return", "reopen", "returns"]

#: instead of a step: the marking the case had when it was withdrawn
AS_IT_STOOD = ""


@dataclass(frozen=True, slots=True)
class Return:
    """One place a case may be taken up at. ``letters`` have left the house since: they stay sent."""

    step: str
    name: str
    letters: int


def reopen(
    db: Connection, case_id: int, *, reason: str, to_step: str | None = None, letters_known: bool = False, who: Person,
    at: datetime, office: Office,
) -> None:  # fmt: skip
    """Take the case up again: a withdrawn one as it stood, another at ``to_step`` (default: the last one completed).

    The day of its release stays readable in the journal, the reply clock as it was met; a follow-up deadline begins.
    Across a letter that has left the house only with ``letters_known``, and the journal names the letter. NotNow for a
    case that is not over, and for one that was joined by a person: that is parted instead.
    """
    act = of_case(db, case_id, verb="reopen", who=who, at=at, office=office)
    sight.require(db, who, "reopen", act.case)
    if act.case["status"] == "open":
        raise NotNow("not_over", "這個案件還在辦理中，不需重新列管。")
    if as_it_stood(db, case_id, "join") is not None and act.case["close_reason"] == "duplicate":
        raise NotNow("was_joined", "這個案件是併案結束的，請改用解除併案。")
    reason = required_reason(reason)
    places = returns(db, act.case, act.projection)
    if not places:
        raise NotNow("nowhere_to_return", "這個案件沒有可以回到的步驟，請重新登錄。")
    place = places[0] if to_step is None else next((p for p in places if p.step == to_step), None)
    if place is None:
        raise Invalid(
            "not_a_completed_step", "只能回到已完成的步驟。", fields={"to_step": "請選擇清單中的步驟。"}
        )  # fmt: skip
    if place.letters and not letters_known:
        sentence = f"這個步驟之後已有 {place.letters} 件信函寄出，不會收回；請確認後再送出。"
        raise Invalid("letters_have_left", sentence, fields={"letters_known": sentence})
    if place.letters:
        act.effects["letters_stay"] = place.letters
    act.effects["to"] = place.step or None
    tokens = as_it_stood(db, case_id, "withdraw") if place.step == AS_IT_STOOD else None
    take_up(act, tokens or flow.standing_at(act.projection, place.step))
    people_of.tell(
        act, ["holder", "section_chief@responsible"], kind="reopened", key=f"reopened:{case_id}:{act.id}",
    )  # fmt: skip
    act.finish(step=place.step or None, reason=reason)


def returns(db: Connection, case: Mapping[str, Any], projection: Projection) -> list[Return]:
    """Where a case that is over may be taken up: as it stood when it was withdrawn, then its completed steps, the last
    one first."""
    done = sa.select(item.c.step, item.c.name).where(
        item.c.case_id == case["id"], item.c.status == "done", item.c.each_unit == ""
    )
    names = {row.step: row.name for row in db.execute(done)}
    found = [
        Return(step, names[step], letters)
        for step, letters in _letters_since(db, case["id"]).items()
        if step in names and projection.steps[step].alone and not projection.points[step].side
    ]
    if case["status"] == "withdrawn" and as_it_stood(db, case["id"], "withdraw") is not None:
        found.insert(0, Return(AS_IT_STOOD, "撤案當時的步驟", 0))
    return found


def _letters_since(db: Connection, case_id: int) -> dict[str, int]:
    """Step → letters that left the house in the act of its last completion or after it; the last completed first."""
    lines = db.execute(
        sa.select(entry.c.verb, entry.c.step, entry.c.effects)
        .where(entry.c.subject == f"case:{case_id}", entry.c.verb.in_(("complete", "timer")))
        .order_by(entry.c.seq.desc())
    )
    found: dict[str, int] = {}
    letters = 0
    for verb, step, effects in lines:
        letters += sum(1 for kind in effects.get("documents", ()) if kind in documents.OUTSIDE)
        if verb == "complete":
            found.setdefault(step, letters)
    return found
