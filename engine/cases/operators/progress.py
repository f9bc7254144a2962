"""Planned and actual progress, month by month: how far a plan lags, and for how many months running.

A plan is written down in twelve fields ``planned_01`` … ``planned_12``, cumulative percentages; a month is reported
with ``month`` (1–12) and ``actual``. Both stay in their answers; nothing is kept twice. Where a step is done by several
units, each unit's own plan and reports belong together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import answer, document, item
from engine.errors import Stuck
from engine.flow import ProjectedStep

#: from this lag on a month counts as one of those running
THRESHOLD = 10
_VERSION = "plan-version"

Plan = dict[int, float]


@operator("progress.fix", required=("plan", "change"))
def fix(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Register a new version of the plan: what the step ``change`` wrote takes the place of those months."""
    planned = _planned(act, str(args["plan"])).get("", {})
    for _, answers in _answers(act, str(args["change"])):
        changed = planned | _months(answers)
    facts = {f"planned_{month:02}": value for month, value in sorted(changed.items())}
    documents.make(act, step, kind=_VERSION, facts=facts)
    return {}


@operator(
    "progress.compare",
    required=("plan", "reports"),
    optional=("threshold",),
    results=("planned", "actual", "lag", "months", "units", "lags", "runs"),
)
def compare(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest month reported against the plan: ``lag`` in percentage points, and how many months running it was at
    least ``threshold``. With several units it is the worst one's; ``units``, ``lags`` and ``runs`` name all that lag.
    """
    threshold = float(args.get("threshold") or THRESHOLD)
    plans, reports = _planned(act, str(args["plan"])), _reported(act, str(args["reports"]))
    if not reports:
        raise Stuck("no_progress", "還沒有任何進度填報。", step=step.path)
    found = [(_against(plans.get(unit, {}), months, threshold), unit) for unit, months in reports.items()]
    lagging = [(row, unit) for row, unit in found if row["lag"] > 0 and unit]
    worst = max((row for row, _ in found), key=lambda row: (row["lag"], row["months"]))
    return {
        **worst, "units": [unit for _, unit in lagging], "lags": [row["lag"] for row, _ in lagging],
        "runs": [row["months"] for row, _ in lagging],
    }  # fmt: skip


def _against(plan: Plan, reported: Plan, threshold: float) -> dict[str, Any]:
    """The newest reported month; months reported in the order they came, a month reported anew in its newest state."""
    lags = [(round(_until(plan, month) - actual, 2), month, actual) for month, actual in reported.items()]
    lag, month, actual = lags[-1]
    running = 0
    for earlier, _, _ in reversed(lags):
        if earlier < threshold:
            break
        running += 1
    return {"planned": _until(plan, month), "actual": actual, "lag": lag, "months": running}


def _until(plan: Plan, month: int) -> float:
    """What should be done by that month; where the plan leaves it out, what was planned last before it."""
    return next((plan[before] for before in range(month, 0, -1) if before in plan), 0)


def _planned(act: Act, step: str) -> dict[str, Plan]:
    """Each unit's plan as it is in force; of a case without units the newest version registered."""
    plans = {unit: _months(answers) for unit, answers in _answers(act, step)}
    versions = (
        sa.select(document.c.facts)
        .where(document.c.case_id == act.case["id"], document.c.kind == _VERSION)
        .order_by(document.c.id.desc())
    )
    newest = act.db.execute(versions).scalars().first()
    return plans | {"": _months(newest)} if newest else plans


def _reported(act: Act, step: str) -> dict[str, Plan]:
    found: dict[str, Plan] = {}
    for unit, answers in _answers(act, step):
        months = found.setdefault(unit, {})
        months.pop(int(answers["month"]), None)
        months[int(answers["month"])] = float(answers["actual"])
    return found


def _answers(act: Act, step: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What was entered at a step, oldest first: whose, and what."""
    rows = (
        sa.select(answer.c.answers, item.c.each_unit)
        .outerjoin(item, item.c.id == answer.c.item_id)
        .where(answer.c.case_id == act.case["id"], answer.c.step == step)
        .order_by(answer.c.id)
    )
    for row in act.db.execute(rows):
        yield row.each_unit or "", row.answers


def _months(written: Mapping[str, Any]) -> Plan:
    named = ((month, written.get(f"planned_{month:02}")) for month in range(1, 13))
    return {month: float(value) for month, value in named if value is not None}
