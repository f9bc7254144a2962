"""Between a case and the flow: what expressions may ask, and what the machine does at a service or rule step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine import flow
from engine.cases import answers, operators
from engine.cases.act import Act
from engine.dates import lookups
from engine.errors import Stuck
from engine.flow import Machine, ProjectedForm, ProjectedStep
from engine.library import shelf
from engine.sops import expressions

__all__ = ["context", "decide", "decided_now", "fits", "machine"]

TAIPEI = ZoneInfo("Asia/Taipei")


def context(act: Act) -> dict[str, Any]:
    """``today`` and the functions of DESIGN section 4. ``today`` is the act's instant; days are counted in Taipei."""
    return {
        "today": act.at,
        "due": lambda deadline_id: _due(act, str(deadline_id)),
        "days_between": lambda a, b: (_day(b) - _day(a)).days,
        "workdays_between": lambda a, b: act.office.calendar.between(_day(a), _day(b)),
    }


def _due(act: Act, deadline_id: str) -> datetime:
    row = lookups.newest_of(act.db, act.case["id"], deadline_id)
    if row is None:
        raise Stuck("deadline_not_armed", f"期限「{deadline_id}」尚未起算。")
    due_at: datetime = row.due_at
    return due_at


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(TAIPEI).date()
    if isinstance(value, date):
        return value
    try:
        text = str(value)
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(TAIPEI).date()
    except ValueError:
        raise Stuck("not_a_date", "計算日數時遇到不是日期的值。") from None


def fits(act: Act, form: ProjectedForm) -> bool:
    """A form's ``when``: shown or issued only where it holds for the case."""
    if form.when is None:
        return True
    values = act.state.values.get(form.scope, {})
    try:
        return bool(expressions.evaluate(form.when, values, context(act)))
    except Stuck:  # it asks for something nobody has said yet
        return False


def machine(act: Act) -> Machine:
    """What flow calls at a machine step: run the operator or the decision table, return its results."""

    def run(step: ProjectedStep, values: Mapping[str, Any]) -> Mapping[str, Any]:
        given = flow.arguments(step, values, context(act))
        return decide(act, step, given) if step.node.decision is not None else _operate(act, step, given)

    return run


def decide(act: Act, step: ProjectedStep, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs of the step's decision table, kept for deadlines that wait for them."""
    table = shelf.table(act.db, act.case["bundle"], step.path)
    if table is None:
        raise Stuck("no_table", f"步驟「{step.node.name}」的決策表不存在。", step=step.path)
    result = table.decide(given)
    if not isinstance(result, Mapping):
        raise Stuck("table_collects", f"步驟「{step.node.name}」的決策表會得出多個結果。", step=step.path)
    act.decided[step.path] = result
    return result


def decided_now(act: Act, step: ProjectedStep) -> Mapping[str, Any]:
    """What the table says for the variables as they stand, when it ran in an earlier act."""
    return decide(act, step, flow.arguments(step, act.state.values.get(step.scope, {}), context(act)))


def _operate(act: Act, step: ProjectedStep, given: Mapping[str, Any]) -> Mapping[str, Any]:
    if step.node.operator is None:
        raise Stuck("no_operator", f"步驟「{step.node.name}」沒有指定作業。", step=step.path)
    found = operators.named(step.node.operator.name)
    args: dict[str, Any] = {}
    for name, value in given.items():
        args[name], source = answers.resolve(act.db, act.case["id"], value)
        if source is not None:
            act.effects.setdefault("references", {}).setdefault(step.path, {})[name] = source
    missing = found.required - {name for name, value in args.items() if value is not None}
    if missing:
        raise Stuck("argument_missing", f"作業「{found.name}」缺少資料：{'、'.join(sorted(missing))}。", step=step.path)
    if found.name in act.office.stand_ins:
        return act.office.stand_ins[found.name]
    result = found.run(act, step, args)
    if found.effect == "outside":
        act.effects["outside"] = True
    return result
