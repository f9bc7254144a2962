"""What units are measured by: indicators with their weights, scores worked out again, and who said what of many.

A unit writes an indicator a line, its columns parted by ／ or ｜ or a tab: 面向、指標、權重、評估方式、衡量標準 in the
plan, 面向、指標、權重、原訂、達成、得分 in the report (a seventh, 外部, where somebody outside the unit gave the
score). 加分 for a weight counts for no weight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from engine.cases import documents
from engine.cases.act import Act
from engine.cases.operators.registry import operator
from engine.cases.records import answer, item
from engine.flow import ProjectedStep
from engine.office import people

#: lines a paper writes out
MOST_LINES = 300
BONUS, FROM_OUTSIDE = "加分", "外部"
_COLUMN = re.compile(r"\s*[／｜|\t]\s*")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")


@operator("units.said", required=("step", "field", "value"), results=("units", "count"))
def said(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Which units gave this answer the last time that step of many units was open; who did not answer is not meant."""
    here = (item.c.case_id == act.case["id"], item.c.step == str(args["step"]))
    newest = sa.select(sa.func.max(item.c.opening)).where(*here).scalar_subquery()
    answers = _answers(act, [str(args["step"])], item.c.opening == newest, item.c.status == "done")
    units = [unit for unit, one in answers.items() if one.get(str(args["field"])) == args["value"]]
    return {"units": units, "count": len(units)}


@operator("indicators.check", required=("steps", "field"), optional=("whole",), results=("units", "count"))
def check(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether each unit's indicators name how they are measured and weigh ``whole`` together; ``units`` are those whose
    do not. What is wrong stands on the paper handed out."""
    whole = float(args.get("whole") or 100)
    wrong = {
        unit: list(_plan_faults(_rows(one.get(str(args["field"]))), whole))
        for unit, one in _answers(act, str(args["steps"]).split()).items()
    }
    return _told(act, step, wrong)


@operator("scores.check", required=("steps", "field", "total"), optional=("tolerance",), results=("units", "count"))
def scores(act: Act, step: ProjectedStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Work out each unit's scores again: achieved by planned, at most all of it, times the weight; and their total.

    ``units`` are those that are off by more than ``tolerance``. A score given from outside is taken as it is.
    """
    tolerance = float(args.get("tolerance") or 0)
    wrong = {
        unit: list(_score_faults(_rows(one.get(str(args["field"]))), _number(one.get(str(args["total"]))), tolerance))
        for unit, one in _answers(act, str(args["steps"]).split()).items()
    }
    return _told(act, step, wrong)


def _plan_faults(rows: list[list[str]], whole: float) -> Iterator[str]:
    weights = 0.0
    for row in rows:
        weight = 0.0 if row[2:3] == [BONUS] else _number(row[2] if len(row) > 2 else None)
        if len(row) < 5 or not all(row[:5]) or weight is None:
            yield f"「{_name(row)}」缺權重、評估方式或衡量標準"
        weights += weight or 0
    if abs(weights - whole) > 1e-6:
        yield f"權重合計 {weights:g}，應為 {whole:g}"


def _score_faults(rows: list[list[str]], total: float | None, tolerance: float) -> Iterator[str]:
    scores = 0.0
    for row in rows:
        score = _number(row[5] if len(row) > 5 else None)
        if score is None:
            yield f"「{_name(row)}」讀不出得分"
            continue
        scores += score
        if row[2] == BONUS or row[6:7] == [FROM_OUTSIDE]:
            continue
        weight, planned, achieved = map(_number, row[2:5])
        if weight is None or planned is None or achieved is None:
            yield f"「{_name(row)}」讀不出權重、原訂或達成值"
        elif abs((again := weight * (min(1, achieved / planned) if planned > 0 else 0)) - score) > tolerance:
            yield f"「{_name(row)}」填報 {score:g}，重算 {again:g}"
    if total is None or abs(scores - total) > tolerance:
        yield f"得分合計 {scores:g}，與填報的總分不符"


def _told(act: Act, step: ProjectedStep, wrong: Mapping[str, list[str]]) -> dict[str, Any]:
    units = [unit for unit, faults in wrong.items() if faults]
    lines = [f"{people.unit_name(act.db, unit)}：{fault}" for unit in units for fault in wrong[unit]]
    documents.make(act, step, kind="record", facts={"count": len(lines), "list": "\n".join(lines[:MOST_LINES])})
    return {"units": units, "count": len(units)}


def _answers(act: Act, steps: list[str], *where: sa.ColumnElement[bool]) -> dict[str, Mapping[str, Any]]:
    """What each unit wrote last at one of these steps."""
    rows = (
        sa.select(item.c.each_unit, answer.c.answers)
        .join(item, item.c.id == answer.c.item_id)
        .where(answer.c.case_id == act.case["id"], answer.c.step.in_(steps), *where)
        .order_by(answer.c.id)
    )
    return {row.each_unit: row.answers for row in act.db.execute(rows)}


def _rows(text: object) -> list[list[str]]:
    return [_COLUMN.split(line.strip()) for line in str(text or "").splitlines() if line.strip()]


def _name(row: list[str]) -> str:
    return (row[1] if len(row) > 1 and row[1] else row[0])[:40]


def _number(text: object) -> float | None:
    """The first number of what somebody wrote: 85 of 85%以上, 120000 of 120,000."""
    found = _NUMBER.search(str(text if text is not None else ""))
    return float(found[0].replace(",", "")) if found else None
