"""After the flow has moved: the office follows. Work items, deadlines and alarms are made equal to the open steps.

Everything that moves a case ends here: opening, completing, a timer, a move, a withdrawal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine import flow
from engine.cases import attachments, crossing, limits, linked, opinions, people_of, rounds, running
from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, draft, item
from engine.dates import deadlines
from engine.errors import Stuck
from engine.flow import Advance, ProjectedStep
from engine.office import absence, notices, people
from engine.store import Prepared

__all__ = ["INFORMANT", "continuation", "reroute", "role_of", "rung", "settle", "unit_of"]

#: the type of case whose petitioner is masked; the machine masks, and never takes a mask off
INFORMANT = "檢舉"
#: path timers that may fire one after another in one act before it counts as an endless loop
MOST_TIMERS = 20
_NEWEST = Prepared(
    sa.select(item.c.id, item.c.opening, item.c.assignee, item.c.done_by, item.c.status)
    .where(item.c.case_id == sa.bindparam("case_id"), item.c.step == sa.bindparam("step"))
    .order_by(item.c.opening.desc())
    .limit(1)
)
_OPEN = Prepared(item.insert().returning(item.c.id))


def settle(
    act: Act, advance: Advance, *, done: str | None = None, keep_for: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Make items, deadlines and alarms agree with where the flow now stands; the new items.

    ``done``: the step a person has just completed, its item already closed. ``keep_for``: {step path: item row cut off
    by a timer} whose person, draft and files go on to that step.
    """
    opened: list[dict[str, Any]] = []
    for _ in range(MOST_TIMERS):
        act.state = advance.state
        _note_passed(act, advance)
        _close_items(act, [path for path in advance.closed if path != done])
        done = None
        for box in advance.boxes_closed:
            linked.leave(act, box)
        moved = limits.follow(act, advance)
        for path in advance.opened:
            opened += _open_items(act, act.projection.steps[path], (keep_for or {}).get(path))
        _open_cases(act, advance)
        if moved:
            limits.carry_due(act, skip={row["id"] for row in opened})
        if advance.ended:
            _end(act, advance)
        linked.end_alongside(act)
        ripe = limits.arm_timers(act, advance)
        if ripe is not None:
            keep_for = {**(keep_for or {}), **(continuation(act, ripe) or {})}
            advance = rung(act, ripe)
            continue
        come = next((then for box in advance.boxes_opened if (then := linked.finished(act, box)) is not None), None)
        if come is None:
            return opened
        advance = come
    raise Stuck("timer_loop", "計時事件接連觸發，無法停在任何步驟。")


def rung(act: Act, timer_path: str) -> Advance:
    """The flow after a path timer has rung; that of a call box brings back what has come by its date."""
    boxes = flow.open_boxes(act.projection, act.state)
    values = linked.brought_back(act, timer_path, by_date=True) if timer_path in boxes else None
    return flow.wake(
        act.projection, act.state, timer_path, machine=running.machine(act), context=running.context(act),
        values=values,
    )  # fmt: skip


def _open_cases(act: Act, advance: Advance) -> None:
    """The cases that the flow opens on its way, what comes from those it waited for, and those for which it waits."""
    for passed in advance.passed:
        if passed.kind == "opens":
            linked.open_at_once(act, passed.path, passed.results)
        elif passed.kind == "linked":
            crossing.bring_back(act, act.projection.steps[passed.path])
    for box in advance.boxes_opened:
        limits.step_opened(act, box)
        linked.open_waiting(act, box)


def continuation(act: Act, timer_path: str) -> dict[str, Any] | None:
    """Who goes on where, when this timer closes its step: {continuing step path: the item that is cut off}."""
    timer = act.projection.timers[timer_path]
    if timer.continues is None:
        return None
    rows = act.db.execute(
        sa.select(item).where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)
    ).mappings()  # fmt: skip
    for row in rows:
        if row["step"] == timer.host or row["step"].startswith(f"{timer.host}/"):
            return {timer.continues: dict(row)}
    return None


def _note_passed(act: Act, advance: Advance) -> None:
    old_unit, masked = act.case["unit"], act.case["informant"]
    for passed in advance.passed:
        if passed.kind not in ("flow", "exit"):
            act.note("passed", passed.path)
        if passed.flow is not None:
            act.note("branches", [passed.path, passed.flow])
        for name, value in passed.writes.items():
            if name == "case.responsible_unit":
                act.change(unit=value)
            elif name == "case.type":
                act.change(type=value, informant=act.case["informant"] or value == INFORMANT)
            elif name == "case.solved":
                act.change(solved=value or act.case["solved"])  # nobody asked: what was said before stands
            elif name == "close_reason" and passed.scope == "":
                act.change(close_reason=value)
            scope = f"{passed.scope}/" if passed.scope else ""
            said = value.isoformat() if isinstance(value, date) else value
            act.effects.setdefault("values", {})[scope + name] = said
    if act.case["informant"] and not masked and act.office.key is not None:
        attachments.seal_case(act.db, act.case["id"], act.office.key)
    if act.case["unit"] != old_unit:
        act.effects["unit"] = act.case["unit"]
        if old_unit is not None:
            reroute(act)


def reroute(act: Act) -> None:
    """The responsible unit changed: open items of the old one go to the new one's pool."""
    rows = act.db.execute(sa.select(item.c.id, item.c.step).where(item.c.case_id == act.case["id"], ITEM_IS_OPEN)).all()
    for item_id, path in rows:
        step = act.projection.steps[path]
        if step.who is not None and step.who.unit == "responsible":
            act.db.execute(
                item.update().where(item.c.id == item_id).values(
                    unit=act.case["unit"], assignee=None, version=item.c.version + 1
                )
            )  # fmt: skip


def _close_items(act: Act, closed: Sequence[str]) -> None:
    """Items whose step was left without anybody completing them (a timer, a move) are cut off."""
    if not closed:
        return
    act.db.execute(
        item.update()
        .where(item.c.case_id == act.case["id"], item.c.step.in_(closed), ITEM_IS_OPEN)
        .values(status="cut", done_at=act.at, version=item.c.version + 1)
    )


def _open_items(act: Act, step: ProjectedStep, cut_off: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    newest = _NEWEST.first(act.db, case_id=act.case["id"], step=step.path)
    opening = newest.opening + 1 if newest else 1
    units = _each_units(act, step)
    if units is not None:
        if not units:
            raise Stuck("each_empty", f"步驟「{step.node.name}」沒有任何單位。", step=step.path)
        return [_open_item(act, step, unit, opening, each=unit) for unit in units]
    unit = unit_of(act, step)
    assignee = None
    if cut_off is not None:
        assignee = cut_off["assignee"]
    elif newest is not None:
        assignee = _again(act, newest, role_of(act, step), unit)
    if assignee is not None:  # whoever is away is given nothing new
        assignee = absence.taker(act.db, assignee, act.at, act.case["id"])
    left, alert = newest is not None and newest.status in ("cut", "withdrawn"), act.office.rules.return_alert
    # a step that came back; what begins a new round is none
    returned = rounds.returns(act, step.path, most=alert) if opening > alert or (left and cut_off is None) else 0
    opened = _open_item(act, step, unit, opening, assignee=assignee)
    if cut_off is not None:
        _hand_over_draft(act, cut_off["id"], opened["id"], step.path)
    elif newest is not None and left and returned:
        _hand_over_draft(act, newest.id, opened["id"], step.path)
    if returned >= alert:
        people_of.tell(
            act, ["section_chief@responsible"], kind="returned-often", key=f"item:{opened['id']}",
            facts={"step": step.path, "name": step.node.name, "times": opening - 1},
        )  # fmt: skip
    return [opened]


def _open_item(
    act: Act, step: ProjectedStep, unit: str, opening: int, *, assignee: int | None = None, each: str = ""
) -> dict[str, Any]:
    limits.step_opened(act, step.path)
    row = {
        "case_id": act.case["id"], "step": step.path, "opening": opening, "name": step.node.name,
        "unit": unit, "role": role_of(act, step), "assignee": assignee, "status": "open", "version": 1,
        "opened_at": act.at, "due_at": limits.due_of(act, step.path), "late": False, "each_unit": each,
        "sop_id": act.case["sop_id"],
    }  # fmt: skip
    opened = int(_OPEN.scalar(act.db, **row))
    act.note("opened", step.path)
    if assignee is not None and assignee != act.who.id:
        notices.post(
            act.db, key=f"item:{opened}:{assignee}", to=assignee, case_id=act.case["id"], kind="assigned", at=act.at,
            facts=told_of(act.case["number"], row),
        )  # fmt: skip
    return {**row, "id": opened}


def told_of(number: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice tells of a work item; by its date it is urgent or not."""
    facts = {"number": number, "step": row["step"], "name": row["name"]}
    return facts | {"due": row["due_at"].isoformat()} if row["due_at"] is not None else facts


def _each_units(act: Act, step: ProjectedStep) -> list[str] | None:
    if step.node.each is None:
        return None
    units = act.state.values.get(step.scope, {}).get(step.node.each.units)
    return [str(unit) for unit in units] if isinstance(units, list) else []


def role_of(act: Act, step: ProjectedStep) -> str:
    """The role that does the step, as its lane says or a parameter of the case."""
    assert step.who is not None
    if not step.who.role.startswith("="):
        return step.who.role
    role = act.state.values.get(step.role_scope or step.scope, {}).get(step.who.role[1:])
    if not isinstance(role, str) or not role:
        raise Stuck("no_role", f"步驟「{step.node.name}」還不知道由哪個職務辦理。", step=step.path)
    return role


def unit_of(act: Act, step: ProjectedStep) -> str:
    """The unit whose pool the item goes to; where nobody there holds the role, ``people`` seeks it above."""
    if step.who is None:
        raise Stuck("no_lane", f"步驟「{step.node.name}」沒有主辦。", step=step.path)
    unit = people_of.unit_by_rule(act.db, act.case, step.who.unit)
    if unit is None:
        raise Stuck("no_unit", f"步驟「{step.node.name}」還不知道由哪個單位辦理。", step=step.path)
    return unit


def _again(act: Act, newest: Any, role: str, unit: str) -> int | None:
    """A returned step goes to its last performer if still eligible, else to the pool."""
    last = newest.done_by or newest.assignee
    if last is None:
        return None
    return int(last) if any(p.id == last for p in people.holders(act.db, role, unit, act.at)) else None


def _hand_over_draft(act: Act, from_item: int, to_item: int, to_step: str) -> None:
    row = act.db.execute(sa.select(draft).where(draft.c.item_id == from_item)).mappings().first()
    if row is not None:
        act.db.execute(draft.insert(), {**row, "item_id": to_item})
        act.db.execute(draft.delete().where(draft.c.item_id == from_item))
        attachments.hand_over(act.db, from_item=from_item, to_item=to_item, to_step=to_step)


def _end(act: Act, advance: Advance) -> None:
    end = advance.ends[-1] if advance.ends else None
    act.change(status="ended", ended_at=act.at, end=end)
    if act.case["reopened_at"] is not None:
        deadlines.meet(act.db, act.case["id"], limits.REOPENED, act.at, end or "")
    limits.end_all(act)
    opinions.end_with_the_case(act)
    linked.child_over(act)
