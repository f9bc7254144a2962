"""How urgent a case is, and whether what it was about is solved: two things people say of a case besides its steps."""

from __future__ import annotations

from datetime import datetime

from engine.cases import sight
from engine.cases.act import of_case
from engine.cases.reasons import required_reason
from engine.cases.surroundings import Office
from engine.errors import Invalid, NotNow
from engine.office.people import Person
from engine.store import Connection

__all__ = ["PRIORITIES", "SOLVED", "set_priority", "set_solved"]

PRIORITIES = (0, 1, 2)
SOLVED = ("yes", "partly", "no")


def set_priority(
    db: Connection, case_id: int, priority: int, *, reason: str = "", who: Person, at: datetime, office: Office
) -> None:
    """0 普通, 1 速件, 2 最速件: by a chief of its units or the control office. Deadlines do not change with it."""
    act = of_case(db, case_id, verb="set_priority", who=who, at=at, office=office)
    sight.require(db, who, "set_priority", act.case)
    if act.case["status"] != "open":
        raise NotNow("already_over", "這個案件已經結束。")
    if isinstance(priority, bool) or priority not in PRIORITIES:
        raise Invalid("priority", "請選擇速別。", fields={"priority": "請選擇速別。"})
    if priority == act.case["priority"]:
        raise NotNow("priority_same", "速別沒有改變。")
    act.effects |= {"was": act.case["priority"], "priority": priority}
    act.change(priority=priority)
    act.finish(reason=required_reason(reason) if reason.strip() else None)


def set_solved(
    db: Connection, case_id: int, solved: str | None, *, reason: str, who: Person, at: datetime, office: Office
) -> None:
    """Whether the matter is solved (yes, partly, no), with a sentence: another question than whether it is closed.

    By the control office or the responsible unit, once control has ended; it may be said again. None takes it back.
    """
    act = of_case(db, case_id, verb="set_solved", who=who, at=at, office=office)
    sight.require(db, who, "set_solved", act.case)
    if act.case["released_at"] is None:
        raise NotNow("not_released", "案件解除列管後才能登錄是否解決。")
    if solved is not None and solved not in SOLVED:
        raise Invalid("solved", "請選擇是否解決。", fields={"solved": "請選擇是否解決。"})
    if solved == act.case["solved"]:
        raise NotNow("solved_same", "是否解決沒有改變。")
    cleaned = required_reason(reason)
    act.effects |= {"was": act.case["solved"], "solved": solved}
    act.change(solved=solved)
    act.finish(reason=cleaned)
