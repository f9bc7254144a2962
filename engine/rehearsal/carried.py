"""The walk of a trial as its page carries it and brings it back: only what such a page writes. Pure.

A scenario's file may say more than that (other cases, operators' results, acts on a case); from a browser none of it is
taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import Invalid
from engine.rehearsal import scenarios
from engine.rehearsal.scenarios import Scenario
from engine.rehearsal.shapes import LONGEST
from engine.store import is_storable

__all__ = ["LONGEST", "begins", "read", "write"]

_MOST = 200_000
_YEARS = range(2000, 2101)
_AFTER = re.compile("([0-9]{1,3}) (hour|workday)")
_GIVEN = {"at": str, "who": str, "unit": str, "answers": dict}
_STEP = {"step": str, "who": str, "answers": dict, "case": str, "checklist": list, "reason": str, "after": str}
_RINGS = {"rings": str}
_UNTIL = {"until": str}


def begins(text: str) -> datetime:
    """When a trial begins: office time, within this century. Raises Invalid by field."""
    try:
        at = scenarios.instant(text)
    except ValueError:
        at = None
    if at is None or at.year not in _YEARS:
        said = "請填日期與時間。"
        raise Invalid("trial_begins", said, fields={"at": said})
    return at


def write(scenario: Scenario) -> str:
    said = {"start": scenario.start, "given": scenario.given, "steps": scenario.steps}
    return json.dumps({"name": scenario.name, **said, "expect": {}}, ensure_ascii=False)


def read(sop_id: str, text: str) -> Scenario:
    """The walk as ``write`` wrote it. Raises Invalid for what no page of ours wrote."""
    try:
        said = json.loads(text) if len(text) <= _MOST else None
        if not _is_ours(said):
            raise ValueError
        [found] = scenarios.read(sop_id, json.dumps([said], ensure_ascii=False))
        begins(found.given["at"])
    except (ValueError, RecursionError, Invalid):
        raise Invalid("trial_unreadable", "這次試走的內容讀不懂，請重新開始。") from None
    return found


def _is_ours(said: Any) -> bool:
    if not isinstance(said, dict) or said.keys() != {"name", "start", "given", "steps", "expect"}:
        return False
    given, steps = said["given"], said["steps"]
    return (
        is_storable(said)
        and isinstance(said["name"], str)
        and isinstance(said["start"], str)
        and said["expect"] == {}
        and _has(given, _GIVEN, {"at", "who", "answers"})
        and isinstance(steps, list)
        and all(_has(step, _RINGS, {"rings"}) or _has(step, _UNTIL, {"until"}) or _is_step(step) for step in steps)
    )


def _is_step(step: Any) -> bool:
    if not _has(step, _STEP, {"step", "who", "answers"}):
        return False
    waits = _AFTER.fullmatch(step.get("after", "1 hour"))
    ticked = step.get("checklist", [])
    return waits is not None and int(waits[1]) <= LONGEST and all(isinstance(one, str) for one in ticked)


def _has(told: Any, kinds: Mapping[str, type], must: set[str]) -> bool:
    """Whether it names these and nothing else, each of its kind; answers are texts, lists of texts, or plain values."""
    return (
        isinstance(told, dict)
        and must <= told.keys() <= kinds.keys()
        and all(isinstance(value, kinds[name]) for name, value in told.items())
        and all(_is_answer(value) for value in told.get("answers", {}).values())
    )


def _is_answer(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str)
