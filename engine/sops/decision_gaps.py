"""What a decision table misses or says twice, over its declared choices and the numbers its cells mention.

Each number column is cut at the numbers it mentions: between two cuts every value meets the same cells, so one sample
of each piece stands for all of it. All combinations of samples are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import TypeGuard

from engine.sops.cells import Cell, Value
from engine.sops.sentences import finding
from engine.sops.sop import Finding
from engine.sops.tables import Input, Rule, Table

MAX_COMBINATIONS = 20_000
_MAX_TOLD = 5


def check(table: Table) -> list[Finding]:
    """Gaps and overlaps; a column over which they cannot be known is named instead. All of them block publication."""
    spread: list[list[Value]] = []
    for at, column in enumerate(table.inputs):
        samples = _samples(column, [rule.cells[at] for rule in table.rules])
        if samples is None:
            return [finding("decision_not_checkable", element=table.id, level="warning", name=column.label)]
        spread.append(samples)
    if math.prod(map(len, spread)) > MAX_COMBINATIONS:
        return [finding("decision_not_checkable", element=table.id, level="warning", name=table.name or table.id)]
    return list(_compare(table, spread))


def _samples(column: Input, cells: list[Cell]) -> list[Value] | None:
    """One value of every kind that the column's cells tell apart; None when that cannot be known."""
    if all(not cell.items for cell in cells):
        return [None]
    if column.values:
        return list(column.values)
    if column.type == "boolean":
        return [True, False]
    if column.type == "string":
        return None
    mentioned = [item for cell in (*cells, *([column.bounds] if column.bounds else [])) for item in cell.items]
    cuts = sorted({n for item in mentioned for n in (item.value, item.high) if _is_number(n)})
    pieces: list[Value] = []
    for low, high in zip([None, *cuts], [*cuts, None], strict=True):
        inside = _between(low, high, whole=column.type == "integer")
        pieces += [] if inside is None else [inside]
        pieces += [] if high is None else [high]
    return [piece for piece in pieces if column.bounds is None or column.bounds.matches(piece)]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _between(low: float | None, high: float | None, *, whole: bool) -> int | float | None:
    """A value strictly between two cuts, or None when there is none (neighbouring whole numbers)."""
    if low is None:
        return None if high is None else math.ceil(high) - 1
    if high is None:
        return math.floor(low) + 1
    if not whole:
        return (low + high) / 2
    candidate = math.floor(low) + 1
    return candidate if candidate < high else None


def _compare(table: Table, spread: list[list[Value]]) -> Iterator[Finding]:
    gaps, overlaps = 0, set[tuple[str, str]]()
    used: set[str] = set()
    for case in product(*spread):
        hits = [rule for rule in table.rules if _applies(rule, case)]
        used.update(rule.id for rule in hits[:1])
        if table.hit_policy == "COLLECT":
            continue
        if not hits:
            gaps += 1
            if gaps <= _MAX_TOLD:
                yield finding("decision_gap", element=table.id, level="warning", case=_told(table, case))
        elif table.hit_policy == "UNIQUE" and len(hits) > 1:
            pair = (hits[0].id, hits[1].id)
            if pair not in overlaps and len(overlaps) < _MAX_TOLD:
                overlaps.add(pair)
                yield finding(
                    "decision_overlap", element=pair[1], level="warning",
                    case=_told(table, case), first=pair[0], second=pair[1],
                )  # fmt: skip
    if table.hit_policy == "FIRST":
        for rule in table.rules:
            if rule.id not in used:
                yield finding("decision_never", element=rule.id, level="info")


def _applies(rule: Rule, case: tuple[Value, ...]) -> bool:
    return all(cell.matches(value) for cell, value in zip(rule.cells, case, strict=True))


def _told(table: Table, case: tuple[Value, ...]) -> str:
    said = (f"{column.label}={value}" for column, value in zip(table.inputs, case, strict=True) if value is not None)
    return "、".join(said) or "任何情形"
