"""The deadlines of a case as its command tells them: older dates, a clock that stands, every rung before it rings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.cases import desks
from engine.dates import deadlines
from engine.office.people import OFFICE_ZONE
from engine.store import Connection
from webui import phrases
from webui.commands.language import is_english, said, worded

__all__ = ["as_dicts", "lines"]

Row = Mapping[str, Any]
_COLUMNS = (
    "path", "name", "regime", "starts_at", "due_at", "met_at", "met_by", "stopped_at", "changes", "working"
)  # fmt: skip
_RUNGS = ("reminder", "escalation")


def as_dicts(db: Connection, case: Row, rows: Sequence[Row], *, at: datetime) -> list[dict[str, Any]]:
    """Each deadline with its rungs; the rungs of one that began anew since are over with it and not told."""
    newest = [row for row in desks.newest_per_path(rows) if row["regime"] != "standard" or row["ended_at"] is None]
    told = desks.moments(db, case, newest, at=at)
    return [
        {name: row[name] for name in _COLUMNS}
        | {
            "ended_at": row["ended_at"],
            "overdue": deadlines.is_overdue(_Known(row), at),
            "rungs": [
                {"kind": one.kind, "level": one.level, "at": one.at, "state": one.state, "to": list(one.to)}
                for one in told.get(row["id"], ()) if one.kind in _RUNGS
            ],
        }
        for row in rows
    ]  # fmt: skip


class _Known:
    """A row read by its attributes."""

    def __init__(self, row: Row) -> None:
        self.__dict__.update(row)


def lines(deadline: Row) -> Iterator[str]:
    """A deadline for a person at a terminal; of one that is over no rung."""
    yield worded("期限 {0}：{1}", deadline["name"], _moment(deadline["due_at"])) + _state(deadline)
    for change in deadline["changes"]:
        if change["from"] != change["to"]:
            old, kind = datetime.fromisoformat(change["from"]), phrases.of(phrases.MOMENT, change["kind"])
            yield f"  {worded('原期限 {0}（{1}）', _moment(old), said(kind))}"
    for rung in deadline["rungs"] if deadline["ended_at"] is None else ():
        what = said(phrases.of(phrases.MOMENT, rung["kind"]))
        what = worded("{0}（第 {1} 級）", what, rung["level"]) if rung["level"] else what
        state = said(phrases.of(phrases.MOMENT_STATE, rung["state"]))
        people = (", " if is_english() else "、").join(map(said, rung["to"]))
        yield "  " + worded("{0}：{1}", f"{_moment(rung['at'])} {what} {state}", people)


def _state(deadline: Row) -> str:
    if deadline["met_at"] is not None:
        words = "{0} 逾期達成" if deadline["overdue"] else "{0} 達成"
        return f"  {worded(words, _moment(deadline['met_at']))}"
    if deadline["ended_at"] is not None:
        return f"  {worded('{0} 結束計時', _moment(deadline['ended_at']))}"
    if deadline["stopped_at"] is not None:
        return f"  {worded('{0} 起停止計時', _moment(deadline['stopped_at']))}"
    return f"  {said('已逾期')}" if deadline["overdue"] else ""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
