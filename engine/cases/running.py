"""Between a case and the flow: what the machine does at a service or rule step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import flow
from engine.cases import answers, documents, operators
from engine.cases.act import Act
from engine.cases.conditions import context
from engine.errors import Stuck
from engine.flow import Machine, ProjectedStep
from engine.library import shelf

__all__ = ["context", "decide", "decided_now", "machine"]


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
    if not found.chooses:
        documents.hand_out(act, step)
    if found.effect == "outside":
        act.effects["outside"] = True
    return result
