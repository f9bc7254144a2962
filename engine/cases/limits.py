"""The deadlines of one case as its steps pass: which start, which are met, which timer waits for which date."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from engine.cases import running
from engine.cases.act import Act
from engine.dates import deadlines, lookups
from engine.errors import Stuck
from engine.flow import Advance, ProjectedDeadline, Projection
from engine.sops import sop
from engine.sops.timers import duration_minutes

__all__ = ["arm_timers", "due_of", "end_all", "follow", "reopen", "step_opened"]


#: the id under which a step's standard time reminds; it never escalates
STANDARD = "standard-time"


@lru_cache(maxsize=256)
def _starts(projection: Projection) -> dict[str, tuple[ProjectedDeadline, ...]]:
    """Step path → the deadlines that begin to run there.

    One whose length a table gives, and that counts from the receipt, begins when the table has run. Without ``starts``
    it runs from the opening of the case, or from the moment its procedure is entered.
    """
    found: dict[str, list[ProjectedDeadline]] = {}
    for limit in projection.deadlines.values():
        starts = limit.starts or limit.scope or projection.start
        rule = _rule_step(projection, limit)
        found.setdefault(rule if rule is not None and starts == projection.start else starts, []).append(limit)
    return {path: tuple(limits) for path, limits in found.items()}


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
    changed = False
    for passed in advance.passed:
        step = act.projection.steps.get(passed.path)
        if step is not None and step.node.standard_time is not None and step.node.standard_time.reminders:
            deadlines.meet(act.db, act.case["id"], f"{passed.path}/{STANDARD}", act.at, passed.path)
        for limit in meets.get(passed.path, ()) if passed.kind != "enter" else ():
            act.limits = None
            changed |= deadlines.meet(act.db, act.case["id"], limit.path, act.at, passed.path)
        if passed.kind == "exit" or (step is not None and step.kind in sop.PERSON_KINDS):
            continue  # a person's step starts its deadline when it opens, not when it is done
        for limit in starts.get(passed.path, ()):
            _start(act, limit)
            changed = True
    return changed


def step_opened(act: Act, path: str) -> None:
    """A person's step opened: its own deadlines start, and those of the case that start with it."""
    for limit in _starts(act.projection).get(path, ()):
        _start(act, limit)
    standard = act.projection.steps[path].node.standard_time
    if standard is not None and standard.reminders:
        spec = sop.Deadline(
            STANDARD, "標準工時", "standard", of="step", unit=standard.unit, basis=standard.basis,
            rungs=standard.reminders,
        )  # fmt: skip
        deadlines.start(
            act.db, case_id=act.case["id"], path=f"{path}/{STANDARD}", step=path, spec=spec, length=standard.value,
            unit=standard.unit, starts_at=act.at, calendar=act.office.calendar,
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
    if length is None or unit is None:
        raise Stuck("deadline_without_length", f"期限「{limit.deadline.name}」沒有天數。", step=limit.path)
    from_receipt = (limit.starts or limit.scope or act.projection.start) == act.projection.start
    row = deadlines.start(
        act.db, case_id=act.case["id"], path=limit.path, step=_belongs_to(limit), spec=limit.deadline,
        length=length, unit=str(unit), starts_at=act.case["received_at"] if from_receipt else act.at, at=act.at,
        calendar=act.office.calendar,
    )  # fmt: skip
    act.limits = None
    act.note("deadlines", {"path": limit.path, "due": row.due_at.isoformat()})


def _belongs_to(limit: ProjectedDeadline) -> str | None:
    if limit.step is not None:
        return limit.step
    return limit.met[0] if limit.deadline.of == "step" and limit.met else None


def due_of(act: Act, path: str) -> datetime | None:
    """The date a work item at this step must keep: its own deadline, else the nearest open one of the case."""
    if act.limits is None:
        act.limits = deadlines.open_of(act.db, act.case["id"])
    meets = {limit.path for limit in _meets(act.projection).get(path, ())}
    own = [row.due_at for row in act.limits if row.path in meets]
    of_case = [row.due_at for row in act.limits if row.step is None and row.regime != "standard"]
    return min(own or of_case, default=None)


def arm_timers(act: Act, advance: Advance) -> str | None:
    """Set the alarms of path timers that now wait, silence those that no longer do.

    Returns the timer that is already due: it fires in this very act.
    """
    for path in advance.timers_closed:
        deadlines.disarm_timer(act.db, act.case["id"], path, act.at)
    ripe: list[tuple[datetime, str]] = []
    for path in advance.timers_opened:
        running_deadline, due_at = _due_of_timer(act, path)
        deadlines.arm_timer(act.db, act.case["id"], running_deadline, due_at, path, act.case["version"])
        if due_at < act.at:
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
    return None, row.due_at  # it is over: the timer keeps its date


def end_all(act: Act) -> None:
    """The case is over: every deadline ends, every alarm is silent."""
    deadlines.end_all(act.db, act.case["id"], act.at)


def reopen(act: Act, path: str) -> None:
    """The case goes back to this step: a deadline it had met runs again, to the same date."""
    for limit in _meets(act.projection).get(path, ()):
        if lookups.unmeet(act.db, act.case["id"], limit.path, path):
            act.limits = None
