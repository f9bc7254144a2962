"""Cases that a case opens: children of a call for several units or plans, and linked cases of another SOP.

They open in the act that reaches the call box, each with an entry of its own; the end of one moves the case that waits
for it in the same transaction (docs/decisions/0016-cases-that-open-cases.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import children, incidents, people_of, running
from engine.cases.act import Act
from engine.cases.child_opening import Box, called_as, open_one
from engine.cases.records import case as case_table
from engine.cases.records import child
from engine.dates import deadlines
from engine.errors import Invalid, Refusal, Stuck
from engine.flow import Advance, ProjectedStep
from engine.sops import calls
from engine.sops.sop import Node

__all__ = [
    "brought_back", "child_over", "end_alongside", "finished", "leave", "look_again", "open_alongside", "open_at_once",
    "open_waiting",
]  # fmt: skip

#: cases that open each other in one act before it counts as a circle
MOST_DEEP = 5
#: a day as a list of days holds it
_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: entries of one list
MOST_ENTRIES = 200


def open_waiting(act: Act, path: str) -> None:
    """The box has been reached and waits: its cases open, or those that were withdrawn with this one go on."""
    step = act.projection.steps[path]
    if act.verb == "reopen" and _go_on_again(act, path):
        return
    given = flow.handed_to(act.projection, act.state, path, running.context(act))
    _open_all(act, step, given, waits=True)


def open_at_once(act: Act, path: str, given: Mapping[str, Any]) -> None:
    """The flow has passed a box that waits for nothing: its cases open and go on by themselves."""
    _open_all(act, act.projection.steps[path], given, waits=False)


def brought_back(act: Act, path: str, *, by_date: bool = False) -> Mapping[str, Any] | None:
    """The outs of a waiting box; None while it waits on. ``by_date``: the date has come, whoever is not back."""
    rows = children.newest(act, path)
    each = act.projection.steps[path].node.each
    enough = len(rows)
    if each is not None and each.until.startswith("count:"):
        enough = min(enough, int(each.until.removeprefix("count:")))
    if not by_date and children.over(rows) < enough:
        return None
    return children.outs(act, path, rows)


def leave(act: Act, path: str, why: str = "") -> None:
    """The box is left: the cases of it that still run are ended with the reason, unless the box lets them go on."""
    from engine.cases import ending  # ending a case may move the one that waits for it, and stands on this

    step = act.projection.steps[path]
    for row in children.newest(act, path):
        if row["status"] != "open" or row["case_id"] in act.under_way():
            continue
        if calls.goes_on(step.node):
            act.db.execute(child.update().where(child.c.case_id == row["case_id"]).values(waits=False))
            act.note("go_on", row["number"])
            continue
        other = act.on(row["case_id"], "withdraw")
        _tell_that_it_is_over(other)
        ending.stop(other)
        other.effects["parent"] = act.case["number"]
        other.finish(reason=why or f"母案 {act.case['number']} 已不再等候「{step.node.name}」的結果。")
        act.note("ended_with_it", row["number"])


def _tell_that_it_is_over(act: Act) -> None:
    """Whoever has the case in hand need not go on."""
    held = people_of.holders_of(act.db, act.case["id"], act.at)
    people_of.tell_persons(act, held, kind="withdrawn", key=f"over:{act.case['id']}:{act.id}", facts={})


def child_over(act: Act) -> None:
    """The case of this act is over: the one that waits for it goes on, when enough are back.

    What cannot go on is that case's incident; this one is over all the same.
    """
    parent = children.waited_for(act.db, act.case["id"])
    if parent is None or parent in act.under_way():
        return
    point = act.db.begin_nested()
    try:
        above = act.on(parent, "child_over")
        if above.case["status"] == "open":
            above.effects |= {"child": act.case["number"], "status": act.case["status"]}
            _go_on(above)
            above.finish()
    except Refusal as refusal:
        point.rollback()
        stuck = refusal if isinstance(refusal, Stuck) else Stuck(refusal.code, refusal.sentence)
        incidents.note(act.db, case_id=parent, step=stuck.facts.get("step"), error=stuck, at=act.at)
        act.note("parent_stuck", stuck.code)
    else:
        point.commit()


def look_again(act: Act) -> None:
    """A case that was stuck is tried again: boxes whose cases came back meanwhile are left."""
    _go_on(act)


def _go_on(act: Act) -> None:
    from engine.cases.settle import settle  # settling opens cases, and stands on this

    for path in flow.open_boxes(act.projection, act.state):
        advance = finished(act, path)
        if advance is not None:
            settle(act, advance)


def finished(act: Act, path: str) -> Advance | None:
    """The flow after this waiting box, when enough cases are back; None while it waits on."""
    values = brought_back(act, path)
    if values is None:
        return None
    return flow.complete(
        act.projection, act.state, path, values=values, machine=running.machine(act), context=running.context(act)
    )


def open_alongside(act: Act, path: str, name: str, due_at: datetime) -> None:
    """An escalation of this deadline opens a procedure beside the case, which goes on; once while that one runs. Beside
    a step of many units, one for each that has not done it yet.

    Where it cannot be opened, the escalation has rung all the same and the case has an incident.
    """
    if any(row["status"] == "open" for row in children.newest(act, path)):
        return
    limit = act.projection.deadlines[path].deadline
    legal = "yes" if limit.regime in ("statutory", "adverse") else "no"
    given = {
        "mode": "alongside", "reason": "overdue", "reply": "due", "due_at": due_at, "deadline": limit.name,
        "legal_deadline": legal,
    }  # fmt: skip
    point = act.db.begin_nested()
    before = dict(act.effects)
    try:
        beside = Box(path, limit.name, Node(path, "call", name=limit.name, called=name))
        late = people_of.still_asked(act.db, act.case["id"]) or [act.case["unit"]]
        turn = children.rounds_of(act.db, act.case["id"], path) + 1
        for position, unit in enumerate(late):  # whoever opens it: it is about the unit that is late
            about = f"{unit}/{act.case['number']}"
            open_one(act, beside, given, about, opening=turn, position=position, waits=False)
    except Refusal as refusal:
        point.rollback()
        act.effects = before
        stuck = refusal if isinstance(refusal, Stuck) else Stuck(refusal.code, refusal.sentence)
        incidents.note(act.db, case_id=act.case["id"], step=path, error=stuck, at=act.at)
        act.note("incident", stuck.code)
    else:
        point.commit()


def end_alongside(act: Act) -> None:
    """What an escalation opened beside the case ends when its deadline is met, or the case is over."""
    from engine.cases import ending

    paths = _alongside(act.projection)
    if not paths:
        return
    running = {row.path for row in deadlines.open_of(act.db, act.case["id"])} if act.case["status"] == "open" else ()
    beside = (
        sa.select(child.c.case_id, child.c.step)
        .join(case_table, case_table.c.id == child.c.case_id)
        .where(
            child.c.parent_id == act.case["id"], child.c.step.in_(paths - set(running)), case_table.c.status == "open"
        )
        .order_by(child.c.case_id)
    )
    for row in act.db.execute(beside).all():
        if row.case_id not in act.under_way():
            other = act.on(row.case_id, "overtaken")
            _tell_that_it_is_over(other)
            ending.stop(other, "ended")
            other.change(close_reason="overtaken")
            name = act.projection.deadlines[row.step].deadline.name
            other.finish(reason=f"案件 {act.case['number']} 的「{name}」已辦畢，不必再追蹤。")
            act.note("ended_with_it", other.case["number"])


@lru_cache(maxsize=256)
def _alongside(projection: flow.Projection) -> frozenset[str]:
    """The deadlines with an escalation that opens something."""
    return frozenset(
        path for path, limit in projection.deadlines.items() if any(rung.opens for rung in limit.deadline.rungs)
    )  # fmt: skip


def _open_all(act: Act, step: ProjectedStep, given: Mapping[str, Any], *, waits: bool) -> None:
    if len(act.under_way()) > MOST_DEEP:
        raise Stuck("opens_too_deep", f"案件一層層開立案件超過 {MOST_DEEP} 層，請檢查流程。", step=step.path)
    opening = children.rounds_of(act.db, act.case["id"], step.path) + 1
    entries = _entries(act, step)
    for position, entry in enumerate(entries):
        own = {name: _own(value, position, len(entries)) for name, value in given.items()} if step.node.each else given
        box = Box(step.path, step.node.name, step.node)
        open_one(act, box, own, entry, opening=opening, position=position, waits=waits)


def _entries(act: Act, step: ProjectedStep) -> list[str]:
    each = step.node.each
    if each is None:
        return [""]
    listed = act.state.values.get(step.scope, {}).get(each.units)
    entries = [str(one).strip() for one in listed] if isinstance(listed, list) else []
    if not entries or not all(entries):
        raise Stuck("each_empty", f"「{step.node.name}」沒有任何對象。", step=step.path)
    twice = next((one for one in entries if entries.count(one) > 1), None)
    if twice is not None:
        raise Invalid("entry_twice", f"「{step.node.name}」的對象「{called_as(act, twice)}」列了兩次，請只留一個。")
    if len(entries) > MOST_ENTRIES:
        raise Invalid("entries_many", f"「{step.node.name}」一次最多開立 {MOST_ENTRIES} 件。")
    return [one[:200] for one in entries]


def _own(value: Any, position: int, of: int) -> Any:
    """What one child is given: of a list of numbers or of days, one for each entry, its own."""
    each_its_own = isinstance(value, list) and len(value) == of and all(map(_one_of_each, value))
    return value[position] if each_its_own else value


def _one_of_each(value: Any) -> bool:
    return type(value) in (int, float) or (isinstance(value, str) and _A_DAY.fullmatch(value) is not None)


def _go_on_again(act: Act, path: str) -> bool:
    """The case was taken up as it stood: those of its children that were withdrawn with it go on as they stood."""
    from engine.cases.taking_up import as_it_stood, take_up

    rows = children.newest(act, path)
    for row in rows:
        stood = as_it_stood(act.db, row["case_id"], "withdraw") if row["status"] == "withdrawn" else None
        if stood is None:
            continue
        other = act.on(row["case_id"], "reopen")
        take_up(other, stood)
        other.effects["parent"] = act.case["number"]
        other.finish(reason=f"母案 {act.case['number']} 重新列管。")
    return bool(rows)
