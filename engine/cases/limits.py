"""The deadlines of one case as its steps pass: which start, which are met, which timer waits for which date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from engine.cases import people_of, running, standing
from engine.cases.act import Act
from engine.cases.records import ITEM_IS_OPEN, extension, item, milestone
from engine.dates import changes, deadlines, lookups, unit_limits
from engine.dates.records import alarm
from engine.dates.workdays import TAIPEI, local_day
from engine.errors import Invalid, Stuck
from engine.flow import Advance, ProjectedDeadline, Projection
from engine.office import people
from engine.sops import sop
from engine.sops.timers import duration_minutes
from engine.store import Prepared

__all__ = [
    "REOPENED", "arm_timers", "begin_at", "carry_due", "due_of", "end_all", "events", "follow", "instant_of", "plan",
    "reopen", "rewind_timers", "run_on", "step_opened",
]  # fmt: skip


#: the id under which a step's standard time reminds; it never escalates
STANDARD = "standard-time"
#: the id of the follow-up of a case that was taken up again; for the path it takes the place of what was met before
REOPENED = "reopened"
#: what ``starts`` begins with where a deadline counts back from an event
EVENT = "event:"


@lru_cache(maxsize=256)
def _starts(projection: Projection) -> dict[str, tuple[ProjectedDeadline, ...]]:
    """Step path → the deadlines that begin to run there.

    One whose length a table gives, and that counts from the receipt, begins when the table has run. Without ``starts``
    it runs from the opening of the case, or from the moment its procedure is entered.
    """
    found: dict[str, list[ProjectedDeadline]] = {}
    for limit in projection.deadlines.values():
        if limit.event is not None:
            continue
        starts = limit.starts or limit.scope or projection.start
        rule = _rule_step(projection, limit)
        found.setdefault(rule if rule is not None and starts == projection.start else starts, []).append(limit)
    return {path: tuple(limits) for path, limits in found.items()}


@lru_cache(maxsize=256)
def events(projection: Projection) -> dict[tuple[str, str], tuple[ProjectedDeadline, ...]]:
    """(scope, variable) of an event → the deadlines that count back from it."""
    found: dict[tuple[str, str], list[ProjectedDeadline]] = {}
    for limit in projection.deadlines.values():
        if limit.event is not None:
            found.setdefault((limit.scope, limit.event), []).append(limit)
    return {event: tuple(limits) for event, limits in found.items()}


@lru_cache(maxsize=256)
def _ladder(projection: Projection) -> str:
    """The ladder a shared procedure takes from its caller: the control office's own, or the other offices'."""
    return "rdec" if projection.scopes[""].sop.sheet.unit == people.CONTROL_UNIT else "tp"


def _policy(act: Act, limit: ProjectedDeadline) -> str:
    """The ladder of a deadline that takes its caller's; a child case's caller is the case that asks."""
    asks = people_of.asked_by(act.db, act.case["id"]) if limit.deadline.ladder == "caller" else None
    return _ladder(asks[0] if asks is not None else act.projection)


@lru_cache(maxsize=256)
def _meets(projection: Projection) -> dict[str, tuple[ProjectedDeadline, ...]]:
    """Step path → the deadlines it meets; a deadline written at a step is met by that step."""
    found: dict[str, list[ProjectedDeadline]] = {}
    for limit in projection.deadlines.values():
        for path in limit.met or ((limit.step,) if limit.step else ()):
            found.setdefault(path, []).append(limit)
    return {path: tuple(limits) for path, limits in found.items()}


def _rule_step(projection: Projection, limit: ProjectedDeadline) -> str | None:
    if limit.deadline.decision is None:
        return None
    for step in projection.steps.values():
        if step.scope == limit.scope and step.node.decision and step.node.decision.ref == limit.deadline.decision:
            return step.path
    return None


def follow(act: Act, advance: Advance) -> bool:
    """Start and meet deadlines along the way the flow took, in its order. True when a due date of the case changed."""
    starts, meets = _starts(act.projection), _meets(act.projection)
    changed = _plans_follow(act)
    for passed in advance.passed:
        step = act.projection.steps.get(passed.path)
        if step is not None and step.node.standard_time is not None and step.node.standard_time.reminders:
            deadlines.meet(act.db, act.case["id"], f"{passed.path}/{STANDARD}", act.at, passed.path)
        for limit in meets.get(passed.path, ()) if passed.kind != "enter" else ():
            act.limits = None
            standing.before_it_is_met(act, limit.path)
            if deadlines.meet(act.db, act.case["id"], limit.path, _met_at(act, limit, passed.path), passed.path):
                changed = True
                _overtake(act, [limit])
        if passed.kind == "exit" or (step is not None and step.kind in (*sop.PERSON_KINDS, "linked", "catch")):
            continue  # what waits starts its deadline when it opens, not when it is done
        for limit in starts.get(passed.path, ()):
            _start(act, limit)
            changed = True
    return changed


def _met_at(act: Act, limit: ProjectedDeadline, path: str) -> datetime:
    """A period that is only waited out ends on its date, however late the clock looks at it: nobody was late."""
    if not _is_waited_out(act, limit, path):
        return act.at
    row = lookups.newest_of(act.db, act.case["id"], limit.path)
    return act.at if row is None else min(act.at, row.due_at)


def _is_waited_out(act: Act, limit: ProjectedDeadline, path: str) -> bool:
    """Whether nobody works towards it: ``path`` is a wait that ends when it does."""
    timer = act.projection.timers.get(path)
    return timer is not None and timer.host == path and timer.deadline == limit.path


def _begins(act: Act, limit: ProjectedDeadline) -> datetime:
    """Now; but a wait for a fixed day that comes again begins after the day it waited for last: none is left out,
    however late the work before it was done, and none is waited for twice."""
    if limit.deadline.regime != "fixed" or limit.starts is None or not _is_waited_out(act, limit, limit.starts):
        return act.at
    last = lookups.newest_of(act.db, act.case["id"], limit.path)
    return act.at if last is None or last.due_at > act.at else deadlines.day_after(last)


def step_opened(act: Act, path: str) -> None:
    """A person's step opened: its own deadlines start, and those of the case that start with it."""
    for limit in _starts(act.projection).get(path, ()):
        _start(act, limit)
    _count_back_again(act, path)
    standard = act.projection.steps[path].node.standard_time
    if standard is not None and standard.reminders:
        spec = sop.Deadline(
            STANDARD, "標準工時", "standard", of="step", unit=standard.unit, basis=standard.basis,
            rungs=standard.reminders,
        )  # fmt: skip
        deadlines.start(
            act.db, case_id=act.case["id"], path=f"{path}/{STANDARD}", step=path, spec=spec, length=standard.value,
            unit=standard.unit, starts_at=act.at, calendar=act.office.calendar,
            standing=act.case["suspended_at"] is not None,
        )  # fmt: skip
        act.limits = None


def _start(act: Act, limit: ProjectedDeadline) -> None:
    length, unit = limit.deadline.length, limit.deadline.unit
    rule = _rule_step(act.projection, limit)
    if rule is not None:
        outputs = act.decided.get(rule)
        if outputs is None:  # the table ran in an earlier act: what it read has not changed since
            outputs = running.decided_now(act, act.projection.steps[rule])
        length, unit = outputs.get("length", length), outputs.get("unit", unit)
    if limit.deadline.regime != "fixed" and (length is None or unit is None):
        raise Stuck("deadline_without_length", f"期限「{limit.deadline.name}」沒有天數。", step=limit.path)
    from_receipt = (limit.starts or limit.scope or act.projection.start) == act.projection.start
    if from_receipt and act.case["reopened_at"] is not None:
        last = lookups.newest_of(act.db, act.case["id"], limit.path)
        if last is not None and last.met_at is not None:
            return  # the reply left when it left: what was met stays met in a case that was taken up again
    shorter = None
    if limit.deadline.shorter_of == "unit-rule":
        shorter = unit_limits.shorter(
            act.db, sop_id=act.case["sop_id"], deadline=limit.deadline.id, unit=act.case["unit"],
            case_type=act.case["type"],
        )  # fmt: skip
    _overtake(act, [limit])
    _begin(
        act, limit, length=length, unit=unit and str(unit), shorter=shorter,
        starts_at=act.case["received_at"] if from_receipt else _begins(act, limit),
    )  # fmt: skip


def begin_at(act: Act, limit: ProjectedDeadline, *, starts_at: datetime) -> None:
    """A limit begins that began at that instant by what is written now; what was met stays met."""
    last = lookups.newest_of(act.db, act.case["id"], limit.path)
    if last is None or last.met_at is None:
        _begin(act, limit, starts_at=starts_at, length=limit.deadline.length, unit=limit.deadline.unit)


def _begin(act: Act, limit: ProjectedDeadline, *, starts_at: datetime, **rules: Any) -> None:
    row = deadlines.start(
        act.db, case_id=act.case["id"], path=limit.path, step=_belongs_to(limit), spec=limit.deadline,
        starts_at=starts_at, at=act.at, calendar=act.office.calendar, policy=_policy(act, limit),
        standing=act.case["suspended_at"] is not None, **rules,
    )  # fmt: skip
    act.limits = None
    act.note("deadlines", {"path": limit.path, "due": row.due_at.isoformat()})


def _plans_follow(act: Act) -> bool:
    """Plans begin or move when an answer names another day for their event. True when one did."""
    dated = events(act.projection)
    if not dated:
        return False
    query = sa.select(milestone.c.name, milestone.c.at).where(milestone.c.case_id == act.case["id"])
    known = {row.name: row.at for row in act.db.execute(query)}
    moved = False
    for scope, name in dated:
        value = act.state.values.get(scope, {}).get(name)
        to = instant_of(act, value) if value else None
        if to is not None and known.get(_event(scope, name)) != to:
            if _event(scope, name) in known:
                _refuse_the_past(act, scope, name, to)
            else:
                _refuse_what_is_over(act, scope, name, to)
            plan(act, scope, name, to)
            moved = True
    return moved


def _refuse_the_past(act: Act, scope: str, name: str, to: datetime) -> None:
    """An event that something still counts back from does not move to a day that is over."""
    if local_day(to) >= local_day(act.at):
        return
    for limit in events(act.projection)[scope, name]:
        row = lookups.newest_of(act.db, act.case["id"], limit.path)
        if row is not None and row.ended_at is None:
            sentence = f"期限「{limit.deadline.name}」由這個日期倒推，不能改到過去的日子。"
            raise Invalid("event_past", sentence, fields={name: sentence})


def _refuse_what_is_over(act: Act, scope: str, name: str, to: datetime) -> None:
    """A person does not plan towards a day that is over. A limit that somebody else has set may have passed on its way
    here: that is told as it is, and the case begins late."""
    since = act.at if act.verb in ("complete", "amend") else act.case["received_at"]
    counting = events(act.projection)[scope, name]
    set_elsewhere = any(not limit.deadline.length and limit.deadline.at != "event" for limit in counting)
    if local_day(to) >= local_day(since) or set_elsewhere or act.who.is_system or act.above is not None:
        return
    sentence = f"期限「{counting[0].deadline.name}」由這個日期倒推，不能填過去的日子。"
    raise Invalid("event_past", sentence, fields={name: sentence})


def plan(act: Act, scope: str, name: str, to: datetime, *, why: str = "") -> None:
    """The event is at this instant: what counts back from it starts, or moves with it; what was met stays met."""
    known = milestone.c.case_id == act.case["id"], milestone.c.name == _event(scope, name)
    if act.db.execute(milestone.update().where(*known).values(at=to)).rowcount == 0:
        act.db.execute(milestone.insert(), {"case_id": act.case["id"], "name": _event(scope, name), "at": to})
    act.note("events", {"name": name, "at": to.isoformat()})
    for limit in events(act.projection)[scope, name]:
        row = lookups.newest_of(act.db, act.case["id"], limit.path)
        if row is None:
            _begin(act, limit, starts_at=to)
        elif row.ended_at is None and row.starts_at != to:
            later = changes.again(row, act.office.calendar, starts_at=to)
            changes.move(
                act.db, row, later, kind="event", why=why, at=act.at, act=act.id, calendar=act.office.calendar,
                starts_at=to, facts={"event": name},
            )  # fmt: skip
            act.limits = None
            act.note("moved", {"path": row.path, "from": row.due_at.isoformat(), "to": later.due.isoformat()})


def _count_back_again(act: Act, path: str) -> None:
    """A step whose own deadline was met is to be done once more: that deadline counts back from its event again."""
    for limit in act.projection.steps[path].deadlines:
        if limit.event is None:
            continue
        row = lookups.newest_of(act.db, act.case["id"], limit.path)
        if row is not None and row.ended_at is not None:
            name = _event(limit.scope, limit.event)
            query = sa.select(milestone.c.at).where(milestone.c.case_id == act.case["id"], milestone.c.name == name)
            _begin(act, limit, starts_at=act.db.execute(query).scalar_one())


def _event(scope: str, name: str) -> str:
    return f"{scope}/{name}" if scope else name


def instant_of(act: Act, value: Any) -> datetime:
    """A day or a time as a form gives it, on the office's wall; a day begins with the office."""
    try:
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        raise Stuck("event_without_date", "事件的日期不是可用的日期。") from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=TAIPEI)
    if not isinstance(value, date):
        raise Stuck("event_without_date", "事件的日期不是可用的日期。")
    return datetime.combine(value, act.office.calendar.hours[0][0] or time(), TAIPEI)


def _overtake(act: Act, ended: Collection[ProjectedDeadline]) -> None:
    """An extension that was asked for is no longer needed: its deadline was met, or is over."""
    for limit in ended:
        if limit.deadline.extend_by is not None:
            _OVERTAKE.run(act.db, case_id=act.case["id"], path=limit.path, at=act.at)


_OVERTAKE = Prepared(
    extension.update()
    .where(
        extension.c.case_id == sa.bindparam("case_id"), extension.c.deadline_path == sa.bindparam("path"),
        extension.c.state == sa.literal_column("'asked'"),
    )
    .values(state=sa.literal_column("'overtaken'"), decided_at=sa.bindparam("at"))
)  # fmt: skip


def _belongs_to(limit: ProjectedDeadline) -> str | None:
    if limit.step is not None:
        return limit.step
    return limit.met[0] if limit.deadline.of == "step" and limit.met else None


def due_of(act: Act, path: str) -> datetime | None:
    """The date a work item at this step must keep: its own deadline, else the nearest open one of the case."""
    if act.limits is None:
        act.limits = deadlines.open_of(act.db, act.case["id"])
    meets = {limit.path for limit in _meets(act.projection).get(path, ())}
    runs = [row for row in act.limits if row.stopped_at is None]
    own = [row.due_at for row in runs if row.path in meets]
    of_case = [row.due_at for row in runs if row.step is None and row.regime != "standard"]
    return min(own or of_case, default=None)


def carry_due(act: Act, *, skip: Collection[int] = ()) -> None:
    """The due dates of the case moved: its open items show what they are now. ``skip``: items that know already."""
    for item_id, path, due_at in _DUES.rows(act.db, case_id=act.case["id"]):
        due = due_of(act, path)
        if due != due_at and item_id not in skip:
            act.db.execute(item.update().where(item.c.id == item_id).values(due_at=due))


_DUES = Prepared(
    sa.select(item.c.id, item.c.step, item.c.due_at).where(item.c.case_id == sa.bindparam("case_id"), ITEM_IS_OPEN)
)


def arm_timers(act: Act, advance: Advance) -> str | None:
    """Set the alarms of path timers that now wait, silence those that no longer do.

    Returns the timer that is already due: it fires in this very act. In a suspended case none is: those that run in
    time are armed and silent.
    """
    for path in advance.timers_closed:
        deadlines.disarm_timer(act.db, act.case["id"], path, act.at)
    ripe: list[tuple[datetime, str]] = []
    for path in advance.timers_opened:
        if _was_kept(act, path):
            continue
        for limit in _starts(act.projection).get(path, ()):
            _start(act, limit)
        running_deadline, due_at = _due_of_timer(act, path)
        deadlines.arm_timer(act.db, act.case["id"], running_deadline, due_at, path, act.case["version"])
        if act.case["suspended_at"] is not None and stands_still(act, path):
            deadlines.disarm_timer(act.db, act.case["id"], path, act.at)
        elif due_at < act.at:
            ripe.append((due_at, path))
    if not ripe:
        return None
    first = min(ripe)[1]
    deadlines.disarm_timer(act.db, act.case["id"], first, act.at)
    act.note("timers", first)
    return first


def _due_of_timer(act: Act, path: str) -> tuple[str | None, datetime]:
    """When a timer rings, and the path of the running deadline it moves with (None: a date of its own)."""
    timer = act.projection.timers[path]
    if timer.deadline is None:
        written = timer.node.timer
        if written is None or written.iso is None:
            raise Stuck("timer_without_date", "計時沒有日期。", step=path)
        if written.iso_kind == "date":
            return None, datetime.fromisoformat(written.iso)
        minutes = duration_minutes(written.iso)
        if minutes is None:
            raise Stuck("timer_without_date", "計時沒有日期。", step=path)
        return None, act.at + timedelta(minutes=minutes)
    if act.limits is None:
        act.limits = deadlines.open_of(act.db, act.case["id"])
    for row in act.limits:
        if row.path == timer.deadline:
            return timer.deadline, row.due_at
    row = lookups.newest_of(act.db, act.case["id"], timer.deadline)
    if row is None:
        raise Stuck("deadline_not_armed", "計時所依據的期限尚未起算。", step=path)
    if row.met_at is not None and act.case["reopened_at"] is not None:
        for follow_up in act.limits:
            if follow_up.path == REOPENED:
                return REOPENED, follow_up.due_at
    return None, row.due_at  # it is over: the timer keeps its date


def _was_kept(act: Act, path: str) -> bool:
    """Whether the limit on a whole call box was met by a step inside it: what is left there is not cut off any more."""
    timer = act.projection.timers[path]
    if timer.deadline is None or act.projection.steps[timer.host].kind != "call":
        return False
    row = lookups.newest_of(act.db, act.case["id"], timer.deadline)
    return row is not None and row.met_at is not None and act.case["reopened_at"] is None


def stands_still(act: Act, path: str) -> bool:
    """Whether this path timer of a suspended case runs in time that was stopped; a timer of a fixed date does not."""
    timer = act.projection.timers[path]
    if timer.deadline is None:
        return timer.node.timer is None or timer.node.timer.iso_kind != "date"
    if act.limits is None:
        act.limits = deadlines.open_of(act.db, act.case["id"])
    running = next((row for row in act.limits if row.path == timer.deadline), None)
    return running is None or running.stopped_at is not None


def rewind_timers(act: Act, paths: Collection[str]) -> None:
    """The clocks run again: the path timers that stood still wait once more, later by the time that was stopped.

    Those of a running deadline take its new date, the others keep their own and get the working time back.
    """
    for path in paths:
        if _was_kept(act, path):
            continue
        running_deadline, _ = _due_of_timer(act, path)
        if running_deadline is not None:
            deadlines.arm_timer(act.db, act.case["id"], running_deadline, None, path, act.case["version"])
            continue
        silent = (
            sa.select(alarm)
            .where(
                alarm.c.case_id == act.case["id"], alarm.c.kind == "timer", alarm.c.step == path,
                alarm.c.rang_at.is_(None), alarm.c.silenced_at.is_not(None),
            )
            .order_by(alarm.c.opening.desc())
            .limit(1)
        )  # fmt: skip
        row = act.db.execute(silent).first()
        if row is not None:
            work = act.office.calendar.worked(row.silenced_at, act.at)
            later = act.office.calendar.plus(row.due_at, work)
            act.db.execute(alarm.update().where(alarm.c.id == row.id).values(due_at=later, silenced_at=None))


def end_all(act: Act) -> None:
    """The case is over: every deadline ends, every alarm is silent, nothing is waited for any more."""
    deadlines.end_all(act.db, act.case["id"], act.at)
    _overtake(act, act.projection.deadlines.values())
    standing.end(act)


def reopen(act: Act, path: str) -> None:
    """The case goes back to this step: a deadline it had met runs again, to the same date.

    It stands still with its case; one that was met while it stood still gets that time back.
    """
    for limit in _meets(act.projection).get(path, ()):
        met = lookups.newest_of(act.db, act.case["id"], limit.path)
        row = lookups.unmeet(act.db, act.case["id"], limit.path, path)
        if row is not None and met is not None:
            act.note("unmet", {"path": limit.path, "met_at": met.met_at.isoformat(), "met_by": met.met_by})
            standing.runs_on(act, row, met.met_at)


def run_on(act: Act, ended: datetime) -> None:
    """The case was over since ``ended`` and goes on: its deadlines run on, except those that were met."""
    for row in lookups.run_on(act.db, act.case["id"], ended):
        standing.runs_on(act, row, ended)
